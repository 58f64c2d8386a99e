"""Lowering of functions into one LLVM module, with what they need of the runtime library."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from hognose.back.context import ModuleContext
from hognose.back.lower import FunctionLowering
from hognose.front.main import Front
from hognose.ir.nodes import Function
from hognose.runtime import wide

_LIBRARY = (
    wide.mul_high, wide.bit_length, wide.divide_wide, wide.divide_u128, wide.multiply_u128, wide.shift_right_u256,
    wide.divide_u256,
)  # fmt: skip
_LATE = ("mul_high",)
"""Linked in after the main optimisation, which would fold their bodies into what BPF lacks."""


@dataclass(frozen=True, slots=True)
class Texts:
    """A module as LLVM assembly, and the helpers that are linked in late."""

    main: str
    helpers: str


@lru_cache(maxsize=1)
def library() -> dict[str, Function]:
    """The runtime library's typed functions, by name."""
    front = Front()
    functions = {function.__name__: front.instantiate(function, []) for function in _LIBRARY}
    front.finish()
    return functions


def new_context(name: str, *, native: bool = False, first_site: int = 0) -> ModuleContext:
    """An empty module that knows the runtime library."""
    context = ModuleContext(name, native, first_site)
    context.library = library()
    return context


def lower_functions(context: ModuleContext, functions: Iterable[Function]) -> None:
    """Lower functions, each once."""
    for function in functions:
        FunctionLowering(context, function).run()


def finish(context: ModuleContext) -> Texts:
    """Add what was used of the runtime library; the texts."""
    late = {library()[name] for name in _LATE}
    done: set[Function] = set()
    while wanted := [f for f in _used(context) if f not in done and f not in late]:
        for function in wanted:
            FunctionLowering(context, function).run()
            done.add(function)
    for function in late & set(context.functions):
        declared = context.functions[function]
        declared.linkage = ""
        declared.attributes.add("readnone")
    return Texts(_modern(context.text()), _helpers(context.native))


def _used(context: ModuleContext) -> list[Function]:
    members = {f for root in library().values() for f in root.reachable()}
    return [function for function in context.functions if function in members]


@lru_cache(maxsize=2)
def _helpers(native: bool) -> str:
    context = new_context("helpers", native=native)
    lower_functions(context, [library()[name] for name in _LATE])
    for name in _LATE:
        defined = context.functions[library()[name]]
        defined.linkage = ""
        defined.attributes.add("alwaysinline")
    return _modern(context.text())


def _modern(text: str) -> str:
    """LLVM's current spelling of a function that only computes."""
    return text.replace(" readnone", " memory(none) willreturn")
