"""Structs, views of them, addresses, calls with many arguments."""

from hognose.lang import (
    Array,
    ErrorCode,
    Program,
    Pubkey,
    accounts,
    array,
    copy_into,
    instruction,
    set_return_data,
    struct,
    u8,
    u64,
    u128,
)


class Error(ErrorCode):
    """Why it refuses."""

    UNUSED = 6000, "Never."


@struct
class Order:
    """One side of a trade."""

    owner: Pubkey = Pubkey(bytes(32))
    amount: u64 = 0
    open: bool = False


@struct
class Book:
    """A few orders."""

    best: Order = Order()
    orders: Array[Order] = array(Order, 4)


def place(book: Book, owner: Pubkey, amount: u64, slot: u8) -> bool:
    """Write one order through a view; remember the largest."""
    order = book.orders[slot % 4]
    order.owner = owner
    order.amount += amount
    order.open = True
    if order.amount > book.best.amount:
        copy_into(book.best, order)
    return book.best.owner == owner


def weigh(a: u64, b: u64, c: u64, d: u64, e: u128, f: u8, g: bool) -> u128:
    """More arguments than registers."""
    return (u128(a) * b + u128(c) * d) // max(e, 1) if g else u128(f)


def both(owner: Pubkey, amount: u64) -> tuple[u128, bool]:
    """Calls by position and by name."""
    book = Book()
    placed = place(book, owner, slot=3, amount=amount)
    return weigh(amount, 2, 3, 4, g=placed, f=5, e=6), placed


@struct
class Result:
    """Both results."""

    weight: u128
    placed: bool


@accounts
class Nobody:
    """No accounts."""


@instruction
def run(accounts: Nobody, owner: Pubkey, amount: u64) -> None:
    """Return both."""
    weight, placed = both(owner, amount)
    set_return_data(Result(weight=weight, placed=placed))


PROGRAM = Program(
    name="records",
    version="0.1.0",
    address=Pubkey(bytes(range(32))),
    instructions=(run,),
    errors=Error,
)
