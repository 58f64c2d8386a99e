"""A node of one: slots pass, transactions are batched, finality may lag, history may be short."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from solders.keypair import Keypair

from quatrain.client.addresses import SYSTEM_PROGRAM
from quatrain.client.errors import StoreError
from quatrain.cluster.localnet.connection import Connection
from quatrain.cluster.localnet.kinds import Commitment
from quatrain.cluster.localnet.node import BATCH, Node
from quatrain.cluster.localnet.pace import Pace
from tests.cluster.localnet.conftest import Localnet, RpcFailure, messages
from tests.cluster.test_chain import pay


@pytest.fixture
def realtime(tmp_path: Path) -> Iterator[Localnet]:
    """A node whose slots pass with the time."""
    localnet = Localnet(tmp_path / "chain", pace=Pace.REALTIME)
    yield localnet
    localnet.close()


def test_a_slot_passes_every_400_milliseconds(realtime: Localnet) -> None:
    """Not a millisecond before; several at once when nobody looked."""
    node, began = realtime.node, realtime.chain.head.slot
    realtime.time.now_ms += 399
    node.tick()
    assert realtime.chain.head.slot == began

    realtime.time.now_ms += 1
    node.tick()
    assert realtime.chain.head.slot == began + 1

    realtime.time.now_ms += 4_000
    node.tick()
    assert realtime.chain.head.slot == began + 11
    assert len({one.blockhash for one in realtime.chain.unwritten}) == 11


def test_a_sleeping_machine_skips_slots(realtime: Localnet) -> None:
    """After an hour that nobody saw, the chain is in the present, and the slots between have no blocks."""
    began = realtime.chain.head.slot
    realtime.time.now_ms += 3_600_000
    realtime.node.tick()

    slot = realtime.chain.head.slot
    assert slot == began + 9_000 + 1
    assert realtime.node.slots(began, slot, 99) == [began, slot - 1]
    assert realtime.ask("getSlot", {"commitment": "confirmed"}) == slot - 1


def test_transactions_wait_for_no_slot(realtime: Localnet) -> None:
    """They are executed when they come, and their block ends when its time has passed."""
    key, to = realtime.funded(), Keypair().pubkey()
    slot = realtime.chain.head.slot
    receipts = realtime.node.execute([pay(realtime.chain, key, to, 10**8 + i) for i in range(3)])

    assert [one.slot for one in receipts] == [slot] * 3
    assert realtime.chain.head.slot == slot
    realtime.time.now_ms += 400
    realtime.node.tick()
    block = realtime.node.block(slot)
    assert block is not None
    assert block.transactions == 4


def test_an_instant_chain_ends_a_block_with_every_batch(tmp_path: Path) -> None:
    """Whoever asks after a transaction finds its block."""
    localnet = Localnet(tmp_path, pace=Pace.INSTANT)
    key = localnet.funded()
    slot = localnet.chain.head.slot

    localnet.node.execute([pay(localnet.chain, key, Keypair().pubkey(), 10**8 + i) for i in range(3)])

    assert localnet.chain.head.slot == slot + 1
    assert len(localnet.ask("getBlock", slot, {"maxSupportedTransactionVersion": 0})["transactions"]) == 3
    localnet.close()


def test_what_arrives_together_is_written_together(localnet: Localnet) -> None:
    """Transactions submitted at once make batches, each of at most 64, and every one gets its own answer."""
    key = localnet.funded(10**12)
    sent = [pay(localnet.chain, key, Keypair().pubkey(), 10**7 + i) for i in range(BATCH + 10)]
    batches = localnet.node.statistics().batches

    async def submit() -> list[Any]:
        return await asyncio.gather(*(localnet.node.submit(one) for one in sent))

    outcomes = asyncio.run(submit())

    assert [one.processed.signature for one in outcomes] == [bytes(one.signatures[0]) for one in sent]
    assert localnet.node.statistics().batches == batches + 2
    assert localnet.node.statistics().longest_batch == BATCH


def test_a_node_that_cannot_write_says_so(localnet: Localnet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is acknowledged that is not on disk, and the node is unhealthy from then on."""
    key = localnet.funded()

    def fail(*_arguments: object) -> None:
        raise apsw.FullError("database or disk is full")

    monkeypatch.setattr(localnet.node.store, "_write_head", fail)
    with pytest.raises(RpcFailure) as sent:
        localnet.ask("requestAirdrop", str(key.pubkey()), 5)
    with pytest.raises(RpcFailure) as health:
        localnet.ask("getHealth")

    assert (sent.value.code, sent.value.message) == (-32005, "Node is unhealthy")
    assert health.value.code == -32005
    with pytest.raises(StoreError):
        localnet.node.end_block()


