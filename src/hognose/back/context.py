"""What the lowering of a whole module shares: LLVM module, trap sites, read-only data, debug places, function ABI.

ABI. A function returns a status in r0 (0, a trap's code, or an error's code) and writes its results through a pointer.
BPF passes five registers, so where the arguments need more they travel in a frame on the caller's stack. Wrapping
functions with one 64-bit result cannot fail and return it directly.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from llvmlite import ir

from hognose.back.merge import SHARED_PREFIX
from hognose.errors import Location
from hognose.ir.nodes import AccountsType, Function, TupleType
from hognose.lang.traps import TrapKind, trap_code
from hognose.lang.types import ArrayType, BoolType, IntegerType

I1 = ir.IntType(1)
I8 = ir.IntType(8)
I32 = ir.IntType(32)
I64 = ir.IntType(64)
I128 = ir.IntType(128)
PTR = ir.PointerType()
Value: TypeAlias = Any
"""An `ir.Value`; llvmlite is untyped and its values' attributes are set where no checker sees them."""
MAX_REGISTERS = 5
RESULT_STRIDE = 32


def word(value: int) -> ir.Constant:
    """A 64-bit constant."""
    return ir.Constant(I64, value & ((1 << 64) - 1))


@dataclass(frozen=True, slots=True)
class Site:
    """Where a trap's code points."""

    kind: TrapKind
    at: Location


def scalar_type(kind: Any) -> ir.Type:
    """The LLVM type of a value: integers to 64 bits travel as i64, bools as i1, references as pointers."""
    if isinstance(kind, IntegerType):
        return I128 if kind.bits == 128 else I64
    return I1 if isinstance(kind, BoolType) else PTR


def is_view(kind: Any) -> bool:
    """Whether a type is an address and a length."""
    return isinstance(kind, ArrayType) and kind.length is None


def parameter_types(kind: Any) -> list[ir.Type]:
    """The LLVM parameters of one of ours."""
    if is_view(kind):
        return [PTR, I64]
    return [I64] if isinstance(kind, BoolType) else [scalar_type(kind)]


def registers(kinds: list[ir.Type]) -> int:
    """How many registers LLVM parameters take."""
    return sum(2 if kind is I128 else 1 for kind in kinds)


def returns_directly(function: Function) -> bool:
    """Whether the result comes back in r0: wrapping functions with one word."""
    return function.wrapping and isinstance(function.result, IntegerType) and function.result.bits <= 64


