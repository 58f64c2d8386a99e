"""A node whose time stands still, asked without a network."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from solders.keypair import Keypair

from quatrain.cluster.embedded import GENESIS_TIME
from quatrain.cluster.localnet.connection import Connection
from quatrain.cluster.localnet.dispatch import Dispatcher
from quatrain.cluster.localnet.node import Node
from quatrain.cluster.localnet.pace import Pace
from tests.cluster.localnet.running import durable_chain


class ManualTime:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_ms = GENESIS_TIME * 1_000

    def unix_ms(self) -> int:
        return self.now_ms

    def monotonic(self) -> float:
        return self.now_ms / 1_000

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


class RpcFailure(Exception):
    """An answer that is an error."""

    def __init__(self, error: dict[str, Any]):
        super().__init__(error["message"])
        self.code = error["code"]
        self.message = error["message"]
        self.data = error.get("data")


class Localnet:
    """A node, and requests to it as its clients write them."""

    def __init__(self, folder: Path, *, time_travel: bool = True, **options: Any):
        self.time = ManualTime()
        self.chain = durable_chain(folder)
        options.setdefault("pace", Pace.STEPPED)
        self.node = Node(self.chain, Keypair(), self.time, **options)
        self.dispatcher = Dispatcher(self.node, time_travel=time_travel)

    def raw(self, body: bytes, connection: Connection | None = None) -> Any:
        """The answer to these very bytes."""
        answer = asyncio.run(self.dispatcher.answer(body, connection))
        if connection is not None:
            connection.answered()
        return None if answer is None else json.loads(answer)

    def ask(self, method: str, *params: Any, connection: Connection | None = None) -> Any:
        """The result of a method; RpcFailure where it failed."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self.raw(json.dumps(request).encode(), connection)
        assert answer.pop("jsonrpc") == "2.0"
        assert answer.pop("id") == 1
        if "error" in answer:
            raise RpcFailure(answer["error"])
        return answer["result"]

    def value(self, method: str, *params: Any) -> Any:
        """The value in a result's frame."""
        return self.ask(method, *params)["value"]

    def funded(self, lamports: int = 10**10) -> Keypair:
        """A key that the faucet has given something."""
        key = Keypair()
        self.ask("requestAirdrop", str(key.pubkey()), lamports)
        return key

    def close(self) -> None:
        """Close the chain; nothing that was asked may have failed by our own fault."""
        self.chain.close()
        assert self.dispatcher.statistics().defects == 0


@pytest.fixture
def localnet(tmp_path: Path) -> Iterator[Localnet]:
    """A node whose blocks end when a test says so."""
    localnet = Localnet(tmp_path / "chain")
    yield localnet
    localnet.close()


def messages(connection: Connection) -> list[Any]:
    """What a client was told, taken out of its queue."""

    async def take() -> list[Any]:
        taken = list[Any]()
        while connection.statistics().messages:
            message = await connection.next_message()
            assert message is not None
            taken.append(json.loads(message))
        return taken

    return asyncio.run(take())
