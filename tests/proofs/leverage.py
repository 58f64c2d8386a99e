"""Caps, the time that brings them to 1, terms, and what a loan costs."""

from hognose.proof.question import Question
from hognose.proof.terms import Term
from quatrain.core.fee import RATE_ONE
from quatrain.core.leverage import (
    BASE_RATE,
    CALM_DEVIATION,
    DEPTH_BASE,
    FULL_VAULT,
    HOUR,
    KINK,
    KINK_RATE,
    LAST_MINIMUM,
    LEVERAGE_ONE,
    OUTCOMES_MAXIMUM,
    PART_ONE,
    TERM_MAXIMUM,
    TOP_RATE,
    WARY,
    WINDOW_MAXIMUM,
    basic_cap,
    cap_at,
    coverage_cap,
    depth_cap,
    hourly_rate,
    interest_ceil,
    is_within,
    kept_interest,
    loans_end,
    tier_cap,
    vault_cap,
    volatility_factor,
    window_of,
    with_factors,
)
from quatrain.core.root import root_floor
from quatrain.program.leverage import SYNC_SLOTS, require_lending
from quatrain.program.liquidation import is_due_by_time
from tests.proofs.statement import states

TIMES = "times within ±2⁴⁰ seconds of 1970"
ROOT_ONE = 10**8
CAP_MAXIMUM = 500 * LEVERAGE_ONE
"""No cap is higher: at depth 32 it is 420."""


def times(q: Question, *names: str) -> list[Term]:
    """Unix seconds, as clocks have them."""
    return [q.integer(name, -(1 << 40), 1 << 40) for name in names]


@states(
    coverage_cap, broken="mul_div_floor → mul_div_ceil #1", bounds="each number of outcomes, 1 to 64; every coverage"
)
def caps_by_coverage_are_rounded_down(q: Question) -> None:
    """† No cap is above 100·c/√N, c counting as 100 at most; the root of N is rounded up for it."""
    coverage = q.integer("coverage", 0, (1 << 64) - 1)
    counted = q.terms.least(coverage, 100 * PART_ONE)
    for outcomes in range(1, OUTCOMES_MAXIMUM + 1):
        cap = q.call(coverage_cap, outcomes, coverage, aborts_never=True)
        root = root_floor(outcomes * ROOT_ONE * ROOT_ONE - 1) + 1
        assert root * root >= outcomes * ROOT_ONE * ROOT_ONE
        true = counted * DEPTH_BASE * LEVERAGE_ONE * ROOT_ONE
        exact = q.terms.both(cap * PART_ONE * root <= true, (cap + 1) * PART_ONE * root > true)
        q.show(exact, f"{outcomes} outcomes")


@states(basic_cap, depth_cap, tier_cap, broken="<= → < #1", bounds="each number of outcomes, 0 to 64; depths to 32")
def caps_bind_by_the_least(q: Question) -> None:
    """The cap is the least of those by depth, coverage and number of outcomes, and says which it is."""
    outcomes, depth, coverage = q.inputs(basic_cap)
    covered = q.integer("covered", 0, (1 << 64) - 1)
    q.contract(coverage_cap, lambda _x, _state, _arguments: [covered])
    outcomes = q.integer("outcomes", 0, OUTCOMES_MAXIMUM)
    q.assume(depth <= 32)
    cap, bound = q.call(basic_cap, outcomes, depth, coverage, aborts_never=True)
    deep, tier = q.call(depth_cap, depth), q.call(tier_cap, outcomes)
    q.show(10 * deep == DEPTH_BASE * LEVERAGE_ONE * (10 + depth), "depth")
    q.show(q.terms.both(tier >= 5 * LEVERAGE_ONE, tier <= 100 * LEVERAGE_ONE), "tiers")
    q.show(q.terms.both(cap <= deep, cap <= covered, cap <= tier), "least")
    for number, value in enumerate((deep, covered, tier)):
        q.show(q.terms.implies(bound == number, cap == value), f"bound {number}")
    q.show(q.terms.implies(tier == cap, bound == 2), "tiers first")
    q.show(q.terms.either(bound == 0, bound == 1, bound == 2), "a bound")


