"""Types of the language as types of the IDL, and the definitions that they refer to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hognose.errors import HognoseError
from hognose.idl.documentation import class_lines, documented_fields
from hognose.idl.models import IdlField, IdlType, IdlTypeDefinition
from hognose.lang.types import ArrayType, BoolType, Field, IntegerType, PubkeyType, StructType, Type


class IdlError(HognoseError):
    """A program that no IDL can describe; the message says what to rename."""


@dataclass(slots=True)
class Definitions:
    """The structs that an IDL refers to, in order of first mention, each once."""

    entries: list[IdlTypeDefinition] = field(default_factory=list[IdlTypeDefinition])
    _classes: dict[str, type[Any]] = field(default_factory=dict[str, "type[Any]"])

    def add(self, struct: StructType) -> None:
        """Define `struct` and all that it contains."""
        known = self._classes.setdefault(struct.name, struct.python_class)
        if known is not struct.python_class:
            raise IdlError(
                f"two different classes are called {struct.name} ({known.__module__} and "
                f"{struct.python_class.__module__}); the IDL tells them apart by name alone, rename one"
            )
        if any(entry["name"] == struct.name for entry in self.entries):
            return
        entry = IdlTypeDefinition(name=struct.name, type={"kind": "struct", "fields": []})
        self.entries.append(entry)
        if docs := class_lines(struct.python_class):
            entry["docs"] = docs
        documentation = documented_fields(struct.python_class)
        entry["type"]["fields"] += [self._field(f, documentation.get(f.name)) for f in struct.fields]

    def type_of(self, kind: Type) -> IdlType:
        """The IDL's word for a type; structs are defined on the way.

        A tail array appears as the elements that every account has at least: its number has no prefix, and readers
        of an IDL accept the bytes that follow.
        """
        match kind:
            case IntegerType() | BoolType():
                return kind.name
            case PubkeyType():
                return "pubkey"
            case ArrayType():
                element = self.type_of(kind.element)
                length = kind.length if kind.length is not None else kind.tail_minimum
                return {"vec": element} if length is None else {"array": (element, length)}
            case StructType():
                self.add(kind)
                return {"defined": {"name": kind.name}}

    def _field(self, layout: Field, documentation: str | None) -> IdlField:
        docs = [text for text in (documentation, tail_note(layout.type)) if text]
        kind = self.type_of(layout.type)
        return IdlField(name=layout.name, docs=docs, type=kind) if docs else IdlField(name=layout.name, type=kind)


def tail_note(kind: Type) -> str | None:
    """What a reader must know of a tail array, or None for any other type."""
    if not isinstance(kind, ArrayType) or kind.tail_minimum is None:
        return None
    return (
        f"At least {kind.tail_minimum} elements; further ones of {kind.element.size} bytes each fill the rest of the "
        "account's data."
    )
