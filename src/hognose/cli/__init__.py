"""The command line of hognose, one file a command."""

from hognose.cli.entry import main

__all__ = ["main"]
