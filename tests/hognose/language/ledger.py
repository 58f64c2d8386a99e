"""A program with one instruction for each thing that only a chain shows."""

from hognose.lang import (
    SYSTEM_PROGRAM,
    TOKEN_PROGRAM,
    Account,
    Array,
    ErrorCode,
    Mint,
    Program,
    Pubkey,
    TokenAccount,
    account,
    accounts,
    allocate,
    argument,
    clock,
    close,
    create,
    emit,
    event,
    i64,
    instruction,
    key,
    log,
    mint,
    program,
    raw,
    rent_minimum,
    require,
    set_return_data,
    sha256,
    signer,
    state,
    struct,
    tail,
    token,
    token_initialize_account,
    token_transfer,
    u8,
    u32,
    u64,
)


class Error(ErrorCode):
    """Why the program refuses."""

    TOO_MANY = 6000, "More values than rows."


@struct
class Row:
    """One entry."""

    value: u64
    seen: bool


@account(seeds=(b"ledger", "owner", "number"))
class Ledger:
    """Rows of an owner."""

    owner: Pubkey
    number: u8
    bump: u8
    total: u64
    rows: Array[Row] = tail(Row, minimum=2)


@account(seeds=(b"desk",))
class Desk:
    """Signs for the vault."""

    bump: u8
    vault: Pubkey


@event
class Pushed:
    """Rows were written."""

    ledger: Pubkey
    row: Row
    count: u64


@struct
class Seen:
    """What the machine says."""

    time: i64
    slot: u64
    rent: u64
    lamports: u64
    length: u64
    owner: Pubkey
    digest: Pubkey
    rows: u64


@accounts
class OpenLedger:
    """Create a ledger."""

    owner: Account = signer(writable=True)
    ledger: Ledger = create(payer="owner", tail_length=argument("rows"), owner="owner", number=argument("number"))
    system_program: Account = program(SYSTEM_PROGRAM)


@accounts
class UseLedger:
    """Change a ledger."""

    owner: Account = signer()
    ledger: Ledger = state(writable=True, owner="owner")


@accounts
class CloseLedger:
    """Remove a ledger."""

    owner: Account = signer(writable=True)
    ledger: Ledger = close(to="owner", owner="owner")


@accounts
class Two:
    """Two ledgers, which must differ."""

    first: Ledger = state(writable=True)
    second: Ledger = state(writable=True)


@accounts
class Shared:
    """Two ledgers, which may be one."""

    first: Ledger = state(writable=True)
    second: Ledger = state(writable=True, duplicate=True)


@accounts
class Look:
    """Read only."""

    ledger: Ledger = state()
    other: Account = raw()


@accounts
class OpenDesk:
    """Create the desk and its vault."""

    payer: Account = signer(writable=True)
    desk: Desk = create(payer="payer")
    mint: Mint = mint()
    vault: Account = allocate(payer="payer", owner="token_program", space=165, seeds=(b"vault",))
    token_program: Account = program(TOKEN_PROGRAM)
    system_program: Account = program(SYSTEM_PROGRAM)


@accounts
class Move:
    """Move tokens."""

    owner: Account = signer()
    desk: Desk = state()
    purse: TokenAccount = token(authority="owner", writable=True)
    vault: TokenAccount = token(address="desk.vault", writable=True)
    token_program: Account = program(TOKEN_PROGRAM)


@instruction
def open_ledger(accounts: OpenLedger, number: u8, rows: u32) -> None:
    """Nothing to do beyond the creation."""


@instruction
def push(accounts: UseLedger, values: Array[u64]) -> None:
    """Write the first rows; add to the total."""
    ledger = accounts.ledger
    require(len(values) <= len(ledger.rows), Error.TOO_MANY)
    for i in range(len(values)):
        row = ledger.rows[i]
        row.value = values[i]
        row.seen = True
        ledger.total += values[i]
    log("pushed")
    emit(Pushed(ledger=key(ledger), row=ledger.rows[0], count=len(values)))


@instruction
def write_at(accounts: UseLedger, index: u64, value: u64) -> None:
    """One row, wherever it is said to be."""
    accounts.ledger.rows[index].value = value


@instruction
def close_ledger(accounts: CloseLedger) -> None:
    """Remove it."""


@instruction
def move_between(accounts: Two, amount: u64) -> None:
    """From one to the other."""
    accounts.first.total -= amount
    accounts.second.total += amount


@instruction
def move_shared(accounts: Shared, amount: u64) -> None:
    """From one to the other, or to itself."""
    accounts.first.total -= amount
    accounts.second.total += amount


@instruction
def look(accounts: Look) -> None:
    """Return what the machine says."""
    now = clock()
    set_return_data(
        Seen(
            time=now.unix_timestamp,
            slot=now.slot,
            rent=rent_minimum(100),
            lamports=accounts.other.lamports,
            length=accounts.other.data_length,
            owner=accounts.other.owner,
            digest=sha256((accounts.other.key, accounts.ledger.total)),
            rows=len(accounts.ledger.rows),
        )
    )


@instruction
def open_desk(accounts: OpenDesk) -> None:
    """Make the vault a token account of the desk."""
    accounts.desk.vault = accounts.vault.key
    token_initialize_account(accounts.token_program, accounts.vault, accounts.mint, key(accounts.desk))


@instruction
def pay_in(accounts: Move, amount: u64) -> None:
    """The owner signs."""
    token_transfer(accounts.token_program, accounts.purse, accounts.vault, accounts.owner, amount)


@instruction
def pay_out(accounts: Move, amount: u64) -> None:
    """The desk signs with its seeds."""
    token_transfer(accounts.token_program, accounts.vault, accounts.purse, accounts.desk, amount)


PROGRAM = Program(
    name="ledger",
    version="0.1.0",
    address=Pubkey.parse("Ledger1111111111111111111111111111111111111"),
    instructions=(
        open_ledger, push, write_at, close_ledger, move_between, move_shared, look, open_desk, pay_in, pay_out,
    ),
    errors=Error,
    events=(Pushed,),
)  # fmt: skip
