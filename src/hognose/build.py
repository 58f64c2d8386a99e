"""Build a program: each instruction, and each shared function, is a unit that is compiled by itself; then all are linked.

Units compile side by side on two cores, and a unit whose sources are unchanged comes from the cache, so that an edit
of one instruction rebuilds little.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from hognose.back.codegen import BackendError, CodegenRequest, Generator, emit_carefully
from hognose.back.context import ModuleContext
from hognose.back.entry import emit_dispatcher, emit_instruction
from hognose.back.linker import Program as Executable
from hognose.back.linker import link
from hognose.back.module import Texts, finish, lower_functions, new_context
from hognose.cache import Cache, Unit, UnitSite
from hognose.errors import CodeError, Diagnostic, Location
from hognose.front.main import Front
from hognose.ir.nodes import Function
from hognose.lang.declare import InstructionDeclaration, Program
from hognose.lang.traps import split_trap_code

SITES_PER_UNIT = 1 << 12
WORKERS = 2
DISPATCHER = "entrypoint"


@dataclass(frozen=True)
class Build:
    """A built program: the executable, its objects, and the map that resolves its codes."""

    name: str
    elf: bytes
    map: dict[str, Any]
    units: tuple[Unit, ...]
    executable: Executable

    @property
    def objects(self) -> tuple[bytes, ...]:
        """The objects in the order in which they were linked."""
        return tuple(unit.object for unit in self.units)

    @cached_property
    def sha256(self) -> str:
        """The executable's digest."""
        return hashlib.sha256(self.elf).hexdigest()

    def explain(self, code: int) -> str | None:
        """What a trap's code means: kind and place; None for other codes."""
        return explain(self.map, code)


def explain(build_map: dict[str, Any], code: int) -> str | None:
    """Resolve a trap's code by a build's map."""
    split = split_trap_code(code)
    if split is None:
        return None
    kind, site = split
    found = build_map["traps"].get(str(code))
    place = f" at {found['path']}:{found['line']}:{found['column']}" if found else f" at site {site} of another build"
    return kind.name.lower().replace("_", " ") + place


def build(program: Program, *, cache: bool = True) -> Build:
    """Build a program for the Solana VM. CodeError lists everything wrong with its source."""
    sources = _Sources(Cache() if cache else None)
    declarations = program.declarations
    with _Compiler() as compiler:
        entry = compiler.submit(_lower_dispatcher(program), Unit(b"", ()))
        instructions = [
            sources.found(name_of(declaration.function), index) for index, declaration in enumerate(declarations)
        ]
        handlers = sources.type_functions(
            d.function for d, unit in zip(declarations, instructions, strict=True) if not unit
        )
        waiting: list[tuple[str, int, Unit | Future[Unit]]] = []
        for index, (declaration, unit) in enumerate(zip(declarations, instructions, strict=True)):
            made = unit or compiler.submit(*_lower_instruction(declaration, handlers[declaration.function], index))
            waiting.append((name_of(declaration.function), index, made))
        reached = [function for handler in handlers.values() for function in handler.reachable() if function.shared]
        names = {name_of(f.python_function) for f in reached} | {
            n for unit in instructions if unit for n in unit.shared
        }
        for index, name in enumerate(sorted(names), len(declarations)):
            found = sources.found(name, index) or compiler.submit(*_lower_shared(sources.typed(name), index))
            waiting.append((name, index, found))
        units = [sources.keep(name, index, unit) for name, index, unit in waiting]
        ordered = (entry.result(), *units)
    executable = link([unit.object for unit in ordered], append_rodata=_security_text(program))
    return Build(program.name, executable.elf, _build_map(program, ordered), ordered, executable)


def name_of(function: Callable[..., Any]) -> str:
    """How units name a function: `module:name`."""
    return f"{function.__module__}:{function.__name__}"


