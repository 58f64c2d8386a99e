"""What a market remembers of its prices: the sum of its level over time, and the variance of its log-odds.

**Level** of outcome 0, in 2^-16. Two outcomes: (r₁ − r₀)/scale, which is the log-odds of an LMSR and z = Φ⁻¹(p) of a pm-AMM.
More: −r₀/scale, which is ln p of an LMSR. The mean level between two slots is the difference of `level_sum` over theirs; up
to now it grows by the level with every slot, as nothing moves it but a trade: a pm-AMM's decay scales reserves and L alike.

**Moves.** Buying or selling δ shares of an outcome moves its log-odds by exactly δ/b in an LMSR of any number of outcomes, and
z by δ/L in a binary pm-AMM; so no logarithm is needed. The variance of a slot is a moving average with the memory H:
v ← (v·H + move²)/(H + slots since the last trade).
"""

from __future__ import annotations

from hognose.lang import i64, u64
from quatrain.core.fee import HOUR_SLOTS
from quatrain.core.odds import LEVEL_BITS
from quatrain.core.root import root_floor
from quatrain.program.pool import reserve_of
from quatrain.program.state import Market

LEVEL_MAXIMUM = 16
"""No level or move counts as more: the price there is below 2e-7. With both bounds, a scale of 2^44 fits a division."""
RATIO_MAXIMUM = LEVEL_MAXIMUM << LEVEL_BITS
ELAPSED_MAXIMUM = 1 << 40
"""Slots between two trades, at most: 13,000 years. Bounds like this one spare the machine its checks of products."""
MEMORY_SLOTS = HOUR_SLOTS
"""H."""
VARIANCE_MAXIMUM = 1 << 36
"""No variance counts as more: moves of 4 in every slot."""


def ratio_floor(amount: u64, scale: u64) -> u64:
    """amount/scale in 2^-16, rounded down, at most `LEVEL_MAXIMUM`."""
    if amount >> 4 >= scale:
        return RATIO_MAXIMUM
    return min((amount << LEVEL_BITS) // scale, RATIO_MAXIMUM)


def elapsed_at(market: Market, slot: u64) -> u64:
    """Slots since the last trade."""
    return min(slot - market.slot, ELAPSED_MAXIMUM)


def level_of(market: Market) -> i64:
    """The level of outcome 0 of a market that is not resolved, rounded towards zero."""
    first = reserve_of(market, market.outcomes[0])
    second: u64 = 0
    if market.outcome_count == 2:
        second = reserve_of(market, market.outcomes[1])
    if second >= first:
        return i64(ratio_floor(second - first, market.liquidity))
    return -i64(ratio_floor(first - second, market.liquidity))


def level_sum_at(market: Market, slot: u64) -> i64:
    """The sum of the level over all slots up to one that is not before the last trade."""
    level = max(min(level_of(market), RATIO_MAXIMUM), -RATIO_MAXIMUM)
    return market.level_sum + level * i64(elapsed_at(market, slot))


def variance_at(market: Market, slot: u64) -> u64:
    """The variance as it stands at a slot, without another trade."""
    return min(market.variance, VARIANCE_MAXIMUM) * MEMORY_SLOTS // (MEMORY_SLOTS + elapsed_at(market, slot))


def record_trade(market: Market, shares: u64, slot: u64) -> None:
    """Bring sum and variance to a trade of so many shares. The market is as before the trade."""
    elapsed = elapsed_at(market, slot)
    if elapsed != 0:
        market.level_sum = level_sum_at(market, slot)
        market.slot = slot
    move = ratio_floor(shares, market.liquidity)
    variance = min(market.variance, VARIANCE_MAXIMUM) * MEMORY_SLOTS
    market.variance = min((variance + move * move) // (MEMORY_SLOTS + elapsed), VARIANCE_MAXIMUM)


def deviation_at(market: Market, slot: u64) -> u64:
    """The standard deviation of the log-odds a slot, 2^-16, rounded down."""
    return root_floor(variance_at(market, slot))
