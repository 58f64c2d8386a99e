"""A market that lends, for tests of the client and of the command line."""

from solders.keypair import Keypair

from hognose.lang import Hash
from quatrain.client.leverage import Desk, Plan, standing_of
from quatrain.client.loans import Loans, line_at
from quatrain.cluster.local import ROOT_VERSE, TRADER_LAMPORTS, Keys, give_usdc
from quatrain.cluster.session import Session
from quatrain.program.state import Maker, Position

USDC = 1_000_000
DAY = 86_400


class Bench:
    """A market with loans of 100,000 USDC, and a trader with 50,000 of his own."""

    def __init__(self, session: Session, keys: Keys, *, normal: bool = False, cash: int = 100_000 * USDC):
        self.session, self.keys = session, keys
        self.id = session.protocol().next_market_id
        admin, build, now = keys.admin, session.instructions, session.chain.clock().unix_timestamp
        self.address = session.deployment.market(self.id)
        create = build.create_market(
            admin=admin.pubkey(), verse_id=ROOT_VERSE, id=self.id, liquidity=20_000 * USDC, opens_at=now,
            closes_at=now + 30 * DAY, question=Hash(bytes(32)), opening=[500_000_000] * 2,
            maker=Maker.PM_AMM if normal else Maker.LMSR, expires_at=now + 40 * DAY if normal else 0,
        )  # fmt: skip
        where = {"market_address": self.address}
        session.send(admin, create)
        session.send(admin, build.open_book(admin=admin.pubkey(), outcome_count=2, ends_at=now + 29 * DAY, **where))
        for outcome in range(2):
            session.send(admin, build.open_ladder(payer=admin.pubkey(), outcome=outcome, **where))
        if cash:
            session.send(admin, build.allocate_loans(admin=admin.pubkey(), verse_id=ROOT_VERSE, amount=cash, **where))
        self.trader = Keypair()
        self.fund(self.trader)

    def fund(self, key: Keypair) -> None:
        """Give him 50,000 USDC in a trading account."""
        session, build = self.session, self.session.instructions
        session.embedded.airdrop(key.pubkey(), TRADER_LAMPORTS)
        give_usdc(session, self.keys, key.pubkey(), 50_000 * USDC)
        opening = build.open_trader(authority=key.pubkey())
        session.send(key, opening, build.deposit(authority=key.pubkey(), amount=50_000 * USDC))

    @property
    def now(self) -> int:
        """The unix second."""
        return self.session.chain.clock().unix_timestamp

    def loans(self) -> Loans:
        """As they are."""
        return self.session.loans(self.id)

    def desk(self, outcome: int = 0) -> Desk:
        """The trader's."""
        session = self.session
        return Desk.read(session.chain, session.deployment, self.trader.pubkey(), self.loans(), outcome)

    def do(self, plan: Plan) -> None:
        """Send a plan, and compare everything that its preview says with what lies on the chain."""
        free = self.free
        self.session.send(self.trader, *plan.instructions)
        held, loans, preview = self.held(plan.preview.outcome), self.loans(), plan.preview
        assert standing_of(loans.market.state, held) == preview.after
        assert free - self.free == preview.paid
        assert line_at(loans.market.state, loans.book, preview.outcome) == preview.line_after
        assert loans.market.state.fees_due >= preview.fee

    @property
    def free(self) -> int:
        """The trader's free money."""
        found = self.session.trader(self.trader.pubkey())
        assert found is not None
        return found.state.free

    def held(self, outcome: int = 0) -> Position:
        """The trader's position."""
        found = self.session.position(self.trader.pubkey(), self.address, outcome)
        assert found is not None
        return found.state
