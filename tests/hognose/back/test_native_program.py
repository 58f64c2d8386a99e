"""Instructions on the host, by their logic alone."""

from __future__ import annotations

from typing import Any

import pytest

from hognose.back.native_program import AccountMemory, NativeProgram, Place
from hognose.lang import Pubkey
from tests.hognose.language import ledger

OWNER = b"o" * 32


def furnished() -> tuple[AccountMemory, Place, Place]:
    """A memory with an owner and a ledger of two rows."""
    memory = AccountMemory(1 << 12)
    owner = memory.add(None, address=OWNER)
    return (
        memory,
        owner,
        memory.add(ledger.Ledger, ledger.Ledger(owner=Pubkey(OWNER), number=0, bump=0, total=5), address=b"l" * 32),
    )


def test_an_instruction_writes_its_accounts() -> None:
    """Arguments of any kind arrive, fields change, and their addresses are the accounts' own."""
    program = NativeProgram([ledger.push, ledger.write_at])
    _, owner, place = furnished()
    assert program.run(ledger.push, [owner, place], [7, 8]) == 0
    state: Any = place.state()
    assert (state.total, [row.value for row in state.rows]) == (20, [7, 8])
    assert place.memory.words[place.start // 8] != 0
    assert place.key == b"l" * 32


def test_a_refused_instruction_changes_nothing() -> None:
    """Neither an error of the program nor a trap leaves a trace, and each has its code."""
    program = NativeProgram([ledger.push, ledger.write_at])
    memory, owner, place = furnished()
    before = memory.save()
    assert program.run(ledger.push, [owner, place], [1, 2, 3]) == ledger.Error.TOO_MANY.code
    assert program.run(ledger.write_at, [owner, place], 2, 9) > 0x4000_0000
    assert memory.save() == before
    assert program.run(ledger.write_at, [owner, place], 1, 9) == 0
    assert memory.save() != before
    memory.restore(before)
    assert memory.save() == before


def test_what_calls_other_programs_is_refused() -> None:
    """There are none on the host."""
    with pytest.raises(TypeError, match="sol_invoke_signed_c"):
        NativeProgram([ledger.pay_in])


def test_a_full_memory_says_so() -> None:
    """Accounts never overlap."""
    memory, _, _ = furnished()
    for _ in range(25):
        memory.add(None)
    with pytest.raises(MemoryError, match="do not hold another"):
        memory.add(ledger.Ledger, bytes(1 << 11))
