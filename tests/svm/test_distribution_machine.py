"""Any sequence of instructions in markets of a real number keeps the invariants: hypothesis searches for one that does not.

After each step `World.check` verifies conservation of USDC, that positions lead from the first curve to the present one,
and that their collateral is in escrow. Here an independent model in floating point follows every position, and after each step
shows for outcomes all over the range: what everybody could claim is in escrow, nobody is owed less than nothing, and the vault
loses no more than its backing. Every step also runs in CPython, with the same result.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from hognose.build import Build
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.state import MarketStatus
from tests.svm.gaussian import BACKING, NORM, OPENING, UNIT, Curve, Pool, create
from tests.svm.mirror import Mirror
from tests.svm.refusals import attempt
from tests.svm.stage import Actor
from tests.svm.world import DAY, USDC, Receipt, height

NAMES = ("alice", "bob", "carol")
WHO, NUMBER = st.sampled_from(range(3)), st.integers(0, 3)
SHIFTS = st.one_of(st.integers(-3_000, 3_000), st.sampled_from((0, 1)))
"""Thousandths of the deviation, by which the mean moves."""
WIDTHS = st.one_of(st.integers(500, 2_000), st.just(1_000))
"""Thousandths of the deviation, the new one."""
ANYTHING = st.one_of(st.integers(-(2**62), 2**62), st.integers(-20_000, 20_000))
WHICH = st.integers(0, 12)
SLOTS = st.sampled_from((0, 60, 60, 200))
"""That pass before a trade: none, or enough for most."""
TRADE_LIMIT, REJOIN_LIMIT = 15_000, 24_000
"""Compute units of any trade."""


class DistributionLife(RuleBasedStateMachine):
    """Three traders act at random on one market, an admin on its liquidity."""

    elf: bytes

    @initialize(norm=st.integers(1, 40), deviation=st.integers(3, 100))
    def begin(self, norm: int, deviation: int) -> None:
        """Furnish the world; the market's curve is covered."""
        self.stage = Mirror(self.elf).furnish()
        self.actors = [self.stage.trader(name, 20_000 * USDC) for name in NAMES]
        width = max(deviation * UNIT, norm * norm * UNIT // 100)
        self.pool: Pool = create(self.stage, (OPENING[0], width), norm=norm * NORM // 20)
        self.given = BACKING
        """By the vault; in the end it must have at least nothing of it left."""

    def attempt(self, action: Callable[[], Receipt], limit: int = 1_400_000) -> bool:
        """Act; what was accepted leaves every outcome covered."""
        accepted = attempt(self.stage, action, limit)
        if accepted:
            self.check_every_outcome()
        return accepted

    def held(self) -> list[DistributionPosition]:
        """Positions that hold curves."""
        held = [p for p in self.stage.all(DistributionPosition).values() if p.deviation]
        return sorted(held, key=lambda p: (bytes(p.trader), p.number))

    def check_every_outcome(self) -> None:
        """At the means and in the tails of all curves: claims are covered and not negative, the vault's loss is bounded."""
        state, held = self.pool.state, self.held()
        if state.status == MarketStatus.RESOLVED:
            return
        curves = {(state.mean, state.deviation), (state.opening_mean, state.opening_deviation)}
        curves |= {(p.mean, p.deviation) for p in held} | {(p.from_mean, p.from_deviation) for p in held}
        for outcome in {mean + int(z * deviation) for mean, deviation in curves for z in (-9, -2, -1, 0, 0.5, 1.5, 4)}:
            total = 0.0
            for p in held:
                gained = height(state.norm, p.mean, p.deviation, outcome)
                claim = p.collateral + gained - height(state.norm, p.from_mean, p.from_deviation, outcome)
                assert claim >= -1e-6 * USDC
                total += claim
            assert total <= state.escrow + 1e-6 * USDC
            vault = state.escrow - total
            assert self.given - vault <= self.given + 1e-6 * USDC

    def target(self, shift: int, width: int) -> Curve:
        """A curve somewhere around the present one; any number at all may come out."""
        mean, deviation = self.pool.curve
        where = mean + shift * deviation // 1_000
        return max(min(where, 2**63 - 1), -(2**63)), min(deviation * abs(width) // 1_000, 2**64 - 1)

    def opened(self, who: int, number: int) -> bool:
        """Whether the position exists, once it has been opened if it could be."""
        pool, actor = self.pool, self.actors[who]
        if not self.stage.exists(pool.at(actor, number)):
            self.attempt(lambda: self.stage.send(pool.opening(actor, number)))
        return self.stage.exists(pool.at(actor, number))

    def holding(self, which: int) -> tuple[Actor, int, DistributionPosition] | None:
        """One of the positions that hold curves, whose it is, and its number."""
        if not (held := self.held()):
            return None
        found = held[which % len(held)]
        owner = next(actor for actor in self.actors if bytes(actor.address) == bytes(found.trader))
        return owner, found.number, found

    # -- rules ----------------------------------------------------------------------------------------------------------

    @rule(who=WHO, number=NUMBER, shift=SHIFTS, width=WIDTHS, slots=SLOTS)
    def trade(self, who: int, number: int, shift: int, width: int, slots: int) -> None:
        """Move the market, mostly a little."""
        self.stage.advance(slots=slots)
        if self.is_open() and self.opened(who, number):
            curve = self.target(shift, width)
            self.attempt(lambda: self.pool.trade(self.actors[who], curve, number), TRADE_LIMIT)

    @rule(who=WHO, number=NUMBER, shift=ANYTHING, width=ANYTHING)
    def trade_anywhere(self, who: int, number: int, shift: int, width: int) -> None:
        """Ask for a curve that may be no curve at all."""
        self.trade(who, number, shift, width, 60)

    @rule(which=WHICH, slots=SLOTS)
    def unwind(self, which: int, slots: int) -> None:
        """Lead a position back to where it began; what comes back is all that it had locked, less a fee."""
        self.stage.advance(slots=slots)
        if (found := self.holding(which)) is None or not self.is_open():
            return
        actor, number, position = found
        start, free = (position.from_mean, position.from_deviation), actor.free
        if self.attempt(lambda: self.pool.trade(actor, start, number), TRADE_LIMIT):
            assert free < actor.free < free + position.collateral

    @rule(which=WHICH, rest=NUMBER, back=st.booleans(), shift=SHIFTS, width=WIDTHS)
    def rejoin(self, which: int, rest: int, back: bool, shift: int, width: int) -> None:
        """Trade with a position that was left behind, perhaps to where it began."""
        self.stage.advance(slots=60)
        if (found := self.holding(which)) is None or not self.is_open():
            return
        actor, number, position = found
        if number != rest and self.opened(self.actors.index(actor), rest):
            curve = (position.from_mean, position.from_deviation) if back else self.target(shift, width)
            self.attempt(lambda: self.pool.rejoin(actor, curve, number, rest), REJOIN_LIMIT)

    @rule(norm=st.integers(300, 3_000), backing=st.integers(300, 2_000), same=st.booleans())
    def provide(self, norm: int, backing: int, same: bool) -> None:
        """Change the liquidity, by thousandths."""
        if not self.is_open():
            return
        state = self.pool.state
        wish = state.norm if same else state.norm * norm // 1_000
        if self.attempt(lambda: self.pool.provide(wish, state.backing * backing // 1_000)):
            self.given = self.pool.state.backing

    @rule(who=WHO, number=NUMBER, slots=st.sampled_from((1, 20, 1_000)), seconds=st.integers(0, DAY))
    def tidy(self, who: int, number: int, slots: int, seconds: int) -> None:
        """Share out fees, close a position if it is empty, let time pass."""
        self.attempt(self.pool.sync)
        if self.stage.exists(self.pool.at(self.actors[who], number)):
            self.attempt(lambda: self.pool.close_position(self.actors[who], number))
        self.stage.advance(seconds, slots)

    def is_open(self) -> bool:
        """Whether it still trades, as far as its status says."""
        return self.pool.state.status == MarketStatus.OPEN

    @precondition(lambda self: self.pool.state.sequence > 15)
    @rule(outcome=st.one_of(st.integers(50, 150), st.integers(-(10**9), 10**9)), void=st.booleans())
    def end(self, outcome: int, void: bool) -> None:
        """Close and resolve."""
        if self.is_open():
            self.pool.finish(0 if void else outcome * UNIT, void)

    def teardown(self) -> None:
        """The end: everybody is paid, leaves, and the vault has lost its backing at most."""
        if not hasattr(self, "pool"):
            return
        stage = self.stage
        if self.is_open():
            self.pool.finish(self.pool.state.mean)
        for who in self.actors:
            for number in range(4):
                if stage.exists(self.pool.at(who, number)):
                    self.pool.claim(who, number)
            if who.free:
                who.withdraw(who.free)
            who.close_trader()
        self.pool.prune()
        protocol = stage.protocol
        assert (protocol.subsidies_out, protocol.markets, stage.all(DistributionMarket)) == (0, 0, {})
        assert protocol.lp_cash >= 1_000_000 * USDC - self.given


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_no_sequence_of_instructions_breaks_a_distribution_market(program: Build) -> None:
    """Thirty lives of up to forty steps."""
    DistributionLife.elf = program.elf
    run_state_machine_as_test(
        DistributionLife, settings=settings(max_examples=30, stateful_step_count=40, deadline=None)
    )
