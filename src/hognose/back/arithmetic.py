"""Checked integer arithmetic: each operation gives CPython's result or aborts; checks that cannot fail are left out.

Values of types up to 64 bits travel zero- or sign-extended in 64 bits, the others in 128.
"""

from __future__ import annotations

from llvmlite import ir

from hognose.back.builder import FunctionBuilder
from hognose.back.context import I1, I64, I128, Value, word
from hognose.errors import Location
from hognose.ir.bounds import Interval
from hognose.lang.traps import TrapKind
from hognose.lang.types import IntegerType

M64 = (1 << 64) - 1


def constant(kind: IntegerType, value: int) -> ir.Constant:
    """A constant in the representation of its type."""
    return ir.Constant(I128, value & ((1 << 128) - 1)) if kind.bits == 128 else word(value)


def fits(interval: Interval, kind: IntegerType) -> bool:
    """Whether every value of an interval is one of the type."""
    return kind.minimum <= interval[0] and interval[1] <= kind.maximum


def halves(b: FunctionBuilder, value: Value) -> tuple[Value, Value]:
    """The high and low words of 128 bits."""
    low = b.ir.trunc(value, I64)
    return b.ir.trunc(b.ir.lshr(value, ir.Constant(I128, 64)), I64), low


def whole(b: FunctionBuilder, high: Value, low: Value) -> Value:
    """128 bits from two words."""
    shifted = b.ir.shl(b.ir.zext(high, I128), ir.Constant(I128, 64))
    return b.ir.or_(shifted, b.ir.zext(low, I128))


def compare(b: FunctionBuilder, operator: str, left: Value, right: Value, signed: bool) -> Value:
    """An integer comparison."""
    emit = b.ir.icmp_signed if signed else b.ir.icmp_unsigned
    return emit(operator, left, right)


def check_range(b: FunctionBuilder, value: Value, kind: IntegerType, kind_of_trap: TrapKind, at: Location) -> None:
    """Abort unless a 64-bit unsigned value fits a narrower unsigned type."""
    b.trap_unless(b.ir.icmp_unsigned("<=", value, word(kind.maximum)), kind_of_trap, at)


# -- add, subtract ---------------------------------------------------------------------------------------------------


def add(b: FunctionBuilder, x: Value, y: Value, kind: IntegerType, exact: Interval, at: Location) -> Value:
    """x + y."""
    result = b.ir.add(x, y)
    if fits(exact, kind):
        return result
    if kind.signed:
        wrapped = b.ir.and_(b.ir.xor(x, result), b.ir.xor(y, result))
        ok = b.ir.icmp_signed(">=", wrapped, ir.Constant(wrapped.type, 0))
    elif kind.bits < 64:
        ok = b.ir.icmp_unsigned("<=", result, word(kind.maximum))
    else:
        ok = b.ir.icmp_unsigned(">=", result, x)
    b.trap_unless(ok, TrapKind.OVERFLOW, at)
    return result


def subtract(b: FunctionBuilder, x: Value, y: Value, kind: IntegerType, exact: Interval, at: Location) -> Value:
    """x − y."""
    result = b.ir.sub(x, y)
    if fits(exact, kind):
        return result
    if kind.signed:
        wrapped = b.ir.and_(b.ir.xor(x, y), b.ir.xor(x, result))
        ok = b.ir.icmp_signed(">=", wrapped, ir.Constant(wrapped.type, 0))
    else:
        ok = b.ir.icmp_unsigned(">=", x, y)
    b.trap_unless(ok, TrapKind.OVERFLOW, at)
    return result


# -- multiply --------------------------------------------------------------------------------------------------------


