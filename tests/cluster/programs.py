"""Programs to deploy: this version's, the same with more read-only data, and one that can do next to nothing."""

from dataclasses import replace
from functools import cache

from hognose.build import build
from quatrain.cluster.builds import compile_program
from quatrain.program.entrypoint import PROGRAM


@cache
def current() -> bytes:
    """This version's program."""
    return compile_program().elf


@cache
def larger() -> bytes:
    """This version's program with 20,000 bytes more in its contact block."""
    assert PROGRAM.security is not None
    return build(
        replace(PROGRAM, security=replace(PROGRAM.security, source_code="https://example.com/" + "a" * 20_000))
    ).elf


@cache
def founding_only() -> bytes:
    """A program that knows the first instruction alone: what answers to a trade tells which program runs."""
    return build(replace(PROGRAM, instructions=PROGRAM.instructions[:1])).elf
