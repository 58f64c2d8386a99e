"""The embedded chain on disk: reloaded, locked, refused when it cannot be trusted."""

from pathlib import Path

import apsw
import pytest
from solders.keypair import Keypair

from quatrain.client.errors import (
    RuntimeFailure,
    StoreDamagedError,
    StoreError,
    StoreLockedError,
    StoreVersionError,
    TransactionError,
)
from quatrain.cluster.database import check_sqlite
from quatrain.cluster.embedded import EmbeddedChain
from quatrain.cluster.lock import FileLock
from quatrain.cluster.store import FILE_NAME, Store, snapshot
from tests.cluster.conftest import EXPLAINER
from tests.cluster.test_chain import pay


def reopen(folder: Path) -> EmbeddedChain:
    """The chain of a folder."""
    return EmbeddedChain(EXPLAINER, store=Store(folder, patience_seconds=0))


def test_everything_is_there_after_reopening(tmp_path: Path) -> None:
    """Accounts, time and blockhash are as they were, and what was closed stays away."""
    chain = reopen(tmp_path)
    rich, poor, to = Keypair(), Keypair(), Keypair().pubkey()
    chain.airdrop(rich.pubkey(), 10**10)
    chain.airdrop(poor.pubkey(), 10**9)
    chain.send(pay(chain, poor, to, 10**9 - 5_000))
    chain.warp(unix_timestamp=2_000_000_000)
    clock, blockhash = chain.clock(), chain.latest_blockhash()
    chain.close()

    chain = reopen(tmp_path)

    assert (chain.clock(), chain.latest_blockhash()) == (clock, blockhash)
    lamports = [
        account.lamports if account else 0 for account in chain.get_accounts([rich.pubkey(), poor.pubkey(), to])
    ]
    assert lamports == [10**10, 0, 10**9 - 5_000]
    chain.close()


def test_a_transaction_counts_once_across_restarts(tmp_path: Path) -> None:
    """A signature that was processed before the restart is refused after it; a fresh one with an old blockhash is not."""
    chain = reopen(tmp_path)
    key = Keypair()
    chain.airdrop(key.pubkey(), 10**12)
    done = pay(chain, key, Keypair().pubkey(), 10**9)
    waiting = pay(chain, key, Keypair().pubkey(), 2 * 10**9)
    chain.send(done)
    chain.close()

    chain = reopen(tmp_path)
    with pytest.raises(RuntimeFailure) as caught:
        chain.send(done)
    chain.send(waiting)

    assert caught.value.code == "already_processed"
    chain.close()


def test_transactions_are_recorded_in_order(tmp_path: Path) -> None:
    """Also those that failed, with their code, and with the bytes that were sent."""
    chain = reopen(tmp_path)
    key = Keypair()
    chain.airdrop(key.pubkey(), 10**12)
    transactions = [pay(chain, key, Keypair().pubkey(), lamports) for lamports in (10**9, 10**18)]
    chain.send_all(transactions)
    assert chain.store is not None

    recorded = [one.processed for one in chain.store.transactions()]

    assert [one.wire for one in recorded] == [bytes(one) for one in transactions]
    assert [one.error for one in recorded] == [None, "system_insufficient_lamports"]
    assert all(one.logs for one in recorded)
    chain.close()


def test_two_commands_cannot_interleave(tmp_path: Path) -> None:
    """While one has the chain open, another waits for as long as it may and then says who holds it."""
    first = Store(tmp_path)

    with pytest.raises(StoreLockedError) as caught:
        Store(tmp_path, patience_seconds=0)

    assert "process" in caught.value.message
    assert caught.value.code == "store_locked"
    first.close()
    Store(tmp_path, patience_seconds=0).close()


def test_a_waiting_command_gets_its_turn(tmp_path: Path) -> None:
    """The lock is taken as soon as its holder lets go."""
    holder = FileLock(tmp_path / "lock").acquire()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        holder.release()

    with FileLock(tmp_path / "lock", 60, sleep=sleep):
        assert len(slept) == 1


def test_an_old_sqlite_is_refused() -> None:
    """Versions that can corrupt a file are named, with what to do."""
    with pytest.raises(StoreVersionError, match=r"3\.51\.2") as caught:
        check_sqlite("3.51.2")

    assert caught.value.code == "sqlite_too_old"
    check_sqlite("3.51.3")
    check_sqlite("4.0.0")


def test_another_programs_file_is_refused(tmp_path: Path) -> None:
    """A database that is not ours is left alone."""
    other = apsw.Connection(str(tmp_path / FILE_NAME))
    other.pragma("application_id", 7)
    other.execute("CREATE TABLE theirs (x)")
    other.close()

    with pytest.raises(StoreVersionError, match="another program"):
        Store(tmp_path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    """A file that a later version wrote is not guessed at."""
    store = Store(tmp_path)
    store.close()
    newer = apsw.Connection(str(tmp_path / FILE_NAME))
    newer.pragma("user_version", 99)
    newer.close()

    with pytest.raises(StoreVersionError, match="format 99"):
        Store(tmp_path)


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5_000])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """What SQLite cannot read is reported, and the lock is free again."""
    (tmp_path / FILE_NAME).write_bytes(content)

    with pytest.raises(StoreDamagedError):
        Store(tmp_path)

    FileLock(tmp_path / "chain.lock", 0).acquire().release()


