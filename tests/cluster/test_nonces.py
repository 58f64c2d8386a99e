"""Durable nonces on the embedded chain: good once, for ever until then, by their authority only, also after a restart."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message, MessageV0
from solders.pubkey import Pubkey
from solders.system_program import (
    AdvanceNonceAccountParams,
    CreateAccountParams,
    InitializeNonceAccountParams,
    TransferParams,
    advance_nonce_account,
    create_account,
    initialize_nonce_account,
    transfer,
)
from solders.transaction import VersionedTransaction

from quatrain.client.errors import TransactionError
from quatrain.client.transactions import build_transaction
from quatrain.cluster.chain import Receipt
from quatrain.cluster.embedded import EmbeddedChain
from tests.cluster.localnet.running import durable_chain

SYSTEM = Pubkey.default()
GIFT = 10**8


class Stage:
    """A chain with a file, somebody with SOL, and a nonce account of theirs."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.chain: EmbeddedChain = durable_chain(folder)
        self.payer, self.nonce, self.to = Keypair(), Keypair(), Keypair().pubkey()
        self.chain.airdrop(self.payer.pubkey(), 10**12)
        owner, nonce = self.payer.pubkey(), self.nonce.pubkey()
        created = create_account(
            CreateAccountParams(
                from_pubkey=owner, to_pubkey=nonce, lamports=self.chain.rent_minimum(80), space=80, owner=SYSTEM
            )
        )
        begun = initialize_nonce_account(InitializeNonceAccountParams(nonce_pubkey=nonce, authority=owner))
        blockhash = self.chain.latest_blockhash()
        self.chain.send(build_transaction([created, begun], self.payer, blockhash, signers=[self.nonce]))
        assert self.value() == hashlib.sha256(b"DURABLE_NONCE" + bytes(blockhash)).digest()

    def value(self) -> bytes:
        """What the nonce account holds."""
        account = self.chain.get_account(self.nonce.pubkey())
        assert account is not None
        return account.data[40:72]

    def received(self) -> int:
        """How many gifts arrived."""
        account = self.chain.get_account(self.to)
        return 0 if account is None else account.lamports // GIFT

    def advance(self, authority: Keypair) -> Instruction:
        """The instruction that makes a transaction durable."""
        return advance_nonce_account(
            AdvanceNonceAccountParams(nonce_pubkey=self.nonce.pubkey(), authorized_pubkey=authority.pubkey())
        )

    def gift(self, lamports: int = GIFT) -> Instruction:
        """A transfer."""
        params = TransferParams(from_pubkey=self.payer.pubkey(), to_pubkey=self.to, lamports=lamports)
        return transfer(params)

    def signed(self, *instructions: Instruction, blockhash: bytes | None = None, legacy: bool = False):
        """A transaction on the nonce's value."""
        named = Hash(self.value() if blockhash is None else blockhash)
        payer = self.payer.pubkey()
        if legacy:
            return VersionedTransaction(Message.new_with_blockhash(instructions, payer, named), [self.payer])
        return VersionedTransaction(MessageV0.try_compile(payer, instructions, [], named), [self.payer])

    def durable(self, lamports: int = GIFT, *, legacy: bool = False) -> VersionedTransaction:
        """A durable transfer."""
        return self.signed(self.advance(self.payer), self.gift(lamports), legacy=legacy)

    def restart(self) -> None:
        """Open the file anew."""
        self.chain.close()
        self.chain = durable_chain(self.folder)

    def refused(self, transaction: VersionedTransaction) -> str:
        """The code with which it is refused; it must cost nothing."""
        before = self.chain.get_account(self.payer.pubkey())
        (result,) = self.chain.send_all([transaction])
        assert isinstance(result, TransactionError)
        assert self.chain.get_account(self.payer.pubkey()) == before
        return result.code


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """With a file."""
    stage = Stage(tmp_path)
    yield stage
    stage.chain.close()


@pytest.mark.parametrize("legacy", [False, True])
def test_it_outlives_blockhashes_and_counts_once(stage: Stage, legacy: bool) -> None:
    """Sent a thousand slots and a restart later it lands; sent again, at once or after both, it does not."""
    sent = stage.durable(legacy=legacy)
    stage.chain.warp(slot=stage.chain.clock().slot + 1_000)
    stage.restart()

    assert stage.chain.simulate(sent).units > 0
    assert isinstance(stage.chain.send(sent), Receipt)
    again = stage.refused(sent)
    stage.chain.warp(slot=stage.chain.clock().slot + 1_000)
    later = stage.refused(sent)
    stage.restart()

    assert (again, later, stage.refused(sent)) == ("already_processed", "blockhash_not_found", "blockhash_not_found")
    assert stage.received() == 1


def test_the_value_never_comes_back(stage: Stage) -> None:
    """Twenty uses over restarts: every value is new."""
    seen = {stage.value()}
    for turn in range(20):
        stage.chain.send(stage.durable())
        if turn % 5 == 0:
            stage.restart()
        seen.add(stage.value())

    assert len(seen) == 21
    assert stage.received() == 20


