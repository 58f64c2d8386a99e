"""How much leverage a position may have, and what its loan costs (the protocol's §4 and §6).

    cap = min(100·(1 + 0.1·depth), 100·c/√N, tier) × (1 − 0.5·ρ̄) × volatility factor,

then at most what the risk disclosure, the reporters and the size of the vault allow, then brought to 1 before loans end.
Leverage has six decimals, coverage, correlation and prices nine, rates 1e-8, time seconds; everything is rounded down but the
interest.
"""

from enum import IntEnum

from hognose.lang import i64, mul_div_ceil, mul_div_floor, table, u8, u64, u128
from quatrain.core.fee import COVERAGE_ONE, RATE_ONE
from quatrain.core.root import root_floor

LEVERAGE_ONE = 1_000_000
"""1x."""
PART_ONE = 1_000_000_000
"""1 as a correlation, a volatility factor or a price."""
DEPTH_BASE = 100
"""The cap at depth 0, and what full coverage would allow with one outcome."""
OUTCOMES_MAXIMUM = 64

HOUR = 3_600
DAY = 24 * HOUR
TERM_MAXIMUM = 7 * DAY
"""No loan is longer."""
WINDOW_MAXIMUM = 7 * DAY
WINDOW_PART = 10
"""Over the last tenth of a market's life, at most a week, caps fall to 1."""
LAST_PART = 16
LAST_MINIMUM = 60
"""Loans end a sixteenth of that window before the market does, a minute at least: so long anybody may work them off."""

SMALL_VAULT = 1_000_000_000
"""Below 1,000 USDC of equity a vault does not lend beyond 1x; the cap rises to 10x at `FULL_VAULT`."""
FULL_VAULT = 10_000_000_000
WARY = 10 * LEVERAGE_ONE
"""The cap without a recorded risk disclosure, with fewer than three reporters, and at most on a vault below `FULL_VAULT`."""

CALM_DEVIATION = 10_000_000
"""Log-odds per slot, 1e-9, up to which volatility takes nothing from the cap."""

KINK = 80_000_000
"""80 % utilisation, 1e-8."""
BASE_RATE = 1_000
"""0.001 % an hour."""
KINK_RATE = 20_000
"""0.02 % an hour, at the kink."""
TOP_RATE = 1_250_000
"""1.25 % an hour, all lent: the highest."""


class Bound(IntEnum):
    """What a cap binds by, before its factors."""

    DEPTH = 0
    COVERAGE = 1
    TIER = 2
    DISCLOSURE = 3
    REPORTERS = 4
    VAULT = 5
    NONE_LENT = 6


_TIERS = table(u8, [5, 100, 70, *[25] * 2, *[15] * 4, *[12] * 8, *[10] * 48])
"""By the number of outcomes; 0 stands for a continuous one."""
_ROOTS = table(u64, [root_floor(i * 10**16 - 1) + 1 if i != 0 else 0 for i in range(OUTCOMES_MAXIMUM + 1)])
"""√N with eight decimals, rounded up."""


# --- the cap ---------------------------------------------------------------------------------------------------------


def depth_cap(depth: u64) -> u64:
    """100·(1 + 0.1·depth)."""
    return DEPTH_BASE * LEVERAGE_ONE * (10 + depth) // 10