def test_a_chain_that_cannot_write_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed write the memory is ahead of the file, so nothing more is processed; the file is still whole."""
    chain = reopen(tmp_path)
    key = Keypair()
    chain.airdrop(key.pubkey(), 10**12)
    store = chain.store
    assert store is not None

    def fail(*_arguments: object) -> None:
        raise apsw.FullError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "_write_head", fail)
        with pytest.raises(StoreError, match="full"):
            chain.send(pay(chain, key, Keypair().pubkey(), 10**9))
    with pytest.raises(StoreError, match="earlier block"):
        chain.send(pay(chain, key, Keypair().pubkey(), 10**9))
    chain.close()

    chain = reopen(tmp_path)
    account = chain.get_account(key.pubkey())
    assert account is not None
    assert account.lamports == 10**12
    assert chain.store is not None
    chain.store.check()
    chain.close()


def test_what_was_never_charged_is_not_recorded(tmp_path: Path) -> None:
    """A transaction that the runtime turned away leaves no block."""
    chain = reopen(tmp_path)
    clock = chain.clock()

    with pytest.raises(TransactionError):
        chain.send(pay(chain, Keypair(), Keypair().pubkey(), 1))

    assert chain.clock() == clock
    chain.close()


FORMAT_1 = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE head (one INTEGER PRIMARY KEY, slot INTEGER NOT NULL, unix_ms INTEGER NOT NULL, blockhash BLOB NOT NULL);
CREATE TABLE recent (slot INTEGER PRIMARY KEY, blockhash BLOB NOT NULL) STRICT;
CREATE TABLE accounts (
    address BLOB PRIMARY KEY, lamports INTEGER NOT NULL, owner BLOB NOT NULL, executable INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
CREATE TABLE transactions (
    signature TEXT PRIMARY KEY, slot INTEGER NOT NULL, position INTEGER NOT NULL, unix_timestamp INTEGER NOT NULL,
    units INTEGER NOT NULL, fee_lamports INTEGER NOT NULL, error TEXT, wire BLOB NOT NULL, logs TEXT NOT NULL
) STRICT;
"""


