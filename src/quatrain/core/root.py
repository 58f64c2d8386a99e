"""Square roots, in unsigned 64-bit integers."""

from hognose.lang import mul_shift, shared, table, u64
from quatrain.core.normal_series import square_root
from quatrain.core.series import ONE, to_fixed

ROOT_ERROR = 16
"""Of a mantissa of `inverse_root`: at most this many 2^-62."""

_START = table(u64, [to_fixed(ONE * ONE // square_root((2 * i + 1) * ONE >> 8), 62) for i in range(32, 128)])


@shared
def inverse_root(value: u64) -> u64:
    """1/√x in Q.62 of x in Q.64 from ¼ to below 1: 1 to 2, the latter only just.

    A table of 96 starts, within 2^-7, and four steps y ← y·(3 − x·y²)/2, each of which squares the error and multiplies it
    by 3/2: 2^-13, 2^-26, 2^-51, nothing.
    """
    y = _START[(value >> 57) - 32]
    for _ in range(4):
        square = mul_shift(y, y, 62)  # Q.62, below 4.1
        y = mul_shift(y, (3 << 61) - (mul_shift(value, square, 64) >> 1), 62)
    return y


def root_floor(square: u64) -> u64:
    """√square, rounded down, by Newton's method from above: at most 7 steps from twice the root."""
    if square == 0:
        return 0
    root: u64 = 1 << ((square.bit_length() + 1) >> 1)
    lower = (root + square // root) >> 1
    while lower < root:
        root = lower
        lower = (root + square // root) >> 1
    return root
