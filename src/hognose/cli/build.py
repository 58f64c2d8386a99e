"""Compile a program: NAME.so to deploy, NAME.map.json to find places in the source, NAME.idl.json for clients."""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from pathlib import Path
from typing import Any

from hognose.cli import target
from hognose.cli.output import print_json
from hognose.tools.layout import rent_exempt_lamports

PROGRAM_DATA_HEADER_BYTES = 45


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("target", metavar="TARGET", help=target.HELP)
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("build"), metavar="DIRECTORY", help="where to write (default: build)"
    )
    parser.add_argument("--no-cache", action="store_true", help="compile also what has not changed")


def run(options: argparse.Namespace) -> int:
    """Build and write the three files."""
    from hognose.build import build
    from hognose.idl import idl_json

    began = time.perf_counter()
    program = target.load_program(options.target)
    built = build(program, cache=not options.no_cache)
    files = {
        "elf": options.output / f"{program.name}.so",
        "map": options.output / f"{program.name}.map.json",
        "idl": options.output / f"{program.name}.idl.json",
    }
    options.output.mkdir(parents=True, exist_ok=True)
    files["elf"].write_bytes(built.elf)
    files["map"].write_text(json.dumps(built.map, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    files["idl"].write_text(idl_json(program), encoding="utf-8")
    _report(built.elf, files, time.perf_counter() - began, as_json=options.json)
    return 0


def executable_hash(elf: bytes) -> str:
    """SHA-256 as verifiers of deployed programs take it: without the zero bytes at the end, which a deployment adds."""
    return hashlib.sha256(elf.rstrip(b"\0")).hexdigest()


def _report(elf: bytes, files: dict[str, Path], seconds: float, *, as_json: bool) -> None:
    rent = rent_exempt_lamports(PROGRAM_DATA_HEADER_BYTES + len(elf))
    facts: dict[str, Any] = {
        "bytes": len(elf),
        "sha256": executable_hash(elf),
        "rent_exempt_lamports": rent,
        "seconds": round(seconds, 3),
    }
    if as_json:
        print_json({"ok": True, "files": {kind: str(path) for kind, path in files.items()}} | facts)
        return
    for path in files.values():
        print(path)
    print(f"{len(elf):,} bytes (rent-exempt at {rent / 10**9:.4f} SOL), built in {seconds:.2f} s")
    print(f"sha256 {facts['sha256']}")
