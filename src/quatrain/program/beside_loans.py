"""Ordinary trades in a market with loans: the same, with its book, whose lines they hold."""

from __future__ import annotations

from collections.abc import Sequence

from hognose.lang import (
    Account,
    Array,
    accounts,
    array,
    clock,
    i64,
    instruction,
    repeated,
    require,
    signer,
    state,
    u8,
    u64,
)
from quatrain.program.batch import LEGS_MAXIMUM
from quatrain.program.decay import bring_to_present
from quatrain.program.errors import QuatrainError
from quatrain.program.levels import level_of, observe, require_above, require_others_above
from quatrain.program.loan_state import Book
from quatrain.program.state import OUTCOMES_MAXIMUM, Leg, Market, Order, Position, Protocol, Trader
from quatrain.program.trade import place


@accounts
class TradeBesideLoans:
    """As `Trade`, with the market's book."""

    authority: Account = signer()
    protocol: Protocol = state()
    trader: Trader = state(writable=True, authority="authority")
    market: Market = state(writable=True)
    book: Book = state(writable=True, market="market")
    position: Position = state(writable=True, trader="trader", market="market")


@instruction
def trade_beside_loans(accounts: TradeBesideLoans, order: u8, amount: u64, limit: u64) -> None:
    """Trade as `buy`, `buy_for`, `sell` or `sell_for` (`Order`) in a market with loans, down to their line."""
    market = accounts.market
    book = accounts.book
    position = accounts.position
    now = clock()
    bring_to_present(market, now)
    observe(market, book, now.slot)
    require(position.debt == 0, QuatrainError.POSITION_INDEBTED)
    place(accounts.protocol, accounts.trader, market, position, order, amount, limit, now)
    if order < Order.SELL:
        require_others_above(market, book, position.outcome)
    else:
        require_above(market, book, position.outcome)


@accounts
class BatchBesideLoans:
    """As `Batch`, with the market's book."""

    authority: Account = signer()
    protocol: Protocol = state()
    trader: Trader = state(writable=True, authority="authority")
    market: Market = state(writable=True)
    book: Book = state(writable=True, market="market")
    positions: Sequence[Position] = repeated(maximum=LEGS_MAXIMUM, writable=True, trader="trader", market="market")


@instruction
def batch_beside_loans(accounts: BatchBesideLoans, maximum_spend: i64, legs: Array[Leg]) -> None:
    """Trade as `batch`, leg by leg, in a market with loans; at the end no outcome has fallen below its line."""
    require(0 < len(legs) <= LEGS_MAXIMUM, QuatrainError.LEGS_MISMATCH)
    require(len(legs) == len(accounts.positions), QuatrainError.LEGS_MISMATCH)
    trader = accounts.trader
    market = accounts.market
    book = accounts.book
    free = trader.free
    now = clock()
    bring_to_present(market, now)
    observe(market, book, now.slot)
    before = array(i64, OUTCOMES_MAXIMUM)
    for i in range(market.outcome_count):
        before[i] = level_of(market, i)
    for i in range(len(legs)):
        leg = legs[i]
        position = accounts.positions[i]
        require(position.debt == 0, QuatrainError.POSITION_INDEBTED)
        place(accounts.protocol, trader, market, position, leg.order, leg.amount, leg.limit, now)
    for i in range(market.outcome_count):
        if level_of(market, i) < before[i]:
            require_above(market, book, i)
    require(i64(free) - i64(trader.free) <= maximum_spend, QuatrainError.SLIPPAGE_EXCEEDED)
