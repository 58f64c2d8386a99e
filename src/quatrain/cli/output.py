"""How a command answers: tables for people, one JSON value for scripts; errors as one block on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from attrs import define, field
from rich.console import Console
from rich.table import Table
from rich.text import Text


def _console() -> Console:
    return Console(highlight=False, soft_wrap=False)


def _error_console() -> Console:
    return Console(stderr=True, highlight=False)


@define
class Output:
    """Where a command writes. Notes go to standard error, so that standard output is the answer alone."""

    json: bool = False
    console: Console = field(factory=_console)
    notes: Console = field(factory=_error_console)

    def note(self, text: str) -> None:
        """A remark about what happens on the way; silent in JSON."""
        if not self.json:
            self.notes.print(Text(text, style="dim"))

    def result(self, value: Any, *shown: Any) -> None:
        """The command's answer: `value` in JSON, the rest for people."""
        if self.json:
            print(json.dumps(value, ensure_ascii=False, indent=2))
            return
        for one in shown:
            self.console.print(one if not isinstance(one, str) else Text(one))


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> Table:
    """A table whose columns `right` are numbers."""
    made = Table(title=Text(title, style="bold") if title else None, title_justify="left", box=None, pad_edge=False)
    for index, name in enumerate(columns):
        is_number = index in right
        made.add_column(
            Text(name, style="dim"), justify="right" if is_number else "left", no_wrap=is_number, overflow="fold"
        )
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return made


def facts(title: str, pairs: Sequence[tuple[str, str]]) -> Table:
    """Names and values below a title."""
    made = Table(title=Text(title, style="bold"), title_justify="left", box=None, show_header=False, pad_edge=False)
    made.add_column(style="dim", no_wrap=True)
    made.add_column()
    for name, value in pairs:
        made.add_row(Text(name), Text(value))
    return made


def print_failure(error: Any, *, as_json: bool) -> None:
    """One block: what happened, its code, what to do."""
    if as_json:
        record: dict[str, Any] = {"code": error.code, "message": error.message}
        if error.advice:
            record["advice"] = error.advice
        for name in ("number", "program", "signature", "location"):
            if getattr(error, name, None):
                record[name] = getattr(error, name)
        print(json.dumps({"error": record}, ensure_ascii=False, indent=2), file=sys.stderr)
        return
    console = _error_console()
    text = Text.assemble(("error", "bold red"), f": {error.message}")
    number = getattr(error, "number", None)
    text.append(f"\n  code: {error.code}{f' ({number})' if number is not None else ''}", style="dim")
    if getattr(error, "signature", ""):
        text.append(f"\n  transaction: {error.signature}", style="dim")
    if error.advice:
        text.append(f"\n  {error.advice}")
    console.print(text)


__all__ = ["Output", "facts", "print_failure", "table"]
