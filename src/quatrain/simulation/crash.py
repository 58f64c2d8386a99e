"""A market with leverage through its whole life, on one path of outside prices.

An informed trader brings the pool to the outside price in every slot, as far as the line and the price's room allow. Borrowers
take loans of 2 to 50x and leave when they want, or when their time is over; ordinary holders sell at times of their own. Keepers
liquidate whatever is due. All of them call the program's instructions; each is refused as the program refuses.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from math import log

import numpy as np
from attrs import Factory, asdict, define, frozen
from scipy.special import ndtri

from quatrain.program.errors import QuatrainError
from quatrain.program.state import PRICE_ONE, Order
from quatrain.simulation.lender import Lent, lend
from quatrain.simulation.paths import Path
from quatrain.simulation.scene import SLOTS_PER_SECOND, USDC, Holding, Kind, Scene

EASY = 1 << 62
TOLERANCE = 20_000_000
"""Two points: the pool lags where it is further away than this from the outside price."""
CLOSE_ENOUGH = 1_000_000
"""A tenth of a point, which the informed trader leaves."""
HALVINGS = 6
BUSY_SLOTS = 60
"""Slots that are played one by one after a quote, while anything is left to do; the rest of the step passes at once."""
LEVERAGES = (2, 3, 5, 10, 20, 50)
REPORT_SECONDS = 20
IN_TIME_SLOTS = 600
"""Within so many slots of the outside price's fall below its trigger, a position is to be liquidated."""


@frozen
class Plan:
    """How much of everything: loans in a market at most, the scale in USDC, whether there is a feed."""

    loans: int = 150
    scale: int = 20_000
    cash: int = 400_000
    fed: bool = True
    normal: bool = False


@define
class Loan:
    """A borrower's position, and what became of it."""

    holding: Holding
    leverage: int
    leaves: int
    """Step at which its owner wants out."""
    fell: int | None = None
    """Slot at which the outside price fell below its trigger."""
    caught: int | None = None
    """Slot of its first liquidation by price."""
    waits_since: int | None = None


@define
class Outcome:
    """What a market's life was like. Money in µUSDC, waits in slots."""

    lost: int = 0
    lent: int = 0
    loans: int = 0
    maker_loss: int = 0
    subsidy: int = 0
    lags: list[int] = Factory(list[int])
    """Lengths of the times for which the pool was more than two points away."""
    gaps: list[float] = Factory(list[float])
    """The largest distance in each."""
    exits: list[int] = Factory(list[int])
    sales: list[int] = Factory(list[int])
    slices: int = 0
    liquidated: int = 0
    timed: int = 0
    right: int = 0
    """Liquidations by price with the outside price at or below the trigger."""
    fell: int = 0
    """Positions that the outside price made due."""
    caught: int = 0
    """Of these, liquidated in time, or closed by then."""
    refused_by_line: int = 0
    longest: int = 0
    """The longest term of a loan, in slots: what holds the line at the longest."""
    worked_off: int = 0
    """Slots from the end of all loans to the last repayment."""
    use: list[float] = Factory(list[float])
    """Debt over cash and debt, at each step."""
    conventional: dict[int, Lent] = Factory(dict[int, Lent])

    def add(self, other: Outcome) -> None:
        """Both together."""
        for name, value in asdict(other, recurse=False).items():
            mine = getattr(self, name)
            if isinstance(value, list):
                mine.extend(value)
            elif isinstance(value, dict):
                for leverage, lent in other.conventional.items():
                    self.conventional.setdefault(leverage, Lent()).add(lent)
            elif name in ("longest", "worked_off"):
                setattr(self, name, max(mine, value))
            else:
                setattr(self, name, mine + value)