def coverage_cap(outcomes: u64, coverage: u64) -> u64:
    """100·c/√N."""
    return mul_div_floor(min(coverage, 100 * COVERAGE_ONE), DEPTH_BASE * LEVERAGE_ONE // 10, _ROOTS[outcomes])


def tier_cap(outcomes: u64) -> u64:
    """By the number of outcomes; 0 stands for a continuous one."""
    return u64(_TIERS[outcomes]) * LEVERAGE_ONE


def basic_cap(outcomes: u64, depth: u64, coverage: u64) -> tuple[u64, u64]:
    """The least of what depth, coverage and the number of outcomes allow, and which `Bound` it is."""
    cap = depth_cap(depth)
    bound: u64 = Bound.DEPTH
    covered = coverage_cap(outcomes, coverage)
    if covered < cap:
        cap = covered
        bound = Bound.COVERAGE
    tier = tier_cap(outcomes)
    if tier <= cap:
        cap = tier
        bound = Bound.TIER
    return cap, bound


def with_factors(cap: u64, correlation: u64, variance_factor: u64) -> u64:
    """× (1 − 0.5·ρ̄) × the volatility factor."""
    return mul_div_floor(mul_div_floor(cap, 2 * PART_ONE - correlation, 2 * PART_ONE), variance_factor, PART_ONE)


def volatility_factor(deviation: u64) -> u64:
    """1 up to `CALM_DEVIATION` log-odds a slot, inversely proportional beyond, ½ at least."""
    if deviation <= CALM_DEVIATION:
        return PART_ONE
    return max(mul_div_floor(CALM_DEVIATION, PART_ONE, deviation), PART_ONE // 2)


def vault_cap(equity: u64) -> u64:
    """What the vault's size allows: 1x to 1,000 USDC, then rising to 10x at 10,000, beyond which it binds nothing."""
    if equity >= FULL_VAULT:
        return DEPTH_BASE * LEVERAGE_ONE * 5
    above = max(equity, SMALL_VAULT) - SMALL_VAULT
    return LEVERAGE_ONE + mul_div_floor(WARY - LEVERAGE_ONE, above, FULL_VAULT - SMALL_VAULT)


def window_of(opens_at: i64, ends_at: i64) -> i64:
    """How long before loans end caps begin to fall."""
    return min((ends_at - opens_at) // WINDOW_PART, WINDOW_MAXIMUM)


def loans_end(opens_at: i64, ends_at: i64) -> i64:
    """When the last loan ends, in a market whose trading (or calm) ends at `ends_at`."""
    return ends_at - max(window_of(opens_at, ends_at) // LAST_PART, LAST_MINIMUM)


def cap_at(cap: u64, opens_at: i64, ends_at: i64, now: i64) -> u64:
    """The cap brought to 1 linearly over the window before loans end."""
    last = loans_end(opens_at, ends_at)
    window = max(window_of(opens_at, ends_at), 1)
    if now >= last:
        return LEVERAGE_ONE
    left = min(last - now, window)
    return LEVERAGE_ONE + mul_div_floor(max(cap, LEVERAGE_ONE) - LEVERAGE_ONE, u64(left), u64(window))


def is_within(cap: u64, worth: u64, debt: u64) -> bool:
    """Whether worth/(worth − debt) ≤ cap: a position's leverage at what its shares are worth."""
    return worth > debt and u128(worth) * LEVERAGE_ONE <= u128(worth - debt) * cap


# --- the price of a loan -----------------------------------------------------------------------------------------------


def hourly_rate(debt: u64, cash: u64) -> u64:
    """The interest of an hour at the utilisation debt/(debt + cash): linear to the kink, then steeply to the top; rounded up."""
    used = mul_div_ceil(debt, RATE_ONE, max(debt + cash, 1))
    if used <= KINK:
        return BASE_RATE + mul_div_ceil(KINK_RATE - BASE_RATE, used, KINK)
    return KINK_RATE + mul_div_ceil(TOP_RATE - KINK_RATE, used - KINK, RATE_ONE - KINK)


def interest_ceil(debt: u64, rate: u64, seconds: u64) -> u64:
    """The interest of a debt for a time at an hourly rate, rounded up."""
    return mul_div_ceil(debt, rate * seconds, RATE_ONE * HOUR)


def kept_interest(interest: u64, debt: u64, debt_left: u64, seconds: u64, seconds_left: u64) -> tuple[u64, u64]:
    """Of prepaid interest: what has been earned by now, rounded up, and what stays for the debt that is left, rounded up.

    The rest is refunded.
    """
    ahead = mul_div_floor(interest, seconds_left, max(seconds, 1))
    return interest - ahead, mul_div_ceil(ahead, debt_left, max(debt, 1))
