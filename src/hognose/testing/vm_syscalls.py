"""The system calls of the tracing interpreter, with the costs of Agave 4.1's default execution budget."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Callable
from typing import TypeAlias

from hognose.back.isa import INPUT_START
from hognose.testing.vm_host import (
    BYTES_PER_UNIT,
    CLOCK_BYTES,
    CLOCK_ID,
    RENT_ID,
    Host,
    base58,
    derive_address,
    failure,
    read_seeds,
    read_slices,
)
from hognose.testing.vm_invoke import invoke_signed_c

SYSCALL_BASE = 100
MEMORY_BASE = 10
SHA256_BASE = 85
MAXIMUM_SLICES = 20_000
CREATE_ADDRESS = 1_500
MAXIMUM_RETURN_DATA = 1_024
RENT_STRUCT_BYTES = 24  # sol_get_rent_sysvar writes the padded struct

Syscall: TypeAlias = Callable[[Host, int, int, int, int, int], int]


def _abort(_: Host, *__: int) -> int:
    raise failure("SBF program panicked")


def _panic(host: Host, file: int, length: int, line: int, column: int, _: int) -> int:
    host.consume(length)
    name = host.memory.read(file, length).decode(errors="replace")
    raise failure(f"SBF program panicked in {name} at {line}:{column}")


def _log(host: Host, message: int, length: int, *_: int) -> int:
    host.consume(max(SYSCALL_BASE, length))
    raw = host.memory.read(message, length)
    try:
        host.logs.append(f"Program log: {raw.decode()}")
    except UnicodeDecodeError as error:
        raise failure(f"invalid string: {error}") from error
    return 0


def _log_64(host: Host, *values: int) -> int:
    host.consume(SYSCALL_BASE)
    host.logs.append("Program log: " + ", ".join(f"{value:#x}" for value in values))
    return 0


def _log_pubkey(host: Host, key: int, *_: int) -> int:
    host.consume(SYSCALL_BASE)
    host.logs.append(f"Program log: {base58(host.memory.read(key, 32))}")
    return 0


def _log_compute_units(host: Host, *_: int) -> int:
    host.consume(SYSCALL_BASE)
    host.logs.append(f"Program consumption: {host.remaining} units remaining")
    return 0


def _log_data(host: Host, fields: int, count: int, *_: int) -> int:
    host.consume(SYSCALL_BASE)
    pairs = host.memory.read(fields, 16 * count, alignment=8)
    host.consume(SYSCALL_BASE * count)
    host.consume(sum(length for _, length in struct.iter_unpack("<QQ", pairs)))
    encoded = (base64.b64encode(part).decode() for part in read_slices(host, fields, count))
    host.logs.append("Program data: " + " ".join(encoded))
    return 0


def _sha256(host: Host, values: int, count: int, result: int, *_: int) -> int:
    if count > MAXIMUM_SLICES:
        raise failure("hashing too many sequences")
    host.consume(SHA256_BASE)
    digest = hashlib.sha256()
    for part in read_slices(host, values, count):
        host.consume(max(MEMORY_BASE, len(part) // 2))
        digest.update(part)
    host.memory.write(result, digest.digest())
    return 0


def _consume_memory(host: Host, length: int) -> None:
    host.consume(max(MEMORY_BASE, length // BYTES_PER_UNIT))


def _memcpy(host: Host, destination: int, source: int, length: int, *_: int) -> int:
    _consume_memory(host, length)
    if abs(destination - source) < length:
        raise failure("overlapping copy")
    host.memory.write(destination, host.memory.read(source, length))
    return 0


def _memmove(host: Host, destination: int, source: int, length: int, *_: int) -> int:
    _consume_memory(host, length)
    host.memory.write(destination, host.memory.read(source, length))
    return 0


def _memset(host: Host, destination: int, value: int, length: int, *_: int) -> int:
    _consume_memory(host, length)
    host.memory.write(destination, bytes((value & 0xFF,)) * length)
    return 0


def _memcmp(host: Host, left: int, right: int, length: int, result: int, _: int) -> int:
    _consume_memory(host, length)
    pairs = zip(host.memory.read(left, length), host.memory.read(right, length), strict=True)
    difference = next((one - other for one, other in pairs if one != other), 0)
    host.memory.write(result, struct.pack("<i", difference), alignment=4)
    return 0


def _get_sysvar(host: Host, sysvar: int, destination: int, offset: int, length: int, _: int) -> int:
    host.consume(SYSCALL_BASE + 32 // BYTES_PER_UNIT + max(length // BYTES_PER_UNIT, MEMORY_BASE))
    if destination >= INPUT_START:  # accounts live there
        raise failure("invalid pointer")
    value = host.environment.sysvars.get(host.memory.read(sysvar, 32))
    if value is None:
        return 2
    if offset + length > len(value):
        return 1
    host.memory.write(destination, value[offset : offset + length])
    return 0


def _get_clock(host: Host, destination: int, *_: int) -> int:
    host.consume(SYSCALL_BASE + CLOCK_BYTES)
    host.memory.write(destination, host.environment.sysvars[CLOCK_ID], alignment=8)
    return 0


def _get_rent(host: Host, destination: int, *_: int) -> int:
    host.consume(SYSCALL_BASE + RENT_STRUCT_BYTES)
    padded = host.environment.sysvars[RENT_ID].ljust(RENT_STRUCT_BYTES, b"\0")
    host.memory.write(destination, padded, alignment=8)
    return 0


def _create_program_address(host: Host, seeds: int, count: int, program: int, result: int, _: int) -> int:
    host.consume(CREATE_ADDRESS)
    address = derive_address(read_seeds(host, seeds, count), host.memory.read(program, 32))
    if address is None:
        return 1
    host.memory.write(result, address)
    return 0


def _try_find_program_address(host: Host, seeds: int, count: int, program: int, result: int, bump: int) -> int:
    host.consume(CREATE_ADDRESS)
    given, program_id = read_seeds(host, seeds, count), host.memory.read(program, 32)
    for candidate in range(255, 0, -1):
        address = derive_address([*given, bytes((candidate,))], program_id)
        if address is not None:
            host.memory.write(bump, bytes((candidate,)))
            host.memory.write(result, address)
            return 0
        host.consume(CREATE_ADDRESS)
    return 1


def _set_return_data(host: Host, address: int, length: int, *_: int) -> int:
    host.consume(SYSCALL_BASE + length // BYTES_PER_UNIT)
    if length > MAXIMUM_RETURN_DATA:
        raise failure("return data too large")
    host.return_data = host.memory.read(address, length)
    return 0


def _get_return_data(host: Host, address: int, length: int, program: int, *_: int) -> int:
    host.consume(SYSCALL_BASE)
    kept = host.return_data[:length]
    if kept:
        host.consume((len(kept) + 32) // BYTES_PER_UNIT)
        host.memory.write(address, kept)
        host.memory.write(program, host.program_id)
    return len(host.return_data)


def _get_stack_height(host: Host, *_: int) -> int:
    host.consume(SYSCALL_BASE)
    return 1


TABLE: dict[str, Syscall] = {
    "abort": _abort,
    "sol_panic_": _panic,
    "sol_log_": _log,
    "sol_log_64_": _log_64,
    "sol_log_pubkey": _log_pubkey,
    "sol_log_compute_units_": _log_compute_units,
    "sol_log_data": _log_data,
    "sol_sha256": _sha256,
    "sol_memcpy_": _memcpy,
    "sol_memmove_": _memmove,
    "sol_memset_": _memset,
    "sol_memcmp_": _memcmp,
    "sol_get_sysvar": _get_sysvar,
    "sol_get_clock_sysvar": _get_clock,
    "sol_get_rent_sysvar": _get_rent,
    "sol_create_program_address": _create_program_address,
    "sol_try_find_program_address": _try_find_program_address,
    "sol_set_return_data": _set_return_data,
    "sol_get_return_data": _get_return_data,
    "sol_get_stack_height": _get_stack_height,
    "sol_invoke_signed_c": invoke_signed_c,
}
