"""The bounds of core.normal, core.normal_cells and the pm-AMM's margin, proved cell by cell.

In each cell the polynomial of the table, taken exactly as the integers in which it is stored, is compared with the function.
Both are expanded about the cell's left end; the function's derivatives come from mpmath's interval arithmetic, the rest of
its series from a bound of the next one. The difference, in Bernstein's basis on quarters of the cell, is bounded by its
largest coefficient. What the arithmetic rounds away is then counted. All in integers of 2^-BITS.
"""

from collections.abc import Sequence
from functools import cache
from math import comb, factorial
from typing import Any

import pytest
from mpmath import MPIntervalContext

from quatrain.core import normal, normal_cells, pmamm, pmamm_many
from quatrain.core.fixed import EXP_ERROR
from quatrain.core.pmamm_grid import NARROWEST, SPAN_CELLS

BITS = 240
UNIT = 1 << BITS
PARTS = 4
ORDER = 12
iv: Any = MPIntervalContext()
iv.prec = 400
ULP_63 = UNIT >> 63
ULP_64 = UNIT >> 64


def ends(x: Any) -> tuple[int, int]:
    """An interval's ends, rounded outwards."""
    found = list[int]()
    for sign, mantissa, exponent, _ in x._mpi_:
        size = mantissa << (BITS + exponent) if BITS + exponent >= 0 else mantissa >> -(BITS + exponent)
        found.append(-size - 1 if sign else size)
    return found[0], found[1] + 1


def odd_series(z: Any) -> Any:
    """(Φ(z) − ½)/φ(z) = Σ z^(2n+1)/(2n+1)!!, for z ≥ 0; the terms fall at least by halves where it stops."""
    total, term, n = iv.mpf(0), z, 1
    while term.b > 2**-380 or n < 2 * z.b**2 + 4:
        total += term
        n += 2
        term = term * z * z / n
    return total + iv.mpf([0, (2 * term).b])


def density(z: Any) -> Any:
    """φ(z)."""
    return iv.exp(-z * z / 2) / iv.sqrt(2 * iv.pi)


def mills_derivatives(z: Any, count: int) -> list[Any]:
    """R, R′, … at z ≥ 0."""
    found = [iv.mpf(1) / (2 * density(z)) - odd_series(z)]
    found.append(z * found[0] - 1)
    for n in range(1, count):
        found.append(z * found[n] + n * found[n - 1])
    return found


def cumulative_derivatives(z: Any, count: int) -> list[Any]:
    """Φ, φ, φ′, … at any z."""
    half = density(z) * odd_series(abs(z))
    found = [iv.mpf(1) / 2 + (half if z.a >= 0 else -half), density(z)]
    found.append(-z * found[1])
    for n in range(1, count - 1):
        found.append(-z * found[n + 1] - n * found[n])
    return found


