"""Typing of expressions."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any, cast

from hognose.front import calls
from hognose.front.scope import MISSING, RejectedError
from hognose.front.typer import Typer
from hognose.front.types import default_for_literal, describe, join, widens
from hognose.ir.nodes import (
    AccountListType,
    AccountsType,
    AnyType,
    Binary,
    Compare,
    Conditional,
    Const,
    Convert,
    Element,
    Expression,
    Let,
    Listed,
    Local,
    Logic,
    Member,
    Negate,
    Not,
    PubkeyConst,
    Slot,
    Table,
    is_reference,
)
from hognose.lang.runtime import Account, Mint, TokenAccount
from hognose.lang.types import (
    BOOL,
    I64,
    PUBKEY,
    U64,
    Array,
    ArrayType,
    BoolType,
    IntegerType,
    Pubkey,
    StructType,
    Type,
    layout_of,
)

_BINARY: dict[type[ast.operator], tuple[str, Callable[[int, int], Any]]] = {
    ast.Add: ("+", lambda x, y: x + y), ast.Sub: ("-", lambda x, y: x - y), ast.Mult: ("*", lambda x, y: x * y),
    ast.FloorDiv: ("//", lambda x, y: x // y), ast.Mod: ("%", lambda x, y: x % y), ast.BitAnd: ("&", lambda x, y: x & y),
    ast.BitOr: ("|", lambda x, y: x | y), ast.BitXor: ("^", lambda x, y: x ^ y), ast.LShift: ("<<", lambda x, y: x << y),
    ast.RShift: (">>", lambda x, y: x >> y), ast.Pow: ("**", lambda x, y: x**y),
}  # fmt: skip
_COMPARE: dict[type[ast.cmpop], tuple[str, Callable[[int, int], bool]]] = {
    ast.Lt: ("<", operator.lt), ast.LtE: ("<=", operator.le), ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge), ast.Eq: ("==", operator.eq), ast.NotEq: ("!=", operator.ne),
}  # fmt: skip

_FOREIGN: dict[Any, str] = {
    float: "Use fixed point: an integer and a scale.",
    str: "Strings stand only in log(…).",
}


def expression(t: Typer, node: ast.expr) -> Expression:
    """Type one expression; raises RejectedError once its diagnostic is recorded."""
    match node:
        case ast.Constant():
            return _constant(t, node, node.value)
        case ast.Name() | ast.Attribute():
            return _name_or_attribute(t, node)
        case ast.BinOp():
            return _binary(t, node, node.op, node.left, node.right)
        case ast.UnaryOp():
            return _unary(t, node)
        case ast.BoolOp():
            operands = [condition(t, operand) for operand in node.values]
            name = "and" if isinstance(node.op, ast.And) else "or"
            return Logic(operator=name, operands=operands, type=BOOL, at=t.at(node))
        case ast.Compare():
            return _comparison(t, node)
        case ast.IfExp():
            return _conditional(t, node)
        case ast.Subscript():
            return _element(t, node)
        case ast.Call():
            return calls.call(t, node)
        case _:
            found = type(node).__name__
            raise t.error(node, f"{found} expressions are not part of the language", "See the language reference.")


def condition(t: Typer, node: ast.expr) -> Expression:
    """Type an expression that must be a bool."""
    value = expression(t, node)
    if value.type != BOOL:
        hint = f"Write `{ast.unparse(node)} != 0`." if value.type is None or isinstance(value.type, IntegerType) else ""
        raise t.error(node, f"a condition is a bool, this is {describe(value.type or U64)}", hint)
    return value


def typed(t: Typer, node: ast.expr, kind: Type) -> Expression:
    """Type an expression and coerce it."""
    return t.coerce(expression(t, node), kind, node)


def integer(t: Typer, node: ast.expr) -> Expression:
    """Type an expression that must be an integer (or a literal)."""
    value = expression(t, node)
    if isinstance(value, Const) and value.type is None:
        return value
    if not isinstance(value.type, IntegerType):
        raise t.error(node, f"an integer is needed, this is {describe(value.type)}", "")
    return value


# -- names -----------------------------------------------------------------------------------------------------------


def static(t: Typer, node: ast.expr) -> Any:
    """The module-level object that a name or dotted name stands for, or MISSING."""
    if isinstance(node, ast.Name):
        return MISSING if node.id in t.locals else t.scope.lookup(node.id)
    if isinstance(node, ast.Attribute):
        base = static(t, node.value)
        if base is not MISSING and isinstance(base, ModuleType | type):
            return getattr(base, node.attr, MISSING)
    return MISSING


def _name_or_attribute(t: Typer, node: ast.Name | ast.Attribute) -> Expression:
    if isinstance(node, ast.Name) and node.id in t.locals:
        if t.assigned is not None and node.id not in t.assigned:
            hint = "Assign it on every path that leads here."
            raise t.error(node, f"`{node.id}` may be used before it is assigned", hint)
        if t.locals[node.id] is None:
            # Its assignment was rejected; more errors would only follow from that one.
            raise RejectedError
        return Local(name=node.id, type=t.locals[node.id], at=t.at(node))
    found = static(t, node)
    if found is not MISSING:
        return _constant(t, node, found)
    if isinstance(node, ast.Name):
        raise t.error(node, f"`{node.id}` is not defined", "Assign it first, or import it.")
    return _member(t, node)


def _constant(t: Typer, node: ast.expr, value: Any) -> Expression:
    at = t.at(node)
    if isinstance(value, bool):
        return Const(value=int(value), type=BOOL, at=at)
    if isinstance(value, int):
        return Const(value=int(value), type=None, at=at)
    if isinstance(value, Pubkey):
        return PubkeyConst(value=value, type=PUBKEY, at=at)
    if isinstance(value, Array):
        entries = cast("Array[Any]", value)
        if not entries.frozen:
            hint = "Make it `table(type, values)`, or pass it as a parameter."
            raise t.error(node, "a module-level array is read-only: this one is not a table", hint)
        if not isinstance(entries.element, IntegerType | BoolType):
            raise t.error(node, f"a table of {entries.element}", "Tables hold integers or bools.")
        return Table(values=tuple(map(int, entries)), name=ast.unparse(node), type=entries.type, at=at)
    kind = cast("type[Any]", type(value))
    raise t.error(node, f"a {kind.__name__} is not a value of the language", _FOREIGN.get(kind, ""))


def _member(t: Typer, node: ast.Attribute) -> Expression:
    base = expression(t, node.value)
    at = t.at(node)
    if isinstance(base.type, AccountsType):
        for index, slot in enumerate(base.type.slots):
            if slot.name == node.attr:
                return Slot(
                    base=base, index=index, name=slot.name, type=slot_type(slot.role.kind, slot.declaration), at=at
                )
        rest = base.type.rest
        if rest is not None and rest.name == node.attr and rest.declaration is not None:
            kind_of_list = AccountListType(rest.declaration.layout)
            return Slot(base=base, index=len(base.type.slots), name=rest.name, type=kind_of_list, at=at)
    if isinstance(base.type, StructType):
        found = base.type.field(node.attr)
        if found is not None:
            kind: Type = found.type
            if isinstance(kind, ArrayType) and kind.tail_minimum is not None:
                kind = ArrayType(kind.element, None, kind.tail_minimum)
            return Member(base=base, offset=found.offset, name=node.attr, type=kind, at=at)
        names = ", ".join(f.name for f in base.type.fields)
        raise t.error(node, f"{base.type} has no field `{node.attr}`", f"It has: {names}.")
    raise t.error(node, f"{describe(base.type)} has no attribute `{node.attr}`", "")


def slot_type(kind: str, declaration: Any) -> StructType:
    """The type with which an instruction's logic sees one of its accounts."""
    if declaration is not None:
        return declaration.layout
    special = {"token": TokenAccount, "mint": Mint}.get(kind, Account)
    return layout_of(special)


