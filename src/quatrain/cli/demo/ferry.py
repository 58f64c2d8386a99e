"""A chapter of the story: shares bought with a loan, a price that falls to the water line, and a lender who loses nothing."""

from __future__ import annotations

from typing import Any

from attrs import define, frozen
from solders.keypair import Keypair

from quatrain.cli.demo.narrator import Narrator
from quatrain.cli.demo.people import Person
from quatrain.cli.demo.stage import Stage
from quatrain.cli.disclosure import disclosure_hash
from quatrain.cli.ladder import ladder_lines
from quatrain.cli.loan_terms import preview_pairs
from quatrain.cli.output import facts, table
from quatrain.client.amounts import SHARES, USDC, show_price
from quatrain.client.beside_loans import trade_instruction
from quatrain.client.errors import ProgramError
from quatrain.client.leverage import Desk, standing_of
from quatrain.client.liquidations import Due, Keeper, read_debtors
from quatrain.client.loans import Line, Loans, line_at
from quatrain.cluster.local import ROOT_VERSE, TRADER_LAMPORTS
from quatrain.core.leverage import LEVERAGE_ONE
from quatrain.keepers.ingest.question import Question
from quatrain.program.loan_events import BookSynced, Liquidated
from quatrain.program.state import PRICE_ONE, Maker, Order

TITLE = "Does the night ferry sail on Monday?"
OUTCOMES = ("Yes", "No")
YES = 0
DAY_SECONDS = 86_400
LIFE_DAYS = 10
POOL, LENDING = 2_000 * USDC.one, 1_000 * USDC.one
"""What the vault gives the market to trade and to lend."""
MARGIN, LEVERAGE = 100 * USDC.one, 5 * LEVERAGE_ONE
SELLER_SPENDS = 900 * USDC.one
CALM, STORM = PRICE_ONE * 58 // 100, PRICE_ONE * 40 // 100
"""What Yes costs elsewhere, at first and when the storm is announced."""
SLOTS = 6
"""For so many slots the storm is believed."""


@frozen
class Lent:
    """What became of the vault's loan cash, µUSDC, read from the chain."""

    allocated: int
    returned: int
    interest: int
    penalties: int
    slices: int

    @property
    def lost(self) -> int:
        """By the lender."""
        return self.allocated - self.returned

    def record(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "allocated_usdc": USDC.plain(self.allocated),
            "lost_usdc": USDC.plain(self.lost),
            "interest_usdc": USDC.plain(self.interest),
            "penalties_usdc": USDC.plain(self.penalties),
            "slices": self.slices,
        }


@define
class _Ferry:
    """The market with its loans and its reporters."""

    stage: Stage
    market: int
    reporters: list[Keypair]

    @property
    def loans(self) -> Loans:
        return self.stage.session.loans(self.market)

    @property
    def where(self) -> dict[str, Any]:
        return {"market_address": self.stage.session.deployment.market(self.market)}

    @property
    def of_verse(self) -> dict[str, Any]:
        return {"verse_id": ROOT_VERSE, **self.where}

    def report(self, price: int) -> None:
        """Every reporter says that Yes costs so much elsewhere."""
        for one in self.reporters:
            report = self.stage.session.instructions.report_price(
                reporter=one.pubkey(), outcome=YES, price=price, confidence=0, **self.where
            )
            self.stage.send("report a price", one, report)

    def desk(self, person: Person) -> Desk:
        """Where somebody borrows."""
        session = self.stage.session
        return Desk.read(session.chain, session.deployment, person.address, self.loans, YES)

    def keeper(self, person: Person) -> Keeper:
        """Somebody as a keeper."""
        session = self.stage.session
        return Keeper(session.chain, session.deployment, person.address, self.loans)

    def due(self, keeper: Person) -> list[Due]:
        """The liquidations that are possible now."""
        session = self.stage.session
        found = session.market(self.market)
        return self.keeper(keeper).due(read_debtors(session.chain, session.deployment, found))

    def price(self) -> str:
        """Of Yes."""
        return show_price(self.line.price)

    @property
    def line(self) -> Line:
        """Of Yes."""
        loans = self.loans
        return line_at(loans.market.state, loans.book, YES)