def multiply(b: FunctionBuilder, x: Value, y: Value, kind: IntegerType, exact: Interval, at: Location) -> Value:
    """x · y."""
    safe = fits(exact, kind)
    if kind.bits == 128:
        return _multiply_signed_128(b, x, y, safe, at) if kind.signed else multiply_u128(b, x, y, safe, exact, at)
    result = b.ir.mul(x, y)
    if safe:
        return result
    if kind.signed:
        high = multiply_high_signed(b, x, y)
        b.trap_unless(b.ir.icmp_unsigned("==", high, b.ir.ashr(result, word(63))), TrapKind.OVERFLOW, at)
    elif kind.bits < 64:
        check_range(b, result, kind, TrapKind.OVERFLOW, at)
    else:
        _check_product(b, x, y, at)
    return result


def _check_product(b: FunctionBuilder, x: Value, y: Value, at: Location) -> None:
    for factor, other in ((x, y), (y, x)):
        if isinstance(factor, ir.Constant):
            limit = M64 // factor.constant if factor.constant else M64
            b.trap_unless(b.ir.icmp_unsigned("<=", other, word(limit)), TrapKind.OVERFLOW, at)
            return
    either = b.ir.or_(x, y)
    with b.unlikely(b.ir.icmp_unsigned(">", either, word((1 << 32) - 1))):
        high = b.mul_high(x, y)
        b.trap_unless(b.ir.icmp_unsigned("==", high, word(0)), TrapKind.OVERFLOW, at)


def multiply_high_signed(b: FunctionBuilder, x: Value, y: Value) -> Value:
    """The high word of a signed 128-bit product."""
    high = b.mul_high(x, y)
    high = b.ir.sub(high, b.ir.and_(b.ir.ashr(x, word(63)), y))
    return b.ir.sub(high, b.ir.and_(b.ir.ashr(y, word(63)), x))


def wide_product(b: FunctionBuilder, x: Value, y: Value, signed: bool) -> Value:
    """The 128-bit product of two words."""
    high = multiply_high_signed(b, x, y) if signed else b.mul_high(x, y)
    return whole(b, high, b.ir.mul(x, y))


def multiply_u128(b: FunctionBuilder, x: Value, y: Value, safe: bool, exact: Interval, at: Location) -> Value:
    """x · y of u128; two factors that are known to be words need one wide product."""
    xh, xl = halves(b, x)
    yh, yl = halves(b, y)
    if exact[1] <= M64 * M64 and _is_word(x) and _is_word(y):
        return wide_product(b, xl, yl, signed=False)
    cross = b.ir.add(b.ir.mul(xh, yl), b.ir.mul(xl, yh))
    low = wide_product(b, xl, yl, signed=False)
    result = b.ir.add(low, whole(b, cross, word(0)))
    if safe:
        return result
    both = b.ir.and_(b.ir.icmp_unsigned("!=", xh, word(0)), b.ir.icmp_unsigned("!=", yh, word(0)))
    b.trap_unless(b.ir.not_(both), TrapKind.OVERFLOW, at)
    for high, other in ((xh, yl), (yh, xl)):
        with b.unlikely(b.ir.icmp_unsigned("!=", high, word(0))):
            spilled = b.mul_high(high, other)
            b.trap_unless(b.ir.icmp_unsigned("==", spilled, word(0)), TrapKind.OVERFLOW, at)
    b.trap_unless(b.ir.icmp_unsigned(">=", result, low), TrapKind.OVERFLOW, at)
    return result


def _is_word(value: Value) -> bool:
    """Whether 128 bits are a zero-extended word, as far as can be seen here."""
    if isinstance(value, ir.Constant):
        return value.constant <= M64
    return isinstance(value, ir.CastInstr) and value.opname == "zext"


def magnitude(b: FunctionBuilder, x: Value) -> tuple[Value, Value]:
    """|x| and whether x is negative."""
    zero = ir.Constant(x.type, 0)
    negative = b.ir.icmp_signed("<", x, zero)
    return b.ir.select(negative, b.ir.sub(zero, x), x), negative


def with_sign(b: FunctionBuilder, x: Value, negative: Value, check: bool, at: Location) -> Value:
    """A magnitude with its sign; aborts when a signed type cannot hold it."""
    zero = ir.Constant(x.type, 0)
    result = b.ir.select(negative, b.ir.sub(zero, x), x)
    if check:
        consistent = b.ir.icmp_unsigned("==", b.ir.icmp_signed("<", result, zero), negative)
        b.trap_unless(b.ir.or_(consistent, b.ir.icmp_unsigned("==", x, zero)), TrapKind.OVERFLOW, at)
    return result


