"""Markets of a real number: the constant-L2-norm Gaussian pool (White 2024; the protocol's §2).

The pool stands for b − f(x) ≥ 0, where f = λ·N(μ, σ) is what all positions together are paid when the outcome is x, and
‖f‖₂ = k. A trade replaces f by g of the same norm; its trader gets (g − f)(x), and locks what that can cost him.

**Units.** An outcome x, a mean μ and a deviation σ are in *millionths of the market's unit* (i64, i64, u64); whoever creates
a market chooses the unit such that σ is between 1 and 10^8 of it. Money is µUSDC. The norm k is in µUSDC·√unit, so that
peak = k/√(σ√π) is µUSDC. (A density per millionth would need k a thousand times as large for the same market.)

**Rounding favours the pool**: what a position is paid is its new curve rounded down less its old one rounded up, the collateral
is rounded up, and a curve needs its peak rounded up as backing.
"""

from hognose.lang import i64, mul_div_ceil, mul_shift, mul_shift_ceil, shared, u64, u128
from quatrain.core.fixed import divide
from quatrain.core.normal import ARGUMENT_BITS, bell_scaled
from quatrain.core.normal_series import ROOT_PI
from quatrain.core.root import inverse_root
from quatrain.core.series import BITS, ONE, to_fixed

UNIT = 1_000_000
"""Millionths in the market's unit."""
MINIMUM_DEVIATION = UNIT
MAXIMUM_DEVIATION = 100_000_000 * UNIT
MAXIMUM_OUTCOME = 1 << 50
"""Means and outcomes are at most so far from zero, a billion units."""
MAXIMUM_NORM = 10_000_000_000_000_000
"""10^16: 10^10 USDC·√unit."""
END = 12
"""From here on, in deviations, a curve is below e^-72 of its peak, and counts as nothing but rounding."""

PROBABILITY_ONE = 1_000_000_000
"""1 as a movement of probabilities."""
_SHIFT_MOVES = 398_942_281
"""1/√2π, rounded up."""
_SCALE_MOVES = 241_970_725
"""φ(1), rounded up."""

PEAK_ERROR_BITS = 56
"""A peak is within 2^-56 of its size."""
CURVE_ERROR_BITS = 50
"""A value is within 2^-50 of its size."""
_ROOT_PI = to_fixed(ROOT_PI, 62)
_INVERSE_ROOT_PI = -(-(UNIT * ONE * ONE // ROOT_PI) >> (BITS - 20))


def is_supported(norm: u64, mean: i64, deviation: u64) -> bool:
    """Whether the bounds of this module hold for a curve."""
    ranges = MINIMUM_DEVIATION <= deviation <= MAXIMUM_DEVIATION and 1 <= norm <= MAXIMUM_NORM
    return ranges and -MAXIMUM_OUTCOME <= mean <= MAXIMUM_OUTCOME


def peak_floor(norm: u64, deviation: u64) -> u64:
    """k/√(σ√π), the curve's highest value, rounded down; above 1/(1 + 2^-56) of it, less 1."""
    mantissa, shift = _inverse_root_of_width(deviation)
    peak = mul_shift(norm * 1000, mantissa, shift)
    return peak - min(peak, peak >> PEAK_ERROR_BITS)


def peak_ceil(norm: u64, deviation: u64) -> u64:
    """k/√(σ√π) rounded up: the backing that the curve needs."""
    mantissa, shift = _inverse_root_of_width(deviation)
    peak = mul_shift_ceil(norm * 1000, mantissa, shift)
    return peak + (peak >> PEAK_ERROR_BITS) + 1


@shared
def _inverse_root_of_width(deviation: u64) -> tuple[u64, u64]:
    """1/√(σ√π), σ in millionths, as (mantissa, shift), worth mantissa·2^-shift."""
    length = 62 - deviation.bit_length()
    width = mul_shift(deviation << length, _ROOT_PI, 62)  # from 2^61.8 to below 2^62.9
    if length & 1 != 0:
        width <<= 1
        length += 1
    elif width < 1 << 62:
        width <<= 2
        length += 2
    return inverse_root(width), 94 - (length >> 1)


def is_backed(norm: u64, deviation: u64, backing: u64) -> bool:
    """Whether b − f(x) ≥ 0 for every x: the same as σ ≥ k²/(b²√π)."""
    return peak_ceil(norm, deviation) <= backing


def deviation_minimum_ceil(norm: u64, backing: u64) -> u64:
    """k²/(b²√π) rounded up, in millionths: no narrower curve is backed."""
    ratio = u128(mul_div_ceil(norm, 1 << 40, backing))
    return u64(((ratio * ratio >> 40) + 1) * _INVERSE_ROOT_PI >> 60) + 1


def movement_ceil(mean: i64, deviation: u64, new_mean: i64, new_deviation: u64) -> u64:
    """How far the probability of any range can move, at most, between N(μ, σ) and N(μ′, σ′), 1e-9, rounded up.

    A shift by d of the wider one moves it by 2Φ(d/2σ) − 1 ≤ d/(σ√2π), a change of width by r by 2φ(1)·ln r at most, where
    ln r ≤ (r − 1/r)/2.
    """
    wide = max(deviation, new_deviation)
    narrow = min(deviation, new_deviation)
    shifted = mul_div_ceil(u64(abs(new_mean - mean)), _SHIFT_MOVES, wide)
    scaled = mul_div_ceil(wide - narrow, _SCALE_MOVES, narrow) + mul_div_ceil(wide - narrow, _SCALE_MOVES, wide)
    return min(shifted + scaled, PROBABILITY_ONE)


def distance(x: i64, mean: i64, deviation: u64) -> u64:
    """|x − μ|/σ in Q.59, rounded down; `END` and a half from where it is `END`."""
    whole, fraction = divide(u64(abs(x - mean)), deviation)
    if whole >= END:
        return (2 * END + 1) << (ARGUMENT_BITS - 1)
    return whole << ARGUMENT_BITS | fraction >> (64 - ARGUMENT_BITS)


def value_floor(peak: u64, mean: i64, deviation: u64, x: i64) -> u64:
    """f(x) rounded down, of a peak rounded down."""
    value = _value(peak, distance(x, mean, deviation))
    return value - min(value, value >> CURVE_ERROR_BITS)


def value_ceil(peak: u64, mean: i64, deviation: u64, x: i64) -> u64:
    """f(x) rounded up, of a peak rounded up."""
    value = _value(peak, distance(x, mean, deviation)) + 1
    return min(value + (value >> CURVE_ERROR_BITS) + 1, peak)


def _value(peak: u64, z: u64) -> u64:
    """peak·e^(−z²/2), within 2^-50 of its size and 1."""
    if z >= END << ARGUMENT_BITS:
        return 0
    mantissa, shift = bell(z)
    return mul_shift(peak, mantissa, 63) >> shift


@shared
def bell(z: u64) -> tuple[u64, u64]:
    """`bell_scaled`, compiled once for all curves."""
    mantissa, shift = bell_scaled(z)
    return mantissa, shift


# --- what is paid -------------------------------------------------------------------------------------------


def payout_floor(
    norm: u64, mean: i64, deviation: u64, new_mean: i64, new_deviation: u64, collateral: u64, x: i64
) -> u64:
    """What a position from (μ, σ) to (μ′, σ′) is paid at x: collateral + g(x) − f(x), rounded down, never negative."""
    gained = value_floor(peak_floor(norm, new_deviation), new_mean, new_deviation, x)
    owed = value_ceil(peak_ceil(norm, deviation), mean, deviation, x)
    return collateral + gained - min(owed, collateral + gained)
