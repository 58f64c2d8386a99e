"""Exact series of the normal distribution behind the tables of `core.normal` and `core.normal_cells`.

Runs only at build time, in integers scaled by 2^256.
"""

from quatrain.core.series import BITS, ONE, economise


def _arctangent_of_inverse(n: int) -> int:
    """arctan(1/n)."""
    power, total, k = ONE // n, 0, 0
    while power != 0:
        total += -power // (2 * k + 1) if k % 2 != 0 else power // (2 * k + 1)
        power //= n * n
        k += 1
    return total


def square_root(value: int) -> int:
    """√value, rounded down to 2^-256."""
    target = value << BITS
    root = 1 << ((target.bit_length() + 1) // 2)
    while True:
        better = (root + target // root) // 2
        if better >= root:
            return root
        root = better


PI = 4 * (4 * _arctangent_of_inverse(5) - _arctangent_of_inverse(239))
"""π, by Machin's formula."""
ROOT_2 = square_root(2 * ONE)
ROOT_PI = square_root(PI)
INVERSE_ROOT_2PI = ONE * ONE // square_root(2 * PI)
"""φ(0)."""


def exp(x: int) -> int:
    """e^x for x ≥ 0 in 2^-256."""
    total, term, n = 0, ONE, 0
    while term != 0:
        total += term
        n += 1
        term = (term * x >> BITS) // n
    return total


def density(z: int) -> int:
    """φ(z)."""
    return INVERSE_ROOT_2PI * ONE // exp(z * z >> (BITS + 1))


def _half(z: int) -> int:
    """(Φ(z) − ½)/φ(z) = Σ z^(2n+1)/(1·3·…·(2n+1)): every term has the sign of z."""
    square = z * z >> BITS
    total, term, n = 0, abs(z), 1
    while term != 0:
        total += term
        n += 2
        term = (term * square >> BITS) // n
    return total if z >= 0 else -total


def cumulative(z: int) -> int:
    """Φ(z)."""
    return ONE // 2 + (density(z) * _half(z) >> BITS)


def mills(z: int) -> int:
    """Mills' ratio R(z) = (1 − Φ(z))/φ(z); loses as many bits as e^(z²/2) has."""
    return ONE * ONE // (2 * density(z)) - _half(z)


def _in_cell(derivatives: list[int], width_bits: int, degree: int) -> list[int]:
    """The economised polynomial in u, 0 ≤ u ≤ 1, of a function at z + u·2^-width_bits, from its derivatives at z."""
    coefficients, factorial = list[int](), 1
    for k, derivative in enumerate(derivatives):
        factorial *= max(k, 1)
        coefficients.append((derivative // factorial) >> (width_bits * k))
    return economise(coefficients, degree)


def mills_cell(index: int, width_bits: int, degree: int) -> list[int]:
    """R from index·2^-width_bits, one cell wide. R' = zR − 1, and R⁽ⁿ⁺¹⁾ = zR⁽ⁿ⁾ + nR⁽ⁿ⁻¹⁾."""
    z = index << (BITS - width_bits)
    derivatives = [mills(z)]
    derivatives.append((z * derivatives[0] >> BITS) - ONE)
    for n in range(1, degree + 6):
        derivatives.append((z * derivatives[n] >> BITS) + n * derivatives[n - 1])
    return _in_cell(derivatives, width_bits, degree)


def cumulative_cell(index: int, width_bits: int, degree: int) -> list[int]:
    """Φ from index·2^-width_bits, one cell wide. φ⁽ⁿ⁺¹⁾ = −zφ⁽ⁿ⁾ − nφ⁽ⁿ⁻¹⁾."""
    z = index << (BITS - width_bits)
    derivatives = [cumulative(z), density(z)]
    derivatives.append(-(z * derivatives[1]) >> BITS)
    for n in range(1, degree + 4):
        derivatives.append((-(z * derivatives[n + 1]) >> BITS) - n * derivatives[n])
    return _in_cell(derivatives, width_bits, degree)
