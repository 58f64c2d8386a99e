"""Filters of program accounts: bytes at an offset, a size, or a token account that is in use."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, TypeAlias, cast

from attrs import frozen

from quatrain.client.accounts import Filter
from quatrain.cluster import base58
from quatrain.cluster.effects import is_token_account
from quatrain.cluster.localnet.codes import invalid
from quatrain.cluster.localnet.kinds import TextKind, Unfit, Unsigned, mismatch

MOST_FILTERS: Final = 4
MOST_BYTES: Final = 128
_LONGEST_BASE58: Final = 175
_LONGEST_BASE64: Final = 172


@frozen
class Size:
    """Data of this size."""

    size: int

    def passes(self, data: bytes) -> bool:
        """Whether an account's is."""
        return len(data) == self.size


@frozen
class TokenState:
    """A token account that is in use."""

    def passes(self, data: bytes) -> bool:
        """Whether an account's data is one."""
        return is_token_account(data)


AccountFilter: TypeAlias = Filter | Size | TokenState


@frozen
class FilterKind:
    """`{memcmp: {offset, bytes, encoding?}}`, `{dataSize}` or `{tokenAccountState: null}`."""

    name: str = "filter"

    def read(self, value: Any) -> AccountFilter:
        """The filter."""
        if value == "tokenAccountState":
            return TokenState()
        if not isinstance(value, Mapping) or len(cast("Mapping[str, Any]", value)) != 1:
            raise mismatch(value, "enum RpcFilterType")
        ((kind, details),) = cast("Mapping[str, Any]", value).items()
        match kind:
            case "dataSize":
                return Size(Unsigned(64).read(details))
            case "memcmp":
                return _bytes_filter(details)
            case "tokenAccountState":
                return TokenState()
            case _:
                raise Unfit(f"unknown variant `{kind}`, expected one of `dataSize`, `memcmp`, `tokenAccountState`")


def _bytes_filter(details: Any) -> Filter:
    if not isinstance(details, Mapping):
        raise mismatch(details, "struct Memcmp")
    given = cast("Mapping[str, Any]", details)
    for needed in ("offset", "bytes"):
        if needed not in given:
            raise Unfit(f"missing field `{needed}`")
    data = _decoded(given["bytes"], TextKind().read(given.get("encoding") or "base58"))
    if len(data) > MOST_BYTES:
        raise invalid("Invalid param: DataTooLarge")
    return Filter(Unsigned(64).read(given["offset"]), data)


def _decoded(value: Any, encoding: str) -> bytes:
    if isinstance(value, list):
        return bytes(Unsigned(8).read(one) for one in cast("list[Any]", value))
    text = TextKind().read(value)
    longest = _LONGEST_BASE64 if encoding == "base64" else _LONGEST_BASE58
    if len(text) > longest:
        raise invalid(f"Invalid param: {'Base64DataTooLarge' if encoding == 'base64' else 'DataTooLarge'}")
    try:
        return base64.b64decode(text, validate=True) if encoding == "base64" else base58.decode(text)
    except (ValueError, binascii.Error) as error:
        raise invalid(f"Invalid param: {error}") from error


def require_few(filters: Sequence[AccountFilter]) -> None:
    """RpcError for more filters than a validator takes."""
    if len(filters) > MOST_FILTERS:
        raise invalid(f"Too many filters provided; max {MOST_FILTERS}")


def narrowing(filters: Sequence[AccountFilter]) -> tuple[list[Filter], int | None]:
    """The bytes and the size that accounts passing these filters have: what the file itself can search for."""
    sizes = [one.size for one in filters if isinstance(one, Size)]
    return [one for one in filters if isinstance(one, Filter)], sizes[0] if sizes else None


FilterValue: TypeAlias = Annotated[AccountFilter, FilterKind()]

__all__ = ["AccountFilter", "FilterValue", "Size", "TokenState", "narrowing", "require_few"]
