"""Make a program that shows a fault small: `python -m tests.hognose.differential.reduce FILE FUNCTION`.

Statements are dropped, blocks unwrapped and expressions replaced by their parts or by 1, as long as the fault stays:
the engines disagree on some call, or the compiler fails with anything but diagnostics.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from hognose.errors import CodeError
from hognose.front.main import Front
from hognose.lang.types import BOOL, PUBKEY, Array, ArrayType, IntegerType, StructType
from hognose.testing.differential import Engines, differences
from hognose.testing.svm import Svm
from tests.hognose.differential.generator import value_of
from tests.hognose.differential.programs import KEYS, load


def reduce(text: str, interesting: Callable[[str], bool]) -> str:
    """The smallest text reached that is still interesting."""
    position = 0
    while True:
        tree = ast.parse(text)
        for index, candidate in enumerate(_candidates(tree)):
            if index < position:
                continue
            shorter = ast.unparse(ast.fix_missing_locations(candidate))
            if len(shorter) < len(text) and interesting(shorter):
                text, position = shorter, index
                break
        else:
            if position == 0:
                return text
            position = 0


def _candidates(tree: ast.Module) -> Iterator[ast.Module]:
    for path in sorted(_paths(tree), key=lambda path: -len(ast.unparse(_at(tree, path)))):
        yield from _without(tree, path)


def _paths(node: ast.AST, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for name, value in ast.iter_fields(node):
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.stmt | ast.expr | ast.keyword | ast.arg) and name not in ("func", "annotation"):
                yield (*path, (name, index))
                yield from _paths(child, (*path, (name, index)))


def _at(node: Any, path: tuple[Any, ...]) -> Any:
    for name, index in path:
        node = getattr(node, name) if index is None else getattr(node, name)[index]
    return node


def _without(tree: ast.Module, path: tuple[Any, ...]) -> Iterator[ast.Module]:
    node = _at(tree, path)
    replacements: list[list[Any]] = []
    if isinstance(node, ast.stmt):
        replacements.append([])
        replacements += [
            getattr(node, name) for name in ("body", "orelse") if isinstance(node, ast.If | ast.While | ast.For)
        ]
    elif isinstance(node, ast.expr):
        replacements += [[child] for child in ast.walk(node) if isinstance(child, ast.expr) and child is not node][:12]
        replacements += [[ast.Constant(1)], [ast.Constant(True)]]
    for replacement in replacements:
        changed = copy.deepcopy(tree)
        parent, (name, index) = _at(changed, path[:-1]), path[-1]
        new = copy.deepcopy(replacement)
        if index is None:
            setattr(parent, name, new[0])
        else:
            getattr(parent, name)[index : index + 1] = new or ([ast.Pass()] if len(getattr(parent, name)) == 1 else [])
        yield changed


def _random_arguments(r: Random, kind: Any) -> Any:
    match kind:
        case IntegerType():
            return value_of(r, kind.name)
        case ArrayType():
            length = kind.length if kind.length is not None else r.choice([0, 1, 5, 7])
            return Array(kind.element, [_random_arguments(r, kind.element) for _ in range(length)])
        case StructType():
            return kind.python_class(**{f.name: _random_arguments(r, f.type) for f in kind.fields})
        case _ if kind == PUBKEY:
            return r.choice(KEYS)
        case _:
            assert kind == BOOL
            return r.random() < 0.5


def fault(text: str, name: str, calls: int = 60, only_build: bool = False) -> str:
    """What is wrong with one function of a program; empty when nothing is."""
    try:
        function = getattr(load(text), name)
        front = Front()
        typed = front.instantiate(function, [])
        front.finish()
    except (CodeError, Exception):  # noqa: BLE001 - not a program of the language
        return ""
    r = Random(1)
    inputs = [tuple(_random_arguments(r, kind) for _, kind in typed.parameters) for _ in range(calls)]
    try:
        if only_build:
            Svm([function])
            return ""
        found, _ = differences(Engines([function]), {function: inputs})
    except Exception as error:  # noqa: BLE001 - the fault looked for
        return f"{type(error).__name__}: {str(error)[:60]}"
    return f"differs {sorted((k, o.kind) for k, o in found[0].outcomes.items())}\n{found[0]}" if found else ""


if __name__ == "__main__":
    path, target = Path(sys.argv[1]), sys.argv[2]
    wanted = fault(path.read_text(), target).split("\n", maxsplit=1)[0]
    print("fault:", wanted)
    build_only = "Backend" in wanted
    result = reduce(
        path.read_text(),
        lambda t: bool(wanted) and fault(t, target, only_build=build_only).split("\n", maxsplit=1)[0] == wanted,
    )
    print(result)
    print(fault(result, target))
