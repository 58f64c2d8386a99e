"""The mutation survey: every variant of every function that a statement is about, and the list of those that no statement refutes.

`python -m tests.proofs.survey` writes `survivors.json` anew. A survivor changes only what no statement speaks of: a number
that was chosen and not derived, a refusal that another check makes as well, or a rounding within what a bound leaves.
"""

import json
import sys
import time
from collections.abc import Callable
from ctypes import ArgumentError
from functools import cache
from pathlib import Path
from typing import Any

from hognose.proof.question import Verdict
from tests.proofs.statement import all_statements, answered, variants_of

LIST = Path(__file__).with_name("survivors.json")
QUICK_SECONDS = 0.6
"""A function whose survey takes longer is surveyed by night."""

FUNCTIONS: list[Callable[..., Any]] = list(
    dict.fromkeys(function for statement in all_statements().values() for function in statement.functions)
)


def name_of(function: Callable[..., Any]) -> str:
    """A function's module and name."""
    return f"{function.__module__.partition('.')[2]}.{function.__name__}"


@cache
def _list() -> dict[str, dict[str, Any]]:
    return json.loads(LIST.read_text(encoding="utf-8")) if LIST.exists() else {}


def listed(function: Callable[..., Any]) -> list[str]:
    """The variants of a function that are known to survive."""
    return _list().get(name_of(function), {}).get("survivors", [])


def all_listed() -> set[str]:
    """The functions on the list."""
    return set(_list())


def variant_count(function: Callable[..., Any]) -> int:
    """How many variants a function has."""
    return len(variants_of(_about(function)[0], function))


def _about(function: Callable[..., Any]) -> list[str]:
    return [name for name, statement in all_statements().items() if function in statement.functions]


def survivors_of(function: Callable[..., Any]) -> list[str]:
    """The variants of a function that no statement about it refutes."""
    statements = _about(function)
    variants = variants_of(statements[0], function)
    return [variant for variant in variants if not any(_refutes(name, function, variant) for name in statements)]


def _refutes(name: str, function: Callable[..., Any], variant: str) -> bool:
    """Whether a statement refutes a variant. One that cannot be translated, an endless loop for one, is not refuted."""
    try:
        answer = answered(all_statements()[name], variants_of(name, function)[variant])
    except (ArgumentError, RecursionError, TypeError):
        return False
    return answer.verdict is Verdict.REFUTED


def _is_slow(function: Callable[..., Any]) -> bool:
    return _list().get(name_of(function), {}).get("slow", False)


QUICK = [function for function in FUNCTIONS if not _is_slow(function)]
SLOW = [function for function in FUNCTIONS if _is_slow(function)]


def main() -> None:
    """Survey all functions and write the list."""
    found: dict[str, dict[str, Any]] = {}
    for function in FUNCTIONS:
        began = time.process_time()
        survivors = survivors_of(function)
        seconds = time.process_time() - began
        found[name_of(function)] = {"survivors": survivors, "slow": seconds > QUICK_SECONDS}
        sys.stdout.write(f"{name_of(function)}: {len(survivors)} of {variant_count(function)}, {seconds:.1f} s\n")
        sys.stdout.flush()
    LIST.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
