"""An answer with many accounts is made in parts: others have their turns meanwhile, and it is of one moment all the same."""

import asyncio
import json

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from quatrain.client.accounts import RawAccount
from tests.cluster.localnet.conftest import Localnet

ACCOUNTS = 300
PROGRAM = Keypair().pubkey()


def request(method: str, *params: object) -> bytes:
    """As clients write it."""
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


MANY = request("getProgramAccounts", str(PROGRAM), {"encoding": "base64", "withContext": True})


@pytest.fixture
def addresses(localnet: Localnet) -> list[Pubkey]:
    """A program's accounts."""
    found = [Keypair().pubkey() for _ in range(ACCOUNTS)]
    for number, address in enumerate(found):
        localnet.chain.set_account(address, RawAccount(10**7, number.to_bytes(2, "big"), PROGRAM))
    return found


@pytest.mark.usefixtures("addresses")
def test_others_do_not_wait(localnet: Localnet) -> None:
    """Who asks for the slot after two have asked for all accounts is answered first."""
    answers = list[tuple[str, bytes | None]]()

    async def ask(name: str, body: bytes) -> None:
        answers.append((name, await localnet.dispatcher.answer(body)))

    async def work() -> None:
        await asyncio.gather(ask("many", MANY), ask("many", MANY), ask("slot", request("getSlot")))

    asyncio.run(work())

    assert [name for name, _ in answers] == ["slot", "many", "many"]
    assert answers[1] == answers[2]


def test_it_is_of_one_moment(localnet: Localnet, addresses: list[Pubkey]) -> None:
    """Every account changes and a slot passes while it is made: it has them all as they were, to the byte."""

    async def work() -> tuple[bytes | None, bytes | None, bytes | None]:
        before = await localnet.dispatcher.answer(MANY)
        making = asyncio.create_task(localnet.dispatcher.answer(MANY))
        await asyncio.sleep(0)
        assert not making.done()
        for address in addresses:
            localnet.node.set_account(address, RawAccount(10**7, b"changed", PROGRAM))
        localnet.node.end_block()
        return before, await making, await localnet.dispatcher.answer(MANY)

    before, meanwhile, after = asyncio.run(work())

    assert meanwhile == before
    assert after is not None
    data = [one["account"]["data"][0] for one in json.loads(after)["result"]["value"]]
    assert data == ["Y2hhbmdlZA=="] * ACCOUNTS
