"""Fixed-point exponentials and logarithms for probabilities, in unsigned 64-bit integers.

Three formats, each the finest that its values allow:

- **Q.63** for probabilities, 0 to 1 inclusive (`ONE` = 2^63; a sum of two still fits);
- **Q.64** for what stays below 1: fractions of a quotient, ln(1 + y);
- **Q.58** for logarithms down to ln 2^-92 = −63.8.

A value that needs *relative* precision is a pair `(mantissa, shift)` worth mantissa·2^-(63 + shift).
Arguments arrive as a quotient of two integers and are split by long division: an argument costs four 64-bit divisions
instead of a 128-bit one, and is exact to 2^-64 whatever its size. Nothing here exponentiates a positive number.

Every error bound is a constant below, in units in the last place; `docs/reference/numerics.md` derives them.
"""

from hognose.lang import mul_shift, table, u8, u64
from quatrain.core import series

ONE = 1 << 63
"""1 in Q.63."""

MAXIMUM_DENOMINATOR = (1 << 48) - 1
"""The largest denominator that `divide` splits by."""

EXP_ERROR = 3
"""Of `exp_neg`, absolute, and of the mantissa of `exp_neg_scaled`: at most this many 2^-63."""

COMPLEMENT_ERROR = 6
"""Of the mantissa of `one_minus_exp_scaled`: at most this many 2^-63."""

LN1P_ERROR = 4
"""Of `ln1p`: at most this many 2^-64."""

NEG_LN_ERROR = 3
"""Of `neg_ln`: at most this many 2^-58."""

# --- tables, computed when the program is built --------------------------------------------------------------------

