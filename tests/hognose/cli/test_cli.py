"""The command line: what each command prints, writes and returns."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hognose.cli import main
from hognose.cli.build import executable_hash
from hognose.cli.entry import COMMANDS, parser
from hognose.errors import InternalError
from hognose.idl import idl_json
from tests.hognose.samples.escrow import PROGRAM

TARGET = "tests.hognose.samples.escrow"


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code of a command and the document that it printed."""
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture(name="source")
def module_source(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """Writes a module under a name that no other test imports, and forgets it afterwards."""
    name = f"sample_{abs(hash(request.node.nodeid)):x}"

    def write(text: str) -> str:
        path = tmp_path / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        return str(path)

    yield write
    sys.modules.pop(name, None)
    sys.path[:] = [entry for entry in sys.path if entry != str(tmp_path)]


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`hognose --help` lists the commands and succeeds."""
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in COMMANDS)
    assert set(COMMANDS) == {"build", "check", "layout", "idl", "disassemble", "profile"}


def test_command_line_starts_without_the_compiler() -> None:
    """Printing help loads neither LLVM nor the chain, so that it is quick."""
    script = "import sys; from hognose.cli import main; main(['--help']); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1]
    assert "'hognose.cli.entry'" in loaded
    assert not any(name in loaded for name in ("'llvmlite", "'numpy", "'rich", "'hognose.back"))


@pytest.mark.parametrize("arguments", [[], ["bogus"], ["check"], ["layout", "--colour"]], ids=" ".join)
def test_wrong_command_line_is_the_users_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A command that does not exist or lacks its argument: usage, exit code 1."""
    assert main(arguments) == 1
    assert "usage: hognose" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nowhere.at.all", "there is no module nowhere.at.all"),
        ("nowhere.py", "there is no file nowhere.py"),
        (f"{TARGET}:OTHER", "has no Program called OTHER. It has PROGRAM."),
        ("json", "json has no Program called PROGRAM. Declare one"),
    ],
)
def test_wrong_target_is_explained(target: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A target that is not there is named, with what is there, and never a traceback."""
    assert main(["layout", target]) == 1
    printed = capsys.readouterr().err
    assert message in printed
    assert "Traceback" not in printed


def test_module_that_fails_on_import_is_a_diagnostic(source: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong declaration raises while Python imports it, and is shown at its line."""
    target = source("from hognose.lang import accounts, signer\n\n\n@accounts\nclass Some:\n    owner: int\n")
    code, document = run_json(capsys, "check", target)
    assert code == 1
    (found,) = document["diagnostics"]
    assert found["path"].endswith(".py")
    assert found["line"] == 4
    assert "give its role" in found["message"]


def test_syntax_error_is_a_diagnostic(source: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """What Python itself cannot read is shown with line, caret and message."""
    assert main(["check", source("x = 1\ny = = 2\n")]) == 1
    printed = capsys.readouterr().err
    assert ":2:5: invalid syntax\n    y = = 2\n        ^" in printed
    assert printed.endswith("1 error\n")


def test_layout_prints_the_chosen_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """Names after the target choose tables; an unknown one is an error that lists the known."""
    assert main(["layout", TARGET, "Terms"]) == 0
    assert capsys.readouterr().out.startswith("struct Terms\n")
    assert main(["layout", TARGET, "Nothing"]) == 1
    assert "there is no Nothing; there are Counter, Desk" in capsys.readouterr().err


def test_layout_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` gives every table."""
    code, document = run_json(capsys, "layout", TARGET)
    assert code == 0
    assert [table["name"] for table in document["tables"]][:2] == ["Counter", "Desk"]


def test_idl_is_printed_or_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The IDL goes to standard output, or to a file whose directories are made."""
    assert main(["idl", TARGET]) == 0
    assert capsys.readouterr().out == idl_json(PROGRAM)
    path = tmp_path / "deep" / "er" / "escrow.json"
    assert main(["idl", TARGET, "-o", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == idl_json(PROGRAM)


def test_unreadable_contact_block_is_the_users_error(source: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A security.txt without a required value stops the build with exit code 1, naming the value."""
    text = [
        "from dataclasses import replace",
        "from hognose.lang import SecurityText",
        f"from {TARGET} import PROGRAM as ESCROW",
        "PROGRAM = replace(ESCROW, security=SecurityText('escrow', 'https://example.org', '', 'none'))",
    ]
    assert main(["build", source("\n".join(text) + "\n")]) == 1
    assert capsys.readouterr().err == "hognose: security.txt needs contacts\n"


def test_check_of_a_sound_program(capsys: pytest.CaptureFixture[str]) -> None:
    """A program without errors: exit code 0, and a line that says what was looked at."""
    assert main(["check", TARGET]) == 0
    assert capsys.readouterr().out == "escrow: 6 instructions, no errors\n"
    assert run_json(capsys, "check", TARGET) == (0, {"ok": True, "diagnostics": []})


def test_build_writes_three_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The program, its map and its IDL are written, and the JSON tells where, how large and which hash."""
    code, document = run_json(capsys, "build", TARGET, "-o", str(tmp_path))
    assert code == 0
    elf = (tmp_path / "escrow.so").read_bytes()
    assert elf.startswith(b"\x7fELF")
    assert document["bytes"] == len(elf)
    assert document["sha256"] == executable_hash(elf)
    assert json.loads((tmp_path / "escrow.map.json").read_text(encoding="utf-8"))
    assert (tmp_path / "escrow.idl.json").read_text(encoding="utf-8") == idl_json(PROGRAM)
    assert document["files"]["elf"] == str(tmp_path / "escrow.so")


def test_hash_leaves_out_what_a_deployment_adds() -> None:
    """Zero bytes at the end do not change the hash; any other byte does."""
    assert executable_hash(b"ELF\x00\x00") == hashlib.sha256(b"ELF").hexdigest()
    assert executable_hash(b"ELF\x01") != executable_hash(b"ELF")


def test_disassembly_names_functions_and_sources(capsys: pytest.CaptureFixture[str]) -> None:
    """The text starts at a function's label and quotes the program's source."""
    assert main(["disassemble", TARGET]) == 0
    printed = capsys.readouterr().out
    assert "entrypoint:" in printed
    assert "escrow.py:" in printed
    assert "require(terms.offered > 0, Error.NOTHING_OFFERED)" in printed


def test_internal_error_has_its_own_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A defect of hognose is told from the user's error: exit code 2, no traceback, a request to report it."""

    def fail(_: Any) -> int:
        raise InternalError("the moon is full")

    monkeypatch.setattr(COMMANDS["layout"], "run", fail)
    assert main(["layout", TARGET]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("hognose: internal error: the moon is full\n")
    assert "Traceback" not in printed
    code, document = run_json(capsys, "layout", TARGET)
    assert code == 2
    assert document == {"ok": False, "error": {"kind": "internal", "message": "the moon is full"}}


def test_unforeseen_exception_is_an_internal_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever escapes is named with its class; HOGNOSE_TRACEBACK=1 shows where it came from."""

    def fail(_: Any) -> int:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(COMMANDS["layout"], "run", fail)
    monkeypatch.setenv("HOGNOSE_TRACEBACK", "1")
    assert main(["layout", TARGET]) == 2
    printed = capsys.readouterr().err
    assert "internal error: ZeroDivisionError: by zero" in printed
    assert "Traceback" in printed


def test_every_command_and_option_is_documented(root: Path) -> None:
    """The how-to page names each command and each option of each."""
    page = (root / "docs/how-to/hognose-commands.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f"hognose {name}" in page
    options = {option for action in subcommand_actions() for option in action.option_strings if option.startswith("--")}
    assert all(f"{option}" in page for option in options - {"--help"})


def subcommand_actions() -> list[Any]:
    """The arguments of every command."""
    (choices,) = (action.choices for action in parser()._actions if action.dest == "command")
    assert isinstance(choices, dict)
    return [action for command in choices.values() for action in command._actions]


def test_package_runs_as_a_module() -> None:
    """`python -m hognose` is the same program, exit code included."""
    done = subprocess.run([sys.executable, "-m", "hognose", "check", "nowhere"], capture_output=True, check=False)
    assert done.returncode == 1
