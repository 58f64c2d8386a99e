"""A linked program as text: labels, system calls by name, read-only data in view, the source between the lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from hognose.back import isa
from hognose.back.isa import Instruction
from hognose.back.linemap import LineMap, Location
from hognose.back.linker import Program
from hognose.back.syscalls import NAME_BY_HASH

SourceLookup: TypeAlias = Callable[[str, int], str | None]

SIZE_SUFFIX = {4: "w", 2: "h", 1: "b", 8: "dw"}
PREVIEW_BYTES = 16
COMMENT_COLUMN = 44


def disassemble(program: Program, linemap: LineMap | None = None, source_lookup: SourceLookup | None = None) -> str:
    """The whole text segment, one instruction a line with its pc, then the read-only data.

    With `linemap`, a comment goes before the first instruction of each source line; `source_lookup(file, line)` gives
    that line's text. The output depends on nothing else.
    """
    slots = isa.decode(program.text)
    functions = {pc: name for name, pc in program.symbols.items()}
    labels = _jump_targets(slots, functions)
    lines: list[str] = []
    before: Location | None = None
    for pc in _instruction_starts(slots):
        if pc in functions:
            lines += ["", f"{functions[pc]}:"] if lines else [f"{functions[pc]}:"]
            before = None
        elif pc in labels:
            lines.append(f"{labels[pc]}:")
        here = linemap.at(pc) if linemap else None
        if here and (before is None or (here.file, here.line) != (before.file, before.line)):
            lines.append(_source_comment(here, source_lookup))
        before = here or before
        lines.append(_line(program, slots, pc, labels | functions))
    return "\n".join([*lines, *_rodata_lines(program.rodata)]) + "\n"


def _instruction_starts(slots: list[Instruction]) -> Iterator[int]:
    pc = 0
    while pc < len(slots):
        yield pc
        pc += 2 if slots[pc].opcode == isa.LDDW else 1


def _is_jump(instruction: Instruction) -> bool:
    is_class = instruction.opcode & 7 in (isa.JMP64, isa.JMP32)
    return is_class and instruction.opcode not in (isa.CALL, isa.CALLX, isa.EXIT)


def _jump_targets(slots: list[Instruction], functions: dict[int, str]) -> dict[int, str]:
    targets: set[int] = set()
    for pc in _instruction_starts(slots):
        instruction = slots[pc]
        if _is_jump(instruction):
            targets.add(pc + 1 + instruction.offset)
        elif instruction.opcode == isa.CALL and instruction.source == 1:
            targets.add(pc + 1 + instruction.immediate)
    return {pc: f"L{pc}" for pc in sorted(targets) if pc not in functions}


def _source_comment(here: Location, source_lookup: SourceLookup | None) -> str:
    text = source_lookup(here.file, here.line) if source_lookup else None
    place = f"  ; {here.file}:{here.line}"
    return f"{place}  {text.strip()}" if text else place


def _line(program: Program, slots: list[Instruction], pc: int, labels: dict[int, str]) -> str:
    text, comment = render(slots, pc, labels), _comment(program, slots, pc)
    line = f"{pc:7d}  {text}"
    return f"{line:<{COMMENT_COLUMN}}; {comment}" if comment else line


def _comment(program: Program, slots: list[Instruction], pc: int) -> str:
    if slots[pc].opcode != isa.LDDW or pc + 1 >= len(slots):
        return ""
    address = isa.wide_immediate(slots[pc], slots[pc + 1])
    if address >= len(program.rodata):
        return str(address)
    return f"rodata {_preview(program.rodata[address : address + PREVIEW_BYTES])}"


def _preview(data: bytes) -> str:
    text = data.split(b"\0")[0]
    if len(text) > 3 and text.isascii() and text.decode().isprintable():
        return repr(text.decode())
    return data.hex(" ", 8)


def render(slots: list[Instruction], pc: int, labels: dict[int, str]) -> str:
    """One instruction without its pc; `labels` names the pcs that jumps and calls may lead to."""
    instruction = slots[pc]
    kind = instruction.opcode & 7
    if instruction.opcode == isa.LDDW and pc + 1 < len(slots):
        return f"lddw r{instruction.destination}, {isa.wide_immediate(instruction, slots[pc + 1]):#x}"
    if kind in (isa.LDX, isa.ST, isa.STX):
        return _memory_text(instruction)
    if kind in (isa.ALU32, isa.ALU64):
        return _alu_text(instruction)
    if kind in (isa.JMP32, isa.JMP64):
        return _jump_text(instruction, pc, labels)
    return f".byte {instruction.encode().hex(' ')}"


def _memory_text(instruction: Instruction) -> str:
    suffix = SIZE_SUFFIX[isa.SIZE_BYTES[instruction.opcode & 0x18]]
    kind, offset = instruction.opcode & 7, f"{instruction.offset:+d}"
    if kind == isa.LDX:
        return f"ldx{suffix} r{instruction.destination}, [r{instruction.source}{offset}]"
    if kind == isa.STX:
        return f"stx{suffix} [r{instruction.destination}{offset}], r{instruction.source}"
    return f"st{suffix} [r{instruction.destination}{offset}], {instruction.immediate}"


def _operand(instruction: Instruction) -> str:
    if instruction.opcode & isa.SOURCE_REGISTER:
        return f"r{instruction.source}"
    return str(instruction.immediate)


def _alu_text(instruction: Instruction) -> str:
    name = isa.ALU_NAMES.get(instruction.opcode & 0xF0)
    bits = 64 if instruction.opcode & 7 == isa.ALU64 else 32
    if name is None:
        return f".byte {instruction.encode().hex(' ')}"
    if name == "end":
        order = "be" if instruction.opcode & isa.SOURCE_REGISTER else "le"
        return f"{order}{instruction.immediate} r{instruction.destination}"
    if name == "neg":
        return f"neg{bits} r{instruction.destination}"
    return f"{name}{bits} r{instruction.destination}, {_operand(instruction)}"


def _jump_text(instruction: Instruction, pc: int, labels: dict[int, str]) -> str:
    if instruction.opcode == isa.EXIT:
        return "exit"
    if instruction.opcode == isa.CALLX:
        return f"callx r{instruction.destination}"
    if instruction.opcode == isa.CALL:
        return f"call {_callee(instruction, pc, labels)}"
    target = labels.get(pc + 1 + instruction.offset, f"{instruction.offset:+d}")
    name = isa.JUMP_NAMES.get(instruction.opcode & 0xF0)
    if name is None:
        return f".byte {instruction.encode().hex(' ')}"
    if name == "ja":
        return f"ja {target}"
    width = "32" if instruction.opcode & 7 == isa.JMP32 else ""
    return f"{name}{width} r{instruction.destination}, {_operand(instruction)}, {target}"


def _callee(instruction: Instruction, pc: int, labels: dict[int, str]) -> str:
    if instruction.source == 1:
        return labels.get(pc + 1 + instruction.immediate, f"{instruction.immediate:+d}")
    value = instruction.immediate & 0xFFFF_FFFF
    return NAME_BY_HASH.get(value, f"{value:#010x}")


def _rodata_lines(rodata: bytes) -> Iterator[str]:
    if not rodata:
        return
    yield ""
    yield f"rodata: {len(rodata)} bytes"
    for start in range(0, len(rodata), PREVIEW_BYTES):
        row = rodata[start : start + PREVIEW_BYTES]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"{start:#9x}  {row.hex(' '):<47}  {text}"
