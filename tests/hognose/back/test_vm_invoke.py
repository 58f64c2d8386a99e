"""Calls of other programs: the interpreter's system and token programs change the same bytes for the same units."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from solders.pubkey import Pubkey

from hognose.back.isa import HEAP_START, INPUT_START
from hognose.back.linker import Program
from hognose.testing.vm import AccountInput, Result, serialize_input
from hognose.testing.vm_system import SYSTEM_ID
from hognose.testing.vm_token import TOKEN_ID
from tests.hognose.back.asm import assemble
from tests.hognose.back.chain import FEATURE_SETS, agree, chain, execute, interpret

LOADER = bytes(Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111"))
NATIVE = bytes(Pubkey.from_string("NativeLoader1111111111111111111111111111111"))
RENT_165 = 2_039_280
KEY, OWNER, LAMPORTS, DATA = 8, 40, 72, 88  # offsets within a serialised account


@dataclass(frozen=True)
class Call:
    """One instruction to invoke: metas are (account index, writable, signer), seeds those of one signer."""

    program_id: bytes
    metas: Sequence[tuple[int, bool, bool]]
    data: bytes
    seeds: Sequence[bytes] = ()


def calling(call: Call, accounts: Sequence[AccountInput]) -> Program:
    """A program that copies the C structures from its read-only data to the heap and invokes the instruction."""
    places = _places(accounts)
    blob = bytearray()

    def put(content: bytes) -> int:
        address = HEAP_START + len(blob)
        blob.extend(content + bytes(-len(content) % 8))
        return address

    program_id, data = put(call.program_id), put(call.data)
    metas = put(
        b"".join(struct.pack("<Q??6x", places[i] + KEY, writable, signer) for i, writable, signer in call.metas)
    )
    infos = put(b"".join(_info(account, place) for account, place in zip(accounts, places, strict=True)))
    instruction = put(struct.pack("<QQQQQ", program_id, metas, len(call.metas), data, len(call.data)))
    seeds = put(b"".join(struct.pack("<QQ", put(seed), len(seed)) for seed in call.seeds))
    signers = put(struct.pack("<QQ", seeds, len(call.seeds)))
    body = f"""
        lddw r1, {HEAP_START}
        mov64 r2, 0
        mov64 r3, {len(blob)}
        call sol_memcpy_
        lddw r1, {instruction}
        lddw r2, {infos}
        mov64 r3, {len(accounts)}
        lddw r4, {signers}
        mov64 r5, {1 if call.seeds else 0}
        call sol_invoke_signed_c
        exit
    """
    return assemble(body, bytes(blob))


def _info(account: AccountInput, place: int) -> bytes:
    pointers = (place + KEY, place + LAMPORTS, len(account.data), place + DATA, place + OWNER, 2**64 - 1)
    return struct.pack("<QQQQQQ???5x", *pointers, account.is_signer, account.is_writable, account.executable)


def _places(accounts: Sequence[AccountInput]) -> list[int]:
    lengths = [len(serialize_input(bytes(32), accounts[:count], b"").buffer) for count in range(len(accounts))]
    return [INPUT_START + length - 40 for length in lengths]


def check(call: Call, accounts: Sequence[AccountInput], features: str = "mainnet") -> Result:
    """Run the call on both engines."""
    return agree(calling(call, accounts), accounts, features=features)


def wallet(lamports: int = 10**9, *, signer: bool = True, key: bytes | None = None) -> AccountInput:
    """A system account that may be written."""
    return AccountInput(key or bytes(Pubkey.new_unique()), SYSTEM_ID, lamports, b"", signer, True)


def system_program() -> AccountInput:
    """The system program's account."""
    return AccountInput(SYSTEM_ID, NATIVE, 1, b"", executable=True)


def token_program() -> AccountInput:
    """The token program's account."""
    return AccountInput(TOKEN_ID, LOADER, 1, b"", executable=True)


def mint(authority: bytes | None, supply: int, decimals: int = 6) -> AccountInput:
    """An SPL mint."""
    option = struct.pack("<I32s", authority is not None, authority or bytes(32))
    data = option + struct.pack("<QBB", supply, decimals, 1) + bytes(36)
    return AccountInput(bytes(Pubkey.new_unique()), TOKEN_ID, 1_461_600, data, False, True)


