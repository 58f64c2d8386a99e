"""What an expression or a function may do besides computing: write to memory that others see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, cast

from hognose.ir.nodes import (
    Assign,
    Call,
    Conditional,
    CopyInto,
    Element,
    Expression,
    Function,
    Invoke,
    Local,
    Member,
    Meta,
    Statement,
    Store,
    is_reference,
)
from hognose.lang.types import StructType

WHOLE = "*"
"""All fields of a struct."""


def walk(root: object) -> Iterator[Expression | Statement]:
    """Every node of a tree, or of a list of trees, outermost first; the bodies of called functions are not entered."""
    pending: list[Any] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, list | tuple):
            pending.extend(reversed(cast("Sequence[Any]", node)))
        elif isinstance(node, dict):
            pending.extend(reversed(cast("dict[str, Any]", node).values()))
        elif is_dataclass(node) and isinstance(node, Expression | Statement | Meta):
            if not isinstance(node, Meta):
                yield node
            pending.extend(reversed([getattr(node, field.name) for field in fields(node)]))


@lru_cache(maxsize=1024)
def changes_memory(function: Function) -> bool:
    """Whether a call of the function may write through its parameters, or let another program write to accounts."""
    return any(
        isinstance(node, Store | CopyInto | Invoke) or (isinstance(node, Call) and changes_memory(node.function))
        for node in walk(function.body)
    )


def has_effect(node: Expression) -> bool:
    """Whether evaluating an expression may write to memory."""
    return any(changes_memory(call.function) for call in calls(node))


def calls(root: object) -> Iterable[Call]:
    """The calls in a tree."""
    return (node for node in walk(root) if isinstance(node, Call))


@lru_cache(maxsize=1024)
def written_fields(function: Function) -> frozenset[tuple[str, str]]:
    """The fields, by struct and name, that a call may write, in accounts or on the stack; `WHOLE` where a struct is copied over.

    What is written through a parameter that is an array is its caller's field; alone, it is `("", parameter)`.
    """
    named: dict[str, list[Expression]] = {}
    for node in walk(function.body):
        if isinstance(node, Assign) and is_reference(node.value.type):
            named.setdefault(node.name, []).append(node.value)
    parameters = {name for name, _ in function.parameters}

    def fields_of(place: Expression) -> set[tuple[str, str]]:
        """The field that an array or a scalar is, or is part of."""
        match place:
            case Member():
                return {(str(place.base.type), place.name)}
            case Element():
                return fields_of(place.base)
            case Conditional():
                return fields_of(place.then) | fields_of(place.otherwise)
            case Local() if place.name in parameters:
                return {("", place.name)}
            case Local():
                return {one for value in named.get(place.name, ()) for one in fields_of(value)}
            case _:
                return set()

    found: set[tuple[str, str]] = set()
    for node in walk(function.body):
        if isinstance(node, Store):
            found |= fields_of(node.target)
        elif isinstance(node, CopyInto):
            kind = node.destination.type
            found |= {(str(kind), WHOLE)} if isinstance(kind, StructType) else fields_of(node.destination)
        elif isinstance(node, Call):
            arguments = dict(zip((name for name, _ in node.function.parameters), node.arguments, strict=True))
            for struct, name in written_fields(node.function):
                found |= {(struct, name)} if struct else fields_of(arguments[name])
    return frozenset(found)


__all__ = ["WHOLE", "calls", "changes_memory", "has_effect", "walk", "written_fields"]
