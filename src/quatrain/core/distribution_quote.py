"""Quotes of a market of a real number, by Simpson's rule: the norm of a curve, ranges, expected payoffs.

The market's own distribution is N(μ, σ), the curve's shape; prices of ranges and positions are expectations under it. Nodes
are placed in deviations (Q.56), of the narrower of two bells, so that no rounding of outcomes comes in and a hundred
segments serve whatever the other's width.
"""

from hognose.lang import array, i64, mul_div_floor, mul_shift, u64
from quatrain.core.distribution import END, bell, peak_ceil, peak_floor
from quatrain.core.fixed import divide
from quatrain.core.normal import ARGUMENT_BITS
from quatrain.core.normal_series import INVERSE_ROOT_2PI
from quatrain.core.root import inverse_root
from quatrain.core.series import to_fixed
from quatrain.core.simpson import composite, integral, richardson

PRICE_ONE = 1_000_000_000
REACH = 8
"""Expectations are taken over ±8 deviations: what is beyond weighs less than 2·10^-15."""
_NODES = 101
_BITS = 56
_ONE = 1 << _BITS
_SPAN = 2 * REACH * _ONE
_VALUE_BITS = 55
_DENSITY_AT_0 = to_fixed(INVERSE_ROOT_2PI, 62)


def _bell(z: i64) -> u64:
    """e^(−z²/2) in Q.55, rounded down, of z in Q.56."""
    size = u64(abs(z))
    if size >= END << _BITS:
        return 0
    mantissa, shift = bell(size << (ARGUMENT_BITS - _BITS))
    return mantissa >> (63 - _VALUE_BITS + shift)


def _position(x: i64, mean: i64, deviation: u64) -> i64:
    """(x − μ)/σ in Q.56, at most 64 in size."""
    whole, fraction = divide(u64(abs(x - mean)), deviation)
    size = i64(min(whole << _BITS | fraction >> (64 - _BITS), 64 << _BITS)) if whole < 64 else i64(64 << _BITS)
    return size if x >= mean else -size


def norm_of(peak: u64, deviation: u64, segments: u64) -> u64:
    """‖f‖₂ = peak·√(σ·∫ e^(−z²) dz) of a curve, the integral over ±8 by Simpson's rule: what a creation compares with k."""
    values = array(u64, _NODES)
    for i in range(segments + 1):
        bell = _bell(i64(mul_div_floor(_SPAN, i, segments)) - REACH * _ONE)
        values[i] = mul_shift(bell, bell, _VALUE_BITS)
    fine, _ = composite(values, segments)
    width = integral(fine, _SPAN // segments, _BITS)  # √π in Q.55
    length = 62 - deviation.bit_length()
    area = mul_shift(deviation << length, width, _VALUE_BITS)
    if length & 1 != 0:
        area <<= 1
        length += 1
    elif area < 1 << 62:
        area <<= 2
        length += 2
    # √area = area·(1/√area), of an area in Q.64 that is worth 2^(64 − length).
    root = mul_shift(area, inverse_root(area), 64)  # Q.62
    return mul_shift(peak, root, 30 + (length >> 1)) // 1000


def range_price(mean: i64, deviation: u64, low: i64, high: i64, segments: u64) -> tuple[u64, u64]:
    """P(low < X < high) with nine decimals, to nearest, and Richardson's estimate of its error in 10^-9."""
    start = max(_position(low, mean, deviation), -REACH * _ONE)
    end = min(_position(high, mean, deviation), REACH * _ONE)
    if end <= start:
        return 0, 0
    width = u64(end - start)
    values = array(u64, _NODES)
    for i in range(segments + 1):
        values[i] = _bell(start + i64(mul_div_floor(width, i, segments)))
    fine, coarse = composite(values, segments)
    found = mul_shift(integral(fine, width // segments, _BITS), _DENSITY_AT_0, 62)
    error = richardson(fine, coarse, width // segments, _BITS)
    return min((mul_shift(found, PRICE_ONE, _VALUE_BITS - 1) + 1) >> 1, PRICE_ONE), mul_shift(error, PRICE_ONE, 56) + 1


def expected_value(
    norm: u64, mean: i64, deviation: u64, market_mean: i64, market_deviation: u64, segments: u64
) -> tuple[u64, u64]:
    """E f(X) in µUSDC of a curve under the market's N(μ, σ), and Richardson's estimate of its error, both rounded down.

    A position from f to g with its collateral is worth collateral + E g − E f.
    """
    peak = (peak_floor(norm, deviation) + peak_ceil(norm, deviation)) >> 1
    narrow = min(deviation, market_deviation)
    wide = max(deviation, market_deviation)
    ratio = i64(mul_div_floor(narrow, _ONE, wide))
    offset = _position(mean, market_mean, wide)
    values = array(u64, _NODES)
    for i in range(segments + 1):
        z = i64(mul_div_floor(_SPAN, i, segments)) - REACH * _ONE
        other = offset + mul_shift(z, ratio, _BITS)
        values[i] = mul_shift(_bell(z), _bell(other), _VALUE_BITS)
    fine, coarse = composite(values, segments)
    found = mul_shift(integral(fine, _SPAN // segments, _BITS), _DENSITY_AT_0, 62)
    error = mul_shift(richardson(fine, coarse, _SPAN // segments, _BITS), _DENSITY_AT_0, 62)
    if deviation < market_deviation:
        found = mul_div_floor(found, deviation, market_deviation)
        error = mul_div_floor(error, deviation, market_deviation)
    return mul_shift(peak, found, _VALUE_BITS), mul_shift(peak, error, _VALUE_BITS)
