"""A stage with a market that lends, and what borrowers and keepers do there."""

from __future__ import annotations

from typing import Any

from solders.pubkey import Pubkey as Address

from hognose.lang import Pubkey
from quatrain.core.leverage import LEVERAGE_ONE
from quatrain.program import beside_loans, book, feed, leverage, liquidation, market, trader
from quatrain.program.loan_state import Book, Feed, Ladder
from quatrain.program.state import Order, Position, Verse
from tests.svm.stage import QUESTION, SCALE, Actor, Stage
from tests.svm.world import DAY, USDC, Receipt, Ticket, address_of

LOANS = 5_000 * USDC
"""What the vault allocates to a market: with its subsidy, within 5 % of a million, for 64 outcomes as well."""


class Lender:
    """A market with a book and a ladder for each outcome, funded and synced."""

    def __init__(
        self, stage: Stage, prices: int | list[int] = 2, *, normal: bool = False, scale: int = SCALE, cash: int = LOANS
    ):
        self.stage = stage
        self.address = (stage.create_pmamm if normal else stage.create_market)(prices, scale)
        self.count = count = stage.market(self.address).outcome_count
        self.verse = address_of(Verse, id=stage.market(self.address).verse)
        self.book = address_of(Book, market=self.address)
        stage.call(
            book.open_book,
            admin=stage.admin,
            market=self.address,
            book=self.book,
            outcome_count=count,
            ends_at=stage.now + 29 * DAY,
        )
        for i in range(count):
            stage.call(
                book.open_ladder,
                payer=stage.payer,
                market=self.address,
                book=self.book,
                ladder=self.ladder(i),
                outcome=i,
            )
        if cash:
            self.allocate(cash)
        self.sync()

    # -- reading ----------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> Book:
        """The book, decoded."""
        return self.stage.read(Book, self.book)

    def ladder(self, outcome: int) -> Address:
        """Address of a ladder."""
        return address_of(Ladder, market=self.address, outcome=outcome)

    def feed(self, outcome: int) -> Address:
        """Address of a feed."""
        return address_of(Feed, market=self.address, outcome=outcome)

    def feeds(self, outcome: int) -> list[Address]:
        """The outcome's feed, if it is open."""
        return [self.feed(outcome)] if self.stage.exists(self.feed(outcome)) else []

    # -- the operator -------------------------------------------------------------------------------------------------

    def allocation(self, function: Any, amount: int) -> Ticket:
        """An allocate_loans or recall_loans."""
        return self.stage.ticket(
            function, admin=self.stage.admin, verse=self.verse, market=self.address, book=self.book, amount=amount
        )

    def allocate(self, amount: int) -> Receipt:
        """Move LP cash here."""
        return self.stage.send(self.allocation(book.allocate_loans, amount))

    def recall(self, amount: int) -> Receipt:
        """Move cash back."""
        return self.stage.send(self.allocation(book.recall_loans, amount))

    def syncing(self) -> Ticket:
        """A sync_book."""
        return self.stage.ticket(book.sync_book, verse=self.verse, market=self.address, book=self.book)

    def sync(self) -> Receipt:
        """Bring the book up to date."""
        return self.stage.send(self.syncing())

    def open_feed(self, outcome: int = 0, reporters: int = 3) -> None:
        """Open a feed with so many reporters."""
        self.stage.call(
            feed.open_feed,
            authority=self.stage.oracle,
            market=self.address,
            feed=self.feed(outcome),
            outcome=outcome,
            reporters=[Pubkey(bytes(self.stage.person(f"reporter {i}").pubkey())) for i in range(reporters)],
        )

    def report(self, price: int, outcome: int = 0, reporters: int = 3) -> None:
        """All reporters say the same."""
        for i in range(reporters):
            self.stage.call(
                feed.report_price,
                reporter=self.stage.person(f"reporter {i}"),
                feed=self.feed(outcome),
                price=price,
                confidence=0,
            )

    def shrink(self) -> Receipt:
        """Let the liquidity of a pm-AMM fall."""
        return self.stage.call(
            book.shrink_liquidity,
            market=self.address,
            book=self.book,
            first=self.ladder(0),
            second=self.ladder(1),
        )

    # -- traders ------------------------------------------------------------------------------------------------------

    def leverage(self, actor: Actor, function: Any, outcome: int = 0, **arguments: Any) -> Ticket:
        """One of the instructions of leverage."""
        return actor.ticket(
            function,
            market=self.address,
            book=self.book,
            ladder=self.ladder(outcome),
            position=actor.position(self.address, outcome),
            feeds=self.feeds(outcome),
            **arguments,
        )

    def borrow(
        self, actor: Actor, shares: int, loan: int, outcome: int = 0, *, days: float = 5, **limits: int
    ) -> Receipt:
        """Sync, open the position if need be, and buy with a loan."""
        if not self.stage.exists(actor.position(self.address, outcome)):
            actor.open(self.address, outcome)
        until = self.stage.now + int(days * DAY)
        values = {"shares": shares, "maximum_cost": 2**62, "loan": loan, "until": until} | limits
        return self.stage.send(self.syncing(), self.leverage(actor, leverage.open_leverage, outcome, **values))

    def close(self, actor: Actor, shares: int | None = None, outcome: int = 0, minimum_proceeds: int = 0) -> Receipt:
        """Sell leveraged shares, all unless told."""
        held = actor.shares(self.address, outcome) if shares is None else shares
        values = {"shares": held, "minimum_proceeds": minimum_proceeds}
        return self.stage.send(self.leverage(actor, leverage.close_leverage, outcome, **values))

    def liquidation(self, keeper: Actor, actor: Actor, outcome: int = 0, maximum_shares: int = 2**63) -> Ticket:
        """A liquidate, not sent."""
        return self.stage.ticket(
            liquidation.liquidate,
            authority=keeper.key,
            keeper=keeper.address,
            trader=actor.address,
            market=self.address,
            book=self.book,
            ladder=self.ladder(outcome),
            position=actor.position(self.address, outcome),
            feeds=self.feeds(outcome),
            maximum_shares=maximum_shares,
        )

    def liquidate(self, keeper: Actor, actor: Actor, outcome: int = 0, maximum_shares: int = 2**63) -> Receipt:
        """Liquidate a position."""
        return self.stage.send(self.liquidation(keeper, actor, outcome, maximum_shares))

    def trade(self, actor: Actor, order: Order, amount: int, outcome: int = 0, limit: int | None = None) -> Receipt:
        """An ordinary trade beside the loans."""
        if not self.stage.exists(actor.position(self.address, outcome)):
            actor.open(self.address, outcome)
        easy = 2**62 if order in (Order.BUY, Order.SELL_FOR) else 0
        return self.stage.send(
            actor.ticket(
                beside_loans.trade_beside_loans,
                market=self.address,
                book=self.book,
                position=actor.position(self.address, outcome),
                order=order,
                amount=amount,
                limit=easy if limit is None else limit,
            )
        )

    def loan(self, actor: Actor, outcome: int = 0) -> Position:
        """A position, decoded."""
        return actor.position_state(self.address, outcome)


__all__ = ["LEVERAGE_ONE", "LOANS", "QUESTION", "Lender", "market", "trader"]
