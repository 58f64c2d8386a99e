"""Simpson's composite rule over evenly spaced values, with Richardson's estimate of its error.

The language has no functions as arguments, so an integrand is an array of its values. `segments` is even; `SEGMENTS` is
the reference count of the protocol.
"""

from hognose.lang import Array, mul_shift, u64

SEGMENTS = 100
"""The count that is always allowed."""


def composite(values: Array[u64], segments: u64) -> tuple[u64, u64]:
    """Σ weight·value with the weights 1, 4, 2, 4 … 2, 4, 1, and the same at twice the spacing.

    Times a third of the spacing, or of the double spacing, they are the integral by Simpson's rule; `segments` is a
    multiple of four, for the coarse sum.
    """
    odd = 0
    for k in range(1, segments, 2):
        odd += values[k]
    coarse_odd = 0
    for k in range(2, segments, 4):
        coarse_odd += values[k]
    coarse_even = 0
    for k in range(4, segments, 4):
        coarse_even += values[k]
    ends = values[0] + values[segments]
    return ends + 4 * odd + 2 * (coarse_odd + coarse_even), ends + 4 * coarse_odd + 2 * coarse_even


def integral(fine: u64, spacing: u64, spacing_bits: u64) -> u64:
    """The integral from the fine sum: sum·spacing/3, the spacing with `spacing_bits` fractional bits, rounded down."""
    return mul_shift(fine, spacing, spacing_bits) // 3


def richardson(fine: u64, coarse: u64, spacing: u64, spacing_bits: u64) -> u64:
    """Richardson's estimate of the integral's error, |S(h) − S(2h)|/15.

    Right for integrands whose fourth derivative varies little over a segment; far above the error for the smooth,
    vanishing ones of the pm-AMM, where the rule converges faster than any power of the spacing.
    """
    double = 2 * coarse
    gap = fine - double if fine > double else double - fine
    return mul_shift(gap, spacing, spacing_bits) // 45 + 1
