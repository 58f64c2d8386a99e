"""Coverage, recovery and correlation: what steers fees and limits."""

from hognose.lang.types import layout_of
from hognose.proof.question import Question
from quatrain.core.correlation import stored, with_newcomer_ceil
from quatrain.core.coverage import (
    CORRELATION_ONE,
    COVERAGE_MAXIMUM,
    FIRST_LEVEL,
    INVERSE_BITS,
    LEAVING_LEVEL,
    coverage_floor,
    inverse_floor,
    limited_floor,
    recovery_level,
    tail_interest_ceil,
)
from quatrain.core.fee import COVERAGE_ONE
from quatrain.program.exposure import push_interest, update_tail, worst_outcome
from quatrain.program.state import Market
from quatrain.program.verse import take_verse_id
from tests.proofs.statement import states

MARKET = (None, None, layout_of(Market), None)


@states(inverse_floor, broken="// → // + 1 #1", bounds="2 to 64 outcomes")
def inverses_are_rounded_down(q: Question) -> None:
    """N times the inverse of N is at most 1, and less than N units of 2⁻³² below."""
    (count,) = q.inputs(inverse_floor)
    q.assume(count >= 2, count <= 64)
    found = q.call(inverse_floor, count, aborts_never=True)
    q.show(q.terms.both(found * count <= 1 << INVERSE_BITS, (found + 1) * count > 1 << INVERSE_BITS))


@states(
    tail_interest_ceil,
    broken="mul_div_floor → mul_div_ceil #1",
    bounds="correlations up to 1; Σ OI/N at most half of the open interest",
)
def tails_are_rounded_up(q: Question) -> None:
    """What a bad outcome takes of the open interest is never understated, nor by 2 µUSDC overstated, and at most all of it."""
    interest, inverse, correlation = q.inputs(tail_interest_ceil)
    q.assume(correlation <= CORRELATION_ONE, 2 * inverse <= interest * (1 << INVERSE_BITS))
    tail = q.call(tail_interest_ceil, interest, inverse, correlation, aborts_never=True)
    one = 1 << INVERSE_BITS
    true = interest * one * CORRELATION_ONE - inverse * (CORRELATION_ONE - correlation)
    q.show(tail * one * CORRELATION_ONE >= true, "no less")
    q.show((tail - 2) * one * CORRELATION_ONE < true, "less than 2 more")
    q.show(tail <= interest, "all at most")


@states(tail_interest_ceil, broken="- → + #2", bounds="correlations up to 1; Σ OI/N at most the open interest")
def tails_grow_with_correlation(q: Question) -> None:
    """Of a more correlated verse, no less counts."""
    interest, inverse, correlation = q.inputs(tail_interest_ceil)
    more = q.integer("more", 0, CORRELATION_ONE)
    q.assume(correlation <= more, inverse <= interest * (1 << INVERSE_BITS))
    q.show(
        q.call(tail_interest_ceil, interest, inverse, correlation)
        <= q.call(tail_interest_ceil, interest, inverse, more)
    )


@states(coverage_floor, broken="mul_div_floor → mul_div_ceil #1")
def coverage_is_rounded_down(q: Question) -> None:
    """Coverage is equity over what may be lost, rounded down, or the greatest number; it is found for any two amounts."""
    owned, tail = q.inputs(coverage_floor)
    found = q.call(coverage_floor, owned, tail, aborts_never=True)
    exact = q.terms.both(found * tail <= owned * COVERAGE_ONE, (found + 1) * tail > owned * COVERAGE_ONE)
    q.show(q.terms.either(exact, q.terms.both(found == COVERAGE_MAXIMUM, owned >= tail * (1 << 33))))
    q.show(q.terms.implies(found == COVERAGE_MAXIMUM, owned >= tail * (1 << 33)))


@states(recovery_level, broken="!= → == #1")
def recovery_deepens_as_coverage_falls(q: Question) -> None:
    """At a lower coverage, the level of recovery is the same or deeper; from 1.2 on there is none, below 1 there is."""
    before, coverage = q.inputs(recovery_level)
    lower = q.integer("lower", 0)
    q.assume(lower <= coverage)
    level = q.call(recovery_level, before, coverage, aborts_never=True)
    q.show(q.call(recovery_level, before, lower) >= level, "monotone")
    q.show(q.terms.both(level >= 0, level <= 3), "0 to 3")
    q.show(q.terms.implies(coverage >= LEAVING_LEVEL, level == 0), "left at 1.2")
    q.show(q.terms.implies(coverage < FIRST_LEVEL, level != 0), "begins below 1")
    between = q.terms.both(coverage >= FIRST_LEVEL, coverage < LEAVING_LEVEL)
    q.show(q.terms.implies(between, (level != 0) == (before != 0)), "hysteresis")


