"""core.distribution against the closed forms in 48 digits, and what no trade, provider or outcome may do."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quatrain.core import distribution, distribution_quote, distribution_trade, root
from quatrain.core.distribution import UNIT
from tests.core.engine import call
from tests.core.model_pmamm import Real, cumulative, mp

NORMS = st.one_of(st.integers(10**6, 10**13), st.integers(6, 13).map(lambda n: 10**n))
DEVIATIONS = st.one_of(st.integers(UNIT, 10**9 * 100), st.integers(20, 46).map(lambda n: 1 << n))
MEANS = st.integers(-(10**12), 10**12)
SEGMENTS = 100


def peak(norm: int, deviation: int) -> Real:
    """k/√(σ√π)."""
    return norm / mp.sqrt(Real(deviation) / UNIT * mp.sqrt(mp.pi))


def curve(norm: int, mean: int, deviation: int, x: Real) -> Real:
    """f(x)."""
    return peak(norm, deviation) * mp.exp(-(((x - mean) / deviation) ** 2) / 2)


def deepest(norm: int, mean: int, deviation: int, new_mean: int, new_deviation: int) -> Real:
    """−min (g − f) by brute force: a grid over both curves, then thirds around its lowest point."""

    def difference(x: Real) -> Real:
        return curve(norm, new_mean, new_deviation, x) - curve(norm, mean, deviation, x)

    points = [
        Real(m + int(s * i / 12)) for m, s in ((mean, deviation), (new_mean, new_deviation)) for i in range(-84, 85)
    ]
    points.sort()
    lowest = min(range(len(points)), key=lambda i: difference(points[i]))
    low, high = points[max(lowest - 1, 0)], points[min(lowest + 1, len(points) - 1)]
    for _ in range(90):
        third = (high - low) / 3
        if difference(low + third) < difference(high - third):
            high -= third
        else:
            low += third
    return -difference(low)


def points_of(norm: int, mean: int, deviation: int, new_mean: int, new_deviation: int) -> tuple[int, int]:
    """The two minima that a client sends."""
    outwards = -1 if mean <= new_mean else 1
    near, far = (
        call(distribution_trade.minimising_point, norm, mean, deviation, new_mean, new_deviation, side)
        for side in (outwards, -outwards)
    )
    return near, far


def collateral(norm: int, old: tuple[int, int], new: tuple[int, int]) -> int:
    """The collateral of a trade at the client's points."""
    return call(distribution_trade.collateral_ceil, norm, *old, *new, *points_of(norm, *old, *new))


def moves(count: int, seed: int = 3) -> Iterator[tuple[int, tuple[int, int], tuple[int, int]]]:
    """(norm, (μ, σ), (μ′, σ′)): shifts of 10^-4 to 20 deviations, deviations alike, changed a little or up to tenfold."""
    generator = random.Random(seed)
    for _ in range(count):
        norm, deviation = int(10 ** generator.uniform(6, 12)), int(10 ** generator.uniform(6.5, 12))
        mean = generator.randrange(-(10**13), 10**13)
        shift = int(deviation * 10 ** generator.uniform(-4, 1.3)) * generator.choice((-1, 1, 1, 0))
        kind = generator.randrange(3)
        factor = (1, 10 ** generator.uniform(-1, 1), 1 + generator.uniform(-0.01, 0.01))[kind]
        new = (mean + shift, max(UNIT, int(deviation * factor)))
        if new != (mean, deviation):
            yield norm, (mean, deviation), new


def test_vectors_of_the_protocol() -> None:
    """k = 100, σ = 10: λ = 595.3913 and the peak 23.7527; b = 50 needs σ ≥ 2.25676."""
    low = call(distribution.peak_floor, 100 * UNIT, 10 * UNIT)
    assert abs(low / UNIT - 23.7527) < 1e-4
    assert abs(low / UNIT * 10 * (2 * 3.141592653589793) ** 0.5 - 595.3913) < 1e-3
    assert abs(call(distribution.deviation_minimum_ceil, 100 * UNIT, 50 * UNIT) / UNIT - 2.25676) < 1e-5


@given(st.integers(1 << 62, (1 << 64) - 1))
def test_inverse_root_is_within_its_bound(value: int) -> None:
    """1/√x is within its bound for any x from ¼ to 1."""
    exact = Real(2) ** 94 / mp.sqrt(value)
    assert abs(call(root.inverse_root, value) - exact) <= root.ROOT_ERROR


@given(NORMS, DEVIATIONS)
def test_peaks_are_rounded_apart(norm: int, deviation: int) -> None:
    """A peak lies between its two roundings, which are 3 µUSDC apart and 2^-55 of it."""
    low, high = call(distribution.peak_floor, norm, deviation), call(distribution.peak_ceil, norm, deviation)
    exact = peak(norm, deviation)
    assert low <= exact <= high
    assert high - low <= 3 + exact / 2**54


