"""The quadrature behind the pm-AMM of 3 to 64 outcomes (the protocol's §2).

With independent noises ε_j ~ N(0, ½), C(q) = E max_j (q_j + L·ε_j). Moving the traded outcome from −high to −low, its
share of the reserves' sign, changes C by

    L/√2 · ∫ [Φ(s + h) − Φ(s + l)] · P(s) ds,        P(s) = Π_others Φ(s + a_j),

everything in units of σ = L/√2 and relative to the nearest other outcome (a_j ≥ 0, one of them 0). Or, because
∫ [Φ(s + h) − Φ(s + l)] ds = h − l, it is that whole amount less the same integral with 1 − P for P. The first integrand
vanishes outside −7 … 7 − l, the second outside −7 − h … 7: the shorter one is taken.

**Simpson's rule** weighs nodes 4, 2, 4, 2 … Where an integrand vanishes at both ends, its segments may as well be laid one
node further on, which swaps the weights; the mean of the two placements weighs every node 3/3 of the spacing. That mean
is what is computed: for a smooth integrand that vanishes it converges faster than any power of the spacing, and at the same
nodes errs some 10^6 times less than either placement.

The spacing is a whole number of the cells of `normal_cells`, so that all nodes of an outcome share one set of powers. Nodes
where every other Φ is 1 are skipped, and the nodes below the one where P has vanished.
"""

from hognose.lang import Array, i64, mul_div_floor, mul_shift, shared, struct, u64
from quatrain.core.normal_cells import (
    CELLS,
    FULL,
    HALF,
    PLACE_BITS,
    SUM_BITS,
    fill_column,
    multiply_column,
    weighted_sums,
)
from quatrain.core.normal_series import ROOT_2
from quatrain.core.series import ONE, to_fixed

AREA_BITS = 56
"""Fractional bits of an integral, in units of L."""
NODES = 192
"""The most nodes of a grid: 26σ at the narrowest spacing, and the ends."""
SPAN_CELLS = 896
"""14σ, from −7 to 7: what a count of segments refers to."""
_EDGE = SPAN_CELLS // 2
NARROWEST = 9
"""The spacing of 100 segments."""

