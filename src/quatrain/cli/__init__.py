"""The command line. `main` is the entry point; everything behind it is imported when it is needed."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `quatrain` with the process's arguments, or these; the exit code."""
    from quatrain.cli.app import run

    return run(arguments)
