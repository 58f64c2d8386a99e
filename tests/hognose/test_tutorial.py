"""The tutorial works: its files are written, its commands run, and what it shows is what comes out."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

FENCE = re.compile(r"^```(?P<kind>\w+)[ \t]*(?P<detail>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"[0-9a-f]{64}|\d[\d,.]*")
OWN_NUMBERS = "with numbers of your own"
TUTORIAL = "docs/tutorials/first-program.md"


@dataclass(frozen=True)
class Block:
    """A fenced block: `python NAME` is a file, `sh` commands (with `exit=1`: that fail), `text` what they print,
    perhaps with other numbers."""

    kind: str
    detail: str
    body: str


def blocks(path: Path) -> list[Block]:
    """The blocks of a page, in order."""
    return [Block(**match.groupdict()) for match in FENCE.finditer(path.read_text(encoding="utf-8"))]


def follow(page: list[Block], run: Runner) -> Iterator[tuple[Block, str]]:
    """Do what a page says; each shown output, and what was printed."""
    printed = ""
    for block in page:
        match block.kind:
            case "python":
                (run.directory / block.detail).write_text(block.body, encoding="utf-8")
            case "sh":
                printed = run(block.body, expected_exit=int(block.detail.removeprefix("exit=") or 0))
            case "text":
                yield block, printed
            case _:
                pytest.fail(f"a block of the kind {block.kind!r} would not be tested")


class Runner:
    """A shell in a directory of its own, with `hognose`, `pytest` and `python` of this environment."""

    def __init__(self, directory: Path, root: Path) -> None:
        self.directory = directory
        tools = directory / ".tools"
        tools.mkdir()
        for name, module in {"hognose": "-m hognose", "pytest": "-m pytest", "python": ""}.items():
            tool = tools / name
            tool.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {module} "$@"\n')
            tool.chmod(0o755)
        self.environment = {
            "PATH": f"{tools}:/usr/bin:/bin",
            "PYTHONPATH": str(root / "src"),
            "HOME": str(directory),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def __call__(self, commands: str, *, expected_exit: int) -> str:
        """Run commands; what they printed, errors included."""
        done = subprocess.run(
            ["/bin/sh", "-eu"],
            input=commands,
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == expected_exit, f"$ {commands}{done.stdout}"
        return done.stdout


def agrees(shown: Block, printed: str) -> bool:
    """Whether the page shows what came out."""
    if shown.detail == OWN_NUMBERS:
        return without_numbers(shown.body) == without_numbers(printed)
    return shown.body.strip() == printed.strip()


def without_numbers(text: str) -> str:
    """A text in which numbers and hashes, and the room that they take, do not matter."""
    return " ".join(NUMBER.sub("#", text).split())


def test_tutorial_runs_as_written(tmp_path: Path, root: Path) -> None:
    """A newcomer who does what the page says sees what the page shows."""
    for shown, printed in follow(blocks(root / TUTORIAL), Runner(tmp_path, root)):
        assert agrees(shown, printed), f"the page shows\n{shown.body}\nbut the command printed\n{printed}"


def test_every_shown_command_has_its_output(root: Path) -> None:
    """Each output on the page follows the command that printed it."""
    kinds = [block.kind for block in blocks(root / TUTORIAL)]
    assert "sh" in kinds
    for before, kind in zip(["", *kinds], kinds, strict=False):
        assert kind != "text" or before == "sh"


def test_difference_is_noticed() -> None:
    """A shown text differs where another came out; numbers may only where the page says so."""
    exact, loose = Block("text", "", "7 CU in 3.5 s\n"), Block("text", OWN_NUMBERS, "7 CU in 3.5 s\n")
    assert agrees(exact, "7 CU in 3.5 s")
    assert not agrees(exact, "8 CU in 3.5 s")
    assert agrees(loose, "1,234   CU in 0.1 s")
    assert not agrees(loose, "7 units in 3.5 s")
