"""Φ at evenly spaced arguments: the columns of the many-outcome pm-AMM's quadrature.

In each cell of 1/64, from −8 to 8, Φ is a polynomial of degree 4. Where the spacing of the arguments is a whole number of
cells, their place u inside the cell is the same for all of them, so the powers of u are computed once and an argument
costs five table entries and five products of one word.

A *position* is an argument in cells above −8: cell·2^36 + u. Values are Q.64, 1 being 2^64 − 1, within `VALUE_ERROR`.
"""

from hognose.lang import Array, mul_shift, table, u32, u64
from quatrain.core.normal_series import cumulative_cell
from quatrain.core.series import ONE, to_fixed

CELL_BITS = 6
CELLS = 1 << (CELL_BITS + 4)
HALF = CELLS // 2
PLACE_BITS = 36
"""Bits of a place inside a cell; a position's unit is 2^-42."""
FULL = (1 << 64) - 1
"""1 as a value."""
SUM_BITS = 54
"""Fractional bits of a sum over a column."""

VALUE_ERROR = 5 << 18
"""Of a value: at most this many 2^-64, 7.2·10^-14, before products."""

_DEGREE = 4
_COEFFICIENT_BITS = 46
_BIAS_2 = 1 << 31
_BIAS_3 = 1 << 25
_BIAS_4 = 1 << 17
_SLACK = 4
"""Taken from the biases, so that what their roundings leave is not negative."""
_STRIDE = 3
_PLACE = (1 << PLACE_BITS) - 1
_MASK = CELLS - 1

# A cell's polynomial falls from its upper end, in v = 1 − u. By symmetry it is that of the mirrored cell.
_POLYNOMIALS = [cumulative_cell(HALF - 1 - index, CELL_BITS, _DEGREE) for index in range(CELLS)]


def _curves() -> list[int]:
    """The coefficients from the second up, cell by cell, in Q.46 with their biases."""
    biases = (_BIAS_2, _BIAS_3, _BIAS_4)
    return [to_fixed(cell[k + 2], _COEFFICIENT_BITS) + biases[k] for cell in _POLYNOMIALS for k in range(_STRIDE)]


_TOP = table(u64, [to_fixed(ONE - cell[0], 64) for cell in _POLYNOMIALS])
_LINE = table(u64, [to_fixed(cell[1], _COEFFICIENT_BITS) for cell in _POLYNOMIALS])
_CURVE = table(u32, _curves())


def fill_column(values: Array[u64], first: u64, end: u64, position: u64, spacing: u64) -> None:
    """values[k] ← Φ for k from `first` to below `end`.

    Φ is taken at `position` for `first` and `spacing` cells lower for each next k; all positions lie in the table.
    """
    v = _PLACE - (position & _PLACE)
    high = v >> 12
    low = v & (1 << 12) - 1
    short = v >> 4
    square = short * short >> 32
    cube = square * short >> 40
    fourth = (square >> 8) * (square >> 8) >> 24
    total = (_BIAS_2 * square >> 8) + _BIAS_3 * cube + _BIAS_4 * fourth
    bias = total - min(total, _SLACK)
    back = CELLS - spacing & _MASK
    cell = position >> PLACE_BITS
    for k in range(first, end):
        i = cell & _MASK
        j = i * _STRIDE
        curve = (_CURVE[j] * square >> 8) + _CURVE[j + 1] * cube + _CURVE[j + 2] * fourth
        line = _LINE[i] * high + (_LINE[i] * low >> 12) + curve
        fall = line - bias >> 6
        values[k] = _TOP[i] - min(_TOP[i], fall)
        cell = i + back


def multiply_column(values: Array[u64], first: u64, end: u64, position: u64, spacing: u64) -> None:
    """values[k] ← values[k]·Φ, rounded down, with the arguments of `fill_column`."""
    v = _PLACE - (position & _PLACE)
    high = v >> 12
    low = v & (1 << 12) - 1
    short = v >> 4
    square = short * short >> 32
    cube = square * short >> 40
    fourth = (square >> 8) * (square >> 8) >> 24
    total = (_BIAS_2 * square >> 8) + _BIAS_3 * cube + _BIAS_4 * fourth
    bias = total - min(total, _SLACK)
    back = CELLS - spacing & _MASK
    cell = position >> PLACE_BITS
    for k in range(first, end):
        i = cell & _MASK
        j = i * _STRIDE
        curve = (_CURVE[j] * square >> 8) + _CURVE[j + 1] * cube + _CURVE[j + 2] * fourth
        line = _LINE[i] * high + (_LINE[i] * low >> 12) + curve
        fall = line - bias >> 6
        values[k] = mul_shift(values[k], _TOP[i] - min(_TOP[i], fall), 64)
        cell = i + back


def weighted_sums(weights: Array[u64], first: u64, end: u64, position: u64, spacing: u64) -> tuple[u64, u64]:
    """Σ weights[k]·Φ and Σ weights[k]·φ/64 in Q.54, with the arguments of `fill_column`: φ/64 is the derivative in v."""
    v = _PLACE - (position & _PLACE)
    high = v >> 12
    low = v & (1 << 12) - 1
    short = v >> 4
    square = short * short >> 32
    cube = square * short >> 40
    fourth = (square >> 8) * (square >> 8) >> 24
    triple = 3 * square
    quadruple = 4 * (square * short >> 32)
    total = (_BIAS_2 * square >> 8) + _BIAS_3 * cube + _BIAS_4 * fourth
    bias = total - min(total, _SLACK)
    slope_total = (_BIAS_2 * short >> 7) + (_BIAS_3 * triple >> 8) + (_BIAS_4 * quadruple >> 8)
    slope_bias = slope_total - min(slope_total, _SLACK)
    back = CELLS - spacing & _MASK
    cell = position >> PLACE_BITS
    values = 0
    slopes = 0
    for k in range(first, end):
        i = cell & _MASK
        j = i * _STRIDE
        weight = weights[k]
        line = _LINE[i]
        c2 = _CURVE[j]
        c3 = _CURVE[j + 1]
        c4 = _CURVE[j + 2]
        fall = line * high + (line * low >> 12) + (c2 * square >> 8) + c3 * cube + c4 * fourth - bias >> 6
        values += mul_shift(weight, _TOP[i] - min(_TOP[i], fall), 64) >> 10
        slope = (line << 24) + (c2 * short >> 7) + (c3 * triple >> 8) + (c4 * quadruple >> 8) - slope_bias
        slopes += mul_shift(weight, slope, 64) >> 16
        cell = i + back
    return values, slopes
