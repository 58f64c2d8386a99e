"""A program that also does what a chain forbids, to see the same refusal in CPython."""

from enum import IntEnum
from typing import Any

from hognose.lang import (
    SYSTEM_PROGRAM,
    TOKEN_PROGRAM,
    Account,
    Array,
    ErrorCode,
    Hash,
    Mint,
    Program,
    Pubkey,
    TokenAccount,
    account,
    accounts,
    argument,
    array,
    create,
    instruction,
    invoke,
    log,
    mint,
    program,
    raw,
    require,
    set_return_data,
    sha256,
    signer,
    state,
    struct,
    token,
    token_burn,
    token_mint_to,
    token_transfer,
    u8,
    u16,
    u32,
    u64,
    writable,
    writable_signer,
)


class Error(ErrorCode):
    """Why the program refuses."""

    WRONG = 6000, "A number is not what it was."


class Kind(IntEnum):
    """A constant."""

    SECOND = 2


@struct
class Line:
    """One line."""

    amount: u64
    marks: Array[u8] = array(u8, 3)


@account(seeds=(b"till", "number"))
class Till:
    """Signs for its tokens."""

    number: u8
    bump: u8
    digest: Hash
    lines: Array[Line] = array(Line, 2)


@struct
class Lamports:
    """The data of the system program's transfer."""

    tag: u32
    amount: u64


@struct
class Number:
    """A number that is returned."""

    value: u64


@accounts
class Open:
    """Create a till."""

    payer: Account = signer(writable=True)
    system_program: Account = program(SYSTEM_PROGRAM)
    till: Till = create(payer="payer", number=argument("number"))


@accounts
class Use:
    """Change a till."""

    till: Till = state(writable=True)


@accounts
class Two:
    """Any two accounts."""

    source: Account = raw(writable=True)
    target: Account = raw(writable=True)


@accounts
class Pay:
    """Lamports by the system program; whether the target is passed as writable is the sender's affair."""

    payer: Account = signer(writable=True)
    target: Account = raw()
    system_program: Account = raw()


@accounts
class Purse:
    """A token account, whoever's."""

    purse: TokenAccount = token(writable=True)


@accounts
class Tokens:
    """A till with tokens of its own mint."""

    till: Till = state(writable=True)
    coin: Mint = mint(writable=True)
    own: TokenAccount = token(mint="coin", authority="till", writable=True)
    other: TokenAccount = token(mint="coin", writable=True)
    token_program: Account = program(TOKEN_PROGRAM)


@instruction
def open_till(accounts: Open, number: u8) -> None:
    """Nothing to do beyond the creation."""


@instruction
def hand_over(accounts: Two, taken: u64, given: u64) -> None:
    """Move lamports by hand."""
    accounts.source.lamports -= taken
    accounts.target.lamports += given


@instruction
def seize(accounts: Two, owner: Pubkey) -> None:
    """Give an account to another owner."""
    accounts.source.owner = owner


@instruction
def forge(accounts: Purse, amount: u64) -> None:
    """Write a balance."""
    accounts.purse.amount = amount


@instruction
def pay(accounts: Pay, amount: u64) -> None:
    """Pay, and return what the target has then; what was to be returned before is forgotten."""
    before = accounts.target.lamports
    set_return_data(Number(value=1))
    data = Lamports(tag=2, amount=amount)
    invoke(accounts.system_program, data, (writable_signer(accounts.payer), writable(accounts.target)))
    if amount % 2 == 0:
        set_return_data(Number(value=accounts.target.lamports - before))


@instruction
def exchange(accounts: Tokens, amount: u64) -> None:
    """Names for parts of accounts stay valid while other programs change the accounts."""
    line = accounts.till.lines[1]
    line.amount = amount
    supply = accounts.coin.supply
    token_mint_to(accounts.token_program, accounts.coin, accounts.own, accounts.till, amount)
    require(accounts.coin.supply == supply + amount, Error.WRONG)
    token_transfer(accounts.token_program, accounts.own, accounts.other, accounts.till, amount // 2)
    token_burn(accounts.token_program, accounts.own, accounts.coin, accounts.till, 1)
    line.amount += accounts.own.amount
    set_return_data(Number(value=accounts.coin.supply))


@instruction
def digest(accounts: Use, small: u8, wide: u16, flag: bool, values: Array[u64]) -> None:
    """Numbers of every width."""
    till = accounts.till
    till.lines[0].marks[1] = small
    total: u64 = 0
    for i in range(len(values)):
        total += values[i]
    till.digest = sha256((till.digest, till.lines[0], small, wide + 1, flag, total, Kind.SECOND, till.lines[1].marks))
    chain(till, till.lines[1])
    log("hashed")


def chain(till: Till, part: Any) -> None:
    """Hash a part of any type."""
    till.digest = sha256((till.digest, part))


@instruction
def digest_any(accounts: Use, small: u8, wide: u16) -> None:
    """Numbers of two widths through one function, which only the compiler tells apart."""
    chain(accounts.till, small)
    chain(accounts.till, wide)


@instruction
def divide(accounts: Use, index: u64, divisor: u64, sum: u64) -> None:
    """Everything that can trap."""
    accounts.till.lines[index].amount = 7 // divisor + sum


PROGRAM = Program(
    name="till",
    version="0.1.0",
    address=Pubkey(bytes(range(1, 33))),
    instructions=(open_till, hand_over, seize, forge, pay, exchange, digest, digest_any, divide),
    errors=Error,
)
