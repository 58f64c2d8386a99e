"""Which memory a function may write: never a table, an account only where its role says so.

What a function writes through its parameters is recorded with it, and held against what each caller passes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import cast

from hognose.front.typer import Typer
from hognose.ir.nodes import (
    AccountsType,
    Conditional,
    Element,
    Expression,
    Function,
    Listed,
    Local,
    Member,
    Slot,
    Table,
)
from hognose.lang.declare import AccountSlot


def roots(t: Typer, node: Expression) -> Iterator[Expression]:
    """What a reference leads into: a table, an account, a parameter or memory made here; two for a conditional."""
    while isinstance(node, Member | Element | Listed):
        node = node.base
    if isinstance(node, Conditional):
        yield from roots(t, node.then)
        yield from roots(t, node.otherwise)
    elif isinstance(node, Local) and node.name in t.roots:
        yield from t.roots[node.name]
    else:
        yield node


def check_written(t: Typer, node: ast.AST, place: Expression) -> None:
    """Refuse to write to a place that is read-only; remember the parameter that it is reached through."""
    for root in roots(t, place):
        if isinstance(root, Table):
            raise t.error(node, "a table is read-only", "Copy what you need into a local or an array(…).")
        if isinstance(root, Slot):
            slot = slot_of(root)
            if not slot.role.writable:
                hint = f"Declare it `{slot.role.kind}(writable=True, …)`."
                raise t.error(node, f"the account `{slot.name}` is not writable", hint)
        if isinstance(root, Local):
            t.function.writes.add(root.name)


def slot_of(node: Slot) -> AccountSlot:
    """The declaration of an account, or of the repeated ones."""
    kind = cast(AccountsType, node.base.type)
    return kind.slots[node.index] if node.index < len(kind.slots) else cast(AccountSlot, kind.rest)


def check_arguments(t: Typer, nodes: list[ast.expr], function: Function, values: list[Expression]) -> None:
    """Hold what a callee writes through its parameters against the arguments."""
    for node, value, (name, _) in zip(nodes, values, function.parameters, strict=True):
        if name in function.writes:
            check_written(t, node, value)
