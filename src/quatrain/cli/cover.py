"""What the vault answers for, in words and for scripts: open interest, coverage, the fee that follows, verses."""

from __future__ import annotations

from typing import Any

from quatrain.client.amounts import PRICE, USDC
from quatrain.core.coverage import COVERAGE_MAXIMUM
from quatrain.core.fee import BASIS_POINT, trade_rate
from quatrain.program.state import Protocol, Verse

LEVELS = ("none", "level 1: buys cost 1.5 times the fee", "level 2: twice", "level 3: three times")


def cover_record(protocol: Protocol) -> dict[str, Any]:
    """For scripts. No coverage where nothing is open."""
    covered = protocol.coverage < COVERAGE_MAXIMUM
    return {
        "open_interest_usdc": USDC.plain(protocol.open_interest),
        "coverage": PRICE.plain(protocol.coverage) if covered else None,
        "taker_fee_bps": protocol.taker_rate / BASIS_POINT,
        "buy_fee_bps": _buy_rate(protocol) / BASIS_POINT,
        "recovery": protocol.recovery,
    }


def cover_pairs(protocol: Protocol) -> list[tuple[str, str]]:
    """For people."""
    open_interest = f"{USDC.show(protocol.open_interest)} USDC, {USDC.show(protocol.tail_interest)} in a bad outcome"
    covered = protocol.coverage < COVERAGE_MAXIMUM
    fee = f"{protocol.taker_rate / BASIS_POINT:.4f} bp"
    if protocol.recovery:
        fee += f", {_buy_rate(protocol) / BASIS_POINT:.4f} on buys"
    return [
        ("open interest", open_interest),
        ("coverage", f"{protocol.coverage / 10**9:.3f}" if covered else "nothing is open"),
        ("fee", f"{fee}, before a market's surcharges"),
        ("recovery", LEVELS[protocol.recovery]),
    ]


def _buy_rate(protocol: Protocol) -> int:
    return trade_rate(protocol.taker_rate, 0, True, protocol.recovery)


def verse_record(verse: Verse) -> dict[str, Any]:
    """One verse, for scripts."""
    return {
        "verse": verse.id,
        "markets": verse.markets,
        "subsidies_usdc": USDC.plain(verse.subsidies),
        "open_interest_usdc": USDC.plain(verse.open_interest),
        "tail_interest_usdc": USDC.plain(verse.tail_interest),
        "correlation": PRICE.plain(verse.correlation),
    }


def verse_row(verse: Verse) -> list[str]:
    """One verse, for people."""
    return [
        str(verse.id),
        str(verse.markets),
        USDC.show(verse.subsidies),
        USDC.show(verse.open_interest),
        f"{verse.correlation / 10**9:.3f}",
    ]


__all__ = ["cover_pairs", "cover_record", "verse_record", "verse_row"]
