"""How a program's accounts, events and structs lie in memory: offset, size, type, name and meaning of every byte."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from hognose.idl.documentation import documented_fields
from hognose.lang.declare import DISCRIMINATOR_SIZE, Program
from hognose.lang.types import ArrayType, StructType, Type

ACCOUNT_OVERHEAD_BYTES = 128
LAMPORTS_PER_BYTE = 6_960

Kind = Literal["account", "event", "struct"]


@dataclass(frozen=True, slots=True)
class Row:
    """One field. `offset` counts from the first byte of the account's or the event's data."""

    offset: int
    size: int
    type: str
    name: str
    documentation: str


@dataclass(frozen=True, slots=True)
class Tail:
    """The variable end of an account: each element beyond `minimum` adds `element_bytes` and `element_lamports`."""

    field: str
    minimum: int
    element_bytes: int
    element_lamports: int


@dataclass(frozen=True, slots=True)
class Table:
    """The layout of one record. Of an account with a tail, `size` and the rent count the tail's minimum."""

    kind: Kind
    name: str
    discriminator: str | None
    size: int
    rent_exempt_lamports: int | None
    rows: tuple[Row, ...]
    tail: Tail | None = None


def rent_exempt_lamports(data_bytes: int) -> int:
    """The lamports that an account of `data_bytes` must hold to exist."""
    return (ACCOUNT_OVERHEAD_BYTES + data_bytes) * LAMPORTS_PER_BYTE


def tables(program: Program) -> list[Table]:
    """The layout of every account, event and struct of a program, in this order and each once."""
    accounts = [_account(a.layout, a.discriminator) for a in program.accounts]
    events = [_event(event) for event in program.events]
    return accounts + events + [_struct(layout) for layout in _nested(program)]


def to_json(table: Table) -> dict[str, Any]:
    """A table for `json.dumps`."""
    return dataclasses.asdict(table)


def render(table: Table) -> str:
    """A table as text, without a newline at its end."""
    header = ("offset", "size", "type", "name")
    cells = [(str(row.offset), str(row.size), row.type, row.name) for row in table.rows]
    widths = [max(len(line[column]) for line in [header, *cells]) for column in range(4)]
    lines = [_title(table), _line(header, widths, "")]
    lines += [_line(line, widths, row.documentation) for line, row in zip(cells, table.rows, strict=True)]
    return "\n".join(lines + _closing(table))


def _account(layout: StructType, discriminator: bytes) -> Table:
    tail = layout.tail
    return Table(
        "account",
        layout.name,
        discriminator.hex(),
        layout.size,
        rent_exempt_lamports(layout.size),
        (_tag_row(), *_rows(layout, 0)),
        _tail(tail.name, tail.type) if tail else None,
    )


def _event(cls: type[Any]) -> Table:
    layout: StructType = cls.__layout__
    size = DISCRIMINATOR_SIZE + layout.size
    rows = (_tag_row(), *_rows(layout, DISCRIMINATOR_SIZE))
    return Table("event", layout.name, cls.__discriminator__.hex(), size, None, rows)


def _struct(layout: StructType) -> Table:
    return Table("struct", layout.name, None, layout.size, None, tuple(_rows(layout, 0)))


def _tag_row() -> Row:
    return Row(0, DISCRIMINATOR_SIZE, "discriminator", "", "")


def _rows(layout: StructType, shift: int) -> Iterable[Row]:
    documentation = documented_fields(layout.python_class)
    for field in layout.fields:
        text = documentation.get(field.name, "")
        yield Row(field.offset + shift, field.type.size, describe(field.type), field.name, text)


def describe(kind: Type) -> str:
    """A type as the table names it; a tail's length is given as `N+`."""
    if not isinstance(kind, ArrayType):
        return str(kind)
    length = f"{kind.tail_minimum}+" if kind.tail_minimum is not None else str(kind.length)
    return f"Array[{describe(kind.element)}, {length}]"


def _tail(name: str, kind: Type) -> Tail:
    assert isinstance(kind, ArrayType)
    assert kind.tail_minimum is not None
    return Tail(name, kind.tail_minimum, kind.element.size, kind.element.size * LAMPORTS_PER_BYTE)


def _nested(program: Program) -> list[StructType]:
    """The structs inside accounts, events and arguments."""
    found: dict[StructType, None] = {}

    def visit(kind: Type) -> None:
        if isinstance(kind, ArrayType):
            visit(kind.element)
        elif isinstance(kind, StructType):
            found.setdefault(kind)
            visit_fields(kind)

    def visit_fields(struct: StructType) -> None:
        for field in struct.fields:
            visit(field.type)

    for record in [account.layout for account in program.accounts] + [e.__layout__ for e in program.events]:
        visit_fields(record)
    for declaration in program.declarations:
        for _, kind in declaration.arguments:
            visit(kind)
    return list(found)


def _title(table: Table) -> str:
    tag = f"  discriminator {table.discriminator}" if table.discriminator else ""
    return f"{table.kind} {table.name}{tag}"


def _line(cells: tuple[str, ...], widths: list[int], documentation: str) -> str:
    offset, size, kind, name = cells
    left = f"  {offset:>{widths[0]}}  {size:>{widths[1]}}  {kind:<{widths[2]}}  {name:<{widths[3]}}"
    return f"{left}  {documentation}".rstrip()


def _closing(table: Table) -> list[str]:
    rent = table.rent_exempt_lamports
    lines = [f"  {table.size:,} bytes" + (f", rent-exempt at {rent:,} lamports" if rent is not None else "")]
    if table.tail:
        more = f"{table.tail.element_bytes:,} bytes and {table.tail.element_lamports:,} lamports"
        lines.append(f"  {table.tail.field}: at least {table.tail.minimum}; each further element adds {more}")
    return lines
