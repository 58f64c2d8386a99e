"""The cache of compiled units: nothing stale is ever linked."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from hognose.lang import *
{imports}

class Error(ErrorCode):
    UNUSED = 6000, "unused"

@struct
class Answer:
    value: u64

@accounts
class Nothing:
    anybody: Account = raw()

@instruction
def answer(accounts: Nothing) -> None:
    set_return_data(Answer(value=number()))

PROGRAM = Program(name="p", version="1", address=Pubkey(bytes(31) + b"p"), instructions=(answer,), errors=Error)
"""
HELPER = "from hognose.lang import u64\n\ndef number() -> u64:\n    return {value}\n"
BUILD = "from hognose.build import build\nfrom main.program import PROGRAM\nprint(build(PROGRAM).sha256)"


def digest(root: Path) -> str:
    """Build in a fresh process, with a cache of its own."""
    environment = {"PYTHONPATH": f"{root}:{Path(__file__).parents[2] / 'src'}", "HOGNOSE_CACHE": str(root / "cache")}
    run = subprocess.run(
        [sys.executable, "-c", BUILD], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


@pytest.mark.parametrize(
    ("place", "imports"), [("main", "from main.helper import number"), ("other", "from other.helper import number")]
)
def test_an_edit_of_what_an_instruction_reaches_is_built(tmp_path: Path, place: str, imports: str) -> None:
    """Whether the edited function lies in the program's package or in another one."""
    for package in {"main", place}:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text('"""A package."""\n')
    (tmp_path / "main" / "program.py").write_text(PROGRAM.format(imports=imports))
    helper = tmp_path / place / "helper.py"
    helper.write_text(HELPER.format(value=1))
    first = digest(tmp_path)

    helper.write_text(HELPER.format(value=2))
    second = digest(tmp_path)
    helper.write_text(HELPER.format(value=1))

    assert first != second
    assert digest(tmp_path) == first
