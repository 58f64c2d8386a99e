"""What each SBPF v3 instruction does: one closure per slot of the text, which returns the next pc.

The semantics are those of solana-sbpf for version 3, with its one trap: 32-bit add, sub and mul sign-extend their
result to 64 bits, every other 32-bit operation zero-extends it. `offset` is ignored by arithmetic, as on chain.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol, TypeAlias

from hognose.back import isa
from hognose.back.isa import Instruction
from hognose.testing.vm_memory import Memory, VmError

MASK64 = (1 << 64) - 1
MASK32 = (1 << 32) - 1


class Cpu(Protocol):
    """What a step may touch."""

    registers: list[int]
    memory: Memory

    def call(self, target: int, return_to: int) -> int: ...
    def leave(self) -> int: ...
    def syscall(self, name_hash: int) -> None: ...


Step: TypeAlias = Callable[[Cpu], int]
Binary: TypeAlias = Callable[[int, int], int]
Comparison: TypeAlias = Callable[[int, int], bool]


def signed(value: int, bits: int) -> int:
    """The two's complement reading of the low `bits` bits."""
    value &= (1 << bits) - 1
    return value - (value >> bits - 1 << bits)


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise VmError("division by zero")
    return left // right


def _modulo(left: int, right: int) -> int:
    if right == 0:
        raise VmError("division by zero")
    return left % right


def _arithmetic(bits: int) -> dict[int, Binary]:
    """The operations on unsigned operands of that width; the caller truncates."""
    shift = bits - 1
    return {
        0x00: lambda left, right: left + right,
        0x10: lambda left, right: left - right,
        0x20: lambda left, right: left * right,
        0x30: _divide,
        0x40: lambda left, right: left | right,
        0x50: lambda left, right: left & right,
        0x60: lambda left, right: left << (right & shift),
        0x70: lambda left, right: left >> (right & shift),
        0x80: lambda left, _: -left,
        0x90: _modulo,
        0xA0: lambda left, right: left ^ right,
        0xB0: lambda _, right: right,
        0xC0: lambda left, right: signed(left, bits) >> (right & shift),
    }


def _comparisons(bits: int) -> dict[int, Comparison]:
    return {
        0x10: lambda left, right: left == right,
        0x20: lambda left, right: left > right,
        0x30: lambda left, right: left >= right,
        0x40: lambda left, right: left & right != 0,
        0x50: lambda left, right: left != right,
        0x60: lambda left, right: signed(left, bits) > signed(right, bits),
        0x70: lambda left, right: signed(left, bits) >= signed(right, bits),
        0xA0: lambda left, right: left < right,
        0xB0: lambda left, right: left <= right,
        0xC0: lambda left, right: signed(left, bits) < signed(right, bits),
        0xD0: lambda left, right: signed(left, bits) <= signed(right, bits),
    }


_ARITHMETIC = {32: _arithmetic(32), 64: _arithmetic(64)}
_COMPARISONS = {32: _comparisons(32), 64: _comparisons(64)}
_SIGN_EXTENDING_32 = {0x00, 0x10, 0x20}
_BYTE_SWAP = 0xD0


@lru_cache(maxsize=16)
def build(text: bytes) -> tuple[Step, ...]:
    """One step per slot of the text segment."""
    slots = isa.decode(text)
    return tuple(_step(slots, pc) for pc in range(len(slots)))


def _step(slots: list[Instruction], pc: int) -> Step:
    instruction = slots[pc]
    kind = instruction.opcode & 7
    if instruction.opcode == isa.LDDW and pc + 1 < len(slots):
        return _wide_constant(instruction, slots[pc + 1], pc + 2)
    if kind == isa.LDX:
        return _load(instruction, pc + 1)
    if kind in (isa.ST, isa.STX):
        return _store(instruction, pc + 1)
    if kind in (isa.ALU32, isa.ALU64):
        return _alu(instruction, pc + 1)
    if kind in (isa.JMP32, isa.JMP64):
        return _jump_class(instruction, pc + 1)
    return _unsupported(instruction)


def _unsupported(instruction: Instruction) -> Step:
    def step(_: Cpu) -> int:
        raise VmError(f"unsupported instruction {instruction.opcode:#04x}")

    return step


def _wide_constant(low: Instruction, high: Instruction, following: int) -> Step:
    destination, value = low.destination, isa.wide_immediate(low, high)

    def step(cpu: Cpu) -> int:
        cpu.registers[destination] = value
        return following

    return step