def _element(t: Typer, node: ast.Subscript) -> Expression:
    base = expression(t, node.value)
    if not isinstance(base.type, ArrayType | AccountListType):
        raise t.error(node, f"{describe(base.type)} cannot be indexed", "")
    if isinstance(node.slice, ast.Slice):
        raise t.error(node, "slices are not part of the language", "Pass the array and the bounds.")
    index = integer(t, node.slice)
    if isinstance(index, Const) and index.type is None and index.value < 0:
        raise t.error(node.slice, "a negative index", "Count from the start: `xs[len(xs) - 1]`.")
    settled = t.settle(index)
    assert isinstance(settled.type, IntegerType)
    if settled.type.bits > 64:
        raise t.error(node.slice, f"an index is at most 64 bits wide, this is {settled.type}", "Convert with u64(…).")
    wide = I64 if settled.type.signed else U64
    place = t.coerce(settled, wide, node.slice)
    if isinstance(base.type, AccountListType):
        return Listed(base=base, index=place, type=base.type.element, at=t.at(node))
    return Element(base=base, index=place, type=base.type.element, at=t.at(node))


# -- operators -------------------------------------------------------------------------------------------------------


def _fold(t: Typer, node: ast.AST, function: Any, left: int, right: int) -> Expression:
    try:
        value = function(left, right)
    except (ArithmeticError, ValueError) as error:
        raise t.error(node, f"this constant expression fails: {error}", "") from None
    if not isinstance(value, int):
        raise t.error(node, f"this constant is a {type(value).__name__}", "Constants in functions are integers.")
    return Const(value=value, type=None, at=t.at(node))


