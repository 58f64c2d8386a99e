"""core.simpson: exact where the rule is exact, and Richardson's estimate where it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quatrain.core import simpson
from tests.core.model import as_array

BITS = 40


def integrate(values: list[int]) -> tuple[int, int]:
    """Integral over 0 … 1 of values in Q.40 at equal distances, and the estimated error, in Q.40."""
    segments = len(values) - 1
    fine, coarse = simpson.composite(as_array(values), segments)
    spacing = (1 << 48) // segments
    return simpson.integral(fine, spacing, 48), simpson.richardson(fine, coarse, spacing, 48)


@given(st.lists(st.integers(0, 200), min_size=4, max_size=4), st.sampled_from([4, 8, 32, 64, 128]))
def test_cubics_are_exact(coefficients: list[int], segments: int) -> None:
    """Polynomials up to degree three are integrated exactly but for rounding, and the estimate says so."""
    values = [
        sum(
            c * (k << BITS) ** n // segments**n >> BITS * max(n - 1, 0) if n else c << BITS
            for n, c in enumerate(coefficients)
        )
        for k in range(segments + 1)
    ]
    integral, estimate = integrate(values)
    assert abs(integral / 2**BITS - sum(c / (n + 1) for n, c in enumerate(coefficients))) < 1e-9
    assert estimate < 1 << 8


@pytest.mark.parametrize("segments", [8, 16, 32, 64, simpson.SEGMENTS])
def test_richardson_estimates_the_error(segments: int) -> None:
    """For x⁵ the estimate is within a few percent of the error, and both fall with the fourth power of the spacing."""
    values = [(k**5 << BITS) // segments**5 for k in range(segments + 1)]
    integral, estimate = integrate(values)
    error = abs(integral - (1 << BITS) // 6)
    assert error <= estimate * 1.2 + 16
    assert estimate <= error * 1.2 + 300
    assert abs(error / 2**BITS - 1 / 36 / segments**4 * 1.5) < 1e-8 + 1 / segments**4


def test_hundred_segments_are_the_default() -> None:
    """The reference count of the protocol is a multiple of four, as the coarse sum needs."""
    assert simpson.SEGMENTS == 100
    assert simpson.SEGMENTS % 4 == 0
