"""Random programs: whatever they compute or however they fail, interpreter and runtime agree."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hognose.back.isa import STACK_START
from tests.hognose.back.asm import assemble
from tests.hognose.back.chain import agree

REGISTERS = st.integers(0, 5)
CONSTANTS = st.sampled_from([-(2**31), -2, -1, 1, 2, 255, 2**31 - 1]) | st.integers(-(2**31), 2**31 - 1)
WIDE = st.sampled_from([0, 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1, STACK_START]) | st.integers(
    0, 2**64 - 1
)
NAMES = ["add", "sub", "mul", "div", "mod", "or", "and", "xor", "lsh", "rsh", "arsh", "mov"]
JUMPS = ["jeq", "jne", "jgt", "jge", "jlt", "jle", "jset", "jsgt", "jsge", "jslt", "jsle"]
WIDTHS = st.sampled_from(["32", "64"])


@st.composite
def arithmetic(draw: st.DrawFn) -> str:
    """One operation that the verifier lets pass."""
    name, width, target = draw(st.sampled_from(NAMES)), draw(WIDTHS), draw(REGISTERS)
    if draw(st.booleans()):
        return f"{name}{width} r{target}, r{draw(REGISTERS)}"
    if name in {"lsh", "rsh", "arsh"}:
        return f"{name}{width} r{target}, {draw(st.integers(0, int(width) - 1))}"
    constant = draw(CONSTANTS)
    return f"{name}{width} r{target}, {constant or 1}"


@st.composite
def other(draw: st.DrawFn) -> str:
    """A swap, a negation, a stack access, or a jump over the next instruction."""
    register, size = draw(REGISTERS), draw(st.sampled_from(["b", "h", "w", "dw"]))
    place = f"[r10{draw(st.integers(-64, -8)):+d}]"
    jump, suffix = draw(st.sampled_from(JUMPS)), draw(st.sampled_from(["", "32"]))
    return draw(
        st.sampled_from(
            [
                f"{draw(st.sampled_from(['le', 'be']))}{draw(st.sampled_from([16, 32, 64]))} r{register}",
                f"neg{draw(WIDTHS)} r{register}",
                f"ldx{size} r{register}, {place}",
                f"stx{size} {place}, r{register}",
                f"st{size} {place}, {draw(CONSTANTS)}",
                f"{jump}{suffix} r{register}, r{draw(REGISTERS)}, +1",
                f"{jump}{suffix} r{register}, {draw(CONSTANTS)}, +1",
                f"ldx{size} r{register}, [r{draw(REGISTERS)}+0]",
            ]
        )
    )


@given(values=st.lists(WIDE, min_size=6, max_size=6), body=st.lists(arithmetic() | other(), min_size=1, max_size=30))
@settings(max_examples=150, deadline=None)
def test_random_programs(values: list[int], body: list[str]) -> None:
    """Results, errors and compute units are equal; a program ends with all its registers folded into what it returns."""
    start = [f"lddw r{register}, {value}" for register, value in enumerate(values)]
    fold = [f"mul64 r0, 31\n xor64 r0, r{register}" for register in range(1, 6)]
    finish = (
        "stxdw [r10-8], r0\n mov64 r1, r10\n add64 r1, -8\n mov64 r2, 8\n call sol_set_return_data\n mov64 r0, 0\n exit"
    )
    agree(assemble("\n".join([*start, *body, "mov64 r0, r0", *fold, finish])))