def _binary(t: Typer, node: ast.AST, op: ast.operator, left_node: ast.expr, right_node: ast.expr) -> Expression:
    left, right = integer(t, left_node), integer(t, right_node)
    return binary_of(t, node, op, left, right)


def binary_of(t: Typer, node: ast.AST, op: ast.operator, left: Expression, right: Expression) -> Expression:
    """The operator on two typed operands."""
    if type(op) not in _BINARY:
        hint = "Use `//`, which rounds down." if isinstance(op, ast.Div) else ""
        raise t.error(node, f"the operator {type(op).__name__} is not part of the language", hint)
    name, function = _BINARY[type(op)]
    if isinstance(left, Const) and isinstance(right, Const) and left.type is None and right.type is None:
        return _fold(t, node, function, left.value, right.value)
    if name == "**":
        raise t.error(node, "`**` needs constants", "Multiply, or compute the power at module level.")
    if name in ("<<", ">>"):
        return _shift(t, node, name, t.settle(left), t.settle(right))
    left, right = meet(t, node, left, right)
    return Binary(operator=name, left=left, right=right, type=left.type, at=t.at(node))


def _shift(t: Typer, node: ast.AST, name: str, left: Expression, right: Expression) -> Expression:
    assert isinstance(right.type, IntegerType)
    if right.type.signed and (not isinstance(right, Const) or right.value < 0):
        raise t.error(node, "a shift count is unsigned", "Convert it: `u64(n)`.")
    if right.type.bits > 64:
        raise t.error(node, "a shift count is at most 64 bits wide", "Convert it: `u64(n)`.")
    count = t.coerce(right, U64, node)
    return Binary(operator=name, left=left, right=count, type=left.type, at=t.at(node))


def meet(t: Typer, node: ast.AST, left: Expression, right: Expression) -> tuple[Expression, Expression]:
    """Both operands in the type in which they meet."""
    if isinstance(left, Const) and left.type is None and isinstance(right, Const) and right.type is None:
        wider = max(
            (default_for_literal(left.value), default_for_literal(right.value)), key=lambda k: (k.signed, k.bits)
        )
        return t.coerce(left, wider, node), t.coerce(right, wider, node)
    if isinstance(left, Const) and left.type is None:
        return _adapt(t, node, left, right), right
    if isinstance(right, Const) and right.type is None:
        return left, _adapt(t, node, right, left)
    assert isinstance(left.type, IntegerType) and isinstance(right.type, IntegerType)
    kind = join(left.type, right.type)
    if kind is None:
        hint = "Convert one side: `i128(x)` holds both, `u64(x)` checks the sign."
        raise t.error(node, f"{left.type} and {right.type} do not meet", hint)
    return t.coerce(left, kind, node), t.coerce(right, kind, node)


def _adapt(t: Typer, node: ast.AST, literal: Const, other: Expression) -> Expression:
    assert isinstance(other.type, IntegerType)
    if not other.type.holds(literal.value):
        wide = default_for_literal(literal.value)
        hint = (
            f"Widen the other operand: `{wide if not widens(other.type, wide) or wide != other.type else 'u128'}(…)`."
        )
        raise t.error(node, f"the literal {literal.value} does not fit {other.type}", hint)
    return Const(value=literal.value, type=other.type, at=literal.at)


def _unary(t: Typer, node: ast.UnaryOp) -> Expression:
    if isinstance(node.op, ast.Not):
        return Not(operand=condition(t, node.operand), type=BOOL, at=t.at(node))
    operand = integer(t, node.operand)
    if isinstance(node.op, ast.UAdd):
        return operand
    invert = isinstance(node.op, ast.Invert)
    if isinstance(operand, Const) and operand.type is None:
        return Const(value=~operand.value if invert else -operand.value, type=None, at=t.at(node))
    assert isinstance(operand.type, IntegerType)
    if not operand.type.signed:
        sign = "~" if invert else "-"
        hint = "Mask with `^`." if invert else "Convert to a signed type first: `-i64(x)`."
        raise t.error(node, f"`{sign}` of {operand.type} would be negative", hint)
    return Negate(operand=operand, invert=invert, type=operand.type, at=t.at(node))


