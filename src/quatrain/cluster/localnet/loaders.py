"""Accounts of the upgradeable loader as RPC servers show them parsed."""

from __future__ import annotations

import base64
from typing import Any

from solders.pubkey import Pubkey

from quatrain.client.accounts import RawAccount
from quatrain.client.loader import UPGRADEABLE_LOADER, read_buffer, read_program, read_program_data


def parsed_loader(account: RawAccount) -> dict[str, Any] | None:
    """A buffer, a program or a program's data, parsed; None for anything else."""
    if (buffer := read_buffer(account)) is not None:
        return _shown("buffer", {"authority": _text(buffer.authority), "data": _bytes(buffer.data)}, account)
    if (address := read_program(account)) is not None:
        return _shown("program", {"programData": str(address)}, account)
    if (code := read_program_data(account)) is not None:
        info = {"authority": _text(code.authority), "data": _bytes(code.data), "slot": code.slot}
        return _shown("programData", info, account)
    if account.owner == UPGRADEABLE_LOADER and account.data[:4] == bytes(4):
        return _shown("uninitialized", {}, account)
    return None


def _shown(kind: str, info: dict[str, Any], account: RawAccount) -> dict[str, Any]:
    return {"program": "bpf-upgradeable-loader", "parsed": {"info": info, "type": kind}, "space": len(account.data)}


def _text(address: Pubkey | None) -> str | None:
    return None if address is None else str(address)


def _bytes(data: bytes) -> list[str]:
    return [base64.b64encode(data).decode(), "base64"]


__all__ = ["parsed_loader"]
