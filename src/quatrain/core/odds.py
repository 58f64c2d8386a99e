"""Log-odds ln(p/(1 − p)) from what a market sums over time, in 2^-16."""

from hognose.lang import i64, u64
from quatrain.core import fixed, normal

LEVEL_BITS = 16
"""Fractional bits of logarithms, quantiles and log-odds here."""
QUANTILE_MAXIMUM = 6 << LEVEL_BITS
"""No quantile counts as more: the tail there, 1e-9, is still known to 7 digits."""
_SHORTEN = 58 - LEVEL_BITS


def of_logarithm(logarithm: i64) -> i64:
    """Log-odds from ln p ≤ 0, within 2 units; a logarithm above −1 unit counts as that."""
    size = u64(max(-logarithm, 1))
    rest = fixed.ONE - fixed.exp_neg(size, 1 << LEVEL_BITS)
    return i64(fixed.neg_ln(rest, 63) >> _SHORTEN) - i64(size)


def of_quantile(quantile: i64) -> i64:
    """Log-odds from z = Φ⁻¹(p), within 2 units of the nearest |z| ≤ 6; odd in z."""
    size = u64(min(abs(quantile), QUANTILE_MAXIMUM))
    tail = normal.tail(size << (normal.ARGUMENT_BITS - LEVEL_BITS))
    odds = i64((fixed.neg_ln(tail, 62) - fixed.neg_ln(normal.ONE - tail, 62)) >> _SHORTEN)
    return odds if quantile >= 0 else -odds
