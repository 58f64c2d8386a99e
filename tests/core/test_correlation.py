"""core.correlation: the mean positive correlation of simulated markets, compared with NumPy on the raw returns."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hognose.lang import array, i64, u32
from quatrain.core import correlation, odds
from quatrain.core.root import root_floor
from tests.core.model import Real, mp

ONE = 10**9
WINDOW = correlation.WINDOW


class Group:
    """The sums of a verse, and what its markets put in."""

    def __init__(self) -> None:
        self.sums, self.products = array(i64, WINDOW), array(i64, correlation.PAIRS)
        self.inside: list[Any] = []

    def put(self, returns: list[int | None]) -> None:
        """Add a market of these returns, 2^-16; None where there is none."""
        window, unit, nothing = array(u32, WINDOW), array(i64, WINDOW), array(i64, WINDOW)
        for column, change in enumerate(returns):
            window[column] = correlation.UNKNOWN if change is None else correlation.stored(change)
        correlation.normalise(window, unit)
        correlation.exchange(self.sums, self.products, nothing, unit)
        self.inside.append(unit)

    def remove(self, index: int) -> None:
        """Take one out again."""
        correlation.exchange(self.sums, self.products, self.inside.pop(index), array(i64, WINDOW))

    def mean(self, markets: int | None = None) -> float:
        """ρ̄, of so many markets."""
        count = len(self.inside) if markets is None else markets
        return correlation.mean_positive_ceil(self.sums, self.products, count) / ONE


def simulate(seed: int, loadings: list[float], known: int = WINDOW) -> Any:
    """Returns of markets with these loadings on one factor, 2^-16, by market and epoch."""
    chance = np.random.default_rng(seed)
    factor = chance.standard_normal(known)
    noise = chance.standard_normal((len(loadings), known))
    weights = np.array(loadings)[:, None]
    return np.rint(3_000 * (weights * factor + np.sqrt(1 - weights**2) * noise)).astype(int)


def grouped(returns: Any) -> Group:
    """A group of these markets; the first epochs of a short window are unknown."""
    group = Group()
    for row in returns:
        group.put([None] * (WINDOW - len(row)) + [int(x) for x in row])
    return group


def pairwise(returns: Any) -> Any:
    """Pearson's correlation of each pair of markets, by NumPy."""
    matrix = np.corrcoef(returns)
    return matrix[np.triu_indices(len(matrix), 1)]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("loading", [0.0, 0.3, 0.7, 0.95])
def test_two_markets_have_their_correlation(seed: int, loading: float) -> None:
    """Exactly its positive part: hedges count as 0."""
    returns = simulate(seed, [loading, loading if seed % 2 else -loading])
    exact = max(float(pairwise(returns)[0]), 0.0)
    assert 0 <= grouped(returns).mean() - exact < 1e-4


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("loadings", [[0.0] * 9, [0.8] * 12, [0.9] * 4 + [0.0] * 8, [0.7] * 5 + [-0.7] * 5, [0.5] * 40])
def test_many_markets_are_bounded_from_above_and_closely(seed: int, loadings: list[float]) -> None:
    """Never below NumPy's mean positive correlation; above it by no more than the root of the mean square allows."""
    returns = simulate(seed, loadings)
    rho, found = pairwise(returns), grouped(returns).mean()
    bound = (rho.mean() + np.sqrt((rho**2).mean())) / 2
    assert np.maximum(rho, 0).mean() <= found
    assert abs(found - bound) < 1e-3
    assert found - np.maximum(rho, 0).mean() < 0.16


def test_alike_markets_are_fully_correlated() -> None:
    """Copies of one series at any scale: 1; their mirror images: 0."""
    series = simulate(1, [0.0])[0]
    assert grouped([series, 2 * series, 3 * series + 50]).mean() > 0.9999
    assert grouped([series, -series]).mean() < 1e-4


