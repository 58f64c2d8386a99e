"""The pm-AMM for two outcomes in closed form (Moallemi & Robinson 2024; the protocol's §2).

`scale` is L in µUSDC, `reserve` x and `other` y are the pool's µshares of the traded outcome and of the other one. With the
gap g = y − x and the normal loss t(z) = E max(ε − z, 0), the value function

    V(g) = L·E max(ε + g/L, 0) = max(g, 0) + L·t(|g|/L)

is convex with slope Φ(g/L), the traded outcome's price; on the invariant y = V(g). Buying δ widens the gap by δ and costs
V(g + δ) − V(g); selling is its mirror image. So shares → money takes two evaluations, and money → shares is one equation
V(g′) = V(g) ± money, solved by Newton's method from above.

**Rounding favours the pool** by a margin that covers the arithmetic. A trade keeps y ≥ V(g) and x ≥ V(−g) where they held
before; V is positive, so that x and y never fall below 1. Domain: `lmsr.scale_is_supported(scale)`, reserves and amounts
such that gaps stay below 2^52; outside, a function
aborts.
"""

from hognose.lang import i64, mul_div_floor, mul_shift, mul_shift_ceil, shared, table, u64
from quatrain.core.fixed import divide
from quatrain.core.newton import descend
from quatrain.core.normal import ARGUMENT_BITS, ARGUMENT_ONE, END, LOSS_ERROR, loss_and_tail, quantile

PRICE_ONE = 1_000_000_000
"""Published prices have nine decimals."""
UNREACHABLE = (1 << 64) - 1
"""What `shares_for_proceeds_ceil` returns when no amount of shares brings the proceeds."""
MARGIN = 2 * (LOSS_ERROR + 32)
"""Added to cost/L, in 2^-64: both losses' errors, and 2^-59 in either argument. 3·10^-17·2 of L in all."""

_TAIL_ONE = 1 << 63
_ORIGIN = 1 << 52
"""Gaps plus this are positive."""


def _loss_at(scale: u64, gap: i64) -> tuple[u64, u64]:
    """t(|g|/L) in Q.64 and the price Φ(g/L) in Q.63."""
    whole, fraction = divide(u64(abs(gap)), scale)
    if whole >= END:
        return 0, 0 if gap < 0 else _TAIL_ONE
    loss, tail = loss_and_tail(whole << ARGUMENT_BITS | fraction >> (64 - ARGUMENT_BITS))
    return loss, tail if gap < 0 else _TAIL_ONE - tail


def _rise_ceil(scale: u64, before: u64, after: u64) -> i64:
    """L·(after − before), of two losses, with the margin, rounded up."""
    rise = i64(after) - i64(before) + MARGIN  # a loss is below 0.4
    if rise >= 0:
        return i64(mul_shift_ceil(scale, u64(rise), 64))
    return -i64(mul_shift(scale, u64(-rise), 64))


def _published(slope: u64) -> u64:
    """A slope in Q.63 as a price with nine decimals, rounded to nearest."""
    return (mul_shift(slope, PRICE_ONE, 62) + 1) >> 1


def price(scale: u64, reserve: u64, other: u64) -> u64:
    """Φ((y − x)/L) with nine decimals, rounded to nearest."""
    _, slope = _loss_at(scale, i64(other) - i64(reserve))
    return _published(slope)


@shared
def cost_ceil(scale: u64, reserve: u64, other: u64, shares: u64) -> tuple[u64, u64, u64]:
    """What buying `shares` costs, rounded up, never more than 1 USDC a share; the prices before and after."""
    gap = i64(other) - i64(reserve)
    wider = gap + i64(shares)
    loss, before = _loss_at(scale, gap)
    new_loss, after = _loss_at(scale, wider)
    cost = max(wider, 0) - max(gap, 0) + _rise_ceil(scale, loss, new_loss)
    return min(u64(max(cost, 0)), shares), _published(before), _published(after)


@shared
def proceeds_floor(scale: u64, reserve: u64, other: u64, shares: u64) -> tuple[u64, u64, u64]:
    """What selling `shares` brings, rounded down; the prices before and after."""
    gap = i64(other) - i64(reserve)
    narrower = gap - i64(shares)
    loss, before = _loss_at(scale, gap)
    new_loss, after = _loss_at(scale, narrower)
    proceeds = max(gap, 0) - max(narrower, 0) - _rise_ceil(scale, loss, new_loss)
    return u64(max(proceeds, 0)), _published(before), _published(after)


