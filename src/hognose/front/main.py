"""From a program, or from functions, to the typed module: instances, their order, all diagnostics at once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin

from hognose.errors import CodeError, Diagnostic
from hognose.front import statements
from hognose.front.scope import RejectedError, Scope
from hognose.front.typer import Typer
from hognose.front.types import describe
from hognose.ir.nodes import AccountsType, AnyType, Function, Module, Return, TupleType
from hognose.lang.declare import Program
from hognose.lang.types import ArrayType, BoolType, IntegerType, StructType, type_of_annotation


@dataclass
class Front:
    """Instances made so far, by function and parameter types; functions in dependency order."""

    module: Module = field(default_factory=Module)
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    instances: dict[Any, Function] = field(default_factory=dict[Any, Function])
    in_progress: list[Any] = field(default_factory=list[Any])

    def instantiate(
        self, target: Callable[..., Any], types: list[AnyType], caller: Scope | None = None, node: ast.AST | None = None
    ) -> Function:
        """The instance of a function for argument types (only `Any` parameters depend on them)."""
        scope = Scope.of(target)
        parameters = self._parameters(scope, types)
        key = (target, tuple(kind for _, kind in parameters))
        if key in self.instances:
            if key in self.in_progress and caller is not None and node is not None:
                raise caller.error(
                    node, f"`{target.__name__}` calls itself", "Recursion is not part of the language; use a loop."
                )
            return self.instances[key]
        function = Function(
            name=self._unique_name(target),
            parameters=parameters,
            result=self._result(scope),
            at=scope.locate(scope.node),
            python_function=target,
            wrapping=getattr(target, "__wrapping__", False),
            shared=getattr(target, "__shared__", False),
        )
        self.instances[key] = function
        self.in_progress.append(key)
        self._type_body(scope, function)
        self.in_progress.remove(key)
        self.module.functions.append(function)
        return function

    def _unique_name(self, target: Callable[..., Any]) -> str:
        base = f"{target.__module__}.{target.__name__}"
        taken = {f.name for f in self.instances.values()}
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}.{count}"
        return name

    def _parameters(self, scope: Scope, types: list[AnyType]) -> list[tuple[str, Any]]:
        arguments = scope.node.args
        if arguments.vararg or arguments.kwarg:
            scope.error(scope.node, "`*` and `**` parameters are not part of the language")
        result: list[tuple[str, Any]] = []
        for index, argument in enumerate([*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]):
            kind = self._annotation(scope, argument.annotation, argument, f"parameter `{argument.arg}`")
            result.append((argument.arg, types[index] if kind is Any and index < len(types) else kind))
        self._collect(scope)
        return result

    def _annotation(self, scope: Scope, node: ast.expr | None, at: ast.AST, what: str) -> Any:
        if node is None:
            scope.error(at, f"{what} has no type", "Annotate it: `name: u64`.")
            return None
        try:
            found = scope.evaluate(node)
            if found is Any or found is None:
                return found
            if hasattr(found, "__slots_declared__"):
                return AccountsType(found.__name__, found.__slots_declared__, found, found.__rest_declared__)
            if get_origin(found) is tuple:
                return TupleType(tuple(type_of_annotation(element) for element in get_args(found)))
            return type_of_annotation(found)
        except (TypeError, NameError, AttributeError) as error:
            hint = "Use u8 … i128, bool, Pubkey, Array[…], a @struct or an @account class."
            scope.error(node, f"{what}: {error}", hint)
            return None

    def _result(self, scope: Scope) -> AnyType:
        if scope.node.returns is None:
            scope.error(scope.node, f"`{scope.node.name}` has no result type", "Annotate it: `-> u64`, or `-> None`.")
            return None
        kind = self._annotation(scope, scope.node.returns, scope.node.returns, "the result")
        elements = kind.elements if isinstance(kind, TupleType) else (kind,)
        for element in elements:
            if isinstance(element, StructType | ArrayType | AccountsType) or (
                isinstance(kind, TupleType) and not isinstance(element, IntegerType | BoolType)
            ):
                hint = "Fill a struct that the caller passes."
                scope.error(scope.node.returns, f"a function does not return {describe(element)}", hint)
        self._collect(scope)
        return kind

    def _type_body(self, scope: Scope, function: Function) -> None:
        typer = Typer(scope, function, self.instantiate)
        returns = scope.node.returns
        typer.result_unknown = function.result is None and not (
            isinstance(returns, ast.Constant) and returns.value is None
        )
        for name, kind in function.parameters:
            typer.locals[name] = kind
            assert typer.assigned is not None
            typer.assigned.add(name)
        function.body = statements.block(typer, scope.node.body)
        if typer.assigned is not None:
            if function.result is None:
                function.body.append(Return(values=[], at=function.at))
            else:
                scope.error(scope.node, f"`{scope.node.name}` can end without a result", "Return on every path.")
        self._collect(scope)

    def _collect(self, scope: Scope) -> None:
        self.diagnostics.extend(scope.diagnostics)
        scope.diagnostics.clear()

    def finish(self) -> Module:
        """The module, or CodeError with everything found."""
        if self.diagnostics:
            raise CodeError(self.diagnostics)
        return self.module


def type_functions(functions: Iterable[Callable[..., Any]]) -> Module:
    """Type the functions and all that they call."""
    front = Front()
    for function in functions:
        try:
            front.instantiate(function, [])
        except RejectedError:
            continue
    return front.finish()


def type_program(program: Program) -> Module:
    """Type every instruction of a program."""
    return type_functions(program.instructions)


def check(program: Program) -> list[Diagnostic]:
    """The diagnostics of a program; none when it compiles."""
    try:
        type_program(program)
    except CodeError as error:
        return error.diagnostics
    return []
