"""System calls: results, logs and compute units of the interpreter are those of the runtime."""

from __future__ import annotations

import hashlib
import struct

import pytest
from solders.pubkey import Pubkey

from hognose.back.isa import HEAP_START, INPUT_START, STACK_START
from hognose.back.syscalls import HASH_BY_NAME, SYSCALLS, murmur3_32
from hognose.testing.vm import Environment
from hognose.testing.vm_host import CLOCK_ID, RENT_ID
from tests.hognose.back.asm import assemble
from tests.hognose.back.chain import FEATURE_SETS, agree, chain, deploy, execute, interpret

RETURN_HEAP = """
    lddw r1, 0x300000000
    mov64 r2, {length}
    call sol_set_return_data
    mov64 r0, 0
    exit
"""

KNOWN_HASHES = {
    "abort": 0xB6FC_1A11,
    "sol_log_": 0x2075_59BD,
    "sol_sha256": 0x11F4_9D86,
    "sol_memcpy_": 0x717C_C4A3,
    "sol_invoke_signed_c": 0xA22B_9C85,
    "sol_create_program_address": 0x9377_323C,
    "sol_try_find_program_address": 0x4850_4A38,
    "sol_set_return_data": 0xA226_D3EB,
}


def test_murmur_against_published_vectors() -> None:
    """The hash is MurmurHash3 x86 32-bit."""
    assert murmur3_32(b"") == 0
    assert murmur3_32(b"", 1) == 0x514E_28B7
    assert murmur3_32(b"hello, world") == 0x149B_BB7F
    assert murmur3_32(b"The quick brown fox jumps over the lazy dog", 0x9747_B28C) == 0x2FA8_26CD


@pytest.mark.parametrize(("name", "value"), KNOWN_HASHES.items())
def test_known_syscall_hashes(name: str, value: int) -> None:
    """System calls have the hashes that the runtime registers."""
    assert HASH_BY_NAME[name] == value


@pytest.mark.parametrize("name", SYSCALLS)
def test_every_listed_syscall_is_active_on_mainnet(name: str) -> None:
    """The runtime knows each name of the table, whatever it then says to senseless arguments."""
    outcome = execute(assemble(f"mov64 r1, 0\n mov64 r2, 0\n call {name}\n mov64 r0, 0\n exit"))
    assert not any("unsupported BPF instruction" in line for line in outcome.logs)


@pytest.mark.parametrize("features", FEATURE_SETS)
def test_logging(features: str) -> None:
    """Text, numbers, addresses and the rest of the budget are logged at the runtime's prices."""
    message = "a price of 0.62 – and a long text " * 5
    rodata = message.encode()
    body = f"""
        mov64 r1, 0
        mov64 r2, {len(rodata)}
        call sol_log_
        mov64 r1, 0
        mov64 r2, 8
        call sol_log_
        mov64 r1, 1
        lddw r2, 0xffffffffffffffff
        mov64 r3, 0
        mov64 r4, 16
        mov64 r5, 5
        call sol_log_64_
        mov64 r1, 3
        call sol_log_pubkey
        call sol_log_compute_units_
        mov64 r0, 0
        exit
    """
    result = agree(assemble(body, rodata), features=features)
    assert result.logs[1] == f"Program log: {message}"
    assert result.logs[3] == "Program log: 0x1, 0xffffffffffffffff, 0x0, 0x10, 0x5"


def test_logging_of_broken_text() -> None:
    """Bytes that are not UTF-8 are an error."""
    result = agree(assemble("mov64 r1, 0\n mov64 r2, 2\n call sol_log_\n exit", b"\xff\xfe"))
    assert result.error == "ProgramFailedToComplete"
    assert result.compute_units == 103


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize("fields", [[b"event"], [b"", b"ab", bytes(300)], []])
def test_log_data(fields: list[bytes], features: str) -> None:
    """Each field of `sol_log_data` costs 100 and its length; the log is base64."""
    rodata, slices = _slices(fields)
    body = f"mov64 r1, {slices}\n mov64 r2, {len(fields)}\n call sol_log_data\n mov64 r0, 0\n exit"
    agree(assemble(body, rodata), features=features)


def _slices(parts: list[bytes]) -> tuple[bytes, int]:
    """Read-only data with those parts, followed by the array of (address, length), whose address is returned."""
    content = b"".join(parts)
    content += bytes(-len(content) % 8)
    array, start = b"", 0
    for part in parts:
        array += struct.pack("<QQ", start, len(part))
        start += len(part)
    return content + array, len(content)


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize("parts", [[b""], [b"abc"], [bytes(32), bytes(32), b"x" * 200], []])
def test_sha256(parts: list[bytes], features: str) -> None:
    """SHA-256 of the concatenated parts."""
    rodata, slices = _slices(parts)
    body = f"""
        mov64 r1, {slices}
        mov64 r2, {len(parts)}
        lddw r3, {HEAP_START}
        call sol_sha256
        {RETURN_HEAP.format(length=32)}
    """
    result = agree(assemble(body, rodata), features=features)
    assert result.return_data == hashlib.sha256(b"".join(parts)).digest()


