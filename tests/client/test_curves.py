"""Curves: each point is what the program would charge, from one end of the prices to the other."""

from itertools import pairwise

import pytest

from quatrain.client.accounts import blank
from quatrain.client.curves import POINTS, closing_curve, price_curve
from quatrain.client.openings import opening_reserves
from quatrain.client.quotes import at_present
from quatrain.core import lmsr
from quatrain.program.state import PRICE_ONE, Maker, Market, MarketStatus

USDC = 1_000_000


def opened(maker: Maker, prices: list[int]) -> Market:
    """A market just opened."""
    reserves = opening_reserves(maker, prices, 1_000 * USDC)
    market = blank(
        Market, id=1, status=MarketStatus.OPEN, maker=maker, outcome_count=len(prices), liquidity=1_000 * USDC,
        sets=max(reserves),
    )  # fmt: skip
    for outcome, reserve in zip(market.outcomes, reserves, strict=False):
        outcome.held = market.sets - reserve
    return market


@pytest.mark.parametrize("maker", [Maker.LMSR, Maker.PM_AMM])
def test_a_curve_rises_from_end_to_end(maker: Maker) -> None:
    """From about 1 % to about 99 %, through the present price; money grows with the distance from it."""
    curve = price_curve(opened(maker, [PRICE_ONE * 3 // 10, PRICE_ONE * 7 // 10]), 0)
    points = curve.points

    here = POINTS
    assert len(points) == 2 * POINTS + 1
    assert curve.here is points[here]
    assert curve.here.money == 0
    assert abs(points[here].price - PRICE_ONE * 3 // 10) <= 2
    assert all(one.shares < other.shares and one.price < other.price for one, other in pairwise(points))
    assert points[0].price <= PRICE_ONE // 100
    assert points[-1].price >= 99 * PRICE_ONE // 100
    money = [one.money for one in points]
    assert money[:here] == sorted(money[:here], reverse=True)
    assert money[here:] == sorted(money[here:])


def test_a_point_is_what_the_program_charges() -> None:
    """Its money is the program's own cost of its shares."""
    market = opened(Maker.LMSR, [PRICE_ONE // 2, PRICE_ONE // 2])
    point = price_curve(market, 0).points[-1]

    assert point.money == lmsr.cost_ceil(market.liquidity, market.sets, point.shares)[0]


def test_a_curve_at_the_close_is_of_what_is_left() -> None:
    """Half the liquidity where a quarter of the time is left; none for a pool that does not fall any more."""
    market = opened(Maker.PM_AMM, [PRICE_ONE // 2, PRICE_ONE // 2])
    market.opens_at, market.closes_at, market.expires_at = 0, 300, 400
    market.opening_liquidity = market.liquidity

    closing = closing_curve(market, 0)

    assert closing is not None
    assert closing.liquidity == pytest.approx(market.liquidity / 2, rel=1e-2)
    assert closing_curve(at_present(market, 299), 0) is None
    assert closing_curve(opened(Maker.LMSR, [PRICE_ONE // 2, PRICE_ONE // 2]), 0) is None
