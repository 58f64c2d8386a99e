"""Instructions in CPython do what they do on the chain, down to what the runtime forbids.

The sandbox runs each on both and raises where accounts, errors, lines or returned data differ.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey as Address

from hognose.build import Build, build
from hognose.lang import Pubkey, clock, emit, invoke, key, log, rent_minimum, set_return_data, sha256
from hognose.lang.layout import decode
from hognose.lang.runtime import OffChainError
from hognose.testing.machine import AccountInput, Environment, run
from hognose.testing.sandbox import Receipt, RefusedError
from tests.hognose.testing import till as p
from tests.twin import Difference, MirroredSandbox

OWN = Address(bytes(p.PROGRAM.address))
STRANGER = Address(bytes([7] * 32))


@cache
def built() -> Build:
    """The program."""
    return build(p.PROGRAM)


@pytest.fixture
def chain() -> MirroredSandbox:
    """A fresh chain with the program on it."""
    return MirroredSandbox(p.PROGRAM, built())


def put(chain: MirroredSandbox, name: int, owner: Address, data: bytes = b"", lamports: int = 10**9) -> Address:
    """An account somewhere."""
    address = Address(bytes([name] * 32))
    chain.svm.set_account(address, Account(lamports, data, owner))
    return address


def opened(chain: MirroredSandbox) -> Address:
    """A till."""
    chain.call(p.open_till, {"payer": chain.wallet()}, number=1)
    return chain.address_of(p.Till, number=1)


def refusal(
    chain: MirroredSandbox, function: Callable[..., None], accounts: dict[str, Address], **arguments: int
) -> str:
    """The name of the runtime's error."""
    with pytest.raises(RefusedError) as refused:
        chain.call(function, accounts, **arguments)
    assert not chain.twin.tally["trapped"], "the chain trapped, so nothing was compared"
    return refused.value.name


@pytest.mark.parametrize(
    ("owner", "taken", "given", "name"),
    [(OWN, 5, 5, None), (STRANGER, 0, 0, None), (STRANGER, 5, 5, "ExternalAccountLamportSpend"), (OWN, 5, 6, "Unbal")],
)
def test_only_the_owner_spends_and_nothing_is_made(
    chain: MirroredSandbox, owner: Address, taken: int, given: int, name: str | None
) -> None:
    """Lamports moved by hand leave an account of the program only, and all of them arrive."""
    two = {"source": put(chain, 3, owner), "target": put(chain, 4, STRANGER)}
    if name is None:
        chain.call(p.hand_over, two, taken=taken, given=given)
        assert chain.svm.get_balance(two["target"]) == 10**9 + given
    else:
        assert name in refusal(chain, p.hand_over, two, taken=taken, given=given)


@pytest.mark.parametrize(
    ("owner", "data", "fine"), [(OWN, bytes(9), True), (OWN, b"\1", False), (STRANGER, b"", False)]
)
def test_only_the_owner_gives_an_account_away_and_only_zeroed(
    chain: MirroredSandbox, owner: Address, data: bytes, fine: bool
) -> None:
    """Another owner can be written for accounts of the program that hold nothing."""
    heir = Address(bytes([9] * 32))
    two = {"source": put(chain, 3, owner, data), "target": put(chain, 4, STRANGER)}
    if fine:
        chain.call(p.seize, two, owner=heir)
        account = chain.svm.get_account(two["source"])
        assert account is not None
        assert account.owner == heir
    else:
        with pytest.raises(RefusedError) as refused:
            chain.call(p.seize, two, owner=heir)
        assert refused.value.name.endswith("ModifiedProgramId")


def test_a_balance_cannot_be_forged(chain: MirroredSandbox) -> None:
    """Data of an account of the token program is changed by the token program only."""
    purse = chain.token_account(chain.mint(), STRANGER, 5)
    assert refusal(chain, p.forge, {"purse": purse}, amount=6).endswith("ExternalAccountDataModified")
    chain.call(p.forge, {"purse": purse}, amount=5)


def paying(chain: MirroredSandbox, payer: Keypair, target: Address, amount: int, *, writable: bool) -> Receipt:
    """Send a payment whose target is passed as writable, or not."""
    where = {"payer": payer, "target": target, "system_program": Address.default()}
    call = chain.instruction(p.pay, where, amount=amount)
    metas = [call.accounts[0], AccountMeta(target, is_signer=False, is_writable=writable), call.accounts[2]]
    return chain.send(Instruction(call.program_id, bytes(call.data), metas), [payer])


@pytest.mark.parametrize(("amount", "returned"), [(1_000_000, 1_000_000), (1_000_001, None)])
def test_a_call_is_seen_at_once_and_forgets_what_was_to_be_returned(
    chain: MirroredSandbox, amount: int, returned: int | None
) -> None:
    """Lamports that another program moves are there for the next statement; returned data is that of the last program."""
    data = paying(chain, chain.wallet(), put(chain, 4, STRANGER), amount, writable=True).return_data
    assert (int.from_bytes(data, "little") if data else None) == returned


def test_a_called_program_gets_no_right_that_the_caller_lacks(chain: MirroredSandbox) -> None:
    """An account that is not passed as writable cannot be changed by a program that is called either."""
    with pytest.raises(RefusedError, match="PrivilegeEscalation"):
        paying(chain, chain.wallet(), put(chain, 4, STRANGER), 1, writable=False)


