"""Several trades of a pm-AMM with 3 to 64 outcomes at once: what they cost together, and the prices around them.

Together they cost C(q + Δ) − C(q), whatever their order. One grid for each of the two states gives its value and, with P the
product of all Φ(s + a_j), the price of each outcome: ∫ φ(s + a_i)·P/Φ(s + a_i) ds. By itself an outcome costs as
many columns as there are outcomes, and so only one.
"""

from hognose.lang import Array, array, i64, mul_shift, mul_shift_ceil, shared, u64
from quatrain.core.normal_cells import CELLS, FULL, PLACE_BITS, fill_column
from quatrain.core.pmamm_grid import (
    AREA_BITS,
    Grid,
    at_offset,
    choose_complement,
    excess_area,
    fill_weights,
    position_of,
    prepare,
)
from quatrain.core.pmamm_many import UNREACHABLE, margin, published

NODES = 112
"""The most nodes of a grid over 14σ."""
_LIMIT = CELLS << PLACE_BITS


@shared
def bundle_cost_ceil(
    scale: u64,
    before: Array[u64],
    after: Array[u64],
    count: u64,
    shift: u64,
    segments: u64,
    chosen: u64,
    prices_before: Array[u64],
    prices_after: Array[u64],
) -> i64:
    """C(−after) + shift − C(−before), rounded up, negative where the trades bring money; and prices with nine decimals.

    `after` are the reserves less the shares bought, plus `shift` each to keep them positive. Prices are those of the outcomes
    whose bit is set in `chosen`.
    """
    first = _smallest(before, count)
    last = _smallest(after, count)
    low = _survey(scale, before, count, segments, first, chosen, prices_before)
    high = _survey(scale, after, count, segments, last, chosen, prices_after) + 2 * margin(count, segments)
    whole = i64(first) + i64(shift) - i64(last)
    if high >= low:
        return whole + i64(mul_shift_ceil(scale, high - low, AREA_BITS))
    return whole - i64(mul_shift(scale, low - high, AREA_BITS))


def _smallest(reserves: Array[u64], count: u64) -> u64:
    """min r."""
    smallest = UNREACHABLE
    for j in range(count):
        smallest = min(smallest, reserves[j])
    return smallest


def _survey(
    scale: u64, reserves: Array[u64], count: u64, segments: u64, smallest: u64, chosen: u64, prices: Array[u64]
) -> u64:
    """e(r) in Q.56, as `pmamm_value.excess`; and the prices of the chosen outcomes."""
    grid = Grid()
    weights = array(u64, NODES)
    column = array(u64, NODES)
    prepare(grid, scale, segments)
    choose_complement(grid, 0)
    fill_weights(grid, weights, scale, reserves, count, count, smallest)
    found = excess_area(grid, weights)
    grid.complement = False
    grid.live = 0
    for k in range(grid.segments + 1):
        weights[k] = FULL - weights[k]
        if weights[k] != 0:
            grid.live = k + 1
    for i in range(count):
        if chosen >> i & 1 == 1:
            distance = position_of(grid, min(reserves[i] - smallest, 17 * scale))
            divide_column(grid, weights, column, distance)
            _, price = at_offset(grid, column, i64(distance))
            prices[i] = published(price)
    return found


def divide_column(grid: Grid, weights: Array[u64], column: Array[u64], distance: u64) -> None:
    """P/Φ(s + a) at each node where Φ is not 1, into `column`."""
    step = grid.spacing << PLACE_BITS
    position = (u64(grid.top) << PLACE_BITS) + distance
    first = min((position - _LIMIT) // step + 1, grid.live) if position >= _LIMIT else 0
    start = position - first * step
    fill_column(column, first, grid.live, start, grid.spacing)
    for k in range(first, grid.live):
        column[k] = _quotient(weights[k], column[k])


def _quotient(part: u64, whole: u64) -> u64:
    """part/whole in Q.64, rounded down, within 2^-64/whole, of a part that is at most the whole but for rounding."""
    return min(part // ((whole >> 32) + 1), FULL >> 32) << 32
