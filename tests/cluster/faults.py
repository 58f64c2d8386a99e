"""RPC servers that misbehave: loopback endpoints in front of a real one, which drop, delay, refuse and forget on cue."""

import asyncio
import base64
import json
import threading
from collections import Counter
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

import httpx2
from solders.transaction import VersionedTransaction

from quatrain.cluster.localnet.server import _listen
from tests.cluster.localnet.running import ServerThread

RETRY_AFTER_SECONDS = 3
LAG = 200


class Fault(Enum):
    """What happens to a request."""

    DROP = auto()
    """The connection is closed instead."""
    LOSE_ANSWER = auto()
    """It is carried out; the connection is closed instead of the answer."""
    FAIL = auto()
    """Status 500, not carried out."""
    BUSY = auto()
    """Status 429 with `Retry-After`, not carried out."""
    FORGET = auto()
    """A transaction is accepted, and forwarded to nobody; anything else is answered."""
    LATE = auto()
    """It is carried out once the client has given up."""
    LAG = auto()
    """Answered as by a server that is 200 slots behind."""
    FOREIGN = auto()
    """Answered as by a server of another cluster."""


Script = Callable[[str, int], Fault | None]
"""The fault of the n-th request (from 0) for a method; a subscriber's connection is the method `websocket`."""


def always(fault: Fault | None, *methods: str) -> Script:
    """The same for every request, or for every request for these methods."""
    return lambda method, _: fault if not methods or method in methods else None


def every_second(fault: Fault) -> Script:
    """For every first of two requests of a method."""
    return lambda _, number: fault if number % 2 == 0 else None


class FaultyEndpoint:
    """Serves at `url`, and subscribers on the next port, as a validator does."""

    def __init__(self, upstream: ServerThread, script: Script):
        self.script = script
        self.calls: Counter[str] = Counter()
        self.forgotten: list[bytes] = []
        """The transactions that were accepted and not forwarded."""
        self._upstream = upstream
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.url: str = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(60)

    async def _open(self) -> str:
        self._client = httpx2.AsyncClient(base_url=self._upstream.url, timeout=60)
        self._tasks: set[asyncio.Task[Any]] = set()
        listeners = _listen("127.0.0.1", 0)
        self._servers = [await asyncio.start_server(self._serve, sock=one) for one in listeners]
        return f"http://127.0.0.1:{listeners[0].getsockname()[1]}"

    def close(self) -> None:
        """Stop serving."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    async def _close(self) -> None:
        for one in self._servers:
            one.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while await self._one(reader, writer):
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve a request; whether the connection stays."""
        head = await reader.readuntil(b"\r\n\r\n")
        if b"upgrade: websocket" in head.lower():
            await self._subscriber(head, reader, writer)
            return False
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        request = json.loads(await reader.readexactly(length))
        match self._fault(request["method"]):
            case Fault.DROP:
                return False
            case Fault.LOSE_ANSWER:
                await self._forward(request)
                return False
            case Fault.LATE:
                await reader.read(1)
                await self._forward(request)
                return False
            case Fault.FAIL:
                writer.write(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n")
            case Fault.BUSY:
                wait = b"Retry-After: %d" % RETRY_AFTER_SECONDS
                writer.write(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n" + wait + b"\r\n\r\n")
            case fault:
                body = json.dumps(await self._answer(request, fault)).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
                writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return True

    def _fault(self, method: str) -> Fault | None:
        number = self.calls[method]
        self.calls[method] += 1
        return self.script(method, number)

    async def _forward(self, request: Any) -> Any:
        return (await self._client.post("/", json=request)).json()

    async def _answer(self, request: Any, fault: Fault | None) -> Any:
        method = request["method"]
        if fault is Fault.FORGET and method == "sendTransaction":
            wire = base64.b64decode(request["params"][0])
            self.forgotten.append(wire)
            signature = str(VersionedTransaction.from_bytes(wire).signatures[0])
            return {"jsonrpc": "2.0", "id": request["id"], "result": signature}
        answer = await self._forward(request)
        if fault is Fault.FOREIGN and method == "getGenesisHash":
            answer["result"] = "1" * 32
        if fault is Fault.LAG and method in {"getSlot", "getBlockHeight"}:
            answer["result"] -= LAG
        if fault is Fault.LAG and method == "getSignatureStatuses":
            answer["result"]["value"] = [None]
        if fault is Fault.LAG and method == "getTransaction":
            answer["result"] = None
        return answer

    async def _subscriber(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass a subscriber's bytes on; a fault ends the connection, after the first message with `LOSE_ANSWER`."""
        fault = self._fault("websocket")
        if fault not in {None, Fault.LOSE_ANSWER}:
            return
        host, port = self._upstream.websocket_url.removeprefix("ws://").split(":")
        upstream, sender = await asyncio.open_connection(host, int(port))
        sender.write(head)
        try:
            writer.write(await upstream.readuntil(b"\r\n\r\n"))
            ways = [asyncio.create_task(_pass(upstream, writer)), asyncio.create_task(_pass(reader, sender, fault))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in ways:
                    one.cancel()
        finally:
            sender.close()


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter, fault: Fault | None = None) -> None:
    while data := await source.read(65_536):
        target.write(data)
        await target.drain()
        if fault is not None:
            return
