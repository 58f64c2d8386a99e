"""Say what is wrong with a program, all of it at once, without building it."""

from __future__ import annotations

import argparse

from hognose.cli import target
from hognose.cli.output import counted, print_json, report_diagnostics


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("target", metavar="TARGET", help=target.HELP)


def run(options: argparse.Namespace) -> int:
    """Check; 1 where something is wrong."""
    from hognose.front.main import check

    program = target.load_program(options.target)
    if diagnostics := check(program):
        report_diagnostics(diagnostics, as_json=options.json)
        return 1
    if options.json:
        print_json({"ok": True, "diagnostics": []})
    else:
        print(f"{program.name}: {counted(len(program.instructions), 'instruction')}, no errors")
    return 0
