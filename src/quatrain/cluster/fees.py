"""What to offer for a compute unit: what it lately took to write the same accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import frozen

MOST_ACCOUNTS: Final = 128
"""About which one question can be asked."""


@frozen
class FeePolicy:
    """The price of a compute unit: a percentile of the recent ones, within bounds. All in micro-lamports."""

    percentile: int = 75
    least: int = 0
    most: int = 1_000_000
    """At this price a transaction of 1,000,000 units pays 0.001 SOL."""

    def price(self, recent: Iterable[int]) -> int:
        """For the prices of recent slots (0 where nobody had to pay): the nearest-rank percentile, bounded."""
        ranked = sorted(recent)
        if not ranked:
            return self.least
        rank = max(1, -(-len(ranked) * self.percentile // 100))
        return min(max(ranked[rank - 1], self.least), self.most)


DEFAULT_FEES: Final = FeePolicy()

__all__ = ["DEFAULT_FEES", "MOST_ACCOUNTS", "FeePolicy"]
