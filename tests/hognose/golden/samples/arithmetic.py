"""Every integer operation that is checked, in few lines."""

from hognose.lang import (
    ErrorCode,
    Program,
    Pubkey,
    accounts,
    i128,
    instruction,
    mul_div_ceil,
    mul_shift,
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
class Result:
    """Both results."""

    mixed: i128
    fused: u64


@accounts
class Nobody:
    """No accounts."""


def mixed(a: u64, b: u8, c: i128) -> i128:
    """Widening, checked conversion, floor division, negation."""
    total: u128 = u128(a) * b + 1
    return c // (i128(total) | 1) - -c % 7


def fused(price: u64, amount: u64, scale: u8) -> u64:
    """The intrinsics, and shifts by a variable count."""
    fee = mul_div_ceil(amount, 30, 10_000)
    return mul_shift(price, amount - fee, 32) + (u64(1) << scale) + (amount >> scale)


@instruction
def run(accounts: Nobody, a: u64, b: u8, c: i128) -> None:
    """Return both."""
    set_return_data(Result(mixed=mixed(a, b, c), fused=fused(a, a, b)))


PROGRAM = Program(
    name="arithmetic",
    version="0.1.0",
    address=Pubkey(bytes(range(32))),
    instructions=(run,),
    errors=Error,
)
