"""The questions behind the digests: titles and rules of markets, kept off the chain and checked against it.

The chain has only a question's digest, so a title that is shown was looked up by digest and hashes to it: nobody can
give a market another title. Questions are written before their market is created, so an interrupted import loses none.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from hognose.lang import Hash
from quatrain.client.errors import StoreDamagedError
from quatrain.cluster.database import open_database
from quatrain.keepers.ingest.question import Question, parse_document

APPLICATION_ID: Final = 0x5155_4151  # "QUAQ"
FORMAT_VERSION: Final = 1
FILE_NAME: Final = "questions.sqlite"

_SCHEMA: Final = """
CREATE TABLE questions (digest BLOB PRIMARY KEY, source TEXT NOT NULL, document TEXT NOT NULL) STRICT;
CREATE INDEX questions_by_source ON questions (source);
"""


class Catalogue:
    """Questions by digest and by source, in one file of the home directory."""

    def __init__(self, directory: Path):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._database = open_database(
            directory / FILE_NAME,
            application_id=APPLICATION_ID,
            format_version=FORMAT_VERSION,
            schema=_SCHEMA,
        )

    def put(self, questions: Iterable[Question]) -> None:
        """Remember questions; those known already stay as they are."""
        rows = [(bytes(one.digest), one.source, one.document()) for one in questions]
        with self._database.transaction():
            self._database.run_many("INSERT OR IGNORE INTO questions VALUES (?, ?, ?)", rows)

    def find(self, digest: bytes) -> Question | None:
        """The question with this digest, or None when it is not known here."""
        query = "SELECT document FROM questions WHERE digest = ?"
        row = self._database.one(query, (bytes(digest),))
        if row is None:
            return None
        question = parse_document(str(row[0]))
        if question.digest != Hash(bytes(digest)):
            raise StoreDamagedError(f"the question kept for {bytes(digest).hex()} has another digest")
        return question

    def digests_of(self, source: str) -> list[bytes]:
        """The digests of every wording that a source had."""
        query = "SELECT digest FROM questions WHERE source = ?"
        return [bytes(digest) for (digest,) in self._database.rows(query, (source,))]

    def close(self) -> None:
        """Close the file."""
        self._database.close()


__all__ = ["FILE_NAME", "Catalogue"]
