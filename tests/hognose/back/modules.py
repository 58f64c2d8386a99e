"""IR modules that several tests compile, made by hand with llvmlite, and their objects (compiled once)."""

from __future__ import annotations

from functools import cache

from llvmlite import ir

from hognose.back.codegen import CodegenRequest, CodegenResult, emit

I8, I64 = ir.IntType(8), ir.IntType(64)
POINTER = ir.PointerType()

SOURCE_FILE = "quotes.py"
SOURCE = [
    "def square_plus(a, b):",
    "    product = a * a",
    "    return product + b",
    "",
    "def entrypoint(data):",
    "    a = data[0]",
    "    b = data[1]",
    "    return square_plus(a, b) // (a + 1)",
]

MULTIPLY_HIGH = """
define i64 @multiply_high(i64 %a, i64 %b) alwaysinline nounwind {
  %al = and i64 %a, 4294967295
  %ah = lshr i64 %a, 32
  %bl = and i64 %b, 4294967295
  %bh = lshr i64 %b, 32
  %ll = mul i64 %al, %bl
  %lh = mul i64 %al, %bh
  %hl = mul i64 %ah, %bl
  %hh = mul i64 %ah, %bh
  %carry = lshr i64 %ll, 32
  %middle = add i64 %hl, %carry
  %low = and i64 %middle, 4294967295
  %high = lshr i64 %middle, 32
  %middle2 = add i64 %lh, %low
  %high2 = lshr i64 %middle2, 32
  %sum = add i64 %hh, %high
  %result = add i64 %sum, %high2
  ret i64 %result
}
define i64 @unused_helper(i64 %a) nounwind { ret i64 %a }
"""

USES_MULTIPLY_HIGH = """
declare i64 @multiply_high(i64, i64) memory(none) nounwind willreturn
declare i64 @sol_set_return_data(ptr, i64)
define i64 @entrypoint(ptr %input, ptr %data) nounwind {
  %result = alloca [2 x i64]
  %second = getelementptr i8, ptr %data, i64 8
  %a = load i64, ptr %data, align 1
  %b = load i64, ptr %second, align 1
  %high = call i64 @multiply_high(i64 %a, i64 %b)
  %low = mul i64 %a, %b
  store i64 %low, ptr %result
  %place = getelementptr i8, ptr %result, i64 8
  store i64 %high, ptr %place
  call i64 @sol_set_return_data(ptr %result, i64 16)
  ret i64 0
}
"""

# Two read-only tables, one of pointers into the other; a call of a function kept apart; a system call.
TABLES = """
@numbers = internal constant [8 x i64] [i64 10, i64 11, i64 12, i64 13, i64 14, i64 15, i64 16, i64 17]
@name = internal constant [8 x i8] c"hognose!"
@places = internal constant [2 x ptr] [ptr @name, ptr getelementptr (i8, ptr @numbers, i64 24)]
declare i64 @sol_log_(ptr, i64)
define internal i64 @pick(i64 %index) noinline nounwind {
  %place = getelementptr [8 x i64], ptr @numbers, i64 0, i64 %index
  %number = load i64, ptr %place
  ret i64 %number
}
define internal i64 @follow(i64 %index) noinline nounwind {
  %place = getelementptr [2 x ptr], ptr @places, i64 0, i64 %index
  %pointer = load ptr, ptr %place
  %number = load i64, ptr %pointer
  ret i64 %number
}
define internal i64 @never_called(i64 %index) noinline nounwind { ret i64 %index }
define i64 @entrypoint(ptr %input, ptr %data) nounwind {
  call i64 @sol_log_(ptr @name, i64 8)
  %index = load i64, ptr %data, align 1
  %half = and i64 %index, 1
  %one = call i64 @pick(i64 %index)
  %two = call i64 @follow(i64 %half)
  %both = xor i64 %one, %two
  %code = and i64 %both, 4294967295
  ret i64 %code
}
"""


