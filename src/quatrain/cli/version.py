"""The version that is installed."""

from __future__ import annotations


def version() -> str:
    """Of the installed distribution; of a bare checkout, that of the program."""
    from importlib import metadata

    try:
        return metadata.version("quatrain")
    except metadata.PackageNotFoundError:
        from quatrain.program.entrypoint import PROGRAM

        return PROGRAM.version


__all__ = ["version"]
