"""Show a program's bytecode between the source lines that it comes from."""

from __future__ import annotations

import argparse
import linecache

from hognose.cli import target
from hognose.cli.executable import open_executable
from hognose.cli.output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("target", metavar="TARGET", help=target.HELP)


def run(options: argparse.Namespace) -> int:
    """Build and print."""
    from hognose.tools.disassemble import disassemble

    text = disassemble(*open_executable(options.target), _source_line)
    if options.json:
        print_json({"ok": True, "text": text})
    else:
        print(text, end="")
    return 0


def _source_line(file: str, line: int) -> str | None:
    return linecache.getline(file, line).strip() or None
