"""The repository as a stranger finds it: documents that hold, locks that lock, nothing of one machine in it."""

import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tools import checklist

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
PROGRAMS = ("quatrain", "hognose")

# Absolute paths that exist on one machine only, paths out of the checkout, and where packages come from.
MACHINE_PATH = re.compile(r"(?<![\w.$}~*-])/(?:work|home|root|mnt|tmp|Users)/\w")
OUTSIDE = re.compile(r"(?<![\w/.(])\.\./")
PACKAGE_SOURCE = re.compile(r"(?<!emit-)index-url|find-links|^\s*registry\s*=", re.IGNORECASE)
FENCE = re.compile(r"^```(?:console|sh|bash|shell)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
COMMAND_ROW = re.compile(r"^│ ([a-z][\w-]*) {2,}", re.MULTILINE)


def tracked_files() -> list[Path]:
    """Every file that is, or is about to be, in the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def commands_in(document: Path) -> list[str]:
    """The commands that a document tells its reader to type."""
    blocks = "\n".join(FENCE.findall(document.read_text(encoding="utf-8"))).replace("\\\n", " ")
    prompted = "$ " in blocks
    lines = [line for line in blocks.splitlines() if not prompted or line.startswith("$ ")]
    return [text for line in lines if (text := re.sub(r"\s+#.*", "", line.removeprefix("$ ")).strip())]


@cache
def help_of(*words: str) -> str | None:
    """What `PROGRAM WORDS --help` prints, or None when there is no such command."""
    program = Path(sys.executable).with_name(words[0])
    if not program.exists():
        return None
    environment = os.environ | {"COLUMNS": "200", "NO_COLOR": "1"}
    result = subprocess.run(
        [program, *words[1:], "--help"], capture_output=True, check=False, text=True, env=environment
    )
    return result.stdout if result.returncode == 0 else None


def all_commands(*words: str) -> list[str]:
    """Every command below `words`, as its help lists them."""
    below = COMMAND_ROW.findall(help_of(*words) or "")
    return [name for word in below for name in (" ".join((*words, word)), *all_commands(*words, word))]


def wrong_command(command: str) -> str | None:
    """What is wrong with a command of a document, or None."""
    program, *rest = command.split()
    if program.startswith(("bin/", ".ci/")):
        return None if os.access(ROOT / program, os.X_OK) else f"{program} is no program"
    if program not in PROGRAMS:
        return None
    words = [program]
    while rest and COMMAND_ROW.search(help_of(*words) or "") and not rest[0].startswith("-"):
        words.append(rest.pop(0))
    text = help_of(*words)
    if text is None:
        return f"there is no `{' '.join(words)}`"
    options = [word.partition("=")[0] for word in rest if word.startswith("--")]
    unknown = [
        option for option in options if not re.search(rf"(?<![\w-]){option}(?![\w-])", text + " --help --version")
    ]
    return f"`{' '.join(words)}` has no {', '.join(unknown)}" if unknown else None


def test_no_file_names_one_machine() -> None:
    """No tracked file holds a path of one machine, a path out of the checkout, or a place to fetch packages from."""
    found: list[str] = []
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" in content or path == Path(__file__):
            continue
        patterns = [MACHINE_PATH, PACKAGE_SOURCE] + ([] if path.suffix in {".js", ".mjs", ".ts"} else [OUTSIDE])
        found += [
            f"{path.relative_to(ROOT)}:{number} {line.strip()[:100]}"
            for number, line in enumerate(content.decode("utf-8").splitlines(), 1)
            if any(pattern.search(line) for pattern in patterns)
        ]
    assert not found, "\n".join(found)


def test_links_between_documents_lead_somewhere() -> None:
    """Every relative link of a document points at a file of the repository."""
    found = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in DOCUMENTS
        for target in LINK.findall(document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert not found, "\n".join(found)


def test_documented_commands_exist() -> None:
    """Every command that a document tells its reader to type exists, with the options it is given."""
    typed = [(document, command) for document in DOCUMENTS for command in commands_in(document)]
    assert any(command == "bin/up" for _, command in typed)
    found = [
        f"{document.relative_to(ROOT)}: {command}: {problem}"
        for document, command in typed
        if (problem := wrong_command(command))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_is_documented(program: str) -> None:
    """Every command of the command line is named in the README or in docs."""
    commands = all_commands(program)
    assert commands
    text = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    assert not [command for command in commands if command not in text]


def test_decision_records_are_short_and_numbered() -> None:
    """Decision records count up from 0001 without a gap, have at most 40 lines, and say what was decided and why."""
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [path.name[:5] for path in records] == [f"{number:04}-" for number in range(1, len(records) + 1)]
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 40, path.name
        for heading in ("## Context", "## Decision", "## Consequences"):
            assert heading in text, f"{path.name} has no {heading}"


def test_lock_files_hold_versions_and_hashes_only() -> None:
    """Every locked package has an exact version and a hash, and no lock file names a place."""
    for path in (ROOT / "requirements").glob("*.lock"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        for entry in re.split(r"\n(?=\w)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)):
            assert re.match(r"[\w.-]+==\S+( ; [^\\]+)? \\\n +--hash=sha256:[0-9a-f]{64}", entry), entry[:80]
    node = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in node
    assert '"integrity"' in node


def test_lock_files_cover_the_project() -> None:
    """What pyproject asks for is locked, and the runtime lock is a part of the development lock."""

    def locked(name: str) -> set[str]:
        return set(
            re.findall(r"^([\w.-]+==[^\s;]+)", (ROOT / "requirements" / name).read_text(encoding="utf-8"), re.MULTILINE)
        )

    def names(requirements: list[str]) -> set[str]:
        return {match[0].lower() for text in requirements if (match := re.match(r"[\w.-]+", text))}

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    run, dev = locked("run.lock"), locked("dev.lock")
    assert run <= dev
    assert names(project["project"]["dependencies"] + groups["build"]) <= {entry.partition("==")[0] for entry in run}
    wanted = [entry for entry in groups["dev"] if isinstance(entry, str)]
    assert names(wanted) <= {entry.partition("==")[0] for entry in dev}


def test_the_checklist_has_every_line_of_the_mission() -> None:
    """No line of the mission has been dropped from the checklist, and none invented."""
    counts = {"Q": 6, "P": 10, "S": 7, "F": 6, "T": 6, "I": 6, "O": 6, "L": 5, "D": 4, "E": 3, "G": 1, "M": 8, "A": 7}
    expected = {f"{letter}{number}" for letter, count in counts.items() for number in range(1, count + 1)}
    assert {line.id for lines in checklist.load().values() for line in lines} == expected


def test_the_checklist_claims_only_what_it_can_show() -> None:
    """Every line that is done or partial names a command and tests that exist, and the page is up to date."""
    groups = checklist.load()
    assert not list(checklist.problems(groups))
    assert checklist.PAGE.read_text(encoding="utf-8") == checklist.render(groups)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (("Q1", "done", "", ""), "needs the command"),
        (("Q1", "partial", "bin/test", ""), "needs the command"),
        (("Q1", "open", "bin/test", "3"), "is partial"),
        (("Q1", "finished", "bin/test", "3"), "is none of"),
        (("Q1", "done", "bin/no-such-program", "3"), "there is no bin/no-such-program"),
        (("Q1", "done", "true", "3"), "is no command"),
        (("Q1", "done", "bin/test tests/test_nothing.py", "3"), "there is no tests/test_nothing.py"),
        (("Q1", "done", "bin/test tests/test_repository.py::test_" + "absent", "3"), "there is no test_absent"),
    ],
)
def test_the_checklist_refuses_empty_claims(line: tuple[str, str, str, str], problem: str) -> None:
    """A line that claims more than its command can show is named with the reason."""
    name, status, command, figure = line
    groups = {"Group": [checklist.Line(id=name, status=status, text="", command=command, figure=figure)]}
    assert any(problem in found for found in checklist.problems(groups))
