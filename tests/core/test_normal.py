"""core.normal against mpmath and published values, over its whole domain."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quatrain.core import normal
from tests.core.engine import call
from tests.core.model_pmamm import Real, mp, tail

UNIT = normal.ARGUMENT_ONE
ARGUMENTS = st.one_of(st.integers(-8 * UNIT, 8 * UNIT), st.integers(0, 62).map(lambda n: (1 << n) % (8 * UNIT)))
PROBABILITIES = st.one_of(
    st.integers(1, normal.ONE - 1),
    st.integers(0, 61).map(lambda n: 1 << n),
    st.integers(0, 60).map(lambda n: normal.ONE - (1 << n)),
)

# From Mattdgn/pm-amm, oracle/test_vectors.json (MIT), re-keyed: (function, argument, value by scipy).
PUBLISHED = [
    ("density", -3.0, 0.0044318484119380075), ("density", -0.5, 0.3520653267642995), ("density", 0.0, 0.3989422804014327),
    ("density", 2.0, 0.05399096651318806), ("cumulative", -3.0, 0.001349898031630093),
    ("cumulative", -1.0, 0.15865525393145707), ("cumulative", 0.0, 0.5), ("cumulative", 0.5, 0.6914624612740131),
    ("cumulative", 3.0, 0.9986501019683699), ("quantile", 0.001, -3.090232306167813),
    ("quantile", 0.05, -1.6448536269514729), ("quantile", 0.5, 0.0), ("quantile", 0.9, 1.2815515655446004),
    ("quantile", 0.999, 3.090232306167813),
]  # fmt: skip


def check(z: int) -> None:
    """Every function of an argument is within its bound there."""
    x = Real(z) / UNIT
    upper = tail(abs(x))
    density = mp.npdf(x)
    assert abs(call(normal.cumulative, z) - (1 - upper if z >= 0 else upper) * normal.ONE) <= normal.PROBABILITY_ERROR
    assert abs(call(normal.density, z) - density * normal.ONE) <= normal.PROBABILITY_ERROR
    loss, probability = call(normal.loss_and_tail, abs(z))
    assert abs(loss - (density - abs(x) * upper) * 2**64) <= normal.LOSS_ERROR
    assert abs(probability - upper * 2**63) <= 2 * normal.PROBABILITY_ERROR


def test_bounds_at_every_seam() -> None:
    """φ, Φ and the loss are within their bounds on both sides of each cell's border, of either sign."""
    for cell in range(8 << normal.CELL_BITS):
        border = cell << (normal.ARGUMENT_BITS - normal.CELL_BITS)
        check(border)
        check(-border - (1 << (normal.ARGUMENT_BITS - normal.CELL_BITS)) + 1)


@given(ARGUMENTS)
def test_bounds_anywhere(z: int) -> None:
    """φ, Φ and the loss are within their bounds for any argument."""
    check(z)


@given(PROBABILITIES)
def test_quantile_anywhere(probability: int) -> None:
    """Φ⁻¹ is within its bound for any probability, however near 0 or 1."""
    z = call(normal.quantile, probability)
    small = Real(min(probability, normal.ONE - probability)) / normal.ONE
    x = abs(Real(z) / UNIT)
    error = mp.log(tail(x) / small) * tail(x) / mp.npdf(x)
    assert abs(error) * UNIT <= normal.QUANTILE_ERROR
    assert z <= 0 if probability <= normal.ONE // 2 else z >= 0


@given(st.integers(-8 * UNIT, 8 * UNIT))
def test_quantile_inverts(z: int) -> None:
    """Φ⁻¹(Φ(z)) comes back to z as far as a probability in 2^-62 knows it."""
    probability = call(normal.cumulative, z)
    if 0 < probability < normal.ONE:
        known = Real(2 + normal.PROBABILITY_ERROR) / normal.ONE / mp.npdf(Real(z) / UNIT) + Real(2) ** -48
        if known < 0.01:
            assert abs(call(normal.quantile, probability) - z) <= 2 * known * UNIT


@given(st.integers(1, 8 * UNIT))
def test_symmetry(z: int) -> None:
    """Φ(z) + Φ(−z) is exactly one, and Φ never leaves 0 to 1."""
    assert call(normal.cumulative, z) + call(normal.cumulative, -z) == normal.ONE
    assert 0 <= call(normal.cumulative, -z) <= normal.ONE // 2


@pytest.mark.parametrize(("name", "argument", "value"), PUBLISHED)
def test_published_values(name: str, argument: float, value: float) -> None:
    """A published table of another implementation agrees to the digits it has."""
    function: Any = getattr(normal, name)
    if name == "quantile":
        assert abs(call(function, round(argument * normal.ONE)) / UNIT - value) < 1e-14
    else:
        assert abs(call(function, round(argument * UNIT)) / normal.ONE - value) < 1e-15


def test_beyond_the_table() -> None:
    """Beyond 9 a tail and a loss are 0, Φ is 0 or 1, and so it is at the ends of the argument's range."""
    for z in (9 * UNIT, 15 * UNIT, (1 << 63) - 1):
        assert call(normal.loss_and_tail, z) == (0, 0)
        assert (call(normal.cumulative, z), call(normal.cumulative, -z)) == (normal.ONE, 0)
        assert call(normal.density, z) == 0


def test_compiled_and_plain_agree() -> None:
    """What CPython computes is what the compiled code computes."""
    generator = random.Random(4)
    for _ in range(100):
        z = generator.randrange(-9 * UNIT, 9 * UNIT)
        assert call(normal.cumulative, z) == normal.cumulative(z)
        probability = generator.randrange(1, normal.ONE)
        assert call(normal.quantile, probability) == normal.quantile(probability)
