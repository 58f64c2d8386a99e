"""`sol_invoke_signed_c`: reads the C structures, gives the callee copies of the accounts, writes them back.

The order of the steps and their costs are the runtime's with SIMD-0339: a base, then a unit per 250 bytes of
instruction data, account metas (34 bytes each), account infos (80 each) and the data of every account passed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from hognose.testing.vm_callee import Callee, CalleeAccount
from hognose.testing.vm_host import (
    BYTES_PER_UNIT,
    MAXIMUM_SEEDS,
    Host,
    base58,
    derive_address,
    failure,
    read_seeds,
)
from hognose.testing.vm_input import SPARE_BYTES, AccountInput, deserialize_accounts
from hognose.testing.vm_memory import VmError
from hognose.testing.vm_system import SYSTEM_COST, SYSTEM_ID, run_system
from hognose.testing.vm_token import TOKEN_ID, run_token

INVOKE_BASE = 946
META_COST_BYTES, INFO_COST_BYTES = 34, 80
MAXIMUM_SIGNERS = 16

PROGRAMS = {SYSTEM_ID: Callee(run_system, SYSTEM_COST), TOKEN_ID: Callee(run_token)}

_INSTRUCTION = struct.Struct("<QQQQQ")
_META = struct.Struct("<Q??6x")
_INFO = struct.Struct("<QQQQQQ???5x")


@dataclass(frozen=True, slots=True)
class Meta:
    """An account that the instruction names, and with which rights."""

    key: bytes
    is_signer: bool
    is_writable: bool


@dataclass(frozen=True, slots=True)
class Invocation:
    """An instruction read from the caller's memory."""

    program_id: bytes
    metas: list[Meta]
    data: bytes


@dataclass(frozen=True, slots=True)
class Info:
    """A SolAccountInfo at `address`: where the caller keeps the account."""

    address: int
    key: bytes
    lamports: int
    data_length: int
    data: int
    owner: int


def invoke_signed_c(host: Host, instruction: int, infos: int, info_count: int, seeds: int, seeds_count: int) -> int:
    """Run another program's instruction; one of those that `vm_builtins` knows."""
    host.consume(INVOKE_BASE)
    invocation = _read_instruction(host, instruction)
    signers = _read_signers(host, seeds, seeds_count)
    callers = {account.key: account for account in _caller_accounts(host)}
    accounts = grant(invocation, callers, signers)
    passed = _read_infos(host, infos, info_count)
    kept = {key: _translate(host, account, passed) for key, account in accounts.items()}
    _call(host, invocation, accounts)
    for key, info in kept.items():
        if info is not None and accounts[key].is_writable:
            _write_back(host, accounts[key], info, len(callers[key].data))
    return 0


def _caller_accounts(host: Host) -> list[AccountInput]:
    return deserialize_accounts(host.instruction.buffer, host.instruction.buffer)