def test_finality_may_lag(tmp_path: Path) -> None:
    """With a lag of two slots, `finalized` shows accounts, statuses and slots as they were two slots before."""
    localnet = Localnet(tmp_path, lag=2)
    key, to = localnet.funded(), Keypair().pubkey()
    for _ in range(3):
        localnet.node.end_block()
    (done,) = localnet.node.execute([pay(localnet.chain, key, to, 10**9)])
    assert done.processed is not None
    signature = done.processed.text

    def balances() -> tuple[int, int]:
        return tuple(localnet.value("getBalance", str(to), {"commitment": one}) for one in ("confirmed", "finalized"))

    def status() -> tuple[str, Any]:
        (one,) = localnet.value("getSignatureStatuses", [signature])
        return one["confirmationStatus"], one["confirmations"]

    assert (balances(), status()) == ((10**9, 0), ("confirmed", 0))
    assert localnet.ask("getTransaction", signature, {"maxSupportedTransactionVersion": 0}) is None
    localnet.node.end_block()
    assert (balances(), status()) == ((10**9, 0), ("confirmed", 1))
    localnet.node.end_block()
    assert (balances(), status()) == ((10**9, 10**9), ("finalized", None))
    assert localnet.ask("getSlot") == localnet.chain.head.slot - 2
    localnet.close()


def test_accounts_of_a_program_as_they_were(tmp_path: Path) -> None:
    """A lagging view finds what has been closed since, and not what has been opened."""
    localnet = Localnet(tmp_path, lag=1)
    old, new = localnet.funded(10**9), Keypair().pubkey()
    localnet.node.end_block()
    localnet.node.end_block()
    localnet.node.execute([pay(localnet.chain, old, new, 10**9 - 5_000)])

    def owned(commitment: Commitment) -> set[Any]:
        return {address for address, _ in localnet.node.view(commitment).select(SYSTEM_PROGRAM, lambda _data: True)}

    assert {old.pubkey(), new} & owned(Commitment.CONFIRMED) == {new}
    assert {old.pubkey(), new} & owned(Commitment.FINALIZED) == {old.pubkey()}
    localnet.close()


def test_finalized_subscribers_are_told_later(tmp_path: Path) -> None:
    """Those of `confirmed` hear at once, those of `finalized` when the slot is final, both the same."""
    localnet = Localnet(tmp_path, lag=2)
    key, to = localnet.funded(), Keypair().pubkey()
    early, late = Connection(localnet.node), Connection(localnet.node)
    for connection, level in ((early, "confirmed"), (late, "finalized")):
        localnet.ask("accountSubscribe", str(to), {"commitment": level, "encoding": "base64"}, connection=connection)

    localnet.node.execute([pay(localnet.chain, key, to, 10**9)])

    (told,) = messages(early)
    assert messages(late) == []
    localnet.node.end_block()
    assert messages(late) == []
    localnet.node.end_block()
    (told_late,) = messages(late)
    assert told_late["params"]["result"] == told["params"]["result"]
    localnet.close()


def test_history_is_as_long_as_asked(tmp_path: Path) -> None:
    """With a history of five slots, older blocks and transactions are forgotten, and asking for them says so."""
    localnet = Localnet(tmp_path, history_slots=5)
    key = localnet.funded()
    first = localnet.chain.head.slot
    for i in range(10):
        localnet.node.execute([pay(localnet.chain, key, Keypair().pubkey(), 10**8 + i)])
        localnet.node.end_block()

    assert localnet.ask("getFirstAvailableBlock") == localnet.chain.head.slot - 5
    with pytest.raises(RpcFailure) as caught:
        localnet.ask("getBlock", first)
    assert caught.value.code == -32001
    assert caught.value.message.startswith(f"Block {first} cleaned up, does not exist on node. First available block")
    assert len(localnet.ask("getSignaturesForAddress", str(key.pubkey()))) == 5
    localnet.close()


def test_a_restarted_node_answers_the_same(tmp_path: Path) -> None:
    """Genesis, transactions, statuses and blocks are what they were before."""
    localnet = Localnet(tmp_path)
    key = localnet.funded()
    (done,) = localnet.node.execute([pay(localnet.chain, key, Keypair().pubkey(), 10**9)])
    slot = localnet.chain.head.slot
    localnet.node.end_block()
    assert done.processed is not None
    questions: list[tuple[Any, ...]] = [
        ("getGenesisHash",),
        ("getIdentity",),
        ("getTransaction", done.processed.text, {"maxSupportedTransactionVersion": 0}),
        ("getBlock", slot, {"maxSupportedTransactionVersion": 0}),
        ("getSignaturesForAddress", str(key.pubkey())),
        ("getBalance", str(key.pubkey()), {"commitment": "confirmed"}),
    ]
    before = [localnet.ask(*one) for one in questions]
    localnet.close()

    localnet = Localnet(tmp_path)

    assert [localnet.ask(*one) for one in questions] == before
    localnet.close()


def test_paused_time_stands_still(realtime: Localnet) -> None:
    """It goes on from where it stood, not from where it would be."""
    node: Node = realtime.node
    began = realtime.chain.head
    node.pause()
    realtime.time.now_ms += 60_000
    node.tick()
    assert realtime.chain.head == began

    node.resume()
    realtime.time.now_ms += 400
    node.tick()
    assert realtime.chain.head.slot == began.slot + 1
