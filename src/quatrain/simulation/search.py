"""A search for a sequence of instructions that makes a loan unrepayable, or one that nobody can liquidate when its time is over.

An *act* is an instruction with its arguments; an *episode* begins at a state that was close to the line and tries acts at random,
most of them as large as the program lets them be: largest loans, sales and purchases down to the line, dust, slices of a share.
States that come closer than others are kept to begin from. After every act that the program accepts, all loans are sold on a
copy (`repayable.py`), whole and in parts; at the end of some episodes they are worked off by liquidation, as anybody could.

Whatever is found comes with the acts that lead there, and can be played again, here or on the chain.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from math import inf

from attrs import Factory, define, frozen

from quatrain.program.errors import QuatrainError
from quatrain.program.state import PRICE_ONE, Leg, Order
from quatrain.simulation.repayable import PLENTY
from quatrain.simulation.scene import DAY, USDC, Holding, Kind, Scene

VAULT = 1_000_000 * USDC
LOANS = 35_000 * USDC
BORROWERS = 5
TRADERS = 2
KEPT = 24
"""States to begin from."""
EPISODE = 40
"""Acts of an episode."""
TRIES = 14
"""Halvings in the search for the largest amount that is accepted."""
PARTS = (1, 5)
"""Sales in which each loan is sold on a copy."""
LEAST_WORTH = 52 * USDC
"""Shares worth less could not bear the least debt."""
BOUND_SLOTS = 60
"""Slots in which all loans can be worked off, and one more for each loan."""
KINDS = (
    Kind(2, scale=2_000 * USDC),
    Kind(2, scale=100 * USDC, prices=(990_000_000, 10_000_000)),
    Kind(2, scale=300 * USDC, prices=(900_000_000, 100_000_000)),
    Kind(3, scale=1_000 * USDC),
    Kind(3, scale=120 * USDC, prices=(980_000_000, 10_000_000, 10_000_000)),
    Kind(64, scale=500 * USDC),
    Kind(2, normal=True, scale=2_000 * USDC),
    Kind(2, normal=True, scale=100 * USDC, prices=(950_000_000, 50_000_000)),
)
"""Makers, outcomes and scales, some at the ends of what can have loans."""

Act = tuple[str, tuple[int, ...]]


class Unrepayable(AssertionError):
    """A loan that would be lost or cannot be worked off; `acts` lead there in a fresh `Scene` of the kind."""

    def __init__(self, kind: Kind, acts: tuple[Act, ...], what: str):
        super().__init__(f"{what}, in {kind}, after {len(acts)} acts:\n" + "\n".join(map(str, acts)))
        self.kind = kind
        self.acts = acts


@frozen
class Close:
    """A state that came close: its room above the line in scales (see `Scene.room`), and how to get there."""

    room: float
    surplus: int
    kind: Kind
    acts: tuple[Act, ...]


@define
class Findings:
    """What a search did and how close it came: `surplus` is the least that a loan had beyond its dues, µUSDC."""

    steps: int = 0
    accepted: int = 0
    worked_off: int = 0
    slots: int = 0
    room: float = inf
    surplus: int = PLENTY
    closest: list[Close] = Factory(list[Close])
    refusals: dict[str, int] = Factory(dict[str, int])


# -- acts ----------------------------------------------------------------------------------------------------------------


def new_scene(kind: Kind) -> Scene:
    """The market, its borrowers, then its traders."""
    scene = Scene(kind, loans=LOANS, holdings=(BORROWERS + TRADERS) * (kind.count + 2), vault=VAULT)
    outcomes = range(min(kind.count, 3))
    for _ in range(BORROWERS + TRADERS):
        scene.join(tuple(outcomes))
    return scene


def perform(scene: Scene, act: Act) -> int:
    """Do an act; its code."""
    name, values = act
    holdings = scene.holdings
    if name == "wait":
        scene.advance(values[0], values[1])
        return 0
    if name == "report":
        scene.report(values[0], values[1])
        return 0
    if name == "batch":
        legs = [Leg(order=o, amount=a, limit=easy_limit(o)) for _, o, a in _triples(values)]
        return scene.batch([holdings[h] for h, _, _ in _triples(values)], legs)
    if name == "trade":
        return scene.trade(holdings[values[0]], values[1], values[2], easy_limit(values[1]))
    if name == "liquidate":
        return scene.liquidate(holdings[values[0]].trader, holdings[values[1]], values[2])
    if name in ("sync", "shrink"):
        return getattr(scene, name)()
    if name in ("allocate", "recall", "end_calm"):
        return getattr(scene, name)(*values)
    return getattr(scene, name)(holdings[values[0]], *values[1:])


def easy_limit(order: int) -> int:
    """A limit that never binds."""
    return 1 << 62 if order in (Order.BUY, Order.SELL_FOR) else 0


def _triples(values: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
    return zip(values[::3], values[1::3], values[2::3], strict=True)


def play(kind: Kind, acts: tuple[Act, ...]) -> Scene:
    """A fresh scene after acts, all of which must be accepted."""
    scene = new_scene(kind)
    for act in acts:
        code = perform(scene, act)
        if code:
            raise ValueError(f"{act} was refused with {code}")
    return scene


def work_off(scene: Scene) -> int | None:
    """Liquidate when all loans have ended, riskiest first, slot after slot; the slots, or None beyond the bound."""
    if scene.indebted():
        scene.advance(max(scene.ends_at - scene.now, 0))
    bound = BOUND_SLOTS + len(scene.indebted())
    for slots in range(bound + 1):
        loans = scene.indebted()
        if not loans:
            return slots
        for holding in loans:
            scene.liquidate(scene.holdings[0].trader, holding)
        scene.advance(1, 1)
    return None


# -- the search -----------------------------------------------------------------------------------------------------------


class Search:
    """One market's search, from one seed."""

    def __init__(self, kind: Kind, seed: int):
        self.kind = kind
        self.random = random.Random(seed)  # noqa: S311 (a search, not a secret)
        self.scene = new_scene(kind)
        self.found = Findings()
        self.acts: tuple[Act, ...] = ()
        self.begin = self.scene.save()
        self.kept: list[tuple[float, tuple[bytes, int, int], tuple[Act, ...]]] = []
        traders = [h for h in self.scene.holdings if h.trader is self.scene.holdings[-1].trader]
        self.outcomes = len(traders)
        self.borrowing = BORROWERS * self.outcomes

    def run(self, steps: int) -> Findings:
        """Try so many acts. Raises `Unrepayable`."""
        while self.found.steps < steps:
            self.episode()
        names = {error.code: error.name for error in QuatrainError}
        self.found.refusals = {names.get(c, str(c)): n for c, n in sorted(self.scene.refusals.items())}
        return self.found

    def episode(self) -> None:
        """Acts from a state that was close, or from the beginning; what comes closer is kept."""
        if self.kept and self.random.random() < 0.8:
            _, saved, self.acts = self.random.choice(self.kept)
        else:
            saved, self.acts = self.begin, ()
        self.scene.restore(saved)
        best = inf
        moves = [
            self.borrow,
            self.borrow,
            self.press,
            self.press,
            self.press,
            self.liquidate,
            self.liquidate,
            self.change,
        ]
        moves += [self.dust, self.wait, self.report, self.batch, self.other]
        for _ in range(EPISODE):
            self.random.choice(moves)()
            room = min(self.scene.room(i) for i in range(self.kind.count))
            if room < best and len(self.acts) < 400:
                best = room
                self.keep(room)
        if self.random.random() < 0.3:
            self.hold_liveness()

    def keep(self, room: float) -> None:
        """Keep a state to begin from, the closest ones of different acts."""
        self.kept.append((room, self.scene.save(), self.acts))
        if len(self.kept) > KEPT:
            self.kept.sort(key=lambda one: one[0])
            # The last third changes, so that the search does not live on one family of states.
            del self.kept[self.random.randrange(2 * KEPT // 3, len(self.kept))]

    def do(self, name: str, *values: int) -> bool:
        """An act; checked where the program accepts it."""
        self.found.steps += 1
        act = (name, values)
        if perform(self.scene, act):
            return False
        self.found.accepted += 1
        self.acts = (*self.acts, act)
        if name not in ("report", "wait"):
            self.hold()
        return True

    def hold(self) -> None:
        """Every loan can be repaid now."""
        for outcome in range(self.outcomes):
            loans = self.scene.indebted(outcome)
            if not loans:
                continue
            self.found.room = min(self.found.room, self.scene.room(outcome))
            # Of loans on one rung, the one with the most debt a share may come last.
            worst = sorted(loans, key=lambda h: (-h.rung, h.debt / h.shares))
            for parts, order in zip(PARTS, (loans, worst), strict=True):
                surplus = self.scene.surplus(outcome, parts, order)
                if surplus < self.found.surplus:
                    self.found.surplus = surplus
                    self.note(outcome, surplus)
                if surplus < 0:
                    raise Unrepayable(self.kind, self.acts, f"{-surplus} µUSDC of a loan would be lost")

    def note(self, outcome: int, surplus: int) -> None:
        """Remember one of the closest calls."""
        self.found.closest.append(Close(self.scene.room(outcome), surplus, self.kind, self.acts))
        del self.found.closest[:-3]

    def hold_liveness(self) -> None:
        """All loans can be worked off once they have ended; on a copy."""
        if not self.scene.indebted():
            return
        saved = self.scene.save()
        slots = work_off(self.scene)
        left = [(h.outcome, h.rung, h.shares, h.debt) for h in self.scene.indebted()]
        self.scene.restore(saved)
        if slots is None:
            raise Unrepayable(self.kind, self.acts, f"loans that cannot be liquidated: {left}")
        self.found.worked_off += 1
        self.found.slots = max(self.found.slots, slots)

    # -- moves --------------------------------------------------------------------------------------------------------

    def largest(self, act: Callable[[int], bool], most: int, least: int = 1) -> bool:
        """An act of the largest amount that is accepted, then smaller ones that still fit."""
        done, step = False, most
        for _ in range(TRIES):
            if step < least:
                break
            if act(step):
                done = True
            step = step // 2 if self.random.random() < 0.8 else step * 3 // 4
        return done

    def size(self) -> int:
        """µshares, from dust to two scales."""
        return max(int(self.kind.scale * 2 * 10 ** -self.random.choice((0, 0.5, 1, 2, self.random.uniform(0, 6)))), 1)

    def borrower(self) -> int:
        """A borrower's holding, most often of the first outcome, where loans meet."""
        outcome = 0 if self.random.random() < 0.6 else self.random.randrange(self.outcomes)
        return self.random.randrange(BORROWERS) * self.outcomes + outcome

    def traders(self, outcome: int) -> int:
        """An ordinary trader's holding."""
        return self.borrowing + self.random.randrange(TRADERS) * self.outcomes + outcome

    def indebted(self) -> list[int]:
        """Indices of holdings with debt."""
        return [i for i in range(self.borrowing) if self.scene.holdings[i].debt]

    def borrow(self) -> None:
        """Buy with the largest loan, or nearly, on a fresh book."""
        index = self.borrower()
        self.do("sync")
        until = self.scene.now + int(DAY * self.random.choice((0.01, 1, 5, 6.9)))
        price = self.scene.price(self.scene.holdings[index].outcome)
        shares = self.size()
        if self.random.random() < 0.9:
            shares = max(shares, int(LEAST_WORTH * PRICE_ONE / max(price, 1) * self.random.choice((1, 1.3, 2, 4))))
        worth = shares * price // PRICE_ONE
        part = self.random.choice((1.0, 0.99, 0.97, 0.9, self.random.random()))
        low, high = 0, int(worth * part)
        for _ in range(TRIES):
            loan = high if low == 0 else (low + high) // 2
            if loan <= low:
                break
            # As large as the program takes it: another trial begins from the state before.
            before, acts = self.scene.save(), self.acts
            if not self.do("borrow", index, shares, loan, until):
                high = loan
                if low == 0:
                    high = loan * 9 // 10
            elif loan == int(worth * part) or self.random.random() < 0.2:
                return
            else:
                self.scene.restore(before)
                self.acts = acts
                low = loan
        if low:
            self.do("borrow", index, shares, low, until)

    def press(self) -> None:
        """Push an outcome's price down to its line."""
        outcome = self.scene.holdings[self.borrower()].outcome
        ways = [i for i in range(self.outcomes) if i != outcome]
        if self.random.random() < 0.5:
            for other in ways:
                index = self.traders(other)
                self.largest(lambda amount, i=index: self.do("trade", i, Order.BUY, amount), 4 * self.kind.scale)
        else:
            index = self.traders(outcome)
            held = self.scene.holdings[index].shares
            if held == 0:
                self.do("trade", index, Order.BUY, self.size())
            else:
                self.largest(lambda amount: self.do("trade", index, Order.SELL, amount), held)

    def liquidate(self) -> None:
        """Loans that are due, after the outside price fell or the loan's end; in any order and slice."""
        indices = self.indebted()
        if not indices:
            return
        how = self.random.random()
        index = self.random.choice(indices)
        holding = self.scene.holdings[index]
        if how < 0.4:
            self.do("report", holding.outcome, self.random.randrange(PRICE_ONE // 10))
        elif how < 0.7:
            seconds = max(holding.until - self.scene.now, 0)
            if self.scene.now + seconds < self.scene.closes_at:
                self.do("wait", seconds, int(seconds * 5 // 2))
        most = self.random.choice((1 << 62, 1 << 62, max(holding.shares // 20, 1), self.size(), 1))
        for _ in range(self.random.choice((1, 3, 12, 60))):
            if not self.do("liquidate", self.random.randrange(self.borrowing), index, most):
                break

    def change(self) -> None:
        """Sell some, repay some, borrow more, or longer."""
        indices = self.indebted()
        if not indices:
            return
        index = self.random.choice(indices)
        holding = self.scene.holdings[index]
        part = self.random.choice((1.0, 0.5, 0.1, self.random.random()))
        until = max(holding.until, self.scene.now + 60) + int(self.random.random() * DAY)
        act = self.random.choice(("close", "close", "add_margin", "remove_margin", "extend"))
        if act == "close":
            self.largest(lambda amount: self.do("close", index, amount), max(int(holding.shares * part), 1))
        elif act == "add_margin":
            self.do(act, index, int(holding.debt * part))
        elif act == "remove_margin":
            self.do("sync")
            self.largest(lambda amount: self.do(act, index, amount, until), max(int(holding.margin * part), 1))
        else:
            self.do("sync")
            self.do(act, index, until)

    def dust(self) -> None:
        """Many tiny acts, each of which rounds."""
        index = self.borrower()
        holding = self.scene.holdings[index]
        trader = self.traders(holding.outcome)
        amount = self.random.choice((1, 2, 7, 1000))
        for _ in range(self.random.choice((3, 30))):
            if holding.debt and not self.do("close", index, amount):
                break
            if self.scene.holdings[trader].shares > amount:
                self.do("trade", trader, self.random.choice((Order.SELL, Order.SELL_FOR)), amount)

    def wait(self) -> None:
        """A slot, the window of a mean, or hours."""
        slots = self.random.choice((1, 2, 50, 150, 9_000, int(self.random.random() * 500_000)))
        if self.scene.now + slots * 2 // 5 < self.scene.closes_at:
            self.do("wait", slots * 2 // 5, slots)

    def report(self) -> None:
        """The outside price is anything."""
        self.do("report", self.random.randrange(self.outcomes), self.random.randrange(PRICE_ONE + 1))

    def batch(self) -> None:
        """Several trades at once."""
        start = self.borrowing + self.random.randrange(TRADERS) * self.outcomes
        values: list[int] = []
        for outcome in self.random.sample(range(self.outcomes), self.outcomes):
            held = self.scene.holdings[start + outcome].shares
            sell = held and self.random.random() < 0.5
            values += (
                start + outcome,
                Order.SELL if sell else Order.BUY,
                min(self.size(), held) if sell else self.size(),
            )
        self.do("batch", *values)

    def other(self) -> None:
        """Cash in and out, liquidity down, an earlier end."""
        act = self.random.choice(("shrink", "shrink", "allocate", "recall", "sync", "end_calm"))
        if act in ("allocate", "recall"):
            self.do(act, self.random.randrange(1, 10_000) * USDC)
        elif act == "end_calm":
            if self.random.random() < 0.1:
                self.do(act, self.scene.now + self.random.randrange(DAY, 20 * DAY))
        elif act != "shrink" or self.kind.normal:
            self.do(act)


def search(steps: int, seed: int, tell: Callable[[str], None] = lambda _: None) -> list[tuple[Kind, Findings]]:
    """Share steps among all kinds of markets. Raises `Unrepayable` at the first violation."""
    found: list[tuple[Kind, Findings]] = []
    for index, kind in enumerate(KINDS):
        one = Search(kind, seed * 1_000 + index).run(-(-steps // len(KINDS)))
        found.append((kind, one))
        tell(f"{kind.count} outcomes, {'pm-AMM' if kind.normal else 'LMSR'}, scale {kind.scale // USDC}: {one.steps} steps, "
             f"{one.accepted} accepted, least surplus {one.surplus} µUSDC, least room {one.room:.9f} scales, "
             f"{one.worked_off} worked off in at most {one.slots} slots")  # fmt: skip
    return found


__all__ = ["KINDS", "Act", "Close", "Findings", "Holding", "Search", "Unrepayable", "perform", "play", "search", "work_off"]  # fmt: skip
