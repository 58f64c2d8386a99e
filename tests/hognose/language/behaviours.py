"""Functions that show one behaviour of the language each; test_behaviours.py says which."""

from hognose.lang import (
    SYSTEM_PROGRAM,
    TOKEN_PROGRAM,
    Array,
    ErrorCode,
    Pubkey,
    array,
    copy_into,
    fail,
    i64,
    i128,
    mul_div_ceil,
    mul_div_floor,
    mul_shift,
    mul_shift_ceil,
    require,
    sha256,
    struct,
    table,
    u8,
    u16,
    u32,
    u64,
    u128,
)

LIMIT = 2**40 + 1
PRIMES = table(u16, [2, 3, 5, 7])
SIGNS = table(i64, [-1, 0, 1])
FLAGS = table(bool, [True, False, True])


class Error(ErrorCode):
    """Errors of these functions."""

    SMALL = 6000, "Too small."
    LARGE = 6001, "Too large."


@struct
class Inner:
    """Two numbers."""

    a: u64 = 0
    b: u8 = 0


@struct
class Outer:
    """A struct in a struct, and arrays."""

    inner: Inner = Inner()
    owner: Pubkey = SYSTEM_PROGRAM
    many: Array[Inner] = array(Inner, 3)
    bytes: Array[u8] = array(u8, 5)


# -- integers --------------------------------------------------------------------------------------------------------


def floor(a: i64, b: i64) -> tuple[i64, i64]:
    """Division and remainder."""
    return a // b, a % b


def shift_right(a: i64, n: u64) -> i64:
    """Far or near."""
    return a >> n


def shift_left(a: u64, n: u64) -> u64:
    """Checked."""
    return a << n


def never(a: u64) -> u64:
    """An operation that aborts whatever comes, as a count."""
    return a << (u8(3) - 4)


def widen(a: u8, b: u16, c: i64) -> i64:
    """Narrow operands meet in the wider type."""
    return a * b - c


def narrow_product(a: u8, b: u8) -> u64:
    """The product is a u8, whatever it is assigned to."""
    return a * b


def convert(a: i128) -> u8:
    """Checked."""
    return u8(a)


def convert_unsigned(a: u128) -> i64:
    """Checked at the top: the greatest u128 are not negative."""
    return i64(a)


def from_bool(a: bool) -> u64:
    """One or zero."""
    return u64(a) + 10


def constants(a: u64) -> u64:
    """Module-level constants fold."""
    return a + LIMIT * 2 - (1 << 5)


def defaults(a: u64, b: u64 = 7, c: bool = True) -> u64:
    """Default values of parameters."""
    return a + b if c else a


def call_defaults(a: u64) -> u64:
    """Left out, and given by name."""
    return defaults(a) * 1_000_000 + defaults(a, c=False) * 1_000 + defaults(a, 1)


def lengths(a: u64, b: u128) -> tuple[u64, u64]:
    """Bits."""
    return a.bit_length(), b.bit_length()


def extremes(a: i64, b: i128) -> tuple[i128, i128, i128]:
    """Least, greatest, absolute."""
    return min(a, b, 5), max(a, b, -5), abs(b)


def fused(a: u64, b: u64, c: u64) -> tuple[u64, u64]:
    """Wide intermediates."""
    return mul_div_floor(a, b, c), mul_div_ceil(a, b, c)


def fused_shift(a: i128, b: i128, n: u64) -> tuple[i128, i128]:
    """Both roundings."""
    return mul_shift(a, b, n), mul_shift_ceil(a, b, n)


def bits(a: u32, b: u32) -> tuple[u32, u32, u32]:
    """And, or, exclusive or."""
    return a & b, a | b, a ^ b


# -- flow ------------------------------------------------------------------------------------------------------------


