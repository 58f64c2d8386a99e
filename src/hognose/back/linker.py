"""Links BPF objects into the SBPF v3 executable that the strict loader accepts (SIMD-0189).

The file is a header, two program headers, the read-only data at address 0 and the code at 1 << 32; nothing else. All
relocation is done here: addresses are final, calls are relative, and system calls are named by their hash.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from hognose.back import elf
from hognose.back.elf import ObjectError, ObjectFile, Relocation, Section
from hognose.back.isa import CALL, INSTRUCTION_BYTES, LDDW, RODATA_START, TEXT_START
from hognose.back.merge import merge
from hognose.back.syscalls import HASH_BY_NAME
from hognose.errors import InternalError

R_BPF_64_64, R_BPF_64_ABS64, R_BPF_64_32 = 1, 2, 10

IGNORED_SECTIONS = (".eh_frame",)  # unwinding tables: nothing here unwinds
RODATA_PREFIXES = (".rodata", ".data.rel.ro")
MAXIMUM_ALIGNMENT = 4_096
SBPF_VERSION = 3

_ELF_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_IDENTITY = b"\x7fELF\x02\x01\x01" + bytes(9)
_LOAD, _EXECUTABLE, _READABLE = 1, 1, 4
_SHARED_OBJECT = 3


class LinkError(InternalError):
    """The object cannot become a program; the message says which symbol or section and why."""


@dataclass(frozen=True, slots=True)
class Program:
    """A linked program. `symbols` maps each function to its pc (instruction index); `entry` is the entrypoint's.

    `appended` is the address at which the extra read-only bytes were put, or None.
    """

    elf: bytes
    text: bytes
    rodata: bytes
    entry: int
    symbols: dict[str, int]
    appended: int | None = None


@dataclass(slots=True)
class Layout:
    """Where each section of the object goes: section number to offset in the text or the read-only segment."""

    text: dict[int, int] = field(default_factory=dict[int, int])
    rodata: dict[int, int] = field(default_factory=dict[int, int])
    text_bytes: bytearray = field(default_factory=bytearray)
    rodata_bytes: bytearray = field(default_factory=bytearray)


def link(objects: bytes | Sequence[bytes], entry: str = "entrypoint", *, append_rodata: bytes = b"") -> Program:
    """Link one object, or several side by side, to a program whose execution starts at the function `entry`.

    `append_rodata` goes behind the program's own read-only data, for what only readers of the file look for
    (security.txt). Raises LinkError at what SBPF cannot have: writable data, unknown system calls, code addresses.
    """
    try:
        parsed = [elf.parse(content) for content in ([objects] if isinstance(objects, bytes) else objects)]
        source = parsed[0] if len(parsed) == 1 else merge(parsed)
    except ObjectError as error:
        raise LinkError(str(error)) from error
    layout = lay_out(source)
    _relocate(source, layout)
    symbols = _function_symbols(source, layout)
    if entry not in symbols:
        raise LinkError(f"the object does not define the entry function '{entry}'")
    if any(pc * INSTRUCTION_BYTES >= len(layout.text_bytes) for pc in symbols.values()):
        raise LinkError("a function lies outside the code")
    appended = _append(layout.rodata_bytes, append_rodata)
    text, rodata = bytes(layout.text_bytes), bytes(_padded(layout.rodata_bytes, INSTRUCTION_BYTES))
    executable = write_executable(text, rodata, symbols[entry])
    return Program(executable, text, rodata, symbols[entry], symbols, appended)


def lay_out(source: ObjectFile) -> Layout:
    """Place every section that the program keeps, in the object's order."""
    layout = Layout()
    for section in source.sections:
        if not section.allocated or section.size == 0 or section.name in IGNORED_SECTIONS:
            continue
        if section.kind == elf.SECTION_NOBITS or (section.flags & elf.FLAG_WRITE and not _is_rodata(section)):
            raise LinkError(f"section '{section.name}' is writable data: a program has no global state")
        if section.alignment > MAXIMUM_ALIGNMENT:
            raise LinkError(f"section '{section.name}' wants alignment {section.alignment}")
        if section.flags & elf.FLAG_EXECUTE:
            layout.text[section.index] = _place(layout.text_bytes, section, INSTRUCTION_BYTES)
        elif _is_rodata(section):
            layout.rodata[section.index] = _place(layout.rodata_bytes, section, section.alignment)
        else:
            raise LinkError(f"section '{section.name}' has no place in a program")
    return layout


def _is_rodata(section: Section) -> bool:
    return section.name.startswith(RODATA_PREFIXES)


def _place(segment: bytearray, section: Section, alignment: int) -> int:
    if section.flags & elf.FLAG_EXECUTE and section.size % INSTRUCTION_BYTES:
        raise LinkError(f"section '{section.name}' is not a whole number of instructions")
    _padded(segment, alignment)
    start = len(segment)
    segment += section.data
    return start


def _padded(segment: bytearray, alignment: int) -> bytearray:
    segment += bytes(-len(segment) % max(alignment, 1))
    return segment


def _append(segment: bytearray, extra: bytes) -> int | None:
    if not extra:
        return None
    start = len(_padded(segment, INSTRUCTION_BYTES))
    segment += extra
    return RODATA_START + start


def _relocate(source: ObjectFile, layout: Layout) -> None:
    for relocation in source.relocations:
        if relocation.section in layout.text:
            _relocate_text(relocation, layout)
        elif relocation.section in layout.rodata:
            _relocate_rodata(relocation, layout)


