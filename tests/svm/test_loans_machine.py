"""No sequence of instructions makes a loan unrepayable: hypothesis searches for one that does.

After every step `World.check` sells all leveraged shares of a copy of each pool, riskiest first, and demands that every loan is
repaid; that books, ladders and positions agree; and that no µUSDC appears or vanishes. In the end all loans are worked off by
time, before the market closes, and the vault has its loans back, whole. Every step also runs in CPython, with the same result.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from hognose.build import Build
from quatrain.program import book, leverage
from quatrain.program.errors import QuatrainError
from quatrain.program.liquidation import trigger_ceil
from quatrain.program.makers import price_of
from quatrain.program.state import PRICE_ONE, Maker, Order
from tests.svm.lending import Lender
from tests.svm.mirror import Mirror
from tests.svm.refusals import attempt
from tests.svm.stage import Actor
from tests.svm.world import DAY, USDC, Receipt, Ticket

BORROWERS = ("alice", "bob", "carol")
TRADERS = ("dan", "erin")
SIZES = st.one_of(*[st.floats(low, top) for low, top in ((0.05, 0.2), (0.1, 0.6), (0.5, 2.0))])
"""In the market's scale."""
PARTS = st.floats(0, 1)
WHO = st.integers(0, 2)
OUTCOME = st.integers(0, 2)


