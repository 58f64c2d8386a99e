"""Base58 as Bitcoin and Solana write it, for bytes of any length."""

from __future__ import annotations

from typing import Final

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES: Final = {digit: value for value, digit in enumerate(_ALPHABET)}
_CHUNK: Final = 10
"""Digits that are taken off a large number at once, since dividing it is what costs."""


def encode(data: bytes) -> str:
    """Bytes as text; each leading zero byte is a `1`."""
    number, digits = int.from_bytes(data, "big"), list[str]()
    while number:
        number, part = divmod(number, 58**_CHUNK)
        for _ in range(_CHUNK):
            part, value = divmod(part, 58)
            digits.append(_ALPHABET[value])
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + "".join(reversed(digits)).lstrip("1")


def decode(text: str) -> bytes:
    """Text as bytes; ValueError names the first character that is none of the alphabet, and its place."""
    number = 0
    for index, digit in enumerate(text):
        value = _VALUES.get(digit)
        if value is None:
            raise ValueError(f"provided string contained invalid character {digit!r} at byte {index}")
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


__all__ = ["decode", "encode"]
