"""Depth, subsidy and opening reserves: what a market costs the vault before it trades."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quatrain.client import openings
from quatrain.client.errors import UsageError
from quatrain.core.pmamm_many import segments_for
from quatrain.keepers.ingest.importer import Funding
from quatrain.program.state import PRICE_ONE, Maker

USDC = 1_000_000


def even(count: int) -> list[int]:
    """Even prices that make one."""
    each, left = divmod(PRICE_ONE, count)
    return [each + (i < left) for i in range(count)]


@settings(deadline=None, max_examples=60)
@given(
    maker=st.sampled_from([Maker.LMSR, Maker.PM_AMM]),
    lowest=st.integers(1_000, PRICE_ONE // 2),
    subsidy=st.integers(10 * USDC, 10**5 * USDC),
)
def test_a_subsidy_buys_the_most_liquidity(maker: Maker, lowest: int, subsidy: int) -> None:
    """The depth's subsidy is within the budget, and a depth one millionth larger is not."""
    opening = [lowest, PRICE_ONE - lowest]
    depth = openings.liquidity_for_subsidy(maker, opening, subsidy)

    assert openings.subsidy_for_liquidity(maker, opening, depth) <= subsidy
    assert openings.subsidy_for_liquidity(maker, opening, depth + depth // 1_000_000 + 2) > subsidy


@pytest.mark.parametrize(
    ("count", "constant"), [(2, 398_942), (3, 598_413), (8, 1_006_637), (16, 1_248_744), (64, 1_657_270)]
)
def test_an_even_pm_amm_costs_its_constant(count: int, constant: int) -> None:
    """The subsidy of L = 1 USDC is c_N, the expected largest of N normal deviates over √2."""
    assert openings.subsidy_for_liquidity(Maker.PM_AMM, even(count), 1_000 * USDC) // 1_000 == pytest.approx(
        constant, abs=10
    )


@pytest.mark.parametrize(
    "opening",
    [
        [PRICE_ONE * part // 100 for part in (47, 41, 11, 1)],
        [PRICE_ONE - 9 * 1_000_000, *[1_000_000] * 9],
        [PRICE_ONE // 2, PRICE_ONE // 2 - 1_000, 1_000],
        [PRICE_ONE // 2, PRICE_ONE // 2 - 1, 1],
        [PRICE_ONE - 7, *[1] * 7],
        even(33),
    ],
)
def test_reserves_give_the_prices_wanted(opening: list[int]) -> None:
    """To 1e-9 or so, by the program's own price function, in a pool that is solvent and hardly more."""
    from quatrain.core.pmamm_many import price
    from quatrain.core.pmamm_value import is_solvent

    count, depth = len(opening), 10_000 * USDC
    reserves = openings.opening_reserves(Maker.PM_AMM, opening, depth)
    held = openings.as_array(reserves)

    found = [price(depth, held, count, i, segments_for(count)) for i in range(count)]
    assert max(abs(a - b) for a, b in zip(found, opening, strict=True)) <= 3
    assert is_solvent(depth, held, count, segments_for(count))
    assert not is_solvent(depth, openings.as_array([one - 5 for one in reserves]), count, segments_for(count))


@pytest.mark.parametrize(("maker", "count"), [(Maker.LMSR, 3), (Maker.PM_AMM, 2), (Maker.PM_AMM, 3)])
def test_an_opening_is_what_the_program_takes(maker: Maker, count: int) -> None:
    """Prices, except that a pm-AMM of three outcomes and more is given reserves; the subsidy is the largest reserve."""
    opening = openings.Opening.at(maker, even(count), 1_000 * USDC)
    reserves = openings.opening_reserves(maker, even(count), 1_000 * USDC)

    assert list(opening.given) == (reserves if (maker, count) == (Maker.PM_AMM, 3) else even(count))
    assert opening.subsidy == max(reserves)


def test_prices_out_of_reach_are_named() -> None:
    """Where the solver finds no reserves it says so, and what to change: here each price is half the one before it."""
    halves = [max(PRICE_ONE >> i, 1) for i in range(1, 40)]
    with pytest.raises(UsageError) as caught:
        openings.Opening.at(Maker.PM_AMM, [*halves, PRICE_ONE - sum(halves)], 1_000 * USDC)

    assert caught.value.code == "prices_unreachable"
    assert "smallest" in caught.value.advice


def test_funding_is_one_of_two() -> None:
    """A depth is taken as it is, a subsidy becomes the depth that it buys."""
    assert Funding(liquidity=5 * USDC).scale(Maker.LMSR, even(2)) == 5 * USDC
    assert Funding(subsidy=398_943_000).scale(Maker.PM_AMM, even(2)) // 1_000_000 == 1_000
