"""Hearing of transactions over PubSub, for what is quicker than asking. Without a connection nothing is heard."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import frozen
from solana.rpc.commitment import Commitment
from solana.rpc.jsonrpc import SolanaJsonRpcError
from solana.rpc.websocket_api import SolanaWsClient
from solders.rpc.responses import SignatureNotification
from solders.signature import Signature
from websockets.exceptions import WebSocketException

from quatrain.cluster.endpoints import Endpoints

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
    """One connection to the preferred server, opened when it is needed."""

    def __init__(self, endpoints: Endpoints, commitment: Commitment):
        self._endpoints = endpoints
        self._commitment = commitment
        self._client: SolanaWsClient | None = None
        self._opening = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Landed | None]] = {}
        self._early: OrderedDict[int, Landed] = OrderedDict()
        self._silent_until = 0.0

    async def landed(self, signature: Signature) -> Landed | None:
        """Wait until a transaction has landed; None where that cannot be heard."""
        try:
            client = await self._connected()
            if client is None:
                return None
            handle = await client.signature_subscribe(signature=signature, commitment=self._commitment)
        except _FAILURES:
            await self._drop()
            return None
        number = handle.subscription_id
        if number in self._early:
            return self._early.pop(number)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            return await future
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        """Close the connection."""
        await self._drop()

    async def _connected(self) -> SolanaWsClient | None:
        loop = asyncio.get_running_loop()
        async with self._opening:
            if self._client is None and loop.time() >= self._silent_until:
                url = pubsub_url(self._endpoints.preferred.url)
                client = SolanaWsClient(
                    url, open_timeout=_CONNECT_SECONDS, request_timeout=_CONNECT_SECONDS, proxy=None
                )
                await client.connect()
                self._client, self._reader = client, loop.create_task(self._read(client))
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
        self._reader = None
        await self._drop()

    def _pass_on(self, number: int, landed: Landed) -> None:
        future = self._waiting.get(number)
        if future is not None and not future.done():
            future.set_result(landed)
        elif future is None:
            self._early[number] = landed
            if len(self._early) > _EARLY:
                self._early.popitem(last=False)

    async def _drop(self) -> None:
        client, self._client = self._client, None
        reader, self._reader = self._reader, None
        self._silent_until = asyncio.get_running_loop().time() + _SILENT_SECONDS
        if reader is not None:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
        if client is not None:
            with contextlib.suppress(*_FAILURES):
                await client.close()
        for future in self._waiting.values():
            if not future.done():
                future.set_result(None)


__all__ = ["Landed", "Listener", "pubsub_url"]
