"""The embedded chain on disk: one SQLite file, one SQLite transaction for everything that is acknowledged together.

After a crash at any moment the file holds the state before a change or after it, never between: the accounts, the
clock, the blocks that ended and the record of the transactions are written together or not at all.

Transactions are numbered in the order of processing, so that history is appended and never shuffled: the only places
written at random are the accounts and two narrow indexes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction

from quatrain.client.accounts import Filter, RawAccount
from quatrain.client.errors import StoreError
from quatrain.cluster.database import Database, open_database
from quatrain.cluster.effects import Effects, pack, unpack
from quatrain.cluster.lock import FileLock

APPLICATION_ID: Final = 0x5155_4154  # "QUAT"
FORMAT_VERSION: Final = 2
FILE_NAME: Final = "chain.sqlite"
LOCK_NAME: Final = "chain.lock"

_LARGEST: Final = 2**63 - 1
"""The largest number that SQLite knows; slots that clients ask for may be larger."""
_HISTORY: Final = """
CREATE TABLE blocks (
    slot INTEGER PRIMARY KEY, parent INTEGER NOT NULL, next INTEGER NOT NULL, unix_ms INTEGER NOT NULL,
    blockhash BLOB NOT NULL, transactions INTEGER NOT NULL
) STRICT;
CREATE TABLE transactions (
    number INTEGER PRIMARY KEY, slot INTEGER NOT NULL, position INTEGER NOT NULL, unix_ms INTEGER NOT NULL,
    signature BLOB NOT NULL, units INTEGER NOT NULL, fee_lamports INTEGER NOT NULL, error TEXT, wire BLOB NOT NULL,
    logs TEXT NOT NULL, effects BLOB
) STRICT;
CREATE UNIQUE INDEX transactions_by_slot ON transactions (slot, position);
CREATE INDEX transactions_by_signature ON transactions (substr(signature, 1, 8));
CREATE TABLE addresses (number INTEGER PRIMARY KEY, address BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE mentions (
    address INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (address, number)
) STRICT, WITHOUT ROWID;
"""
_SCHEMA: Final = f"""
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    slot INTEGER NOT NULL, unix_ms INTEGER NOT NULL, blockhash BLOB NOT NULL
) STRICT;
CREATE TABLE accounts (
    address BLOB PRIMARY KEY, lamports INTEGER NOT NULL, owner BLOB NOT NULL, executable INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
{_HISTORY}"""
_TRANSACTION: Final = (
    "SELECT number, slot, position, unix_ms, signature, units, fee_lamports, error, wire, logs, effects"
)


@frozen
class Head:
    """Where the chain stands: the slot and time of the open block, and the blockhash that it builds on."""

    slot: int
    unix_ms: int
    blockhash: bytes


@frozen
class BlockRow:
    """A block that has ended; `next` is the slot of the block after it, later by more than one where time jumped."""

    slot: int
    parent: int
    next: int
    unix_ms: int
    blockhash: bytes
    transactions: int


@frozen
class Processed:
    """The record of one transaction. `effects` is None only where an older version wrote the record."""

    signature: bytes
    units: int
    fee_lamports: int
    error: str | None
    wire: bytes
    logs: tuple[str, ...]
    effects: Effects | None = None

    @property
    def text(self) -> str:
        """The signature in base58."""
        return str(Signature.from_bytes(self.signature))

    @property
    def transaction(self) -> VersionedTransaction:
        """What was sent."""
        return VersionedTransaction.from_bytes(self.wire)


@frozen
class Recorded:
    """A transaction out of the history, with its number and its place in the chain."""

    number: int
    slot: int
    position: int
    unix_ms: int
    processed: Processed


@frozen
class Change:
    """What is written at once: transactions of the open block, accounts (None where one is gone), blocks that ended."""

    head: Head
    """Where the chain stands afterwards."""
    at: Head
    """Where it stood when the transactions ran."""
    position: int = 0
    """The place of the first transaction in its block."""
    processed: Sequence[Processed] = ()
    accounts: Sequence[tuple[Pubkey, RawAccount | None]] = ()
    blocks: Sequence[BlockRow] = ()


class Store:
    """The file, locked against other commands while it is open."""

    def __init__(self, directory: Path, *, patience_seconds: float = 10.0):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory = directory
        self._lock = FileLock(directory / LOCK_NAME, patience_seconds).acquire()
        try:
            self._database = open_database(
                self.path,
                application_id=APPLICATION_ID,
                format_version=FORMAT_VERSION,
                schema=_SCHEMA,
                upgrades={1: _upgrade_from_1},
            )
        except BaseException:
            self._lock.release()
            raise

    @property
    def path(self) -> Path:
        """The file."""
        return self.directory / FILE_NAME

    # -- state ----------------------------------------------------------------------------------------------------

    def head(self) -> Head | None:
        """Where the chain stands, or None in a new store."""
        row = self._database.one("SELECT slot, unix_ms, blockhash FROM head")
        return None if row is None else Head(*row)

    def accounts(self) -> Iterator[tuple[Pubkey, RawAccount]]:
        """Every account that ever changed and still exists; executable ones last, after what they refer to."""
        query = "SELECT address, lamports, owner, executable, data FROM accounts ORDER BY executable"
        for address, lamports, owner, executable, data in self._database.rows(query):
            account = RawAccount(int(lamports), bytes(data), Pubkey.from_bytes(owner), bool(executable))
            yield Pubkey.from_bytes(address), account

    def select(
        self, owner: Pubkey, filters: Sequence[Filter], size: int | None = None
    ) -> list[tuple[Pubkey, RawAccount]]:
        """The accounts of an owner that pass every filter and, if asked, have this many bytes."""
        query = "SELECT address, lamports, executable, data FROM accounts WHERE owner = ?"
        bindings: list[Any] = [bytes(owner)]
        if size is not None:
            query += " AND length(data) = ?"
            bindings.append(min(size, _LARGEST))
        for one in filters:
            if one.data:
                query += " AND substr(data, ?, ?) = ?"
                bindings += [min(one.offset + 1, _LARGEST), len(one.data), one.data]
        return [
            (Pubkey.from_bytes(address), RawAccount(int(lamports), bytes(data), owner, bool(executable)))
            for address, lamports, executable, data in self._database.rows(query, bindings)
        ]

    def largest_accounts(self, limit: int) -> list[tuple[Pubkey, int]]:
        """The accounts with the most lamports."""
        query = "SELECT address, lamports FROM accounts ORDER BY lamports DESC LIMIT ?"
        return [(Pubkey.from_bytes(address), int(held)) for address, held in self._database.rows(query, (limit,))]

    def total_lamports(self) -> int:
        """The lamports of all accounts."""
        return sum(int(held) for (held,) in self._database.rows("SELECT lamports FROM accounts"))

    def setting(self, name: str) -> str | None:
        """A note about the chain, such as the hash of the build that is deployed."""
        row = self._database.one("SELECT value FROM settings WHERE name = ?", (name,))
        return None if row is None else str(row[0])

    def set_setting(self, name: str, value: str) -> None:
        """Write a note."""
        self._database.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    # -- history --------------------------------------------------------------------------------------------------

    def block(self, slot: int) -> BlockRow | None:
        """The block of a slot, if it has ended and is kept."""
        return next(self.blocks(slot, slot), None)

    def blocks(self, first: int, last: int, limit: int = -1) -> Iterator[BlockRow]:
        """The blocks of the slots from `first` to `last`, oldest first."""
        query = "SELECT * FROM blocks WHERE slot BETWEEN ? AND ? ORDER BY slot LIMIT ?"
        bounds = (min(first, _LARGEST), min(last, _LARGEST), limit)
        return (BlockRow(*row) for row in self._database.rows(query, bounds))

    def blocks_before(self, slot: int, limit: int) -> list[BlockRow]:
        """The last `limit` blocks before a slot, oldest first."""
        query = "SELECT * FROM blocks WHERE slot < ? ORDER BY slot DESC LIMIT ?"
        return [BlockRow(*row) for row in self._database.rows(query, (slot, limit))][::-1]

    def block_slots(self, first: int, last: int, limit: int) -> list[int]:
        """The slots from `first` to `last` that have blocks, oldest first."""
        query = "SELECT slot FROM blocks WHERE slot BETWEEN ? AND ? ORDER BY slot LIMIT ?"
        bounds = (min(first, _LARGEST), min(last, _LARGEST), limit)
        return [int(slot) for (slot,) in self._database.rows(query, bounds)]

    def samples(self, before: int, slots: int, limit: int) -> list[tuple[int, int, int]]:
        """For each run of `slots` slots before one, newest first: its newest slot, its blocks and transactions."""
        query = """SELECT max(slot), count(*), sum(transactions) FROM blocks WHERE slot < ? AND slot >= ?
            GROUP BY (? - 1 - slot) / ? ORDER BY 1 DESC"""
        rows = self._database.rows(query, (before, before - slots * limit, before, slots))
        return [(int(slot), int(blocks), int(transactions)) for slot, blocks, transactions in rows]

    def first_slot(self) -> int | None:
        """The oldest block that is kept."""
        row = self._database.one("SELECT min(slot) FROM blocks")
        return None if row is None else row[0]

    def transaction(self, signature: bytes) -> Recorded | None:
        """The record of a signature."""
        query = f"{_TRANSACTION} FROM transactions WHERE substr(signature, 1, 8) = ? AND signature = ?"
        row = self._database.one(query, (signature[:8], signature))
        return None if row is None else _recorded(row)

    def transactions(self, slot: int | None = None) -> Iterator[Recorded]:
        """Every transaction, or those of one slot, in the order of processing."""
        query = f"{_TRANSACTION} FROM transactions WHERE slot = ? ORDER BY position"
        if slot is None:
            return map(_recorded, self._database.rows(f"{_TRANSACTION} FROM transactions ORDER BY number"))
        return map(_recorded, self._database.rows(query, (slot,)))

    def transaction_count(self) -> int:
        """How many transactions were ever processed."""
        row = self._database.one("SELECT max(number) FROM transactions")
        return 0 if row is None or row[0] is None else int(row[0])

    def signatures_since(self, slot: int) -> list[tuple[bytes, int]]:
        """The signatures processed from `slot` on, with their slots, in order."""
        query = "SELECT signature, slot FROM transactions WHERE slot >= ? ORDER BY slot, position"
        return [(bytes(signature), int(at)) for signature, at in self._database.rows(query, (slot,))]

    def mentions(self, address: Pubkey, *, before: int | None, after: int | None, limit: int) -> list[Recorded]:
        """The transactions that name an address, newest first, between two numbers (both left out)."""
        row = self._database.one("SELECT number FROM addresses WHERE address = ?", (bytes(address),))
        if row is None:
            return []
        query = f"""{_TRANSACTION} FROM mentions JOIN transactions USING (number)
            WHERE address = ? AND number < ? AND number > ? ORDER BY number DESC LIMIT ?"""
        bounds = (row[0], 2**62 if before is None else before, -1 if after is None else after, limit)
        return [_recorded(found) for found in self._database.rows(query, bounds)]

    # -- writing --------------------------------------------------------------------------------------------------

    def commit(self, change: Change, notes: dict[str, str] | None = None) -> None:
        """Write a change: all of it or, when anything fails, nothing."""
        with self._database.transaction():
            self._write_accounts(change.accounts)
            self._write_head(change.head)
            for name, value in (notes or {}).items():
                self.set_setting(name, value)
            self._database.run_many(
                "INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)",
                [(b.slot, b.parent, b.next, b.unix_ms, b.blockhash, b.transactions) for b in change.blocks],
            )
            number = self.transaction_count()
            for index, processed in enumerate(change.processed, 1):
                _write_transaction(self._database, number + index, change.at, change.position + index - 1, processed)

    def prune(self, before: int, limit: int = 1_000) -> bool:
        """Forget history before a slot, at most `limit` transactions and blocks at once; whether more is left."""
        with self._database.transaction():
            rows = self._database.rows(
                "SELECT number FROM transactions WHERE slot < ? ORDER BY slot LIMIT ?", (before, limit)
            )
            numbers = [(int(number),) for (number,) in rows]
            if numbers:
                self._forget_mentions(numbers)
                self._database.run_many("DELETE FROM transactions WHERE number = ?", numbers)
            query = "DELETE FROM blocks WHERE slot IN (SELECT slot FROM blocks WHERE slot < ? ORDER BY slot LIMIT ?)"
            self._database.run(query, (before, limit))
        return self._database.one("SELECT 1 FROM blocks WHERE slot < ?", (before,)) is not None or len(numbers) == limit

    def _forget_mentions(self, numbers: list[tuple[int]]) -> None:
        """Take transactions out of the index by address, and addresses out that nothing mentions any more."""
        query = "SELECT wire, effects FROM transactions WHERE number = ?"
        for (number,) in numbers:
            row = self._database.one(query, (number,))
            assert row is not None
            effects = None if row[1] is None else unpack(row[1])
            for address in _mentioned(VersionedTransaction.from_bytes(row[0]), effects):
                found = self._database.one("SELECT number FROM addresses WHERE address = ?", (address,))
                if found is None:
                    continue
                self._database.run("DELETE FROM mentions WHERE address = ? AND number = ?", (found[0], number))
                if self._database.one("SELECT 1 FROM mentions WHERE address = ?", found) is None:
                    self._database.run("DELETE FROM addresses WHERE number = ?", found)

    def _write_accounts(self, accounts: Iterable[tuple[Pubkey, RawAccount | None]]) -> None:
        for address, account in accounts:
            if account is None or account.lamports == 0:
                self._database.run("DELETE FROM accounts WHERE address = ?", (bytes(address),))
                continue
            self._database.run(
                "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?)",
                (bytes(address), account.lamports, bytes(account.owner), int(account.executable), account.data),
            )

    def _write_head(self, head: Head) -> None:
        self._database.run("INSERT OR REPLACE INTO head VALUES (1, ?, ?, ?)", (head.slot, head.unix_ms, head.blockhash))

    # -- care -----------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """StoreError unless SQLite finds the file whole."""
        verdict = self._database.pragma("integrity_check")
        if verdict != "ok":
            raise StoreError(f"{self.path}: {verdict}", code="store_damaged")

    def close(self) -> None:
        """Close the file and let the next command in."""
        self._database.close()
        self._lock.release()


def snapshot(directory: Path, target: Path) -> None:
    """Copy the chain of a directory, as it stands at one moment, into a new file; also while a server runs it."""
    source = directory / FILE_NAME
    if not source.exists():
        raise StoreError(f"there is no chain in {directory}", code="store_missing", advice="Check --home.")
    if target.exists():
        raise StoreError(f"{target} exists already", code="snapshot_exists", advice="Name another file.")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(source)
    try:
        database.wait(5_000)
        database.run("VACUUM INTO ?", (str(target),))
    finally:
        database.close()
    target.chmod(0o600)


def _write_transaction(database: Database, number: int, at: Head, position: int, processed: Processed) -> None:
    effects = None if processed.effects is None else pack(processed.effects)
    row = (
        number, at.slot, position, at.unix_ms, processed.signature, processed.units, processed.fee_lamports,
        processed.error, processed.wire, json.dumps(processed.logs, ensure_ascii=False), effects,
    )  # fmt: skip
    database.run("INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    _write_mentions(database, number, _mentioned(processed.transaction, processed.effects))


def _write_mentions(database: Database, number: int, addresses: Iterable[bytes]) -> None:
    for address in addresses:
        found = database.one("SELECT number FROM addresses WHERE address = ?", (address,))
        if found is None:
            found = database.one("INSERT INTO addresses (address) VALUES (?) RETURNING number", (address,))
            assert found is not None
        database.run("INSERT OR IGNORE INTO mentions VALUES (?, ?)", (found[0], number))


def _mentioned(transaction: VersionedTransaction, effects: Effects | None) -> list[bytes]:
    loaded = [] if effects is None else [*effects.writable, *effects.readonly]
    return [*map(bytes, transaction.message.account_keys), *loaded]


def _recorded(row: tuple[Any, ...]) -> Recorded:
    number, slot, position, unix_ms, signature, units, fee, error, wire, logs, effects = row
    unpacked = None if effects is None else unpack(effects)
    processed = Processed(bytes(signature), units, fee, error, bytes(wire), tuple(json.loads(logs)), unpacked)
    return Recorded(int(number), int(slot), int(position), int(unix_ms), processed)


def _upgrade_from_1(database: Database) -> None:
    """Format 1 knew no blocks and kept neither balances nor an index by address."""
    rows = list(database.rows(
        "SELECT slot, position, unix_timestamp, signature, units, fee_lamports, error, wire, logs "
        "FROM transactions ORDER BY slot, position"
    ))  # fmt: skip
    recent = list(database.rows("SELECT slot, blockhash FROM recent ORDER BY slot"))
    database.run("DROP TABLE transactions; DROP TABLE recent;" + _HISTORY)
    for number, (slot, position, seconds, signature, units, fee, error, wire, logs) in enumerate(rows, 1):
        signed = bytes(Signature.from_string(signature))
        processed = Processed(signed, units, fee, error, bytes(wire), tuple(json.loads(logs)))
        _write_transaction(database, number, Head(slot, seconds * 1_000, b""), position, processed)
    head = database.one("SELECT slot, unix_ms FROM head")
    for slot, blockhash in recent:
        assert head is not None
        unix_ms = head[1] - (head[0] - slot + 1) * 400
        database.run("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, 0)", (slot - 1, slot - 2, slot, unix_ms, blockhash))


__all__ = [
    "APPLICATION_ID", "FILE_NAME", "FORMAT_VERSION", "LOCK_NAME", "BlockRow", "Change", "Head", "Processed", "Recorded",
    "Store", "snapshot",
]  # fmt: skip
