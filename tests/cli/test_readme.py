"""The README's tour works as it is written."""

import re
import shlex
from pathlib import Path

from tests.cli.conftest import Shell


def tour(root: Path) -> list[list[str]]:
    """The commands of the first block that begins with one of ours, without their remarks."""
    blocks = re.findall(r"^```sh\n(quatrain .*?)^```", (root / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return [shlex.split(line, comments=True) for line in blocks[0].splitlines()]


def test_the_tour_can_be_taken(shell: Shell, root: Path) -> None:
    """Each command of it, in order, on a new chain, ends well; none is only a call for help."""
    commands = tour(root)
    assert len(commands) > 12
    for name, *arguments in commands:
        assert name == "quatrain"
        assert "--help" not in arguments
        shell(*arguments)
    assert "paid out" in shell.out
