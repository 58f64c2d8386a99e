"""What a program calls of its machine. The compiler knows each function by identity; in CPython each asks the `Machine`
that runs the instruction (`hognose.testing.machine`), and refuses where there is none."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from hognose.lang.declare import struct
from hognose.lang.types import PUBKEY, U64, Field, Pubkey, StructType, i64, u8, u32, u64

SYSTEM_PROGRAM = Pubkey(bytes(32))
TOKEN_PROGRAM = Pubkey.parse("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022_PROGRAM = Pubkey.parse("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")


Hash = Pubkey
"""A 32-byte digest."""


class OffChainError(RuntimeError):
    """A runtime call reached CPython outside an instruction, where there is no machine to answer it."""


class Account:
    """An account of which only the header is read."""

    key: Pubkey
    owner: Pubkey
    lamports: u64
    data_length: u64


_HEADER = (("key", PUBKEY, -80), ("owner", PUBKEY, -48), ("lamports", U64, -16), ("data_length", U64, -8))
Account.__layout__ = StructType("Account", tuple(Field(*field) for field in _HEADER), 0, Account)  # type: ignore[attr-defined, arg-type]
# An account is addressed by its data; the loader lays its header out just before.


@struct
class Clock:
    """The cluster's clock: `slot`, and `unix_timestamp` in seconds."""

    slot: u64
    epoch_start_timestamp: i64
    epoch: u64
    leader_schedule_epoch: u64
    unix_timestamp: i64


@struct
class TokenAccount:
    """The part of an SPL token account that programs read."""

    mint: Pubkey
    owner: Pubkey
    amount: u64


@struct
class Mint:
    """The part of an SPL mint that programs read."""

    authority_option: u32
    authority: Pubkey
    supply: u64
    decimals: u8
    initialized: bool


# -- the machine -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Passed:
    """An account passed to another program, and with which rights."""

    account: Any
    writable: bool
    signer: bool


class Machine(Protocol):
    """What runs an instruction in CPython; each method is the function of the same name below."""

    def key(self, account: Any) -> Pubkey: ...

    def clock(self) -> Clock: ...

    def rent_minimum(self, size: int) -> int: ...

    def sha256(self, parts: tuple[Any, ...]) -> Hash: ...

    def emit(self, event: Any) -> None: ...

    def log(self, message: str) -> None: ...

    def set_return_data(self, value: Any) -> None: ...

    def invoke(self, program: Account, data: Any, metas: tuple[Passed, ...]) -> None: ...


_MACHINE: ContextVar[Machine | None] = ContextVar("machine", default=None)


@contextmanager
def running_on(machine: Machine) -> Generator[None]:
    """Let the machine answer the calls below."""
    token = _MACHINE.set(machine)
    try:
        yield
    finally:
        _MACHINE.reset(token)


def _machine(name: str) -> Machine:
    machine = _MACHINE.get()
    if machine is None:
        raise OffChainError(f"{name}() needs a machine: run the compiled program, or hognose.testing.machine")
    return machine


# -- what a program calls --------------------------------------------------------------------------------------------


def key(account: Any) -> Pubkey:
    """The address of a state, token or mint account of the instruction."""
    return _machine("key").key(account)


def clock() -> Clock:
    """The clock sysvar."""
    return _machine("clock").clock()


def rent_minimum(size: u64) -> u64:
    """The lamports that exempt an account of `size` data bytes from rent."""
    return _machine("rent_minimum").rent_minimum(size)


def sha256(parts: tuple[Any, ...]) -> Hash:
    """The SHA-256 of the packed bytes of the parts, one after the other."""
    return _machine("sha256").sha256(parts)


def emit(event: Any) -> None:
    """Log an event behind its discriminator."""
    _machine("emit").emit(event)


def log(message: str) -> None:
    """Log a constant line."""
    _machine("log").log(message)


def set_return_data(value: Any) -> None:
    """Return a struct to the caller of the transaction or of the CPI."""
    _machine("set_return_data").set_return_data(value)


def readonly(account: Any) -> Any:
    """Pass an account to `invoke` for reading."""
    return Passed(account, writable=False, signer=False)


def writable(account: Any) -> Any:
    """Pass an account to `invoke` for writing."""
    return Passed(account, writable=True, signer=False)


def readonly_signer(account: Any) -> Any:
    """Pass an account to `invoke` as a signer."""
    return Passed(account, writable=False, signer=True)


def writable_signer(account: Any) -> Any:
    """Pass an account to `invoke` as a writable signer."""
    return Passed(account, writable=True, signer=True)


def invoke(program: Account, data: Any, metas: tuple[Any, ...]) -> None:
    """Call another program with a packed struct as its data; state accounts with seeds among the signers sign."""
    _machine("invoke").invoke(program, data, metas)
