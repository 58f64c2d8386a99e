"""What a function works on: objects with fields or elements, references to them, and the state along a path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hognose.ir.nodes import AccountListType, AccountsType
from hognose.lang.types import ArrayType, StructType
from hognose.proof.terms import Term


@dataclass(eq=False)
class Object:
    """A struct, an array, or the accounts of an instruction; its identity is its address."""

    type: StructType | ArrayType | AccountsType | AccountListType
    name: str
    length: int = 0
    """Elements of an array, which are always known by number."""
    zero: bool = False
    """Whether it was made by the function, with nothing in it."""


@dataclass(frozen=True)
class Choice:
    """A reference to one of several objects: the first whose condition holds, the last where none does."""

    cases: tuple[tuple[Term, Object], ...]


Reference: TypeAlias = "Object | Choice"
Value: TypeAlias = Any
"""A `Term` or a `Reference`."""
Place: TypeAlias = "tuple[Object, str | int]"
"""A field of a struct, or an element of an array."""


def cases_of(reference: Reference) -> tuple[tuple[Term, Object], ...]:
    """The objects that a reference may lead to, each with its condition."""
    return ((True, reference),) if isinstance(reference, Object) else reference.cases


@dataclass
class State:
    """A call on its way: on which path it is, its locals, and all memory."""

    outer: Term
    """Where the call is made at all."""
    path: Term
    """The conditions of the branches taken since the call."""
    locals: dict[str, Value] = field(default_factory=dict[str, Value])
    memory: dict[Place, Value] = field(default_factory=dict[Place, Value])

    def copy(self, path: Term) -> State:
        """The same, on another path."""
        return State(self.outer, path, dict(self.locals), dict(self.memory))


@dataclass
class Exit:
    """A path that left a block: by `break`, `continue` or `return`."""

    kind: str
    state: State
    values: list[Value] = field(default_factory=list[Value])


def differing(a: dict[Any, Value], b: dict[Any, Value]) -> Iterable[Any]:
    """The keys whose values are not the same in both."""
    return [key for key in {**a, **b} if a.get(key) is not b.get(key)]


__all__ = ["Choice", "Exit", "Object", "Place", "Reference", "State", "Value", "cases_of", "differing"]
