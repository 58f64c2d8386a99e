"""`hognose`: reads the command line, runs one command, and turns what goes wrong into an exit code.

0: done. 1: the user's error (the source, the command). 2: a defect of hognose.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from types import ModuleType
from typing import NoReturn

from hognose.cli import build, check, disassemble, idl, layout, profile
from hognose.cli.output import print_error, report_failure
from hognose.errors import HognoseError, InternalError

EXIT_OK, EXIT_USER_ERROR, EXIT_INTERNAL_ERROR = 0, 1, 2
COMMANDS = {module.__name__.rpartition(".")[2]: module for module in (build, check, layout, idl, disassemble, profile)}
TRACEBACK_VARIABLE = "HOGNOSE_TRACEBACK"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """A wrong command line is the user's error."""
        self.print_usage(sys.stderr)
        self.exit(EXIT_USER_ERROR, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    rows = [f"│ {name:<12}  {_summary(module)}" for name, module in COMMANDS.items()]
    main_parser = _Parser(
        prog="hognose",
        usage="hognose [-h] COMMAND …",
        description="Typed Python to Solana bytecode.",
        epilog="\n".join(["commands (hognose COMMAND --help says more):", *rows]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = main_parser.add_subparsers(
        prog="hognose", dest="command", required=True, metavar="COMMAND", help=argparse.SUPPRESS
    )
    for name, module in COMMANDS.items():
        command = commands.add_parser(name, description=module.__doc__)
        module.add_arguments(command)
        command.add_argument("--json", action="store_true", help="print one JSON document instead of text")
    return main_parser


def _summary(module: ModuleType) -> str:
    return (module.__doc__ or "").split("\n", maxsplit=1)[0]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    try:
        options = parser().parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    try:
        return COMMANDS[options.command].run(options)
    except InternalError as error:
        return _internal(error, as_json=options.json)
    except HognoseError as error:
        report_failure(error, kind="user", as_json=options.json)
        return EXIT_USER_ERROR
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_USER_ERROR
    except OSError as error:
        report_failure(error, kind="user", as_json=options.json)
        return EXIT_USER_ERROR
    except Exception as error:  # noqa: BLE001 — whatever else escapes is a defect, told as one
        return _internal(error, as_json=options.json)


def _internal(error: Exception, *, as_json: bool) -> int:
    if os.environ.get(TRACEBACK_VARIABLE):
        traceback.print_exception(error)
    described = error if isinstance(error, InternalError) else InternalError(f"{type(error).__name__}: {error}")
    report_failure(described, kind="internal", as_json=as_json)
    if not as_json:
        print_error(
            f"This is a defect of hognose; please report it with the source ({TRACEBACK_VARIABLE}=1 shows more)."
        )
    return EXIT_INTERNAL_ERROR
