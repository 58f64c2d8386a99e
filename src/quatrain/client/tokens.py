"""The few instructions of the token programs that a client needs beside ours."""

from __future__ import annotations

from typing import Final

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, create_account

from quatrain.client.accounts import AccountReader
from quatrain.client.addresses import (
    ASSOCIATED_TOKEN_PROGRAM,
    SYSTEM_PROGRAM,
    TOKEN_2022_PROGRAM,
    TOKEN_PROGRAM,
    associated_token_address,
)
from quatrain.client.errors import WrongAccountError

MINT_SIZE: Final = 82
TOKEN_ACCOUNT_SIZE: Final = 165
_CREATE_IDEMPOTENT: Final = b"\x01"
_MINT_TO: Final = 7
_INITIALIZE_MINT_2: Final = 20
_BALANCE: Final = slice(64, 72)


def create_mint(*, payer: Pubkey, mint: Pubkey, authority: Pubkey, decimals: int, rent: int) -> list[Instruction]:
    """Make the fresh key `mint` (it signs) a mint that `authority` controls."""
    data = bytes([_INITIALIZE_MINT_2, decimals]) + bytes(authority) + b"\0"
    params = CreateAccountParams(from_pubkey=payer, to_pubkey=mint, lamports=rent, space=MINT_SIZE, owner=TOKEN_PROGRAM)
    return [create_account(params), Instruction(TOKEN_PROGRAM, data, [AccountMeta(mint, False, True)])]


def create_token_account(*, payer: Pubkey, owner: Pubkey, mint: Pubkey) -> Instruction:
    """Make the wallet's usual account for the mint; nothing happens when it exists."""
    metas = [
        AccountMeta(payer, True, True),
        AccountMeta(associated_token_address(owner, mint), False, True),
        AccountMeta(owner, False, False),
        AccountMeta(mint, False, False),
        AccountMeta(SYSTEM_PROGRAM, False, False),
        AccountMeta(TOKEN_PROGRAM, False, False),
    ]
    return Instruction(ASSOCIATED_TOKEN_PROGRAM, _CREATE_IDEMPOTENT, metas)


def mint_to(*, mint: Pubkey, destination: Pubkey, authority: Pubkey, amount: int) -> Instruction:
    """Create tokens in a token account; the mint's `authority` signs."""
    metas = [
        AccountMeta(mint, False, True),
        AccountMeta(destination, False, True),
        AccountMeta(authority, True, False),
    ]
    return Instruction(TOKEN_PROGRAM, bytes([_MINT_TO]) + amount.to_bytes(8, "little"), metas)


def token_balance(reader: AccountReader, address: Pubkey) -> int | None:
    """The tokens in an account, or None where there is none."""
    account = reader.get_account(address)
    if account is None:
        return None
    if account.owner not in {TOKEN_PROGRAM, TOKEN_2022_PROGRAM} or len(account.data) < TOKEN_ACCOUNT_SIZE:
        raise WrongAccountError(f"{address} is no token account")
    return int.from_bytes(account.data[_BALANCE], "little")


def mint_supply(reader: AccountReader, mint: Pubkey) -> int:
    """The tokens that exist of a mint; 0 where there is none."""
    account = reader.get_account(mint)
    return 0 if account is None else int.from_bytes(account.data[36:44], "little")


__all__ = [
    "MINT_SIZE", "TOKEN_ACCOUNT_SIZE", "create_mint", "create_token_account", "mint_supply", "mint_to", "token_balance",
]  # fmt: skip
