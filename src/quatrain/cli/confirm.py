"""Asking before something is signed."""

from __future__ import annotations

import sys

from quatrain.cli.output import Output
from quatrain.client.errors import UsageError


def confirm(output: Output, question: str, *, yes: bool) -> None:
    """Return when the answer is yes. UsageError when it is no, or when nobody is there to ask."""
    if yes:
        return
    if output.json or not sys.stdin.isatty():
        raise UsageError(
            "this asks before it signs, and nobody is there to ask",
            code="confirmation_missing",
            advice="Add --yes to sign without being asked, or --dry-run to look only.",
        )
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
        raise UsageError("not confirmed: nothing was signed", code="confirmation_refused")


__all__ = ["confirm"]