class Lending(RuleBasedStateMachine):
    """Three borrow, two trade, all liquidate, in one market."""

    elf: bytes
    sent: int = 0
    """Random instructions so far, the refused ones too."""

    @initialize(
        kind=st.sampled_from([(2, False), (3, False), (2, True)]),
        scale=st.sampled_from([2_000, 5_000, 10_000]),
        loans=st.tuples(*[st.tuples(OUTCOME, st.floats(0.1, 0.8), st.floats(0.5, 0.97))] * 3),
    )
    def begin(self, kind: tuple[int, bool], scale: int, loans: tuple[tuple[int, float, float], ...]) -> None:
        """Furnish the world, and let each borrower try a loan."""
        self.stage = Mirror(self.elf).furnish()
        count, normal = kind
        self.lender = Lender(self.stage, count, normal=normal, scale=scale * USDC)
        self.scale = scale * USDC
        for outcome in range(count):
            self.lender.open_feed(outcome)
        self.borrowers = [self.stage.trader(name, 500_000 * USDC) for name in BORROWERS]
        self.traders = [self.stage.trader(name, 500_000 * USDC) for name in TRADERS]
        for actor in self.actors:
            for outcome in range(count):
                actor.open(self.lender.address, outcome)
        for who, (outcome, size, part) in enumerate(loans):
            self.borrow(who=who, outcome=outcome, size=size, part=part, days=5)

    @property
    def actors(self) -> list[Actor]:
        """Everybody."""
        return self.borrowers + self.traders

    @property
    def indebted(self) -> list[tuple[Actor, int]]:
        """Whoever has a debt, and in which outcome."""
        return [(a, i) for a in self.borrowers for i in range(self.lender.count) if self.lender.loan(a, i).debt]

    def attempt(self, action: Callable[[], Receipt]) -> bool:
        """Act, and count it."""
        Lending.sent += 1
        return attempt(self.stage, action)

    def send(self, *tickets: Ticket) -> bool:
        """Send, if it is accepted."""
        return self.attempt(lambda: self.stage.send(*tickets))

    # -- rules ------------------------------------------------------------------------------------------------------

    @rule(who=WHO, outcome=OUTCOME, size=SIZES, part=st.floats(0.3, 1.02), days=st.floats(0.01, 7))
    def borrow(self, who: int, outcome: int, size: float, part: float, days: float) -> None:
        """Buy with a loan of a part of what the shares are worth before."""
        outcome %= self.lender.count
        shares = int(self.scale * size)
        loan = shares * price_of(self.stage.market(self.lender.address), outcome) // PRICE_ONE
        ticket = self.lender.leverage(
            self.borrowers[who],
            leverage.open_leverage,
            outcome,
            shares=shares,
            maximum_cost=2**62,
            loan=int(loan * part),
            until=self.stage.now + int(days * DAY),
        )
        self.send(self.lender.syncing(), ticket)

    @precondition(lambda self: self.lender.state.debt)
    @rule(which=WHO, act=st.sampled_from(["close", "all", "add", "remove", "extend"]), part=st.floats(0, 1.01))
    def change(self, which: int, act: str, part: float) -> None:
        """Sell a part of an indebted position, repay a part of a debt, borrow more, or longer."""
        actor, outcome = self.indebted[which % len(self.indebted)]
        loan = self.lender.loan(actor, outcome)
        until = max(loan.loan_until, self.stage.now) + int(part * DAY)
        calls: dict[str, tuple[object, dict[str, int]]] = {
            "close": (leverage.close_leverage, {"shares": int(loan.shares * part), "minimum_proceeds": 0}),
            "all": (leverage.close_leverage, {"shares": loan.shares, "minimum_proceeds": 0}),
            "add": (leverage.add_margin, {"amount": int(loan.debt * part)}),
            "remove": (leverage.remove_margin, {"amount": int(loan.margin * part), "until": until}),
            "extend": (leverage.extend_loan, {"until": until}),
        }
        function, arguments = calls[act]
        self.send(self.lender.syncing(), self.lender.leverage(actor, function, outcome, **arguments))

    @rule(who=st.integers(0, 1), outcome=OUTCOME, order=st.sampled_from(Order), size=SIZES)
    def trade(self, who: int, outcome: int, order: Order, size: float) -> None:
        """An ordinary trade, which may want to push the price anywhere."""
        outcome %= self.lender.count
        actor, amount = self.traders[who], int(self.scale * size)
        if order in (Order.SELL, Order.SELL_FOR):
            amount = min(amount, actor.shares(self.lender.address, outcome))
        self.attempt(lambda: self.lender.trade(actor, order, amount, outcome))

    @precondition(lambda self: self.lender.state.debt)
    @rule(keeper=st.integers(0, 4), which=WHO, fall=st.booleans(), most=st.sampled_from([2**62, 10**9, 10**6]))
    def liquidate(self, keeper: int, which: int, fall: bool, most: int) -> None:
        """Anybody's, if it is due; after a fall of the outside price, perhaps."""
        actor, outcome = self.indebted[which % len(self.indebted)]
        loan = self.lender.loan(actor, outcome)
        if fall:
            self.lender.report(min(trigger_ceil(loan), PRICE_ONE) * 9 // 10, outcome)
        self.send(self.lender.liquidation(self.actors[keeper], actor, outcome, most))

    @rule(who=st.integers(0, 1), outcome=OUTCOME)
    def push_down(self, who: int, outcome: int) -> None:
        """Push an outcome's price down by buying all others, as far as the line allows."""
        outcome %= self.lender.count
        for part in (1.0, 0.3, 0.1, 0.03, 0.01):
            for other in range(self.lender.count):
                if other != outcome:
                    self.buy(self.traders[who], int(self.scale * part), other)

    def buy(self, actor: Actor, shares: int, outcome: int) -> None:
        """Buy without a loan, if it is accepted."""
        self.attempt(lambda: self.lender.trade(actor, Order.BUY, shares, outcome))

    @rule(outcome=OUTCOME, price=st.integers(0, PRICE_ONE))
    def report(self, outcome: int, price: int) -> None:
        """The outside price is anything."""
        self.lender.report(price, outcome % self.lender.count)

    @rule(slots=st.integers(0, 200))
    def wait(self, slots: int) -> None:
        """A while."""
        self.stage.advance(seconds=slots * 2 // 5, slots=slots)

    @rule(days=st.floats(0, 3))
    def wait_long(self, days: float) -> None:
        """Days, while the market trades."""
        room = self.lender.state.ends_at - self.stage.now - DAY // 2
        seconds = max(min(int(days * DAY), room), 0)
        self.stage.advance(seconds=seconds, slots=seconds * 5 // 2)

    @rule(amount=st.integers(1, 40_000), back=st.booleans())
    def allocate(self, amount: int, back: bool) -> None:
        """More loan cash, or less."""
        function = book.recall_loans if back else book.allocate_loans
        self.send(self.lender.allocation(function, amount * USDC))

    @precondition(lambda self: self.stage.market(self.lender.address).maker == Maker.PM_AMM)
    @rule()
    def shrink(self) -> None:
        """A pm-AMM's liquidity falls as far as the line allows."""
        self.attempt(self.lender.shrink)

    @rule()
    def sync(self) -> None:
        """Share out fees, and the book's income."""
        self.lender.sync()
        self.stage.sync(self.lender.address)

    def teardown(self) -> None:
        """All loans end with their time; the market closes without one, and the vault has its cash back."""
        if not hasattr(self, "traders"):
            return
        work_off(self.lender, self.actors)
        stage, lender = self.stage, self.lender
        lender.sync()
        if lender.state.cash:
            lender.recall(lender.state.cash)
        stage.finish(lender.address, 1)
        assert (stage.protocol.loans_out, stage.protocol.debt_out) == (0, 0)
        for actor in self.actors:
            for outcome in range(lender.count):
                actor.settle(lender.address, outcome)
            if actor.free:
                actor.withdraw(actor.free)


def work_off(lender: Lender, actors: list[Actor]) -> int:
    """Liquidate by time, riskiest first, slot after slot; how many slots that took. The bound: 50 and one for each loan."""
    stage = lender.stage
    ends = lender.state.ends_at
    if lender.state.debt:
        stage.advance(seconds=max(ends - stage.now, 0))
    slots, bound = 0, 60 + lender.state.loans
    while lender.state.debt:
        indebted = [(a, i) for a in actors for i in range(lender.count) if lender.loan(a, i).debt]
        for actor, outcome in sorted(indebted, key=lambda one: -lender.loan(*one).rung):
            if lender.loan(actor, outcome).debt:
                code, _ = stage.simulate(lender.liquidation(actors[0], actor, outcome))
                assert code in (None, QuatrainError.SLICE_SPENT.code, QuatrainError.WATER_LINE.code), code
                if code is None:
                    lender.liquidate(actors[0], actor, outcome)
        stage.advance(seconds=1)
        slots += 1
        assert slots <= bound
    return slots


@pytest.mark.slow
@pytest.mark.timeout(0)  # 100,000 instructions take most of an hour
@pytest.mark.parametrize("least", [5_000, pytest.param(100_000, marks=pytest.mark.nightly)])
def test_no_sequence_of_instructions_loses_a_loan(program: Build, least: int, pytestconfig: pytest.Config) -> None:
    """Lives of fifty steps, until so many random instructions were sent. A failure shrinks to a script of calls that replays it."""
    Lending.elf, Lending.sent = program.elf, 0
    rounds = count(secrets.randbits(64) if pytestconfig.getoption("--explore") else 0)
    while Lending.sent < least:
        seed(next(rounds))(Lending)
        run_state_machine_as_test(Lending, settings=settings(max_examples=25, stateful_step_count=50, deadline=None))
