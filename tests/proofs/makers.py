"""The makers' prices: no sequence of trades at one instant profits, from the bounds of their arithmetic."""

from collections.abc import Sequence
from typing import Any

import z3

from hognose.proof.question import Question
from hognose.proof.terms import Term
from quatrain.core import lmsr, pmamm
from quatrain.core.fixed import EXP_ERROR, LN1P_ERROR, ONE, exp_neg, ln1p
from quatrain.core.newton import descend
from quatrain.core.normal import LOSS_ERROR
from quatrain.core.pmamm import _loss_at, _rise_ceil
from quatrain.program.decay import shrink
from tests.proofs.ledgers import any_integer, reserve
from tests.proofs.statement import states

GAP_MAXIMUM = 1 << 51
LOSS_MAXIMUM = (1 << 64) * 2 // 5
LOSS_GIVEN = (
    "`loss_and_tail` errs by at most LOSS_ERROR, and 32 units of 2⁻⁶⁴ for its argument "
    "(`tests/core/test_normal_proof.py`); V(g) = max(g, 0) + L·t(|g|/L) rises by 0 to 1 for each share"
)
PMAMM = "scales from 1 to 10 million USDC, gaps below 2⁵¹ before and after"


class Loss:
    """The value function V of a pm-AMM of two outcomes, in 2^-64 µUSDC, and what the program computes of it."""

    def __init__(self, q: Question, scale: Term):
        """Let every loss be off by as much as its bound says."""
        self.q, self.scale = q, scale
        self.found: list[tuple[Term, Term]] = []
        q.contract(_loss_at, self._loss_at)

    def _loss_at(self, x: Any, _state: object, arguments: Sequence[Term]) -> list[Term]:
        scale, gap = arguments
        assert scale is self.scale
        for known, loss in self.found:
            if x.terms.expression(known).eq(x.terms.expression(gap)):
                return [loss, x.terms.integer("slope", 0, ONE)]
        loss = x.terms.integer("loss", 0, LOSS_MAXIMUM)
        self.found.append((gap, loss))
        return [loss, x.terms.integer("slope", 0, ONE)]

    def value(self, gap: Term) -> Term:
        """V at a gap: any number that the computed loss there allows."""
        q = self.q
        same = [loss for known, loss in self.found if z3.simplify(known - gap).eq(z3.IntVal(0, q.terms.context))]
        # Who does not ask for the loss at this gap cannot know it.
        loss = same[0] if same else q.integer("loss", 0, LOSS_MAXIMUM)
        true = q.integer("value", 0)
        error = self.scale * (LOSS_ERROR + 32)
        above = true - q.terms.most(gap, 0) * (1 << 64)
        q.assume(above >= 0, above - self.scale * loss <= error, self.scale * loss - above <= error)
        return true


def trade_of(q: Question, function: Any) -> tuple[Term, Term, Term, Term, Loss]:
    """Scale, both reserves, shares, and the value function."""
    scale, own, other, shares = q.inputs(function)
    q.assume(scale >= lmsr.MINIMUM_SCALE, scale <= lmsr.MAXIMUM_SCALE, own < GAP_MAXIMUM, other < GAP_MAXIMUM)
    q.assume(shares < GAP_MAXIMUM)
    return scale, own, other, shares, Loss(q, scale)


@states(
    pmamm.cost_ceil, _rise_ceil, broken="mul_shift → mul_shift_ceil #1", of=_rise_ceil, bounds=PMAMM, given=LOSS_GIVEN
)
def pmamm_costs_are_never_below_the_value(q: Question) -> None:
    """† A purchase from a pm-AMM of two costs at least what V rises by, at most 1 USDC a share, and never aborts.

    So costs of any trades add up to at least the rise of V from first to last: whoever returns to where he began has not gained.
    """
    scale, own, other, shares, loss = trade_of(q, pmamm.cost_ceil)
    cost, _, _ = q.call(pmamm.cost_ceil, scale, own, other, shares, aborts_never=True)
    gap = other - own
    before, after = loss.value(gap), loss.value(gap + shares)
    q.assume(after >= before, after - before <= shares * (1 << 64))
    q.show(cost * (1 << 64) >= after - before, "at least")
    q.show(q.terms.both(cost >= 0, cost <= shares), "at most")
    # The reserves of both outcomes stay at V, seen from either side, and so above 0.
    q.assume(other * (1 << 64) >= before)
    q.show((other + cost) * (1 << 64) >= after, "solvent")


@states(pmamm.proceeds_floor, _rise_ceil, broken="+ → - #1", of=_rise_ceil, bounds=PMAMM, given=LOSS_GIVEN)
def pmamm_proceeds_are_never_above_the_value(q: Question) -> None:
    """† A sale to a pm-AMM of two brings at most what V falls by, and leaves both reserves above 0 where they were at V."""
    scale, own, other, shares, loss = trade_of(q, pmamm.proceeds_floor)
    proceeds, _, _ = q.call(pmamm.proceeds_floor, scale, own, other, shares, aborts_never=True)
    gap = other - own
    before, after = loss.value(gap), loss.value(gap - shares)
    q.assume(after <= before, before - after <= shares * (1 << 64))
    q.show(proceeds * (1 << 64) <= before - after, "at most")
    q.show(proceeds >= 0, "not negative")
    q.assume(other * (1 << 64) >= before)
    q.show((other - proceeds) * (1 << 64) >= after, "solvent")
    q.show(other - proceeds >= 0, "the other's reserve")
    q.show(own + shares - proceeds >= 0, "its own")


