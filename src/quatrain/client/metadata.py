"""The Program Metadata program, where explorers and clients look for a program's interface and its contacts.

What the upgrade authority publishes is *canonical*: its address follows from the program and a seed, `idl` or `security`.
It is filled as a buffer in place, which `initialize` then turns into metadata. Decisions: docs/adr/0012.
"""

from __future__ import annotations

import zlib
from typing import Final

from attrs import frozen
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from quatrain.client.accounts import RawAccount
from quatrain.client.addresses import SYSTEM_PROGRAM, find_address
from quatrain.client.errors import WrongAccountError
from quatrain.client.loader import program_data_address

METADATA_PROGRAM: Final = Pubkey.from_string("ProgM6JCCvbYkfKqJYHePx4xxSUSqJp7rh8Lyv7nk7S")
HEADER: Final = 96
_WRITE, _INITIALIZE, _CLOSE, _ALLOCATE = 0, 1, 6, 7
_BUFFER, _METADATA = 1, 2
_SEED_SIZE: Final = 16
_PROGRAM: Final = slice(1, 33)
_AUTHORITY: Final = slice(33, 65)
_CANONICAL: Final = 66
_SEED: Final = slice(67, 83)
_FORM: Final = slice(83, 87)
_LENGTH: Final = slice(87, 91)
_ZLIB_JSON: Final = bytes([1, 2, 1, 0])
"""UTF-8, zlib, JSON, the content itself and no reference to it."""


@frozen
class Published:
    """Canonical metadata of a program."""

    program: Pubkey
    seed: str
    text: str


@frozen
class Draft:
    """Metadata that is being filled."""

    authority: Pubkey
    data: bytes


def metadata_address(program: Pubkey, seed: str) -> Pubkey:
    """Where canonical metadata lies."""
    return find_address([bytes(program), _seed(seed)], METADATA_PROGRAM)[0]


def pack(text: str) -> bytes:
    """JSON as it is stored: compressed."""
    return zlib.compress(text.encode(), 9)


def read_metadata(account: RawAccount | None) -> Published | Draft | None:
    """What lies at a metadata address; WrongAccountError where it is in another form than this client writes."""
    if account is None or account.owner != METADATA_PROGRAM or len(account.data) < HEADER:
        return None
    data = account.data
    if data[0] == _BUFFER:
        return Draft(Pubkey.from_bytes(data[_AUTHORITY]), data[HEADER:])
    if data[0] != _METADATA or not data[_CANONICAL] or data[_FORM] != _ZLIB_JSON:
        raise WrongAccountError("this metadata is in a form that is not read here")
    length = int.from_bytes(data[_LENGTH], "little")
    text = zlib.decompress(data[HEADER : HEADER + length]).decode()
    return Published(Pubkey.from_bytes(data[_PROGRAM]), data[_SEED].rstrip(b"\0").decode(), text)


def allocate(*, program: Pubkey, authority: Pubkey, seed: str) -> Instruction:
    """Begin metadata at its address, which must hold its rent already."""
    accounts = [*_roles(metadata_address(program, seed), authority, program), _readonly(SYSTEM_PROGRAM)]
    return Instruction(METADATA_PROGRAM, bytes([_ALLOCATE]) + _seed(seed), accounts)


def write(*, program: Pubkey, authority: Pubkey, seed: str, offset: int, data: bytes) -> Instruction:
    """Put bytes behind the header; the account grows by as much as it takes."""
    metadata, signer, *_ = _roles(metadata_address(program, seed), authority, program)
    packed = bytes([_WRITE]) + offset.to_bytes(4, "little") + data
    return Instruction(METADATA_PROGRAM, packed, [metadata, signer, _readonly(METADATA_PROGRAM)])


def initialize(*, program: Pubkey, authority: Pubkey, seed: str) -> Instruction:
    """Publish what has been written, as compressed JSON."""
    accounts = [*_roles(metadata_address(program, seed), authority, program), _readonly(METADATA_PROGRAM)]
    return Instruction(METADATA_PROGRAM, bytes([_INITIALIZE]) + _seed(seed) + _ZLIB_JSON, accounts)


def close(*, program: Pubkey, authority: Pubkey, seed: str, recipient: Pubkey) -> Instruction:
    """Remove metadata, or what has been written of it; its lamports go to `recipient`."""
    accounts = _roles(metadata_address(program, seed), authority, program)
    return Instruction(METADATA_PROGRAM, bytes([_CLOSE]), [*accounts, AccountMeta(recipient, False, True)])


def _seed(text: str) -> bytes:
    return text.encode().ljust(_SEED_SIZE, b"\0")


def _roles(metadata: Pubkey, authority: Pubkey, program: Pubkey) -> list[AccountMeta]:
    """The metadata, who signs, and the accounts that prove the upgrade authority."""
    signer = AccountMeta(authority, True, False)
    return [
        AccountMeta(metadata, False, True), signer, _readonly(program), _readonly(program_data_address(program))
    ]  # fmt: skip


def _readonly(address: Pubkey) -> AccountMeta:
    return AccountMeta(address, False, False)


__all__ = [
    "HEADER", "METADATA_PROGRAM", "Draft", "Published", "allocate", "close", "initialize", "metadata_address", "pack", "read_metadata", "write",
]  # fmt: skip
