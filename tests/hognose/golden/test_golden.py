"""What the compiler makes of a few small programs, kept to be read as a difference when it changes.

`pytest tests/hognose/golden --update-golden` rewrites the files of `expected`.
"""

from __future__ import annotations

import linecache
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from hognose.back.linemap import read_linemap
from hognose.build import build
from hognose.front.main import type_program
from hognose.ir.printer import print_module
from hognose.lang import Program
from hognose.tools.disassemble import disassemble

SAMPLES = ("arithmetic", "control", "counter", "records")
EXPECTED = Path(__file__).parent / "expected"


def program_of(name: str) -> Program:
    """A sample's program."""
    return import_module(f"tests.hognose.golden.samples.{name}").PROGRAM


def agree(name: str, text: str, update: bool) -> None:
    """Compare with the golden file, or rewrite it."""
    path = EXPECTED / name
    if update:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name} changed; review it with --update-golden"


def source_line(file: str, line: int) -> str | None:
    """A line of source, for the comments of the disassembly."""
    return linecache.getline(file, line).strip() or None


@pytest.fixture(autouse=True)
def at_the_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Places are named relative to the working directory."""
    monkeypatch.chdir(root)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_typed_tree_is_the_golden_one(name: str, update_golden: bool) -> None:
    """The typed tree of a sample, printed, has not changed."""
    agree(f"{name}.ir", print_module(type_program(program_of(name))), update_golden)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_bytecode_is_the_golden_one(name: str, update_golden: bool) -> None:
    """The bytecode of a sample, disassembled between its source lines, has not changed."""
    built = build(program_of(name), cache=False)
    agree(f"{name}.asm", disassemble(built.executable, read_linemap(built.objects), source_line), update_golden)


def test_the_same_source_gives_the_same_bytes(root: Path) -> None:
    """Fresh processes with different hash seeds build the same executable and the same map."""
    script = (
        "import hashlib, json\n"
        "from hognose.build import build\n"
        "from tests.hognose.golden.samples.records import PROGRAM\n"
        "built = build(PROGRAM, cache=False)\n"
        "print(built.sha256, hashlib.sha256(json.dumps(built.map).encode()).hexdigest())\n"
    )
    path = os.pathsep.join([str(root / "src"), str(root)])
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script], cwd=root, check=True, capture_output=True, text=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path},
        ).stdout
        for seed in ("0", "1", "4242")
    }  # fmt: skip
    assert len(outputs) == 1