def test_a_program_that_is_not_emulated_is_refused() -> None:
    """Only the system and the token program are known to CPython."""
    payer = AccountInput(b"p" * 32, bytes(32), 10**9, b"", True, True)
    accounts = [payer, AccountInput(b"t" * 32, bytes(32), 1, b"", False, True), AccountInput(b"x" * 32, bytes(32), 1)]
    outcome = run(p.PROGRAM, accounts, p.pay.__instruction__.encode_arguments(amount=1))  # type: ignore[attr-defined]
    assert outcome.error == "ProgramFailedToComplete"
    assert "not emulated" in outcome.detail
    assert (outcome.accounts, outcome.code) == (tuple(accounts), None)


def test_views_of_accounts_outlive_calls(chain: MirroredSandbox) -> None:
    """A struct taken out of an account before a call is still part of the account after it."""
    till = opened(chain)
    coin = chain.mint(authority=till)
    where = {"till": till, "coin": coin, "own": chain.token_account(coin, till, 100)}
    where["other"] = chain.token_account(coin, STRANGER)
    receipt = chain.call(p.exchange, where, amount=50)
    # 100 + 50 − 25 − 1 are left in the till's account; a mint without supply has now made 50 and burnt 1.
    assert chain.fetch(p.Till, till).lines[1].amount == 50 + 124
    assert decode(p.Number.__layout__, receipt.return_data.ljust(8, b"\0")).value == 49  # type: ignore[attr-defined]


def test_numbers_are_hashed_in_their_width(chain: MirroredSandbox) -> None:
    """What a number occupies in a hash is the type that the compiler gives it."""
    till = opened(chain)
    chain.call(p.digest, {"till": till}, small=1, wide=2, flag=True, values=[3, 4])
    assert bytes(chain.fetch(p.Till, till).digest) != bytes(32)


def test_a_number_of_two_widths_is_refused(chain: MirroredSandbox) -> None:
    """A function of any type that hashes numbers of two widths cannot be told apart in CPython, and says where it is."""
    with pytest.raises(TypeError, match=r"till\.py:\d+:\d+: part 1 of sha256 is a number of unknown width"):
        chain.call(p.digest_any, {"till": opened(chain)}, small=1, wide=2)


@pytest.mark.parametrize(
    "arguments",
    [
        {"index": 2, "divisor": 1, "sum": 0},
        {"index": 0, "divisor": 0, "sum": 0},
        {"index": 0, "divisor": 7, "sum": 2**64 - 1},
    ],
)
def test_what_traps_on_the_chain_does_not_pass_in_cpython(chain: MirroredSandbox, arguments: dict[str, int]) -> None:
    """An index, a division by zero, and a number too large for its field stop both."""
    till = opened(chain)
    account = chain.svm.get_account(till)
    assert account is not None
    given = AccountInput(bytes(till), bytes(OWN), account.lamports, bytes(account.data), False, True)
    data = p.divide.__instruction__.encode_arguments(**arguments)  # type: ignore[attr-defined]
    assert run(p.PROGRAM, [given], data).error == "Trap"
    with pytest.raises(RefusedError):
        chain.call(p.divide, {"till": till}, **arguments)
    assert chain.twin.tally["trapped"] == 1


def test_a_difference_is_found(chain: MirroredSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the function that CPython runs is not the one that was compiled, the mirror says so."""
    till = opened(chain)
    monkeypatch.setattr(p, "chain", lambda till, part: None)
    with pytest.raises(Difference, match=str(till)):
        chain.call(p.digest, {"till": till}, small=1, wide=2, flag=True, values=[3, 4])
    monkeypatch.setattr(p, "log", lambda message: None)
    with pytest.raises(Difference, match="hashed"):
        chain.call(p.digest, {"till": till}, small=1, wide=2, flag=True, values=[3, 4])


def test_nothing_answers_outside_an_instruction() -> None:
    """Each call to the machine says that there is none."""
    account: Any = p.Till(number=1, bump=255, digest=Pubkey(bytes(32)))
    calls: list[Callable[[], object]] = [
        clock, lambda: key(account), lambda: rent_minimum(1), lambda: sha256((account,)), lambda: emit(account),
        lambda: log("x"), lambda: set_return_data(account), lambda: invoke(account, account, ()),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(OffChainError, match="needs a machine"):
            call()


def test_rent_is_that_of_the_environment() -> None:
    """Half a threshold, or a rate that does not fit, stops a creation as it does on the chain."""
    payer = AccountInput(b"p" * 32, bytes(32), 10**12, b"", True, True)
    system = AccountInput(bytes(32), b"n" * 32, 1, b"", executable=True)
    address, _ = Address.find_program_address([b"till", b"\1"], OWN)
    accounts = [payer, system, AccountInput(bytes(address), bytes(32), 0, b"", False, True)]
    data = p.open_till.__instruction__.encode_arguments(number=1)  # type: ignore[attr-defined]
    for rate, threshold, rent in ((3_480, 2.0, 6_960), (6_960, 1.0, 6_960), (1, 1.5, None), (2**40, 1.0, None)):
        environment = Environment.at(rent=struct.pack("<QdB", rate, threshold, 50))
        outcome = run(p.PROGRAM, accounts, data, environment)
        size = p.Till.__account__.space()  # type: ignore[attr-defined]
        paid = [account.lamports for account in outcome.accounts]
        assert (outcome.error is None) == (rent is not None)
        assert paid == ([10**12, 1, 0] if rent is None else [10**12 - (128 + size) * rent, 1, (128 + size) * rent])