def tell_ferry(narrator: Narrator, stage: Stage, people: list[Person]) -> Lent:
    """From the opening of the book to the last payout; what became of the vault's loan cash."""
    narrator.section("Shares bought with a loan")
    ada, _, cleo = people
    ferry = _open(narrator, stage)
    narrator.trade("Cleo", OUTCOMES[YES], cleo.buy(ferry.market, YES, SELLER_SPENDS))
    _borrow(narrator, ferry, ada)
    _fall(narrator, ferry, cleo)
    slices = _storm(narrator, ferry, people)
    _repay(narrator, ferry, ada)
    lent = _return(narrator, ferry, slices)
    stage.resolve(ferry.market, winner=YES)
    narrator.say("On Monday the ferry sails.")
    narrator.payouts(stage, ferry.market, people, OUTCOMES)
    stage.sync(ferry.market)
    return lent


def _open(narrator: Narrator, stage: Stage) -> _Ferry:
    question = Question(TITLE, OUTCOMES, "Yes, if the night ferry leaves the harbour before Tuesday.")
    market = stage.create(question, Maker.LMSR, [PRICE_ONE // 2] * 2, closes_in=LIFE_DAYS * DAY_SECONDS, subsidy=POOL)
    ferry = _Ferry(stage, market, [Keypair() for _ in range(3)])
    build, admin = stage.session.instructions, stage.keys.admin
    operator, closes_at = admin.pubkey(), stage.session.market(market).state.closes_at
    stage.send(
        "open a book and two ladders", admin,
        build.open_book(admin=operator, outcome_count=len(OUTCOMES), ends_at=closes_at, **ferry.where),
        *(build.open_ladder(payer=operator, outcome=i, **ferry.where) for i in range(len(OUTCOMES))),
    )  # fmt: skip
    stage.send("allocate loan cash", admin, build.allocate_loans(admin=operator, amount=LENDING, **ferry.of_verse))
    named = [one.pubkey() for one in ferry.reporters]
    for one in named:
        stage.chain.airdrop(one, TRADER_LAMPORTS)
    stage.send("open a feed", admin, build.open_feed(authority=operator, outcome=YES, reporters=named, **ferry.where))
    narrator.say(
        f"“{TITLE}” opens at {ferry.price()}. The operator opens a book for it, with a ladder for each outcome, and allocates "
        f"{USDC.show(LENDING)} USDC of the vault: so much can be lent here. Three reporters say what Yes costs elsewhere."
    )
    return ferry


def _borrow(narrator: Narrator, ferry: _Ferry, ada: Person) -> None:
    build = ferry.stage.session.instructions
    acknowledge = build.acknowledge_risk(authority=ada.address, disclosure=disclosure_hash())
    ferry.stage.send("acknowledge the risk", ada.key, acknowledge)
    ferry.report(CALM)
    desk = ferry.desk(ada)
    plan = desk.opening(MARGIN, LEVERAGE, desk.latest)
    narrator.say(
        f"Ada reads what she risks, which is recorded, and looks at what {USDC.show(MARGIN)} USDC of her own would do with four "
        "times as much from the vault:"
    )
    narrator.show(facts("", preview_pairs(plan.preview)))
    ferry.stage.send("open with a loan", ada.key, *plan.instructions)
    after = plan.preview.after
    assert standing_of(ferry.loans.market.state, ferry.desk(ada).held) == after
    narrator.say("She signs, and it is so to the last µUSDC. `quatrain risk` draws what the vault stands on:")
    for one in ladder_lines(ferry.loans, YES, OUTCOMES[YES]):
        narrator.say(one)


def _fall(narrator: Narrator, ferry: _Ferry, cleo: Person) -> None:
    """Somebody sells down to the line, and no further."""
    held, slack = cleo.shares(ferry.market, YES), ferry.line.slack
    assert slack is not None
    code = _refusal(ferry, cleo, held)
    assert code == "water_line", code
    narrator.say(
        f"A storm is in the air, and Cleo wants to sell all her {SHARES.show(held)} shares at once. The program refuses, "
        f"{code}: below that line Ada's shares could not repay her loan. Cleo sells what can be sold."
    )
    narrator.trade("Cleo", OUTCOMES[YES], cleo.sell(ferry.market, YES, slack))


def _refusal(ferry: _Ferry, seller: Person, shares: int) -> str:
    """The code with which the program refuses a sale; empty where it does not."""
    session = ferry.stage.session
    sale = trade_instruction(
        session.instructions, session.market(ferry.market), authority=seller.address, outcome=YES, order=Order.SELL,
        amount=shares, limit=0,
    )  # fmt: skip
    try:
        session.send(seller.key, sale)
    except ProgramError as refused:
        return refused.code
    return ""


def _storm(narrator: Narrator, ferry: _Ferry, people: list[Person]) -> int:
    """While the reporters see the storm, a keeper sells Ada's shares, a slice a slot, and Cleo follows; how many slices."""
    ada, ben, cleo = people
    ferry.report(STORM)
    narrator.say(
        f"The reporters see {show_price(STORM)} elsewhere. At the line the pool can fall no further, so their word is enough: Ada's loan "
        "is due. Ben, a keeper, sells a slice of her shares in each slot, and Cleo sells what this makes room for:"
    )
    rows: list[list[str]] = []
    for number in range(1, SLOTS + 1):
        event = _slice(ferry, ben)
        room = min(ferry.line.slack or 0, cleo.shares(ferry.market, YES))
        if room:
            cleo.sell(ferry.market, YES, room)
        rows.append(_row(number, event, room))
    columns = ("slot", "price", "Ben sells", "debt left, USDC", "his reward", "penalty", "Cleo sells")
    narrator.show(table("", columns, rows, right=range(7)))
    ferry.report(CALM)
    assert not ferry.due(ben)
    narrator.say(
        f"The storm turns away, the reporters say so, and nobody is due any more. Ada keeps {SHARES.show(ada.shares(ferry.market, YES))} "
        "shares: each slice took price and line down together, and left her loan safer than before."
    )
    return len(rows)


def _slice(ferry: _Ferry, keeper: Person) -> Any:
    """The event of one liquidation, a slot later."""
    stage = ferry.stage
    stage.chain.warp(slot=stage.chain.clock().slot + 1)
    (due,) = ferry.due(keeper)
    receipt = stage.send("liquidate a slice", keeper.key, due.instruction)
    (event,) = stage.events(receipt, Liquidated)
    return event


def _row(number: int, event: Any, followed: int) -> list[str]:
    return [
        str(number), show_price(event.price), SHARES.show(event.shares), USDC.show(event.debt),
        USDC.show(event.reward, places=4), USDC.show(event.penalty, places=4), SHARES.show(followed),
    ]  # fmt: skip


def _repay(narrator: Narrator, ferry: _Ferry, ada: Person) -> None:
    """A day later the borrower closes, long before the term ends."""
    stage = ferry.stage
    stage.chain.warp(unix_timestamp=stage.chain.clock().unix_timestamp + DAY_SECONDS)
    desk = ferry.desk(ada)
    plan = desk.closing(desk.held.shares)
    stage.send("close with a loan", ada.key, *plan.instructions)
    done = plan.preview
    narrator.say(
        f"A day later Ada sells them for {USDC.show(done.amount)} USDC: {USDC.show(-done.borrowed)} repay her debt, "
        f"{USDC.show(-done.paid)} are hers again, {USDC.show(done.refund)} of them interest that she had prepaid for days that she did not need."
    )


def _return(narrator: Narrator, ferry: _Ferry, slices: int) -> Lent:
    """The book is emptied and closed."""
    stage, build, admin = ferry.stage, ferry.stage.session.instructions, ferry.stage.keys.admin
    operator = admin.pubkey()
    (synced,) = stage.events(stage.send("sync a book", admin, build.sync_book(**ferry.of_verse)), BookSynced)
    returned = ferry.loans.book.cash
    stage.send("recall loan cash", admin, build.recall_loans(admin=operator, amount=returned, **ferry.of_verse))
    stage.send(
        "close a book and two ladders", admin,
        *(build.close_ladder(admin=operator, outcome=i, **ferry.where) for i in range(len(OUTCOMES))),
        build.close_book(admin=operator, **ferry.where),
    )  # fmt: skip
    lent = Lent(LENDING, returned, synced.earned, synced.penalties, slices)
    narrator.say(
        f"The operator closes the book. {USDC.show(returned)} of the {USDC.show(LENDING)} USDC are back in the vault: the lender's loss is "
        f"{USDC.show(lent.lost)}. Interest of {USDC.show(lent.interest)} is the vault's, penalties of {USDC.show(lent.penalties)} the insurance fund's."
    )
    return lent


__all__ = ["Lent", "tell_ferry"]
