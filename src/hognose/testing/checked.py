"""The checked mode: the typed tree executed in CPython with exact integers, aborting where compiled code aborts.

It shares nothing with the code generator but the tree, so it is the reference for what compiled code returns, for the
kind of each abort and for its place. Structs, arrays and addresses are the ordinary objects of `hognose.lang`.

    engine = Checked([cost_ceil])
    engine.call(cost_ceil, b, r, shares)        # an int, or Trap / ErrorReturned as `Native` raises them
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, cast

from hognose.back.context import Site
from hognose.back.native import ErrorReturned
from hognose.front.main import Front
from hognose.ir import nodes
from hognose.ir.nodes import Expression, Function, Statement
from hognose.lang.layout import encode
from hognose.lang.runtime import OffChainError
from hognose.lang.traps import Trap, TrapKind
from hognose.lang.types import BOOL, Array, ArrayType, IntegerType, Pubkey, StructType, copy_into, zero_of

_HUGE_SHIFT = 1 << 9


class Checked:
    """The functions and all that they call. CodeError lists what is wrong with their sources."""

    def __init__(self, functions: Sequence[Callable[..., Any]]):
        front = Front()
        self._functions: dict[Callable[..., Any], Function] = {f: front.instantiate(f, []) for f in functions}
        front.finish()
        self._sites: dict[Site, int] = {}
        self.emitted: list[Any] = []
        """What `emit`, `log` and `set_return_data` put out since the last call began."""

    def place(self, trap: Trap) -> str:
        """Where a trap that a call raised happened: `path:line:column`."""
        at = list(self._sites)[trap.site or 0].at
        return f"{at.path}:{at.line}:{at.column + 1}"

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call with Python values, which stay as they are. Raises Trap or ErrorReturned."""
        typed = self._functions[function]
        self.emitted.clear()
        values = [clone(kind, v) for (_, kind), v in zip(typed.parameters, arguments, strict=True)]
        return self.run(typed, values)

    def run(self, function: Function, arguments: Sequence[Any]) -> Any:
        """Run a typed function on values of its parameters' types."""
        if function.wrapping:
            return function.python_function(*arguments)
        frame = _Frame(self)
        for (name, _), value in zip(function.parameters, arguments, strict=True):
            frame.locals[name] = value
        signal = frame.block(function.body)
        values = cast("list[Any]", signal)
        return values[0] if len(values) == 1 else tuple(values) if values else None

    def trap(self, kind: TrapKind, node: Expression | Statement) -> NoReturn:
        """Abort at a node."""
        site = self._sites.setdefault(Site(kind, node.at), len(self._sites))
        raise Trap(kind, site=site)


def clone(kind: Any, value: Any) -> Any:
    """A copy of a value that shares no memory with it; integers are checked against their type."""
    match kind:
        case IntegerType():
            return kind(value)
        case ArrayType():
            return Array(kind.element, (clone(kind.element, v) for v in value), tail_minimum=kind.tail_minimum)
        case StructType():
            return kind.python_class(**{f.name: clone(f.type, getattr(value, f.name)) for f in kind.fields})
        case _:
            return value


_BREAK = object()
_CONTINUE = object()


