"""core.lmsr against the textbook's formulas over the reals: each stated bound, over the whole domain."""

import json
import random
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core import model
from tests.core.checked import lmsr
from tests.core.model import Real, mp

SCALES = st.one_of(
    st.integers(lmsr.MINIMUM_SCALE, lmsr.MAXIMUM_SCALE),
    st.sampled_from([10**n for n in range(6, 14)]),
    st.integers(20, 43).map(lambda n: (1 << n) + 1),
)
GRID_SCALES = (10**6, 3_141_592_653, 10**13)
GRID_RATIOS = (1e-13, 1e-9, 1e-5, 1.9e-3, 2e-3, 0.01, 0.7, 1, 3, 10, 20.5, 39.99, 44, 100)
VECTORS = json.loads(Path(__file__).with_name("lmsr_zeitgeist.json").read_text(encoding="utf-8"))


def spread(scale: int, scales: int) -> st.SearchStrategy[int]:
    """Amounts from 1 to `scales`·b, evenly over the orders of magnitude, and dust."""
    top = scale * scales
    return st.one_of(
        st.integers(1, top), st.integers(0, top.bit_length() - 1).map(lambda n: (top >> n) or 1), st.integers(1, 50)
    )


@st.composite
def trades(draw: st.DrawFn) -> tuple[int, int, int]:
    """(scale, reserve, amount): reserves of 1 µshare to 42 scales, amounts of 1 to 42 scales or close to the reserve."""
    scale = draw(SCALES)
    reserve = draw(spread(scale, 42))
    near = st.integers(max(1, reserve - 3), reserve + 3)
    return scale, reserve, draw(st.one_of(spread(scale, 42), near))


def grid() -> list[tuple[int, int, int]]:
    """(scale, reserve, amount) at every pair of magnitudes, prices next to one and deep tails included."""
    sizes = product(GRID_SCALES, GRID_RATIOS, GRID_RATIOS)
    return [(scale, int(scale * a) or 1, int(scale * b) or 1) for scale, a, b in sizes]


def check_cost(scale: int, reserve: int, shares: int) -> None:
    """The cost is at least the true one, above it by less than its bound, and at most 1 USDC a share."""
    cost = lmsr.cost_ceil(scale, reserve, shares)[0]
    excess = cost - model.cost(scale, reserve, shares)
    assert 0 <= excess < 1 + Real(2 * lmsr.COST_MARGIN * scale) / 2**64
    assert cost <= shares


def check_spend(scale: int, reserve: int, spend: int) -> None:
    """The shares truly cost at most the spend, also as `cost_ceil` says, and fall short by less than their bound."""
    shares = lmsr.shares_for_spend_floor(scale, reserve, spend)[0]
    shortfall = model.shares_for_spend(scale, reserve, spend) - shares
    price_after = model.price_after_spend(scale, reserve, spend)
    assert 0 <= shortfall < 1 + scale * (Real(2) ** -58 / price_after + Real(2) ** -55)
    assert lmsr.cost_ceil(scale, reserve, shares)[0] <= spend <= shares


def check_proceeds(scale: int, reserve: int, shares: int) -> None:
    """The proceeds are at most the true ones and fall short by less than their bound."""
    shortfall = model.proceeds(scale, reserve, shares) - lmsr.proceeds_floor(scale, reserve, shares)[0]
    assert 0 <= shortfall < 1 + Real(scale) / 2**49


def check_receive(scale: int, reserve: int, proceeds: int) -> None:
    """The shares bring at least the proceeds and exceed the true number by less than their bound."""
    shares = lmsr.shares_for_proceeds_ceil(scale, reserve, proceeds)[0]
    exact = model.shares_for_proceeds(scale, reserve, proceeds)
    if shares == lmsr.UNREACHABLE:
        remaining = model.price_after_proceeds(scale, reserve, proceeds)
        assert exact is None or scale * remaining < scale / Real(2) ** 40
        return
    assert exact is not None
    price_after = model.price_after_proceeds(scale, reserve, proceeds)
    assert 0 <= shares - exact < 1 + scale * (Real(2) ** -46 / price_after + Real(2) ** -55)
    assert lmsr.proceeds_floor(scale, reserve, shares)[0] >= proceeds


CHECKS = pytest.mark.parametrize(
    "check", [check_cost, check_spend, check_proceeds, check_receive], ids=lambda check: check.__name__
)


@CHECKS
def test_bounds_on_a_grid(check: Any) -> None:
    """Every function keeps its bound for each pair of magnitudes of reserve and amount, at small and large scales."""
    for trade in grid():
        check(*trade)


