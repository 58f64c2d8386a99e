"""Markets of a real number for a client: lowest points, the terms of a trade, ranges, what positions are worth.

Computed with the functions that the program compiles, on decoded accounts: exact for the state and the second they are for.
Outcomes, means, deviations and points are in millionths of the market's unit, money in µUSDC.
"""

from __future__ import annotations

import copy
from typing import Final

from attrs import frozen

from hognose.lang import Clock
from quatrain.client.accounts import blank
from quatrain.client.quotes import computed
from quatrain.core.distribution import MAXIMUM_NORM, is_backed, is_supported, payout_floor
from quatrain.core.distribution_quote import PRICE_ONE, expected_value, range_price
from quatrain.core.distribution_trade import minimising_point
from quatrain.program.distribution_pool import begin, hand_over
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.distribution_trade import place, require_start
from quatrain.program.state import Protocol, Trader

SEGMENTS: Final = 100
"""Of Simpson's rule in every quote."""
UNBOUNDED: Final = 1 << 62
"""More than anybody has."""


@frozen
class Curve:
    """N(mean, deviation), which stands for the curve of the market's norm."""

    mean: int
    deviation: int


@frozen
class Points:
    """Where the payoff of a way from one curve to another is lowest: beyond the first one's mean, and beyond the last one's."""

    near: int
    far: int


NO_POINTS: Final = Points(0, 0)


@frozen
class Move:
    """The terms of a trade. Where others had moved the market, `aside` is locked by another position, the rest."""

    old: Curve
    new: Curve
    first: Curve
    points: Points
    collateral: int
    before: int
    fee: int
    aside: int = 0
    rest_points: Points | None = None
    """None: the position ends at the market's curve, and no other one is needed."""

    @property
    def payment(self) -> int:
        """What leaves the trader's free money; negative where it comes back."""
        return self.collateral + self.aside + self.fee - self.before

    @property
    def is_unwound(self) -> bool:
        """Whether the position is empty afterwards."""
        return self.new == self.first


def curve_of(market: DistributionMarket) -> Curve:
    """The market's present curve."""
    return Curve(market.mean, market.deviation)


def first_of(position: DistributionPosition) -> Curve:
    """Where a position began."""
    return Curve(position.from_mean, position.from_deviation)


def last_of(position: DistributionPosition) -> Curve:
    """Where a position ends."""
    return Curve(position.mean, position.deviation)


def is_behind(market: DistributionMarket, position: DistributionPosition) -> bool:
    """Whether others have moved the market since the position's last trade."""
    return position.deviation != 0 and last_of(position) != curve_of(market)


def lowest_points(norm: int, old: Curve, new: Curve) -> Points:
    """The points that certify the collateral of a way; any, where there is no such curve or no way."""
    if old == new or not is_supported(norm, new.mean, new.deviation):
        return NO_POINTS
    outwards = -1 if old.mean <= new.mean else 1
    near, far = (
        minimising_point(norm, old.mean, old.deviation, new.mean, new.deviation, side) for side in (outwards, -outwards)
    )
    return Points(near, far)


def norm_for(backing: int, narrowest: int) -> int:
    """The largest norm at which the backing covers curves as narrow as that."""
    low, high = 0, MAXIMUM_NORM + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_backed(middle, narrowest, backing) else (low, middle)
    return low


def payout_at(norm: int, position: DistributionPosition, outcome: int) -> int:
    """What a position would be paid at an outcome, its collateral included."""
    if position.deviation == 0:
        return position.collateral
    return payout_floor(
        norm,
        position.from_mean,
        position.from_deviation,
        position.mean,
        position.deviation,
        position.collateral,
        outcome,
    )


def claim_of(market: DistributionMarket, position: DistributionPosition) -> int:
    """What a position of a resolved market is paid."""
    return position.collateral if market.void else payout_at(market.norm, position, market.outcome)


def worth_of(market: DistributionMarket, position: DistributionPosition) -> int:
    """The position's expected payout under the market's own distribution, collateral included, to a µUSDC or few."""
    if position.deviation == 0:
        return position.collateral
    gained, owed = (
        expected_value(market.norm, one.mean, one.deviation, market.mean, market.deviation, SEGMENTS)[0]
        for one in (last_of(position), first_of(position))
    )
    return max(position.collateral + gained - owed, 0)


@frozen
class DistributionQuoter:
    """Quotes of one market of a real number at one moment, by the rules in force."""

    protocol: Protocol
    market: DistributionMarket
    clock: Clock

    @classmethod
    def at(
        cls, protocol: Protocol, market: DistributionMarket, *, slot: int, unix_timestamp: int
    ) -> DistributionQuoter:
        """For a market as fetched."""
        return cls(protocol, market, blank(Clock, slot=slot, unix_timestamp=unix_timestamp))

    def range_price(self, low: int, high: int) -> int:
        """The market's probability that the outcome is between two numbers, 1e-9."""
        return range_price(self.market.mean, self.market.deviation, low, high, SEGMENTS)[0]

    def move(self, new: Curve, position: DistributionPosition | None = None) -> Move:
        """The terms of moving the market; UsageError, with the code of the program's error, where that cannot be done now."""
        market, held = copy.deepcopy(self.market), copy.deepcopy(position or blank(DistributionPosition))
        old, before, behind = curve_of(market), held.collateral, is_behind(market, held)
        rest_points = lowest_points(market.norm, old, last_of(held)) if behind else None
        aside = self._started(market, held, rest_points)
        first = first_of(held)
        points = lowest_points(market.norm, first, new)
        rich = blank(Trader, free=UNBOUNDED)
        fee, _ = computed(
            lambda: place(
                self.protocol, rich, market, held, new.mean, new.deviation, points.near, points.far,
                aside, UNBOUNDED, self.clock,
            )
        )  # fmt: skip
        return Move(old, new, first, points, held.collateral - aside, before, fee, aside, rest_points)

    def _started(self, market: DistributionMarket, held: DistributionPosition, rest_points: Points | None) -> int:
        """Let the position end at the market's curve, as the trade will; what the rest locks."""
        computed(lambda: require_start(market, market.mean, market.deviation, self.clock))
        if rest_points is None:
            computed(lambda: begin(market, held))
            return 0
        rest = blank(DistributionPosition)
        return computed(lambda: hand_over(market, held, rest, rest_points.near, rest_points.far))[0]


__all__ = [
    "PRICE_ONE", "SEGMENTS", "UNBOUNDED", "Curve", "DistributionQuoter", "Move", "Points", "claim_of", "curve_of", "first_of",
    "is_behind", "last_of", "lowest_points", "norm_for", "payout_at", "worth_of",
]  # fmt: skip
