"""The interface over HTTP and WebSockets: an ASGI application, served on the RPC port and on the next one alike.

HTTP as validators have it: POST with JSON to any path, `GET /health`, every origin allowed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, TypeAlias

from attrs import define, frozen

from quatrain.cluster.localnet.connection import MOST_BYTES, Connection
from quatrain.cluster.localnet.dispatch import Dispatcher
from quatrain.cluster.localnet.limits import MOST_BODY_BYTES, MOST_CONNECTIONS, RateLimit
from quatrain.cluster.tasks import end

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]

_TRY_AGAIN_LATER: Final = 1013
_ANY_ORIGIN: Final = (b"access-control-allow-origin", b"*")
_TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")
_JSON: Final = (b"content-type", b"application/json")
_TOO_MANY: Final = (
    b'{"jsonrpc":"2.0","error":{"code":429,"message":"Too many requests for a specific RPC call"},"id":null}'
)


@frozen
class WebStatistics:
    """Who is connected, and who was turned away."""

    connections: int
    evicted: int
    refused: int


@define
class _Counters:
    evicted: int = 0
    refused: int = 0


class WebApplication:
    """The ASGI application."""

    def __init__(self, dispatcher: Dispatcher, rate_limit: RateLimit, *, most_waiting_bytes: int = MOST_BYTES):
        self._dispatcher = dispatcher
        self._rate_limit = rate_limit
        self._most_waiting_bytes = most_waiting_bytes
        self._connections: set[Connection] = set()
        self._counters = _Counters()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one WebSocket."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)

    def statistics(self) -> WebStatistics:
        """As of now."""
        return WebStatistics(len(self._connections), self._counters.evicted, self._counters.refused)

    # -- HTTP -----------------------------------------------------------------------------------------------------

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
        match scope["method"]:
            case "OPTIONS":
                await _reply(send, 200, b"", _preflight(headers))
            case "GET" if scope["path"] == "/health":
                await _reply(send, 200, b"ok" if self._dispatcher.node.healthy else b"unknown", [_TEXT])
            case "POST":
                await self._post(scope, headers, receive, send)
            case _:
                message = b"Used HTTP Method is not allowed. POST or OPTIONS is required\n"
                await _reply(send, 405, message, [_TEXT, (b"allow", b"POST, OPTIONS")])

    async def _post(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        if not headers.get(b"content-type", b"").strip().lower().startswith(b"application/json"):
            message = b"Supplied content type is not allowed. Content-Type: application/json is required\n"
            await _reply(send, 415, message, [_TEXT])
            return
        body = await _body(headers, receive)
        if body is None:
            self._counters.refused += 1
            await _reply(send, 413, b"Payload Too Large\n", [_TEXT, (b"connection", b"close")])
            return
        verdict = self._rate_limit.take(_address(scope), body.count(b'"method"'))
        if not verdict.allowed:
            self._counters.refused += 1
            wait = str(max(1, round(verdict.wait_seconds + 0.5))).encode()
            await _reply(send, 429, _TOO_MANY, [_JSON, (b"retry-after", wait)])
            return
        answer = await self._dispatcher.answer(body)
        await _reply(send, 200, answer or b"", [_JSON])

    # -- WebSockets -----------------------------------------------------------------------------------------------

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if len(self._connections) >= MOST_CONNECTIONS:
            self._counters.refused += 1
            await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER, "reason": "too many connections"})
            return
        await send({"type": "websocket.accept"})
        connection = Connection(self._dispatcher.node, most_bytes=self._most_waiting_bytes)
        self._connections.add(connection)
        tasks = [
            asyncio.create_task(self._read(_address(scope), connection, receive)),
            asyncio.create_task(_write(connection, send)),
            asyncio.create_task(connection.eviction()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            connection.leave()
            self._connections.discard(connection)
            await end(*tasks)
        if connection.evicted:
            self._counters.evicted += 1
            await _send_away(send)

    async def _read(self, address: str, connection: Connection, receive: Receive) -> None:
        """Answer what the client asks, one after the other, until it leaves."""
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            text, data = message.get("text"), message.get("bytes")
            body: bytes = text.encode("utf-8", "surrogatepass") if text is not None else data or b""
            if not self._rate_limit.take(address, body.count(b'"method"')).allowed:
                self._counters.refused += 1
                connection.tell(_TOO_MANY)
                continue
            answer = await self._dispatcher.answer(body, connection)
            if answer is not None:
                connection.tell(answer)
            connection.answered()


async def _send_away(send: Send) -> None:
    """Tell a slow client why, if it listens within a second; the socket is closed in any case."""
    message = {"type": "websocket.close", "code": _TRY_AGAIN_LATER, "reason": "reading too slowly"}
    telling = asyncio.ensure_future(send(message))
    await asyncio.wait([telling], timeout=1.0)
    await end(telling)


async def _write(connection: Connection, send: Send) -> None:
    """Send what is queued, as fast as the client reads."""
    while (message := await connection.next_message()) is not None:
        await send({"type": "websocket.send", "text": message.decode()})


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
    """The request's body; None as soon as it is known to be too long."""
    if int(headers.get(b"content-length", b"0") or b"0") > MOST_BODY_BYTES:
        return None
    parts, size = list[bytes](), 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _reply(send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length, _ANY_ORIGIN]})
    await send({"type": "http.response.body", "body": body})


def _preflight(headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    wanted = headers.get(b"access-control-request-headers", b"content-type, solana-client")
    return [
        (b"access-control-allow-methods", b"POST, GET, OPTIONS"),
        (b"access-control-allow-headers", wanted),
        (b"access-control-max-age", b"86400"),
    ]


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


__all__ = ["WebApplication", "WebStatistics"]
