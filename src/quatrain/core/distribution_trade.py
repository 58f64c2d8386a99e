"""What a trade from one Gaussian curve to another can cost: −min (g − f), certified at points that the client sends.

Let g come from (μ′, σ′), f from (μ, σ), both of one norm, and s(x) = (g − f)′(x). Between the means s never changes its sign.
Outside them s = 0 where two terms are equal,

    F = f·|x − μ|/σ² and G = g·|x − μ′|/σ′²,

and ln F − ln G is, as x leaves the means, either monotone or strictly concave (its derivative is a difference of decreasing
functions), so that at most two points on either side are stationary. Going through the signs of s:

- **beyond μ**, away from μ′, there is exactly one local minimum;
- **beyond μ′**, away from μ, there is exactly one if σ′ < σ, and none otherwise;
- at each of them F > G on the outer side and F < G on the inner one, and at no maximum is it so.

So a point is certified by F and G a little further out and a little further in. If f(μ′) is below the depth already found,
the second minimum, where g − f ≥ −f(x) ≥ −f(μ′), is not needed. When μ = μ′ and σ′ ≥ σ the minimum is at the mean.
"""

from hognose.lang import i64, mul_div_floor, mul_shift, mul_shift_ceil, shared, u64
from quatrain.core.distribution import (
    END,
    bell,
    distance,
    peak_ceil,
    peak_floor,
    value_ceil,
    value_floor,
)
from quatrain.core.normal import ARGUMENT_BITS

REFUSED = (1 << 64) - 1
"""What `collateral_ceil` returns when a point is no certified minimum, or the trade too small to tell."""
WINDOW_BITS = 22
"""A point is certified within 2^-22 of the smaller deviation, and a millionth."""
_DOUBT_BITS = 48
_NOTHING = 1 << 12
"""The shift of what is nothing beside anything else."""


def _weight(peak: u64, deviation: u64) -> tuple[u64, u64]:
    """peak/σ as (mantissa, shift), worth mantissa·2^-shift, rounded down: 59 or 60 bits of it."""
    bits = 60 - peak.bit_length()
    length = deviation.bit_length() - 1
    return mul_div_floor(peak << bits, u64(1) << length, deviation), bits + length


def _term(weight: u64, x: i64, mean: i64, deviation: u64) -> tuple[u64, u64]:
    """weight·z·e^(−z²/2) as (mantissa, shift), rounded down; relatively within 2^-50, and 2."""
    z = distance(x, mean, deviation)
    if z >= END << ARGUMENT_BITS:
        return 0, _NOTHING
    mantissa, shift = bell(z)
    return mul_shift(weight, mul_shift(mantissa, z, 63), ARGUMENT_BITS), shift


def _slopes(
    x: i64,
    weight: u64,
    shift: u64,
    mean: i64,
    deviation: u64,
    new_weight: u64,
    new_shift: u64,
    new_mean: i64,
    new_deviation: u64,
) -> tuple[u64, u64]:
    """F and G at x in one unit, the finer of the two; relatively within 2^-50, and 3."""
    f, bell_shift = _term(weight, x, mean, deviation)
    g, new_bell_shift = _term(new_weight, x, new_mean, new_deviation)
    shift += bell_shift
    new_shift += new_bell_shift
    unit = min(shift, new_shift)
    return f >> (shift - unit), g >> (new_shift - unit)


@shared
def minimum_floor(
    norm: u64, mean: i64, deviation: u64, new_mean: i64, new_deviation: u64, x: i64, outwards: i64
) -> tuple[bool, u64]:
    """Whether x is a certified minimum, its outer side being `outwards` (1 or −1); the depth f − g there, rounded up."""
    peak = peak_ceil(norm, deviation)
    new_peak = peak_floor(norm, new_deviation)
    window = i64(min(deviation, new_deviation) >> WINDOW_BITS) + 1
    outer = x + outwards * window
    inner = x - outwards * window
    if (outer - mean) * outwards <= 0 or (outer - new_mean) * outwards <= 0:
        return False, 0
    weight, shift = _weight(peak, deviation)
    new_weight, new_shift = _weight(new_peak, new_deviation)
    f, g = _slopes(outer, weight, shift, mean, deviation, new_weight, new_shift, new_mean, new_deviation)
    if f <= g + (g >> _DOUBT_BITS) + 8:
        return False, 0
    if (inner - mean) * outwards > 0 and (inner - new_mean) * outwards > 0:
        f, g = _slopes(inner, weight, shift, mean, deviation, new_weight, new_shift, new_mean, new_deviation)
        if g <= f + (f >> _DOUBT_BITS) + 8:
            return False, 0
    high = value_ceil(peak, mean, deviation, x)
    low = value_floor(new_peak, new_mean, new_deviation, x)
    # Within the window |s| ≤ 2·window·(f″ + g″), at most peak/σ² each.
    share = mul_div_floor(u64(window) << 32, 1, min(deviation, new_deviation)) + 1
    bend = mul_shift_ceil(peak + new_peak, share * share, 63) + 1
    return True, high + bend - min(low, high + bend)


def collateral_ceil(
    norm: u64, mean: i64, deviation: u64, new_mean: i64, new_deviation: u64, near: i64, far: i64
) -> u64:
    """−min (g − f), rounded up, or `REFUSED`. `near` is the minimum beyond μ, `far` the one beyond μ′."""
    if mean == new_mean and new_deviation >= deviation:
        high = peak_ceil(norm, deviation)
        return high - min(peak_floor(norm, new_deviation), high)
    outwards: i64 = -1 if mean <= new_mean else 1
    depth: u64 = 0
    if mean != new_mean:
        certified, found = minimum_floor(norm, mean, deviation, new_mean, new_deviation, near, outwards)
        if not certified:
            return REFUSED
        depth = found
    if new_deviation < deviation and value_ceil(peak_ceil(norm, deviation), mean, deviation, new_mean) > depth:
        certified, found = minimum_floor(norm, mean, deviation, new_mean, new_deviation, far, -outwards)
        if not certified:
            return REFUSED
        depth = max(depth, found)
    return depth


def minimising_point(norm: u64, mean: i64, deviation: u64, new_mean: i64, new_deviation: u64, outwards: i64) -> i64:
    """The minimum on one side, for a client: the innermost crossing from F < G to F > G, by halving.

    Looks for F > G in steps of a sixteenth of the smaller deviation from the outer mean on; the outer mean where there is
    none. It is within 12 of the smaller deviations: of the new one, from where G is nothing; or of the old one, near whose mean
    F is larger by far.
    """
    weight, shift = _weight(peak_ceil(norm, deviation), deviation)
    new_weight, new_shift = _weight(peak_floor(norm, new_deviation), new_deviation)
    start = max(mean, new_mean) if outwards > 0 else min(mean, new_mean)
    step = i64(min(deviation, new_deviation) >> 4)
    inner = start
    outer = start
    for _ in range(16 * END):
        outer = inner + outwards * step
        f, g = _slopes(outer, weight, shift, mean, deviation, new_weight, new_shift, new_mean, new_deviation)
        if f > g:
            break
        inner = outer
    for _ in range(64):
        middle = (inner + outer) >> 1
        f, g = _slopes(middle, weight, shift, mean, deviation, new_weight, new_shift, new_mean, new_deviation)
        if f > g:
            outer = middle
        else:
            inner = middle
    return outer
