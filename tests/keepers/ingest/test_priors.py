"""Opening prices are positive and add up to exactly one billion, whatever the quotes were."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quatrain.keepers.ingest.priors import MINIMUM_PRIOR, PRICE_ONE, normalise

WEIGHTS = st.lists(st.fractions(0, 1, max_denominator=10**9), min_size=2, max_size=64).filter(any)
MINIMA = st.integers(1, PRICE_ONE // 64)


@given(weights=WEIGHTS, minimum=MINIMA)
def test_prices_add_up(weights: list[Fraction], minimum: int) -> None:
    """Exactly 1e9, none below the minimum, and never in another order than the quotes."""
    prices = normalise(weights, minimum)

    assert sum(prices) == PRICE_ONE
    assert min(prices) >= minimum
    for (a, x), (b, y) in zip(
        zip(weights, prices, strict=True), list(zip(weights, prices, strict=True))[1:], strict=False
    ):
        if a > b:
            assert x >= y


@given(weights=WEIGHTS)
def test_prices_stay_in_proportion(weights: list[Fraction]) -> None:
    """Where the minimum lifts nothing, each price is within one unit of its share."""
    prices = normalise(weights, 1)
    total = sum(weights)
    if all(w * PRICE_ONE >= total for w in weights):
        assert all(abs(price - w / total * PRICE_ONE) < 1 for price, w in zip(prices, weights, strict=True))


@given(weights=WEIGHTS, factor=st.fractions(Fraction(1, 10**6), 10**6))
def test_only_proportions_count(weights: list[Fraction], factor: Fraction) -> None:
    """Quotes that add up to more or less than one give the same prices."""
    assert normalise([w * factor for w in weights]) == normalise(weights)


@pytest.mark.parametrize(
    ("weights", "prices"),
    [
        (["1/2", "1/2"], [500_000_000, 500_000_000]),
        (["1", "0"], [999_000_000, 1_000_000]),
        (["1", "1", "1"], [333_333_334, 333_333_333, 333_333_333]),
        (["9985/10000", "15/10000"], [998_500_000, 1_500_000]),
        (["0.0005", "0.5", "0.5"], [1_000_000, 499_500_000, 499_500_000]),
    ],
)
def test_examples(weights: list[str], prices: list[int]) -> None:
    """Even, certain, thirds, a quote as it comes, and one below the minimum of 0.1 %."""
    assert MINIMUM_PRIOR == 1_000_000
    assert normalise([Fraction(w) for w in weights]) == prices


@pytest.mark.parametrize(("weights", "minimum"), [([0, 0], 1), ([1, -1], 1), ([1, 1], 0), ([1] * 10, PRICE_ONE // 9)])
def test_nonsense_is_refused(weights: list[int], minimum: int) -> None:
    """No prices, negative ones, and minima that do not fit."""
    with pytest.raises(ValueError, match=r"price|outcomes"):
        normalise([Fraction(w) for w in weights], minimum)
