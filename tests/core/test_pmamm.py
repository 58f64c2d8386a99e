"""core.pmamm, two outcomes, against the paper's closed form in 48 digits."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quatrain.core import pmamm
from quatrain.core.normal import LOSS_ERROR
from tests.core import model_pmamm as model
from tests.core.engine import call
from tests.core.model_pmamm import Real
from tests.core.trades import binary_trades

SCALES = st.one_of(st.integers(10**6, 10**13), st.sampled_from([10**n for n in range(6, 14)]))
MICRO = 1_000_000

# From Mattdgn/pm-amm, oracle/test_vectors.json (MIT), re-keyed: price → (x, y) at L = 1000.
PUBLISHED = {
    0.05: (1665.7465859792703, 20.892959027797627), 0.1: (1328.8947409226273, 47.34317537802679),
    0.3: (714.7729730957025, 190.37246038766153), 0.5: (398.9422804014327, 398.9422804014327),
    0.8: (111.63767369322552, 953.2589072661398), 0.95: (20.89295902779775, 1665.7465859792696),
}  # fmt: skip
# The protocol's own, at L = 500.
PROTOCOL = {0.5: (199.4711, 199.4711), 0.8: (55.8188, 476.6295), 0.95: (10.4465, 832.8733)}


def spread(scale: int, scales: int) -> st.SearchStrategy[int]:
    """Amounts from 1 to `scales`·L, evenly over the orders of magnitude, and dust."""
    top = scale * scales
    return st.one_of(
        st.integers(1, top), st.integers(0, top.bit_length() - 1).map(lambda n: (top >> n) or 1), st.integers(1, 50)
    )


@st.composite
def trades(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """(scale, reserve, other, amount) on the invariant and above it, in either direction, up to 12 scales apart."""
    scale = draw(SCALES)
    gap = draw(st.integers(-12 * scale, 12 * scale) | st.integers(-6 * scale, 6 * scale) | st.integers(-9, 9))
    smaller = int(model.value(scale, -abs(gap))) + 1 + draw(st.integers(0, 3))
    reserve, other = (smaller, smaller + gap) if gap >= 0 else (smaller - gap, smaller)
    return scale, reserve, other, draw(spread(scale, 20))


def arithmetic(scale: int) -> Real:
    """What the arithmetic may add to an amount of money: twice the margin."""
    return Real(2 * pmamm.MARGIN * scale) / 2**64


def check_cost(scale: int, reserve: int, other: int, shares: int) -> None:
    """The cost is at least the true one, above it by less than 1 and the arithmetic, and at most 1 USDC a share."""
    gap = other - reserve
    cost, before, after = call(pmamm.cost_ceil, scale, reserve, other, shares)
    excess = cost - (model.value(scale, gap + shares) - model.value(scale, gap))
    assert 0 <= excess < 1 + arithmetic(scale)
    assert 1 <= cost <= shares
    check_prices(scale, gap, gap + shares, before, after)


def check_proceeds(scale: int, reserve: int, other: int, shares: int) -> None:
    """The proceeds are at most the true ones and fall short by less than 1 and the arithmetic."""
    gap = other - reserve
    proceeds, before, after = call(pmamm.proceeds_floor, scale, reserve, other, shares)
    shortfall = model.value(scale, gap) - model.value(scale, gap - shares) - proceeds
    assert 0 <= shortfall < 1 + arithmetic(scale)
    check_prices(scale, gap, gap - shares, before, after)


def check_spend(scale: int, reserve: int, other: int, spend: int) -> None:
    """The shares truly cost at most the spend, also as `cost_ceil` says; what is left buys 2 of them and the arithmetic."""
    gap = other - reserve
    shares, before, after = call(pmamm.shares_for_spend_floor, scale, reserve, other, spend)
    rest = spend - (model.value(scale, gap + shares) - model.value(scale, gap))
    assert rest >= 0
    assert call(pmamm.cost_ceil, scale, reserve, other, shares)[0] <= spend <= shares
    slope = model.price(scale, gap + shares + 2)
    assert rest < 2 * slope + (scale + abs(gap) + spend) * Real(2) ** -51 or shares == spend
    check_prices(scale, gap, gap + shares, before, after)


def check_receive(scale: int, reserve: int, other: int, proceeds: int) -> None:
    """The shares bring at least the proceeds, and no more than 2 of them and the arithmetic too many."""
    gap = other - reserve
    shares, before, after = call(pmamm.shares_for_proceeds_ceil, scale, reserve, other, proceeds)
    if shares == pmamm.UNREACHABLE:
        assert model.value(scale, gap) - proceeds < (scale + abs(gap)) * Real(2) ** -51
        return
    over = model.value(scale, gap) - model.value(scale, gap - shares) - proceeds
    assert call(pmamm.proceeds_floor, scale, reserve, other, shares)[0] >= proceeds
    assert 0 <= over < 2 * model.price(scale, gap - shares + 2) + (scale + abs(gap)) * Real(2) ** -51
    check_prices(scale, gap, gap - shares, before, after)


def check_prices(scale: int, gap: int, new_gap: int, before: int, after: int) -> None:
    """Both prices are within 10^-9."""
    assert abs(before - model.price(scale, gap) * pmamm.PRICE_ONE) < 0.51
    assert abs(after - model.price(scale, new_gap) * pmamm.PRICE_ONE) < 0.51


CHECKS = [check_cost, check_proceeds, check_spend, check_receive]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_bounds_over_the_published_trades(check: Any) -> None:
    """Every function keeps its bound over the published distribution of trades, prices of 10^-6 included."""
    for trade in binary_trades(250, seed=5):
        check(*trade)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_bounds_anywhere(check: Any) -> None:
    """Every function keeps its bound for any scale, gap and amount."""

    @given(trades())
    def run(trade: tuple[int, int, int, int]) -> None:
        check(*trade)

    run()


def test_cost_is_within_two_at_a_million() -> None:
    """At L = 10^6 USDC the margin is a thousandth of a µUSDC: costs are within 2 µUSDC of the truth, as promised."""
    assert 1 + arithmetic(10**12) < 1.001


@given(SCALES, st.integers(1000, pmamm.PRICE_ONE - 1000))
def test_opening_at_a_price(scale: int, price: int) -> None:
    """Reserves for a price are on the invariant or just above it, and quote that price."""
    reserve, other = call(pmamm.reserves_for_price_ceil, scale, price)
    gap = other - reserve
    slack = other - model.value(scale, gap)
    assert 0 <= slack < 3 + Real(scale) / 2**50
    assert abs(call(pmamm.price, scale, reserve, other) - price) <= 1 + pmamm.PRICE_ONE // scale
    assert call(pmamm.surplus_floor, scale, reserve, other) <= slack


def test_published_reserves() -> None:
    """Another implementation's reserves at published prices agree to the µshare it rounds to."""
    for table, scale, places in ((PUBLISHED, 1000, 1e-9), (PROTOCOL, 500, 1e-4)):
        for price, expected in table.items():
            found = call(pmamm.reserves_for_price_ceil, scale * MICRO, round(price * pmamm.PRICE_ONE))
            for value, published in zip(found, expected, strict=True):
                assert abs(value / MICRO - published) <= places + 2 / MICRO


