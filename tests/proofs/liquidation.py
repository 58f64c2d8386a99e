"""Liquidation: who gets the proceeds, what is sold, and that no slice makes a position worse."""

from collections.abc import Sequence

from hognose.proof.evaluate import Evaluator
from hognose.proof.memory import Object
from hognose.proof.question import Question
from hognose.proof.terms import Term
from quatrain.core.water_line import KEEPER_BPS, MARGIN_BITS, NO_LINE, PENALTY_BPS, RATE_ONE, line_above, owed_ceil
from quatrain.program.chain import chain
from quatrain.program.lending import MINIMUM_DEBT, put_on, repay, shrink_margin, take_off
from quatrain.program.levels import draw_line, least_level
from quatrain.program.liquidation import (
    SLICE_BPS_MAXIMUM,
    dues,
    healing_shares,
    sell,
    take_slice,
    trigger_ceil,
)
from quatrain.program.makers import proceeds_floor
from quatrain.program.state import BPS_ONE, PRICE_ONE, Maker
from quatrain.program.tape import record_trade
from tests.proofs.ledgers import book_money, level, market_money, without_effect
from tests.proofs.statement import states

GIVEN = "what `chain` and `record_trade` do: they change no money, level or share"
MONEY = "amounts below 2⁶² µUSDC"


@states(dues, broken="- → + #2", bounds=MONEY)
def dues_leave_the_loan_its_part(q: Question) -> None:
    """† Reward and penalty are 5 and 50 bp at most, and the penalty comes from the trader's own part in the proceeds only."""
    position, shares, held, proceeds, by_price = q.inputs(dues)
    debt = q.get(position, "debt")
    q.assume(shares <= held, held > 0, proceeds < 1 << 62, debt < 1 << 62)
    reward, penalty = q.call(dues, position, shares, held, proceeds, by_price, aborts_never=True)
    q.show(
        q.terms.both(reward * RATE_ONE <= proceeds * KEEPER_BPS, (reward + 1) * RATE_ONE > proceeds * KEEPER_BPS),
        "5 bp",
    )
    q.show(q.terms.both(penalty >= 0, penalty * RATE_ONE <= proceeds * PENALTY_BPS), "50 bp")
    rest = proceeds - reward - penalty
    covered = (proceeds - reward) * held >= debt * shares
    q.show(q.terms.implies(q.terms.both(covered, penalty > 0), rest * held >= debt * shares), "its part")
    q.show(q.terms.implies(q.terms.negation(covered), penalty == 0), "none of the vault's")
    q.show(q.terms.either(by_price, penalty == 0), "none by time")
    whole = q.terms.both(by_price, (proceeds - reward - 1 - debt) * held >= proceeds * held)
    q.show(q.terms.implies(whole, penalty * RATE_ONE > proceeds * PENALTY_BPS - RATE_ONE), "all of it")


class Sale:
    """One slice: the parts of the instruction and what was there before."""

    def __init__(self, q: Question, keeper_is_trader: bool = False):
        """A market of two outcomes, of either maker; the position is in the first."""
        q.lengths(outcomes=2, sides=2)
        self.accounts, self.shares, self.price, self.by_price, self.now = q.inputs(sell)
        names = ("trader", "market", "book", "ladder", "position")
        self.trader, self.market, self.book, self.ladder, self.position = (q.get(self.accounts, name) for name in names)
        if keeper_is_trader:
            q.put(self.accounts, "keeper", value=self.trader)
        self.keeper = q.get(self.accounts, "keeper")
        self.line, self.riskier = q.integer("line", NO_LINE, 1 << 60), q.integer("riskier", NO_LINE, 1 << 60)
        self.least: list[tuple[Term, Term]] = []
        q.put(self.position, "outcome", value=0)
        q.put(self.market, "outcome_count", value=2)
        self.proceeds = q.integer("proceeds", 0, (1 << 64) - 1)
        for function in (chain, record_trade, take_off, put_on):
            q.contract(function, without_effect)
        q.contract(proceeds_floor, lambda _x, _state, _arguments: [self.proceeds, 0, 0])
        q.contract(draw_line, lambda _x, _state, _arguments: [self.line])
        q.contract(line_above, lambda _x, _state, _arguments: [self.riskier])
        q.contract(least_level, self._least_level)

    def _least_level(self, x: Evaluator, _state: object, arguments: Sequence[Term]) -> list[Term]:
        found = x.terms.integer("least level", -(1 << 63), (1 << 63) - 1)
        self.least.append((arguments[1], found))
        return [found]

    def money(self, q: Question) -> Term:
        """All of it."""
        owners = [self.trader] if self.keeper is self.trader else [self.trader, self.keeper]
        return sum(q.get(owner, "free") for owner in owners) + market_money(q, self.market) + book_money(q, self.book)

    def level(self, q: Question, outcome: int) -> Term:
        """Of either maker."""
        is_lmsr = q.get(self.market, "maker") == Maker.LMSR
        return q.terms.choose(is_lmsr, *(level(q, self.market, outcome, lmsr) for lmsr in (True, False)))

    def run(self, q: Question) -> None:
        """Sell."""
        q.call(sell, self.accounts, self.shares, self.price, self.by_price, self.now)


