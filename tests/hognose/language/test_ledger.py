"""What only a chain shows: accounts made, read, changed and removed; events, sysvars, hashes, tokens, codes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from solders.account import Account
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey as Address
from solders.system_program import TransferParams, transfer
from solders.transaction import VersionedTransaction

from hognose.build import Build, build
from hognose.lang import TOKEN_PROGRAM, LayoutError, Pubkey
from hognose.lang.layout import decode
from hognose.testing.sandbox import RefusedError, Sandbox
from tests.hognose.language import ledger as p
from tests.twin import MirroredSandbox


@pytest.fixture(scope="module")
def built() -> Build:
    """The program."""
    return build(p.PROGRAM)


@pytest.fixture
def chain(built: Build) -> Sandbox:
    """A fresh chain with the program on it, whose transactions do the same in CPython."""
    return MirroredSandbox(p.PROGRAM, built)


@pytest.fixture
def owner(chain: Sandbox) -> Keypair:
    """Somebody with lamports."""
    return chain.wallet()


def opened(chain: Sandbox, owner: Keypair, number: int = 0, rows: int = 4) -> Address:
    """A ledger."""
    chain.call(p.open_ledger, {"owner": owner}, number=number, rows=rows)
    return chain.address_of(p.Ledger, owner=owner, number=number)


def code_of(chain: Sandbox, *arguments: Any, **named: Any) -> int | None:
    """The code with which a call is refused."""
    with pytest.raises(RefusedError) as refused:
        chain.call(*arguments, **named)
    return refused.value.code


def test_a_created_account_holds_its_seeds_and_zeros(chain: Sandbox, owner: Keypair) -> None:
    """Creation fills the seed fields and the bump, leaves the rest zero, and pays exactly the rent."""
    address = opened(chain, owner, number=3, rows=5)
    _, bump = Address.find_program_address([b"ledger", bytes(owner.pubkey()), b"\3"], chain.address)
    row = p.Row(value=0, seen=False)
    made = chain.fetch(p.Ledger, address)
    assert (made.owner, made.number, made.bump, made.total) == (bytes(owner.pubkey()), 3, bump, 0)
    assert list(made.rows) == [row] * 5
    account = chain.svm.get_account(address)
    assert account is not None
    assert len(account.data) == 8 + 32 + 1 + 1 + 8 + 5 * 9
    assert account.lamports == chain.svm.minimum_balance_for_rent_exemption(len(account.data))


def test_a_tail_is_never_shorter_than_its_minimum(chain: Sandbox, owner: Keypair) -> None:
    """Fewer rows than the minimum make the minimum."""
    assert len(chain.fetch(p.Ledger, opened(chain, owner, rows=0)).rows) == 2


def test_creation_tops_up_what_lies_there(chain: Sandbox, owner: Keypair) -> None:
    """Lamports sent to the address beforehand do not stop its creation, and count towards its rent."""
    address = chain.address_of(p.Ledger, owner=owner, number=0)
    chain.svm.airdrop(address, 1_000_000)
    before = chain.svm.get_balance(owner.pubkey())
    opened(chain, owner)
    rent = chain.svm.get_balance(address)
    assert rent == chain.svm.minimum_balance_for_rent_exemption(8 + 42 + 4 * 9)
    assert before is not None
    assert rent is not None
    assert chain.svm.get_balance(owner.pubkey()) == before - (rent - 1_000_000)


def test_creation_keeps_what_exceeds_the_rent(chain: Sandbox, owner: Keypair) -> None:
    """More lamports than the rent stay in the account, and the payer pays nothing."""
    address = chain.address_of(p.Ledger, owner=owner, number=0)
    chain.svm.airdrop(address, 50_000_000)
    before = chain.svm.get_balance(owner.pubkey())
    opened(chain, owner)
    assert chain.svm.get_balance(address) == 50_000_000
    assert chain.svm.get_balance(owner.pubkey()) == before


def test_nothing_is_created_twice(chain: Sandbox, owner: Keypair) -> None:
    """An account that exists is not created again."""
    opened(chain, owner)
    assert code_of(chain, p.open_ledger, {"owner": owner}, number=0, rows=4) == 2003


def test_an_argument_may_be_a_view_of_the_instruction_data(chain: Sandbox, owner: Keypair) -> None:
    """A list argument is read in place; rows written through a view are in the account; the event tells of them."""
    address = opened(chain, owner)
    receipt = chain.call(p.push, {"owner": owner, "ledger": address}, values=[7, 8, 9])
    held = chain.fetch(p.Ledger, address)
    assert held.total == 24
    assert [(row.value, row.seen) for row in held.rows] == [(7, True), (8, True), (9, True), (0, False)]
    expected = p.Pushed(ledger=Pubkey(bytes(address)), row=p.Row(value=7, seen=True), count=3)
    assert receipt.events == (expected,)
    assert "Program log: pushed" in receipt.logs
    assert "Program log: Instruction: Push" in receipt.logs


def test_an_empty_list_is_an_argument_too(chain: Sandbox, owner: Keypair) -> None:
    """A list may be empty."""
    address = opened(chain, owner)
    assert chain.call(p.push, {"owner": owner, "ledger": address}, values=[]).events[0].count == 0


@pytest.mark.parametrize("damage", [b"\0", b"\0" * 8])
def test_arguments_must_fill_their_bytes(chain: Sandbox, owner: Keypair, damage: bytes) -> None:
    """Bytes beyond the arguments, or a length that does not match, are refused."""
    address = opened(chain, owner)
    sound = chain.instruction(p.push, {"owner": owner, "ledger": address}, values=[1])
    for data in (bytes(sound.data) + damage, bytes(sound.data)[:-1], bytes(sound.data)[:9]):
        with pytest.raises(RefusedError) as refused:
            chain.send(type(sound)(sound.program_id, data, sound.accounts), [owner])
        assert refused.value.code == 102


def test_an_error_has_its_code_and_name(chain: Sandbox, owner: Keypair) -> None:
    """`require` aborts with the error of the program."""
    address = opened(chain, owner)
    with pytest.raises(RefusedError, match="TOO_MANY") as refused:
        chain.call(p.push, {"owner": owner, "ledger": address}, values=[1] * 5)
    assert refused.value.code == 6000


def test_a_trap_is_resolved_by_the_map(chain: Sandbox, owner: Keypair, built: Build) -> None:
    """The code of an abort leads to kind, file, line and column; the state stays as it was."""
    address = opened(chain, owner)
    accounts = {"owner": owner, "ledger": address}
    chain.call(p.push, accounts, values=[2**64 - 1])
    overflow = code_of(chain, p.push, accounts, values=[1])
    index = code_of(chain, p.write_at, accounts, index=4, value=1)
    assert overflow is not None
    assert index is not None
    source = [line.strip() for line in Path(p.__file__).read_text(encoding="utf-8").splitlines()]
    line = source.index("ledger.total += values[i]") + 1
    assert built.explain(overflow) == f"overflow at {built.map['traps'][str(overflow)]['path']}:{line}:9"
    line = source.index("accounts.ledger.rows[index].value = value") + 1
    assert str(built.explain(index)).startswith("index at ")
    assert str(built.explain(index)).endswith(f"ledger.py:{line}:5")
    assert built.explain(6000) is None
    assert chain.fetch(p.Ledger, address).total == 2**64 - 1


def test_the_last_row_can_be_written_and_the_one_behind_it_not(chain: Sandbox, owner: Keypair) -> None:
    """A tail's length is that of the account's data."""
    address = opened(chain, owner, rows=9)
    accounts = {"owner": owner, "ledger": address}
    chain.call(p.write_at, accounts, index=8, value=5)
    assert chain.fetch(p.Ledger, address).rows[8].value == 5
    assert code_of(chain, p.write_at, accounts, index=9, value=5) is not None
    assert code_of(chain, p.write_at, accounts, index=2**64 - 1, value=5) is not None


def test_closing_returns_the_lamports_and_removes_the_account(chain: Sandbox, owner: Keypair) -> None:
    """A closed account is gone, and its receiver has every lamport of it."""
    before = chain.svm.get_balance(owner.pubkey())
    address = opened(chain, owner)
    chain.call(p.close_ledger, {"owner": owner, "ledger": address})
    assert not chain.exists(address)
    assert chain.svm.get_balance(owner.pubkey()) == before


def test_a_closed_account_cannot_be_revived(chain: Sandbox, owner: Keypair) -> None:
    """Lamports sent to a closed account within the same transaction bring back neither its data nor its owner."""
    address = opened(chain, owner)
    close = chain.instruction(p.close_ledger, {"owner": owner, "ledger": address})
    revive = transfer(TransferParams(from_pubkey=owner.pubkey(), to_pubkey=address, lamports=5_000_000))
    message = Message.new_with_blockhash([close, revive], owner.pubkey(), chain.svm.latest_blockhash())
    chain.svm.send_transaction(VersionedTransaction(message, [owner]))
    left = chain.svm.get_account(address)
    assert left is not None
    assert (left.lamports, left.data, bytes(left.owner)) == (5_000_000, b"", bytes(32))
    assert code_of(chain, p.write_at, {"owner": owner, "ledger": address}, index=0, value=1) == 3012
    assert len(chain.fetch(p.Ledger, opened(chain, owner, rows=3)).rows) == 3


def test_a_closed_account_cannot_be_used_later_in_the_transaction(chain: Sandbox, owner: Keypair) -> None:
    """An instruction after the closing one finds no account."""
    address = opened(chain, owner)
    accounts = {"owner": owner, "ledger": address}
    steps = [chain.instruction(p.close_ledger, accounts), chain.instruction(p.write_at, accounts, index=0, value=1)]
    message = Message.new_with_blockhash(steps, owner.pubkey(), chain.svm.latest_blockhash())
    outcome = chain.svm.send_transaction(VersionedTransaction(message, [owner]))
    assert getattr(outcome.err().err, "code", None) == 3012  # type: ignore[union-attr]
    assert chain.exists(address)


def test_a_writable_account_stands_once(chain: Sandbox, owner: Keypair) -> None:
    """The same writable account twice is refused, unless the declaration allows it."""
    first, second = opened(chain, owner, 0), opened(chain, owner, 1)
    chain.call(p.push, {"owner": owner, "ledger": first}, values=[10])
    chain.call(p.move_between, {"first": first, "second": second}, amount=4)
    assert code_of(chain, p.move_between, {"first": first, "second": first}, amount=4) == 2040
    chain.call(p.move_shared, {"first": first, "second": first}, amount=4)
    chain.call(p.move_shared, {"first": first, "second": second}, amount=1)
    assert [chain.fetch(p.Ledger, a).total for a in (first, second)] == [5, 5]


def test_the_machine_tells_time_rent_and_accounts(chain: Sandbox, owner: Keypair) -> None:
    """Clock, rent, the header of an account and a hash are what the chain itself says."""
    address = opened(chain, owner)
    chain.call(p.push, {"owner": owner, "ledger": address}, values=[3])
    clock = chain.svm.get_clock()
    clock.unix_timestamp, clock.slot = -5, 77
    chain.svm.set_clock(clock)
    other = chain.mint()
    receipt = chain.call(p.look, {"ledger": address, "other": other})
    layout = p.Seen.__layout__  # type: ignore[attr-defined]
    seen = decode(layout, receipt.return_data.ljust(layout.size, b"\0"))
    account = chain.svm.get_account(other)
    assert account is not None
    assert (seen.time, seen.slot, seen.rows) == (-5, 77, 4)
    assert seen.rent == chain.svm.minimum_balance_for_rent_exemption(100)
    assert (seen.lamports, seen.length, seen.owner) == (account.lamports, 82, Pubkey(TOKEN_PROGRAM))
    assert seen.digest == hashlib.sha256(bytes(other) + (3).to_bytes(8, "little")).digest()


def test_tokens_move_by_signature_and_by_seeds(chain: Sandbox, owner: Keypair) -> None:
    """The real token program moves tokens in with the owner's signature, and out with the desk's seeds."""
    mint = chain.mint()
    purse = chain.token_account(mint, owner, 100)
    chain.call(p.open_desk, {"payer": owner, "mint": mint})
    vault = Address.find_program_address([b"vault"], chain.address)[0]
    accounts = {"owner": owner, "purse": purse}
    chain.call(p.pay_in, accounts, amount=60)
    chain.call(p.pay_out, accounts, amount=15)
    assert (chain.token_balance(purse), chain.token_balance(vault)) == (55, 45)
    assert code_of(chain, p.pay_out, accounts, amount=46) == 1


def test_an_allocated_address_may_hold_lamports_already(chain: Sandbox, owner: Keypair) -> None:
    """Lamports at the vault's address do not stop its allocation for the token program."""
    vault = Address.find_program_address([b"vault"], chain.address)[0]
    chain.svm.airdrop(vault, 900_000)
    chain.call(p.open_desk, {"payer": owner, "mint": chain.mint()})
    account = chain.svm.get_account(vault)
    assert account is not None
    assert (len(account.data), bytes(account.owner)) == (165, bytes(TOKEN_PROGRAM))


