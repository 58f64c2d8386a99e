"""core.coverage: the tail of a bad outcome, what the vault covers of it, and recovery; core.fee: what they cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.checked import coverage, fee
from tests.core.model import Real, mp

ONE = 10**9
AMOUNTS = st.integers(0, 10**17)
COUNTS = st.integers(2, 64)
CORRELATIONS = st.integers(0, ONE)


def tail_of(count: int, correlation: int, interest: int = 10**15) -> float:
    """tail(N, ρ̄) as the program would sum it for one market."""
    inverse = interest * coverage.inverse_floor(count)
    return coverage.tail_interest_ceil(interest, inverse, correlation) / interest


@pytest.mark.parametrize(
    ("count", "correlation", "tail"), [(2, 0, 0.5), (2, 0.3, 0.65), (4, 0.5, 0.875), (8, 0.3, 0.9125)]
)
def test_published_tails(count: int, correlation: float, tail: float) -> None:
    """The protocol's own table of tails."""
    assert abs(tail_of(count, int(correlation * ONE)) - tail) < 1e-14


@given(st.lists(st.tuples(AMOUNTS, COUNTS), min_size=1, max_size=9), CORRELATIONS)
def test_the_tail_is_the_exact_sum_rounded_up(parts: list[tuple[int, int]], correlation: int) -> None:
    """Σ OI·(1 − (1 − ρ̄)/N): never below, above by less than 2 µUSDC and a 2^32nd of the interest."""
    interest = sum(amount for amount, _ in parts)
    inverse = sum(amount * coverage.inverse_floor(count) for amount, count in parts)
    exact = sum(amount * (1 - (1 - Real(correlation) / ONE) / count) for amount, count in parts)
    found = coverage.tail_interest_ceil(interest, inverse, correlation)
    assert 0 <= found - exact < 2 + interest / Real(2**32)
    assert found <= interest


@given(st.lists(st.tuples(AMOUNTS, COUNTS), max_size=9))
def test_a_sum_of_changes_returns_to_nothing(parts: list[tuple[int, int]]) -> None:
    """Whatever came goes in any order: no remainder of rounding stays."""
    inverse = sum(amount * coverage.inverse_floor(count) for amount, count in parts)
    inverse -= sum(amount * coverage.inverse_floor(count) for amount, count in reversed(parts))
    assert coverage.tail_interest_ceil(0, inverse, 0) == 0


@given(st.integers(0, 2**63), st.integers(1, 2**63))
def test_coverage_is_the_quotient_rounded_down(equity: int, tail: int) -> None:
    """Nine decimals; what is too large to say is the maximum."""
    found = coverage.coverage_floor(equity, tail)
    if equity // tail >= 2**33:
        assert found == coverage.COVERAGE_MAXIMUM
    else:
        assert found == equity * ONE // tail


def test_nothing_open_is_covered_best() -> None:
    """Also by nothing."""
    assert coverage.coverage_floor(0, 0) == coverage.COVERAGE_MAXIMUM
    assert fee.taker_rate_ceil(coverage.COVERAGE_MAXIMUM) == 30_000


@given(st.integers(0, 3), st.integers(0, 2 * ONE))
def test_recovery_begins_below_one_and_ends_at_1_2(before: int, covered: int) -> None:
    """Levels 1, 2, 3 below 1.0, 0.7, 0.5; whoever is in recovery stays in it below 1.2."""
    level = coverage.recovery_level(before, covered)
    entered = (covered < ONE) + (covered < 0.7 * ONE) + (covered < 0.5 * ONE)
    assert level == (entered or (1 if before and covered < 1.2 * ONE else 0))


@pytest.mark.parametrize(("level", "percent"), [(0, 100), (1, 75), (2, 50), (3, 20)])
def test_recovery_lowers_limits(level: int, percent: int) -> None:
    """By 25, 50 and 80 %, rounded down."""
    assert coverage.limited_floor(1_000_001, level) == 1_000_001 * percent // 100


@given(CORRELATIONS, st.integers(1, 10**15), COUNTS, st.integers(0, 10**15))
def test_the_fee_is_the_exact_function_of_the_books(correlation: int, interest: int, count: int, equity: int) -> None:
    """From equity and interest to the rate, within 1e-4 bp and what rounding the tail up adds, never below it."""
    inverse = interest * coverage.inverse_floor(count)
    tail = coverage.tail_interest_ceil(interest, inverse, correlation)
    rate = fee.taker_rate_ceil(coverage.coverage_floor(equity, tail))
    exact_tail = interest * (1 - (1 - Real(correlation) / ONE) / count)
    lowest = 30_000 + 250_000 * mp.exp(-3 * Real(equity) / exact_tail)
    highest = 30_000 + 250_000 * mp.exp(-3 * (Real(equity) / (exact_tail + 2 + interest / Real(2**32)) - Real(1) / ONE))
    assert lowest - 1e-9 <= rate < highest + 1


LIVELINESS = [(0.0, 0), (0.249, 0), (0.251, 1), (0.499, 1), (0.501, 2), (0.999, 2), (1.001, 3), (3.9, 3)]


@pytest.mark.parametrize(("hourly", "points"), LIVELINESS)
def test_a_lively_market_adds_up_to_3_bp(hourly: float, points: int) -> None:
    """From moves of ¼, ½ and 1 in log-odds an hour."""
    variance = int(hourly**2 / fee.HOUR_SLOTS * 2**fee.VARIANCE_BITS)
    assert fee.surcharges(variance, 10**12, False) == points * 10_000


@pytest.mark.parametrize(("liquidity", "points"), [(10**9, 0), (10**9 - 1, 1), (10**8, 1), (10**8 - 1, 2), (10**6, 2)])
def test_a_thin_market_adds_1_or_2_bp(liquidity: int, points: int) -> None:
    """Below 1,000 and below 100 USDC of liquidity; congestion adds 1."""
    assert fee.surcharges(0, liquidity, False) == points * 10_000
    assert fee.surcharges(0, liquidity, True) == (points + 1) * 10_000


@given(st.integers(30_000, 280_000), st.integers(0, 6), st.integers(0, 3), st.booleans())
def test_surcharges_stay_inside_the_cap_and_recovery_is_for_buys(
    base: int, points: int, level: int, opening: bool
) -> None:
    """A sale never pays more than 28 bp; a buy in recovery ×1.5, 2 or 3 of what a sale pays, rounded up."""
    sale = fee.trade_rate(base, points * 10_000, False, level)
    assert sale == min(base + points * 10_000, 280_000)
    factor = (2, 3, 4, 6)[level] if opening else 2
    assert fee.trade_rate(base, points * 10_000, opening, level) == -(-sale * factor // 2)
