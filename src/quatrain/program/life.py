"""What the lives of all kinds of markets share: their ids, the end of trading, fees, and the last event.

`Market` and `DistributionMarket` both have the fields that these functions use, which are compiled for each of them.
"""

from __future__ import annotations

from typing import Any

from hognose.lang import Clock, Pubkey, emit, key, require, u64
from quatrain.core.correlation import with_newcomer_ceil
from quatrain.program.access import may_resolve
from quatrain.program.chain import chain
from quatrain.program.errors import QuatrainError
from quatrain.program.events import FeesSynced, MarketClosed, MarketPruned
from quatrain.program.exposure import require_verse
from quatrain.program.fees import share_out
from quatrain.program.state import ID_GAP_MAXIMUM, MarketStatus, Protocol, Verse
from quatrain.program.vault import add_profit

HASH_FORMAT = 1
"""Version of the event chain, in the last event of a market."""


def take_market_id(protocol: Protocol, id: u64) -> None:
    """Ids only rise: an order or a signature for a market can never meet another one at the same address."""
    first = protocol.next_market_id
    require(first <= id <= first + ID_GAP_MAXIMUM, QuatrainError.ID_OUT_OF_RANGE)
    protocol.next_market_id = id + 1


def require_liquidity(protocol: Protocol, liquidity: u64) -> None:
    """The scale is inside the protocol's bounds, which are inside those of the mathematics."""
    parameters = protocol.parameters
    in_range = parameters.minimum_liquidity <= liquidity <= parameters.maximum_liquidity
    require(in_range, QuatrainError.LIQUIDITY_OUT_OF_RANGE)


def end_trading(protocol: Protocol, market: Any, authority: Pubkey, now: Clock) -> None:
    """Close: anybody from the closing time on, the oracle or the admin at any time."""
    require(market.status == MarketStatus.OPEN, QuatrainError.MARKET_NOT_OPEN)
    early = now.unix_timestamp < market.closes_at
    if early:
        require(may_resolve(protocol, authority), QuatrainError.MARKET_STILL_OPEN)
        market.closes_at = now.unix_timestamp
    market.status = MarketStatus.CLOSED
    event = MarketClosed(
        market=key(market), sequence=market.sequence, slot=now.slot, closed_at=market.closes_at, early=early
    )
    chain(market, event)
    emit(event)


def sync_fees(protocol: Protocol, market: Any, slot: u64) -> None:
    """Share out and record."""
    vault, stakers, treasury, insurance = share_out(protocol, market, slot)
    event = FeesSynced(
        market=key(market),
        sequence=market.sequence,
        slot=slot,
        vault=vault,
        stakers=stakers,
        treasury=treasury,
        insurance=insurance,
    )
    chain(market, event)
    emit(event)


def require_prunable(protocol: Protocol, verse: Verse, market: Any, slot: u64) -> None:
    """Refuse to remove a market that is not resolved for long enough, has positions, or is of another verse."""
    require(market.status == MarketStatus.RESOLVED, QuatrainError.MARKET_NOT_RESOLVED)
    delay = protocol.parameters.prune_delay_slots
    require(slot >= market.slot + delay, QuatrainError.PRUNE_TOO_EARLY)
    require(market.positions == 0, QuatrainError.MARKET_HAS_POSITIONS)
    require_verse(verse, market)


def join_verse(protocol: Protocol, verse: Verse) -> None:
    """Count a new market, about whose correlation with the others nothing is known."""
    protocol.markets += 1
    verse.correlation = with_newcomer_ceil(verse.correlation, verse.markets)
    verse.markets += 1


def leave_verse(protocol: Protocol, verse: Verse, market: Any, dust: u64, slot: u64) -> None:
    """Give the vault what no position claimed, uncount the market, and record it for the last time."""
    protocol.lp_cash += dust
    add_profit(protocol, dust, slot)
    protocol.markets -= 1
    verse.markets -= 1
    if verse.markets < 2:
        verse.correlation = 0
    event = MarketPruned(
        market=key(market),
        sequence=market.sequence,
        slot=slot,
        id=market.id,
        event_hash=market.event_hash,
        dust=dust,
        format=HASH_FORMAT,
    )
    chain(market, event)
    emit(event)
