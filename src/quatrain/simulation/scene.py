"""A market that lends, on the native engine: its accounts, and whoever trades, borrows and liquidates there.

Every method that does something runs one instruction of the program and returns its code: 0, or why it was refused. What
account checks bind on the chain, this module binds by passing the right accounts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from math import expm1, inf
from typing import Any

from attrs import frozen

from hognose.back.native import Native
from hognose.back.native_program import AccountMemory, NativeProgram, Place
from hognose.lang import Hash, Pubkey, array, u64
from quatrain.client.accounts import blank
from quatrain.core import lmsr, pmamm
from quatrain.core.water_line import NO_LINE
from quatrain.program import beside_loans, book, feed, leverage, liquidation, market, position
from quatrain.program.loan_state import Book, Feed, Ladder, Report
from quatrain.program.parameters import set_defaults
from quatrain.program.state import PRICE_ONE, Leg, Maker, Market, Position, Protocol, Trader, Verse
from quatrain.simulation.repayable import PLENTY, least_surplus

USDC = 1_000_000
DAY = 86_400
SLOTS_PER_SECOND = 5 / 2
"""Nominal."""
START = 1_767_225_600
START_SLOT = 1_000
VAULT = 10**9 * USDC
"""So large that its own caps bind nothing here."""
PURSE = 10**8 * USDC
"""What each trader has."""
REPORTERS = 3
MEMORY_OF_MARKET = 1 << 18
MEMORY_OF_HOLDING = 1 << 10

INSTRUCTIONS: tuple[Callable[..., None], ...] = (
    market.create_market, position.open_position, book.open_book, book.allocate_loans, book.recall_loans, book.sync_book,
    book.shrink_liquidity, book.set_calm_end, feed.report_price, leverage.open_leverage, leverage.close_leverage,
    leverage.add_margin, leverage.remove_margin, leverage.extend_loan, liquidation.liquidate,
    beside_loans.trade_beside_loans, beside_loans.batch_beside_loans,
)  # fmt: skip


@cache
def program() -> NativeProgram:
    """The instructions, compiled once."""
    return NativeProgram(INSTRUCTIONS)


@cache
def rules() -> Native:
    """Rules to look at, compiled once."""
    return Native([least_surplus, lmsr.price, pmamm.price])


@frozen
class Kind:
    """A market's maker, outcomes, scale (µUSDC) and life in seconds, and how long before its end loans end; at even prices unless told."""

    count: int = 2
    normal: bool = False
    scale: int = 10_000 * USDC
    life: int = 30 * DAY
    quiet: int = DAY
    prices: tuple[int, ...] = ()


