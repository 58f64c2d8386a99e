"""The dynamic pm-AMM under the paper's score dynamics, trade by trade on the program's own functions.

The price is P = Φ(B/√(T − t)) for a Brownian motion B: what a market is worth whose outcome is the sign of B at T. At each step
an arbitrageur moves the pool to the new price, then liquidity falls, and what leaves the pool is the vault's. Everything is
in integers as on chain, over many paths at once on the native engine.

Moallemi & Robinson (2024): E V_t = V₀·(T − t)/T, so that the loss against rebalancing is the same at every instant, and the
vault ends with half of what it put in, E W_T = V₀/2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from hognose.back.native import Native
from quatrain.core import pmamm
from quatrain.program import decay

Floats = NDArray[np.float64]
DURATION = 1_000_000


@dataclass(frozen=True)
class Paths:
    """Means over the paths and their standard errors, at the steps' ends: the pool's value, and the vault's in the end.

    `values[k]` is V at `times[k]` (a part of T) over V₀, after the fall of liquidity; `wealth` is W_T over V₀.
    """

    times: Floats
    values: Floats
    value_errors: Floats
    wealth: float
    wealth_error: float


def simulate(paths: int, steps: int, *, scale: int = 10**12, seed: int = 1) -> Paths:
    """Run `paths` markets from even odds over `steps` equal steps, of which the last is not traded."""
    generator = np.random.default_rng(seed)
    engine = Native([pmamm.cost_ceil, pmamm.reserves_for_price_ceil, decay.liquidity_at])
    yes, no = (np.full(paths, r, np.uint64) for r in engine.call(pmamm.reserves_for_price_ceil, scale, 500_000_000))
    held_yes, held_no = np.zeros(paths), np.zeros(paths)
    first = float(yes[0])
    brownian, liquidity = np.zeros(paths), scale
    times, means, errors = [0.0], [1.0], [0.0]
    for step in range(1, steps):
        now = step * DURATION // steps
        brownian += generator.normal(0, (1 / steps) ** 0.5, paths)
        score = brownian / (1 - step / steps) ** 0.5
        yes, no = _arbitrage(engine, liquidity, yes, no, score)
        price = np.asarray(ndtr(score))
        later = engine.call(decay.liquidity_at, scale, 0, DURATION, now)
        kept_yes, kept_no = (-(-(r.astype(object) * later) // liquidity) for r in (yes, no))
        held_yes += (yes - kept_yes).astype(float)
        held_no += (no - kept_no).astype(float)
        yes, no, liquidity = kept_yes.astype(np.uint64), kept_no.astype(np.uint64), later
        value = (yes.astype(float) * price + no.astype(float) * (1 - price)) / first
        times.append(step / steps)
        means.append(float(value.mean()))
        errors.append(float(value.std() / paths**0.5))
    brownian += generator.normal(0, (1 / steps) ** 0.5, paths)
    won = brownian > 0
    wealth = np.where(won, held_yes + yes.astype(float), held_no + no.astype(float)) / first
    return Paths(
        np.array(times), np.array(means), np.array(errors), float(wealth.mean()), float(wealth.std() / paths**0.5)
    )


def _arbitrage(engine: Native, scale: int, yes: Any, no: Any, score: Floats) -> tuple[Any, Any]:
    """Buy yes or no until the pool's price is that of the score; the reserves after."""
    choose: Any = np.where
    gap = no.astype(np.int64) - yes.astype(np.int64)
    move = np.rint(np.clip(score, -9, 9) * scale).astype(np.int64) - gap
    up = move > 0
    shares = np.abs(move).astype(np.uint64)
    own, other = choose(up, yes, no), choose(up, no, yes)
    (cost, _, _), codes = engine.map(pmamm.cost_ceil, scale, own, other, shares)
    assert not codes.any()
    own, other = own + cost - shares, other + cost
    return choose(up, own, other), choose(up, other, own)


__all__ = ["Paths", "simulate"]
