"""A dump, whatever its wrapping: an array, an object with `markets` or `events`, one record a line, gzipped or not."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from quatrain.client.errors import InputError

_GZIP_MAGIC: Final = b"\x1f\x8b"
_WRAPPERS: Final = ("markets", "events", "data")
MAXIMUM_BYTES: Final = 1 << 31
"""What a dump may unpack to; a larger one is split first."""


def read_records(path: Path) -> list[dict[str, Any]]:
    """Every market or event record of the file, in order; InputError when it holds none."""
    records = list(_unwrap(_parse(_text(path), path.name), path.name))
    if not records:
        raise InputError(f"{path.name} holds no market and no event")
    return records


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}", code="input_unreadable") from error
    try:
        if data.startswith(_GZIP_MAGIC):
            unpacked = zlib.decompressobj(wbits=31).decompress(data, MAXIMUM_BYTES)
            data = gzip.decompress(data) if len(unpacked) < MAXIMUM_BYTES else b""
            if not data:
                raise InputError(f"{path.name} unpacks to more than {MAXIMUM_BYTES:,} bytes")
        return data.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path.name} is no whole gzip file: {error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text: {error.reason} at byte {error.start}") from error


def _parse(text: str, name: str) -> Iterator[Any]:
    """The file as one JSON value or, failing that, as one value a line."""
    try:
        whole = _json(text)
    except json.JSONDecodeError as error:
        yield from _lines(text, name, error)
    else:
        yield whole


def _lines(text: str, name: str, whole: json.JSONDecodeError) -> Iterator[Any]:
    """One value a line. Only a line feed ends a line: texts inside may hold Unicode's other separators."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) < 2:
        raise InputError(f"{name} is no JSON: {whole.msg} in line {whole.lineno}, column {whole.colno}") from whole
    for number, line in lines:
        try:
            yield _json(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{name}, line {number} is no JSON: {error.msg} at column {error.colno}") from error


def _json(text: str) -> Any:
    """JSON with exact numbers."""
    return json.loads(text, parse_float=Decimal)


def _unwrap(values: Iterator[Any] | list[Any], name: str) -> Iterator[dict[str, Any]]:
    for value in values:
        if isinstance(value, list):
            yield from _unwrap(value, name)  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(value, dict):
            yield from _record_or_page(value, name)  # pyright: ignore[reportUnknownArgumentType]
        else:
            raise InputError(f"{name} holds {type(value).__name__} where a market or an event stands")


def _record_or_page(value: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """An object without an identity of its own is a page of records."""
    if not any(key in value for key in ("id", "conditionId", "question", "slug")):
        for wrapper in _WRAPPERS:
            if isinstance(value.get(wrapper), list):
                yield from _unwrap(value[wrapper], name)
                return
    yield value


__all__ = ["MAXIMUM_BYTES", "read_records"]