def short_circuit(a: u64, b: u64) -> bool:
    """The division is reached only where it is defined."""
    return (b != 0 and a // b > 2) or a == 7


def chain(a: u64, b: u64, c: u64) -> bool:
    """The middle is evaluated once."""
    return a < 100 // b <= c != 3


def chain_of_literals(a: i64) -> bool:
    """A literal in the middle takes the type of its neighbours."""
    return a < 0 < -a


def loop_variable(n: u64) -> u64:
    """Assigning the loop's name changes nothing of the loop."""
    total = 0
    i: u64 = 77
    for i in range(n):
        total += i
        i = 1000
    return total * 10_000 + i


def count_down(a: i64, b: i64) -> i64:
    """Steps below zero."""
    total: i64 = 0
    for i in range(a, b, -3):
        total = total * 10 + i
    return total


def last_step(start: u64) -> u64:
    """The counter does not wrap at the end of its type."""
    count = 0
    for _ in range(start, 18446744073709551615, 4611686018427387904):
        count += 1
    return count


def jumps(n: u64) -> u64:
    """Break and continue of two loops."""
    total = 0
    i = 0
    while True:
        i += 1
        if i > n:
            break
        for j in range(i):
            if j % 2 == 1:
                continue
            if j > 5:
                break
            total += j
    return total


def either(flag: bool, a: u64, b: u8) -> u64:
    """A conditional expression evaluates one side."""
    return a // b if flag else a


def on_every_path(a: u64) -> u64:
    """Assigned on each path, or the path ends."""
    if a > 10:
        x = 1
    elif a > 5:
        fail(Error.LARGE)
    else:
        return 0
    return x + a


def errors(a: u64) -> u64:
    """Program errors."""
    require(a >= 10, Error.SMALL)
    require(a <= 20, Error.LARGE)
    return a


# -- evaluation order ------------------------------------------------------------------------------------------------


def tick(state: Array[u64], digit: u64) -> u64:
    """Note down that it ran; the digit."""
    state[0] = state[0] * 10 + digit
    return digit


def operands(n: u64) -> u64:
    """Left before right."""
    state = array(u64, 1)
    total = tick(state, 1) + tick(state, 2) * tick(state, 3)
    return state[0] * 100 + total


def four(a: u64, b: u64, c: u64, d: u64) -> u64:
    """A number of four digits."""
    return ((a * 10 + b) * 10 + c) * 10 + d


def arguments(n: u64) -> u64:
    """In the order of the source, not of the parameters."""
    state = array(u64, 1)
    result = four(tick(state, 1), d=tick(state, 2), b=tick(state, 3), c=tick(state, 4))
    return state[0] * 10_000 + result


def indexed(n: u64) -> u64:
    """The value before the place; base before index; once each."""
    state = array(u64, 1)
    outer = Outer()
    outer.many[tick(state, 1)].a = tick(state, 2)
    outer.many[tick(state, 1)].a += tick(state, 4)
    outer.bytes[tick(state, 3)] |= u8(tick(state, 5))
    return state[0] * 1_000 + outer.many[1].a * 10 + outer.bytes[3]


def fields(n: u64) -> u64:
    """The fields of a struct in the order of the source."""
    state = array(u64, 1)
    made = Inner(b=u8(tick(state, 1)), a=tick(state, 2))
    return state[0] * 100 + made.a * 10 + made.b


def read_first(n: u64) -> u64:
    """A value read before a call is not the one after it."""
    state = array(u64, 1)
    state[0] = n
    return state[0] * 100 + tick(state, 3)


def base_first(xs: Array[u64]) -> u64:
    """Of two aborts, that of the base comes first."""
    outer = Outer()
    return outer.many[xs[0] - 1].a + outer.bytes[xs[9]]


# -- views -----------------------------------------------------------------------------------------------------------


def second_name(n: u64) -> u64:
    """A second name is a view."""
    outer = Outer()
    inner = outer.inner
    element = outer.many[2]
    inner.a = n
    element.a = n + 1
    copy_into(outer.many[0], inner)
    inner.a += 1
    return (outer.inner.a * 100 + outer.many[2].a) * 100 + outer.many[0].a


def fill(target: Array[u8], value: u8) -> None:
    """Write through a view."""
    for i in range(len(target)):
        target[i] = value


def through_a_view(n: u8) -> u64:
    """What a function writes to an array is seen by its caller."""
    outer = Outer()
    fill(outer.bytes, n)
    outer.bytes[1] += 1
    return outer.bytes[0] + u64(1000) * outer.bytes[1] + len(outer.bytes)


def part_of_another(n: u64) -> u64:
    """A struct made of structs holds copies of them."""
    inner = Inner(a=n)
    outer = Outer(inner=inner)
    inner.a += 1
    return outer.inner.a * 100 + inner.a


def chosen(flag: bool, xs: Array[u64]) -> u64:
    """A view of one of two arrays."""
    other = array(u64, 4)
    other[0] = 5
    seen = first_of(flag, xs, other)
    return seen


def first_of(flag: bool, xs: Array[u64], ys: Array[u64]) -> u64:
    """Both sides are views."""
    zs = xs if flag else ys
    return zs[0] + len(zs)


def copied_to_itself(i: u64, j: u64) -> u64:
    """Source and destination may be one."""
    many = array(Outer, 2)
    many[0].inner.a = 1
    many[1].inner.a = 2
    copy_into(many[i], many[j])
    return many[0].inner.a * 10 + many[1].inner.a


def tables(i: u64) -> i64:
    """Tables of several types."""
    return SIGNS[i] * PRIMES[i] + i64(FLAGS[i]) * 100


def small_elements(i: u64) -> u64:
    """Elements narrower than a word, at every offset."""
    xs = array(u8, 7)
    for k in range(7):
        xs[k] = u8(k * k)
    return xs[i]


# -- addresses -------------------------------------------------------------------------------------------------------


def copy_on_read(owner: Pubkey) -> bool:
    """A Pubkey is a value: the place it was read from may change."""
    outer = Outer(owner=owner)
    before = outer.owner
    outer.owner = TOKEN_PROGRAM
    return before == owner and outer.owner == TOKEN_PROGRAM


def replace(outer: Outer, old: Pubkey) -> bool:
    """Whether the argument is still what it was."""
    outer.owner = SYSTEM_PROGRAM
    return old == TOKEN_PROGRAM


def as_argument(n: u64) -> bool:
    """An argument does not change with the place it came from."""
    outer = Outer(owner=TOKEN_PROGRAM)
    return replace(outer, outer.owner)


def change(outer: Outer) -> Pubkey:
    """Change the owner; the new one."""
    outer.owner = SYSTEM_PROGRAM
    return outer.owner


def as_operand(n: u64) -> bool:
    """An operand is read before the one to its right is evaluated."""
    outer = Outer(owner=TOKEN_PROGRAM)
    return outer.owner == change(outer)


def swap(a: Pubkey, b: Pubkey) -> tuple[bool, bool]:
    """Exchange in an array."""
    keys = array(Pubkey, 2)
    keys[0] = a
    keys[1] = b
    first = keys[0]
    keys[0] = keys[1]
    keys[1] = first
    return keys[0] == b, keys[1] == a


def choose(flag: bool, a: Pubkey) -> Pubkey:
    """One of two."""
    return a if flag else SYSTEM_PROGRAM


def inline_copy(n: u64) -> u64:
    """More arguments than registers, 128-bit ones among them."""
    return u64(many_arguments(n, u128(n), i128(n), True, u8(n), n, n, SYSTEM_PROGRAM, u128(1) << 100) >> 64)


def many_arguments(a: u64, b: u128, c: i128, d: bool, e: u8, f: u64, g: u64, h: Pubkey, i: u128) -> u128:
    """Nine."""
    return i + (a + b + u128(c) + e + f + g if d and h == SYSTEM_PROGRAM else 0)


def digest(a: u64, owner: Pubkey) -> Pubkey:
    """Packed bytes, one part after the other."""
    return sha256((a, owner, Inner(a=1, b=2), True))


def half_a_frame(n: u64) -> u64:
    """An array of more than half of the machine's stack frame."""
    many = array(u64, 300)
    many[n % 300] = n
    return many[(n + 1) % 300] + n


def two_halves(n: u64) -> u64:
    """Caller and callee fit a frame each, and not one together."""
    many = array(u64, 300)
    many[n % 300] = n
    return many[n % 300] * 1_000 + half_a_frame(n)
