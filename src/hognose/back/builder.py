"""The instruction builder of one function: blocks, traps, memory, calls of the runtime library."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from hognose.back.context import I1, I8, I64, I128, PTR, ModuleContext, Value, scalar_type, word
from hognose.errors import Location
from hognose.ir.nodes import Function
from hognose.lang.traps import TrapKind
from hognose.lang.types import BoolType, IntegerType, PubkeyType, Type

INLINE_COPY_BYTES = 64


class FunctionBuilder:
    """Emits the body of one LLVM function; `ret` of a nonzero status is how it aborts."""

    def __init__(self, context: ModuleContext, llvm_function: ir.Function, name: str, at: Location):
        self.context = context
        self.llvm_function: Any = llvm_function
        self.entry: Any = llvm_function.append_basic_block("entry")
        # llvmlite is untyped: what its builder returns is a Value wherever we use it.
        self.ir: Any = ir.IRBuilder(llvm_function.append_basic_block("body"))
        self.scope = context.subprogram(name, at)
        llvm_function.set_metadata("dbg", self.scope)
        self.move_to(at)
        self.at = at

    def move_to(self, at: Location) -> None:
        """Attribute what follows to a place of the source."""
        self.at = at
        self.ir.debug_metadata = self.context.place(self.scope, at)

    def finish(self) -> None:
        """Close the entry block, which holds the stack slots."""
        builder = ir.IRBuilder(self.entry)
        builder.debug_metadata = self.context.place(self.scope, self.at)
        builder.branch(self.llvm_function.basic_blocks[1])

    # -- control ----------------------------------------------------------------------------------------------------

    def block(self, name: str) -> ir.Block:
        return self.llvm_function.append_basic_block(name)

    def branch(self, condition: Value, then: ir.Block, otherwise: ir.Block, likely: bool | None = None) -> None:
        """Branch; `likely` lays the other side out of the way."""
        instruction = self.ir.cbranch(condition, then, otherwise)
        if likely is not None:
            instruction.set_weights((2000, 1) if likely else (1, 2000))

    def jump(self, target: ir.Block) -> None:
        if not self.ir.block.is_terminated:
            self.ir.branch(target)

    def abort_unless(self, condition: Value, code: int) -> None:
        """Return `code` unless the condition holds."""
        ok, bad = self.block("ok"), self.block("abort")
        self.branch(condition, ok, bad, likely=True)
        self.ir.position_at_end(bad)
        self.ir.ret(word(code))
        self.ir.position_at_end(ok)

    def trap_unless(self, condition: Value, kind: TrapKind, at: Location) -> None:
        """Abort with a trap of this kind at this place unless the condition holds."""
        self.abort_unless(condition, self.context.trap(kind, at))

    def propagate(self, status: Value) -> None:
        """Return a nonzero status of a call."""
        ok, bad = self.block("ok"), self.block("propagate")
        self.branch(self.ir.icmp_unsigned("==", status, word(0)), ok, bad, likely=True)
        self.ir.position_at_end(bad)
        self.ir.ret(status)
        self.ir.position_at_end(ok)

    @contextmanager
    def unlikely(self, condition: Value) -> Generator[None]:
        """A cold branch that joins again."""
        cold, join = self.block("cold"), self.block("join")
        self.branch(condition, cold, join, likely=False)
        self.ir.position_at_end(cold)
        yield
        self.jump(join)
        self.ir.position_at_end(join)

    # -- memory -----------------------------------------------------------------------------------------------------

    def stack(self, size: int, name: str = "slot") -> Value:
        """Bytes on the stack, the same at every execution."""
        builder = ir.IRBuilder(self.entry)
        slot: Any = builder.alloca(ir.ArrayType(I8, size), name=name)
        slot.align = 8
        slot.type = PTR
        return slot

    def variable(self, kind: ir.Type, name: str) -> Value:
        """A local that LLVM will put in a register."""
        slot: Any = ir.IRBuilder(self.entry).alloca(kind, name=name)
        slot.type = PTR
        return slot

    def offset(self, pointer: Value, by: int | Value) -> Value:
        """`pointer` plus bytes."""
        if isinstance(by, int):
            if by == 0:
                return pointer
            by = word(by)
        return self.ir.gep(pointer, [by], inbounds=True, source_etype=I8)

    def load(self, pointer: Value, kind: ir.Type = I64) -> Value:
        """Load; the VM allows any alignment, and no alignment may be claimed that the optimiser could reason from."""
        return self.ir.load(pointer, typ=kind, align=1)

    def store(self, value: Value, pointer: Value) -> None:
        self.ir.store(value, pointer, align=1)

    def load_scalar(self, pointer: Value, kind: Type) -> Value:
        """A value of our type from memory."""
        if isinstance(kind, BoolType):
            return self.ir.icmp_unsigned("!=", self.ir.load(pointer, typ=I8, align=1), ir.Constant(I8, 0))
        assert isinstance(kind, IntegerType)
        if kind.bits >= 64:
            return self.load(pointer, ir.IntType(kind.bits))
        return self.ir.zext(self.load(pointer, ir.IntType(kind.bits)), I64)

    def store_scalar(self, value: Value, pointer: Value, kind: Type) -> None:
        """A value of our type to memory."""
        if isinstance(kind, BoolType):
            self.store(self.ir.zext(value, I8), pointer)
        elif isinstance(kind, PubkeyType):
            self.copy(pointer, value, 32)
        else:
            assert isinstance(kind, IntegerType)
            self.store(value if kind.bits >= 64 else self.ir.trunc(value, ir.IntType(kind.bits)), pointer)

    def copy(self, destination: Value, source: Value, size: int, may_coincide: bool = False) -> None:
        """Copy bytes between places that do not overlap, or coincide: words when few, a syscall when many."""
        if size <= INLINE_COPY_BYTES or self.context.native:
            at = 0
            for width in (8, 4, 2, 1):
                while size - at >= width:
                    value = self.load(self.offset(source, at), ir.IntType(width * 8))
                    self.store(value, self.offset(destination, at))
                    at += width
            return
        self.syscall("sol_memmove_" if may_coincide else "sol_memcpy_", destination, source, word(size))

    def zero(self, destination: Value, size: int) -> None:
        """Clear bytes."""
        if size <= INLINE_COPY_BYTES or self.context.native:
            at = 0
            for width in (8, 4, 2, 1):
                while size - at >= width:
                    self.store(ir.Constant(ir.IntType(width * 8), 0), self.offset(destination, at))
                    at += width
            return
        self.syscall("sol_memset_", destination, word(0), word(size))

    def address(self, pointer: Value) -> Value:
        """A pointer as a number."""
        return self.ir.ptrtoint(pointer, I64) if isinstance(pointer.type, ir.PointerType) else pointer

    def syscall(self, name: str, *arguments: Value) -> Value:
        """Call a syscall with words or pointers."""
        values = [self.address(argument) for argument in arguments]
        return self.ir.call(self.context.external(name, len(values)), values)

    def slices(self, parts: list[tuple[Value, Value | int]]) -> Value:
        """An array of (address, length) pairs on the stack."""
        array = self.stack(16 * len(parts), "slices")
        for index, (pointer, length) in enumerate(parts):
            self.store(self.address(pointer), self.offset(array, 16 * index))
            value = word(length) if isinstance(length, int) else length
            self.store(value, self.offset(array, 16 * index + 8))
        return array

    def keys_equal(self, left: Value, right: Value) -> Value:
        """Compare 32 bytes word by word, leaving at the first difference."""
        join = self.block("compared")
        incoming: list[tuple[Value, ir.Block]] = []
        for index in range(4):
            a = self.load(self.offset(left, 8 * index))
            b = self.load(self.offset(right, 8 * index))
            same = self.ir.icmp_unsigned("==", a, b)
            if index == 3:
                incoming.append((same, self.ir.block))
                self.ir.branch(join)
            else:
                following = self.block("same")
                incoming.append((ir.Constant(I1, 0), self.ir.block))
                self.branch(same, following, join, likely=True)
                self.ir.position_at_end(following)
        self.ir.position_at_end(join)
        result = self.ir.phi(I1)
        for value, block in incoming:
            result.add_incoming(value, block)
        return result

    # -- the runtime library ----------------------------------------------------------------------------------------

    def library(self, name: str, *arguments: Value) -> list[Value]:
        """Call a wrapping function of `hognose.runtime.wide`; its results as values."""
        function = self.context.library[name]
        return self.call(function, list(arguments))

    def mul_high(self, a: Value, b: Value) -> Value:
        """The high word of a product."""
        return self.library("mul_high", a, b)[0]

    def call(self, function: Function, arguments: list[Value]) -> list[Value]:
        """Call one of our functions by its ABI; an abort of it is ours too."""
        from hognose.back.context import RESULT_STRIDE, result_elements, returns_directly

        target = self.context.declare(function)
        values = list(arguments)
        if self.context.takes_frame(function):
            values = [self._frame(values)]
        if returns_directly(function):
            return [self.ir.call(target, values)]
        elements = result_elements(function)
        area = self.stack(RESULT_STRIDE * len(elements), "results") if elements else None
        if area is not None:
            values.append(area)
        status = self.ir.call(target, values)
        if not function.wrapping:
            self.propagate(status)
        assert area is not None or not elements
        return [self._result(self.offset(area, RESULT_STRIDE * i), kind) for i, kind in enumerate(elements)]

    def _result(self, place: Value, kind: Any) -> Value:
        if isinstance(kind, PubkeyType):
            key = self.stack(32, "key")
            self.copy(key, place, 32)
            return key
        if isinstance(kind, BoolType):
            return self.ir.icmp_unsigned("!=", self.load(place), word(0))
        return self.load(place, scalar_type(kind))

    def _frame(self, values: list[Value]) -> Value:
        frame = self.stack(sum(16 if v.type is I128 or v.type == I128 else 8 for v in values), "frame")
        at = 0
        for value in values:
            self.store(value, self.offset(frame, at))
            at += 16 if value.type == I128 else 8
        return frame
