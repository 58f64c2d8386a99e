"""What can be wrong with an RPC server's answer, and what follows: another server, a wait, or the caller's error."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from attrs import define
from solana.exceptions import SolanaRpcException
from solana.rpc.core import RPCException
from solders.errors import SerdeJSONError
from solders.rpc.errors import MinContextSlotNotReachedMessage, NodeUnhealthyMessage

from quatrain.client.errors import ChainError, RateLimitedError, RefusedError, UnreachableError

_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500
_PARSER_PANIC: Final = "PanicException"
"""What solders raises, past `Exception`, on an answer of the wrong shape."""
_UNSENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_BEHIND: Final = (NodeUnhealthyMessage, MinContextSlotNotReachedMessage)


@define
class Trouble(Exception):
    """A server did not answer the question; another may."""

    error: ChainError
    """What the caller is told when nobody answers."""
    arrived: bool = True
    """Whether the server may have acted on the request."""
    again: bool = True
    """Whether the same server may answer later."""
    wait_seconds: float | None = None
    """How long it asked to be left alone."""


def shown(url: str) -> str:
    """An address as messages may show it: user, path and query may be somebody's key to the server."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def trouble_of(error: BaseException, name: str, now: float) -> Trouble | None:
    """The trouble that an exception of solana-py means, or None where it is none; `now` is the unix second."""
    if isinstance(error, SolanaRpcException):
        return _transport(error.__cause__ or error, name, now)
    if isinstance(error, RPCException):
        body: Any = error.args[0] if error.args else None
        if body == _TOO_MANY:
            return Trouble(RateLimitedError(f"{name} answers: too many requests"), arrived=False)
        if isinstance(body, _BEHIND):
            return Trouble(UnreachableError(f"{name} is behind its cluster"), arrived=False)
        return None
    if isinstance(error, SerdeJSONError) or type(error).__name__ == _PARSER_PANIC:
        return Trouble(RefusedError(f"{name} answered what no Solana server answers: {error}"), again=False)
    return None


def _transport(cause: BaseException, name: str, now: float) -> Trouble:
    if not isinstance(cause, httpx2.HTTPStatusError):
        silence = UnreachableError(f"{name} does not answer: {type(cause).__name__}")
        return Trouble(silence, arrived=not isinstance(cause, _UNSENT))
    status = cause.response.status_code
    if status == _TOO_MANY:
        wait = retry_after(cause.response.headers.get("retry-after"), now)
        asked = "" if wait is None else f", and asks to wait {wait:.0f} s"
        return Trouble(RateLimitedError(f"{name} answers: too many requests{asked}"), arrived=False, wait_seconds=wait)
    if status >= _SERVER_FAULT:
        return Trouble(UnreachableError(f"{name} fails with status {status}"))
    return Trouble(RefusedError(f"{name} refused the request with status {status}"), arrived=False, again=False)


def retry_after(value: str | None, now: float) -> float | None:
    """The seconds of a `Retry-After` header, given as such or as a date (RFC 9110); None without a sensible one."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except ValueError:
        return None


__all__ = ["Trouble", "retry_after", "shown", "trouble_of"]
