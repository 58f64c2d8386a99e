"""`quatrain.core` as compiled code would run it: every operator's result is checked to fit u64.

CPython's integers never overflow, so a test of the plain modules would pass where the program aborts. Here each compiled
function (one with `u64` in its signature) is rewritten so that the result of every operator and intrinsic goes through
`u64`, which raises `Trap`. The tests import the modules from here.
"""

import ast
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from hognose.lang import u64

PREFIX = "tests.core.checked_"
MODULES = ("fixed", "lmsr", "fee", "coverage")


class _Check(ast.NodeTransformer):
    """Wraps operators and intrinsics of compiled functions; sends imports of a checked module to its checked twin."""

    compiled = False

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        name = (node.module or "").removeprefix("quatrain.core.")
        return ast.ImportFrom(PREFIX + name, node.names, 0) if name in MODULES else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.compiled = "u64" in ast.unparse(node.args)
        return ast.FunctionDef(
            node.name, node.args, [self.visit(item) for item in node.body], node.decorator_list, node.returns
        )

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return self._checked(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return self._checked(node) if ast.unparse(node.func).startswith("mul_") else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        load = ast.Name(ast.unparse(node.target), ast.Load())
        return self.visit(ast.Assign([node.target], ast.BinOp(load, node.op, node.value)))

    def _checked(self, node: ast.expr) -> ast.expr:
        return ast.Call(ast.Name("u64", ast.Load()), [node], []) if self.compiled else node


def _load(name: str) -> ModuleType:
    source = Path(import_module(f"quatrain.core.{name}").__file__ or "")
    tree = ast.fix_missing_locations(_Check().visit(ast.parse(source.read_text(encoding="utf-8"))))
    module = ModuleType(PREFIX + name)
    module.__dict__["u64"] = u64
    sys.modules[PREFIX + name] = module
    exec(compile(tree, str(source), "exec"), module.__dict__)
    return module


if TYPE_CHECKING:
    from quatrain.core import coverage, fee, fixed, lmsr
else:
    fixed, lmsr, fee, coverage = (_load(name) for name in MODULES)

__all__ = ["coverage", "fee", "fixed", "lmsr"]
