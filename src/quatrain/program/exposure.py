"""What is open, what covers it, and what the cover costs: the totals that markets feed when they are synced.

A market keeps the changes of its open interest to itself until somebody syncs it. Then the verse and the protocol learn of
them, the worst outcome of its pool is taken stock of, and the protocol's coverage, its level of recovery and the taker rate
follow. All sums are sums of exact changes: with the last position they return to zero.
"""

from __future__ import annotations

from typing import Any

from hognose.lang import Clock, emit, i64, i128, require, shared, u8, u64, u128
from quatrain.core.coverage import coverage_floor, recovery_level, tail_interest_ceil
from quatrain.core.fee import taker_rate_ceil
from quatrain.program.chain import next_number
from quatrain.program.errors import QuatrainError
from quatrain.program.events import CoverageChanged
from quatrain.program.state import Market, Protocol, Verse
from quatrain.program.vault import equity_of


def require_verse(verse: Verse, market: Any) -> None:
    """Refuse another verse than the market's."""
    require(verse.id == market.verse, QuatrainError.WRONG_VERSE)


def push_interest(protocol: Protocol, verse: Verse, market: Any, inverse: u64) -> None:
    """Tell verse and protocol of a market's open interest; `inverse` is 1/N in 2^-32, 0 of a real number."""
    change = market.unsynced
    market.unsynced = 0
    verse.open_interest = u64(i64(verse.open_interest) + change)
    protocol.open_interest = u64(i64(protocol.open_interest) + change)
    part = i128(change) * i128(inverse)
    verse.inverse_interest = u128(i128(verse.inverse_interest) + part)
    update_tail(protocol, verse)


def update_tail(protocol: Protocol, verse: Verse) -> None:
    """Let the verse's tail follow its open interest and its correlation."""
    tail = tail_interest_ceil(verse.open_interest, verse.inverse_interest, verse.correlation)
    protocol.tail_interest = protocol.tail_interest - verse.tail_interest + tail
    verse.tail_interest = tail


def worst_outcome(market: Market) -> u64:
    """What the subsidy of an unresolved market is worth in the outcome of which traders hold most, at most the subsidy."""
    most = market.outcomes[0].sold
    for i in range(1, market.outcome_count):
        most = max(most, market.outcomes[i].sold)
    return min(market.sets - most, market.subsidy)


def revalue(protocol: Protocol, market: Any, floor: u64) -> None:
    """Note what the subsidy of a market is worth in its worst outcome; nothing once it is resolved."""
    protocol.floors_out = protocol.floors_out - market.floor + floor
    market.floor = floor


@shared
def refresh(protocol: Protocol) -> bool:
    """Compute coverage, recovery and the taker rate anew; whether recovery or the rate changed."""
    coverage = coverage_floor(equity_of(protocol) + protocol.insurance, protocol.tail_interest)
    recovery = recovery_level(protocol.recovery, coverage)
    rate = max(taker_rate_ceil(coverage), protocol.parameters.fee_rate)
    changed = recovery != protocol.recovery or rate != protocol.taker_rate
    protocol.coverage = coverage
    protocol.recovery = u8(recovery)
    protocol.taker_rate = rate
    return changed


def refresh_and_record(protocol: Protocol, now: Clock) -> None:
    """`refresh`, with an event where trades cost more or less than before."""
    if refresh(protocol):
        emit(
            CoverageChanged(
                sequence=next_number(protocol),
                slot=now.slot,
                coverage=protocol.coverage,
                taker_rate=protocol.taker_rate,
                recovery=protocol.recovery,
            )
        )
