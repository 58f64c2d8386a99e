"""What a market remembers of its prices, as plain functions: mean levels, and the variance of log-odds."""

from __future__ import annotations

from math import exp, log, log1p

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quatrain.core import lmsr
from quatrain.program import tape
from quatrain.program.state import Market

ONE = 1 << tape.LEVEL_BITS
USDC = 1_000_000
SCALES = st.integers(lmsr.MINIMUM_SCALE, lmsr.MAXIMUM_SCALE)
SHARES = st.integers(0, 1 << 52)


def market_of(reserves: list[int], scale: int, **fields: int) -> Market:
    """A market whose pool has these reserves."""
    market = Market(outcome_count=len(reserves), liquidity=scale, sets=max(reserves), **fields)  # type: ignore[call-arg]
    for outcome, reserve in zip(market.outcomes, reserves, strict=False):
        outcome.held = market.sets - reserve
    return market


@given(SHARES, SCALES)
def test_a_ratio_is_rounded_down_and_bounded(amount: int, scale: int) -> None:
    """In 2^-16, at most 16."""
    assert tape.ratio_floor(amount, scale) == min(amount * ONE // scale, 16 * ONE)


@given(SHARES, SHARES, SCALES)
def test_the_level_of_two_outcomes_is_the_difference_of_reserves(first: int, second: int, scale: int) -> None:
    """(r₁ − r₀)/scale, towards zero; the other outcome has its negative."""
    level = tape.level_of(market_of([first, second], scale))
    exact = min(abs(second - first) * ONE // scale, 16 * ONE)
    assert level == (exact if second >= first else -exact)
    assert tape.level_of(market_of([second, first], scale)) == -level


@pytest.mark.parametrize("price", [0.001, 0.2, 0.5, 0.93, 0.9999])
def test_the_level_of_an_lmsr_is_the_log_odds(price: float) -> None:
    """Of two outcomes; of more it is the logarithm of the price."""
    scale = 10_000 * USDC
    first, second = (round(-scale * log(p)) for p in (price, 1 - price))
    assert abs(tape.level_of(market_of([first, second], scale)) / ONE - log(price / (1 - price))) < 2 / ONE
    assert abs(tape.level_of(market_of([first, second, second], scale)) / ONE - log(price)) < 2 / ONE


@given(price=st.floats(0.01, 0.99), part=st.floats(0.001, 3), scale=st.integers(1_000 * USDC, lmsr.MAXIMUM_SCALE))
def test_a_trade_moves_the_log_odds_by_its_shares_over_the_scale(price: float, part: float, scale: int) -> None:
    """δ/b exactly, whatever the other outcomes are: p'/(1 − p') = p/(1 − p)·e^(δ/b)."""
    after = exp(part) * price / (1 - price + price * exp(part))
    assert abs(log(after) - log1p(-after) - log(price) + log1p(-price) - part) < 1e-9
    market = market_of([scale, scale], scale)
    tape.record_trade(market, round(part * scale), 0)
    assert market.variance == (round(part * scale) * ONE // scale) ** 2 // tape.MEMORY_SLOTS


def test_the_sum_holds_the_level_before_each_trade() -> None:
    """So the difference of two sums over the slots between is the mean level, and trades in one slot count once."""
    market = market_of([2 * USDC, 5 * USDC], USDC, slot=100)
    tape.record_trade(market, 0, 110)
    assert (market.level_sum, market.slot) == (10 * 3 * ONE, 110)
    market.outcomes[1].held += 4 * USDC
    tape.record_trade(market, 0, 110)
    assert (market.level_sum, market.slot) == (30 * ONE, 110)
    assert tape.level_sum_at(market, 120) == 30 * ONE - 10 * ONE


def test_steady_moves_have_their_own_variance() -> None:
    """A move m in each n-th slot settles at m²/n a slot, less what rounding down takes."""
    scale, every = 1_000 * USDC, 10
    market = market_of([scale, scale], scale)
    for slot in range(every, 10 * tape.MEMORY_SLOTS, every):
        tape.record_trade(market, scale // 100, slot)
    expected = (ONE // 100) ** 2 / every
    assert 0.97 < market.variance / expected <= 1


@given(variance=st.integers(0, tape.VARIANCE_MAXIMUM), elapsed=st.integers(0, 1 << 41), move=st.integers(0, 1 << 46))
def test_the_variance_is_bounded_and_fades(variance: int, elapsed: int, move: int) -> None:
    """No history and no trade takes it beyond its maximum; without trades it halves in an hour."""
    market = market_of([USDC, USDC], USDC, variance=variance, slot=7)
    assert tape.variance_at(market, 7) == variance
    assert tape.variance_at(market, 7 + tape.MEMORY_SLOTS) == variance // 2
    later = min(elapsed, tape.ELAPSED_MAXIMUM)
    expected = (variance * tape.MEMORY_SLOTS + tape.ratio_floor(move, USDC) ** 2) // (tape.MEMORY_SLOTS + later)
    tape.record_trade(market, move, 7 + elapsed)
    assert market.variance == min(expected, tape.VARIANCE_MAXIMUM)
