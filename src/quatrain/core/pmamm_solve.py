"""Money → shares for the pm-AMM of 3 to 64 outcomes: Newton's method over one grid.

For a fixed amount of money the other outcomes do not move against each other, and with the right one of the two integrands
the nodes do not depend on the answer either: P is computed once, and an iteration costs two sums over the nodes. Both
functions look for the point down to which a convex value may fall, as `newton` explains; where the start is a tangent, it
is the binary closed form's answer for a pool of the same price that says how far to go.
"""

from hognose.lang import Array, array, i64, mul_div_floor, mul_shift, mul_shift_ceil, shared, u64
from quatrain.core import pmamm
from quatrain.core.newton import descend
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
from quatrain.core.pmamm_many import ONE, PRICE_ONE, UNREACHABLE, margin, nearest_other, published

_SAFETY = 3
"""Margins kept from the money: the grid's own, and the two by which `cost_ceil` may be dearer."""


def _steps(short: u64, bits: u64, slope: u64) -> u64:
    """Shares that `short`, with `bits` fractional bits, is worth at a slope, rounded up; a huge number where it is flat."""
    return mul_div_floor(short, ONE >> bits, slope) + 1 if short >> bits < slope else UNREACHABLE >> 2


def _look_alike(scale: u64, count: u64) -> u64:
    """The L of the binary pool that moves most like a pool of `count` outcomes: the deviation of ε − max of the others."""
    return scale * 15 // 16 if count < 6 else scale * 13 // 16


def _first_guess(scale: u64, count: u64, slope: u64, money: u64, bits: u64, buys: bool) -> u64:
    """Where to start: by the tangent for small amounts, by the closed form of the binary pool that looks alike for large."""
    tangent = _steps(money << bits, bits, slope)
    if tangent <= scale >> 6:
        return tangent
    alike = _look_alike(scale, count)
    reserve, other = pmamm.reserves_at_ceil(alike, min(max(slope >> 1, 1), (1 << 62) - 1))
    if buys:
        bought, _, _ = pmamm.shares_for_spend_floor(alike, reserve, other, money)
        return min(tangent, bought)
    sold, _, _ = pmamm.shares_for_proceeds_ceil(alike, reserve, other, money)
    return max(tangent, sold)


@shared
def shares_for_spend_floor(
    scale: u64, reserves: Array[u64], count: u64, outcome: u64, spend: u64, segments: u64
) -> tuple[u64, u64, u64]:
    """The shares that `spend` buys, rounded down, never less than one for 1 USDC; the prices before and after.

    `cost_ceil` of them is at most the spend.
    """
    nearest = i64(nearest_other(reserves, count, outcome))
    reach = i64(8 * scale + (scale >> 1))
    here = i64(reserves[outcome])
    start = min(here, nearest + reach)
    if start <= nearest - reach:
        return spend, PRICE_ONE, PRICE_ONE
    grid = Grid()
    weights = array(u64, NODES)
    prepare(grid, scale, segments)
    offset = signed_position(grid, start - nearest)
    choose_complement(grid, offset)
    fill_weights(grid, weights, scale, reserves, count, outcome, u64(nearest))
    bits = 62 - (spend + 32 * scale).bit_length()
    target = spend << bits
    whole, begin = at_offset(grid, weights, offset)
    base = mul_shift(scale, whole, AREA_BITS - bits)
    extra = margin(count, segments)
    end = begin
    span = u64(start - nearest + reach)
    low: u64 = 0
    high = span + 1
    x = min(_first_guess(scale, count, begin, spend, bits, True), span)
    while low < x < high:
        offset = signed_position(grid, start - i64(x) - nearest)
        part, gradient = at_offset(grid, weights, offset)
        level = (x << bits) + mul_shift_ceil(scale, part + _SAFETY * extra, AREA_BITS - bits)
        value = level - min(level, base)
        if value <= target:
            low = x
            end = gradient
            if x == span:
                return u64(here - start) + span + (target - value >> bits), published(begin), PRICE_ONE
            if target - value <= mul_shift(scale, extra, AREA_BITS - bits) + mul_shift(gradient, 4 << bits, 63):
                high = x
            else:
                x = min(x + _steps(target - value, bits, gradient), high - 1)
        else:
            high = x
            x = descend(low, x, value - target, bits, gradient)
    if low == 0:
        return spend, published(begin), published(end)
    return max(u64(here - start) + low, spend), published(begin), published(end)


@shared
def shares_for_proceeds_ceil(
    scale: u64, reserves: Array[u64], count: u64, outcome: u64, proceeds: u64, segments: u64
) -> tuple[u64, u64, u64]:
    """The shares whose sale brings at least `proceeds`, rounded up, or `UNREACHABLE`; the prices before and after.

    `proceeds_floor` of the shares is at least `proceeds`.
    """
    nearest = i64(nearest_other(reserves, count, outcome))
    reach = i64(8 * scale + (scale >> 1))
    here = i64(reserves[outcome])
    start = max(here, nearest - reach)
    ahead = u64(start - here)
    if proceeds <= ahead:
        return proceeds, PRICE_ONE, PRICE_ONE
    if start >= nearest + reach:
        return UNREACHABLE, 0, 0
    grid = Grid()
    weights = array(u64, NODES)
    prepare(grid, scale, segments)
    offset = signed_position(grid, start - nearest)
    choose_direct(grid, offset)
    fill_weights(grid, weights, scale, reserves, count, outcome, u64(nearest))
    whole, begin = at_offset(grid, weights, offset)
    wish = proceeds - ahead
    span = u64(nearest + reach - start)
    if wish >= span:
        return UNREACHABLE, published(begin), 0
    bits = 62 - (32 * scale).bit_length()
    extra = margin(count, segments)
    target = (wish << bits) + mul_shift_ceil(scale, whole + _SAFETY * extra, AREA_BITS - bits)
    gradient = begin
    low: u64 = 0
    high = span + 1
    x = min(_first_guess(scale, count, gradient, wish, bits, False), span)
    while low < x < high:
        offset = signed_position(grid, start + i64(x) - nearest)
        part, gradient = at_offset(grid, weights, offset)
        value = mul_shift(scale, part, AREA_BITS - bits)
        if value < target:
            if x == span:
                return UNREACHABLE, published(begin), 0
            low = x
            x = min(x + _steps(target - value, bits, gradient), high - 1)
        else:
            high = x
            if value - target > mul_shift(scale, extra, AREA_BITS - bits) + mul_shift(gradient, 4 << bits, 63):
                x = descend(low + 1, x, value - target, bits, gradient)
            else:
                low = x
    return ahead + high, published(begin), published(gradient)
