"""128-bit operations that LLVM's optimiser makes and BPF lacks are written out in words, with the same results."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hognose.back.codegen import CodegenRequest, emit
from hognose.back.legalise import legalise, needs_legalising
from hognose.testing.differential import compare
from tests.hognose.differential.programs import load

SOURCE = """
from hognose.lang import i128, u32, u64, u128


def twice(a: u64) -> u128:
    return (u128(a) << 64) | a


def thrice(a: u32) -> u128:
    return (u128(a) << 96) | (u128(a) << 32) | a


def power(n: u64) -> i128:
    return i128(1) << n % 100


def bits(a: u128, n: u64, m: u64) -> u128:
    return ((a & 1) << n) | (u128(1) << m)


def sign(a: i128) -> i128:
    return a >> (255 if True else 1)


def divide_in_a_loop(a: u64, d: u64, n: u64) -> u64:
    total = 0
    for _ in range(n):
        if d != 0:
            total += a // d
    return total


def count_down(a: u128) -> u128:
    for _ in range(3):
        a -= 5546748885910517406234003194
    return a
"""
COUNTS = (0, 1, 31, 63, 64, 65, 99, 126, 127, 128, 2**64 - 1)
WORDS = (0, 1, 2, 2**32 - 1, 2**63, 2**64 - 1)


@pytest.mark.parametrize("all_features", [False, True])
def test_what_the_optimiser_folds_still_runs(tmp_path: Path, all_features: bool) -> None:
    """Sources whose optimised form has 128-bit multiplications, shifts or divisions give Python's results."""
    m = load(SOURCE, tmp_path)
    inputs = {
        m.twice: [(w,) for w in WORDS],
        m.thrice: [(w,) for w in WORDS if w < 2**32],
        m.power: [(n,) for n in COUNTS],
        m.bits: [(w, n, k) for w in (0, 1) for n in COUNTS for k in COUNTS],
        m.sign: [(w,) for w in (*WORDS, -1, -(2**127))],
        m.divide_in_a_loop: [(7, 0, 3), (7, 2, 3), (7, 2, 0)],
        m.count_down: [(0,), (2**127,), (3 * 5546748885910517406234003194,)],
    }
    tally = compare(list(inputs), inputs, all_features=all_features)
    assert tally["value"] > 60
    assert tally["trap"] > 5


def test_only_what_bpf_lacks_is_rewritten() -> None:
    """Shifts by a constant and 64-bit operations stay as they are."""
    kept = "  %a = shl i128 %x, 64\n  %b = mul i64 %y, %z\n  %c = lshr i128 %x, 3\n"
    assert not needs_legalising(kept)
    assert legalise(kept) == kept


@pytest.mark.parametrize(
    "operation",
    [
        "mul nuw i128 %x, 18446744073709551617",
        "mul i128 %x, %y",
        "shl nuw i128 1, %y",
        "lshr i128 %x, %y",
        "ashr i128 %x, %y",
    ],
)
def test_each_operation_can_be_selected(operation: str) -> None:
    """Each operation alone compiles once it is written out."""
    text = (
        "define void @f(ptr %p, ptr %q) {\n  %x = load i128, ptr %p\n  %y = load i128, ptr %q\n"
        f"  %z = {operation}\n  store i128 %z, ptr %p\n  ret void\n}}\n"
    )
    assert needs_legalising(text)
    assert emit(CodegenRequest(text)).object


PYTHON: dict[str, Callable[[int, int], int]] = {
    "mul": lambda x, y: x * y,
    "shl": lambda x, y: x << y,
    "lshr": lambda x, y: x >> y,
    "ashr": lambda x, y: (x - (x >> 127 << 128)) >> y,
}


@pytest.mark.parametrize("operation", PYTHON)
@given(st.integers(0, 2**128 - 1), st.integers(0, 2**128 - 1))
def test_the_words_compute_the_same(operation: str, x: int, y: int) -> None:
    """What is written out in words computes, on the host, what the operation stands for."""
    count = y if operation == "mul" else y % 128
    block = (ctypes.c_uint8 * 32).from_buffer_copy(x.to_bytes(16, "little") + count.to_bytes(16, "little"))
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(compiled(operation)[1])(ctypes.addressof(block))
    assert int.from_bytes(bytes(block)[:16], "little") == PYTHON[operation](x, count) % 2**128


@cache
def compiled(operation: str) -> tuple[Any, int]:
    """The engine that holds the written-out operation, and its address."""
    text = legalise(
        "define void @f(ptr %p) {\n  %q = getelementptr i8, ptr %p, i64 16\n  %x = load i128, ptr %p, align 1\n"
        f"  %y = load i128, ptr %q, align 1\n  %z = {operation} i128 %x, %y\n"
        "  store i128 %z, ptr %p, align 1\n  ret void\n}\n"
    )
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(text), machine)
    engine.finalize_object()
    return engine, engine.get_function_address("f")