def _load(instruction: Instruction, following: int) -> Step:
    destination, source, offset = instruction.destination, instruction.source, instruction.offset
    size = isa.SIZE_BYTES[instruction.opcode & 0x18]

    def step(cpu: Cpu) -> int:
        cpu.registers[destination] = cpu.memory.load(cpu.registers[source] + offset & MASK64, size)
        return following

    return step


def _store(instruction: Instruction, following: int) -> Step:
    destination, source, offset = instruction.destination, instruction.source, instruction.offset
    size, constant = isa.SIZE_BYTES[instruction.opcode & 0x18], instruction.immediate
    from_register = instruction.opcode & 7 == isa.STX

    def step(cpu: Cpu) -> int:
        value = cpu.registers[source] if from_register else constant
        cpu.memory.store(cpu.registers[destination] + offset & MASK64, size, value)
        return following

    return step


def _alu(instruction: Instruction, following: int) -> Step:
    operation = instruction.opcode & 0xF0
    if operation == _BYTE_SWAP:
        return _byte_swap(instruction, following)
    bits = 64 if instruction.opcode & 7 == isa.ALU64 else 32
    compute = _ARITHMETIC[bits].get(operation)
    if compute is None:
        return _unsupported(instruction)
    finish = _finish_signed32 if bits == 32 and operation in _SIGN_EXTENDING_32 else _finisher(bits)
    return _alu_step(instruction, following, compute, bits, finish)


def _alu_step(
    instruction: Instruction, following: int, compute: Binary, bits: int, finish: Callable[[int], int]
) -> Step:
    destination, source, mask = instruction.destination, instruction.source, (1 << bits) - 1
    constant = instruction.immediate & mask

    def with_register(cpu: Cpu) -> int:
        registers = cpu.registers
        registers[destination] = finish(compute(registers[destination] & mask, registers[source] & mask))
        return following

    def with_constant(cpu: Cpu) -> int:
        registers = cpu.registers
        registers[destination] = finish(compute(registers[destination] & mask, constant))
        return following

    return with_register if instruction.opcode & isa.SOURCE_REGISTER else with_constant


def _finish_signed32(value: int) -> int:
    return signed(value, 32) & MASK64


def _finisher(bits: int) -> Callable[[int], int]:
    mask = (1 << bits) - 1
    return lambda value: value & mask


def _byte_swap(instruction: Instruction, following: int) -> Step:
    bits, destination = instruction.immediate, instruction.destination
    big_endian = bool(instruction.opcode & isa.SOURCE_REGISTER)
    if instruction.opcode & 7 != isa.ALU32 or bits not in (16, 32, 64):
        return _unsupported(instruction)

    def step(cpu: Cpu) -> int:
        raw = (cpu.registers[destination] & (1 << bits) - 1).to_bytes(bits // 8, "little")
        cpu.registers[destination] = int.from_bytes(raw, "big" if big_endian else "little")
        return following

    return step


def _jump_class(instruction: Instruction, following: int) -> Step:
    if instruction.opcode == isa.CALL:
        return _call(instruction, following)
    if instruction.opcode == isa.EXIT:
        return lambda cpu: cpu.leave()
    target = following + instruction.offset
    if instruction.opcode == isa.JMP64:  # ja
        return lambda _: target
    bits = 64 if instruction.opcode & 7 == isa.JMP64 else 32
    holds = _COMPARISONS[bits].get(instruction.opcode & 0xF0)
    return _unsupported(instruction) if holds is None else _branch(instruction, following, holds, bits)


def _branch(instruction: Instruction, following: int, holds: Comparison, bits: int) -> Step:
    destination, source, mask = instruction.destination, instruction.source, (1 << bits) - 1
    constant, target = instruction.immediate & mask, following + instruction.offset

    def with_register(cpu: Cpu) -> int:
        registers = cpu.registers
        return target if holds(registers[destination] & mask, registers[source] & mask) else following

    def with_constant(cpu: Cpu) -> int:
        return target if holds(cpu.registers[destination] & mask, constant) else following

    return with_register if instruction.opcode & isa.SOURCE_REGISTER else with_constant


def _call(instruction: Instruction, following: int) -> Step:
    if instruction.source == 1:
        target = following + instruction.immediate
        return lambda cpu: cpu.call(target, following)
    name_hash = instruction.immediate & MASK32

    def step(cpu: Cpu) -> int:
        cpu.syscall(name_hash)
        return following

    return step
