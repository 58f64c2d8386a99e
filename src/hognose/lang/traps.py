"""Aborts: what stops compiled code, and how an on-chain code names the place.

A trap's code is `TRAP_BASE | kind << 20 | site`: the kind is stable, the site indexes the build's map (file, line,
column). Program errors (`ErrorCode`) start at 6000 and account checks use Anchor's codes, both far below `TRAP_BASE`.
"""

from __future__ import annotations

from enum import Enum, IntEnum

TRAP_BASE = 0x4000_0000
_SITE_BITS = 20


class TrapKind(IntEnum):
    """Why compiled code aborted."""

    OVERFLOW = 1
    DIVISION_BY_ZERO = 2
    INDEX = 3
    SHIFT = 4
    CONVERSION = 5
    SYSCALL = 6


class Trap(ArithmeticError):
    """An abort by the language itself: `kind` and, when compiled code raised it, the `site` in the build's map."""

    def __init__(self, kind: TrapKind, message: str = "", site: int | None = None):
        super().__init__(message or kind.name.lower().replace("_", " "))
        self.kind = kind
        self.site = site


class ErrorCode(Enum):
    """Base of a program's errors: members are `NAME = code, "message"`, codes from 6000."""

    code: int
    message: str

    def __init__(self, code: int, message: str):
        if not 6000 <= code < TRAP_BASE:
            raise ValueError(f"{code}: program errors are numbered from 6000")
        self.code = code
        self.message = message


class ProgramAbort(Exception):
    """`require` or `fail` stopped the program with `error`."""

    def __init__(self, error: ErrorCode):
        super().__init__(f"{error.name}: {error.message}")
        self.error = error


def trap_code(kind: TrapKind, site: int) -> int:
    """The u32 custom error code of a trap."""
    if site >= 1 << _SITE_BITS:
        raise ValueError("too many trap sites in one build")
    return TRAP_BASE | kind << _SITE_BITS | site


def split_trap_code(code: int) -> tuple[TrapKind, int] | None:
    """The kind and site of a trap's code, or None if `code` is no trap's."""
    if not TRAP_BASE <= code < 2 * TRAP_BASE:
        return None
    kind = (code - TRAP_BASE) >> _SITE_BITS
    if kind not in TrapKind._value2member_map_:
        return None
    return TrapKind(kind), code & ((1 << _SITE_BITS) - 1)
