"""Whatever is sent to the interface, it answers, by its own fault never with an error, and in bounded memory."""

import base64
import json
import resource
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from solders.keypair import Keypair
from websockets.sync.client import connect

from quatrain.cluster.localnet.codes import GENERAL, METHOD_NOT_FOUND
from quatrain.cluster.localnet.connection import Connection
from quatrain.cluster.localnet.limits import MOST_BODY_BYTES
from quatrain.cluster.localnet.method import METHODS, Access
from quatrain.cluster.localnet.pace import Pace
from quatrain.cluster.localnet.server import ServerSettings
from tests.cluster.localnet.conftest import Localnet, messages
from tests.cluster.localnet.running import ServerThread, durable_chain
from tests.cluster.test_chain import pay

KNOWN = {
    "address": ["11111111111111111111111111111111", "SysvarC1ock11111111111111111111111111111111"],
    "token": ["TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"],
    "words": ["confirmed", "finalized", "processed", "base64", "jsonParsed", "base58", "base64+zstd", "all", "mint"],
}
OPTIONS = [
    "commitment", "encoding", "minContextSlot", "filters", "dataSlice", "limit", "before", "until", "mint", "programId",
    "withContext", "accounts", "addresses", "offset", "length", "memcmp", "bytes", "dataSize", "skipPreflight", "mentions",
    "maxSupportedTransactionVersion", "transactionDetails", "absoluteSlot", "absoluteTimestamp", "lamports", "data",
    "owner", "executable", "amount", "state", "sigVerify", "replaceRecentBlockhash", "identity", "epoch", "enableReceivedNotification",
]  # fmt: skip
text = st.one_of(st.text(max_size=100), st.sampled_from([word for words in KNOWN.values() for word in words]))
numbers = st.one_of(
    st.integers(-(2**70), 2**70), st.sampled_from([0, 1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64]), st.floats()
)
leaves = st.one_of(
    st.none(), st.booleans(), numbers, text, st.binary(max_size=64).map(lambda one: base64.b64encode(one).decode())
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(st.sampled_from(OPTIONS), text), inner, max_size=4)
    ),
    max_leaves=12,
)
FUZZ = settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
    phases=[Phase.generate, Phase.shrink],
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Localnet]:
    """One node for all examples: what a request leaves behind must not harm the next."""
    localnet = Localnet(tmp_path_factory.mktemp("fuzz"))
    yield localnet
    localnet.close()


def check(localnet: Localnet, body: bytes, connection: Connection | None = None) -> Any:
    """Ask; every error must have a code that is declared, and none may be our fault."""
    answer = localnet.raw(body, connection)
    for one in answer if isinstance(answer, list) else [answer] if answer else []:
        assert one["jsonrpc"] == "2.0"
        assert ("result" in one) != ("error" in one)
        if "error" in one:
            assert one["error"]["code"] != -32603 or one["error"]["message"] != "Internal error", body
    assert localnet.dispatcher.statistics().defects == 0, body
    return answer


@FUZZ
@given(st.binary(max_size=2_000))
def test_noise(shared: Localnet, body: bytes) -> None:
    """Bytes that are no JSON, or JSON by accident."""
    check(shared, body)


@FUZZ
@given(values)
def test_json_that_is_no_request(shared: Localnet, value: Any) -> None:
    """Any value, alone or in a batch."""
    check(shared, json.dumps(value).encode("utf-8", "surrogatepass"))
    check(shared, json.dumps([value] * 3).encode("utf-8", "surrogatepass"))


@settings(FUZZ, max_examples=800)
@given(st.sampled_from(sorted(METHODS)), st.lists(values, max_size=4))
def test_any_method_with_any_parameters(shared: Localnet, method: str, params: list[Any]) -> None:
    """Wrong types, wrong counts, huge numbers: an answer or a declared error."""
    connection = Connection(shared.node)
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}

    answer = check(shared, json.dumps(request).encode("utf-8", "surrogatepass"), connection)

    if answer.get("error") and METHODS[method].access is not Access.SUBSCRIBERS:
        codes = {failure.code for failure in (*METHODS[method].failures, *GENERAL)}
        assert answer["error"]["code"] in codes - {METHOD_NOT_FOUND.code}
    connection.leave()
    messages(connection)


@settings(FUZZ, max_examples=400)
@given(st.data())
def test_torn_transactions(shared: Localnet, data: st.DataObject) -> None:
    """Bytes of a good transaction changed, cut off or added, signed or not: refused, dropped or executed, never worse."""
    key = shared.funded(10**10)
    wire = bytearray(bytes(pay(shared.chain, key, Keypair().pubkey(), 10**8)))
    for _ in range(data.draw(st.integers(1, 4))):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    wire = wire[: data.draw(st.integers(0, len(wire)))] + data.draw(st.binary(max_size=40))
    encoded = base64.b64encode(wire).decode()
    method = data.draw(st.sampled_from(["sendTransaction", "simulateTransaction", "getFeeForMessage"]))
    options: dict[str, Any] = {"encoding": "base64"}
    if method == "sendTransaction":
        options["skipPreflight"] = data.draw(st.booleans())
    if method == "simulateTransaction":
        options |= {"replaceRecentBlockhash": data.draw(st.booleans()), "innerInstructions": True}
    text = base64.b64encode(wire[65:]).decode() if method == "getFeeForMessage" else encoded

    check(shared, json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": [text, options]}).encode())


requests = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0"), "method": st.sampled_from(sorted(METHODS)), "params": st.lists(values, max_size=3)},
    optional={"id": st.one_of(st.integers(0, 2**63), st.text(max_size=10))},
)