def _multiply_signed_128(b: FunctionBuilder, x: Value, y: Value, safe: bool, at: Location) -> Value:
    mx, nx = magnitude(b, x)
    my, ny = magnitude(b, y)
    everything = (0, (1 << 256) - 1)
    product = multiply_u128(b, mx, my, False, everything, at)
    return with_sign(b, product, b.ir.xor(nx, ny), not safe, at)


# -- divide ----------------------------------------------------------------------------------------------------------


def divide(
    b: FunctionBuilder, x: Value, y: Value, kind: IntegerType, want: str, divisor: Interval, at: Location
) -> Value:
    """x // y or x % y, rounding down as Python does."""
    zero = ir.Constant(x.type, 0)
    if divisor[0] <= 0 <= divisor[1]:
        b.trap_unless(b.ir.icmp_unsigned("!=", y, zero), TrapKind.DIVISION_BY_ZERO, at)
    if not kind.signed:
        quotient = unsigned_quotient(b, x, y)
        return (
            quotient
            if want == "//"
            else b.ir.sub(x, b.ir.mul(quotient, y))
            if kind.bits < 128
            else _rest(b, x, y, quotient)
        )
    mx, nx = magnitude(b, x)
    my, ny = magnitude(b, y)
    quotient = unsigned_quotient(b, mx, my)
    rest = b.ir.sub(mx, b.ir.mul(quotient, my)) if kind.bits < 128 else _rest(b, mx, my, quotient)
    differ = b.ir.xor(nx, ny)
    inexact = b.ir.icmp_unsigned("!=", rest, zero)
    adjust = b.ir.and_(differ, inexact)
    if want == "//":
        one = b.ir.zext(adjust, x.type)
        return with_sign(b, b.ir.add(quotient, one), differ, True, at)
    # The remainder has the divisor's sign.
    size = b.ir.select(adjust, b.ir.sub(my, rest), rest)
    return b.ir.select(ny, b.ir.sub(zero, size), size)


def _rest(b: FunctionBuilder, x: Value, y: Value, quotient: Value) -> Value:
    product = multiply_u128(b, quotient, y, True, (0, (1 << 256) - 1), b.at)
    return b.ir.sub(x, product)


def unsigned_quotient(b: FunctionBuilder, x: Value, y: Value) -> Value:
    """x // y of unsigned operands, y not 0; 128 bits by the library."""
    if x.type != I128:
        return b.ir.udiv(x, y)
    xh, xl = halves(b, x)
    yh, yl = halves(b, y)
    high, low = b.library("divide_u128", xh, xl, yh, yl)
    return whole(b, high, low)


# -- shift -----------------------------------------------------------------------------------------------------------


def shift_left(b: FunctionBuilder, x: Value, n: Value, kind: IntegerType, exact: Interval, at: Location) -> Value:
    """x << n; aborts when bits would be lost, or when n is the width or more."""
    width = 128 if kind.bits == 128 else 64
    limit = b.ir.icmp_unsigned("<", n, word(width))
    if not isinstance(n, ir.Constant):
        b.trap_unless(limit, TrapKind.SHIFT, at)
    elif n.constant >= width:
        b.trap_unless(ir.Constant(I1, 0), TrapKind.SHIFT, at)
        return constant(kind, 0)
    result = shift_left_raw(b, x, n)
    if not fits(exact, kind):
        back = shift_right_raw(b, result, n, kind.signed)
        b.trap_unless(b.ir.icmp_unsigned("==", back, x), TrapKind.OVERFLOW, at)
        if kind.bits < 64:
            check_range(b, result, kind, TrapKind.OVERFLOW, at)
    return result


