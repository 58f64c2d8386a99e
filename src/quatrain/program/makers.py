"""A market's prices by its kind: every trade and quote goes through these four functions.

Each returns an amount and the prices of the traded outcome, 1e-9, before and after. Costs and the shares of a wish are
rounded up, proceeds and the shares of a spend down. A pm-AMM's liquidity is to be that of the present (`decay.py`).
"""

from __future__ import annotations

from hognose.lang import Array, array, i64, shared, u64
from quatrain.core import lmsr, pmamm, pmamm_many, pmamm_solve
from quatrain.program.pool import reserve_of
from quatrain.program.state import OUTCOMES_MAXIMUM, Maker, Market

UNREACHABLE = lmsr.UNREACHABLE
"""The shares of a wish that no sale fulfils."""


def load(market: Market, reserves: Array[u64]) -> None:
    """The pool's shares of each outcome."""
    for i in range(market.outcome_count):
        reserves[i] = reserve_of(market, market.outcomes[i])


@shared
def price_of(market: Market, outcome: u64) -> u64:
    """The outcome's price now, 1e-9, of a maker that lends: an LMSR, or a pm-AMM of two."""
    reserve = reserve_of(market, market.outcomes[outcome])
    if market.maker == Maker.LMSR:
        return lmsr.price(market.liquidity, reserve)
    return pmamm.price(market.liquidity, reserve, reserve_of(market, market.outcomes[1 - outcome]))


@shared
def price_at(market: Market, level: i64) -> u64:
    """The price at a level (`levels.py`), 1e-9."""
    if market.maker == Maker.LMSR:
        return lmsr.price(market.liquidity, u64(-level))
    below = level < 0
    return pmamm.price(market.liquidity, u64(-level) if below else 0, 0 if below else u64(level))


@shared
def cost_ceil(market: Market, outcome: u64, shares: u64) -> tuple[u64, u64, u64]:
    """What buying `shares` costs, rounded up."""
    scale = market.liquidity
    reserve = reserve_of(market, market.outcomes[outcome])
    if market.maker == Maker.LMSR:
        cost, before, after = lmsr.cost_ceil(scale, reserve, shares)
    elif market.outcome_count == 2:
        other = reserve_of(market, market.outcomes[1 - outcome])
        cost, before, after = pmamm.cost_ceil(scale, reserve, other, shares)
    else:
        reserves = array(u64, OUTCOMES_MAXIMUM)
        load(market, reserves)
        count = market.outcome_count
        segments = market.segments
        cost, before, after = pmamm_many.cost_ceil(scale, reserves, count, outcome, shares, segments)
    return cost, before, after


@shared
def shares_for_spend_floor(market: Market, outcome: u64, spend: u64) -> tuple[u64, u64, u64]:
    """The shares that `spend` buys, rounded down."""
    scale = market.liquidity
    reserve = reserve_of(market, market.outcomes[outcome])
    if market.maker == Maker.LMSR:
        shares, before, after = lmsr.shares_for_spend_floor(scale, reserve, spend)
    elif market.outcome_count == 2:
        other = reserve_of(market, market.outcomes[1 - outcome])
        shares, before, after = pmamm.shares_for_spend_floor(scale, reserve, other, spend)
    else:
        reserves = array(u64, OUTCOMES_MAXIMUM)
        load(market, reserves)
        count = market.outcome_count
        segments = market.segments
        shares, before, after = pmamm_solve.shares_for_spend_floor(scale, reserves, count, outcome, spend, segments)
    return shares, before, after


@shared
def proceeds_floor(market: Market, outcome: u64, shares: u64) -> tuple[u64, u64, u64]:
    """What selling `shares` brings, rounded down."""
    scale = market.liquidity
    reserve = reserve_of(market, market.outcomes[outcome])
    if market.maker == Maker.LMSR:
        proceeds, before, after = lmsr.proceeds_floor(scale, reserve, shares)
    elif market.outcome_count == 2:
        other = reserve_of(market, market.outcomes[1 - outcome])
        proceeds, before, after = pmamm.proceeds_floor(scale, reserve, other, shares)
    else:
        reserves = array(u64, OUTCOMES_MAXIMUM)
        load(market, reserves)
        count = market.outcome_count
        segments = market.segments
        proceeds, before, after = pmamm_many.proceeds_floor(scale, reserves, count, outcome, shares, segments)
    return proceeds, before, after


@shared
def shares_for_proceeds_ceil(market: Market, outcome: u64, proceeds: u64) -> tuple[u64, u64, u64]:
    """The shares whose sale brings `proceeds`, rounded up; `UNREACHABLE` when there are none."""
    scale = market.liquidity
    reserve = reserve_of(market, market.outcomes[outcome])
    if market.maker == Maker.LMSR:
        shares, before, after = lmsr.shares_for_proceeds_ceil(scale, reserve, proceeds)
    elif market.outcome_count == 2:
        other = reserve_of(market, market.outcomes[1 - outcome])
        shares, before, after = pmamm.shares_for_proceeds_ceil(scale, reserve, other, proceeds)
    else:
        reserves = array(u64, OUTCOMES_MAXIMUM)
        load(market, reserves)
        count = market.outcome_count
        segments = market.segments
        shares, before, after = pmamm_solve.shares_for_proceeds_ceil(
            scale, reserves, count, outcome, proceeds, segments
        )
    return shares, before, after
