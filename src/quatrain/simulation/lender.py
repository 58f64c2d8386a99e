"""The conventional lender, on the same paths and the same loans: liquidate when a quote shows a breach.

A position is bought at the ask, and sold at the first quote at which less than half of its margin is left, or when it was to be
closed; at the end of a path that it still stands on, it pays what its outcome pays. What the sale does not cover is lost.
"""

from __future__ import annotations

from attrs import define

from quatrain.simulation.paths import Path

HALF_SPREAD = 0.005
"""Of every quote."""


@define
class Lent:
    """What was lent and what was lost of it, USDC."""

    debt: float = 0
    lost: float = 0
    loans: int = 0
    bad: int = 0

    @property
    def loss_bp(self) -> float:
        """Of each dollar lent."""
        return 10_000 * self.lost / self.debt if self.debt else 0

    def add(self, other: Lent) -> None:
        """Both together."""
        self.debt += other.debt
        self.lost += other.lost
        self.loans += other.loans
        self.bad += other.bad


def lend(path: Path, outcome: int, begin: int, end: int, debt: float, leverage: float) -> Lent:
    """One loan, opened at a step and to be closed at another, or at the end of the path."""
    prices = path.prices[:, outcome]
    ask = min(prices[begin] + HALF_SPREAD, 1)
    own = debt / (leverage - 1)
    shares = (debt + own) / ask
    worth = 0.0
    for step in range(begin + 1, path.steps + 1):
        if step == path.steps:
            worth = shares * (outcome == path.winner)
            break
        worth = shares * max(prices[step] - HALF_SPREAD, 0)
        if worth - debt < own / 2 or step == end:
            break
    lost = max(debt - worth, 0)
    return Lent(debt, lost, 1, int(lost > 0))
