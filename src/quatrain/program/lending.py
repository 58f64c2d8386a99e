"""The ledger of loans: every change of debt, margin, interest and rungs is here.

`Book.cash + Book.debt` changes only when the vault allocates or recalls: what is lent comes back whole (`docs/concepts/water-line.md`).
"""

from __future__ import annotations

from hognose.lang import i64, mul_div_floor, require, u8, u64
from quatrain.core.leverage import hourly_rate, interest_ceil, kept_interest
from quatrain.core.water_line import BLOCK, NO_RUNG, owed_ceil, refresh_block, rung_for
from quatrain.program.errors import QuatrainError
from quatrain.program.loan_state import Book, Ladder
from quatrain.program.state import Maker, Market, Position, Trader

MINIMUM_DEBT = 50_000_000
"""50 USDC: a wall costs money."""


def take_off(market: Market, ladder: Ladder, position: Position) -> None:
    """Take a position's shares off its rung."""
    block = position.rung // BLOCK
    ladder.rungs[position.rung] -= position.shares
    refresh_block(ladder.rungs, ladder.sums, ladder.lines, market.liquidity, block)


def put_on(market: Market, ladder: Ladder, position: Position, cushion: u64) -> None:
    """Put a position's shares on the rung that its debt and a cushion demand; on none without debt."""
    if position.debt == 0:
        position.rung = 0
        return
    owed = owed_ceil(position.debt) + cushion
    rung = rung_for(position.shares, owed, market.maker == Maker.PM_AMM)
    require(rung != NO_RUNG, QuatrainError.DEBT_TOO_LARGE)
    position.rung = u8(rung)
    ladder.rungs[rung] += position.shares
    refresh_block(ladder.rungs, ladder.sums, ladder.lines, market.liquidity, rung // BLOCK)


def lend(trader: Trader, market: Market, book: Book, position: Position, amount: u64) -> None:
    """Move a loan into the trader's free money."""
    require(amount <= book.cash, QuatrainError.LOAN_CASH_SHORT)
    if position.debt == 0:
        book.loans += 1
    book.cash -= amount
    book.debt += amount
    position.debt += amount
    trader.free += amount
    market.indebted = True
    require(position.debt >= MINIMUM_DEBT, QuatrainError.DEBT_TOO_SMALL)


def payable(debt: u64, amount: u64) -> u64:
    """How much of a debt to repay with an amount: no less than `MINIMUM_DEBT` is left, unless nothing, or it was less before."""
    repaid = min(debt, amount)
    if repaid < debt < repaid + MINIMUM_DEBT and debt >= MINIMUM_DEBT:
        return debt - MINIMUM_DEBT
    return repaid


def repay(trader: Trader, market: Market, book: Book, position: Position, amount: u64) -> None:
    """Move a part of a debt, or all of it, back from the trader's free money; the position has a debt."""
    require(amount <= trader.free, QuatrainError.INSUFFICIENT_FUNDS)
    trader.free -= amount
    book.cash += amount
    book.debt -= amount
    position.debt -= amount
    if position.debt == 0:
        position.margin = 0
        book.loans -= 1
    market.indebted = book.debt != 0


def release_interest(trader: Trader, book: Book, position: Position, debt_left: u64, now: i64) -> u64:
    """Earn the interest of the time that has passed, and refund what the debt that is left does not need; the refund."""
    term = u64(max(position.loan_until - position.loan_at, 0))
    left = u64(max(position.loan_until - max(now, position.loan_at), 0))
    earned, kept = kept_interest(position.interest, position.debt, debt_left, term, left)
    refund = position.interest - earned - kept
    book.interest -= earned + refund
    book.earned += earned
    position.interest = kept
    position.loan_at = now
    trader.free += refund
    return refund


def prepay_interest(trader: Trader, book: Book, position: Position, until: i64, now: i64) -> u64:
    """Charge the whole debt for the time until then, at the rate of now; what it was."""
    rate = hourly_rate(book.debt, book.cash)
    charge = interest_ceil(position.debt, rate, u64(until - now))
    require(charge <= trader.free, QuatrainError.INSUFFICIENT_FUNDS)
    trader.free -= charge
    book.interest += charge
    position.interest = charge
    position.loan_at = now
    position.loan_until = until
    return charge


def shrink_margin(position: Position, shares_before: u64) -> None:
    """After a sale the margin of the shares that are left, rounded down."""
    if position.debt != 0:
        position.margin = mul_div_floor(position.margin, position.shares, shares_before)
