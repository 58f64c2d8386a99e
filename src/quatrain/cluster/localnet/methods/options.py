"""Options that several methods share, and the frame of their answers."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen

from quatrain.cluster.localnet.codes import invalid
from quatrain.cluster.localnet.kinds import U64, Commitment
from quatrain.cluster.localnet.view import View

API_VERSION: Final = "4.1.0"
"""The version of Agave whose runtime LiteSVM carries."""


@frozen
class Settled:
    """How settled the answer must be."""

    commitment: Commitment | None = None


@frozen
class Context:
    """How settled the answer must be, and the slot that the client has already seen."""

    commitment: Commitment | None = None
    min_context_slot: U64 | None = None


def framed(view: View, value: Any) -> dict[str, Any]:
    """A value with the slot it belongs to."""
    return {"context": {"apiVersion": API_VERSION, "slot": view.slot}, "value": value}


def require_confirmed(commitment: Commitment | None) -> None:
    """RpcError for `processed`, which the history does not have."""
    if commitment is Commitment.PROCESSED:
        raise invalid("Method does not support commitment below `confirmed`")


__all__ = ["API_VERSION", "Context", "Settled", "framed", "require_confirmed"]
