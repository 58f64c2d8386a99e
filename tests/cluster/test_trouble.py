"""What servers' answers and addresses mean: waits, PubSub addresses, prices, and what messages may show."""

import pytest

from quatrain.client.errors import UnreachableError
from quatrain.cluster.endpoints import Patience
from quatrain.cluster.fees import FeePolicy
from quatrain.cluster.listener import pubsub_url
from quatrain.cluster.rpc import RpcChain
from quatrain.cluster.trouble import retry_after, shown
from tests.cluster.conftest import EXPLAINER


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        (None, None),
    ],
)
def test_retry_after_as_its_standard_has_it(header: str | None, seconds: float | None) -> None:
    """Seconds, or a date, counted from now (second 100); anything else says nothing."""
    assert retry_after(header, 100.0) == seconds


@pytest.mark.parametrize(
    ("url", "pubsub"),
    [
        ("http://127.0.0.1:8899", "ws://127.0.0.1:8900"),
        ("http://[::1]:8899/x", "ws://[::1]:8900/x"),
        ("https://api.devnet.solana.com", "wss://api.devnet.solana.com"),
        ("https://rpc.example/?api-key=k", "wss://rpc.example/?api-key=k"),
    ],
)
def test_pubsub_is_where_validators_have_it(url: str, pubsub: str) -> None:
    """On the next port where one is named, as web3.js and Solana's command line have it."""
    assert pubsub_url(url) == pubsub


def test_messages_show_no_key_to_a_server() -> None:
    """User, password, path and query of an address stay out of names and errors, also of what caused them."""
    url = "http://user:secret@127.0.0.1:9/secret/?api-key=secret"
    chain = RpcChain([url, url + "2"], EXPLAINER, patience=Patience(tries=1, first_rest=0.0))

    with pytest.raises(UnreachableError) as caught:
        chain.latest_blockhash()
    chain.close()

    assert shown(url) == "http://127.0.0.1:9"
    assert "127.0.0.1:9" in caught.value.message
    assert "secret" not in caught.value.message + chain.name + caught.value.advice


@pytest.mark.parametrize(
    ("recent", "price"),
    [([], 10), ([0, 0, 0, 0], 10), ([100, 200, 300, 400], 300), ([400, 100, 300, 200, 900], 400), ([9_999], 500)],
)
def test_the_price_is_a_bounded_percentile(recent: list[int], price: int) -> None:
    """The 75th of recent prices by nearest rank, at least 10 and at most 500."""
    assert FeePolicy(percentile=75, least=10, most=500).price(recent) == price
