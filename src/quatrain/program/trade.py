"""Buying from the pool and selling to it, by shares or by money.

`place` is the way of every trade: it checks that the market trades, prices the order (`makers.py`), and carries it out
(`filling.py`). Cost rounds up, proceeds and shares round down. A position's address binds trader, market and outcome.
"""

from __future__ import annotations

from hognose.lang import (
    Account,
    Clock,
    accounts,
    clock,
    instruction,
    require,
    set_return_data,
    signer,
    state,
    u8,
    u64,
)
from quatrain.core.fee import fee_ceil
from quatrain.program.decay import bring_to_present
from quatrain.program.errors import QuatrainError
from quatrain.program.fees import cost_within_floor, proceeds_before_fee_ceil, taker_rate
from quatrain.program.filling import carry_out
from quatrain.program.limits import require_buying, require_purchase, require_trading, room_left
from quatrain.program.makers import (
    UNREACHABLE,
    cost_ceil,
    proceeds_floor,
    shares_for_proceeds_ceil,
    shares_for_spend_floor,
)
from quatrain.program.state import Market, Order, Position, Protocol, Quote, Trader


@accounts
class Trade:
    """Only the trader's own accounts and the market are written."""

    authority: Account = signer()
    protocol: Protocol = state()
    trader: Trader = state(writable=True, authority="authority")
    market: Market = state(writable=True)
    position: Position = state(writable=True, trader="trader", market="market")


# -- the way of every trade --------------------------------------------------------------------------------------------


def price_order(
    protocol: Protocol, market: Market, outcome: u64, order: u8, amount: u64, now: Clock
) -> tuple[u64, u64, u64, u64, u64]:
    """The terms of an order: shares, cost or proceeds, fee, prices before and after. Refuses what nobody may do now."""
    require_trading(market, now)
    require(amount != 0, QuatrainError.AMOUNT_ZERO)
    rate = taker_rate(protocol, market, now, order <= Order.BUY_FOR)
    if order <= Order.BUY_FOR:
        require_buying(protocol, market, now, amount)
        shares, cost, fee, before, after = price_purchase(market, outcome, order, amount, rate)
        require_purchase(protocol, market, cost, after)
        return shares, cost, fee, before, after
    require(order <= Order.SELL_FOR, QuatrainError.ORDER_UNKNOWN)
    shares, proceeds, fee, before, after = price_sale(market, outcome, order, amount, rate)
    return shares, proceeds, fee, before, after


def price_purchase(market: Market, outcome: u64, order: u8, amount: u64, rate: u64) -> tuple[u64, u64, u64, u64, u64]:
    """Shares rounded down, cost and fee rounded up."""
    if order == Order.BUY:
        cost, before, after = cost_ceil(market, outcome, amount)
        return amount, cost, fee_ceil(cost, rate), before, after
    cost = cost_within_floor(amount, rate)
    shares, before, after = shares_for_spend_floor(market, outcome, cost)
    return shares, cost, amount - cost, before, after


def price_sale(market: Market, outcome: u64, order: u8, amount: u64, rate: u64) -> tuple[u64, u64, u64, u64, u64]:
    """Shares rounded up, proceeds rounded down, fee rounded up."""
    # Nothing can be sold or bring more than the escrow holds; the bound keeps the sums below inside 64 bits.
    require(amount <= market.sets, QuatrainError.TRADE_TOO_LARGE)
    if order == Order.SELL:
        proceeds, before, after = proceeds_floor(market, outcome, amount)
        return amount, proceeds, fee_ceil(proceeds, rate), before, after
    gross = proceeds_before_fee_ceil(amount, rate)
    shares, before, after = shares_for_proceeds_ceil(market, outcome, gross)
    require(shares != UNREACHABLE, QuatrainError.TRADE_TOO_LARGE)
    return shares, gross, gross - amount, before, after


def place(
    protocol: Protocol,
    trader: Trader,
    market: Market,
    position: Position,
    order: u8,
    amount: u64,
    limit: u64,
    now: Clock,
) -> None:
    """Price an order and carry it out. The position has no debt: either the market has none, or the caller looked."""
    if order == Order.SELL:
        require(amount <= position.shares, QuatrainError.INSUFFICIENT_SHARES)
    shares, money, fee, before, after = price_order(protocol, market, position.outcome, order, amount, now)
    carry_out(protocol, trader, market, position, order, limit, now.slot, shares, money, fee, before, after)


# -- instructions ------------------------------------------------------------------------------------------------------


def place_one(accounts: Trade, order: u8, amount: u64, limit: u64) -> None:
    """The one trade of an instruction."""
    now = clock()
    require(not accounts.market.indebted, QuatrainError.LOANS_OUTSTANDING)
    bring_to_present(accounts.market, now)
    place(accounts.protocol, accounts.trader, accounts.market, accounts.position, order, amount, limit, now)


@instruction
def buy(accounts: Trade, shares: u64, maximum_cost: u64) -> None:
    """Buy exactly `shares` of the position's outcome for at most `maximum_cost`, fee included."""
    place_one(accounts, Order.BUY, shares, maximum_cost)


@instruction
def buy_for(accounts: Trade, spend: u64, minimum_shares: u64) -> None:
    """Spend exactly `spend`, fee included, on at least `minimum_shares` of the position's outcome."""
    place_one(accounts, Order.BUY_FOR, spend, minimum_shares)


@instruction
def sell(accounts: Trade, shares: u64, minimum_proceeds: u64) -> None:
    """Sell exactly `shares` of the position for at least `minimum_proceeds`, fee taken off; no pause stops this."""
    place_one(accounts, Order.SELL, shares, minimum_proceeds)


@instruction
def sell_for(accounts: Trade, proceeds: u64, maximum_shares: u64) -> None:
    """Sell at most `maximum_shares` to receive exactly `proceeds`, fee taken off; no pause stops this."""
    place_one(accounts, Order.SELL_FOR, proceeds, maximum_shares)


@accounts
class AskQuote:
    """Nobody signs. The market is written where time has passed: a pm-AMM is brought to the present."""

    protocol: Protocol = state()
    market: Market = state(writable=True)


@instruction
def quote(accounts: AskQuote, outcome: u8, order: u8, amount: u64) -> None:
    """Return the terms of an order as a `Quote`, for programs that call and for simulations."""
    market = accounts.market
    require(outcome < market.outcome_count, QuatrainError.OUTCOME_UNKNOWN)
    now = clock()
    bring_to_present(market, now)
    shares, money, fee, before, after = price_order(accounts.protocol, market, outcome, order, amount, now)
    room = room_left(accounts.protocol, market, now.slot, order <= Order.BUY_FOR)
    set_return_data(Quote(shares=shares, amount=money, fee=fee, price_before=before, price_after=after, room=room))