@states(limited_floor, broken="* → + #1", bounds="limits below 2⁵⁷; levels 0 to 3")
def recovery_lowers_limits(q: Question) -> None:
    """What recovery leaves of a limit is at most the limit, all of it at level 0, and less the deeper the level."""
    limit, _ = q.inputs(limited_floor)
    q.assume(limit < 1 << 57)
    left = [q.call(limited_floor, limit, level, aborts_never=True) for level in range(4)]
    q.show(left[0] == limit, "all")
    for level, percent in enumerate((100, 75, 50, 20)):
        q.show(q.terms.both(100 * left[level] <= percent * limit, 100 * left[level] > percent * limit - 100), "part")


@states(
    worst_outcome,
    broken="max → min #1",
    bounds="2 to 4 outcomes, none of which more shares are sold than sets are there",
)
def the_floor_is_what_the_worst_outcome_leaves(q: Question) -> None:
    """† What a market counts for in a withdrawal is at most its subsidy, and at most what is left whichever outcome comes."""
    q.lengths(outcomes=4)
    (market,) = q.inputs(worst_outcome)
    count = q.integer("count", 2, 4)
    q.put(market, "outcome_count", value=count)
    left = [q.get(market, "sets") - q.get(market, "outcomes", i, "sold") for i in range(4)]
    q.assume(*(q.terms.implies(i < count, left[i] >= 0) for i in range(4)))
    floor = q.call(worst_outcome, market, aborts_never=True)
    subsidy = q.get(market, "subsidy")
    q.show(floor <= subsidy, "subsidy")
    for i in range(4):
        q.show(q.terms.implies(i < count, floor <= left[i]), f"outcome {i}")
    exact = (q.terms.both(i < count, floor == left[i]) for i in range(4))
    q.show(q.terms.either(floor == subsidy, *exact), "no less than that")


@states(push_interest, update_tail, broken="without unsynced = #1", kinds=MARKET)
def open_interest_is_counted_once(q: Question) -> None:
    """A sync moves a market's change of open interest to its verse and to the protocol, and the verse's tail to the sum."""
    protocol, verse, market, inverse = q.inputs(push_interest, MARKET)
    change = q.get(market, "unsynced")
    totals = [(protocol, "open_interest", change), (verse, "open_interest", change)]
    totals.append((verse, "inverse_interest", change * inverse))
    wanted = [(owner, name, q.get(owner, name) + part) for owner, name, part in totals]
    rest = q.get(protocol, "tail_interest") - q.get(verse, "tail_interest")
    q.call(push_interest, protocol, verse, market, inverse, kinds=MARKET)
    q.show(q.get(market, "unsynced") == 0, "once")
    for owner, name, value in wanted:
        q.show(q.get(owner, name) == value, name)
    q.show(q.get(protocol, "tail_interest") - q.get(verse, "tail_interest") == rest, "sum of tails")
    arguments = (q.get(verse, "open_interest"), q.get(verse, "inverse_interest"), q.get(verse, "correlation"))
    q.show(q.get(verse, "tail_interest") == q.call(tail_interest_ceil, *arguments), "tail")


@states(stored, broken="min → max #1")
def returns_are_stored_within_eight(q: Question) -> None:
    """A return is kept as it is up to log-odds of 8 either way, and as 8 beyond; it never stands for an unknown one."""
    (change,) = q.inputs(stored)
    kept = q.call(stored, change, aborts_never=True) - (1 << 31)
    most = 8 << 16
    q.show(q.terms.both(kept >= -most, kept <= most), "range")
    q.show(q.terms.implies(q.terms.both(change >= -most, change <= most), kept == change), "exact")
    q.show(kept != -(1 << 31), "known")


@states(
    with_newcomer_ceil,
    broken="2000000000 → 2000000001 #1",
    bounds="correlations up to 1, verses below 65,536 markets",
)
def newcomers_count_as_correlated(q: Question) -> None:
    """With a market of which nothing is known, the mean correlation is rounded up, no lower than before, and at most 1."""
    correlation, markets = q.inputs(with_newcomer_ceil)
    q.assume(correlation <= CORRELATION_ONE, markets >= 1, markets < 1 << 16)
    found = q.call(with_newcomer_ceil, correlation, markets, aborts_never=True)
    q.show(found * (markets + 1) >= correlation * (markets - 1) + 2 * CORRELATION_ONE, "ceiling")
    q.show((found - 1) * (markets + 1) < correlation * (markets - 1) + 2 * CORRELATION_ONE, "no more")
    q.show(q.terms.both(found >= correlation, found <= CORRELATION_ONE), "no lower, at most 1")
    q.show(q.call(with_newcomer_ceil, correlation, 0) == 0, "one market has no pairs")


@states(take_verse_id, broken="+ → - #2")
def ids_are_never_used_twice(q: Question) -> None:
    """Each id that is taken is new: at least the next one, which is beyond it afterwards."""
    protocol, number = q.inputs(take_verse_id)
    following = q.get(protocol, "next_verse_id")
    q.call(take_verse_id, protocol, number)
    q.show(q.terms.both(number >= following, q.get(protocol, "next_verse_id") == number + 1))
