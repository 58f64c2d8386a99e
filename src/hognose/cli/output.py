"""What commands print: text for people, or one JSON document on standard output."""

from __future__ import annotations

import json
import sys
from typing import Any

from hognose.errors import CodeError, Diagnostic


def print_json(document: dict[str, Any]) -> None:
    """The command's one document."""
    print(json.dumps(document, indent=2, ensure_ascii=False))


def print_error(message: str) -> None:
    """A line on standard error."""
    print(message, file=sys.stderr)


def report_diagnostics(diagnostics: list[Diagnostic], *, as_json: bool) -> None:
    """Every broken rule, and how many there are."""
    if as_json:
        print_json({"ok": False, "diagnostics": [d.to_json() for d in diagnostics]})
        return
    print_error("\n\n".join(d.render() for d in diagnostics))
    print_error(f"\n{counted(len(diagnostics), 'error')}")


def report_failure(error: Exception, *, kind: str, as_json: bool) -> None:
    """A failure that is no diagnostic; `kind` is what a program reading the JSON tells it by."""
    if isinstance(error, CodeError):
        report_diagnostics(error.diagnostics, as_json=as_json)
    elif as_json:
        print_json({"ok": False, "error": {"kind": kind, "message": str(error)}})
    else:
        print_error(f"hognose: {kind} error: {error}" if kind == "internal" else f"hognose: {error}")


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
