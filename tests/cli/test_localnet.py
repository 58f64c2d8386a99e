"""`quatrain localnet`: a server in a process of its own, used by the other commands, killed, copied, removed."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

from quatrain.cluster.localnet.running import NOTE_NAME, ask
from tests.cli.conftest import Shell
from tests.cli.localnet_process import Localnet


def test_commands_use_a_served_chain(shell: Shell, start: Callable[..., Localnet], home: Path) -> None:
    """Market, money and trades by --url; a kill -9 loses nothing; then the chain is there without a server as well."""
    server = start()
    there = ("--url", server.url)
    assert json.loads((home / NOTE_NAME).read_text())["url"] == server.url
    shell("market", "create", "Rain?", "--closes", "+7d", "--subsidy", "200", "-k", "id", *there)
    shell("keys", "new", "alice")
    shell("keys", "airdrop", "alice", "--usdc", "1000", *there)
    shell("deposit", "800", "-k", "alice", *there)
    bought = shell.json("buy", "1", "yes", "--usdc", "50", "-k", "alice", *there)
    assert shell.failure("market", "list", code=5)["code"] == "store_locked"
    status = shell.json("localnet", "status")
    assert (status["running"], status["health"], status["process"]) == (True, "ok", server.process.pid)
    before = ask(server.url, "getTransactionCount")

    assert server.end(signal.SIGKILL) == -signal.SIGKILL
    assert shell.json("localnet", "status")["running"] is False
    server = start("--slots", "instant", "--time-travel")

    there = ("--url", server.url)
    assert ask(server.url, "getTransactionCount") == before
    assert shell.json("position", "list", "alice", *there)[0]["shares"] == bought["shares"]
    shell("sell", "1", "yes", "--all", "-k", "alice", *there)
    shell("withdraw", "--all", "-k", "alice", *there)
    ask(server.url, "surfnet_timeTravel", {"absoluteTimestamp": 1_000 * (1 << 31)})
    assert server.end(signal.SIGTERM) == 0
    assert not (home / NOTE_NAME).exists()
    assert shell.json("chain", "show")["unix_timestamp"] >= 1 << 31
    assert shell.json("chain", "check")["file"] == "ok"


def test_a_chain_is_copied_and_removed(shell: Shell, home: Path, tmp_path: Path) -> None:
    """A snapshot is a chain of its own; reset asks first, and leaves the keys."""
    shell("market", "create", "Rain?", "--closes", "+7d", "--subsidy", "200")
    address = shell.json("keys", "show", "id")["address"]

    copy = shell.json("localnet", "snapshot", str(tmp_path / "copies" / "chain.sqlite"))
    refused = shell.failure("localnet", "reset", code=1)
    removed = shell.json("localnet", "reset", "--yes")
    again = shell.json("localnet", "reset", "--yes")

    assert copy["bytes"] > 0
    assert refused["code"] == "not_confirmed"
    assert (removed["removed"], again["removed"]) == (True, False)
    assert "No local cluster" in shell("localnet", "status")
    (tmp_path / "copies" / "keys").symlink_to(home / "keys")
    assert len(shell.json("market", "list", "--home", str(tmp_path / "copies"))) == 1
    assert shell.json("market", "list") == []
    assert shell.json("keys", "show", "id")["address"] == address


def test_a_served_chain_is_not_removed(shell: Shell, start: Callable[..., Localnet]) -> None:
    """Neither removed nor served twice while a server has it."""
    server = start()

    assert shell.failure("localnet", "reset", "--yes", code=5)["code"] == "store_locked"
    assert shell.failure("localnet", "start", code=5)["code"] == "store_locked"
    assert ask(server.url, "getHealth") == "ok"
    assert server.end(signal.SIGINT) == 0
