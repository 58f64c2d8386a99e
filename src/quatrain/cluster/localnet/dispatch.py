"""From a request's bytes to its answer's: parsing, batches, validation, calls, errors. It touches no network.

The answer to anything is JSON-RPC; only who calls this knows of HTTP or WebSockets.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
from attrs import define, frozen

from quatrain.client.errors import StoreError
from quatrain.cluster.localnet.codes import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    NODE_UNHEALTHY,
    PARSE_ERROR,
    RpcError,
)
from quatrain.cluster.localnet.connection import Connection
from quatrain.cluster.localnet.method import Access, Method
from quatrain.cluster.localnet.methods import METHODS
from quatrain.cluster.localnet.node import Node

MOST_ANSWER_BYTES: Final = 64 * 2**20
"""Of all answers of a batch together; what comes after that is refused."""
_PANIC: Final = "PanicException"
"""What a panic below solders raises, past `Exception`."""
_log: Final = logging.getLogger("quatrain.localnet")


@frozen
class DispatchStatistics:
    """What was asked, and how often it was our fault that there was no answer."""

    requests: int
    failures: int
    defects: int


@define
class _Counters:
    requests: int = 0
    failures: int = 0
    defects: int = 0


class Dispatcher:
    """Answers requests about a node; `time_travel` opens the methods that only a developer's chain has."""

    def __init__(self, node: Node, *, time_travel: bool = False):
        self.node = node
        self._time_travel = time_travel
        self._counters = _Counters()

    async def answer(self, body: bytes, connection: Connection | None = None) -> bytes | None:
        """The answer to a request or a batch of them; None where none is wanted."""
        try:
            request: Any = msgspec.json.decode(body)
        except (ValueError, RecursionError):
            return _encode(_failed(None, PARSE_ERROR(None)))
        if not isinstance(request, list):
            return await self._one(request, connection)
        batch = cast("list[Any]", request)
        if not batch:
            return _encode(_failed(None, INVALID_REQUEST(message="Invalid request")))
        answers, size = list[bytes](), 0
        for one in batch:
            if size > MOST_ANSWER_BYTES:
                answer = _encode(_failed(_id(one), INVALID_REQUEST(message="The answers to this batch are too large")))
            else:
                answer = await self._one(one, connection)
            if answer is not None:
                answers.append(answer)
                size += len(answer)
        return b"[" + b",".join(answers) + b"]" if answers else None

    def statistics(self) -> DispatchStatistics:
        """As of now."""
        done = self._counters
        return DispatchStatistics(done.requests, done.failures, done.defects)

    async def _one(self, request: Any, connection: Connection | None) -> bytes | None:
        self._counters.requests += 1
        number = _id(request)
        try:
            name, params = _parts(request)
            result = await self._call(self._method(name, connection), params, connection)
        except RpcError as error:
            self._counters.failures += 1
            return _encode(_failed(number, error)) if number is not _NOTIFICATION else None
        if number is _NOTIFICATION:
            return None
        return _encode({"jsonrpc": "2.0", "id": number, "result": result})

    def _method(self, name: str, connection: Connection | None) -> Method:
        found = METHODS.get(name)
        if (
            found is None
            or (found.access is Access.SUBSCRIBERS and connection is None)
            or (found.access is Access.TIME_TRAVELLERS and not self._time_travel)
        ):
            raise METHOD_NOT_FOUND(None)
        return found

    async def _call(self, method: Method, params: Any, connection: Connection | None) -> Any:
        arguments = method.arguments(params)
        subject: Any = connection if method.access is Access.SUBSCRIBERS else self.node
        try:
            result = method.call(subject, *arguments)
            return await result if inspect.isawaitable(result) else result
        except RpcError as error:
            if not method.may_answer(error.failure):
                self._defect(method, error)
            raise
        except StoreError as error:
            _log.error("the chain has stopped: %s", error.message)
            raise NODE_UNHEALTHY({"numSlotsBehind": None}) from error
        except BaseException as error:
            if not isinstance(error, Exception) and type(error).__name__ != _PANIC:
                raise
            self._defect(method, error)
            raise INTERNAL_ERROR(None) from error

    def _defect(self, method: Method, error: BaseException) -> None:
        """Note what must not happen. What was asked is not noted: it may hold what nobody else should read."""
        self._counters.defects += 1
        _log.error("%s failed by our own fault", method.name, exc_info=error)


_NOTIFICATION: Final = object()


def _id(request: Any) -> Any:
    """The request's id: `_NOTIFICATION` where it has none, None where it cannot be one."""
    if not isinstance(request, Mapping):
        return None
    given = cast("Mapping[str, Any]", request)
    if "id" not in given:
        return _NOTIFICATION if "method" in given else None
    number = given["id"]
    return number if isinstance(number, str | int) and not isinstance(number, bool) else None


def _parts(request: Any) -> tuple[str, Any]:
    """Method and parameters; RpcError where the request is none."""
    if not isinstance(request, Mapping):
        raise INVALID_REQUEST(message="Invalid request")
    given = cast("Mapping[str, Any]", request)
    name, number = given.get("method"), given.get("id")
    known_id = number is None or (isinstance(number, str | int) and not isinstance(number, bool))
    if not isinstance(name, str) or not known_id or not isinstance(given.get("params"), list | Mapping | None):
        raise INVALID_REQUEST(message="Invalid request")
    if given.get("jsonrpc") != "2.0":
        raise INVALID_REQUEST(message="Unsupported JSON-RPC protocol version")
    return name, given.get("params")


def _failed(number: Any, error: RpcError) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "error": error.body(), "id": None if number is _NOTIFICATION else number}


_encode: Final = msgspec.json.Encoder().encode

__all__ = ["MOST_ANSWER_BYTES", "DispatchStatistics", "Dispatcher"]
