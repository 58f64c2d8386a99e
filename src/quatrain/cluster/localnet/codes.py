"""The errors of the JSON-RPC interface: each failure is declared once, with its code and its wording.

Codes and wordings are those of a Solana validator, because clients compare both.

RpcError                        an answer that is an error: code, message, data
└── from a Failure              one of the table below; a method declares which of them it may answer with
"""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen


@frozen
class Failure:
    """A way in which a request may fail; call it with the wording's fields, and with data, to get the error."""

    name: str
    code: int
    wording: str

    def __call__(self, data: Any = None, **fields: Any) -> RpcError:
        """The error to raise."""
        return RpcError(self, self.wording.format(**fields), data)


class RpcError(Exception):
    """What a request is answered with instead of a result."""

    def __init__(self, failure: Failure, message: str, data: Any = None):
        super().__init__(message)
        self.failure = failure
        self.message = message
        self.data = data

    def body(self) -> dict[str, Any]:
        """The error member of the answer."""
        found = {"code": self.failure.code, "message": self.message}
        return found if self.data is None else {**found, "data": self.data}


PARSE_ERROR: Final = Failure("parse error", -32700, "Parse error")
INVALID_REQUEST: Final = Failure("invalid request", -32600, "{message}")
METHOD_NOT_FOUND: Final = Failure("method not found", -32601, "Method not found")
INVALID_PARAMS: Final = Failure("invalid parameters", -32602, "{message}")
INTERNAL_ERROR: Final = Failure("internal error", -32603, "Internal error")
REFUSED: Final = Failure("refused", -32603, "{message}")
BLOCK_CLEANED_UP: Final = Failure(
    "block cleaned up", -32001, "Block {slot} cleaned up, does not exist on node. First available block: {first}"
)
PREFLIGHT_FAILURE: Final = Failure("preflight failure", -32002, "Transaction simulation failed: {reason}")
SIGNATURE_FAILURE: Final = Failure(
    "signature verification failure", -32003, "Transaction signature verification failure"
)
BLOCK_NOT_AVAILABLE: Final = Failure("block not available", -32004, "Block not available for slot {slot}")
NODE_UNHEALTHY: Final = Failure("node unhealthy", -32005, "Node is unhealthy")
SLOT_SKIPPED: Final = Failure(
    "slot skipped", -32007, "Slot {slot} was skipped, or missing due to ledger jump to recent snapshot"
)
NO_SNAPSHOT: Final = Failure("no snapshot", -32008, "No snapshot")
UNSUPPORTED_VERSION: Final = Failure(
    "unsupported transaction version",
    -32015,
    "Transaction version ({version}) is not supported by the requesting client. Please try the request again with the "
    'following configuration parameter: "maxSupportedTransactionVersion": {version}',
)
MIN_CONTEXT_SLOT: Final = Failure(
    "minimum context slot not reached", -32016, "Minimum context slot has not been reached"
)

GENERAL: Final = (PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR, NODE_UNHEALTHY)
"""What any request may be answered with."""


def invalid(message: str) -> RpcError:
    """Parameters that are of the right type and make no sense."""
    return INVALID_PARAMS(message=message)


__all__ = [
    "BLOCK_CLEANED_UP", "BLOCK_NOT_AVAILABLE", "GENERAL", "INTERNAL_ERROR",
    "INVALID_PARAMS", "INVALID_REQUEST", "METHOD_NOT_FOUND", "MIN_CONTEXT_SLOT", "NODE_UNHEALTHY", "NO_SNAPSHOT",
    "PARSE_ERROR", "PREFLIGHT_FAILURE", "REFUSED", "SIGNATURE_FAILURE", "SLOT_SKIPPED", "UNSUPPORTED_VERSION", "Failure",
    "RpcError", "invalid",
]  # fmt: skip
