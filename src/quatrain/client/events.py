"""Events out of a transaction's logs.

A program logs an event as `Program data: <base64>`, discriminator first. Any program can log such a line, so the
reader follows the `invoke`, `success` and `failed` lines and only believes lines that our program wrote. The runtime
cuts long logs off; then `Decoded.truncated` says that events may be missing.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from attrs import frozen

from hognose.lang import Program
from hognose.lang.declare import DISCRIMINATOR_SIZE
from hognose.lang.layout import LayoutError, decode

_INVOKE: Final = re.compile(r"Program (?P<program>\w+) invoke \[\d+\]")
_RETURN: Final = re.compile(r"Program (?P<program>\w+) (?:success|failed: .*)")
_DATA: Final = "Program data: "
_TRUNCATED: Final = "Log truncated"


@frozen
class Decoded:
    """The events of one transaction, in order."""

    events: tuple[Any, ...]
    truncated: bool = False


def lines_by_program(logs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every log line with the program that wrote it ('' outside of any)."""
    stack: list[str] = []
    for line in logs:
        if match := _INVOKE.fullmatch(line):
            stack.append(match["program"])
        current = stack[-1] if stack else ""
        yield current, line
        if _RETURN.fullmatch(line) and stack:
            stack.pop()


def decode_event(program: Program, data: bytes) -> Any | None:
    """The event that these bytes are, or None when they are none of the program's."""
    for cls in program.events:
        if data.startswith(cls.__discriminator__):
            try:
                return decode(cls.__layout__, data[DISCRIMINATOR_SIZE:])
            except LayoutError:
                return None
    return None


def decode_events(program: Program, logs: Iterable[str], *, address: str = "") -> Decoded:
    """All events that `program` logged; `address` when it is deployed elsewhere than declared."""
    ours = address or str(program.address)
    found: list[Any] = []
    truncated = False
    for writer, line in lines_by_program(logs):
        if line == _TRUNCATED:
            truncated = True
        elif writer == ours and line.startswith(_DATA):
            event = _decode_line(program, line)
            if event is not None:
                found.append(event)
    return Decoded(tuple(found), truncated)


def _decode_line(program: Program, line: str) -> Any | None:
    try:
        data = b"".join(base64.b64decode(part, validate=True) for part in line[len(_DATA) :].split(" "))
    except ValueError:
        return None
    return decode_event(program, data)


__all__ = ["Decoded", "decode_event", "decode_events", "lines_by_program"]
