"""When slots pass, and by which clock."""

from __future__ import annotations

import asyncio
import time
from enum import Enum
from typing import Protocol


class Pace(Enum):
    """What ends a block."""

    REALTIME = "realtime"
    """400 ms, as on a cluster."""
    INSTANT = "instant"
    """Every batch of transactions, and 400 ms without any."""
    STEPPED = "stepped"
    """Only who is asked to: tests, or `surfnet_timeTravel`."""


class Time(Protocol):
    """The clocks that a server reads; tests bring their own."""

    def unix_ms(self) -> int:
        """The time on the wall."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let them pass."""
        ...


class SystemTime:
    """This machine's clocks."""

    def unix_ms(self) -> int:
        """The time on the wall."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let them pass."""
        await asyncio.sleep(seconds)


__all__ = ["Pace", "SystemTime", "Time"]