def test_sha256_of_too_many_parts() -> None:
    """More than 20,000 parts are refused before anything is paid."""
    result = agree(assemble("mov64 r1, 0\n mov64 r2, 20001\n mov64 r3, 0\n call sol_sha256\n exit"))
    assert (result.error, result.compute_units) == ("ProgramFailedToComplete", 4)


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize("length", [0, 1, 32, 2_499, 2_510, 5_000])
def test_memory_operations(length: int, features: str) -> None:
    """Copy, move and fill cost max(10, length / 250)."""
    body = f"""
        lddw r1, {HEAP_START}
        mov64 r2, 0
        mov64 r3, {length}
        call sol_memcpy_
        lddw r1, {HEAP_START + 8}
        lddw r2, {HEAP_START}
        mov64 r3, {length}
        call sol_memmove_
        lddw r1, {HEAP_START + 100}
        mov64 r2, 0x1ff
        mov64 r3, {length}
        call sol_memset_
        {RETURN_HEAP.format(length=200)}
    """
    agree(assemble(body, bytes(index % 251 for index in range(5_000))), features=features)


@pytest.mark.parametrize("distance", [-9, -1, 0, 1, 9, 10, 11])
def test_overlapping_copy(distance: int) -> None:
    """A copy whose ranges overlap is an error of the system call."""
    body = f"""
        lddw r1, {HEAP_START + 100}
        lddw r2, {HEAP_START + 100 + distance}
        mov64 r3, 10
        call sol_memcpy_
        mov64 r0, 0
        exit
    """
    assert (agree(assemble(body)).error is None) == (abs(distance) >= 10)


@pytest.mark.parametrize(("left", "right"), [(b"same", b"same"), (b"abcd", b"abzd"), (b"b\xff", b"b\x01"), (b"", b"")])
def test_memory_comparison(left: bytes, right: bytes) -> None:
    """The difference of the first unequal bytes is written as a 32-bit number."""
    body = f"""
        mov64 r1, 0
        mov64 r2, {len(left)}
        mov64 r3, {len(left)}
        lddw r4, {HEAP_START}
        call sol_memcmp_
        {RETURN_HEAP.format(length=4)}
    """
    agree(assemble(body, left + right))


WRITERS = {
    "sol_memcpy_": "mov64 r2, 0\n mov64 r3, 8",
    "sol_memset_": "mov64 r2, 1\n mov64 r3, 8",
    "sol_get_clock_sysvar": "",
}


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize("start", [0, 1 << 32, STACK_START, STACK_START + 1, HEAP_START + 32 * 1024 - 7, 5 << 32])
@pytest.mark.parametrize("name", WRITERS)
def test_destinations_of_system_calls(name: str, start: int, features: str) -> None:
    """System calls write only where the program may, and sysvar getters want eight-byte alignment."""
    body = f"lddw r1, {start}\n {WRITERS[name]}\n call {name}\n mov64 r0, 0\n exit"
    agree(assemble(body, bytes(8)), features=features, environment=_environment(features))


def _environment(features: str) -> Environment:
    svm = chain(features)
    sysvars = {CLOCK_ID: bytes(svm.get_clock()), RENT_ID: bytes(svm.get_rent())}
    return Environment(sysvars)


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize(
    ("sysvar", "offset", "length"),
    [(CLOCK_ID, 0, 40), (CLOCK_ID, 32, 8), (CLOCK_ID, 33, 8), (RENT_ID, 0, 17), (RENT_ID, 0, 18), (bytes(32), 0, 8)],
)
def test_get_sysvar(sysvar: bytes, offset: int, length: int, features: str) -> None:
    """`sol_get_sysvar` returns 1 beyond the end and 2 for what is not a sysvar."""
    body = f"""
        mov64 r1, 0
        lddw r2, {HEAP_START}
        mov64 r3, {offset}
        mov64 r4, {length}
        call sol_get_sysvar
        lddw r1, {HEAP_START}
        stxdw [r1+40], r0
        {RETURN_HEAP.format(length=48)}
    """
    agree(assemble(body, sysvar), features=features, environment=_environment(features))