@cache
def compiled(main: str, helpers: str | None = None) -> CodegenResult:
    """The module's object, assembly and optimised IR."""
    return emit(CodegenRequest(main, helpers, assembly=True, optimised=True))


def with_lines(version: int | None = 4) -> str:
    """The IR of `SOURCE` with debug locations of that DWARF version, or without any."""
    module = ir.Module(name=SOURCE_FILE)
    place = module.add_debug_info("DIFile", {"filename": SOURCE_FILE, "directory": "/programs"})
    unit = None if version is None else _unit(module, place, version)
    _entrypoint(module, unit, _square_plus(module, unit))
    return str(module)


def _unit(module: ir.Module, place, version: int):
    unit = module.add_debug_info(
        "DICompileUnit",
        {
            "language": ir.DIToken("DW_LANG_Python"),
            "file": place,
            "producer": "hognose",
            "isOptimized": True,
            "runtimeVersion": 0,
            "emissionKind": ir.DIToken("LineTablesOnly"),
        },
        is_distinct=True,
    )
    module.add_named_metadata("llvm.dbg.cu").add(unit)
    flags = module.add_named_metadata("llvm.module.flags")
    for name, value in (("Dwarf Version", version), ("Debug Info Version", 3)):
        flags.add(module.add_metadata([ir.IntType(32)(2), name, ir.IntType(32)(value)]))
    return unit


def _function(module: ir.Module, name: str, arguments: list[ir.Type], unit, line: int):
    function = ir.Function(module, ir.FunctionType(I64, arguments), name)
    function.attributes.add("nounwind")
    scope = None if unit is None else _scope(module, name, unit, line)
    if scope is not None:
        function.set_metadata("dbg", scope)
    return function, ir.IRBuilder(function.append_basic_block()), scope


def _scope(module: ir.Module, name: str, unit, line: int):
    place = module.add_debug_info("DIFile", {"filename": SOURCE_FILE, "directory": "/programs"})
    return module.add_debug_info(
        "DISubprogram",
        {
            "name": name,
            "linkageName": name,
            "scope": place,
            "file": place,
            "line": line,
            "type": module.add_debug_info("DISubroutineType", {"types": module.add_metadata([None])}),
            "scopeLine": line,
            "spFlags": ir.DIToken("DISPFlagDefinition | DISPFlagOptimized"),
            "unit": unit,
        },
        is_distinct=True,
    )


def _at(builder: ir.IRBuilder, module: ir.Module, scope, line: int, column: int) -> None:
    location = None if scope is None else _location(module, scope, line, column)
    builder.debug_metadata = location  # pyright: ignore[reportAttributeAccessIssue] (typed None by its first value)


def _location(module: ir.Module, scope, line: int, column: int):
    return module.add_debug_info("DILocation", {"line": line, "column": column, "scope": scope})


def _square_plus(module: ir.Module, unit) -> ir.Function:
    function, builder, scope = _function(module, "square_plus", [I64, I64], unit, 1)
    function.linkage = "internal"
    function.attributes.add("noinline")
    _at(builder, module, scope, 2, 15)
    product = builder.mul(function.args[0], function.args[0])
    _at(builder, module, scope, 3, 12)
    builder.ret(builder.add(product, function.args[1]))
    return function


def _entrypoint(module: ir.Module, unit, inner: ir.Function) -> None:
    function, builder, scope = _function(module, "entrypoint", [POINTER, POINTER], unit, 5)
    _at(builder, module, scope, 6, 9)
    a = builder.load(function.args[1], typ=I64)
    _at(builder, module, scope, 7, 9)
    b = builder.load(builder.gep(function.args[1], [I64(8)], source_etype=I8), typ=I64)
    _at(builder, module, scope, 8, 12)
    total = builder.call(inner, [a, b])
    builder.ret(builder.udiv(total, builder.add(a, I64(1))))
