"""The interface over HTTP and WebSockets: ports, headers, sizes, rates, slow readers."""

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from solders.keypair import Keypair
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from quatrain.client.accounts import RawAccount
from quatrain.client.errors import UsageError
from quatrain.cluster.localnet.limits import MOST_BODY_BYTES, RateLimit
from quatrain.cluster.localnet.pace import Pace
from quatrain.cluster.localnet.server import ServerSettings, is_loopback
from tests.cluster.localnet.conftest import ManualTime
from tests.cluster.localnet.running import ServerThread, durable_chain

JSON = {"content-type": "application/json"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerThread]:
    """A server whose blocks end when a test says so."""
    server = ServerThread(durable_chain(tmp_path), ServerSettings(port=0, pace=Pace.STEPPED))
    yield server
    server.close()
    assert server.running.dispatcher.statistics().defects == 0


@pytest.fixture
def client(server: ServerThread) -> Iterator[httpx2.Client]:
    """An HTTP client of it."""
    with httpx2.Client(base_url=server.url) as client:
        yield client


def request(method: str, *params: Any) -> bytes:
    """A request's bytes."""
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


def test_requests_are_answered(client: httpx2.Client) -> None:
    """POST with JSON, on any path, from any origin."""
    answer = client.post("/anything", content=request("getHealth"), headers={**JSON, "origin": "https://example.org"})

    assert answer.json() == {"jsonrpc": "2.0", "id": 1, "result": "ok"}
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"] == "application/json"


def test_browsers_may_ask(client: httpx2.Client) -> None:
    """A preflight allows the headers that clients send."""
    wanted = {"origin": "https://example.org", "access-control-request-headers": "content-type,solana-client"}

    answer = client.request("OPTIONS", "/", headers={**wanted, "access-control-request-method": "POST"})

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-headers"] == "content-type,solana-client"
    assert "POST" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "status"),
    [
        ("GET", "/health", b"", {}, 200),
        ("GET", "/", b"", {}, 405),
        ("PUT", "/", b"{}", JSON, 405),
        ("POST", "/", b"{}", {"content-type": "text/plain"}, 415),
        ("POST", "/", b" " * (MOST_BODY_BYTES + 1), JSON, 413),
        ("POST", "/", b"", {**JSON, "content-type": "application/json; charset=utf-8"}, 200),
    ],
)
def test_what_http_refuses(
    client: httpx2.Client, method: str, path: str, content: bytes, headers: dict[str, str], status: int
) -> None:
    """Other methods, other content and large bodies have a validator's status."""
    answer = client.request(method, path, content=content, headers=headers)

    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "*"
    assert path != "/health" or answer.text == "ok"


def test_a_body_without_a_length_is_cut_off(server: ServerThread) -> None:
    """Chunks are counted as they come; the refusal comes before the end of what is sent."""
    host, port = server.running.host, server.running.port
    with socket.create_connection((host, port)) as raw:
        raw.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for _ in range(60):
            raw.sendall(b"400\r\n" + b" " * 1_024 + b"\r\n")

        assert raw.recv(100).startswith(b"HTTP/1.1 413 ")


def test_what_is_no_http_is_closed(server: ServerThread) -> None:
    """Noise gets status 400 and the end."""
    with socket.create_connection((server.running.host, server.running.port)) as raw:
        raw.sendall(b"\x16\x03\x01 this is not HTTP\r\n\r\n")

        assert raw.recv(100).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("port", ["rpc", "pubsub"])
def test_both_ports_take_subscriptions_and_requests(server: ServerThread, port: str) -> None:
    """A WebSocket on either answers methods and is told what it subscribed to."""
    url = server.websocket_url if port == "pubsub" else server.url.replace("http", "ws")

    async def talk() -> list[Any]:
        async with connect(url) as ws:
            await ws.send(request("slotSubscribe"))
            subscribed = json.loads(await ws.recv())
            await ws.send(request("getHealth"))
            health = json.loads(await ws.recv())
            await asyncio.to_thread(server.call, server.running.node.end_block)
            return [subscribed["result"], health["result"], json.loads(await ws.recv())]

    number, health, notification = asyncio.run(talk())

    assert health == "ok"
    assert (notification["method"], notification["params"]["subscription"]) == ("slotNotification", number)
    with httpx2.Client() as client:
        assert (
            client.post(url.replace("ws", "http"), content=request("getHealth"), headers=JSON).json()["result"] == "ok"
        )