@pytest.mark.parametrize("features", FEATURE_SETS)
def test_get_sysvar_into_the_input(features: str) -> None:
    """`sol_get_sysvar` refuses to write into the input region, where accounts are."""
    body = f"mov64 r1, 0\n lddw r2, {INPUT_START}\n mov64 r3, 0\n mov64 r4, 8\n call sol_get_sysvar\n exit"
    result = agree(assemble(body, CLOCK_ID), features=features, environment=_environment(features))
    assert (result.error, result.compute_units) == ("ProgramFailedToComplete", 115)


@pytest.mark.parametrize("features", FEATURE_SETS)
def test_clock_and_rent_getters(features: str) -> None:
    """The old getters write the same values."""
    body = f"""
        lddw r1, {HEAP_START}
        call sol_get_clock_sysvar
        lddw r1, {HEAP_START + 40}
        call sol_get_rent_sysvar
        {RETURN_HEAP.format(length=57)}
    """
    agree(assemble(body), features=features, environment=_environment(features))


def test_environment_at() -> None:
    """An environment at a moment has the clock that programs read."""
    environment = Environment.at(slot=9, epoch=2, unix_timestamp=1_700_000_000)
    slot, start, epoch, leader, now = struct.unpack("<QqQQq", environment.sysvars[CLOCK_ID])
    assert (slot, start, epoch, leader, now) == (9, 1_700_000_000, 2, 3, 1_700_000_000)


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize("number", range(6))
def test_program_addresses(number: int, features: str) -> None:
    """Creating an address costs 1,500 and can fail; finding one costs that for every bump tried."""
    program_id = bytes(Pubkey.new_unique())
    seed = b"market" + bytes((number,))
    rodata, slices = _slices([program_id, seed])
    body = f"""
        mov64 r1, {slices + 16}
        mov64 r2, 1
        mov64 r3, 0
        lddw r4, {HEAP_START}
        call sol_create_program_address
        mov64 r6, r0
        mov64 r1, {slices + 16}
        mov64 r2, 1
        mov64 r3, 0
        lddw r4, {HEAP_START + 32}
        lddw r5, {HEAP_START + 64}
        call sol_try_find_program_address
        lddw r1, {HEAP_START}
        stxb [r1+65], r6
        {RETURN_HEAP.format(length=66)}
    """
    result = agree(assemble(body, rodata), features=features)
    address, bump = Pubkey.find_program_address([seed], Pubkey(program_id))
    assert result.return_data[32:65] == bytes(address) + bytes((bump,))


@pytest.mark.parametrize(("count", "length"), [(17, 1), (1, 33)])
def test_bad_seeds(count: int, length: int) -> None:
    """More than 16 seeds, or a seed of more than 32 bytes, end the program."""
    rodata, slices = _slices([bytes(length)] * count)
    body = f"mov64 r1, {slices}\n mov64 r2, {count}\n mov64 r3, 0\n lddw r4, {HEAP_START}\n"
    agree(assemble(body + "call sol_create_program_address\n exit", rodata + bytes(32)))


@pytest.mark.parametrize("length", [0, 250, 1_024, 1_025])
def test_return_data(length: int) -> None:
    """At most 1,024 bytes are returned, at a unit more per 250."""
    body = f"mov64 r1, 0\n mov64 r2, {length}\n call sol_set_return_data\n mov64 r0, 0\n exit"
    agree(assemble(body, b"r" * 1_032))


def test_return_data_is_read_back() -> None:
    """A program can read what it returned, and which program did."""
    body = f"""
        mov64 r1, 0
        mov64 r2, 8
        call sol_set_return_data
        lddw r1, {HEAP_START}
        mov64 r2, 5
        lddw r3, {HEAP_START + 8}
        call sol_get_return_data
        lddw r1, {HEAP_START}
        stxb [r1+6], r0
        call sol_get_stack_height
        lddw r1, {HEAP_START}
        stxb [r1+7], r0
        {RETURN_HEAP.format(length=40)}
    """
    agree(assemble(body, b"returned"))


@pytest.mark.parametrize("name", ["abort", "sol_panic_"])
def test_giving_up(name: str) -> None:
    """Aborting costs only what was used."""
    result = agree(assemble(f"mov64 r1, 0\n mov64 r2, 4\n mov64 r3, 1\n mov64 r4, 2\n call {name}\n exit", b"f.py"))
    assert result.error == "ProgramFailedToComplete"
    assert result.compute_units < 20


def test_units_are_booked_where_they_are_spent() -> None:
    """A call of a system call carries its price, every other instruction one unit."""
    program = assemble("mov64 r1, 0\n mov64 r2, 4\n call sol_log_\n mov64 r0, 0\n exit", b"text")
    result = interpret(program, address=deploy(program))
    assert result.units == [1, 1, 101, 1, 1]
    assert result.counts == [1, 1, 1, 1, 1]
