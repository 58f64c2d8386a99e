"""The cap by hand: the vectors of the protocol, each factor against exact fractions, and what a loan costs."""

from fractions import Fraction
from math import isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quatrain.core.fee import COVERAGE_ONE
from quatrain.core.leverage import (
    DAY,
    FULL_VAULT,
    LEVERAGE_ONE,
    PART_ONE,
    SMALL_VAULT,
    Bound,
    basic_cap,
    cap_at,
    hourly_rate,
    interest_ceil,
    loans_end,
    vault_cap,
    volatility_factor,
    with_factors,
)

TIERS = {1: 100, 2: 70, 3: 25, 4: 25, 5: 15, 8: 15, 9: 12, 16: 12, 17: 10, 64: 10}


@pytest.mark.parametrize(
    ("outcomes", "coverage", "cap"),
    [(2, "0.1", 7.071), (2, "0.5", 35.355), (2, "1", 70), (4, "0.5", 25), (8, "0.25", 8.839), (64, "0.1", 1.25)],
)
def test_vectors_of_the_protocol(outcomes: int, coverage: str, cap: float) -> None:
    """At depth 0."""
    found, _ = basic_cap(outcomes, 0, int(Fraction(coverage) * COVERAGE_ONE))
    assert found / LEVERAGE_ONE == pytest.approx(cap, abs=5e-4)


@pytest.mark.parametrize(("outcomes", "tier"), TIERS.items())
def test_tiers(outcomes: int, tier: int) -> None:
    """With all the coverage there is, only the number of outcomes binds; but for one, which depth binds as well."""
    found, bound = basic_cap(outcomes, 1, 10**12)
    assert (found, bound) == (tier * LEVERAGE_ONE, Bound.TIER)


@given(outcomes=st.integers(2, 64), depth=st.integers(0, 32), coverage=st.integers(0, 3 * COVERAGE_ONE))
def test_the_least_of_three_never_above_the_exact_one(outcomes: int, depth: int, coverage: int) -> None:
    """min(100·(1 + 0.1·depth), 100·c/√N, tier), lower by 2e-6 at most."""
    tier = next(most for count, most in sorted(TIERS.items(), reverse=True) if count <= outcomes)
    # 100·c/√N in 1e-6, rounded down exactly: √(10^4·c²/N).
    exact = isqrt((100 * LEVERAGE_ONE * coverage) ** 2 // outcomes) // COVERAGE_ONE
    least = min(100 * LEVERAGE_ONE * (10 + depth) // 10, exact, tier * LEVERAGE_ONE)
    found, _ = basic_cap(outcomes, depth, coverage)
    assert least - 2 <= found <= least


@given(
    cap=st.integers(LEVERAGE_ONE, 420 * LEVERAGE_ONE),
    correlation=st.integers(0, PART_ONE),
    move=st.integers(0, PART_ONE),
)
def test_factors_only_lower(cap: int, correlation: int, move: int) -> None:
    """× (1 − 0.5·ρ̄) × a factor of ½ to 1 that falls with volatility; within two units of exact fractions."""
    factor = volatility_factor(move)
    assert PART_ONE // 2 <= factor <= PART_ONE
    assert volatility_factor(move + 1) <= factor
    exact = cap * (1 - Fraction(correlation, 2 * PART_ONE)) * Fraction(factor, PART_ONE)
    assert exact - 2 < with_factors(cap, correlation, factor) <= exact


def test_a_small_vault_lends_little() -> None:
    """1x to 1,000 USDC, 10x at 10,000, in a straight line."""
    assert vault_cap(SMALL_VAULT) == vault_cap(0) == LEVERAGE_ONE
    assert vault_cap((SMALL_VAULT + FULL_VAULT) // 2) == 11 * LEVERAGE_ONE // 2
    assert 10 * LEVERAGE_ONE - vault_cap(FULL_VAULT - 1) <= 1
    assert vault_cap(FULL_VAULT) > 100 * LEVERAGE_ONE


@given(cap=st.integers(LEVERAGE_ONE, 100 * LEVERAGE_ONE), days=st.integers(2, 400), now=st.floats(0, 1))
def test_caps_fall_to_one_before_loans_end(cap: int, days: int, now: float) -> None:
    """Never above the cap nor below 1; whole until a tenth or a week before loans end, then one, never rising."""
    ends = days * DAY
    moment = int(now * ends)
    found = cap_at(cap, 0, ends, moment)
    assert LEVERAGE_ONE <= found <= cap
    assert cap_at(cap, 0, ends, moment + 60) <= found
    if loans_end(0, ends) - moment >= min(ends // 10, 7 * DAY):
        assert found == cap
    assert cap_at(cap, 0, ends, loans_end(0, ends)) == LEVERAGE_ONE


@pytest.mark.parametrize(
    ("part", "percent"), [("0", "0.001"), ("0.4", "0.0105"), ("0.8", "0.02"), ("0.9", "0.635"), ("1", "1.25")]
)
def test_rates_of_utilisation(part: str, percent: str) -> None:
    """0.001 % an hour with nothing lent, 0.02 % at 80 %, at most 1.25 %."""
    whole = 10**12
    lent = int(Fraction(part) * whole)
    assert hourly_rate(lent, whole - lent) == int(Fraction(percent) * 10**6)


@given(debt=st.integers(1, 10**13), rate=st.integers(1_000, 1_250_000), seconds=st.integers(1, 7 * DAY))
def test_interest_is_rounded_up_by_less_than_one(debt: int, rate: int, seconds: int) -> None:
    """debt × rate × hours."""
    exact = Fraction(debt * rate * seconds, 10**8 * 3600)
    assert exact <= interest_ceil(debt, rate, seconds) < exact + 1
