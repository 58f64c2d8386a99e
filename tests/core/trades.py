"""The published distribution of trades over which iterations and accuracy are measured.

- The price of the traded outcome: even odds between uniform on 0.01 … 0.99, and log-uniform from 10^-6 to ½ on either side.
- The amount of money or shares: log-uniform from 10^-6 to 1 of L.
- L: log-uniform from 1 to 10^6 USDC.
- With many outcomes the others are drawn by weights, exponential or log-uniform over five decades, and the reserves stand
  where those weights are roughly the prices; what counts is the state, so the prices are whatever it gives.

Everything follows from a seed, so that a number measured here is the same on every machine.
"""

import random
from collections.abc import Iterator
from statistics import NormalDist

from quatrain.core import pmamm, pmamm_value
from tests.core.engine import call

NORMAL = NormalDist()


def some_price(generator: random.Random) -> float:
    """A price of the distribution."""
    if generator.random() < 0.5:
        return generator.uniform(0.01, 0.99)
    small = 10 ** generator.uniform(-6, -0.302)
    return small if generator.random() < 0.5 else 1 - small


def some_amount(generator: random.Random, scale: int) -> int:
    """An amount of the distribution, 1 at least."""
    return max(1, int(scale * 10 ** generator.uniform(-6, 0)))


def binary_trades(count: int, seed: int = 1) -> Iterator[tuple[int, int, int, int]]:
    """(scale, reserve, other, amount)."""
    generator = random.Random(seed)
    for _ in range(count):
        scale = int(10 ** generator.uniform(6, 12))
        price = int(some_price(generator) * pmamm.PRICE_ONE)
        reserve, other = call(pmamm.reserves_for_price_ceil, scale, price)
        yield scale, reserve, other, some_amount(generator, scale)


def some_reserves(generator: random.Random, scale: int, count: int) -> list[int]:
    """A solvent state of many outcomes; the smallest of its prices go down to 10^-6 and below."""
    if generator.random() < 0.5:
        weights = [generator.expovariate(1) + 1e-9 for _ in range(count)]
    else:
        weights = [10 ** generator.uniform(-5, 0) for _ in range(count)]
    total = sum(weights)
    reserves = [int(-NORMAL.inv_cdf(min(w / total, 1 - 1e-9)) * scale) for w in weights]
    shift = min(reserves)
    reserves = [r - shift for r in reserves]
    # Up by what the pool is short of: −C(−r) of the same reserves on a large pedestal.
    pedestal = 8 * scale
    spare = call(pmamm_value.surplus_floor, scale, [r + pedestal for r in reserves], count, 100)
    return [r + pedestal - spare for r in reserves]


def many_trades(outcomes: int, count: int, seed: int = 1) -> Iterator[tuple[int, list[int], int, int]]:
    """(scale, reserves, outcome, amount)."""
    generator = random.Random(seed)
    for _ in range(count):
        scale = int(10 ** generator.uniform(6, 12))
        reserves = some_reserves(generator, scale, outcomes)
        yield scale, reserves, generator.randrange(outcomes), some_amount(generator, scale)
