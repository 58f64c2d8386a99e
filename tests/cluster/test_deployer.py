"""Deployments: the same steps on the embedded chain and through JSON-RPC, whatever interrupts them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from quatrain.client import loader
from quatrain.client.errors import (
    ChainError,
    NotFoundError,
    RuntimeFailure,
    StoreDamagedError,
    TransactionError,
    UsageError,
)
from quatrain.client.transactions import build_transaction
from quatrain.cluster.archive import Archive
from quatrain.cluster.chain import Chain
from quatrain.cluster.deployer import Deployer, fetch_program, find_program
from quatrain.cluster.localnet.pace import Pace
from quatrain.cluster.localnet.server import ServerSettings
from quatrain.cluster.rpc import RpcChain
from tests.cluster.conftest import EXPLAINER
from tests.cluster.localnet.running import ServerThread, durable_chain
from tests.cluster.programs import current, founding_only, larger

SOL = 10**9


class Interrupted(Exception):
    """Ends an upload as a pulled plug would: between two windows."""


@pytest.fixture(params=["embedded", "served"])
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chain]:
    """A durable chain, in this process or behind JSON-RPC."""
    beneath = durable_chain(tmp_path / "chain")
    if request.param == "embedded":
        yield beneath
        beneath.close()
        return
    server = ServerThread(beneath, ServerSettings(port=0, pace=Pace.INSTANT))
    remote = RpcChain(server.url, EXPLAINER, poll_seconds=0.01)
    yield remote
    remote.close()
    server.close()


@pytest.fixture
def deployer(chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployer:
    """Who deploys, with 20 SOL, in windows of four pieces, for the program of one instruction has sixteen."""
    monkeypatch.setattr("quatrain.cluster.deployer.WINDOW", 4)
    signer = Keypair()
    chain.airdrop(signer.pubkey(), 20 * SOL)
    return Deployer(chain, signer, Archive(tmp_path / "programs"), 1_000, lambda _done, _total: None)


def answers_to(deployer: Deployer, program: Pubkey) -> str:
    """What a program says to an instruction that is none: the name of the error."""
    from solders.instruction import Instruction

    ask = Instruction(program, bytes(8), [])
    chain, signer = deployer.chain, deployer.signer
    with pytest.raises(TransactionError) as caught:
        chain.send(build_transaction([ask], signer, chain.latest_blockhash()))
    assert caught.value.program == str(program)
    return caught.value.code


def lamports(chain: Chain, address: Pubkey) -> int:
    """What an address holds."""
    account = chain.get_account(address)
    return 0 if account is None else account.lamports


def interrupted_after(deployer: Deployer, pieces: int) -> Deployer:
    """The same, stopped as soon as so many pieces are there."""

    def stop(done: int, _total: int) -> None:
        if done >= pieces:
            raise Interrupted

    return Deployer(deployer.chain, deployer.signer, deployer.archive, deployer.price, stop)


def test_a_program_is_deployed(deployer: Deployer) -> None:
    """It runs, its bytes are those of the file, the signer may upgrade it, and no buffer is left."""
    chain, key = deployer.chain, Keypair()

    report = deployer.deploy(key, founding_only())

    found = fetch_program(chain, key.pubkey())
    assert found.state.data == founding_only()
    assert report.build == found.digest == hashlib.sha256(founding_only().rstrip(b"\0")).hexdigest()
    assert found.state.authority == deployer.me
    assert found.lamports == chain.rent_minimum(45 + len(founding_only()))
    assert deployer.buffers() == []
    assert answers_to(deployer, key.pubkey()) == "other_program_failed"
    assert deployer.deploy(key, founding_only()).receipt is None
    with pytest.raises(UsageError) as caught:
        deployer.deploy(key, founding_only()[:-1] + b"\1")
    assert caught.value.code == "program_exists"


def test_an_upgrade_extends_and_a_rollback_leads_back(deployer: Deployer) -> None:
    """A larger program gets its room; what was there before is put back by its hash, and forth again."""
    chain, key = deployer.chain, Keypair()
    program = key.pubkey()
    deployer.deploy(key, founding_only())
    before = fetch_program(chain, program)

    report = deployer.upgrade(program, current())
    after = fetch_program(chain, program)
    again = deployer.upgrade(program, current())
    back = deployer.rollback(program, None)
    forth = deployer.rollback(program, None)
    named = deployer.rollback(program, before.digest[:8])

    assert report.extended == len(current()) - len(founding_only())
    assert after.capacity == len(current())
    assert after.state.data == current()
    assert again.receipt is None
    assert (back.build, back.replaced) == (before.digest, after.digest)
    assert (forth.build, forth.replaced) == (after.digest, before.digest)
    assert named.build == fetch_program(chain, program).digest == before.digest
    assert fetch_program(chain, program).capacity == len(current())
    with pytest.raises(NotFoundError) as caught:
        deployer.rollback(program, "00000000")
    assert caught.value.code == "build_missing"


def test_an_interrupted_upload_goes_on_where_it_was(deployer: Deployer) -> None:
    """The second run writes only what the first one did not, into the same buffer, and closes the gap."""
    key = Keypair()
    with pytest.raises(Interrupted):
        interrupted_after(deployer, 8).deploy(key, founding_only())
    (begun,) = deployer.buffers()
    assert find_program(deployer.chain, key.pubkey()) is None

    report = deployer.deploy(key, founding_only())

    assert 0 < report.written <= report.pieces - 8
    assert begun.size == len(founding_only())
    assert deployer.buffers() == []
    assert fetch_program(deployer.chain, key.pubkey()).digest == report.build


def test_a_buffer_serves_another_build(deployer: Deployer) -> None:
    """What an abandoned upload left is overwritten where it fits, and closed where it does not."""
    key = Keypair()
    deployer.deploy(key, founding_only(), capacity=len(founding_only()) + 5_000)
    with pytest.raises(Interrupted):
        interrupted_after(deployer, 8).upgrade(key.pubkey(), founding_only() + b"\1" * 4_000)
    (begun,) = deployer.buffers()

    report = deployer.upgrade(key.pubkey(), founding_only()[:-1] + b"\2")

    assert report.written < report.pieces
    assert deployer.buffers() == []
    assert fetch_program(deployer.chain, key.pubkey()).digest == report.build
    assert begun.size == len(founding_only()) + 4_000


def test_a_buffer_gives_its_rent_back(deployer: Deployer) -> None:
    """Closing returns all its lamports, less the fee; only its authority may."""
    chain = deployer.chain
    with pytest.raises(Interrupted):
        interrupted_after(deployer, 4).deploy(Keypair(), founding_only())
    (begun,) = deployer.buffers()
    stranger = Keypair()
    chain.airdrop(stranger.pubkey(), SOL)
    with pytest.raises(RuntimeFailure) as caught:
        Deployer(chain, stranger, deployer.archive, 0, deployer.progress).reclaim(begun.address)
    assert caught.value.code == "incorrect_authority"
    before = lamports(chain, deployer.me)

    receipt = deployer.reclaim(begun.address)

    assert lamports(chain, deployer.me) == before + begun.lamports - receipt.fee_lamports
    assert begun.lamports == chain.rent_minimum(37 + len(founding_only()))
    assert chain.get_account(begun.address) is None


def test_only_the_authority_upgrades(deployer: Deployer) -> None:
    """A stranger is told before anything is paid; the loader refuses as well; a handed-over program is the new key's."""
    chain, key, new = deployer.chain, Keypair(), Keypair()
    program = key.pubkey()
    deployer.deploy(key, founding_only())
    chain.airdrop(new.pubkey(), 20 * SOL)
    stranger = Deployer(chain, new, deployer.archive, 0, deployer.progress)
    before = lamports(chain, new.pubkey())
    for forbidden in (
        lambda: stranger.upgrade(program, current()),
        lambda: stranger.hand_over(program, Keypair().pubkey()),
    ):
        with pytest.raises(UsageError) as caught:
            forbidden()
        assert caught.value.code == "authority_mismatch"
    assert lamports(chain, new.pubkey()) == before
    taken = loader.set_authority(account=loader.program_data_address(program), authority=new.pubkey(), new=new.pubkey())
    with pytest.raises(RuntimeFailure) as refused:
        chain.send(build_transaction([taken], new, chain.latest_blockhash()))
    assert refused.value.code == "incorrect_authority"

    assert deployer.hand_over(program, new) is not None
    assert deployer.hand_over(program, new) is None

    assert fetch_program(chain, program).state.authority == new.pubkey()
    assert stranger.upgrade(program, founding_only()[:-1] + b"\1").receipt is not None
    stranger.hand_over(program, deployer.me)
    assert fetch_program(chain, program).state.authority == deployer.me


