"""The liquidity of a pm-AMM falls with the time that is left: L = opening L · √((T − t)/(T − opens_at)).

Trades, quotes and syncs bring it to the present before anything else. It falls in steps of less than a thousandth, so that
most trades find nothing to do and the rounding of all steps together stays below 10,000 µshares of an outcome. When L falls
by a factor ρ, each reserve becomes ρ·r, rounded up, and the rest of it the vault holds outside the pool: prices stay, and
since rounding adds to the pool, so does everything that it owes. Whoever bought before gets less when he sells after, never
more.
"""

from __future__ import annotations

from hognose.lang import Clock, emit, i64, key, mul_div_ceil, mul_shift, require, shared, u64
from quatrain.core.fixed import divide
from quatrain.core.root import root_floor
from quatrain.program.chain import chain
from quatrain.program.errors import QuatrainError
from quatrain.program.events import LiquidityDecayed
from quatrain.program.parameters import LIQUIDITY_MINIMUM
from quatrain.program.pool import reserve_of
from quatrain.program.state import Maker, Market, MarketStatus

FROZEN_PART = 10_000
"""A pm-AMM closes with at least this part of its life left: L is still a hundredth of what it was."""
STEP_BITS = 11
"""Significant bits of a liquidity that has fallen: 1,024 steps from one half to the next."""


@shared
def liquidity_at(opening: u64, opens_at: i64, expires_at: i64, now: i64) -> u64:
    """The liquidity at a time, rounded down to `STEP_BITS` bits; the opening one until `opens_at`, 0 from the expiry on."""
    if now <= opens_at:
        return opening
    if now >= expires_at:
        return 0
    _, left = divide(u64(expires_at - now), u64(expires_at - opens_at))
    pairs = (64 - left.bit_length()) >> 1
    exact = mul_shift(opening, root_floor(left << (2 * pairs)), 32 + pairs)
    spare = max(exact.bit_length(), STEP_BITS) - STEP_BITS
    return exact >> spare << spare


def decay(market: Market, now: i64) -> bool:
    """Let a pm-AMM's liquidity fall to that of now, unless loans hold it; whether it fell."""
    if market.indebted or market.maker != Maker.PM_AMM or market.status != MarketStatus.OPEN or now >= market.closes_at:
        return False
    liquidity = liquidity_at(market.opening_liquidity, market.opens_at, market.expires_at, now)
    if liquidity >= market.liquidity:
        return False
    shrink(market, liquidity)
    return True


def bring_to_present(market: Market, now: Clock) -> None:
    """Let a liquidity fall to that of now, and record it. With loans only `shrink_liquidity` may: it knows the line."""
    if decay(market, now.unix_timestamp):
        event = LiquidityDecayed(
            market=key(market), sequence=market.sequence, slot=now.slot, liquidity=market.liquidity
        )
        chain(market, event)
        emit(event)


@shared
def shrink(market: Market, liquidity: u64) -> None:
    """Scale the reserves with the liquidity, rounded up, and give the rest to the vault."""
    for i in range(market.outcome_count):
        outcome = market.outcomes[i]
        reserve = reserve_of(market, outcome)
        outcome.held += reserve - mul_div_ceil(reserve, liquidity, market.liquidity)
    market.liquidity = liquidity


def require_lasting(opening: u64, opens_at: i64, closes_at: i64, expires_at: i64) -> None:
    """Refuse a schedule in which trading would not end before too little time or liquidity is left."""
    in_time = closes_at < expires_at and (expires_at - closes_at) * FROZEN_PART >= expires_at - opens_at
    require(in_time, QuatrainError.EXPIRY_INVALID)
    least = liquidity_at(opening, opens_at, expires_at, closes_at)
    require(least >= LIQUIDITY_MINIMUM, QuatrainError.EXPIRY_INVALID)
