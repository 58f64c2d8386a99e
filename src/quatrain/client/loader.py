"""The upgradeable loader (loader v3): its instructions, and what its accounts hold.

A program is an account that never changes and names another, its *program data*: a header with the slot of the last
deployment and the upgrade authority, then the executable. New code is first written into a *buffer*, in pieces that fit
into transactions; deploying and upgrading move it from there. Integers are little-endian, as everywhere on Solana.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Final

from attrs import frozen
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.sysvar import CLOCK, RENT

from quatrain.client.accounts import RawAccount
from quatrain.client.addresses import SYSTEM_PROGRAM, find_address

UPGRADEABLE_LOADER: Final = Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111")
PROGRAM_SIZE: Final = 36
BUFFER_HEADER: Final = 37
PROGRAM_DATA_HEADER: Final = 45
MINIMUM_EXTENSION: Final = 10_240
"""The fewest bytes by which program data may grow at once (SIMD-0431)."""
MAXIMUM_ACCOUNT: Final = 10 << 20
"""The most data bytes of an account."""

_BUFFER, _PROGRAM, _PROGRAM_DATA = 1, 2, 3
_INITIALIZE, _WRITE, _DEPLOY, _UPGRADE, _SET_AUTHORITY, _CLOSE, _EXTEND, _SET_AUTHORITY_CHECKED = range(8)
_SOME: Final = 1
_AUTHORITY_SIZE: Final = 33


@frozen
class Buffer:
    """Code that is not deployed; nobody may write it any more when it has no authority."""

    authority: Pubkey | None
    data: bytes


@frozen
class ProgramData:
    """Code that runs. Zeros at its end are room for a larger program."""

    slot: int
    """When it was deployed or extended last; in the same slot the loader changes nothing again."""
    authority: Pubkey | None
    """Who may upgrade; None makes the program immutable."""
    data: bytes


def program_digest(elf: bytes) -> str:
    """SHA-256 of an executable without the zeros at its end, as explorers and `solana-verify` name a program."""
    return hashlib.sha256(elf.rstrip(b"\0")).hexdigest()


def program_data_address(program: Pubkey) -> Pubkey:
    """Where the code of a program lies."""
    return find_address([bytes(program)], UPGRADEABLE_LOADER)[0]


def read_program(account: RawAccount | None) -> Pubkey | None:
    """The program data that a program's account names, or None where it is no program of this loader."""
    if not _is(account, _PROGRAM, PROGRAM_SIZE):
        return None
    assert account is not None
    return Pubkey.from_bytes(account.data[4:PROGRAM_SIZE])


def read_program_data(account: RawAccount | None) -> ProgramData | None:
    """Decoded program data, or None where it is something else."""
    if not _is(account, _PROGRAM_DATA, PROGRAM_DATA_HEADER):
        return None
    assert account is not None
    slot, data = int.from_bytes(account.data[4:12], "little"), account.data
    return ProgramData(slot, _authority(data[12:PROGRAM_DATA_HEADER]), data[PROGRAM_DATA_HEADER:])


def read_buffer(account: RawAccount | None) -> Buffer | None:
    """A decoded buffer, or None where it is something else."""
    if not _is(account, _BUFFER, BUFFER_HEADER):
        return None
    assert account is not None
    return Buffer(_authority(account.data[4:BUFFER_HEADER]), account.data[BUFFER_HEADER:])


def buffer_prefix(authority: Pubkey) -> bytes:
    """What the data of every buffer of an authority begins with."""
    return struct.pack("<IB", _BUFFER, _SOME) + bytes(authority)


def program_data_header(slot: int, authority: Pubkey | None) -> bytes:
    """The header of program data."""
    some = b"" if authority is None else bytes([_SOME]) + bytes(authority)
    return struct.pack("<IQ", _PROGRAM_DATA, slot) + some.ljust(_AUTHORITY_SIZE, b"\0")


# -- instructions --------------------------------------------------------------------------------------------------


def initialize_buffer(*, buffer: Pubkey, authority: Pubkey) -> Instruction:
    """Make a fresh account of the loader a buffer; anybody may, so do it in the transaction that creates the account."""
    return _instruction(struct.pack("<I", _INITIALIZE), _writable(buffer), _readonly(authority))