@states(with_factors, broken="- → + #1", bounds="caps to 500x; correlations and factors up to 1")
def factors_only_lower_caps(q: Question) -> None:
    """Correlation and volatility lower a cap, more where they are more, to a quarter at the least."""
    cap, correlation, factor = q.inputs(with_factors)
    more, less = q.integer("more", 0, PART_ONE), q.integer("less", 0, PART_ONE)
    q.assume(cap <= CAP_MAXIMUM, correlation <= more, factor <= PART_ONE, less <= factor)
    found = q.call(with_factors, cap, correlation, factor, aborts_never=True)
    q.show(found <= cap, "lower")
    whole = 2 * PART_ONE
    inner, lower = (q.terms.quotient(cap * (whole - each), whole) for each in (correlation, more))
    q.show(cap * (whole - more) <= cap * (whole - correlation), "product")
    q.show(lower <= inner, "quotient")
    q.show(lower * factor <= inner * factor, "product of the quotient")
    q.show(q.call(with_factors, cap, more, factor) <= found, "correlation")
    q.show(inner * less <= inner * factor, "product with volatility")
    q.show(q.call(with_factors, cap, correlation, less) <= found, "volatility")
    q.show(q.terms.implies(2 * factor >= PART_ONE, 4 * (found + 2) > cap), "a quarter")
    exact = cap * (2 * PART_ONE - correlation) * factor
    q.show(found * (2 * PART_ONE * PART_ONE) <= exact, "rounded down")
    q.show(q.call(with_factors, cap, 0, PART_ONE) == cap, "nothing without")


@states(volatility_factor, broken="max → min #1")
def volatility_factors_are_a_half_to_one(q: Question) -> None:
    """The volatility factor is from a half to 1, and no higher where the deviation is."""
    (deviation,) = q.inputs(volatility_factor)
    more = q.integer("more", 0, (1 << 64) - 1)
    q.assume(more >= deviation)
    factor = q.call(volatility_factor, deviation, aborts_never=True)
    q.show(q.terms.both(2 * factor >= PART_ONE, factor <= PART_ONE), "range")
    q.show(q.call(volatility_factor, more) <= factor, "monotone")
    part = q.terms.both(
        factor * deviation <= CALM_DEVIATION * PART_ONE, (factor + 1) * deviation > CALM_DEVIATION * PART_ONE
    )
    q.show(q.terms.either(part, factor == PART_ONE, 2 * factor == PART_ONE), "rounded down")
    q.show(q.terms.implies(deviation <= CALM_DEVIATION, factor == PART_ONE), "calm")


