"""Several BPF objects as one: sections side by side, equal read-only constants once, functions found across objects."""

from __future__ import annotations

from dataclasses import replace

from hognose.back import elf
from hognose.back.elf import ObjectError, ObjectFile, Relocation, Section, Symbol

SHARED_PREFIX = ".rodata.shared."
"""Sections named so, by their content's digest, are kept once."""


def merge(objects: list[ObjectFile]) -> ObjectFile:
    """One object with the allocated sections of all, in order. ObjectError where a function is defined nowhere twice."""
    sections: list[Section] = [_nothing()]
    symbols: list[Symbol] = []
    relocations: list[Relocation] = []
    shared: dict[str, int] = {}
    functions = _global_functions(objects)
    placed = [_place(source, sections, shared) for source in objects]
    homes = {name: (placed[number][symbol.section], symbol.value) for name, (number, symbol) in functions.items()}
    for source, numbers in zip(objects, placed, strict=True):
        moved = {id(symbol): _moved(symbol, numbers, homes) for symbol in source.symbols}
        symbols.extend(moved.values())
        for relocation in source.relocations:
            if relocation.section in numbers:
                section, symbol = numbers[relocation.section], moved[id(relocation.symbol)]
                relocations.append(Relocation(section, relocation.offset, relocation.kind, symbol))
    return ObjectFile(sections, symbols, relocations)


def _nothing() -> Section:
    return Section(0, "", 0, 0, 0, 0, 0, 0, b"")


def _place(source: ObjectFile, sections: list[Section], shared: dict[str, int]) -> dict[int, int]:
    numbers: dict[int, int] = {}
    for section in source.sections:
        if not section.allocated:
            continue
        if section.name in shared:
            numbers[section.index] = shared[section.name]
            continue
        numbers[section.index] = len(sections)
        if section.name.startswith(SHARED_PREFIX):
            shared[section.name] = len(sections)
        sections.append(replace(section, index=len(sections)))
    return numbers


def _global_functions(objects: list[ObjectFile]) -> dict[str, tuple[int, Symbol]]:
    wanted = {s.name for source in objects for s in source.symbols if s.section == elf.UNDEFINED and s.name}
    found: dict[str, tuple[int, Symbol]] = {}
    for number, source in enumerate(objects):
        for symbol in source.symbols:
            if symbol.kind != elf.SYMBOL_FUNCTION or symbol.section == elf.UNDEFINED or symbol.name not in wanted:
                continue
            if symbol.name in found:
                raise ObjectError(f"two objects define '{symbol.name}'")
            found[symbol.name] = number, symbol
    return found


def _moved(symbol: Symbol, numbers: dict[int, int], homes: dict[str, tuple[int, int]]) -> Symbol:
    if symbol.section == elf.UNDEFINED and symbol.name in homes:
        section, value = homes[symbol.name]
        return replace(symbol, section=section, value=value)
    return replace(symbol, section=numbers.get(symbol.section, symbol.section and -1))
