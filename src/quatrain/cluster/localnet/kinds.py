"""What a parameter may be: from JSON to a value, or the complaint that a Solana validator would make.

A kind stands in an annotation, `Annotated[Pubkey, PubkeyKind()]`. A method's parameters and the fields of its options
are declared by annotations alone; `kind_of` turns those into what validates and documents them.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, Final, Protocol, TypeAlias, Union, cast, get_args, get_origin, get_type_hints

from attrs import NOTHING, fields, frozen, has
from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.signature import Signature

from quatrain.cluster import base58
from quatrain.cluster.localnet.codes import invalid


class Unfit(Exception):
    """A value of the wrong type, in the words of serde, which validators use."""


class Kind(Protocol):
    """One way of reading JSON."""

    @property
    def name(self) -> str:
        """What the reference calls it."""
        ...

    def read(self, value: Any) -> Any:
        """The value; Unfit when its type is wrong, RpcError when only its content is."""
        ...


def shown(value: Any) -> str:
    """A JSON value as complaints name it."""
    match value:
        case None:
            return "null"
        case bool():
            return f"boolean `{str(value).lower()}`"
        case int():
            return f"integer `{value}`"
        case float():
            return f"floating point `{value}`"
        case str():
            return f'string "{value}"'
        case list():
            return "sequence"
        case _:
            return "map"


def mismatch(value: Any, expected: str) -> Unfit:
    """The complaint about a value of another type."""
    return Unfit(f"invalid type: {shown(value)}, expected {expected}")


@frozen
class Unsigned:
    """An unsigned integer of some bits."""

    bits: int = 64

    @property
    def name(self) -> str:
        """As Rust names it."""
        return f"u{self.bits}"

    def read(self, value: Any) -> int:
        """The integer."""
        if type(value) is not int:
            raise mismatch(value, self.name)
        if not 0 <= value < 1 << self.bits:
            raise Unfit(f"invalid value: integer `{value}`, expected {self.name}")
        return value


@frozen
class TextKind:
    """Any string."""

    name: str = "string"

    def read(self, value: Any) -> str:
        """The string."""
        if not isinstance(value, str):
            raise mismatch(value, "a string")
        return value


@frozen
class FlagKind:
    """True or false."""

    name: str = "boolean"

    def read(self, value: Any) -> bool:
        """The truth."""
        if not isinstance(value, bool):
            raise mismatch(value, "a boolean")
        return value


@frozen
class Base58Kind:
    """Base58 text of a fixed number of bytes."""

    name: str
    size: int
    longest: int
    """Characters of the longest text that can be right."""
    make: Callable[[bytes], Any]

    def read(self, value: Any) -> Any:
        """The object that the bytes make."""
        text = TextKind().read(value)
        if len(text) > self.longest:
            raise invalid("Invalid param: WrongSize")
        try:
            data = base58.decode(text)
        except ValueError:
            raise invalid("Invalid param: Invalid") from None
        if len(data) != self.size:
            raise invalid("Invalid param: WrongSize")
        return self.make(data)


@frozen
class Choice:
    """One of the values of an enumeration."""

    options: type[Enum]

    @property
    def name(self) -> str:
        """Every value."""
        return " \\| ".join(f'"{one.value}"' for one in self.options)

    def read(self, value: Any) -> Enum:
        """The member."""
        text = TextKind().read(value)
        for one in self.options:
            if one.value == text:
                return one
        raise Unfit(f"unknown variant `{text}`, expected {_any_of([str(one.value) for one in self.options])}")


def _any_of(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    if len(quoted) < 3:
        return " or ".join(quoted)
    return f"one of {', '.join(quoted)}"


@frozen
class Several:
    """An array of one kind."""

    element: Kind

    @property
    def name(self) -> str:
        """The element's, in brackets."""
        return f"[{self.element.name}]"

    def read(self, value: Any) -> list[Any]:
        """The elements."""
        if not isinstance(value, list):
            raise mismatch(value, "a sequence")
        return [self.element.read(one) for one in cast("list[Any]", value)]


