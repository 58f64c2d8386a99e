"""What only a chain behind a server has: lost transactions, expiry, silence, nonsense."""

import pytest
from solders.keypair import Keypair

from quatrain.client.errors import ExpiredError, RateLimitedError, RefusedError, UnreachableError
from quatrain.cluster.rpc import RpcChain
from tests.cluster.conftest import EXPLAINER
from tests.cluster.rpc_server import RpcServer
from tests.cluster.test_chain import pay


@pytest.fixture
def funded(remote: RpcChain) -> Keypair:
    """A key with SOL on the server's chain."""
    key = Keypair()
    remote.airdrop(key.pubkey(), 10**10)
    return key


def test_a_lost_transaction_is_sent_again(remote: RpcChain, server: RpcServer, funded: Keypair) -> None:
    """When a server accepts a transaction and drops it, the client sends the same one again, and it lands once."""
    server.methods.lost = {0, 1}
    to = Keypair().pubkey()

    remote.send(pay(remote, funded, to, 10**9))

    account = remote.get_account(to)
    assert account is not None
    assert account.lamports == 10**9
    assert server.methods.sends >= 3


def test_waiting_does_not_send_twice_what_landed(remote: RpcChain, server: RpcServer, funded: Keypair) -> None:
    """A status that shows late leads to repeated sends of the same transaction, which count once."""
    server.methods.delays["status"] = 2
    to = Keypair().pubkey()

    remote.send(pay(remote, funded, to, 10**9))

    account = remote.get_account(to)
    assert account is not None
    assert account.lamports == 10**9


def test_an_expired_transaction_is_reported(remote: RpcChain, server: RpcServer, funded: Keypair) -> None:
    """When the blockhash runs out first, the error says that the transaction cannot land any more."""
    server.methods.lost = set(range(1_000))
    transaction = pay(remote, funded, Keypair().pubkey(), 10**9)
    server.methods.skip_blocks = 100

    with pytest.raises(ExpiredError) as caught:
        remote.send(transaction)

    assert caught.value.code == "transaction_expired"


def test_a_blockhash_from_elsewhere_gets_a_deadline(remote: RpcChain, server: RpcServer, funded: Keypair) -> None:
    """A transaction built with a blockhash that this client did not ask for still expires."""
    server.methods.lost = set(range(1_000))
    blockhash = server.methods.chain.latest_blockhash()
    server.methods.skip_blocks = 100

    with pytest.raises(ExpiredError):
        remote.send(pay(remote, funded, Keypair().pubkey(), 10**9, blockhash))


def test_many_are_sent_until_all_are_there(remote: RpcChain, server: RpcServer, funded: Keypair) -> None:
    """Side by side, some lost and some turned away at first: each lands once, and what a server refuses stands in its place."""
    targets = [Keypair().pubkey() for _ in range(40)]
    transactions = [pay(remote, funded, target, 10**8) for target in targets]
    transactions[7] = pay(remote, funded, targets[7], 10**12)
    server.methods.lost = {0, 3, 11}
    first = server.methods.requests
    server.methods.busy = {first + 2, first + 9, first + 41, first + 43}

    outcomes = remote.send_all(transactions)

    assert [index for index, one in enumerate(outcomes) if one is not None] == [7]
    assert getattr(outcomes[7], "code", "") == "system_insufficient_lamports"
    held = [remote.get_account(target) for target in targets]
    assert [one.lamports if one else 0 for one in held] == [0 if index == 7 else 10**8 for index in range(40)]
    assert len(server.methods.landed) == 40


def test_many_expire_each_for_itself(remote: RpcChain, server: RpcServer, funded: Keypair) -> None:
    """What was not confirmed in time is told from what was."""
    transactions = [pay(remote, funded, Keypair().pubkey(), 10**8) for _ in range(3)]
    server.methods.lost = set(range(1, 1_000))
    server.methods.skip_blocks = 100

    outcomes = remote.send_all(transactions)

    assert sum(one is None for one in outcomes) == 1
    assert [one.code for one in outcomes if one is not None] == ["transaction_expired"] * 2


def test_a_server_that_stays_silent_is_given_up(remote: RpcChain, server: RpcServer, funded: Keypair) -> None:
    """Who wants fewer requests for ever is asked for a while, and then the error says so."""
    transaction = pay(remote, funded, Keypair().pubkey(), 10**8)
    server.methods.busy = set(range(10_000))

    with pytest.raises(RateLimitedError):
        remote.send_all([transaction])


def test_silence_is_told_apart_from_refusal(remote: RpcChain, server: RpcServer) -> None:
    """Where no server listens the error says so, with the address."""
    url = server.url
    lonely = RpcChain(url.rpartition(":")[0] + ":9", EXPLAINER)

    with pytest.raises(UnreachableError) as caught:
        lonely.clock()

    lonely.close()
    assert ":9" in caught.value.message
    assert caught.value.code == "cluster_unreachable"


def test_a_refused_method_is_reported(remote: RpcChain, server: RpcServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without a faucet refuses an airdrop, and its own words are passed on."""
    monkeypatch.setattr(type(server.methods), "requestAirdrop", None)

    with pytest.raises(RefusedError) as caught:
        remote.airdrop(Keypair().pubkey(), 1)

    assert "Method not found" in caught.value.message


def test_nonsense_is_reported(
    remote: RpcChain, server: RpcServer, funded: Keypair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer of the wrong shape is the server's fault, and does not end the client."""
    answer = {"err": {"InstructionError": "?"}, "logs": [], "accounts": None, "unitsConsumed": 0}
    monkeypatch.setattr(
        type(server.methods), "simulateTransaction", lambda self, *_: self.context({**answer, "returnData": None})
    )

    with pytest.raises(RefusedError):
        remote.simulate(pay(remote, funded, Keypair().pubkey(), 1))


def test_closing_twice_is_harmless(server: RpcServer) -> None:
    """A connection can be closed more than once."""
    chain = RpcChain(server.url, EXPLAINER)
    assert chain.clock().slot > 0
    chain.close()
    chain.close()
