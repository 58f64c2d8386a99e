"""The reference pages say what the program does: errors are generated, instructions are all described."""

from __future__ import annotations

from pathlib import Path

from quatrain.program import entrypoint
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.errors import QuatrainError

HEADER = """# Errors of the program

60xx who may, and when · 61xx money · 62xx trading · 63xx a market's life · 64xx the vault · 65xx accounts. Codes never change
their meaning. Account checks use Anchor's codes ([language.md](language.md)). Written by
`pytest tests/program/test_reference.py --update-golden` from `src/quatrain/program/errors.py`.

| code | name | says |
|---:|---|---|
"""


def test_the_page_of_errors_is_the_enumeration(root: Path, update_golden: bool) -> None:
    """Each with its code and message."""
    text = HEADER + "".join(f"| {e.code} | `{e.name}` | {e.message} |\n" for e in QuatrainError)
    page = root / "docs" / "reference" / "errors.md"
    if update_golden:
        page.write_text(text, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == text


def test_every_instruction_is_described(root: Path) -> None:
    """In the page about the program."""
    text = (root / "docs" / "reference" / "program.md").read_text(encoding="utf-8")
    assert [d.name for d in PROGRAM.declarations if f"`{d.name}`" not in text] == []


def test_every_error_can_happen() -> None:
    """An error that no source raises is a promise that nothing keeps."""
    paths = [path for path in Path(entrypoint.__file__).parent.glob("*.py") if path.stem != "errors"]
    sources = [path.read_text(encoding="utf-8") for path in paths]
    assert [e.name for e in QuatrainError if not any(f"QuatrainError.{e.name}" in s for s in sources)] == []


def test_every_error_is_provoked(root: Path) -> None:
    """By some test of the program's behaviour."""
    tests = [p.read_text(encoding="utf-8") for p in (root / "tests" / "svm").glob("*.py")]
    tests += [p.read_text(encoding="utf-8") for p in (root / "tests" / "program").glob("*.py")]
    assert [e.name for e in QuatrainError if not any(f"QuatrainError.{e.name}" in t for t in tests)] == []
