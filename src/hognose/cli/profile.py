"""Show what each source line costs in one recorded instruction (hognose.tools.recording makes recordings)."""

from __future__ import annotations

import argparse
from pathlib import Path

from hognose.cli import target
from hognose.cli.executable import open_executable
from hognose.cli.output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("target", metavar="TARGET", help=target.HELP)
    parser.add_argument(
        "recording", metavar="RECORDING", type=Path, help="the instruction: a JSON file from recording.dump()"
    )
    parser.add_argument("--top", type=int, metavar="N", help="only the N dearest lines")


def run(options: argparse.Namespace) -> int:
    """Build, run, print."""
    from hognose.tools import profile, recording

    instruction = recording.load(options.recording.read_text(encoding="utf-8"))
    executable, linemap = open_executable(options.target)
    found = profile.profile(executable, linemap, instruction)
    if options.json:
        print_json({"ok": True} | found.to_json())
    else:
        print(profile.render(found, top=options.top))
    return 0
