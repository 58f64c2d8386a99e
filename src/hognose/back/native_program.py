"""Whole instructions on the host: their logic, compiled as for the chain, on accounts that lie in this process's memory.

memory = AccountMemory(1 << 16)
market = memory.add(Market, Market(id=1), address=b"market".ljust(32, b"."))
program = NativeProgram([buy])
program.set_clock(slot=7, unix_timestamp=1_700_000_000)
code = program.run(buy, [authority, protocol, trader, market, position], shares, maximum_cost)

What a declaration checks, and what it creates or closes, is the caller's: the logic alone runs, as fast as the host can. Events
and return data go nowhere, and a hash is 32 zero bytes, so that `event_hash` is not that of the chain; everything else is.
An instruction that calls other programs is refused. One that fails leaves the accounts as they were.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from hognose.back.chain import CLOCK_SIZE, DATA_LENGTH, HEADER, KEY
from hognose.back.context import I8, I64, PTR, ModuleContext, Value, word
from hognose.back.module import finish, lower_functions, new_context
from hognose.back.native import ARGUMENT_STRIDE, compile_texts, emit_scalar_wrapper, scalar_name
from hognose.back.pipeline import Tuning
from hognose.front.main import Front
from hognose.ir.nodes import Function
from hognose.lang.declare import DISCRIMINATOR_SIZE, AccountDeclaration, InstructionDeclaration
from hognose.lang.layout import encode
from hognose.lang.types import Array, ArrayType, BoolType, IntegerType, PubkeyType, Type

ALIGNMENT = 8
ACCOUNTS_MAXIMUM = 64
TUNING = Tuning(inlining_threshold=50)
"""Whole programs compile in half the time of a kernel's tuning, and run nearly as fast."""
_CLOCK = "clock"
_IGNORED = ("sol_log_", "sol_log_data", "sol_set_return_data")


# -- accounts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """An account in a memory: where its data begins and how long it is."""

    memory: AccountMemory
    start: int
    size: int
    declaration: AccountDeclaration | None

    @property
    def address(self) -> int:
        """Of the data, as instructions take it."""
        return self.memory.base + self.start

    @property
    def key(self) -> bytes:
        """The account's address on the chain."""
        return bytes(self.memory.view[self.start + KEY : self.start + KEY + 32])

    def bytes(self) -> bytes:
        """The data, discriminator first."""
        return bytes(self.memory.view[self.start : self.start + self.size])

    def write(self, data: bytes) -> None:
        """Replace the data; its length stays."""
        self.memory.view[self.start : self.start + self.size] = data

    def state(self) -> Any:
        """The data, decoded."""
        assert self.declaration is not None
        return self.declaration.decode(self.bytes())

    def word(self, name: str) -> int:
        """The index in `AccountMemory.words`, or `AccountMemory.signed`, of a field of 64 bits that is aligned."""
        assert self.declaration is not None
        field = self.declaration.layout.field(name)
        if field is None:
            raise TypeError(f"{self.declaration.name} has no field {name}")
        return self.word_at(field.offset)

    def word_at(self, offset: int) -> int:
        """The same for an offset in the data."""
        if offset % ALIGNMENT:
            raise TypeError(f"offset {offset} is not aligned")
        return (self.start + offset) // ALIGNMENT


