"""What a failed transaction means.

The runtime reports `InstructionError(index, Custom(code))` and logs. The program that failed is the one whose
`failed` line comes first, for inner calls report before their callers. Its code then is ours (from 6000), one of
Anchor's account checks, a trap with a place in the build's map, or another program's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from hognose.lang.traps import ErrorCode, split_trap_code
from quatrain.client.codes import ACCOUNT_CHECKS, FOREIGN, INSTRUCTION_ADVICE, RUNTIME_ADVICE
from quatrain.client.errors import (
    AccountCheckError,
    ForeignProgramError,
    ProgramError,
    RuntimeFailure,
    TransactionError,
    TrapError,
)

Sites: TypeAlias = Callable[[int], str | None]
"""From a trap's site to `file:line:column`."""

_FAILED: Final = re.compile(r"Program (?P<program>\w+) failed: (?P<reason>.*)")


def snake_case(name: str) -> str:
    """`AccountNotSigner` as `account_not_signer`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def split_message(message: str) -> tuple[str, str]:
    """A program error's message as what happened (its first sentence, without the full stop) and what to do."""
    what, separator, advice = message.partition(". ")
    return (what, advice) if separator else (message.removesuffix("."), "")


def failing_program(logs: Sequence[str]) -> str:
    """The program that failed first, or '' when the logs do not say."""
    for line in logs:
        if match := _FAILED.fullmatch(line):
            return match["program"]
    return ""


class Explainer:
    """Turns failures into errors, for one program with its error enumeration and, if at hand, its build's map."""

    def __init__(self, program: str, errors: type[ErrorCode], sites: Sites | None = None):
        self._program = program
        self._enumeration = errors
        self._errors = {member.code: member for member in errors}
        self._sites = sites

    def with_sites(self, sites: Sites) -> Explainer:
        """The same with another build's map."""
        return Explainer(self._program, self._enumeration, sites)

    def explain(self, error: Any, logs: Sequence[str] = (), *, signature: str = "", units: int = 0) -> TransactionError:
        """The error for a runtime error object of solders, with its code, message and advice."""
        where: dict[str, Any] = {"logs": logs, "signature": signature, "units": units}
        index, inner = getattr(error, "index", None), getattr(error, "err", None)
        if inner is None or index is None:
            return _runtime_failure(error, where)
        where |= {"instruction_index": index, "program": failing_program(logs)}
        code = getattr(inner, "code", None)
        if code is None:
            return _instruction_failure(inner, where)
        return self._custom(int(code), where)

    def _custom(self, code: int, where: dict[str, Any]) -> TransactionError:
        where["number"] = code
        if where["program"] not in ("", self._program):
            return _foreign(code, where)
        if member := self._errors.get(code):
            what, advice = split_message(member.message)
            return ProgramError(what, code=member.name.lower(), advice=advice, **where)
        if check := ACCOUNT_CHECKS.get(code):
            return AccountCheckError(check.message, code=snake_case(check.name), **where)
        if trap := split_trap_code(code):
            return self._trap(*trap, where)
        return TransactionError(f"the program failed with the unknown code {code}", code="unknown_code", **where)

    def _trap(self, kind: Any, site: int, where: dict[str, Any]) -> TrapError:
        location = (self._sites(site) if self._sites else None) or ""
        name = kind.name.lower()
        at = f" at {location}" if location else f" at site {site} of the build's map"
        error = TrapError(f"{name.replace('_', ' ')} in the program{at}", code=f"trap_{name}", **where)
        error.location = location
        return error


def _foreign(code: int, where: dict[str, Any]) -> TransactionError:
    known = FOREIGN.get(where["program"])
    if known is None:
        program = where["program"]
        return ForeignProgramError(f"{program} failed with its code {code}", code="other_program_failed", **where)
    meaning = known.codes.get(code)
    if meaning is None:
        return ForeignProgramError(
            f"the {known.name} failed with its code {code}", code=f"{known.prefix}_error_{code}", **where
        )
    return ForeignProgramError(
        f"the {known.name} refused: {meaning.message}",
        code=f"{known.prefix}_{meaning.name}",
        advice=meaning.advice,
        **where,
    )


def _instruction_failure(inner: Any, where: dict[str, Any]) -> TransactionError:
    """An instruction's failure without a custom code: missing signature, budget, privilege."""
    name = _variant(inner)
    message, advice = INSTRUCTION_ADVICE.get(name, ("", ""))
    return RuntimeFailure(
        message or f"the runtime stopped the instruction: {_words(name)}", code=snake_case(name), advice=advice, **where
    )


def _runtime_failure(error: Any, where: dict[str, Any]) -> TransactionError:
    name = _variant(error)
    message, advice = RUNTIME_ADVICE.get(name, ("", ""))
    return RuntimeFailure(
        message or f"the cluster refused the transaction: {_words(name)}", code=snake_case(name), advice=advice, **where
    )


def _variant(error: Any) -> str:
    """The name of a solders error: of an enumeration its member, otherwise what its class adds to the prefix."""
    text = str(error)
    if text.count(".") == 1 and " " not in text:
        return text.rpartition(".")[2]
    return re.sub(r"^(TransactionError|InstructionError)", "", type(error).__name__)


def _words(name: str) -> str:
    return snake_case(name).replace("_", " ")


__all__ = ["Explainer", "Sites", "failing_program", "snake_case", "split_message"]
