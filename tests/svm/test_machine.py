"""Any sequence of instructions by anybody keeps the invariants: hypothesis searches for one that does not.

After each step `World.check` verifies conservation of USDC and of shares, and escrow; here, in addition, that the
prices' sum is at most 1 (so that no cycle of trades profits), that a refusal changes nothing, and in the end that
everybody can leave with everything that is his. Every step also runs in CPython, with the same result.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from solders.pubkey import Pubkey as Address

from hognose.build import Build
from quatrain.program import pause
from quatrain.program.state import PRICE_ONE, Maker, Market, MarketStatus, Order, Position, Withdrawal
from quatrain.program.vault import equity_of, shares_of
from tests.core import model
from tests.svm.mirror import Mirror
from tests.svm.refusals import attempt
from tests.svm.stage import Actor, Stage
from tests.svm.test_pmamm import value
from tests.svm.world import DAY, USDC, Receipt, reserves

NAMES = ("alice", "bob", "carol")
AMOUNTS = st.one_of(st.integers(0, 40_000), st.integers(1, 5_000 * USDC), st.integers(0, 2**64 - 1))
PARTS = st.integers(0, 1_000)
WISHES = st.one_of(*[st.floats(0, top) for top in (0.1, 1.0, 10.0)], st.integers(0, 2**64 - 1))
"""A part of the market's scale, or any number at all."""
LMSR_LIMIT, BINARY_LIMIT, MANY_LIMIT = 3_200, 9_000, 120_000
"""Compute units of any trade in any state: of an LMSR, of a pm-AMM with two outcomes, with up to five.

The golden table's states stay below 3,000 in an LMSR; `tests/bench/bench_trade_units.py` shows how far others go."""


