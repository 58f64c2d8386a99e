"""The program's build: compiled when its sources changed, otherwise what is deployed already.

A build is named by the digest of everything that goes into it, so that a command can tell without compiling whether
the chain runs the program that this version would build.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from attrs import frozen

import hognose
import quatrain
from hognose.lang.traps import split_trap_code
from quatrain.client.failures import Sites
from quatrain.client.loader import program_digest

_COMPILER_PACKAGES: Final = ("llvmlite",)
_SOURCES: Final = ("core", "program")


@frozen
class Build:
    """A compiled program: its bytes and, for every place where it may trap, `file:line:column`."""

    elf: bytes
    sites: Mapping[int, str]

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, without the zeros at the end that a deployment adds."""
        return program_digest(self.elf)

    def site(self, number: int) -> str | None:
        """The place of a trap."""
        return self.sites.get(number)


@cache
def source_digest() -> str:
    """SHA-256 over the program's and the compiler's sources and the versions of what compiles them."""
    state = hashlib.sha256()
    for name in _COMPILER_PACKAGES:
        state.update(f"{name} {metadata.version(name)}\n".encode())
    package = Path(quatrain.__path__[0])
    folders = [Path(hognose.__path__[0]), *(package / name for name in _SOURCES)]
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            state.update(f"{path.relative_to(folder.parent).as_posix()} {content}\n".encode())
    return state.hexdigest()


def compile_program(*, cache: bool = True) -> Build:
    """Compile the program with hognose; takes seconds when its cache is cold or not to be used."""
    from hognose.build import build
    from quatrain.program.entrypoint import PROGRAM

    built: Any = build(PROGRAM, cache=cache)
    return Build(bytes(built.elf), sites_of(built.map))


def sites_of(build_map: Mapping[str, Any]) -> dict[int, str]:
    """The trap sites of a build's map: `file:line:column` by number."""
    sites: dict[int, str] = {}
    for code, place in build_map["traps"].items():
        split = split_trap_code(int(code))
        if split is not None:
            sites[split[1]] = f"{place['path']}:{place['line']}:{place['column']}"
    return sites


def encode_sites(sites: Mapping[int, str]) -> str:
    """Sites as text, to keep beside the program that is deployed."""
    return json.dumps({str(number): place for number, place in sites.items()}, sort_keys=True)


def decode_sites(text: str | None) -> Sites:
    """A lookup in sites that were kept."""
    known = {int(number): str(place) for number, place in json.loads(text or "{}").items()}
    return known.get


__all__ = ["Build", "compile_program", "decode_sites", "encode_sites", "sites_of", "source_digest"]
