"""Lowering of one function: typed tree to LLVM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir

from hognose.back import arithmetic as math
from hognose.back import chain, fused
from hognose.back.builder import FunctionBuilder
from hognose.back.context import (
    I1,
    I64,
    PTR,
    RESULT_STRIDE,
    ModuleContext,
    Value,
    is_view,
    parameter_types,
    result_elements,
    returns_directly,
    scalar_type,
    word,
)
from hognose.ir.bounds import Bounds
from hognose.ir.effects import changes_memory, has_effect
from hognose.ir.nodes import (
    AccountListType,
    AccountsType,
    Assign,
    Binary,
    Break,
    Call,
    Compare,
    Conditional,
    Const,
    Continue,
    Convert,
    CopyInto,
    Element,
    Emit,
    Evaluate,
    Expression,
    ForRange,
    Function,
    If,
    Intrinsic,
    Invoke,
    Key,
    Length,
    Let,
    Listed,
    Local,
    Log,
    Logic,
    Member,
    Negate,
    NewArray,
    Not,
    PubkeyConst,
    ReadClock,
    Record,
    RentMinimum,
    Require,
    Return,
    SetReturnData,
    Sha256,
    Slot,
    Statement,
    Store,
    Table,
    Unpack,
    While,
)
from hognose.lang.traps import TrapKind
from hognose.lang.types import BOOL, ArrayType, BoolType, Field, IntegerType, PubkeyType, StructType


class FunctionLowering:
    """State while one function is lowered."""

    def __init__(self, context: ModuleContext, function: Function):
        self.context = context
        self.function = function
        self.bounds = Bounds.of(function)
        self.b = FunctionBuilder(context, context.declare(function), function.name, function.at)
        self.variables: dict[str, list[Value]] = {}
        self.loops: list[tuple[ir.Block, ir.Block]] = []
        self.results: Value | None = None

    def run(self) -> None:
        """Emit the whole body."""
        self._bind_parameters()
        self.statements(self.function.body)
        if not self.b.ir.block.is_terminated:
            self.b.ir.unreachable()
        self.b.finish()

    def _bind_parameters(self) -> None:
        arguments = list(self.b.llvm_function.args)
        if self.function.result is not None and not returns_directly(self.function):
            self.results = arguments.pop()
        if self.context.takes_frame(self.function):
            arguments = self._unpack_frame(arguments[0])
        for name, kind in self.function.parameters:
            values = [arguments.pop(0) for _ in parameter_types(kind)]
            if isinstance(kind, BoolType):
                values = [self.b.ir.icmp_unsigned("!=", values[0], word(0))]
            self.assign(name, kind, values)

    def _unpack_frame(self, frame: Value) -> list[Value]:
        values: list[Value] = []
        at = 0
        for _, kind in self.function.parameters:
            for llvm_type in parameter_types(kind):
                values.append(self.b.load(self.b.offset(frame, at), llvm_type))
                at += 16 if llvm_type == ir.IntType(128) else 8
        return values

    # -- locals -----------------------------------------------------------------------------------------------------

    def assign(self, name: str, kind: Any, values: list[Value]) -> None:
        """Give a local its value (a view has two words)."""
        if name not in self.variables:
            types = [PTR, I64] if is_view(kind) else [PTR if isinstance(kind, AccountsType) else scalar_type(kind)]
            self.variables[name] = [self.b.variable(llvm_type, name) for llvm_type in types]
        for slot, value in zip(self.variables[name], values, strict=True):
            self.b.ir.store(value, slot)

    def read(self, name: str, kind: Any) -> list[Value]:
        types = [PTR, I64] if is_view(kind) else [PTR if isinstance(kind, AccountsType) else scalar_type(kind)]
        return [self.b.ir.load(slot, typ=t) for slot, t in zip(self.variables[name], types, strict=True)]

    # -- statements -------------------------------------------------------------------------------------------------

    def statements(self, body: list[Statement]) -> None:
        for statement in body:
            if self.b.ir.block.is_terminated:
                return
            self.b.move_to(statement.at)
            self.statement(statement)

    def statement(self, node: Statement) -> None:
        match node:
            case Assign():
                self._assign(node)
            case Unpack():
                values = self.call(node.call)
                kinds = result_elements(node.call.function)
                for name, kind, value in zip(node.names, kinds, values, strict=True):
                    self.assign(name, kind, [value])
            case Store():
                value = self.stable(node.value, has_effect(node.target))
                pointer = self.address(node.target)
                self.b.store_scalar(value, pointer, cast(Any, node.target.type))
            case CopyInto():
                size = cast(StructType, node.source.type).size - getattr(node.source.type, "header", 0)
                header = getattr(node.source.type, "header", 0)
                destination, source = self.value(node.destination), self.value(node.source)
                self.b.copy(self.b.offset(destination, header), self.b.offset(source, header), size, may_coincide=True)
            case If():
                self._if(node)
            case While():
                self._while(node)
            case ForRange():
                self._for(node)
            case Break():
                self.b.ir.branch(self.loops[-1][1])
            case Continue():
                self.b.ir.branch(self.loops[-1][0])
            case Return():
                self._return(node)
            case Evaluate():
                self.views(node.value) if not isinstance(node.value, Call) else self.call(node.value)
            case Require():
                self._require(node)
            case Emit():
                chain.emit_event(self.b, self.value(node.event), cast(StructType, node.event.type))
            case Log():
                chain.log(self.b, node.message)
            case SetReturnData():
                size = cast(StructType, node.value.type).size
                self.b.syscall("sol_set_return_data", self.value(node.value), word(size))
            case Invoke():
                chain.invoke(self.b, node, self.value)
            case _:
                raise TypeError(f"no lowering for {type(node).__name__}")

    def _assign(self, node: Assign) -> None:
        values = self.views(node.value)
        if isinstance(node.value.type, PubkeyType):
            # A Pubkey is a value: later changes of the place it came from must not show.
            key = self.b.stack(32, node.name)
            self.b.copy(key, values[0], 32)
            values = [key]
        self.assign(node.name, node.value.type, values)

    def _if(self, node: If) -> None:
        then, otherwise, join = (self.b.block(name) for name in ("then", "else", "join"))
        self.branch(node.condition, then, otherwise)
        for block, body in ((then, node.then), (otherwise, node.otherwise)):
            self.b.ir.position_at_end(block)
            self.statements(body)
            self.b.jump(join)
        self.b.ir.position_at_end(join)

    def _while(self, node: While) -> None:
        head, body, done = (self.b.block(name) for name in ("while", "body", "done"))
        self.b.ir.branch(head)
        self.b.ir.position_at_end(head)
        self.branch(node.condition, body, done)
        self.loops.append((head, done))
        self.b.ir.position_at_end(body)
        self.statements(node.body)
        self.b.jump(head)
        self.loops.pop()
        self.b.ir.position_at_end(done)

    def _for(self, node: ForRange) -> None:
        """A hidden counter runs; the name gets a copy, so that assigning it changes nothing, as in Python."""
        kind = cast(IntegerType, node.type)
        start, stop = self.value(node.start), self.value(node.stop)
        counter = self.b.variable(I64, "counter")
        self.b.ir.store(start, counter)
        head, body, step, done = (self.b.block(name) for name in ("for", "body", "step", "done"))
        self.b.ir.branch(head)
        self.b.ir.position_at_end(head)
        current = self.b.ir.load(counter, typ=I64)
        self.b.ir.cbranch(math.compare(self.b, "<" if node.step > 0 else ">", current, stop, kind.signed), body, done)
        self.loops.append((step, done))
        self.b.ir.position_at_end(body)
        self.assign(node.name, kind, [current])
        self.statements(node.body)
        self.b.jump(step)
        self.loops.pop()
        self.b.ir.position_at_end(step)
        if abs(node.step) != 1:
            # The last step may pass the end of the type: stop when less than a step is left.
            left = self.b.ir.sub(stop, current) if node.step > 0 else self.b.ir.sub(current, stop)
            advance = self.b.block("advance")
            self.b.ir.cbranch(self.b.ir.icmp_unsigned(">", left, word(abs(node.step))), advance, done)
            self.b.ir.position_at_end(advance)
        self.b.ir.store(self.b.ir.add(current, word(node.step)), counter)
        self.b.ir.branch(head)
        self.b.ir.position_at_end(done)

    def _return(self, node: Return) -> None:
        values = [self.value(value) for value in node.values]
        if returns_directly(self.function):
            self.b.ir.ret(values[0])
            return
        kinds = result_elements(self.function)
        for index, (value, kind) in enumerate(zip(values, kinds, strict=True)):
            assert self.results is not None
            place = self.b.offset(self.results, RESULT_STRIDE * index)
            if isinstance(kind, PubkeyType):
                self.b.copy(place, value, kind.size)
            else:
                self.b.store(self.b.ir.zext(value, I64) if isinstance(kind, BoolType) else value, place)
        self.b.ir.ret(word(0))

    def _require(self, node: Require) -> None:
        if node.condition is None:
            self.b.ir.ret(word(node.code))
            return
        ok, bad = self.b.block("met"), self.b.block("unmet")
        self.branch(node.condition, ok, bad, likely=True)
        self.b.ir.position_at_end(bad)
        self.b.ir.ret(word(node.code))
        self.b.ir.position_at_end(ok)

    # -- conditions -------------------------------------------------------------------------------------------------

    def branch(self, node: Expression, then: ir.Block, otherwise: ir.Block, likely: bool | None = None) -> None:
        """Branch on a condition, short-circuiting without materialising it."""
        if isinstance(node, Logic):
            for index, operand in enumerate(node.operands):
                if index == len(node.operands) - 1:
                    self.branch(operand, then, otherwise, likely)
                    return
                following = self.b.block(node.operator)
                targets = (following, otherwise) if node.operator == "and" else (then, following)
                self.branch(operand, *targets, likely if node.operator == "and" else None)
                self.b.ir.position_at_end(following)
        elif isinstance(node, Not):
            self.branch(node.operand, otherwise, then, None if likely is None else not likely)
        elif isinstance(node, Let):
            self.assign(node.name, node.value.type, self.views(node.value))
            self.branch(node.body, then, otherwise, likely)
        else:
            self.b.branch(self.value(node), then, otherwise, likely)

    # -- values -----------------------------------------------------------------------------------------------------

    def value(self, node: Expression) -> Value:
        """The value of an expression: a scalar, or an address."""
        return self.views(node)[0]

    def views(self, node: Expression) -> list[Value]:
        """The words of an expression: one, or of a view address and length."""
        if is_view(node.type):
            return self._view(node)
        return [self._value(node)]

    def as_view(self, node: Expression) -> list[Value]:
        """Any array as address and length."""
        kind = cast(ArrayType, node.type)
        if kind.length is None:
            return self._view(node)
        return [self.value(node), word(kind.length)]

    def _view(self, node: Expression) -> list[Value]:
        if isinstance(node, Local):
            return self.read(node.name, node.type)
        if isinstance(node, Conditional):
            return self._choice(node, self._view)
        assert isinstance(node, Member)
        base = self.value(node.base)
        length = self.b.load(self.b.offset(base, chain.DATA_LENGTH))
        size = cast(ArrayType, node.type).element.size
        count = self.b.ir.udiv(self.b.ir.sub(length, word(node.offset)), word(size))
        return [self.b.offset(base, node.offset), count]

    def _value(self, node: Expression) -> Value:
        match node:
            case Const():
                return (
                    ir.Constant(I1, node.value)
                    if node.type == BOOL
                    else math.constant(cast(IntegerType, node.type), node.value)
                )
            case Local():
                return self.read(node.name, node.type)[0]
            case Member() | Element():
                pointer = self.address(node)
                if isinstance(node.type, IntegerType | BoolType):
                    return self.b.load_scalar(pointer, node.type)
                return pointer
            case Binary():
                return self._binary(node)
            case Compare():
                return self._compare(node)
            case Logic() | Not() | Let():
                return self._materialise(node)
            case Conditional():
                return self._choice(node, lambda value: [self.value(value)])[0]
            case Negate():
                return self._negate(node)
            case Convert():
                return self._convert(node)
            case Intrinsic():
                operands = [self.value(operand) for operand in node.operands]
                return fused.intrinsic(self.b, node, operands, self.bounds)
            case Call():
                return self.call(node)[0]
            case Length():
                if isinstance(node.base.type, AccountListType):
                    return self.b.load(self.value(node.base))
                return self.as_view(node.base)[1]
            case Listed():
                return self._listed(node)
            case _:
                return self._special(node)

    def _special(self, node: Expression) -> Value:
        match node:
            case PubkeyConst():
                return self.context.data(bytes(node.value), "key", 8)
            case Table():
                element = cast(IntegerType, cast(ArrayType, node.type).element)
                return self.context.words(list(node.values), element.size, getattr(element, "signed", False), "table")
            case Slot():
                place = self.b.offset(self.value(node.base), 8 * node.index)
                return place if isinstance(node.type, AccountListType) else self.b.load(place, PTR)
            case Record():
                return self._record(node)
            case NewArray():
                size = cast(ArrayType, node.type).size
                place = self.b.stack(size, "array")
                self.b.zero(place, size)
                return place
            case Key():
                return self.b.offset(self.value(node.base), chain.KEY)
            case ReadClock():
                return chain.read_clock(self.b, node.at)
            case RentMinimum():
                return chain.rent_minimum(self.b, self.value(node.size), node.at)
            case Sha256():
                return chain.sha256(self.b, [self._part(part) for part in node.parts])
            case _:
                raise TypeError(f"no lowering for {type(node).__name__}")

    def _part(self, node: Expression) -> tuple[Value, int]:
        kind = cast(Any, node.type)
        header = getattr(kind, "header", 0)
        if isinstance(kind, IntegerType | BoolType):
            place = self.b.stack(kind.size, "part")
            self.b.store_scalar(self.value(node), place, kind)
            return place, kind.size
        return self.b.offset(self.value(node), header), kind.size - header

    def address(self, node: Member | Element) -> Value:
        """Where a field or an element lies; aborts when the index is out of range."""
        if isinstance(node, Member):
            return self.b.offset(self.value(node.base), node.offset)
        base, length = self.as_view(node.base)
        index = self.value(node.index)
        self._check_index(node, index, length)
        return self.b.offset(base, self.b.ir.mul(index, word(cast(Any, node.type).size)))

    def _listed(self, node: Listed) -> Value:
        accounts = self.value(node.base)
        index = self.value(node.index)
        inside = self.b.ir.icmp_unsigned("<", index, self.b.load(accounts))
        self.b.trap_unless(inside, TrapKind.INDEX, node.at)
        return self.b.load(self.b.offset(self.b.offset(accounts, 8), self.b.ir.shl(index, word(3))), PTR)

    def _check_index(self, node: Element, index: Value, length: Value) -> None:
        low, high = self.bounds(node.index)
        fixed = cast(ArrayType, node.base.type).length
        if self.function.wrapping or (fixed is not None and low >= 0 and high < fixed):
            return
        # A negative index is a huge unsigned one.
        self.b.trap_unless(self.b.ir.icmp_unsigned("<", index, length), TrapKind.INDEX, node.at)

    def call(self, node: Call) -> list[Value]:
        """Call a function; its results."""
        words: dict[int, list[Value]] = {}
        for position, index in enumerate(node.order):
            argument = node.arguments[index]
            if is_view(node.function.parameters[index][1]):
                words[index] = self.as_view(argument)
            elif isinstance(argument.type, BoolType):
                words[index] = [self.b.ir.zext(self.value(argument), I64)]
            else:
                later = [node.arguments[i] for i in node.order[position + 1 :]]
                words[index] = [self.stable(argument, changes_memory(node.function) or any(map(has_effect, later)))]
        return self.b.call(node.function, [value for index in sorted(words) for value in words[index]])

    def stable(self, node: Expression, may_change: bool) -> Value:
        """The value of an expression; a Pubkey is copied where what follows may write to the place that it is in."""
        value = self.value(node)
        if not may_change or not isinstance(node.type, PubkeyType) or isinstance(node, PubkeyConst | Local | Call):
            return value
        key = self.b.stack(32, "key")
        self.b.copy(key, value, 32)
        return key

    def _record(self, node: Record) -> Value:
        layout = cast(StructType, node.type)
        tag = getattr(layout.python_class, "__discriminator__", b"")
        place = self.b.stack(len(tag) + layout.size, layout.name)
        if tag:
            self.b.store(word(int.from_bytes(tag, "little")), place)
        body = self.b.offset(place, len(tag))
        if any(f.name not in node.values for f in layout.fields):
            self.b.zero(body, layout.size)
        for name, given in node.values.items():
            value = self.value(given)
            found = cast(Field, layout.field(name))
            target = self.b.offset(body, found.offset)
            if isinstance(found.type, StructType | ArrayType):
                self.b.copy(target, value, found.type.size)
            else:
                self.b.store_scalar(value, target, found.type)
        return body

    # -- operators --------------------------------------------------------------------------------------------------

    def _binary(self, node: Binary) -> Value:
        kind = cast(IntegerType, node.type)
        x, y = self.value(node.left), self.value(node.right)
        if node.operator in ("&", "|", "^"):
            return {"&": self.b.ir.and_, "|": self.b.ir.or_, "^": self.b.ir.xor}[node.operator](x, y)
        if node.operator == ">>":
            if self.function.wrapping:
                return math.shift_right_raw(self.b, x, y, kind.signed)
            return math.shift_right(self.b, x, y, kind)
        everything = (kind.minimum, kind.maximum)
        exact = everything if self.function.wrapping else self.bounds.exact(node)
        if node.operator in ("//", "%"):
            divisor = (1, 1) if self.function.wrapping else self.bounds(node.right)
            return math.divide(self.b, x, y, kind, node.operator, divisor, node.at)
        if node.operator == "<<" and self.function.wrapping:
            return math.shift_left_raw(self.b, x, y)
        emit = {"+": math.add, "-": math.subtract, "*": math.multiply, "<<": math.shift_left}[node.operator]
        return emit(self.b, x, y, kind, exact, node.at)

    def _compare(self, node: Compare) -> Value:
        left = self.stable(node.left, has_effect(node.right))
        right = self.value(node.right)
        if isinstance(node.left.type, PubkeyType):
            same = self.b.keys_equal(left, right)
            return same if node.operator == "==" else self.b.ir.not_(same)
        signed = isinstance(node.left.type, IntegerType) and node.left.type.signed
        return math.compare(self.b, node.operator, left, right, signed)

    def _materialise(self, node: Expression) -> Value:
        yes, no, join = (self.b.block(name) for name in ("true", "false", "join"))
        self.branch(node, yes, no)
        for block in (yes, no):
            self.b.ir.position_at_end(block)
            self.b.ir.branch(join)
        self.b.ir.position_at_end(join)
        result = self.b.ir.phi(I1)
        result.add_incoming(ir.Constant(I1, 1), yes)
        result.add_incoming(ir.Constant(I1, 0), no)
        return result

    def _choice(self, node: Conditional, words: Callable[[Expression], list[Value]]) -> list[Value]:
        """The words of one of two expressions."""
        yes, no, join = (self.b.block(name) for name in ("then", "else", "join"))
        self.branch(node.condition, yes, no)
        incoming: list[tuple[list[Value], ir.Block]] = []
        for block, value in ((yes, node.then), (no, node.otherwise)):
            self.b.ir.position_at_end(block)
            incoming.append((words(value), self.b.ir.block))
            self.b.ir.branch(join)
        self.b.ir.position_at_end(join)
        results = [self.b.ir.phi(word.type) for word in incoming[0][0]]
        for values, block in incoming:
            for result, value in zip(results, values, strict=True):
                result.add_incoming(value, block)
        return results

    def _negate(self, node: Negate) -> Value:
        kind = cast(IntegerType, node.type)
        x = self.value(node.operand)
        if node.invert:
            return self.b.ir.not_(x)
        low, high = self.bounds(node.operand)
        return math.subtract(self.b, math.constant(kind, 0), x, kind, (-high, -low), node.at)

    def _convert(self, node: Convert) -> Value:
        source, target = cast(IntegerType, node.operand.type), cast(IntegerType, node.type)
        return math.convert(self.b, self.value(node.operand), source, target, self.bounds(node.operand), node.at)


__all__ = ["FunctionLowering"]
