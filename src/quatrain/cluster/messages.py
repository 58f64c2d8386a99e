"""What a transaction's message says about accounts: which it may change, and how many bytes it loads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from attrs import frozen
from solders.pubkey import Pubkey

from quatrain.client.accounts import RawAccount
from quatrain.client.loader import read_program

Read: TypeAlias = Callable[[Pubkey], RawAccount | None]

ACCOUNT_OVERHEAD: Final = 64
"""Bytes that the runtime counts for each account beside its data (SIMD-0186)."""
TABLE_BYTES: Final = 8_248
"""Bytes that it counts for each address lookup table."""
_TABLE_HEADER: Final = 56
"""Bytes before the addresses of an address lookup table."""


@frozen
class Loaded:
    """The addresses that a message takes out of lookup tables."""

    writable: Sequence[Pubkey] = ()
    readonly: Sequence[Pubkey] = ()


def loaded_addresses(message: Any, read: Read) -> Loaded:
    """What the message's lookup tables give, as the runtime orders it: table by table, the writable ones first."""
    lookups = _lookups(message)
    if not lookups:
        return Loaded()
    return Loaded(
        [one for table in lookups for one in _entries(table.account_key, table.writable_indexes, read)],
        [one for table in lookups for one in _entries(table.account_key, table.readonly_indexes, read)],
    )


def writable_addresses(message: Any, read: Read) -> list[Pubkey]:
    """The message's writable accounts, the fee payer first, and those it reaches through lookup tables."""
    header, keys = message.header, message.account_keys
    signed = header.num_required_signatures
    writable = list(keys[: signed - header.num_readonly_signed_accounts])
    writable += keys[signed : len(keys) - header.num_readonly_unsigned_accounts]
    return [*writable, *loaded_addresses(message, read).writable]


def loaded_bytes(message: Any, read: Read) -> int:
    """The bytes that count against the transaction's limit: every account, the code behind programs, lookup tables."""
    loaded = loaded_addresses(message, read)
    addresses = [*message.account_keys, *loaded.writable, *loaded.readonly]
    return sum(_size(address, read) for address in addresses) + TABLE_BYTES * len(_lookups(message))


def _lookups(message: Any) -> Sequence[Any]:
    return getattr(message, "address_table_lookups", ())


def _entries(table: Pubkey, indexes: Sequence[int], read: Read) -> list[Pubkey]:
    found = read(table)
    if found is None:
        return []
    starts = [_TABLE_HEADER + 32 * index for index in indexes]
    return [Pubkey.from_bytes(found.data[start : start + 32]) for start in starts if start + 32 <= len(found.data)]


def _size(address: Pubkey, read: Read) -> int:
    """An account's bytes and, where it is an upgradeable program, those of its code."""
    account = read(address)
    if account is None:
        return ACCOUNT_OVERHEAD
    own = ACCOUNT_OVERHEAD + len(account.data)
    data_address = read_program(account)
    if data_address is None:
        return own
    code = read(data_address)
    return own + ACCOUNT_OVERHEAD + (len(code.data) if code else 0)


__all__ = ["Loaded", "Read", "loaded_addresses", "loaded_bytes", "writable_addresses"]