@CHECKS
def test_bounds_anywhere(check: Any) -> None:
    """Every function keeps its bound for any supported scale, reserve and amount."""

    @given(trades())
    def run(trade: tuple[int, int, int]) -> None:
        check(*trade)

    run()


def near_integers(kind: str) -> list[tuple[int, int, int]]:
    """Trades at 10 million USDC whose true result is within 1e-5 of an integer, on both sides of it.

    Found where the price after the trade is so low that one µshare moves money by less than the arithmetic's error.
    """
    generator = random.Random(kind)
    found: list[tuple[int, int, int]] = []
    while len(found) < 500:
        scale = lmsr.MAXIMUM_SCALE - generator.randrange(10**9)
        if kind == "cost":
            reserve = int(scale * generator.uniform(13, 22))
            exact = model.shares_for_spend(scale, reserve, generator.randrange(1, 2 * 10**4))
        else:
            reserve = int(scale * 10 ** generator.uniform(-9, 0.5)) + 1
            most = -scale * mp.log(1 - model.price(scale, reserve))
            exact = model.shares_for_proceeds(scale, reserve, int(most - scale * 10 ** generator.uniform(-11, -7)))
        if exact is not None and exact > 1:
            found += [(scale, reserve, int(exact) + offset) for offset in (0, 1)]
    return found


@pytest.mark.parametrize(("kind", "check"), [("cost", check_cost), ("proceeds", check_proceeds)])
def test_rounding_favours_the_pool_next_to_integers(kind: str, check: Any) -> None:
    """Where the true result is so close to an integer that an error of the arithmetic decides, the pool still wins."""
    for trade in near_integers(kind):
        check(*trade)


def test_opening_reserve_is_rounded_up_next_to_integers() -> None:
    """A reserve whose true value is just above an integer is rounded up, not down."""
    generator = random.Random(1)
    for _ in range(60):
        price = generator.randrange(1, lmsr.PRICE_ONE)
        exact = -mp.log(Real(price) / lmsr.PRICE_ONE)
        unit = int(exact * 2**120)
        start = lmsr.MAXIMUM_SCALE - generator.randrange(10**12)
        scale = min(range(start, start - 4000, -1), key=lambda b: (b * unit) % 2**120)
        assert lmsr.reserve_for_price_ceil(scale, price) >= scale * exact


