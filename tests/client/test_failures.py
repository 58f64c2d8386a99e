"""Every failure becomes one error with a stable code and, where there is something to do, advice."""

import pytest
from solders.transaction_status import (
    InstructionErrorBorshIO,
    InstructionErrorCustom,
    InstructionErrorFieldless,
    TransactionErrorFieldless,
    TransactionErrorInstructionError,
    TransactionErrorInsufficientFundsForRent,
)

from hognose.lang.traps import TrapKind, trap_code
from quatrain.client import errors
from quatrain.client.codes import ACCOUNT_CHECKS, FOREIGN, INSTRUCTION_ADVICE, RUNTIME_ADVICE
from quatrain.client.failures import Explainer, failing_program, snake_case, split_message
from quatrain.program.entrypoint import PROGRAM

OURS = str(PROGRAM.address)
SYSTEM = "11111111111111111111111111111111"
TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
EXPLAINER = Explainer(OURS, PROGRAM.errors, {3: "quatrain/program/pool.py:5:7"}.get)


def custom(code: int, program: str = OURS) -> errors.TransactionError:
    """The error for a custom code of a program."""
    logs = [f"Program {program} invoke [1]", f"Program {program} failed: custom program error: {code:#x}"]
    return EXPLAINER.explain(
        TransactionErrorInstructionError(2, InstructionErrorCustom(code)), logs, signature="s", units=9
    )


@pytest.mark.parametrize("member", list(PROGRAM.errors), ids=lambda member: member.name)
def test_our_own_errors(member) -> None:
    """Each has its name as code, its number, and its message split into what happened and what to do."""
    error = custom(member.code)

    assert isinstance(error, errors.ProgramError)
    assert (error.code, error.number) == (member.name.lower(), member.code)
    assert f"{error.message}. {error.advice}".strip().removesuffix(".") == member.message.removesuffix(".")
    assert (error.instruction_index, error.signature, error.units, error.program) == (2, "s", 9, OURS)


@pytest.mark.parametrize("code", list(ACCOUNT_CHECKS))
def test_account_checks_have_anchors_names(code: int) -> None:
    """What the declarations check is reported by the names that Anchor gave these codes."""
    error = custom(code)

    assert isinstance(error, errors.AccountCheckError)
    assert error.code == snake_case(ACCOUNT_CHECKS[code].name)


def test_a_trap_names_its_place() -> None:
    """Kind as code, and file, line and column from the build's map; without one, the site."""
    known, unknown = custom(trap_code(TrapKind.OVERFLOW, 3)), custom(trap_code(TrapKind.INDEX, 4))

    assert isinstance(known, errors.TrapError)
    assert (known.code, known.location) == ("trap_overflow", "quatrain/program/pool.py:5:7")
    assert "pool.py:5:7" in known.message
    assert unknown.code == "trap_index"
    assert "site 4" in unknown.message


@pytest.mark.parametrize(
    ("program", "code", "expected"),
    [(SYSTEM, 1, "system_insufficient_lamports"), (TOKEN, 1, "token_insufficient_funds"), (TOKEN, 4, "token_owner_mismatch"),
     (TOKEN, 99, "token_error_99"), ("Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo", 6000, "other_program_failed")],
)  # fmt: skip
def test_other_programs_errors_are_theirs(program: str, code: int, expected: str) -> None:
    """A code of another program is never taken for one of ours, whatever its number."""
    error = custom(code, program)

    assert isinstance(error, errors.ForeignProgramError)
    assert error.code == expected


def test_the_innermost_failure_counts() -> None:
    """When a program that ours called fails, its own line comes first."""
    logs = [
        f"Program {OURS} invoke [1]", f"Program {TOKEN} invoke [2]", f"Program {TOKEN} failed: custom program error: 0x1",
        f"Program {OURS} failed: custom program error: 0x1",
    ]  # fmt: skip

    assert failing_program(logs) == TOKEN
    error = EXPLAINER.explain(TransactionErrorInstructionError(0, InstructionErrorCustom(1)), logs)
    assert error.code == "token_insufficient_funds"


def test_an_unknown_code_is_kept() -> None:
    """Nothing is guessed about a number that nobody knows."""
    assert custom(5_999).code == "unknown_code"
    assert custom(5_999).number == 5_999


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (TransactionErrorFieldless.BlockhashNotFound, "blockhash_not_found"),
        (TransactionErrorFieldless.AlreadyProcessed, "already_processed"),
        (TransactionErrorFieldless.WouldExceedMaxBlockCostLimit, "would_exceed_max_block_cost_limit"),
        (TransactionErrorInsufficientFundsForRent(1), "insufficient_funds_for_rent"),
        (TransactionErrorInstructionError(0, InstructionErrorFieldless.MissingRequiredSignature), "missing_required_signature"),
        (TransactionErrorInstructionError(0, InstructionErrorFieldless.CallDepth), "call_depth"),
    ],
)  # fmt: skip
def test_the_runtimes_own_refusals(given, code: str) -> None:
    """They carry the runtime's name in snake case."""
    error = EXPLAINER.explain(given)

    assert isinstance(error, errors.RuntimeFailure)
    assert error.code == code
    assert error.message


def test_advice_is_about_errors_that_exist() -> None:
    """Every name in the tables is one of the runtime's."""
    instruction = set(dir(InstructionErrorFieldless))
    transaction = set(dir(TransactionErrorFieldless)) | {"InsufficientFundsForRent"}

    assert set(INSTRUCTION_ADVICE) <= instruction
    assert set(RUNTIME_ADVICE) <= transaction
    assert InstructionErrorBorshIO.__name__
    assert all(foreign.codes for foreign in FOREIGN.values())


def test_every_error_is_in_the_tree() -> None:
    """The tree in the module's first lines shows every class, and every class has a code."""
    classes = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.QuatrainError)]

    assert {one.__name__ for one in classes} == set(errors.__all__)
    for one in classes:
        assert one.__name__ in (errors.__doc__ or "")
        assert one.default_code


@pytest.mark.parametrize(
    ("text", "parts"), [("A. B c.", ("A", "B c.")), ("Only this.", ("Only this", "")), ("No stop", ("No stop", ""))]
)
def test_messages_are_split(text: str, parts: tuple[str, str]) -> None:
    """The first sentence is what happened, the rest what to do."""
    assert split_message(text) == parts


@pytest.mark.parametrize(
    ("name", "expected"),
    [("AccountNotSigner", "account_not_signer"), ("InvalidProgramId", "invalid_program_id"), ("BorshIO", "borsh_io")],
)
def test_names_become_codes(name: str, expected: str) -> None:
    """Camel case to snake case, abbreviations kept together."""
    assert snake_case(name) == expected
