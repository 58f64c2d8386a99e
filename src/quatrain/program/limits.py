"""What a trade may be: neither too small nor too large for the market, nor faster than its price may move.

**The price's room.** Trades of a market may move prices by `Parameters.price_move_per_slot` for each slot that passes, by
the sum of their movements in either direction. Room that is not used gathers up to 100 points. `Market.room_full_slot`
says when all of it is back. Buys use that room only. Sales may use as much again, so that no buying, however large, can
hold up an exit: whatever happened, a sale of any size fits as soon as no other sale has been made for as many slots as
fill the room, 50 by default; and a part of it at once.
"""

from __future__ import annotations

from typing import Any

from hognose.lang import Clock, require, u64
from quatrain.core.coverage import limited_floor
from quatrain.program.errors import QuatrainError
from quatrain.program.pause import require_running
from quatrain.program.state import PRICE_ONE, Activity, Market, MarketStatus, Protocol

PRICE_MAXIMUM = 999_900_000
"""No buy pushes a price above 0.9999. A share there could not earn its fee back; and a reserve, counted in whole µshares,
resolves a price p to (1 − p)·b: up to here, rounding costs who buys and sells again at most 0.03 USDC."""

TRADE_SCALES_MAXIMUM = 64
"""One buy is for at most this many times the market's liquidity, which keeps all sums inside 64 bits."""

TRADE_PART_BITS = 24
"""One buy costs at least 2^-24 of the market's liquidity: less would hardly move a price of nine decimals."""

SLOT_BITS = 30
"""Fractional bits of `Market.room_full_slot`."""


def require_trading(market: Any, now: Clock) -> None:
    """Refuse outside the opening hours of a market of any kind, whether or not somebody has closed it."""
    require(now.unix_timestamp >= market.opens_at, QuatrainError.TRADING_NOT_STARTED)
    is_open = market.status == MarketStatus.OPEN and now.unix_timestamp < market.closes_at
    require(is_open, QuatrainError.TRADING_ENDED)


def require_buying(protocol: Protocol, market: Market, now: Clock, amount: u64) -> None:
    """Refuse a buy of `amount` shares or money while buys are paused, or too large for the liquidity; less in recovery."""
    require_running(protocol, Activity.BUYS, now.unix_timestamp)
    limit = limited_floor(TRADE_SCALES_MAXIMUM * market.liquidity, protocol.recovery)
    require(amount <= limit, QuatrainError.TRADE_TOO_LARGE)


def smallest_cost(protocol: Protocol, market: Market) -> u64:
    """The least that a buy may cost, fee aside, µUSDC. Sales have no least amount: dust can leave."""
    return max(protocol.parameters.minimum_trade, market.liquidity >> TRADE_PART_BITS)


def require_purchase(protocol: Protocol, market: Market, cost: u64, after: u64) -> None:
    """Refuse a buy whose cost is too small, or that pushes the price too high."""
    require(cost >= smallest_cost(protocol, market), QuatrainError.TRADE_TOO_SMALL)
    require(after <= PRICE_MAXIMUM, QuatrainError.PRICE_TOO_HIGH)


def whole_room(protocol: Protocol) -> u64:
    """The slots, in 2^-30, that fill the room of 100 points; rounded down."""
    return (PRICE_ONE << SLOT_BITS) // protocol.parameters.price_move_per_slot


def room_left(protocol: Protocol, market: Market, slot: u64, buying: bool) -> u64:
    """How far a buy, or a sale, may move the price now, 1e-9, rounded down."""
    now = slot << SLOT_BITS
    used = max(market.room_full_slot, now) - now
    allowed = whole_room(protocol) * (1 if buying else 2)
    left = allowed - min(used, allowed)
    return left * protocol.parameters.price_move_per_slot >> SLOT_BITS


def use_room(protocol: Protocol, market: Market, before: u64, after: u64, slot: u64, buying: bool) -> None:
    """Use the room that a trade's movement takes, rounded up; refuse what exceeds it."""
    moved = max(before, after) - min(before, after)
    market.room_full_slot = room_after(protocol, market.room_full_slot, moved, slot, buying)


def room_after(protocol: Protocol, full_slot: u64, moved: u64, slot: u64, buying: bool) -> u64:
    """When all room is back, in 2^-30 slots, once a movement has used its part, rounded up; refuse what exceeds it."""
    rate = protocol.parameters.price_move_per_slot
    now = slot << SLOT_BITS
    full = max(full_slot, now) + ((moved << SLOT_BITS) + rate - 1) // rate
    allowed = whole_room(protocol) * (1 if buying else 2)
    require(full - now <= allowed, QuatrainError.PRICE_MOVES_TOO_FAST)
    return full
