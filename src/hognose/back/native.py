"""The native engine: the same typed tree compiled for the host, called by value or over NumPy arrays.

engine = Native([cost_ceil])
engine.call(cost_ceil, b, r, shares)            # one quote: an int, or Trap / ProgramAbort's code
engine.map(cost_ceil, b, reserves, shares)      # arrays (scalars broadcast): results and codes
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from hognose.back.builder import FunctionBuilder
from hognose.back.context import I64, PTR, RESULT_STRIDE, ModuleContext, Site, Value, is_view, result_elements, word
from hognose.back.module import Texts, finish, lower_functions, new_context
from hognose.back.pipeline import Tuning, optimise
from hognose.front.main import Front
from hognose.ir.nodes import Function
from hognose.lang.traps import Trap, split_trap_code
from hognose.lang.types import Array, BoolType, IntegerType, PubkeyType

ARGUMENT_STRIDE = 32
LLVM_OPTIONS = ("-indvars-predicate-loops=0", "-disable-lsr")
"""Without passes that divide 128-bit counters: the host's division of those is in no library that is sure to be there."""


class ErrorReturned(Exception):
    """Compiled code returned a program error's code."""

    def __init__(self, code: int):
        super().__init__(f"program error {code}")
        self.code = code


class Native:
    """Host code for some functions and all that they call. CodeError lists what is wrong with their sources."""

    def __init__(self, functions: Sequence[Callable[..., Any]]):
        front = Front()
        self._functions: dict[Callable[..., Any], Function] = {f: front.instantiate(f, []) for f in functions}
        module = front.finish()
        context = new_context("native", native=True)
        lower_functions(context, module.functions)
        for function in self._functions.values():
            emit_scalar_wrapper(context, function)
            if _mappable(function):
                _emit_map_wrapper(context, function)
        self.sites: tuple[Site, ...] = tuple(context.sites)
        self._engine = compile_texts(finish(context))

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call with Python values. Raises Trap where the language aborts, ErrorReturned where `require` does."""
        typed = self._functions[function]
        block, keep = _pack_arguments(typed, arguments)
        results = (ctypes.c_uint8 * (RESULT_STRIDE * max(1, len(result_elements(typed)))))()
        pointer = self._engine.get_function_address(scalar_name(typed))
        run = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p, ctypes.c_void_p)(pointer)
        code = run(ctypes.addressof(block), ctypes.addressof(results))
        del keep
        if code:
            _raise(code)
        values = [_unpack(bytes(results), i, kind) for i, kind in enumerate(result_elements(typed))]
        return values[0] if len(values) == 1 else tuple(values) if values else None

    def map(self, function: Callable[..., Any], *arguments: Any) -> tuple[list[NDArray[Any]], NDArray[np.uint64]]:
        """Apply element by element over broadcast arrays: the results' arrays, and each element's code (0: it worked)."""
        typed = self._functions[function]
        if not _mappable(typed):
            raise TypeError(f"{typed.name}: only functions of integers up to 64 bits and bools map over arrays")
        kinds = [kind for _, kind in typed.parameters]
        arrays = np.broadcast_arrays(*(np.asarray(a, _dtype(k)) for a, k in zip(arguments, kinds, strict=True)))
        inputs = [np.ascontiguousarray(a, np.int64 if a.dtype == np.int64 else np.uint64) for a in arrays]
        shape, count = inputs[0].shape, inputs[0].size
        outputs = [np.zeros(shape, _dtype(kind)).astype(_wide(kind)) for kind in result_elements(typed)]
        codes = np.zeros(shape, np.uint64)
        pointers = [a.ctypes.data for a in (*inputs, *outputs, codes)]
        table = (ctypes.c_uint64 * len(pointers))(*pointers)
        address = self._engine.get_function_address(_map_name(typed))
        ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64)(address)(ctypes.addressof(table), count)
        return [o.astype(_dtype(k)) for o, k in zip(outputs, result_elements(typed), strict=True)], codes


def _raise(code: int) -> None:
    split = split_trap_code(code)
    if split is None:
        raise ErrorReturned(code)
    raise Trap(split[0], site=split[1])


@cache
def _initialize() -> None:
    """Set LLVM up, once a process."""
    for option in LLVM_OPTIONS:
        llvm.set_option("hognose", option)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def compile_texts(texts: Texts, tuning: Tuning | None = None) -> Any:
    """An execution engine for a module: optimised, compiled, its addresses known."""
    _initialize()
    machine = llvm.Target.from_default_triple().create_target_machine(opt=2)
    module = llvm.parse_assembly(texts.main)
    module.triple = llvm.get_process_triple()
    late = llvm.parse_assembly(texts.helpers)
    late.triple = module.triple
    optimise(module, late, machine, tuning or Tuning(loop_unrolling=True))
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine


# -- wrappers --------------------------------------------------------------------------------------------------------


def scalar_name(function: Function) -> str:
    """The symbol of a function's wrapper, which takes (arguments, results)."""
    return f"call.{function.name}"


def _map_name(function: Function) -> str:
    return f"map.{function.name}"


def _mappable(function: Function) -> bool:
    kinds = [kind for _, kind in function.parameters] + result_elements(function)
    small = all(isinstance(k, BoolType) or (isinstance(k, IntegerType) and k.bits <= 64) for k in kinds)
    return small and bool(function.parameters)


