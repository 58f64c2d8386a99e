"""The memory of an SBPF v3 program: five regions, told apart by the upper half of an address."""

from __future__ import annotations

from hognose.back.isa import FRAME_BYTES, HEAP_BYTES, INPUT_START, MAXIMUM_CALL_DEPTH, STACK_START

REGION_NAMES = ("read-only data", "code", "stack", "heap", "input")


class VmError(Exception):
    """The program cannot go on. `instruction_error` is the runtime's name of what the transaction fails with.

    A fault of the program's own instructions burns the whole budget (SIMD-0182); an error that a system call reports
    costs what was used so far. `burns_budget` tells them apart.
    """

    def __init__(
        self, detail: str, *, instruction_error: str = "ProgramFailedToComplete", burns_budget: bool = True
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.instruction_error = instruction_error
        self.burns_budget = burns_budget


class Memory:
    """Read-only data at 0, nothing readable at 1 << 32, then stack, heap and input, each at a multiple of 1 << 32."""

    def __init__(self, rodata: bytes, input_bytes: bytes, heap_bytes: int = HEAP_BYTES) -> None:
        self.input = bytearray(input_bytes)
        self._readable: list[bytes | bytearray] = [
            rodata,
            b"",
            bytearray(FRAME_BYTES * MAXIMUM_CALL_DEPTH),
            bytearray(heap_bytes),
            self.input,
        ]
        writable = range(STACK_START >> 32, (INPUT_START >> 32) + 1)
        self._writable = {number: self._readable[number] for number in writable}

    def load(self, address: int, size: int) -> int:
        """A little-endian unsigned number of 1, 2, 4 or 8 bytes, at any alignment."""
        offset = address & 0xFFFF_FFFF
        try:
            region = self._readable[address >> 32]
        except IndexError:
            raise _violation(address, size, "read") from None
        if offset + size > len(region):
            raise _violation(address, size, "read")
        return int.from_bytes(region[offset : offset + size], "little")

    def store(self, address: int, size: int, value: int) -> None:
        """Write the low `size` bytes of a number."""
        self.write(address, (value & (1 << 8 * size) - 1).to_bytes(size, "little"))

    def read(self, address: int, size: int, *, alignment: int = 1) -> bytes:
        """Bytes, as a system call reads them: nothing at all is checked when `size` is 0."""
        if size == 0:
            return b""
        _check_alignment(address, alignment)
        region = self._readable[address >> 32] if address >> 32 < len(self._readable) else b""
        offset = address & 0xFFFF_FFFF
        if offset + size > len(region):
            raise _violation(address, size, "read")
        return bytes(region[offset : offset + size])

    def write(self, address: int, data: bytes, *, alignment: int = 1) -> None:
        """Write bytes to the stack, heap or input."""
        if not data:
            return
        _check_alignment(address, alignment)
        region = self._writable.get(address >> 32)
        offset = address & 0xFFFF_FFFF
        if not isinstance(region, bytearray) or offset + len(data) > len(region):
            raise _violation(address, len(data), "write")
        region[offset : offset + len(data)] = data


def _violation(address: int, size: int, action: str) -> VmError:
    number = address >> 32
    region = REGION_NAMES[number] if number < len(REGION_NAMES) else "nowhere"
    return VmError(f"access violation: {action} of {size} bytes at {address:#x} ({region})")


def _check_alignment(address: int, alignment: int) -> None:
    if address % alignment:
        raise VmError(f"unaligned pointer {address:#x} given to a system call (needs {alignment})")