def token(of: AccountInput, owner: bytes, amount: int, state: int = 1, delegate: tuple[bytes, int] | None = None):
    """An SPL token account."""
    key, allowance = delegate or (bytes(32), 0)
    data = struct.pack("<32s32sQI32sB", of.key, owner, amount, delegate is not None, key, state)
    data += bytes(12) + struct.pack("<Q", allowance) + bytes(36)
    return AccountInput(bytes(Pubkey.new_unique()), TOKEN_ID, RENT_165, data, False, True)


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize("lamports", [0, 5_000, 10**9])
def test_system_transfer(lamports: int, features: str) -> None:
    """Lamports move from a signer."""
    accounts = [wallet(), wallet(10**9, signer=False), system_program()]
    data = struct.pack("<IQ", 2, lamports)
    check(Call(SYSTEM_ID, [(0, True, True), (1, True, False)], data), accounts, features)


@pytest.mark.parametrize("lamports", [10**9 + 1, 2**64 - 1])
def test_system_transfer_of_too_much(lamports: int) -> None:
    """A balance that does not suffice is the system program's error 1."""
    accounts = [wallet(), wallet(signer=False), system_program()]
    call = Call(SYSTEM_ID, [(0, True, True), (1, True, False)], struct.pack("<IQ", 2, lamports))
    assert check(call, accounts).error == "Custom(1)"


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize("space", [0, 520, 10_240])
def test_create_account(space: int, features: str) -> None:
    """A new account appears in the caller's input with its lamports, its length, zeros and its owner."""
    accounts = [wallet(), wallet(0), system_program()]
    data = struct.pack("<IQQ32s", 0, 6_960 * (128 + space), space, b"o" * 32)
    check(Call(SYSTEM_ID, [(0, True, True), (1, True, True)], data), accounts, features)


def test_create_account_too_large() -> None:
    """An account cannot grow by more than 10,240 bytes in one call."""
    accounts = [wallet(), wallet(0), system_program()]
    data = struct.pack("<IQQ32s", 0, 6_960 * 10_400, 10_241, b"o" * 32)
    assert check(Call(SYSTEM_ID, [(0, True, True), (1, True, True)], data), accounts).error == "InvalidRealloc"


def test_create_account_in_use() -> None:
    """An account that has lamports is in use."""
    accounts = [wallet(), wallet(1_000_000), system_program()]
    data = struct.pack("<IQQ32s", 0, 2_000_000, 10, b"o" * 32)
    assert check(Call(SYSTEM_ID, [(0, True, True), (1, True, True)], data), accounts).error == "Custom(0)"


def test_allocate_and_assign() -> None:
    """Space and owner can be given one by one."""
    accounts = [wallet(), system_program()]
    check(Call(SYSTEM_ID, [(0, True, True)], struct.pack("<IQ", 8, 77)), accounts)
    check(Call(SYSTEM_ID, [(0, True, True)], struct.pack("<I32s", 1, b"o" * 32)), accounts)


@pytest.mark.parametrize(
    ("writable", "signer", "error"),
    [(False, True, "PrivilegeEscalation"), (True, False, "PrivilegeEscalation"), (True, True, None)],
)
def test_privileges(writable: bool, signer: bool, error: str | None) -> None:
    """A callee gets no right that the caller does not have."""
    source = replace(wallet(), is_writable=writable, is_signer=signer)
    accounts = [source, wallet(signer=False), system_program()]
    call = Call(SYSTEM_ID, [(0, True, True), (1, True, False)], struct.pack("<IQ", 2, 1))
    assert check(call, accounts).error == error


@pytest.mark.parametrize("features", FEATURE_SETS)
def test_signing_with_seeds(features: str) -> None:
    """A program signs for its own address, and that costs nothing more."""
    program_id = Pubkey.new_unique()
    address, bump = Pubkey.find_program_address([b"vault"], program_id)
    accounts = [wallet(key=bytes(address), signer=False), wallet(signer=False), system_program()]
    metas, data = [(0, True, True), (1, True, False)], struct.pack("<IQ", 2, 7)
    for name, right in ((b"vault", True), (b"other", False)):
        program = calling(Call(SYSTEM_ID, metas, data, (name, bytes((bump,)))), accounts)
        chain(features).add_program(program_id, program.elf)
        assert (agree(program, accounts, features=features, address=program_id).error is None) == right