_LIMIT = CELLS << PLACE_BITS
_UNIT = to_fixed(ROOT_2, 62)
_AREA_UNIT = to_fixed(ONE * ONE // (64 * ROOT_2), 62)
_NEGLIGIBLE = 1 << 20


@struct
class Grid:
    """Where the nodes are: at `top`, `top − spacing` … in cells, `segments` + 1 of them; cells count from s = −8."""

    top: i64 = 0
    spacing: u64 = 0
    segments: u64 = 0
    live: u64 = 0
    complement: bool = False
    unit: u64 = 0
    unit_shift: u64 = 0


def prepare(grid: Grid, scale: u64, segments: u64) -> None:
    """Set the spacing, and the conversion of µshares into positions: a multiplication by 2^42·√2/L."""
    grid.spacing = max((SPAN_CELLS + segments - 1) // segments, NARROWEST)
    length = scale.bit_length() - 1
    grid.unit = mul_div_floor(_UNIT, 1 << length, scale)
    grid.unit_shift = length + 20


def position_of(grid: Grid, size: u64) -> u64:
    """`size` µshares, up to 24σ, in 2^-36 of a cell, rounded down."""
    return mul_shift(size, grid.unit, grid.unit_shift)


def signed_position(grid: Grid, amount: i64) -> i64:
    """`amount` µshares, within 24σ, in 2^-36 of a cell, rounded towards zero."""
    size = i64(position_of(grid, u64(abs(amount))))
    return size if amount >= 0 else -size


def choose_direct(grid: Grid, low: i64) -> None:
    """Nodes from 7 − l down to −7, for the integrand with P."""
    grid.complement = False
    grid.top = HALF + _EDGE - (low >> PLACE_BITS)
    _count_segments(grid, u64(max(grid.top - (HALF - _EDGE), 0)))


def choose_complement(grid: Grid, high: i64) -> None:
    """Nodes from 7 down to −7 − h, for the integrand with 1 − P."""
    grid.complement = True
    grid.top = HALF + _EDGE
    _count_segments(grid, u64(max(SPAN_CELLS + 1 + (high >> PLACE_BITS), 0)))


def _count_segments(grid: Grid, cells: u64) -> None:
    """The least even number of segments that spans the cells."""
    grid.segments = (cells + 2 * grid.spacing - 1) // (2 * grid.spacing) * 2
    grid.live = grid.segments + 1


def _saturated(grid: Grid, position: i64) -> u64:
    """How many nodes from the top have an argument at or above 8; the argument at the top is given."""
    above = position - _LIMIT
    return min(u64(above) // (grid.spacing << PLACE_BITS) + 1, grid.live) if above >= 0 else 0


def _reached(grid: Grid, position: i64) -> u64:
    """How many nodes from the top have an argument above −8."""
    return min(u64(position) // (grid.spacing << PLACE_BITS) + 1, grid.live) if position >= 0 else 0


@shared
def fill_weights(
    grid: Grid, weights: Array[u64], scale: u64, reserves: Array[u64], count: u64, outcome: u64, nearest: u64
) -> None:
    """P, or 1 − P, at each node in Q.64; from `grid.live` on they count as 0."""
    live = _reached(grid, grid.top << PLACE_BITS)
    step = grid.spacing << PLACE_BITS
    top = u64(grid.top) << PLACE_BITS
    farthest = 17 * scale
    fresh = True
    for j in range(count):
        if j != outcome:
            position = top + position_of(grid, min(reserves[j] - nearest, farthest))
            first = min((position - _LIMIT) // step + 1, live) if position >= _LIMIT else 0
            start = position - first * step
            if fresh:
                for k in range(first):
                    weights[k] = FULL
                fill_column(weights, first, live, start, grid.spacing)
                fresh = False
            else:
                multiply_column(weights, first, live, start, grid.spacing)
            while live > first and weights[live - 1] < _NEGLIGIBLE:
                live -= 1
    if grid.complement:
        for k in range(live):
            weights[k] = FULL - weights[k]
        for k in range(live, grid.segments + 1):
            weights[k] = FULL
        live = grid.segments + 1
    grid.live = live


@shared
def at_offset(grid: Grid, weights: Array[u64], offset: i64) -> tuple[u64, u64]:
    """What the integral is made of at an offset, in 2^-36 of a cell: (area, price).

    The area is ∫ Φ(s + offset)·weight ds in units of L, Q.56. The price, Q.63, is ∫ φ(s + offset)·weight ds, or 1 less that
    for the complement.
    """
    position = (grid.top << PLACE_BITS) + offset
    first = _saturated(grid, position)
    end = _reached(grid, position)
    total: u64 = 0
    density: u64 = 0
    if first < end:
        start = u64(position - i64(first * grid.spacing << PLACE_BITS))
        total, density = weighted_sums(weights, first, end, start, grid.spacing)
    for k in range(first):
        total += weights[k] >> 10
    price = min(density * grid.spacing << 9, 1 << 63)
    return mul_shift(total, grid.spacing * _AREA_UNIT, 60), (1 << 63) - price if grid.complement else price


def excess_area(grid: Grid, weights: Array[u64]) -> u64:
    """−7 + ∫ from −7 of (1 − P) ds in units of L, Q.56, on a grid of the complement: the others' mean maximum.

    The integrand is 1 at the last node, which counts half; where it lies below −7, so does the constant.
    """
    total = weights[grid.segments] >> 11
    for k in range(grid.segments):
        total += weights[k] >> 10
    cells = total * grid.spacing
    bottom = grid.segments * grid.spacing - _EDGE << SUM_BITS
    return mul_shift(cells - min(cells, bottom), _AREA_UNIT, 60)
