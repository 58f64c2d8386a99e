"""The declaration of an RPC method: an annotated function.

Its annotations say what the parameters are, its docstring what it does, the decorator how it may fail. From that follow
validation, dispatch and the reference page.

    @method(SLOT_SKIPPED)
    def get_block_time(node: Node, slot: U64) -> int | None:
        "The unix second of a block."
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar, cast, get_type_hints

from attrs import frozen

from quatrain.cluster.localnet.codes import GENERAL, MIN_CONTEXT_SLOT, Failure, invalid
from quatrain.cluster.localnet.kinds import Kind, Nullable, Record, Unfit, camel, kind_of

F = TypeVar("F", bound=Callable[..., Any])


class Access(Enum):
    """Who may call a method."""

    EVERYBODY = "everybody"
    SUBSCRIBERS = "subscribers"
    """Clients of the WebSocket only: the function's first parameter is the connection."""
    TIME_TRAVELLERS = "time travellers"
    """Everybody, where the server was started for it."""


@frozen
class Parameter:
    """One positional parameter."""

    name: str
    kind: Kind
    required: bool

    @property
    def record(self) -> Record | None:
        """The object that it is, where it is one."""
        inner = self.kind.inner if isinstance(self.kind, Nullable) else self.kind
        return inner if isinstance(inner, Record) else getattr(inner, "record", None)


@frozen
class Method:
    """A method of the interface."""

    name: str
    call: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    failures: tuple[Failure, ...]
    summary: str
    access: Access

    @property
    def needed(self) -> int:
        """How many parameters must be given."""
        return sum(one.required for one in self.parameters)

    def may_answer(self, failure: Failure) -> bool:
        """Whether the declaration allows this failure."""
        return failure in self.failures or failure in GENERAL

    def arguments(self, params: Any) -> list[Any]:
        """The arguments out of a request; RpcError says what is wrong with them."""
        if params is None:
            params = []
        if not isinstance(params, list):
            raise invalid("Invalid params: invalid type: map, expected a tuple.")
        given = cast("list[Any]", params)
        if len(given) > len(self.parameters):
            raise invalid(self._count_complaint(given))
        if len(given) < self.needed:
            raise invalid(f"`params` should have at least {self.needed} argument(s)")
        given = given + [None] * (len(self.parameters) - len(given))
        try:
            return [one.kind.read(value) for one, value in zip(self.parameters, given, strict=True)]
        except Unfit as complaint:
            raise invalid(f"Invalid params: {complaint}.") from complaint

    def _count_complaint(self, given: list[Any]) -> str:
        most = len(self.parameters)
        if most == 0:
            return "Invalid parameters: No parameters were expected"
        if self.needed == most:
            return f"Invalid params: invalid length {len(given)}, expected a tuple of size {most}."
        return f"Expected from {self.needed} to {most} parameters."


METHODS: dict[str, Method] = {}
"""Every method by its name; filled by the modules that declare them."""


def method(*failures: Failure, access: Access = Access.EVERYBODY, name: str = "") -> Callable[[F], F]:
    """Declare a function as the method of the same name, in JSON's spelling or as given."""

    def declare(function: F) -> F:
        declared = declaration(function, failures, access, name or camel(function.__name__))
        METHODS[declared.name] = declared
        return function

    return declare


def declaration(function: Callable[..., Any], failures: tuple[Failure, ...], access: Access, name: str) -> Method:
    """What a function's signature says."""
    hints = get_type_hints(function, include_extras=True)
    _, *positional = inspect.signature(function).parameters.values()
    parameters = tuple(
        Parameter(camel(one.name), kind_of(hints[one.name]), one.default is inspect.Parameter.empty)
        for one in positional
    )
    optional = tuple(
        one
        if one.required or isinstance(one.kind, Nullable)
        else Parameter(one.name, _Default(one.kind, default), False)
        for one, default in zip(parameters, [given.default for given in positional], strict=True)
    )
    asks_slot = any(field.name == "minContextSlot" for one in parameters if one.record for field in one.record.fields)
    summary = " ".join((inspect.getdoc(function) or "").split())
    known = (*failures, *((MIN_CONTEXT_SLOT,) if asks_slot else ()))
    return Method(name, function, optional, known, summary, access)


@frozen
class _Default:
    """A kind whose null is the function's default."""

    inner: Kind
    default: Any

    @property
    def name(self) -> str:
        """The inner one's."""
        return self.inner.name

    @property
    def record(self) -> Record | None:
        """The inner one's."""
        return self.inner if isinstance(self.inner, Record) else getattr(self.inner, "record", None)

    def read(self, value: Any) -> Any:
        """The value, or the default for null."""
        return self.default if value is None else self.inner.read(value)


__all__ = ["METHODS", "Access", "Method", "Parameter", "declaration", "method"]