def transfer_call(amount: int) -> Call:
    """SPL transfer of the first account to the second by the third."""
    return Call(TOKEN_ID, [(0, True, False), (1, True, False), (2, False, True)], struct.pack("<BQ", 3, amount))


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize("amount", [0, 1, 400, 1_000])
def test_token_transfer(amount: int, features: str) -> None:
    """Tokens move for 76 units."""
    owner, coin = wallet(), mint(None, 5_000)
    accounts = [token(coin, owner.key, 1_000), token(coin, b"x" * 32, 5), owner, token_program()]
    check(transfer_call(amount), accounts, features)


HOLDERS = {
    "owner": lambda coin, key: token(coin, key, 1_000),
    "owner beside a delegate": lambda coin, key: token(coin, key, 1_000, delegate=(b"q" * 32, 300)),
    "delegate": lambda coin, key: token(coin, b"y" * 32, 1_000, delegate=(key, 300)),
}


@pytest.mark.parametrize("amount", [0, 1, 300])
@pytest.mark.parametrize("holder", HOLDERS)
def test_token_spenders(holder: str, amount: int) -> None:
    """Owner and delegate pay different units, and an amount of zero more than any other; an allowance shrinks."""
    authority = wallet()
    coin = mint(authority.key, 5_000)
    source, other = HOLDERS[holder](coin, authority.key), token(coin, b"x" * 32, 5)
    three, four = [(0, True, False), (1, True, False), (2, False, True)], struct.pack("<BQB", 12, amount, 6)
    check(Call(TOKEN_ID, three, struct.pack("<BQ", 3, amount)), [source, other, authority, token_program()])
    check(Call(TOKEN_ID, three, struct.pack("<BQ", 8, amount)), [source, coin, authority, token_program()])
    check(Call(TOKEN_ID, three, struct.pack("<BQ", 7, amount)), [coin, source, authority, token_program()])
    checked = [(0, True, False), (1, False, False), (2, True, False), (3, False, True)]
    check(Call(TOKEN_ID, checked, four), [source, coin, other, authority, token_program()])
    itself = [(0, True, False), (0, True, False), (1, False, True)]
    check(Call(TOKEN_ID, itself, struct.pack("<BQ", 3, amount)), [source, authority, token_program()])
    itself = [(0, True, False), (1, False, False), (0, True, False), (2, False, True)]
    check(Call(TOKEN_ID, itself, four), [source, coin, authority, token_program()])


@pytest.mark.parametrize("features", FEATURE_SETS)
def test_token_transfer_checked(features: str) -> None:
    """A transfer that names the mint costs 105 units."""
    owner, coin = wallet(), mint(None, 5_000)
    accounts = [token(coin, owner.key, 1_000), coin, token(coin, b"x" * 32, 5), owner, token_program()]
    metas = [(0, True, False), (1, False, False), (2, True, False), (3, False, True)]
    check(Call(TOKEN_ID, metas, struct.pack("<BQB", 12, 250, 6)), accounts, features)


@pytest.mark.parametrize("features", FEATURE_SETS)
def test_token_mint_and_burn(features: str) -> None:
    """Minting and burning change the supply, for 119 and 123 units."""
    owner = wallet()
    coin = mint(owner.key, 5_000)
    holding = token(coin, owner.key, 1_000)
    metas = [(0, True, False), (1, True, False), (2, False, True)]
    check(Call(TOKEN_ID, metas, struct.pack("<BQ", 7, 99)), [coin, holding, owner, token_program()], features)
    check(Call(TOKEN_ID, metas, struct.pack("<BQ", 8, 99)), [holding, coin, owner, token_program()], features)


@pytest.mark.parametrize("features", FEATURE_SETS)
def test_token_initialisation(features: str) -> None:
    """An empty account of the token program becomes a token account for 235 units, or a mint for 201."""
    coin = mint(None, 5_000)
    blank = AccountInput(bytes(Pubkey.new_unique()), TOKEN_ID, RENT_165, bytes(165), False, True)
    holding = Call(TOKEN_ID, [(0, True, False), (1, False, False)], b"\x12" + b"o" * 32)
    check(holding, [blank, coin, token_program()], features)
    minting = Call(TOKEN_ID, [(0, True, False)], b"\x14\x06" + b"o" * 32 + b"\0")
    check(minting, [replace(blank, data=bytes(82)), token_program()], features)


