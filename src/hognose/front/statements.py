"""Typing of statements, with definite assignment: a name is used only where every path has assigned it."""

from __future__ import annotations

import ast
from types import FunctionType
from typing import Any, cast

from hognose import lang
from hognose.front import calls
from hognose.front import expressions as ex
from hognose.front.scope import MISSING, RejectedError
from hognose.front.typer import Typer
from hognose.front.types import describe
from hognose.front.writes import check_written, roots
from hognose.ir.nodes import (
    AnyType,
    Assign,
    Break,
    Call,
    Const,
    Continue,
    CopyInto,
    Element,
    Emit,
    Evaluate,
    Expression,
    ForRange,
    If,
    Invoke,
    Local,
    Log,
    Member,
    NewArray,
    ReadClock,
    Record,
    Require,
    Return,
    SetReturnData,
    Slot,
    Statement,
    Store,
    Table,
    TupleType,
    Unpack,
    While,
)
from hognose.lang.traps import ErrorCode
from hognose.lang.types import (
    BOOL,
    I64,
    U64,
    ArrayType,
    IntegerType,
    PubkeyType,
    StructType,
    Type,
    type_of_annotation,
)


def block(t: Typer, body: list[ast.stmt]) -> list[Statement]:
    """Type a block; a rejected statement is skipped, so that one run reports all errors."""
    result: list[Statement] = []
    for node in body:
        try:
            typed = statement(t, node)
        except RejectedError:
            _assume_assigned(t, node)
            continue
        result.extend(typed)
    return result


def _assume_assigned(t: Typer, node: ast.stmt) -> None:
    """After a rejected statement, treat the names it would bind as bound, to avoid errors that only follow."""
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            t.locals.setdefault(child.id, None)
            if t.assigned is not None:
                t.assigned.add(child.id)
    if isinstance(node, ast.Return):
        t.assigned = None


def statement(t: Typer, node: ast.stmt) -> list[Statement]:
    """Type one statement into none, one or several."""
    match node:
        case ast.Pass():
            return []
        case ast.Expr():
            return _expression_statement(t, node)
        case ast.Assign():
            return _assign(t, node)
        case ast.AnnAssign():
            return _annotated(t, node)
        case ast.AugAssign():
            return _augmented(t, node)
        case ast.If():
            return _if(t, node)
        case ast.While():
            return _while(t, node)
        case ast.For():
            return _for(t, node)
        case ast.Return():
            return _return(t, node)
        case ast.Break() | ast.Continue():
            return _jump(t, node)
        case _:
            name = type(node).__name__
            hint = {"Assert": "Use require(condition, Error.X).", "Raise": "Use fail(Error.X)."}.get(
                name, "See the language reference."
            )
            raise t.error(node, f"{name} statements are not part of the language", hint)


# -- calls for their effect ------------------------------------------------------------------------------------------


def _expression_statement(t: Typer, node: ast.Expr) -> list[Statement]:
    if isinstance(node.value, ast.Constant):
        return []
    if not isinstance(node.value, ast.Call):
        raise t.error(node, "this expression has no effect", "Assign it or remove it.")
    target = ex.static(t, node.value.func)
    try:
        handler = _EFFECTS.get(target)
    except TypeError:
        handler = None
    if handler is not None:
        return handler(t, node.value)
    value = calls.call(t, node.value)
    return [Evaluate(value=value, at=t.at(node))]


def _error_code(t: Typer, node: ast.expr) -> ErrorCode:
    found = ex.static(t, node)
    if not isinstance(found, ErrorCode):
        raise t.error(node, "an error is needed here", "Name a member of your ErrorCode class: Error.X.")
    return found


def _require(t: Typer, node: ast.Call) -> list[Statement]:
    if len(node.args) != 2 or node.keywords:
        raise t.error(node, "require takes a condition and an error", "Write require(x <= y, Error.X).")
    test = ex.condition(t, node.args[0])
    error = _error_code(t, node.args[1])
    return [Require(condition=test, code=error.code, name=error.name, at=t.at(node))]


