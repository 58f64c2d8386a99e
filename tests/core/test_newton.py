"""core.newton's step on any convex function, and the iterations that the pm-AMM takes over a published set of trades."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quatrain.core import newton, pmamm, pmamm_many, pmamm_solve
from tests.core.model import as_array
from tests.core.trades import binary_trades, many_trades

MEAN = 4.2
"""The mission's bound of the average; the worst allowed is thrice that."""


@given(
    st.integers(1, 1 << 40),
    st.integers(0, 1 << 40),
    st.integers(0, (1 << 63) - 1),
    st.integers(0, 20),
    st.integers(0, 1 << 63),
)
def test_step_stays_in_its_bracket(low: int, above: int, excess: int, bits: int, slope: int) -> None:
    """A step is never below `low`, and below x wherever x is above it."""
    x = low + above
    found = newton.descend(low, x, excess, bits, slope)
    assert low <= found
    assert found < x or x == low


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(2, 10**9))
def test_descent_finds_the_root_of_a_parabola(curvature: int, target: int, start: int) -> None:
    """Over x²/(2c), of slope x/c, the first x within the target is the largest one, to 2."""
    bits = 20

    def excess(x: int) -> int:
        return -(-(x * x << bits) // (2 * curvature)) - (target << bits)

    begin = found = min(start, curvature)
    while found > 0 and excess(found) > 0:
        found = newton.descend(0, found, excess(found), bits, found * newton.SLOPE_ONE // curvature)
    assert excess(found) <= 0
    assert found == begin or excess(found + 3) > 0


def counting(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Callable[[], int]:
    """Count the calls of a module's function; returns how many there were since the last question."""
    calls = [0]
    inner = getattr(module, name)

    def counted(*arguments: Any) -> Any:
        calls[0] += 1
        return inner(*arguments)

    def since() -> int:
        found, calls[0] = calls[0], 0
        return found

    monkeypatch.setattr(module, name, counted)
    return since


def test_binary_iterations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the published trades the binary solver takes 3 evaluations on average and 6 at most, and none fails."""
    trades = list(binary_trades(1500))
    since = counting(monkeypatch, pmamm, "_loss_at")
    buys, sales = list[int](), list[int]()
    for scale, reserve, other, amount in trades:
        pmamm.shares_for_spend_floor(scale, reserve, other, amount)
        buys.append(since() - 1)
        shares, _, _ = pmamm.shares_for_proceeds_ceil(scale, reserve, other, amount)
        if shares != pmamm.UNREACHABLE:
            sales.append(since() - 1)
        since()
    assert sum(buys) / len(buys) <= 2.8
    assert sum(sales) / len(sales) <= 3.1
    assert max(buys + sales) <= 6


@pytest.mark.parametrize("count", [3, 8])
def test_many_outcome_iterations(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Over the published trades the quadrature's solver stays below 4.2 evaluations on average, and none fails."""
    trades = list(many_trades(count, 60))
    since = counting(monkeypatch, pmamm_solve, "at_offset")
    segments = pmamm_many.segments_for(count)
    found = list[int]()
    for scale, reserves, outcome, amount in trades:
        pmamm_solve.shares_for_spend_floor(scale, as_array(reserves), count, outcome, amount, segments)
        found.append(since() - 1)
        shares, _, _ = pmamm_solve.shares_for_proceeds_ceil(scale, as_array(reserves), count, outcome, amount, segments)
        if shares != pmamm_many.UNREACHABLE:
            found.append(since() - 1)
        since()
    assert sum(found) / len(found) <= MEAN
    assert max(found) <= 3 * MEAN
