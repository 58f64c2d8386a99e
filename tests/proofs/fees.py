"""The taker fee: its range, its rounding, its parts."""

from hognose.lang.types import layout_of
from hognose.proof.question import Question
from quatrain.core.fee import (
    COVERAGE_ONE,
    FLAT_COVERAGE,
    MAXIMUM_RATE,
    MINIMUM_RATE,
    RATE_DECAY,
    RATE_ONE,
    fee_ceil,
    split,
    surcharges,
    taker_rate_ceil,
    trade_rate,
)
from quatrain.core.fixed import EXP_ERROR, MAXIMUM_DENOMINATOR, ONE, divide, exp_neg
from quatrain.program.fees import cost_within_floor, proceeds_before_fee_ceil, share_out
from quatrain.program.state import Market
from tests.proofs.ledgers import any_integer, vault_money
from tests.proofs.statement import states

MARKET = (None, layout_of(Market), None)
BASIS_POINTS = RATE_ONE // 10_000
RATES = f"rates up to {MAXIMUM_RATE:,} (28 bp)"


@states(exp_neg, broken="16 → 17 #1", of=divide, bounds="every numerator; denominators up to 2⁴⁸ − 1")
def exponentials_are_probabilities(q: Question) -> None:
    """`exp_neg` returns whatever it is asked, and what it returns is at most 1."""
    numerator, denominator = q.inputs(exp_neg)
    q.assume(denominator >= 1, denominator <= MAXIMUM_DENOMINATOR)
    q.show(q.call(exp_neg, numerator, denominator, aborts_never=True) <= ONE)


@states(taker_rate_ceil, broken="+ → - #1")
def taker_rates_are_3_to_28_bp(q: Question) -> None:
    """† The taker rate is at least 3 bp and at most 28 bp at every coverage, and is always found."""
    (coverage,) = q.inputs(taker_rate_ceil)
    q.contract(exp_neg, any_integer("exponential", 0, ONE))
    rate = q.call(taker_rate_ceil, coverage, aborts_never=True)
    q.show(rate >= MINIMUM_RATE, "3 bp")
    q.show(rate <= MAXIMUM_RATE, "28 bp")


@states(taker_rate_ceil, broken="mul_shift_ceil → mul_shift #1", given="the exponential is what `exp_neg` says")
def taker_rates_are_rounded_up(q: Question) -> None:
    """The taker rate is 3 bp and, below a coverage of 12, 25 bp times the exponential, rounded up; never less than 3 bp."""
    (coverage,) = q.inputs(taker_rate_ceil)
    share = q.integer("exponential", 0, ONE)
    q.contract(exp_neg, lambda _x, _state, _arguments: [share])
    above = q.call(taker_rate_ceil, coverage) - MINIMUM_RATE
    part = (MAXIMUM_RATE - MINIMUM_RATE) * share
    exact = q.terms.both(above * ONE >= part, above * ONE < part + ONE)
    q.show(q.terms.choose(coverage >= FLAT_COVERAGE, above == 0, exact))


@states(
    taker_rate_ceil,
    broken="3 → 4 #1",
    bounds="every pair of coverages one unit (10⁻⁹) apart, hence every pair",
    given=f"`exp_neg` errs by at most EXP_ERROR = {EXP_ERROR} units of 2⁻⁶³ (numerics), and e^(x) ≥ 1 + x",
)
def taker_rates_never_rise_with_coverage(q: Question) -> None:
    """† Where coverage is higher, the taker rate is not: rounding and the exponential's error never turn it round."""
    (coverage,) = q.inputs(taker_rate_ceil)
    true = {arguments: q.integer(f"true exponential {arguments}", 0, ONE << 10) for arguments in (0, 1)}
    asked = list[int]()

    def exponential(x, _state, arguments):
        number = len(asked)
        asked.append(number)
        found = x.terms.integer("exponential", 0, ONE)
        # The true value in 2^-73, at arguments of which the contract checks that they are the coverage's.
        q.show(x.terms.both(arguments[0] == RATE_DECAY * (coverage + number), arguments[1] == COVERAGE_ONE), "argument")
        x.terms.facts += [(found - EXP_ERROR) * 1024 <= true[number], true[number] <= (found + EXP_ERROR) * 1024]
        return [found]

    q.contract(exp_neg, exponential)
    # e^(-3c) at c and one unit further: their quotient is at least 1 + 3e-9; below 12, both are at least 2^-53.
    q.assume(true[0] * COVERAGE_ONE >= true[1] * (COVERAGE_ONE + RATE_DECAY), true[1] >= 1 << 20)
    lower = q.call(taker_rate_ceil, coverage)
    higher = q.call(taker_rate_ceil, coverage + 1)
    q.show(higher <= lower)


@states(surcharges, broken="other branch #2")
def surcharges_grow_with_risk(q: Question) -> None:
    """A livelier or a thinner market never pays a lower surcharge, and congestion adds 1 bp."""
    variance, liquidity, congested = q.inputs(surcharges)
    livelier, thinner, _ = q.inputs(surcharges)
    q.assume(livelier >= variance, thinner <= liquidity)
    calm = q.call(surcharges, variance, liquidity, congested)
    q.show(q.call(surcharges, livelier, thinner, congested) >= calm, "risk")
    q.show(
        q.call(surcharges, variance, liquidity, True) == q.call(surcharges, variance, liquidity, False) + BASIS_POINTS
    )
    q.show(q.call(surcharges, 0, 1 << 63, False) == 0, "none without")


