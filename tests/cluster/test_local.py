"""The local chain from nothing: founded once, finished when it was interrupted, redeployed when the program changed."""

from pathlib import Path

import pytest
from solders.keypair import Keypair

from quatrain.client.books import read_books
from quatrain.client.deployment import DEFAULT_PROGRAM
from quatrain.client.errors import QuatrainError
from quatrain.client.tokens import token_balance
from quatrain.cluster import local
from quatrain.cluster.builds import Build
from quatrain.cluster.local import OWNER_USDC, VAULT_DEPOSIT, Keys, give_usdc, open_local
from quatrain.cluster.session import Session

NOW = 1_800_000_000


def opened(home: Path, said: list[str], now: int = NOW) -> Session:
    """Open, noting what is said."""
    return open_local(home, now=now, say=said.append)


def test_a_new_chain_is_ready_to_use(tmp_path: Path) -> None:
    """The program runs, the vault is funded, the books balance, and the user is told once."""
    said: list[str] = []
    session = opened(tmp_path, said)

    protocol = session.protocol()
    assert protocol.lp_cash == VAULT_DEPOSIT
    assert session.verse(1) is not None
    assert read_books(session.chain, session.deployment).balanced
    assert len(said) == 2
    assert "Deployed the program" in said[0]
    assert "10,000 test USDC in your wallet" in said[1]
    owner = Keys(tmp_path / "keys").admin.pubkey()
    assert token_balance(session.chain, session.deployment.usdc_account(owner)) == OWNER_USDC == 10_000 * 10**6
    session.chain.close()

    said.clear()
    session = opened(tmp_path, said)
    assert said == []
    assert session.protocol() == protocol
    session.chain.close()


def test_its_time_follows_the_wall(tmp_path: Path) -> None:
    """Opened later it is later; a chain that runs ahead is left there."""
    opened(tmp_path, []).chain.close()

    session = opened(tmp_path, [], NOW + 3_600)
    assert session.chain.clock().unix_timestamp == NOW + 3_600
    session.chain.close()

    session = opened(tmp_path, [], NOW)
    assert session.chain.clock().unix_timestamp >= NOW + 3_600
    session.chain.close()


@pytest.mark.parametrize("fails_at", range(1, 6))
def test_an_interrupted_beginning_is_finished(tmp_path: Path, fails_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of the first transactions does not come through, the next command completes what is missing."""
    sends = 0
    send = Session.send

    def failing(self: Session, *arguments: object, **options: object) -> object:
        nonlocal sends
        sends += 1
        if sends == fails_at:
            raise QuatrainError("interrupted")
        return send(self, *arguments, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Session, "send", failing)
        with pytest.raises(QuatrainError, match="interrupted"):
            opened(tmp_path, [])

    session = opened(tmp_path, [])
    assert session.protocol().lp_cash == VAULT_DEPOSIT
    assert read_books(session.chain, session.deployment).balanced
    session.chain.close()


def test_a_changed_program_is_deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the sources make another build, the next command deploys it and says which one it replaced."""
    opened(tmp_path, []).chain.close()
    build = local.compile_program()
    changed = Build(build.elf + bytes(8) + b"\1" + bytes(7), build.sites)
    monkeypatch.setattr(local, "source_digest", lambda: "another")
    monkeypatch.setattr(local, "compile_program", lambda: changed)
    said: list[str] = []

    session = opened(tmp_path, said)

    assert said == [
        f"Deployed the program, build {changed.digest[:12]}, {len(changed.elf):,} bytes, replacing {build.digest[:12]}."
    ]
    assert session.embedded.store is not None
    assert session.embedded.store.setting("program.digest") == changed.digest
    session.chain.close()


def test_the_same_build_of_other_sources_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that does not change the bytes deploys nothing."""
    opened(tmp_path, []).chain.close()
    monkeypatch.setattr(local, "source_digest", lambda: "another")
    said: list[str] = []

    opened(tmp_path, said).chain.close()

    assert said == []


def test_test_usdc_is_given(tmp_path: Path) -> None:
    """The faucet mints into a wallet's usual account, again and again."""
    session, owner = opened(tmp_path, []), Keypair().pubkey()

    give_usdc(session, Keys(tmp_path / "keys"), owner, 5)
    give_usdc(session, Keys(tmp_path / "keys"), owner, 7)

    assert token_balance(session.chain, session.deployment.usdc_account(owner)) == 12
    session.chain.close()


def test_the_program_survives_a_restart(tmp_path: Path) -> None:
    """It is loaded from the file, with the map that explains its traps."""
    opened(tmp_path, []).chain.close()

    session = opened(tmp_path, [])
    account = session.chain.get_account(DEFAULT_PROGRAM)

    assert account is not None
    assert account.executable
    assert session.embedded.store is not None
    assert session.embedded.store.setting("program.sites") not in (None, "{}")
    session.chain.close()