def shift_right(b: FunctionBuilder, x: Value, n: Value, kind: IntegerType) -> Value:
    """x >> n, rounding down; 0 or −1 when n is the width or more."""
    width = 128 if kind.bits == 128 else 64
    if isinstance(n, ir.Constant):
        if n.constant >= width:
            return shift_right_raw(b, x, word(width - 1), True) if kind.signed else constant(kind, 0)
        return shift_right_raw(b, x, n, kind.signed)
    inside = b.ir.icmp_unsigned("<", n, word(width))
    clamped = b.ir.select(inside, n, word(width - 1))
    shifted = shift_right_raw(b, x, clamped, kind.signed)
    return shifted if kind.signed else b.ir.select(inside, shifted, constant(kind, 0))


def shift_left_raw(b: FunctionBuilder, x: Value, n: Value) -> Value:
    """x << n modulo the width, n below it."""
    if x.type != I128:
        return b.ir.shl(x, n)
    if isinstance(n, ir.Constant):
        return b.ir.shl(x, ir.Constant(I128, n.constant))
    # No variable 128-bit shifts on BPF: two words, and the bits that cross.
    high, low = halves(b, x)
    crossed = b.ir.lshr(b.ir.lshr(low, word(1)), b.ir.xor(b.ir.and_(n, word(63)), word(63)))
    small_high = b.ir.or_(b.ir.shl(high, b.ir.and_(n, word(63))), crossed)
    moved = b.ir.shl(low, b.ir.and_(n, word(63)))
    large = b.ir.icmp_unsigned(">=", n, word(64))
    return whole(b, b.ir.select(large, moved, small_high), b.ir.select(large, word(0), moved))


def shift_right_raw(b: FunctionBuilder, x: Value, n: Value, signed: bool) -> Value:
    """x >> n, n below the width."""
    emit = b.ir.ashr if signed else b.ir.lshr
    if x.type != I128:
        return emit(x, n)
    if isinstance(n, ir.Constant):
        return emit(x, ir.Constant(I128, n.constant))
    high, low = halves(b, x)
    inner = b.ir.and_(n, word(63))
    crossed = b.ir.shl(b.ir.shl(high, word(1)), b.ir.xor(inner, word(63)))
    small_low = b.ir.or_(b.ir.lshr(low, inner), crossed)
    moved = emit(high, inner)
    large = b.ir.icmp_unsigned(">=", n, word(64))
    fill = b.ir.ashr(high, word(63)) if signed else word(0)
    return whole(b, b.ir.select(large, fill, moved), b.ir.select(large, moved, small_low))


# -- convert ---------------------------------------------------------------------------------------------------------


def convert(
    b: FunctionBuilder, x: Value, source: IntegerType, target: IntegerType, interval: Interval, at: Location
) -> Value:
    """x as another type, range-checked unless the interval shows that it fits."""
    if source.bits == 128 and target.bits < 128:
        narrow = b.ir.trunc(x, I64)
        if not fits(interval, target):
            again = b.ir.sext(narrow, I128) if target.signed else b.ir.zext(narrow, I128)
            ok = b.ir.icmp_unsigned("==", again, x)
            if target.signed and not source.signed:
                # The greatest unsigned numbers look like small negative ones.
                ok = b.ir.and_(ok, b.ir.icmp_signed(">=", narrow, word(0)))
            b.trap_unless(ok, TrapKind.CONVERSION, at)
            if target.bits < 64:
                check_range(b, narrow, target, TrapKind.CONVERSION, at)
        return narrow
    if not fits(interval, target):
        _check_conversion(b, x, source, target, at)
    if source.bits < 128 and target.bits == 128:
        return b.ir.sext(x, I128) if source.signed else b.ir.zext(x, I128)
    return x


def _check_conversion(b: FunctionBuilder, x: Value, source: IntegerType, target: IntegerType, at: Location) -> None:
    if source.signed != target.signed:
        zero = ir.Constant(x.type, 0)
        b.trap_unless(b.ir.icmp_signed(">=", x, zero), TrapKind.CONVERSION, at)
    if target.bits < 64:
        check_range(b, x, target, TrapKind.CONVERSION, at)
