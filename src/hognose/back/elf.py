"""Reads an ELF64 little-endian BPF relocatable object: sections, symbols, relocations. It judges nothing."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from hognose.errors import InternalError

MACHINE_BPF = 247
TYPE_RELOCATABLE = 1

SECTION_SYMTAB, SECTION_NOBITS, SECTION_RELA, SECTION_REL = 2, 8, 4, 9
FLAG_WRITE, FLAG_ALLOCATE, FLAG_EXECUTE = 1, 2, 4

UNDEFINED = 0
SYMBOL_FUNCTION, SYMBOL_SECTION = 2, 3

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_REL = struct.Struct("<QQ")


class ObjectError(InternalError):
    """The bytes are not an object file that this reader understands."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section; `data` is empty where the file holds none of it."""

    index: int
    name: str
    kind: int
    flags: int
    size: int
    alignment: int
    link: int
    info: int
    data: bytes

    @property
    def allocated(self) -> bool:
        """Whether the running program would see it."""
        return bool(self.flags & FLAG_ALLOCATE)


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol: `value` is an offset in section `section`, which is 0 for an undefined one."""

    name: str
    kind: int
    section: int
    value: int
    size: int


@dataclass(frozen=True, slots=True)
class Relocation:
    """`offset` is in section `section`; REL form, so the addend stands in the relocated place."""

    section: int
    offset: int
    kind: int
    symbol: Symbol


@dataclass(frozen=True, slots=True)
class ObjectFile:
    """A parsed object; `sections` is indexed by section number."""

    sections: list[Section]
    symbols: list[Symbol]
    relocations: list[Relocation]

    def section(self, name: str) -> Section | None:
        """The first section of that name."""
        return next((section for section in self.sections if section.name == name), None)

    def relocations_of(self, section: Section) -> list[Relocation]:
        """The relocations that apply to a section, in file order."""
        return [relocation for relocation in self.relocations if relocation.section == section.index]


def parse(data: bytes) -> ObjectFile:
    """Read an object. Raises ObjectError at anything cut short, of another machine or out of bounds."""
    try:
        sections = _read_sections(data)
        symbols = _read_symbols(sections)
        return ObjectFile(sections, symbols, _read_relocations(sections, symbols))
    except (struct.error, IndexError, OverflowError, UnicodeDecodeError) as error:
        raise ObjectError(f"damaged object file: {error}") from error


def _read_sections(data: bytes) -> list[Section]:
    header = _HEADER.unpack_from(data)
    identity, file_type, machine = header[0], header[1], header[2]
    if identity[:6] != b"\x7fELF\x02\x01":
        raise ObjectError("not a 64-bit little-endian ELF file")
    if machine != MACHINE_BPF:
        raise ObjectError(f"machine {machine} is not BPF ({MACHINE_BPF})")
    if file_type != TYPE_RELOCATABLE:
        raise ObjectError(f"file type {file_type} is not a relocatable object ({TYPE_RELOCATABLE})")
    table, count, names_index = header[6], header[12], header[13]
    if names_index >= count:
        raise ObjectError(f"section name table {names_index} does not exist")
    raw = [_SECTION.unpack_from(data, table + number * _SECTION.size) for number in range(count)]
    names = _bytes_of(data, raw[names_index])
    return [_section(number, fields, names, data) for number, fields in enumerate(raw)]


def _section(number: int, fields: tuple[int, ...], names: bytes, data: bytes) -> Section:
    name, kind, flags, _, _, size, link, info, alignment, _ = fields
    return Section(number, _string(names, name), kind, flags, size, alignment, link, info, _bytes_of(data, fields))


def _bytes_of(data: bytes, fields: tuple[int, ...]) -> bytes:
    kind, offset, size = fields[1], fields[4], fields[5]
    if kind in (0, SECTION_NOBITS):
        return b""
    if offset + size > len(data):
        raise ObjectError("damaged object file: a section reaches beyond the end of the file")
    return data[offset : offset + size]


def _string(table: bytes, start: int) -> str:
    end = table.find(b"\0", start)
    if start >= len(table) or end < 0:
        raise ObjectError(f"damaged object file: no string at {start}")
    return table[start:end].decode()


def _read_symbols(sections: list[Section]) -> list[Symbol]:
    table = next((section for section in sections if section.kind == SECTION_SYMTAB), None)
    if table is None:
        return []
    names = sections[table.link].data
    symbols: list[Symbol] = []
    for name, info, _, section, value, size in _SYMBOL.iter_unpack(table.data):
        symbols.append(Symbol(_string(names, name), info & 15, section, value, size))
    return symbols


def _read_relocations(sections: list[Section], symbols: list[Symbol]) -> list[Relocation]:
    found: list[Relocation] = []
    for table in sections:
        if table.kind == SECTION_RELA:
            raise ObjectError(f"{table.name}: relocations with addends are not what LLVM writes for BPF")
        if table.kind != SECTION_REL:
            continue
        for offset, info in _REL.iter_unpack(table.data):
            found.append(Relocation(table.info, offset, info & 0xFFFF_FFFF, symbols[info >> 32]))
    return found
