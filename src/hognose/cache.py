"""Compiled units on disk, keyed by everything that shapes them: the compiler, and the sources an instruction can reach."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import sys
import sysconfig
from dataclasses import astuple, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from hognose.back.context import fingerprint
from hognose.front.scope import parse_file

_SHAPING = ("*.py", "lang/*.py", "front/*.py", "ir/*.py", "back/*.py", "runtime/*.py")


@dataclass(frozen=True, slots=True)
class UnitSite:
    """Where an abort's code points; the column counts from 1."""

    code: int
    kind: str
    path: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Unit:
    """One compiled instruction or shared function: its object, and what its abort codes mean.

    `shared` names the shared functions (`module:name`) that an instruction reaches, directly or not.
    """

    object: bytes
    sites: tuple[UnitSite, ...]
    shared: tuple[str, ...] = ()


def cache_directory() -> Path:
    """Where units are kept: HOGNOSE_CACHE, or the user's cache directory."""
    base = os.environ.get("HOGNOSE_CACHE")
    if base:
        return Path(base)
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "hognose"


class Cache:
    """Compiled units, each under the name of its function and the number from which its sites count."""

    def __init__(self) -> None:
        # Paths are part of the map, and relative to the working directory.
        self._compiler = fingerprint(compiler_fingerprint().encode(), str(Path.cwd()).encode())

    def _path(self, name: str, index: int) -> Path:
        sources = [path.read_bytes() for path in _closure(name.partition(":")[0])]
        key = fingerprint(self._compiler.encode(), name.encode(), str(index).encode(), *sources)
        return cache_directory() / key[:2] / key[2:]

    def load(self, name: str, index: int) -> Unit | None:
        """The unit of a function (`module:name`), if it has been compiled from these very sources."""
        path = self._path(name, index)
        try:
            record = json.loads(path.with_suffix(".json").read_text())
            sites = tuple(UnitSite(*site) for site in record["sites"])
            return Unit(path.with_suffix(".o").read_bytes(), sites, tuple(record["shared"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def save(self, name: str, index: int, unit: Unit) -> None:
        """Keep a unit; the object is written last and at once, so that a reader never sees half of one."""
        path = self._path(name, index)
        record = {"sites": [astuple(site) for site in unit.sites], "shared": unit.shared}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            for suffix, content in ((".json", json.dumps(record).encode()), (".o", unit.object)):
                staging = path.with_suffix(f"{suffix}.{os.getpid()}")
                staging.write_bytes(content)
                staging.replace(path.with_suffix(suffix))
        except OSError:
            return  # a cache that cannot be written only costs time


@lru_cache(maxsize=1)
def compiler_fingerprint() -> str:
    """Digest of the sources that shape a unit, and of LLVM's version."""
    root = Path(__file__).parent
    parts = [version("llvmlite").encode()]
    for path in sorted(path for part in _SHAPING for path in root.glob(part)):
        parts += [str(path.relative_to(root)).encode(), path.read_bytes()]
    return fingerprint(*parts)


def _closure(module: str) -> list[Path]:
    """The source files that a module imports, directly or not, and its own; installed packages but its own left out."""
    root = module.split(".", maxsplit=1)[0]
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _source_of(name)
        if name in found or path is None or (name.split(".")[0] != root and not _may_change(path)):
            continue
        found[name] = path
        waiting += _imports(path, name)
    return [found[name] for name in sorted(found)]


@lru_cache(maxsize=1024)
def _may_change(path: Path) -> bool:
    """Whether a source belongs to somebody's work: neither to Python, nor to an installed package, nor to hognose."""
    fixed = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return not any(path.is_relative_to(folder) for folder in (*fixed, Path(__file__).parent))


@lru_cache(maxsize=1024)
def _source_of(name: str) -> Path | None:
    loaded = sys.modules.get(name)
    origin = getattr(loaded, "__file__", None)
    if origin is None:
        try:
            found = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            return None
        origin = found.origin if found else None
    return Path(origin) if origin and origin.endswith(".py") else None


@lru_cache(maxsize=1024)
def _imports(path: Path, name: str) -> list[str]:
    names: list[str] = []
    for node in ast.walk(parse_file(str(path))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = name.split(".")[: -node.level]
                base = ".".join([*package, base]) if base else ".".join(package)
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return names


__all__ = ["Cache", "Unit", "UnitSite", "cache_directory", "compiler_fingerprint"]
