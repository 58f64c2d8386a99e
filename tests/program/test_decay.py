"""The liquidity of a pm-AMM by the time that is left."""

from math import isqrt

from hypothesis import given
from hypothesis import strategies as st

from quatrain.program.decay import STEP_BITS, liquidity_at, root_floor

SECONDS = st.integers(1, 10**9)


@given(st.integers(0, (1 << 64) - 1) | st.integers(0, 31).map(lambda bits: (1 << 2 * bits) - 1))
def test_roots_are_rounded_down(square: int) -> None:
    """√ of any 64-bit number, 0 and those just below a square included."""
    assert root_floor(square) == isqrt(square)
    assert root_floor(0) == 0


@given(st.integers(10**6, 10**13), SECONDS, SECONDS, SECONDS)
def test_liquidity_falls_with_the_root_of_the_time_left(opening: int, opens_at: int, passed: int, left: int) -> None:
    """By steps of less than a thousandth below the true value; nothing before the opening, all of it at the expiry."""
    now, expires_at = opens_at + passed, opens_at + passed + left
    found = liquidity_at(opening, opens_at, expires_at, now)
    exact = opening * (left / (passed + left)) ** 0.5

    assert exact * (1 - 2**-STEP_BITS * 2) - 2 <= found <= exact * (1 + 1e-9)
    assert liquidity_at(opening, opens_at, expires_at, opens_at) == opening
    assert liquidity_at(opening, opens_at, expires_at, expires_at) == 0