LMSR_GIVEN = (
    f"`exp_neg` errs by at most {EXP_ERROR} units of 2⁻⁶³ and `ln1p` by {LN1P_ERROR} of 2⁻⁶⁴ (numerics); ln(1 + y) rises by "
    "at most 1 for each 1 of y, and a share costs at most 1"
)


@states(
    lmsr.cost_ceil,
    broken="mul_shift_ceil → mul_shift #1",
    bounds="scales from 1 to 10 million USDC; shares up to the reserve",
    given=LMSR_GIVEN,
)
def lmsr_costs_are_never_below_the_true_cost(q: Question) -> None:
    """† A purchase from an LMSR costs at least b·ln(1 − p + p·e^(δ/b)), whatever the primitives' errors; at most 1 USDC a share."""
    scale, own, shares = q.inputs(lmsr.cost_ceil)
    q.assume(scale >= lmsr.MINIMUM_SCALE, scale <= lmsr.MAXIMUM_SCALE, shares <= own)
    true: list[Term] = []

    def exponential(x: Any, _state: object, _arguments: object) -> list[Term]:
        found = x.terms.integer("exponential", 0, ONE)
        true.append(x.terms.integer("true exponential", 0, ONE))
        x.terms.facts += [found - true[-1] <= EXP_ERROR, true[-1] - found <= EXP_ERROR]
        return [found]

    logarithm = q.integer("true logarithm", 0, 1 << 64)

    def of_growth(x: Any, _state: object, arguments: Sequence[Term]) -> list[Term]:
        found = x.terms.integer("ln1p", 0, 1 << 64)
        # The true logarithm of the true growth, in 2^-64: from that of the growth that was found by 1 for 1 at most.
        off = 2 * ((true[1] - true[0]) - arguments[0])
        of_found = x.terms.integer("logarithm", 0, 1 << 64)
        x.terms.facts += [found - of_found <= LN1P_ERROR, of_found - found <= LN1P_ERROR]
        x.terms.facts += [
            z3.Implies(off >= 0, logarithm - of_found <= off),
            z3.Implies(off <= 0, logarithm <= of_found),
        ]
        return [found]

    q.contract(exp_neg, exponential)
    q.contract(ln1p, of_growth)
    q.contract(lmsr._part_of, any_integer("price", 0, lmsr.PRICE_ONE))
    cost, _, _ = q.call(lmsr.cost_ceil, scale, own, shares)
    first, second = [each for each in q.handovers if each.what is exp_neg][:2]
    for exponent, wanted in ((first, own), (second, own - shares)):
        q.show(q.terms.both(exponent.arguments[0] == wanted, exponent.arguments[1] == scale), "exponent")
    q.assume(scale * logarithm <= shares * (1 << 64))
    q.show(cost * (1 << 64) >= scale * logarithm, "at least")
    q.show(cost <= shares, "at most")


@states(descend, broken="+ → - #1", bounds="excesses of up to 63 fractional bits")
def newton_steps_come_nearer(q: Question) -> None:
    """Each step of the search for a pm-AMM's gap is below the one before and not below the bracket: the search ends."""
    low, x, excess, bits, slope = q.inputs(descend)
    bits = q.integer("bits", 0, 63)
    q.assume(low < x, excess > 0, slope <= ONE)
    found = q.call(descend, low, x, excess, bits, slope)
    q.show(q.terms.both(found >= low, found < x))


@states(shrink, broken="mul_div_ceil → mul_div_floor #1", bounds="2 to 4 outcomes")
def decay_moves_shares_to_the_vault_only(q: Question) -> None:
    """† When liquidity falls each reserve falls in proportion, rounded up, and what it loses the vault holds; escrow stays."""
    q.lengths(outcomes=4)
    market, liquidity = q.inputs(shrink)
    count = q.integer("count", 2, 4)
    q.put(market, "outcome_count", value=count)
    scale, sets = q.get(market, "liquidity"), q.get(market, "sets")
    q.assume(liquidity <= scale, scale > 0)
    q.assume(*(q.terms.implies(i < count, reserve(q, market, i) >= 0) for i in range(4)))
    before = [reserve(q, market, i) for i in range(4)]
    sold = [q.get(market, "outcomes", i, "sold") for i in range(4)]
    q.call(shrink, market, liquidity, aborts_never=True)
    q.show(q.terms.both(q.get(market, "sets") == sets, q.get(market, "liquidity") == liquidity), "escrow")
    for i in range(4):
        after = reserve(q, market, i)
        exact = q.terms.both(after * scale >= before[i] * liquidity, (after - 1) * scale < before[i] * liquidity)
        q.show(q.terms.implies(i < count, exact), f"reserve {i}")
        q.show(q.terms.implies(i < count, q.terms.both(after >= 0, after <= before[i])), f"falls {i}")
        q.show(q.get(market, "outcomes", i, "sold") == sold[i], f"sold {i}")