@dataclass
class ModuleContext:
    """State of the lowering of one module for one target."""

    name: str
    native: bool = False
    first_site: int = 0
    sites: list[Site] = field(default_factory=list[Site])
    functions: dict[Function, Any] = field(default_factory=dict[Function, Any])
    library: dict[str, Function] = field(default_factory=dict[str, Function])
    strings: dict[bytes, ir.GlobalVariable] = field(default_factory=dict[bytes, ir.GlobalVariable])
    files: dict[str, Any] = field(default_factory=dict[str, Any])
    externals: dict[str, Any] = field(default_factory=dict[str, Any])
    site_codes: dict[Site, int] = field(default_factory=dict[Site, int])

    def __post_init__(self) -> None:
        self.module = ir.Module(self.name)
        flags = self.module.add_named_metadata("llvm.module.flags")
        flags.add(self.module.add_metadata([ir.Constant(I32, 2), "Debug Info Version", ir.Constant(I32, 3)]))
        flags.add(self.module.add_metadata([ir.Constant(I32, 7), "Dwarf Version", ir.Constant(I32, 4)]))
        self.unit: Any = None

    # -- traps ------------------------------------------------------------------------------------------------------

    def trap(self, kind: TrapKind, at: Location) -> int:
        """The code of a trap at a place; the same place and kind share one."""
        site = Site(kind, at)
        if site not in self.site_codes:
            self.site_codes[site] = trap_code(kind, self.first_site + len(self.sites))
            self.sites.append(site)
        return self.site_codes[site]

    # -- read-only data ---------------------------------------------------------------------------------------------

    def data(self, content: bytes, name: str = "data", alignment: int = 1) -> ir.GlobalVariable:
        """A read-only constant; equal contents are stored once."""
        if content not in self.strings:
            kind = ir.ArrayType(I8, len(content))
            unique = f"{name}.{len(self.strings)}"
            variable: Any = ir.GlobalVariable(self.module, kind, unique)
            variable.global_constant = True
            variable.linkage = "internal"
            variable.align = alignment
            if not self.native:
                # A section of its own, named by its content: the linker keeps one copy for all objects.
                variable.section = f"{SHARED_PREFIX}{fingerprint(content)[:24]}"
            variable.initializer = ir.Constant(kind, bytearray(content))
            variable.type = PTR
            self.strings[content] = variable
        return self.strings[content]

    def words(self, values: list[int], size: int, signed: bool, name: str) -> ir.GlobalVariable:
        """A table of little-endian integers."""
        content = b"".join(value.to_bytes(size, "little", signed=signed) for value in values)
        return self.data(content, name, 8)

    # -- functions --------------------------------------------------------------------------------------------------

    def declare(self, function: Function) -> Any:
        """The LLVM function of one of ours."""
        if function in self.functions:
            return self.functions[function]
        kinds = [kind for _, parameter in function.parameters for kind in parameter_types(parameter)]
        results = [] if function.result is None or returns_directly(function) else [PTR]
        if registers(kinds + results) > MAX_REGISTERS:
            kinds = [PTR]
        declared: Any = ir.Function(self.module, ir.FunctionType(I64, kinds + results), name=function.name)
        if self.native or not function.shared:
            declared.linkage = "internal"
        declared.attributes.add("nounwind")
        self.functions[function] = declared
        return declared

    def takes_frame(self, function: Function) -> bool:
        """Whether the arguments of a function travel in a frame."""
        kinds = [kind for _, parameter in function.parameters for kind in parameter_types(parameter)]
        results = 0 if function.result is None or returns_directly(function) else 1
        return registers(kinds) + results > MAX_REGISTERS

    def external(self, name: str, count: int) -> Any:
        """A syscall, or on the host a C function, of `count` words."""
        if name not in self.externals:
            self.externals[name] = ir.Function(self.module, ir.FunctionType(I64, [I64] * count), name=name)
            self.externals[name].attributes.add("nounwind")
        return self.externals[name]

    # -- debug places -----------------------------------------------------------------------------------------------

    def _file(self, path: str) -> Any:
        if path not in self.files:
            # The whole path as the name: readers drop the directory of a unit's first file.
            self.files[path] = self.module.add_debug_info("DIFile", {"filename": path, "directory": ""})
        return self.files[path]

    def subprogram(self, name: str, at: Location) -> Any:
        """Debug information for a function."""
        if self.unit is None:
            fields = {
                "language": ir.DIToken("DW_LANG_Python"), "file": self._file(at.path), "producer": "hognose",
                "runtimeVersion": 0, "isOptimized": True, "emissionKind": ir.DIToken("LineTablesOnly"),
            }  # fmt: skip
            self.unit = self.module.add_debug_info("DICompileUnit", fields, is_distinct=True)
            self.module.add_named_metadata("llvm.dbg.cu").add(self.unit)
        kind = self.module.add_debug_info("DISubroutineType", {"types": self.module.add_metadata([None])})
        return self.module.add_debug_info(
            "DISubprogram",
            {
                "name": name, "file": self._file(at.path), "line": at.line, "type": kind, "isLocal": True,
                "isDefinition": True, "isOptimized": True, "unit": self.unit, "scopeLine": at.line,
            },
            is_distinct=True,
        )  # fmt: skip

    def place(self, scope: Any, at: Location) -> Any:
        """Debug information for an instruction."""
        return self.module.add_debug_info("DILocation", {"line": at.line, "column": at.column + 1, "scope": scope})

    def text(self) -> str:
        """The module as LLVM assembly."""
        return str(self.module)


def result_elements(function: Function) -> list[Any]:
    """The types of a function's results."""
    if function.result is None:
        return []
    return list(function.result.elements) if isinstance(function.result, TupleType) else [function.result]


def fingerprint(*parts: bytes) -> str:
    """A short stable name for a combination of inputs."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(struct.pack("<Q", len(part)) + part)
    return digest.hexdigest()


__all__ = ["AccountsType", "ModuleContext", "Site", "fingerprint", "is_view", "parameter_types", "registers", "result_elements", "returns_directly", "scalar_type", "word"]  # fmt: skip