def test_two_of_one_value(stage: Stage) -> None:
    """Of two transactions signed on one value, in one block, the first lands and the second is refused."""
    first, second = stage.durable(GIFT), stage.durable(2 * GIFT)

    done, refused = stage.chain.send_all([first, second])

    assert isinstance(done, Receipt)
    assert isinstance(refused, TransactionError)
    assert refused.code == "blockhash_not_found"
    assert stage.received() == 1


def test_once_a_block(stage: Stage) -> None:
    """The value that a block gave can be used in the next one only, as on a cluster."""
    (first,) = stage.chain.execute([stage.durable()])
    early = stage.durable(2 * GIFT)
    (refused,) = stage.chain.execute([early])
    stage.chain.end_block()

    assert first.failure is None
    assert refused.failure is not None
    assert refused.failure.code == "blockhash_not_found"
    assert isinstance(stage.chain.send(early), Receipt)
    assert stage.received() == 3


def test_a_failure_uses_it_up(stage: Stage) -> None:
    """A durable transaction that fails pays its fee and advances the account, on disk too: it cannot fail again."""
    before, sent = stage.value(), stage.durable(10**15)
    (result,) = stage.chain.send_all([sent])
    after = stage.value()
    stage.restart()

    assert isinstance(result, TransactionError)
    assert result.code == "system_insufficient_lamports"
    assert before != after == stage.value()
    stage.chain.warp(slot=stage.chain.clock().slot + 1_000)
    assert stage.refused(sent) == "blockhash_not_found"


def test_an_account_that_pays_for_itself(stage: Stage) -> None:
    """A nonce account that is the payer as well loses the fee of a transaction that fails."""
    nonce, owner = stage.nonce.pubkey(), stage.payer.pubkey()
    params = TransferParams(from_pubkey=owner, to_pubkey=nonce, lamports=10**9)
    stage.chain.send(build_transaction([transfer(params)], stage.payer, stage.chain.latest_blockhash()))
    before, value = stage.chain.get_account(nonce), stage.value()
    message = MessageV0.try_compile(nonce, [stage.advance(stage.payer), stage.gift(10**15)], [], Hash(value))

    (result,) = stage.chain.send_all([VersionedTransaction(message, [stage.nonce, stage.payer])])
    after = stage.chain.get_account(nonce)

    assert isinstance(result, TransactionError)
    assert before is not None
    assert after is not None
    assert before.lamports - after.lamports == 10_000
    assert stage.value() != value


def test_what_does_not_make_a_transaction_durable(stage: Stage) -> None:
    """Another instruction first, another value, a stranger's authority, an account that is no nonce: refused at no cost."""
    stranger = Keypair()
    stage.chain.airdrop(stranger.pubkey(), 10**10)
    wrong_authority = VersionedTransaction(
        MessageV0.try_compile(
            stranger.pubkey(), [stage.advance(stranger)], [], Hash(stage.value())
        ),
        [stranger],
    )  # fmt: skip
    no_nonce = advance_nonce_account(
        AdvanceNonceAccountParams(nonce_pubkey=stage.to, authorized_pubkey=stage.payer.pubkey())
    )

    tried = [
        stage.signed(stage.gift(), stage.advance(stage.payer)),
        stage.signed(stage.gift()),
        stage.signed(stage.advance(stage.payer), blockhash=bytes(32)),
        stage.signed(no_nonce),
        wrong_authority,
    ]

    assert [stage.refused(one) for one in tried] == ["blockhash_not_found"] * 5
    assert stage.received() == 0


def test_a_gift_to_the_account_leaves_its_value(stage: Stage) -> None:
    """Also one that names the blockhash from which the value follows."""
    blockhash = bytes(stage.chain.latest_blockhash())
    stage.chain.send(stage.durable())
    before = stage.value()
    params = TransferParams(from_pubkey=stage.payer.pubkey(), to_pubkey=stage.nonce.pubkey(), lamports=1)

    stage.chain.send(stage.signed(transfer(params), blockhash=blockhash))

    assert before == hashlib.sha256(b"DURABLE_NONCE" + blockhash).digest()
    assert stage.value() == before


def test_an_ordinary_transaction_on_the_values_own_blockhash(stage: Stage) -> None:
    """The machine takes the message's blockhash for the block's, so it finds the value unchanged and refuses to advance."""
    blockhash = bytes(stage.chain.latest_blockhash())
    stage.chain.send(stage.durable())

    (result,) = stage.chain.send_all([stage.signed(stage.advance(stage.payer), blockhash=blockhash)])

    assert isinstance(result, TransactionError)
    assert (result.code, result.number) == ("system_nonce_not_expired", 7)


def test_an_ordinary_transaction_may_advance_it(stage: Stage) -> None:
    """With a recent blockhash the instruction advances the account as well; what was signed on the old value is dead."""
    old, before = stage.durable(), stage.value()
    stage.chain.send(stage.signed(stage.advance(stage.payer), blockhash=bytes(stage.chain.latest_blockhash())))

    assert stage.value() != before
    assert stage.refused(old) == "blockhash_not_found"
    assert isinstance(stage.chain.send(stage.durable()), Receipt)
