"""Up to eight trades of a market at once, all or none.

Legs run in order, each as a trade of its own. In a pm-AMM of three or more outcomes, where a price takes a quadrature, legs
that are all in shares are priced together instead: they cost C(q + Δ) − C(q), whatever their order. Each leg is charged its
shares at the mean of the prices before and after the whole; what the total differs from their sum, the side that moves more
money takes in proportion. So the total is exact, rounded up, and a leg's part is fair to the second order.
"""

from __future__ import annotations

from collections.abc import Sequence

from hognose.lang import (
    Account,
    Array,
    Clock,
    accounts,
    array,
    clock,
    i64,
    instruction,
    mul_div_floor,
    repeated,
    require,
    signer,
    state,
    u64,
)
from quatrain.core.fee import fee_ceil
from quatrain.core.pmamm_bundle import bundle_cost_ceil
from quatrain.core.pmamm_many import MINIMUM_COUNT
from quatrain.program.decay import bring_to_present
from quatrain.program.errors import QuatrainError
from quatrain.program.fees import taker_rate
from quatrain.program.filling import carry_out
from quatrain.program.limits import require_buying, require_purchase, require_trading
from quatrain.program.makers import load
from quatrain.program.state import OUTCOMES_MAXIMUM, PRICE_ONE, Leg, Maker, Market, Order, Position, Protocol, Trader
from quatrain.program.trade import place

LEGS_MAXIMUM = 8


@accounts
class Batch:
    """As `Trade`, with a position for each leg."""

    authority: Account = signer()
    protocol: Protocol = state()
    trader: Trader = state(writable=True, authority="authority")
    market: Market = state(writable=True)
    positions: Sequence[Position] = repeated(maximum=LEGS_MAXIMUM, writable=True, trader="trader", market="market")


@instruction
def batch(accounts: Batch, maximum_spend: i64, legs: Array[Leg]) -> None:
    """Trade up to 8 outcomes of a market in order, all or none, for at most `maximum_spend` on balance (negative: income)."""
    require(0 < len(legs) <= LEGS_MAXIMUM, QuatrainError.LEGS_MISMATCH)
    require(len(legs) == len(accounts.positions), QuatrainError.LEGS_MISMATCH)
    trader = accounts.trader
    free = trader.free
    now = clock()
    require(not accounts.market.indebted, QuatrainError.LOANS_OUTSTANDING)
    bring_to_present(accounts.market, now)
    if is_bundle(accounts.market, legs):
        place_bundle(accounts, legs, now)
    else:
        for i in range(len(legs)):
            order = legs[i].order
            position = accounts.positions[i]
            place(accounts.protocol, trader, accounts.market, position, order, legs[i].amount, legs[i].limit, now)
    require(i64(free) - i64(trader.free) <= maximum_spend, QuatrainError.SLIPPAGE_EXCEEDED)


def is_bundle(market: Market, legs: Array[Leg]) -> bool:
    """Whether the legs are priced together."""
    if market.maker != Maker.PM_AMM or market.outcome_count < MINIMUM_COUNT:
        return False
    by_shares = len(legs) > 1
    for i in range(len(legs)):
        order = legs[i].order
        by_shares = by_shares and (order == Order.BUY or order == Order.SELL)  # noqa: PLR1714 (the language has no sets)
    return by_shares


def place_bundle(accounts: Batch, legs: Array[Leg], now: Clock) -> None:
    """Price legs in shares together, share the cost out, and carry each out."""
    protocol = accounts.protocol
    market = accounts.market
    require_trading(market, now)
    before = array(u64, OUTCOMES_MAXIMUM)
    after = array(u64, OUTCOMES_MAXIMUM)
    load(market, before)
    chosen, shift = apply_legs(accounts, legs, now, before, after)
    prices_before = array(u64, OUTCOMES_MAXIMUM)
    prices_after = array(u64, OUTCOMES_MAXIMUM)
    cost = bundle_cost_ceil(
        market.liquidity,
        before,
        after,
        market.outcome_count,
        shift,
        market.segments,
        chosen,
        prices_before,
        prices_after,
    )
    weights = array(u64, LEGS_MAXIMUM)
    paid: u64 = 0
    received: u64 = 0
    for i in range(len(legs)):
        outcome = accounts.positions[i].outcome
        weights[i] = mul_div_floor(legs[i].amount, prices_before[outcome] + prices_after[outcome], 2 * PRICE_ONE)
        if legs[i].order == Order.BUY:
            paid += weights[i]
        else:
            received += weights[i]
    to_pay, to_receive = balance(cost, paid, received)
    buying_rate = taker_rate(protocol, market, now, True)
    selling_rate = taker_rate(protocol, market, now, False)
    for i in range(len(legs)):
        position = accounts.positions[i]
        outcome = position.outcome
        if legs[i].order == Order.BUY:
            money = part_of(weights[i], to_pay, paid)
            to_pay -= money
            paid -= weights[i]
            require_purchase(protocol, market, money, prices_after[outcome])
            fee = fee_ceil(money, buying_rate)
        else:
            money = part_of(weights[i], to_receive, received)
            to_receive -= money
            received -= weights[i]
            fee = fee_ceil(money, selling_rate)
        carry_out(
            protocol, accounts.trader, market, position, legs[i].order, legs[i].limit, now.slot, legs[i].amount, money, fee,
            prices_before[outcome], prices_after[outcome],
        )  # fmt: skip


def apply_legs(accounts: Batch, legs: Array[Leg], now: Clock, before: Array[u64], after: Array[u64]) -> tuple[u64, u64]:
    """Fill in the reserves after the legs, plus all shares bought; the outcomes as bits, and the shares bought."""
    market = accounts.market
    bought: u64 = 0
    for i in range(len(legs)):
        amount = legs[i].amount
        require(amount != 0, QuatrainError.AMOUNT_ZERO)
        if legs[i].order == Order.BUY:
            require_buying(accounts.protocol, market, now, amount)
            bought += amount
        else:
            require(amount <= accounts.positions[i].shares, QuatrainError.INSUFFICIENT_SHARES)
    for i in range(market.outcome_count):
        after[i] = before[i] + bought
    chosen: u64 = 0
    for i in range(len(legs)):
        outcome = accounts.positions[i].outcome
        chosen |= 1 << outcome
        if legs[i].order == Order.BUY:
            after[outcome] -= legs[i].amount
        else:
            after[outcome] += legs[i].amount
    return chosen, bought


def balance(cost: i64, paid: u64, received: u64) -> tuple[u64, u64]:
    """What buys pay and sales receive in all, so that the difference is at least the cost: the larger side is adjusted."""
    if paid >= received:
        return u64(max(i64(received) + cost, 0)), received
    due = i64(paid) - cost
    require(due >= 0 or paid == 0, QuatrainError.TRADE_TOO_LARGE)
    return paid, u64(max(due, 0))


def part_of(weight: u64, money: u64, weights: u64) -> u64:
    """A leg's part of the money that is left for the weights that are left; the last one takes the rest."""
    return money if weight >= weights else mul_div_floor(money, weight, weights)
