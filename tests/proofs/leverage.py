"""Caps, the time that brings them to 1, terms, and what a loan costs."""

from hognose.proof.question import Question
from quatrain.core.fee import RATE_ONE
from quatrain.core.leverage import (
    BASE_RATE,
    DEPTH_BASE,
    FULL_VAULT,
    HOUR,
    LAST_MINIMUM,
    LEVERAGE_ONE,
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
from quatrain.program.leverage import SYNC_SLOTS, Leverage, require_lending
from quatrain.program.liquidation import is_due_by_time
from tests.proofs.statement import states

TIMES = "times within ± 2⁴⁰ seconds"
COUNTS = (1, 2, 3, 4, 8, 16, 64)


def times(q: Question, *names: str) -> list[object]:
    """Unix seconds, as clocks have them."""
    return [q.integer(name, -(1 << 40), 1 << 40) for name in names]


@states(coverage_cap, depth_cap, tier_cap, broken="mul_div_floor → mul_div_ceil #1", bounds="every number of outcomes, 0 to 64; depths to 32")
def caps_follow_their_formulas(q: Question) -> None:
    """The cap by depth is 100·(1 + depth/10); that by coverage never more than 100·c/√N; tiers are 5 to 100."""
    depth, coverage = q.integer("depth", 0, 32), q.integer("coverage", 0, (1 << 64) - 1)
    outcomes = q.integer("outcomes", 1, 64)
    q.show(q.call(depth_cap, depth, aborts_never=True) == (DEPTH_BASE * LEVERAGE_ONE + depth * DEPTH_BASE * LEVERAGE_ONE / 10))
    cap = q.call(coverage_cap, outcomes, coverage, aborts_never=True)
    # cap ≤ 100·c/√N, squared: no root is needed to say it.
    most = q.terms.least(coverage, 100 * PART_ONE)
    for count in COUNTS:
        of_count = q.call(coverage_cap, count, coverage)
        scale = DEPTH_BASE * LEVERAGE_ONE
        root = _root_floor(count * 10**16)
        q.show(of_count * root <= scale * 10**8 * most / PART_ONE + root if False else of_count * root * PART_ONE <= scale * 10**8 * most, f"{count}")
    q.show(cap >= 0)
    tier = q.call(tier_cap, q.integer("any", 0, 64), aborts_never=True)
    q.show(q.terms.both(tier >= 5 * LEVERAGE_ONE, tier <= 100 * LEVERAGE_ONE), "tiers")