def test_a_long_multisig_is_no_token_account(chain: Sandbox, owner: Keypair) -> None:
    """An account of the token program that is longer than a token account, its bytes chosen to look like one, is refused."""
    mint = chain.mint()
    chain.call(p.open_desk, {"payer": owner, "mint": mint})
    forged = bytearray(355)
    forged[:64] = bytes(mint) + bytes(owner.pubkey())
    forged[108], forged[165] = 1, 2
    address = Keypair.from_seed(bytes(range(32))).pubkey()
    chain.svm.set_account(address, Account(10_000_000, bytes(forged), Address(bytes(TOKEN_PROGRAM))))
    assert code_of(chain, p.pay_in, {"owner": owner, "purse": address}, amount=1) == 3003


def test_an_unknown_instruction_is_refused(chain: Sandbox, owner: Keypair) -> None:
    """Data that starts with no instruction's discriminator, or is shorter than one, has the code 101."""
    address = opened(chain, owner)
    sound = chain.instruction(p.push, {"owner": owner, "ledger": address}, values=[1])
    for data in (b"", b"\1\2\3", b"\xff" * 8):
        with pytest.raises(RefusedError) as refused:
            chain.send(type(sound)(sound.program_id, data, sound.accounts), [owner])
        assert refused.value.code == 101


def test_too_few_accounts_are_refused(chain: Sandbox, owner: Keypair) -> None:
    """Fewer accounts than declared have the code 3005."""
    address = opened(chain, owner)
    sound = chain.instruction(p.push, {"owner": owner, "ledger": address}, values=[1])
    with pytest.raises(RefusedError) as refused:
        chain.send(type(sound)(sound.program_id, bytes(sound.data), sound.accounts[:1]), [owner])
    assert refused.value.code == 3005


def test_a_wrong_tag_is_no_account_of_the_class(chain: Sandbox, owner: Keypair) -> None:
    """Decoding off chain refuses data of another class."""
    address = opened(chain, owner)
    with pytest.raises(LayoutError, match="not a Desk"):
        chain.fetch(p.Desk, address)
