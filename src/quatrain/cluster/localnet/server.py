"""A node that is served: one event loop with the slots, the RPC port and the PubSub port beside it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any, Final

import uvicorn
from attrs import frozen
from solders.keypair import Keypair

from quatrain.client.errors import UsageError
from quatrain.cluster.embedded import EmbeddedChain
from quatrain.cluster.localnet.connection import MOST_BYTES
from quatrain.cluster.localnet.dispatch import Dispatcher
from quatrain.cluster.localnet.limits import MOST_BODY_BYTES, RateLimit
from quatrain.cluster.localnet.node import Node
from quatrain.cluster.localnet.pace import Pace, SystemTime, Time
from quatrain.cluster.localnet.web import WebApplication

DEFAULT_PORT: Final = 8899
LOOPBACK: Final = "127.0.0.1"
_UNREAD_MS: Final = 30_000
_PAIRS_TRIED: Final = 50


@frozen(kw_only=True)
class ServerSettings:
    """How a chain is served."""

    host: str = LOOPBACK
    port: int = DEFAULT_PORT
    """The RPC port; the PubSub port is the next one. 0 lets the system choose both."""
    pace: Pace = Pace.REALTIME
    finality_slots: int = 0
    """By how many slots `finalized` is behind; a cluster's is 32."""
    history_slots: int | None = None
    """For how many slots blocks and transactions are kept; all of them where it is None."""
    requests_per_second: float = 0.0
    """What one address may ask on average; 0 limits nothing."""
    time_travel: bool = False
    subscriber_bytes: int = MOST_BYTES
    """What may wait for a subscriber that reads slowly, before it is sent away."""


@frozen
class RunningServer:
    """A server that answers."""

    node: Node
    dispatcher: Dispatcher
    web: WebApplication
    host: str
    port: int
    pubsub_port: int

    @property
    def url(self) -> str:
        """Where requests go."""
        return f"http://{_in_url(self.host)}:{self.port}"

    @property
    def websocket_url(self) -> str:
        """Where subscriptions go; `url` takes them as well."""
        return f"ws://{_in_url(self.host)}:{self.pubsub_port}"


@asynccontextmanager
async def serve(
    chain: EmbeddedChain, faucet: Keypair, settings: ServerSettings, time: Time | None = None
) -> AsyncGenerator[RunningServer]:
    """Serve a chain until the context is left; requests under way are answered first."""
    clock = time or SystemTime()
    node = Node(
        chain,
        faucet,
        clock,
        pace=settings.pace,
        lag=settings.finality_slots,
        history_slots=settings.history_slots,
    )
    dispatcher = Dispatcher(node, time_travel=settings.time_travel)
    rate_limit = RateLimit(settings.requests_per_second, clock)
    web = WebApplication(dispatcher, rate_limit, most_waiting_bytes=settings.subscriber_bytes)
    listeners = _listen(settings.host, settings.port)
    port, pubsub_port = (one.getsockname()[1] for one in listeners)
    node.rpc_address, node.pubsub_address = (f"{settings.host}:{one}" for one in (port, pubsub_port))
    server = _Server(_configuration(web))
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve(sockets=list(listeners)))
        slots = tasks.create_task(node.run())
        try:
            await server.ready.wait()
            yield RunningServer(node, dispatcher, web, settings.host, port, pubsub_port)
        finally:
            server.should_exit = True
            slots.cancel()
            await serving
            for one in listeners:
                one.close()
            await server.cut_off()


class _Server(uvicorn.Server):
    """Says when it is up, and leaves signals to its caller."""

    def __init__(self, config: uvicorn.Config):
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets=sockets)
        self.ready.set()

    async def cut_off(self) -> None:
        """Close the connections that outlast the time for an orderly end, or that came during it."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        # An aborted connection closes its socket on the loop's next round.
        await asyncio.sleep(0)

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Who started the server decides when it ends."""
        yield


def _configuration(web: WebApplication) -> uvicorn.Config:
    application: Any = web
    return uvicorn.Config(
        application,
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MOST_BODY_BYTES,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        ws_per_message_deflate=False,
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )


def _listen(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Sockets on the RPC port and the next one, or on any such two for port 0; UsageError where they are taken."""
    for left in reversed(range(1 if port else _PAIRS_TRIED)):
        try:
            return _listeners(host, port)
        except OSError as error:
            if left == 0:
                raise UsageError(
                    f"{host}:{port} or the port after it cannot be used: {error.strerror}",
                    code="port_unusable",
                    advice="Another server may be running there. Give another --port.",
                ) from error
    raise AssertionError("the loop above returns or raises")


def _listeners(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    first = _listener(host, port)
    try:
        return first, _listener(host, first.getsockname()[1] + 1)
    except BaseException:
        first.close()
        raise


def _listener(host: str, port: int) -> socket.socket:
    # The protocol is named so that asyncio turns Nagle's delay off, which would cost 40 ms an answer.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Who has stopped reading altogether is forgotten by the kernel, with what was to be sent to it.
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MS)
        listener.bind((host, port))
        listener.listen(1_024)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    return host == "localhost" or (host.replace(":", "").replace(".", "").isalnum() and _loopback(host))


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


__all__ = ["DEFAULT_PORT", "LOOPBACK", "RunningServer", "ServerSettings", "is_loopback", "serve"]
