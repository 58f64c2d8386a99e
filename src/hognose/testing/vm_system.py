"""The system program in Python: create_account, assign, transfer and allocate."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from hognose.testing.vm_callee import (
    CalleeAccount,
    custom,
    refuse,
    require_accounts,
    require_signer,
    require_writable,
)

SYSTEM_ID = bytes(32)
SYSTEM_COST = 150
MAXIMUM_DATA = 10 * 1024 * 1024


def _create_account(accounts: Sequence[CalleeAccount], data: bytes) -> None:
    require_accounts(accounts, 2)
    lamports, space, owner = struct.unpack("<QQ32s", data)
    if accounts[1].lamports > 0:
        raise custom(0)
    _allocate_space(accounts[1], space)
    _assign_owner(accounts[1], owner)
    _move_lamports(accounts[0], accounts[1], lamports)


def _assign(accounts: Sequence[CalleeAccount], data: bytes) -> None:
    require_accounts(accounts, 1)
    _assign_owner(accounts[0], data[:32])


def _transfer_lamports(accounts: Sequence[CalleeAccount], data: bytes) -> None:
    require_accounts(accounts, 2)
    _move_lamports(accounts[0], accounts[1], *struct.unpack("<Q", data))


def _allocate(accounts: Sequence[CalleeAccount], data: bytes) -> None:
    require_accounts(accounts, 1)
    _allocate_space(accounts[0], *struct.unpack("<Q", data))


def _allocate_space(account: CalleeAccount, space: int) -> None:
    require_signer(account)
    if account.data or account.owner != SYSTEM_ID:
        raise custom(0)
    if space > MAXIMUM_DATA:
        raise custom(3)
    require_writable(account)
    account.data = bytearray(space)


def _assign_owner(account: CalleeAccount, owner: bytes) -> None:
    if account.owner == owner:
        return
    require_signer(account)
    require_writable(account)
    account.owner = owner


def _move_lamports(source: CalleeAccount, destination: CalleeAccount, lamports: int) -> None:
    require_signer(source)
    if source.data:
        raise refuse("invalid program argument", "InvalidArgument")
    if lamports > source.lamports:
        raise custom(1)
    require_writable(source, destination)
    source.lamports -= lamports
    destination.lamports += lamports


_SYSTEM: dict[int, Callable[[Sequence[CalleeAccount], bytes], None]] = {
    0: _create_account,
    1: _assign,
    2: _transfer_lamports,
    8: _allocate,
}


def run_system(accounts: Sequence[CalleeAccount], data: bytes) -> int:
    """One instruction; a four-byte tag comes first. Everything it costs is the entry cost."""
    tag = int.from_bytes(data[:4], "little")
    if tag not in _SYSTEM:
        raise refuse(f"system instruction {tag} is not emulated", "InvalidInstructionData")
    _SYSTEM[tag](accounts, data[4:])
    return 0
