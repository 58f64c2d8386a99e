"""A whole program: an account at seeds, its creation, a change, an event."""

from hognose.lang import (
    SYSTEM_PROGRAM,
    Account,
    ErrorCode,
    Program,
    Pubkey,
    account,
    accounts,
    create,
    emit,
    event,
    instruction,
    key,
    program,
    require,
    signer,
    state,
    u8,
    u64,
)


class Error(ErrorCode):
    """Why it refuses."""

    TOO_FAR = 6000, "One step is at most ten."


@account(seeds=(b"counter", "owner"))
class Counter:
    """How far its owner has counted."""

    owner: Pubkey
    bump: u8
    total: u64


@event
class Stepped:
    """A counter moved."""

    counter: Pubkey
    total: u64


@accounts
class Open:
    """Create the signer's counter."""

    owner: Account = signer(writable=True)
    counter: Counter = create(payer="owner", owner="owner")
    system_program: Account = program(SYSTEM_PROGRAM)


@accounts
class Step:
    """Move the signer's counter."""

    owner: Account = signer()
    counter: Counter = state(writable=True, owner="owner")


@instruction
def open_counter(accounts: Open) -> None:
    """Start at nothing."""


@instruction
def step(accounts: Step, by: u8) -> None:
    """Move by at most ten."""
    require(by <= 10, Error.TOO_FAR)
    accounts.counter.total += by
    emit(Stepped(counter=key(accounts.counter), total=accounts.counter.total))


PROGRAM = Program(
    name="counter",
    version="0.1.0",
    address=Pubkey.parse("Counter111111111111111111111111111111111111"),
    instructions=(open_counter, step),
    errors=Error,
    events=(Stepped,),
)
