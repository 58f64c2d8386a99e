"""No instruction is left out of what the statements, taken together, say of every sequence of them."""

import pytest

from quatrain.program.entrypoint import PROGRAM
from tests.proofs.statement import all_statements, typed
from tests.proofs.steps import STEPS, typed_instruction, watched_writes


def test_every_instruction_that_moves_a_line_a_level_or_a_debt_has_its_statements() -> None:
    """By the fields that the typed trees write; the others of the program write none of them."""
    assert {one.name for one in PROGRAM.declarations if watched_writes(one.name)} == set(STEPS)


@pytest.mark.parametrize("name", STEPS)
def test_statements_are_about_their_instruction(name: str) -> None:
    """Each is of an invariant, and of a function that the instruction is or calls."""
    called = {function.name for function in typed_instruction(name).reachable()}
    for each in STEPS[name]:
        statement = all_statements()[each]
        assert statement.claim.startswith("†"), each
        assert called & {typed(statement, function).name for function in statement.functions}, each
