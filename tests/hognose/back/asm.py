"""A tiny assembler for test programs, in the notation of the disassembler.

One instruction a line: `add64 r1, 5`, `ldxdw r1, [r2+8]`, `stb [r10-1], 7`, `jeq32 r1, r2, label`, `call name`,
`lddw r1, 0x100000000`, `exit`. `name:` is a label; one without a leading dot is a function. `;` starts a comment.
A jump may also name its distance (`ja +1`), and `.raw` gives opcode, dst, src, offset and immediate as they are.
"""

from __future__ import annotations

import re

from hognose.back import isa
from hognose.back.isa import Instruction
from hognose.back.linker import Program, write_executable
from hognose.back.syscalls import murmur3_32

_ALU = {name: code for code, name in isa.ALU_NAMES.items()}
_JUMP = {name: code for code, name in isa.JUMP_NAMES.items()}
_SIZES = {"w": 0x00, "h": 0x08, "b": 0x10, "dw": 0x18}
_MEMORY = re.compile(r"\[r(\d+)([+-]\w+)?\]")


def assemble(source: str, rodata: bytes = b"") -> Program:
    """A program of that text; it starts at `entrypoint`, or at its beginning where there is no such label."""
    lines = [line.split(";")[0].strip() for line in source.splitlines()]
    labels, statements = _labels([line for line in lines if line])
    slots: list[Instruction] = []
    for statement in statements:
        slots += _instruction(statement, len(slots), labels)
    text = b"".join(slot.encode() for slot in slots)
    rodata += bytes(-len(rodata) % 8)
    entry = labels.get("entrypoint", 0)
    functions = {name: pc for name, pc in labels.items() if not name.startswith(".")} or {"entrypoint": 0}
    return Program(write_executable(text, rodata, entry), text, rodata, entry, functions)


def _labels(lines: list[str]) -> tuple[dict[str, int], list[str]]:
    labels: dict[str, int] = {}
    statements: list[str] = []
    pc = 0
    for line in lines:
        if line.endswith(":"):
            labels[line[:-1]] = pc
            continue
        statements.append(line)
        pc += 2 if line.startswith("lddw") else 1
    return labels, statements


def _instruction(statement: str, pc: int, labels: dict[str, int]) -> list[Instruction]:
    name, _, rest = statement.partition(" ")
    operands = [part.strip() for part in rest.split(",")] if rest else []
    if name == ".raw":
        return [Instruction(*(int(part, 0) for part in operands))]
    if name == "exit":
        return [Instruction(isa.EXIT, 0, 0, 0, 0)]
    if name == "lddw":
        return _wide(_register(operands[0]), int(operands[1], 0))
    if name == "call":
        return [_call(operands[0], pc, labels)]
    if name.startswith(("ldx", "st")):
        return [_memory(name, operands)]
    if name.removesuffix("32") in _JUMP:
        return [_jump(name, operands, pc, labels)]
    return [_alu(name, operands)]


def _register(text: str) -> int:
    return int(text.removeprefix("r"))


def _signed32(value: int) -> int:
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def _wide(register: int, value: int) -> list[Instruction]:
    low, high = _signed32(value & 0xFFFF_FFFF), _signed32(value >> 32 & 0xFFFF_FFFF)
    return [Instruction(isa.LDDW, register, 0, 0, low), Instruction(0, 0, 0, 0, high)]


def _call(target: str, pc: int, labels: dict[str, int]) -> Instruction:
    if target in labels:
        return Instruction(isa.CALL, 0, 1, 0, labels[target] - pc - 1)
    value = int(target, 0) if target.startswith("0x") else murmur3_32(target.encode())
    return Instruction(isa.CALL, 0, 0, 0, _signed32(value))


def _memory(name: str, operands: list[str]) -> Instruction:
    if name.startswith("ldx"):
        base, offset = _place(operands[1])
        return Instruction(isa.LDX | 0x60 | _SIZES[name[3:]], _register(operands[0]), base, offset, 0)
    base, offset = _place(operands[0])
    if name.startswith("stx"):
        return Instruction(isa.STX | 0x60 | _SIZES[name[3:]], base, _register(operands[1]), offset, 0)
    return Instruction(isa.ST | 0x60 | _SIZES[name[2:]], base, 0, offset, int(operands[1], 0))


def _place(text: str) -> tuple[int, int]:
    found = _MEMORY.fullmatch(text)
    assert found, f"not a memory operand: {text}"
    return int(found[1]), int(found[2] or "0", 0)


def _jump(name: str, operands: list[str], pc: int, labels: dict[str, int]) -> Instruction:
    kind = isa.JMP32 if name.endswith("32") else isa.JMP64
    code = kind | _JUMP[name.removesuffix("32")]
    target = operands[-1]
    offset = labels[target] - pc - 1 if target in labels else int(target, 0)
    if len(operands) == 1:
        return Instruction(code, 0, 0, offset, 0)
    return _with_operand(code, _register(operands[0]), operands[1], offset)


def _alu(name: str, operands: list[str]) -> Instruction:
    if name[:2] in {"le", "be"}:
        code = isa.ALU32 | 0xD0 | (isa.SOURCE_REGISTER if name.startswith("be") else 0)
        return Instruction(code, _register(operands[0]), 0, 0, int(name[2:]))
    kind = isa.ALU32 if name.endswith("32") else isa.ALU64
    code = kind | _ALU[name[:-2]]
    operand = operands[1] if len(operands) > 1 else "0"
    return _with_operand(code, _register(operands[0]), operand, 0)


def _with_operand(code: int, destination: int, operand: str, offset: int) -> Instruction:
    if operand.startswith("r"):
        return Instruction(code | isa.SOURCE_REGISTER, destination, _register(operand), offset, 0)
    return Instruction(code, destination, 0, offset, _signed32(int(operand, 0)))