@frozen
class Holding:
    """A trader's position in an outcome, as it is in memory."""

    trader: Place
    place: Place
    outcome: int

    @property
    def shares(self) -> int:
        """µshares."""
        return self.place.memory.words[self.place.start // 8 + _SHARES]

    @property
    def debt(self) -> int:
        """µUSDC."""
        return self.place.memory.words[self.place.start // 8 + _DEBT]

    @property
    def margin(self) -> int:
        """µUSDC."""
        return self.place.memory.words[self.place.start // 8 + _MARGIN]

    @property
    def until(self) -> int:
        """When its loan ends."""
        return self.place.memory.signed[self.place.start // 8 + _UNTIL]

    @property
    def rung(self) -> int:
        """Where it stands."""
        return self.place.memory.view[self.place.start + _RUNG]

    @property
    def free(self) -> int:
        """Its owner's free money, µUSDC."""
        return self.place.memory.words[self.trader.start // 8 + _FREE]


def _offset(cls: type[Any], name: str) -> int:
    return cls.__account__.layout.field(name).offset


_SHARES, _DEBT, _MARGIN = (_offset(Position, name) // 8 for name in ("shares", "debt", "margin"))
_UNTIL = _offset(Position, "loan_until") // 8
_RUNG = _offset(Position, "rung")
_FREE = _offset(Trader, "free") // 8
_SETS, _SCALE = (_offset(Market, name) // 8 for name in ("sets", "liquidity"))
_OUTCOMES = _offset(Market, "outcomes") // 8
_SIDES = _offset(Book, "sides") // 8
_LIQUIDATIONS = _offset(Book, "liquidations") // 8
_SIDE_WORDS = 5


class Scene:
    """One market with a book, a ladder and a feed for each outcome; time; and a directory of holdings."""

    def __init__(self, kind: Kind, *, loans: int, holdings: int = 64, vault: int = VAULT):
        self.kind = kind
        self.program = program()
        self.memory = AccountMemory(MEMORY_OF_MARKET + MEMORY_OF_HOLDING * holdings)
        self.holdings: list[Holding] = []
        self.refusals: dict[int, int] = {}
        self.set_time(START, START_SLOT)
        self.opens_at, self.closes_at = START, START + kind.life
        self.ends_at = self.closes_at - kind.quiet
        self.admin = self.memory.add(None, address=_address("admin"))
        protocol = blank(
            Protocol, next_market_id=1, next_verse_id=2, lp_cash=vault, coverage=PRICE_ONE, admin=Pubkey(self.admin.key)
        )
        set_defaults(protocol.parameters)
        protocol.taker_rate = protocol.parameters.fee_rate
        self.protocol = self._add(Protocol, protocol, "protocol")
        self.verse = self._add(Verse, blank(Verse, id=1), "verse")
        self.market = self._add(Market, _empty(Market, kind.count, id=1), "market")
        own = Pubkey(self.market.key)
        self.book = self._add(Book, _empty(Book, kind.count, market=own), "book")
        self.ladders = [
            self._add(Ladder, blank(Ladder, market=own, outcome=i), f"ladder {i}") for i in range(kind.count)
        ]
        self.reporters = [self.memory.add(None, address=_address(f"reporter {i}")) for i in range(REPORTERS)]
        self.feeds = [self._feed(i) for i in range(kind.count)]
        self._open(loans)

    def _add(self, cls: type[Any], value: Any, name: str) -> Place:
        return self.memory.add(cls, value, address=_address(name))

    def _feed(self, outcome: int) -> Place:
        value = blank(Feed, market=Pubkey(self.market.key), outcome=outcome)
        for i, reporter in enumerate(self.reporters):
            value.reports[i] = blank(Report, reporter=Pubkey(reporter.key))
        return self._add(Feed, value, f"feed {outcome}")

    def _open(self, loans: int) -> None:
        kind = self.kind
        even = [PRICE_ONE // kind.count] * kind.count
        even[0] += PRICE_ONE - sum(even)
        maker = Maker.PM_AMM if kind.normal else Maker.LMSR
        expires = self.closes_at + kind.life // 30 if kind.normal else 0
        run = self.program.run
        opened = [
            run(
                market.create_market, [self.admin, self.admin, self.protocol, self.verse, self.market], 1, kind.count,
                maker, 0, kind.scale, self.opens_at, self.closes_at, expires, Hash(bytes(32)), list(kind.prices) or even,
            ),
            run(
                book.open_book, [self.admin, self.admin, self.protocol, self.market, self.book], kind.count, self.ends_at
            ),
            self.allocate(loans),
            self.sync(),
        ]  # fmt: skip
        if any(opened):
            raise ValueError(f"the market could not be opened: codes {opened}")

    def join(self, outcomes: tuple[int, ...] | None = None) -> list[Holding]:
        """Another trader, who has acknowledged the risks, with a position in each outcome, or in some."""
        number = len(self.holdings)
        signer = self.memory.add(None, address=_address(f"authority {number}"))
        state = blank(Trader, authority=Pubkey(signer.key), free=PURSE, disclosure=Hash(b"\1" * 32))
        trader = self._add(Trader, state, f"trader {number}")
        found: list[Holding] = []
        for outcome in range(self.kind.count) if outcomes is None else outcomes:
            value = blank(Position, trader=Pubkey(trader.key), market=Pubkey(self.market.key), outcome=outcome)
            place = self._add(Position, value, f"position {number} {outcome}")
            self._run(position.open_position, [self.admin, self.admin, trader, self.market, place], outcome)
            found.append(Holding(trader, place, outcome))
        self.holdings += found
        return found

    # -- time ---------------------------------------------------------------------------------------------------------

    def set_time(self, now: int, slot: int) -> None:
        """Set the clock."""
        self.now, self.slot = now, slot
        self.program.set_clock(slot, now)

    def advance(self, seconds: int, slots: int | None = None) -> None:
        """Let time pass, at the nominal slots unless told."""
        self.set_time(self.now + seconds, self.slot + (int(seconds * SLOTS_PER_SECOND) if slots is None else slots))

    def save(self) -> tuple[bytes, int, int]:
        """Everything, to restore."""
        return self.memory.save(), self.now, self.slot

    def restore(self, saved: tuple[bytes, int, int]) -> None:
        """Go back. Whoever joined since is forgotten by the market and must not act again."""
        self.memory.restore(saved[0])
        self.set_time(saved[1], saved[2])

    # -- reading ------------------------------------------------------------------------------------------------------

    @property
    def scale(self) -> int:
        """b or L now, µUSDC."""
        return self.memory.words[self.market.start // 8 + _SCALE]

    def reserves(self) -> list[int]:
        """The pool's shares of each outcome."""
        words, at = self.memory.words, self.market.start // 8
        sets = words[at + _SETS]
        rows = range(at + _OUTCOMES, at + _OUTCOMES + 2 * self.kind.count, 2)
        return [sets - words[row] - words[row + 1] for row in rows]

    def level(self, outcome: int) -> int:
        """−r of an LMSR, the other reserve less its own of a pm-AMM."""
        held = self.reserves()
        return held[1 - outcome] - held[outcome] if self.kind.normal else -held[outcome]

    def line(self, outcome: int) -> int:
        """The least level that ordinary trades may leave."""
        return self.memory.signed[self.book.start // 8 + _SIDES + _SIDE_WORDS * outcome]

    def room(self, outcome: int) -> float:
        """How far the price may fall in ordinary trades, in scales of log-odds or of Φ⁻¹, nearly; infinite without loans."""
        line = self.line(outcome)
        if line == NO_LINE:
            return inf
        level, scale = self.level(outcome), self.scale
        return (level - line) / scale / (1.0 if self.kind.normal else max(-expm1(level / scale), 1e-9))

    @property
    def liquidations(self) -> int:
        """By price, so far."""
        return self.memory.words[self.book.start // 8 + _LIQUIDATIONS]

    def indebted(self, outcome: int | None = None) -> list[Holding]:
        """Positions with debt, riskiest first."""
        found = [h for h in self.holdings if h.debt and (outcome is None or h.outcome == outcome)]
        return sorted(found, key=lambda h: -h.rung)

    def surplus(self, outcome: int, parts: int = 1, loans: list[Holding] | None = None) -> int:
        """The least that a loan of the outcome brings beyond what it owes, all sold now (`repayable.py`); negative: lost."""
        loans = self.indebted(outcome) if loans is None else loans
        if not loans:
            return PLENTY
        held = self.reserves()
        other = held[1 - outcome] if self.kind.normal else 0
        shares, debts = _words([h.shares for h in loans]), _words([h.debt for h in loans])
        return rules().call(least_surplus, self.kind.normal, self.scale, held[outcome], other, parts, shares, debts)

    def price(self, outcome: int) -> int:
        """1e-9."""
        held = self.reserves()
        if self.kind.normal:
            return rules().call(pmamm.price, self.scale, held[outcome], held[1 - outcome])
        return rules().call(lmsr.price, self.scale, held[outcome])

    # -- instructions -------------------------------------------------------------------------------------------------

    def _run(self, function: Callable[..., None], accounts: list[Place], *arguments: Any) -> int:
        code = self.program.run(function, accounts, *arguments)
        if code:
            self.refusals[code] = self.refusals.get(code, 0) + 1
        return code

    def allocate(self, amount: int) -> int:
        """Cash from the vault."""
        accounts = [self.admin, self.protocol, self.verse, self.market, self.book]
        return self._run(book.allocate_loans, accounts, amount)

    def recall(self, amount: int) -> int:
        """Cash back to it."""
        return self._run(book.recall_loans, [self.admin, self.protocol, self.verse, self.market, self.book], amount)

    def sync(self) -> int:
        """Bring the book up to date."""
        return self._run(book.sync_book, [self.protocol, self.verse, self.market, self.book])

    def end_calm(self, ends_at: int) -> int:
        """Let loans end earlier."""
        return self._run(book.set_calm_end, [self.admin, self.protocol, self.market, self.book], ends_at)

    def shrink(self) -> int:
        """Let the liquidity of a pm-AMM fall."""
        return self._run(book.shrink_liquidity, [self.market, self.book, *self.ladders])

    def report(self, outcome: int, price: int) -> None:
        """All reporters say that an outcome's price is this elsewhere."""
        for reporter in self.reporters:
            self._run(feed.report_price, [reporter, self.feeds[outcome]], price, 0)

    def trade(self, holding: Holding, order: int, amount: int, limit: int) -> int:
        """An ordinary trade."""
        accounts = [self.admin, self.protocol, holding.trader, self.market, self.book, holding.place]
        return self._run(beside_loans.trade_beside_loans, accounts, order, amount, limit)

    def batch(self, holdings: list[Holding], legs: list[Leg]) -> int:
        """Trades of one trader at once."""
        places = [holding.place for holding in holdings]
        accounts = [self.admin, self.protocol, holdings[0].trader, self.market, self.book, *places]
        return self._run(beside_loans.batch_beside_loans, accounts, 1 << 62, legs)

    def _leverage(self, function: Callable[..., None], holding: Holding, *arguments: int, fed: bool = True) -> int:
        accounts = [
            self.admin, self.protocol, holding.trader, self.market, self.book, self.ladders[holding.outcome], holding.place,
            *([self.feeds[holding.outcome]] if fed else []),
        ]  # fmt: skip
        return self._run(function, accounts, *arguments)

    def borrow(self, holding: Holding, shares: int, loan: int, until: int) -> int:
        """Buy with a loan."""
        return self._leverage(leverage.open_leverage, holding, shares, 1 << 62, loan, until)

    def close(self, holding: Holding, shares: int) -> int:
        """Sell leveraged shares."""
        return self._leverage(leverage.close_leverage, holding, shares, 0)

    def add_margin(self, holding: Holding, amount: int) -> int:
        """Repay."""
        return self._leverage(leverage.add_margin, holding, amount)

    def remove_margin(self, holding: Holding, amount: int, until: int) -> int:
        """Borrow more."""
        return self._leverage(leverage.remove_margin, holding, amount, until)

    def extend(self, holding: Holding, until: int) -> int:
        """Borrow longer."""
        return self._leverage(leverage.extend_loan, holding, until)

    def liquidate(self, keeper: Place, holding: Holding, maximum: int = 1 << 62, *, fed: bool = True) -> int:
        """Liquidate, if it is due."""
        accounts = [
            self.admin, keeper, holding.trader, self.market, self.book, self.ladders[holding.outcome], holding.place,
            *([self.feeds[holding.outcome]] if fed else []),
        ]  # fmt: skip
        return self._run(liquidation.liquidate, accounts, maximum)


def _address(name: str) -> bytes:
    return sha256(name.encode()).digest()


def _words(values: list[int]) -> Any:
    found = array(u64, len(values))
    for i, value in enumerate(values):
        found[i] = value
    return found


def _empty(cls: type[Any], count: int, **fields: Any) -> Any:
    """A state whose tail has room for so many outcomes."""
    value = blank(cls, **fields)
    tail = cls.__account__.layout.tail
    minimum = tail.type.tail_minimum
    if count > minimum:
        data = cls.__account__.encode(value) + bytes((count - minimum) * tail.type.element.size)
        return cls.__account__.decode(data)
    return value
