"""Whole lives of markets on synthetic paths: the lender loses nothing where a conventional one does."""

from __future__ import annotations

from pathlib import Path as File

import numpy as np
import pytest

from quatrain.simulation.crash import Life, Outcome, Plan
from quatrain.simulation.lender import lend
from quatrain.simulation.paths import Path, histories, synthetic
from quatrain.simulation.scene import SLOTS_PER_SECOND
from tools.simulate import row_of, table_of

STEPS, SECONDS = 60, 120
WORK_OFF = 600
"""Slots in which a market's loans are worked off; beside the room's 100."""


def life(count: int, normal: bool, fed: bool, seed: int) -> tuple[Path, Outcome]:
    """A short life with some fifty loans."""
    path = synthetic(np.random.default_rng(seed), count, STEPS, SECONDS, f"seed {seed}")
    return path, Life(path, Plan(loans=60, fed=fed, normal=normal), seed).run()


@pytest.mark.parametrize(("count", "normal"), [(2, False), (3, False), (2, True)])
@pytest.mark.parametrize("fed", [True, False])
def test_the_lender_loses_nothing(count: int, normal: bool, fed: bool) -> None:
    """Not a µUSDC, while the maker loses at most its subsidy, and whoever waits is out when loans have ended."""
    total = Outcome()
    for seed in (1, 2):
        _, found = life(count, normal, fed, seed)
        assert found.lost == 0
        assert found.maker_loss <= found.subsidy
        assert found.worked_off <= WORK_OFF
        bound = STEPS * SECONDS * SLOTS_PER_SECOND + WORK_OFF
        assert max([0, *found.exits, *found.sales]) <= bound
        total.add(found)
    assert total.loans > 20
    assert total.slices >= total.liquidated > 0
    assert total.right >= total.liquidated * (0.95 if fed else 0.6)
    assert total.caught >= total.fell * 0.9
    assert "| 0 |" in table_of([row_of("one", total)])


def test_the_conventional_lender_loses_on_a_jump() -> None:
    """From 0.60 to nothing between two quotes: all that was lent; a fall that quotes show costs nothing."""
    jump = Path("jump", np.array([[0.595, 0.405], [0.595, 0.405], [0.0005, 0.9995]]), 60, 1)
    lost = lend(jump, 0, 0, 9, 100.0, 5)
    assert lost.lost == pytest.approx(100)
    assert lost.loss_bp == pytest.approx(10_000)
    slow = Path("slow", np.array([[0.6 - 0.01 * i, 0.4 + 0.01 * i] for i in range(30)]), 60, 1)
    assert lend(slow, 0, 0, 99, 100.0, 5).lost == 0


def test_a_conventional_lender_loses_on_the_synthetic_paths() -> None:
    """Hundreds of basis points, as on real ones."""
    _, found = life(2, False, True, 1)
    _, other = life(2, False, True, 3)
    found.add(other)
    debt = sum(lent.debt for lent in found.conventional.values())
    assert 100 < 10_000 * sum(lent.lost for lent in found.conventional.values()) / debt < 10_000
    assert found.lost == 0


def test_histories_are_read_by_their_quotes(tmp_path: File) -> None:
    """The last quote before each step counts; a market without a winner is left out."""
    rows = [f"a,{60 * i},{o},{p}" for i in range(40) for o, p in ((0, 0.25 + i / 100), (1, 0.75 - i / 100))]
    rows += ["a,2400,0,1", "a,2400,1,0", "b,0,0,0.5", "b,9000,0,0.5"]
    file = tmp_path / "quotes.csv"
    file.write_text("market,time,outcome,price\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (path,) = histories(file, 120)
    assert (path.name, path.steps, path.count, path.winner) == ("a", 20, 2, 0)
    assert path.prices[3] == pytest.approx([0.31, 0.69])
