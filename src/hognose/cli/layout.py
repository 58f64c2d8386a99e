"""Show how each account, event and struct lies in memory, and what an account costs."""

from __future__ import annotations

import argparse

from hognose.cli import target
from hognose.cli.output import print_json
from hognose.errors import ConfigurationError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("target", metavar="TARGET", help=target.HELP)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these accounts, events or structs")


def run(options: argparse.Namespace) -> int:
    """Print the tables."""
    from hognose.tools import layout

    found = layout.tables(target.load_program(options.target))
    known = [table.name for table in found]
    if unknown := [name for name in options.names if name not in known]:
        raise ConfigurationError(f"there is no {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [table for table in found if not options.names or table.name in options.names]
    if options.json:
        print_json({"ok": True, "tables": [layout.to_json(table) for table in chosen]})
    else:
        print("\n\n".join(layout.render(table) for table in chosen))
    return 0
