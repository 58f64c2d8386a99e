"""Expecting a refusal, or accepting one that is named and changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quatrain.program.errors import QuatrainError
from tests.svm.world import Receipt, Refused, World

TRAP_BASE = 0x4000_0000
"""Codes from here on are traps of compiled code, which no caller should meet."""


def refused(error: QuatrainError | int) -> pytest.RaisesExc[Refused]:
    """Expect a transaction to fail with this error of the program, or this code."""
    code = error.code if isinstance(error, QuatrainError) else error

    def check(found: Refused) -> bool:
        assert found.code == code, f"refused with {found.code}, not {code} ({error})"
        return True

    return pytest.RaisesExc(Refused, check=check)


def attempt(world: World, action: Callable[[], Receipt], limit: int = 1_400_000) -> bool:
    """Act within a limit of compute units; whether it was accepted. A refusal must be a named one and change nothing."""
    before, refusal, used = world.snapshot(), None, 0
    try:
        used = action().compute_units
    except Refused as error:
        refusal = error
    if refusal is None:
        assert used <= limit, used
        return True
    assert isinstance(refusal.code, int), refusal
    assert refusal.code < TRAP_BASE, f"a bare trap: {refusal.code:#x}\n{refusal}"
    assert world.snapshot() == before
    return False
