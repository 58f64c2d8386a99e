"""core.fee: the elastic taker fee, its vectors, and how a fee is shared out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.checked import fee
from tests.core.model import Real, mp

COVERAGES = st.one_of(st.integers(0, 13 * fee.COVERAGE_ONE), st.integers(0, (1 << 64) - 1), st.integers(0, 10**6))


@pytest.mark.parametrize(
    ("coverage", "basis_points"),
    [("0", 28), ("0.1", 21.520), ("0.25", 14.809), ("0.5", 8.578), ("1", 4.245), ("2", 3.062)],
)
def test_published_vectors(coverage: str, basis_points: float) -> None:
    """The protocol's own table of coverage and fee, to the three decimals it gives."""
    rate = fee.taker_rate_ceil(int(Real(coverage) * fee.COVERAGE_ONE))
    assert abs(rate / 10_000 - basis_points) <= 6e-4


@given(COVERAGES)
def test_rate_is_the_exact_exponential_rounded_up(coverage: int) -> None:
    """The rate is at least 3 + 25·e^(−3c) bp and less than one 1e-8 above; where it is flat, at most 1e-10 below."""
    exact = 30_000 + 250_000 * mp.exp(-3 * Real(coverage) / fee.COVERAGE_ONE)
    assert -1e-10 <= fee.taker_rate_ceil(coverage) - exact < 1 + 1e-10


@given(COVERAGES, st.integers(0, 1000))
def test_rate_falls_with_coverage_between_its_bounds(coverage: int, step: int) -> None:
    """More coverage never raises the rate, which stays between 3 and 28 bp."""
    more = min(coverage + step, (1 << 64) - 1)
    assert 30_000 <= fee.taker_rate_ceil(more) <= fee.taker_rate_ceil(coverage) <= 280_000


def test_rate_without_coverage_is_the_cap() -> None:
    """No coverage costs exactly 28 bp, and the greatest coverage exactly 3 bp."""
    assert fee.taker_rate_ceil(0) == 280_000
    assert fee.taker_rate_ceil((1 << 64) - 1) == 30_000


@given(st.integers(0, 10**18), st.integers(0, fee.RATE_ONE))
def test_fee_rounds_up(amount: int, rate: int) -> None:
    """A fee is the smallest integer that is not below amount × rate."""
    charged = fee.fee_ceil(amount, rate)
    assert charged * fee.RATE_ONE >= amount * rate > (charged - 1) * fee.RATE_ONE


@given(st.integers(0, 10**18))
def test_split_loses_nothing(amount: int) -> None:
    """The four parts add up to the fee; all but the vault's are rounded down, so the vault has at least its 70 %."""
    vault, stakers, treasury, insurance = fee.split(amount)
    assert vault + stakers + treasury + insurance == amount
    for part, percent in ((stakers, 15), (treasury, 5), (insurance, 10)):
        assert part * 100 <= amount * percent < (part + 1) * 100
    assert vault * 100 >= amount * 70
    assert vault * 100 < amount * 70 + 300
