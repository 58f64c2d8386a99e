"""Deployments at the command line, on a served chain: releases, rollbacks, accidents, proofs."""

import hashlib
import json
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from quatrain.cluster.localnet.running import ask
from tests.cli.conftest import Shell
from tests.cli.localnet_process import Localnet
from tests.cluster.programs import current, founding_only, larger

LOADER = "BPFLoaderUpgradeab1e11111111111111111111111"
BUDGET = "ComputeBudget111111111111111111111111111111"


@pytest.fixture
def there(start: Callable[..., Localnet], monkeypatch: pytest.MonkeyPatch) -> Localnet:
    """A served chain that every command of the test uses."""
    server = start("--slots", "instant", "--time-travel")
    monkeypatch.setenv("QUATRAIN_URL", server.url)
    monkeypatch.setenv("QUATRAIN_KEYPAIR", "id")
    return server


def written(folder: Path, elf: bytes) -> str:
    """A program's file."""
    path = folder / f"{hashlib.sha256(elf).hexdigest()[:8]}.so"
    path.write_bytes(elf)
    return str(path)


def digest(elf: bytes) -> str:
    """The hash that `solana-verify` gives a program."""
    return hashlib.sha256(elf.rstrip(b"\0")).hexdigest()


def killed(transactions: int, *arguments: str) -> None:
    """Run a command that is killed before so many transactions were sent."""
    child = Path(__file__).with_name("deploy_child.py")
    done = subprocess.run([sys.executable, child, str(transactions), *arguments], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def test_the_drill(
    shell: Shell, there: Localnet, start: Callable[..., Localnet], home: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A release, killed half way and resumed; a bad one, rolled back; a restart: the market and its money live through all."""
    before = shell.json("program", "show")
    shell("market", "create", "Rain?", "--closes", "+7d", "--subsidy", "200")
    shell("keys", "new", "alice")
    shell("keys", "airdrop", "alice", "--usdc", "1000")
    shell("deposit", "800", "-k", "alice")
    shell("buy", "1", "yes", "--shares", "20", "-k", "alice")
    good, bad = written(tmp_path, larger()), written(tmp_path, founding_only())

    killed(200, "upgrade", "--file", good)
    (left,) = shell.json("program", "buffers")
    (key,) = home.glob("programs/*/*/buffer.json")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert shell.json("program", "show")["build"] == before["build"] == digest(current())
    shell("sell", "1", "yes", "--shares", "5", "-k", "alice")
    resumed = shell.json("upgrade", "--file", good)
    assert left["bytes"] == len(larger())
    assert resumed["extended_bytes"] == len(larger()) - len(current())
    assert 0 < resumed["written"] < resumed["pieces"] - 150
    assert shell.json("program", "show")["build"] == digest(larger())
    assert shell.json("program", "buffers") == []
    shell("sell", "1", "yes", "--shares", "5", "-k", "alice")

    shell("upgrade", "--file", bad)
    refused = shell.failure("sell", "1", "yes", "--shares", "1", "-k", "alice", code=4)
    back = shell.json("rollback")
    assert refused["code"] == "instruction_fallback_not_found"
    assert (back["build"], back["replaced"]) == (digest(larger()), digest(founding_only()))
    shell("sell", "1", "yes", "--shares", "1", "-k", "alice")
    shell("rollback", "--to", before["build"][:10])

    there.end(signal.SIGKILL)
    monkeypatch.setenv("QUATRAIN_URL", start("--slots", "instant").url)
    after = shell.json("program", "show")
    assert after["build"] == before["build"]
    assert [step["build"] for step in after["history"]] == [
        digest(one) for one in (larger(), founding_only(), larger(), current())
    ]
    (position,) = shell.json("position", "list", "alice")
    assert position["shares"] == "9"
    shell("sell", "1", "yes", "--all", "-k", "alice")
    assert shell.json("vault", "show")["balanced"] is True


def test_a_second_program(shell: Shell, there: Localnet, home: Path, tmp_path: Path) -> None:
    """It lies at its key's address, is handed to a multisig's vault, and from then on the vault alone upgrades it."""
    file = written(tmp_path, founding_only())
    shell("keys", "new", "second")
    vault = shell.json("keys", "new", "vault")["address"]
    on_second = ("--program", "second")
    assert shell.failure("deploy", "--file", file, code=1)["code"] == "program_exists"
    assert shell.failure("program", "show", *on_second, code=1)["code"] == "program_missing"
    killed(6, "deploy", "--file", file, *on_second)

    done = shell.json("deploy", "--file", file, *on_second, "--authority", vault, "--priority-fee", "5000")
    shown = shell.json("program", "show", *on_second)
    refused = shell.failure("upgrade", *on_second, code=1)
    prepared = shell.json("upgrade", "--prepare", "--file", file, *on_second)

    assert done["program"] == shown["program"] == shell.json("keys", "show", "second")["address"]
    assert shown["authority"] == vault
    assert shown["security"]["contacts"] == "email:security@quatrain.markets"
    assert refused["code"] == "authority_mismatch"
    buffer = ask(there.url, "getAccountInfo", prepared["buffer"], {"encoding": "jsonParsed"})["value"]["data"]
    assert (buffer["program"], buffer["parsed"]["info"]["authority"]) == ("bpf-upgradeable-loader", vault)
    assert (home / "programs" / "builds" / f"{digest(founding_only())}.so").read_bytes() == founding_only()


def test_every_transaction_states_its_budget(shell: Shell, there: Localnet, tmp_path: Path) -> None:
    """Limits of units and loaded bytes and the price are in each of a deployment's transactions, and are paid."""
    shell("keys", "new", "second")
    payer = shell.json("keys", "show", "id")["address"]
    since = ask(there.url, "getSignaturesForAddress", payer, {"limit": 1})[0]["signature"]

    file = written(tmp_path, founding_only())
    done = shell.json("deploy", "--file", file, "--program", "second", "--priority-fee", "1000000")

    sent = ask(there.url, "getSignaturesForAddress", payer, {"until": since})
    assert len(sent) == done["written"] + 2
    for one in sent:
        options = {"encoding": "json", "maxSupportedTransactionVersion": 0}
        found = ask(there.url, "getTransaction", one["signature"], options)
        message = found["transaction"]["message"]
        programs = [message["accountKeys"][part["programIdIndex"]] for part in message["instructions"]]
        assert programs.count(BUDGET) == 3
        assert found["meta"]["fee"] > 5_000 * message["header"]["numRequiredSignatures"]


def test_a_fresh_program_becomes_a_protocol(shell: Shell, there: Localnet, tmp_path: Path) -> None:
    """Deployed, founded and described under a key of its own, it has markets of its own, and the other keeps its own."""
    shell("keys", "new", "second")
    address, on_second = shell.json("keys", "show", "second")["address"], ("--program", "second")
    shell("deploy", *on_second)
    assert shell.failure("market", "list", *on_second, code=1)["code"] == "protocol_missing"
    shell("program", "initialize", "--usdc", there.told["usdc_mint"], *on_second)
    again = shell.failure("program", "initialize", "--usdc", there.told["usdc_mint"], *on_second, code=4)
    shell("vault", "deposit", "5000", *on_second)

    shell("market", "create", "Snow?", "--closes", "+7d", "--subsidy", "200", *on_second)
    shell("deposit", "100", *on_second)
    shell("buy", "1", "yes", "--shares", "5", *on_second)
    refused = shell.failure("program", "publish", *on_second, code=1)
    shell("program", "publish", "--out", str(tmp_path / "published"), *on_second)

    assert again["code"] == "constraint_raw"
    assert [one["question"] for one in shell.json("market", "list", *on_second)] == ["Snow?"]
    assert shell.json("market", "list") == []
    assert refused["code"] == "metadata_program_missing"
    assert json.loads((tmp_path / "published" / "idl.json").read_text())["address"] == address
    contacts = json.loads((tmp_path / "published" / "security.json").read_text())
    assert contacts["contacts"] == ["email:security@quatrain.markets"]


def test_rent_comes_back(shell: Shell, there: Localnet, tmp_path: Path) -> None:
    """An abandoned buffer is listed and closed, and its lamports are the signer's again."""
    killed(9, "upgrade", "--file", written(tmp_path, larger()))
    payer = shell.json("keys", "show", "id")["address"]
    (left,) = shell.json("program", "buffers")
    before = ask(there.url, "getBalance", payer)["value"]
    assert shell.failure("program", "reclaim", code=1)["code"] == "usage"
    assert shell.failure("program", "reclaim", payer, code=1)["code"] == "not_found"

    closed = shell.json("program", "reclaim", "--all")

    fee = 5_000
    assert closed == {"closed": [left["address"]], "lamports": left["lamports"]}
    assert ask(there.url, "getBalance", payer)["value"] == before + left["lamports"] - fee
    assert "no buffers" in shell("program", "buffers")


def test_one_flipped_byte_is_found(shell: Shell, home: Path, tmp_path: Path) -> None:
    """The sources make what the chain runs; when one byte of it is another, they no longer do."""
    proved = shell.json("program", "verify")
    flipped = bytearray(current())
    flipped[current().index(b"quatrain.markets")] ^= 1
    shell("upgrade", "--file", written(tmp_path, bytes(flipped)))

    failure = shell.failure("program", "verify", "--file", written(tmp_path, current()), code=1)

    assert proved["build"] == digest(current())
    assert failure["code"] == "build_differs"
    assert digest(bytes(flipped)) in failure["message"]
    assert shell.json("program", "verify", "--file", written(tmp_path, bytes(flipped)))["verified"] is True


def test_what_does_not_load_is_not_sent(shell: Shell, home: Path, tmp_path: Path) -> None:
    """A file that is no program is refused before anything is paid; so is one that is not there."""
    torn = written(tmp_path, founding_only()[:-400])

    assert shell.failure("upgrade", "--file", torn, code=1)["code"] == "input_invalid"
    assert shell.failure("upgrade", "--file", str(tmp_path / "none.so"), code=1)["code"] == "input_unreadable"
    assert shell.failure("rollback", code=1)["code"] == "previous_unknown"


def test_the_embedded_chain_upgrades_as_well(shell: Shell, home: Path, tmp_path: Path) -> None:
    """Without a server the same commands work on the local chain, by people's words, and hand the program over."""
    shell("keys", "new", "heir")
    assert "Upgraded" in shell("upgrade", "--file", written(tmp_path, larger()))
    assert "Rolled back" in shell("rollback")
    assert "nothing was sent" in shell("upgrade")
    assert "Deployments from here" in shell("program", "show")
    assert "nobody else" in shell("program", "authority", "heir")
    assert shell.failure("rollback", code=1)["code"] == "authority_mismatch"
    assert json.loads(shell("chain", "show", "--output", "json"))["build"] == digest(current())
