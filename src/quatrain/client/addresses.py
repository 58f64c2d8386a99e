"""Addresses, derived from the declarations: nothing here repeats a seed.

Decoded accounts carry `hognose.lang.Pubkey`, transactions want `solders.pubkey.Pubkey`; both are 32 bytes, and every
function of the client takes either.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, TypeAlias

from solders.pubkey import Pubkey

from hognose import lang
from hognose.lang import AccountDeclaration
from quatrain.client.errors import UsageError

Address: TypeAlias = "Pubkey | lang.Pubkey"

SYSTEM_PROGRAM: Final = Pubkey.from_bytes(bytes(lang.SYSTEM_PROGRAM))
TOKEN_PROGRAM: Final = Pubkey.from_bytes(bytes(lang.TOKEN_PROGRAM))
TOKEN_2022_PROGRAM: Final = Pubkey.from_bytes(bytes(lang.TOKEN_2022_PROGRAM))
ASSOCIATED_TOKEN_PROGRAM: Final = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")


def to_solders(address: Address) -> Pubkey:
    """The address as transactions want it."""
    return address if isinstance(address, Pubkey) else Pubkey.from_bytes(bytes(address))


def to_lang(address: Address) -> lang.Pubkey:
    """The address as decoded accounts carry it."""
    return lang.Pubkey(bytes(address))


def parse_address(text: str) -> Pubkey:
    """Read base58; UsageError when it is no address."""
    try:
        return Pubkey.from_string(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not an address: expected 32 to 44 base58 characters") from error


@lru_cache(maxsize=65_536)
def _find(program: bytes, *seeds: bytes) -> tuple[Pubkey, int]:
    return Pubkey.find_program_address(list(seeds), Pubkey.from_bytes(program))


def find_address(seeds: list[bytes] | tuple[bytes, ...], program: Address) -> tuple[Pubkey, int]:
    """The canonical program-derived address of the seeds, and its bump. Remembered: each bump costs a hash."""
    return _find(bytes(program), *seeds)


def account_address(account: type[Any] | AccountDeclaration, program: Address, **fields: Any) -> Pubkey:
    """Where the state account of this class lies whose seed fields have these values."""
    declaration: AccountDeclaration = account if isinstance(account, AccountDeclaration) else account.__account__
    named = {seed for seed in declaration.seeds if isinstance(seed, str)}
    if set(fields) != named:
        raise TypeError(f"the address of {declaration.name} takes: {', '.join(sorted(named)) or 'nothing'}")
    values = {name: to_lang(v) if isinstance(v, Pubkey) else v for name, v in fields.items()}
    return find_address(declaration.seed_bytes(**values), program)[0]


def associated_token_address(owner: Address, mint: Address, token_program: Address = TOKEN_PROGRAM) -> Pubkey:
    """The token account that wallets use for `owner` and `mint`."""
    return find_address([bytes(owner), bytes(token_program), bytes(mint)], ASSOCIATED_TOKEN_PROGRAM)[0]


__all__ = [
    "ASSOCIATED_TOKEN_PROGRAM", "SYSTEM_PROGRAM", "TOKEN_2022_PROGRAM", "TOKEN_PROGRAM", "Address", "account_address",
    "associated_token_address", "find_address", "parse_address", "to_lang", "to_solders",
]  # fmt: skip
