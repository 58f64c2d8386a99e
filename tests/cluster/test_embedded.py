"""What only an embedded chain has: its clock is ours, blocks are calls, and it remembers what it processed."""

import pytest
from solders.keypair import Keypair

from quatrain.client.errors import RefusedError, RuntimeFailure, TransactionError, UsageError
from quatrain.cluster.chain import ChainClock, Receipt
from quatrain.cluster.embedded import BLOCKHASH_SLOTS, GENESIS_SLOT, GENESIS_TIME, EmbeddedChain
from tests.cluster.conftest import EXPLAINER
from tests.cluster.test_chain import pay


@pytest.fixture
def funded(embedded: EmbeddedChain) -> Keypair:
    """A key with SOL."""
    key = Keypair()
    embedded.airdrop(key.pubkey(), 10**12)
    return key


def test_time_begins_where_it_is_told() -> None:
    """The first block is at the stated second."""
    assert EmbeddedChain(EXPLAINER, start=1_900_000_000).clock() == ChainClock(GENESIS_SLOT, 1_900_000_000)


def test_a_block_takes_400_milliseconds(embedded: EmbeddedChain) -> None:
    """Five blocks are two seconds."""
    for _ in range(5):
        embedded.airdrop(Keypair().pubkey(), 10**9)

    assert embedded.clock() == ChainClock(GENESIS_SLOT + 5, GENESIS_TIME + 2)


def test_time_can_be_moved_forward_only(embedded: EmbeddedChain) -> None:
    """By slots or to a second, both moving together; back is refused."""
    embedded.warp(slot=GENESIS_SLOT + 150)
    assert embedded.clock() == ChainClock(GENESIS_SLOT + 150, GENESIS_TIME + 60)

    embedded.warp(unix_timestamp=GENESIS_TIME + 3_600)
    assert embedded.clock() == ChainClock(GENESIS_SLOT + 9_000, GENESIS_TIME + 3_600)

    with pytest.raises(UsageError, match="only moves forward"):
        embedded.warp(slot=GENESIS_SLOT)
    with pytest.raises(UsageError, match="only moves forward"):
        embedded.warp(unix_timestamp=GENESIS_TIME)


def test_many_transactions_make_one_block(embedded: EmbeddedChain, funded: Keypair) -> None:
    """They share a slot, and one that fails does not stop the others."""
    before = embedded.clock().slot
    sums = (10**9, 10**18, 2 * 10**9)
    transactions = [pay(embedded, funded, Keypair().pubkey(), lamports) for lamports in sums]

    results = embedded.send_all(transactions)

    assert [isinstance(one, Receipt) for one in results] == [True, False, True]
    assert isinstance(results[1], TransactionError)
    assert {one.slot for one in results if isinstance(one, Receipt)} == {before}
    assert embedded.clock().slot == before + 1


def test_a_transaction_counts_once(embedded: EmbeddedChain, funded: Keypair) -> None:
    """The same signature is refused while its blockhash would still be valid, also in the same block."""
    to = Keypair().pubkey()
    transaction = pay(embedded, funded, to, 10**9)

    first, second = embedded.send_all([transaction, transaction])
    with pytest.raises(RuntimeFailure) as caught:
        embedded.send(transaction)

    assert isinstance(first, Receipt)
    assert isinstance(second, RuntimeFailure)
    assert caught.value.code == "already_processed"
    account = embedded.get_account(to)
    assert account is not None
    assert account.lamports == 10**9


def test_a_blockhash_ages(embedded: EmbeddedChain, funded: Keypair) -> None:
    """It is good for 150 slots, not for 151."""
    fresh = pay(embedded, funded, Keypair().pubkey(), 10**9)
    stale = pay(embedded, funded, Keypair().pubkey(), 10**9)
    embedded.warp(slot=embedded.clock().slot + BLOCKHASH_SLOTS)
    embedded.send(fresh)

    with pytest.raises(RuntimeFailure) as caught:
        embedded.send(stale)

    assert caught.value.code == "blockhash_not_found"


def test_blockhashes_never_repeat(embedded: EmbeddedChain) -> None:
    """Every block has another, and so has every chain that began at another time."""
    seen = {str(EmbeddedChain(EXPLAINER, start=GENESIS_TIME + 1).latest_blockhash())}
    for _ in range(20):
        seen.add(str(embedded.latest_blockhash()))
        embedded.airdrop(Keypair().pubkey(), 10**9)

    assert len(seen) == 21


def test_a_failed_transaction_pays_its_fee(embedded: EmbeddedChain, funded: Keypair) -> None:
    """As on a cluster, what ran and failed has changed nothing but the payer's balance."""
    with pytest.raises(TransactionError):
        embedded.send(pay(embedded, funded, Keypair().pubkey(), 10**18))

    account = embedded.get_account(funded.pubkey())
    assert account is not None
    assert account.lamports == 10**12 - 5_000


def test_an_airdrop_has_a_limit(embedded: EmbeddedChain) -> None:
    """More than a million SOL at once is refused."""
    with pytest.raises(RefusedError) as caught:
        embedded.airdrop(Keypair().pubkey(), 10**15 + 1)

    assert caught.value.code == "airdrop_too_large"
