"""What SBPF v3 does, executed on the runtime under both feature sets and on the interpreter."""

from __future__ import annotations

import pytest

from hognose.back.isa import FRAME_BYTES, HEAP_BYTES, HEAP_START, INPUT_START, STACK_START, TEXT_START
from hognose.testing.vm import Result
from tests.hognose.back.asm import assemble
from tests.hognose.back.chain import FEATURE_SETS, agree, execute

MASK64 = (1 << 64) - 1

# Each program leaves r0; the harness returns it as data, so that any value can be seen.
RETURN_R0 = """
    stxdw [r10-8], r0
    mov64 r1, r10
    add64 r1, -8
    mov64 r2, 8
    call sol_set_return_data
    mov64 r0, 0
    exit
"""


def value_of(body: str, rodata: bytes = b"", data: bytes = b"", features: str = "mainnet") -> int:
    """r0 after `body`, the same on the runtime and on the interpreter."""
    result = agree(assemble(body + RETURN_R0, rodata), data=data, features=features)
    assert result.error is None, result.detail
    return int.from_bytes(result.return_data, "little")


def failure_of(body: str, rodata: bytes = b"", features: str = "mainnet") -> Result:
    """A run that fails, the same way on the runtime and on the interpreter."""
    result = agree(assemble(body + "\n exit", rodata), features=features)
    assert result.error is not None
    return result


BINARY_32 = [
    ("add32", 0x7FFF_FFFF, 1, 0xFFFF_FFFF_8000_0000),
    ("add32", 0xFFFF_FFFF, 1, 0),
    ("add32", 0x1_0000_0005, 6, 11),
    ("sub32", 0, 1, MASK64),
    ("sub32", 5, 3, 2),
    ("mul32", 0x4000_0000, 2, 0xFFFF_FFFF_8000_0000),
    ("mul32", 0xFFFF_FFFF, 0xFFFF_FFFF, 1),
    ("div32", 0xFFFF_FFFF, 2, 0x7FFF_FFFF),
    ("mod32", 0xFFFF_FFFF, 16, 15),
    ("or32", 0x8000_0000, 1, 0x8000_0001),
    ("and32", MASK64, 0x8000_0000, 0x8000_0000),
    ("xor32", MASK64, 1, 0xFFFF_FFFE),
    ("mov32", 0, 0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF),
    ("lsh32", 1, 31, 0x8000_0000),
    ("rsh32", 0x8000_0000, 31, 1),
    ("arsh32", 0x8000_0000, 31, 0xFFFF_FFFF),
]
BINARY_64 = [
    ("add64", MASK64, 2, 1),
    ("sub64", 0, 1, MASK64),
    ("mul64", 1 << 63, 3, 1 << 63),
    ("div64", MASK64, 2, (1 << 63) - 1),
    ("mod64", MASK64, 10, 5),
    ("or64", 1 << 63, 1, 1 << 63 | 1),
    ("and64", MASK64, 1 << 63, 1 << 63),
    ("xor64", MASK64, MASK64, 0),
    ("mov64", 0, MASK64, MASK64),
    ("lsh64", 1, 63, 1 << 63),
    ("rsh64", 1 << 63, 63, 1),
    ("arsh64", 1 << 63, 63, MASK64),
]
SHIFTS_BEYOND_WIDTH = [
    ("lsh64", 3, 64, 3),
    ("lsh64", 3, 65, 6),
    ("rsh64", 8, 65, 4),
    ("arsh64", 1 << 63, 127, MASK64),
    ("lsh64", 1, MASK64, 1 << 63),
    ("lsh32", 3, 32, 3),
    ("rsh32", 8, 33, 4),
    ("arsh32", 0x8000_0000, 63, 0xFFFF_FFFF),
]


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize(("name", "left", "right", "expected"), BINARY_32 + BINARY_64 + SHIFTS_BEYOND_WIDTH)
def test_arithmetic_by_register(name: str, left: int, right: int, expected: int, features: str) -> None:
    """32-bit add, sub and mul sign-extend, other 32-bit results zero-extend, and shift amounts wrap at the width."""
    assert value_of(f"lddw r0, {left}\n lddw r3, {right}\n {name} r0, r3", features=features) == expected


