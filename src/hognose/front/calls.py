"""Typing of calls: conversions, intrinsics, records, runtime calls, functions."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, cast

from hognose import lang
from hognose.front import expressions as ex
from hognose.front.scope import MISSING
from hognose.front.typer import Typer
from hognose.front.types import describe, widens
from hognose.front.writes import check_arguments
from hognose.ir.nodes import (
    AccountListType,
    AnyType,
    Call,
    Conditional,
    Const,
    Convert,
    Expression,
    Function,
    Intrinsic,
    Key,
    Length,
    Meta,
    NewArray,
    ReadClock,
    Record,
    RentMinimum,
    Sha256,
)
from hognose.lang.runtime import Account, Mint, TokenAccount
from hognose.lang.types import (
    BOOL,
    PUBKEY,
    U64,
    ArrayType,
    BoolType,
    IntegerType,
    PubkeyType,
    StructType,
    Type,
    layout_of,
    type_of_annotation,
)

_META_FLAGS: dict[Any, tuple[bool, bool]] = {
    lang.readonly: (False, False), lang.writable: (True, False),
    lang.readonly_signer: (False, True), lang.writable_signer: (True, True),
}  # fmt: skip


STACK_FRAME_BYTES = 4_096


def call(t: Typer, node: ast.Call) -> Expression:
    """Type a call used as a value."""
    if isinstance(node.func, ast.Attribute) and node.func.attr == "bit_length" and ex.static(t, node.func) is MISSING:
        operand = t.settle(ex.integer(t, node.func.value))
        if cast(IntegerType, operand.type).signed:
            raise t.error(node, "bit_length() of a signed integer", "Take it of an unsigned one: `u64(abs(x))`.")
        return Intrinsic(name="bit_length", operands=[operand], type=U64, at=t.at(node))
    target = ex.static(t, node.func)
    if target is MISSING:
        raise t.error(node.func, f"`{ast.unparse(node.func)}` is not a function", "Call a module-level function.")
    try:
        handler = _HANDLERS.get(target)
    except TypeError:
        handler = None
    if handler is not None:
        return handler(t, node)
    if isinstance(target, IntegerType):
        return _conversion(t, node, target)
    if isinstance(target, type) and hasattr(target, "__layout__"):
        return record(t, node, target)
    if isinstance(target, FunctionType):
        return function_call(t, node, target)
    raise t.error(node.func, f"`{ast.unparse(node.func)}` cannot be called in compiled code", "")


def _arguments(t: Typer, node: ast.Call, count: int, at_least: bool = False) -> list[ast.expr]:
    if node.keywords or len(node.args) < count or (len(node.args) > count and not at_least):
        name = ast.unparse(node.func)
        raise t.error(node, f"`{name}` takes {count} positional argument{'s' * (count != 1)}", "")
    return node.args


def _conversion(t: Typer, node: ast.Call, kind: IntegerType) -> Expression:
    (argument,) = _arguments(t, node, 1)
    value = ex.expression(t, argument)
    if value.type == BOOL:
        one, zero = (Const(value=v, type=kind, at=value.at) for v in (1, 0))
        return Conditional(condition=value, then=one, otherwise=zero, type=kind, at=t.at(node))
    if isinstance(value, Const) and value.type is None:
        return t.coerce(value, kind, argument)
    if not isinstance(value.type, IntegerType):
        raise t.error(argument, f"{describe(value.type)} does not convert to {kind}", "")
    if value.type == kind:
        return value
    return Convert(operand=value, checked=not widens(value.type, kind), type=kind, at=t.at(node))


# -- intrinsics ------------------------------------------------------------------------------------------------------


def _fused(name: str) -> Callable[[Typer, ast.Call], Expression]:
    def handle(t: Typer, node: ast.Call) -> Expression:
        a, b, c = (ex.integer(t, argument) for argument in _arguments(t, node, 3))
        if name.startswith("mul_shift"):
            a, b = ex.meet(t, node, a, b)
            count = t.coerce(t.settle(c), U64, node)
            operands = [a, b, count]
        else:
            a, b = ex.meet(t, node, a, b)
            if isinstance(c, Const) and c.type is None:
                c = t.coerce(c, cast(Type, a.type), node)
            a, c = ex.meet(t, node, a, c)
            operands = [a, t.coerce(b, cast(Type, a.type), node), c]
        kind = cast(IntegerType, a.type)
        if kind.bits < 64:
            kind = U64
            operands = [t.coerce(operand, kind, node) for operand in operands]
        if kind.signed and not name.startswith("mul_shift"):
            raise t.error(node, f"`{name}` of {kind}", "Use unsigned operands.")
        return Intrinsic(name=name, operands=operands, type=kind, at=t.at(node))

    return handle


def _extreme(name: str) -> Callable[[Typer, ast.Call], Expression]:
    def handle(t: Typer, node: ast.Call) -> Expression:
        values = [ex.integer(t, argument) for argument in _arguments(t, node, 2, at_least=True)]
        result = values[0]
        for value in values[1:]:
            left, right = ex.meet(t, node, result, value)
            result = Intrinsic(name=name, operands=[left, right], type=left.type, at=t.at(node))
        return result

    return handle


def _abs(t: Typer, node: ast.Call) -> Expression:
    (argument,) = _arguments(t, node, 1)
    operand = t.settle(ex.integer(t, argument))
    return Intrinsic(name="abs", operands=[operand], type=operand.type, at=t.at(node))


def _len(t: Typer, node: ast.Call) -> Expression:
    (argument,) = _arguments(t, node, 1)
    base = ex.expression(t, argument)
    if not isinstance(base.type, ArrayType | AccountListType):
        raise t.error(argument, f"len() of {describe(base.type)}", "Only arrays have a length.")
    return Length(base=base, type=U64, at=t.at(node))


def _new_array(t: Typer, node: ast.Call) -> Expression:
    element_node, length_node = _arguments(t, node, 2)
    element = _type_argument(t, element_node)
    length = ex.integer(t, length_node)
    if not isinstance(length, Const) or length.value <= 0:
        raise t.error(length_node, "the length of an array is a positive constant", "")
    kind = ArrayType(element, length.value)
    if kind.size > STACK_FRAME_BYTES:
        hint = (
            f"A function's locals share {STACK_FRAME_BYTES:,} bytes of stack: keep it in an account, or work in pieces."
        )
        raise t.error(length_node, f"this array takes {kind.size:,} bytes", hint)
    return NewArray(type=kind, at=t.at(node))


def _type_argument(t: Typer, node: ast.expr) -> Type:
    try:
        return type_of_annotation(t.scope.evaluate(node))
    except (TypeError, NameError) as error:
        raise t.error(node, str(error), "Name an integer type, bool, Pubkey or a @struct.") from None


# -- records and runtime ---------------------------------------------------------------------------------------------


def record(t: Typer, node: ast.Call, cls: type[Any]) -> Expression:
    """A struct made with keywords."""
    layout = layout_of(cls)
    if hasattr(cls, "__account__") or cls in (Account, TokenAccount, Mint):
        raise t.error(node, f"{layout} lives in an account; it cannot be made here", "Use a @struct.")
    if node.args:
        raise t.error(node, f"{layout} is made with keywords", f"Write {layout}({layout.fields[0].name}=…).")
    values: dict[str, Expression] = {}
    for keyword in node.keywords:
        found = layout.field(keyword.arg or "")
        if found is None:
            raise t.error(keyword.value, f"{layout} has no field `{keyword.arg}`", "")
        values[found.name] = ex.typed(t, keyword.value, found.type)
    return Record(values=values, type=layout, at=t.at(node))


def _key(t: Typer, node: ast.Call) -> Expression:
    (argument,) = _arguments(t, node, 1)
    base = ex.expression(t, argument)
    if not is_account(base.type):
        raise t.error(argument, f"{describe(base.type)} is no account", "Pass an account of the instruction.")
    return Key(base=base, type=PUBKEY, at=t.at(node))


def is_account(kind: Any) -> bool:
    """Whether a type's data lies in an account, so that its header precedes it."""
    if not isinstance(kind, StructType):
        return False
    return hasattr(kind.python_class, "__account__") or kind.python_class in (Account, TokenAccount, Mint)


