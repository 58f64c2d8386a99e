"""Every statement is proved of the functions that ship, and refuted of a broken variant of them."""

from typing import Any

import pytest

from hognose.proof.question import Verdict
from tests.proofs import survey
from tests.proofs.page import PAGE, page
from tests.proofs.statement import all_statements, answered, asked, variants_of

NAMES = tuple(all_statements())


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_holds(name: str) -> None:
    """Z3 finds no inputs within the bounds that break it, and has hypotheses that something fulfils."""
    statement = all_statements()[name]
    answer = answered(statement)
    assert answer.verdict is Verdict.PROVED, answer.goal
    assert asked(statement).possible()


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_variant_is_caught(name: str) -> None:
    """The variant that a statement names is refuted: its proof can fail."""
    statement = all_statements()[name]
    function, variant = statement.broken
    answer = answered(statement, variants_of(name, function)[variant])
    assert answer.verdict is Verdict.REFUTED
    assert answer.model is not None


@pytest.mark.parametrize("function", survey.QUICK, ids=survey.name_of)
def test_variants_are_caught(function: Any) -> None:
    """Of all variants of a function some statement refutes each, but for those on the list of survivors."""
    assert survey.survivors_of(function) == survey.listed(function)


@pytest.mark.nightly
@pytest.mark.parametrize("function", survey.SLOW, ids=survey.name_of)
def test_variants_of_larger_functions_are_caught(function: Any) -> None:
    """The same of the functions whose variants take longer."""
    assert survey.survivors_of(function) == survey.listed(function)


def test_the_list_of_survivors_has_no_other_function() -> None:
    """Nothing on the list is of a function that no statement is about."""
    assert survey.all_listed() <= {survey.name_of(function) for function in survey.FUNCTIONS}


def test_the_page_is_made_of_the_statements() -> None:
    """`docs/reference/proofs.md` is what `python -m tests.proofs.page` writes."""
    assert PAGE.read_text(encoding="utf-8") == page()
