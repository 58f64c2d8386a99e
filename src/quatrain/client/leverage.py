"""What leverage would do, before it is signed: previews that are the program's own instructions, rehearsed.

`Desk` is one trader's, for one outcome. Each method gives a `Plan`: the instructions to send, and what they do on the accounts as
they were read. `opening` solves shares and loan from margin and leverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve, frozen
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from quatrain.client.accounts import AccountReader, Fetched, blank, find
from quatrain.client.addresses import to_lang
from quatrain.client.amounts import USDC
from quatrain.client.caps import Cap, cap_of
from quatrain.client.deployment import Deployment
from quatrain.client.errors import NotFoundError, UsageError
from quatrain.client.instructions import Instructions
from quatrain.client.loans import Line, Loans, leverage_at, line_at
from quatrain.client.quotes import BPS_ONE, at_present
from quatrain.client.rehearsal import Rehearsal
from quatrain.core.leverage import LEVERAGE_ONE, TERM_MAXIMUM, loans_end
from quatrain.core.water_line import owed_ceil
from quatrain.program.lending import MINIMUM_DEBT
from quatrain.program.liquidation import trigger_ceil
from quatrain.program.loan_state import Book
from quatrain.program.makers import price_of, shares_for_spend_floor
from quatrain.program.state import PRICE_ONE, Market, Position, Protocol, Trader, Verse

EASY = (1 << 62) - 1
"""A limit that nothing reaches."""


@frozen
class Standing:
    """A position with its loan: µshares, µUSDC, prices 1e-9, leverage 1e-6."""

    shares: int
    debt: int
    margin: int
    interest: int
    until: int
    rung: int
    leverage: int
    trigger: int | None
    """At or below this price it may be liquidated; none without debt."""
    bankruptcy: int | None
    """Here the shares bring just the debt and the liquidation's costs."""


@frozen
class Preview:
    """What one act does. Money is µUSDC."""

    outcome: int
    before: Standing
    after: Standing
    shares: int
    """Bought, or sold."""
    amount: int
    """Their cost or proceeds, fee aside."""
    fee: int
    borrowed: int
    """Change of the debt: negative when repaid."""
    interest: int
    """Prepaid now."""
    refund: int
    """Of interest prepaid before."""
    paid: int
    """What leaves the free money; negative: what comes in."""
    price_before: int
    price_after: int
    line_before: Line
    line_after: Line
    cap: Cap

    @property
    def own(self) -> int:
        """The trader's own part of the cost of a purchase."""
        return self.amount - self.borrowed


@frozen
class Plan:
    """The instructions that do it, in one transaction, and what they do."""

    instructions: tuple[Instruction, ...]
    preview: Preview


