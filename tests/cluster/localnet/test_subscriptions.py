"""Subscriptions: who is told what, once, under which number, and what happens to those who do not listen."""

import asyncio
from typing import Any

import pytest
from solders.keypair import Keypair

from quatrain.client.addresses import SYSTEM_PROGRAM
from quatrain.cluster.localnet.connection import Connection
from quatrain.cluster.localnet.methods.subscriptions import MOST_SUBSCRIPTIONS
from tests.cluster.localnet.conftest import Localnet, RpcFailure, messages
from tests.cluster.test_chain import pay


@pytest.fixture
def client(localnet: Localnet) -> Connection:
    """A client that is connected."""
    return Connection(localnet.node)


def told(connection: Connection) -> list[tuple[str, int, Any]]:
    """Each notification's name, subscription and result."""
    return [(one["method"], one["params"]["subscription"], one["params"]["result"]) for one in messages(connection)]


def test_an_account_is_watched(localnet: Localnet, client: Connection) -> None:
    """Its subscriber is told what it is after each change, also when it is gone, and nothing after the end."""
    key, to = localnet.funded(), Keypair()
    number = localnet.ask("accountSubscribe", str(to.pubkey()), {"encoding": "base64"}, connection=client)

    localnet.node.execute([pay(localnet.chain, key, to.pubkey(), 10**9)])
    localnet.node.execute([pay(localnet.chain, to, key.pubkey(), 10**9 - 5_000)])

    (first, second) = told(client)
    assert first[:2] == ("accountNotification", number)
    assert first[2]["context"]["slot"] == localnet.chain.head.slot
    assert (first[2]["value"]["lamports"], second[2]["value"]["lamports"]) == (10**9, 0)
    assert localnet.ask("accountUnsubscribe", number, connection=client) is True
    localnet.node.execute([pay(localnet.chain, key, to.pubkey(), 10**9)])
    assert told(client) == []
    with pytest.raises(RpcFailure) as caught:
        localnet.ask("accountUnsubscribe", number, connection=client)
    assert (caught.value.code, caught.value.message) == (-32602, "Invalid subscription id.")


def test_a_programs_accounts_are_watched(localnet: Localnet, client: Connection) -> None:
    """Only those that pass the filters."""
    key, to = localnet.funded(), Keypair().pubkey()
    options = {"encoding": "base64", "filters": [{"dataSize": 0}]}
    localnet.ask("programSubscribe", str(SYSTEM_PROGRAM), options, connection=client)
    localnet.ask("programSubscribe", str(SYSTEM_PROGRAM), {"filters": [{"dataSize": 9}]}, connection=client)

    localnet.node.execute([pay(localnet.chain, key, to, 10**9)])

    assert {one[2]["value"]["pubkey"] for one in told(client)} == {str(key.pubkey()), str(to)}


def test_a_signature_is_told_once(localnet: Localnet, client: Connection) -> None:
    """When it arrives, if wished, and when it is done; then the subscription is over."""
    key = localnet.funded()
    transaction = pay(localnet.chain, key, Keypair().pubkey(), 10**9)
    options = {"commitment": "confirmed", "enableReceivedNotification": True}
    number = localnet.ask("signatureSubscribe", str(transaction.signatures[0]), options, connection=client)

    localnet.node.execute([transaction])

    received, done = told(client)
    assert received[1:] == (number, {**received[2], "value": "receivedSignature"})
    assert done[2]["value"] == {"err": None}
    assert client.statistics().subscriptions == 0
    assert localnet.node.hub.statistics().subscriptions == 0


def test_a_signature_that_is_done_is_told_at_once(localnet: Localnet, client: Connection) -> None:
    """After the answer with the subscription's number, so that the client knows whose it is."""
    key = localnet.funded()
    (done,) = localnet.node.execute([pay(localnet.chain, key, Keypair().pubkey(), 10**15)])
    assert done.processed is not None

    number = localnet.ask("signatureSubscribe", done.processed.text, connection=client)

    ((_, subscription, result),) = told(client)
    assert subscription == number
    assert result["value"] == {"err": {"InstructionError": [2, {"Custom": 1}]}}


