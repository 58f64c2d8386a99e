"""Liquidation: anybody sells an indebted position's shares to the pool, in slices, when price or time demands it.

**By price**, when the median of three prices is at or below the trigger, where half of the trader's margin is left: the pool's
now, its mean over 50 slots, and the outside price; without a fresh outside price, both of the first two. So nobody's push of
one price liquidates another. Where the pool is *pinned*, its level within two margins of the line, it can fall no
further and says nothing: then a fresh outside price at or below the trigger decides with it.

**By time**, from the loan's end on, and over the last tenth of the market's life as far as its leverage is above the falling
cap: without a penalty.

A slice is what restores the position's health to 1.1, and with all others of the outcome in that slot at most 2 to 8 % of the
shares sold. Its proceeds pay the keeper, then the debt, then the insurance fund as far as the trader's part in them goes, so that no
slice lowers health. A sale leaves riskier loans the whole margin above their rungs: liquidations cannot chain within a slot, and
what the margin is for, rounding, is all that uses it up, as long as no slice is dust.
"""

from __future__ import annotations

from collections.abc import Sequence

from hognose.lang import (
    Account,
    Clock,
    accounts,
    clock,
    emit,
    instruction,
    key,
    mul_div_ceil,
    mul_div_floor,
    repeated,
    require,
    signer,
    state,
    u64,
)
from quatrain.core.leverage import cap_at, is_within, loans_end
from quatrain.core.root import root_floor
from quatrain.core.water_line import (
    KEEPER_BPS,
    MARGIN_BITS,
    NO_LINE,
    PENALTY_BPS,
    RATE_ONE,
    line_above,
    line_of,
    margin,
)
from quatrain.program.chain import chain
from quatrain.program.errors import QuatrainError
from quatrain.program.feed import outside_price
from quatrain.program.lending import MINIMUM_DEBT, put_on, release_interest, repay, shrink_margin, take_off
from quatrain.program.levels import MEAN_SLOTS, draw_line, least_level, level_of, observe
from quatrain.program.loan_events import Liquidated
from quatrain.program.loan_state import Book, Feed, Ladder, Side
from quatrain.program.makers import price_at, price_of, proceeds_floor
from quatrain.program.pool import pay_out
from quatrain.program.state import BPS_ONE, PRICE_ONE, Market, MarketStatus, Position, Trader
from quatrain.program.tape import LEVEL_BITS, record_trade, variance_at

HEALTH_TENTHS = 11
"""A slice restores equity to 1.1 of what is demanded."""
SLICE_BPS_MINIMUM = 200
"""2 % of the shares sold, a slot and outcome: what quiet markets allow."""
SLICE_BPS_MAXIMUM = 800
SLICE_DEVIATIONS_BPS = 15_000
"""1.5 standard deviations of the log-odds over the 50 slots of a mean, in between."""
QUIET_SECONDS = 300
"""No new loan of the outcome for so long after a liquidation by price: nobody rebuilds walls under a falling price."""


@accounts
class Liquidate:
    """The keeper signs, and gets his reward as free money; he may be the trader. Nothing global is written."""

    authority: Account = signer()
    keeper: Trader = state(writable=True, duplicate=True, authority="authority")
    trader: Trader = state(writable=True, duplicate=True)
    market: Market = state(writable=True)
    book: Book = state(writable=True, market="market")
    ladder: Ladder = state(writable=True, market="market")
    position: Position = state(writable=True, trader="trader", market="market")
    feeds: Sequence[Feed] = repeated(maximum=1, market="market")


@instruction
def liquidate(accounts: Liquidate, maximum_shares: u64) -> None:
    """Sell up to `maximum_shares` of an unhealthy or overdue position to the pool; 5 bp go to the keeper (anybody)."""
    market = accounts.market
    book = accounts.book
    ladder = accounts.ladder
    position = accounts.position
    now = clock()
    require(market.status == MarketStatus.OPEN, QuatrainError.MARKET_NOT_OPEN)
    require(position.debt != 0, QuatrainError.POSITION_FREE_OF_DEBT)
    require(ladder.outcome == position.outcome, QuatrainError.OUTCOME_UNKNOWN)
    observe(market, book, now.slot)
    side = book.sides[position.outcome]
    price = price_of(market, position.outcome)
    by_price = is_due_by_price(accounts, price, now)
    if by_price:
        side.quiet_until = now.unix_timestamp + QUIET_SECONDS
        book.liquidations += 1
    else:
        require(is_due_by_time(market, book, position, price, now), QuatrainError.POSITION_HEALTHY)
        book.timed += 1
    wanted = healing_shares(position, price) if by_price else position.shares
    part = slice_bps(market, now.slot)
    shares = take_slice(market, side, position, wanted, maximum_shares, part, now.slot)
    sell(accounts, shares, price, by_price, now)


