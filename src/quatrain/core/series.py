"""Exact series behind the tables of `core.fixed`. Runs only at build time, in integers scaled by 2^256."""

BITS = 256
ONE = 1 << BITS


def to_fixed(value: int, bits: int) -> int:
    """`value` rounded to the nearest multiple of 2^-bits."""
    return (value + (1 << (BITS - bits - 1))) >> (BITS - bits)


def exp(numerator: int, denominator: int = 1) -> int:
    """e^(numerator/denominator), of a non-negative argument."""
    x = numerator * ONE // denominator
    total, term, n = 0, ONE, 0
    while term != 0:
        total += term
        n += 1
        term = (term * x >> BITS) // n
    return total


def exp_neg(numerator: int, denominator: int = 1) -> int:
    """e^(−numerator/denominator), of a non-negative argument."""
    return ONE * ONE // exp(numerator, denominator)


def ln(numerator: int, denominator: int = 1) -> int:
    """The natural logarithm of numerator/denominator ≥ 1: halved into [1, 2], then 2·atanh((x−1)/(x+1))."""
    halvings = 0
    while numerator > denominator << (halvings + 1):
        halvings += 1
    denominator <<= halvings
    s = (numerator - denominator) * ONE // (numerator + denominator)
    total, power, n = 0, s, 1
    while power != 0:
        total += power // n
        power = (power * s >> BITS) * s >> BITS
        n += 2
    return 2 * total + (halvings * ln(2) if halvings != 0 else 0)


def economise(coefficients: list[int], degree: int) -> list[int]:
    """The polynomial of `degree` nearest, over 0 ≤ u ≤ 1, to a longer one (coefficients from the constant upwards).

    Chebyshev economisation (Lanczos 1938): the leading term c·uⁿ is replaced by c·uⁿ − c·2^(1−2n)·Tₙ(2u − 1), which
    moves the polynomial by at most |c|·2^(1−2n).
    """
    chebyshev = [[1], [-1, 2]]
    while len(chebyshev) < len(coefficients):
        last, before = chebyshev[-1], [*chebyshev[-2], 0, 0]
        chebyshev.append([4 * a - 2 * b - c for a, b, c in zip([0, *last], [*last, 0], before, strict=True)])
    result = list(coefficients)
    while len(result) > degree + 1:
        n = len(result) - 1
        leading = result[n]
        result = [c - (leading * t >> (2 * n - 1)) for c, t in zip(result, chebyshev[n], strict=True)][:n]
    return result
