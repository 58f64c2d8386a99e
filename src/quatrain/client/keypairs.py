"""Key files in Solana's own format: a JSON array of 64 numbers, readable by the owner alone."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from solders.keypair import Keypair

from quatrain.client.errors import KeypairError

_BYTES = 64
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_keypair(path: Path) -> Keypair:
    """Load a key file; KeypairError when it is missing, malformed, or readable by anybody else."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except FileNotFoundError as error:
        raise KeypairError(
            f"there is no key file {path}", code="keypair_missing", advice=f"Create it: quatrain keys new {path}"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise KeypairError(f"{path} cannot be read: {error}") from error
    if mode & _OTHERS:
        raise KeypairError(
            f"{path} can be read by others (mode {stat.S_IMODE(mode):04o})",
            code="keypair_exposed",
            advice=f"Protect it: chmod 600 {path}. If others may have read it, use a new key.",
        )
    return parse_keypair(text, str(path))


def parse_keypair(text: str, name: str) -> Keypair:
    """The key in a file's text."""
    try:
        numbers: Any = json.loads(text)
        secret = bytes(numbers) if isinstance(numbers, list) else b""  # pyright: ignore[reportUnknownArgumentType]
        if len(secret) == _BYTES:
            return Keypair.from_bytes(secret)
    except (ValueError, TypeError) as error:
        raise KeypairError(f"{name} is no key file: {error}") from error
    raise KeypairError(f"{name} is no key file: expected a JSON array of {_BYTES} numbers")


def write_keypair(path: Path, keypair: Keypair) -> None:
    """Write a new key file with mode 0600; KeypairError when the file exists, for keys are never overwritten."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise KeypairError(
            f"{path} exists already and is not overwritten", code="keypair_exists", advice="Choose another name."
        ) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(json.dumps(list(bytes(keypair))))


def ensure_keypair(path: Path) -> Keypair:
    """The key in the file, which is created when it does not exist."""
    if not path.exists():
        write_keypair(path, Keypair())
    return read_keypair(path)


__all__ = ["ensure_keypair", "parse_keypair", "read_keypair", "write_keypair"]
