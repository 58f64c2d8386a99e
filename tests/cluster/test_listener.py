"""Hearing over one connection that many share: who leaves takes nothing from the others, and nothing is left behind."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from solana.rpc.commitment import Commitment
from solders.signature import Signature
from websockets.asyncio.server import ServerConnection, serve

from quatrain.cluster.bridge import Bridge
from quatrain.cluster.endpoints import Endpoints
from quatrain.cluster.listener import Listener


class Pubsub:
    """A PubSub server whose answers a test gives."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests: asyncio.Queue[tuple[ServerConnection, int]] = asyncio.Queue()

    async def handle(self, connection: ServerConnection) -> None:
        self.connections += 1
        async for text in connection:
            await self.requests.put((connection, json.loads(text)["id"]))


async def accept(connection: ServerConnection, request: int, subscription: int) -> None:
    """Answer a request for a subscription."""
    await connection.send(json.dumps({"jsonrpc": "2.0", "id": request, "result": subscription}))


async def notify(connection: ServerConnection, subscription: int, slot: int) -> None:
    """Tell that a subscription's transaction has landed."""
    result = {"context": {"slot": slot}, "value": {"err": None}}
    params = {"subscription": subscription, "result": result}
    await connection.send(json.dumps({"jsonrpc": "2.0", "method": "signatureNotification", "params": params}))


@asynccontextmanager
async def listening() -> AsyncGenerator[tuple[Pubsub, Listener]]:
    pubsub = Pubsub()
    async with serve(pubsub.handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        endpoints = Endpoints([f"http://127.0.0.1:{port - 1}"], Commitment("confirmed"))
        listener = Listener(endpoints, Commitment("confirmed"))
        try:
            yield pubsub, listener
        finally:
            await listener.close()
            await endpoints.close()


def test_who_leaves_does_not_break_the_connection() -> None:
    """A wait that ends before its subscription is answered leaves the connection to the others."""

    async def scene() -> None:
        async with listening() as (pubsub, listener):
            hasty = asyncio.ensure_future(listener.landed(Signature.new_unique()))
            patient = asyncio.ensure_future(listener.landed(Signature.new_unique()))
            asked = [await pubsub.requests.get() for _ in range(2)]
            hasty.cancel()
            await asyncio.wait([hasty])
            for subscription, (connection, request) in enumerate(asked, 1):
                await accept(connection, request, subscription)
            connection = asked[0][0]
            await notify(connection, 1, 6)
            await notify(connection, 2, 7)
            landed = await patient
            assert landed is not None
            assert landed.slot == 7
            assert pubsub.connections == 1

    asyncio.run(scene())


def test_a_connection_that_ends_lets_everybody_go() -> None:
    """Who waits when the server goes away hears nothing, at once."""

    async def scene() -> None:
        async with listening() as (pubsub, listener):
            waiting = asyncio.ensure_future(listener.landed(Signature.new_unique()))
            connection, request = await pubsub.requests.get()
            await accept(connection, request, 1)
            await connection.close()
            assert await waiting is None

    asyncio.run(scene())


@pytest.mark.parametrize("answered", [False, True])
def test_closing_leaves_nothing_behind(answered: bool) -> None:
    """Neither a subscription under way nor one that was left holds a task or a socket after the end."""

    async def scene() -> None:
        async with listening() as (pubsub, listener):
            left = asyncio.ensure_future(listener.landed(Signature.new_unique()))
            connection, request = await pubsub.requests.get()
            if answered:
                await accept(connection, request, 1)
            left.cancel()
            await asyncio.wait([left])
            await listener.close()
            rest = [one for one in asyncio.all_tasks() if "solana-ws" in one.get_name() or "Listener" in repr(one)]
            assert rest == []

    asyncio.run(scene())


def test_what_cleans_up_is_not_disturbed_by_the_end() -> None:
    """A task that is ending when its loop ends may finish."""
    done: list[str] = []

    async def careful() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(20):
                await asyncio.sleep(0)
            done.append("cleaned up")

    async def leave() -> None:
        task = asyncio.ensure_future(careful())
        tasks.append(task)
        await asyncio.sleep(0)
        task.cancel()

    tasks: list[asyncio.Future[None]] = []
    bridge = Bridge()
    bridge.run(leave())
    bridge.close()
    assert done == ["cleaned up"]
