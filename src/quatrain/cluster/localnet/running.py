"""Which server runs on a home directory: a note that the server leaves there, and what it says when it is asked."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import asdict, frozen

from quatrain.client.errors import ChainError, StoreLockedError
from quatrain.cluster.lock import FileLock
from quatrain.cluster.store import FILE_NAME, LOCK_NAME

NOTE_NAME: Final = "localnet.json"


@frozen
class Note:
    """Where a server answers, and which process it is."""

    url: str
    websocket_url: str
    process: int


@contextmanager
def noted(home: Path, url: str, websocket_url: str) -> Generator[None]:
    """Leave the note while the server runs."""
    path = home / NOTE_NAME
    path.write_text(json.dumps(asdict(Note(url, websocket_url, os.getpid()))), encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def read_note(home: Path) -> Note | None:
    """The note, or None where no server runs: one that was killed leaves its note, but not its lock."""
    try:
        given: Any = json.loads((home / NOTE_NAME).read_text(encoding="utf-8"))
        note = Note(str(given["url"]), str(given["websocket_url"]), int(given["process"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        FileLock(home / LOCK_NAME, 0).acquire().release()
    except StoreLockedError:
        return note
    return None


def ask(url: str, method: str, *params: Any) -> Any:
    """One request to a server; ChainError where it does not answer or refuses."""
    import httpx2

    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    try:
        answer: Any = httpx2.post(url, json=body, timeout=10).json()
    except (httpx2.HTTPError, ValueError) as error:
        raise ChainError(f"{url} does not answer: {error}", code="cluster_unreachable") from error
    if "error" in answer:
        raise ChainError(f"{url} refused {method}: {answer['error']['message']}", code="cluster_refused")
    return answer["result"]


def erase(home: Path) -> bool:
    """Remove the chain of a home directory, and leave its keys; whether there was one. StoreLockedError while it is used."""
    if not (home / FILE_NAME).exists():
        return False
    with FileLock(home / LOCK_NAME, 0):
        for name in (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm", NOTE_NAME):
            (home / name).unlink(missing_ok=True)
    return True


__all__ = ["Note", "ask", "erase", "noted", "read_note"]