def test_logs_are_told(localnet: Localnet, client: Connection) -> None:
    """Of all transactions, or of those that name an address."""
    key, to = localnet.funded(), Keypair().pubkey()
    everything = localnet.ask("logsSubscribe", "all", connection=client)
    of_one = localnet.ask("logsSubscribe", {"mentions": [str(to)]}, connection=client)

    localnet.node.execute([pay(localnet.chain, key, to, 10**9), pay(localnet.chain, key, Keypair().pubkey(), 10**9)])

    heard = told(client)
    assert [one[1] for one in heard] == [everything, of_one, everything]
    assert any("success" in line for line in heard[0][2]["value"]["logs"])
    with pytest.raises(RpcFailure) as caught:
        localnet.ask("logsSubscribe", {"mentions": [str(to)] * 2}, connection=client)
    assert caught.value.message == "Invalid Request: Only 1 address supported"


def test_slots_roots_and_blocks_are_told(localnet: Localnet, client: Connection) -> None:
    """Each slot that begins, each that is final, each block that ended with its transactions."""
    names = ("slotSubscribe", "rootSubscribe", "slotsUpdatesSubscribe")
    numbers = {name: localnet.ask(name, connection=client) for name in names}
    options = {"maxSupportedTransactionVersion": 0, "transactionDetails": "signatures"}
    block = localnet.ask("blockSubscribe", "all", options, connection=client)
    key = localnet.funded()
    ended = localnet.chain.head.slot

    localnet.node.end_block()

    heard = {number: result for _, number, result in told(client)}
    assert heard[numbers["slotSubscribe"]] == {"parent": ended, "root": ended + 1, "slot": ended + 1}
    assert heard[numbers["rootSubscribe"]] == ended
    assert heard[numbers["slotsUpdatesSubscribe"]]["slot"] == ended
    assert heard[block]["value"]["slot"] == ended
    assert len(heard[block]["value"]["block"]["signatures"]) == 1
    assert localnet.value("getBalance", str(key.pubkey())) == 10**10


def test_a_block_is_told_to_who_wants_its_transactions(localnet: Localnet, client: Connection) -> None:
    """A filter by address leaves out blocks without it; a client without versions is told why it sees no block."""
    key = localnet.funded()
    localnet.node.end_block()
    localnet.ask("blockSubscribe", {"mentionsAccountOrProgram": str(key.pubkey())}, connection=client)

    localnet.node.end_block()
    assert told(client) == []
    localnet.node.execute([pay(localnet.chain, key, Keypair().pubkey(), 10**9)])
    localnet.node.end_block()

    ((_, _, result),) = told(client)
    assert result["value"]["block"] is None
    assert "not supported by the requesting client" in result["value"]["err"]


def test_equal_wishes_are_rendered_once(localnet: Localnet) -> None:
    """A thousand subscribers of one account are one feed."""
    to, clients = Keypair().pubkey(), [Connection(localnet.node) for _ in range(100)]
    for one in clients:
        for _ in range(10):
            localnet.ask("accountSubscribe", str(to), {"encoding": "base64"}, connection=one)

    statistics = localnet.node.hub.statistics()

    assert (statistics.feeds, statistics.subscriptions) == (1, 1_000)
    for one in clients:
        one.leave()
    assert localnet.node.hub.statistics().subscriptions == 0


def test_a_client_has_only_so_many_subscriptions(localnet: Localnet, client: Connection) -> None:
    """One too many is refused in a validator's words."""
    for _ in range(MOST_SUBSCRIPTIONS):
        localnet.ask("slotSubscribe", connection=client)

    with pytest.raises(RpcFailure) as caught:
        localnet.ask("slotSubscribe", connection=client)

    assert caught.value.message == "Internal Error: Subscription refused. Node subscription limit reached"
    client.leave()


@pytest.mark.parametrize("limits", [{"most_messages": 5}, {"most_bytes": 600}])
def test_who_reads_too_slowly_is_sent_away(localnet: Localnet, limits: dict[str, int]) -> None:
    """By the number or the bytes of what waits for it; nothing of it is kept, and others notice nothing."""
    slow, quick = Connection(localnet.node, **limits), Connection(localnet.node)
    for one in (slow, quick):
        localnet.ask("slotSubscribe", connection=one)

    for _ in range(20):
        localnet.node.end_block()

    assert slow.statistics().evicted
    assert slow.statistics().bytes == 0
    assert asyncio.run(slow.next_message()) is None
    assert len(told(quick)) == 20
