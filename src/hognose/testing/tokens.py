"""Bytes of SPL mints and token accounts, to put them on a chain without asking the token program."""

from __future__ import annotations

MINT_BYTES = 82
TOKEN_ACCOUNT_BYTES = 165
_AMOUNT = slice(64, 72)


def mint_data(authority: bytes, decimals: int, supply: int = 0) -> bytes:
    """A mint that `authority` controls, without a freeze authority."""
    head = (1).to_bytes(4, "little") + authority + supply.to_bytes(8, "little") + bytes([decimals, 1])
    return head.ljust(MINT_BYTES, b"\0")


def token_account_data(mint: bytes, owner: bytes, amount: int) -> bytes:
    """An initialised account without delegate."""
    head = mint + owner + amount.to_bytes(8, "little") + bytes(36) + b"\x01"
    return head.ljust(TOKEN_ACCOUNT_BYTES, b"\0")


def token_amount(data: bytes) -> int:
    """The amount in a token account's data."""
    if len(data) < TOKEN_ACCOUNT_BYTES:
        raise ValueError(f"{len(data)} bytes are no token account")
    return int.from_bytes(data[_AMOUNT], "little")