class AccountMemory:
    """Accounts side by side, each behind the header that the loader gives it. Addresses stay valid for its lifetime."""

    def __init__(self, size: int):
        self._block = (ctypes.c_uint64 * -(-size // ALIGNMENT))()
        self.base = ctypes.addressof(self._block)
        whole = memoryview(self._block).cast("B")
        self.view = whole
        self.words = whole.cast("Q")
        self.signed = whole.cast("q")
        self.used = 0

    def add(self, cls: type[Any] | None, value: Any = None, *, address: bytes = bytes(32)) -> Place:
        """Lay an account out: a state, encoded or as an object, or one without data."""
        declaration: AccountDeclaration | None = None if cls is None else cls.__account__
        if declaration is None:
            data = b""
        else:
            data = value if isinstance(value, bytes) else declaration.encode(value)
        start = self.used + HEADER
        end = -(-(start + len(data)) // ALIGNMENT) * ALIGNMENT
        if end > len(self.view):
            raise MemoryError(f"{len(self.view)} bytes do not hold another {len(data)}")
        self.view[start + KEY : start + KEY + 32] = address
        struct.pack_into("<Q", self.view, start + DATA_LENGTH, len(data))
        self.view[start : start + len(data)] = data
        self.used = end
        return Place(self, start, len(data), declaration)

    def save(self) -> bytes:
        """All accounts, to restore."""
        return bytes(self.view[: self.used])

    def restore(self, saved: bytes) -> None:
        """Make all accounts that were there what they were."""
        self.view[: len(saved)] = saved


# -- instructions --------------------------------------------------------------------------------------------------------


class NativeProgram:
    """Host code for the logic of some instructions. CodeError lists what is wrong with their sources."""

    def __init__(self, functions: Sequence[Callable[..., None]], tuning: Tuning = TUNING):
        front = Front()
        typed = {function: front.instantiate(function, []) for function in functions}
        module = front.finish()
        context = new_context("native program", native=True)
        lower_functions(context, module.functions)
        for function in typed.values():
            emit_scalar_wrapper(context, function)
        _define_syscalls(context)
        self._engine = compile_texts(finish(context), tuning)
        self._clock = self._engine.get_global_value_address(_CLOCK)
        self._table = (ctypes.c_uint64 * ACCOUNTS_MAXIMUM)()
        self._calls = {function: self._call(function, typed[function]) for function in functions}

    def _call(self, function: Callable[..., None], typed: Function) -> _Call:
        declaration: InstructionDeclaration = function.__instruction__  # type: ignore[attr-defined]
        pointer = self._engine.get_function_address(scalar_name(typed))
        return _Call(declaration, ctypes.PYFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p, ctypes.c_void_p)(pointer))

    def set_clock(self, slot: int, unix_timestamp: int) -> None:
        """What the clock says from now on."""
        content = struct.pack("<QqQQq", slot, 0, 0, 0, unix_timestamp)
        ctypes.memmove(self._clock, content, CLOCK_SIZE)

    def run(self, function: Callable[..., None], accounts: Sequence[Place], *arguments: Any) -> int:
        """Run an instruction on its accounts, repeated ones last; 0, or the code of its error or trap."""
        call = self._calls[function]
        written = [accounts[i] for i in call.written if i < len(accounts)]
        before = [place.bytes() for place in written]
        named = call.named
        table = self._table
        for index in range(min(named, len(accounts))):
            table[index] = accounts[index].address
        if call.has_rest:
            table[named] = len(accounts) - named
            for index in range(named, len(accounts)):
                table[index + 1] = accounts[index].address
        code = call(ctypes.addressof(table), arguments)
        if code:
            for place, data in zip(written, before, strict=True):
                place.write(data)
        return code


class _Call:
    """One instruction's host function, its argument block, and which of its accounts it may write."""

    def __init__(self, declaration: InstructionDeclaration, function: Callable[[int, int], int]):
        slots = declaration.accounts
        self.named = len(slots)
        self.has_rest = declaration.rest is not None
        self.written = [i for i, slot in enumerate(slots) if slot.role.writable and slot.declaration is not None]
        if declaration.rest is not None and declaration.rest.role.writable:
            self.written += range(self.named, self.named + declaration.rest.role.maximum)
        self._function = function
        self._kinds = [kind for _, kind in declaration.arguments]
        formats = "".join(_format(kind) for kind in self._kinds)
        self._pack = struct.Struct(f"<Q{ARGUMENT_STRIDE - 8}x{formats}")
        self._block = (ctypes.c_uint8 * (ARGUMENT_STRIDE * (1 + len(self._kinds))))()
        self._place = ctypes.addressof(self._block)

    def __call__(self, table: int, arguments: tuple[Any, ...]) -> int:
        words: list[int | bytes] = []
        keep: list[Any] = []
        for kind, value in zip(self._kinds, arguments, strict=True):
            if isinstance(kind, IntegerType | BoolType):
                words.append(int(value))
            elif isinstance(kind, PubkeyType):
                words.append(bytes(value))
            else:
                words += _in_memory(kind, value, keep)
        self._pack.pack_into(self._block, 0, table, *words)
        return self._function(self._place, self._place)


def _format(kind: Type) -> str:
    """How an argument is packed into its 32 bytes."""
    if isinstance(kind, PubkeyType):
        return f"{ARGUMENT_STRIDE}s"
    if isinstance(kind, IntegerType | BoolType):
        return f"{'q' if isinstance(kind, IntegerType) and kind.signed else 'Q'}{ARGUMENT_STRIDE - 8}x"
    return f"QQ{ARGUMENT_STRIDE - 16}x"


def _in_memory(kind: Type, value: Any, keep: list[Any]) -> tuple[int, int]:
    """Address and length of an argument that travels by address."""
    if isinstance(kind, ArrayType) and kind.length is None:
        content = encode(Array(kind.element, value).type, value) if len(value) else b""
    else:
        content = encode(kind, value)
    block = ctypes.create_string_buffer(content, max(1, len(content)))
    keep.append(block)
    return ctypes.addressof(block), len(value) if isinstance(kind, ArrayType) else 0


# -- the machine ---------------------------------------------------------------------------------------------------------


def _define_syscalls(context: ModuleContext) -> None:
    """Give what the instructions call a body: the clock from a global, hashes of zeros, nothing for events."""
    clock: Any = ir.GlobalVariable(context.module, ir.ArrayType(I8, CLOCK_SIZE), _CLOCK)
    clock.initializer = ir.Constant(ir.ArrayType(I8, CLOCK_SIZE), bytearray(CLOCK_SIZE))
    for name, function in context.externals.items():
        builder: Any = ir.IRBuilder(function.append_basic_block("entry"))
        if name == "sol_get_sysvar":
            _copy(builder, builder.ptrtoint(clock, I64), function.args[1], CLOCK_SIZE)
        elif name == "sol_sha256":
            _copy(builder, None, function.args[2], 32)
        elif name not in _IGNORED:
            raise TypeError(f"no instruction that calls {name} runs on the host")
        builder.ret(word(0))


def _copy(builder: Any, source: Value | None, destination: Value, size: int) -> None:
    """Copy words, or zeros, between addresses."""
    for at in range(0, size, 8):
        value = word(0)
        if source is not None:
            value = builder.load(builder.inttoptr(builder.add(source, word(at)), PTR), typ=I64, align=1)
        builder.store(value, builder.inttoptr(builder.add(destination, word(at)), PTR), align=1)


__all__ = ["DISCRIMINATOR_SIZE", "AccountMemory", "NativeProgram", "Place"]
