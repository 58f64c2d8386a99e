"""How a market opens: the reserves that stand for its prices, the subsidy that they need, the depth that a subsidy buys.

LMSR and the pm-AMM of two outcomes have closed forms, those of the program. For more outcomes the pm-AMM's reserves solve
∂C/∂q_i = π_i; they minimise the convex function C(x) − π·x, which Newton's method does here in floating point. What the
program then checks is exact: `is_solvent`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias, cast

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from hognose.lang import Array, u64
from quatrain.client.errors import UsageError
from quatrain.core import lmsr, pmamm
from quatrain.core.pmamm_many import MINIMUM_COUNT, segments_for
from quatrain.core.pmamm_value import is_solvent
from quatrain.program.state import PRICE_ONE, Maker

_UNIT: Final = 1_000_000_000_000
"""The scale at which reserves are solved for; others are in proportion."""
_SCALE_MAXIMUM: Final = 1 << 53
_NODES: Final = 801
_REACH: Final = 8.5
_STEPS: Final = 60

Vector: TypeAlias = "NDArray[np.float64]"


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


_cumulative: Any = np.vectorize(_normal, otypes=[float])


@frozen
class Opening:
    """How a market opens: its maker and depth, what `create_market` is given, and what the vault gives."""

    maker: Maker
    liquidity: int
    given: tuple[int, ...]
    """Opening prices, or for a pm-AMM of three or more outcomes the reserves that stand for them."""
    subsidy: int

    @classmethod
    def at(cls, maker: Maker, prices: Sequence[int], liquidity: int) -> Opening:
        """At prices (1e-9, sum 1); UsageError where no reserves are found for them."""
        reserves = opening_reserves(maker, prices, liquidity)
        is_solved = maker == Maker.PM_AMM and len(prices) >= MINIMUM_COUNT
        return cls(maker, liquidity, tuple(reserves if is_solved else prices), max(reserves))


def opening_reserves(maker: int, prices: Sequence[int], liquidity: int) -> list[int]:
    """The pool's shares of each outcome, rounded up, at opening prices (1e-9, sum 1)."""
    if maker == Maker.LMSR:
        return [lmsr.reserve_for_price_ceil(liquidity, price) for price in prices]
    if len(prices) == 2:
        return list(pmamm.reserves_for_price_ceil(liquidity, prices[0]))
    segments = segments_for(len(prices))
    unit = _unit_reserves(tuple(prices))
    reserves = [-(-part * liquidity // _UNIT) for part in unit]
    step = 1 + (liquidity >> 40)
    while not is_solvent(liquidity, as_array(reserves), len(prices), segments):
        if step > liquidity:
            raise _unreachable()
        reserves = [reserve + step for reserve in reserves]
        step *= 2
    return reserves


def subsidy_for_liquidity(maker: int, prices: Sequence[int], liquidity: int) -> int:
    """What the vault gives a market of this depth that opens at these prices: its largest reserve."""
    return max(opening_reserves(maker, prices, liquidity))


def liquidity_for_subsidy(maker: int, prices: Sequence[int], subsidy: int) -> int:
    """The largest depth whose subsidy is at most `subsidy` µUSDC, within a unit of rounding; 0 where there is none."""
    low, high = 0, _SCALE_MAXIMUM
    while low < high:
        middle = (low + high + 1) // 2
        if _largest_reserve(maker, prices, middle) <= subsidy:
            low = middle
        else:
            high = middle - 1
    return low


def _largest_reserve(maker: int, prices: Sequence[int], liquidity: int) -> int:
    if maker == Maker.LMSR:
        return lmsr.reserve_for_price_ceil(liquidity, min(prices))
    if len(prices) == 2:
        return max(pmamm.reserves_for_price_ceil(max(liquidity, 1), prices[0]))
    return max(_unit_reserves(tuple(prices))) * liquidity // _UNIT + 2 + (liquidity >> 40)


def as_array(values: Sequence[int]) -> Array[u64]:
    """A list where the language has an array: in CPython one is the other."""
    return cast("Array[u64]", list(values))


# --- the many-outcome pm-AMM, in units of L --------------------------------------------------------------------------


@lru_cache(maxsize=1_024)
def _unit_reserves(prices: tuple[int, ...]) -> tuple[int, ...]:
    """Reserves at the scale `_UNIT`, to about 1e-12 of it."""
    wanted = np.array(prices, dtype=float) / PRICE_ONE
    with np.errstate(over="ignore", invalid="ignore"):  # of a step too far, which is seen not to be finite
        x = _solve(wanted)
    x -= _moments(x)[0]
    return tuple(math.ceil(-value * _UNIT) for value in x)


def _solve(wanted: Vector) -> Vector:
    """The x, up to a constant, at which P(x_i + ε_i is the largest) is as wanted: damped Newton on a convex function."""
    x: Vector = np.log(wanted) / 3
    value, found, curvature = _moments(x)
    goal = value - float(wanted @ x)
    for _ in range(_STEPS):
        gap = wanted - found
        if np.abs(gap / wanted).max() < 1e-12:
            break
        if not np.isfinite(curvature).all():
            raise _unreachable()
        direction = _newton(curvature, gap)
        length = 1.0
        while True:
            trial: Vector = x + length * direction
            value, found, curvature = _moments(trial)
            if value - float(wanted @ trial) <= goal + 1e-13 or length < 1e-6:
                break
            length /= 2
        x, goal = trial, value - float(wanted @ trial)
    if not np.abs(found - wanted).max() <= 1e-9:
        raise _unreachable()
    return x


def _newton(curvature: Vector, gap: Vector) -> Vector:
    """The step that closes the gap, from equations scaled by their diagonal, which is as small as the smallest price."""
    scale: Vector = 1 / np.sqrt(np.maximum(np.diag(curvature), 1e-300))
    scaled: Vector = curvature * scale[:, None] * scale[None, :]
    return scale * cast(Vector, np.linalg.lstsq(scaled, gap * scale, rcond=1e-13)[0])


def _unreachable() -> UsageError:
    return UsageError(
        "no reserves were found for these opening prices",
        code="prices_unreachable",
        advice="Raise the smallest of them.",
    )


def _moments(x: Vector) -> tuple[float, Vector, Vector]:
    """E max(x + ε), the probabilities of being the largest and their derivatives, for ε ~ N(0, ½)."""
    highest = float(np.max(x))
    spacing = 2 * _REACH / math.sqrt(2) / (_NODES - 1)
    t: Vector = highest + spacing * (np.arange(_NODES, dtype=np.float64) - _NODES // 2)
    z: Vector = np.maximum((t[None, :] - x[:, None]) * math.sqrt(2), -35.0)
    cumulative = cast(Vector, _cumulative(z))
    hazard: Vector = np.exp(-z * z / 2) / math.sqrt(2 * math.pi) / cumulative * math.sqrt(2)
    weights = np.full(_NODES, 2.0)
    weights[1::2], weights[[0, -1]] = 4.0, 1.0
    product: Vector = np.prod(cumulative, axis=0) * weights * (spacing / 3)
    mixed: Vector = -(hazard * product) @ hazard.T
    np.fill_diagonal(mixed, 0.0)
    np.fill_diagonal(mixed, -np.sum(mixed, axis=1))
    return highest + _REACH / math.sqrt(2) - float(np.sum(product)), hazard @ product, mixed


__all__ = ["Opening", "as_array", "liquidity_for_subsidy", "opening_reserves", "subsidy_for_liquidity"]
