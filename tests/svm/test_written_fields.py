"""What an instruction may write by its typed tree, against what it does write on the chain."""

from collections.abc import Iterator
from typing import Any

import pytest

from hognose.build import Build
from hognose.ir.effects import written_fields
from hognose.lang.declare import DISCRIMINATOR_SIZE
from hognose.lang.types import ArrayType, StructType
from hognose.proof.question import Library
from quatrain.program.entrypoint import PROGRAM
from tests.svm.canonical import SCENES, VARIANTS
from tests.svm.stage import Stage
from tests.svm.world import Ticket

ALL = SCENES | VARIANTS
LIBRARY = Library()


def differing(kind: StructType, one: Any, other: Any) -> Iterator[tuple[str, str]]:
    """The fields in which two values differ, by the struct that holds them."""
    for field in kind.fields:
        before, after, inner = getattr(one, field.name), getattr(other, field.name), field.type
        if isinstance(inner, StructType):
            yield from differing(inner, before, after)
        elif isinstance(inner, ArrayType) and isinstance(inner.element, StructType):
            for each, now in zip(before, after, strict=True):
                yield from differing(inner.element, each, now)
        elif before != after:
            yield str(kind), field.name


def written_on_chain(stage: Stage, ticket: Ticket) -> set[tuple[str, str]]:
    """The fields that an instruction leaves otherwise than they were, in accounts that neither come nor go."""
    kinds = {declaration.discriminator: declaration for declaration in PROGRAM.accounts}
    addresses = [meta.pubkey for meta in ticket.metas]
    before = [stage.svm.get_account(address) for address in addresses]
    stage.send(ticket)
    found: set[tuple[str, str]] = set()
    for address, old in zip(addresses, before, strict=True):
        new = stage.svm.get_account(address)
        declaration = kinds.get(bytes(old.data[:DISCRIMINATOR_SIZE])) if old else None
        if declaration is not None and old is not None and new is not None and len(new.data) == len(old.data):
            found |= set(differing(declaration.layout, *(declaration.decode(bytes(one.data)) for one in (old, new))))
    return found


@pytest.mark.parametrize("name", ALL)
def test_nothing_else_is_written(program: Build, name: str) -> None:
    """Every field that differs after an instruction is one that its tree writes."""
    stage = Stage(program.elf)
    ticket = ALL[name](stage)
    assert written_on_chain(stage, ticket) <= written_fields(LIBRARY.typed(ticket.declaration.function))


def test_what_is_written_is_seen(program: Build) -> None:
    """Fields of accounts, of what they hold, and of arrays in them."""
    stage = Stage(program.elf)
    found = written_on_chain(stage, ALL["open_leverage"](stage))
    assert {("Position", "debt"), ("Outcome", "sold"), ("Side", "line"), ("Ladder", "rungs")} <= found
