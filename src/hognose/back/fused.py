"""The fused intrinsics: products of twice the width, divided or shifted back."""

from __future__ import annotations

from typing import cast

from llvmlite import ir

from hognose.back import arithmetic as math
from hognose.back.builder import FunctionBuilder
from hognose.back.context import I1, I128, Value, word
from hognose.errors import Location
from hognose.ir.bounds import Bounds, Interval
from hognose.ir.nodes import Const, Intrinsic
from hognose.lang.traps import TrapKind
from hognose.lang.types import IntegerType


def intrinsic(b: FunctionBuilder, node: Intrinsic, operands: list[Value], bounds: Bounds) -> Value:
    """Emit one intrinsic."""
    kind = cast(IntegerType, node.operands[0].type)
    match node.name:
        case "min" | "max":
            less = math.compare(b, "<", operands[0], operands[1], kind.signed)
            first, second = operands if node.name == "min" else operands[::-1]
            return b.ir.select(less, first, second)
        case "abs":
            return _absolute(b, operands[0], kind, bounds(node.operands[0]), node.at)
        case "bit_length":
            return _bit_length(b, operands[0], kind)
        case "mul_shift" | "mul_shift_ceil":
            up = node.name.endswith("ceil")
            return _mul_shift(b, node, operands, up, kind, bounds)
        case _:
            up = node.name.endswith("ceil")
            return _mul_div(b, node, operands, up, kind, bounds)


def _absolute(b: FunctionBuilder, x: Value, kind: IntegerType, interval: Interval, at: Location) -> Value:
    if not kind.signed:
        return x
    size, _ = math.magnitude(b, x)
    if interval[0] == kind.minimum:
        b.trap_unless(b.ir.icmp_signed(">=", size, ir.Constant(size.type, 0)), TrapKind.OVERFLOW, at)
    return size


def _bit_length(b: FunctionBuilder, x: Value, kind: IntegerType) -> Value:
    if kind.bits < 128:
        return b.library("bit_length", x)[0]
    high, low = math.halves(b, x)
    is_low = b.ir.icmp_unsigned("==", high, word(0))
    part = b.library("bit_length", b.ir.select(is_low, low, high))[0]
    return b.ir.add(part, b.ir.select(is_low, word(0), word(64)))


# -- mul_shift -------------------------------------------------------------------------------------------------------


def _mul_shift(
    b: FunctionBuilder, node: Intrinsic, operands: list[Value], up: bool, kind: IntegerType, bounds: Bounds
) -> Value:
    x, y, n = operands
    low_a, high_a = bounds(node.operands[0])
    low_b, high_b = bounds(node.operands[1])
    products = [p * q for p in (low_a, high_a) for q in (low_b, high_b)]
    exact = (min(products), max(products))
    if kind.bits == 128:
        return _mul_shift_128(b, x, y, n, up, kind, node.at)
    product = math.wide_product(b, x, y, kind.signed)
    wide = IntegerType("i128" if kind.signed else "u128", 128, kind.signed)
    if isinstance(node.operands[2], Const):
        count = node.operands[2].value
        shifted = _shift_constant(b, product, count, up, wide)
        interval = (exact[0] >> count, -(-exact[1] >> count))
    else:
        shifted = _shift_variable(b, product, n, up, wide)
        interval = exact
    return (
        math.convert(b, shifted, wide, kind, interval, node.at)
        if math.fits(interval, kind)
        else _narrow(b, shifted, kind, node.at)
    )


def _narrow(b: FunctionBuilder, value: Value, kind: IntegerType, at: Location) -> Value:
    narrow = b.ir.trunc(value, ir.IntType(64))
    again = b.ir.sext(narrow, I128) if kind.signed else b.ir.zext(narrow, I128)
    b.trap_unless(b.ir.icmp_unsigned("==", again, value), TrapKind.OVERFLOW, at)
    return narrow


def _shift_constant(b: FunctionBuilder, product: Value, count: int, up: bool, wide: IntegerType) -> Value:
    shifted = math.shift_right(b, product, word(count), wide)
    if not up or count == 0:
        return shifted
    mask = ir.Constant(I128, (1 << min(count, 128)) - 1)
    lost = b.ir.icmp_unsigned("!=", b.ir.and_(product, mask), ir.Constant(I128, 0))
    return b.ir.add(shifted, b.ir.zext(lost, I128))


