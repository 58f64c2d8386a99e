"""What a system call of the tracing interpreter works with: the machine, the sysvars, seeds and slices."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from typing import Protocol

from solders.pubkey import Pubkey

from hognose.testing.vm_input import Input
from hognose.testing.vm_memory import Memory, VmError

BYTES_PER_UNIT = 250
MAXIMUM_SEEDS, MAXIMUM_SEED_BYTES = 16, 32

CLOCK_ID = bytes(Pubkey.from_string("SysvarC1ock11111111111111111111111111111111"))
RENT_ID = bytes(Pubkey.from_string("SysvarRent111111111111111111111111111111111"))
CLOCK_BYTES, RENT_BYTES = 40, 17


def default_clock() -> bytes:
    """Slot 0 of epoch 0 at time 0."""
    return bytes(CLOCK_BYTES)


def default_rent() -> bytes:
    """3,480 lamports a byte-year, two years, half of it burnt."""
    return struct.pack("<QdB", 3_480, 2.0, 50)


@dataclass(frozen=True, slots=True)
class Environment:
    """What system calls see: serialised sysvars by id (at least clock and rent)."""

    sysvars: dict[bytes, bytes] = field(default_factory=lambda: {CLOCK_ID: default_clock(), RENT_ID: default_rent()})

    @staticmethod
    def at(*, slot: int = 0, epoch: int = 0, unix_timestamp: int = 0, rent: bytes | None = None) -> Environment:
        """An environment whose clock stands there; the epoch starts at the same second."""
        clock = struct.pack("<QqQQq", slot, unix_timestamp, epoch, epoch + 1, unix_timestamp)
        return Environment({CLOCK_ID: clock, RENT_ID: rent or default_rent()})


class Host(Protocol):
    """What a system call may touch of the machine."""

    memory: Memory
    environment: Environment
    instruction: Input
    remaining: int
    logs: list[str]
    return_data: bytes

    @property
    def program_id(self) -> bytes: ...

    def consume(self, units: int) -> None: ...


def base58(key: bytes) -> str:
    """An address as text."""
    return str(Pubkey.from_bytes(key))


def failure(detail: str, instruction_error: str = "ProgramFailedToComplete") -> VmError:
    """An error that a system call reports, without burning the rest of the budget."""
    return VmError(detail, instruction_error=instruction_error, burns_budget=False)


def read_slices(host: Host, address: int, count: int) -> list[bytes]:
    """The byte strings of an array of (address, length) pairs."""
    pairs = host.memory.read(address, 16 * count, alignment=8)
    return [host.memory.read(start, length) for start, length in struct.iter_unpack("<QQ", pairs)]


def derive_address(seeds: list[bytes], program_id: bytes) -> bytes | None:
    """The program address of those seeds, or None where it would be a point on the curve."""
    digest = hashlib.sha256(b"".join(seeds) + program_id + b"ProgramDerivedAddress").digest()
    return None if Pubkey.from_bytes(digest).is_on_curve() else digest


def read_seeds(host: Host, address: int, count: int) -> list[bytes]:
    """Seeds of a program address; too many or too long ones are errors."""
    if count > MAXIMUM_SEEDS:
        raise failure("more than 16 seeds")
    seeds = read_slices(host, address, count)
    if any(len(seed) > MAXIMUM_SEED_BYTES for seed in seeds):
        raise failure("a seed is longer than 32 bytes")
    return seeds
