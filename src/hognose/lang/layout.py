"""Packed (Borsh) layouts: computed from annotations, and the codec that every off-chain reader uses."""

from __future__ import annotations

import ast
import sys
from typing import Any

from hognose.lang.types import (
    Array,
    ArrayType,
    BoolType,
    Field,
    IntegerType,
    Pubkey,
    PubkeyType,
    StructType,
    Type,
    type_of_annotation,
    zero_of,
)


class LayoutError(ValueError):
    """Bytes that do not fit the layout that reads them."""


def annotations_of(cls: type[Any]) -> dict[str, Any]:
    """The class's own annotations, evaluated in its module."""
    namespace = dict(vars(sys.modules[cls.__module__]))
    return {
        name: eval(annotation, namespace) if isinstance(annotation, str) else annotation  # noqa: S307
        for name, annotation in vars(cls).get("__annotations__", {}).items()
    }


def lay_out(cls: type[Any], header: int = 0) -> StructType:
    """The packed layout of a class's annotated fields, after `header` bytes."""
    fields: list[Field] = []
    offset = header
    for name, annotation in annotations_of(cls).items():
        default = vars(cls).get(name)
        kind = default.type if isinstance(default, Array) else type_of_annotation(annotation)
        if fields and isinstance(fields[-1].type, ArrayType) and fields[-1].type.tail_minimum is not None:
            raise TypeError(f"{cls.__name__}.{name}: a tail array must be the last field")
        if isinstance(kind, ArrayType) and kind.length is None and kind.tail_minimum is None:
            raise TypeError(f"{cls.__name__}.{name}: give the length: `{name}: Array[…] = array(…, length)`")
        if name in vars(cls) and not isinstance(default, Array) and default != zero_of(kind):
            raise TypeError(f"{cls.__name__}.{name}: a field that is not given is zero; the default {default!r} is not")
        fields.append(Field(name, kind, offset))
        offset += kind.size
    return StructType(cls.__name__, tuple(fields), offset, cls, header)


def encode(kind: Type, value: Any) -> bytes:
    """The bytes of a value; of a struct, without its header; of a view (an argument), behind its u32 length."""
    match kind:
        case IntegerType():
            return int(kind(value)).to_bytes(kind.size, "little", signed=kind.signed)
        case BoolType():
            return bytes([bool(value)])
        case PubkeyType():
            return bytes(Pubkey(value))
        case ArrayType():
            if kind.length is not None and len(value) != kind.length:
                raise LayoutError(f"{len(value)} elements where {kind} stands")
            elements = b"".join(encode(kind.element, element) for element in value)
            is_view = kind.length is None and kind.tail_minimum is None
            return len(value).to_bytes(4, "little") + elements if is_view else elements
        case StructType():
            return b"".join(encode(field.type, getattr(value, field.name)) for field in kind.fields)


def decode(kind: Type, data: bytes | memoryview) -> Any:
    """Read a value from exactly its bytes; a tail array takes all that is left."""
    match kind:
        case IntegerType():
            return int.from_bytes(data, "little", signed=kind.signed)
        case BoolType():
            return data[0] != 0
        case PubkeyType():
            return Pubkey(bytes(data))
        case ArrayType():
            step = kind.element.size
            values = (decode(kind.element, data[at : at + step]) for at in range(0, len(data) // step * step, step))
            return Array(kind.element, values, tail_minimum=kind.tail_minimum)
        case StructType():
            return _decode_struct(kind, data)


def _decode_struct(kind: StructType, data: bytes | memoryview) -> Any:
    if len(data) < kind.size - kind.header:
        raise LayoutError(f"{len(data)} bytes where {kind.name} needs {kind.size - kind.header}")
    value: Any = object.__new__(kind.python_class)
    for field in kind.fields:
        start = field.offset - kind.header
        end = len(data) if field is kind.tail else start + field.type.size
        setattr(value, field.name, decode(field.type, data[start:end]))
    return value


def field_documentation(cls: type[Any]) -> dict[str, str]:
    """The string literal under each field, as the layout table and the IDL print it."""
    import inspect
    import textwrap

    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(body, ast.ClassDef)
    documentation: dict[str, str] = {}
    for statement, following in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            documentation[statement.target.id] = " ".join(following.value.value.split())
    return documentation


__all__ = ["LayoutError", "annotations_of", "decode", "encode", "field_documentation", "lay_out", "zero_of"]
