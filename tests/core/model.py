"""LMSR over the reals, by the textbook's formulas in 400 bits: what the integer code is compared with."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mpmath import MPContext

from hognose.lang import Array, array, u64

mp: Any = MPContext()
mp.prec = 400

if TYPE_CHECKING:
    from mpmath import mpf

    Real = mpf
else:
    Real = mp.mpf


def as_array(values: Sequence[int]) -> Array[u64]:
    """The values as an array of the language."""
    result = array(u64, len(values))
    for index, value in enumerate(values):
        result[index] = value
    return result


def price(scale: int, reserve: int) -> Real:
    """e^(−r/b)."""
    return mp.exp(-Real(reserve) / scale)


def cost(scale: int, reserve: int, shares: int) -> Real:
    """b·ln(1 − p + p·e^(δ/b))."""
    p = price(scale, reserve)
    return scale * mp.log(1 - p + p * mp.exp(Real(shares) / scale))


def shares_for_spend(scale: int, reserve: int, spend: int) -> Real:
    """b·ln((e^(c/b) − 1 + p)/p)."""
    p = price(scale, reserve)
    return scale * mp.log((mp.exp(Real(spend) / scale) - 1 + p) / p)


def proceeds(scale: int, reserve: int, shares: int) -> Real:
    """−b·ln(1 − p + p·e^(−δ/b))."""
    p = price(scale, reserve)
    return -scale * mp.log(1 - p + p * mp.exp(-Real(shares) / scale))


def shares_for_proceeds(scale: int, reserve: int, amount: int) -> Real | None:
    """−b·ln((e^(−c/b) − 1 + p)/p), or None when the pool cannot pay the amount."""
    p = price(scale, reserve)
    ratio = (mp.exp(-Real(amount) / scale) - 1 + p) / p
    return -scale * mp.log(ratio) if ratio > 0 else None


def price_after_spend(scale: int, reserve: int, spend: int) -> Real:
    """The price once `spend` has been paid in: 1 − (1 − p)·e^(−c/b)."""
    return 1 - (1 - price(scale, reserve)) * mp.exp(-Real(spend) / scale)


def price_after_proceeds(scale: int, reserve: int, amount: int) -> Real:
    """The price once `amount` has been paid out: 1 − (1 − p)·e^(c/b)."""
    return 1 - (1 - price(scale, reserve)) * mp.exp(Real(amount) / scale)


def surplus(scale: int, reserves: Sequence[int]) -> Real:
    """−b·ln Σ e^(−r/b): the complete sets held beyond the invariant; negative when the pool is short."""
    return -scale * mp.log(mp.fsum(price(scale, reserve) for reserve in reserves))
