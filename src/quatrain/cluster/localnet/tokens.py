"""Accounts of the token programs as RPC servers show them parsed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from solders.pubkey import Pubkey

from quatrain.client.accounts import RawAccount
from quatrain.client.addresses import TOKEN_2022_PROGRAM
from quatrain.cluster.effects import TOKEN_PROGRAMS, Read, is_mint, is_token_account, mint_decimals

OWNER_AT: Final = 32
DELEGATE_AT: Final = 76
_STATES: Final = ("uninitialized", "initialized", "frozen")


def amount(raw: int, decimals: int) -> dict[str, Any]:
    """A token amount in every form that clients read."""
    exact = Decimal(raw).scaleb(-decimals)
    text = f"{exact:f}"
    return {
        "amount": str(raw),
        "decimals": decimals,
        "uiAmount": float(exact),
        "uiAmountString": text.rstrip("0").rstrip(".") if "." in text else text,
    }


def holding(data: bytes) -> tuple[Pubkey, Pubkey, int]:
    """Mint, owner and amount of a token account."""
    return Pubkey.from_bytes(data[:32]), Pubkey.from_bytes(data[32:64]), int.from_bytes(data[64:72], "little")


def parsed_token(account: RawAccount, read: Read) -> dict[str, Any] | None:
    """A token account or mint, parsed; None for anything else."""
    if account.owner not in TOKEN_PROGRAMS:
        return None
    if is_token_account(account.data):
        kind, info = "account", _account(account.data, read)
    elif is_mint(account.data):
        kind, info = "mint", _mint(account.data)
    else:
        return None
    program = "spl-token-2022" if account.owner == TOKEN_2022_PROGRAM else "spl-token"
    return {"program": program, "parsed": {"info": info, "type": kind}, "space": len(account.data)}


def supply(data: bytes) -> int:
    """What a mint has issued."""
    return int.from_bytes(data[36:44], "little")


def _account(data: bytes, read: Read) -> dict[str, Any]:
    mint, owner, raw = holding(data)
    decimals = mint_decimals(mint, read)
    info: dict[str, Any] = {
        "isNative": data[109:113] == b"\1\0\0\0",
        "mint": str(mint),
        "owner": str(owner),
        "state": _STATES[min(data[108], 2)],
        "tokenAmount": amount(raw, decimals),
    }
    if info["isNative"]:
        info["rentExemptReserve"] = amount(int.from_bytes(data[113:121], "little"), decimals)
    if delegate := optional_address(data, 72):
        info["delegate"] = str(delegate)
        info["delegatedAmount"] = amount(int.from_bytes(data[121:129], "little"), decimals)
    if closer := optional_address(data, 129):
        info["closeAuthority"] = str(closer)
    return info


def _mint(data: bytes) -> dict[str, Any]:
    minter, freezer = optional_address(data, 0), optional_address(data, 46)
    return {
        "decimals": data[44],
        "freezeAuthority": None if freezer is None else str(freezer),
        "isInitialized": True,
        "mintAuthority": None if minter is None else str(minter),
        "supply": str(supply(data)),
    }


def optional_address(data: bytes, at: int) -> Pubkey | None:
    """An address behind a tag of four bytes that says whether there is one."""
    return Pubkey.from_bytes(data[at + 4 : at + 36]) if data[at] == 1 else None


__all__ = ["DELEGATE_AT", "OWNER_AT", "amount", "holding", "optional_address", "parsed_token", "supply"]
