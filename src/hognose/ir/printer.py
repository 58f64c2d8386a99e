"""The typed tree as text: one statement a line, the type of every operation, the place of each that can abort.

`(a * b):u64@7:11` is a checked product of line 7, column 11; `u64?(x)` converts with a check and `u64(x)` without one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hognose.ir import nodes
from hognose.ir.nodes import Expression, Function, Module, Statement
from hognose.lang.types import BOOL

_INDENT = "    "


def print_module(module: Module) -> str:
    """Every function of a module, in its order."""
    return "\n".join(map(print_function, module.functions))


def print_function(function: Function) -> str:
    """A function: its typed head, then its body."""
    parameters = ", ".join(f"{name}: {kind}" for name, kind in function.parameters)
    wrapping = "wrapping " if function.wrapping else ""
    head = f"{wrapping}{function.name}({parameters}) -> {function.result or 'nothing'}:"
    return "\n".join([head, *_block(function.body)]) + "\n"


def expression(node: Expression) -> str:
    """One expression."""
    return _EXPRESSIONS[type(node)](node)


# -- statements ------------------------------------------------------------------------------------------------------


def _block(body: Iterable[Statement]) -> list[str]:
    lines = [_INDENT + line for statement in body for line in _STATEMENTS[type(statement)](statement)]
    return lines or [f"{_INDENT}nothing"]


def _if(node: nodes.If) -> list[str]:
    otherwise = ["else:", *_block(node.otherwise)] if node.otherwise else []
    return [f"if {expression(node.condition)}:", *_block(node.then), *otherwise]


def _for(node: nodes.ForRange) -> list[str]:
    bounds = f"{expression(node.start)}, {expression(node.stop)}, {node.step}"
    return [f"for {node.name}: {node.type} in range({bounds}):", *_block(node.body)]


def _require(node: nodes.Require) -> list[str]:
    condition = "never" if node.condition is None else expression(node.condition)
    return [f"require {condition} else {node.name} ({node.code})"]


def _invoke(node: nodes.Invoke) -> list[str]:
    metas = ", ".join(map(_meta, node.metas))
    return [f"invoke {expression(node.program)} with {expression(node.data)} on ({metas})"]


def _meta(meta: nodes.Meta) -> str:
    flags = [name for name, on in (("writable", meta.writable), ("signer", meta.signer)) if on] or ["readonly"]
    signed = f" by its seeds as {meta.seeds_of.name}" if meta.seeds_of else ""
    return f"{' '.join(flags)} {expression(meta.account)}{signed}"


def _list(values: Iterable[Expression]) -> str:
    return ", ".join(map(expression, values))


_STATEMENTS: dict[type[Statement], Callable[[Any], list[str]]] = {
    nodes.Assign: lambda n: [f"{n.name}: {n.value.type} = {expression(n.value)}"],
    nodes.Unpack: lambda n: [f"{', '.join(n.names)} = {expression(n.call)}"],
    nodes.Store: lambda n: [f"store {expression(n.target)} = {expression(n.value)}"],
    nodes.CopyInto: lambda n: [f"copy into {expression(n.destination)} from {expression(n.source)}"],
    nodes.If: _if,
    nodes.While: lambda n: [f"while {expression(n.condition)}:", *_block(n.body)],
    nodes.ForRange: _for,
    nodes.Break: lambda _: ["break"],
    nodes.Continue: lambda _: ["continue"],
    nodes.Return: lambda n: [f"return {_list(n.values)}".rstrip()],
    nodes.Evaluate: lambda n: [expression(n.value)],
    nodes.Require: _require,
    nodes.Emit: lambda n: [f"emit {expression(n.event)}"],
    nodes.Log: lambda n: [f"log {n.message!r}"],
    nodes.SetReturnData: lambda n: [f"return data {expression(n.value)}"],
    nodes.Invoke: _invoke,
}


# -- expressions -----------------------------------------------------------------------------------------------------


def _place(node: Expression) -> str:
    return f"@{node.at.line}:{node.at.column + 1}"


def _constant(node: nodes.Const) -> str:
    return str(bool(node.value)) if node.type == BOOL else f"{node.value}:{node.type}"


def _binary(node: nodes.Binary) -> str:
    place = "" if node.operator in ("&", "|", "^", ">>") else _place(node)
    return f"({expression(node.left)} {node.operator} {expression(node.right)}):{node.type}{place}"


def _negate(node: nodes.Negate) -> str:
    place = "" if node.invert else _place(node)
    return f"({'~' if node.invert else '-'}{expression(node.operand)}):{node.type}{place}"


def _convert(node: nodes.Convert) -> str:
    mark, place = ("?", _place(node)) if node.checked else ("", "")
    return f"{node.type}{mark}({expression(node.operand)}){place}"


def _conditional(node: nodes.Conditional) -> str:
    return f"({expression(node.then)} if {expression(node.condition)} else {expression(node.otherwise)})"


def _logic(node: nodes.Logic) -> str:
    return "(" + f" {node.operator} ".join(map(expression, node.operands)) + ")"


def _record(node: nodes.Record) -> str:
    return f"{node.type}({', '.join(f'{name}={expression(value)}' for name, value in node.values.items())})"


_EXPRESSIONS: dict[type[Expression], Callable[[Any], str]] = {
    nodes.Const: _constant,
    nodes.PubkeyConst: lambda n: f"address {n.value}",
    nodes.Table: lambda n: f"table {n.name}",
    nodes.Local: lambda n: n.name,
    nodes.Member: lambda n: f"{expression(n.base)}.{n.name}",
    nodes.Element: lambda n: f"{expression(n.base)}[{expression(n.index)}]{_place(n)}",
    nodes.Slot: lambda n: f"{expression(n.base)}.{n.name}",
    nodes.Listed: lambda n: f"{expression(n.base)}[{expression(n.index)}]{_place(n)}",
    nodes.Length: lambda n: f"len({expression(n.base)})",
    nodes.Binary: _binary,
    nodes.Negate: _negate,
    nodes.Compare: lambda n: f"({expression(n.left)} {n.operator} {expression(n.right)})",
    nodes.Logic: _logic,
    nodes.Not: lambda n: f"(not {expression(n.operand)})",
    nodes.Conditional: _conditional,
    nodes.Let: lambda n: f"(let {n.name} = {expression(n.value)} in {expression(n.body)})",
    nodes.Convert: _convert,
    nodes.Intrinsic: lambda n: f"{n.name}({_list(n.operands)}):{n.type}{_place(n)}",
    nodes.Call: lambda n: f"{n.function.name}({_list(n.arguments)})",
    nodes.Record: _record,
    nodes.NewArray: lambda n: f"new {n.type}",
    nodes.Key: lambda n: f"key({expression(n.base)})",
    nodes.ReadClock: lambda n: f"clock(){_place(n)}",
    nodes.RentMinimum: lambda n: f"rent_minimum({expression(n.size)}){_place(n)}",
    nodes.Sha256: lambda n: f"sha256({_list(n.parts)})",
}


__all__ = ["expression", "print_function", "print_module"]
