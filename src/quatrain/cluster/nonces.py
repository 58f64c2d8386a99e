"""Durable nonces: transactions that name a nonce account's value instead of a recent blockhash, and do not expire.

The rules are the runtime's. Such a transaction's first instruction is the system program's `AdvanceNonceAccount`; its nonce account
is writable, initialised, holds the transaction's blockhash, and its authority signs. The account then gets the next value,
whether the transaction succeeds or fails, so that its bytes are good once. A value follows from the blockhash of
the open block, so that an account advances once a block at the most.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from attrs import evolve, frozen
from solders.pubkey import Pubkey

from quatrain.client.accounts import RawAccount
from quatrain.client.addresses import SYSTEM_PROGRAM
from quatrain.cluster.messages import Read, writable_addresses

_ADVANCE: Final = (4).to_bytes(4, "little")
_INITIALISED: Final = (1).to_bytes(4, "little") * 2
"""The current version of the layout, and the state."""
_SIZE: Final = 80
_AUTHORITY: Final = slice(8, 40)
_VALUE: Final = slice(40, 72)


@frozen
class Nonce:
    """A nonce account that a transaction uses."""

    address: Pubkey
    account: RawAccount

    @property
    def value(self) -> bytes:
        """What a transaction names instead of a blockhash."""
        return self.account.data[_VALUE]


def value_after(blockhash: bytes) -> bytes:
    """What accounts that advance on this blockhash then hold."""
    return hashlib.sha256(b"DURABLE_NONCE" + blockhash).digest()


def used_nonce(message: Any, blockhash: bytes, read: Read) -> Nonce | None:
    """The nonce account by which a message is valid in a block on `blockhash`, or None."""
    keys, wanted = message.account_keys, bytes(message.recent_blockhash)
    first = message.instructions[0] if message.instructions else None
    if first is None or keys[first.program_id_index] != SYSTEM_PROGRAM or bytes(first.data)[:4] != _ADVANCE:
        return None
    places = bytes(first.accounts)
    if not places or places[0] >= len(keys) or wanted == value_after(blockhash):
        return None
    address = keys[places[0]]
    account = read(address) if address in writable_addresses(message, read) else None
    if account is None or not _is_nonce(account) or account.data[_VALUE] != wanted:
        return None
    signers = {bytes(keys[place]) for place in places if place < message.header.num_required_signatures}
    return Nonce(address, account) if account.data[_AUTHORITY] in signers else None


def with_value(account: RawAccount, value: bytes) -> RawAccount:
    """A nonce account with another value."""
    data = account.data
    return evolve(account, data=data[: _VALUE.start] + value + data[_VALUE.stop :])


def nonces_written(message: Any, read: Read) -> dict[Pubkey, Nonce]:
    """The nonce accounts that a message may change, as they are now."""
    if SYSTEM_PROGRAM not in message.account_keys:
        return {}
    found = ((address, read(address)) for address in writable_addresses(message, read))
    return {address: Nonce(address, account) for address, account in found if account and _is_nonce(account)}


def _is_nonce(account: RawAccount) -> bool:
    return account.owner == SYSTEM_PROGRAM and len(account.data) == _SIZE and account.data[:8] == _INITIALISED


__all__ = ["Nonce", "nonces_written", "used_nonce", "value_after", "with_value"]