def write(*, buffer: Pubkey, authority: Pubkey, offset: int, data: bytes) -> Instruction:
    """Put bytes into a buffer, `offset` bytes after its header."""
    packed = struct.pack("<IIQ", _WRITE, offset, len(data)) + data
    return _instruction(packed, _writable(buffer), _signing(authority))


def deploy(*, payer: Pubkey, program: Pubkey, buffer: Pubkey, authority: Pubkey, capacity: int) -> Instruction:
    """Make a fresh account of the loader a program with the buffer's code, and room for `capacity` bytes."""
    return _instruction(
        struct.pack("<IQ", _DEPLOY, capacity),
        AccountMeta(payer, is_signer=True, is_writable=True),
        _writable(program_data_address(program)),
        _writable(program),
        _writable(buffer),
        _readonly(RENT),
        _readonly(CLOCK),
        _readonly(SYSTEM_PROGRAM),
        _signing(authority),
    )


def upgrade(*, program: Pubkey, buffer: Pubkey, authority: Pubkey, spill: Pubkey) -> Instruction:
    """Replace a program's code with the buffer's, which has the same authority; its lamports go to `spill`."""
    return _instruction(
        struct.pack("<I", _UPGRADE),
        _writable(program_data_address(program)),
        _writable(program),
        _writable(buffer),
        _writable(spill),
        _readonly(RENT),
        _readonly(CLOCK),
        _signing(authority),
    )


def extend(*, program: Pubkey, payer: Pubkey, additional: int) -> Instruction:
    """Give a program's data `additional` more bytes, at least `MINIMUM_EXTENSION`; anybody may who pays the rent."""
    return _instruction(
        struct.pack("<II", _EXTEND, additional),
        _writable(program_data_address(program)),
        _writable(program),
        _readonly(SYSTEM_PROGRAM),
        AccountMeta(payer, is_signer=True, is_writable=True),
    )


def set_authority(*, account: Pubkey, authority: Pubkey, new: Pubkey) -> Instruction:
    """Hand over a buffer or program data (not the program) to a key that need not sign, such as a multisig's vault."""
    return _instruction(struct.pack("<I", _SET_AUTHORITY), _writable(account), _signing(authority), _readonly(new))


def set_authority_checked(*, account: Pubkey, authority: Pubkey, new: Pubkey) -> Instruction:
    """Hand over a buffer or program data to a key that signs as well, which proves that somebody has it."""
    return _instruction(
        struct.pack("<I", _SET_AUTHORITY_CHECKED), _writable(account), _signing(authority), _signing(new)
    )


def close(*, buffer: Pubkey, recipient: Pubkey, authority: Pubkey) -> Instruction:
    """Remove a buffer; its lamports go to `recipient`."""
    return _instruction(struct.pack("<I", _CLOSE), _writable(buffer), _writable(recipient), _signing(authority))


def _is(account: RawAccount | None, kind: int, size: int) -> bool:
    return (
        account is not None
        and account.owner == UPGRADEABLE_LOADER
        and len(account.data) >= size
        and int.from_bytes(account.data[:4], "little") == kind
    )


def _authority(data: bytes) -> Pubkey | None:
    return Pubkey.from_bytes(data[1:_AUTHORITY_SIZE]) if data[0] == _SOME else None


def _instruction(data: bytes, *accounts: AccountMeta) -> Instruction:
    return Instruction(UPGRADEABLE_LOADER, data, list(accounts))


def _writable(address: Pubkey) -> AccountMeta:
    return AccountMeta(address, is_signer=False, is_writable=True)


def _readonly(address: Pubkey) -> AccountMeta:
    return AccountMeta(address, is_signer=False, is_writable=False)


def _signing(address: Pubkey) -> AccountMeta:
    return AccountMeta(address, is_signer=True, is_writable=False)


__all__ = [
    "BUFFER_HEADER", "MAXIMUM_ACCOUNT", "MINIMUM_EXTENSION", "PROGRAM_DATA_HEADER", "PROGRAM_SIZE", "UPGRADEABLE_LOADER", "Buffer",
    "ProgramData", "buffer_prefix", "close", "deploy", "extend", "initialize_buffer", "program_data_address", "program_data_header",
    "program_digest", "read_buffer", "read_program", "read_program_data", "set_authority", "set_authority_checked", "upgrade", "write",
]  # fmt: skip