class Life(RuleBasedStateMachine):
    """Three traders and a provider act at random on up to three markets."""

    elf: bytes

    @initialize()
    def begin(self) -> None:
        """Furnish the world."""
        self.stage = Mirror(self.elf).furnish()
        self.actors = [self.stage.trader(name, 2_000 * USDC) for name in NAMES]
        self.markets: list[Address] = []
        self.create([1, 1], 500)

    def attempt(self, action: Callable[[], Receipt], limit: int = 1_400_000) -> None:
        """Act, and hold every market's solvency, whether or not it was accepted."""
        attempt(self.stage, action, limit)
        for market in self.markets:
            state = self.stage.market(market)
            if state.status != MarketStatus.RESOLVED:
                check_solvency(state)

    def create(self, weights: list[int], scale: int, pmamm: bool = False) -> None:
        """A market at prices in proportion to the weights; a pm-AMM of more than two outcomes at even ones."""
        if pmamm and len(weights) > 2:
            self.markets.append(self.stage.create_pmamm(len(weights), max(scale, 20) * USDC))
            return
        prices = [PRICE_ONE * weight // sum(weights) for weight in weights]
        prices[0] += PRICE_ONE - sum(prices)
        if pmamm:
            self.markets.append(self.stage.create_pmamm(prices, max(scale, 20) * USDC))
            return
        self.markets.append(self.stage.create_market(prices, scale * USDC))

    def pick(self, market: int, outcome: int) -> tuple[Address, int]:
        """One of the markets and one of its outcomes."""
        address = self.markets[market % len(self.markets)]
        return address, outcome % self.stage.market(address).outcome_count

    def position_of(self, who: int, market: int, outcome: int) -> tuple[Address, int]:
        """One of the outcomes, in which the trader has opened a position if he could."""
        address, index = self.pick(market, outcome)
        actor = self.actors[who]
        if not self.stage.exists(actor.position(address, index)):
            self.attempt(lambda: actor.open(address, index))
        return address, index

    def limit(self, market: Address) -> int:
        """Compute units that a trade may cost there."""
        state = self.stage.market(market)
        if state.maker == Maker.LMSR:
            return LMSR_LIMIT
        return BINARY_LIMIT if state.outcome_count == 2 else MANY_LIMIT

    def amount(self, market: Address, wish: float) -> int:
        """The µUSDC or µshares that a wish stands for."""
        return wish if isinstance(wish, int) else int(self.stage.market(market).liquidity * wish)

    # -- rules ------------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.markets) < 3)
    @rule(
        weights=st.lists(st.integers(1, 1_000), min_size=2, max_size=5),
        scale=st.integers(1, 2_000),
        pmamm=st.booleans(),
    )
    def create_market(self, weights: list[int], scale: int, pmamm: bool) -> None:
        """Another market, of either kind."""
        self.create(weights, scale, pmamm)

    @rule(who=st.sampled_from(range(3)), market=PARTS, outcome=PARTS, wish=WISHES)
    def buy(self, who: int, market: int, outcome: int, wish: float) -> None:
        """Buy shares."""
        address, index = self.position_of(who, market, outcome)
        if self.stage.exists(self.actors[who].position(address, index)):
            self.attempt(lambda: self.actors[who].buy(address, self.amount(address, wish), index), self.limit(address))

    @rule(who=st.sampled_from(range(3)), market=PARTS, outcome=PARTS, wish=WISHES)
    def buy_for(self, who: int, market: int, outcome: int, wish: float) -> None:
        """Buy for money."""
        address, index = self.position_of(who, market, outcome)
        if self.stage.exists(self.actors[who].position(address, index)):
            self.attempt(
                lambda: self.actors[who].buy_for(address, self.amount(address, wish), index), self.limit(address)
            )

    def holding(self, who: int, which: int) -> tuple[Address, int, int] | None:
        """One of somebody's positions: market, outcome, shares."""
        found = [
            (Address(bytes(p.market)), p.outcome, p.shares)
            for p in self.stage.all(Position).values()
            if bytes(p.trader) == bytes(self.actors[who].address)
        ]
        return sorted(found, key=lambda f: (bytes(f[0]), f[1]))[which % len(found)] if found else None

    @rule(who=st.sampled_from(range(3)), which=PARTS, part=st.integers(0, 1_100))
    def sell(self, who: int, which: int, part: int) -> None:
        """Sell a part, or more than there is."""
        if (found := self.holding(who, which)) is not None:
            market, outcome, shares = found
            self.attempt(lambda: self.actors[who].sell(market, shares * part // 1_000, outcome), self.limit(market))

    @rule(who=st.sampled_from(range(3)), which=PARTS, part=st.integers(0, 1_100))
    def sell_for(self, who: int, which: int, part: int) -> None:
        """Sell for a part of what the shares could ever bring."""
        if (found := self.holding(who, which)) is not None:
            market, outcome, shares = found
            self.attempt(lambda: self.actors[who].sell_for(market, shares * part // 2_000, outcome), self.limit(market))

    @rule(
        who=st.sampled_from(range(3)),
        market=PARTS,
        first=PARTS,
        orders=st.lists(st.tuples(st.sampled_from(Order), WISHES), min_size=1, max_size=4),
        maximum_spend=st.sampled_from([2**62, 0, 100 * USDC]),
    )
    def batch(self, who: int, market: int, first: int, orders: list[tuple[Order, float]], maximum_spend: int) -> None:
        """Trade several outcomes at once."""
        address, _ = self.pick(market, 0)
        count = self.stage.market(address).outcome_count
        legs: list[tuple[int, Order, int, int]] = []
        for i, (order, wish) in enumerate(orders[:count]):
            _, outcome = self.position_of(who, market, first + i)
            if self.stage.exists(self.actors[who].position(address, outcome)):
                limit = 0 if order in (Order.BUY_FOR, Order.SELL) else 2**63
                legs.append((outcome, order, self.amount(address, wish), limit))
        if legs:
            ticket = self.actors[who].batching(address, legs, maximum_spend)
            self.attempt(lambda: self.stage.send(ticket), 2_000 + len(legs) * self.limit(address))

    @rule(who=st.sampled_from(range(3)), amount=AMOUNTS, out=st.booleans())
    def move_money(self, who: int, amount: int, out: bool) -> None:
        """Deposit or withdraw."""
        actor = self.actors[who]
        self.attempt(lambda: actor.withdraw(amount) if out else actor.deposit(amount % (10_000 * USDC)))

    @rule(amount=AMOUNTS, out=st.booleans())
    def move_liquidity(self, amount: int, out: bool) -> None:
        """Provide, or ask to leave and redeem a part; the price of a share does not fall by any of it."""
        stage = self.stage
        before = self.equity_and_shares()
        amount %= 400_000 * USDC
        if not out:
            self.attempt(lambda: stage.deposit_liquidity(stage.provider, amount))
        elif not stage.exists(stage.withdrawal(stage.provider)):
            self.attempt(lambda: stage.request_withdrawal(stage.provider, amount))
        else:
            self.attempt(lambda: stage.execute_withdrawal(stage.provider, amount))
        after = self.equity_and_shares()
        assert after[0] * before[1] >= before[0] * after[1]

    def equity_and_shares(self) -> tuple[int, int]:
        """The vault's equity at par, and all its shares."""
        protocol = self.stage.protocol
        return equity_of(protocol), shares_of(protocol, self.stage.share_supply())

    @rule(who=st.sampled_from(range(3)), amount=AMOUNTS, step=st.integers(0, 2))
    def queue(self, who: int, amount: int, step: int) -> None:
        """A trader provides liquidity too, asks for all of it back, executes or takes the request back."""
        stage, key = self.stage, self.actors[who].key
        shares = stage.tokens(stage.share_account(key))
        if step == 0:
            self.attempt(lambda: stage.deposit_liquidity(key, amount % (50_000 * USDC)))
        elif not stage.exists(stage.withdrawal(key)):
            self.attempt(lambda: stage.request_withdrawal(key, shares))
        elif step == 1:
            self.attempt(lambda: stage.execute_withdrawal(key))
        else:
            self.attempt(lambda: stage.cancel_withdrawal(key))

    @rule()
    def attest(self) -> None:
        """The guardian's monitor sees congestion."""
        self.stage.call(pause.attest_congestion, guardian=self.stage.guardian)

    @rule(market=PARTS)
    def sync(self, market: int) -> None:
        """Share out fees."""
        self.stage.sync(self.markets[market % len(self.markets)])

    @rule(seconds=st.integers(0, 3 * DAY), slots=st.integers(0, 5_000))
    def wait(self, seconds: int, slots: int) -> None:
        """Time passes."""
        self.stage.advance(seconds, slots)

    @rule(market=PARTS, cuts=st.lists(st.integers(0, PRICE_ONE), min_size=4, max_size=4), one_hot=st.booleans())
    def end(self, market: int, cuts: list[int], one_hot: bool) -> None:
        """Close and resolve, by any payouts."""
        address, winner = self.pick(market, cuts[0])
        state = self.stage.market(address)
        if state.status != MarketStatus.OPEN:
            return
        count = state.outcome_count
        edges = [0, *sorted(cuts[: count - 1]), PRICE_ONE]
        payouts = [b - a for a, b in pairwise(edges)]
        if one_hot:
            payouts = [PRICE_ONE * (i == winner) for i in range(count)]
        self.stage.close(address)
        self.stage.resolve(address, payouts)

    @rule(who=st.sampled_from(range(3)), which=PARTS)
    def settle(self, who: int, which: int) -> None:
        """Settle if it can be."""
        if (found := self.holding(who, which)) is not None:
            self.attempt(lambda: self.actors[who].settle(found[0], found[1]))

    def teardown(self) -> None:
        """The end: everything is resolved, settled, withdrawn, pruned, and adds up."""
        if not hasattr(self, "stage"):
            return
        stage = self.stage
        for address in self.markets:
            if stage.market(address).status == MarketStatus.OPEN:
                stage.finish(address, 1)
        for actor in self.actors:
            leave(stage, actor)
        for address in self.markets:
            stage.prune(address)
        stage.advance(slots=10_000)
        for key in (stage.provider, *(actor.key for actor in self.actors)):
            if stage.exists(stage.withdrawal(key)):
                stage.cancel_withdrawal(key)
            stage.leave_vault(key)
        protocol = stage.protocol
        assert (protocol.subsidies_out, protocol.markets, stage.all(Market)) == (0, 0, {})
        assert (protocol.open_interest, protocol.tail_interest, protocol.floors_out) == (0, 0, 0)
        assert (protocol.pending_shares, stage.all(Withdrawal)) == (0, {})
        assert protocol.lp_cash <= 3 * protocol.locked_shares


def check_solvency(state: Market) -> None:
    """The pool's invariant: no cycle of trades takes out more than was put in, and every reserve is positive."""
    pool = reserves(state)
    assert min(pool) > 0
    if state.maker == Maker.LMSR:
        assert sum(model.price(state.liquidity, reserve) for reserve in pool) <= 1
    else:
        assert value(state.liquidity, [-r if len(pool) == 2 else -float(r) for r in pool]) <= 1e-13 * state.liquidity


def leave(stage: Stage, actor: Actor) -> None:
    """Settle every position, withdraw, close."""
    for state in stage.all(Position).values():
        if bytes(state.trader) == bytes(actor.address):
            actor.settle(Address(bytes(state.market)), state.outcome)
    if actor.free:
        actor.withdraw(actor.free)
    actor.close_trader()


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_no_sequence_of_instructions_breaks_an_invariant(program: Build) -> None:
    """Thirty lives of up to forty steps."""
    Life.elf = program.elf
    run_state_machine_as_test(Life, settings=settings(max_examples=30, stateful_step_count=40, deadline=None))