class _Frame:
    """One call: its locals, and how each node is executed.

    A block's signal is None when it ran to its end, _BREAK, _CONTINUE, or the list of returned values.
    """

    def __init__(self, engine: Checked):
        self.engine = engine
        self.locals: dict[str, Any] = {}

    # -- statements ---------------------------------------------------------------------------------------------------

    def block(self, body: list[Statement]) -> object:
        for statement in body:
            signal = _STATEMENTS[type(statement)](self, statement)
            if signal is not None:
                return signal
        return None

    def assign(self, node: nodes.Assign) -> None:
        self.locals[node.name] = self.value(node.value)

    def unpack(self, node: nodes.Unpack) -> None:
        self.locals.update(zip(node.names, self.value(node.call), strict=True))

    def store(self, node: nodes.Store) -> None:
        value = self.value(node.value)
        target = node.target
        base = self.value(target.base)
        if isinstance(target, nodes.Member):
            setattr(base, target.name, value)
        else:
            base[self.index(target, base)] = value

    def copy_into(self, node: nodes.CopyInto) -> None:
        destination, source = self.value(node.destination), self.value(node.source)
        if destination is not source:
            copy_into(destination, source)

    def if_(self, node: nodes.If) -> object:
        return self.block(node.then if self.value(node.condition) else node.otherwise)

    def while_(self, node: nodes.While) -> object:
        while self.value(node.condition):
            signal = self.block(node.body)
            if signal is _BREAK:
                break
            if signal is not None and signal is not _CONTINUE:
                return signal
        return None

    def for_range(self, node: nodes.ForRange) -> object:
        start, stop = self.value(node.start), self.value(node.stop)
        for value in range(start, stop, node.step):
            self.locals[node.name] = value
            signal = self.block(node.body)
            if signal is _BREAK:
                break
            if signal is not None and signal is not _CONTINUE:
                return signal
        return None

    def return_(self, node: nodes.Return) -> list[Any]:
        return [self.value(value) for value in node.values]

    def require(self, node: nodes.Require) -> None:
        if node.condition is None or not self.value(node.condition):
            raise ErrorReturned(node.code)

    def evaluate(self, node: nodes.Evaluate) -> None:
        self.value(node.value)

    def emit(self, node: nodes.Emit) -> None:
        self.engine.emitted.append(clone(node.event.type, self.value(node.event)))

    def log(self, node: nodes.Log) -> None:
        self.engine.emitted.append(node.message)

    def return_data(self, node: nodes.SetReturnData) -> None:
        self.engine.emitted.append(clone(node.value.type, self.value(node.value)))

    # -- expressions --------------------------------------------------------------------------------------------------

    def value(self, node: Expression) -> Any:
        return _EXPRESSIONS[type(node)](self, node)

    def constant(self, node: nodes.Const) -> int:
        return bool(node.value) if node.type == BOOL else node.value

    def key_constant(self, node: nodes.PubkeyConst) -> Pubkey:
        return node.value

    def table(self, node: nodes.Table) -> Sequence[Any]:
        kind = cast(ArrayType, node.type)
        return [bool(v) for v in node.values] if kind.element == BOOL else node.values

    def local(self, node: nodes.Local) -> Any:
        return self.locals[node.name]

    def member(self, node: nodes.Member) -> Any:
        return getattr(self.value(node.base), node.name)

    def element(self, node: nodes.Element) -> Any:
        base = self.value(node.base)
        return base[self.index(node, base)]

    def index(self, node: nodes.Element, base: Sequence[Any]) -> int:
        index = self.value(node.index)
        if not 0 <= index < len(base):
            self.engine.trap(TrapKind.INDEX, node)
        return index

    def length(self, node: nodes.Length) -> int:
        return len(self.value(node.base))

    def binary(self, node: nodes.Binary) -> int:
        kind = cast(IntegerType, node.type)
        left, right = self.value(node.left), self.value(node.right)
        if node.operator in ("//", "%") and right == 0:
            self.engine.trap(TrapKind.DIVISION_BY_ZERO, node)
        if node.operator == "<<" and right >= max(64, kind.bits):
            self.engine.trap(TrapKind.SHIFT, node)
        return self.fit(node, _OPERATORS[node.operator](left, right))

    def fit(self, node: Expression, result: int) -> int:
        """A result, range-checked against the node's type."""
        if not cast(IntegerType, node.type).holds(result):
            self.engine.trap(TrapKind.OVERFLOW, node)
        return result

    def negate(self, node: nodes.Negate) -> int:
        operand = self.value(node.operand)
        return self.fit(node, ~operand if node.invert else -operand)

    def compare(self, node: nodes.Compare) -> bool:
        left, right = self.value(node.left), self.value(node.right)
        return _COMPARISONS[node.operator](left, right)

    def logic(self, node: nodes.Logic) -> bool:
        decisive = node.operator == "or"
        return decisive if any(self.value(operand) == decisive for operand in node.operands) else not decisive

    def not_(self, node: nodes.Not) -> bool:
        return not self.value(node.operand)

    def conditional(self, node: nodes.Conditional) -> Any:
        return self.value(node.then if self.value(node.condition) else node.otherwise)

    def let(self, node: nodes.Let) -> Any:
        self.locals[node.name] = self.value(node.value)
        return self.value(node.body)

    def convert(self, node: nodes.Convert) -> int:
        operand = self.value(node.operand)
        if not cast(IntegerType, node.type).holds(operand):
            self.engine.trap(TrapKind.CONVERSION, node)
        return operand

    def intrinsic(self, node: nodes.Intrinsic) -> int:
        operands = [self.value(operand) for operand in node.operands]
        if node.name.startswith("mul_div") and operands[2] == 0:
            self.engine.trap(TrapKind.DIVISION_BY_ZERO, node)
        return self.fit(node, _intrinsic(node.name, operands))

    def call(self, node: nodes.Call) -> Any:
        values = {index: self.value(node.arguments[index]) for index in node.order}
        return self.engine.run(node.function, [values[index] for index in range(len(values))])

    def record(self, node: nodes.Record) -> Any:
        layout = cast(StructType, node.type)
        values = {name: clone(value.type, self.value(value)) for name, value in node.values.items()}
        return layout.python_class(**values)

    def new_array(self, node: nodes.NewArray) -> Any:
        return zero_of(cast(ArrayType, node.type))

    def sha256(self, node: nodes.Sha256) -> Pubkey:
        parts = (encode(cast(Any, part.type), self.value(part)) for part in node.parts)
        return Pubkey(hashlib.sha256(b"".join(parts)).digest())

    def on_chain_only(self, node: Expression | Statement) -> NoReturn:
        raise OffChainError(f"{type(node).__name__} at line {node.at.line} needs a cluster")


