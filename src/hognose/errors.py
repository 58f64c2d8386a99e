"""What can go wrong in hognose.

HognoseError
├── CodeError         the user's source; carries every diagnostic found (exit code 1)
├── ConfigurationError the user's command: no such module, no PROGRAM in it (exit code 1)
└── InternalError     a defect of the compiler (exit code 2)
    └── BackendError  LLVM refused what the compiler generated
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a source file; lines from 1, columns from 0 as in `ast`."""

    path: str
    line: int
    column: int
    end_column: int


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One rule broken: where, what was found, and what to write instead."""

    location: Location
    message: str
    hint: str

    def render(self) -> str:
        """`file:line:col`, the source line, a caret, the hint."""
        where = self.location
        text = _source_line(where.path, where.line)
        width = max(1, where.end_column - where.column)
        head = f"{where.path}:{where.line}:{where.column + 1}: {self.message}"
        lines = [head, f"    {text}", f"    {' ' * where.column}{'^' * width}"]
        return "\n".join([*lines, f"    {self.hint}"] if self.hint else lines)

    def to_json(self) -> dict[str, Any]:
        """A flat record for editors; the column counts from 1."""
        record = asdict(self.location)
        return record | {"column": record["column"] + 1, "message": self.message, "hint": self.hint}


@lru_cache(maxsize=64)
def _source_lines(path: str) -> tuple[str, ...]:
    return tuple(Path(path).read_text(encoding="utf-8").splitlines())


def _source_line(path: str, line: int) -> str:
    try:
        return _source_lines(path)[line - 1]
    except (OSError, IndexError):
        return ""


class HognoseError(Exception):
    """Anything that hognose raises on purpose."""


class CodeError(HognoseError):
    """The source breaks rules of the language: all of them, sorted by place."""

    def __init__(self, diagnostics: list[Diagnostic]):
        self.diagnostics = sorted(set(diagnostics))
        super().__init__("\n".join(d.render() for d in self.diagnostics))


class ConfigurationError(HognoseError):
    """The command names something that is not there."""


class InternalError(HognoseError):
    """A defect of the compiler; please report it with the source."""


class BackendError(InternalError):
    """LLVM's back end refused generated code; `function` is the one being compiled, where LLVM names it."""

    def __init__(self, message: str, function: str | None = None):
        super().__init__(message if function is None else f"{message} (in function {function})")
        self.message = message
        self.function = function