def _read_instruction(host: Host, address: int) -> Invocation:
    raw = host.memory.read(address, _INSTRUCTION.size, alignment=8)
    program, metas, count, data, length = _INSTRUCTION.unpack(raw)
    raw_metas = host.memory.read(metas, count * _META.size, alignment=8)
    content = host.memory.read(data, length)
    host.consume(count * META_COST_BYTES // BYTES_PER_UNIT)
    host.consume(length // BYTES_PER_UNIT)
    read = [Meta(host.memory.read(key, 32), signer, writable) for key, writable, signer in _META.iter_unpack(raw_metas)]
    return Invocation(host.memory.read(program, 32), read, content)


def _read_signers(host: Host, address: int, count: int) -> set[bytes]:
    if count > MAXIMUM_SIGNERS:
        raise failure("too many signers")
    found: set[bytes] = set()
    for seeds, seed_count in struct.iter_unpack("<QQ", host.memory.read(address, 16 * count, alignment=8)):
        if seed_count > MAXIMUM_SEEDS:
            raise failure("more than 16 seeds", "MaxSeedLengthExceeded")
        signer = derive_address(read_seeds(host, seeds, seed_count), host.program_id)
        if signer is None:
            raise failure("could not create program address with signer seeds")
        found.add(signer)
    return found


def grant(
    invocation: Invocation, callers: dict[bytes, AccountInput], signers: set[bytes]
) -> dict[bytes, CalleeAccount]:
    """The callee's accounts by key; the same key named twice has the rights of both."""
    accounts: dict[bytes, CalleeAccount] = {}
    for meta in invocation.metas:
        caller = callers.get(meta.key)
        if caller is None:
            raise failure(f"instruction references an unknown account {base58(meta.key)}", "MissingAccount")
        if meta.is_writable and not caller.is_writable:
            raise failure(f"{base58(meta.key)}'s writable privilege escalated", "PrivilegeEscalation")
        if meta.is_signer and not (caller.is_signer or meta.key in signers):
            raise failure(f"{base58(meta.key)}'s signer privilege escalated", "PrivilegeEscalation")
        account = accounts.setdefault(meta.key, CalleeAccount.of(caller))
        account.is_signer |= meta.is_signer
        account.is_writable |= meta.is_writable
    return accounts


def _read_infos(host: Host, address: int, count: int) -> dict[bytes, Info]:
    raw = host.memory.read(address, count * _INFO.size, alignment=8)
    host.consume(count * INFO_COST_BYTES // BYTES_PER_UNIT)
    found: dict[bytes, Info] = {}
    for index, (key, lamports, length, data, owner, *_) in enumerate(_INFO.iter_unpack(raw)):
        read = host.memory.read(key, 32)
        found.setdefault(read, Info(address + index * _INFO.size, read, lamports, length, data, owner))
    return found


def _translate(host: Host, account: CalleeAccount, passed: dict[bytes, Info]) -> Info | None:
    """Give the callee what the caller has made of the account so far."""
    if account.executable:
        host.consume(len(account.data) // BYTES_PER_UNIT)
        return None
    info = passed.get(account.key)
    if info is None:
        raise failure(f"instruction references an unknown account {base58(account.key)}", "MissingAccount")
    host.consume(info.data_length // BYTES_PER_UNIT)
    account.lamports = int.from_bytes(host.memory.read(info.lamports, 8, alignment=8), "little")
    account.owner = host.memory.read(info.owner, 32)
    account.data = bytearray(host.memory.read(info.data, info.data_length))
    return info


def _call(host: Host, invocation: Invocation, accounts: dict[bytes, CalleeAccount]) -> None:
    callee = PROGRAMS.get(invocation.program_id)
    name = base58(invocation.program_id)
    if callee is None:
        raise failure(f"program {name} is not emulated")
    host.logs.append(f"Program {name} invoke [2]")
    host.return_data = b""
    available = host.remaining
    host.consume(callee.entry_cost)
    try:
        cost = callee.run([accounts[meta.key] for meta in invocation.metas], invocation.data)
        host.consume(cost)
    except VmError as error:
        host.logs.append(f"Program {name} failed: {error.detail}")
        raise
    if not callee.entry_cost:
        host.logs.append(f"Program {name} consumed {cost} of {available} compute units")
    host.logs.append(f"Program {name} success")


def _write_back(host: Host, account: CalleeAccount, info: Info, original_length: int) -> None:
    memory, length = host.memory, len(account.data)
    memory.store(info.lamports, 8, account.lamports)
    memory.write(info.owner, account.owner)
    if length > original_length + SPARE_BYTES and length != info.data_length:
        raise failure(f"account data size realloc limited to {SPARE_BYTES} in inner instructions", "InvalidRealloc")
    if length != info.data_length:
        memory.write(info.data + length, bytes(max(info.data_length - length, 0)))
        memory.store(info.address + 16, 8, length)
        memory.store(info.data - 8, 8, length)
    memory.write(info.data, bytes(account.data))
