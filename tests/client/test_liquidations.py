"""Who is due is the program's answer, and a trade that the line refuses takes the liquidations that it needs with it."""

from typing import Any

import pytest
from solders.keypair import Keypair

from quatrain.client.beside_loans import batch_instruction, trade_instruction
from quatrain.client.errors import ProgramError, UsageError
from quatrain.client.liquidations import Keeper, read_debtors
from quatrain.client.loans import line_at
from quatrain.client.passage import Passage, passage
from quatrain.cluster.local import Keys
from quatrain.cluster.session import Session
from quatrain.core.leverage import LEVERAGE_ONE
from quatrain.program.loan_events import Liquidated
from quatrain.program.state import Leg, Order
from tests.lent import DAY, USDC, Bench


class Crowd(Bench):
    """A bench with a borrower at about 5x, and somebody who sells; three reporters who see the price at `seen`."""

    def __init__(self, session: Session, keys: Keys, *, normal: bool = False):
        super().__init__(session, keys, normal=normal)
        self.seller = Keypair()
        self.fund(self.seller)
        self.trade(self.seller, Order.BUY_FOR, 12_000 * USDC)
        self.do(self.desk().opening(300 * USDC, 5 * LEVERAGE_ONE, self.now + 3 * DAY))

    def trade(self, key: Keypair, order: Order, amount: int, outcome: int = 0) -> None:
        """Trade without a limit."""
        session, owner = self.session, key.pubkey()
        if session.position(owner, self.address, outcome) is None:
            opening = session.instructions.open_position(authority=owner, market_address=self.address, outcome=outcome)
            session.send(key, opening)
        session.send(key, self.order(key, order, amount, outcome))

    def order(self, key: Keypair, order: Order, amount: int, outcome: int = 0):
        """A trade without a limit, not sent."""
        easy = 2**62 if order in (Order.BUY, Order.SELL_FOR) else 0
        return trade_instruction(
            self.session.instructions, self.session.market(self.id), authority=key.pubkey(), outcome=outcome,
            order=order, amount=amount, limit=easy,
        )  # fmt: skip

    def report(self, price: int) -> None:
        """Three reporters see the outcome at this price."""
        session, admin = self.session, self.keys.admin
        where: dict[str, Any] = {"market_address": self.address, "outcome": 0}
        reporters = [Keypair() for _ in range(3)]
        named = [one.pubkey() for one in reporters]
        build = session.instructions.set_reporters if self.loans().has_feed(0) else session.instructions.open_feed
        session.send(admin, build(authority=admin.pubkey(), reporters=named, **where))
        for one in reporters:
            session.embedded.airdrop(one.pubkey(), 10**9)
            session.send(
                one, session.instructions.report_price(reporter=one.pubkey(), price=price, confidence=0, **where)
            )

    def keeper(self, key: Keypair) -> Keeper:
        """The key as a keeper."""
        return Keeper(self.session.chain, self.session.deployment, key.pubkey(), self.loans())

    def debtors(self):
        """Whoever has debt."""
        return read_debtors(self.session.chain, self.session.deployment, self.session.market(self.id))

    def sell_to_the_line(self) -> int:
        """Sell almost all that the line allows; the µshares that it does not."""
        slack = self.loans_line()
        self.trade(self.seller, Order.SELL, slack * 98 // 100)
        return slack // 10

    def loans_line(self) -> int:
        """The slack in shares: bisected with the chain's own answer."""
        held = self.session.position(self.seller.pubkey(), self.address, 0)
        assert held is not None
        low, high = 0, held.state.shares
        while high - low > USDC:
            middle = (low + high) // 2
            try:
                self.session.measure(self.seller, self.order(self.seller, Order.SELL, middle))
                low = middle
            except ProgramError:
                high = middle
        return low


@pytest.mark.parametrize("normal", [False, True], ids=["LMSR", "pm-AMM"])
def test_a_refused_trade_takes_its_liquidations_along(session: Session, keys: Keys, normal: bool) -> None:
    """At the line a sale is refused; nobody is due until the world says so; then one transaction liquidates and sells."""
    crowd = Crowd(session, keys, normal=normal)
    slack = line_at(session.market(crowd.id).state, crowd.loans().book, 0).slack
    assert slack is not None
    assert slack - 2 * USDC < crowd.loans_line() <= slack
    more = crowd.sell_to_the_line()
    sale = crowd.order(crowd.seller, Order.SELL, more)
    with pytest.raises(ProgramError) as refused:
        session.send(crowd.seller, sale)
    assert refused.value.code == "water_line"
    with pytest.raises(UsageError) as caught:
        crowd.keeper(crowd.seller).compose(sale, crowd.debtors())
    assert caught.value.code == "water_line"
    rung = crowd.held().rung
    assert f"outcome 0 rung {rung} " in caught.value.advice

    crowd.report(50_000_000)
    small = crowd.order(crowd.seller, Order.SELL, more // 4)
    composed = crowd.keeper(crowd.seller).compose(small, crowd.debtors())
    receipt = session.send(crowd.seller, *composed.instructions)

    done = [event for event in session.events(receipt) if isinstance(event, Liquidated)]
    assert [one.shares for one in done] == [one.event.shares for one in composed.due]
    assert [one.reward for one in done] == [one.event.reward for one in composed.due]
    assert len(done) == 1


def quoted(crowd: Crowd, order: Order, amount: int, outcome: int = 0) -> Passage | None:
    """How the trade of anybody would stand to the line."""
    session, loans = crowd.session, crowd.loans()
    quoter = session.quoter(loans.market.state)
    terms = quoter.order(outcome, order, amount)
    return passage(session.chain, session.deployment, loans, quoter, terms, order, amount)


@pytest.mark.parametrize("normal", [False, True], ids=["LMSR", "pm-AMM"])
def test_a_quote_knows_the_line(session: Session, keys: Keys, normal: bool) -> None:
    """A sale of the whole slack passes on the chain, a share more does not; what is due first is what is composed."""
    crowd = Crowd(session, keys, normal=normal)
    assert quoted(crowd, Order.BUY, 10 * USDC) is None
    slack = line_at(session.market(crowd.id).state, crowd.loans().book, 0).slack
    assert slack is not None
    crowd.trade(crowd.seller, Order.SELL, slack * 98 // 100)
    near = line_at(session.market(crowd.id).state, crowd.loans().book, 0)
    assert near.slack is not None
    free, refused = quoted(crowd, Order.SELL, near.slack), quoted(crowd, Order.SELL, near.slack + USDC)
    assert (free is not None and free.is_free, free and free.before) == (True, near)
    session.measure(crowd.seller, crowd.order(crowd.seller, Order.SELL, near.slack))
    assert refused is not None
    assert (refused.refusal and refused.refusal.code, refused.due) == ("water_line", ())
    with pytest.raises(ProgramError):
        session.measure(crowd.seller, crowd.order(crowd.seller, Order.SELL, near.slack + USDC))

    crowd.report(50_000_000)
    more = near.slack + 30 * USDC
    told = quoted(crowd, Order.SELL, more)
    composed = crowd.keeper(crowd.seller).compose(crowd.order(crowd.seller, Order.SELL, more), crowd.debtors())
    assert told is not None
    assert [one.event.shares for one in told.due] == [one.event.shares for one in composed.due] != []
    session.send(crowd.seller, *composed.instructions)


def test_a_purchase_lowers_the_others(session: Session, keys: Keys) -> None:
    """Who buys No is stopped at the line of Yes; only rungs of the outcome that would fall too far are named."""
    crowd = Crowd(session, keys)
    crowd.do(crowd.desk(1).opening(300 * USDC, 2 * LEVERAGE_ONE, crowd.now + DAY))
    small, large = quoted(crowd, Order.BUY_FOR, 10 * USDC, 1), quoted(crowd, Order.BUY_FOR, 9_000 * USDC, 1)
    assert small is not None
    assert (small.outcome, small.is_free) == (0, True)
    assert large is not None
    assert large.refusal is not None
    assert f"outcome 0 rung {crowd.held().rung} " in large.refusal.advice
    assert "outcome 1" not in large.refusal.advice
    with pytest.raises(ProgramError) as refused:
        crowd.trade(crowd.seller, Order.BUY_FOR, 9_000 * USDC, 1)
    assert refused.value.code == "water_line"


def test_a_trade_above_the_line_goes_alone(session: Session, keys: Keys) -> None:
    """No liquidation is composed where none is needed; another refusal is raised as it is."""
    crowd = Crowd(session, keys)
    keeper = crowd.keeper(crowd.seller)

    assert keeper.compose(crowd.order(crowd.seller, Order.SELL, 10 * USDC), crowd.debtors()).due == ()
    with pytest.raises(UsageError) as caught:
        keeper.compose(crowd.order(crowd.seller, Order.SELL, 10**6 * USDC), crowd.debtors())
    assert caught.value.code == "insufficient_shares"


def test_the_due_are_found_by_time_and_by_price(session: Session, keys: Keys) -> None:
    """Nobody while healthy; by price with pool, mean and reports; whoever's term is over; each as rehearsed."""
    crowd = Crowd(session, keys)
    assert crowd.keeper(crowd.seller).due(crowd.debtors()) == []
    (rung,) = crowd.loans().rungs(0)
    assert (rung.number, rung.shares) == (crowd.held().rung, crowd.held().shares)
    session.embedded.warp(unix_timestamp=crowd.now + 3 * DAY)

    (due,) = crowd.keeper(crowd.seller).due(crowd.debtors())
    (event,) = [
        one for one in session.events(session.send(crowd.seller, due.instruction)) if isinstance(one, Liquidated)
    ]

    assert not event.by_price
    assert (event.shares, event.proceeds, event.reward, event.debt) == (
        due.event.shares, due.event.proceeds, due.event.reward, due.event.debt,
    )  # fmt: skip


def test_trades_are_by_the_instruction_that_the_market_wants(session: Session, keys: Keys) -> None:
    """Each kind of order and a batch, beside loans as without."""
    plain, crowd = Bench(session, keys), Crowd(session, keys)
    for bench, name in ((plain, "no loans"), (crowd, "loans")):
        session, key = bench.session, crowd.seller
        market = session.market(bench.id)
        for outcome in range(2):
            if session.position(key.pubkey(), bench.address, outcome) is None:
                session.send(
                    key,
                    session.instructions.open_position(
                        authority=key.pubkey(), market_address=bench.address, outcome=outcome
                    ),
                )
        for order in (Order.BUY, Order.BUY_FOR, Order.SELL, Order.SELL_FOR):
            limit = 2**62 if order in (Order.BUY, Order.SELL_FOR) else 0
            amount = USDC if order < Order.SELL else USDC // 4
            one = trade_instruction(
                session.instructions, market, authority=key.pubkey(), outcome=1, order=order, amount=amount, limit=limit
            )
            session.send(key, one)
        legs = [
            (0, Leg(order=Order.BUY, amount=USDC, limit=2**62)),
            (1, Leg(order=Order.BUY_FOR, amount=USDC, limit=0)),
        ]
        batch = batch_instruction(
            session.instructions, market, authority=key.pubkey(), legs=legs, maximum_spend=10 * USDC
        )
        session.send(key, batch)
        assert market.state.indebted == (name == "loans")
