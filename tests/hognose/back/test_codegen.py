"""Code generation: the child process, its refusals, and what the optimiser must and must not do."""

from __future__ import annotations

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import llvmlite.binding as llvm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hognose.back import codegen_child as child
from hognose.back.codegen import BackendError, CodegenRequest, Generator, Tuning, _refusal, emit, optimise
from hognose.back.linker import link
from hognose.errors import InternalError
from tests.hognose.back.chain import agree, deploy
from tests.hognose.back.modules import MULTIPLY_HIGH, TABLES, USES_MULTIPLY_HIGH, compiled

U64 = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**32 - 1, 2**32, 2**64 - 1])


def test_the_same_request_gives_the_same_bytes() -> None:
    """Two runs of the child process agree to the byte."""
    request = CodegenRequest(TABLES, MULTIPLY_HIGH)
    assert emit(request).object == emit(request).object


def test_texts_come_only_when_asked_for() -> None:
    """Assembly and optimised IR are extra, and asking for them does not change the object."""
    bare = emit(CodegenRequest(USES_MULTIPLY_HIGH, MULTIPLY_HIGH))
    full = compiled(USES_MULTIPLY_HIGH, MULTIPLY_HIGH)
    assert (bare.assembly, bare.optimised) == (None, None)
    assert bare.object == full.object
    assert full.assembly
    assert "entrypoint:" in full.assembly
    assert full.optimised
    assert "define" in full.optimised


def test_helpers_are_inlined_and_not_folded_back() -> None:
    """The high half of a product stays four 32-bit products, and a helper that nobody calls is gone."""
    text = compiled(USES_MULTIPLY_HIGH, MULTIPLY_HIGH).optimised or ""
    assert not re.search(r"mul .*i128", text)
    assert "@multiply_high" not in text
    assert "unused_helper" not in text


@given(left=U64, right=U64)
@settings(max_examples=40, deadline=None)
def test_multiply_high_is_exact(left: int, right: int) -> None:
    """The compiled 64 x 64 product is Python's, on the runtime and on the interpreter."""
    program = link(compiled(USES_MULTIPLY_HIGH, MULTIPLY_HIGH).object)
    data = left.to_bytes(8, "little") + right.to_bytes(8, "little")
    result = agree(program, data=data, address=deploy(program))
    assert int.from_bytes(result.return_data, "little") == left * right


def test_unaligned_loads_are_single_instructions() -> None:
    """A u64 with alignment 1 is one load, since the VM allows it."""
    assembly = compiled(USES_MULTIPLY_HIGH, MULTIPLY_HIGH).assembly or ""
    assert "u8" not in assembly


def test_no_32_bit_registers() -> None:
    """Nothing uses the 32-bit arithmetic whose results SBPF extends differently."""
    source = "define i32 @entrypoint(i32 %a, i32 %b) nounwind {\n %c = add i32 %a, %b\n ret i32 %c\n}"
    assert not re.search(r"\bw\d", compiled(source).assembly or "")


def test_copy_loops_do_not_become_memcpy() -> None:
    """A loop that copies bytes stays a loop: the VM has no memcpy to call."""
    source = """
    define i64 @entrypoint(ptr noalias %to, ptr noalias %from, i64 %count) nounwind {
    start:
      br label %loop
    loop:
      %i = phi i64 [0, %start], [%next, %loop]
      %source = getelementptr i8, ptr %from, i64 %i
      %target = getelementptr i8, ptr %to, i64 %i
      %byte = load i8, ptr %source
      store i8 %byte, ptr %target
      %next = add nuw i64 %i, 1
      %more = icmp ult i64 %next, %count
      br i1 %more, label %loop, label %done
    done:
      ret i64 0
    }
    """
    assert "memcpy" not in (compiled(source).assembly or "")


def test_frames_of_4096_bytes() -> None:
    """A function may use the whole frame."""
    source = """
    declare i64 @sol_log_(ptr, i64)
    define i64 @entrypoint() nounwind {
      %room = alloca [4000 x i8]
      call i64 @sol_log_(ptr %room, i64 4000)
      ret i64 0
    }
    """
    assert compiled(source).object