def failing_initialisations() -> list[tuple[AccountInput, AccountInput, bool, str]]:
    """Accounts that cannot become token accounts of what is given as their mint, or mints; and the error."""
    coin = mint(None, 5_000)
    blank = AccountInput(bytes(Pubkey.new_unique()), TOKEN_ID, RENT_165, bytes(165), False, True)
    return [
        (token(coin, b"x" * 32, 0), coin, True, "Custom(6)"),
        (replace(blank, data=bytes(170)), coin, True, "InvalidAccountData"),
        (blank, replace(coin, data=bytes(82)), True, "Custom(2)"),
        (blank, replace(coin, data=bytes(81)), True, "Custom(2)"),
        (blank, replace(coin, owner=SYSTEM_ID), True, "IncorrectProgramId"),
        (coin, coin, False, "Custom(6)"),
        (replace(blank, data=bytes(83)), coin, False, "InvalidAccountData"),
    ]


@pytest.mark.parametrize("case", range(7))
def test_failing_token_initialisation(case: int) -> None:
    """What is initialised, of another length or of no mint is refused with the token program's errors."""
    account, coin, holding, error = failing_initialisations()[case]
    data = b"\x12" + b"o" * 32 if holding else b"\x14\x06" + b"o" * 32 + b"\0"
    metas = [(0, True, False), (1, False, False)] if holding else [(0, True, False)]
    accounts = [account, coin, token_program()]
    program = calling(Call(TOKEN_ID, metas, data), accounts)
    assert execute(program, accounts).error == error
    assert interpret(program, accounts).error == error


def failing_transfers() -> list[tuple[list[AccountInput], str]]:
    """Token accounts between which 500 cannot be moved, and the error."""
    owner, coin, other = wallet(), mint(None, 5_000), mint(None, 5_000)
    rich, destination = token(coin, owner.key, 1_000), token(coin, b"x" * 32, 5)
    return [
        ([token(coin, owner.key, 499), destination, owner], "Custom(1)"),
        ([rich, token(other, b"x" * 32, 5), owner], "Custom(3)"),
        ([token(coin, b"z" * 32, 1_000), destination, owner], "Custom(4)"),
        ([token(coin, owner.key, 1_000, state=2), destination, owner], "Custom(17)"),
        ([token(coin, owner.key, 1_000, state=0), destination, owner], "UninitializedAccount"),
        ([rich, destination, replace(owner, is_signer=False)], "PrivilegeEscalation"),
    ]


@pytest.mark.parametrize("case", range(6))
def test_failing_token_transfers(case: int) -> None:
    """The errors are those of the token program; what a failing call costs it does not tell."""
    accounts, error = failing_transfers()[case]
    accounts = [*accounts, token_program()]
    program = calling(transfer_call(500), accounts)
    assert execute(program, accounts).error == error
    assert interpret(program, accounts).error == error


def test_missing_account() -> None:
    """An instruction cannot name an account that the caller was not given."""
    accounts = [wallet(), wallet(signer=False), system_program()]
    program = calling(Call(SYSTEM_ID, [(0, True, True), (1, True, False)], struct.pack("<IQ", 2, 1)), accounts)
    result = agree(program, [accounts[0], accounts[2], replace(accounts[1], key=bytes(Pubkey.new_unique()))])
    assert result.error is not None


@pytest.mark.parametrize("size", [0, 1_000, 100_000])
def test_account_data_is_paid_for(size: int) -> None:
    """A call costs a unit for every 250 bytes of the accounts it passes."""
    source = wallet()
    target = AccountInput(bytes(Pubkey.new_unique()), b"o" * 32, 10**9, bytes(size), False, True)
    call = Call(SYSTEM_ID, [(0, True, True), (1, True, False)], struct.pack("<IQ", 2, 1))
    check(call, [source, target, system_program()])


def test_duplicate_accounts() -> None:
    """An account given twice is one account."""
    source, target = wallet(), wallet(signer=False)
    accounts = [source, target, system_program(), source, target]
    program = calling(Call(SYSTEM_ID, [(0, True, True), (1, True, False)], struct.pack("<IQ", 2, 9)), accounts[:3])
    agree(program, accounts)
