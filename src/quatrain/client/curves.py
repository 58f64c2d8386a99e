"""Curves of a market, point by point from the functions that the program runs: prices by shares, money by price."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import frozen

from hognose.lang import ProgramAbort, Trap
from quatrain.client.quotes import at_present, outcome_price
from quatrain.program.limits import PRICE_MAXIMUM
from quatrain.program.makers import cost_ceil, proceeds_floor
from quatrain.program.state import PRICE_ONE, Market

LOWEST_PRICE: Final = PRICE_ONE // 100
"""Where a curve ends on the left: selling further brings next to nothing."""
HIGHEST_PRICE: Final = PRICE_ONE - LOWEST_PRICE
POINTS: Final = 40
"""On either side of the present price."""
_DOUBLINGS: Final = 60

Trade = Callable[[Market, int, int], tuple[int, int, int]]


@frozen
class Point:
    """After a trade of so many shares (negative: sold): the price 1e-9, and the money that it cost or brought."""

    shares: int
    price: int
    money: int


@frozen
class Curve:
    """An outcome's prices in a pool of some liquidity, from the lowest to the highest."""

    liquidity: int
    points: tuple[Point, ...]

    @property
    def here(self) -> Point:
        """Where the pool is: no trade."""
        return next(one for one in self.points if one.shares == 0)


def price_curve(market: Market, outcome: int, points: int = POINTS) -> Curve:
    """From the lowest price to the highest, through the present one; fees aside. The market is to be at the present."""
    sold = _side(market, outcome, proceeds_floor, lambda price: price <= LOWEST_PRICE, points)
    bought = _side(market, outcome, cost_ceil, lambda price: price >= min(HIGHEST_PRICE, PRICE_MAXIMUM), points)
    here = Point(0, outcome_price(market, outcome), 0)
    left = (Point(-one.shares, one.price, one.money) for one in reversed(sold))
    return Curve(market.liquidity, (*left, here, *bought))


def closing_curve(market: Market, outcome: int, points: int = POINTS) -> Curve | None:
    """The curve just before trading ends, if nobody trades until then; None where the liquidity falls no more."""
    closing = at_present(market, market.closes_at - 1)
    return price_curve(closing, outcome, points) if closing.liquidity < market.liquidity else None


def _side(market: Market, outcome: int, trade: Trade, is_end: Callable[[int], bool], points: int) -> list[Point]:
    """Evenly spaced trades in one direction, up to the end."""
    whole = _reach(market, outcome, trade, is_end)
    found = (_after(market, outcome, trade, max(whole * i // points, 1)) for i in range(1, points + 1))
    return [one for one in found if one is not None]


def _reach(market: Market, outcome: int, trade: Trade, is_end: Callable[[int], bool]) -> int:
    """Shares, to a sixteenth, that take the price to its end."""
    high = max(market.liquidity >> 8, 1)
    for _ in range(_DOUBLINGS):
        one = _after(market, outcome, trade, high)
        if one is None or is_end(one.price):
            break
        high *= 2
    low = high // 2
    for _ in range(4):
        middle = (low + high) // 2
        one = _after(market, outcome, trade, middle)
        if one is None or is_end(one.price):
            high = middle
        else:
            low = middle
    return high


def _after(market: Market, outcome: int, trade: Trade, shares: int) -> Point | None:
    """None where the mathematics refuses."""
    try:
        money, _, price = trade(market, outcome, shares)
    except (Trap, ProgramAbort):
        return None
    return Point(shares, price, money)


__all__ = ["Curve", "Point", "closing_curve", "price_curve"]