@pytest.mark.parametrize(
    ("instruction", "left", "expected"),
    [
        ("add64 r0, -1", 5, 4),
        ("and64 r0, -2", MASK64, MASK64 - 1),
        ("mov64 r0, -1", 0, MASK64),
        ("mov32 r0, -1", 0, 0xFFFF_FFFF),
        ("div64 r0, -1", MASK64, 1),
        ("div32 r0, -1", 0xFFFF_FFFF, 1),
        ("mod64 r0, -1", MASK64, 0),
        ("or32 r0, -1", 1 << 40, 0xFFFF_FFFF),
        ("add32 r0, -1", 0, MASK64),
        ("neg64 r0", 1, MASK64),
        ("neg32 r0", 1, 0xFFFF_FFFF),
        ("neg32 r0", 0, 0),
        ("be16 r0", 0x1234_5678, 0x7856),
        ("be32 r0", 0xFF_1234_5678, 0x7856_3412),
        ("be64 r0", 1, 1 << 56),
        ("le16 r0", 0x1234_5678, 0x5678),
        ("le32 r0", 0xFF_1234_5678, 0x1234_5678),
        ("le64 r0", 1 << 63, 1 << 63),
    ],
)
def test_arithmetic_by_constant(instruction: str, left: int, expected: int) -> None:
    """Constants are sign-extended to 64 bits, and byte swaps truncate."""
    assert value_of(f"lddw r0, {left}\n {instruction}") == expected


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize("name", ["div64", "mod64", "div32", "mod32"])
def test_division_by_zero_burns_the_budget(name: str, features: str) -> None:
    """Dividing by a register that holds zero (in the low half, for 32 bits) ends the program and costs everything."""
    zero = 1 << 32 if name.endswith("32") else 0
    result = failure_of(f"lddw r1, {zero}\n mov64 r0, 5\n {name} r0, r1", features=features)
    assert (result.error, result.compute_units) == ("ProgramFailedToComplete", 200_000)


JUMPS = [
    ("jeq", 5, 5, True), ("jeq", 5, 6, False), ("jne", 5, 6, True), ("jgt", MASK64, 1, True), ("jgt", 1, 1, False),
    ("jge", 1, 1, True), ("jlt", 1, MASK64, True), ("jle", 2, 2, True), ("jset", 6, 2, True), ("jset", 4, 2, False),
    ("jsgt", 1, MASK64, True), ("jsge", MASK64, 0, False), ("jslt", 1 << 63, 0, True), ("jsle", 0, 0, True),
    ("jeq32", 1 << 32 | 5, 5, True), ("jne32", 1 << 32 | 5, 5, False), ("jgt32", 0xFFFF_FFFF, 1, True),
    ("jsgt32", 0xFFFF_FFFF, 1, False), ("jslt32", 0x8000_0000, 0, True), ("jset32", 1 << 32, 1 << 32, False),
    ("jge32", 1, 1 << 33, True), ("jlt32", 0, 0xFFFF_FFFF, True), ("jle32", 1 << 32, 0, True),
    ("jsge32", 0, 0xFFFF_FFFF, True), ("jsle32", 0xFFFF_FFFF, 0, True),
]  # fmt: skip


@pytest.mark.parametrize(("name", "left", "right", "taken"), JUMPS)
def test_jumps(name: str, left: int, right: int, taken: bool) -> None:
    """A jump compares all 64 bits, a 32-bit jump only the low half, signed where its name says so."""
    body = f"lddw r1, {left}\n lddw r2, {right}\n mov64 r0, 1\n {name} r1, r2, +1\n mov64 r0, 0"
    assert value_of(body) == taken


def test_jump_constants_are_sign_extended() -> None:
    """The constant of a 64-bit jump is sign-extended, that of a 32-bit jump is taken as 32 bits."""
    assert value_of("lddw r1, 0xffffffffffffffff\n mov64 r0, 1\n jeq r1, -1, +1\n mov64 r0, 0") == 1
    assert value_of("lddw r1, 0xffffffff\n mov64 r0, 1\n jeq r1, -1, +1\n mov64 r0, 0") == 0
    assert value_of("lddw r1, 0xffffffff\n mov64 r0, 1\n jeq32 r1, -1, +1\n mov64 r0, 0") == 1


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize("offset", range(9))
def test_unaligned_loads_and_stores(offset: int, features: str) -> None:
    """Loads and stores of eight bytes work at any address."""
    body = f"""
        lddw r3, 0x1122334455667788
        stxdw [r10-{24 - offset}], r3
        ldxdw r0, [r10-{24 - offset}]
    """
    assert value_of(body, features=features) == 0x1122_3344_5566_7788