def _clock(t: Typer, node: ast.Call) -> Expression:
    _arguments(t, node, 0)
    return ReadClock(type=layout_of(lang.Clock), at=t.at(node))


def _rent(t: Typer, node: ast.Call) -> Expression:
    (argument,) = _arguments(t, node, 1)
    return RentMinimum(size=ex.typed(t, argument, U64), type=U64, at=t.at(node))


def _sha256(t: Typer, node: ast.Call) -> Expression:
    (argument,) = _arguments(t, node, 1)
    if not isinstance(argument, ast.Tuple):
        raise t.error(argument, "sha256 takes one tuple of parts", "Write sha256((a, b)).")
    parts = [t.settle(ex.expression(t, part)) for part in argument.elts]
    for part, part_node in zip(parts, argument.elts, strict=True):
        _check_hashable(t, part_node, part.type)
    return Sha256(parts=parts, type=PUBKEY, at=t.at(node))


def _check_hashable(t: Typer, node: ast.expr, kind: AnyType) -> None:
    if not isinstance(kind, IntegerType | BoolType | PubkeyType | ArrayType | StructType):
        raise t.error(node, f"{describe(kind)} has no bytes to hash", "Pass integers, bools, Pubkeys, structs, arrays.")
    if (isinstance(kind, ArrayType) and kind.length is None) or (
        isinstance(kind, StructType) and kind.tail is not None
    ):
        raise t.error(node, f"{describe(kind)} has no fixed length", "Hash its elements one by one.")


