"""core.fixed against mpmath: each stated error bound, at the seams of the tables and at random."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hognose.lang import Trap
from tests.core.checked import fixed
from tests.core.model import Real, mp

DENOMINATORS = st.one_of(
    st.integers(1, fixed.MAXIMUM_DENOMINATOR), st.integers(1, 48).map(lambda bits: (1 << bits) - 1), st.integers(1, 9)
)


@st.composite
def quotients(draw: st.DrawFn, largest: int) -> tuple[int, int]:
    """(numerator, denominator) with quotients evenly spread over the orders of magnitude up to `largest`."""
    denominator = draw(DENOMINATORS)
    top = denominator * largest
    return draw(st.one_of(st.integers(0, top), st.integers(0, top.bit_length()).map(lambda n: top >> n))), denominator


def seams() -> list[tuple[int, int]]:
    """Quotients on, just below and just above each step of the tables, and each power of two towards zero."""
    generator = random.Random(62)
    found = [(1 << n, fixed.MAXIMUM_DENOMINATOR) for n in range(48)]
    for step in [*range(3 * 512), *range(3 * 512, 80 * 512, 61)]:
        denominator = generator.randrange(1 << 40, 1 << 48)
        found += [(max(0, denominator * step // 512 + offset), denominator) for offset in (-1, 0, 1)]
    return found


def exp_neg_error(numerator: int, denominator: int) -> Real:
    """The error of `exp_neg` in 2^-63."""
    return fixed.exp_neg(numerator, denominator) - mp.exp(-Real(numerator) / denominator) * fixed.ONE


def exp_neg_scaled_error(numerator: int, denominator: int) -> Real:
    """The error of the mantissa of `exp_neg_scaled` in 2^-63."""
    mantissa, shift = fixed.exp_neg_scaled(*fixed.divide(numerator, denominator))
    return mantissa - mp.exp(-Real(numerator) / denominator) * (1 << (63 + shift))


def complement_error(numerator: int, denominator: int) -> Real:
    """The error of the mantissa of `one_minus_exp_scaled` in 2^-63."""
    mantissa, shift = fixed.one_minus_exp_scaled(numerator, denominator)
    return mantissa + mp.expm1(-Real(numerator) / denominator) * (1 << (63 + shift))


def ln1p_error(y: int) -> Real:
    """The error of `ln1p` in 2^-64."""
    return fixed.ln1p(y) - mp.log1p(Real(y) / fixed.ONE) * 2**64


def neg_ln_error(value: int, scale: int) -> Real:
    """The error of `neg_ln` in 2^-58."""
    return fixed.neg_ln(value, scale) + mp.log(Real(value) / (1 << scale)) * 2**58


@given(quotients(1 << 15))
def test_divide_is_exact(quotient: tuple[int, int]) -> None:
    """Long division gives exactly the floor of the quotient with 64 fractional bits."""
    numerator, denominator = quotient
    whole, fraction = fixed.divide(numerator, denominator)
    assert (whole << 64) + fraction == (numerator << 64) // denominator


@pytest.mark.parametrize("denominator", [0, 1 << 49])
def test_divide_refuses_other_denominators(denominator: int) -> None:
    """A denominator outside the domain aborts instead of giving a wrong quotient."""
    with pytest.raises((ZeroDivisionError, Trap)):
        fixed.divide((1 << 49) - 1, denominator)


def test_exp_neg_at_every_seam() -> None:
    """e^-x is within its bound at each step of the tables, absolutely and relative to its size."""
    for quotient in seams():
        assert abs(exp_neg_error(*quotient)) <= fixed.EXP_ERROR, quotient
        if quotient[0] < 80 * quotient[1]:
            assert abs(exp_neg_scaled_error(*quotient)) <= fixed.EXP_ERROR, quotient


@given(quotients(79))
def test_exp_neg_anywhere(quotient: tuple[int, int]) -> None:
    """e^-x is within its bound for any quotient, absolutely and relative to its size."""
    assert abs(exp_neg_error(*quotient)) <= fixed.EXP_ERROR
    assert abs(exp_neg_scaled_error(*quotient)) <= fixed.EXP_ERROR


@given(quotients(1 << 15))
def test_exp_neg_stays_a_probability(quotient: tuple[int, int]) -> None:
    """e^-x never leaves 0 to ONE, is exactly ONE at zero, and its mantissa keeps at least 60 bits."""
    numerator, denominator = quotient
    assert 0 <= fixed.exp_neg(numerator, denominator) <= fixed.ONE
    assert fixed.exp_neg(0, denominator) == fixed.ONE
    mantissa, _ = fixed.exp_neg_scaled(*fixed.divide(numerator, denominator))
    assert mantissa == 0 if numerator >= 80 * denominator else mantissa > 0.18 * fixed.ONE


def test_complement_at_every_seam() -> None:
    """1 − e^-x is within its bound at each step of the tables and where its two methods meet."""
    for numerator, denominator in seams():
        assert abs(complement_error(numerator, denominator)) <= fixed.COMPLEMENT_ERROR, (numerator, denominator)


@given(quotients(50))
def test_complement_anywhere(quotient: tuple[int, int]) -> None:
    """1 − e^-x is within its bound for any quotient, and keeps at least 54 bits however small it is."""
    assert abs(complement_error(*quotient)) <= fixed.COMPLEMENT_ERROR
    mantissa, shift = fixed.one_minus_exp_scaled(*quotient)
    if quotient[0] != 0:
        assert mantissa > (fixed.ONE >> 10 if shift == 0 else 0.24 * fixed.ONE)


def test_ln1p_at_every_seam() -> None:
    """ln(1 + y) is within its bound at each step of its table and at each power of two."""
    for step in range(513):
        for y in (step << 54, (step << 54) - 1, (step << 54) + 1, (step << 54) + (1 << 54) - 1):
            if 0 <= y <= fixed.ONE:
                assert abs(ln1p_error(y)) <= fixed.LN1P_ERROR, y
    for bit in range(64):
        assert abs(ln1p_error(1 << bit)) <= fixed.LN1P_ERROR, bit
    assert fixed.ln1p(0) == 0


@given(st.integers(0, fixed.ONE))
def test_ln1p_anywhere(y: int) -> None:
    """ln(1 + y) is within its bound for any y of its domain."""
    assert abs(ln1p_error(y)) <= fixed.LN1P_ERROR


@given(st.integers(1, (1 << 64) - 1), st.integers(0, 28))
def test_neg_ln_anywhere(value: int, extra: int) -> None:
    """−ln is within its bound for any value at or below one, and at any scale it accepts."""
    scale = value.bit_length() + extra
    assert abs(neg_ln_error(value, scale)) <= fixed.NEG_LN_ERROR
    assert abs(neg_ln_error(value >> 1 | 1, scale)) <= fixed.NEG_LN_ERROR


@pytest.mark.parametrize("bit", range(64))
def test_neg_ln_next_to_powers_of_two(bit: int) -> None:
    """−ln is within its bound on both sides of each power of two, and exactly zero at one."""
    assert fixed.neg_ln(1 << bit, bit) == 0
    for value in {(1 << bit) - 1, 1 << bit, (1 << bit) + 1} - {0}:
        assert abs(neg_ln_error(value, bit + 1)) <= fixed.NEG_LN_ERROR


@pytest.mark.parametrize(("value", "scale"), [(0, 63), (fixed.ONE + 1, 62), (1, 93)])
def test_neg_ln_refuses_what_it_cannot_hold(value: int, scale: int) -> None:
    """Zero, more than one and less than 2^-92 abort."""
    with pytest.raises((Trap, IndexError)):
        fixed.neg_ln(value, scale)


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(13, 1, "0.0000022603294069810542"), (1, 1, "0.36787944117144232159"), (1, 2, "0.60653065971263342360")],
)
def test_exp_neg_of_published_values(numerator: int, denominator: int, expected: str) -> None:
    """e^-x agrees with published values to the digits they have."""
    assert abs(Real(fixed.exp_neg(numerator, denominator)) / fixed.ONE - mp.mpf(expected)) < 1e-18