def bernstein_bound(coefficients: Sequence[int]) -> int:
    """A bound of |Σ c_k u^k| over 0 ≤ u ≤ 1: the largest Bernstein coefficient over parts of the cell."""
    n, worst = len(coefficients) - 1, 0
    for part in range(PARTS):
        moved = [
            sum(coefficients[m] * comb(m, k) * part ** (m - k) // PARTS**m for m in range(k, n + 1))
            for k in range(n + 1)
        ]
        for i in range(n + 1):
            worst = max(worst, abs(sum(comb(i, k) * moved[k] // comb(n, k) for k in range(i + 1))))
    return worst + 1000  # the divisions' roundings


def distance(derivatives: Sequence[Any], next_bound: Any, width_bits: int, stored: Sequence[int]) -> int:
    """A bound of |f − stored| over a cell: derivatives at its left end, and a bound of the next one all over it."""
    coefficients, slack = list[int](), 0
    for k, derivative in enumerate(derivatives):
        low, high = ends(derivative / (factorial(k) << (width_bits * k)))
        coefficients.append(low - (stored[k] if k < len(stored) else 0))
        slack += high - low
    order = len(derivatives)
    return bernstein_bound(coefficients) + slack + ends(next_bound / (factorial(order) << (width_bits * order)))[1]


@cache
def mills_errors() -> list[int]:
    """Cell by cell, a bound of the error of `mills`: R⁽ⁿ⁾ has one sign and falls in size, so that its left end bounds it."""
    tables = [getattr(normal, f"_R{k}") for k in range(normal.DEGREE + 1)]
    found = list[int]()
    for cell in range(normal.END << normal.CELL_BITS):
        derivatives = mills_derivatives(iv.mpf(cell) / (1 << normal.CELL_BITS), ORDER)
        stored = [(-1) ** k * tables[k][cell] << (BITS - 63) for k in range(normal.DEGREE + 1)]
        error = distance(derivatives[:-1], abs(derivatives[-1]), normal.CELL_BITS, stored)
        found.append(error + normal.DEGREE * ULP_63)  # one rounding a step, weighed by powers of u
    return found


def test_mills_ratio_is_within_its_bound_in_every_cell() -> None:
    """R(z) errs by at most MILLS_ERROR anywhere below 9."""
    assert max(mills_errors()) <= normal.MILLS_ERROR * ULP_63


def test_probabilities_and_losses_are_within_their_bounds_in_every_cell() -> None:
    """φ, the tail and the loss err by at most their bounds anywhere, 10^-12 many times over: φ's relative error and R's."""
    # The exponent rounded in 2^-57; e^-x on a mantissa of 0.18; the product with φ(0), on a mantissa of 0.07.
    relative = UNIT // (1 << 57) + EXP_ERROR * ULP_63 * 100 // 18 + 2 * ULP_63 * 100 // 7
    for cell, error in enumerate(mills_errors()):
        z = iv.mpf(cell) / (1 << normal.CELL_BITS)
        ratio = mills_derivatives(z, 2)
        highest = ends(density(z))[1]
        tail = ends(density(z) * ratio[0])[1]
        loss = ends(-density(z) * ratio[1])[1]
        assert highest * relative // UNIT + 2 * ULP_63 <= normal.PROBABILITY_ERROR * 2 * ULP_63
        assert (tail * relative + highest * error) // UNIT + 4 * ULP_63 <= normal.PROBABILITY_ERROR * 2 * ULP_63
        rest_error = error * (cell + 1) // (1 << normal.CELL_BITS) + 2 * ULP_63
        assert (loss * relative + highest * rest_error) // UNIT + 4 * ULP_64 <= normal.LOSS_ERROR * ULP_64
    assert normal.PROBABILITY_ERROR / 2**62 < 1e-12 / 10_000


def test_tails_beyond_the_table_are_nothing() -> None:
    """From 9 on a tail is below half a unit and a loss far below one: they count as 0."""
    nine = iv.mpf(9)
    ratio = mills_derivatives(nine, 2)
    assert ends(density(nine) * ratio[0])[1] < UNIT >> 62
    assert ends(-density(nine) * ratio[1])[1] < UNIT >> 64


@cache
def cell_errors() -> list[int]:
    """Cell by cell, a bound of the error of a column's Φ, rounding included."""
    biases = (normal_cells._BIAS_2, normal_cells._BIAS_3, normal_cells._BIAS_4)
    to_46 = BITS - normal_cells._COEFFICIENT_BITS
    found = list[int]()
    for index in range(normal_cells.CELLS):
        z = iv.mpf(normal_cells.HALF - 1 - index) / (1 << normal_cells.CELL_BITS)
        derivatives = cumulative_derivatives(z, ORDER)
        curve = [normal_cells._CURVE[3 * index + k] - biases[k] for k in range(3)]
        stored = [UNIT - (normal_cells._TOP[index] << (BITS - 64)), normal_cells._LINE[index] << to_46]
        stored += [c << to_46 for c in curve]
        # |φ⁽ⁿ⁾| ≤ √n! /√(2π)·e^(−z²/4) (Cramér); without the exponential for short.
        error = distance(derivatives, iv.sqrt(iv.mpf(factorial(ORDER))), normal_cells.CELL_BITS, stored)
        # v² in 2^-32 from v in 2^-32; v³ and v⁴ in 2^-24; shifts of 2^-70 and the biases' slack.
        error += (abs(curve[0]) << to_46) * 3 >> 32
        error += (abs(curve[1]) << to_46) * 2 >> 24
        error += (abs(curve[2]) << to_46) * 4 >> 24
        found.append(error + 2 * ULP_64)
    return found


def test_columns_are_within_their_bound_in_every_cell() -> None:
    """Φ in a column errs by at most VALUE_ERROR anywhere from −8 to 8, below 10^-13."""
    assert max(cell_errors()) <= normal_cells.VALUE_ERROR * ULP_64
    assert normal_cells.VALUE_ERROR / 2**64 < 1e-13


@cache
def column_error(spacing: int) -> int:
    """The most that the errors of one column add up to in an integral, in σ: over all places of its nodes."""
    errors = cell_errors()
    return max(sum(errors[start::spacing]) for start in range(spacing)) * spacing // (1 << normal_cells.CELL_BITS)


@pytest.mark.parametrize("segments", sorted({*pmamm_many.SEGMENTS.values(), pmamm_many.REFERENCE_SEGMENTS}))
def test_margin_covers_what_the_arithmetic_errs(segments: int) -> None:
    """For each spacing, the margins cover every outcome's Φ, the truncation, positions, sums and vanished products."""
    spacing = max(-(-SPAN_CELLS // segments), NARROWEST)
    seven = iv.mpf(7)
    cut = ends(-density(seven) * mills_derivatives(seven, 2)[1])[1]  # what lies beyond 7σ of one Φ
    of_root_2 = 707_107, 10**6
    unit = UNIT >> 56
    each = column_error(spacing) + cut + (UNIT >> 58)
    assert each * of_root_2[0] // of_root_2[1] <= pmamm_many.EACH_MARGIN * unit
    # Two ends cut; two columns of the traded outcome; each position rounded by 2^-42; products below 2^-44 dropped, whose
    # integral is at most theirs over (ln P)′ ≥ 30/16; sums of nodes in 2^-54 and the area in 2^-56.
    fixed = 2 * cut + 2 * column_error(spacing) + (UNIT >> 41) + (UNIT >> 44) + 2 * (26 * UNIT >> 54) + 4 * unit
    assert fixed * of_root_2[0] // of_root_2[1] <= pmamm_many.FIXED_MARGIN * unit


def test_binary_margin_covers_both_losses() -> None:
    """Each loss errs by its bound, and by at most 2^-60 for its argument's rounding."""
    assert pmamm.MARGIN >= 2 * (normal.LOSS_ERROR + 16)
