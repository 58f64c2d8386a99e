"""The ledger of a market of a real number: every change of its escrow is here, and what its curves may be.

`escrow` is the backing and all collateral. Positions lead, each from one curve to another, from the opening curve f₀ to the
present f; so at x they are owed their collateral and f(x) − f₀(x), and the vault has b − f(x) + f₀(x), which is never negative,
for f ≤ b. A position is never owed less than nothing, for its collateral is at least −min (g − f).
"""

from __future__ import annotations

from hognose.lang import i64, require, u64
from quatrain.core.distribution import (
    MAXIMUM_OUTCOME,
    is_backed,
    is_supported,
    payout_floor,
    peak_ceil,
    peak_floor,
    value_ceil,
    value_floor,
)
from quatrain.core.distribution_trade import REFUSED, collateral_ceil
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.errors import QuatrainError
from quatrain.program.state import Trader

POINT_MAXIMUM = 1 << 52
"""A trade's lowest points are nearer to zero: the largest mean and twelve of the largest deviation."""


def require_curve(norm: u64, mean: i64, deviation: u64, backing: u64) -> None:
    """Refuse a curve outside the mathematics' bounds, or one that the backing does not cover everywhere."""
    require(is_supported(norm, mean, deviation), QuatrainError.CURVE_OUT_OF_RANGE)
    require(is_backed(norm, deviation, backing), QuatrainError.DEVIATION_TOO_SMALL)


def require_liquidity_free(market: DistributionMarket, norm: u64, backing: u64) -> None:
    """Refuse another norm, or less backing, while any position holds a curve: it would lose its way back to where it began."""
    unchanged = norm == market.norm and backing >= market.backing
    require(unchanged or market.escrow == market.backing, QuatrainError.LIQUIDITY_FIXED)


def is_empty(position: DistributionPosition) -> bool:
    """Whether a position has no curves, and so no collateral."""
    return position.deviation == 0


def begin(market: DistributionMarket, position: DistributionPosition) -> None:
    """Let an empty position start from the market's curve; refuse one that ends elsewhere."""
    if is_empty(position):
        position.from_mean = market.mean
        position.from_deviation = market.deviation
        return
    at_market = position.mean == market.mean and position.deviation == market.deviation
    require(at_market, QuatrainError.POSITION_LEFT_BEHIND)


def hand_over(
    market: DistributionMarket, position: DistributionPosition, rest: DistributionPosition, near: i64, far: i64
) -> u64:
    """Let a position end at the market's curve, and `rest` lead from there to where it ended; what `rest` must lock.

    Together they pay what the position paid. Nothing happens where it ends at the market's curve anyway.
    """
    require(not is_empty(position) and is_empty(rest), QuatrainError.REST_INVALID)
    if position.mean == market.mean and position.deviation == market.deviation:
        return 0
    rest.from_mean = market.mean
    rest.from_deviation = market.deviation
    rest.mean = position.mean
    rest.deviation = position.deviation
    position.mean = market.mean
    position.deviation = market.deviation
    return collateral_for(market, rest, rest.mean, rest.deviation, near, far)


def collateral_for(
    market: DistributionMarket, position: DistributionPosition, mean: i64, deviation: u64, near: i64, far: i64
) -> u64:
    """What the position must lock to end at a curve, rounded up: nothing where it began."""
    if mean == position.from_mean and deviation == position.from_deviation:
        return 0
    in_range = -POINT_MAXIMUM <= near <= POINT_MAXIMUM and -POINT_MAXIMUM <= far <= POINT_MAXIMUM
    require(in_range, QuatrainError.POINTS_INVALID)
    collateral = collateral_ceil(market.norm, position.from_mean, position.from_deviation, mean, deviation, near, far)
    require(collateral != REFUSED, QuatrainError.POINTS_INVALID)
    return collateral


def lock(trader: Trader, market: DistributionMarket, position: DistributionPosition, collateral: u64, fee: u64) -> None:
    """Exchange what the position locks for `collateral`, and take the fee, both from or to the trader's free money."""
    available = trader.free + position.collateral
    require(collateral + fee <= available, QuatrainError.INSUFFICIENT_FUNDS)
    trader.free = available - collateral - fee
    market.escrow = market.escrow + collateral - position.collateral
    market.unsynced += i64(collateral) - i64(position.collateral)
    market.fees_due += fee
    position.collateral = collateral
    position.fees += fee


def lead_to(market: DistributionMarket, position: DistributionPosition, mean: i64, deviation: u64) -> None:
    """Move the market and the position to a curve; a position that is back where it began is empty again."""
    market.mean = mean
    market.deviation = deviation
    if mean == position.from_mean and deviation == position.from_deviation:
        position.from_mean = 0
        position.from_deviation = 0
        position.mean = 0
        position.deviation = 0
        return
    position.mean = mean
    position.deviation = deviation


def worst_outcome(market: DistributionMarket) -> u64:
    """What the backing is worth in the worst outcome, rounded down: b − max (f − f₀), for which the peak of f stands.

    All of it where the present curve is the first.
    """
    if market.mean == market.opening_mean and market.deviation == market.opening_deviation:
        return market.backing
    return market.backing - min(peak_ceil(market.norm, market.deviation), market.backing)


def fix_outcome(market: DistributionMarket, outcome: i64, void: bool) -> u64:
    """Write the outcome; what leaves the escrow, which keeps Σ (collateral + g(x) − f(x)), rounded up.

    That is the collateral and f(x) − f₀(x), with f rounded up and f₀ down: at least the sum of all payouts, each rounded down.
    It is within the escrow, because f rounded up is within the backing.
    """
    claims = market.escrow - market.backing
    if void:
        require(outcome == 0, QuatrainError.OUTCOME_OUT_OF_RANGE)
    else:
        require(-MAXIMUM_OUTCOME <= outcome <= MAXIMUM_OUTCOME, QuatrainError.OUTCOME_OUT_OF_RANGE)
        claims += value_ceil(peak_ceil(market.norm, market.deviation), market.mean, market.deviation, outcome)
        first = peak_floor(market.norm, market.opening_deviation)
        claims -= min(value_floor(first, market.opening_mean, market.opening_deviation, outcome), claims)
    returned = market.escrow - claims
    market.escrow = claims
    market.outcome = outcome
    market.void = void
    return returned


def pay_position(trader: Trader, market: DistributionMarket, position: DistributionPosition) -> u64:
    """Pay a position of a resolved market, collateral + g(x) − f(x) rounded down and never negative, and empty it."""
    payout = position.collateral
    if not market.void and not is_empty(position):
        payout = payout_floor(
            market.norm,
            position.from_mean,
            position.from_deviation,
            position.mean,
            position.deviation,
            position.collateral,
            market.outcome,
        )
    market.escrow -= payout
    trader.free += payout
    market.unsynced -= i64(position.collateral)
    position.collateral = 0
    position.deviation = 0
    return payout