def _fail(t: Typer, node: ast.Call) -> list[Statement]:
    if len(node.args) != 1 or node.keywords:
        raise t.error(node, "fail takes an error", "Write fail(Error.X).")
    error = _error_code(t, node.args[0])
    t.assigned = None
    return [Require(condition=None, code=error.code, name=error.name, at=t.at(node))]


def _copy_into(t: Typer, node: ast.Call) -> list[Statement]:
    if len(node.args) != 2:
        raise t.error(node, "copy_into takes a destination and a source", "")
    destination, source = (ex.expression(t, argument) for argument in node.args)
    same = destination.type == source.type and isinstance(source.type, StructType | ArrayType)
    if not same or (isinstance(source.type, ArrayType) and source.type.length is None):
        message = f"{describe(source.type)} does not copy into {describe(destination.type)}"
        raise t.error(node, message, "Both are the same struct, or arrays of the same fixed length.")
    if isinstance(source.type, StructType) and source.type.tail is not None:
        raise t.error(node, f"{source.type} has a tail of any length", "Copy its fields and elements.")
    check_written(t, node.args[0], destination)
    return [CopyInto(destination=destination, source=source, at=t.at(node))]


def _emit(t: Typer, node: ast.Call) -> list[Statement]:
    event = ex.expression(t, node.args[0]) if len(node.args) == 1 else None
    if (
        event is None
        or not isinstance(event.type, StructType)
        or not hasattr(event.type.python_class, "__discriminator__")
    ):
        raise t.error(node, "emit takes an @event", "Write emit(Event(field=…)).")
    if not isinstance(event, Record) and not (isinstance(event, Local) and event.name in t.bound_once):
        raise t.error(node, "emit takes an event made in this function", "Make it here, or pass its values.")
    return [Emit(event=event, at=t.at(node))]


def _log(t: Typer, node: ast.Call) -> list[Statement]:
    message = node.args[0] if len(node.args) == 1 else None
    if not isinstance(message, ast.Constant) or not isinstance(message.value, str):
        raise t.error(node, "log takes one constant string", "Use emit(…) for values.")
    return [Log(message=message.value, at=t.at(node))]


def _set_return_data(t: Typer, node: ast.Call) -> list[Statement]:
    value = ex.expression(t, node.args[0]) if len(node.args) == 1 else None
    if value is None or not isinstance(value.type, StructType):
        raise t.error(node, "set_return_data takes a struct", "")
    return [SetReturnData(value=value, at=t.at(node))]


def _invoke(t: Typer, node: ast.Call) -> list[Statement]:
    if len(node.args) != 3 or node.keywords:
        raise t.error(node, "invoke takes a program, a struct and a tuple of accounts", "")
    target, data = ex.expression(t, node.args[0]), ex.expression(t, node.args[1])
    if not calls.is_account(target.type) or not isinstance(data.type, StructType):
        raise t.error(node, "invoke takes a program, a struct and a tuple of accounts", "")
    return [Invoke(program=target, data=data, metas=calls.metas(t, node.args[2]), at=t.at(node))]


_EFFECTS: dict[Any, Any] = {
    lang.require: _require, lang.fail: _fail, lang.copy_into: _copy_into, lang.emit: _emit, lang.log: _log,
    lang.set_return_data: _set_return_data, lang.invoke: _invoke,
}  # fmt: skip


# -- assignment ------------------------------------------------------------------------------------------------------


def _assign(t: Typer, node: ast.Assign) -> list[Statement]:
    if len(node.targets) != 1:
        raise t.error(node, "one target at a time", "Write two assignments.")
    target = node.targets[0]
    if isinstance(target, ast.Tuple):
        return _unpack(t, node, target)
    if isinstance(target, ast.Name):
        return [bind(t, node, target.id, ex.expression(t, node.value), None)]
    if isinstance(target, ast.Attribute | ast.Subscript):
        return [_store(t, target, node.value)]
    raise t.error(node, "this cannot be assigned to", "")