def sell(accounts: Liquidate, shares: u64, price: u64, by_price: bool, now: Clock) -> None:
    """Sell a slice, share its proceeds out, and move the position to its new rung."""
    trader = accounts.trader
    market = accounts.market
    book = accounts.book
    ladder = accounts.ladder
    position = accounts.position
    held = position.shares
    rung = position.rung
    take_off(market, ladder, position)
    proceeds, _, _ = proceeds_floor(market, position.outcome, shares)
    record_trade(market, shares, now.slot)
    pay_out(trader, market, market.outcomes[position.outcome], position, shares, proceeds, 0)
    reward, penalty = dues(position, shares, held, proceeds, by_price)
    trader.free -= reward + penalty
    accounts.keeper.free += reward
    book.penalties += penalty
    repaid = min(position.debt, proceeds - reward - penalty)
    refund = release_interest(trader, book, position, position.debt - repaid, now.unix_timestamp)
    repay(trader, market, book, position, repaid)
    shrink_margin(position, held)
    put_on(market, ladder, position, 0)
    line = draw_line(market, book, ladder)
    level = level_of(market, position.outcome)
    require(level >= least_level(market, line), QuatrainError.WATER_LINE)
    riskier = line_above(ladder.rungs, ladder.sums, ladder.lines, market.liquidity, rung)
    if riskier != NO_LINE:
        require(level >= least_level(market, riskier + margin(market.liquidity)), QuatrainError.WATER_LINE)
    event = Liquidated(
        market=key(market),
        sequence=market.sequence,
        slot=now.slot,
        trader=key(trader),
        keeper=key(accounts.keeper),
        shares=shares,
        proceeds=proceeds,
        price=price,
        reward=reward,
        penalty=penalty,
        refund=refund,
        debt=position.debt,
        margin=position.margin,
        outcome=position.outcome,
        rung=position.rung,
        by_price=by_price,
    )
    chain(market, event)
    emit(event)


def dues(position: Position, shares: u64, held: u64, proceeds: u64, by_price: bool) -> tuple[u64, u64]:
    """The keeper's reward, and the penalty as far as the trader's own part in the proceeds covers it; rounded down."""
    reward = mul_div_floor(proceeds, KEEPER_BPS, RATE_ONE)
    if not by_price:
        return reward, 0
    rest = proceeds - reward
    lent = mul_div_ceil(position.debt, shares, held)
    return reward, min(mul_div_floor(proceeds, PENALTY_BPS, RATE_ONE), rest - min(rest, lent))


# -- when, and how much --------------------------------------------------------------------------------------------------


def trigger_ceil(position: Position) -> u64:
    """The price at which half of the margin is left, 1e-9, rounded up."""
    return mul_div_ceil(position.debt + (position.margin >> 1), PRICE_ONE, position.shares)


def is_due_by_price(accounts: Liquidate, price: u64, now: Clock) -> bool:
    """Whether the median is at or below the trigger; counts it if all three are."""
    book = accounts.book
    market = accounts.market
    outcome = accounts.position.outcome
    trigger = trigger_ceil(accounts.position)
    side = book.sides[outcome]
    reporters: u64 = 0
    outside: u64 = 0
    if len(accounts.feeds) != 0:
        reporters, outside = outside_price(accounts.feeds[0], outcome, now.unix_timestamp)
    below = u64(price <= trigger) + u64(price_at(market, side.mean) <= trigger)
    if reporters == 0:
        return below == 2
    if outside > trigger:
        return below == 2
    if below == 2:
        book.confirmed += 1
    return below != 0 or is_pinned(market, accounts.ladder)


def is_pinned(market: Market, ladder: Ladder) -> bool:
    """Whether the pool's price stands at the line, within two margins, and so can fall no further."""
    line = line_of(ladder.sums, ladder.lines)
    return level_of(market, ladder.outcome) <= least_level(market, line + 2 * margin(market.liquidity))


def is_due_by_time(market: Market, book: Book, position: Position, price: u64, now: Clock) -> bool:
    """Whether the loan's time or all loans' is over, or the end near and the leverage above the cap of so near."""
    if now.unix_timestamp >= min(position.loan_until, loans_end(market.opens_at, book.ends_at)):
        return True
    cap = cap_at(book.cap, market.opens_at, book.ends_at, now.unix_timestamp)
    return cap < book.cap and not is_within(cap, mul_div_floor(position.shares, price, PRICE_ONE), position.debt)


def healing_shares(position: Position, price: u64) -> u64:
    """The shares whose sale at a price brings equity to 1.1 of the maintenance margin, rounded up; all where none does.

    With E = worth − debt and M = margin/2, of S shares: E = 1.1·M·(1 − q/S), so q = S·(1.1·M − E)/(1.1·M).
    """
    worth = mul_div_floor(position.shares, price, PRICE_ONE)
    demanded = (position.margin >> 1) * HEALTH_TENTHS // 10
    if worth <= position.debt or demanded == 0:
        return position.shares
    equity = worth - position.debt
    if equity >= demanded:
        return position.shares
    return mul_div_ceil(position.shares, demanded - equity, demanded)


def slice_bps(market: Market, slot: u64) -> u64:
    """The part of the shares sold that may be liquidated in a slot, basis points."""
    spread = root_floor(variance_at(market, slot) * MEAN_SLOTS)
    return max(SLICE_BPS_MINIMUM, min(spread * SLICE_DEVIATIONS_BPS >> LEVEL_BITS, SLICE_BPS_MAXIMUM))


def take_slice(
    market: Market, side: Side, position: Position, wanted: u64, maximum: u64, part_bps: u64, slot: u64
) -> u64:
    """The shares that may be sold in this slot; a small debt closes whole, once a part of the slice is left.

    No slice is smaller than the line's margin, unless the position or what the slot allows is: each sale's rounding takes up
    to 1/(1 − p) µshares of the margin, so that dust could use it up, and then nothing could be sold.
    """
    if side.slice_slot != slot:
        side.slice_slot = slot
        side.sliced = 0
    allowed = mul_div_ceil(market.outcomes[position.outcome].sold + side.sliced, part_bps, BPS_ONE)
    least = min(position.shares, allowed, market.liquidity >> MARGIN_BITS)
    require(side.sliced < allowed and allowed - side.sliced >= least, QuatrainError.SLICE_SPENT)
    shares = min(max(wanted, least), allowed - side.sliced)
    if position.debt < 2 * MINIMUM_DEBT:
        shares = position.shares
    else:
        require(maximum >= least, QuatrainError.TRADE_TOO_SMALL)
        shares = min(shares, maximum)
    require(shares != 0, QuatrainError.AMOUNT_ZERO)
    side.sliced += shares
    return shares
