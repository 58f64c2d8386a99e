"""Sources and names: where a function's text is, and what a name in it means.

Module level has run in CPython, so a global name simply *is* an object; only function bodies are compiled.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from hognose.errors import CodeError, Diagnostic, Location
from hognose.lang.declare import InstructionDeclaration

MISSING = object()


@lru_cache(maxsize=256)
def _parse(path: str, _stamp: tuple[int, int]) -> ast.Module:
    return ast.parse(Path(path).read_text(encoding="utf-8"), path)


def parse_file(path: str) -> ast.Module:
    """The syntax tree of a file, cached until the file changes."""
    status = Path(path).stat()
    return _parse(path, (status.st_mtime_ns, status.st_size))


def relative_path(path: str) -> str:
    """How diagnostics and maps name a file: relative to the working directory when below it."""
    return _relative(path, str(Path.cwd()))


@lru_cache(maxsize=1024)
def _relative(path: str, folder: str) -> str:
    try:
        return str(Path(path).resolve().relative_to(Path(folder).resolve()))
    except ValueError:
        return path


@dataclass
class Scope:
    """One function's source and what its names mean; collects its diagnostics."""

    function: Any
    node: ast.FunctionDef
    path: str
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Scope:
        """Find the function's definition at the top level of its module."""
        code = getattr(function, "__code__", None)
        path = code.co_filename if code else "<unknown>"
        if code and Path(path).exists():
            for node in parse_file(path).body:
                if isinstance(node, ast.FunctionDef) and node.name == function.__name__:
                    return cls(function, node, path)
        at = Location(relative_path(path), code.co_firstlineno if code else 1, 0, 1)
        name = getattr(function, "__name__", repr(function))
        hint = "Define it with `def` at module level of a source file."
        raise CodeError([Diagnostic(at, f"`{name}` is not a module-level function", hint)])

    def locate(self, node: ast.AST) -> Location:
        """The place of a node, on one line."""
        line = getattr(node, "lineno", self.node.lineno)
        column = getattr(node, "col_offset", 0)
        same_line = getattr(node, "end_lineno", line) == line
        end = getattr(node, "end_col_offset", column + 1) if same_line else column + 1
        return Location(relative_path(self.path), line, column, end)

    def error(self, node: ast.AST, message: str, hint: str = "") -> RejectedError:
        """Record a broken rule; the caller raises the result to skip the statement."""
        self.diagnostics.append(Diagnostic(self.locate(node), message, hint))
        return RejectedError()

    def lookup(self, name: str) -> Any:
        """The object a global name stands for, or MISSING; a name that the function assigns is never global."""
        if name in self.function.__code__.co_varnames:
            return MISSING
        found = self.function.__globals__.get(name, MISSING)
        return getattr(builtins, name, MISSING) if found is MISSING else found

    def evaluate(self, annotation: ast.expr) -> Any:
        """An annotation's run-time object."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = ast.parse(annotation.value, mode="eval").body
        expression = ast.Expression(annotation)
        ast.fix_missing_locations(expression)
        return eval(compile(expression, self.path, "eval"), self.function.__globals__)  # noqa: S307

    def documentation(self) -> str:
        """The function's docstring."""
        return inspect.getdoc(self.function) or ""


def slot_places(declaration: InstructionDeclaration) -> dict[str, Location]:
    """Where each account of an instruction is declared, so that its checks are attributed to it."""
    cls = declaration.accounts_class
    path = inspect.getsourcefile(cls)
    if path is None or not Path(path).exists():
        return {}
    found = next((n for n in parse_file(path).body if isinstance(n, ast.ClassDef) and n.name == cls.__name__), None)
    return {
        node.target.id: Location(relative_path(path), node.lineno, node.col_offset, node.target.end_col_offset or 0)
        for node in (found.body if found else [])
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


class RejectedError(Exception):
    """The statement at hand is wrong; its diagnostic is recorded."""
