"""A chain with gigabytes of history: do trades, reads and restarts slow down as it grows?

`python -m pytest tests/bench/bench_history.py -s` prints a row for each gibibyte; QUATRAIN_HISTORY_GIB says how many, 4 when
unset. History is filled with the records of real trades under other signatures and traders, as the store writes them; what
is measured are signed trades through the chain and requests to its interface.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from attrs import evolve, frozen
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature

from quatrain.cluster.local import Keys, deploy_if_changed, prepare
from quatrain.cluster.store import BlockRow, Change, Head, Processed, Store, snapshot
from tests.bench.bench_throughput import TRADES, buys, furnished
from tests.cluster.localnet.conftest import Localnet

GIB = 2**30
SIZES = int(os.environ.get("QUATRAIN_HISTORY_GIB", "4"))
TRADERS = 1_000
IN_A_BLOCK = 64
READS = 300
PRUNED = 50
SLOWEST = 2
"""What a step may take of its time on an empty chain, whose blocks are a little smaller or larger."""


@frozen
class Row:
    """What the chain does with so much history, in milliseconds of processor, which neighbours do not change much."""

    gib: float
    transactions: int
    open: float
    buy: float
    transaction: float
    signatures: float
    block: float

    def print(self) -> None:
        """One line of the table."""
        reads = f"{self.transaction:8.2f} {self.signatures:8.2f} {self.block:8.2f}"
        print(f"{self.gib:5.2f} {self.transactions:10,} {self.open:8.0f} {self.buy:8.2f} {reads}")


class Filler:
    """Writes blocks of records that were made out of a trade's."""

    def __init__(self, sample: list[Processed], trader: Pubkey):
        self._sample, self._trader = sample, bytes(trader)
        self._others = [bytes(Keypair().pubkey()) for _ in range(TRADERS)]
        self._chance = random.Random(7)

    def fill(self, folder: Path, size: int) -> None:
        """Write until the file has a size."""
        store = Store(folder)
        head = store.head()
        assert head is not None
        while _size(folder) < size:
            after = Head(head.slot + 1, head.unix_ms + 400, self._chance.randbytes(32))
            block = BlockRow(head.slot, head.slot - 1, after.slot, head.unix_ms, after.blockhash, IN_A_BLOCK)
            store.commit(Change(after, head, processed=list(self._records()), blocks=[block]))
            head = after
        store.close()

    def _records(self) -> Iterator[Processed]:
        for _ in range(IN_A_BLOCK):
            one, signature = self._chance.choice(self._sample), self._chance.randbytes(64)
            wire = one.wire[:1] + signature + one.wire[65:].replace(self._trader, self._chance.choice(self._others))
            yield evolve(one, signature=signature, wire=wire)


def _size(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.glob("chain.sqlite*"))


def _spent(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return 1_000 * (time.process_time() - began)


def _each(requests: list[Callable[[], object]]) -> float:
    return _spent(lambda: [one() for one in requests]) / len(requests)


def _measured(folder: Path) -> Row:
    """Open the chain, let it trade, and read here and there in its history."""
    began = time.process_time()
    localnet = Localnet(folder)
    opened = 1_000 * (time.process_time() - began)
    keys, chance = Keys(folder / "keys"), random.Random(11)
    session = prepare(localnet.chain, keys, lambda _text: None)
    market = session.deployment.market(1)
    bought = _spent(lambda: buys(session, keys.admin, market)) / TRADES
    store, head = localnet.chain.store, localnet.chain.clock().slot
    assert store is not None
    slots = [chance.randrange(store.first_slot() or 0, head) for _ in range(READS)]
    signatures = [
        str(Signature.from_bytes(one.processed.signature))
        for slot in slots
        for one in list(store.transactions(slot))[:1]
    ]
    ask, known, few = localnet.ask, {"maxSupportedTransactionVersion": 0}, READS // 4
    listings = [{"before": one, "limit": 100} for one in signatures[:few]]
    row = Row(
        gib=_size(folder) / GIB,
        transactions=store.transaction_count(),
        open=opened,
        buy=bought,
        transaction=_each([partial(ask, "getTransaction", one, known) for one in signatures]),
        signatures=_each([partial(ask, "getSignaturesForAddress", str(market), one) for one in listings]),
        block=_each([partial(ask, "getBlock", one, known) for one in slots[:few]]),
    )
    localnet.chain.close()
    return row


@pytest.mark.timeout(7_200)
def test_gigabytes_of_history(tmp_path: Path) -> None:
    """The table says what each step takes; none takes twice what it took in the beginning."""
    localnet = Localnet(tmp_path)
    deploy_if_changed(localnet.chain, Keys(tmp_path / "keys"), lambda _text: None)
    session, admin, market = furnished(localnet.chain, tmp_path)
    buys(session, admin, market)
    store = localnet.chain.store
    assert store is not None
    sample = [one.processed for one in store.transactions()][-1_000:]
    localnet.chain.close()
    filler, rows = Filler(sample, admin.pubkey()), [_measured(tmp_path)]
    print("\nms of processor:      opening    a buy  reading a record, 100 of an address, a block of 64")
    rows[0].print()
    for size in range(1, SIZES + 1):
        filler.fill(tmp_path, size * GIB)
        rows.append(_measured(tmp_path))
        rows[-1].print()
    began = time.perf_counter()
    snapshot(tmp_path, tmp_path / "copy" / "chain.sqlite")
    print(f"a copy of {rows[-1].gib:.1f} GiB takes {time.perf_counter() - began:.0f} s")
    print(f"forgetting 1,000 records takes {_pruning(tmp_path):.0f} ms of processor")
    first, last = rows[0], rows[-1]
    for name in ("open", "buy", "transaction", "signatures", "block"):
        assert getattr(last, name) < SLOWEST * getattr(first, name), name


def _pruning(folder: Path) -> float:
    """The oldest are forgotten as a node does it beside its other work, a thousand at once."""
    store = Store(folder)
    head = store.head()
    assert head is not None
    spent = _each([partial(store.prune, head.slot)] * PRUNED)
    store.close()
    return spent
