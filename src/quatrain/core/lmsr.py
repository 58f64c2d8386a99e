"""LMSR in reserve form: N = 2 to 64 outcomes, each trade in O(1) from the scale and the traded outcome's reserve alone.

Units: `scale` is b in µUSDC (liquidity: worst loss b·ln N from even prices), `reserve` r the pool's µshares of the traded
outcome, `shares` µshares, `cost`, `spend` and `proceeds` µUSDC. With p = e^(−r/b), and the other outcomes together
1 − p (Hanson 2003; the protocol's §2):

- buying δ costs b·ln(1 − p + p·e^(δ/b)), then r ← r + cost − δ and the other reserves grow by the cost;
- selling is its mirror image.

Each formula is used in a form that only exponentiates negative numbers. **Rounding favours the pool**, by a margin that
covers the arithmetic's error, so that Σ e^(−r/b) ≤ 1 and every r ≥ 1 after any sequence of trades: the escrow covers
each outcome, and no sequence of trades takes out more than came in. Each function states
its excess over the true real number; in money, at b = 10 million USDC, it is below 0.02 µUSDC on top of the unavoidable
rounding to an integer.

Trades also tell the price before and after, with nine decimals. Each is within 1.5e-9 of the real trade's; what rounding
adds to the reserve moves the price after by at most p/b more, 1e-9 at b = 1,000 USDC.

Domain: `scale_is_supported(scale)`, any reserve and any amount as long as reserve + amount is below 2^64. Outside, a
function aborts or its bound does not hold; it never returns silently wrapped numbers. Where a price has fallen below
2^-63 it counts as 0, which the bounds include.
"""

from hognose.lang import mul_shift, mul_shift_ceil, u64
from quatrain.core.fixed import (
    EXP_ERROR,
    LN1P_ERROR,
    NEG_LN_ERROR,
    ONE,
    divide,
    exp_neg,
    exp_neg_scaled,
    ln1p,
    neg_ln,
    one_minus_exp_scaled,
)
from quatrain.core.series import BITS, ln

MINIMUM_SCALE = 1_000_000
"""1 USDC."""
MAXIMUM_SCALE = 10_000_000_000_000
"""10 million USDC."""
PRICE_ONE = 1_000_000_000
"""Published prices have nine decimals."""
UNREACHABLE = (1 << 64) - 1
"""What `shares_for_proceeds_ceil` returns when no amount of shares brings the proceeds."""

COST_MARGIN = 2 * (2 * EXP_ERROR + 1) + LN1P_ERROR
"""Added to cost/b, in 2^-64. Cost exceeds the true cost by less than 1 + 2·COST_MARGIN·b·2^-64 µUSDC."""
SPEND_MARGIN = COST_MARGIN + 2 * EXP_ERROR + 1
"""Taken from the price after the trade, in 2^-63: as much as makes `cost_ceil` of the shares at most the spend."""
PROCEEDS_MARGIN = 16
"""Added to e^(−proceeds/b), in units in the last place of the larger of its two terms."""
RECEIVE_MARGIN = 144
"""Taken from the difference of two such terms: as much as makes `proceeds_floor` of the shares at least the wish."""
_RESOLUTION = 1 << 13
_NEG_LN_OF_ONE = (63 * ln(2) - ln(PRICE_ONE)) >> (BITS - 58)


def scale_is_supported(scale: u64) -> bool:
    """Whether the bounds of this module hold for b: 1 to 10 million USDC."""
    return MINIMUM_SCALE <= scale <= MAXIMUM_SCALE


def price(scale: u64, reserve: u64) -> u64:
    """e^(−r/b) with nine decimals, rounded to nearest."""
    return _published(exp_neg(reserve, scale))


def reserve_for_price_ceil(scale: u64, opening_price: u64) -> u64:
    """The reserve −b·ln π that opens an outcome at price π (nine decimals, 1 to `PRICE_ONE`), rounded up."""
    return mul_shift_ceil(scale, neg_ln(opening_price, 63) - _NEG_LN_OF_ONE + NEG_LN_ERROR, 58)


def cost_ceil(scale: u64, reserve: u64, shares: u64) -> tuple[u64, u64, u64]:
    """What buying `shares` costs, rounded up, never more than 1 USDC a share; the prices before and after.

    δ ≤ r: b·ln(1 + e^(−(r−δ)/b) − p). Beyond: (δ − r) + b·ln(1 + (1 − p)·e^(−(δ−r)/b)).
    """
    before = exp_neg(reserve, scale)
    if shares <= reserve:
        whole = 0
        own = exp_neg(reserve - shares, scale)
        others = ONE - before
        growth = own - before  # never negative: arguments 2^-48 apart differ by more than the error
    else:
        whole = shares - reserve
        own = ONE
        others = mul_shift(ONE - before, exp_neg(whole, scale), 63)
        growth = others
    cost = min(whole + mul_shift_ceil(scale, ln1p(growth) + COST_MARGIN, 64), shares)
    return cost, _published(before), _part_of(own, others)