@states(sell, broken="without debt = #2", of=repay, given=GIVEN)
def sales_at_the_rung_repay_the_loan(q: Question) -> None:
    """† Where all shares bring what the rung covers, the debt is repaid in full after reward and penalty: the lender's loss is 0."""
    sale = Sale(q)
    debt, cash = q.get(sale.position, "debt"), q.get(sale.book, "cash")
    q.assume(sale.shares == q.get(sale.position, "shares"), sale.shares > 0, debt < 1 << 61, sale.proceeds < 1 << 62)
    q.assume(sale.proceeds >= q.call(owed_ceil, debt))
    sale.run(q)
    q.show(q.get(sale.position, "debt") == 0, "no debt")
    q.show(q.get(sale.book, "cash") == cash + debt, "all of it")


@states(sell, broken="+ → - #2", given=GIVEN)
def liquidations_move_money(q: Question) -> None:
    """† A liquidation's proceeds go to keeper, loan, insurance fund and trader, and nowhere else; cash and debt together stay."""
    sale = Sale(q)
    before = sale.money(q)
    lent = q.get(sale.book, "cash") + q.get(sale.book, "debt")
    others = q.get(sale.book, "debt") - q.get(sale.position, "debt")
    keeper, penalties = q.get(sale.keeper, "free"), q.get(sale.book, "penalties")
    debt = q.get(sale.position, "debt")
    sale.run(q)
    q.show(sale.money(q) == before, "conservation")
    q.show(q.get(sale.book, "cash") + q.get(sale.book, "debt") == lent, "cash and debt")
    q.show(q.get(sale.book, "debt") - q.get(sale.position, "debt") == others, "debts of others")
    reward = q.get(sale.keeper, "free") - keeper
    q.show(q.terms.both(reward >= 0, reward * RATE_ONE <= sale.proceeds * KEEPER_BPS), "reward")
    penalty = q.get(sale.book, "penalties") - penalties
    q.show(q.terms.both(penalty >= 0, penalty * RATE_ONE <= sale.proceeds * PENALTY_BPS), "penalty")
    repaid = debt - q.get(sale.position, "debt")
    q.show(repaid == q.terms.least(debt, sale.proceeds - reward - penalty), "the rest repays")


@states(sell, broken="+ → - #2", given=GIVEN)
def keepers_may_liquidate_themselves(q: Question) -> None:
    """A trader who is his own keeper moves no money either."""
    sale = Sale(q, keeper_is_trader=True)
    before = sale.money(q)
    sale.run(q)
    q.show(sale.money(q) == before)


@states(
    sell,
    broken="mul_div_floor → mul_div_ceil #1",
    of=shrink_margin,
    given=f"{GIVEN}; the proceeds less the reward cover the slice's part of the debt, as the line makes sure",
)
def no_slice_lowers_health(q: Question) -> None:
    """† After a slice the price that a position can bear, (debt + margin/2)/shares, is no higher, and its debt a share is not.

    A slice of all shares repays all of the debt.
    """
    sale = Sale(q)
    debt, margin, held = (q.get(sale.position, name) for name in ("debt", "margin", "shares"))
    q.assume(held > 0, sale.shares <= held, debt < 1 << 60, sale.proceeds < 1 << 60, margin < 1 << 60)
    reward, _ = q.call(dues, sale.position, sale.shares, held, sale.proceeds, sale.by_price)
    q.assume((sale.proceeds - reward) * held >= debt * sale.shares)
    sale.run(q)
    after, own, left = (q.get(sale.position, name) for name in ("debt", "margin", "shares"))
    q.show(left == held - sale.shares, "shares")
    q.show(after * held <= debt * left, "debt a share")
    q.show(q.terms.either(own * held <= margin * left, own == 0), "margin a share")
    q.show(q.terms.implies(left > 0, (2 * after + own) * held <= (2 * debt + margin) * left), "trigger")
    q.show(q.terms.implies(left == 0, after == 0), "all")