@shared
def reserves_for_price_ceil(scale: u64, opening_price: u64) -> tuple[u64, u64]:
    """The reserves (x, y) at which the traded outcome's price is π (nine decimals, 1 to `PRICE_ONE` − 1), rounded up."""
    first = opening_price << 34
    second = first % PRICE_ONE << 28
    reserve, other = reserves_at_ceil(scale, (first // PRICE_ONE << 28) + second // PRICE_ONE)
    return reserve, other


def reserves_at_ceil(scale: u64, probability: u64) -> tuple[u64, u64]:
    """The reserves (x, y) at which the traded outcome's price is a probability in Q.62, rounded up."""
    z = quantile(probability)
    loss, _ = loss_and_tail(u64(abs(z)))
    smaller = mul_shift_ceil(scale, loss + MARGIN, 64)
    larger = smaller + mul_shift_ceil(scale, u64(abs(z)), ARGUMENT_BITS)
    if z >= 0:
        return smaller, larger
    return larger, smaller


def surplus_floor(scale: u64, reserve: u64, other: u64) -> u64:
    """Complete sets that the reserves hold beyond the invariant, y − V(y − x), rounded down."""
    gap = i64(other) - i64(reserve)
    loss, _ = _loss_at(scale, gap)
    needed = mul_shift_ceil(scale, loss + MARGIN, 64)
    smaller = min(reserve, other)
    return smaller - needed if smaller > needed else 0


# --- money → shares ---------------------------------------------------------------------------------------------------

_START_BITS = 6
_FEWEST_BITS = 21  # of 1 µUSDC at the largest scale, in 2^-64 of it


def _starts() -> list[int]:
    """For each quarter octave of V/L below 1, from the lowest: an upper bound of g/L + END, in 64ths.

    It is the first point of a grid at which E max(ε + z, 0) reaches the quarter's upper end.
    """
    found, position = list[int](), 0
    for length in range(_FEWEST_BITS, 65):
        for quarter in range(4):
            end = (5 + quarter << length) >> 3
            while True:
                z = (position << (ARGUMENT_BITS - _START_BITS)) - END * ARGUMENT_ONE
                loss, _ = loss_and_tail(abs(z))
                if loss + (max(z, 0) << (64 - ARGUMENT_BITS)) >= end + LOSS_ERROR:
                    break
                position += 1
            found.append(position)
    return found


_START = table(u64, _starts())


def _start_ceil(scale: u64, value: u64) -> u64:
    """An upper bound of g + origin, where V(g) is less than `value` µUSDC, 1 or more.

    From L up, V(g) ≥ g is one. Below, the table's quarter octave and 64th leave an error e of g/L with e·V″/V′ below
    ¼·ln 2 + 1/9, because ln V is concave.
    """
    if value >= scale:
        return _ORIGIN + value
    _, fraction = divide(value, scale)
    length = fraction.bit_length()
    index = (length - _FEWEST_BITS) * 4 + (fraction >> (length - 3) & 3)
    return _ORIGIN - END * scale + (scale * _START[index] >> _START_BITS) + 1


def _work_bits(scale: u64, largest: u64) -> u64:
    """Fractional bits that the search for a gap keeps of a µUSDC: as many as fit."""
    return 62 - max(scale << 3, largest).bit_length()


def _gap_for_value_floor(scale: u64, target: u64, bits: u64, low: u64, high: u64) -> tuple[u64, u64]:
    """The largest gap, plus the origin, whose V with the margin is at most the target, up to 2 and the arithmetic; its slope.

    `target` in µUSDC with `bits` fractional bits, at least the margin's part; the gap at `low` qualifies, `high` and the
    table's start do not, and the smaller of them is where Newton's method starts. With ε = e·V″/V′ a step gives
    ε ← ½ε²·(1 + ε)² at most, so 0.29 → 0.07 → 0.003 → 5·10^-6 → 2·10^-11 → 0: no more than six evaluations and one for
    rounding.
    """
    x = max(min(high, _start_ceil(scale, (target >> bits) + 1)), low)
    while True:
        gap = i64(x) - _ORIGIN
        loss, slope = _loss_at(scale, gap)
        value = u64(max(gap, 0) << bits) + mul_shift_ceil(scale, loss + MARGIN, 64 - bits)
        if value <= target or x <= low:
            return x, slope
        x = descend(low, x, value - target, bits, slope)


@shared
def shares_for_spend_floor(scale: u64, reserve: u64, other: u64, spend: u64) -> tuple[u64, u64, u64]:
    """The shares that `spend` buys, rounded down, never less than one for 1 USDC; the prices before and after.

    `cost_ceil` of them is at most the spend. They fall short of the true number by less than 2 + L·2^-53/p′.
    """
    gap = i64(other) - i64(reserve)
    ahead = u64(max(gap, 0))
    loss, slope = _loss_at(scale, gap)
    bits = _work_bits(scale, ahead + spend)
    target = (ahead + spend << bits) + mul_shift(scale, loss, 64 - bits)
    here = u64(gap + _ORIGIN)
    high = here + (mul_div_floor(spend, _TAIL_ONE, slope) + 1 if spend < slope >> 10 else _ORIGIN)
    x, end = _gap_for_value_floor(scale, target, bits, here + spend, high)
    return x - here, _published(slope), _published(end)


@shared
def shares_for_proceeds_ceil(scale: u64, reserve: u64, other: u64, proceeds: u64) -> tuple[u64, u64, u64]:
    """The shares whose sale brings at least `proceeds`, rounded up, or `UNREACHABLE`; the prices before and after.

    `proceeds_floor` of the shares is at least `proceeds`. They exceed the true number by less than 2 + L·2^-53/p′.
    """
    gap = i64(other) - i64(reserve)
    ahead = u64(max(gap, 0))
    loss, slope = _loss_at(scale, gap)
    before = _published(slope)
    if proceeds == 0:
        return 0, before, before
    bits = _work_bits(scale, ahead + proceeds)
    value = (ahead << bits) + mul_shift(scale, loss, 64 - bits)
    needed = (proceeds << bits) + mul_shift_ceil(scale, MARGIN, 64 - bits)
    if value < needed:
        return UNREACHABLE, before, 0
    here = u64(gap + _ORIGIN)
    low = min(here, _ORIGIN - END * scale - 1)
    x, end = _gap_for_value_floor(scale, value - (proceeds << bits), bits, low, here)
    return here - x, before, _published(end)
