"""The standard normal distribution: φ, Φ, Φ⁻¹ and the loss function, in unsigned 64-bit integers.

Arguments are Q.59 (|z| below 16, `ARGUMENT_ONE` = 2^59), probabilities Q.62 (`ONE` = 2^62). Everything comes from Mills'
ratio R(z) = (1 − Φ(z))/φ(z), z ≥ 0, which is smooth, near one and free of cancellation:

- the tail 1 − Φ(z) = φ·R keeps its relative precision however small it is;
- the loss E max(ε − z, 0) = φ·(1 − zR), with which the pm-AMM computes, does as well.

From |z| = 9 on a tail counts as 0; it is below 2^-62. The bounds are constants below, proved cell by cell in
`tests/core/test_normal_proof.py`.
"""

from hognose.lang import i64, mul_shift, table, u64
from quatrain.core.fixed import exp_neg_scaled, neg_ln
from quatrain.core.normal_series import INVERSE_ROOT_2PI, mills_cell
from quatrain.core.series import to_fixed

ARGUMENT_BITS = 59
ARGUMENT_ONE = 1 << ARGUMENT_BITS
"""1 as an argument."""
ONE = 1 << 62
"""1 as a probability."""
END = 9
"""Tails beyond this argument count as 0."""

MILLS_ERROR = 512
"""Of `mills`: at most this many 2^-63, 6·10^-17."""
PROBABILITY_ERROR = 256
"""Of `cumulative`, `density` and `tail`: at most this many 2^-62, 6·10^-17."""
LOSS_ERROR = 512
"""Of `loss_and_tail`'s loss: at most this many 2^-64, 3·10^-17."""
QUANTILE_ERROR = 1 << 11
"""Of `quantile`: at most this many 2^-59, 4·10^-15."""

CELL_BITS = 5
DEGREE = 6
_CELLS = [mills_cell(i, CELL_BITS, DEGREE) for i in range(END << CELL_BITS)]


def _magnitudes(k: int) -> list[int]:
    """The k-th coefficients of Mills' ratio in u, Q.63, without their signs, which alternate."""
    return [to_fixed(-cell[k] if k % 2 != 0 else cell[k], 63) for cell in _CELLS]


_R0 = table(u64, _magnitudes(0))
_R1 = table(u64, _magnitudes(1))
_R2 = table(u64, _magnitudes(2))
_R3 = table(u64, _magnitudes(3))
_R4 = table(u64, _magnitudes(4))
_R5 = table(u64, _magnitudes(5))
_R6 = table(u64, _magnitudes(6))
_DENSITY_AT_0 = to_fixed(INVERSE_ROOT_2PI, 63)


def mills(z: u64) -> u64:
    """R(z) in Q.63, for z below `END`: a polynomial of degree 6 in each cell of 1/32."""
    cell = z >> (ARGUMENT_BITS - CELL_BITS)
    u = (z & (1 << (ARGUMENT_BITS - CELL_BITS)) - 1) << (64 + CELL_BITS - ARGUMENT_BITS)
    rest = _R3[cell] - mul_shift(u, _R4[cell] - mul_shift(u, _R5[cell] - mul_shift(u, _R6[cell], 64), 64), 64)
    return _R0[cell] - mul_shift(u, _R1[cell] - mul_shift(u, _R2[cell] - mul_shift(u, rest, 64), 64), 64)


def bell_scaled(z: u64) -> tuple[u64, u64]:
    """e^(−z²/2) as (mantissa, shift), worth mantissa·2^-(63 + shift), of z below 12; relative error below 2^-56."""
    exponent = mul_shift(z, z, 2 * ARGUMENT_BITS - 56)  # z²/2 in Q.57
    mantissa, shift = exp_neg_scaled(exponent >> 57, (exponent & (1 << 57) - 1) << 7)
    return mantissa, shift


