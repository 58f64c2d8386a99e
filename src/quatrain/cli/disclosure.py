"""`quatrain trader acknowledge-risk`: without it, leverage ends at 10x."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from hognose.lang import Hash

DISCLOSURE: Final = Path(__file__).parent / "data" / "risk-disclosure.txt"


def disclosure_hash() -> Hash:
    """The SHA-256 of the text."""
    import hashlib

    from hognose.lang import Hash

    return Hash(hashlib.sha256(DISCLOSURE.read_bytes()).digest())


def acknowledge_risk(
    *, yes: Annotated[bool, Parameter(name=("--yes", "-y"), negative=())] = False, common: Common = DEFAULTS
) -> None:
    """Read the risk disclosure, and record on chain that you did: leverage above 10x needs it.

    Parameters
    ----------
    yes
        Sign without asking.
    """
    from quatrain.cli.confirm import confirm
    from quatrain.cli.workspace import open_workspace

    digest = disclosure_hash()
    shown = bytes(digest).hex()
    with open_workspace(common) as workspace:
        if not workspace.output.json:
            workspace.output.console.print(DISCLOSURE.read_text(encoding="utf-8"), markup=False)
        workspace.output.note(f"SHA-256 {shown}")
        confirm(workspace.output, "Have you read this, and do you accept these risks?", yes=yes)
        owner = workspace.signer.pubkey()
        instruction = workspace.session.instructions.acknowledge_risk(authority=owner, disclosure=digest)
        receipt = workspace.session.send(workspace.signer, instruction)
        value = {"trader": str(owner), "disclosure_sha256": shown, **receipt.record}
        workspace.output.result(value, f"Recorded the disclosure {shown} for {owner}.")


__all__ = ["acknowledge_risk", "disclosure_hash"]