def _comparison(t: Typer, node: ast.Compare) -> Expression:
    left = expression(t, node.left)
    return _chain(t, node, left, list(zip(node.ops, node.comparators, strict=True)))


def _chain(t: Typer, node: ast.Compare, left: Expression, rest: list[tuple[ast.cmpop, ast.expr]]) -> Expression:
    op, right_node = rest[0]
    right = expression(t, right_node)
    if len(rest) == 1:
        return compare_of(t, node, op, left, right)
    if isinstance(right, Const):
        first, following = compare_of(t, node, op, left, right), _chain(t, node, right, rest[1:])
        return Logic(operator="and", operands=[first, following], type=BOOL, at=t.at(node))
    name = t.temporary(right.type)
    middle = Local(name=name, type=right.type, at=right.at)
    first = compare_of(t, node, op, left, middle)
    following = _chain(t, node, middle, rest[1:])
    both = Logic(operator="and", operands=[first, following], type=BOOL, at=t.at(node))
    if is_reference(right.type):
        raise t.error(node, "only integers are compared in a chain", "Write two comparisons with `and`.")
    # CPython evaluates the left operand before the shared middle one.
    if isinstance(left, Const | Local):
        return Let(name=name, value=right, body=both, type=BOOL, at=t.at(node))
    outer = t.temporary(left.type)
    assert isinstance(first, Compare)
    first.left = _renamed(first.left, left, Local(name=outer, type=left.type, at=left.at))
    inner = Let(name=name, value=right, body=both, type=BOOL, at=t.at(node))
    return Let(name=outer, value=left, body=inner, type=BOOL, at=t.at(node))


def _renamed(root: Expression, old: Expression, new: Expression) -> Expression:
    if root is old:
        return new
    assert isinstance(root, Convert)
    return Convert(operand=new, checked=root.checked, type=root.type, at=root.at)


def compare_of(t: Typer, node: ast.AST, op: ast.cmpop, left: Expression, right: Expression) -> Expression:
    """One comparison of two typed operands."""
    if type(op) not in _COMPARE:
        raise t.error(node, f"the operator {type(op).__name__} is not part of the language", "Use == != < <= > >=.")
    name, function = _COMPARE[type(op)]
    at = t.at(node)
    if left.type == right.type and left.type in (BOOL, PUBKEY):
        if name not in ("==", "!="):
            raise t.error(node, f"{left.type} has no order", "Use == or !=.")
        return Compare(operator=name, left=left, right=right, type=BOOL, at=at)
    for side in (left, right):
        if not isinstance(side, Const) and not isinstance(side.type, IntegerType):
            left, right = t.settle(left), t.settle(right)
            raise t.error(node, f"{describe(left.type)} and {describe(right.type)} are not compared", "")
        if isinstance(side, Const) and side.type == BOOL:
            raise t.error(node, "a bool is not compared with an integer", "")
    if isinstance(left, Const) and isinstance(right, Const) and left.type is None and right.type is None:
        return Const(value=int(function(left.value, right.value)), type=BOOL, at=at)
    left, right = meet(t, node, left, right)
    return Compare(operator=name, left=left, right=right, type=BOOL, at=at)


def _conditional(t: Typer, node: ast.IfExp) -> Expression:
    test = condition(t, node.test)
    then, otherwise = expression(t, node.body), expression(t, node.orelse)
    kind: AnyType = then.type
    if _is_integer(then) and _is_integer(otherwise):
        then, otherwise = meet(t, node, then, otherwise)
        kind = then.type
    elif then.type != otherwise.type or then.type is None:
        then, otherwise = t.settle(then), t.settle(otherwise)
        raise t.error(node, f"the branches are {describe(then.type)} and {describe(otherwise.type)}", "")
    return Conditional(condition=test, then=then, otherwise=otherwise, type=kind, at=t.at(node))


def _is_integer(value: Expression) -> bool:
    return isinstance(value.type, IntegerType) or (isinstance(value, Const) and value.type is None)


__all__ = ["RejectedError", "binary_of", "compare_of", "condition", "expression", "integer", "meet", "slot_type", "static", "typed"]  # fmt: skip
