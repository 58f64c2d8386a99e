"""How wide a number is that a function in CPython hashes: there it is an `int`, and only the source says which.

The compiler's front end types the program; the place of a call finds its arguments' types.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import CodeType, FrameType
from typing import Any

from hognose.front.main import type_program
from hognose.front.scope import relative_path
from hognose.ir.effects import walk
from hognose.ir.nodes import AnyType, Sha256
from hognose.lang.declare import Program
from hognose.lang.layout import encode
from hognose.lang.types import Array, IntegerType, Pubkey, StructType


def packed(program: Program, parts: Sequence[Any], caller: FrameType) -> bytes:
    """The bytes of the parts of a `sha256` that stands where the caller is."""
    return b"".join(_packed(program, parts, index, caller) for index in range(len(parts)))


def _packed(program: Program, parts: Sequence[Any], index: int, caller: FrameType) -> bytes:
    part = parts[index]
    layout: object = getattr(part, "__layout__", None)
    match part:
        case Pubkey():
            return bytes(part)
        case Array():
            return encode(part.type, part)
        case bool():
            return bytes([part])
        case _ if isinstance(layout, StructType):
            return encode(layout, part)
        case _:
            return encode(_integer(program, caller, index), part)


def _integer(program: Program, caller: FrameType, index: int) -> IntegerType:
    """The type of a part that is a number. Functions with parameters of any type have one of it, or are ambiguous."""
    line, column = _position(caller.f_code, caller.f_lasti)
    place = relative_path(caller.f_code.co_filename), line, column
    found = {kinds[index] for kinds in hashed_types(program).get(place, [])}
    numbers = [kind for kind in found if isinstance(kind, IntegerType)]
    if len(numbers) != 1:
        raise TypeError(f"{place[0]}:{line}:{column + 1}: part {index} of sha256 is a number of unknown width")
    return numbers[0]


@cache
def _position(code: CodeType, instruction: int) -> tuple[int, int]:
    line, _, column, _ = list(code.co_positions())[instruction // 2]
    return line or 0, column or 0


@cache
def hashed_types(program: Program) -> dict[tuple[str, int, int], list[list[AnyType]]]:
    """The types of what each `sha256` of the program hashes, by its place; one list for each instance of its function."""
    found: dict[tuple[str, int, int], list[list[AnyType]]] = {}
    for function in type_program(program).functions:
        for node in walk(function.body):
            if isinstance(node, Sha256):
                place = node.at.path, node.at.line, node.at.column
                found.setdefault(place, []).append([part.type for part in node.parts])
    return found


__all__ = ["hashed_types", "packed"]
