"""The numbers and hashes that chain events. Whoever makes an event emits it: `event = …; chain(market, event); emit(event)`."""

from __future__ import annotations

from typing import Any

from hognose.lang import sha256, u64
from quatrain.program.state import Protocol


def next_number(protocol: Protocol) -> u64:
    """The number of the next protocol event, which is counted."""
    number = protocol.sequence
    protocol.sequence = number + 1
    return number


def chain(market: Any, event: Any) -> None:
    """Chain an event of a market of any kind, made with the current `market.sequence`, into its hash, and count it."""
    market.event_hash = sha256((market.event_hash, event))
    market.sequence += 1


def commit(market: Any, value: u64) -> None:
    """Chain a number that the next event stands for: an opening price or a payout."""
    market.event_hash = sha256((market.event_hash, value))
