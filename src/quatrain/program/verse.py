"""Verses: groups of related markets, nested at most 32 deep."""

from __future__ import annotations

from hognose.lang import (
    SYSTEM_PROGRAM,
    Account,
    Hash,
    accounts,
    argument,
    clock,
    create,
    emit,
    instruction,
    key,
    program,
    require,
    signer,
    state,
    u8,
    u64,
)
from quatrain.program.chain import next_number
from quatrain.program.errors import QuatrainError
from quatrain.program.events import VerseCreated
from quatrain.program.state import ID_GAP_MAXIMUM, VERSE_DEPTH_MAXIMUM, Protocol, Verse, VerseStatus

NO_PARENT = 0
"""Ids start at 1."""


def take_verse_id(protocol: Protocol, id: u64) -> None:
    """Ids only rise, so that none is ever used twice."""
    first = protocol.next_verse_id
    require(first <= id <= first + ID_GAP_MAXIMUM, QuatrainError.ID_OUT_OF_RANGE)
    protocol.next_verse_id = id + 1


def begin(protocol: Protocol, verse: Verse, parent: u64, depth: u8, title: Hash) -> None:
    """Fill a new verse and announce it."""
    verse.parent = parent
    verse.depth = depth
    verse.status = VerseStatus.OPEN
    verse.title = title
    emit(
        VerseCreated(
            sequence=next_number(protocol),
            slot=clock().slot,
            verse=key(verse),
            id=verse.id,
            parent=parent,
            depth=depth,
            title=title,
        )
    )


@accounts
class CreateVerse:
    """The admin pays."""

    admin: Account = signer(writable=True)
    system_program: Account = program(SYSTEM_PROGRAM)
    protocol: Protocol = state(writable=True, admin="admin")
    verse: Verse = create(payer="admin", id=argument("id"))


@instruction
def create_verse(accounts: CreateVerse, id: u64, title: Hash) -> None:
    """Create a root verse under an id never used before (admin)."""
    take_verse_id(accounts.protocol, id)
    begin(accounts.protocol, accounts.verse, NO_PARENT, 0, title)


@accounts
class CreateChildVerse:
    """The admin pays."""

    admin: Account = signer(writable=True)
    system_program: Account = program(SYSTEM_PROGRAM)
    protocol: Protocol = state(writable=True, admin="admin")
    parent: Verse = state(writable=True)
    verse: Verse = create(payer="admin", id=argument("id"))


@instruction
def create_child_verse(accounts: CreateChildVerse, id: u64, title: Hash) -> None:
    """Create a verse below another, at most 32 deep (admin)."""
    parent = accounts.parent
    require(parent.depth < VERSE_DEPTH_MAXIMUM, QuatrainError.VERSE_TOO_DEEP)
    take_verse_id(accounts.protocol, id)
    parent.children += 1
    begin(accounts.protocol, accounts.verse, parent.id, parent.depth + 1, title)
