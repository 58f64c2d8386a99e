"""What a price took to compute is counted in the program's own functions."""

import sys

import pytest

from quatrain.client.work import Work, counted
from quatrain.core import lmsr, pmamm

USDC = 1_000_000
SCALE = 1_000 * USDC


def test_a_closed_form_takes_no_iterations() -> None:
    """An LMSR's price and an exact number of shares in a binary pm-AMM are computed at once."""
    (cost, *_), work = counted(lambda: lmsr.cost_ceil(SCALE, 693 * USDC, USDC))

    assert (cost > 0, work) == (True, Work())
    assert counted(lambda: pmamm.cost_ceil(SCALE, 398 * USDC, 398 * USDC, USDC))[1] == Work()


def test_newtons_iterations_are_counted() -> None:
    """For an amount of money: a few, and more for a large one than none at all."""
    for spend in (USDC, 100 * USDC, 5_000 * USDC):
        work = counted(lambda spend=spend: pmamm.shares_for_spend_floor(SCALE, 398_943_000, 398_943_000, spend))[1]
        assert 1 <= work.iterations <= 8
        assert work.nodes == 0


def test_counting_leaves_nothing_behind() -> None:
    """Another profiling function is back afterwards, even when the computation fails."""

    def mine(*_arguments: object) -> None:
        """Nothing."""

    before = sys.getprofile()
    sys.setprofile(mine)
    try:
        with pytest.raises(ZeroDivisionError):
            counted(lambda: 1 // 0)
        found = sys.getprofile()
    finally:
        sys.setprofile(before)
    assert found is mine