@pytest.mark.parametrize(
    ("scale", "reserve"),
    [(10**6, 1), (10**6, 10**5), (10**13, 7), (10**13, 10**9), *((10**13 - n, 1) for n in (54, 69, 84, 99, 114, 129))],
)
def test_receiving_nearly_everything_is_answered(scale: int, reserve: int) -> None:
    """Up to and beyond the most a pool can pay, the answer is a number of shares or UNREACHABLE, never an abort."""
    most = int(-scale * mp.log(1 - model.price(scale, reserve)))
    for proceeds in {most - 2, most - 1, most, most + 1, 2 * most + 1, most - most // 10**9}:
        if proceeds > 0:
            check_receive(scale, reserve, proceeds)
    assert lmsr.shares_for_proceeds_ceil(scale, reserve, most + 1)[0] == lmsr.UNREACHABLE


@given(trades())
def test_receive_inverts_what_a_sale_brought(trade: tuple[int, int, int]) -> None:
    """Asking for the proceeds of a sale never needs more shares than the sale, but for the stated bound."""
    scale, reserve, shares = trade
    check_receive(scale, reserve, lmsr.proceeds_floor(scale, reserve, shares)[0])


@given(trades(), st.integers(1, 1000))
def test_larger_trades_move_more(trade: tuple[int, int, int], more: int) -> None:
    """Cost, proceeds and shares grow with the amount, up to the one unit that rounding may take."""
    scale, reserve, amount = trade
    assert lmsr.cost_ceil(scale, reserve, amount + more)[0] >= lmsr.cost_ceil(scale, reserve, amount)[0] - 1
    assert lmsr.proceeds_floor(scale, reserve, amount + more)[0] >= lmsr.proceeds_floor(scale, reserve, amount)[0] - 1
    bought = lmsr.shares_for_spend_floor(scale, reserve, amount)[0]
    slack = 1 + scale * (Real(2) ** -58 / model.price_after_spend(scale, reserve, amount) + Real(2) ** -55)
    assert lmsr.shares_for_spend_floor(scale, reserve, amount + more)[0] >= bought - slack


@given(trades())
def test_nothing_costs_and_brings_nothing(trade: tuple[int, int, int]) -> None:
    """A trade of zero is free and brings zero, in every direction."""
    scale, reserve, _ = trade
    assert lmsr.cost_ceil(scale, reserve, 0)[0] == 0
    assert lmsr.shares_for_spend_floor(scale, reserve, 0)[0] == 0
    assert lmsr.proceeds_floor(scale, reserve, 0)[0] == 0
    assert lmsr.shares_for_proceeds_ceil(scale, reserve, 0)[0] == 0


@given(trades())
def test_price_is_rounded_to_nearest(trade: tuple[int, int, int]) -> None:
    """A published price is within half a unit of e^(−r/b)·1e9."""
    scale, reserve, _ = trade
    assert abs(lmsr.price(scale, reserve) - model.price(scale, reserve) * 10**9) <= 0.5 + 1e-9


@given(SCALES, st.integers(1, lmsr.PRICE_ONE))
def test_opening_reserve_is_rounded_up(scale: int, price: int) -> None:
    """The reserve of a prior is at least −b·ln π, above it by less than 1 + b·2^-54."""
    exact = -scale * mp.log(Real(price) / lmsr.PRICE_ONE)
    assert 0 <= lmsr.reserve_for_price_ceil(scale, price) - exact < 1 + Real(scale) / 2**54


@pytest.mark.parametrize("scale", [lmsr.MINIMUM_SCALE - 1, lmsr.MAXIMUM_SCALE + 1, 0])
def test_other_scales_are_named_unsupported(scale: int) -> None:
    """The predicate refuses a scale just outside the domain and accepts its ends."""
    assert not lmsr.scale_is_supported(scale)
    assert lmsr.scale_is_supported(lmsr.MINIMUM_SCALE)
    assert lmsr.scale_is_supported(lmsr.MAXIMUM_SCALE)


def test_the_protocols_vector() -> None:
    """b = 1000, N = 2, even prices: 100 shares cost 51.2495 and move the price to .524979."""
    scale = 10**9
    reserve = lmsr.reserve_for_price_ceil(scale, lmsr.PRICE_ONE // 2)
    cost = lmsr.cost_ceil(scale, reserve, 10**8)[0]
    assert abs(cost - 51_249_500) < 50
    assert abs(lmsr.price(scale, reserve + cost - 10**8) - 524_979_000) < 500


@pytest.mark.parametrize("vector", VECTORS["buy"], ids=lambda v: f"{v['reserve']}-{v['spend']}-{v['scale']}")
def test_zeitgeist_buys(vector: dict[str, int]) -> None:
    """A spend buys what Zeitgeist's tests expect (they leave out the complete sets), within both roundings."""
    shares = lmsr.shares_for_spend_floor(vector["scale"], vector["reserve"], vector["spend"])[0]
    assert -2 <= shares - vector["spend"] - vector["expected"] <= 1


@pytest.mark.parametrize("vector", VECTORS["sell"], ids=lambda v: f"{v['reserve']}-{v['shares']}-{v['scale']}")
def test_zeitgeist_sales(vector: dict[str, int]) -> None:
    """A sale brings what Zeitgeist's tests expect, within both roundings."""
    proceeds = lmsr.proceeds_floor(vector["scale"], vector["reserve"], vector["shares"])[0]
    assert -2 <= proceeds - vector["expected"] <= 1


@pytest.mark.parametrize("vector", VECTORS["price"], ids=lambda v: f"{v['reserve']}-{v['scale']}")
def test_zeitgeist_prices(vector: dict[str, int]) -> None:
    """A reserve has the price that Zeitgeist's tests expect (ten decimals there, nine here)."""
    assert abs(lmsr.price(vector["scale"], vector["reserve"]) * 10 - vector["expected"]) <= 6


@given(trades())
def test_trades_tell_the_prices_around_them(trade: tuple[int, int, int]) -> None:
    """Before and after, within 1.5e-9 of the real trade's, whatever the direction and the size."""
    scale, reserve, amount = trade
    before = model.price(scale, reserve)
    bought = model.price(scale, reserve + model.cost(scale, reserve, amount) - amount)
    sold = model.price(scale, reserve - model.proceeds(scale, reserve, amount) + amount)
    told = [
        (lmsr.cost_ceil(scale, reserve, amount), bought),
        (lmsr.proceeds_floor(scale, reserve, amount), sold),
        (lmsr.shares_for_spend_floor(scale, reserve, amount), model.price_after_spend(scale, reserve, amount)),
        (
            lmsr.shares_for_proceeds_ceil(scale, reserve, amount),
            max(model.price_after_proceeds(scale, reserve, amount), 0),
        ),
    ]
    for (_, price_before, price_after), after in told:
        assert abs(price_before - before * 10**9) < 1.5
        assert abs(price_after - after * 10**9) < 1.5
