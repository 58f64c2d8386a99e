"""Chains of both kinds, on which the same tests run."""

from collections.abc import Iterator

import pytest
from solders.keypair import Keypair

from quatrain.client.deployment import DEFAULT_PROGRAM
from quatrain.client.failures import Explainer
from quatrain.cluster.chain import Chain
from quatrain.cluster.embedded import EmbeddedChain
from quatrain.cluster.rpc import RpcChain
from quatrain.program.entrypoint import PROGRAM
from tests.cluster.rpc_server import RecordingChain, RpcServer

EXPLAINER = Explainer(str(DEFAULT_PROGRAM), PROGRAM.errors)


@pytest.fixture
def embedded() -> Iterator[EmbeddedChain]:
    """An embedded chain without a file."""
    chain = EmbeddedChain(EXPLAINER)
    yield chain
    chain.close()


@pytest.fixture
def server() -> Iterator[RpcServer]:
    """A JSON-RPC server in front of an embedded chain."""
    server = RpcServer(RecordingChain(EXPLAINER))
    yield server
    server.close()


@pytest.fixture
def remote(server: RpcServer) -> Iterator[RpcChain]:
    """The RPC backend, connected to that server."""
    chain = RpcChain(server.url, EXPLAINER, poll_seconds=0.01)
    yield chain
    chain.close()


@pytest.fixture(params=["embedded", "remote"])
def chain(request: pytest.FixtureRequest) -> Chain:
    """Each backend in turn."""
    found: Chain = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def payer(chain: Chain) -> Keypair:
    """A key with 10 SOL."""
    key = Keypair()
    chain.airdrop(key.pubkey(), 10 * 10**9)
    return key
