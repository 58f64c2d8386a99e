"""Intrinsics: exact in CPython, fused with wide intermediates when compiled."""

from __future__ import annotations

from typing import NoReturn

from hognose.lang.traps import ErrorCode, ProgramAbort, Trap, TrapKind


def mul_div_floor(a: int, b: int, c: int) -> int:
    """a·b / c rounded down, with an intermediate twice as wide. Traps on c = 0."""
    if c == 0:
        raise Trap(TrapKind.DIVISION_BY_ZERO)
    return a * b // c


def mul_div_ceil(a: int, b: int, c: int) -> int:
    """a·b / c rounded up, with an intermediate twice as wide. Traps on c = 0."""
    if c == 0:
        raise Trap(TrapKind.DIVISION_BY_ZERO)
    return -(-(a * b) // c)


def mul_shift(a: int, b: int, n: int) -> int:
    """a·b / 2ⁿ rounded down, with an intermediate twice as wide."""
    return (a * b) >> n


def mul_shift_ceil(a: int, b: int, n: int) -> int:
    """a·b / 2ⁿ rounded up, with an intermediate twice as wide."""
    return -(-(a * b) >> n)


def require(condition: bool, error: ErrorCode) -> None:
    """Abort with `error` unless `condition` holds."""
    if not condition:
        raise ProgramAbort(error)


def fail(error: ErrorCode) -> NoReturn:
    """Abort with `error`."""
    raise ProgramAbort(error)
