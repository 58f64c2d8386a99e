"""security.txt: the contact block that scanners of on-chain programs look for in the binary."""

from __future__ import annotations

from dataclasses import fields

from hognose.errors import HognoseError
from hognose.lang.declare import SecurityText

BEGIN = b"=======BEGIN SECURITY.TXT V1=======\0"
END = b"=======END SECURITY.TXT V1=======\0"
REQUIRED = ("name", "project_url", "contacts", "policy")


class SecurityTextError(HognoseError):
    """A contact block that scanners could not read; the message names the value."""


def security_text(text: SecurityText) -> bytes:
    """The block: each key and value ends in a zero byte, between markers that must appear once in a binary.

    Raises SecurityTextError where a required value is empty or a value cannot be told from the block's structure.
    """
    values = {field.name: str(getattr(text, field.name)) for field in fields(text)}
    for key in REQUIRED:
        if not values[key]:
            raise SecurityTextError(f"security.txt needs {key}")
    pairs = [part for key, value in values.items() if value for part in (key, value)]
    for part in pairs:
        if "\0" in part or "SECURITY.TXT V1=" in part:
            raise SecurityTextError(f"security.txt cannot hold {part!r}")
    return BEGIN + b"".join(part.encode() + b"\0" for part in pairs) + END


def find_security_text(binary: bytes) -> dict[str, str] | None:
    """The keys and values of the block in a binary, or None without one. SecurityTextError where it is damaged."""
    start = binary.find(BEGIN)
    if start < 0:
        return None
    end = binary.find(END, start)
    if end < 0 or binary.find(BEGIN, start + 1) >= 0:
        raise SecurityTextError("the security.txt block is not closed, or appears twice")
    parts = binary[start + len(BEGIN) : end].decode().split("\0")[:-1]
    if len(parts) % 2:
        raise SecurityTextError("the security.txt block has a key without a value")
    return dict(zip(parts[::2], parts[1::2], strict=True))
