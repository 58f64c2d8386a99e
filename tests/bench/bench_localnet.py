"""The served chain beside a bare virtual machine: transfers a second, how long one takes, and reading many accounts.

`python -m pytest tests/bench/bench_localnet.py -s` prints the table. Server and clients share the machine, and the clients
are part of every figure; the ratios come of one run.
"""

import asyncio
import base64
import time
from pathlib import Path
from statistics import quantiles

from solders.hash import Hash
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.system_program import TransferParams, transfer
from solders.transaction import VersionedTransaction

from quatrain.client.transactions import build_transaction
from tests.bench.bench_throughput import rate
from tests.cluster.localnet.load import Client
from tests.cluster.localnet.running import durable_chain
from tests.cluster.localnet.test_kill import serving

TRANSFERS = 2_000
CONNECTIONS = 64
ACCOUNTS = 121_000
LAMPORTS = 10**13


def transfers(payer: Keypair, blockhash: Hash) -> list[VersionedTransaction]:
    """Signed transfers, each of another sum."""
    to = Keypair().pubkey()
    gifts = [
        transfer(TransferParams(from_pubkey=payer.pubkey(), to_pubkey=to, lamports=10**6 + number))
        for number in range(TRANSFERS)
    ]
    return [build_transaction([gift], payer, blockhash) for gift in gifts]


def bare() -> float:
    """Straight to the virtual machine, signatures checked."""
    machine = LiteSVM().with_mainnet_features().with_blockhash_check(False).with_transaction_history(0)
    payer = Keypair()
    machine.airdrop(payer.pubkey(), LAMPORTS)
    ready = transfers(payer, machine.latest_blockhash())
    return rate(lambda: sum(hasattr(machine.send_transaction(one), "logs") for one in ready))


def durable(folder: Path) -> float:
    """Through the embedded chain, in batches of 64, each on disk before the next."""
    chain, payer = durable_chain(folder), Keypair()
    chain.airdrop(payer.pubkey(), LAMPORTS)
    ready = transfers(payer, chain.latest_blockhash())

    def work() -> int:
        for start in range(0, TRANSFERS, 64):
            assert all(one.failure is None for one in chain.execute(ready[start : start + 64]))
        return TRANSFERS

    found = rate(work)
    chain.close()
    return found


async def served(url: str, *, preflight: bool) -> tuple[float, list[float]]:
    """Over HTTP, 64 connections at once: transfers a second, and the milliseconds of each."""
    clients, payer = [Client(url) for _ in range(CONNECTIONS)], Keypair()
    for one in clients:
        await one.connect()
    await clients[0].ask("requestAirdrop", str(payer.pubkey()), LAMPORTS)
    blockhash = Hash.from_string((await clients[0].ask("getLatestBlockhash"))["value"]["blockhash"])
    waiting = [base64.b64encode(bytes(one)).decode() for one in transfers(payer, blockhash)]
    spent = list[float]()
    options = {"encoding": "base64", "skipPreflight": not preflight}

    async def work(client: Client) -> None:
        while waiting:
            wire, began = waiting.pop(), time.perf_counter()
            await client.ask("sendTransaction", wire, options)
            spent.append(1_000 * (time.perf_counter() - began))

    began = time.perf_counter()
    await asyncio.gather(*map(work, clients))
    elapsed = time.perf_counter() - began
    landed = await clients[0].ask("getTransactionCount")
    for one in clients:
        await one.close()
    assert landed == TRANSFERS + 1
    return TRANSFERS / elapsed, spent


def test_the_served_chain_beside_the_machine(tmp_path: Path) -> None:
    """Every transfer lands; the table says at what rate and after how long."""
    machine, disk = bare(), durable(tmp_path / "durable")
    rows = [("bare virtual machine", machine, ""), ("embedded chain, on disk, batches of 64", disk, "")]
    for preflight in (False, True):
        (folder := tmp_path / f"served-{preflight}").mkdir()
        with serving(folder) as (url, _):
            found, spent = asyncio.run(served(url, preflight=preflight))
        cuts = quantiles(spent, n=100)
        name = f"HTTP, {CONNECTIONS} connections, {'with' if preflight else 'without'} preflight"
        rows.append((name, found, f"{cuts[49]:.0f} / {cuts[94]:.0f} / {cuts[98]:.0f}"))
    print(f"\n{'':44} {'a second':>9} {'of bare':>8}   ms p50 / p95 / p99")
    for name, found, latency in rows:
        print(f"{name:44} {found:9,.0f} {found / machine:8.1%}   {latency}")
