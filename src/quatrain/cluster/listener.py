"""Hearing of transactions over PubSub, for what is quicker than asking. Without a connection nothing is heard."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Coroutine
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from attrs import frozen
from solana.rpc.commitment import Commitment
from solana.rpc.jsonrpc import SolanaJsonRpcError
from solana.rpc.websocket_api import SolanaWsClient
from solders.rpc.responses import SignatureNotification
from solders.signature import Signature
from websockets.exceptions import WebSocketException

from quatrain.cluster.endpoints import Endpoints
from quatrain.cluster.tasks import end

T = TypeVar("T")

_EARLY: Final = 64
"""Notifications kept that came before anybody waited for them."""
_SILENT_SECONDS: Final = 5.0
"""How long no connection is tried after one failed."""
_CONNECT_SECONDS: Final = 5.0
_FAILURES: Final = (OSError, TimeoutError, WebSocketException, SolanaJsonRpcError, RuntimeError, ValueError)


@frozen
class Landed:
    """A transaction that is in a block, as settled as was asked; `err` is the runtime's error, or None."""

    slot: int
    err: Any


def pubsub_url(url: str) -> str:
    """Where the PubSub of an RPC address is, by convention: the next port, or the same place where no port is named."""
    parts = urlsplit(url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    place = parts.netloc
    if parts.port is not None:
        place = f"{place.removesuffix(f':{parts.port}')}:{parts.port + 1}"
    return parts._replace(scheme=scheme, netloc=place).geturl()


class Listener:
    """One connection to the preferred server, opened when it is needed.

    What opens, reads and closes it are tasks of its own: a waiter that leaves must not break what others wait for.
    """

    def __init__(self, endpoints: Endpoints, commitment: Commitment):
        self._endpoints = endpoints
        self._commitment = commitment
        self._client: SolanaWsClient | None = None
        self._opening = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting: dict[int, asyncio.Future[Landed | None]] = {}
        self._early: OrderedDict[int, Landed] = OrderedDict()
        self._silent_until = 0.0

    async def landed(self, signature: Signature) -> Landed | None:
        """Wait until a transaction has landed; None where that cannot be heard."""
        notification = await asyncio.shield(self._own(self._subscribe(signature)))
        return None if notification is None else await notification

    async def close(self) -> None:
        """Close the connection."""
        await end(*self._tasks)
        await self._drop(self._client)

    def _own(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _subscribe(self, signature: Signature) -> asyncio.Future[Landed | None] | None:
        client = None
        try:
            client = await self._connected()
            if client is None:
                return None
            handle = await client.signature_subscribe(signature=signature, commitment=self._commitment)
        except _FAILURES:
            await self._drop(client)
            return None
        number = handle.subscription_id
        notification: asyncio.Future[Landed | None] = asyncio.get_running_loop().create_future()
        if number in self._early:
            notification.set_result(self._early.pop(number))
        else:
            self._waiting[number] = notification
            notification.add_done_callback(lambda _: self._waiting.pop(number, None))
        return notification

    async def _connected(self) -> SolanaWsClient | None:
        loop = asyncio.get_running_loop()
        async with self._opening:
            if self._client is None and loop.time() >= self._silent_until:
                url = pubsub_url(self._endpoints.preferred.url)
                client = SolanaWsClient(
                    url, open_timeout=_CONNECT_SECONDS, request_timeout=_CONNECT_SECONDS, proxy=None
                )
                self._client = await client.connect()
                self._own(self._read(client))
            return self._client

    async def _read(self, client: SolanaWsClient) -> None:
        """Pass on what is heard, until the connection ends; then whoever waits hears nothing any more."""
        with contextlib.suppress(*_FAILURES):
            while True:
                one = await client.recv()
                if isinstance(one, SignatureNotification):
                    self._pass_on(
                        one.subscription, Landed(one.result.context.slot, getattr(one.result.value, "err", None))
                    )
        await self._drop(client)

    def _pass_on(self, number: int, landed: Landed) -> None:
        notification = self._waiting.get(number)
        if notification is None:
            self._early[number] = landed
            if len(self._early) > _EARLY:
                self._early.popitem(last=False)
        elif not notification.done():
            notification.set_result(landed)

    async def _drop(self, client: SolanaWsClient | None) -> None:
        """Close a connection that failed, or was not made, and try none for a while."""
        if client is self._client:
            self._client = None
            self._silent_until = asyncio.get_running_loop().time() + _SILENT_SECONDS
            for notification in list(self._waiting.values()):
                if not notification.done():
                    notification.set_result(None)
        if client is not None:
            with contextlib.suppress(*_FAILURES):
                await client.close()


__all__ = ["Landed", "Listener", "pubsub_url"]