class _Sources:
    """Typed functions and cached units."""

    def __init__(self, cache: Cache | None):
        self._cache = cache
        self._front = Front()

    def found(self, name: str, index: int) -> Unit | None:
        """A unit that need not be compiled."""
        return self._cache.load(name, index) if self._cache else None

    def keep(self, name: str, index: int, unit: Unit | Future[Unit]) -> Unit:
        """A unit, compiled now or before; what was compiled now is cached."""
        if isinstance(unit, Unit):
            return unit
        made = unit.result()
        if self._cache:
            self._cache.save(name, index, made)
        return made

    def type_functions(self, functions: Iterable[Callable[..., Any]]) -> dict[Callable[..., Any], Function]:
        """Type functions, reporting the errors of all at once."""
        typed = {function: self._front.instantiate(function, []) for function in functions}
        self._front.finish()
        return typed

    def typed(self, name: str) -> Function:
        """A shared function by its name."""
        module, _, attribute = name.partition(":")
        function = getattr(importlib.import_module(module), attribute)
        return self.type_functions([function])[function]


def _lower_instruction(declaration: InstructionDeclaration, handler: Function, index: int) -> tuple[Texts, Unit]:
    context = new_context(declaration.name, first_site=index * SITES_PER_UNIT)
    lower_functions(context, handler.unit())
    emit_instruction(context, declaration, handler)
    shared = sorted(name_of(function.python_function) for function in handler.reachable() if function.shared)
    return finish(context), Unit(b"", _sites(context, handler), tuple(shared))


def _lower_shared(function: Function, index: int) -> tuple[Texts, Unit]:
    context = new_context(function.name, first_site=index * SITES_PER_UNIT)
    lower_functions(context, function.unit())
    return finish(context), Unit(b"", _sites(context, function))


def _sites(context: ModuleContext, root: Function) -> tuple[UnitSite, ...]:
    if len(context.sites) > SITES_PER_UNIT:
        hint = "Split it."
        raise CodeError([Diagnostic(root.at, f"`{root.name}` has over {SITES_PER_UNIT} checks", hint)])
    return tuple(
        UnitSite(code, site.kind.name.lower(), site.at.path, site.at.line, site.at.column + 1)
        for site, code in context.site_codes.items()
    )


def _lower_dispatcher(program: Program) -> Texts:
    context = new_context(DISPATCHER)
    emit_dispatcher(context, program.declarations, Location(program.name, 1, 0, 1))
    return finish(context)


class _Compiler:
    """Two code generators that take requests as they come."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WORKERS)
        self._idle: list[Generator] = []
        self._all: list[Generator] = []

    def __enter__(self) -> _Compiler:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        for generator in self._all:
            generator.close()

    def submit(self, texts: Texts, unit: Unit) -> Future[Unit]:
        """Give a unit its object, as soon as a generator is free."""
        return self._pool.submit(self._compile, texts, unit)

    def _compile(self, texts: Texts, unit: Unit) -> Unit:
        # Appending to and popping from a list are atomic.
        try:
            generator = self._idle.pop()
        except IndexError:
            generator = Generator()
            self._all.append(generator)
        request = CodegenRequest(texts.main, texts.helpers)
        try:
            result = generator.emit(request)
        except BackendError:
            return replace(unit, object=emit_carefully(request).object)
        self._idle.append(generator)
        return replace(unit, object=result.object)


def _security_text(program: Program) -> bytes:
    if program.security is None:
        return b""
    from hognose.tools.security_text import security_text

    return security_text(program.security)


def _build_map(program: Program, units: tuple[Unit, ...]) -> dict[str, Any]:
    traps = {
        str(site.code): {"kind": site.kind, "path": site.path, "line": site.line, "column": site.column}
        for unit in units
        for site in unit.sites
    }
    errors = {str(e.code): {"name": e.name, "message": e.message} for e in program.errors}
    return {"name": program.name, "version": program.version, "traps": traps, "errors": errors}


__all__ = ["Build", "build", "explain"]
