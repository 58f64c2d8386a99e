"""Commands run in this process, each test in a home of its own."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quatrain.cli import main
from tests.cli.localnet_process import Localnet


class Shell:
    """Runs commands and keeps what they said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]):
        self._capsys = capsys
        self.code = 0
        self.out = ""
        self.error = ""

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Run a command that ends with this code; its standard output."""
        self._capsys.readouterr()
        self.code = main(arguments)
        self.out, self.error = self._capsys.readouterr()
        assert self.code == code, self.error
        return self.out

    def json(self, *arguments: str) -> Any:
        """A command's answer for scripts."""
        return json.loads(self(*arguments, "--output", "json"))

    def failure(self, *arguments: str, code: int) -> dict[str, Any]:
        """A command's error for scripts."""
        self(*arguments, "--output", "json", code=code)
        failure: dict[str, Any] = json.loads(self.error)["error"]
        return failure


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory that every command of the test uses, and a wide terminal."""
    for name in ("URL", "KEYPAIR", "CONFIG", "PROGRAM", "COMMITMENT", "OUTPUT", "DEBUG"):
        monkeypatch.delenv(f"QUATRAIN_{name}", raising=False)
    monkeypatch.setenv("QUATRAIN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path / "home"


@pytest.fixture
def shell(home: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell in that home."""
    return Shell(capsys)


@pytest.fixture
def alice(shell: Shell) -> Callable[..., Any]:
    """The JSON commands of a funded trader."""
    shell("keys", "new", "alice")
    shell("keys", "airdrop", "alice", "--usdc", "1000")
    shell("deposit", "800", "-k", "alice")
    return lambda *arguments: shell.json(*arguments, "-k", "alice")


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., Localnet]]:
    """Starts servers of the test's home directory, and kills what is left of them."""
    started = list[Localnet]()

    def begin(*options: str) -> Localnet:
        started.append(Localnet(home, *options))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.end(signal.SIGKILL)