def test_loads_zero_extend_and_stores_truncate() -> None:
    """Narrow loads fill with zeros, narrow stores write the low bytes, constants are sign-extended when stored."""
    body = """
        stdw [r10-16], -1
        stb [r10-16], 0x11
        lddw r3, 0xaabbccdd
        stxh [r10-14], r3
        ldxw r0, [r10-16]
    """
    assert value_of(body) == 0xCCDD_FF11
    assert value_of("stdw [r10-16], -2\n ldxdw r0, [r10-16]") == MASK64 - 1
    assert value_of("stdw [r10-16], -1\n ldxb r0, [r10-16]") == 0xFF


EDGE_READS = [
    (0, "b", True), (15, "b", True), (16, "b", False), (8, "dw", True), (9, "dw", False), (MASK64, "b", False),
    (TEXT_START, "b", False),
    (STACK_START, "b", True), (STACK_START - 1, "b", False),
    (STACK_START + 64 * FRAME_BYTES - 1, "b", True), (STACK_START + 64 * FRAME_BYTES, "b", False),
    (STACK_START + 64 * FRAME_BYTES - 7, "dw", False),
    (HEAP_START, "b", True), (HEAP_START + HEAP_BYTES - 1, "b", True), (HEAP_START + HEAP_BYTES, "b", False),
    (HEAP_START - 1, "b", False),
    (INPUT_START, "dw", True), (INPUT_START - 1, "b", False),
    (INPUT_START + 8 + 8 + 32 - 1, "b", True), (INPUT_START + 8 + 8 + 32, "b", False),
    (5 << 32, "b", False),
]  # fmt: skip


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize(("address", "size", "readable"), EDGE_READS)
def test_region_edges(address: int, size: str, readable: bool, features: str) -> None:
    """Each region is readable from its first to its last byte and not one beyond; code is not readable."""
    body = f"lddw r1, {address}\n ldx{size} r0, [r1+0]\n mov64 r0, 0\n exit"
    result = agree(assemble(body, bytes(range(16))), features=features)
    assert (result.error is None) == readable
    if not readable:
        assert result.compute_units == 200_000


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize(
    ("address", "writable"),
    [
        (0, False),
        (TEXT_START, False),
        (STACK_START, True),
        (STACK_START + 64 * FRAME_BYTES - 1, True),
        (STACK_START + 64 * FRAME_BYTES, False),
        (HEAP_START, True),
        (HEAP_START + HEAP_BYTES - 1, True),
        (HEAP_START + HEAP_BYTES, False),
        (INPUT_START + 8 + 8 + 32, False),
    ],
)
def test_region_writes(address: int, writable: bool, features: str) -> None:
    """Read-only data and code cannot be written; stack and heap can, up to their last byte."""
    body = f"lddw r1, {address}\n stb [r1+0], 7\n mov64 r0, 0\n exit"
    assert (agree(assemble(body, bytes(16)), features=features).error is None) == writable


def test_addresses_wrap_around() -> None:
    """An offset is added modulo 2**64, so that 0 - 8 + 8 is read-only data again."""
    assert value_of("lddw r1, 0xfffffffffffffff8\n ldxb r0, [r1+8]", rodata=b"\x2a") == 42


@pytest.mark.parametrize("features", FEATURE_SETS)
def test_frames_touch(features: str) -> None:
    """A callee's frame begins where the caller's ends, and r6 to r10 come back while r0 to r5 do not."""
    body = """
        entrypoint:
            stdw [r10-8], 77
            mov64 r6, 6
            mov64 r9, 9
            mov64 r1, 1
            call inner
            add64 r0, r6
            add64 r0, r9
            add64 r0, r1
            ja .out
        inner:
            mov64 r6, 1000
            mov64 r9, 1000
            mov64 r1, 100
            ldxdw r0, [r10-4104]
            exit
        .out:
    """
    assert value_of(body, features=features) == 77 + 6 + 9 + 100


