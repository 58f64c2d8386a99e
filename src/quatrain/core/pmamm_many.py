"""The pm-AMM for 3 to 64 outcomes: our generalisation of Moallemi & Robinson (2024), by quadrature (`pmamm_grid`).

`scale` is L in µUSDC, `reserves` the pool's µshares of each of the `count` outcomes, `segments` the number of Simpson's
segments over 14σ, from `segments_for(count)` to the reference's 100. Nothing but the reserves is carried from trade to
trade. Functions that trade return the amount and the prices of the traded outcome before and after, which the same nodes
give.

**Rounding favours the pool** by the margin, which covers the quadrature and the arithmetic: what is charged is never below
C(q + δ) − C(q) over the reals. So C(−r) ≤ 0 survives every trade, every r_i stays positive, and no sequence of trades takes
out more than came in.
"""

from hognose.lang import Array, array, i64, mul_shift, mul_shift_ceil, shared, table, u64
from quatrain.core.pmamm_grid import (
    AREA_BITS,
    NODES,
    Grid,
    at_offset,
    choose_complement,
    choose_direct,
    fill_weights,
    prepare,
    signed_position,
)

UNREACHABLE = (1 << 64) - 1
"""What `shares_for_proceeds_ceil` returns when no amount of shares brings the proceeds."""
ONE = 1 << 63
"""1 as a price in the arithmetic."""
PRICE_ONE = 1_000_000_000
"""Published prices have nine decimals."""

MINIMUM_COUNT = 3
MAXIMUM_COUNT = 64
REFERENCE_SEGMENTS = 100
"""Allowed for every count, and the most."""
SEGMENTS = {3: 28, 4: 32, 5: 32, 6: 35, 8: 38, 12: 43, 16: 45, 33: 56, 64: 64}
"""For at most so many outcomes, so many segments: the quadrature errs by less than 10^-12 of L (`tools/figures.py`)."""
_SEGMENTS = table(u64, [next(n for most, n in SEGMENTS.items() if count <= most) for count in range(65)])

QUADRATURE_MARGIN = 1 << 17
"""Of an integral, in 2^-56 of L: twice the quadrature's error. 1.8·10^-12 of L."""
FIXED_MARGIN = 1 << 17
"""The truncation at 7σ, the positions' rounding and the traded outcome's own Φ."""
EACH_MARGIN = 1 << 15
"""For each outcome: its Φ at every node, and its share of the truncation. 4.5·10^-13 of L."""


def segments_for(count: u64) -> u64:
    """The segments over 14σ that the table gives a number of outcomes."""
    return _SEGMENTS[count]


def margin(count: u64, segments: u64) -> u64:
    """What an integral may err by, in units of L, Q.56; aborts where the segments are too few for the count."""
    spare = segments - _SEGMENTS[count]
    return QUADRATURE_MARGIN + FIXED_MARGIN + EACH_MARGIN * count + min(spare, 0)


def nearest_other(reserves: Array[u64], count: u64, outcome: u64) -> u64:
    """The smallest reserve of another outcome."""
    smallest = UNREACHABLE
    for j in range(count):
        if j != outcome:
            smallest = min(smallest, reserves[j])
    return smallest


def _move(
    scale: u64, reserves: Array[u64], count: u64, outcome: u64, low: i64, high: i64, segments: u64
) -> tuple[i64, u64, bool, u64, u64]:
    """C's change between the reserves `high` and `low` < `high` of an outcome.

    Returns (whole, area, complement, price at `high`, price at `low`): the change is whole + L·area in µUSDC, or whole −
    L·area when `complement`, the prices are Q.63. Beyond 12σ from the nearest other outcome the price is 0 or 1.
    """
    nearest = i64(nearest_other(reserves, count, outcome))
    reach = i64(8 * scale + (scale >> 1))
    bottom = nearest - reach
    inner_low = min(max(low, bottom), nearest + reach)
    inner_high = min(max(high, bottom), nearest + reach)
    whole = min(high, bottom) - min(low, bottom)
    if inner_low == inner_high:
        return whole, 0, False, ONE if high <= bottom else 0, ONE if low <= bottom else 0
    grid = Grid()
    weights = array(u64, NODES)
    prepare(grid, scale, segments)
    left = signed_position(grid, inner_low - nearest)
    right = signed_position(grid, inner_high - nearest)
    if left + right > 0:
        choose_direct(grid, left)
    else:
        choose_complement(grid, right)
        whole += inner_high - inner_low
    fill_weights(grid, weights, scale, reserves, count, outcome, u64(nearest))
    upper, before = at_offset(grid, weights, right)
    lower, after = at_offset(grid, weights, left)
    return whole, upper - min(lower, upper), grid.complement, before, after


def published(slope: u64) -> u64:
    """A slope in Q.63 as a price with nine decimals, rounded to nearest."""
    return (mul_shift(slope, PRICE_ONE, 62) + 1) >> 1


@shared
def cost_ceil(
    scale: u64, reserves: Array[u64], count: u64, outcome: u64, shares: u64, segments: u64
) -> tuple[u64, u64, u64]:
    """What buying `shares` costs, rounded up, never more than 1 USDC a share; the prices before and after."""
    high = i64(reserves[outcome])
    whole, change, complement, before, after = _move(
        scale, reserves, count, outcome, high - i64(shares), high, segments
    )
    extra = margin(count, segments)
    if complement:
        cost = u64(whole) - mul_shift(scale, change - min(change, extra), AREA_BITS)
    else:
        cost = u64(whole) + mul_shift_ceil(scale, change + extra, AREA_BITS)
    return min(cost, shares), published(before), published(after)


@shared
def proceeds_floor(
    scale: u64, reserves: Array[u64], count: u64, outcome: u64, shares: u64, segments: u64
) -> tuple[u64, u64, u64]:
    """What selling `shares` brings, rounded down; the prices before and after."""
    low = i64(reserves[outcome])
    whole, change, complement, after, before = _move(scale, reserves, count, outcome, low, low + i64(shares), segments)
    extra = margin(count, segments)
    if complement:
        lost = mul_shift_ceil(scale, change + extra, AREA_BITS)
        proceeds = u64(whole) - min(lost, u64(whole))
    else:
        proceeds = u64(whole) + mul_shift(scale, change - min(change, extra), AREA_BITS)
    return proceeds, published(before), published(after)


def probability(scale: u64, reserves: Array[u64], count: u64, outcome: u64, segments: u64) -> u64:
    """The price ∂C/∂q of an outcome in Q.63."""
    nearest = i64(nearest_other(reserves, count, outcome))
    reach = i64(8 * scale + (scale >> 1))
    distance = i64(reserves[outcome]) - nearest
    if distance >= reach:
        return 0
    if distance <= -reach:
        return ONE
    grid = Grid()
    weights = array(u64, NODES)
    prepare(grid, scale, segments)
    offset = signed_position(grid, distance)
    if offset >= 0:
        choose_direct(grid, offset)
    else:
        choose_complement(grid, offset)
    fill_weights(grid, weights, scale, reserves, count, outcome, u64(nearest))
    _, found = at_offset(grid, weights, offset)
    return found


def price(scale: u64, reserves: Array[u64], count: u64, outcome: u64, segments: u64) -> u64:
    """The price of an outcome with nine decimals, rounded to nearest."""
    return published(probability(scale, reserves, count, outcome, segments))
