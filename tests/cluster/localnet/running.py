"""A server in a thread of its own, for clients that block."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from solders.keypair import Keypair

from quatrain.cluster.embedded import EmbeddedChain
from quatrain.cluster.localnet.pace import Time
from quatrain.cluster.localnet.server import RunningServer, ServerSettings, serve
from quatrain.cluster.store import Store
from tests.cluster.conftest import EXPLAINER


def durable_chain(folder: Path) -> EmbeddedChain:
    """The chain of a folder."""
    return EmbeddedChain(EXPLAINER, store=Store(folder, patience_seconds=0))


class ServerThread:
    """Serves a chain at `url` until it is closed."""

    def __init__(self, chain: EmbeddedChain, settings: ServerSettings, time: Time | None = None):
        self._chain = chain
        self._settings = settings
        self._time = time
        self._started: concurrent.futures.Future[RunningServer] = concurrent.futures.Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        self.running = self._started.result(60)
        self.url, self.websocket_url = self.running.url, self.running.websocket_url

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with serve(self._chain, Keypair(), self._settings, self._time) as running:
                self._started.set_result(running)
                await self._stop.wait()
        except Exception as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    def call(self, action: Callable[[], Any]) -> Any:
        """Do something on the server's loop, where its state may be touched."""

        async def run() -> Any:
            return action()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(60)

    def close(self) -> None:
        """Stop serving, and close the chain."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)
        assert not self._thread.is_alive()
        self._chain.close()
