"""Trading a real number: a trade moves the market from the curve f to another, g, and holds g − f.

Its terms follow from the two curves alone, so a trade names the one that it starts from, and is refused when the market has
moved: a signature can be used once, and nobody pays for another move than he saw. A position goes on from where it ended:
it then is one step from its first curve to its last, with the collateral of that. Led back to where it began, it is unwound:
all its collateral is free again. Where others have traded since, from its end g to h, it *rejoins*: g − f is
(h − f) + (g − h), and a second position takes the latter, whose collateral is small where g and h are near.

The fee is taken on the larger of the collateral before and after, rounded up: what a trader stands to lose.
"""

from __future__ import annotations

from hognose.lang import Account, Clock, accounts, clock, emit, i64, instruction, key, require, signer, state, u64
from quatrain.core.distribution import movement_ceil
from quatrain.core.fee import fee_ceil
from quatrain.program.chain import chain
from quatrain.program.distribution_events import DistributionRejoined, DistributionTraded
from quatrain.program.distribution_pool import begin, collateral_for, hand_over, lead_to, lock, require_curve
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.errors import QuatrainError
from quatrain.program.fees import rate_of
from quatrain.program.limits import TRADE_PART_BITS, require_trading, room_after
from quatrain.program.pause import require_running
from quatrain.program.state import Activity, Protocol, Trader

# -- the way of every trade --------------------------------------------------------------------------------------------


def require_start(market: DistributionMarket, mean: i64, deviation: u64, now: Clock) -> None:
    """Refuse outside the opening hours, or from another curve than the market's."""
    require_trading(market, now)
    require(market.mean == mean and market.deviation == deviation, QuatrainError.MARKET_MOVED)


def place(
    protocol: Protocol,
    trader: Trader,
    market: DistributionMarket,
    position: DistributionPosition,
    mean: i64,
    deviation: u64,
    near: i64,
    far: i64,
    aside: u64,
    maximum_payment: i64,
    now: Clock,
) -> u64:
    """Move the market and a position that ends there, which then locks `aside` besides its own collateral; the fee."""
    require_curve(market.norm, mean, deviation, market.backing)
    collateral = collateral_for(market, position, mean, deviation, near, far) + aside
    leaving = collateral <= position.collateral
    if not leaving:
        require_entering(protocol, market, collateral, now)
    stake = max(collateral, position.collateral)
    require(stake != 0, QuatrainError.TRADE_TOO_SMALL)
    fee = fee_ceil(stake, rate_of(protocol, 0, market.backing, now, not leaving))
    payment = i64(collateral + fee) - i64(position.collateral)
    require(payment <= maximum_payment, QuatrainError.SLIPPAGE_EXCEEDED)
    lock(trader, market, position, collateral, fee)
    trader.volume += stake
    market.volume += stake
    moved = movement_ceil(market.mean, market.deviation, mean, deviation)
    market.room_full_slot = room_after(protocol, market.room_full_slot, moved, now.slot, not leaving)
    lead_to(market, position, mean, deviation)
    return fee


def require_entering(protocol: Protocol, market: DistributionMarket, collateral: u64, now: Clock) -> None:
    """Refuse to lock more while buys are paused, or too little for the market."""
    require_running(protocol, Activity.BUYS, now.unix_timestamp)
    least = max(protocol.parameters.minimum_trade, market.backing >> TRADE_PART_BITS)
    require(collateral >= least, QuatrainError.TRADE_TOO_SMALL)


def record(market: DistributionMarket, trader: Trader, position: DistributionPosition, fee: u64, slot: u64) -> None:
    """The event of a trade that was made."""
    event = DistributionTraded(
        market=key(market),
        sequence=market.sequence,
        slot=slot,
        trader=key(trader),
        number=position.number,
        mean=market.mean,
        deviation=market.deviation,
        collateral=position.collateral,
        fee=fee,
    )
    chain(market, event)
    emit(event)


# -- instructions ------------------------------------------------------------------------------------------------------


@accounts
class TradeDistribution:
    """Only the trader's own accounts and the market are written."""

    authority: Account = signer()
    protocol: Protocol = state()
    trader: Trader = state(writable=True, authority="authority")
    market: DistributionMarket = state(writable=True)
    position: DistributionPosition = state(writable=True, trader="trader", market="market")


@instruction
def trade_distribution(
    accounts: TradeDistribution,
    old_mean: i64,
    old_deviation: u64,
    mean: i64,
    deviation: u64,
    near: i64,
    far: i64,
    maximum_payment: i64,
) -> None:
    """Move the market from N(old_mean, old_deviation) to N(mean, deviation) for at most `maximum_payment` (negative: income).

    `near` and `far` are where g − f is lowest beyond f's mean and beyond g's, f being the position's first curve.
    """
    market = accounts.market
    position = accounts.position
    now = clock()
    require_start(market, old_mean, old_deviation, now)
    begin(market, position)
    fee = place(
        accounts.protocol, accounts.trader, market, position, mean, deviation, near, far, 0, maximum_payment, now
    )
    record(market, accounts.trader, position, fee, now.slot)


@accounts
class RejoinDistribution:
    """As `TradeDistribution`, and an empty position for the rest."""

    authority: Account = signer()
    protocol: Protocol = state()
    trader: Trader = state(writable=True, authority="authority")
    market: DistributionMarket = state(writable=True)
    position: DistributionPosition = state(writable=True, trader="trader", market="market")
    rest: DistributionPosition = state(writable=True, trader="trader", market="market")


@instruction
def rejoin_distribution(
    accounts: RejoinDistribution,
    old_mean: i64,
    old_deviation: u64,
    mean: i64,
    deviation: u64,
    near: i64,
    far: i64,
    rest_near: i64,
    rest_far: i64,
    maximum_payment: i64,
) -> None:
    """Trade with a position that others have left behind; `rest` takes over the way from the market's curve to its end.

    `rest_near` and `rest_far` are the lowest points of that way. Payment and fee are for what both lock.
    """
    market = accounts.market
    position = accounts.position
    rest = accounts.rest
    now = clock()
    require_start(market, old_mean, old_deviation, now)
    aside = hand_over(market, position, rest, rest_near, rest_far)
    fee = place(
        accounts.protocol, accounts.trader, market, position, mean, deviation, near, far, aside, maximum_payment, now
    )
    position.collateral -= aside
    rest.collateral = aside
    record_rest(market, accounts.trader, position, rest, now.slot)
    record(market, accounts.trader, position, fee, now.slot)


def record_rest(
    market: DistributionMarket, trader: Trader, position: DistributionPosition, rest: DistributionPosition, slot: u64
) -> None:
    """The event of a position that rejoined the market."""
    event = DistributionRejoined(
        market=key(market),
        sequence=market.sequence,
        slot=slot,
        trader=key(trader),
        number=position.number,
        rest=rest.number,
        mean=rest.mean,
        deviation=rest.deviation,
        collateral=rest.collateral,
    )
    chain(market, event)
    emit(event)
