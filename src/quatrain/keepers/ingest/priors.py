"""From quoted prices to opening prices: positive integers that add up to exactly 1,000,000,000.

Quotes of the outcomes of one question seldom add up to one (spreads, fees, stale books), and some are zero. They are
scaled to one, none is left below a stated minimum, and the rounding to integers gives what is left over to the
largest fractions, so that the result depends on nothing but the quotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

PRICE_ONE: Final = 1_000_000_000
MINIMUM_PRIOR: Final = 1_000_000
"""0.1 %: an outcome never opens below this; the smaller it is, the dearer the subsidy (b·ln(1/π))."""


def normalise(weights: Sequence[Fraction], minimum: int = MINIMUM_PRIOR) -> list[int]:
    """Opening prices in proportion to the weights, each at least `minimum`, together exactly `PRICE_ONE`.

    ValueError when a weight is negative, all are zero, or so many minima do not fit.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("a price is negative")
    if not any(weights):
        raise ValueError("all prices are zero")
    if not 1 <= minimum <= PRICE_ONE // len(weights):
        raise ValueError(f"{len(weights)} outcomes cannot each open at {minimum} or more")
    raised = _raised(weights, minimum)
    left = PRICE_ONE - minimum * len(raised)
    total = sum((w for i, w in enumerate(weights) if i not in raised), Fraction(0))
    exact = [Fraction(minimum) if i in raised else w * left / total for i, w in enumerate(weights)]
    return _round(exact)


def _raised(weights: Sequence[Fraction], minimum: int) -> set[int]:
    """Which outcomes the minimum lifts; lifting some shrinks the others, so until no more fall below."""
    raised: set[int] = set()
    while True:
        left = PRICE_ONE - minimum * len(raised)
        total = sum((w for i, w in enumerate(weights) if i not in raised), Fraction(0))
        more = {i for i, w in enumerate(weights) if i not in raised and w * left < minimum * total}
        if not more:
            return raised
        raised |= more


def _round(exact: Sequence[Fraction]) -> list[int]:
    """Round down, then one more for the largest fractions, earlier outcomes first."""
    floors = [value.numerator // value.denominator for value in exact]
    order = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for i in order[: PRICE_ONE - sum(floors)]:
        floors[i] += 1
    return floors


__all__ = ["MINIMUM_PRIOR", "PRICE_ONE", "normalise"]