def _annotated(t: Typer, node: ast.AnnAssign) -> list[Statement]:
    if not isinstance(node.target, ast.Name):
        raise t.error(node, "only local names are annotated", "")
    try:
        kind = type_of_annotation(t.scope.evaluate(node.annotation))
    except (TypeError, NameError) as error:
        raise t.error(node.annotation, str(error), "") from None
    if node.value is None:
        raise t.error(node, "a declaration without a value", "Assign a first value.")
    value = ex.expression(t, node.value)
    view = isinstance(kind, ArrayType) and kind.length is None and isinstance(value.type, ArrayType)
    if view and cast(ArrayType, value.type).element == cast(ArrayType, kind).element:
        return [bind(t, node, node.target.id, value, None)]
    return [bind(t, node, node.target.id, value, kind)]


def bind(
    t: Typer, node: ast.Assign | ast.AnnAssign | ast.AugAssign, name: str, value: Expression, kind: Type | None
) -> Statement:
    """Assign a local, declaring it at its first assignment."""
    value_node = node.value or node
    known = t.locals.get(name)
    if name in t.locals and known is None:
        raise RejectedError
    if kind is not None and known is not None and known != kind:
        raise t.error(node, f"`{name}` is {known}", f"It cannot become {kind}; use another name.")
    expected = kind or (known if not isinstance(known, TupleType) else None)
    if value.type is None and not isinstance(value, Const):
        raise t.error(node, "this call has no result", "")
    settled = t.coerce(value, cast(Type, expected), value_node) if expected else t.settle(value)
    if isinstance(settled.type, TupleType):
        raise t.error(node, "several results are unpacked", f"Write `a, b = {ast.unparse(value_node)}`.")
    if isinstance(settled.type, StructType | ArrayType):
        _bind_reference(t, node, name, settled)
    declare(t, name, settled.type)
    return Assign(name=name, value=settled, at=t.at(node))


def _bind_reference(t: Typer, node: ast.stmt, name: str, value: Expression) -> None:
    if name in t.locals:
        hint = "Use another name: there is no heap, so a struct or array is bound once."
        raise t.error(node, f"`{name}` is bound a second time", hint)
    if isinstance(value, Record | NewArray | ReadClock):
        if t.loop_depth:
            raise t.error(node, f"`{name}` is made inside a loop", "Make it before the loop.")
        t.bound_once[name] = node
    t.roots[name] = list(roots(t, value))


def declare(t: Typer, name: str, kind: AnyType) -> None:
    """Record a local's type and that it is assigned from here on."""
    t.locals.setdefault(name, kind)
    t.function.locals.setdefault(name, kind)
    if t.assigned is not None:
        t.assigned.add(name)


def _unpack(t: Typer, node: ast.Assign, target: ast.Tuple) -> list[Statement]:
    if not all(isinstance(element, ast.Name) for element in target.elts):
        raise t.error(target, "results are unpacked into names", "")
    names = [cast(ast.Name, element).id for element in target.elts]
    if not isinstance(node.value, ast.Call):
        raise t.error(node.value, "only the results of a call are unpacked", "Write one assignment per name.")
    value = calls.call(t, node.value)
    if not isinstance(value, Call) or not isinstance(value.type, TupleType):
        raise t.error(node.value, f"this is one result, {describe(value.type)}", "")
    if len(names) != len(value.type.elements):
        raise t.error(node, f"{len(value.type.elements)} results into {len(names)} names", "")
    for name, kind in zip(names, value.type.elements, strict=True):
        if name in t.locals and t.locals[name] != kind:
            raise t.error(node, f"`{name}` is {describe(t.locals[name])}", f"The result is {kind}; use another name.")
        declare(t, name, kind)
    return [Unpack(names=names, call=value, at=t.at(node))]


def _store(t: Typer, target: ast.Attribute | ast.Subscript, value_node: ast.expr) -> Statement:
    # CPython evaluates the value before the target.
    place = _place(t, target)
    value = ex.typed(t, value_node, cast(Type, place.type))
    return Store(target=place, value=value, at=t.at(target))


