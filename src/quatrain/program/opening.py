"""How a market opens: the maker, the reserves of the pool, and with them the subsidy.

The sets are the largest reserve; the vault holds what the other reserves do not need. An LMSR and a pm-AMM of two outcomes
open at prices, from which the program derives the reserves. The reserves of a pm-AMM of more outcomes solve equations that
the client solves: the program takes reserves, and verifies that the pool owes nothing and holds next to nothing beyond.
"""

from __future__ import annotations

from hognose.lang import Array, array, i64, require, shared, u8, u64
from quatrain.core.lmsr import reserve_for_price_ceil
from quatrain.core.pmamm import reserves_for_price_ceil
from quatrain.core.pmamm_many import MINIMUM_COUNT, segments_for
from quatrain.core.pmamm_value import is_solvent, surplus_floor
from quatrain.program.chain import commit
from quatrain.program.errors import QuatrainError
from quatrain.program.state import OUTCOMES_MAXIMUM, PRICE_ONE, Maker, Market

BY_RULE = 0
"""Stands for the maker, or the number of segments, that the rule gives."""
PROPOSITION = 1
"""The outcome count that stands for one proposition, whose two outcomes are yes and no."""
SEGMENTS_MAXIMUM = 112
SURPLUS_BITS = 20
"""A pool of given reserves may hold at most 2^-20 of its liquidity more than it owes."""
RESERVE_SCALES_MAXIMUM = 16
"""No opening reserve is above so many times the liquidity."""


def choose(maker: u8, outcome_count: u8, expires_at: i64) -> u8:
    """The maker of a new market. By the rule, a proposition and what has no expiry get an LMSR, alternatives a pm-AMM."""
    if maker == BY_RULE:
        return u8(Maker.LMSR if outcome_count == PROPOSITION or expires_at == 0 else Maker.PM_AMM)
    require(maker <= Maker.PM_AMM, QuatrainError.MAKER_UNKNOWN)
    return maker


def choose_segments(segments: u8, outcome_count: u8) -> u8:
    """The segments of a new pm-AMM: 0 for two outcomes, the table's where nothing is asked for, at least these."""
    if outcome_count < MINIMUM_COUNT:
        require(segments == 0, QuatrainError.SEGMENTS_OUT_OF_RANGE)
        return 0
    least = segments_for(outcome_count)
    if segments == BY_RULE:
        return u8(least)
    require(least <= segments <= SEGMENTS_MAXIMUM, QuatrainError.SEGMENTS_OUT_OF_RANGE)
    return segments


def open_pool(market: Market, opening: Array[u64]) -> None:
    """Set the reserves: from prices (1e-9, sum 1), rounded up, or as they are given. Commits what was given."""
    for i in range(market.outcome_count):
        commit(market, opening[i])
    if market.maker == Maker.PM_AMM and market.outcome_count >= MINIMUM_COUNT:
        take_reserves(market, opening)
    else:
        derive_reserves(market, opening)
    finish(market)


@shared
def derive_reserves(market: Market, prices: Array[u64]) -> None:
    """Note the reserves that stand for the prices, rounded up."""
    total: u64 = 0
    for i in range(market.outcome_count):
        require(0 < prices[i] < PRICE_ONE, QuatrainError.PRICES_INVALID)
        total += prices[i]
    require(total == PRICE_ONE, QuatrainError.PRICES_INVALID)
    if market.maker == Maker.PM_AMM:
        first, second = reserves_for_price_ceil(market.liquidity, prices[0])
        market.outcomes[0].held = first
        market.outcomes[1].held = second
        return
    for i in range(market.outcome_count):
        market.outcomes[i].held = reserve_for_price_ceil(market.liquidity, prices[i])


@shared
def take_reserves(market: Market, given: Array[u64]) -> None:
    """Note given reserves, after verifying that they cover what the pool owes and little more."""
    scale = market.liquidity
    reserves = array(u64, OUTCOMES_MAXIMUM)
    for i in range(market.outcome_count):
        require(0 < given[i] <= RESERVE_SCALES_MAXIMUM * scale, QuatrainError.RESERVES_INVALID)
        reserves[i] = given[i]
        market.outcomes[i].held = given[i]
    count = market.outcome_count
    segments = market.segments
    require(is_solvent(scale, reserves, count, segments), QuatrainError.RESERVES_INVALID)
    surplus = surplus_floor(scale, reserves, count, segments)
    require(surplus <= 1 + (scale >> SURPLUS_BITS), QuatrainError.RESERVES_INVALID)


def finish(market: Market) -> None:
    """Turn the reserves noted in `held` into sets and the vault's shares."""
    sets: u64 = 0
    for i in range(market.outcome_count):
        sets = max(sets, market.outcomes[i].held)
    for i in range(market.outcome_count):
        outcome = market.outcomes[i]
        outcome.held = sets - outcome.held
    market.sets = sets
