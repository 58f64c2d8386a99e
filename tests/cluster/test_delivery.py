"""Sending through servers that fail in every way that they can: each transfer happens exactly once."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from solders.compute_budget import ID as COMPUTE_BUDGET
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer
from solders.transaction import VersionedTransaction

from quatrain.client.deployment import Deployment
from quatrain.client.errors import (
    ExpiredError,
    ForeignEndpointError,
    ForeignProgramError,
    RateLimitedError,
    UnconfirmedError,
)
from quatrain.client.transactions import Budget
from quatrain.cluster.embedded import SLOT_MS, EmbeddedChain
from quatrain.cluster.endpoints import LAG_SLOTS, Patience
from quatrain.cluster.fees import FeePolicy
from quatrain.cluster.localnet.pace import Pace
from quatrain.cluster.localnet.server import ServerSettings
from quatrain.cluster.rpc import RpcChain
from quatrain.cluster.session import Session
from tests.cluster.conftest import EXPLAINER
from tests.cluster.faults import RETRY_AFTER_SECONDS, Fault, FaultyEndpoint, Script, always, every_second
from tests.cluster.localnet.running import ServerThread, durable_chain
from tests.cluster.test_chain import pay

GIFT = 10**8
FAULTS = [one for one in Fault if one is not Fault.FOREIGN]


class ChainTime:
    """The client's clock, which goes when it waits; the chain's blocks end as it does."""

    def __init__(self, server: ServerThread):
        self._server = server
        self.seconds = 0.0
        self.slept: list[float] = []

    def unix_ms(self) -> int:
        return int(self.seconds * 1_000)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        before = self.unix_ms() // SLOT_MS
        self.seconds += seconds
        passed = self.unix_ms() // SLOT_MS - before
        self._server.call(lambda: [self._server.running.node.end_block() for _ in range(passed)])
        await asyncio.sleep(0)


class Cluster:
    """A real server, and a client of it through endpoints that misbehave."""

    def __init__(self, folder: Path):
        self.beneath: EmbeddedChain = durable_chain(folder)
        self.server = ServerThread(self.beneath, ServerSettings(port=0, pace=Pace.STEPPED))
        self.time = ChainTime(self.server)
        self.payer = Keypair()
        self.server.call(lambda: self.beneath.airdrop(self.payer.pubkey(), 10**12))
        self.endpoints: list[FaultyEndpoint] = []
        self._chains: list[RpcChain] = []

    def connect(self, *scripts: Script, request_seconds: float = 5.0, **options: Any) -> RpcChain:
        """A client of endpoints with these scripts, the preferred one first."""
        self.endpoints = [FaultyEndpoint(self.server, script) for script in scripts]
        patience = Patience(request=request_seconds, question=60.0)
        urls = [one.url for one in self.endpoints]
        chain = RpcChain(urls, EXPLAINER, patience=patience, time=self.time, **options)
        self._chains.append(chain)
        return chain

    def session(self, chain: RpcChain) -> Session:
        """Instructions sent through the client."""
        return Session(chain, Deployment(Keypair().pubkey()))

    def received(self, address: Pubkey) -> int:
        """How many successful transactions of the chain's own record pay an address; its balance must agree."""

        def count() -> int:
            records = self.beneath.store.transactions() if self.beneath.store else ()
            paying = [
                one
                for one in records
                if one.processed.error is None and address in one.processed.transaction.message.account_keys
            ]
            account = self.beneath.get_account(address)
            assert (account.lamports if account else 0) == GIFT * len(paying)
            return len(paying)

        return self.server.call(count)

    def recorded(self) -> list[VersionedTransaction]:
        """Every transaction on the chain."""
        return self.server.call(
            lambda: (
                [one.processed.transaction for one in self.beneath.store.transactions()] if self.beneath.store else []
            )
        )

    def close(self) -> None:
        """Close everything, the client first."""
        for one in (*self._chains, *self.endpoints):
            one.close()
        self.server.close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of its own."""
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.close()


def gift(cluster: Cluster, to: Pubkey):
    """A transfer of one gift."""
    return transfer(TransferParams(from_pubkey=cluster.payer.pubkey(), to_pubkey=to, lamports=GIFT))


def pay_each(cluster: Cluster, chain: RpcChain, count: int) -> None:
    """Send gifts; each arrives, and arrives once."""
    session = cluster.session(chain)
    for _ in range(count):
        to = Keypair().pubkey()
        receipt = session.send(cluster.payer, gift(cluster, to))
        assert receipt.fee_lamports >= 5_000
        assert cluster.received(to) == 1


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.lower())
def test_each_fault_on_and_off(cluster: Cluster, fault: Fault) -> None:
    """A single server that fails every second request of a kind delivers each transfer once."""
    pay_each(cluster, cluster.connect(every_second(fault), request_seconds=0.3), 3)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.lower())
def test_a_server_that_always_fails_is_passed_over(cluster: Cluster, fault: Fault) -> None:
    """The second server delivers each transfer once, whatever the preferred one does with it."""
    pay_each(cluster, cluster.connect(always(fault), always(None), request_seconds=0.3), 3)


@pytest.mark.parametrize("seed", range(4))
def test_all_faults_mixed(cluster: Cluster, seed: int) -> None:
    """Two servers with faults of every kind at random, on requests and subscriptions, deliver each transfer once."""
    chance = random.Random(seed)

    def script(_method: str, _number: int) -> Fault | None:
        return chance.choice(FAULTS) if chance.random() < 0.25 else None

    pay_each(cluster, cluster.connect(script, script, request_seconds=0.3), 8)


def test_a_transaction_that_is_delivered_late_counts_once(cluster: Cluster) -> None:
    """The server that was given up carries the same bytes out after another did: the chain takes them once."""
    chain = cluster.connect(always(Fault.LATE, "sendTransaction"), always(None), request_seconds=0.3)
    to = Keypair().pubkey()

    cluster.session(chain).send(cluster.payer, gift(cluster, to))
    chain.close()

    assert cluster.endpoints[0].calls["sendTransaction"] > 0
    assert cluster.endpoints[1].calls["sendTransaction"] > 0
    assert cluster.received(to) == 1


def test_signed_anew_only_when_the_old_one_cannot_land(cluster: Cluster) -> None:
    """A server that forgets everything it accepts: after 150 blocks the wish is signed anew; what was forgotten is dead."""
    chain = cluster.connect(always(Fault.FORGET))
    endpoint, to = cluster.endpoints[0], Keypair().pubkey()

    def script(_method: str, _number: int) -> Fault | None:
        return Fault.FORGET if len(set(endpoint.forgotten)) < 2 else None

    endpoint.script = script
    height = cluster.server.call(lambda: cluster.beneath.head.slot)
    cluster.session(chain).send(cluster.payer, gift(cluster, to))

    assert cluster.received(to) == 1
    assert len(set(endpoint.forgotten)) == 2
    assert cluster.server.call(lambda: cluster.beneath.head.slot) > height + 150
    first = VersionedTransaction.from_bytes(endpoint.forgotten[0])
    (late,) = cluster.server.call(lambda: cluster.beneath.execute([first]))
    assert late.failure.code == "blockhash_not_found"
    assert cluster.received(to) == 1


def test_the_same_wish_is_not_signed_for_ever(cluster: Cluster) -> None:
    """Where nothing lands, three signatures expire and the error says so."""
    chain = cluster.connect(always(Fault.FORGET))

    with pytest.raises(ExpiredError):
        cluster.session(chain).send(cluster.payer, gift(cluster, Keypair().pubkey()))

    assert len(set(cluster.endpoints[0].forgotten)) == 3


def test_silence_after_sending_is_no_expiry(cluster: Cluster) -> None:
    """Servers that take a transaction and fall silent leave it unconfirmed; nothing is signed anew, for it has landed."""
    chain, to = cluster.connect(always(None)), Keypair().pubkey()
    sent = pay(chain, cluster.payer, to, GIFT)
    cluster.endpoints[0].script = lambda method, _: Fault.LOSE_ANSWER if method == "sendTransaction" else Fault.DROP

    with pytest.raises(UnconfirmedError) as caught:
        chain.send(sent)

    assert caught.value.code == "transaction_unconfirmed"
    assert caught.value.signature == str(sent.signatures[0])
    assert cluster.received(to) == 1


def test_a_refusal_after_doubt_waits_for_the_truth(cluster: Cluster) -> None:
    """One server carries a transaction out and loses the answer, the next calls it known already: it has landed."""
    chain, to = cluster.connect(always(Fault.LOSE_ANSWER, "sendTransaction"), always(None)), Keypair().pubkey()

    receipt = chain.send(pay(chain, cluster.payer, to, GIFT))

    assert receipt.units > 0
    assert cluster.received(to) == 1


def test_a_refusal_without_doubt_is_told_at_once(cluster: Cluster) -> None:
    """A transfer that cannot be paid for is refused by the first server, and sent to no other."""
    chain = cluster.connect(always(None), always(None))

    with pytest.raises(ForeignProgramError):
        chain.send(pay(chain, cluster.payer, Keypair().pubkey(), 10**15))

    assert [one.calls["sendTransaction"] for one in cluster.endpoints] == [1, 0]


def test_a_server_of_another_cluster_is_refused(cluster: Cluster) -> None:
    """Two genesis hashes: nothing is asked of either."""
    chain = cluster.connect(always(None), always(Fault.FOREIGN))

    with pytest.raises(ForeignEndpointError) as caught:
        chain.latest_blockhash()

    assert caught.value.code == "cluster_mismatch"
    assert sum(one.calls["getLatestBlockhash"] for one in cluster.endpoints) == 0


def test_a_server_of_another_cluster_that_comes_later_is_never_used(cluster: Cluster) -> None:
    """It was silent when the cluster was settled; when it answers it is not trusted, even when the other one fails."""
    chain = cluster.connect(always(Fault.DROP), always(None))
    chain.latest_blockhash()
    cluster.endpoints[0].script = always(Fault.FOREIGN)
    cluster.time.seconds += 60.0
    for _ in range(20):
        chain.latest_blockhash()

    assert cluster.endpoints[0].calls["getGenesisHash"] > 1
    assert cluster.endpoints[0].calls["getLatestBlockhash"] == 0


def test_a_server_that_is_behind_is_passed_over(cluster: Cluster) -> None:
    """Two hundred slots behind is unhealthy: what can be asked of the other is."""
    chain = cluster.connect(always(Fault.LAG), always(None))

    for _ in range(5):
        chain.latest_blockhash()

    assert LAG_SLOTS < 200
    assert [one.calls["getLatestBlockhash"] for one in cluster.endpoints] == [0, 5]


def test_too_many_requests_are_followed_by_fewer(cluster: Cluster) -> None:
    """A server's `Retry-After` is waited for where there is no other, and the question is answered then."""
    chain = cluster.connect(lambda _, number: Fault.BUSY if number == 0 else None)

    chain.latest_blockhash()

    assert cluster.endpoints[0].calls["getLatestBlockhash"] == 2
    assert sum(cluster.time.slept) == pytest.approx(RETRY_AFTER_SECONDS)


