"""Generated programs made runnable: written, imported, and given inputs."""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from hognose.lang import Pubkey
from tests.hognose.differential.generator import INTEGERS, Generator, Kind, Source, value_of

_numbers = itertools.count()
KEYS = [Pubkey(bytes([n]) * 32) for n in (0, 1, 255)] + [Pubkey(bytes(31) + b"\1"), Pubkey(b"\1" + bytes(31))]


def load(text: str, folder: Path | None = None) -> ModuleType:
    """Write a module's text to a file and import it under a name of its own."""
    name = f"generated_{next(_numbers)}"
    path = (folder or Path(tempfile.mkdtemp(prefix="hognose-generated-"))) / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def argument(r: Random, source: Source, module: ModuleType, kind: Kind) -> Any:
    """A value of a generated type."""
    if kind.element:
        length = kind.length if kind.length is not None else r.choice([0, 1, 4, 5, 5, 6, 7, 7])
        return [argument(r, source, module, kind.element) for _ in range(length)]
    if kind.name in INTEGERS:
        return value_of(r, kind.name)
    if kind.name == "bool":
        return r.random() < 0.5
    if kind.name == "Pubkey":
        return r.choice(KEYS)
    fields = source.structs[kind.name].fields
    return getattr(module, kind.name)(**{name: argument(r, source, module, k) for name, k in fields})


def inputs_of(
    r: Random, source: Source, module: ModuleType, calls: int
) -> dict[Callable[..., Any], list[tuple[Any, ...]]]:
    """Argument tuples for every exported function."""
    return {
        getattr(module, routine.name): [
            tuple(argument(r, source, module, kind) for _, kind, _ in routine.parameters) for _ in range(calls)
        ]
        for routine in source.exported
    }


def generate(
    r: Random, exported: int, calls: int, folder: Path | None = None
) -> tuple[Source, ModuleType, dict[Callable[..., Any], list[tuple[Any, ...]]]]:
    """A program, imported, and its inputs."""
    source = Generator(r).module(exported)
    module = load(source.text, folder)
    return source, module, inputs_of(r, source, module, calls)
