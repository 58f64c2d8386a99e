"""The same commands on a cluster behind an RPC server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from quatrain.client.deployment import DEFAULT_PROGRAM
from quatrain.cluster.builds import compile_program
from quatrain.cluster.local import Keys, prepare
from tests.cli.conftest import Shell
from tests.cluster.conftest import EXPLAINER
from tests.cluster.rpc_server import RecordingChain, RpcServer


@pytest.fixture
def server() -> Iterator[RpcServer]:
    """A server without the protocol."""
    server = RpcServer(RecordingChain(EXPLAINER))
    yield server
    server.close()


def test_commands_work_on_a_server(
    shell: Shell, server: RpcServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Import, quote, deposit, buy and settle as on the local chain, with the admin's key; only who has the mint's key may mint."""
    chain = server.methods.chain
    chain.install(DEFAULT_PROGRAM, compile_program().elf, {})
    prepare(chain, Keys(home / "keys"), lambda _text: None)
    monkeypatch.setenv("QUATRAIN_URL", server.url)

    created = shell.json("market", "create", "Rain?", "--closes", "+7d", "-k", "id")
    imported = shell.json("market", "import", "--sample", "-k", "id")
    quote = shell.json("quote", "1", "yes", "--usdc", "5")
    deposited = shell.json("deposit", "5", "-k", "id")
    given = shell.json("keys", "airdrop", "id", "--usdc", "7")
    monkeypatch.setenv("QUATRAIN_HOME", str(home.with_name("stranger")))
    me = ("-k", str(home / "keys" / "id.json"))
    lacking = shell.failure("deposit", "50000", *me, code=1)
    elsewhere = shell.failure("keys", "airdrop", *me, code=1)

    assert created["market"] == 1
    assert imported["created"] == 6
    assert quote["total_usdc"] == "5"
    assert deposited["free_usdc"] == "5"
    assert given["usdc"] == "7"
    assert (lacking["code"], "Send USDC to" in lacking["advice"]) == ("wallet_short", True)
    assert elsewhere["code"] == "local_only"
    assert len(shell.json("market", "list")) == 7
    assert shell.json("vault", "show")["balanced"] is True


def test_a_cluster_without_the_protocol(shell: Shell, server: RpcServer) -> None:
    """The error says where the protocol was looked for."""
    failure = shell.failure("market", "list", "--url", server.url, code=1)

    assert failure["code"] == "protocol_missing"
    assert str(DEFAULT_PROGRAM) in failure["message"]
