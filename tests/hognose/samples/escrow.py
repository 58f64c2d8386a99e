"""A counter and an escrow: a program with every kind of account, argument and address that an IDL describes."""

from hognose.lang import (
    SYSTEM_PROGRAM,
    TOKEN_2022_PROGRAM,
    TOKEN_PROGRAM,
    Account,
    Array,
    ErrorCode,
    Mint,
    Program,
    Pubkey,
    SecurityText,
    TokenAccount,
    account,
    accounts,
    allocate,
    argument,
    close,
    create,
    emit,
    event,
    instruction,
    key,
    mint,
    program,
    require,
    signer,
    state,
    struct,
    tail,
    token,
    token_initialize_account,
    token_transfer,
    u8,
    u16,
    u64,
    u128,
)


class Error(ErrorCode):
    """Why the program refuses."""

    LIMIT_REACHED = 6000, "The counter would pass its limit. Close it and open one with a higher limit."
    NOTHING_OFFERED = 6001, "An offer holds at least one token."


@struct
class Terms:
    """What is offered and what is wanted."""

    offered: u64
    """Tokens that the maker locks."""
    wanted_lamports: u64
    open: bool


@account(seeds=(b"counter", "authority"))
class Counter:
    """How far its owner has counted."""

    authority: Pubkey
    """Who may count."""
    bump: u8
    total: u64
    limit: u128
    """The highest total that `total` may reach."""
    history: Array[u64] = tail(u64, minimum=4)
    """The latest steps; the newest overwrites the oldest."""


@account(seeds=(b"desk",))
class Desk:
    """Holds the tokens of every offer."""

    bump: u8
    mint: Pubkey
    vault: Pubkey
    offers: u64


@account(seeds=(b"offer", "maker", "number"))
class Offer:
    """An open offer."""

    maker: Pubkey
    number: u64
    bump: u8
    terms: Terms


@event
class Counted:
    """A counter moved."""

    authority: Pubkey
    step: u64
    total: u64


@event
class Offered:
    """An offer was made."""

    offer: Pubkey
    terms: Terms


@accounts
class OpenCounter:
    authority: Account = signer(writable=True)
    """Owns the counter and pays for it."""
    counter: Counter = create(payer="authority", tail_length=argument("length"), authority="authority")
    system_program: Account = program(SYSTEM_PROGRAM)


@accounts
class Count:
    authority: Account = signer()
    counter: Counter = state(writable=True, authority="authority")


@accounts
class CloseCounter:
    authority: Account = signer(writable=True)
    counter: Counter = close(to="authority", authority="authority")


@accounts
class OpenDesk:
    payer: Account = signer(writable=True)
    desk: Desk = create(payer="payer")
    mint: Mint = mint()
    vault: Account = allocate(payer="payer", owner="token_program", space=165, seeds=(b"vault",))
    token_program: Account = program(TOKEN_PROGRAM, TOKEN_2022_PROGRAM)
    system_program: Account = program(SYSTEM_PROGRAM)


@accounts
class MakeOffer:
    maker: Account = signer(writable=True)
    desk: Desk = state(writable=True)
    offer: Offer = create(payer="maker", maker="maker", number=argument("number"))
    source: TokenAccount = token(mint="desk.mint", authority="maker", writable=True)
    """The maker's tokens."""
    vault: TokenAccount = token(address="desk.vault", writable=True)
    token_program: Account = program(TOKEN_PROGRAM, TOKEN_2022_PROGRAM)
    system_program: Account = program(SYSTEM_PROGRAM)


@accounts
class CancelOffer:
    maker: Account = signer(writable=True)
    desk: Desk = state(writable=True)
    offer: Offer = close(to="maker", maker="maker")
    destination: TokenAccount = token(mint="desk.mint", writable=True)
    vault: TokenAccount = token(address="desk.vault", writable=True)
    token_program: Account = program(TOKEN_PROGRAM, TOKEN_2022_PROGRAM)


@instruction
def open_counter(accounts: OpenCounter, limit: u128, length: u16) -> None:
    """Open the counter of the signer.

    Its history keeps `length` steps, at least four.
    """
    accounts.counter.limit = limit


@instruction
def count(accounts: Count, steps: Array[u64]) -> None:
    """Add every step to the total."""
    counter = accounts.counter
    for i in range(len(steps)):
        require(u128(counter.total) + steps[i] <= counter.limit, Error.LIMIT_REACHED)
        counter.total += steps[i]
        counter.history[i % len(counter.history)] = steps[i]
        emit(Counted(authority=accounts.authority.key, step=steps[i], total=counter.total))


@instruction
def close_counter(accounts: CloseCounter) -> None:
    """Remove the signer's counter."""


@instruction
def open_desk(accounts: OpenDesk) -> None:
    """Create the desk and its vault."""
    accounts.desk.mint = key(accounts.mint)
    accounts.desk.vault = accounts.vault.key
    token_initialize_account(accounts.token_program, accounts.vault, accounts.mint, key(accounts.desk))


@instruction
def make_offer(accounts: MakeOffer, number: u64, terms: Terms) -> None:
    """Lock the offered tokens."""
    require(terms.offered > 0, Error.NOTHING_OFFERED)
    offer = accounts.offer
    offer.terms.offered = terms.offered
    offer.terms.wanted_lamports = terms.wanted_lamports
    offer.terms.open = True
    accounts.desk.offers += 1
    token_transfer(accounts.token_program, accounts.source, accounts.vault, accounts.maker, terms.offered)
    emit(Offered(offer=key(offer), terms=terms))


@instruction
def cancel_offer(accounts: CancelOffer) -> None:
    """Return the tokens and remove the offer."""
    accounts.desk.offers -= 1
    offered = accounts.offer.terms.offered
    token_transfer(accounts.token_program, accounts.vault, accounts.destination, accounts.desk, offered)


PROGRAM = Program(
    name="escrow",
    version="0.1.0",
    address=Pubkey.parse("Escrow1111111111111111111111111111111111112"),
    instructions=(open_counter, count, close_counter, open_desk, make_offer, cancel_offer),
    errors=Error,
    events=(Counted, Offered),
    description="A counter and an escrow",
    security=SecurityText(
        name="escrow",
        project_url="https://example.org",
        contacts="email:security@example.org",
        policy="https://example.org/security",
    ),
)
