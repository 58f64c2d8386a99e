"""From a pc to the source: reads the DWARF line table (versions 4 and 5) that LLVM writes into the object.

Only what LLVM emits for BPF is read: one sequence per function or section, `DW_LNE_set_address` relocated against
the section it is in. The object's text sections are placed as the linker places them.
"""

from __future__ import annotations

import bisect
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hognose.back import elf
from hognose.back.elf import ObjectFile, Section
from hognose.back.isa import INSTRUCTION_BYTES
from hognose.back.linker import lay_out
from hognose.errors import InternalError

_COPY, _ADVANCE_PC, _ADVANCE_LINE, _SET_FILE, _SET_COLUMN = 1, 2, 3, 4, 5
_CONST_ADD_PC, _FIXED_ADVANCE_PC = 8, 9
_END_SEQUENCE, _SET_ADDRESS = 1, 2
_CONTENT_PATH, _CONTENT_DIRECTORY = 1, 2
_FORM_DATA2, _FORM_DATA4, _FORM_STRING, _FORM_DATA1 = 0x05, 0x06, 0x08, 0x0B
_FORM_UDATA, _FORM_DATA16, _FORM_LINE_STRP = 0x0F, 0x1E, 0x1F


class LineTableError(InternalError):
    """The line table is not one that LLVM writes for BPF."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a source file; lines and columns count from 1, column 0 is unknown."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class LineMap:
    """`pcs[i]` is where `locations[i]` begins to hold; None marks the end of a known stretch."""

    pcs: list[int]
    locations: list[Location | None]

    def at(self, pc: int) -> Location | None:
        """The innermost source place of an instruction, or None where the compiler recorded none."""
        index = bisect.bisect_right(self.pcs, pc) - 1
        return self.locations[index] if index >= 0 else None


@dataclass(frozen=True, slots=True)
class _Row:
    address: int
    file: int
    line: int
    column: int
    end: bool = False


class _Reader:
    """A cursor over the relocated line section."""

    def __init__(self, data: bytes, position: int, end: int) -> None:
        self.data, self.position, self.end = data, position, end

    def unsigned(self, size: int) -> int:
        start = self.position
        self.position += size
        if self.position > self.end:
            raise LineTableError("line table cut short")
        return int.from_bytes(self.data[start : self.position], "little")

    def uleb(self) -> int:
        value = shift = 0
        while True:
            byte = self.unsigned(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def sleb(self) -> int:
        start = self.position
        value = self.uleb()
        width = 7 * (self.position - start)
        return value - (value >> width - 1 << width)

    def string(self) -> str:
        finish = self.data.index(b"\0", self.position, self.end)
        text = self.data[self.position : finish].decode()
        self.position = finish + 1
        return text


@dataclass(frozen=True, slots=True)
class _Header:
    version: int
    minimum_length: int
    line_base: int
    line_range: int
    opcode_lengths: list[int]
    files: list[str]


def read_linemap(objects: bytes | Sequence[bytes]) -> LineMap:
    """The line map of an object, or of several, in the pcs of the program linked from them.

    Empty without debug information.
    """
    entries: dict[int, Location | None] = {}
    first = 0
    for content in [objects] if isinstance(objects, bytes) else objects:
        source = elf.parse(content)
        layout = lay_out(source)
        for pc, location in _entries(source, layout.text).items():
            if location is not None or first + pc not in entries:
                entries[first + pc] = location
        first += len(layout.text_bytes) // INSTRUCTION_BYTES
    ordered = sorted(entries)
    return LineMap(ordered, [entries[pc] for pc in ordered])


def _entries(source: ObjectFile, text: dict[int, int]) -> dict[int, Location | None]:
    section = source.section(".debug_line")
    if section is None:
        return {}
    strings = source.section(".debug_line_str")
    try:
        return _collect(_relocated(source, section, text), strings.data if strings else b"")
    except (IndexError, KeyError, OverflowError, ValueError, ZeroDivisionError) as error:
        raise LineTableError(f"damaged line table: {error}") from error


def _collect(data: bytes, strings: bytes) -> dict[int, Location | None]:
    entries: dict[int, Location | None] = {}
    for header, row in _rows(data, strings):
        pc = row.address // INSTRUCTION_BYTES
        if row.end:
            entries.setdefault(pc, None)
        else:
            entries[pc] = Location(header.files[row.file], row.line, row.column) if row.line else None
    return entries


def _relocated(source: ObjectFile, section: Section, text: dict[int, int]) -> bytes:
    """Addresses become offsets in the linked text; offsets into .debug_line_str stay what they are."""
    data = bytearray(section.data)
    for relocation in source.relocations_of(section):
        size = 8 if relocation.kind == 2 else 4
        place = slice(relocation.offset, relocation.offset + size)
        base = text.get(relocation.symbol.section, 0) + relocation.symbol.value
        data[place] = (int.from_bytes(data[place], "little") + base).to_bytes(size, "little")
    return bytes(data)


def _rows(data: bytes, strings: bytes) -> Iterator[tuple[_Header, _Row]]:
    position = 0
    while position < len(data):
        length = int.from_bytes(data[position : position + 4], "little")
        if position + 4 + length > len(data):
            raise LineTableError("line table cut short")
        reader = _Reader(data, position + 4, position + 4 + length)
        header = _read_header(reader, strings)
        for row in _run(reader, header):
            yield header, row
        position = reader.end


def _read_header(reader: _Reader, strings: bytes) -> _Header:
    version = reader.unsigned(2)
    if version not in (4, 5):
        raise LineTableError(f"DWARF line table version {version}")
    if version == 5:
        reader.unsigned(2)  # address and segment selector size
    program = reader.unsigned(4) + reader.position
    minimum_length = reader.unsigned(1)
    reader.unsigned(2)  # operations per instruction, default is_stmt
    line_base = (reader.unsigned(1) ^ 0x80) - 0x80
    line_range, opcode_base = reader.unsigned(1), reader.unsigned(1)
    lengths = [0, *(reader.unsigned(1) for _ in range(opcode_base - 1))]
    files = _files_5(reader, strings) if version == 5 else _files_4(reader)
    reader.position = program
    return _Header(version, minimum_length, line_base, line_range, lengths, files)


def _files_4(reader: _Reader) -> list[str]:
    directories = [""]
    while name := reader.string():
        directories.append(name)
    files = [""]
    while name := reader.string():
        directory = reader.uleb()
        reader.uleb()  # time
        reader.uleb()  # size
        files.append(posixpath.join(directories[directory], name))
    return files


def _files_5(reader: _Reader, strings: bytes) -> list[str]:
    directories = [entry[_CONTENT_PATH] for entry in _entries_5(reader, strings)]
    files: list[str] = []
    for entry in _entries_5(reader, strings):
        index = int(entry.get(_CONTENT_DIRECTORY, "0"))
        base = str(directories[index]) if index else ""
        files.append(posixpath.join(base, entry[_CONTENT_PATH]))
    return files


def _entries_5(reader: _Reader, strings: bytes) -> list[dict[int, str]]:
    formats = [(reader.uleb(), reader.uleb()) for _ in range(reader.unsigned(1))]
    count = reader.uleb()
    if count > reader.end:
        raise LineTableError("more files than bytes")
    return [{content: _form(reader, form, strings) for content, form in formats} for _ in range(count)]


def _form(reader: _Reader, form: int, strings: bytes) -> str:
    if form == _FORM_LINE_STRP:
        start = reader.unsigned(4)
        return strings[start : strings.index(b"\0", start)].decode()
    if form == _FORM_STRING:
        return reader.string()
    if form == _FORM_UDATA:
        return str(reader.uleb())
    sizes = {_FORM_DATA1: 1, _FORM_DATA2: 2, _FORM_DATA4: 4, _FORM_DATA16: 16}
    if form not in sizes:
        raise LineTableError(f"DWARF form {form:#x} in a line table")
    return str(reader.unsigned(sizes[form]))


_START = _Row(0, 1, 1, 0)


def _run(reader: _Reader, header: _Header) -> Iterator[_Row]:
    """The line program of DWARF 5 section 6.2.5."""
    row, opcode_base = _START, len(header.opcode_lengths)
    while reader.position < reader.end:
        opcode = reader.unsigned(1)
        if opcode >= opcode_base:
            row = _special(row, header, opcode - opcode_base)
            yield row
        elif opcode == 0:
            row, ended = _extended(reader, row)
            if ended:
                yield replace(row, end=True)
                row = _START
        elif opcode == _COPY:
            yield row
        else:
            row = _standard(reader, row, header, opcode)


def _special(row: _Row, header: _Header, adjusted: int) -> _Row:
    address = row.address + adjusted // header.line_range * header.minimum_length
    return replace(row, address=address, line=row.line + header.line_base + adjusted % header.line_range)


def _extended(reader: _Reader, row: _Row) -> tuple[_Row, bool]:
    length = reader.uleb()
    following = reader.position + length
    operation = reader.unsigned(1)
    if operation == _SET_ADDRESS:
        row = replace(row, address=reader.unsigned(length - 1))
    reader.position = following
    return row, operation == _END_SEQUENCE


def _standard(reader: _Reader, row: _Row, header: _Header, opcode: int) -> _Row:
    if opcode == _ADVANCE_PC:
        return replace(row, address=row.address + reader.uleb() * header.minimum_length)
    if opcode == _ADVANCE_LINE:
        return replace(row, line=row.line + reader.sleb())
    if opcode == _SET_FILE:
        return replace(row, file=reader.uleb())
    if opcode == _SET_COLUMN:
        return replace(row, column=reader.uleb())
    if opcode == _CONST_ADD_PC:
        adjusted = (255 - len(header.opcode_lengths)) // header.line_range
        return replace(row, address=row.address + adjusted * header.minimum_length)
    if opcode == _FIXED_ADVANCE_PC:
        return replace(row, address=row.address + reader.unsigned(2))
    for _ in range(header.opcode_lengths[opcode]):
        reader.uleb()
    return row
