"""A server that is killed under load has lost nothing that it acknowledged, and done nothing twice."""

import asyncio
import base64
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from solders.hash import Hash
from solders.keypair import Keypair
from solders.system_program import TransferParams, transfer

from quatrain.client.transactions import Budget, build_transaction
from quatrain.cluster.store import Store

CHILD = Path(__file__).with_name("serve_child.py")
CLIENTS = 8
GIFT = 10**8


@contextmanager
def serving(folder: Path) -> Generator[tuple[str, subprocess.Popen[str]]]:
    """A server process, killed in the end."""
    child = subprocess.Popen([sys.executable, str(CHILD), str(folder)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        yield child.stdout.readline().strip(), child
    finally:
        child.kill()
        child.stdout.close()
        assert child.wait(60) == -signal.SIGKILL


async def ask(client: httpx2.AsyncClient, method: str, *params: Any) -> Any:
    """A result."""
    answer = (await client.post("/", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params})).json()
    return answer["result"]


class Ledger:
    """What the clients know: which transfers they sent, and which were acknowledged."""

    def __init__(self) -> None:
        self.payer, self.receiver = Keypair(), Keypair().pubkey()
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()

    async def pay(self, client: httpx2.AsyncClient, number: int, enough: asyncio.Event, kill_after: int) -> None:
        """Send transfers until there have been enough, or the server is gone."""
        turn, known = number, len(self.acknowledged)
        while not enough.is_set():
            blockhash = (await ask(client, "getLatestBlockhash"))["value"]["blockhash"]
            gift = transfer(TransferParams(from_pubkey=self.payer.pubkey(), to_pubkey=self.receiver, lamports=GIFT))
            turn += CLIENTS
            unique = Budget(compute_units=1_000 + turn)
            signed = build_transaction([gift], self.payer, Hash.from_string(blockhash), budget=unique)
            self.sent.add(str(signed.signatures[0]))
            options = {"encoding": "base64", "skipPreflight": True}
            wire = base64.b64encode(bytes(signed)).decode()
            self.acknowledged.add(await ask(client, "sendTransaction", wire, options))
            if len(self.acknowledged) - known >= kill_after:
                enough.set()

    async def load(self, url: str, child: subprocess.Popen[str], kill_after: int) -> None:
        """Eight clients pay at once; the server is killed when so many payments were acknowledged."""
        enough = asyncio.Event()

        async def die() -> None:
            await enough.wait()
            child.kill()

        async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
            paying = [self.pay(client, number, enough, kill_after) for number in range(CLIENTS)]
            await asyncio.gather(die(), *paying, return_exceptions=True)

    async def check(self, url: str) -> None:
        """Everything acknowledged is there, nothing that was not sent, and each transfer once."""
        async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
            known = list(self.sent)
            landed = set[str]()
            for start in range(0, len(known), 256):
                part = known[start : start + 256]
                answer = await ask(client, "getSignatureStatuses", part, {"searchTransactionHistory": True})
                landed |= {one for one, status in zip(part, answer["value"], strict=True) if status is not None}
            received = (await ask(client, "getBalance", str(self.receiver)))["value"]
        assert self.acknowledged <= landed
        assert received == GIFT * len(landed)


def kill_repeatedly(folder: Path, kills: list[int]) -> int:
    """Load, kill, reopen, compare, for each number of acknowledgements; how many there were."""
    folder.mkdir(exist_ok=True)
    ledger = Ledger()
    with serving(folder) as (url, _):
        asyncio.run(_fund(url, ledger))
    for kill_after in kills:
        with serving(folder) as (url, child):
            asyncio.run(ledger.load(url, child, kill_after))
        with serving(folder) as (url, _):
            asyncio.run(ledger.check(url))
    store = Store(folder)
    store.check()
    store.close()
    return len(ledger.acknowledged)


async def _fund(url: str, ledger: Ledger) -> None:
    async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
        await ask(client, "requestAirdrop", str(ledger.payer.pubkey()), 10**14)


def test_killed_under_load(tmp_path: Path) -> None:
    """Four times, early and later."""
    assert kill_repeatedly(tmp_path / "chain", [1, 10, 45, 120]) >= 176


@pytest.mark.nightly
@pytest.mark.timeout(3_600)
def test_killed_under_load_a_hundred_times(tmp_path: Path) -> None:
    """At every number of acknowledgements from 1 to 100."""
    assert kill_repeatedly(tmp_path / "chain", list(range(1, 101))) >= 5_050
