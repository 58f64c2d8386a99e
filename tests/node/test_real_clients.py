"""The clients that people use, as published, on our program against the running server.

Each is funded by the faucet, pays in, subscribes, buys, sells and takes its money out again.
"""

import asyncio
import base64
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from solana.rpc.async_api import AsyncClient
from solana.rpc.models import TxOpts
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction
from websockets.asyncio.client import connect

from hognose.idl import build_idl
from hognose.lang import Hash
from quatrain.client.accounts import declaration_of
from quatrain.client.deployment import DEFAULT_PROGRAM
from quatrain.client.tokens import create_token_account, mint_to
from quatrain.cluster.builds import compile_program
from quatrain.cluster.embedded import GENESIS_TIME
from quatrain.cluster.local import ROOT_VERSE, Keys, prepare
from quatrain.cluster.localnet.pace import Pace
from quatrain.cluster.localnet.server import ServerSettings
from quatrain.cluster.rpc import RpcChain
from quatrain.cluster.session import Session
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.errors import QuatrainError
from quatrain.program.state import Position
from tests.cluster.conftest import EXPLAINER
from tests.cluster.localnet.running import ServerThread, durable_chain

USDC = 10**6
AMOUNT = 500 * USDC
SHARES = 100 * USDC
CLIENTS = Path(__file__).with_name("clients")


@frozen
class World:
    """A served chain with a market, and who may mint its test USDC."""

    server: ServerThread
    keys: Keys
    session: Session
    market: Pubkey


@pytest.fixture(scope="module", params=[Pace.REALTIME, Pace.INSTANT], ids=str)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One server for all clients, at each pace that clients meet."""
    home = tmp_path_factory.mktemp("world")
    chain, keys = durable_chain(home), Keys(home / "keys")
    chain.install(DEFAULT_PROGRAM, compile_program().elf, {})
    session = prepare(chain, keys, lambda _text: None)
    admin = keys.admin
    created = session.instructions.create_market(
        admin=admin.pubkey(), verse_id=ROOT_VERSE, id=1, liquidity=1_000 * USDC, opens_at=GENESIS_TIME,
        closes_at=1 << 33, question=Hash(bytes(range(32))), opening=[500_000_000, 500_000_000],
    )  # fmt: skip
    session.send(admin, created)
    server = ServerThread(chain, ServerSettings(port=0, pace=request.param))
    yield World(server, keys, session, session.deployment.market(1))
    server.close()
    assert server.running.dispatcher.statistics().defects == 0


def wire(one: Instruction) -> dict[str, Any]:
    """An instruction in JSON."""
    metas = [[str(meta.pubkey), meta.is_signer, meta.is_writable] for meta in one.accounts]
    return {"program": str(one.program_id), "accounts": metas, "data": base64.b64encode(bytes(one.data)).decode()}


@frozen
class Plan:
    """What one client is to do."""

    world: World
    wallet: Keypair

    @property
    def holding(self) -> Pubkey:
        """The wallet's USDC."""
        return self.world.session.deployment.usdc_account(self.wallet.pubkey())

    @property
    def position(self) -> Pubkey:
        """The position that it opens."""
        deployment = self.world.session.deployment
        return deployment.position(deployment.trader(self.wallet.pubkey()), self.world.market, 0)

    @property
    def instructions(self) -> dict[str, Instruction]:
        """Every step by its name."""
        me, build, mint = self.wallet.pubkey(), self.world.session.instructions, self.world.session.deployment.usdc_mint
        terms: dict[str, Any] = {"authority": me, "market_address": self.world.market, "outcome": 0}
        minter = self.world.keys.faucet.pubkey()
        return {
            "create_holding": create_token_account(payer=me, owner=me, mint=mint),
            "mint": mint_to(mint=mint, destination=self.holding, authority=minter, amount=AMOUNT),
            "open_trader": build.open_trader(authority=me),
            "deposit": build.deposit(authority=me, amount=AMOUNT),
            "open_position": build.open_position(**terms),
            "buy": build.buy(shares=SHARES, maximum_cost=AMOUNT, **terms),
            "sell": build.sell(shares=SHARES, minimum_proceeds=1, **terms),
            "withdraw": build.withdraw(authority=me, amount=400 * USDC),
        }

    def request(self, **more: Any) -> dict[str, Any]:
        """The plan in JSON, with fresh keys in it."""
        return {
            "url": self.world.server.url,
            "websocketUrl": self.world.server.websocket_url,
            "wallet": list(bytes(self.wallet)),
            "minter": list(bytes(self.world.keys.faucet)),
            "mint": str(self.world.session.deployment.usdc_mint),
            "program": str(DEFAULT_PROGRAM),
            "holding": str(self.holding),
            "position": str(self.position),
            "amount": AMOUNT,
            "shares": SHARES,
            "instructions": {name: wire(one) for name, one in self.instructions.items()},
            **more,
        }