def _place(t: Typer, target: ast.Attribute | ast.Subscript) -> Member | Element:
    place = ex.expression(t, target)
    if not isinstance(place, Member | Element):
        raise t.error(target, "this cannot be assigned to", "")
    if isinstance(place.type, StructType | ArrayType):
        hint = "Assign its fields, or use copy_into(destination, source)."
        raise t.error(target, "a whole struct or array is not assigned (Python would alias it)", hint)
    check_written(t, target, place)
    return place


def _augmented(t: Typer, node: ast.AugAssign) -> list[Statement]:
    if isinstance(node.target, ast.Name):
        if node.target.id not in t.locals:
            raise t.error(node, f"`{node.target.id}` has no value yet", "Assign it first.")
        current = ex.expression(t, ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target))
        value = ex.binary_of(t, node, node.op, current, ex.integer(t, node.value))
        return [bind(t, node, node.target.id, value, None)]
    place = _place(t, node.target)
    if not isinstance(place.type, IntegerType):
        raise t.error(node, f"{describe(place.type)} has no arithmetic", "")
    prelude: list[Statement] = []
    # What the place lies in, and its index, are evaluated once.
    if _computed(place.base):
        place.base = _once(t, place.base, prelude)
    if isinstance(place, Element) and not isinstance(place.index, Const | Local):
        place.index = _once(t, place.index, prelude)
    value = ex.binary_of(t, node, node.op, place, ex.integer(t, node.value))
    return [*prelude, Store(target=place, value=t.coerce(value, cast(Type, place.type), node), at=t.at(node))]


def _computed(base: Expression) -> bool:
    """Whether reaching a place takes more than following fields."""
    while isinstance(base, Member | Slot):
        base = base.base
    return not isinstance(base, Local | Table)


def _once(t: Typer, value: Expression, prelude: list[Statement]) -> Local:
    """Evaluate a value ahead of a statement; the local that stands for it."""
    name = t.temporary(value.type)
    prelude.append(Assign(name=name, value=value, at=value.at))
    return Local(name=name, type=value.type, at=value.at)


# -- control ---------------------------------------------------------------------------------------------------------


def _merge(a: set[str] | None, b: set[str] | None) -> set[str] | None:
    if a is None or b is None:
        return a if b is None else b
    return a & b


def _test(t: Typer, node: ast.expr) -> Expression:
    """A statement's condition; where it is rejected, what the statement governs is typed all the same."""
    try:
        return ex.condition(t, node)
    except RejectedError:
        return Const(value=0, type=BOOL, at=t.at(node))


def _if(t: Typer, node: ast.If) -> list[Statement]:
    test = _test(t, node.test)
    before = t.assigned
    t.assigned = None if before is None else set(before)
    then = block(t, node.body)
    after_then, t.assigned = t.assigned, None if before is None else set(before)
    otherwise = block(t, node.orelse)
    t.assigned = _merge(after_then, t.assigned)
    return [If(condition=test, then=then, otherwise=otherwise, at=t.at(node))]


def _loop_body(t: Typer, body: list[ast.stmt]) -> tuple[list[Statement], list[set[str]]]:
    t.loop_depth += 1
    t.exits.append([])
    statements = block(t, body)
    t.loop_depth -= 1
    return statements, t.exits.pop()


def _while(t: Typer, node: ast.While) -> list[Statement]:
    if node.orelse:
        raise t.error(node, "while … else is not part of the language", "")
    test = _test(t, node.test)
    before = t.assigned
    t.assigned = None if before is None else set(before)
    body, exits = _loop_body(t, node.body)
    forever = isinstance(test, Const) and test.value == 1
    after = None if forever else before
    for names in exits:
        after = _merge(after, names)
    t.assigned = after
    return [While(condition=test, body=body, at=t.at(node))]