def _direct_call(b: FunctionBuilder, function: Function, values: list[Value], area: Value) -> Value:
    """Call by the internal ABI, results into `area`; the status."""
    context = b.context
    target = context.declare(function)
    if context.takes_frame(function):
        values = [b._frame(values)]  # pyright: ignore[reportPrivateUsage]
    from hognose.back.context import returns_directly

    if returns_directly(function):
        b.store(b.ir.call(target, values), area)
        return word(0)
    if function.result is not None:
        values = [*values, area]
    return b.ir.call(target, values)


def emit_scalar_wrapper(context: ModuleContext, function: Function) -> None:
    """Define a function's wrapper: arguments lie `ARGUMENT_STRIDE` apart, memory by its address, views by address and length."""
    wrapper = ir.Function(context.module, ir.FunctionType(I64, [PTR, PTR]), name=scalar_name(function))
    b = FunctionBuilder(context, wrapper, scalar_name(function), function.at)
    block, area = wrapper.args
    values: list[Value] = []
    for index, (_, kind) in enumerate(function.parameters):
        place = b.offset(block, ARGUMENT_STRIDE * index)
        if is_view(kind):
            values += [b.load(place, PTR), b.load(b.offset(place, 8))]
        elif isinstance(kind, IntegerType):
            values.append(b.load(place, ir.IntType(128) if kind.bits == 128 else I64))
        elif isinstance(kind, BoolType):
            values.append(b.load(place))
        elif isinstance(kind, PubkeyType):
            values.append(place)
        else:
            values.append(b.load(place, PTR))
    b.ir.ret(_direct_call(b, function, values, area))
    b.finish()


def _emit_map_wrapper(context: ModuleContext, function: Function) -> None:
    void = ir.VoidType()
    wrapper = ir.Function(context.module, ir.FunctionType(void, [PTR, I64]), name=_map_name(function))
    b = FunctionBuilder(context, wrapper, _map_name(function), function.at)
    table, count = wrapper.args
    elements = result_elements(function)
    columns = [b.load(b.offset(table, 8 * i), PTR) for i in range(len(function.parameters) + len(elements) + 1)]
    area = b.stack(RESULT_STRIDE * max(1, len(elements)), "results")
    head, body, done = b.block("head"), b.block("body"), b.block("done")
    start = b.ir.block
    b.ir.branch(head)
    b.ir.position_at_end(head)
    index = b.ir.phi(I64)
    index.add_incoming(word(0), start)
    b.ir.cbranch(b.ir.icmp_unsigned("<", index, count), body, done)
    b.ir.position_at_end(body)
    at = b.ir.shl(index, word(3))
    values = [b.load(b.offset(column, at)) for column in columns[: len(function.parameters)]]
    code = _direct_call(b, function, values, area)
    for i, column in enumerate(columns[len(function.parameters) : -1]):
        b.store(b.load(b.offset(area, RESULT_STRIDE * i)), b.offset(column, at))
    b.store(code, b.offset(columns[-1], at))
    index.add_incoming(b.ir.add(index, word(1)), b.ir.block)
    b.ir.branch(head)
    b.ir.position_at_end(done)
    b.ir.ret_void()
    b.finish()


# -- values ----------------------------------------------------------------------------------------------------------


def _dtype(kind: Any) -> Any:
    if isinstance(kind, BoolType):
        return np.bool_
    return np.int64 if kind.signed else np.uint64


def _wide(kind: Any) -> Any:
    return np.int64 if isinstance(kind, IntegerType) and kind.signed else np.uint64


def _pack_arguments(function: Function, arguments: tuple[Any, ...]) -> tuple[Any, list[Any]]:
    from hognose.lang.layout import encode

    block = (ctypes.c_uint8 * (ARGUMENT_STRIDE * max(1, len(arguments))))()
    keep: list[Any] = []
    for index, ((_, kind), value) in enumerate(zip(function.parameters, arguments, strict=True)):
        at = ARGUMENT_STRIDE * index
        if isinstance(kind, IntegerType):
            raw = kind(value).to_bytes(16, "little", signed=kind.signed)
        elif isinstance(kind, BoolType):
            raw = int(value).to_bytes(8, "little")
        elif isinstance(kind, PubkeyType):
            raw = bytes(value)
        else:
            raw = _pack_memory(kind, value, keep, encode)
        block[at : at + len(raw)] = raw
    return block, keep


def _pack_memory(kind: Any, value: Any, keep: list[Any], encode: Callable[..., bytes]) -> bytes:
    """Structs and arrays by address; what the function writes to them is not read back."""
    header = bytes(getattr(kind, "header", 0))
    if is_view(kind):
        content = encode(Array(kind.element, value).type, value) if len(value) else b""
    else:
        content = header + encode(kind, value)
    memory = ctypes.create_string_buffer(content, max(1, len(content)))
    keep.append(memory)
    return ctypes.addressof(memory).to_bytes(8, "little") + (len(value) if is_view(kind) else 0).to_bytes(8, "little")


def _unpack(area: bytes, index: int, kind: Any) -> Any:
    raw = area[RESULT_STRIDE * index : RESULT_STRIDE * (index + 1)]
    if isinstance(kind, BoolType):
        return raw[0] != 0
    if isinstance(kind, PubkeyType):
        from hognose.lang.types import Pubkey

        return Pubkey(raw)
    size = 16 if kind.bits == 128 else 8
    return int.from_bytes(raw[:size], "little", signed=kind.signed)


__all__ = ["ARGUMENT_STRIDE", "ErrorReturned", "Native", "compile_texts", "emit_scalar_wrapper", "scalar_name"]
