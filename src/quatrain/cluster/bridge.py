"""An event loop in a thread of its own, for callers that are not asynchronous."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from quatrain.cluster.tasks import end

T = TypeVar("T")

_ROUNDS: Final = 3
_ROUND_SECONDS: Final = 2.0


class Bridge:
    """Runs coroutines to their end on one background loop, in the order of the callers."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="quatrain-rpc", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait for the coroutine; an interrupted wait cancels it."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    @property
    def closed(self) -> bool:
        """Whether the loop has ended."""
        return self._loop.is_closed()

    def close(self) -> None:
        """End the loop and its thread; harmless when repeated."""
        if self.closed:
            return
        self.run(_end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _end_tasks() -> None:
    """Let everything that still waits on the loop end, a few rounds long: what ends may begin something to clean up."""
    for _ in range(_ROUNDS):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ROUND_SECONDS):
                await end(*(asyncio.all_tasks() - {asyncio.current_task()}))


__all__ = ["Bridge"]