@FUZZ
@given(st.lists(st.one_of(requests, values.filter(lambda one: not isinstance(one, dict))), min_size=1, max_size=20))
def test_batches_of_anything(shared: Localnet, batch: list[Any]) -> None:
    """Good requests, bad ones, notifications and what is no request: one answer each in order, none for notifications."""
    body = json.dumps(batch)
    assume("Infinity" not in body and "NaN" not in body)  # what Python writes so is no JSON
    answers = check(shared, body.encode()) or []

    wanted = [one.get("id", "notification") if isinstance(one, dict) else None for one in batch]
    assert [one["id"] for one in answers] == [one for one in wanted if one != "notification"]


@FUZZ
@given(
    st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda one: base64.b64encode(one).decode() + "=")),
    st.sampled_from(["sendTransaction", "simulateTransaction", "getFeeForMessage"]),
    st.sampled_from(["base58", "base64"]),
)
def test_texts_that_are_no_transactions(shared: Localnet, text: str, method: str, encoding: str) -> None:
    """No base64, no base58, or no transaction within: invalid parameters, whatever it is."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": [text, {"encoding": encoding}]}

    answer = check(shared, json.dumps(request).encode("utf-8", "surrogatepass"))

    assert answer["error"]["code"] == -32602


@FUZZ
@given(st.data())
def test_bad_signatures(shared: Localnet, data: st.DataObject) -> None:
    """A transaction whose signature has one bit changed is refused as such, tried or not, and does nothing."""
    key, to = shared.funded(10**10), Keypair().pubkey()
    wire = bytearray(bytes(pay(shared.chain, key, to, 10**8)))
    wire[1 + data.draw(st.integers(0, 63))] ^= 1 << data.draw(st.integers(0, 7))
    skip = data.draw(st.booleans())
    params = [base64.b64encode(wire).decode(), {"encoding": "base64", "skipPreflight": skip}]

    answer = check(
        shared, json.dumps({"jsonrpc": "2.0", "id": 1, "method": "sendTransaction", "params": params}).encode()
    )

    assert "result" in answer if skip else answer["error"]["code"] == -32003
    assert shared.chain.get_account(to) is None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerThread]:
    """A server on sockets."""
    server = ServerThread(durable_chain(tmp_path), ServerSettings(port=0, pace=Pace.STEPPED, time_travel=True))
    yield server
    server.close()
    assert server.running.dispatcher.statistics().defects == 0


HEADERS = st.sampled_from([
    b"Content-Length: -1", b"Content-Length: x", b"Content-Length: 99999999999999999999", b"Content-Length: 5",
    b"Transfer-Encoding: chunked", b"Content-Type: application/json", b"Content-Type: \xff", b"Upgrade: websocket",
    b"Connection: Upgrade", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: x", b"Expect: 100-continue", b": ", b"\x00",
])  # fmt: skip
LINES = st.sampled_from(
    [b"POST / HTTP/1.1", b"GET /health HTTP/1.1", b"OPTIONS * HTTP/1.1", b"PRI * HTTP/2.0", b"POST", b""]
)


@settings(FUZZ, max_examples=80)
@given(LINES, st.lists(st.one_of(HEADERS, st.binary(max_size=40)), max_size=6), st.binary(max_size=200))
def test_noise_on_the_wire(server: ServerThread, line: bytes, headers: list[bytes], body: bytes) -> None:
    """Lines and headers that contradict each other or are none: no status 500, and the next client is served."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as client:
        client.sendall(b"\r\n".join([line, *headers, b"", body]))
        client.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(65_536), b""))

    assert not answer.startswith(b"HTTP/1.1 5")
    assert httpx2.get(f"{server.url}/health").text == "ok"


@settings(FUZZ, max_examples=100)
@given(st.lists(st.one_of(st.text(max_size=300), st.binary(max_size=300)), min_size=1, max_size=8))
def test_noise_to_subscribers(server: ServerThread, sent: list[str | bytes]) -> None:
    """Text and binary messages of any content: each gets an answer, an error, and the connection stays."""
    with connect(server.websocket_url, proxy=None) as client:
        for one in sent:
            client.send(one)
            assert "error" in str(client.recv(60)) or one in {"", b""}
        client.send('{"jsonrpc":"2.0","id":7,"method":"slotSubscribe"}')
        assert json.loads(client.recv(60))["id"] == 7


def test_floods_leave_memory_as_it_was(server: ServerThread) -> None:
    """Deep nesting, the largest batches, and answers that are larger than their requests: status 200 or 413, no more memory."""
    one = b'{"jsonrpc":"2.0","id":1,"method":"%s","params":[%s]}'
    program = b'"BPFLoaderUpgradeab1e11111111111111111111111",{"encoding":"base64"}'
    many = MOST_BODY_BYTES // len(one % (b"getProgramAccounts", program)) - 1
    bodies = [
        b"[" * (MOST_BODY_BYTES - 1),
        b'{"a":' * (MOST_BODY_BYTES // 5 - 1),
        b"[" + b",".join([one % (b"getHealth", b"")] * 800) + b"]",
        b"[" + b",".join([one % (b"getProgramAccounts", program)] * many) + b"]",
        one % (b"getMultipleAccounts", b"[" + b",".join([b'"' + b"1" * 32 + b'"'] * 900) + b"]"),
        b'{"jsonrpc":"2.0","id":1,"method":"getBalance","params":["' + b"1" * 50_000 + b'"]}',
        b"9" * 50_000,
        b" " * (MOST_BODY_BYTES + 1),
    ]
    headers = {"content-type": "application/json"}

    def flood(client: httpx2.Client) -> set[int]:
        return {client.post("/", content=body, headers=headers, timeout=60).status_code for body in bodies}

    with httpx2.Client(base_url=server.url) as client:
        assert flood(client) == {200, 413}
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(5):
            flood(client)
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1_024
    assert grown_mib < 64
