"""SPL Token instructions, the same for the token program and Token-2022.

Parameters annotated `Any` are filled in per call: the compiler makes one instance for each combination of account
types, and a state account with seeds that stands as authority signs with them.
"""

from __future__ import annotations

from typing import Any

from hognose.lang.declare import struct
from hognose.lang.runtime import Account, invoke, readonly, readonly_signer, writable
from hognose.lang.types import Pubkey, u8, u64


@struct
class AmountData:
    """The data of Transfer (3), MintTo (7) and Burn (8)."""

    tag: u8
    amount: u64


@struct
class InitializeAccountData:
    """The data of InitializeAccount3 (18)."""

    tag: u8
    owner: Pubkey


@struct
class InitializeMintData:
    """The data of InitializeMint2 (20), without a freeze authority."""

    tag: u8
    decimals: u8
    authority: Pubkey
    freeze_option: u8


def token_transfer(token_program: Account, source: Any, destination: Any, authority: Any, amount: u64) -> None:
    """Move `amount` between token accounts."""
    data = AmountData(tag=3, amount=amount)
    invoke(token_program, data, (writable(source), writable(destination), readonly_signer(authority)))


def token_mint_to(token_program: Account, mint: Any, destination: Any, authority: Any, amount: u64) -> None:
    """Create `amount` of the mint's tokens in `destination`."""
    data = AmountData(tag=7, amount=amount)
    invoke(token_program, data, (writable(mint), writable(destination), readonly_signer(authority)))


def token_burn(token_program: Account, source: Any, mint: Any, authority: Any, amount: u64) -> None:
    """Destroy `amount` of the mint's tokens from `source`."""
    data = AmountData(tag=8, amount=amount)
    invoke(token_program, data, (writable(source), writable(mint), readonly_signer(authority)))


def token_initialize_account(token_program: Account, account: Any, mint: Any, owner: Pubkey) -> None:
    """Make an allocated account a token account of `mint` that `owner` controls."""
    data = InitializeAccountData(tag=18, owner=owner)
    invoke(token_program, data, (writable(account), readonly(mint)))


def token_initialize_mint(token_program: Account, mint: Any, decimals: u8, authority: Pubkey) -> None:
    """Make an allocated account a mint that `authority` controls."""
    data = InitializeMintData(tag=20, decimals=decimals, authority=authority, freeze_option=0)
    invoke(token_program, data, (writable(mint),))
