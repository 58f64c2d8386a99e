"""A crowd of traders with a ledger: they trade in bursts and in a stream, while others misbehave and the server is killed.

Every trade that is begun is repeated, the same bytes, until it is acknowledged. In the end the ledger must agree with the
chain's own file.
"""

import asyncio
import base64
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from solders.hash import Hash
from solders.keypair import Keypair
from solders.system_program import TransferParams, transfer

from hognose.lang import Pubkey
from quatrain.client.transactions import build_transaction
from quatrain.cluster.localnet.limits import MOST_BODY_BYTES
from tests.cluster.localnet.test_kill import serving
from tests.cluster.localnet.trading import Ledger, Trader

STREAM = 64
"""Clients that are at work at once between bursts."""
_HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Client:
    """One connection that is kept."""

    def __init__(self, url: str):
        self._host, self._port = url.removeprefix("http://").split(":")

    async def connect(self) -> None:
        """Open it."""
        self._reader, self._writer = await asyncio.open_connection(self._host, int(self._port))

    async def close(self) -> None:
        """Close it."""
        self._writer.close()
        await self._writer.wait_closed()

    def abort(self) -> None:
        """Close it without a word."""
        self._writer.transport.abort()

    async def ask(self, method: str, *params: Any) -> Any:
        """A result."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        return (await self.post(body))[1]["result"]

    async def post(self, body: bytes) -> tuple[int, Any]:
        """The status and, if it is JSON, the answer to these very bytes."""
        self._writer.write(_HEAD % len(body) + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        answer = await self._reader.readexactly(length)
        return int(head.split()[1]), json.loads(answer) if answer.startswith((b"{", b"[")) else None


class Site:
    """The server's process, and where it is now."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.kills = 0
        self.peak_mib = 0.0
        self._stack = ExitStack()
        self._start()

    def _start(self) -> None:
        self.url, self._child = self._stack.enter_context(serving(self.folder))

    def restart(self) -> None:
        """Kill it, as hard as can be, and start another on the same file."""
        self.measure()
        self._stack.close()
        self.kills += 1
        self._start()

    def measure(self) -> float:
        """The MiB that it holds now."""
        status = Path(f"/proc/{self._child.pid}/status").read_text()
        held = int(status.split("VmRSS:")[1].split()[0]) / 1_024
        self.peak_mib = max(self.peak_mib, held)
        return held

    def close(self) -> None:
        """Kill it for good."""
        self.measure()
        self._stack.close()


class Crowd:
    """Traders at work on a site; `spent_ms` is what each acknowledged trade took, repeats included."""

    def __init__(self, site: Site, ledger: Ledger):
        self.site = site
        self.traders = ledger.traders
        self.spent_ms: list[float] = []
        self.repeats = 0
        self._clients: dict[Pubkey, Client] = {}
        self._up = asyncio.Event()
        self._up.set()

    async def burst(self) -> None:
        """All trade at once."""
        blockhash = await self._blockhash()
        await asyncio.gather(*(self._trade(one, blockhash) for one in self.traders))

    async def stream(self) -> None:
        """All trade, a few at a time."""
        blockhash = await self._blockhash()
        await self._at_most(STREAM, [self._trade(one, blockhash) for one in self.traders])

    async def killed(self) -> None:
        """All trade at once, and the server is killed when a third of it is done."""
        enough, before = asyncio.Event(), len(self.spent_ms)

        async def kill() -> None:
            await enough.wait()
            self._up.clear()
            await asyncio.get_running_loop().run_in_executor(None, self.site.restart)
            self._up.set()

        async def trade(one: Trader, blockhash: Hash) -> None:
            await self._trade(one, blockhash)
            if len(self.spent_ms) - before >= len(self.traders) / 3:
                enough.set()

        blockhash = await self._blockhash()
        await asyncio.gather(kill(), *(trade(one, blockhash) for one in self.traders))

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.close()

    async def _trade(self, trader: Trader, blockhash: Hash) -> None:
        wire = base64.b64encode(bytes(trader.sign(blockhash))).decode()
        began = time.perf_counter()
        while not await self._acknowledged(trader, wire):
            self.repeats += 1
            await self._up.wait()
        self.spent_ms.append(1_000 * (time.perf_counter() - began))

    async def _acknowledged(self, trader: Trader, wire: str) -> bool:
        """Send a transaction over the trader's connection, or a new one where the last one broke; whether that was answered."""
        try:
            if trader.address not in self._clients:
                client = Client(self.site.url)
                await client.connect()
                self._clients[trader.address] = client
            await self._clients[trader.address].ask(
                "sendTransaction", wire, {"encoding": "base64", "skipPreflight": True}
            )
        except (OSError, asyncio.IncompleteReadError):
            if broken := self._clients.pop(trader.address, None):
                broken.abort()
            return False
        return True

    async def _blockhash(self) -> Hash:
        client = Client(self.site.url)
        await client.connect()
        found = (await client.ask("getLatestBlockhash"))["value"]["blockhash"]
        await client.close()
        return Hash.from_string(found)

    @staticmethod
    async def _at_most(number: int, work: list[Awaitable[None]]) -> None:
        gate = asyncio.Semaphore(number)

        async def one(item: Awaitable[None]) -> None:
            async with gate:
                await item

        await asyncio.gather(*map(one, work))