def test_what_is_not_known_counts_as_one() -> None:
    """No samples: 1. A window that fills lowers it; half a window of many markets still leaves most."""
    assert Group().mean(2) == 1
    assert Group().mean(1) == Group().mean(0) == 0
    means = [grouped(simulate(3, [0.0] * 20, known)).mean() for known in (2, 7, 14, 21, 28)]
    assert means == sorted(means, reverse=True)
    assert means[0] > 0.99
    assert 0.5 < means[2] < 0.9
    assert means[-1] < 0.12
    sampled = simulate(4, [0.0] * 10)
    assert grouped(sampled).mean(20) > 1 - 10 * 9 / (20 * 19)
    quiet = grouped([*sampled, np.zeros(WINDOW, int)])
    assert quiet.mean() > 1 - 10 * 9 / (11 * 10)


@given(st.lists(st.lists(st.one_of(st.none(), st.integers(-(10**6), 10**6)), min_size=28, max_size=28), max_size=5))
@settings(max_examples=40)
def test_what_comes_goes_exactly(markets: list[list[int | None]]) -> None:
    """Whatever the returns, removing every market leaves zeros, and ρ̄ is from 0 to 1 on the way."""
    group = Group()
    for returns in markets:
        group.put(returns)
        assert 0 <= group.mean() <= 1
        assert sum(x * x for x in group.inside[-1]) <= 1 << 40
    while group.inside:
        group.remove(0)
    assert not any(group.sums)
    assert not any(group.products)


@pytest.mark.parametrize("column", [0, 13, 27])
def test_an_epoch_is_forgotten_by_all(column: int) -> None:
    """As if nobody had had a return in it, but for the scale of the others."""
    group = grouped(simulate(5, [0.4] * 3))
    correlation.clear(group.sums, group.products, column)
    expected, remaining = array(i64, correlation.PAIRS), [list(unit) for unit in group.inside]
    sums = array(i64, WINDOW)
    for values in remaining:
        unit = array(i64, WINDOW)
        for index, value in enumerate(values):
            unit[index] = 0 if index == column else value
        correlation.exchange(sums, expected, array(i64, WINDOW), unit)
    assert list(group.products) == list(expected)
    assert list(group.sums) == list(sums)


def test_too_many_markets_count_as_fully_correlated() -> None:
    """Beyond what the sums are made for."""
    assert Group().mean(correlation.MARKETS_MAXIMUM) == 1


@given(st.integers(0, ONE), st.integers(1, 60_000))
def test_a_newcomer_is_unknown(before: int, markets: int) -> None:
    """Its pairs count as 1, the others as before, rounded up."""
    after = correlation.with_newcomer_ceil(before, markets)
    exact = (Real(before) * markets * (markets - 1) + Real(2 * markets) * ONE) / (markets * (markets + 1))
    assert 0 <= after - exact <= 1
    assert correlation.with_newcomer_ceil(before, 0) == 0


@given(st.integers(0, 2**126 - 1))
def test_roots_are_rounded_up(square: int) -> None:
    """By less than 2 and 2^-30."""
    root = Real(square) ** 0.5
    assert 0 < correlation.root_ceil(square) - root < 2 + root / 2**30


@given(st.integers(0, 2**64 - 1))
def test_a_root_is_rounded_down(square: int) -> None:
    """The root that is returned is the largest whose square fits."""
    assert root_floor(square) ** 2 <= square < (root_floor(square) + 1) ** 2


@given(st.integers(-(16 << 16), 0))
def test_log_odds_of_a_logarithm(logarithm: int) -> None:
    """ln(p/(1 − p)) of p = e^ℓ, within 2 units."""
    price = mp.exp(Real(min(logarithm, -1)) / 65_536)
    assert abs(odds.of_logarithm(logarithm) - 65_536 * mp.log(price / (1 - price))) < 2


@given(st.integers(-(16 << 16), 16 << 16))
def test_log_odds_of_a_quantile(quantile: int) -> None:
    """ln(Φ(z)/Φ(−z)), within 2 units, as of 6 beyond it; odd."""
    z = Real(min(max(quantile, -6 << 16), 6 << 16)) / 65_536
    assert abs(odds.of_quantile(quantile) - 65_536 * mp.log(mp.ncdf(z) / mp.ncdf(-z))) < 2
    assert odds.of_quantile(-quantile) == -odds.of_quantile(quantile)
