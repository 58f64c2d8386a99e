"""Levels, their means and the line: what every instruction that moves a price in a market with loans holds.

A trade of an outcome's shares lowers other outcomes' levels when it buys, and its own when it sells. What falls may not fall
below its line; what rises may stay below it, so that nothing that helps is refused.
"""

from __future__ import annotations

from hognose.lang import i64, require, u64
from quatrain.core.water_line import HIGHEST_SCALES, NO_LINE, line_of, margin, reserve_at_floor
from quatrain.program.errors import QuatrainError
from quatrain.program.loan_state import Book, Ladder
from quatrain.program.pool import reserve_of
from quatrain.program.state import Maker, Market

FULL_BOOK = (1 << 64) - 1
MEAN_SLOTS = 50
"""The window of a mean: after so many slots without a trade nothing of older levels is left."""


def level_of(market: Market, outcome: u64) -> i64:
    """−r of an LMSR's outcome; the other's reserve less its own in a pm-AMM of two."""
    reserve = i64(reserve_of(market, market.outcomes[outcome]))
    if market.maker == Maker.LMSR:
        return -reserve
    return i64(reserve_of(market, market.outcomes[1 - outcome])) - reserve


def least_level(market: Market, line: i64) -> i64:
    """The level at the line, which is in s·log-odds, or s·Φ⁻¹: rounded up."""
    if market.maker == Maker.LMSR:
        return -i64(reserve_at_floor(market.liquidity, line))
    return line


def draw_line(market: Market, book: Book, ladder: Ladder) -> i64:
    """Write the line of the ladder's outcome, with the margin, and return the line without it."""
    line = line_of(ladder.sums, ladder.lines)
    side = book.sides[ladder.outcome]
    bit = 1 << ladder.outcome
    if line == NO_LINE:
        side.line = NO_LINE
        book.indebted &= FULL_BOOK - bit
    else:
        side.line = least_level(market, line + margin(market.liquidity))
        book.indebted |= bit
    return line


def require_above(market: Market, book: Book, outcome: u64) -> None:
    """Refuse what left the outcome's level below its line."""
    require(level_of(market, outcome) >= book.sides[outcome].line, QuatrainError.WATER_LINE)


def require_others_above(market: Market, book: Book, outcome: u64) -> None:
    """Refuse a purchase that pushed any other outcome below its line."""
    left = book.indebted
    while left != 0:
        i = left.bit_length() - 1
        left -= 1 << i
        if i != outcome:
            require_above(market, book, i)


def require_low(market: Market, line: i64) -> None:
    """Refuse a loan whose line lies where a µUSDC no longer resolves prices."""
    require(line <= HIGHEST_SCALES * i64(market.liquidity), QuatrainError.LINE_TOO_HIGH)


def observe(market: Market, book: Book, slot: u64) -> None:
    """Bring the means of outcomes with loans to the slot, before anything moves their levels."""
    passed = min(slot - book.mean_slot, MEAN_SLOTS)
    if passed == 0:
        return
    book.mean_slot = slot
    weight = i64(passed)
    left = book.indebted
    while left != 0:
        i = left.bit_length() - 1
        left -= 1 << i
        side = book.sides[i]
        side.mean += (level_of(market, i) - side.mean) * weight // MEAN_SLOTS