def shares_for_spend_floor(scale: u64, reserve: u64, spend: u64) -> tuple[u64, u64, u64]:
    """The shares that `spend` buys, rounded down, never less than one for 1 USDC; the prices before and after.

    δ = c + r + b·ln(1 − (1 − p)·e^(−c/b)), whose last argument is the price after the trade, p'. The shares truly cost at
    most the spend and `cost_ceil` of them is at most the spend. They fall short of the true number by less than
    1 + b·(2^-58 / p' + 2^-55): the first term is what 2^-58·b of a µUSDC buys at the price p'.
    """
    before = exp_neg(reserve, scale)
    rest = mul_shift_ceil(ONE - before, exp_neg(spend, scale), 63)
    shares = spend
    if rest + SPEND_MARGIN < ONE:
        left = mul_shift_ceil(scale, neg_ln(ONE - SPEND_MARGIN - rest, 63) + NEG_LN_ERROR, 58)
        shares += reserve - left if reserve > left else 0
    return shares, _published(before), _published(ONE - rest)


def proceeds_floor(scale: u64, reserve: u64, shares: u64) -> tuple[u64, u64, u64]:
    """What selling `shares` brings, rounded down; the prices before and after.

    −b·ln(others + e^(−(r+δ)/b)): two positive terms, each of full relative precision, because their sum comes near zero
    when p is near one and most is sold. Falls short of the true number by less than 1 + b·2^-49 µUSDC. Takes the other
    outcomes at 1 − p, which a reserve knows only to a µshare; where p is near one, that is a large part of 1 − p, and a
    long sale from there magnifies it, in the pool's favour.
    """
    others, others_shift = one_minus_exp_scaled(reserve, scale)
    whole, fraction = divide(reserve + shares, scale)
    own, own_shift = exp_neg_scaled(whole, fraction)
    before = _published(ONE - (others >> others_shift))
    shift = min(others_shift, own_shift)
    others >>= others_shift - shift
    own >>= own_shift - shift
    after = _part_of(own, others)
    total = others + own + PROCEEDS_MARGIN
    if shift == 0 and total >= ONE:
        return 0, before, after
    logarithm = neg_ln(total, 63 + shift)
    proceeds = mul_shift(scale, logarithm - NEG_LN_ERROR, 58) if logarithm > NEG_LN_ERROR else 0
    return proceeds, before, after


def shares_for_proceeds_ceil(scale: u64, reserve: u64, proceeds: u64) -> tuple[u64, u64, u64]:
    """The shares whose sale brings at least `proceeds`, rounded up, or `UNREACHABLE`; the prices before and after.

    δ = −r − b·ln(e^(−c/b) − others), so that `proceeds_floor` of the shares is at least `proceeds`. They exceed the true
    number by less than 1 + b·(2^-46 / p' + 2^-55), p' the price after the trade. A sale that would leave less than b·2^-40
    µUSDC to take counts as `UNREACHABLE`, and so does its price 0.
    """
    others, others_shift = one_minus_exp_scaled(reserve, scale)
    before = _published(ONE - (others >> others_shift))
    if proceeds == 0:
        return 0, before, before
    whole, fraction = divide(proceeds, scale)
    kept, kept_shift = exp_neg_scaled(whole, fraction)
    shift = min(others_shift, kept_shift)
    kept >>= kept_shift - shift
    others = (others >> (others_shift - shift)) + RECEIVE_MARGIN
    if kept < others + _RESOLUTION:
        return UNREACHABLE, before, 0
    total = mul_shift_ceil(scale, neg_ln(kept - others, 63 + shift) + NEG_LN_ERROR, 58)
    return total - reserve if total > reserve else 0, before, _part_of(kept - others, others)


def _published(price: u64) -> u64:
    """A price in Q.63 with nine decimals, rounded to nearest."""
    return (mul_shift(price, PRICE_ONE, 62) + 1) >> 1


def _part_of(own: u64, others: u64) -> u64:
    """own/(own + others) with nine decimals, within 0.7 units; the sum, at any scale, is from 2^36 to 2^64."""
    half = (own >> 1) + (others >> 1)
    spare = half.bit_length() - 34
    total = half >> spare
    return ((own >> (spare + 1)) * PRICE_ONE + (total >> 1)) // total
