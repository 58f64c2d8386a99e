"""The contract that every cluster fulfils, whether it runs in this process or behind an RPC server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from attrs import frozen
from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from quatrain.client.accounts import Filter, RawAccount


@frozen
class Receipt:
    """A transaction that succeeded: what it logged and used, and the slot that it is in."""

    signature: str
    slot: int
    units: int
    fee_lamports: int
    logs: tuple[str, ...]
    return_data: bytes = b""

    @property
    def record(self) -> dict[str, str | int]:
        """What commands say of it in JSON."""
        return {"signature": self.signature, "compute_units": self.units, "slot": self.slot}


@frozen
class Simulation:
    """What a transaction would have done."""

    units: int
    logs: tuple[str, ...]
    return_data: bytes = b""
    loaded_bytes: int = 0
    """Bytes of the accounts and programs that it loads; 0 where the server does not tell."""


@frozen
class ChainClock:
    """The cluster's time: slots for what is paced by the chain, unix seconds for calendars. Never mix them."""

    slot: int
    unix_timestamp: int


@runtime_checkable
class Chain(Protocol):
    """A Solana cluster.

    Whatever fails raises an error of `quatrain.client.errors`: a transaction that a program or the runtime refused is
    a `TransactionError` with the same code on every backend.
    """

    name: str
    """What a person calls it: `local`, or the server's address."""

    def send(self, transaction: VersionedTransaction) -> Receipt:
        """Have the transaction processed, and wait until it is confirmed."""
        ...

    def simulate(self, transaction: VersionedTransaction) -> Simulation:
        """Run it without effect; a failure names no transaction, for there is none on the chain."""
        ...

    def get_account(self, address: Pubkey) -> RawAccount | None:
        """The account, or None where nothing lies."""
        ...

    def get_accounts(self, addresses: Sequence[Pubkey]) -> list[RawAccount | None]:
        """Several accounts, in the order asked."""
        ...

    def get_program_accounts(self, program: Pubkey, filters: Sequence[Filter] = ()) -> list[tuple[Pubkey, RawAccount]]:
        """Every account that the program owns and that passes every filter."""
        ...

    def genesis(self) -> Hash:
        """What tells this cluster from every other, whatever its address."""
        ...

    def latest_blockhash(self) -> Hash:
        """A recent blockhash: a transaction that names it is valid for about 150 slots."""
        ...

    def clock(self) -> ChainClock:
        """The time that a program would read now."""
        ...

    def rent_minimum(self, size: int) -> int:
        """The lamports that exempt an account of `size` data bytes from rent."""
        ...

    def unit_price(self, writable: Sequence[Pubkey]) -> int:
        """What to offer for a compute unit, in micro-lamports, to write these accounts soon."""
        ...

    def airdrop(self, address: Pubkey, lamports: int) -> None:
        """Give free SOL; RefusedError where the cluster has none to give."""
        ...

    def close(self) -> None:
        """Release what the connection holds."""
        ...


def raw_account(account: Any) -> RawAccount:
    """From the solders type that both LiteSVM and the RPC client use."""
    return RawAccount(account.lamports, bytes(account.data), account.owner, account.executable)


__all__ = ["Chain", "ChainClock", "Receipt", "Simulation", "raw_account"]