def _for(t: Typer, node: ast.For) -> list[Statement]:
    if node.orelse or not isinstance(node.target, ast.Name):
        raise t.error(node, "write `for name in range(…)`", "")
    name = node.target.id
    try:
        start, stop, step = _range(t, node)
    except RejectedError:
        _assume_assigned(t, node)
        _loop_body(t, node.body)
        raise
    kind = cast(IntegerType, start.type)
    if name in t.locals and t.locals[name] is None:
        raise RejectedError
    if name in t.locals and t.locals[name] != kind:
        raise t.error(node, f"`{name}` is {describe(t.locals[name])}, the range is {kind}", "Use another name.")
    before = t.assigned
    t.assigned = None if before is None else set(before)
    declare(t, name, kind)
    body, exits = _loop_body(t, node.body)
    after = before
    for names in exits:
        after = _merge(after, names)
    t.assigned = after
    return [ForRange(name=name, type=kind, start=start, stop=stop, step=step, body=body, at=t.at(node))]


def _range(t: Typer, node: ast.For) -> tuple[Expression, Expression, int]:
    source = node.iter
    if not isinstance(source, ast.Call) or ex.static(t, source.func) is not range or source.keywords:
        raise t.error(source, "loops run over range(…)", "Index the array: `for i in range(len(xs))`.")
    if not 1 <= len(source.args) <= 3:
        raise t.error(source, "range takes one to three bounds", "")
    values = [ex.integer(t, argument) for argument in source.args]
    step = 1
    if len(values) == 3:
        last = values.pop()
        if not isinstance(last, Const) or last.value == 0:
            raise t.error(source.args[2], "the step of a range is a constant other than 0", "")
        step = last.value
        if not -(1 << 63) <= step < 1 << 63:
            raise t.error(source.args[2], f"the step {step} does not fit 64 bits", "")
    start = values[0] if len(values) == 2 else Const(value=0, type=None, at=t.at(source))
    start, stop = ex.meet(t, source, start, values[-1])
    kind = cast(IntegerType, start.type)
    if kind.bits < 64:
        kind = I64 if kind.signed else U64
        start, stop = t.coerce(start, kind, source), t.coerce(stop, kind, source)
    if kind.bits > 64:
        raise t.error(source, f"a range counts in 64 bits, this is {kind}", "Convert the bounds.")
    if step < 0 and not kind.signed:
        raise t.error(source, f"a range that counts down in {kind} cannot pass 0", "Convert a bound: `i64(n)`.")
    return start, stop, step


def _jump(t: Typer, node: ast.Break | ast.Continue) -> list[Statement]:
    if not t.loop_depth:
        raise t.error(node, "outside a loop", "")
    at = t.at(node)
    if isinstance(node, ast.Break):
        if t.assigned is not None:
            t.exits[-1].append(set(t.assigned))
        t.assigned = None
        return [Break(at=at)]
    t.assigned = None
    return [Continue(at=at)]


def _return(t: Typer, node: ast.Return) -> list[Statement]:
    result = t.function.result
    values: list[Expression] = []
    if result is None:
        given = node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None)
        if given and not t.result_unknown:
            raise t.error(node, f"`{t.scope.node.name}` returns nothing", "Annotate its result.")
    elif isinstance(result, TupleType):
        values = _returned_tuple(t, node, result)
    else:
        if node.value is None:
            raise t.error(node, f"a {describe(result)} is to be returned", "")
        values = [ex.typed(t, node.value, cast(Type, result))]
    t.assigned = None
    return [Return(values=values, at=t.at(node))]


def _returned_tuple(t: Typer, node: ast.Return, result: TupleType) -> list[Expression]:
    if not isinstance(node.value, ast.Tuple) or len(node.value.elts) != len(result.elements):
        raise t.error(
            node, f"{len(result.elements)} results are to be returned", f"The function is annotated {result}."
        )
    return [ex.typed(t, value, kind) for value, kind in zip(node.value.elts, result.elements, strict=True)]


__all__ = ["MISSING", "FunctionType", "PubkeyType", "block", "statement"]