def test_a_server_that_stays_busy_is_named(cluster: Cluster) -> None:
    """In the end the error says that there are too many requests, and what to do."""
    chain = cluster.connect(always(Fault.BUSY))

    with pytest.raises(RateLimitedError) as caught:
        chain.latest_blockhash()

    assert cluster.endpoints[0].url in caught.value.message
    assert "--url" in caught.value.advice


def test_failures_rest_longer_each_time(cluster: Cluster) -> None:
    """A server that fails four times is asked after twice the wait each time."""
    chain = cluster.connect(lambda _, number: Fault.FAIL if number < 3 else None)

    chain.latest_blockhash()

    assert cluster.time.slept == pytest.approx([0.25, 0.5, 1.0])


@pytest.mark.parametrize("websocket", [None, Fault.DROP, Fault.LOSE_ANSWER])
def test_subscription_and_questions_race(cluster: Cluster, websocket: Fault | None) -> None:
    """Where statuses are not known a transaction is heard of; where nothing is heard, its status is asked."""
    deaf = websocket is not None

    def script(method: str, _number: int) -> Fault | None:
        if method == "websocket":
            return websocket
        return Fault.LAG if method == "getSignatureStatuses" and not deaf else None

    chain, to = cluster.connect(script), Keypair().pubkey()

    chain.send(pay(chain, cluster.payer, to, GIFT))

    assert cluster.received(to) == 1
    assert cluster.endpoints[0].calls["websocket"] == 1


def test_every_transaction_states_its_limits(cluster: Cluster) -> None:
    """Units, loaded bytes and, where others pay for the same accounts, a price: once each, and not the network's maximum."""
    chain = cluster.connect(always(None), fees=FeePolicy(percentile=100, most=5_000))
    session, to = cluster.session(chain), Keypair().pubkey()
    session.send(cluster.payer, gift(cluster, to), budget=Budget(micro_lamports_per_unit=7_000))

    session.send(cluster.payer, gift(cluster, to))

    own = [one for one in cluster.recorded() if to in one.message.account_keys][-1].message
    stated = {
        bytes(one.data)[0]: int.from_bytes(bytes(one.data)[1:], "little")
        for one in own.instructions
        if own.account_keys[one.program_id_index] == COMPUTE_BUDGET
    }
    assert sorted(stated) == [2, 3, 4]
    assert stated[2] < 10_000
    assert stated[3] == 5_000
    assert stated[4] < 1 << 20
