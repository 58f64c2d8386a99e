"""Who may do what, where a declaration cannot say it."""

from __future__ import annotations

from hognose.lang import Pubkey
from quatrain.program.state import Protocol


def may_resolve(protocol: Protocol, authority: Pubkey) -> bool:
    """The oracle, or the admin should the oracle be lost."""
    return authority == protocol.oracle or authority == protocol.admin  # noqa: PLR1714 (the language has no sets)
