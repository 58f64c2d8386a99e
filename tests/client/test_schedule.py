"""Makers and expiries are chosen as the program decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hognose.lang import ProgramAbort
from quatrain.client.schedule import earliest_expiry, maker_by_rule, usual_expiry
from quatrain.program.decay import liquidity_at, require_lasting
from quatrain.program.state import Maker

USDC = 1_000_000
NOW = 1_900_000_000
DEPTHS = st.integers(2 * USDC, 10**7 * USDC)
LIVES = st.integers(1, 3 * 10**8)


@pytest.mark.parametrize(
    ("outcomes", "proposition", "expires_at", "maker"),
    [
        (2, True, NOW, Maker.LMSR),
        (2, True, 0, Maker.LMSR),
        (3, False, 0, Maker.LMSR),
        (2, False, NOW, Maker.PM_AMM),
        (64, False, NOW, Maker.PM_AMM),
    ],
)
def test_the_rule_is_the_programs(outcomes: int, proposition: bool, expires_at: int, maker: Maker) -> None:
    """A proposition, and what has no expiry, gets an LMSR, alternatives with an expiry a pm-AMM."""
    assert maker_by_rule(outcomes, proposition=proposition, expires_at=expires_at) == maker


@given(liquidity=DEPTHS, life=LIVES)
def test_the_earliest_expiry_is_the_first_that_is_taken(liquidity: int, life: int) -> None:
    """The program takes it, and refuses a second less."""
    closes_at = NOW + life
    earliest = earliest_expiry(liquidity, NOW, closes_at)

    assert earliest is not None
    require_lasting(liquidity, NOW, closes_at, earliest)
    with pytest.raises(ProgramAbort):
        require_lasting(liquidity, NOW, closes_at, earliest - 1)


def test_one_usdc_cannot_fall() -> None:
    """So a pm-AMM of the smallest liquidity can never close in time."""
    assert earliest_expiry(USDC, NOW, NOW + 1_000) is None


@given(liquidity=DEPTHS, life=LIVES)
def test_a_usual_expiry_leaves_a_tenth(liquidity: int, life: int) -> None:
    """When it closes a tenth of the liquidity is left, or 1 USDC where that is more, and the program takes it."""
    closes_at = NOW + life
    expires_at = usual_expiry(liquidity, NOW, closes_at)

    require_lasting(liquidity, NOW, closes_at, expires_at)
    assert liquidity_at(liquidity, NOW, expires_at, closes_at) >= max(liquidity * 999 // 10_000, USDC)
    assert expires_at >= closes_at + 3_600