@given(NORMS, DEVIATIONS, MEANS, st.integers(-(10**12), 10**12))
def test_values_are_rounded_apart(norm: int, deviation: int, mean: int, x: int) -> None:
    """f(x) lies between its two roundings, which are a few µUSDC apart."""
    low = call(distribution.value_floor, call(distribution.peak_floor, norm, deviation), mean, deviation, x)
    high = call(distribution.value_ceil, call(distribution.peak_ceil, norm, deviation), mean, deviation, x)
    exact = curve(norm, mean, deviation, Real(x))
    assert low <= exact <= high
    assert high - low <= 6 + exact / 2**47


@given(NORMS, st.integers(10**6, 10**13))
def test_narrowest_curve_that_is_backed(norm: int, backing: int) -> None:
    """A curve is backed from k²/(b²√π) on, and not below it."""
    exact = (Real(norm) / backing) ** 2 / mp.sqrt(mp.pi) * UNIT
    if UNIT < exact < distribution.MAXIMUM_DEVIATION / 2:
        least = call(distribution.deviation_minimum_ceil, norm, backing)
        assert exact <= least <= exact * (1 + Real(2) ** -24) + 3
        if backing > 10**9:
            assert call(distribution.is_backed, norm, least + least // 10**6, backing)
            assert not call(distribution.is_backed, norm, least - least // 10**6, backing)


def test_collateral_is_the_worst_case() -> None:
    """Over trades of every shape the collateral is at least −min (g − f), and above it by a few µUSDC."""
    for norm, old, new in moves(60):
        found = collateral(norm, old, new)
        assert found != distribution_trade.REFUSED
        exact = deepest(norm, *old, *new)
        assert exact <= found <= exact + 8 + (peak(norm, old[1]) + peak(norm, new[1])) * Real(2) ** -38


def test_steps_between_extremes_are_certified() -> None:
    """From any deviation to any other, and back; and back from the smallest steps that a market takes."""
    generator = random.Random(9)
    for _ in range(300):
        norm = int(10 ** generator.uniform(9, 14))
        one, other = (int(10 ** generator.uniform(6, 14)) for _ in range(2))
        mean = int(generator.choice((one, other)) * generator.uniform(-3, 3))
        for old, new in (((0, one), (mean, other)), ((mean, other), (0, one))):
            found = collateral(norm, old, new)
            assert found != distribution_trade.REFUSED
            assert found <= peak(norm, old[1]) * (1 + Real(2) ** -37) + peak(norm, new[1]) * Real(2) ** -37 + 8
    for _ in range(300):
        norm, deviation = int(10 ** generator.uniform(9, 12)), int(10 ** generator.uniform(6, 9))
        step = max(int(deviation * 10 ** generator.uniform(-6, -3)), 1)
        old, new = (0, deviation), (generator.choice((0, step, -step)), deviation + generator.choice((0, step)))
        there, back = (collateral(norm, *way) if old != new else 0 for way in ((old, new), (new, old)))
        if there != distribution_trade.REFUSED and there > 10_000:
            assert back != distribution_trade.REFUSED


def test_points_that_are_no_minimum_are_refused() -> None:
    """A point off the minimum, on the wrong side, a maximum, or between the means, certifies nothing."""
    for norm, old, new in moves(60, seed=8):
        near, far = points_of(norm, *old, *new)
        if old[0] == new[0]:
            continue
        middle = (old[0] + new[0]) // 2
        span = min(old[1], new[1])
        for wrong in (near + span // 1000 + 2, near - span // 1000 - 2, middle, new[0] + (new[0] - near)):
            answer = call(distribution_trade.collateral_ceil, norm, *old, *new, wrong, far)
            assert answer == distribution_trade.REFUSED or abs(wrong - near) <= (span >> 21) + 2


def test_second_minimum_is_demanded_where_it_counts() -> None:
    """From a wide curve to a narrow one the deeper minimum may be beyond the new mean; without it the trade is refused."""
    norm, old, new = 10**9, (0, 10 * UNIT), (1 * UNIT, 6 * UNIT)
    near, far = points_of(norm, *old, *new)
    assert call(distribution_trade.collateral_ceil, norm, *old, *new, near, far) != distribution_trade.REFUSED
    assert call(distribution_trade.collateral_ceil, norm, *old, *new, near, near) == distribution_trade.REFUSED


def test_no_outcome_costs_more_than_the_collateral() -> None:
    """Whatever the outcome, a position's payout is at least 0 without clipping, up to rounding, and −(f − g) is covered."""
    generator = random.Random(6)
    for norm, old, new in moves(80, seed=6):
        locked = collateral(norm, old, new)
        near, far = points_of(norm, *old, *new)
        places = [near, far, old[0], new[0], *(old[0] + int(generator.gauss(0, 3) * old[1]) for _ in range(5))]
        for x in places:
            exact = locked + curve(norm, *new, Real(x)) - curve(norm, *old, Real(x))
            paid = call(distribution.payout_floor, norm, *old, *new, locked, x)
            assert exact >= 0
            assert 0 <= exact - paid < 16 + exact / 2**45


def test_pool_pays_everybody_at_any_outcome() -> None:
    """A chain of trades, with backing added on the way, is paid out of backing and collateral whatever the outcome is."""
    generator = random.Random(12)
    for _ in range(12):
        norm, backing, state = 10**9, 4 * 10**9, (0, 50 * UNIT)
        escrow = backing
        positions = list[tuple[tuple[int, int], tuple[int, int], int]]()
        for _ in range(5):
            old, spread = state, generator.uniform(0.6, 1.6)
            state = (old[0] + int(generator.gauss(0, 30) * UNIT), max(20 * UNIT, int(old[1] * spread)))
            if not call(distribution.is_backed, norm, state[1], backing):
                state = old
                continue
            locked, more = collateral(norm, old, state), generator.randrange(1, backing)
            positions.append((old, state, locked))
            backing, escrow = backing + more, escrow + more + locked
        for x in (state[0], 0, *(int(generator.gauss(0, 100) * UNIT) for _ in range(4))):
            paid = sum(call(distribution.payout_floor, norm, *old, *new, locked, x) for old, new, locked in positions)
            owed = call(distribution.value_ceil, call(distribution.peak_ceil, norm, state[1]), *state, x)
            first = call(distribution.value_floor, call(distribution.peak_floor, norm, 50 * UNIT), 0, 50 * UNIT, x)
            assert paid + (backing - owed) + first <= escrow


def test_supported_range() -> None:
    """Deviations, norms and means outside the bounds are named."""
    assert call(distribution.is_supported, 10**9, 0, UNIT)
    for norm, mean, deviation in (
        (0, 0, UNIT),
        (10**17, 0, UNIT),
        (1, 1 << 51, UNIT),
        (1, -(1 << 51), UNIT),
        (1, 0, UNIT - 1),
    ):
        assert not call(distribution.is_supported, norm, mean, deviation)


@given(NORMS, DEVIATIONS)
def test_simpson_finds_the_norm(norm: int, deviation: int) -> None:
    """‖f‖₂ by Simpson's rule with a hundred segments is k, to the rounding of the peak."""
    top = call(distribution.peak_floor, norm, deviation)
    found = call(distribution_quote.norm_of, top, deviation, SEGMENTS)
    exact = top * mp.sqrt(Real(deviation) / UNIT * mp.sqrt(mp.pi))
    assert abs(found - exact) <= 2 + exact * 1e-13


@given(MEANS, DEVIATIONS, st.floats(-6, 6), st.floats(0, 9))
def test_ranges_by_simpson(mean: int, deviation: int, start: float, width: float) -> None:
    """The price of a range is Φ's difference within twice Richardson's estimate and the nine decimals."""
    low = mean + int(start * deviation)
    high = low + int(width * deviation)
    found, error = call(distribution_quote.range_price, mean, deviation, low, high, SEGMENTS)
    exact = cumulative(Real(high - mean) / deviation) - cumulative(Real(low - mean) / deviation)
    assert abs(found - exact * distribution_quote.PRICE_ONE) <= 2 * error + 2
    assert error < 1000


@pytest.mark.parametrize("segments", [40, 60, SEGMENTS])
def test_expected_values_by_simpson(segments: int) -> None:
    """E f under the market's own curve is the closed form of two Gaussians' product, the better the more segments."""
    for norm, (mean, deviation), (other, width) in moves(40, seed=5):
        found, error = call(distribution_quote.expected_value, norm, mean, deviation, other, width, segments)
        ratio = Real(deviation) ** 2 + Real(width) ** 2
        exact = peak(norm, deviation) * deviation / mp.sqrt(ratio) * mp.exp(-(Real(mean - other) ** 2) / (2 * ratio))
        assert abs(found - exact) <= 2 * error + 5 + peak(norm, deviation) * 1e-13


def test_cpython_gives_what_compiled_code_gives() -> None:
    """Minimum deviations, lowest points, norms, ranges and expectations, over moves of every shape."""
    for norm, old, new in moves(25, seed=2):
        side = 1 if new[0] < old[0] else -1
        top, span = distribution.peak_floor(norm, old[1]), (old[0] - old[1], old[0] + 2 * old[1], SEGMENTS)
        for function, arguments in (
            (distribution.deviation_minimum_ceil, (norm, norm // 1_000 + 1_000)),
            (distribution_trade.minimising_point, (norm, *old, *new, side)),
            (distribution_trade.minimising_point, (norm, *old, *new, -side)),
            (distribution_quote.norm_of, (top, old[1], SEGMENTS)),
            (distribution_quote.range_price, (*new, *span)),
            (distribution_quote.range_price, (*new, span[1], span[0], SEGMENTS)),
            (distribution_quote.range_price, (*new, new[0] - 80 * new[1], new[0] + 80 * new[1], SEGMENTS)),
            (distribution_quote.expected_value, (norm, *old, *new, SEGMENTS)),
            (distribution_quote.expected_value, (norm, *new, *old, SEGMENTS)),
        ):
            assert function(*arguments) == call(function, *arguments), function.__name__