_STATEMENTS: dict[type[Statement], Callable[[_Frame, Any], object]] = {
    nodes.Assign: _Frame.assign, nodes.Unpack: _Frame.unpack, nodes.Store: _Frame.store,
    nodes.CopyInto: _Frame.copy_into, nodes.If: _Frame.if_, nodes.While: _Frame.while_,
    nodes.ForRange: _Frame.for_range, nodes.Break: lambda _frame, _node: _BREAK,
    nodes.Continue: lambda _frame, _node: _CONTINUE, nodes.Return: _Frame.return_, nodes.Evaluate: _Frame.evaluate,
    nodes.Require: _Frame.require, nodes.Emit: _Frame.emit, nodes.Log: _Frame.log,
    nodes.SetReturnData: _Frame.return_data, nodes.Invoke: _Frame.on_chain_only,
}  # fmt: skip
_EXPRESSIONS: dict[type[Expression], Callable[[_Frame, Any], Any]] = {
    nodes.Const: _Frame.constant, nodes.PubkeyConst: _Frame.key_constant, nodes.Table: _Frame.table,
    nodes.Local: _Frame.local, nodes.Member: _Frame.member, nodes.Element: _Frame.element,
    nodes.Length: _Frame.length, nodes.Binary: _Frame.binary, nodes.Negate: _Frame.negate,
    nodes.Compare: _Frame.compare, nodes.Logic: _Frame.logic, nodes.Not: _Frame.not_,
    nodes.Conditional: _Frame.conditional, nodes.Let: _Frame.let, nodes.Convert: _Frame.convert,
    nodes.Intrinsic: _Frame.intrinsic, nodes.Call: _Frame.call, nodes.Record: _Frame.record,
    nodes.NewArray: _Frame.new_array, nodes.Sha256: _Frame.sha256, nodes.Slot: _Frame.on_chain_only,
    nodes.Key: _Frame.on_chain_only, nodes.ReadClock: _Frame.on_chain_only, nodes.RentMinimum: _Frame.on_chain_only,
}  # fmt: skip


def _shift_right(value: int, count: int) -> int:
    return value >> min(count, _HUGE_SHIFT)


_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "//": lambda a, b: a // b,
    "%": lambda a, b: a % b, "&": lambda a, b: a & b, "|": lambda a, b: a | b, "^": lambda a, b: a ^ b,
    "<<": lambda a, b: a << b, ">>": _shift_right,
}  # fmt: skip
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


def _intrinsic(name: str, operands: list[int]) -> int:
    match name, operands:
        case "mul_div_floor", [a, b, c]:
            return a * b // c
        case "mul_div_ceil", [a, b, c]:
            return -(-a * b // c)
        case "mul_shift", [a, b, n]:
            return _shift_right(a * b, n)
        case "mul_shift_ceil", [a, b, n]:
            return -_shift_right(-a * b, n)
        case "bit_length", [a]:
            return a.bit_length()
        case "abs", [a]:
            return abs(a)
        case _:
            return min(operands) if name == "min" else max(operands)


__all__ = ["Checked", "clone"]
