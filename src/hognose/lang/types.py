"""The types of the language, as a type checker sees them and as the compiler does.

To a type checker the integers are `int`, so that sources are ordinary Python. At run time each is an `IntegerType`:
a callable that converts and checks the range, and the descriptor that layouts and the compiler read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from hognose.lang.traps import Trap, TrapKind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class IntegerType:
    """A fixed-width integer: `bits` wide, two's complement when `signed`, little-endian in memory."""

    name: str
    bits: int
    signed: bool

    @property
    def size(self) -> int:
        return self.bits // 8

    @property
    def minimum(self) -> int:
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def maximum(self) -> int:
        return (1 << (self.bits - 1)) - 1 if self.signed else (1 << self.bits) - 1

    def holds(self, value: int) -> bool:
        """Whether `value` is representable."""
        return self.minimum <= value <= self.maximum

    def __call__(self, value: int) -> int:
        """Convert, raising `Trap` when `value` does not fit."""
        if not self.holds(value):
            raise Trap(TrapKind.CONVERSION, f"{value} does not fit {self.name}")
        return int(value)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class BoolType:
    """A truth value: one byte in memory, 0 or 1."""

    name: str = "bool"
    size: int = 1

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class PubkeyType:
    """A 32-byte address."""

    name: str = "Pubkey"
    size: int = 32

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ArrayType:
    """`length` elements side by side; `None` is a view of any length. A `tail` array fills the rest of its account."""

    element: Type
    length: int | None = None
    tail_minimum: int | None = None

    @property
    def size(self) -> int:
        """Bytes in memory; of a tail, at its minimum length."""
        length = self.length if self.length is not None else self.tail_minimum
        if length is None:
            raise ValueError("a view has no size of its own")
        return self.element.size * length

    def __str__(self) -> str:
        return f"Array[{self.element}]" if self.length is None else f"Array[{self.element}, {self.length}]"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a struct: `offset` bytes from the start (after any discriminator)."""

    name: str
    type: Type
    offset: int


@dataclass(frozen=True, slots=True, eq=False)
class StructType:
    """A packed record. `python_class` is the class that declared it; `header` counts discriminator bytes before it."""

    name: str
    fields: tuple[Field, ...]
    size: int
    python_class: type[Any]
    header: int = 0

    def field(self, name: str) -> Field | None:
        """The field called `name`, or None."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def tail(self) -> Field | None:
        """The variable-length last field, if there is one."""
        last = self.fields[-1] if self.fields else None
        return last if last and isinstance(last.type, ArrayType) and last.type.tail_minimum is not None else None

    def __str__(self) -> str:
        return self.name


Type: TypeAlias = "IntegerType | BoolType | PubkeyType | ArrayType | StructType"

BOOL = BoolType()
PUBKEY = PubkeyType()

U8 = IntegerType("u8", 8, False)
U16 = IntegerType("u16", 16, False)
U32 = IntegerType("u32", 32, False)
U64 = IntegerType("u64", 64, False)
U128 = IntegerType("u128", 128, False)
I64 = IntegerType("i64", 64, True)
I128 = IntegerType("i128", 128, True)

if TYPE_CHECKING:
    u8: TypeAlias = int
    u16: TypeAlias = int
    u32: TypeAlias = int
    u64: TypeAlias = int
    u128: TypeAlias = int
    i64: TypeAlias = int
    i128: TypeAlias = int
else:
    u8, u16, u32, u64, u128, i64, i128 = U8, U16, U32, U64, U128, I64, I128


class Pubkey(bytes):
    """An address: 32 bytes, printed in base58."""

    def __new__(cls, value: bytes) -> Pubkey:
        """Wrap exactly 32 bytes."""
        if len(value) != 32:
            raise ValueError(f"an address has 32 bytes, not {len(value)}")
        return super().__new__(cls, value)

    @classmethod
    def parse(cls, text: str) -> Pubkey:
        """Read base58."""
        from solders.pubkey import Pubkey as SoldersPubkey

        return cls(bytes(SoldersPubkey.from_string(text)))

    def __str__(self) -> str:
        from solders.pubkey import Pubkey as SoldersPubkey

        return str(SoldersPubkey.from_bytes(bytes(self)))

    def __repr__(self) -> str:
        return f"Pubkey({self})"