def standing_of(market: Market, position: Position) -> Standing:
    """A position at the pool's price."""
    owes = position.debt != 0
    return Standing(
        position.shares,
        position.debt,
        position.margin,
        position.interest,
        position.loan_until if owes else 0,
        position.rung,
        leverage_at(price_of(market, position.outcome), position) if position.shares else LEVERAGE_ONE,
        trigger_ceil(position) if owes else None,
        -(-owed_ceil(position.debt) * PRICE_ONE // position.shares) if owes else None,
    )


@frozen
class Desk:
    """One trader's position in an outcome of a market with loans."""

    deployment: Deployment
    authority: Pubkey
    outcome: int
    loans: Loans
    trader: Fetched[Trader]
    position: Fetched[Position] | None

    @classmethod
    def read(cls, reader: AccountReader, deployment: Deployment, authority: Pubkey, loans: Loans, outcome: int) -> Desk:
        """Read the trader's accounts; NotFoundError without a trading account, or where the outcome takes no loans."""
        loans.require_ladder(outcome)
        trader = find(reader, Trader, deployment.trader(authority), deployment.program)
        if trader is None:
            advice = "Open it with its first money: quatrain deposit 100"
            raise NotFoundError(f"{authority} has no trading account", code="trader_missing", advice=advice)
        address = deployment.position(trader.address, loans.address, outcome)
        position = find(reader, Position, address, deployment.program)
        return cls(deployment, authority, outcome, loans, trader, position)

    # -- what its owner can do ----------------------------------------------------------------------------------------

    @property
    def latest(self) -> int:
        """The unix second at which a loan made now ends at the latest."""
        loans = self.loans
        end = loans_end(loans.market.state.opens_at, loans.book.ends_at)
        return min(loans.clock.unix_timestamp + TERM_MAXIMUM, end)

    @property
    def held(self) -> Position:
        """The position, empty where none is open."""
        if self.position is not None:
            return self.position.state
        trader, market = to_lang(self.trader.address), to_lang(self.loans.address)
        return blank(Position, trader=trader, market=market, outcome=self.outcome)

    def opening(
        self,
        margin: int,
        leverage: int | None,
        until: int,
        *,
        slippage_bps: int = 100,
        maximum_cost: int | None = None,
    ) -> Plan:
        """Buy with about `margin` µUSDC of one's own and a loan: `leverage` 1e-6 times as much in all, or the most that can be.

        UsageError where so much cannot be, with the code of what binds and the most that can.
        """
        wanted = EASY if leverage is None else margin * (leverage - LEVERAGE_ONE) // LEVERAGE_ONE
        if wanted == 0:
            raise UsageError("a leverage of 1 needs no loan: quatrain buy", code="debt_too_small")
        loan = self._largest(margin, wanted, until, demanded=leverage is not None)
        shares = self._shares(margin + loan)
        free = self._plan(self._open(shares, EASY, loan, until))
        cost = free.preview.amount + free.preview.fee
        limit = cost + -(-cost * slippage_bps // BPS_ONE) if maximum_cost is None else maximum_cost
        return self._plan(self._open(shares, limit, loan, until))

    def closing(self, shares: int, minimum_proceeds: int | None = None, *, slippage_bps: int = 100) -> Plan:
        """Sell shares of the position; the proceeds repay its debt first."""
        if minimum_proceeds is not None:
            return self._plan(self._close(shares, minimum_proceeds))
        free = self._plan(self._close(shares, 0)).preview
        return self._plan(self._close(shares, (free.amount - free.fee) * (BPS_ONE - slippage_bps) // BPS_ONE))

    def adding(self, amount: int) -> Plan:
        """Repay so much of the debt."""
        return self._plan([self._build.add_margin(**self._where, amount=amount, has_feed=self._has_feed)])

    def removing(self, amount: int, until: int) -> Plan:
        """Borrow so much more on the shares."""
        act = self._build.remove_margin(**self._where, amount=amount, until=until, has_feed=self._has_feed)
        return self._plan([*self._sync(), act])

    def extending(self, until: int) -> Plan:
        """Let the loan end later."""
        act = self._build.extend_loan(**self._where, until=until, has_feed=self._has_feed)
        return self._plan([*self._sync(), act])

    # -- solving ------------------------------------------------------------------------------------------------------

    def _largest(self, margin: int, wanted: int, until: int, *, demanded: bool) -> int:
        """`wanted`, or the largest loan that is accepted; UsageError where `wanted` was demanded and is not."""
        low, high = 0, min(wanted, self.loans.book.cash)
        refusal = None if high == wanted else _short(self.loans.book)
        if refusal is None and (refusal := self._refusal(margin, wanted, until)) is None:
            return wanted
        if high >= MINIMUM_DEBT and self._refusal(margin, MINIMUM_DEBT, until) is None:
            low = MINIMUM_DEBT
        elif high >= MINIMUM_DEBT:
            refusal = self._refusal(margin, MINIMUM_DEBT, until)
        while low and high - low > max(low >> 12, 1):
            middle = (low + high) // 2
            found = self._refusal(margin, middle, until)
            if found is None:
                low = middle
            else:
                high, refusal = middle, found
        if low and not demanded:
            return low
        assert refusal is not None
        raise _refused(refusal, margin, low, self._synced())

    def _refusal(self, margin: int, loan: int, until: int) -> UsageError | None:
        try:
            self._plan(self._open(self._shares(margin + loan), EASY, loan, until))
        except UsageError as error:
            return error
        return None

    def _shares(self, cost: int) -> int:
        market = at_present(self.loans.market.state, self.loans.clock.unix_timestamp)
        return shares_for_spend_floor(market, self.outcome, cost)[0]

    # -- instructions -------------------------------------------------------------------------------------------------

    @property
    def _build(self) -> Instructions:
        return Instructions(self.deployment)

    @property
    def _where(self) -> dict[str, Any]:
        return {"authority": self.authority, "market_address": self.loans.address, "outcome": self.outcome}

    @property
    def _has_feed(self) -> bool:
        return self.loans.has_feed(self.outcome)

    def _open(self, shares: int, limit: int, loan: int, until: int) -> list[Instruction]:
        build = self._build
        opening = [] if self.position else [build.open_position(**self._where)]
        act = build.open_leverage(
            **self._where, shares=shares, maximum_cost=limit, loan=loan, until=until, has_feed=self._has_feed
        )
        return [*self._sync(), *opening, act]

    def _close(self, shares: int, limit: int) -> list[Instruction]:
        build = self._build
        return [build.close_leverage(**self._where, shares=shares, minimum_proceeds=limit, has_feed=self._has_feed)]

    def _sync(self) -> list[Instruction]:
        if not self.loans.is_stale:
            return []
        verse = self.loans.market.state.verse
        return [self._build.sync_book(verse_id=verse, market_address=self.loans.address)]

    # -- rehearsing ---------------------------------------------------------------------------------------------------

    def _stage(self) -> Rehearsal:
        """The accounts as they were read, the position open."""
        loans, deployment = self.loans, self.deployment
        states: dict[Pubkey, Any] = {
            deployment.protocol: loans.protocol,
            deployment.verse(loans.market.state.verse): loans.verse,
            loans.address: loans.market.state,
            deployment.book(loans.address): loans.book,
            deployment.ladder(loans.address, self.outcome): loans.require_ladder(self.outcome),
            self.trader.address: self.trader.state,
            self._position_address: self.held,
        }
        feed = loans.feeds[self.outcome]
        if feed is not None:
            states[deployment.feed(loans.address, self.outcome)] = feed
        return Rehearsal(loans.clock, states)

    @property
    def _position_address(self) -> Pubkey:
        return self.deployment.position(self.trader.address, self.loans.address, self.outcome)

    def _synced(self) -> Cap:
        """The cap that the next loan meets."""
        return cap_of(self._after(self._run(self._sync())), self.trader.state, self.outcome)

    def _run(self, instructions: Sequence[Instruction]) -> Rehearsal:
        """All but the opening of an empty position, which is there already."""
        stage, opening = self._stage(), self._build.open_position(**self._where)
        for one in instructions:
            if one.data != opening.data:
                stage.run(one)
        return stage

    def _after(self, stage: Rehearsal) -> Loans:
        where, deployment = self.loans.address, self.deployment
        return evolve(
            self.loans,
            market=evolve(self.loans.market, state=stage.read(Market, where)),
            protocol=stage.read(Protocol, deployment.protocol),
            verse=stage.read(Verse, deployment.verse(self.loans.market.state.verse)),
            book=stage.read(Book, deployment.book(where)),
        )

    def _plan(self, instructions: Sequence[Instruction]) -> Plan:
        """Rehearse, and compare before and after."""
        synced = self._after(self._run(instructions[: len(self._sync())] if len(instructions) > 1 else []))
        stage = self._run(instructions)
        after, position = self._after(stage), stage.read(Position, self._position_address)
        free = stage.read(Trader, self.trader.address).free
        return Plan(tuple(instructions), _compared(self, synced, after, position, free))


def _compared(desk: Desk, before: Loans, after: Loans, position: Position, free: int) -> Preview:
    """What changed, told from the accounts alone: the ledger's own differences."""
    held, outcome = desk.held, desk.outcome
    first, then = before.market.state, after.market.state
    moved = position.shares - held.shares
    amount = abs(then.sets - first.sets)
    fee = then.fees_due - first.fees_due
    borrowed = position.debt - held.debt
    is_new = position.loan_until != held.loan_until or (borrowed > 0 and position.debt != 0)
    interest = position.interest if is_new else 0
    back = before.book.interest + before.book.earned - after.book.interest - after.book.earned
    return Preview(
        outcome=outcome,
        before=standing_of(first, held),
        after=standing_of(then, position),
        shares=abs(moved),
        amount=amount,
        fee=fee,
        borrowed=borrowed,
        interest=interest,
        refund=back + interest,
        paid=desk.trader.state.free - free,
        price_before=price_of(first, outcome),
        price_after=price_of(then, outcome),
        line_before=line_at(first, before.book, outcome),
        line_after=line_at(then, after.book, outcome),
        cap=cap_of(before, desk.trader.state, outcome),
    )


def _short(book: Book) -> UsageError:
    return UsageError(
        f"the market's loan cash of {USDC.show(book.cash)} USDC does not cover this",
        code="loan_cash_short",
        advice="Borrow less, or ask the operator for an allocation.",
    )


def _refused(refusal: UsageError, margin: int, most: int, cap: Cap) -> UsageError:
    """The refusal, with what binds and the most that can be."""
    what = refusal.message
    if refusal.code == "leverage_above_cap":
        bound = cap.bound.replace("_", " ")
        what = f"the leverage would be above its cap of {show_leverage(cap.value)}, at the price before; what binds is {bound}"
    if not most:
        return UsageError(what, code=refusal.code, advice=refusal.advice)
    leverage = (margin + most) * LEVERAGE_ONE // margin
    return UsageError(
        what,
        code=refusal.code,
        advice=f"With this margin at most {USDC.show(most)} USDC can be borrowed, {show_leverage(leverage)}: "
        "ask for --leverage max, or add margin.",
    )


def show_leverage(value: int) -> str:
    """`5.25x`, rounded down."""
    hundredths = value * 100 // LEVERAGE_ONE
    return f"{hundredths // 100}.{hundredths % 100:02d}x"


__all__ = ["Desk", "Plan", "Preview", "Standing", "show_leverage", "standing_of"]