def test_a_client_that_leaves_is_forgotten(server: ServerThread) -> None:
    """Its subscriptions end with its connection, however that ends."""

    async def leave() -> None:
        for abruptly in (False, True):
            async with connect(server.websocket_url) as ws:
                await ws.send(request("slotSubscribe"))
                await ws.recv()
                if abruptly:
                    ws.transport.abort()

    asyncio.run(leave())

    while server.call(server.running.web.statistics).connections:
        pass
    assert server.call(server.running.node.hub.statistics).subscriptions == 0


def test_a_slow_reader_is_sent_away(tmp_path: Path) -> None:
    """Once the sockets are full and its queue runs over it is gone; a quick reader beside it misses nothing."""
    settings = ServerSettings(port=0, pace=Pace.STEPPED, subscriber_bytes=2_000_000)
    server = ServerThread(durable_chain(tmp_path), settings)
    node, size = server.running.node, 1_000_000
    address = Keypair().pubkey()

    def change(number: int) -> None:
        node.set_account(address, RawAccount(10**9 + number, bytes(size), address, False))

    async def talk() -> int:
        subscribe = request("accountSubscribe", str(address), {"encoding": "base64"})
        async with connect(server.websocket_url) as slow, connect(server.websocket_url, max_size=None) as quick:
            for ws in (slow, quick):
                await ws.send(subscribe)
                await ws.recv()
            slow.transport.pause_reading()
            seen = 0
            while server.call(server.running.web.statistics).evicted == 0:
                await asyncio.to_thread(server.call, partial(change, seen))
                notification = json.loads(await quick.recv())
                assert notification["params"]["result"]["value"]["lamports"] == 10**9 + seen
                seen += 1
            slow.transport.resume_reading()
            with contextlib.suppress(ConnectionClosed):
                async for _ in slow:
                    pass
            assert slow.state is State.CLOSED
            return seen

    assert asyncio.run(talk()) < 50
    server.close()
    assert server.running.node.hub.statistics().subscriptions == 0


def test_large_messages_close_a_websocket(server: ServerThread) -> None:
    """What is longer than a request may be ends the connection with code 1009."""

    async def talk() -> int | None:
        async with connect(server.websocket_url) as ws:
            await ws.send(b" " * (MOST_BODY_BYTES + 1))
            with pytest.raises(ConnectionClosed) as caught:
                await ws.recv()
            return caught.value.rcvd and caught.value.rcvd.code

    assert asyncio.run(talk()) == 1009


def test_who_asks_too_often_waits(tmp_path: Path) -> None:
    """With a limit of two a second, a fifth request at once gets 429 and is told how long to wait."""
    settings = ServerSettings(port=0, pace=Pace.STEPPED, requests_per_second=2)
    server = ServerThread(durable_chain(tmp_path), settings, ManualTime())
    with httpx2.Client(base_url=server.url) as client:
        statuses = [client.post("/", content=request("getHealth"), headers=JSON) for _ in range(5)]
        batch = b"[" + b",".join([request("getHealth")] * 9) + b"]"
        refused = client.post("/", content=batch, headers=JSON)
    server.close()

    assert [one.status_code for one in statuses] == [200] * 4 + [429]
    assert statuses[-1].headers["retry-after"] == "1"
    assert statuses[-1].json()["error"]["code"] == 429
    assert refused.status_code == 429


def test_a_bucket_fills_with_time() -> None:
    """Ten a second: twenty at once, then one every tenth of a second, for each address by itself."""
    time = ManualTime()
    limit = RateLimit(10, time)

    assert [limit.take("a").allowed for _ in range(21)] == [True] * 20 + [False]
    assert limit.take("b").allowed
    time.now_ms += 101
    assert [limit.take("a").allowed for _ in range(2)] == [True, False]
    time.now_ms += 100_000
    assert limit.take("a", 1_000).allowed
    assert not limit.take("a").allowed
    assert RateLimit(0, time).take("a", 10**6).allowed


def test_a_port_that_is_taken_is_named(tmp_path: Path, server: ServerThread) -> None:
    """The error says which, and what to do."""
    chain = durable_chain(tmp_path / "other")
    with pytest.raises(UsageError) as caught:
        ServerThread(chain, ServerSettings(port=server.running.port))
    chain.close()

    assert caught.value.code == "port_unusable"
    assert str(server.running.port) in caught.value.message


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("example.org", False),
    ],
)
def test_loopbacks_are_known(host: str, expected: bool) -> None:
    """Other addresses are reachable from outside."""
    assert is_loopback(host) is expected