def metas(t: Typer, node: ast.expr) -> list[Meta]:
    """The accounts of an `invoke`."""
    if not isinstance(node, ast.Tuple):
        raise t.error(node, "the accounts of invoke are a tuple", "Write (writable(a), readonly(b)).")
    result: list[Meta] = []
    for element in node.elts:
        target: Any = ex.static(t, element.func) if isinstance(element, ast.Call) else MISSING
        if target not in _META_FLAGS or not isinstance(element, ast.Call):
            raise t.error(
                element,
                "each account says how it is passed",
                "Use readonly, writable, readonly_signer, writable_signer.",
            )
        (argument,) = _arguments(t, element, 1)
        account = ex.expression(t, argument)
        if not is_account(account.type):
            raise t.error(argument, f"{describe(account.type)} is no account", "")
        is_writable, is_signer = _META_FLAGS[target]
        declaration = getattr(cast(StructType, account.type).python_class, "__account__", None)
        seeds_of = declaration if is_signer and declaration is not None and declaration.seeds else None
        result.append(Meta(account, is_writable, is_signer, seeds_of))
    return result


_HANDLERS: dict[Any, Callable[[Typer, ast.Call], Expression]] = {
    lang.mul_div_floor: _fused("mul_div_floor"), lang.mul_div_ceil: _fused("mul_div_ceil"),
    lang.mul_shift: _fused("mul_shift"), lang.mul_shift_ceil: _fused("mul_shift_ceil"),
    min: _extreme("min"), max: _extreme("max"), abs: _abs, len: _len, lang.array: _new_array,
    lang.key: _key, lang.clock: _clock, lang.rent_minimum: _rent, lang.sha256: _sha256,
}  # fmt: skip


# -- functions -------------------------------------------------------------------------------------------------------


def function_call(t: Typer, node: ast.Call, target: FunctionType) -> Call:
    """A call of a module-level function; its instance for these argument types is made if need be."""
    signature = inspect.signature(target)
    nodes = _bind(t, node, signature)
    written = [*node.args, *(keyword.value for keyword in node.keywords)]
    order = sorted(range(len(nodes)), key=lambda i: written.index(nodes[i]) if nodes[i] in written else len(written))
    values = [ex.expression(t, argument) for argument in nodes]
    function: Function = t.instantiate(target, [t.settle(value).type for value in values], t.scope, node)
    t.function.calls.append(function)
    arguments = [
        _argument(t, value, kind, argument)
        for value, (_, kind), argument in zip(values, function.parameters, nodes, strict=True)
    ]
    check_arguments(t, nodes, function, arguments)
    return Call(function=function, arguments=arguments, order=order, type=function.result, at=t.at(node))


def _argument(t: Typer, value: Expression, kind: Any, node: ast.expr) -> Expression:
    view = isinstance(kind, ArrayType) and kind.length is None
    if view and isinstance(value.type, ArrayType) and value.type.element == cast(ArrayType, kind).element:
        return value
    return t.coerce(value, kind, node)


def _bind(t: Typer, node: ast.Call, signature: inspect.Signature) -> list[ast.expr]:
    if any(keyword.arg is None for keyword in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args):
        raise t.error(node, "`*` and `**` arguments are not part of the language", "Name each argument.")
    try:
        bound = signature.bind(*node.args, **{cast(str, k.arg): k.value for k in node.keywords})
    except TypeError as error:
        raise t.error(node, f"`{ast.unparse(node.func)}`: {error}", f"Its parameters are {signature}.") from None
    nodes: list[ast.expr] = []
    for name, parameter in signature.parameters.items():
        if name in bound.arguments:
            nodes.append(bound.arguments[name])
        else:
            constant = ast.Constant(parameter.default)
            nodes.append(ast.copy_location(constant, node))
    return nodes
