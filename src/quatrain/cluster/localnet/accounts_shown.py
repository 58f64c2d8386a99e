"""Accounts as RPC servers show them: the encodings of their data."""

from __future__ import annotations

import base64
from enum import Enum
from typing import Any, Final

from attrs import frozen
from solders.pubkey import Pubkey

from quatrain.client.accounts import RawAccount
from quatrain.cluster import base58
from quatrain.cluster.effects import Read
from quatrain.cluster.localnet.codes import INVALID_REQUEST
from quatrain.cluster.localnet.kinds import U64
from quatrain.cluster.localnet.loaders import parsed_loader
from quatrain.cluster.localnet.sysvars import parsed_sysvar
from quatrain.cluster.localnet.tokens import parsed_token

RENT_EXEMPT_EPOCH: Final = 2**64 - 1
"""The rent epoch of every account that needs to pay none: all there are."""
LONGEST_BASE58: Final = 128
_ZSTD_BLOCK: Final = 128 * 1024


class Encoding(Enum):
    """How an account's data is written."""

    BASE58 = "base58"
    BASE64 = "base64"
    ZSTD = "base64+zstd"
    PARSED = "jsonParsed"
    BINARY = "binary"
    """Base58 without saying so, as the first servers wrote it."""


@frozen
class DataSlice:
    """A part of an account's data."""

    offset: U64
    length: U64


def show_account(
    address: Pubkey, account: RawAccount, encoding: Encoding, part: DataSlice | None, read: Read
) -> dict[str, Any]:
    """An account, its data in an encoding; what cannot be parsed goes out in base64."""
    return {
        "data": _data(address, account, encoding, part, read),
        "executable": account.executable,
        "lamports": account.lamports,
        "owner": str(account.owner),
        "rentEpoch": RENT_EXEMPT_EPOCH,
        "space": len(account.data),
    }


def _data(address: Pubkey, account: RawAccount, encoding: Encoding, part: DataSlice | None, read: Read) -> Any:
    if encoding is Encoding.PARSED:
        parsed = parsed_token(account, read) or parsed_loader(account) or parsed_sysvar(address, account)
        if parsed is not None:
            return parsed
    data = account.data if part is None else account.data[part.offset : part.offset + part.length]
    match encoding:
        case Encoding.BINARY:
            return _base58(data)
        case Encoding.BASE58:
            return [_base58(data), encoding.value]
        case Encoding.ZSTD:
            return [base64.b64encode(zstd_frame(data)).decode(), encoding.value]
        case _:
            return [base64.b64encode(data).decode(), "base64"]


def _base58(data: bytes) -> str:
    if len(data) > LONGEST_BASE58:
        raise INVALID_REQUEST(
            message="Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding."
        )
    return base58.encode(data)


def zstd_frame(data: bytes) -> bytes:
    """A Zstandard frame that stores the data as it is (RFC 8878, raw blocks): valid, and no smaller."""
    parts = [data[start : start + _ZSTD_BLOCK] for start in range(0, len(data), _ZSTD_BLOCK)] or [b""]
    frame = bytearray(b"\x28\xb5\x2f\xfd\xe0" + len(data).to_bytes(8, "little"))
    for index, part in enumerate(parts, 1):
        frame += (len(part) << 3 | (index == len(parts))).to_bytes(3, "little") + part
    return bytes(frame)


__all__ = ["RENT_EXEMPT_EPOCH", "DataSlice", "Encoding", "show_account", "zstd_frame"]
