"""The input buffer that the runtime gives a program (aligned loader, ABI v1), built and read back."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from hognose.back.isa import INPUT_START

SPARE_BYTES = 10_240  # room behind each account's data for its growth within one instruction
FIRST_OCCURRENCE = 0xFF
_RENT_EPOCH_NEVER = (1 << 64) - 1
_ACCOUNT_HEADER = struct.Struct("<BBBB4x32s32sQQ")


@dataclass(frozen=True, slots=True)
class AccountInput:
    """One account of an instruction, as the program sees it. `lamports` is its balance; keys are 32 bytes."""

    key: bytes
    owner: bytes
    lamports: int
    data: bytes = b""
    is_signer: bool = False
    is_writable: bool = False
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Input:
    """A serialised instruction: r1 = `pointer`, r2 = `data_pointer`."""

    buffer: bytes
    program_id: bytes
    data_pointer: int
    pointer: int = INPUT_START


def serialize_input(program_id: bytes, accounts: Sequence[AccountInput], data: bytes) -> Input:
    """The input of one instruction. An account whose key came before is written as a reference to that place."""
    buffer = bytearray(struct.pack("<Q", len(accounts)))
    places: dict[bytes, int] = {}
    for index, account in enumerate(accounts):
        if account.key in places:
            buffer += bytes((places[account.key],)) + bytes(7)
            continue
        places[account.key] = index
        _write_account(buffer, account)
    buffer += struct.pack("<Q", len(data))
    data_pointer = INPUT_START + len(buffer)
    buffer += data + program_id
    return Input(bytes(buffer), program_id, data_pointer)


def _write_account(buffer: bytearray, account: AccountInput) -> None:
    buffer += _ACCOUNT_HEADER.pack(
        FIRST_OCCURRENCE,
        account.is_signer,
        account.is_writable,
        account.executable,
        account.key,
        account.owner,
        account.lamports,
        len(account.data),
    )
    buffer += account.data + bytes(SPARE_BYTES)
    buffer += bytes(-len(buffer) % 8) + struct.pack("<Q", _RENT_EPOCH_NEVER)


def deserialize_accounts(buffer: bytes, original: bytes) -> list[AccountInput]:
    """The accounts of a buffer after a run, duplicates resolved; `original` is the buffer before the run.

    An account may have grown or shrunk, but it stays where its first length placed it.
    """
    (count,) = struct.unpack_from("<Q", original)
    accounts: list[AccountInput] = []
    position = 8
    for _ in range(count):
        if original[position] != FIRST_OCCURRENCE:
            accounts.append(accounts[original[position]])
            position += 8
            continue
        account, first_length = _read_account(buffer, position), _data_length(original, position)
        accounts.append(account)
        position += _ACCOUNT_HEADER.size + first_length + SPARE_BYTES
        position += -position % 8 + 8
    return accounts


def _data_length(buffer: bytes, position: int) -> int:
    return _ACCOUNT_HEADER.unpack_from(buffer, position)[7]


def _read_account(buffer: bytes, position: int) -> AccountInput:
    _, signer, writable, executable, key, owner, lamports, length = _ACCOUNT_HEADER.unpack_from(buffer, position)
    start = position + _ACCOUNT_HEADER.size
    data = buffer[start : start + length]
    return AccountInput(key, owner, lamports, data, bool(signer), bool(writable), bool(executable))