@states(sell, broken="without WATER_LINE #1", given=GIVEN)
def liquidations_hold_the_line(q: Question) -> None:
    """† A liquidation that goes through leaves the level at the line or above, and the margin above the line of riskier loans.

    No other outcome's level falls.
    """
    sale = Sale(q)
    other = sale.level(q, 1)
    sale.run(q)
    level = sale.level(q, 0)
    q.show(sale.level(q, 1) >= other, "the other")
    if len(sale.least) != 2:
        q.show(False, "both lines are looked at")
        return
    (line, least), (riskier, above) = sale.least
    q.show(line == sale.line, "the line")
    q.show(level >= least, "held")
    gap = 64 * (riskier - sale.riskier)
    scale = q.get(sale.market, "liquidity")
    q.show(q.terms.both(gap <= scale, gap > scale - 64), "with the margin")
    q.show(q.terms.either(sale.riskier == NO_LINE, level >= above), "riskier")


@states(
    trigger_ceil,
    broken="mul_div_ceil → mul_div_floor #1",
    bounds="debts and margins below 2⁶² µUSDC; positions with shares",
)
def triggers_are_rounded_up(q: Question) -> None:
    """The trigger is the price at which half of the margin is left, rounded up."""
    (position,) = q.inputs(trigger_ceil)
    debt, margin, shares = (q.get(position, name) for name in ("debt", "margin", "shares"))
    q.assume(debt < 1 << 62, margin < 1 << 62, shares > 0)
    trigger = q.call(trigger_ceil, position)
    q.show(2 * trigger * shares >= (2 * debt + margin - 1) * PRICE_ONE, "no lower")
    q.show(2 * (trigger - 1) * shares < (2 * debt + margin) * PRICE_ONE, "by less than 1")


@states(healing_shares, broken="mul_div_ceil → mul_div_floor #1", bounds="positions below 2⁶⁰; prices up to 1")
def slices_heal_and_no_more(q: Question) -> None:
    """What heals a position is at most all its shares, all where its worth covers no more than the debt, enough, and no share more."""
    position, price = q.inputs(healing_shares)
    debt, margin, shares = (q.get(position, name) for name in ("debt", "margin", "shares"))
    q.assume(shares < 1 << 60, debt < 1 << 60, margin < 1 << 59, price <= PRICE_ONE, shares > 0)
    found = q.call(healing_shares, position, price, aborts_never=True)
    q.show(q.terms.both(found >= 0, found <= shares), "some of them")
    q.show(q.terms.implies(shares * price <= debt * PRICE_ONE, found == shares), "all where it is worth no more")
    worth = q.terms.quotient(shares * price, PRICE_ONE)
    demanded = q.terms.quotient(q.terms.quotient(margin, 2) * 11, 10)
    heals = q.terms.both(worth > debt, demanded > 0, worth - debt < demanded)
    exact = found * demanded >= shares * (demanded - worth + debt)
    q.show(q.terms.implies(heals, exact), "enough")
    q.show(q.terms.implies(heals, (found - 1) * demanded < shares * (demanded - worth + debt)), "no more")


def slice_of(q: Question) -> tuple[list[Object], list[Term], Term]:
    """A slice: market, side, position; what was wanted, the maximum, the part; and the shares sold."""
    q.lengths(outcomes=2)
    market, side, position, wanted, maximum, part, slot = q.inputs(take_slice)
    q.put(position, "outcome", value=0)
    q.assume(part <= SLICE_BPS_MAXIMUM)
    sold = q.get(market, "outcomes", 0, "sold")
    return [market, side, position], [wanted, maximum, part, slot], sold


@states(take_slice, broken="without SLICE_SPENT #1", bounds="slices of 0 to 8 %")
def slices_are_bounded_in_a_slot(q: Question) -> None:
    """† All slices of a slot and outcome, but for debts below 100 USDC that close whole, are within the part of the shares sold.

    No slice is smaller than a sixty-fourth of the liquidity, unless position or allowance is.
    """
    (market, side, position), (wanted, maximum, part, slot), sold = slice_of(q)
    debt, held = q.get(position, "debt"), q.get(position, "shares")
    before = q.terms.choose(q.get(side, "slice_slot") == slot, q.get(side, "sliced"), 0)
    shares = q.call(take_slice, market, side, position, wanted, maximum, part, slot)
    allowed = q.terms.ceiling((sold + before) * part, BPS_ONE)
    q.show(q.terms.both(q.get(side, "slice_slot") == slot, q.get(side, "sliced") == before + shares), "counted")
    small = debt < 2 * MINIMUM_DEBT
    q.show(q.terms.implies(small, shares == held), "whole")
    q.show(before < allowed, "something is left")
    q.show(q.terms.either(small, before + shares <= allowed), "bounded")
    q.show(q.terms.either(small, shares <= maximum), "as asked")
    least = q.terms.least(q.terms.least(held, allowed), q.terms.quotient(q.get(market, "liquidity"), 1 << MARGIN_BITS))
    q.show(q.terms.either(small, shares >= least), "no dust")
    q.show(shares >= 1, "something")
