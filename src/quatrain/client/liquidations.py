"""Positions that are due, riskiest first, and the liquidations that a trade refused at the water line needs in its transaction.

Whether a position is due is the program's answer: its `liquidate` is rehearsed on the accounts as they were read, one after the
other, so that what each brings is what it would bring in this order, in one slot.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from attrs import frozen
from solders.hash import Hash
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from quatrain.client.accounts import AccountReader, Fetched, blank, fetch_all
from quatrain.client.addresses import to_lang, to_solders
from quatrain.client.amounts import show_price
from quatrain.client.deployment import Deployment
from quatrain.client.errors import UsageError
from quatrain.client.instructions import Instructions
from quatrain.client.loans import Loans, rung_price
from quatrain.client.rehearsal import Rehearsal
from quatrain.client.transactions import PACKET_SIZE, compile_message
from quatrain.core.water_line import NO_LINE
from quatrain.program.errors import QuatrainError
from quatrain.program.levels import level_of
from quatrain.program.loan_events import Liquidated
from quatrain.program.loan_state import Book
from quatrain.program.state import Market, Position, Trader

ALL = (1 << 63) - 1
"""Whatever a slice allows."""
ENOUGH = 1 << 62
"""µUSDC or µshares that no trade uses up."""
RUNGS_NAMED = 4
"""How many of the rungs in the way a refusal names."""
_SIGNATURE = 64
_REFUSED_AT_LINE = QuatrainError.WATER_LINE.name.lower()


@frozen
class Debtor:
    """A position with debt, and the price 1e-9 of its rung."""

    address: Pubkey
    position: Position
    rung_price: int


@frozen
class Due:
    """A position that may be liquidated now, the instruction, and what it does as rehearsed: `event` is a `Liquidated`."""

    debtor: Debtor
    instruction: Instruction
    event: Any


@frozen
class Composition:
    """The instructions of one transaction: the liquidations first, the trade last."""

    due: tuple[Due, ...]
    trade: Instruction

    @property
    def instructions(self) -> list[Instruction]:
        """All of them, in order."""
        return [*(one.instruction for one in self.due), self.trade]


def read_debtors(reader: AccountReader, deployment: Deployment, market: Fetched[Market]) -> list[Debtor]:
    """Every position of the market that has debt, the riskiest first: of the highest rung, then of the largest debt."""
    found = fetch_all(reader, Position, deployment.program, market=market.address)
    debtors = [
        Debtor(one.address, one.state, rung_price(market.state, one.state.rung)) for one in found if one.state.debt
    ]
    return sorted(debtors, key=lambda one: (-one.position.rung, -one.position.debt, bytes(one.address)))


@frozen
class Keeper:
    """Who liquidates in a market, as of one reading of it."""

    reader: AccountReader
    deployment: Deployment
    authority: Pubkey
    loans: Loans
    invented: tuple[tuple[Pubkey, Any], ...] = ()
    """Accounts that are not on the chain."""

    @classmethod
    def anybody(cls, reader: AccountReader, deployment: Deployment, loans: Loans) -> Keeper:
        """Somebody with money and shares enough for any trade, who does not exist: to look at what could be done."""
        owner = Pubkey.default()
        trader, market = deployment.trader(owner), loans.address
        names = {"trader": to_lang(trader), "market": to_lang(market)}
        positions = [
            (deployment.position(trader, market, i), blank(Position, outcome=i, shares=ENOUGH, **names))
            for i in range(loans.market.state.outcome_count)
        ]
        return cls(reader, deployment, owner, loans, ((trader, blank(Trader, free=ENOUGH)), *positions))

    @property
    def builder(self) -> Instructions:
        """Of the keeper's instructions."""
        return Instructions(self.deployment)

    def due(self, debtors: Sequence[Debtor]) -> list[Due]:
        """Those that may be liquidated now, one after the other in the order given."""
        build = [(one, self.instruction(one)) for one in debtors]
        stage = self._stage([instruction for _, instruction in build])
        found = [self._try(stage, debtor, instruction) for debtor, instruction in build]
        return [one for one in found if one is not None]

    def compose(self, trade: Instruction, debtors: Sequence[Debtor], *openings: tuple[Pubkey, Any]) -> Composition:
        """The trade, with the fewest liquidations, riskiest first, that let it pass the line; just the trade if it passes alone.

        `openings` are accounts that the transaction opens first. UsageError where the trade is refused for another reason, where
        no liquidation that is due now helps (`water_line`, naming the rungs), or where one transaction does not hold them.
        """
        build = [(one, self.instruction(one)) for one in debtors]
        stage = self._stage([trade, *(instruction for _, instruction in build)])
        for address, state in openings:
            stage.put(address, state)
        chosen: list[Due] = []
        refusal = _refusal(stage, trade)
        for debtor, instruction in build:
            if refusal is None:
                break
            if (due := self._try(stage, debtor, instruction)) is not None:
                chosen.append(due)
                refusal = _refusal_after(stage, trade)
        if refusal is not None:
            raise self._named(refusal, self._in_the_way(stage, trade), debtors, len(chosen))
        composition = Composition(tuple(chosen), trade)
        self._require_room(composition)
        return composition

    def instruction(self, debtor: Debtor) -> Instruction:
        """The liquidation of a position, as far as its slice allows."""
        position = debtor.position
        return self.builder.liquidate(
            authority=self.authority,
            trader_address=to_solders(position.trader),
            market_address=self.loans.address,
            outcome=position.outcome,
            maximum_shares=ALL,
            has_feed=self.loans.has_feed(position.outcome),
        )

    def _stage(self, instructions: Sequence[Instruction]) -> Rehearsal:
        stage = Rehearsal.of(self.reader, instructions, program=self.deployment.program, clock=self.loans.clock)
        for address, state in self.invented:
            stage.put(address, state)
        return stage

    def _try(self, stage: Rehearsal, debtor: Debtor, instruction: Instruction) -> Due | None:
        try:
            events = stage.run(instruction)
        except UsageError:
            return None
        return Due(debtor, instruction, next(one for one in events if isinstance(one, Liquidated)))

    def _in_the_way(self, stage: Rehearsal, trade: Instruction) -> set[int]:
        """The outcomes whose lines refuse the trade: those below them where it goes through without any."""
        where, tried = self.deployment.book(self.loans.address), stage.fork()
        book = stage.read(Book, where)
        free = copy.deepcopy(book)
        for side in free.sides:
            side.line = NO_LINE
        tried.put(where, free)
        tried.run(trade)
        market = tried.read(Market, self.loans.address)
        return {i for i in range(market.outcome_count) if level_of(market, i) < book.sides[i].line}

    def _named(self, refusal: UsageError, outcomes: set[int], debtors: Sequence[Debtor], tried: int) -> UsageError:
        """The refusal, with the rungs that are in the way."""
        ranked = [one for one in debtors if one.position.outcome in outcomes]
        rungs = dict.fromkeys((one.position.outcome, one.position.rung, one.rung_price) for one in ranked)
        named = ", ".join(
            f"outcome {outcome} rung {rung} ({show_price(price)})" for outcome, rung, price in list(rungs)[:RUNGS_NAMED]
        )
        helped = f"{tried} positions are due, and do not suffice" if tried else "no position there is due now"
        less = f"Trade less (quatrain risk {self.loans.market.state.id} shows how much passes), or wait."
        return UsageError(refusal.message, code=refusal.code, advice=f"In the way: {named}; {helped}. {less}")

    def _require_room(self, composition: Composition) -> None:
        size = len(bytes(compile_message(composition.instructions, self.authority, Hash.default()))) + _SIGNATURE + 1
        if size > PACKET_SIZE:
            count = len(composition.due)
            raise UsageError(
                f"this trade needs {count} liquidations first, more than one transaction holds",
                code="transaction_too_large",
                advice=f"Send them first: quatrain liquidate {self.loans.market.state.id}",
            )


def _refusal(stage: Rehearsal, trade: Instruction) -> UsageError | None:
    """Why the line refuses the trade, or None where it passes; any other refusal is raised."""
    try:
        stage.fork().run(trade)
    except UsageError as error:
        if error.code != _REFUSED_AT_LINE:
            raise
        return error
    return None


def _refusal_after(stage: Rehearsal, trade: Instruction) -> UsageError | None:
    """The same after liquidations, which have moved the price: what is then refused says so."""
    try:
        return _refusal(stage, trade)
    except UsageError as error:
        raise UsageError(
            f"after the liquidations that this needs first: {error.message}",
            code=error.code,
            advice="They lower the price. Raise --slippage, or trade less.",
        ) from error


__all__ = ["ALL", "Composition", "Debtor", "Due", "Keeper", "read_debtors"]
