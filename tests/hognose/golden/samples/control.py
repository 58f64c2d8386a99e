"""Loops, branches, chains, several results, an error."""

from hognose.lang import (
    Array,
    ErrorCode,
    Program,
    Pubkey,
    accounts,
    array,
    i64,
    instruction,
    require,
    set_return_data,
    struct,
    table,
    u16,
    u64,
)

PRIMES = table(u16, [2, 3, 5, 7, 11, 13])


class Error(ErrorCode):
    """Why it refuses."""

    EMPTY = 6000, "Nothing to look at."


def extent(values: Array[i64]) -> tuple[i64, i64]:
    """The least and the greatest value."""
    require(len(values) > 0, Error.EMPTY)
    low = values[0]
    high = low
    for i in range(1, len(values)):
        if values[i] < low:
            low = values[i]
        elif values[i] > high:
            high = values[i]
    return low, high


def smallest_factor(n: u64) -> u64:
    """The first prime of the table that divides n, or n."""
    seen = array(u64, 6)
    i = 0
    while i < len(PRIMES):
        seen[i] = n % PRIMES[i]
        if seen[i] == 0 and 1 < n <= 1_000_000:
            break
        i += 1
    return PRIMES[i] if i < len(PRIMES) else n


@struct
class Result:
    """All results."""

    low: i64
    high: i64
    factor: u64


@accounts
class Nobody:
    """No accounts."""


@instruction
def run(accounts: Nobody, n: u64, values: Array[i64]) -> None:
    """Return all."""
    low, high = extent(values)
    set_return_data(Result(low=low, high=high, factor=smallest_factor(n)))


PROGRAM = Program(
    name="control",
    version="0.1.0",
    address=Pubkey(bytes(range(32))),
    instructions=(run,),
    errors=Error,
)
