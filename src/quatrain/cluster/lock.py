"""One command at a time: an advisory lock on a file beside the store.

The kernel drops the lock with the process, however it ends, so a stale file locks nobody out.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from quatrain.client.errors import StoreLockedError

_POLL_SECONDS = 0.05


class FileLock:
    """Held from `acquire` to `release`; waits up to `patience_seconds` for another holder."""

    def __init__(
        self,
        path: Path,
        patience_seconds: float = 10.0,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = path
        self._patience = patience_seconds
        self._now = now
        self._sleep = sleep
        self._descriptor: int | None = None

    def acquire(self) -> Self:
        """Take the lock; StoreLockedError, naming the holder, when the wait was in vain."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = self._now() + self._patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if self._now() >= deadline:
                    holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
                    os.close(descriptor)
                    raise StoreLockedError(
                        f"another command{f' (process {holder})' if holder else ''} is using {self._path.parent}"
                    ) from None
                self._sleep(_POLL_SECONDS)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor
        return self

    def release(self) -> None:
        """Let the next one in; harmless when the lock is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


__all__ = ["FileLock"]
