"""SQLite, opened the one way this project opens it: a fixed version, write-ahead log, full durability."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, TypeAlias

import apsw

from quatrain.client.errors import StoreDamagedError, StoreVersionError

MINIMUM_VERSION: Final = (3, 51, 3)
"""SQLite before this can corrupt a database in WAL mode when a checkpoint meets a writer."""


def check_sqlite(version: str) -> None:
    """StoreVersionError when this SQLite is too old to be trusted with a write-ahead log."""
    if tuple(int(part) for part in version.split(".")[:3]) < MINIMUM_VERSION:
        needed = ".".join(str(part) for part in MINIMUM_VERSION)
        raise StoreVersionError(
            f"this is SQLite {version}; versions before {needed} can corrupt a database in WAL mode",
            code="sqlite_too_old",
            advice="Upgrade: pip install --upgrade apsw",
        )


class Database:
    """A file that is open: the few operations this project uses, with types where apsw has none."""

    def __init__(self, path: Path):
        self._connection: Any = apsw.Connection(str(path))

    def rows(self, statement: str, bindings: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query."""
        return iter(self._connection.execute(statement, bindings))

    def one(self, statement: str, bindings: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        return next(self.rows(statement, bindings), None)

    def run(self, statement: str, bindings: Sequence[Any] = ()) -> None:
        """Run a statement."""
        self._connection.execute(statement, bindings)

    def run_many(self, statement: str, bindings: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each row of bindings."""
        self._connection.executemany(statement, bindings)

    def transaction(self) -> AbstractContextManager[Any]:
        """All of what is run inside, or nothing of it."""
        transaction: AbstractContextManager[Any] = self._connection
        return transaction

    def pragma(self, name: str, value: Any = None) -> Any:
        """Ask or set one of SQLite's settings."""
        return self._connection.pragma(name) if value is None else self._connection.pragma(name, value)

    def trace(self, before: Callable[..., bool]) -> None:
        """Call `before` ahead of every statement."""
        self._connection.exec_trace = before

    def wait(self, milliseconds: int) -> None:
        """How long to wait for another process's transaction."""
        self._connection.set_busy_timeout(milliseconds)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


Upgrade: TypeAlias = Callable[[Database], None]
"""Rewrites a file of one format as the next."""


def open_database(
    path: Path, *, application_id: int, format_version: int, schema: str, upgrades: Mapping[int, Upgrade] | None = None
) -> Database:
    """Open or create; a file of another application or of a newer format is refused, a damaged one too.

    A file of an older format for which there is a way to this one in `upgrades` is rewritten, or left as it was.
    """
    check_sqlite(apsw.sqlite_lib_version())
    connection = Database(path)
    try:
        _prepare(connection, path, application_id, format_version, schema, upgrades or {})
    except apsw.NotADBError as error:
        connection.close()
        raise StoreDamagedError(f"{path} is no SQLite database", code="store_damaged") from error
    except apsw.CorruptError as error:
        connection.close()
        raise StoreDamagedError(
            f"{path} is damaged: {error}", advice="Restore it from a backup, or move it away to begin anew."
        ) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(
    connection: Database,
    path: Path,
    application_id: int,
    format_version: int,
    schema: str,
    upgrades: Mapping[int, Upgrade],
) -> None:
    connection.wait(5_000)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    found, version = connection.pragma("application_id"), connection.pragma("user_version")
    if (found, version) == (0, 0):
        with connection.transaction():
            connection.run(schema)
            connection.pragma("application_id", application_id)
            connection.pragma("user_version", format_version)
        path.chmod(0o600)
    elif found != application_id:
        raise StoreVersionError(f"{path} belongs to another program", code="store_format_unknown")
    elif set(range(version, format_version)) <= set(upgrades) and version < format_version:
        with connection.transaction():
            for step in range(version, format_version):
                upgrades[step](connection)
            connection.pragma("user_version", format_version)
    elif version != format_version:
        raise StoreVersionError(
            f"{path} has format {version}, this version reads {format_version}",
            code="store_format_unknown",
            advice="Use the version of Quatrain that wrote it, or begin anew with another --home.",
        )


__all__ = ["MINIMUM_VERSION", "Database", "Upgrade", "check_sqlite", "open_database"]
