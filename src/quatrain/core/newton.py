"""Newton–Raphson steps on integers, for functions that are convex and increasing with a slope of at most 1.

Wanted is the largest x at which a function, rounded up, is within a target. The caller holds a bracket: `low` is known to
be within, x is known not to be. A step goes to where the tangent at x meets the target, rounded down and one lower, but
never below `low`. Convexity puts the tangent's meeting point at or above the root, so that

- no step jumps over the root by more than its rounding: the first x within the target is the answer, to less than two
  units, and there is nothing to polish;
- every step shrinks the bracket, and the error falls quadratically: e ← e²·f″/(2f′) at most.

A solver therefore ends, whatever the start; how soon is the start's business and stated where it is chosen.
"""

from hognose.lang import mul_div_floor, u64

SLOPE_ONE = 1 << 63
"""A slope of 1."""


def descend(low: u64, x: u64, excess: u64, excess_bits: u64, slope: u64) -> u64:
    """The next x: one below where the tangent meets the target, at least `low`.

    `excess`, with `excess_bits` fractional bits (at most 63), is how far the function is above the target at x; `slope`,
    Q.63, is its derivative there, or a lower bound of it.
    """
    if slope == 0 or excess >> excess_bits >= slope:  # the step would not fit
        return low
    step = mul_div_floor(excess, SLOPE_ONE >> excess_bits, slope) + 1
    return x - step if x > low + step else low
