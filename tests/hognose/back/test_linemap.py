"""Source lines of a compiled program, and the disassembly that shows them."""

from __future__ import annotations

import pytest

from hognose.back.linemap import LineMap, Location, read_linemap
from hognose.back.linker import link
from hognose.testing.vm import run, serialize_input
from hognose.tools.disassemble import disassemble
from tests.hognose.back.asm import assemble
from tests.hognose.back.modules import SOURCE, SOURCE_FILE, TABLES, compiled, with_lines

DWARF_VERSIONS = (4, 5)


@pytest.mark.parametrize("version", DWARF_VERSIONS)
def test_lines_of_two_functions(version: int) -> None:
    """Each instruction has the line and column that the IR gave it."""
    lines = read_linemap(compiled(with_lines(version)).object)
    program = link(compiled(with_lines(version)).object)
    seen = {pc: lines.at(pc) for pc in range(len(program.text) // 8)}
    assert all(place is not None and place.file.endswith(SOURCE_FILE) for place in seen.values())
    by_line = {place.line: place for place in seen.values() if place}
    assert set(by_line) == {1, 2, 3, 6, 7, 8}
    assert (by_line[2].column, by_line[3].column, by_line[8].column) == (15, 12, 12)
    assert {place.line for pc, place in seen.items() if place and pc < program.symbols["entrypoint"]} == {1, 2, 3}


def test_both_versions_agree() -> None:
    """The version of the debug information does not matter."""
    old, new = (read_linemap(compiled(with_lines(version)).object) for version in DWARF_VERSIONS)
    assert old.pcs == new.pcs
    assert [place and (place.line, place.column) for place in old.locations] == [
        place and (place.line, place.column) for place in new.locations
    ]


def test_debug_information_changes_no_code() -> None:
    """The program with lines is the program without."""
    assert link(compiled(with_lines(None)).object).elf == link(compiled(with_lines()).object).elf


def test_no_debug_information() -> None:
    """An object without a line table has an empty map."""
    lines = read_linemap(compiled(TABLES).object)
    assert (lines.pcs, lines.locations) == ([], [])
    assert lines.at(0) is None


def test_places_between_rows() -> None:
    """A row holds until the next one; before the first and after the last nothing is known."""
    first, second = Location("a.py", 1, 0), Location("a.py", 2, 3)
    lines = LineMap([2, 5, 9], [first, second, None])
    assert [lines.at(pc) for pc in (0, 2, 4, 5, 8, 9, 100)] == [None, first, first, second, second, None, None]


def test_units_by_source_line() -> None:
    """Counts of the interpreter and the line map together give the cost of every source line."""
    made = compiled(with_lines())
    program, lines = link(made.object), read_linemap(made.object)
    data = (9).to_bytes(8, "little") + (5).to_bytes(8, "little")
    result = run(program, serialize_input(bytes(32), [], data))
    assert result.r0 == (9 * 9 + 5) // 10
    spent: dict[int, int] = {}
    for pc, units in enumerate(result.units):
        place = lines.at(pc)
        if place:
            spent[place.line] = spent.get(place.line, 0) + units
    assert sum(spent.values()) == result.compute_units
    assert spent[2] == 1


GOLDEN = """\
square_plus:
  ; quotes.py:1  def square_plus(a, b):
      0  mov64 r0, r1
  ; quotes.py:2  product = a * a
      1  mul64 r0, r0
  ; quotes.py:3  return product + b
      2  add64 r0, r2
      3  exit

entrypoint:
  ; quotes.py:7  b = data[1]
      4  ldxdw r3, [r2+8]
  ; quotes.py:6  a = data[0]
      5  ldxdw r6, [r2+0]
  ; quotes.py:8  return square_plus(a, b) // (a + 1)
      6  mov64 r1, r6
      7  mov64 r2, r3
      8  call square_plus
      9  add64 r6, 1
     10  div64 r0, r6
     11  exit
"""


def test_disassembly_with_source() -> None:
    """Functions, calls by name, and each source line before its first instruction."""
    made = compiled(with_lines(5))
    text = disassemble(link(made.object), read_linemap(made.object), lambda _, line: SOURCE[line - 1])
    assert text == GOLDEN


def test_disassembly_of_data_and_labels() -> None:
    """Jump targets get labels, system calls names, constants and text a comment."""
    program = assemble(
        """
        entrypoint:
            lddw r1, 0
            mov64 r2, 5
            call sol_log_
            lddw r3, 0x123456789abc
            jeq32 r2, 5, .done
            stb [r10-1], 7
            stxdw [r10-16], r3
            be64 r3
            neg64 r3
            call 0x12345678
            call twice
        .done:
            exit
        twice:
            lsh64 r1, 1
            exit
        """,
        b"price\0",
    )
    assert disassemble(program).splitlines() == [
        "entrypoint:",
        "      0  lddw r1, 0x0                       ; rodata 'price'",
        "      2  mov64 r2, 5",
        "      3  call sol_log_",
        "      4  lddw r3, 0x123456789abc            ; 20015998343868",
        "      6  jeq32 r2, 5, L13",
        "      7  stb [r10-1], 7",
        "      8  stxdw [r10-16], r3",
        "      9  be64 r3",
        "     10  neg64 r3",
        "     11  call 0x12345678",
        "     12  call twice",
        "L13:",
        "     13  exit",
        "",
        "twice:",
        "     14  lsh64 r1, 1",
        "     15  exit",
        "",
        "rodata: 8 bytes",
        "      0x0  70 72 69 63 65 00 00 00                          price...",
    ]
