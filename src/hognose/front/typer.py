"""What the typing of expressions and of statements share: the function at hand, its locals, coercion."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hognose.errors import Diagnostic, Location
from hognose.front.scope import RejectedError, Scope
from hognose.front.types import default_for_literal, describe, widens
from hognose.ir.nodes import AnyType, Const, Convert, Expression, Function
from hognose.lang.types import IntegerType, PubkeyType, Type

Instantiate = Callable[[Callable[..., Any], "list[AnyType]", Scope, ast.AST], Function]


@dataclass
class Typer:
    """State while one function is typed."""

    scope: Scope
    function: Function
    instantiate: Instantiate
    locals: dict[str, AnyType] = field(default_factory=dict[str, AnyType])
    assigned: set[str] | None = field(default_factory=set[str])
    """Names assigned on every path to here; None where no path leads."""
    bound_once: dict[str, ast.AST] = field(default_factory=dict[str, ast.AST])
    roots: dict[str, list[Expression]] = field(default_factory=dict[str, "list[Expression]"])
    """What each local that is a view leads into."""
    result_unknown: bool = False
    """The annotation of the result was rejected: nothing can be said of what is returned."""
    loop_depth: int = 0
    exits: list[list[set[str]]] = field(default_factory=list[list[set[str]]])
    temporaries: int = 0

    def at(self, node: ast.AST) -> Location:
        return self.scope.locate(node)

    def error(self, node: ast.AST, message: str, hint: str = "") -> RejectedError:
        return self.scope.error(node, message, hint)

    def temporary(self, kind: AnyType) -> str:
        """A fresh local that no source name can clash with."""
        self.temporaries += 1
        name = f".{self.temporaries}"
        self.function.locals[name] = kind
        return name

    def coerce(self, value: Expression, kind: Type, node: ast.AST) -> Expression:
        """`value` as `kind`: literals adapt, narrower integers widen, anything else is refused."""
        if isinstance(kind, IntegerType):
            return self._coerce_integer(value, kind, node)
        if value.type == kind or (isinstance(kind, PubkeyType) and isinstance(value.type, PubkeyType)):
            return value
        raise self.error(node, f"this is {describe(value.type)} where {kind} is needed", "")

    def _coerce_integer(self, value: Expression, kind: IntegerType, node: ast.AST) -> Expression:
        if isinstance(value, Const) and value.type is None:
            if not kind.holds(value.value):
                hint = f"{kind} holds {kind.minimum} to {kind.maximum}; use a wider type."
                raise self.error(node, f"{value.value} does not fit {kind}", hint)
            return Const(value=value.value, type=kind, at=value.at)
        if value.type == kind:
            return value
        if not isinstance(value.type, IntegerType):
            raise self.error(node, f"this is {describe(value.type)} where {kind} is needed", "")
        if widens(value.type, kind):
            return Convert(operand=value, checked=False, type=kind, at=value.at)
        hint = f"Write `{kind}({ast.unparse(node)})` to convert with a range check."
        raise self.error(node, f"this is {value.type} where {kind} is needed", hint)

    def settle(self, value: Expression) -> Expression:
        """Give a literal that met no type its default one."""
        if isinstance(value, Const) and value.type is None:
            kind = default_for_literal(value.value)
            if not kind.holds(value.value):
                self.scope.diagnostics.append(
                    Diagnostic(value.at, f"{value.value} does not fit any type", "Use at most 128 bits.")
                )
                raise RejectedError
            return Const(value=value.value, type=kind, at=value.at)
        return value
