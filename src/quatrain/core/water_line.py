"""The water line: how low a price may fall while every loan can still be repaid by selling its shares to the pool.

An outcome's *level* is s times its log-odds in an LMSR and s·Φ⁻¹(p) in a pm-AMM of two outcomes, s being the scale: selling Q
shares lowers the level by exactly Q (the protocol's §6). A loan stands on the *rung* k, the lowest of a grid of 256 whose
price, at level s·τ_k with τ_k = (k − 128)/32, times the position's shares covers what it owes. With Q_k the leveraged shares
on rung k and all above, the line is

    D = max over occupied rungs of s·τ_k + Q_k,

and as long as the level is at least D, selling all leveraged shares, riskiest first, ends each sale at or above its rung:
every loan is repaid in full. Rungs are the leaves of a tree of two floors: each block of 16 keeps the sum of its shares and its
own line, of which the whole line is made in 16 steps.

Units: shares, levels and scales µshares, debts µUSDC. Lines and rungs are rounded up: in the lender's favour.
"""

from hognose.lang import Array, i64, mul_div_ceil, mul_shift, table, u64
from quatrain.core.fixed import EXP_ERROR, LN1P_ERROR, exp_neg, ln1p
from quatrain.core.normal_series import cumulative
from quatrain.core.series import BITS, ONE, exp

RUNGS = 256
BLOCK = 16
"""Rungs of a block, and blocks."""
NO_RUNG = RUNGS
"""What `rung_for` returns where even the highest does not cover a debt."""
NO_LINE = -(1 << 62)
"""The line of an outcome without loans."""
MIDDLE = 128
"""The rung of even prices."""
PRICE_BITS = 32
GRID_BITS = 5
"""Rungs are 2^-5 apart in log-odds, or in Φ⁻¹."""
MARGIN_BITS = 6
"""What raises a line or lowers a level keeps s·2^-6 above the line. Only the rounding of liquidations to a µUSDC uses it up, which
takes 1/(1 − p) µshares of an LMSR's level each: a third of it at most (`docs/concepts/water-line.md`)."""
HIGHEST_SCALES = 9
"""No line above 9·s: at log-odds 9, p = 0.99988, a µUSDC still resolves a price well."""

RATE_ONE = 10_000
KEEPER_BPS = 5
"""Of a liquidation's proceeds, to whoever sends it."""
PENALTY_BPS = 50
"""Of a liquidation's proceeds, to the insurance fund, as far as the trader's own money in them goes."""
CUSHION = 1_000
"""µUSDC that a new debt's rung covers besides, for the rounding of its sales: each takes less than 4."""


def _chance(rung: int) -> int:
    """The logistic function at a rung, rounded down, Q.32."""
    tau = rung - MIDDLE
    size = exp(abs(tau), 1 << GRID_BITS)
    return ((size if tau >= 0 else ONE) << PRICE_BITS) // (ONE + size)


_LOGISTIC = table(u64, [_chance(k) for k in range(RUNGS)])
"""The price of an LMSR at each rung, Q.32, rounded down."""
_NORMAL = table(u64, [cumulative((k - MIDDLE) << (BITS - GRID_BITS)) >> (BITS - PRICE_BITS) for k in range(RUNGS)])
"""The price of a pm-AMM at each rung, Q.32, rounded down."""


# --- rungs -----------------------------------------------------------------------------------------------------------


def owed_ceil(debt: u64) -> u64:
    """What a sale must bring so that a debt is repaid after the keeper's reward and the penalty, rounded up."""
    return mul_div_ceil(debt, RATE_ONE, RATE_ONE - KEEPER_BPS - PENALTY_BPS)


def rung_for(shares: u64, owed: u64, is_normal: bool) -> u64:
    """The lowest rung at whose price `shares` bring at least `owed`; `NO_RUNG` where there is none."""
    if owed >= shares:
        return NO_RUNG
    least = mul_div_ceil(owed, 1 << PRICE_BITS, shares)
    low: u64 = 0
    high: u64 = RUNGS
    while low < high:
        middle = (low + high) >> 1
        price = _NORMAL[middle] if is_normal else _LOGISTIC[middle]
        if price >= least:
            high = middle
        else:
            low = middle + 1
    return low


def height_ceil(scale: u64, rung: u64) -> i64:
    """s·τ of a rung, rounded up."""
    return -((i64(scale) * (MIDDLE - i64(rung))) >> GRID_BITS)


def margin(scale: u64) -> i64:
    """What ordinary trades leave between the level and the line."""
    return i64(scale >> MARGIN_BITS)


# --- the ladder ------------------------------------------------------------------------------------------------------


def refresh_block(rungs: Array[u64], sums: Array[u64], lines: Array[i64], scale: u64, block: u64) -> None:
    """Make a block's sum and line from its rungs."""
    total: u64 = 0
    line: i64 = NO_LINE
    for i in range(BLOCK):
        rung = block * BLOCK + BLOCK - 1 - i
        shares = rungs[rung]
        if shares != 0:
            total += shares
            line = max(line, height_ceil(scale, rung) + i64(total))
    sums[block] = total
    lines[block] = line


def line_of(sums: Array[u64], lines: Array[i64]) -> i64:
    """D of all blocks, or `NO_LINE`."""
    above: u64 = 0
    line: i64 = NO_LINE
    for i in range(BLOCK):
        block = BLOCK - 1 - i
        if sums[block] != 0:
            line = max(line, lines[block] + i64(above))
            above += sums[block]
    return line


def line_above(rungs: Array[u64], sums: Array[u64], lines: Array[i64], scale: u64, rung: u64) -> i64:
    """The line of the rungs above one, without the rest, or `NO_LINE`."""
    own = rung // BLOCK
    above: u64 = 0
    line: i64 = NO_LINE
    for i in range(BLOCK):
        block = BLOCK - 1 - i
        if block > own and sums[block] != 0:
            line = max(line, lines[block] + i64(above))
            above += sums[block]
    for i in range(BLOCK):
        higher = own * BLOCK + BLOCK - 1 - i
        if higher > rung and rungs[higher] != 0:
            above += rungs[higher]
            line = max(line, height_ceil(scale, higher) + i64(above))
    return line


def reserve_at_floor(scale: u64, level: i64) -> u64:
    """The reserve b·ln(1 + e^(−level/b)) of an LMSR at a level, rounded down: a reserve within it has at least that level."""
    size = u64(abs(level))
    chance = exp_neg(size, scale)
    soft = ln1p(chance - min(chance, EXP_ERROR))
    part = mul_shift(scale, soft - min(soft, LN1P_ERROR), 64)
    return part if level >= 0 else size + part


def scale_held_ceil(rungs: Array[u64], scale: u64, level: i64) -> u64:
    """The smallest scale to which a pm-AMM may shrink, its level with it, so that the line and its margin hold; or `scale`.

    ρ·level − Q_k ≥ ρ·s·τ_k + ρ·margin for each occupied rung: ρ ≥ Q_k/(level − s·τ_k − margin). Four µshares more for roundings.
    """
    total: u64 = 0
    least: u64 = 1
    for i in range(RUNGS):
        rung = RUNGS - 1 - u64(i)
        shares = rungs[rung]
        if shares != 0:
            total += shares
            gap = level - height_ceil(scale, rung) - margin(scale) - 2
            if gap <= i64(total) + 4:
                return scale
            least = max(least, mul_div_ceil(total + 4, scale, u64(gap)))
    return min(least, scale)