def density_scaled(z: u64) -> tuple[u64, u64]:
    """φ(z) as (mantissa, shift), worth mantissa·2^-(63 + shift); relative error below 2^-56."""
    mantissa, shift = bell_scaled(z)
    return mul_shift(mantissa, _DENSITY_AT_0, 63), shift


def loss_and_tail(z: u64) -> tuple[u64, u64]:
    """The loss φ(z) − z·(1 − Φ(z)) in Q.64, and the tail 1 − Φ(z) in Q.63, of z ≥ 0."""
    if z >= END * ARGUMENT_ONE:
        return 0, 0
    mantissa, shift = density_scaled(z)
    ratio = mills(z)
    rest = (1 << 63) - mul_shift(z, ratio, ARGUMENT_BITS)
    return mul_shift(mantissa, rest, 62) >> shift, mul_shift(mantissa, ratio, 63) >> shift


def tail(z: u64) -> u64:
    """1 − Φ(z) in Q.62, of z ≥ 0."""
    if z >= END * ARGUMENT_ONE:
        return 0
    mantissa, shift = density_scaled(z)
    return mul_shift(mantissa, mills(z), 64) >> shift


def cumulative(z: i64) -> u64:
    """Φ(z) in Q.62."""
    return ONE - tail(u64(z)) if z >= 0 else tail(u64(-z))


def density(z: i64) -> u64:
    """φ(z) in Q.62."""
    size = u64(abs(z))
    if size >= END * ARGUMENT_ONE:
        return 0
    mantissa, shift = density_scaled(size)
    return mantissa >> (shift + 1)


# --- the inverse ----------------------------------------------------------------------------------------------------

_START_BITS = 2
_SUBSTEPS = 8


def _starts() -> list[int]:
    """Arguments at which −ln of the tail is ln 2, ln 2 + ¼, …: dz/dℓ = R(z), by the midpoint rule."""
    z, found = 0, list[int]()
    step = 1 << (ARGUMENT_BITS - _START_BITS)
    while z < END * ARGUMENT_ONE:
        found.append(z)
        for _ in range(_SUBSTEPS):
            middle = z + (mills(z) * step >> 64) // _SUBSTEPS
            z += (mills(min(middle, END * ARGUMENT_ONE - 1)) * step >> 63) // _SUBSTEPS
            z = min(z, END * ARGUMENT_ONE)
            if z == END * ARGUMENT_ONE:
                break
    return [*found, END * ARGUMENT_ONE - 1, END * ARGUMENT_ONE - 1]


_START = table(u64, _starts())
_LN_2 = neg_ln(1, 1)


def _quantile_of_tail(probability: u64) -> u64:
    """The z ≥ 0 whose tail is `probability`, 1 to ONE/2.

    Newton on the logarithm of the tail, which is concave: z ← z + R(z)·(ℓ − ℓ(z)), where ℓ = −ln. An error e becomes at
    most 0.4·e²; the table's is below 0.013, so that three steps leave 10^-17.
    """
    target = neg_ln(probability, 62)
    above = target - min(target, _LN_2)
    index = above >> (58 - _START_BITS)
    part = above & (1 << (58 - _START_BITS)) - 1
    z = _START[index] + mul_shift(_START[index + 1] - _START[index], part, 58 - _START_BITS)
    for _ in range(3):
        mantissa, shift = density_scaled(z)
        ratio = mills(z)
        logarithm = neg_ln(mul_shift(mantissa, ratio, 63), 63 + shift)
        if logarithm < target:
            z = min(z + mul_shift(ratio, target - logarithm, 62), END * ARGUMENT_ONE - 1)
        else:
            z -= min(z, mul_shift(ratio, logarithm - target, 62))
    return z


def quantile(probability: u64) -> i64:
    """Φ⁻¹ of a probability in Q.62, 1 to `ONE` − 1, in Q.59."""
    if probability <= ONE // 2:
        return -i64(_quantile_of_tail(probability))
    return i64(_quantile_of_tail(ONE - probability))
