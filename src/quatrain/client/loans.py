"""A market's loans as of one reading: its book, the ladder and the feed of each outcome, and what their caps stand on."""

from __future__ import annotations

import copy

from attrs import frozen
from solders.pubkey import Pubkey

from hognose.lang import Clock
from quatrain.client.accounts import AccountReader, Fetched, find_each
from quatrain.client.deployment import Deployment
from quatrain.client.errors import NotFoundError
from quatrain.core.leverage import LEVERAGE_ONE, hourly_rate, is_within
from quatrain.core.water_line import NO_LINE, height_ceil
from quatrain.program.feed import outside_price
from quatrain.program.levels import least_level, level_of, observe
from quatrain.program.leverage import SYNC_SLOTS
from quatrain.program.loan_state import Book, Feed, Ladder
from quatrain.program.makers import price_at, price_of, proceeds_floor
from quatrain.program.state import PRICE_ONE, Maker, Market, Position, Protocol, Verse


@frozen
class Line:
    """How far an outcome is above its water line: levels as the ledger has them (`program/levels.py`), prices 1e-9.

    There is no line without loans.
    """

    price: int
    level: int
    line: int | None
    line_price: int | None
    slack: int | None
    """µshares of the outcome that ordinary sales may still bring; 0 at or below the line."""


@frozen
class Rung:
    """Leveraged shares that must be sold at this price, 1e-9, at the latest."""

    number: int
    price: int
    shares: int


def line_at(market: Market, book: Book, outcome: int) -> Line:
    """The outcome's level and line."""
    line, level, price = book.sides[outcome].line, level_of(market, outcome), price_of(market, outcome)
    if line == NO_LINE:
        return Line(price, level, None, None, None)
    return Line(price, level, line, price_at(market, line), _slack(market, outcome, level - line))


def _slack(market: Market, outcome: int, room: int) -> int:
    """The most shares whose sale lowers the level by at most `room`: a level of an LMSR is no linear measure of them."""
    if room <= 0:
        return 0
    if market.maker == Maker.PM_AMM:
        return room
    low, high = 0, market.sets
    while high - low > 1:
        middle = (low + high) // 2
        if middle - proceeds_floor(market, outcome, middle)[0] <= room:
            low = middle
        else:
            high = middle
    return low


def rung_price(market: Market, rung: int) -> int:
    """The price at a rung, 1e-9."""
    return price_at(market, least_level(market, height_ceil(market.liquidity, rung)))


def leverage_at(price: int, position: Position) -> int:
    """A position's leverage at a price, 1e-6, rounded up; 0 when it is worth no more than its debt."""
    worth = position.shares * price // PRICE_ONE
    if worth <= position.debt:
        return 0
    leverage = -(-worth * LEVERAGE_ONE // (worth - position.debt))
    assert is_within(leverage, worth, position.debt)
    return leverage


@frozen
class Loans:
    """All of a market's loans, read at once."""

    market: Fetched[Market]
    protocol: Protocol
    verse: Verse
    book: Book
    ladders: tuple[Ladder | None, ...]
    feeds: tuple[Feed | None, ...]
    clock: Clock

    @property
    def address(self) -> Pubkey:
        """Of the market."""
        return self.market.address

    @property
    def is_stale(self) -> bool:
        """Whether a loan should bring the book up to date first: half of the slots of a sync have passed."""
        return self.clock.slot > self.book.synced_slot + SYNC_SLOTS // 2

    @property
    def rate(self) -> int:
        """What an hour of a loan costs now, 1e-8."""
        return hourly_rate(self.book.debt, self.book.cash)

    def has_feed(self, outcome: int) -> bool:
        """Whether the outcome has a feed."""
        return self.feeds[outcome] is not None

    def outside(self, outcome: int) -> tuple[int, int]:
        """How many reports of the outcome's feed are younger than a minute, and their median; 0 without any."""
        feed = self.feeds[outcome]
        return (0, 0) if feed is None else outside_price(feed, outcome, self.clock.unix_timestamp)

    def mean_price(self, outcome: int) -> int:
        """The outcome's price in the mean over 50 slots, 1e-9, as a liquidation now would take it."""
        market, book = self.market.state, copy.deepcopy(self.book)
        observe(market, book, self.clock.slot)
        return price_at(market, book.sides[outcome].mean)

    def rungs(self, outcome: int) -> list[Rung]:
        """The outcome's occupied rungs, the highest first: these are liquidated first."""
        ladder = self.ladders[outcome]
        occupied = [] if ladder is None else [(i, shares) for i, shares in enumerate(ladder.rungs) if shares]
        return [Rung(i, rung_price(self.market.state, i), shares) for i, shares in reversed(occupied)]

    def require_ladder(self, outcome: int) -> Ladder:
        """The outcome's ladder; NotFoundError where it takes no loans."""
        ladder = self.ladders[outcome]
        if ladder is None:
            raise NotFoundError(
                f"outcome {outcome} of market {self.market.state.id} takes no loans",
                code="ladder_missing",
                advice=f"The operator opens it: quatrain loans open {self.market.state.id}",
            )
        return ladder


def read_loans(reader: AccountReader, deployment: Deployment, market: Fetched[Market], clock: Clock) -> Loans:
    """Read them; NotFoundError where the market has no book."""
    state, where = market.state, market.address
    outcomes = range(state.outcome_count)
    book = deployment.book(where)
    protocol, verse = deployment.protocol, deployment.verse(state.verse)
    ladders = [deployment.ladder(where, i) for i in outcomes]
    feeds = [deployment.feed(where, i) for i in outcomes]
    wanted = {
        book: Book,
        protocol: Protocol,
        verse: Verse,
        **dict.fromkeys(ladders, Ladder),
        **dict.fromkeys(feeds, Feed),
    }
    found = {address: one.state for address, one in find_each(reader, wanted, deployment.program).items()}
    if book not in found:
        raise NotFoundError(
            f"market {state.id} has no loans",
            code="book_missing",
            advice=f"The operator opens its book: quatrain loans open {state.id}",
        )
    for address in (protocol, verse):
        if address not in found:
            raise NotFoundError(f"there is no {wanted[address].__name__} at {address}")
    return Loans(
        market,
        found[protocol],
        found[verse],
        found[book],
        tuple(map(found.get, ladders)),
        tuple(map(found.get, feeds)),
        clock,
    )


__all__ = [
    "Line", "Loans", "Rung", "leverage_at", "line_at", "read_loans", "rung_price",
]  # fmt: skip