class Array(list[T], Generic[T]):
    """A fixed-length array. In an annotation, `Array[T]` is a view of an array of any length."""

    element: Type
    frozen: bool
    tail_minimum: int | None

    def __init__(self, element: Type, values: Iterable[T], *, frozen: bool = False, tail_minimum: int | None = None):
        super().__init__(values)
        self.element = element
        self.frozen = frozen
        self.tail_minimum = tail_minimum

    @property
    def type(self) -> ArrayType:
        """The array's layout."""
        if self.tail_minimum is not None:
            return ArrayType(self.element, None, self.tail_minimum)
        return ArrayType(self.element, len(self))

    def __class_getitem__(cls, item: Any) -> Any:
        return ArrayType(type_of_annotation(item))

    def __setitem__(self, index: Any, value: Any) -> None:
        if self.frozen:
            raise TypeError("a table is read-only")
        super().__setitem__(index, value)


def type_of_annotation(annotation: Any) -> Type:
    """The language type that a run-time annotation object stands for; TypeError when it is none."""
    if annotation is bool:
        return BOOL
    if annotation is Pubkey:
        return PUBKEY
    if isinstance(annotation, IntegerType | ArrayType):
        return annotation
    layout = getattr(annotation, "__layout__", None)
    if isinstance(layout, StructType):
        return layout
    raise TypeError(f"{getattr(annotation, '__name__', annotation)!s} is not a type of the language")


def layout_of(cls: Any) -> StructType:
    """The layout of a declared class; TypeError when it has none."""
    layout = getattr(cls, "__layout__", None)
    if not isinstance(layout, StructType):
        raise TypeError(f"{cls!r} is not a declared record")
    return layout


def zero_of(element: Type) -> Any:
    """The all-zero value of a type."""
    match element:
        case IntegerType():
            return 0
        case BoolType():
            return False
        case PubkeyType():
            return Pubkey(bytes(32))
        case ArrayType():
            length = element.length if element.length is not None else element.tail_minimum or 0
            values = (zero_of(element.element) for _ in range(length))
            return Array(element.element, values, tail_minimum=element.tail_minimum)
        case StructType():
            return element.python_class()


def duplicate(kind: Type, value: Any) -> Any:
    """A value that shares no memory with the given one: structs and arrays are copied, scalars are immutable."""
    match kind:
        case ArrayType():
            return Array(kind.element, (duplicate(kind.element, v) for v in value), tail_minimum=kind.tail_minimum)
        case StructType():
            return kind.python_class(**{f.name: getattr(value, f.name) for f in kind.fields})
        case _:
            return value


def array(element: type[T], length: int) -> Array[T]:
    """A zeroed array of `length` elements."""
    kind = type_of_annotation(element)
    return Array(kind, (zero_of(kind) for _ in range(length)))


def table(element: type[T], values: Iterable[T]) -> Array[T]:
    """A read-only array, placed in the program's read-only data. Module level only."""
    kind = type_of_annotation(element)
    entries = list(values)
    for entry in entries:
        if isinstance(kind, IntegerType) and not kind.holds(entry):  # type: ignore[arg-type]
            raise Trap(TrapKind.CONVERSION, f"table entry {entry} does not fit {kind}")
    return Array(kind, entries, frozen=True)


def tail(element: type[T], *, minimum: int) -> Array[T]:
    """The last field of an account: as many elements as its data holds, at least `minimum`."""
    kind = type_of_annotation(element)
    return Array(kind, (zero_of(kind) for _ in range(minimum)), tail_minimum=minimum)


def copy_into(destination: Any, source: Any) -> None:
    """Copy every field of a struct, or every element of an equally long array, by value."""
    if isinstance(source, list):
        if len(destination) != len(source):  # type: ignore[arg-type]
            raise Trap(TrapKind.INDEX, "arrays of different lengths")
        for index, value in enumerate(source):  # type: ignore[arg-type]
            if isinstance(value, list) or hasattr(type(value), "__layout__"):  # type: ignore[arg-type]
                copy_into(destination[index], value)
            else:
                destination[index] = value
        return
    for field in source.__layout__.fields:
        value = getattr(source, field.name)
        if isinstance(field.type, ArrayType | StructType):
            copy_into(getattr(destination, field.name), value)
        else:
            setattr(destination, field.name, value)
