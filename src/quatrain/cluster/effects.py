"""What a transaction did, as RPC servers report it: balances before and after, inner instructions, the error.

The record is written with the transaction, so that its answers are the same after a restart. It is packed
as MessagePack arrays, which costs about 400 bytes for a trade.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from solders.pubkey import Pubkey

from quatrain.client.accounts import RawAccount
from quatrain.client.addresses import TOKEN_2022_PROGRAM, TOKEN_PROGRAM

TOKEN_PROGRAMS: Final = frozenset({TOKEN_PROGRAM, TOKEN_2022_PROGRAM})
_TOKEN_ACCOUNT_SIZE: Final = 165
_MINT_SIZE: Final = 82
_DECIMALS_AT: Final = 44
_KIND_AT: Final = 165
"""Where an account with extensions says what it is: 1 a mint, 2 a token account."""

Read = Callable[[Pubkey], RawAccount | None]


class TokenBalance(msgspec.Struct, array_like=True, frozen=True):
    """What one token account of the transaction holds; `index` is its place among the transaction's accounts."""

    index: int
    mint: bytes
    owner: bytes
    program: bytes
    amount: int
    decimals: int


class InnerInstruction(msgspec.Struct, array_like=True, frozen=True):
    """An instruction that a program called; accounts are places among the transaction's accounts."""

    program: int
    accounts: bytes
    data: bytes
    height: int


class Effects(msgspec.Struct, array_like=True, frozen=True):
    """Everything about an executed transaction but its units, fee and logs, which the store keeps beside it."""

    error: Any
    """The runtime's error in its wire form (a name, or a name with fields); None where it succeeded."""
    before: list[int]
    """Lamports of each account, in the transaction's order, the looked-up ones last."""
    after: list[int]
    tokens_before: list[TokenBalance]
    tokens_after: list[TokenBalance]
    inner: list[list[InnerInstruction]]
    """For each instruction of the transaction, what it called."""
    writable: list[bytes]
    """Writable addresses out of lookup tables."""
    readonly: list[bytes]
    """Read-only addresses out of lookup tables."""
    return_program: bytes = b""
    return_data: bytes = b""


class Reading(msgspec.Struct, frozen=True):
    """The balances of a transaction's accounts at one moment."""

    lamports: list[int]
    tokens: list[TokenBalance]


def read_balances(addresses: Sequence[Pubkey], read: Read) -> Reading:
    """The lamports of each address, and what those hold that are token accounts."""
    lamports, tokens = list[int](), list[TokenBalance]()
    for index, address in enumerate(addresses):
        account = read(address)
        lamports.append(0 if account is None else account.lamports)
        if account is not None and account.owner in TOKEN_PROGRAMS and is_token_account(account.data):
            tokens.append(_token_balance(index, account, read))
    return Reading(lamports, tokens)


def is_token_account(data: bytes) -> bool:
    """Whether data of a token program's account is a holding that is in use (and no mint, and not closed)."""
    if len(data) < _TOKEN_ACCOUNT_SIZE or data[108] == 0:
        return False
    return len(data) == _TOKEN_ACCOUNT_SIZE or data[_KIND_AT] == 2


def is_mint(data: bytes) -> bool:
    """Whether data of a token program's account is a mint that is in use."""
    if len(data) < _MINT_SIZE or data[45] != 1:
        return False
    return len(data) == _MINT_SIZE or (len(data) > _KIND_AT and data[_KIND_AT] == 1)


def mint_decimals(mint: Pubkey, read: Read) -> int:
    """The decimals of a mint; 0 where none lies."""
    account = read(mint)
    return account.data[_DECIMALS_AT] if account is not None and len(account.data) >= _MINT_SIZE else 0


def _token_balance(index: int, account: RawAccount, read: Read) -> TokenBalance:
    data = account.data
    mint = data[:32]
    amount = int.from_bytes(data[64:72], "little")
    return TokenBalance(
        index, mint, data[32:64], bytes(account.owner), amount, mint_decimals(Pubkey.from_bytes(mint), read)
    )


def inner_instructions(meta: Any) -> list[list[InnerInstruction]]:
    """From LiteSVM's metadata."""
    return [
        [
            InnerInstruction(
                one.instruction().program_id_index,
                bytes(one.instruction().accounts),
                bytes(one.instruction().data),
                one.stack_height(),
            )
            for one in calls
        ]
        for calls in meta.inner_instructions()
    ]


pack: Final = msgspec.msgpack.Encoder().encode
unpack: Final = msgspec.msgpack.Decoder(Effects).decode

__all__ = [
    "TOKEN_PROGRAMS", "Effects", "InnerInstruction", "Reading", "TokenBalance",
    "inner_instructions", "is_mint", "is_token_account", "mint_decimals", "pack", "read_balances", "unpack",
]  # fmt: skip
