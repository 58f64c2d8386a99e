"""Interval analysis: the least and greatest value an integer expression can have, to leave out checks that cannot fail.

Flow-insensitive: a local assigned once has the bounds of that value, any other local those of its type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from hognose.ir.nodes import (
    Assign,
    Binary,
    Conditional,
    Const,
    Convert,
    Element,
    Expression,
    ForRange,
    Function,
    If,
    Intrinsic,
    Length,
    Local,
    Negate,
    Statement,
    Table,
    Unpack,
    While,
)
from hognose.lang.types import BOOL, IntegerType

Interval: TypeAlias = tuple[int, int]

# Account data is at most 10 MiB, so no array is longer.
_LONGEST_ARRAY = 1 << 24


@dataclass
class Bounds:
    """Intervals of the expressions of one function."""

    single: dict[str, Expression] = field(default_factory=dict[str, Expression])
    cache: dict[int, Interval] = field(default_factory=dict[int, Interval])

    @classmethod
    def of(cls, function: Function) -> Bounds:
        """Find the locals that one statement assigns."""
        assigned: dict[str, list[Expression | None]] = {name: [None] for name, _ in function.parameters}
        _collect(function.body, assigned)
        return cls({name: values[0] for name, values in assigned.items() if len(values) == 1 and values[0] is not None})

    def __call__(self, node: Expression) -> Interval:
        """The interval of an integer expression."""
        found = self.cache.get(id(node))
        if found is None:
            found = self.cache[id(node)] = self._clamped(node)
        return found

    def _clamped(self, node: Expression) -> Interval:
        kind = node.type
        if not isinstance(kind, IntegerType):
            return (0, 1) if kind == BOOL else (0, 0)
        low, high = self._compute(node)
        low, high = max(low, kind.minimum), min(high, kind.maximum)
        # An operation that always aborts has no value; nothing may be concluded from it.
        return (low, high) if low <= high else (kind.minimum, kind.maximum)

    def exact(self, node: Binary) -> Interval:
        """The interval of an arithmetic result before its range check."""
        left, right = self(node.left), self(node.right)
        return _ARITHMETIC[node.operator](left, right)

    def _compute(self, node: Expression) -> Interval:
        kind = cast(IntegerType, node.type)
        everything = (kind.minimum, kind.maximum)
        match node:
            case Const():
                return node.value, node.value
            case Convert():
                return self(node.operand) if node.operand.type != BOOL else (0, 1)
            case Local():
                value = self.single.get(node.name)
                return self(value) if value is not None and value.type == kind else everything
            case Length():
                return 0, _LONGEST_ARRAY
            case Conditional():
                a, b = self(node.then), self(node.otherwise)
                return min(a[0], b[0]), max(a[1], b[1])
            case Element(base=Table(values=values)):
                return min(values), max(values)
            case Negate(invert=False):
                low, high = self(node.operand)
                return -high, -low
            case Binary() if node.operator in _ARITHMETIC:
                return self.exact(node)
            case Intrinsic():
                return self._intrinsic(node, everything)
            case _:
                return everything

    def _intrinsic(self, node: Intrinsic, everything: Interval) -> Interval:
        intervals = [self(operand) for operand in node.operands]
        match node.name:
            case "min":
                return min(i[0] for i in intervals), min(i[1] for i in intervals)
            case "max":
                return max(i[0] for i in intervals), max(i[1] for i in intervals)
            case "bit_length":
                return 0, intervals[0][1].bit_length()
            case "mul_shift" | "mul_shift_ceil":
                count = node.operands[2]
                if isinstance(count, Const):
                    low, high = _multiply(intervals[0], intervals[1])
                    return low >> count.value, -(-high >> count.value)
                return everything
            case _:
                return everything


def _collect(body: list[Statement], assigned: dict[str, list[Expression | None]]) -> None:
    for statement in body:
        match statement:
            case Assign(name=name, value=value):
                assigned.setdefault(name, []).append(value)
            case Unpack(names=names):
                for name in names:
                    assigned.setdefault(name, []).append(None)
            case If():
                _collect(statement.then, assigned)
                _collect(statement.otherwise, assigned)
            case While():
                _collect(statement.body, assigned)
            case ForRange():
                assigned.setdefault(statement.name, []).append(None)
                _collect(statement.body, assigned)
            case _:
                pass


def _multiply(a: Interval, b: Interval) -> Interval:
    products = [x * y for x in a for y in b]
    return min(products), max(products)


def _divide(a: Interval, b: Interval) -> Interval:
    if b[0] <= 0:
        return min(a[0], -abs(a[1]), -abs(a[0])), max(abs(a[0]), abs(a[1]))
    quotients = [x // y for x in a for y in b]
    return min(quotients), max(quotients)


def _modulo(a: Interval, b: Interval) -> Interval:
    if b[0] <= 0:
        return -abs(b[0]), max(abs(b[0]), abs(b[1]))
    return (0, min(a[1], b[1] - 1)) if a[0] >= 0 else (0, b[1] - 1)


def _bitwise(a: Interval, b: Interval) -> Interval:
    if a[0] < 0 or b[0] < 0:
        width = max(abs(v).bit_length() for v in (*a, *b))
        return -(1 << width), (1 << width)
    return 0, (1 << max(a[1].bit_length(), b[1].bit_length())) - 1


def _and(a: Interval, b: Interval) -> Interval:
    if a[0] >= 0 and b[0] >= 0:
        return 0, min(a[1], b[1])
    return _bitwise(a, b)


def _right(a: Interval, b: Interval) -> Interval:
    low, high = min(b[0], 255), min(b[1], 255)
    shifted = [x >> n for x in a for n in (low, high)]
    return min(shifted), max(shifted)


def _left(a: Interval, b: Interval) -> Interval:
    low, high = min(b[0], 255), min(b[1], 255)
    shifted = [x << n for x in a for n in (low, high)]
    return min(shifted), max(shifted)


def _add(a: Interval, b: Interval) -> Interval:
    return a[0] + b[0], a[1] + b[1]


def _subtract(a: Interval, b: Interval) -> Interval:
    return a[0] - b[1], a[1] - b[0]


_ARITHMETIC: dict[str, Callable[[Interval, Interval], Interval]] = {
    "+": _add, "-": _subtract, "*": _multiply, "//": _divide, "%": _modulo, "&": _and, "|": _bitwise, "^": _bitwise,
    ">>": _right, "<<": _left,
}  # fmt: skip