def run(script: str, request: Mapping[str, Any]) -> Any:
    """A client's answer."""
    node = shutil.which("node")
    assert node, "Node 20 or newer is needed for this test"
    done = subprocess.run(
        [node, CLIENTS / script], input=json.dumps(request), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def check_end(plan: Plan, held: int) -> None:
    """The chain agrees with what the client saw: the money is back, and nothing is left in the position."""
    chain, deployment = plan.world.session.chain, plan.world.session.deployment

    def look() -> tuple[int, int]:
        position = chain.get_account(plan.position)
        holding = chain.get_account(deployment.usdc_account(plan.wallet.pubkey()))
        assert position is not None
        assert holding is not None
        return int.from_bytes(position.data[80:88], "little"), int.from_bytes(holding.data[64:72], "little")

    assert plan.world.server.call(look) == (0, held)


@pytest.fixture
def plan(world: World) -> Plan:
    """A wallet that nobody knows, and what it is to do."""
    return Plan(world, Keypair())


def test_web3_js(plan: Plan) -> None:
    """@solana/web3.js 1.x with @solana/spl-token; it finds PubSub on the port after the RPC port by itself."""
    trader = plan.world.session.deployment.trader(plan.wallet.pubkey())
    field = declaration_of(Position).layout.field("trader")
    assert field is not None
    answer = run("web3.cjs", plan.request(traders={"offset": field.offset, "bytes": str(trader)}))

    assert (answer["shares"], answer["held"]) == (str(SHARES), str(400 * USDC))
    assert answer["told"]
    assert answer["logs"]
    assert answer["largest"]
    assert (answer["fee"], answer["owned"], answer["version"]) == (5_000, 1, "4.1.0")
    assert answer["listed"] == 6
    assert answer["positions"] == [[str(plan.position), True]]
    check_end(plan, 400 * USDC)


def test_kit(plan: Plan) -> None:
    """@solana/kit, whose confirmation races subscriptions with block heights."""
    answer = run("kit.mjs", plan.request())

    assert (answer["shares"], answer["held"]) == (str(SHARES), str(400 * USDC))
    assert answer["told"]
    assert answer["logs"]
    assert answer["epoch"]
    assert answer["fee"] == 5_000
    assert answer["listed"] == 5
    check_end(plan, 400 * USDC)


def test_anchor(plan: Plan) -> None:
    """@coral-xyz/anchor with our IDL: instructions, accounts, events and errors are its own."""
    deployment, me = plan.world.session.deployment, plan.wallet.pubkey()
    accounts = {
        "authority": me,
        "trader": deployment.trader(me),
        "protocol": deployment.protocol,
        "market": plan.world.market,
        "position": plan.position,
        "source": plan.holding,
        "destination": plan.holding,
        "tokenVault": deployment.token_vault,
    }
    named = {name: str(address) for name, address in accounts.items()}

    answer = run("anchor.cjs", plan.request(idl=build_idl(PROGRAM), accounts=named))

    assert (answer["shares"], answer["positions"]) == (str(SHARES), 1)
    assert answer["question"] == bytes(range(32)).hex()
    assert answer["told"]
    assert int(answer["event"]["shares"], 16 if isinstance(answer["event"]["shares"], str) else 10) == SHARES
    assert answer["refusal"] == QuatrainError.INSUFFICIENT_SHARES.message
    assert AMOUNT * 0.9 < int(answer["held"]) < AMOUNT
    check_end(plan, int(answer["held"]))


def test_solana_py(plan: Plan) -> None:
    """solana-py, which waits for `finalized` unless it is told otherwise."""
    requests = count(1)

    async def talk() -> tuple[int, int]:
        async with AsyncClient(plan.world.server.url) as client, connect(plan.world.server.websocket_url) as ws:

            async def send(*names: str, signers: tuple[Keypair, ...] = ()) -> None:
                blockhash = (await client.get_latest_blockhash()).value.blockhash
                steps = [plan.instructions[name] for name in names]
                message = MessageV0.try_compile(plan.wallet.pubkey(), steps, [], blockhash)
                await client.send_transaction(
                    VersionedTransaction(message, [plan.wallet, *signers]), TxOpts(skip_confirmation=False)
                )

            async def subscribe(method: str, *params: Any) -> int:
                body = {"jsonrpc": "2.0", "id": next(requests), "method": method, "params": params}
                await ws.send(json.dumps(body))
                return json.loads(await ws.recv())["result"]

            assert await client.is_connected()
            gift = await client.request_airdrop(plan.wallet.pubkey(), 5 * 10**9)
            await client.confirm_transaction(gift.value)
            await send("create_holding", "mint", signers=(plan.world.keys.faucet,))
            await send("open_trader", "deposit", "open_position")
            number = await subscribe("accountSubscribe", str(plan.position), {"encoding": "base64"})
            await send("buy")
            told = json.loads(await ws.recv())
            assert told["params"]["subscription"] == number
            data = base64.b64decode(told["params"]["result"]["value"]["data"][0])
            await send("sell", "withdraw")
            held = (await client.get_token_account_balance(plan.holding)).value.amount
            return int.from_bytes(data[80:88], "little"), int(held)

    shares, held = asyncio.run(talk())

    assert (shares, held) == (SHARES, 400 * USDC)
    check_end(plan, held)


def test_our_own_client(plan: Plan) -> None:
    """`RpcChain`, through which the command line works on every cluster."""
    chain = RpcChain(plan.world.server.url, EXPLAINER, poll_seconds=0.01)
    session, steps = Session(chain, plan.world.session.deployment), plan.instructions

    chain.airdrop(plan.wallet.pubkey(), 5 * 10**9)
    session.send(plan.wallet, steps["create_holding"], steps["mint"], signers=[plan.world.keys.faucet])
    session.send(plan.wallet, steps["open_trader"], steps["deposit"], steps["open_position"])
    bought = session.send(plan.wallet, steps["buy"])
    position = session.position(plan.wallet.pubkey(), plan.world.market, 0)
    session.send(plan.wallet, steps["sell"], steps["withdraw"])

    assert [type(one).__name__ for one in session.events(bought)] == ["Traded"]
    assert position is not None
    assert position.state.shares == SHARES
    check_end(plan, 400 * USDC)
    chain.close()
