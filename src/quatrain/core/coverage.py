"""How well the vault covers what is open, and the state of recovery that follows (the protocol's §5).

Coverage c = E/(Σ tail·OI): E what the vault and the insurance own, OI a market's open positions at cost, and
tail = 1 − (1/N)(1 − ρ̄) the part of them that a bad outcome takes, with N outcomes and the mean correlation ρ̄ of the
market's verse. Coverage and correlation have nine decimals. Every rounding lowers the coverage.

Σ OI/N is kept as Σ OI·⌊2^32/N⌋: a sum of exact terms, which returns to zero when the positions are gone.
"""

from hognose.lang import mul_div_floor, table, u8, u64, u128
from quatrain.core.fee import COVERAGE_ONE

COVERAGE_MAXIMUM = (1 << 64) - 1
"""The coverage where nothing is open."""
CORRELATION_ONE = 1_000_000_000
"""A correlation of 1."""
INVERSE_BITS = 32
"""Fractional bits of `inverse_floor`."""
_QUOTIENT_LIMIT = 1 << 33

FIRST_LEVEL = 1_000_000_000
SECOND_LEVEL = 700_000_000
THIRD_LEVEL = 500_000_000
"""Below these coverages recovery is at level 1, 2, 3."""
LEAVING_LEVEL = 1_200_000_000
"""From this coverage on recovery ends."""
_KEPT_PERCENT = table(u8, [100, 75, 50, 20])
"""What recovery leaves of limits."""


def inverse_floor(count: u64) -> u64:
    """1/N in 2^-32, rounded down."""
    return (1 << INVERSE_BITS) // count


def tail_interest_ceil(open_interest: u64, inverse_interest: u128, correlation: u64) -> u64:
    """Σ tail·OI = OI − (1 − ρ̄)·Σ OI/N, rounded up: above the true sum by less than 2 µUSDC and OI·2^-32."""
    whole = u64(inverse_interest >> INVERSE_BITS)
    return open_interest - mul_div_floor(whole, CORRELATION_ONE - correlation, CORRELATION_ONE)


def coverage_floor(equity: u64, tail_interest: u64) -> u64:
    """E/(Σ tail·OI) with nine decimals, rounded down; the maximum where nothing is open or it is 8 billion or more."""
    if tail_interest == 0 or equity // tail_interest >= _QUOTIENT_LIMIT:
        return COVERAGE_MAXIMUM
    return mul_div_floor(equity, COVERAGE_ONE, tail_interest)


def recovery_level(before: u64, coverage: u64) -> u64:
    """The level of recovery, 0 to 3, after the level `before`: it begins below 1, and ends at 1.2."""
    if coverage < THIRD_LEVEL:
        return 3
    if coverage < SECOND_LEVEL:
        return 2
    if coverage < FIRST_LEVEL:
        return 1
    return 1 if before != 0 and coverage < LEAVING_LEVEL else 0


def limited_floor(limit: u64, recovery: u64) -> u64:
    """What recovery leaves of a limit below 2^57: 100, 75, 50 or 20 %, rounded down."""
    return limit * _KEPT_PERCENT[recovery] // 100
