"""Fields of an instruction's data: how many bytes they take and how they are shown."""

from __future__ import annotations

from typing import Any, Final, Protocol

from attrs import frozen
from solders.pubkey import Pubkey

from quatrain.cluster.localnet.tokens import amount


class Field(Protocol):
    """A run of bytes with a meaning."""

    @property
    def size(self) -> int:
        """How many bytes."""
        ...

    def read(self, data: bytes) -> dict[str, Any]:
        """The members that it adds to what is shown."""
        ...


@frozen
class Take:
    """An address (32 bytes) or a little-endian integer."""

    name: str
    size: int

    def read(self, data: bytes) -> dict[str, Any]:
        """The one member."""
        return {self.name: str(Pubkey.from_bytes(data)) if self.size == 32 else int.from_bytes(data, "little")}


@frozen
class _Amount:
    """A token amount; tokens are strings, for they may exceed what JavaScript counts exactly."""

    size: int = 8

    def read(self, data: bytes) -> dict[str, Any]:
        """The raw amount."""
        return {"amount": str(int.from_bytes(data, "little"))}


@frozen
class _Checked:
    """A token amount with the mint's decimals behind it."""

    size: int = 9

    def read(self, data: bytes) -> dict[str, Any]:
        """The amount in every form."""
        return {"tokenAmount": amount(int.from_bytes(data[:8], "little"), data[8])}


AMOUNT: Final = _Amount()
CHECKED: Final = _Checked()

__all__ = ["AMOUNT", "CHECKED", "Field", "Take"]