class Life:
    """One market on one path."""

    def __init__(self, path: Path, plan: Plan, seed: int):
        self.path, self.plan = path, plan
        self.random = random.Random(seed)  # noqa: S311 (a simulation)
        first = np.clip(path.prices[0], 0.02, 0.98)
        opening = [int(p) for p in first / first.sum() * PRICE_ONE]
        opening[0] += PRICE_ONE - sum(opening)
        kind = Kind(
            path.count, plan.normal, plan.scale * USDC, life=path.steps * path.seconds, quiet=0, prices=tuple(opening)
        )
        self.scene = Scene(kind, loans=plan.cash * USDC, holdings=plan.loans + 120)
        self.found = Outcome(subsidy=self.scene.market.state().subsidy)
        self.informed = self.scene.join()
        self.keeper = self.scene.join((0,))[0].trader
        self.loans: list[Loan] = []
        self.spare: dict[int, Holding] = {}
        self.sellers: list[tuple[Holding, int]] = []
        self.lag = 0
        self.gap = 0.0
        self.step = 0

    # -- the life -----------------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        """All steps, then all loans worked off, then the outcome."""
        slots = int(self.path.seconds * SLOTS_PER_SECOND)
        for step in range(self.path.steps):
            self.step = step
            self.report()
            self.scene.sync()
            self.shrink()
            self.newcomers()
            passed = 0
            for passed in range(min(BUSY_SLOTS, slots)):
                if passed and passed % int(REPORT_SECONDS * SLOTS_PER_SECOND) == 0:
                    self.report()
                if not self.slot():
                    break
                self.scene.advance(passed % 5 % 2, 1)
            if self.lag:
                self.lag += slots - passed - 1
            self.found.use.append(self.used())
            end = self.scene.opens_at + (step + 1) * self.path.seconds
            if step + 1 < self.path.steps:
                self.scene.set_time(end, self.scene.slot + slots - passed)
        self.work_off()
        self.finish()
        return self.found

    def slot(self) -> bool:
        """One slot: the informed trader, keepers, whoever wants out; whether anything is left for the next."""
        arbitraged = self.arbitrage()
        worked = self.keep()
        waiting = self.leave()
        distance = max(abs(self.scene.price(i) - self.outside(i)) for i in range(self.path.count))
        if distance > TOLERANCE:
            self.lag += 1
            self.gap = max(self.gap, distance / PRICE_ONE)
        elif self.lag:
            self.end_lag()
        return arbitraged or worked or waiting or distance > TOLERANCE

    def end_lag(self) -> None:
        """The pool is back at the outside price."""
        self.found.lags.append(self.lag)
        self.found.gaps.append(self.gap)
        self.lag, self.gap = 0, 0.0

    def outside(self, outcome: int) -> int:
        """The outside price, 1e-9."""
        return int(self.path.prices[self.step, outcome] * PRICE_ONE)

    def report(self) -> None:
        """What reporters say, if there are any."""
        if self.plan.fed:
            for i in range(self.path.count):
                self.scene.report(i, self.outside(i))

    def shrink(self) -> None:
        """A pm-AMM's liquidity falls."""
        if self.plan.normal:
            self.scene.shrink()

    def used(self) -> float:
        """Utilisation."""
        return sum(one.holding.debt for one in self.loans) / (self.plan.cash * USDC)

    # -- people -------------------------------------------------------------------------------------------------------

    def arbitrage(self) -> bool:
        """Trade every outcome to its outside price; whether anything was traded."""
        traded = False
        for outcome in range(self.path.count):
            price, target = self.scene.price(outcome), self.outside(outcome)
            if abs(price - target) <= CLOSE_ENOUGH:
                continue
            shares = int(abs(self.odds(target) - self.odds(price)) * self.scene.scale)
            holding = self.informed[outcome]
            if price < target:
                traded |= self.largest(lambda amount, h=holding: self.scene.trade(h, Order.BUY, amount, EASY), shares)
                continue
            held = min(shares, holding.shares)
            if held:
                traded |= self.largest(lambda amount, h=holding: self.scene.trade(h, Order.SELL, amount, 0), held)
            if shares > held and self.path.count == 2:
                other = self.informed[1 - outcome]
                buying = shares - held
                traded |= self.largest(lambda amount, h=other: self.scene.trade(h, Order.BUY, amount, EASY), buying)
        return traded

    def odds(self, price: int) -> float:
        """The level of a price in scales: log-odds, or Φ⁻¹."""
        p = min(max(price / PRICE_ONE, 1e-5), 1 - 1e-5)
        return float(ndtri(p)) if self.plan.normal else log(p / (1 - p))

    def largest(self, act: Callable[[int], int], amount: int) -> bool:
        """Trade as much of an amount as is accepted."""
        done, part = False, amount
        for _ in range(HALVINGS):
            if amount <= 0 or part <= 0:
                break
            code = act(min(part, amount))
            if code == 0:
                done = True
                amount -= min(part, amount)
            else:
                self.found.refused_by_line += code == QuatrainError.WATER_LINE.code
                part //= 2
        return done

    def newcomers(self) -> None:
        """Borrowers, and buyers without a loan who will sell."""
        count = max(self.plan.loans // max(self.path.steps * 3 // 4, 1), 1)
        for _ in range(count if len(self.loans) < self.plan.loans else 0):
            self.borrow()
        if len(self.sellers) < 100 and self.random.random() < 0.2:
            outcome = self.random.randrange(self.path.count)
            (holding,) = self.scene.join((outcome,))
            if (
                self.scene.trade(holding, Order.BUY, int(self.scene.scale * self.random.uniform(0.001, 0.05)), EASY)
                == 0
            ):
                self.sellers.append((holding, self.step + 1 + int(self.random.expovariate(0.05))))

    def borrow(self) -> None:
        """One more loan, as much as is accepted of what is wanted; the conventional lender makes the same."""
        outcome = self.random.randrange(self.path.count)
        leverage = self.random.choice(LEVERAGES)
        debt = int(self.scene.scale * 10 ** self.random.uniform(-2.2, -0.7))
        price = max(self.scene.price(outcome), 1)
        shares = debt * PRICE_ONE // price * leverage // (leverage - 1)
        now = self.scene.now
        latest = now + int((self.path.steps - self.step) * self.path.seconds * 0.9)
        until = min(now + int(self.random.uniform(0.05, 0.5) * self.scene.kind.life) + 60, latest)
        holding = self.spare.pop(outcome, None) or self.scene.join((outcome,))[0]
        # Without three reporters 10x is the most, and what a loan pays above the price before counts as well.
        for loan in (debt, debt * 19 // 20, debt * 4 // 5):
            if self.scene.borrow(holding, shares, loan, until) == 0:
                break
        else:
            self.spare[outcome] = holding
            return
        leaves = self.step + 1 + int(self.random.expovariate(8 / self.path.steps))
        self.loans.append(Loan(holding, leverage, leaves))
        self.found.loans += 1
        self.found.lent += holding.debt
        self.found.longest = max(self.found.longest, int((until - now) * SLOTS_PER_SECOND))
        end = min(leaves, self.step + 1 + (until - now) // self.path.seconds)
        lent = lend(self.path, outcome, self.step, end, holding.debt / USDC, leverage)
        self.found.conventional.setdefault(leverage, Lent()).add(lent)

    def leave(self) -> bool:
        """Whoever wants out tries; whether anybody still waits."""
        waiting = False
        for one in self.loans:
            if one.holding.debt and self.step >= one.leaves:
                one.waits_since = self.scene.slot if one.waits_since is None else one.waits_since
                if self.scene.close(one.holding, one.holding.shares) == 0:
                    self.found.exits.append(self.scene.slot - one.waits_since)
                else:
                    waiting = True
            elif one.waits_since is not None and one.holding.debt == 0 and one.leaves >= 0:
                # Liquidated while waiting.
                self.found.exits.append(self.scene.slot - one.waits_since)
                one.leaves = -1
        kept: list[tuple[Holding, int]] = []
        for holding, leaves in self.sellers:
            if self.step >= leaves:
                since = -leaves if leaves < 0 else self.scene.slot
                if self.scene.trade(holding, Order.SELL, holding.shares, 0) == 0:
                    self.found.sales.append(self.scene.slot - since)
                else:
                    kept.append((holding, -since))
                    waiting = True
            else:
                kept.append((holding, leaves))
        self.sellers = kept
        return waiting

    # -- keepers ------------------------------------------------------------------------------------------------------

    def keep(self) -> bool:
        """Liquidate what may be due, riskiest first; whether any was."""
        prices = [self.scene.price(i) for i in range(self.path.count)]
        window = self.scene.kind.life // 10
        worked = False
        for one in sorted((one for one in self.loans if one.holding.debt), key=lambda one: -one.holding.rung):
            holding = one.holding
            outside = self.outside(holding.outcome)
            trigger = (holding.debt + holding.margin // 2) * PRICE_ONE // holding.shares
            if outside <= trigger and one.fell is None:
                one.fell = self.scene.slot
            near = self.scene.now >= min(holding.until, self.scene.ends_at - window)
            if min(outside, prices[holding.outcome]) > trigger and not near:
                continue
            counted = self.counters()
            if self.scene.liquidate(self.keeper, holding, fed=self.plan.fed) == 0:
                worked = True
                self.found.slices += 1
                if self.counters() > counted:
                    one.caught = self.scene.slot if one.caught is None else one.caught
                    self.found.liquidated += 1
                    self.found.right += outside <= trigger
        return worked

    def counters(self) -> int:
        """Liquidations by price so far."""
        return self.scene.liquidations

    def work_off(self) -> None:
        """When loans have ended: by time, slot after slot."""
        self.scene.set_time(self.scene.ends_at, self.scene.slot + 1)
        self.report()
        for slots in range(2_000):
            self.found.worked_off = slots
            if not any(one.holding.debt for one in self.loans):
                break
            self.keep()
            self.scene.advance(0, 1)

    def finish(self) -> None:
        """Count."""
        if self.lag:
            self.end_lag()
        book, market = self.scene.book.state(), self.scene.market.state()
        found = self.found
        found.lost = self.plan.cash * USDC - book.cash
        found.timed = book.timed
        found.maker_loss = found.subsidy - (market.sets - market.outcomes[self.path.winner].sold)
        for one in self.loans:
            if one.fell is not None:
                found.fell += 1
                in_time = one.caught is not None and one.caught <= one.fell + IN_TIME_SLOTS
                found.caught += in_time or one.holding.debt == 0


__all__ = ["LEVERAGES", "Life", "Loan", "Outcome", "Plan"]
