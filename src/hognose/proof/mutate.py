"""Broken variants of a typed function: one operator, bound, rounding, check or write of it is another, or is gone.

They are made from the typed tree, so that a proof of the function that ships can be asked about each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, cast

from hognose.ir import nodes
from hognose.ir.effects import walk
from hognose.ir.nodes import Expression, Function, Statement
from hognose.lang.types import IntegerType

_ROUNDINGS = {
    "mul_div_floor": "mul_div_ceil", "mul_div_ceil": "mul_div_floor", "mul_shift": "mul_shift_ceil",
    "mul_shift_ceil": "mul_shift", "min": "max", "max": "min",
}  # fmt: skip
_COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
_OPERATORS = {"+": "-", "-": "+", "*": "+"}
_LOGIC = {"and": "or", "or": "and"}


@dataclass(frozen=True)
class Mutant:
    """A variant: what differs, and the function that has it."""

    name: str
    original: Function
    function: Function


def mutants(function: Function) -> Iterator[Mutant]:
    """All variants of a function, in the order of its source; equal changes are numbered from 1."""
    count: Counter[str] = Counter()
    for node in walk(function.body):
        for what, changed in _changes(node):
            count[what] += 1
            body = cast("list[Statement]", _rebuilt(function.body, node, changed))
            yield Mutant(f"{what} #{count[what]}", function, _with_body(function, body))


def _with_body(function: Function, body: list[Statement]) -> Function:
    return Function(
        name=function.name,
        parameters=function.parameters,
        result=function.result,
        at=function.at,
        python_function=function.python_function,
        locals=function.locals,
        body=body,
        calls=function.calls,
        writes=function.writes,
        wrapping=function.wrapping,
        shared=function.shared,
    )


def _changes(node: Expression | Statement) -> Iterator[tuple[str, Expression | None]]:
    """The variants of a node; None drops the statement."""
    match node:
        case nodes.Intrinsic(name=name) if name in _ROUNDINGS:
            yield f"{name} → {_ROUNDINGS[name]}", replace(node, name=_ROUNDINGS[name])
        case nodes.Binary(operator=operator) if operator in _OPERATORS:
            yield f"{operator} → {_OPERATORS[operator]}", replace(node, operator=_OPERATORS[operator])
        case nodes.Binary(operator="//", type=IntegerType() as kind, at=at):
            one = nodes.Const(value=1, type=kind, at=at)
            yield "// → // + 1", nodes.Binary(operator="+", left=node, right=one, type=kind, at=at)
        case nodes.Compare(operator=operator):
            yield f"{operator} → {_COMPARISONS[operator]}", replace(node, operator=_COMPARISONS[operator])
        case nodes.Logic(operator=operator):
            yield f"{operator} → {_LOGIC[operator]}", replace(node, operator=_LOGIC[operator])
        case nodes.Const(type=IntegerType() as kind, value=value) if kind.holds(value + 1):
            yield f"{value} → {value + 1}", replace(node, value=value + 1)
        case nodes.Conditional():
            yield "other branch", replace(node, then=node.otherwise, otherwise=node.then)
        case nodes.Require():
            yield f"without {node.name}", None
        case nodes.Store(target=nodes.Member(name=name)):
            yield f"without {name} =", None
        case nodes.Store():
            yield "without [] =", None
        case _:
            return


def _rebuilt(tree: Any, target: object, changed: Expression | None) -> Any:
    """A copy of a tree with one node replaced, or dropped from its block; called functions and types are the same."""
    if tree is target:
        return changed
    if isinstance(tree, list | tuple):
        parts = [_rebuilt(part, target, changed) for part in cast("Sequence[Any]", tree)]
        kept = [part for part in parts if part is not None]
        return kept if isinstance(tree, list) else tuple(kept)
    if isinstance(tree, dict):
        return {key: _rebuilt(value, target, changed) for key, value in cast("dict[Any, Any]", tree).items()}
    if is_dataclass(tree) and isinstance(tree, Expression | Statement | nodes.Meta):
        return replace(tree, **{f.name: _rebuilt(getattr(tree, f.name), target, changed) for f in fields(tree)})
    return tree


__all__ = ["Mutant", "mutants"]
