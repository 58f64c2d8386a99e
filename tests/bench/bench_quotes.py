"""Quotes a second of each market maker on the native engine, beside plain Python and a NumPy/SciPy float version.

`pytest tests/bench/bench_quotes.py -s` prints the table. All three compute costs of the same random purchases in one run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from hognose.back.native import Native
from hognose.lang import array, u64
from quatrain.core import lmsr, pmamm, pmamm_many

QUOTES = 20_000
PLAIN = 150
SCALE = 10**12
Inputs = tuple[NDArray[np.uint64], ...]


def cost_of_three(scale: u64, a: u64, b: u64, c: u64, shares: u64) -> u64:
    """A purchase of the first of three outcomes."""
    reserves = array(u64, 3)
    reserves[0] = a
    reserves[1] = b
    reserves[2] = c
    cost, _, _ = pmamm_many.cost_ceil(scale, reserves, 3, 0, shares, 28)
    return cost


def cost_of_eight(scale: u64, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u64, h: u64, shares: u64) -> u64:
    """A purchase of the first of eight outcomes."""
    reserves = array(u64, 8)
    reserves[0] = a
    reserves[1] = b
    reserves[2] = c
    reserves[3] = d
    reserves[4] = e
    reserves[5] = f
    reserves[6] = g
    reserves[7] = h
    cost, _, _ = pmamm_many.cost_ceil(scale, reserves, 8, 0, shares, 38)
    return cost


def float_lmsr(reserve: Any, shares: Any) -> Any:
    """b·ln(1 − p + p·e^(δ/b))."""
    p = np.exp(-reserve.astype(float) / SCALE)
    return SCALE * np.log1p(p * np.expm1(shares.astype(float) / SCALE))


def float_binary(reserve: Any, other: Any, shares: Any) -> Any:
    """V(g + δ) − V(g)."""
    z = (other.astype(float) - reserve.astype(float)) / SCALE
    end = z + shares.astype(float) / SCALE

    def value(x: Any) -> Any:
        return x * ndtr(x) + np.exp(-x * x / 2) / np.sqrt(2 * np.pi)

    return SCALE * (value(end) - value(z))


def float_many(nodes: int, *columns: Any) -> Any:
    """The same quadrature, in floats: one sum over the nodes for all quotes."""
    *reserves, shares = (c.astype(float) * 2**0.5 / SCALE for c in columns)
    s = np.linspace(-8, 12, nodes)[:, None]
    nearest = np.min(reserves[1:], axis=0)
    product = np.prod([ndtr(s + r - nearest) for r in reserves[1:]], axis=0)
    own = reserves[0] - nearest
    return SCALE / 2**0.5 * ((ndtr(s + own) - ndtr(s + own - shares)) * product).sum(axis=0) * (s[1, 0] - s[0, 0])


def inputs(count: int) -> Inputs:
    """Reserves of `count` outcomes and an amount, at random."""
    generator = np.random.default_rng(count)
    reserves = [generator.integers(SCALE // 2, 2 * SCALE, QUOTES).astype(np.uint64) for _ in range(count)]
    return *reserves, (SCALE * 10 ** generator.uniform(-5, -0.5, QUOTES)).astype(np.uint64)


CASES: list[tuple[str, int, Callable[..., Any], Callable[..., Any]]] = [
    ("LMSR", 1, lmsr.cost_ceil, float_lmsr),
    ("pm-AMM, 2 outcomes", 2, pmamm.cost_ceil, float_binary),
    ("pm-AMM, 3 outcomes", 3, cost_of_three, lambda *c: float_many(46, *c)),
    ("pm-AMM, 8 outcomes", 8, cost_of_eight, lambda *c: float_many(54, *c)),
]


def rate(run: Callable[[], Any], count: int) -> tuple[float, Any]:
    """Quotes a second, the best of three, and the result."""
    best, result = float("inf"), None
    for _ in range(3):
        begun = time.perf_counter()
        result = run()
        best = min(best, time.perf_counter() - begun)
    return count / best, result


@pytest.mark.parametrize(("name", "count", "function", "floats"), CASES, ids=lambda x: x if isinstance(x, str) else "")
def test_native_quotes_are_fast_and_right(
    name: str, count: int, function: Callable[..., Any], floats: Callable[..., Any]
) -> None:
    """Native code answers at least twenty times as fast as Python, and agrees with both to what floats can tell."""
    columns = inputs(count)
    engine = Native([function])
    native, (results, codes) = rate(lambda: engine.map(function, SCALE, *columns), QUOTES)
    assert not codes.any()
    rows = [tuple(int(c[k]) for c in columns) for k in range(PLAIN)]
    plain, answers = rate(lambda: [function(SCALE, *row) for row in rows], PLAIN)
    first = [a[0] if isinstance(a, tuple) else a for a in answers]
    assert first == [int(x) for x in results[0][:PLAIN]]
    vectorised, approximate = rate(lambda: floats(*columns), QUOTES)
    assert np.abs(approximate - results[0].astype(float)).max() < 2e-8 * SCALE
    ratios = f"Python {plain:,.0f}/s (×{native / plain:,.0f}), floats {vectorised:,.0f}/s (×{native / vectorised:.2f})"
    print(f"\n{name}: native {native:,.0f}/s, {ratios}")
    assert native > 20 * plain