@states(vault_cap, broken="mul_div_floor → mul_div_ceil #1")
def small_vaults_lend_little(q: Question) -> None:
    """A vault below 1,000 USDC has a cap of 1, one below 10,000 at most 10, and a larger one never a lower cap."""
    (owned,) = q.inputs(vault_cap)
    more = q.integer("more", 0, (1 << 64) - 1)
    q.assume(more >= owned)
    cap = q.call(vault_cap, owned, aborts_never=True)
    q.show(cap >= LEVERAGE_ONE, "1 at least")
    q.show(q.terms.implies(owned <= FULL_VAULT // 10, cap == LEVERAGE_ONE), "small")
    line = (cap - LEVERAGE_ONE) * (FULL_VAULT - FULL_VAULT // 10) <= (WARY - LEVERAGE_ONE) * (owned - FULL_VAULT // 10)
    q.show(q.terms.implies(q.terms.both(owned < FULL_VAULT, owned > FULL_VAULT // 10), line), "linear")
    q.show(q.terms.implies(owned < FULL_VAULT, cap <= WARY), "10x")
    q.show(q.terms.implies(owned >= FULL_VAULT, cap >= 100 * LEVERAGE_ONE), "binds nothing")
    q.show(q.call(vault_cap, more) >= cap, "monotone")


@states(window_of, loans_end, broken="min → max #1", bounds=TIMES)
def loans_end_before_the_market_does(q: Question) -> None:
    """† Loans end at least a minute before trading or its calm does, and the window is at most a week and a tenth."""
    opens, ends = times(q, "opens", "ends")
    q.assume(opens <= ends)
    window = q.call(window_of, opens, ends, aborts_never=True)
    last = q.call(loans_end, opens, ends, aborts_never=True)
    q.show(q.terms.both(window <= WINDOW_MAXIMUM, 10 * window <= ends - opens), "window")
    q.show(q.terms.either(window == WINDOW_MAXIMUM, 10 * (window + 1) > ends - opens), "a tenth")
    q.show(last <= ends - LAST_MINIMUM, "a minute")
    q.show(16 * (ends - last) <= q.terms.most(window, 16 * LAST_MINIMUM), "a sixteenth")
    q.show(16 * (ends - last + 1) > window, "no less")


@states(cap_at, broken="- → + #2", bounds=f"{TIMES}; caps to 500x")
def caps_fall_to_one_before_loans_end(q: Question) -> None:
    """† With time a cap never rises; it is 1 from the end of loans on, and never below 1 or above what it was before."""
    cap = q.integer("cap", 0, CAP_MAXIMUM)
    opens, ends, now, later = times(q, "opens", "ends", "now", "later")
    q.assume(opens <= ends, later >= now)
    found = q.call(cap_at, cap, opens, ends, now, aborts_never=True)
    last = q.call(loans_end, opens, ends)
    q.show(q.terms.both(found >= LEVERAGE_ONE, found <= q.terms.most(cap, LEVERAGE_ONE)), "range")
    q.show(q.terms.implies(now >= last, found == LEVERAGE_ONE), "1 at the end")
    window = q.terms.most(q.call(window_of, opens, ends), 1)
    above = q.terms.most(cap, LEVERAGE_ONE) - LEVERAGE_ONE
    q.show(q.terms.implies(now + window <= last, found - LEVERAGE_ONE == above), "whole before the window")
    inside = q.terms.both(now < last, now + window > last)
    linear = q.terms.both(
        (found - LEVERAGE_ONE) * window <= above * (last - now), (found - 999_999) * window > above * (last - now)
    )
    q.show(q.terms.implies(inside, linear), "linear")
    left, less = (q.terms.least(last - each, window) for each in (now, later))
    q.show(above * less <= above * left, "product")
    q.show(q.call(cap_at, cap, opens, ends, later) <= found, "falls")


@states(is_within, broken="> → >= #1")
def a_cap_of_one_allows_no_debt(q: Question) -> None:
    """† At a cap of 1 no position with debt is within; at any cap a position is, whose worth is at most cap times its equity."""
    cap, worth, debt = q.inputs(is_within)
    q.assume(cap <= CAP_MAXIMUM, worth < 1 << 63)
    within = q.call(is_within, cap, worth, debt, aborts_never=True)
    q.show(q.terms.implies(q.terms.both(cap <= LEVERAGE_ONE, within), debt == 0), "no debt at 1")
    exact = q.terms.both(worth > debt, worth * LEVERAGE_ONE <= (worth - debt) * cap)
    q.show(within == exact, "leverage")


@states(hourly_rate, broken="mul_div_ceil → mul_div_floor #2", bounds="debt and cash below 2⁶³ µUSDC")
def interest_rates_are_rounded_up(q: Question) -> None:
    """The hourly rate is nowhere below the two straight lines of the utilisation, which meet at 80 %."""
    debt, cash = q.inputs(hourly_rate)
    q.assume(debt < 1 << 63, cash < 1 << 63, debt + cash > 0)
    rate = q.call(hourly_rate, debt, cash)
    whole = debt + cash
    low = (rate - BASE_RATE) * (KINK * whole) >= (KINK_RATE - BASE_RATE) * RATE_ONE * debt
    high = (rate - KINK_RATE) * ((RATE_ONE - KINK) * whole) >= (TOP_RATE - KINK_RATE) * (RATE_ONE * debt - KINK * whole)
    q.show(q.terms.choose(RATE_ONE * debt <= KINK * whole, low, high))
    # Of 100 million in all the utilisation is the debt: there the rate is each line, rounded up.
    used = q.integer("used", 0, RATE_ONE)
    found = q.call(hourly_rate, used, RATE_ONE - used)
    for begins, ends, base, top in ((0, KINK, BASE_RATE, KINK_RATE), (KINK + 1, RATE_ONE, KINK_RATE, TOP_RATE)):
        first = min(begins, KINK)
        above, part = (found - base) * (ends - first), (top - base) * (used - first)
        exact = q.terms.both(above >= part, above < part + ends - first)
        q.show(q.terms.implies(q.terms.both(used >= begins, used <= ends), exact), f"line to {ends}")


@states(hourly_rate, broken="1000 → 1001 #1", bounds="debt and cash below 2⁶³ µUSDC")
def interest_rates_have_a_range(q: Question) -> None:
    """The hourly rate is from 0.001 % to 1.25 %, and no lower where less cash is left."""
    debt, cash = q.inputs(hourly_rate)
    less = q.integer("less", 0, (1 << 64) - 1)
    q.assume(debt < 1 << 63, cash < 1 << 63, less <= cash)
    rate = q.call(hourly_rate, debt, cash, aborts_never=True)
    q.show(q.terms.both(rate >= BASE_RATE, rate <= TOP_RATE), "range")
    whole, smaller = q.terms.most(debt + cash, 1), q.terms.most(debt + less, 1)
    used, more = (q.terms.ceiling(debt * RATE_ONE, each) for each in (whole, smaller))
    q.show(q.terms.implies(used >= 1, (used - 1) * smaller <= (used - 1) * whole), "product")
    q.show(more >= used, "utilisation")
    q.show(q.call(hourly_rate, debt, less) >= rate, "monotone")
    q.show(q.terms.implies(debt == 0, rate == BASE_RATE), "nothing lent")
    q.show(q.terms.implies(q.terms.both(debt > 0, cash == 0), rate == TOP_RATE), "all lent")


@states(
    interest_ceil, broken="mul_div_ceil → mul_div_floor #1", bounds="rates up to 1.25 % an hour, terms up to 7 days"
)
def interest_is_rounded_up(q: Question) -> None:
    """† The interest of a term is its debt times rate and time, rounded up to a µUSDC, and at most 2.1 times the debt and 1."""
    debt, rate, seconds = q.inputs(interest_ceil)
    q.assume(rate <= TOP_RATE, seconds <= TERM_MAXIMUM, debt < 1 << 62)
    interest = q.call(interest_ceil, debt, rate, seconds, aborts_never=True)
    whole = RATE_ONE * HOUR
    q.show(q.terms.both(interest * whole >= debt * (rate * seconds), (interest - 1) * whole < debt * (rate * seconds)))
    q.show(10 * interest <= 21 * debt + 10, "2.1 times")


@states(kept_interest, broken="mul_div_floor → mul_div_ceil #1", bounds="terms up to 2³² seconds")
def earned_and_kept_interest_is_what_was_paid(q: Question) -> None:
    """† Of prepaid interest, what is earned and kept never exceeds it; the earned is its part of the time, rounded up."""
    interest, debt, left, seconds, ahead = q.inputs(kept_interest)
    q.assume(left <= debt, ahead <= seconds, seconds < 1 << 32, debt > 0)
    earned, kept = q.call(kept_interest, interest, debt, left, seconds, ahead, aborts_never=True)
    q.show(earned + kept <= interest, "no more")
    # What is still ahead, interest − earned, is rounded down, and the debt's part of it up.
    q.show(q.terms.implies(seconds > 0, (interest - earned) * seconds <= interest * ahead), "earned up")
    q.show(q.terms.implies(seconds > 0, (interest - earned + 1) * seconds > interest * ahead), "earned by less than 1")
    q.show(
        q.terms.both(kept * debt >= (interest - earned) * left, (kept - 1) * debt < (interest - earned) * left),
        "kept up",
    )


@states(require_lending, broken="without TERM_INVALID #1", bounds=TIMES)
def terms_end_in_time(q: Question) -> None:
    """† A loan that is made ends after now, within 7 days, and before loans end; on a book synced within 150 slots, after quiet."""
    q.lengths(sides=2)
    accounts, until, now = q.inputs(require_lending)
    q.put(accounts, "position", "outcome", value=1)
    book, market = q.get(accounts, "book"), q.get(accounts, "market")
    opens, ends, time = times(q, "opens", "ends", "time")
    q.put(market, "opens_at", value=opens)
    q.put(book, "ends_at", value=ends)
    q.put(now, "unix_timestamp", value=time)
    q.assume(opens <= ends)
    q.call(require_lending, accounts, until, now)
    q.show(until > time, "after now")
    q.show(until <= time + TERM_MAXIMUM, "7 days")
    q.show(until <= q.call(loans_end, opens, ends), "in time")
    q.show(until <= ends - LAST_MINIMUM, "a minute before")
    q.show(q.get(now, "slot") <= q.get(book, "synced_slot") + SYNC_SLOTS, "synced")
    q.show(time >= q.get(book, "sides", 1, "quiet_until"), "quiet")


@states(is_due_by_time, broken=">= → > #1", bounds=f"{TIMES}; caps to 500x")
def loans_are_due_when_their_time_is_over(q: Question) -> None:
    """† From its end on every loan may be liquidated, whatever prices are, and when loans have ended also one that would end later."""
    market, book, position, price, now = q.inputs(is_due_by_time)
    opens, ends, time, until = times(q, "opens", "ends", "time", "until")
    for owner, name, value in ((market, "opens_at", opens), (book, "ends_at", ends), (now, "unix_timestamp", time)):
        q.put(owner, name, value=value)
    q.put(position, "loan_until", value=until)
    q.assume(opens <= ends, q.get(position, "debt") > 0, price <= PART_ONE, q.get(book, "cap") <= CAP_MAXIMUM)
    due = q.call(is_due_by_time, market, book, position, price, now)
    q.show(q.terms.implies(time >= until, due), "its end")
    last = q.call(loans_end, opens, ends)
    q.show(q.terms.implies(time >= last, due), "the end of all")
    early = q.call(cap_at, q.get(book, "cap"), opens, ends, time) >= q.get(book, "cap")
    before = q.terms.both(time < until, time < last)
    q.show(q.terms.implies(q.terms.both(before, early), q.terms.negation(due)), "not before")