@frozen
class Nullable:
    """A kind, or null, or nothing."""

    inner: Kind

    @property
    def name(self) -> str:
        """The inner one's."""
        return self.inner.name

    def read(self, value: Any) -> Any:
        """The value or None."""
        return None if value is None else self.inner.read(value)


@frozen
class Field:
    """One member of an object."""

    name: str
    """In JSON."""
    attribute: str
    kind: Kind
    required: bool


@frozen
class Record:
    """An object whose members are the fields of an attrs class; members that the class does not know are ignored."""

    make: Callable[..., Any]
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        """Every member."""
        return "{" + ", ".join(one.name for one in self.fields) + "}"

    def read(self, value: Any) -> Any:
        """An instance; members that are missing or null take the class's defaults."""
        if not isinstance(value, Mapping):
            raise mismatch(value, f"struct {self.make.__name__}")
        given = cast("Mapping[str, Any]", value)
        found: dict[str, Any] = {}
        for one in self.fields:
            if given.get(one.name) is None and not one.required:
                continue
            if one.name not in given:
                raise Unfit(f"missing field `{one.name}`")
            found[one.attribute] = one.kind.read(given[one.name])
        return self.make(**found)


@frozen
class Either:
    """A kind that only takes strings, or an object: how some methods abbreviate their options."""

    short: Kind
    field: str
    record: Record

    @property
    def name(self) -> str:
        """The object's; the abbreviation is deprecated."""
        return self.record.name

    def read(self, value: Any) -> Any:
        """An instance of the object's class."""
        if isinstance(value, str):
            return self.record.make(**{self.field: self.short.read(value)})
        return self.record.read(value)


def camel(name: str) -> str:
    """`min_context_slot` as `minContextSlot`."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)


def record(cls: type[Any]) -> Record:
    """The object that an attrs class describes."""
    hints = get_type_hints(cls, include_extras=True)
    return Record(
        cls,
        tuple(
            Field(camel(one.name), one.alias or one.name, kind_of(hints[one.name]), one.default is NOTHING)
            for one in fields(cls)
        ),
    )


def kind_of(annotation: Any) -> Kind:
    """What an annotation says about JSON."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return arguments[1]
    if origin in {Union, types.UnionType}:
        (inner,) = (one for one in arguments if one is not type(None))
        return Nullable(kind_of(inner))
    if origin is list:
        return Several(kind_of(arguments[0]))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return Choice(annotation)
    cls = cast("type[Any]", annotation)
    if has(cls):
        return record(cls)
    raise TypeError(f"{annotation} says nothing about JSON")


Address: TypeAlias = Annotated[Pubkey, Base58Kind("address", 32, 44, Pubkey)]
SignatureText: TypeAlias = Annotated[Signature, Base58Kind("signature", 64, 88, Signature)]
HashText: TypeAlias = Annotated[Hash, Base58Kind("hash", 32, 44, Hash)]
U64: TypeAlias = Annotated[int, Unsigned(64)]
U8: TypeAlias = Annotated[int, Unsigned(8)]
Text: TypeAlias = Annotated[str, TextKind()]
Flag: TypeAlias = Annotated[bool, FlagKind()]


class Commitment(Enum):
    """How settled an answer must be."""

    PROCESSED = "processed"
    CONFIRMED = "confirmed"
    FINALIZED = "finalized"


DEFAULT_COMMITMENT: Final = Commitment.FINALIZED
"""What validators take where a client says nothing."""

__all__ = [
    "DEFAULT_COMMITMENT", "U8", "U64", "Address", "Commitment", "Either", "Field", "Flag", "HashText", "Kind", "Nullable",
    "Record", "Several", "SignatureText", "Text", "Unfit", "camel", "kind_of", "mismatch", "record",
]  # fmt: skip
