"""What the water line promises, done: all leveraged shares of an outcome sold to the pool, riskiest first."""

from __future__ import annotations

from hognose.lang import Array, i64, mul_div_floor, u64
from quatrain.core import lmsr, pmamm
from quatrain.core.water_line import KEEPER_BPS, PENALTY_BPS, RATE_ONE

PLENTY = 1 << 62
"""The surplus where there is no loan."""


def least_surplus(
    normal: bool, scale: u64, reserve: u64, other: u64, parts: u64, shares: Array[u64], debts: Array[u64]
) -> i64:
    """Sell loan after loan, each in `parts` sales; the least that one brings beyond its debt, the keeper's reward and the penalty.

    Loans are given riskiest first, shares and debts in µshares and µUSDC; `other` is the other reserve of a pm-AMM of two.
    """
    least: i64 = PLENTY
    for i in range(len(shares)):
        left = shares[i]
        surplus = -i64(debts[i])
        for part in range(parts):
            sold = left // (parts - part)
            if normal:
                proceeds, _, _ = pmamm.proceeds_floor(scale, reserve, other, sold)
                other -= proceeds
            else:
                proceeds, _, _ = lmsr.proceeds_floor(scale, reserve, sold)
            left -= sold
            reserve += sold - proceeds
            surplus += i64(proceeds - mul_div_floor(proceeds, KEEPER_BPS + PENALTY_BPS, RATE_ONE))
        least = min(least, surplus)
    return least
