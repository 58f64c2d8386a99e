"""What each instruction costs, exactly: a change of a single unit is a change to review."""

from __future__ import annotations

from pathlib import Path

import pytest

from hognose.build import Build
from quatrain.program.entrypoint import PROGRAM
from tests.svm.canonical import SCENES, VARIANTS
from tests.svm.stage import Stage

GOLDEN = Path(__file__).parent.parent / "golden" / "compute_units.md"
HEADER = """# Compute units of every instruction

What the program consumes, account checks, event, and calls of the token and system programs included, in the scenes of
`tests/svm/canonical.py`. Written by `pytest tests/svm/test_compute_units.py --update-golden`.

| instruction | compute units |
|---|---:|
"""
LIMITS = {
    "buy": 3_000, "buy_for": 3_000, "sell": 3_000, "sell_for": 3_000, "buy, 64 outcomes": 4_000, "deposit": 3_500,
    "settle_position": 2_500, "batch, 8 legs": 25_000, "buy, pm-AMM": 6_000, "sell, pm-AMM": 6_000,
    "buy_for, pm-AMM": 9_000, "sell_for, pm-AMM": 9_000, "buy, pm-AMM of 3": 20_000, "sell, pm-AMM of 3": 20_000,
    "buy, pm-AMM of 8": 40_000, "sell, pm-AMM of 8": 40_000, "buy, pm-AMM of 8, 100 segments": 100_000,
    "sell, pm-AMM of 8, 100 segments": 100_000, "buy, pm-AMM of 64": 400_000, "buy_for, pm-AMM of 64": 400_000,
    "batch, 8 legs by shares, pm-AMM of 8": 180_000, "trade_distribution": 15_000,
    "trade_distribution, both points": 15_000, "trade_distribution, a second step": 15_000,
    "trade_distribution, unwound": 15_000, "trade_distribution, wider": 15_000, "sell, pm-AMM of 64": 400_000, "sell_for, pm-AMM of 64": 400_000,
}  # fmt: skip
"""What was promised."""


@pytest.fixture(scope="module")
def measured(program: Build) -> dict[str, int]:
    """Compute units by scene, each on its own chain."""
    found: dict[str, int] = {}
    for name, scene in (SCENES | VARIANTS).items():
        stage = Stage(program.elf)
        found[name] = stage.send(scene(stage)).compute_units
    return found


def test_every_instruction_has_a_scene() -> None:
    """A new instruction enters the table of costs and the matrix of refusals by having one."""
    assert list(SCENES) == [declaration.name for declaration in PROGRAM.declarations]


def test_costs_are_those_of_the_golden_table(measured: dict[str, int], update_golden: bool) -> None:
    """Exactly; the table is updated on request and reviewed as a difference."""
    text = HEADER + "".join(f"| {name} | {units:,} |\n" for name, units in measured.items())
    if update_golden:
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LIMITS)
def test_costs_are_within_what_was_promised(measured: dict[str, int], name: str) -> None:
    """Trades of any size, deposits with their transfer, and settlement."""
    assert measured[name] <= LIMITS[name]