def test_a_file_of_the_first_format_is_rewritten(tmp_path: Path) -> None:
    """Accounts, time, blockhashes and transactions of format 1 are there afterwards, and signatures still count once."""
    chain = reopen(tmp_path / "new")
    key = Keypair()
    chain.airdrop(key.pubkey(), 10**12)
    done, waiting = (pay(chain, key, Keypair().pubkey(), sum) for sum in (10**9, 2 * 10**9))
    chain.send(done)
    clock, blockhash = chain.clock(), bytes(chain.latest_blockhash())
    chain.close()
    new = apsw.Connection(str(tmp_path / "new" / FILE_NAME))
    (tmp_path / "old").mkdir()
    old = apsw.Connection(str(tmp_path / "old" / FILE_NAME))
    old.execute(FORMAT_1)
    for table in ("settings", "head", "accounts"):
        rows = list(new.execute(f"SELECT * FROM {table}"))
        old.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})" if rows else "SELECT 1", rows)
    old.executemany("INSERT INTO recent VALUES (?, ?)", list(new.execute("SELECT next, blockhash FROM blocks")))
    row = (str(done.signatures[0]), clock.slot - 1, 0, clock.unix_timestamp, 300, 5_000, None, bytes(done), "[]")
    old.execute("INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    old.pragma("application_id", 0x5155_4154)
    old.pragma("user_version", 1)
    old.close()
    new.close()

    chain = reopen(tmp_path / "old")

    assert (chain.clock(), bytes(chain.latest_blockhash())) == (clock, blockhash)
    assert chain.store is not None
    assert [one.processed.wire for one in chain.store.transactions()] == [bytes(done)]
    assert len(chain.store.mentions(key.pubkey(), before=None, after=None, limit=9)) == 1
    with pytest.raises(RuntimeFailure):
        chain.send(done)
    chain.send(waiting)
    chain.close()


def test_effects_are_kept(tmp_path: Path) -> None:
    """A record says what every account held before and after, and how a failure reads on the wire."""
    chain = reopen(tmp_path)
    key, to = Keypair(), Keypair().pubkey()
    chain.airdrop(key.pubkey(), 10**12)
    chain.send_all([pay(chain, key, to, 10**9), pay(chain, key, to, 10**18)])
    chain.close()

    chain = reopen(tmp_path)
    assert chain.store is not None
    done, failed = (one.processed.effects for one in chain.store.transactions())

    assert done is not None
    assert failed is not None
    keys = [*next(chain.store.transactions()).processed.transaction.message.account_keys]
    at = keys.index(to)
    assert (done.before[0], done.after[0]) == (10**12, 10**12 - 10**9 - 5_000)
    assert (done.before[at], done.after[at]) == (0, 10**9)
    assert (done.error, failed.error) == (None, {"InstructionError": [2, {"Custom": 1}]})
    chain.close()


def test_transactions_are_found_by_address_and_signature(tmp_path: Path) -> None:
    """Newest first, between two others, and not those of other addresses."""
    chain = reopen(tmp_path)
    key, other = Keypair(), Keypair()
    chain.airdrop(key.pubkey(), 10**12)
    chain.airdrop(other.pubkey(), 10**12)
    sent = [chain.send(pay(chain, one, Keypair().pubkey(), 10**9)).signature for one in (key, other, key, key, other)]
    store = chain.store
    assert store is not None

    found = store.mentions(key.pubkey(), before=None, after=None, limit=9)
    between = store.mentions(key.pubkey(), before=found[0].number, after=found[2].number, limit=9)

    assert [one.processed.text for one in found] == [sent[3], sent[2], sent[0]]
    assert [one.processed.text for one in between] == [sent[2]]
    assert store.transaction(found[1].processed.signature) == found[1]
    assert store.transaction(bytes(64)) is None
    assert store.mentions(Keypair().pubkey(), before=None, after=None, limit=9) == []
    chain.close()


def test_empty_blocks_are_the_same_after_a_crash(tmp_path: Path) -> None:
    """Blocks without transactions wait for the next write; what was lost of them is made again from the time."""
    chain = reopen(tmp_path)
    chain.airdrop(Keypair().pubkey(), 10**9)
    before = chain.head
    hashes = [chain.end_block().blockhash for _ in range(10)]
    assert chain.store is not None
    chain.store.close()  # as a killed process leaves it

    chain = reopen(tmp_path)
    assert chain.head == before
    chain.catch_up(before.unix_ms + 10 * 400)

    assert chain.head.blockhash == hashes[-1]
    assert all(chain.slot_of(one) is not None for one in hashes)
    assert chain.head.slot == before.slot + 10
    chain.close()


def test_a_long_pause_is_jumped_over(tmp_path: Path) -> None:
    """After more slots than a blockhash lives, the slots between were skipped, and old blockhashes are no good."""
    chain = reopen(tmp_path)
    old = bytes(chain.latest_blockhash())

    chain.catch_up(chain.head.unix_ms + 400 * 1_000)

    assert chain.head.slot == 2_000
    assert chain.slot_of(old) is None
    assert chain.slot_of(chain.head.blockhash) == 2_000
    chain.close()


def test_an_open_block_goes_on_after_reopening(tmp_path: Path) -> None:
    """Transactions of a block that had not ended keep their places, and its hash covers them."""
    chain = reopen(tmp_path)
    key = Keypair()
    chain.airdrop(key.pubkey(), 10**12)
    first, second = (pay(chain, key, Keypair().pubkey(), lamports) for lamports in (10**9, 2 * 10**9))
    chain.execute([first])
    head = chain.head
    chain.close()

    chain = reopen(tmp_path)
    assert (chain.head, chain.position) == (head, 1)
    chain.execute([second])
    block = chain.end_block()
    store = chain.store
    assert store is not None

    assert [one.position for one in store.transactions(head.slot)] == [0, 1]
    assert block.transactions == 2
    assert store.block(head.slot) == block
    chain.close()


def test_history_is_pruned_and_state_is_not(tmp_path: Path) -> None:
    """Blocks, transactions and index entries before a slot are gone in steps; accounts and the rest stay."""
    chain = reopen(tmp_path)
    key = Keypair()
    chain.airdrop(key.pubkey(), 10**12)
    for _ in range(10):
        chain.send(pay(chain, key, Keypair().pubkey(), 10**9))
    kept = chain.head.slot - 3
    store = chain.store
    assert store is not None

    steps = 1
    while store.prune(kept, limit=2):
        steps += 1

    assert steps > 2
    assert store.first_slot() == kept
    assert [one.slot for one in store.transactions()] == [kept, kept + 1, kept + 2]
    assert len(store.mentions(key.pubkey(), before=None, after=None, limit=99)) == 3
    assert chain.get_account(key.pubkey()) is not None
    chain.close()


def test_a_snapshot_is_a_chain_of_its_own(tmp_path: Path) -> None:
    """It is taken while the chain is open, opens as the chain was then, and never replaces a file."""
    chain = reopen(tmp_path / "home")
    key = Keypair()
    chain.airdrop(key.pubkey(), 10**12)
    clock = chain.clock()
    target = tmp_path / "copy" / FILE_NAME

    snapshot(tmp_path / "home", target)
    chain.send(pay(chain, key, Keypair().pubkey(), 10**9))
    copy = reopen(tmp_path / "copy")

    account = copy.get_account(key.pubkey())
    assert account is not None
    assert (copy.clock(), account.lamports) == (clock, 10**12)
    with pytest.raises(StoreError, match="exists already"):
        snapshot(tmp_path / "home", target)
    with pytest.raises(StoreError, match="no chain"):
        snapshot(tmp_path / "nowhere", tmp_path / "other")
    copy.close()
    chain.close()