def _shift_variable(b: FunctionBuilder, product: Value, n: Value, up: bool, wide: IntegerType) -> Value:
    shifted = math.shift_right(b, product, n, wide)
    if not up:
        return shifted
    inside = b.ir.icmp_unsigned("<", n, word(128))
    clamped = b.ir.select(inside, n, word(127))
    again = math.shift_left_raw(b, math.shift_right_raw(b, product, clamped, wide.signed), clamped)
    changed = b.ir.icmp_unsigned("!=", again, product)
    nonzero = b.ir.icmp_unsigned("!=", product, ir.Constant(I128, 0))
    lost = b.ir.select(inside, changed, nonzero)
    return b.ir.add(shifted, b.ir.zext(lost, I128))


def _mul_shift_128(
    b: FunctionBuilder, x: Value, y: Value, n: Value, up: bool, kind: IntegerType, at: Location
) -> Value:
    negative: Value = ir.Constant(I1, 0)
    if kind.signed:
        x, nx = math.magnitude(b, x)
        y, ny = math.magnitude(b, y)
        negative = b.ir.xor(nx, ny)
    xh, xl = math.halves(b, x)
    yh, yl = math.halves(b, y)
    words = b.library("multiply_u128", xh, xl, yh, yl)
    high, low, over, lost = b.library("shift_right_u256", *words, n)
    b.trap_unless(b.ir.not_(over), TrapKind.OVERFLOW, at)
    result = math.whole(b, high, low)
    # Rounding down a negative number rounds its magnitude up, and the other way round.
    away = b.ir.and_(lost, b.ir.not_(negative) if up else negative)
    rounded = b.ir.add(result, b.ir.zext(away, I128))
    b.trap_unless(b.ir.icmp_unsigned(">=", rounded, result), TrapKind.OVERFLOW, at)
    return math.with_sign(b, rounded, negative, True, at) if kind.signed else rounded


# -- mul_div ---------------------------------------------------------------------------------------------------------


def _mul_div(
    b: FunctionBuilder, node: Intrinsic, operands: list[Value], up: bool, kind: IntegerType, bounds: Bounds
) -> Value:
    x, y, divisor = operands
    zero = ir.Constant(divisor.type, 0)
    if bounds(node.operands[2])[0] == 0:
        b.trap_unless(b.ir.icmp_unsigned("!=", divisor, zero), TrapKind.DIVISION_BY_ZERO, node.at)
    if kind.bits == 128:
        quotient, inexact = _mul_div_128(b, x, y, divisor, node.at)
    else:
        quotient, inexact = _mul_div_64(b, x, y, divisor, node.at)
    if not up:
        return quotient
    rounded = b.ir.add(quotient, b.ir.zext(inexact, quotient.type))
    b.trap_unless(b.ir.icmp_unsigned(">=", rounded, quotient), TrapKind.OVERFLOW, node.at)
    return rounded


def _mul_div_64(b: FunctionBuilder, x: Value, y: Value, divisor: Value, at: Location) -> tuple[Value, Value]:
    low = b.ir.mul(x, y)
    high = b.mul_high(x, y)
    b.trap_unless(b.ir.icmp_unsigned("<", high, divisor), TrapKind.OVERFLOW, at)
    short, long, join = b.block("short"), b.block("long"), b.block("divided")
    b.branch(b.ir.icmp_unsigned("==", high, word(0)), short, long)
    b.ir.position_at_end(short)
    quick = b.ir.udiv(low, divisor)
    b.ir.branch(join)
    b.ir.position_at_end(long)
    slow = b.library("divide_wide", high, low, divisor)[0]
    after = b.ir.block
    b.ir.branch(join)
    b.ir.position_at_end(join)
    quotient = b.ir.phi(ir.IntType(64))
    quotient.add_incoming(quick, short)
    quotient.add_incoming(slow, after)
    rest = b.ir.sub(low, b.ir.mul(quotient, divisor))
    return quotient, b.ir.icmp_unsigned("!=", rest, word(0))


def _mul_div_128(b: FunctionBuilder, x: Value, y: Value, divisor: Value, at: Location) -> tuple[Value, Value]:
    xh, xl = math.halves(b, x)
    yh, yl = math.halves(b, y)
    dh, dl = math.halves(b, divisor)
    p3, p2, p1, p0 = b.library("multiply_u128", xh, xl, yh, yl)
    b.trap_unless(b.ir.icmp_unsigned("<", math.whole(b, p3, p2), divisor), TrapKind.OVERFLOW, at)
    high, low, inexact = b.library("divide_u256", p3, p2, p1, p0, dh, dl)
    return math.whole(b, high, low), inexact
