"""The linker: the file it writes, every relocation, and what it refuses."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hognose.back import elf
from hognose.back.elf import ObjectError
from hognose.back.isa import CALL, decode
from hognose.back.linemap import LineTableError, read_linemap
from hognose.back.linker import LinkError, Program, link
from hognose.back.syscalls import HASH_BY_NAME
from tests.hognose.back.chain import FEATURE_SETS, agree, execute
from tests.hognose.back.modules import TABLES, compiled, with_lines

NUMBERS = [10, 11, 12, 13, 14, 15, 16, 17]


@pytest.fixture(scope="module")
def tables() -> Program:
    """The program of `TABLES`."""
    return link(compiled(TABLES).object)


def test_file_layout(tables: Program) -> None:
    """Header, two program headers, read-only data at 0, code at 1 << 32, and not a byte more."""
    identity, kind, machine, _, entry, headers, sections, flags = struct.unpack_from("<16sHHIQQQI", tables.elf)
    assert identity == b"\x7fELF\x02\x01\x01" + bytes(9)
    assert (kind, machine, headers, sections, flags) == (3, 247, 64, 0, 3)
    assert entry == (1 << 32) + 8 * tables.entry
    read_only, code = (struct.unpack_from("<IIQQQQQQ", tables.elf, 64 + 56 * number) for number in range(2))
    assert read_only[:7] == (1, 4, 176, 0, 0, len(tables.rodata), len(tables.rodata))
    start = 176 + len(tables.rodata)
    assert code[:7] == (1, 1, start, 1 << 32, 1 << 32, len(tables.text), len(tables.text))
    assert tables.elf[176:] == tables.rodata + tables.text
    assert len(tables.rodata) % 8 == 0


@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize("index", range(8))
def test_relocations(index: int, features: str, tables: Program) -> None:
    """Tables, strings at nonzero offsets, pointers in read-only data, calls and system calls all lead to the right place."""
    result = agree(tables, data=index.to_bytes(8, "little"), features=features)
    followed = int.from_bytes(b"hognose!", "little") if index % 2 == 0 else NUMBERS[3]
    expected = (NUMBERS[index] ^ followed) & 0xFFFF_FFFF
    assert result.error == (f"Custom({expected})" if expected else None)
    assert "Program log: hognose!" in result.logs


def test_without_read_only_data() -> None:
    """The first program header is left out where there is nothing to read."""
    program = link(compiled("define i64 @entrypoint() nounwind { ret i64 7 }").object)
    assert program.rodata == b""
    assert struct.unpack_from("<H", program.elf, 56) == (1,)
    assert execute(program).error == "Custom(7)"


def test_symbols_and_dropped_functions(tables: Program) -> None:
    """Every kept function has its pc; internal functions that nobody calls are gone."""
    assert set(tables.symbols) == {"pick", "follow", "entrypoint"}
    assert tables.symbols["entrypoint"] == tables.entry
    assert list(tables.symbols.values()) == sorted(tables.symbols.values())


def test_appended_bytes(tables: Program) -> None:
    """Extra read-only bytes go behind the program's own, at a known address, and change nothing else."""
    extra = b"=======BEGIN SECURITY.TXT V1=======\0name\0Quatrain\0"
    program = link(compiled(TABLES).object, append_rodata=extra)
    assert program.appended is not None
    assert program.rodata[program.appended :].startswith(extra)
    assert extra in program.elf
    assert program.text == tables.text
    assert agree(program, data=bytes(8)).error is not None


def test_linking_is_deterministic(tables: Program) -> None:
    """The same object links to the same bytes."""
    assert link(compiled(TABLES).object).elf == tables.elf


def test_syscalls_are_hashes(tables: Program) -> None:
    """A system call has source 0 and its hash, an own function source 1 and a distance."""
    calls = [(pc, slot) for pc, slot in enumerate(decode(tables.text)) if slot.opcode == CALL]
    system = [slot.immediate & 0xFFFF_FFFF for _, slot in calls if slot.source == 0]
    own = {pc + 1 + slot.immediate for pc, slot in calls if slot.source == 1}
    assert system == [HASH_BY_NAME["sol_log_"]]
    assert own == {tables.symbols["pick"], tables.symbols["follow"]}


def test_another_entry() -> None:
    """The entry function may have another name, and must exist."""
    source = "define i64 @other() nounwind { ret i64 3 }"
    assert execute(link(compiled(source).object, "other")).error == "Custom(3)"
    with pytest.raises(LinkError, match="'entrypoint'"):
        link(compiled(source).object)