class Nuisance:
    """Those who misbehave; `answers` counts what they were told."""

    def __init__(self, site: Site):
        self._site = site
        self._slow: list[asyncio.StreamWriter] = []
        self.answers: Counter[Any] = Counter()

    async def ask_badly(self, times: int) -> None:
        """Oversized, malformed, nested, of wrong types, with bad base64 and bad signatures: each so many times."""
        stranger = Keypair()
        params = TransferParams(from_pubkey=stranger.pubkey(), to_pubkey=stranger.pubkey(), lamports=1)
        wire = bytes(build_transaction([transfer(params)], stranger, Hash.default()))
        unsigned = wire[:1] + bytes(64) + wire[65:]
        bodies = [
            b" " * (MOST_BODY_BYTES + 1),
            b'{"jsonrpc": "2.0", "id": 1, "method": "getHe',
            b"[" * 40_000,
            b"[" + b",".join([b'{"jsonrpc":"2.0","id":1,"method":"getSlot"}'] * 1_000) + b"]",
            _request("getBalance", [1, 2, {}]),
            _request("sendTransaction", ["%%%", {"encoding": "base64"}]),
            _request("sendTransaction", [base64.b64encode(unsigned).decode(), {"encoding": "base64"}]),
        ]
        for _ in range(times):
            for body in bodies:
                await self._ask(body)

    async def read_slowly(self, number: int) -> None:
        """Connections that ask for much, or begin a request, and never read nor go on."""
        host, port = self._site.url.removeprefix("http://").split(":")
        much = _request("getProgramAccounts", ["BPFLoaderUpgradeab1e11111111111111111111111", {"encoding": "base64"}])
        for turn in range(number):
            _, writer = await asyncio.open_connection(host, int(port), limit=1)
            writer.write(_HEAD % len(much) + (much if turn % 2 else much[:20]))
            self._slow.append(writer)

    async def subscribe_deaf(self, number: int) -> None:
        """Subscribers to every transaction's logs, who never read."""
        host, port = self._site.url.removeprefix("http://").split(":")
        body = _request("logsSubscribe", ["all"])
        frame = bytes([0x81, 0x80 | len(body)]) + bytes(4) + body
        head = (
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        for _ in range(number):
            reader, writer = await asyncio.open_connection(host, int(port), limit=1_024)
            writer.write(head)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(frame)
            self._slow.append(writer)

    def leave(self) -> None:
        """Break off."""
        for writer in self._slow:
            writer.transport.abort()
        self._slow.clear()

    async def _ask(self, body: bytes) -> None:
        client = Client(self._site.url)
        try:
            await client.connect()
        except OSError:
            self.answers["cut off"] += 1
            return
        try:
            status, answer = await client.post(body)
        except (OSError, asyncio.IncompleteReadError):
            self.answers["cut off"] += 1
            return
        finally:
            client.abort()
        one = answer[0] if isinstance(answer, list) else answer
        self.answers[status if one is None else one.get("error", {}).get("code", "ok")] += 1


def _request(method: str, params: list[Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


async def wave(crowd: Crowd, nuisance: Nuisance, work: Callable[[], Awaitable[None]], *, bad: int, slow: int) -> None:
    """Let the crowd work while others misbehave."""
    await nuisance.read_slowly(slow)
    await nuisance.subscribe_deaf(slow)
    await asyncio.gather(work(), nuisance.ask_badly(bad))
    crowd.site.measure()
    nuisance.leave()
