"""SBPF v3: instruction format, opcodes and the memory map, as the VM, the linker and the disassembler share them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

INSTRUCTION_BYTES = 8

RODATA_START = 0
TEXT_START = 1 << 32
STACK_START = 2 << 32
HEAP_START = 3 << 32
INPUT_START = 4 << 32

FRAME_BYTES = 4096
MAXIMUM_CALL_DEPTH = 64
HEAP_BYTES = 32 * 1024

# Instruction classes: the low three bits of an opcode.
LD, LDX, ST, STX, ALU32, JMP64, JMP32, ALU64 = range(8)

SOURCE_REGISTER = 0x08  # bit of ALU and jump opcodes: the second operand is a register

ALU_NAMES = {
    0x00: "add",
    0x10: "sub",
    0x20: "mul",
    0x30: "div",
    0x40: "or",
    0x50: "and",
    0x60: "lsh",
    0x70: "rsh",
    0x80: "neg",
    0x90: "mod",
    0xA0: "xor",
    0xB0: "mov",
    0xC0: "arsh",
    0xD0: "end",
}
JUMP_NAMES = {
    0x00: "ja",
    0x10: "jeq",
    0x20: "jgt",
    0x30: "jge",
    0x40: "jset",
    0x50: "jne",
    0x60: "jsgt",
    0x70: "jsge",
    0xA0: "jlt",
    0xB0: "jle",
    0xC0: "jslt",
    0xD0: "jsle",
}
SIZE_BYTES = {0x00: 4, 0x08: 2, 0x10: 1, 0x18: 8}  # bits 3 and 4 of load and store opcodes

LDDW = 0x18
CALL = 0x85
CALLX = 0x8D
EXIT = 0x95

_FORMAT = struct.Struct("<BBhi")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One 8-byte slot; the first slot of `lddw` holds the low half of its constant."""

    opcode: int
    destination: int
    source: int
    offset: int
    immediate: int

    def encode(self) -> bytes:
        """The slot's bytes."""
        return _FORMAT.pack(self.opcode, self.destination | self.source << 4, self.offset, self.immediate)


def decode(text: bytes) -> list[Instruction]:
    """Every slot of a text segment, whose length must be a multiple of 8."""
    return [
        Instruction(opcode, registers & 15, registers >> 4, offset, immediate)
        for opcode, registers, offset, immediate in _FORMAT.iter_unpack(text)
    ]


def wide_immediate(low: Instruction, high: Instruction) -> int:
    """The 64-bit constant of an `lddw` pair, unsigned."""
    return low.immediate & 0xFFFF_FFFF | (high.immediate & 0xFFFF_FFFF) << 32
