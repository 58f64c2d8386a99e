"""How much one client may ask of the server."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from attrs import frozen

from quatrain.cluster.localnet.pace import Time

MOST_BODY_BYTES: Final = 50 * 1_024
"""Of one request, as validators have it."""
MOST_CONNECTIONS: Final = 2_048
"""WebSockets that may be open at once."""
_REMEMBERED: Final = 10_000
"""Addresses that are told apart; one that comes back after so many others starts afresh."""


@frozen
class Verdict:
    """Whether a request may pass, what is left, and how long to wait for more."""

    allowed: bool
    remaining: int
    wait_seconds: float


class RateLimit:
    """A bucket for each address: so many requests a second on average, twice as many in a burst; 0 limits nothing."""

    def __init__(self, per_second: float, time: Time):
        self._rate = per_second
        self._time = time
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    @property
    def burst(self) -> int:
        """What may come at once."""
        return max(1, int(2 * self._rate))

    def take(self, address: str, requests: int = 1) -> Verdict:
        """Count requests of an address; a batch larger than the bucket takes all of it."""
        if self._rate <= 0:
            return Verdict(True, 0, 0.0)
        now, wanted = self._time.monotonic(), min(requests, self.burst)
        level, then = self._buckets.pop(address, (float(self.burst), now))
        level = min(self.burst, level + (now - then) * self._rate)
        allowed = level >= wanted
        if allowed:
            level -= wanted
        self._buckets[address] = (level, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return Verdict(allowed, int(level), 0.0 if allowed else (wanted - level) / self._rate)


__all__ = ["MOST_BODY_BYTES", "MOST_CONNECTIONS", "RateLimit", "Verdict"]
