"""Carrying out a trade whose terms are known: limits, ledger, the price's room, event."""

from __future__ import annotations

from hognose.lang import emit, key, require, u8, u64
from quatrain.program.chain import chain
from quatrain.program.errors import QuatrainError
from quatrain.program.events import Traded
from quatrain.program.limits import use_room
from quatrain.program.pool import pay_out, take_in
from quatrain.program.state import Market, Order, Position, Protocol, Trader
from quatrain.program.tape import record_trade


def carry_out(
    protocol: Protocol,
    trader: Trader,
    market: Market,
    position: Position,
    order: u8,
    limit: u64,
    slot: u64,
    shares: u64,
    money: u64,
    fee: u64,
    before: u64,
    after: u64,
) -> None:
    """Fill an order and record it."""
    fill(protocol, trader, market, position, order, limit, slot, shares, money, fee, before, after)
    event = Traded(
        market=key(market),
        sequence=market.sequence,
        slot=slot,
        trader=key(trader),
        shares=shares,
        amount=money,
        fee=fee,
        price=after,
        outcome=position.outcome,
        bought=order <= Order.BUY_FOR,
    )
    chain(market, event)
    emit(event)


def fill(
    protocol: Protocol,
    trader: Trader,
    market: Market,
    position: Position,
    order: u8,
    limit: u64,
    slot: u64,
    shares: u64,
    money: u64,
    fee: u64,
    before: u64,
    after: u64,
) -> None:
    """Hold the trader's limit and holdings, move the ledger, use the price's room."""
    require_limit(order, shares, money, fee, limit)
    outcome = market.outcomes[position.outcome]
    selling = order >= Order.SELL
    record_trade(market, shares, slot)
    if selling:
        require(shares <= position.shares, QuatrainError.INSUFFICIENT_SHARES)
        pay_out(trader, market, outcome, position, shares, money, fee)
    else:
        take_in(trader, market, outcome, position, shares, money, fee)
    use_room(protocol, market, before, after, slot, not selling)


def require_limit(order: u8, shares: u64, amount: u64, fee: u64, limit: u64) -> None:
    """Hold the trader's limit: money for an order of shares, shares for an order of money."""
    if order == Order.BUY:
        within = amount + fee <= limit
    elif order == Order.BUY_FOR:
        within = shares >= limit
    elif order == Order.SELL:
        within = amount - fee >= limit
    else:
        within = shares <= limit
    require(within, QuatrainError.SLIPPAGE_EXCEEDED)
