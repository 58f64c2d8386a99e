"""Which maker a market gets and when a pm-AMM may expire, by the functions that the program decides with."""

from __future__ import annotations

from typing import Final

from hognose.lang import ProgramAbort
from quatrain.program.decay import require_lasting
from quatrain.program.opening import BY_RULE, PROPOSITION, choose
from quatrain.program.state import Maker

USUAL_PART: Final = 99
"""A usual expiry comes after one more of so many parts of the market's life: when it closes, a tenth of its liquidity is left."""
USUAL_LEAST_SECONDS: Final = 3_600
_DOUBLINGS: Final = 40


def maker_by_rule(outcome_count: int, *, proposition: bool, expires_at: int) -> Maker:
    """A yes/no proposition and what has no expiry (0) get an LMSR, alternatives with one a pm-AMM."""
    return Maker(choose(BY_RULE, PROPOSITION if proposition else outcome_count, expires_at))


def earliest_expiry(liquidity: int, opens_at: int, closes_at: int) -> int | None:
    """The first second at which the program lets such a pm-AMM expire; None where its liquidity could not fall at all."""
    low, span = closes_at, max(closes_at - opens_at, 1)
    for doubling in range(_DOUBLINGS):
        high = closes_at + (span << doubling)
        if _lasts(liquidity, opens_at, closes_at, high):
            break
    else:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if _lasts(liquidity, opens_at, closes_at, middle):
            high = middle
        else:
            low = middle
    return high


def usual_expiry(liquidity: int, opens_at: int, closes_at: int) -> int:
    """An expiry where nobody knows a better one: a ninety-ninth of the market's life after it closes, an hour at least.

    Later where the program asks for it, since the liquidity is small.
    """
    usual = closes_at + max(-(-(closes_at - opens_at) // USUAL_PART), USUAL_LEAST_SECONDS)
    return max(usual, earliest_expiry(liquidity, opens_at, closes_at) or 0)


def _lasts(liquidity: int, opens_at: int, closes_at: int, expires_at: int) -> bool:
    try:
        require_lasting(liquidity, opens_at, closes_at, expires_at)
    except ProgramAbort:
        return False
    return True


__all__ = ["earliest_expiry", "maker_by_rule", "usual_expiry"]
