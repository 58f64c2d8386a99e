"""The translation into z3's terms agrees with CPython, on numbers and on unknowns that can only be these numbers."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from hognose.lang.traps import Trap
from hognose.proof.question import Question, Verdict
from hognose.testing.checked import Checked
from quatrain.core import correlation, coverage, fee, fixed, leverage, lmsr, newton, odds, pmamm, root, water_line
from tests.proofs.statement import library
from tests.proofs.survey import name_of

ROUNDS = 12
PURE: tuple[Callable[..., Any], ...] = (
    correlation.with_newcomer_ceil, coverage.coverage_floor, coverage.recovery_level, coverage.tail_interest_ceil, fee.fee_ceil,
    fee.split, fee.surcharges, fee.trade_rate, leverage.cap_at, leverage.hourly_rate, leverage.interest_ceil,
    leverage.is_within, leverage.kept_interest, leverage.vault_cap, leverage.volatility_factor, leverage.with_factors,
    water_line.height_ceil, water_line.owed_ceil,
)  # fmt: skip
TABLED: tuple[Callable[..., Any], ...] = (
    correlation.root_ceil, fixed.divide, fixed.exp_neg, fixed.ln1p, fixed.one_minus_exp_scaled, lmsr.cost_ceil, lmsr.proceeds_floor,
    lmsr.shares_for_spend_floor, newton.descend, odds.of_logarithm, odds.of_quantile, pmamm.cost_ceil, pmamm.shares_for_spend_floor,
    root.root_floor, water_line.reserve_at_floor, water_line.rung_for,
)  # fmt: skip


def numbers(function: Callable[..., Any], choice: random.Random) -> list[int]:
    """Arguments of all sizes, each of its parameter's type."""
    found: list[int] = []
    for _, kind in library().typed(function).parameters:
        if not hasattr(kind, "bits"):
            found.append(choice.random() < 0.5)
            continue
        value = choice.getrandbits(choice.randrange(1, min(kind.bits, 60)))
        found.append(-value if kind.signed and choice.random() < 0.5 else value)
    return found


def in_cpython(function: Callable[..., Any], arguments: list[int]) -> tuple[int, ...] | None:
    """The results of the checked interpreter, or None where it aborts."""
    try:
        found = Checked([function]).call(function, *arguments)
    except Trap:
        return None
    return found if isinstance(found, tuple) else (found,)


@pytest.mark.parametrize("function", [*PURE, *TABLED], ids=name_of)
def test_numbers_give_the_same(function: Callable[..., Any]) -> None:
    """With numbers for arguments, results are numbers, CPython's; where it aborts, a check is false."""
    choice = random.Random(function.__name__)
    for _ in range(ROUNDS):
        arguments = numbers(function, choice)
        expected = in_cpython(function, arguments)
        question = Question(library())
        results = question.call(function, *arguments)
        held = all(question.hypotheses)
        assert held == (expected is not None)
        if expected is not None:
            assert tuple(results if isinstance(results, list) else [results]) == expected


@pytest.mark.parametrize("function", PURE, ids=name_of)
def test_unknowns_that_are_numbers_give_the_same(function: Callable[..., Any]) -> None:
    """With unknowns that equal these numbers, z3 proves the results CPython's; where it aborts, nothing is left."""
    choice = random.Random(function.__name__)
    for _ in range(ROUNDS // 3):
        arguments = numbers(function, choice)
        expected = in_cpython(function, arguments)
        question = Question(library())
        unknown = question.inputs(function)
        question.assume(*(name == value for name, value in zip(unknown, arguments, strict=True)))
        results = question.call(function, *unknown)
        if expected is None:
            assert not question.possible()
            continue
        assert question.possible()
        for found, value in zip(results if isinstance(results, list) else [results], expected, strict=True):
            question.show(found == value)
        assert question.answer().verdict is Verdict.PROVED