@states(surcharges, trade_rate, broken="min → max #1", of=trade_rate, bounds="taker rates up to 28 bp")
def rates_outside_recovery_are_at_most_28_bp(q: Question) -> None:
    """† Whatever the market adds, outside recovery and for sales a rate is at least the base, and at most 28 bp."""
    variance, liquidity, congested = q.inputs(surcharges)
    base, _, opening, recovery = q.inputs(trade_rate)
    q.assume(base <= MAXIMUM_RATE, recovery <= 3)
    added = q.call(surcharges, variance, liquidity, congested, aborts_never=True)
    q.show(added >= 0)
    q.show(added <= 6 * BASIS_POINTS, "6 bp at most")
    rate = q.call(trade_rate, base, added, opening, recovery, aborts_never=True)
    q.assume(q.terms.either(recovery == 0, q.terms.negation(opening)))
    q.show(rate >= base)
    q.show(rate <= MAXIMUM_RATE)


@states(trade_rate, broken="+ → - #2", bounds="taker rates and surcharges up to 28 bp")
def recovery_raises_the_rate_of_buys(q: Question) -> None:
    """In recovery a buy pays 1.5, 2 and 3 times the rate, rounded up, and a deeper level never less."""
    base, added, _, level = q.inputs(trade_rate)
    q.assume(base <= MAXIMUM_RATE, added <= MAXIMUM_RATE, level >= 1, level <= 3)
    usual = q.call(trade_rate, base, added, True, 0)
    rates = [q.call(trade_rate, base, added, True, recovery, aborts_never=True) for recovery in (1, 2, 3)]
    for halves, rate in zip((3, 4, 6), rates, strict=True):
        q.show(q.terms.both(2 * rate >= halves * usual, 2 * rate < halves * usual + 2))
    q.show(usual == q.terms.least(base + added, MAXIMUM_RATE))


@states(fee_ceil, broken="mul_div_ceil → mul_div_floor #1", bounds=RATES)
def fees_are_rounded_up(q: Question) -> None:
    """A fee is the rate of its amount, rounded up to a µUSDC, and never more than the amount."""
    amount, rate = q.inputs(fee_ceil)
    q.assume(rate <= MAXIMUM_RATE)
    fee = q.call(fee_ceil, amount, rate, aborts_never=True)
    q.show(q.terms.both(fee * RATE_ONE >= amount * rate, fee * RATE_ONE < amount * rate + RATE_ONE), "ceiling")
    q.show(fee <= amount, "no more than the amount")


@states(split, broken="- → + #1", bounds="fees below 2⁶⁰ µUSDC")
def fee_parts_add_up(q: Question) -> None:
    """The four parts of a fee add up to it, and the vault has at least 70 %."""
    (fee,) = q.inputs(split)
    q.assume(fee < 1 << 60)
    vault, stakers, treasury, insurance = q.call(split, fee, aborts_never=True)
    q.show(vault + stakers + treasury + insurance == fee, "sum")
    q.show(q.terms.both(10 * vault >= 7 * fee, 100 * stakers <= 15 * fee, 20 * treasury <= fee), "70, 15 and 5 %")
    q.show(10 * insurance <= fee, "10 %")
    q.show(q.terms.both(100 * stakers > 15 * fee - 100, 20 * treasury > fee - 20, 10 * insurance > fee - 10), "floors")


@states(share_out, broken="without lp_cash = #1", kinds=MARKET)
def fees_go_to_their_owners(q: Question) -> None:
    """What is shared out of a market's fees is what vault, stakers, treasury and insurance have more."""
    protocol, market, slot = q.inputs(share_out, MARKET)
    before = vault_money(q, protocol) + q.get(market, "fees_due")
    q.call(share_out, protocol, market, slot, kinds=MARKET)
    q.show(vault_money(q, protocol) + q.get(market, "fees_due") == before, "conservation")
    q.show(q.get(market, "fees_due") == 0, "nothing left")


@states(cost_within_floor, broken="mul_div_floor → mul_div_ceil #1", bounds=RATES)
def spends_cover_their_fees(q: Question) -> None:
    """Of a purchase for an amount of money, what is not cost is at least the cost's fee."""
    spend, rate = q.inputs(cost_within_floor)
    q.assume(rate <= 3 * MAXIMUM_RATE)
    cost = q.call(cost_within_floor, spend, rate, aborts_never=True)
    q.show(spend - cost >= q.call(fee_ceil, cost, rate), "fee")
    q.show((cost + 1) * (RATE_ONE + rate) > spend * RATE_ONE, "no more than that")


@states(proceeds_before_fee_ceil, broken="mul_div_ceil → mul_div_floor #1", bounds=RATES)
def receipts_cover_their_fees(q: Question) -> None:
    """Of a sale for an amount of money, what is not paid out is at least the fee of the proceeds."""
    received, rate = q.inputs(proceeds_before_fee_ceil)
    q.assume(rate <= MAXIMUM_RATE, received < 1 << 63)
    gross = q.call(proceeds_before_fee_ceil, received, rate, aborts_never=True)
    q.show(gross - received >= q.call(fee_ceil, gross, rate), "fee")
    q.show((gross - 1) * (RATE_ONE - rate) < received * RATE_ONE, "no more than that")