@given(trades(), st.integers(1, 1000))
def test_surplus_is_rounded_down(trade: tuple[int, int, int, int], more: int) -> None:
    """Sets added to both reserves are surplus, rounded down, and the pool is never short after taking them out."""
    scale, reserve, other, _ = trade
    found = call(pmamm.surplus_floor, scale, reserve + more, other + more)
    exact = other + more - model.value(scale, other - reserve)
    assert 0 <= exact - found < 1 + arithmetic(scale) or found == 0


@given(trades(), st.integers(1, 20))
def test_round_trips_lose(trade: tuple[int, int, int, int], dust: int) -> None:
    """Buying and selling back never gains, by shares or by money, whatever the amount, dust included."""
    scale, reserve, other, amount = trade
    for shares in (amount, dust):
        cost, _, _ = call(pmamm.cost_ceil, scale, reserve, other, shares)
        proceeds, _, _ = call(pmamm.proceeds_floor, scale, reserve + cost - shares, other + cost, shares)
        assert proceeds <= cost
    shares, _, _ = call(pmamm.shares_for_spend_floor, scale, reserve, other, amount)
    back, _, _ = call(pmamm.proceeds_floor, scale, reserve + amount - shares, other + amount, shares)
    assert back <= amount


@given(trades())
def test_no_money_takes_no_shares(trade: tuple[int, int, int, int]) -> None:
    """To receive nothing nothing is sold, and the price stays."""
    scale, reserve, other, _ = trade
    price = call(pmamm.price, scale, reserve, other)
    assert call(pmamm.shares_for_proceeds_ceil, scale, reserve, other, 0) == (0, price, price)


@given(trades(), st.integers(2, 5))
def test_splitting_a_purchase_changes_rounding_only(trade: tuple[int, int, int, int], parts: int) -> None:
    """Bought in parts, shares cost at least the true cost of the whole and less than 1 µUSDC a part more."""
    scale, reserve, other, amount = trade
    gap = other - reserve
    generator = random.Random(amount)
    cuts = sorted(generator.randrange(amount + 1) for _ in range(parts - 1))
    paid = 0
    for start, end in zip([0, *cuts], [*cuts, amount], strict=True):
        paid += call(pmamm.cost_ceil, scale, reserve + paid - start, other + paid, end - start)[0]
    excess = paid - (model.value(scale, gap + amount) - model.value(scale, gap))
    assert 0 <= excess < parts * (1 + arithmetic(scale))


def test_margin_has_room() -> None:
    """The losses' proved bound is what the margin is made of."""
    assert pmamm.MARGIN < 3 * LOSS_ERROR
