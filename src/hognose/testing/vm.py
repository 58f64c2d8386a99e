"""A tracing SBPF v3 interpreter: the same results and compute units as the runtime, and where they were spent.

Speed is that of Python (about a million instructions a second); it exists for profiles, coverage and for a second
opinion on the runtime, not for running a chain.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from hognose.back.isa import FRAME_BYTES, MAXIMUM_CALL_DEPTH, STACK_START
from hognose.back.linker import Program
from hognose.back.syscalls import NAME_BY_HASH
from hognose.testing.vm_host import Environment, base58
from hognose.testing.vm_input import AccountInput, Input, deserialize_accounts, serialize_input
from hognose.testing.vm_memory import Memory, VmError
from hognose.testing.vm_steps import build
from hognose.testing.vm_syscalls import TABLE

__all__ = [
    "AccountInput",
    "Environment",
    "Input",
    "Result",
    "VmError",
    "deserialize_accounts",
    "run",
    "serialize_input",
]

COMPUTE_LIMIT = 200_000

# Program return values with a zero low half, by their high half (solana-program-error).
BUILTIN_ERRORS = (
    "Custom(0)",
    "InvalidArgument",
    "InvalidInstructionData",
    "InvalidAccountData",
    "AccountDataTooSmall",
    "InsufficientFunds",
    "IncorrectProgramId",
    "MissingRequiredSignature",
    "AccountAlreadyInitialized",
    "UninitializedAccount",
    "NotEnoughAccountKeys",
    "AccountBorrowFailed",
    "MaxSeedLengthExceeded",
    "InvalidSeeds",
    "BorshIoError",
    "AccountNotRentExempt",
    "UnsupportedSysvar",
    "IllegalOwner",
    "MaxAccountsDataAllocationsExceeded",
    "InvalidRealloc",
    "MaxInstructionTraceLengthExceeded",
    "BuiltinProgramsMustConsumeComputeUnits",
    "InvalidAccountOwner",
    "ArithmeticOverflow",
    "Immutable",
    "IncorrectAuthority",
)


@dataclass(frozen=True, slots=True)
class Result:
    """One run. `counts[pc]` is how often an instruction ran, `units[pc]` what it cost with its system calls.

    `error` is None or the runtime's instruction error, such as `Custom(6000)`; `detail` says what happened.
    `r0` is None where the program did not return. `input_after` is the input buffer as the program left it.
    """

    r0: int | None
    compute_units: int
    counts: list[int]
    units: list[int]
    logs: list[str]
    return_data: bytes
    input_after: bytes
    error: str | None = None
    detail: str = ""


@dataclass(slots=True)
class Frame:
    """What a call saves: r6 to r9, the frame pointer, and where to go on."""

    saved: list[int]
    frame_pointer: int
    return_to: int


class _Finished(Exception):
    """The entry function returned."""


@dataclass(slots=True)
class Machine:
    """The processor and what system calls need of it."""

    memory: Memory
    environment: Environment
    instruction: Input
    remaining: int
    registers: list[int] = field(default_factory=lambda: [0] * 11)
    frames: list[Frame] = field(default_factory=list[Frame])
    logs: list[str] = field(default_factory=list[str])
    return_data: bytes = b""

    @property
    def program_id(self) -> bytes:
        """The running program's address."""
        return self.instruction.program_id

    def consume(self, units: int) -> None:
        """Pay for a system call; the budget's end is an error."""
        if units > self.remaining:
            self.remaining = 0
            raise VmError("compute budget exceeded", instruction_error="ComputationalBudgetExceeded")
        self.remaining -= units

    def call(self, target: int, return_to: int) -> int:
        """Enter a function of the program."""
        registers = self.registers
        self.frames.append(Frame(registers[6:10], registers[10], return_to))
        if len(self.frames) == MAXIMUM_CALL_DEPTH:
            raise VmError("call depth exceeded")
        registers[10] += FRAME_BYTES
        return target

    def leave(self) -> int:
        """Return from a function of the program."""
        if not self.frames:
            raise _Finished
        frame = self.frames.pop()
        self.registers[6:10] = frame.saved
        self.registers[10] = frame.frame_pointer
        return frame.return_to

    def syscall(self, name_hash: int) -> None:
        """Run a system call by the hash of its name; its result goes to r0."""
        name = NAME_BY_HASH.get(name_hash)
        if name is None:
            raise VmError(f"unknown system call {name_hash:#010x}")
        if name not in TABLE:
            raise VmError(f"system call '{name}' is not emulated")
        try:
            self.registers[0] = TABLE[name](self, *self.registers[1:6])
        except VmError as error:
            error.burns_budget = False
            raise


def run(
    program: Program,
    instruction: Input,
    *,
    syscalls: Environment | None = None,
    compute_limit: int = COMPUTE_LIMIT,
) -> Result:
    """Run the program on one instruction. `syscalls` is the world the system calls see: sysvars, program costs.

    Failures are in the result, never raised. What the runtime checks after the program has returned (balances add up,
    read-only accounts unchanged, rent) is not checked here.
    """
    memory = Memory(program.rodata, instruction.buffer)
    machine = Machine(memory, syscalls or Environment(), instruction, compute_limit)
    machine.registers[1] = instruction.pointer
    machine.registers[2] = instruction.data_pointer
    machine.registers[10] = STACK_START + FRAME_BYTES
    name = base58(instruction.program_id)
    machine.logs.append(f"Program {name} invoke [1]")
    counts, units = [0] * (len(program.text) // 8), [0] * (len(program.text) // 8)
    failure = _execute(machine, program, counts, units)
    return _result(machine, name, compute_limit, counts, units, failure)


def _execute(machine: Machine, program: Program, counts: list[int], units: list[int]) -> VmError | None:
    steps, pc, before = build(program.text), program.entry, machine.remaining
    try:
        while True:
            before = machine.remaining
            if before == 0:
                raise VmError("exceeded CUs meter at BPF instruction")
            if not 0 <= pc < len(steps):
                raise VmError("attempted to execute past the end of the text segment")
            machine.remaining = before - 1
            counts[pc] += 1
            following = steps[pc](machine)
            units[pc] += before - machine.remaining
            pc = following
    except _Finished:
        units[pc] += 1
        return None
    except VmError as error:
        if error.burns_budget:
            machine.remaining = 0
        if 0 <= pc < len(units):
            units[pc] += before - machine.remaining
        return error


def _result(
    machine: Machine, name: str, limit: int, counts: list[int], units: list[int], failure: VmError | None
) -> Result:
    r0 = machine.registers[0] if failure is None else None
    error = _return_error(r0) if r0 is not None else None
    detail = ""
    if failure is not None:
        error, detail = failure.instruction_error, failure.detail
    used = limit - machine.remaining
    machine.logs.append(f"Program {name} consumed {used} of {limit} compute units")
    if machine.return_data:
        machine.logs.append(f"Program return: {name} {base64.b64encode(machine.return_data).decode()}")
    machine.logs.append(f"Program {name} success" if error is None else f"Program {name} failed: {detail or error}")
    return Result(
        r0, used, counts, units, machine.logs, machine.return_data, bytes(machine.memory.input), error, detail
    )


def _return_error(r0: int) -> str | None:
    high, low = r0 >> 32, r0 & 0xFFFF_FFFF
    if r0 == 0:
        return None
    if high == 0:
        return f"Custom({low})"
    if low == 0 and 1 <= high <= len(BUILTIN_ERRORS):
        return BUILTIN_ERRORS[high - 1]
    return "InvalidError"
