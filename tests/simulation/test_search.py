"""No order of acts makes a loan unrepayable, or impossible to liquidate once its time is over; and the search would see one."""

from __future__ import annotations

import os
from typing import Any

import pytest

from hognose.build import build
from hognose.lang import Hash
from quatrain.core.water_line import MARGIN_BITS
from quatrain.program import beside_loans, book, leverage, trader
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.errors import QuatrainError
from quatrain.program.loan_state import Ladder
from quatrain.program.state import Leg, Order
from quatrain.simulation.scene import USDC, Holding, Kind, Scene
from quatrain.simulation.search import (
    BORROWERS,
    KINDS,
    LOANS,
    TRADERS,
    Act,
    Close,
    Search,
    Unrepayable,
    easy_limit,
    play,
    search,
    work_off,
)
from tests.svm.lending import Lender
from tests.svm.stage import Actor, Stage
from tests.svm.world import Ticket, address_of

STEPS = 24_000
"""Without QUATRAIN_SEARCH_STEPS; at night a million."""
EASY = 1 << 62


@pytest.fixture(scope="module")
def elf() -> bytes:
    """The program, compiled for the chain."""
    return build(PROGRAM).elf


@pytest.mark.slow
def test_no_acts_lose_a_loan_and_the_closest_replay_on_the_chain(elf: bytes) -> None:
    """Loans are repayable after each act, and worked off in bounded slots; the chain agrees to the µUSDC in the closest calls."""
    found = search(
        int(os.environ.get("QUATRAIN_SEARCH_STEPS", STEPS)), seed=int(os.environ.get("QUATRAIN_SEARCH_SEED", "1"))
    )
    assert all(one.surplus >= 0 and one.accepted > one.steps // 8 for _, one in found)
    assert sum(one.worked_off for _, one in found) > 10
    calls = sorted((call for _, one in found for call in one.closest), key=lambda call: call.surplus)
    short = [call for call in calls if len(call.acts) <= 250] or calls
    for call in short[:2]:
        Replay(elf, call).hold()


def test_the_search_sees_a_debt_that_is_too_large() -> None:
    """A debt raised by a part in a hundred behind the program's back is found with the next act."""
    kind = KINDS[0]
    one = Search(kind, 3)
    while not one.scene.indebted():
        one.episode()
    holding = one.scene.indebted()[0]
    words, at = holding.place.memory.words, holding.place.word("debt")
    words[at] = words[at] + one.scene.surplus(holding.outcome) + words[at] // 100
    with pytest.raises(Unrepayable, match="of a loan would be lost"):
        one.hold()


def crowded(scale: int) -> tuple[Scene, list[Holding]]:
    """A market at 0.99986 in which four loans have just ended, as large as the program lets them be; the price is at the line."""
    scene = Scene(Kind(2, scale=scale, prices=(700_000_000, 300_000_000)), loans=LOANS, vault=10**12)
    borrowers = [scene.join((0,))[0] for _ in range(4)]
    pusher = scene.join((0, 1))[1]
    for holding in borrowers:
        for _ in range(8):
            assert scene.trade(holding, Order.BUY, scale // 4, EASY) == 0
            scene.advance(30)
    scene.report(0, 990_000_000)
    scene.sync()
    for holding in borrowers:
        step = holding.shares
        while step > USDC:
            if scene.remove_margin(holding, step, scene.now + 6_000):
                step //= 2
    scene.advance(6_000)
    step = scale
    while step > 1_000:
        if scene.trade(pusher, Order.BUY, step, EASY):
            step //= 2
        scene.advance(4)
    assert len(scene.indebted()) == 4
    return scene, borrowers


@pytest.mark.parametrize("scale", [100 * USDC, 300 * USDC, 1_000 * USDC])
def test_dust_does_not_use_the_margin_up(scale: int) -> None:
    """Near 0.9999 a sale of a µshare takes up to 8,100 from the level: such liquidations are refused, so that others go on."""
    scene, borrowers = crowded(scale)
    keeper = borrowers[0].trader
    before = scene.room(0)
    for holding in scene.indebted():
        least = min(scale >> MARGIN_BITS, holding.shares)
        while holding.debt and scene.liquidate(keeper, holding, 1) == 0:
            pass
        assert scene.liquidate(keeper, holding, least - 1) == QuatrainError.TRADE_TOO_SMALL.code
    assert scene.room(0) == before
    # The smallest slices that are accepted leave all loans repayable, and the rest can be worked off.
    for _ in range(2_000):
        loans = scene.indebted()
        if not any(scene.liquidate(keeper, holding, max(scale >> MARGIN_BITS, 1)) == 0 for holding in loans):
            break
        assert scene.surplus(0, 5) >= 0
        scene.advance(1, 1)
    assert work_off(scene) is not None


def test_no_liquidation_takes_the_margin_of_a_riskier_loan() -> None:
    """The safest loan's slices stop s/64 above the line of the others, to the µshare; these can go on from there."""
    scene, borrowers = crowded(300 * USDC)
    safest = scene.indebted()[-1]
    low, high = 0, safest.shares // 10
    while high - low > 1:
        before, middle = scene.save(), (low + high) // 2
        code = scene.liquidate(borrowers[0].trader, safest, middle)
        scene.restore(before)
        if code == QuatrainError.WATER_LINE.code:
            high = middle
        else:
            low = middle
    assert scene.liquidate(borrowers[0].trader, safest, high) == QuatrainError.WATER_LINE.code
    assert scene.liquidate(borrowers[0].trader, safest, low) == 0
    assert 0 <= scene.room(0) < 1e-6
    assert scene.liquidate(borrowers[0].trader, scene.indebted()[0]) == 0
    assert work_off(scene) is not None


def test_no_loans_where_the_liquidity_is_too_small_for_the_margin() -> None:
    """A book needs 100 USDC of liquidity."""
    with pytest.raises(ValueError, match=str(QuatrainError.LIQUIDITY_OUT_OF_RANGE.code)):
        Scene(Kind(2, scale=100 * USDC - 1), loans=LOANS)


def test_acts_play_again() -> None:
    """What a search reports leads to the same state in a fresh market."""
    one = Search(KINDS[6], 5)
    one.run(1_500)
    call = one.found.closest[-1]
    scene = play(call.kind, call.acts)
    assert min(scene.surplus(o, p) for o in range(2) for p in (1, 5)) <= call.surplus + USDC


class Replay:
    """A close call on the chain: every act must do there what it did here."""

    def __init__(self, elf: bytes, call: Close):
        kind = call.kind
        self.call = call
        self.scene = play(kind, call.acts)
        self.stage = Stage(elf).furnish()
        prices = list(kind.prices) or kind.count
        self.lender = Lender(self.stage, prices, normal=kind.normal, scale=kind.scale, cash=LOANS)
        for outcome in range(kind.count):
            self.lender.open_feed(outcome)
        self.holders: list[tuple[Actor, int]] = []
        for number in range(BORROWERS + TRADERS):
            actor = self.stage.trader(f"person {number}", 900_000 * USDC)
            self.stage.send(actor.ticket(trader.acknowledge_risk, disclosure=Hash(b"\1" * 32)))
            for outcome in range(min(kind.count, 3)):
                actor.open(self.lender.address, outcome)
                self.holders.append((actor, outcome))

    def hold(self) -> None:
        """Play all acts; then pool, lines, rungs and debts are the same."""
        for act in self.call.acts:
            self.perform(act)
        chain, here = self.stage.market(self.lender.address), self.scene.market.state()
        assert (chain.sets, chain.liquidity) == (here.sets, here.liquidity)
        assert list(chain.outcomes) == list(here.outcomes)
        loans, ours = self.lender.state, self.scene.book.state()
        assert (loans.cash, loans.debt, loans.interest) == (ours.cash, ours.debt, ours.interest)
        assert list(loans.sides) == list(ours.sides)
        for (actor, outcome), holding in zip(self.holders, self.scene.holdings, strict=True):
            loan = self.lender.loan(actor, outcome)
            assert (loan.shares, loan.debt, loan.rung, loan.margin) == (
                holding.shares, holding.debt, holding.rung, holding.margin,
            )  # fmt: skip
        for outcome in range(2):
            ladder = self.stage.read(Ladder, address_of(Ladder, market=self.lender.address, outcome=outcome))
            assert list(ladder.rungs) == list(self.scene.ladders[outcome].state().rungs)

    def perform(self, act: Act) -> None:
        """One act, accepted as it was."""
        name, values = act
        if name == "wait":
            self.stage.advance(values[0], values[1])
        elif name == "report":
            self.lender.report(values[1], values[0])
        elif name == "sync":
            self.lender.sync()
        elif name == "shrink":
            self.lender.shrink()
        elif name in ("allocate", "recall"):
            self.stage.send(self.lender.allocation(getattr(book, f"{name}_loans"), values[0]))
        elif name == "end_calm":
            self.stage.call(
                book.set_calm_end,
                authority=self.stage.admin,
                market=self.lender.address,
                book=self.lender.book,
                ends_at=values[0],
            )
        elif name == "liquidate":
            self.lender.liquidate(self.holders[values[0]][0], *self.holders[values[1]], values[2])
        elif name == "trade":
            actor, outcome = self.holders[values[0]]
            self.lender.trade(actor, Order(values[1]), values[2], outcome, easy_limit(values[1]))
        elif name == "batch":
            self.stage.send(self.batch(values))
        else:
            self.stage.send(self.leveraged(name, values))

    def batch(self, values: tuple[int, ...]) -> Ticket:
        """Trades at once, not sent."""
        rows = list(zip(values[::3], values[1::3], values[2::3], strict=True))
        holders = [self.holders[h] for h, _, _ in rows]
        return holders[0][0].ticket(
            beside_loans.batch_beside_loans,
            market=self.lender.address,
            book=self.lender.book,
            positions=[actor.position(self.lender.address, outcome) for actor, outcome in holders],
            maximum_spend=EASY,
            legs=[Leg(order=o, amount=a, limit=easy_limit(o)) for _, o, a in rows],
        )

    def leveraged(self, name: str, values: tuple[int, ...]) -> Ticket:
        """An instruction of leverage, not sent."""
        actor, outcome = self.holders[values[0]]
        rest = values[1:]
        calls: dict[str, tuple[Any, tuple[str, ...]]] = {
            "borrow": (leverage.open_leverage, ("shares", "loan", "until")),
            "close": (leverage.close_leverage, ("shares",)),
            "add_margin": (leverage.add_margin, ("amount",)),
            "remove_margin": (leverage.remove_margin, ("amount", "until")),
            "extend": (leverage.extend_loan, ("until",)),
        }
        function, names = calls[name]
        limits = {"borrow": {"maximum_cost": EASY}, "close": {"minimum_proceeds": 0}}.get(name, {})
        return self.lender.leverage(actor, function, outcome, **dict(zip(names, rest, strict=True)), **limits)
