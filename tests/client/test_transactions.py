"""Transactions state their budgets, are signed by all who must, and fit the network."""

import pytest
from solders.compute_budget import ID as COMPUTE_BUDGET
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair

from quatrain.client.errors import UsageError
from quatrain.client.transactions import (
    MAXIMUM_BUDGET,
    MAXIMUM_LOADED_BYTES,
    PACKET_SIZE,
    Budget,
    build_transaction,
)

PAYER = Keypair()
HASH = Hash.new_unique()


def call(*signers: Keypair, data: bytes = b"") -> Instruction:
    """An instruction that these must sign."""
    return Instruction(Keypair().pubkey(), data, [AccountMeta(key.pubkey(), True, False) for key in signers])


def test_the_budget_comes_first() -> None:
    """Units, loaded bytes and, where one is set, the price; then the instructions."""
    budget = Budget(compute_units=5_000, loaded_bytes=70_000, micro_lamports_per_unit=9)
    message = build_transaction([call()], PAYER, HASH, budget=budget).message
    stated = [one for one in message.instructions if message.account_keys[one.program_id_index] == COMPUTE_BUDGET]

    assert [bytes(one.data) for one in stated] == [
        b"\x02" + (5_000).to_bytes(4, "little"), b"\x04" + (70_000).to_bytes(4, "little"), b"\x03" + (9).to_bytes(8, "little"),
    ]  # fmt: skip
    assert message.instructions[:3] == stated
    assert message.recent_blockhash == HASH


def test_a_budget_leaves_room_for_what_others_do() -> None:
    """A quarter and 1,000 units more than measured, the bytes in whole pages and one more; never beyond the network's."""
    assert Budget.measured(400_000, 700_000) == Budget(501_000, 23 * 32_768)
    assert Budget.measured(1_300_000, 64 << 20) == MAXIMUM_BUDGET
    assert Budget.measured(100, 0).loaded_bytes == MAXIMUM_LOADED_BYTES


def test_everybody_signs() -> None:
    """The signatures are in the order that the message wants, whatever the order of the keys."""
    others = [Keypair() for _ in range(3)]

    transaction = build_transaction([call(*others)], PAYER, HASH, signers=list(reversed(others)))

    assert transaction.verify_with_results() == [True] * 4


def test_a_missing_signer_is_named() -> None:
    """Before anything is sent."""
    absent = Keypair()

    with pytest.raises(UsageError, match=str(absent.pubkey())) as caught:
        build_transaction([call(absent)], PAYER, HASH)

    assert caught.value.code == "signer_missing"


def test_what_does_not_fit_is_refused() -> None:
    """A transaction has at most 1,232 bytes."""
    with pytest.raises(UsageError, match=f"{PACKET_SIZE:,}") as caught:
        build_transaction([call(data=bytes(1_200))], PAYER, HASH)

    assert caught.value.code == "transaction_too_large"