_WHOLES = 80
_NOTHING = 127
_SHIFTS = [(k << series.BITS) // series.ln(2) for k in range(_WHOLES)]
_WHOLE_SHIFT = table(u8, _SHIFTS)
"""⌊k·log₂ e⌋."""
_WHOLE = table(u64, [series.to_fixed(series.exp_neg(k) << n, 63) for k, n in enumerate(_SHIFTS)])
"""e^-k·2^shift, Q.63."""
_STEP = table(u64, [series.to_fixed(series.exp_neg(i, 512), 63) for i in range(512)])
"""e^(-i/512), Q.63."""


def _magnitudes(coefficients: list[int], degree: int) -> list[int]:
    """An alternating polynomial in u = 512·argument, economised, in Q.72 without its signs."""
    scaled = series.economise([c >> (9 * (k + 1)) for k, c in enumerate(coefficients)], degree)
    return [series.to_fixed(-c if k % 2 != 0 else c, 72) for k, c in enumerate(scaled)]


def _factorial(n: int) -> int:
    return 1 if n == 0 else n * _factorial(n - 1)


_E1, _E2, _E3, _E4, _E5 = _magnitudes([(-1) ** k * series.ONE // _factorial(k + 1) for k in range(12)], 4)
_L1, _L2, _L3, _L4, _L5 = _magnitudes([(-1) ** k * series.ONE // (k + 1) for k in range(12)], 4)

_RECIPROCALS = [((1 << 41) + 511 + i) // (512 + i) for i in range(513)]
_LN_STEP = table(u64, [series.to_fixed(series.ln(1 << 32, c), 64) for c in _RECIPROCALS])
"""−ln of the 32-bit reciprocal that `ln1p` divides by, Q.64."""
_LN2_MULTIPLE = table(u64, [-(-n * series.ln(2) >> (series.BITS - 58)) for n in range(93)])
"""n·ln 2 in Q.58, rounded up, so that subtracting the logarithm of a mantissa below 2 never goes below zero."""


# --- exponentials ---------------------------------------------------------------------------------------------------


def divide(numerator: u64, denominator: u64) -> tuple[u64, u64]:
    """numerator/denominator as (whole, fraction in Q.64), rounded down.

    Long division in digits of 16 bits, for 1 ≤ denominator ≤ `MAXIMUM_DENOMINATOR`. Others are exact or abort.
    """
    whole = numerator // denominator
    rest = (numerator % denominator) << 16
    first = rest // denominator
    rest = (rest % denominator) << 16
    second = rest // denominator
    rest = (rest % denominator) << 16
    third = rest // denominator
    rest = (rest % denominator) << 16
    return whole, first << 48 | second << 32 | third << 16 | rest // denominator


def _exp_slope(u: u64) -> u64:
    """(1 − e^-s)/u in Q.72, where s = u/512 and u is in Q.64."""
    cubic = _E3 - mul_shift(u, _E4 - mul_shift(u, _E5, 64), 64)
    return _E1 - mul_shift(u, _E2 - mul_shift(u, cubic, 64), 64)


def exp_neg_scaled(whole: u64, fraction: u64) -> tuple[u64, u64]:
    """e^-(whole + fraction) as (mantissa, shift); the mantissa is at least 0.18 in Q.63, or 0 (with the
    shift 127) when `whole` ≥ 80.

    e^-x = e^-whole · e^(-step/512) · (1 − u·slope(u)): two tables and a polynomial of degree 5. The mantissa's error is
    at most `EXP_ERROR`.
    """
    if whole >= _WHOLES:
        return 0, _NOTHING
    u = (fraction & (1 << 55) - 1) << 9
    step = _STEP[fraction >> 55]
    part = step - mul_shift(step, mul_shift(u, _exp_slope(u), 64), 72)
    return mul_shift(part, _WHOLE[whole], 63), _WHOLE_SHIFT[whole]


def exp_neg(numerator: u64, denominator: u64) -> u64:
    """e^(-numerator/denominator) in Q.63, 0 to `ONE` inclusive, within `EXP_ERROR`. Exactly `ONE` at zero."""
    whole, fraction = divide(numerator, denominator)
    mantissa, shift = exp_neg_scaled(whole, fraction)
    return mantissa >> shift


def one_minus_exp_scaled(numerator: u64, denominator: u64) -> tuple[u64, u64]:
    """1 − e^(-numerator/denominator) as (mantissa, shift), the mantissa within `COMPLEMENT_ERROR`.

    An argument from 1/512 up is subtracted from 1 (shift 0, mantissa at least 2^-9.01). A smaller one is first scaled
    up to at least ¼, and multiplied by (1 − e^-x)/x, so that the mantissa is at least 0.24 and the result keeps its
    relative precision however near zero it is.
    """
    if numerator >= denominator >> 9:
        return ONE - exp_neg(numerator, denominator), 0
    shift = denominator.bit_length() - numerator.bit_length() - 1
    _, scaled = divide(numerator << shift, denominator)
    return mul_shift(scaled, _exp_slope((scaled >> shift) << 9), 64), shift


# --- logarithms -----------------------------------------------------------------------------------------------------


def ln1p(y: u64) -> u64:
    """ln(1 + y) in Q.64, for y in Q.63 from 0 to `ONE` inclusive, within `LN1P_ERROR`. Exactly 0 at zero.

    1 + y is multiplied by a 32-bit reciprocal of its leading 9 bits, found by one division; what is left above 1 is
    below 1/512 and goes through a polynomial of degree 5.
    """
    step = y >> 54
    reciprocal = ((1 << 41) + 511 + step) // (512 + step)
    u = (mul_shift(y, reciprocal, 32) + (reciprocal << 31) - ONE) << 10
    cubic = _L3 - mul_shift(u, _L4 - mul_shift(u, _L5, 64), 64)
    slope = _L1 - mul_shift(u, _L2 - mul_shift(u, cubic, 64), 64)
    return _LN_STEP[step] + (mul_shift(u, slope, 64) >> 8)


def neg_ln(value: u64, scale: u64) -> u64:
    """−ln(value/2^scale) in Q.58, for 2^(scale−92) ≤ value ≤ 2^scale, within `NEG_LN_ERROR`. Aborts outside."""
    length = value.bit_length()
    return _LN2_MULTIPLE[scale + 1 - length] - (ln1p((value << (64 - length)) - ONE) >> 6)