def _relocate_text(relocation: Relocation, layout: Layout) -> None:
    place = layout.text[relocation.section] + relocation.offset
    if place + INSTRUCTION_BYTES > len(layout.text_bytes) or place % INSTRUCTION_BYTES:
        raise LinkError(f"a relocation for '{relocation.symbol.name}' points outside the code")
    if relocation.kind == R_BPF_64_64:
        _relocate_wide(layout, place, relocation)
    elif relocation.kind == R_BPF_64_32:
        _relocate_call(layout, place, relocation)
    else:
        raise LinkError(f"relocation type {relocation.kind} in code (symbol '{relocation.symbol.name}')")


def _relocate_wide(layout: Layout, place: int, relocation: Relocation) -> None:
    text = layout.text_bytes
    if text[place] != LDDW or place + 2 * INSTRUCTION_BYTES > len(text):
        raise LinkError(f"address relocation for '{relocation.symbol.name}' is not on an lddw instruction")
    (low,) = struct.unpack_from("<I", text, place + 4)
    (high,) = struct.unpack_from("<I", text, place + 12)
    address = _data_address(relocation, layout, low | high << 32)
    struct.pack_into("<I", text, place + 4, address & 0xFFFF_FFFF)
    struct.pack_into("<I", text, place + 12, address >> 32)


def _relocate_call(layout: Layout, place: int, relocation: Relocation) -> None:
    """The addend counts instructions from the symbol, minus one: -1 is the symbol itself."""
    text, symbol = layout.text_bytes, relocation.symbol
    if text[place] != CALL:
        raise LinkError(f"call relocation for '{symbol.name}' is not on a call instruction")
    destination = text[place + 1] & 0x0F
    if symbol.section == elf.UNDEFINED:
        text[place + 1] = destination
        struct.pack_into("<I", text, place + 4, _syscall_hash(symbol.name))
        return
    if symbol.section not in layout.text:
        raise LinkError(f"call of '{symbol.name}', which is not code")
    (addend,) = struct.unpack_from("<i", text, place + 4)
    start = layout.text[symbol.section] + symbol.value + (addend + 1) * INSTRUCTION_BYTES
    if not 0 <= start < len(text):
        raise LinkError(f"call of '{symbol.name}' leads outside the code")
    text[place + 1] = destination | 1 << 4
    struct.pack_into("<i", text, place + 4, (start - place) // INSTRUCTION_BYTES - 1)


def _syscall_hash(name: str) -> int:
    if name not in HASH_BY_NAME:
        raise LinkError(f"'{name}' is neither defined nor a system call that mainnet runs")
    return HASH_BY_NAME[name]


def _relocate_rodata(relocation: Relocation, layout: Layout) -> None:
    if relocation.kind != R_BPF_64_ABS64:
        raise LinkError(f"relocation type {relocation.kind} in read-only data (symbol '{relocation.symbol.name}')")
    place = layout.rodata[relocation.section] + relocation.offset
    if place + 8 > len(layout.rodata_bytes):
        raise LinkError(f"a relocation for '{relocation.symbol.name}' points outside the read-only data")
    (addend,) = struct.unpack_from("<Q", layout.rodata_bytes, place)
    struct.pack_into("<Q", layout.rodata_bytes, place, _data_address(relocation, layout, addend))


def _data_address(relocation: Relocation, layout: Layout, addend: int) -> int:
    symbol = relocation.symbol
    if symbol.section == elf.UNDEFINED:
        raise LinkError(f"address of '{symbol.name}', which is not defined")
    if symbol.section in layout.text:
        raise LinkError(f"address of function '{symbol.name or 'in .text'}': calls through pointers are not supported")
    if symbol.section not in layout.rodata:
        raise LinkError(f"address of '{symbol.name}', which is not in the program")
    offset = (layout.rodata[symbol.section] + symbol.value + addend) & 0xFFFF_FFFF_FFFF_FFFF
    if offset > len(layout.rodata_bytes):
        raise LinkError(f"address of '{symbol.name}' leads outside the read-only data")
    return RODATA_START + offset


def _function_symbols(source: ObjectFile, layout: Layout) -> dict[str, int]:
    found: dict[str, int] = {}
    for symbol in source.symbols:
        if symbol.kind != elf.SYMBOL_FUNCTION or symbol.section not in layout.text:
            continue
        pc = (layout.text[symbol.section] + symbol.value) // INSTRUCTION_BYTES
        name, copies = symbol.name, 1
        while found.get(name, pc) != pc:  # each of several objects has its own copy of a local function
            copies += 1
            name = f"{symbol.name}.{copies}"
        found[name] = pc
    return dict(sorted(found.items(), key=lambda item: item[1]))


def write_executable(text: bytes, rodata: bytes, entry: int) -> bytes:
    """The file of a program: `rodata` may be empty, `entry` is a pc. Both parts are multiples of 8 bytes."""
    segments = [(_READABLE, RODATA_START, rodata)] if rodata else []
    segments.append((_EXECUTABLE, TEXT_START, text))
    offset = _ELF_HEADER.size + _PROGRAM_HEADER.size * len(segments)
    headers: list[bytes] = []
    for flags, address, body in segments:
        size = len(body)
        headers.append(_PROGRAM_HEADER.pack(_LOAD, flags, offset, address, address, size, size, 0))
        offset += size
    return b"".join((_elf_header(entry, len(segments)), *headers, *(body for _, _, body in segments)))


def _elf_header(entry: int, program_headers: int) -> bytes:
    return _ELF_HEADER.pack(
        _IDENTITY,
        _SHARED_OBJECT,
        elf.MACHINE_BPF,
        1,
        TEXT_START + entry * INSTRUCTION_BYTES,
        _ELF_HEADER.size,
        0,
        SBPF_VERSION,
        _ELF_HEADER.size,
        _PROGRAM_HEADER.size,
        program_headers,
        0,
        0,
        0,
    )