REFUSED = {
    "signed division": (
        "define i64 @f(i64 %a) { %x = sdiv i64 %a, 3\n ret i64 %x }",
        "unsupported signed division",
        "f",
    ),
    "wide division": (
        (
            "define i64 @f(i64 %a, ptr %p) { %x = load i128, ptr %p\n %y = zext i64 %a to i128\n"
            " %z = udiv i128 %x, %y\n %v = trunc i128 %z to i64\n ret i64 %v }"
        ),
        "'__udivti3' is not supported",
        "f",
    ),
    "floats": ("define double @f(double %a) { %x = fmul double %a, 3.0\n ret double %x }", "'__muldf3'", "f"),
    "too many arguments": (
        (
            "declare i64 @g(i64, i64, i64, i64, i64, i64)\n"
            "define i64 @f(i64 %a) { %z = call i64 @g(i64 1, i64 1, i64 1, i64 1, i64 1, i64 %a)\n ret i64 %z }"
        ),
        "too many arguments",
        "f",
    ),
    "variable copy": (
        (
            "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)\ndefine void @f(ptr %a, ptr %b, i64 %n)"
            " { call void @llvm.memcpy.p0.p0.i64(ptr %a, ptr %b, i64 %n, i1 false)\n ret void }"
        ),
        "'memcpy' is not supported",
        "f",
    ),
    "frame too large": (
        "declare void @g(ptr)\ndefine void @f() { %a = alloca [5000 x i8]\n call void @g(ptr %a)\n ret void }",
        "stack limit is exceeded",
        "f",
    ),
    "two results": ("define i128 @f(i64 %a) { %x = zext i64 %a to i128\n ret i128 %x }", "function return", None),
    "broken text": ("define i64 @f(i64 %a) { rot }", "expected instruction opcode", None),
    "broken module": ("define i64 @f() { %x = add i64 %y, 1\n %y = add i64 1, 1\n ret i64 %x }", "dominate", None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_are_exceptions(name: str) -> None:
    """What the back end cannot select ends the child, not us: LLVM's words and the function come back."""
    source, words, function = REFUSED[name]
    with pytest.raises(BackendError) as caught:
        emit(CodegenRequest(source))
    assert words in caught.value.message
    assert caught.value.function == function
    assert isinstance(caught.value, InternalError)


def test_refusals_with_debug_locations_name_the_function() -> None:
    """A message that begins with a source place still gives the function."""
    text = "error: quotes.py:3:12: in function pay i64 (i64, i64): stack arguments are not supported\n"
    found = _refusal(text, 1)
    assert (found.function, found.message) == ("pay", "stack arguments are not supported")
    assert _refusal("", -6).message == "the code generator ended with status -6: no message"


def test_frames_survive_the_pipe() -> None:
    """Requests and results are read back as they were written, and cut ones are refused."""
    frames = {child.MAIN: b"x" * 300, child.OPTIONS: b"", child.OBJECT: bytes(range(256))}
    stream = BytesIO()
    child.write(stream, frames)
    sent = stream.getvalue()
    assert child.read(BytesIO(sent + sent)) == frames
    assert child.read(BytesIO()) is None
    for cut in (1, 7, len(sent) - 1):
        with pytest.raises(ValueError, match="cut short"):
            child.read(BytesIO(sent[:cut]))


def test_one_generator_serves_many_requests() -> None:
    """A generator compiles one module after the other to the bytes that a fresh one gives."""
    with Generator() as generator:
        for source in (TABLES, LOOP, TABLES):
            assert generator.emit(CodegenRequest(source)).object == emit(CodegenRequest(source)).object


def test_the_child_imports_little() -> None:
    """The child process imports nothing beyond the standard library, llvmlite and the back end."""
    source_root = str(Path(child.__file__).parents[2])
    script = "import hognose.back.codegen_child, sys; print('\\n'.join(sys.modules))"
    command = [sys.executable, "-c", script]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": source_root})
    roots = {name.partition(".")[0] for name in listed.stdout.split()}
    assert not roots & {"solders", "numpy", "rich", "cyclopts", "attrs"}
    assert sum(name.startswith("hognose") for name in listed.stdout.split()) <= 6


def test_the_pipeline_serves_the_host_too() -> None:
    """The same function optimises for the native target, where 128-bit arithmetic is fine."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(opt=2)
    module = llvm.parse_assembly(USES_MULTIPLY_HIGH)
    module.triple = machine.triple
    optimise(module, llvm.parse_assembly(MULTIPLY_HIGH), machine, Tuning(speed_level=3))
    assert "@multiply_high" not in str(module)


LOOP = """
define i64 @entrypoint(ptr %input, ptr %data) nounwind {
start:
  br label %loop
loop:
  %i = phi i64 [0, %start], [%next, %loop]
  %sum = phi i64 [0, %start], [%total, %loop]
  %place = getelementptr i64, ptr %data, i64 %i
  %number = load i64, ptr %place
  %squared = mul i64 %number, %number
  %total = xor i64 %sum, %squared
  %next = add nuw i64 %i, 1
  %more = icmp ult i64 %next, 8
  br i1 %more, label %loop, label %done
done:
  ret i64 %total
}
"""


def test_loops_are_not_unrolled_unless_asked() -> None:
    """Every instruction costs rent, so unrolling is off; the tuning turns it on."""
    rolled = link(emit(CodegenRequest(LOOP)).object)
    unrolled = link(emit(CodegenRequest(LOOP, tuning=Tuning(loop_unrolling=True))).object)
    assert len(rolled.text) < 100 < len(unrolled.text)