RECURSION = """
    entrypoint:
        ldxdw r1, [r2+0]
        call down
        exit
    down:
        jeq r1, 0, .bottom
        sub64 r1, 1
        call down
    .bottom:
        mov64 r0, 0
        exit
"""


@pytest.mark.parametrize("features", FEATURE_SETS)
def test_call_depth(features: str) -> None:
    """Sixty-three nested calls are possible; the next one ends the program."""
    program = assemble(RECURSION)
    assert agree(program, data=(62).to_bytes(8, "little"), features=features).error is None
    deeper = agree(program, data=(63).to_bytes(8, "little"), features=features)
    assert (deeper.error, deeper.compute_units) == ("ProgramFailedToComplete", 200_000)


@pytest.mark.parametrize(
    ("r0", "error"),
    [
        (0, None),
        (1, "Custom(1)"),
        (6000, "Custom(6000)"),
        (0xFFFF_FFFF, "Custom(4294967295)"),
        (1 << 32, "Custom(0)"),
        (2 << 32, "InvalidArgument"),
        (8 << 32, "MissingRequiredSignature"),
        (26 << 32, "IncorrectAuthority"),
        (1 << 32 | 1, "InvalidError"),
        (200 << 32, "InvalidError"),
    ],
)
def test_return_codes(r0: int, error: str | None) -> None:
    """The low half of r0 is the program's own error code; certain high halves are the runtime's errors."""
    result = agree(assemble(f"lddw r0, {r0}\n exit"))
    assert (result.error, result.compute_units) == (error, 2)


@pytest.mark.parametrize("features", FEATURE_SETS)
def test_r2_points_to_the_instruction_data(features: str) -> None:
    """r2 is the address of the data, whose length stands in the eight bytes before."""
    data = (123_456_789).to_bytes(8, "little") + b"xyz"
    assert value_of("ldxdw r0, [r2+0]", data=data, features=features) == 123_456_789
    assert value_of("ldxdw r0, [r2-8]", data=data, features=features) == 11


def test_initial_registers() -> None:
    """r1 is the input, r10 the end of the first frame, and every other register is zero."""
    assert value_of("mov64 r0, r1") == INPUT_START
    assert value_of("mov64 r0, r10") == STACK_START + FRAME_BYTES
    others = "\n".join(f"or64 r0, r{number}" for number in range(3, 10))
    assert value_of(others) == 0


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize(
    ("comment", "instruction", "expected"),
    [
        ("r0 = (s8)r0 runs as r0 = r0", ".raw 0xbf, 0, 1, 8, 0", 200),
        ("signed division by offset 1 runs unsigned", ".raw 0x3f, 0, 1, 1, 0", 0),
    ],
)
def test_v4_forms_run_wrongly(comment: str, instruction: str, expected: int, features: str) -> None:
    """BPF v4 instructions are neither rejected nor executed as meant: the offset is ignored."""
    left = 200 if "s8" in comment else MASK64 - 9  # -10
    body = f"lddw r0, {left}\n lddw r1, {200 if 's8' in comment else MASK64}\n {instruction}"
    assert value_of(body, features=features) == expected


@pytest.mark.parametrize("features", FEATURE_SETS)
def test_unknown_syscall_burns_the_budget(features: str) -> None:
    """A hash that names no system call is only found out when it is called."""
    result = failure_of("call 0x12345678", features=features)
    assert (result.error, result.compute_units) == ("ProgramFailedToComplete", 200_000)


@pytest.mark.parametrize("name", ["sol_blake3", "sol_remaining_compute_units"])
def test_inactive_syscalls_burn_the_budget(name: str) -> None:
    """Two published system calls are not active on mainnet."""
    outcome = execute(assemble(f"call {name}\n exit"))
    assert (outcome.error, outcome.compute_units) == ("ProgramFailedToComplete", 200_000)


@pytest.mark.parametrize("features", FEATURE_SETS)
def test_endless_loop_ends_with_the_budget(features: str) -> None:
    """A loop runs until the budget is spent."""
    result = failure_of("jeq r0, 0, -1", features=features)
    assert result.compute_units == 200_000
    assert result.counts[0] == 200_000


def test_running_off_the_end() -> None:
    """A program without a last exit is refused when it is loaded, or fails when it runs off its end."""
    outcome = execute(assemble("mov64 r0, 0"))
    assert outcome.error is not None