def test_a_multisig_gets_a_buffer_and_a_message(deployer: Deployer) -> None:
    """The buffer is the authority's, and the message is the upgrade, which its signature makes good."""
    from solders.message import Message
    from solders.transaction import Transaction, VersionedTransaction

    from quatrain.cluster import base58

    chain, key, vault = deployer.chain, Keypair(), Keypair()
    deployer.deploy(key, founding_only())
    chain.airdrop(vault.pubkey(), SOL)
    deployer.hand_over(key.pubkey(), vault.pubkey())

    prepared = deployer.prepare(key.pubkey(), founding_only()[:-1] + b"\1")
    buffer = loader.read_buffer(chain.get_account(prepared.buffer))
    message = Message.from_bytes(base58.decode(prepared.message))
    signed = VersionedTransaction.from_legacy(Transaction([vault], message, message.recent_blockhash))
    chain.send(signed)

    assert buffer is not None
    assert buffer.authority == vault.pubkey()
    assert fetch_program(chain, key.pubkey()).digest == prepared.build


def test_too_little_money_is_said_first(deployer: Deployer) -> None:
    """Nothing is spent where the SOL does not suffice for rent."""
    poor = Keypair()
    deployer.chain.airdrop(poor.pubkey(), SOL // 10)

    with pytest.raises(UsageError) as caught:
        Deployer(deployer.chain, poor, deployer.archive, 0, deployer.progress).deploy(Keypair(), current())

    assert caught.value.code == "sol_short"
    assert lamports(deployer.chain, poor.pubkey()) == SOL // 10


def test_a_kept_program_that_changed_is_refused(tmp_path: Path) -> None:
    """A flipped bit in the archive is found before it is deployed."""
    archive = Archive(tmp_path)
    digest = archive.keep(b"program\0\0")
    path = tmp_path / "builds" / f"{digest}.so"
    assert archive.read(digest[:10]) == b"program\0\0"
    path.write_bytes(b"progran")

    with pytest.raises(StoreDamagedError):
        archive.read(digest)


def test_upgraded_programs_survive_a_restart(tmp_path: Path) -> None:
    """A chain opened again runs what the loader put there last."""
    chain = durable_chain(tmp_path / "chain")
    signer, key = Keypair(), Keypair()
    chain.airdrop(signer.pubkey(), 20 * SOL)
    deployer = Deployer(chain, signer, Archive(tmp_path / "programs"), 0, lambda _done, _total: None)
    deployer.deploy(key, current(), capacity=len(larger()))
    deployer.upgrade(key.pubkey(), larger())
    chain.close()

    chain = durable_chain(tmp_path / "chain")
    deployer = Deployer(chain, signer, Archive(tmp_path / "programs"), 0, lambda _done, _total: None)

    assert fetch_program(chain, key.pubkey()).state.data == larger()
    assert answers_to(deployer, key.pubkey()) == "other_program_failed"
    assert deployer.rollback(key.pubkey(), None).receipt is not None
    assert answers_to(deployer, key.pubkey()) == "other_program_failed"
    chain.close()


def test_a_slot_that_does_not_end_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loader changes a program once in a slot; where time stands still that is said."""
    monkeypatch.setattr("quatrain.cluster.deployer._SLOT_PATIENCE_SECONDS", -1.0)
    server = ServerThread(durable_chain(tmp_path / "chain"), ServerSettings(port=0, pace=Pace.STEPPED))
    chain: Any = RpcChain(server.url, EXPLAINER, poll_seconds=0.01)
    signer, key = Keypair(), Keypair()
    chain.airdrop(signer.pubkey(), 20 * SOL)
    deployer = Deployer(chain, signer, Archive(tmp_path / "programs"), 0, lambda _done, _total: None)
    deployer.deploy(key, founding_only())

    with pytest.raises(ChainError) as caught:
        deployer.upgrade(key.pubkey(), founding_only()[:-1] + b"\1")

    chain.close()
    server.close()
    assert caught.value.code == "slot_stands"
