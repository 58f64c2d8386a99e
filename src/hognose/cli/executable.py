"""A target's built program, opened for the tools that look inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hognose.cli import target

if TYPE_CHECKING:
    from hognose.back.linemap import LineMap
    from hognose.back.linker import Program


def open_executable(name: str) -> tuple[Program, LineMap]:
    """Build the target, or take it from the cache; the linked program and its line map."""
    from hognose.back.linemap import read_linemap
    from hognose.build import build

    built = build(target.load_program(name))
    return built.executable, read_linemap(built.objects)
