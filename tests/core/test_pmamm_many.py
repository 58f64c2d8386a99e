"""The pm-AMM of 3 to 64 outcomes against quadrature in 48 digits: costs, prices, and the solvers' promises."""

import random
from functools import cache
from typing import Any

import pytest

from hognose.lang import Trap
from quatrain.core import pmamm, pmamm_bundle, pmamm_many, pmamm_solve, pmamm_value
from tests.core import model_pmamm as model
from tests.core.engine import call
from tests.core.model_pmamm import Real
from tests.core.trades import many_trades, some_amount, some_reserves

COUNTS = (3, 5, 8, 16, 33, 64)
STATES = {3: 14, 5: 10, 8: 7, 16: 4, 33: 2, 64: 1}
MAXIMUM_OF_NORMALS = {3: 0.84628, 8: 1.42360, 16: 1.76599, 64: 2.34373}
"""The mean of the largest of N standard normal variables (Harter 1961); c_N is that over √2."""


def margin(scale: int, count: int, segments: int) -> Real:
    """The margin in µUSDC."""
    return Real(pmamm_many.margin(count, segments) * scale) / 2**56


def promised(scale: int) -> Real:
    """What a cost may be above the truth: max(2 µUSDC, 2·10^-10 of L)."""
    return max(Real(2), Real(scale) / 5_000_000_000)