def test_sections_apart() -> None:
    """Functions in text sections of their own call each other and are all linked."""
    source = """
    define i64 @far(ptr %data) noinline nounwind section ".text.far" {
      %x = load i64, ptr %data
      ret i64 %x
    }
    define i64 @entrypoint(ptr %input, ptr %data) nounwind {
      %x = call i64 @far(ptr %data)
      %y = add i64 %x, 1
      ret i64 %y
    }
    """
    program = link(compiled(source).object)
    assert agree(program, data=(41).to_bytes(8, "little")).error == "Custom(42)"
    assert set(program.symbols) == {"far", "entrypoint"}


REFUSED = {
    "unknown system call": (
        (
            "declare i64 @sol_blake3(ptr)\ndefine i64 @entrypoint(ptr %a) nounwind"
            " { %x = call i64 @sol_blake3(ptr %a)\n ret i64 %x }"
        ),
        "'sol_blake3' is neither defined nor a system call",
    ),
    "zeroed data": (
        (
            "@count = global i64 0\ndefine i64 @entrypoint() nounwind"
            " { %x = load i64, ptr @count\n store i64 %x, ptr @count\n ret i64 %x }"
        ),
        r"'\.bss' is writable data",
    ),
    "initialised data": (
        (
            "@count = global i64 5\ndefine i64 @entrypoint() nounwind"
            " { %x = load i64, ptr @count\n store i64 %x, ptr @count\n ret i64 %x }"
        ),
        r"'\.data' is writable data",
    ),
    "function pointer": (
        (
            "declare i64 @sol_log_(ptr, i64)\ndefine i64 @entrypoint(ptr %a) nounwind"
            " { %x = call i64 @sol_log_(ptr @entrypoint, i64 8)\n ret i64 %x }"
        ),
        "calls through pointers",
    ),
    "undefined data": (
        (
            "@elsewhere = external constant i64\ndefine i64 @entrypoint() nounwind"
            " { %x = load i64, ptr @elsewhere\n ret i64 %x }"
        ),
        "address of 'elsewhere', which is not defined",
    ),
    "strange section": (
        '@map = constant i64 5, section "maps"\ndefine i64 @entrypoint() nounwind { ret i64 0 }',
        "'maps' has no place",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    """What a program cannot have is refused by name."""
    source, words = REFUSED[name]
    with pytest.raises(LinkError, match=words):
        link(compiled(source).object)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: b"", "damaged|not a 64-bit"),
        (lambda data: data[:40], "damaged"),
        (lambda data: b"\x7fELG" + data[4:], "not a 64-bit"),
        (lambda data: data[:5] + b"\x02" + data[6:], "not a 64-bit little-endian"),
        (lambda data: data[:18] + b"\x3e\0" + data[20:], "machine 62"),
        (lambda data: data[:16] + b"\x02\0" + data[18:], "file type 2"),
        (lambda data: data[:62] + b"\xff\xff" + data[64:], "name table"),
        (lambda data: data[:-8], "damaged|beyond"),
    ],
)
def test_malformed_objects(change, words: str) -> None:
    """Bytes that are not a BPF object are refused with a reason."""
    with pytest.raises(LinkError, match=words):
        link(change(compiled(TABLES).object))


def _relocation_kind(kind: int, section: str) -> bytes:
    """The object of `TABLES` with every relocation of a section turned into another type."""
    data = bytearray(compiled(TABLES).object)
    source = elf.parse(bytes(data))
    table = source.section(f".rel{section}")
    assert table is not None
    start = bytes(data).index(table.data)
    for position in range(start, start + len(table.data), 16):
        struct.pack_into("<I", data, position + 8, kind)
    return bytes(data)


@pytest.mark.parametrize(
    ("kind", "section", "words"),
    [
        (3, ".text", "relocation type 3 in code"),
        (10, ".text", "not on a call instruction|not on a call"),
        (1, ".text", "not on an lddw"),
        (1, ".data.rel.ro", "relocation type 1 in read-only data"),
    ],
)
def test_wrong_relocations(kind: int, section: str, words: str) -> None:
    """A relocation of a wrong type, or on the wrong instruction, is refused."""
    with pytest.raises(LinkError, match=words):
        link(_relocation_kind(kind, section))


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_objects_never_surprise(data: st.DataObject) -> None:
    """Whatever bytes are damaged, linker and line table answer or refuse; they raise nothing else."""
    damaged = bytearray(compiled(data.draw(st.sampled_from([TABLES, with_lines(4), with_lines(5)]))).object)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    for read in (link, read_linemap):
        try:
            read(bytes(damaged))
        except (LinkError, ObjectError, LineTableError):
            continue
