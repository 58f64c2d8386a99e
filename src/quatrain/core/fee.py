"""The elastic taker fee: a function of the vault's coverage, its surcharges, and how it is shared out (the protocol's §5).

Rates are in 1e-8 (1 basis point = 10,000). Coverage has nine decimals, as prices have.
"""

from hognose.lang import mul_div_ceil, mul_shift_ceil, table, u8, u64
from quatrain.core.fixed import exp_neg

RATE_ONE = 100_000_000
"""A rate of 100 %."""
COVERAGE_ONE = 1_000_000_000
"""A coverage of 1."""
MINIMUM_RATE = 30_000
"""3 bp, however well covered."""
MAXIMUM_RATE = 280_000
"""28 bp, without any coverage."""
RATE_DECAY = 3
"""The exponent's factor: the variable part falls by e^-3 for each unit of coverage."""
FLAT_COVERAGE = 12 * COVERAGE_ONE
"""From here on the variable part is below 1e-10 of a unit, and counts as nothing."""

BASIS_POINT = 10_000
"""1 bp as a rate."""
HOUR_SLOTS = 9_000
"""Slots of an hour, at 400 ms."""
VARIANCE_BITS = 32
"""Fractional bits of a variance of log-odds a slot: twice those of a level."""
CALM, LIVELY, WILD = (((1 << VARIANCE_BITS) // (HOUR_SLOTS * part)) for part in (16, 4, 1))
"""Variances a slot of markets whose log-odds move by 1/4, 1/2 and 1 in an hour: from each on, 1 bp more."""
THIN, SPARSE = 1_000_000_000, 100_000_000
"""Liquidity of 1,000 and of 100 USDC: below each, 1 bp more, because a trade of 100 USDC moves such a price by points."""
_HALVES = table(u8, [2, 3, 4, 6])
"""By how many halves recovery multiplies the fee of a buy."""

STAKERS_PERCENT = 15
TREASURY_PERCENT = 5
INSURANCE_PERCENT = 10


def taker_rate_ceil(coverage: u64) -> u64:
    """3 + 25·e^(−3c) basis points in 1e-8, rounded up: less than one unit above the true rate, never 1e-10 below.

    Never rises with coverage: between two neighbouring coverages the true rate moves either by more than the
    exponential's error or not out of its unit.
    """
    if coverage >= FLAT_COVERAGE:
        return MINIMUM_RATE
    share = exp_neg(RATE_DECAY * coverage, COVERAGE_ONE)
    return MINIMUM_RATE + mul_shift_ceil(MAXIMUM_RATE - MINIMUM_RATE, share, 63)


def surcharges(variance: u64, liquidity: u64, congested: bool) -> u64:
    """1 to 3 bp for a lively market, 1 or 2 for a thin one, 1 while the chain is congested; in 1e-8."""
    points: u64 = 0
    if variance >= CALM:
        points = 1 if variance < LIVELY else 2 if variance < WILD else 3
    if liquidity < THIN:
        points += 1 if liquidity >= SPARSE else 2
    if congested:
        points += 1
    return points * BASIS_POINT


def trade_rate(base: u64, surcharge: u64, opening: bool, recovery: u64) -> u64:
    """The rate of a trade: surcharges inside the cap; on a buy ×1.5, 2 or 3 of that in recovery, rounded up."""
    rate = min(base + surcharge, MAXIMUM_RATE)
    if recovery == 0 or not opening:
        return rate
    return (rate * _HALVES[recovery] + 1) >> 1


def fee_ceil(amount: u64, rate: u64) -> u64:
    """The fee of an amount in µUSDC, rounded up."""
    return mul_div_ceil(amount, rate, RATE_ONE)


def split(fee: u64) -> tuple[u64, u64, u64, u64]:
    """A fee's (vault, stakers, treasury, insurance): 70, 15, 5 and 10 %, rounded down, the remainder to the vault."""
    stakers = fee * STAKERS_PERCENT // 100
    treasury = fee * TREASURY_PERCENT // 100
    insurance = fee * INSURANCE_PERCENT // 100
    return fee - stakers - treasury - insurance, stakers, treasury, insurance
