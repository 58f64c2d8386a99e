"""What an expression or a function may do besides computing: write to memory that others see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, cast

from hognose.ir.nodes import Call, CopyInto, Expression, Function, Invoke, Meta, Statement, Store


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


__all__ = ["calls", "changes_memory", "has_effect", "walk"]
