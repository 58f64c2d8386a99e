"""Prices from outside: up to five reporters, whose fresh reports' median a liquidation asks.

The full rules (staleness ladder, deviation, spread) stand elsewhere; a report older than 60 seconds is no report.
"""

from __future__ import annotations

from hognose.lang import (
    SYSTEM_PROGRAM,
    Account,
    Array,
    Pubkey,
    accounts,
    argument,
    array,
    clock,
    create,
    emit,
    i64,
    instruction,
    key,
    program,
    require,
    signer,
    state,
    u8,
    u64,
)
from quatrain.program.access import may_resolve
from quatrain.program.errors import QuatrainError
from quatrain.program.loan_events import FeedOpened, PriceReported
from quatrain.program.loan_state import REPORTERS_MAXIMUM, Feed
from quatrain.program.state import PRICE_ONE, Market, Protocol

FRESH_SECONDS = 60
NOBODY = Pubkey(bytes(32))


def outside_price(feed: Feed, outcome: u64, now: i64) -> tuple[u64, u64]:
    """How many fresh reports the outcome's feed has, and their median, rounded up; 0 without any."""
    count: u64 = 0
    require(feed.outcome == outcome, QuatrainError.OUTCOME_UNKNOWN)
    fresh = array(u64, REPORTERS_MAXIMUM)
    for i in range(REPORTERS_MAXIMUM):
        report = feed.reports[i]
        if report.at != 0 and now <= report.at + FRESH_SECONDS:
            place = count
            while place > 0 and fresh[place - 1] > report.price:
                fresh[place] = fresh[place - 1]
                place -= 1
            fresh[place] = report.price
            count += 1
    if count == 0:
        return 0, 0
    return count, (fresh[count >> 1] + fresh[(count - 1) >> 1] + 1) >> 1


@accounts
class OpenFeed:
    """The oracle or the admin pays the rent."""

    authority: Account = signer(writable=True)
    system_program: Account = program(SYSTEM_PROGRAM)
    protocol: Protocol = state()
    market: Market = state()
    feed: Feed = create(payer="authority", market="market", outcome=argument("outcome"))


@instruction
def open_feed(accounts: OpenFeed, outcome: u8, reporters: Array[Pubkey]) -> None:
    """Open a feed of an outcome's price with up to five reporters (oracle, admin)."""
    require(may_resolve(accounts.protocol, accounts.authority.key), QuatrainError.UNAUTHORIZED)
    require(outcome < accounts.market.outcome_count, QuatrainError.OUTCOME_UNKNOWN)
    name_reporters(accounts.feed, reporters)
    emit(FeedOpened(slot=clock().slot, market=key(accounts.market), outcome=outcome))


@accounts
class SetReporters:
    """The oracle or the admin signs."""

    authority: Account = signer()
    protocol: Protocol = state()
    feed: Feed = state(writable=True)


@instruction
def set_reporters(accounts: SetReporters, reporters: Array[Pubkey]) -> None:
    """Name other reporters; what was reported is forgotten (oracle, admin)."""
    require(may_resolve(accounts.protocol, accounts.authority.key), QuatrainError.UNAUTHORIZED)
    name_reporters(accounts.feed, reporters)


def name_reporters(feed: Feed, reporters: Array[Pubkey]) -> None:
    """Write the reporters, none twice, and forget all reports."""
    require(len(reporters) <= REPORTERS_MAXIMUM, QuatrainError.INVALID_PARAMETER)
    for i in range(REPORTERS_MAXIMUM):
        report = feed.reports[i]
        report.reporter = NOBODY
        report.price = 0
        report.confidence = 0
        report.at = 0
    for i in range(len(reporters)):
        for j in range(i):
            require(reporters[i] != reporters[j], QuatrainError.INVALID_PARAMETER)
        feed.reports[i].reporter = reporters[i]


@accounts
class ReportPrice:
    """The reporter signs."""

    reporter: Account = signer()
    feed: Feed = state(writable=True)


@instruction
def report_price(accounts: ReportPrice, price: u64, confidence: u64) -> None:
    """Report an outcome's price elsewhere and half the width of its doubt, 1e-9 (reporter)."""
    require(price <= PRICE_ONE and confidence <= PRICE_ONE, QuatrainError.PRICE_REPORT_INVALID)
    now = clock()
    feed = accounts.feed
    found = False
    for i in range(REPORTERS_MAXIMUM):
        report = feed.reports[i]
        if report.reporter == accounts.reporter.key:
            report.price = price
            report.confidence = confidence
            report.at = now.unix_timestamp
            found = True
    require(found, QuatrainError.NO_REPORTER)
    emit(
        PriceReported(
            slot=now.slot,
            market=feed.market,
            reporter=accounts.reporter.key,
            price=price,
            confidence=confidence,
            outcome=feed.outcome,
        )
    )
