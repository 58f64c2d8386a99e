"""How much leverage a trader may have now, with every factor, and which one binds."""

from __future__ import annotations

from attrs import frozen

from quatrain.client.loans import Loans
from quatrain.core.leverage import (
    LEVERAGE_ONE,
    PART_ONE,
    WARY,
    Bound,
    cap_at,
    coverage_cap,
    depth_cap,
    tier_cap,
    vault_cap,
    volatility_factor,
    with_factors,
)
from quatrain.program.book import RECOVERY_WITHOUT_LOANS, cap_now
from quatrain.program.leverage import NO_DISCLOSURE, REPORTERS_MINIMUM
from quatrain.program.state import PRICE_ONE, Trader
from quatrain.program.tape import LEVEL_BITS, deviation_at
from quatrain.program.vault import equity_of


@frozen
class Cap:
    """Leverage 1e-6, factors 1e-9. `None` where a limit does not apply."""

    value: int
    bound: str
    """What binds: `depth`, `coverage`, `tier`, `disclosure`, `reporters`, `vault`, `none_lent` or `time`."""
    depth: int
    coverage: int
    tier: int
    correlation: int
    volatility: int
    vault: int
    recovery: int | None
    synced: int
    disclosure: int | None
    reporters: int | None
    time: int
    """What the time that is left makes of all before."""


def cap_of(loans: Loans, trader: Trader, outcome: int) -> Cap:
    """The cap of a loan on an outcome now, as of the book's last sync."""
    market, protocol, clock = loans.market.state, loans.protocol, loans.clock
    count = market.outcome_count
    deviation = deviation_at(market, clock.slot) * PRICE_ONE >> LEVEL_BITS
    _, bound = cap_now(protocol, loans.verse, market, clock.slot)
    reported, _ = loans.outside(outcome)
    disclosed = trader.disclosure != NO_DISCLOSURE
    cap, name = loans.book.cap, Bound(bound).name.lower()
    if cap > WARY and reported < REPORTERS_MINIMUM:
        cap, name = WARY, "reporters"
    if cap > WARY and not disclosed:
        cap, name = WARY, "disclosure"
    now = cap_at(cap, market.opens_at, loans.book.ends_at, clock.unix_timestamp)
    return Cap(
        value=now,
        bound="time" if now < cap else name,
        depth=depth_cap(loans.verse.depth),
        coverage=coverage_cap(count, protocol.coverage),
        tier=tier_cap(count),
        correlation=with_factors(PART_ONE, loans.verse.correlation, PART_ONE),
        volatility=volatility_factor(deviation),
        vault=vault_cap(equity_of(protocol)),
        recovery=LEVERAGE_ONE if protocol.recovery >= RECOVERY_WITHOUT_LOANS else None,
        synced=loans.book.cap,
        disclosure=None if disclosed else WARY,
        reporters=None if reported >= REPORTERS_MINIMUM else WARY,
        time=now,
    )


__all__ = ["Cap", "cap_of"]
