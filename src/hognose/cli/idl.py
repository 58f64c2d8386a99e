"""Write the interface description (Anchor IDL) that explorers and other languages' clients read."""

from __future__ import annotations

import argparse
from pathlib import Path

from hognose.cli import target
from hognose.cli.output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("target", metavar="TARGET", help=target.HELP)
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there instead of printing")


def run(options: argparse.Namespace) -> int:
    """Print or write the IDL, which is JSON in any case."""
    from hognose.idl import idl_json

    text = idl_json(target.load_program(options.target))
    if options.output is None:
        print(text, end="")
        return 0
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(text, encoding="utf-8")
    if options.json:
        print_json({"ok": True, "idl": str(options.output)})
    else:
        print(options.output)
    return 0
