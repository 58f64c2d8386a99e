"""Every rule of the language, by sources that break it.

A file of `cases` is a module whose lines say what is wrong with them: `# E 9: message`, the column from 1; several
follow one another. `pytest tests/hognose/front --update-golden` rewrites these comments.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any

import pytest

import hognose.front
from hognose.errors import CodeError, Diagnostic, Location
from hognose.front.main import check, type_functions
from tests.hognose.golden.samples.counter import PROGRAM

CASES = sorted((Path(__file__).parent / "cases").glob("*.case"))
FRONT = Path(hognose.front.__file__).parent
# file:message → why no source of `cases` can break this rule
UNREACHABLE = {
    "statements.py:outside a loop": "CPython's own parser refuses the module",
}
EXPECTATION = re.compile(r"  # E \d+: .*$")


def diagnostics_of(path: Path) -> list[Diagnostic]:
    """Everything that the compiler says about a module's functions."""
    name = f"case_{path.stem}"
    loader = SourceFileLoader(name, str(path))
    spec = spec_from_loader(name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    functions = [f for f in vars(module).values() if isinstance(f, FunctionType) and f.__module__ == name]
    try:
        type_functions(functions)
    except CodeError as error:
        return error.diagnostics
    return []


def annotated(text: str, found: list[Diagnostic], name: str) -> str:
    """The source with what was found written behind its lines."""
    lines = [EXPECTATION.sub("", line) for line in text.splitlines()]
    for diagnostic in found:
        if Path(diagnostic.location.path).name == name:
            lines[diagnostic.location.line - 1] += f"  # E {diagnostic.location.column + 1}: {diagnostic.message}"
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_each_broken_rule_is_reported_where_it_is_broken(
    path: Path, update_golden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All errors of a file are found in one run, each at its line and column, and there is no other."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    text = path.read_text(encoding="utf-8")
    found = annotated(text, diagnostics_of(path), path.name)
    if update_golden:
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_a_diagnostic_reads_as_place_line_caret_and_hint(tmp_path: Path) -> None:
    """A rendered diagnostic shows file:line:column, the source line, a caret under what is wrong, and what to write."""
    path = tmp_path / "shown.case"
    path.write_text("from hognose.lang import u64\n\ndef f(a: u64) -> u64:\n    return a + -a * 2\n")
    (found,) = diagnostics_of(path)
    assert found.render().splitlines() == [
        f"{path}:4:16: `-` of u64 would be negative",
        "        return a + -a * 2",
        "                   ^^",
        "    Convert to a signed type first: `-i64(x)`.",
    ]
    assert found.to_json() == {
        "path": str(path), "line": 4, "column": 16, "end_column": 17,
        "message": "`-` of u64 would be negative", "hint": "Convert to a signed type first: `-i64(x)`.",
    }  # fmt: skip


def test_a_sound_program_has_no_diagnostics() -> None:
    """Checking a program that compiles finds nothing."""
    assert check(PROGRAM) == []


def test_a_function_that_is_not_in_a_file_is_refused() -> None:
    """A function without a definition at the top of a file is refused with a diagnostic, not a traceback."""
    with pytest.raises(CodeError, match="not a module-level function"):
        type_functions([eval("lambda x: x")])


def test_diagnostics_are_sorted_and_unique() -> None:
    """The same finding, made on two paths, is reported once; the order is that of the source."""
    later, earlier = (Diagnostic(Location("a.py", line, 0, 1), "wrong", "") for line in (2, 1))
    assert CodeError([later, earlier, later]).diagnostics == [earlier, later]


def error_calls(path: Path) -> dict[str, range]:
    """Every place of a module that records a diagnostic: its message as written, and its lines."""
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "error"
    ]
    found: dict[str, range] = {}
    for node in sorted(calls, key=lambda node: node.lineno):
        if len(node.args) > 1 and not isinstance(node.args[1], ast.Name):
            key = f"{path.name}:{ast.unparse(node.args[1]).strip(chr(39))}"
            same = sum(other.split("#")[0] == key for other in found)
            found[f"{key}#{same + 1}" if same else key] = range(node.lineno, (node.end_lineno or 0) + 1)
    return found


def lines_run(action: Callable[[], object]) -> set[tuple[str, int]]:
    """The lines of the front end that an action executes."""
    found: set[tuple[str, int]] = set()

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(str(FRONT)):
            return None
        if event == "line":
            found.add((Path(frame.f_code.co_filename).name, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return found


def test_every_rule_has_a_source_that_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No diagnostic of the front end is left without a case, except what no source can bring about."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    executed = lines_run(lambda: [diagnostics_of(path) for path in CASES])
    calls = {key: lines for path in sorted(FRONT.glob("*.py")) for key, lines in error_calls(path).items()}
    missed = {key for key, lines in calls.items() if not any((key.split(":")[0], n) in executed for n in lines)}
    assert len(calls) > 80
    assert missed == set(UNREACHABLE)