@cache
def states(count: int) -> list[tuple[int, list[int], int, int]]:
    """Published trades, half of them at L = 10^6 USDC, and two hand-made states: even prices, and a lone favourite."""
    found = list(many_trades(count, STATES[count], seed=count))
    for scale in (10**12,):
        even = call(pmamm_value.even_reserve_ceil, scale, count)
        found.append((scale, [even] * count, count - 1, scale // 3))
        found.append((scale, [1, *[6 * scale] * (count - 1)], 1, 7 * scale))
    return found


def changed(reserves: list[int], outcome: int, by: int) -> list[int]:
    """The reserves with one of them changed."""
    return [r + by if j == outcome else r for j, r in enumerate(reserves)]


def check_prices(scale: int, reserves: list[int], outcome: int, by: int, before: int, after: int) -> None:
    """Prices are within 10^-9, and half of it for rounding."""
    for moved, price in ((0, before), (by, after)):
        exact = model.probability(scale, changed(reserves, outcome, moved), outcome)
        assert abs(price - exact * pmamm_many.PRICE_ONE) < 1


@pytest.mark.parametrize("count", COUNTS)
def test_costs_and_proceeds_are_exact_to_the_margin(count: int) -> None:
    """What is charged is never below the truth, and above it by less than 1 and two margins; sales are the mirror image."""
    for scale, reserves, outcome, amount in states(count):
        here = reserves[outcome]
        for segments in {pmamm_many.segments_for(count), pmamm_many.REFERENCE_SEGMENTS} if count < 9 else {100}:
            allowed = 1 + 2 * margin(scale, count, segments)
            assert allowed < promised(scale) + 1
            cost, before, after = call(pmamm_many.cost_ceil, scale, reserves, count, outcome, amount, segments)
            excess = cost - model.change(scale, reserves, outcome, here - amount, here)
            assert 0 <= excess < allowed
            assert 1 <= cost <= amount
            check_prices(scale, reserves, outcome, -amount, before, after)
            proceeds, _, after = call(pmamm_many.proceeds_floor, scale, reserves, count, outcome, amount, segments)
            shortfall = model.change(scale, reserves, outcome, here, here + amount) - proceeds
            assert 0 <= shortfall < allowed
            check_prices(scale, reserves, outcome, amount, before, after)


@pytest.mark.parametrize("count", COUNTS)
def test_probabilities_sum_to_one(count: int) -> None:
    """The prices of all outcomes sum to one within 10^-9, in any state and with any number of segments."""
    for scale, reserves, _, _ in states(count):
        for segments in (pmamm_many.segments_for(count), pmamm_many.REFERENCE_SEGMENTS):
            found = [call(pmamm_many.probability, scale, reserves, count, j, segments) for j in range(count)]
            assert abs(sum(found) - pmamm_many.ONE) < pmamm_many.ONE * 1e-9


@pytest.mark.parametrize("count", [3, 8, 33])
def test_solvers_keep_their_promises(count: int) -> None:
    """Shares for a spend cost at most that much by `cost_ceil`; shares for proceeds bring at least as much; both just so."""
    segments = pmamm_many.segments_for(count)
    for scale, reserves, outcome, amount in many_trades(count, 150, seed=11):
        rest = 8 * margin(scale, count, segments) + 8
        shares, before, after = call(
            pmamm_solve.shares_for_spend_floor, scale, reserves, count, outcome, amount, segments
        )
        cost, same, end = call(pmamm_many.cost_ceil, scale, reserves, count, outcome, shares, segments)
        assert cost <= amount <= shares
        assert amount - cost < rest or shares == amount
        assert before == same
        assert abs(after - end) <= 2 or shares == amount
        shares, _, after = call(pmamm_solve.shares_for_proceeds_ceil, scale, reserves, count, outcome, amount, segments)
        if shares == pmamm_many.UNREACHABLE:
            most, _, _ = call(pmamm_many.proceeds_floor, scale, reserves, count, outcome, 40 * scale, segments)
            assert most < amount + rest
        else:
            brought, _, end = call(pmamm_many.proceeds_floor, scale, reserves, count, outcome, shares, segments)
            assert 0 <= brought - amount < rest
            assert abs(after - end) <= 2


@pytest.mark.parametrize("count", [2, 3, 8, 16, 64])
def test_worst_loss_at_even_prices(count: int) -> None:
    """Opening at even prices needs c_N·L, the published constants; for two outcomes it is the paper's closed form."""
    scale = 10**12
    if count == 2:
        found = call(pmamm.reserves_for_price_ceil, scale, pmamm.PRICE_ONE // 2)[0]
        assert abs(found - model.value(scale, 0)) < 2
        assert abs(model.value_of(scale, [found] * 2)) < 2
        return
    found = call(pmamm_value.even_reserve_ceil, scale, count)
    assert abs(found / scale * 2**0.5 - MAXIMUM_OF_NORMALS[count]) < 1e-5
    assert -(2 + 2 * margin(scale, count, 100)) < model.value_of(scale, [found] * count) <= 0


@pytest.mark.parametrize("count", [3, 8, 16])
def test_surplus_against_the_value_function(count: int) -> None:
    """The surplus is −C(−r) rounded down by at most 1 and two margins, and decides whether a pool is solvent."""
    generator = random.Random(count)
    segments = pmamm_many.segments_for(count)
    for scale in (10**6, 10**9, 10**12):
        reserves = [r + generator.randrange(3) for r in some_reserves(generator, scale, count)]
        exact = -model.value_of(scale, reserves)
        found = call(pmamm_value.surplus_floor, scale, reserves, count, segments)
        assert 0 <= max(exact, 0) - found < 1 + 2 * margin(scale, count, segments) or found == 0
        assert (
            not call(pmamm_value.is_solvent, scale, [r - found - 2 for r in reserves], count, segments)
            or exact > found + 1
        )
        assert call(
            pmamm_value.is_solvent,
            scale,
            [r + 3 + int(4 * margin(scale, count, segments)) for r in reserves],
            count,
            segments,
        )


def bundle(scale: int, before: list[int], after: list[int], shift: int) -> int:
    """What several trades cost together."""
    count = len(before)
    none = [0] * count
    segments = pmamm_many.segments_for(count)
    return call(pmamm_bundle.bundle_cost_ceil, scale, before, after, count, shift, segments, 0, none, none)


def test_bundles_cost_what_their_trades_do() -> None:
    """Several purchases at once cost less than one after the other, by less than their roundings, and never too little."""
    generator = random.Random(9)
    for count in (3, 8):
        segments = pmamm_many.segments_for(count)
        for _ in range(5):
            scale = int(10 ** generator.uniform(6, 12))
            start = some_reserves(generator, scale, count)
            reserves, paid, shift = start, 0, 0
            after = list(start)
            for outcome in generator.sample(range(count), 3):
                amount = some_amount(generator, scale)
                cost, _, _ = call(pmamm_many.cost_ceil, scale, reserves, count, outcome, amount, segments)
                reserves = changed([r + cost for r in reserves], outcome, -amount)
                after = changed(after, outcome, -amount)
                paid += cost
                shift += amount
            total = bundle(scale, start, [r + shift for r in after], shift)
            allowed = 2 + 12 * margin(scale, count, segments) + 3
            assert -allowed < paid - total < allowed
            assert total >= model.value_of(scale, [r + shift for r in after]) + shift - model.value_of(scale, start)


def test_two_outcomes_agree_with_the_closed_form() -> None:
    """The generalisation is the paper's pm-AMM at N = 2: C's change by quadrature is V's by the closed form."""
    generator = random.Random(2)
    for _ in range(10):
        scale = 10**9
        gap = int(generator.uniform(-3, 3) * scale)
        smaller = int(model.value(scale, -abs(gap))) + 1
        reserves = [smaller, smaller + gap] if gap > 0 else [smaller - gap, smaller]
        amount = generator.randrange(1, 3 * scale)
        closed = model.value(scale, gap + amount) - model.value(scale, gap)
        assert abs(model.change(scale, reserves, 0, reserves[0] - amount, reserves[0]) - closed) < 1e-10


def test_too_few_segments_abort() -> None:
    """Segments below the table's count are refused, and more than a hundred count as a hundred."""
    with pytest.raises(Trap):
        call(pmamm_many.cost_ceil, 10**9, [10**9] * 8, 8, 0, 10**6, 30)
    reserves = [10**9] * 8
    assert call(pmamm_many.cost_ceil, 10**9, reserves, 8, 0, 10**6, 400) == call(
        pmamm_many.cost_ceil, 10**9, reserves, 8, 0, 10**6, 100
    )


@pytest.mark.parametrize("count", [3, 8])
def test_money_beyond_the_curve(count: int) -> None:
    """A spend that makes an outcome certain buys the rest at 1 USDC a share; proceeds above all that is paid are out of reach."""
    scale, segments = 10**9, pmamm_many.segments_for(count)
    reserves = [call(pmamm_value.even_reserve_ceil, scale, count)] * count
    shares, _, after = call(pmamm_solve.shares_for_spend_floor, scale, reserves, count, 0, 20 * scale, segments)
    cost, _, _ = call(pmamm_many.cost_ceil, scale, reserves, count, 0, shares, segments)
    assert after == pmamm_many.PRICE_ONE
    assert 0 <= 20 * scale - cost < 8 * margin(scale, count, segments) + 8
    most = model.change(scale, reserves, 0, reserves[0], reserves[0] + 30 * scale)
    for wish in (int(most) + 100, 2 * scale, 10 * scale):
        found, _, after = call(pmamm_solve.shares_for_proceeds_ceil, scale, reserves, count, 0, wish, segments)
        assert (found, after) == (pmamm_many.UNREACHABLE, 0)
    wish = int(most) - scale // 1000
    assert call(pmamm_solve.shares_for_proceeds_ceil, scale, reserves, count, 0, wish, segments)[0] < 30 * scale


@pytest.mark.parametrize("far", [13, 60, 1000])
def test_hopeless_and_certain_outcomes(far: int) -> None:
    """Beyond 12σ from the others a share costs next to nothing or the whole USDC, and no answer aborts."""
    scale = 10**9
    hopeless: Any = [far * scale, scale, scale]
    certain: Any = [1, far * scale, far * scale]
    cost, before, after = call(pmamm_many.cost_ceil, scale, hopeless, 3, 0, 1000, 28)
    assert (cost, before, after) == (1, 0, 0)
    assert call(pmamm_many.proceeds_floor, scale, hopeless, 3, 0, 1000, 28) == (0, 0, 0)
    assert call(pmamm_solve.shares_for_proceeds_ceil, scale, hopeless, 3, 0, 1000, 28)[0] == pmamm_many.UNREACHABLE
    assert call(pmamm_many.cost_ceil, scale, certain, 3, 0, 1000, 28) == (1000, 10**9, 10**9)
    assert call(pmamm_many.proceeds_floor, scale, certain, 3, 0, 1000, 28) == (1000, 10**9, 10**9)
    assert call(pmamm_solve.shares_for_spend_floor, scale, certain, 3, 0, 1000, 28) == (1000, 10**9, 10**9)
    assert call(pmamm_solve.shares_for_proceeds_ceil, scale, certain, 3, 0, 1000, 28) == (1000, 10**9, 10**9)
    assert call(pmamm_many.price, scale, hopeless, 3, 0, 28) == 0
    assert call(pmamm_many.price, scale, certain, 3, 0, 28) == pmamm_many.PRICE_ONE
    shares, _, _ = call(pmamm_solve.shares_for_spend_floor, scale, hopeless, 3, 0, scale, 28)
    assert (far - 9) * scale < shares <= far * scale + scale
