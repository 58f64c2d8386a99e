"""A recording holds what an instruction sees, and survives its file."""

import json

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM

from hognose.errors import ConfigurationError
from hognose.tools.recording import capture, dump, load


@pytest.fixture(name="chain")
def svm_with_two() -> tuple[LiteSVM, Keypair, Keypair]:
    """A chain with a rich and an unused key."""
    svm, rich, unused = LiteSVM().with_mainnet_features(), Keypair.from_seed(bytes(32)), Keypair.from_seed(b"\1" * 32)
    svm.airdrop(rich.pubkey(), 5_000_000)
    return svm, rich, unused


def test_recording_is_the_state_before(chain: tuple[LiteSVM, Keypair, Keypair]) -> None:
    """Balances, owners, flags and the clock are taken; an account that is not there is empty."""
    svm, rich, unused = chain
    metas = [AccountMeta(rich.pubkey(), True, True), AccountMeta(unused.pubkey(), False, False)]
    found = capture(svm, Instruction(Keypair().pubkey(), b"\x01\x02", metas))
    assert found.data == b"\x01\x02"
    assert [account.lamports for account in found.accounts] == [5_000_000, 0]
    assert [(account.is_signer, account.is_writable) for account in found.accounts] == [(True, True), (False, False)]
    assert found.clock.slot == svm.get_clock().slot
    assert found.rent.lamports_per_byte == 6_960


def test_privileges_are_the_transactions(chain: tuple[LiteSVM, Keypair, Keypair]) -> None:
    """One account named twice has the sum of both, and the fee payer signs and writes wherever it stands."""
    svm, rich, unused = chain
    metas = [
        AccountMeta(unused.pubkey(), True, False),
        AccountMeta(unused.pubkey(), False, True),
        AccountMeta(rich.pubkey(), False, False),
    ]
    found = capture(svm, Instruction(Keypair().pubkey(), b"", metas), payer=rich.pubkey())
    assert all(account.is_signer and account.is_writable for account in found.accounts)


def test_file_gives_back_the_recording(chain: tuple[LiteSVM, Keypair, Keypair]) -> None:
    """Writing and reading change nothing; sysvars may be left out by hand."""
    svm, rich, _ = chain
    found = capture(svm, Instruction(Keypair().pubkey(), b"\xff", [AccountMeta(rich.pubkey(), True, True)]))
    assert load(dump(found)) == found
    document = json.loads(dump(found))
    del document["clock"], document["rent"]
    assert load(json.dumps(document)).clock.slot == 0


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": "other"}', '{"format": "hognose-instruction-1", "accounts": [{"key": 1}]}'],
    ids=["empty", "list", "no format", "other format", "wrong account"],
)
def test_other_files_are_refused(text: str) -> None:
    """A file that is no recording is the user's error."""
    with pytest.raises(ConfigurationError, match="recording"):
        load(text)
