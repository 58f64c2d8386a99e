"""A thousand traders for minutes: bursts, a stream, slow readers, bad requests, kills; no trade lost, doubled or failed.

`python -m pytest tests/bench/bench_load.py -s` prints the report; QUATRAIN_LOAD_SECONDS says how long, 120 when unset. Server
and traders share the machine; the ratios are to a bare virtual machine that executes such trades in the same run.
"""

import asyncio
import os
import time
from copy import deepcopy
from pathlib import Path
from statistics import quantiles

from solders.account import Account
from solders.clock import Clock
from solders.litesvm import LiteSVM

from quatrain.cluster.store import Store
from tests.bench.bench_throughput import rate
from tests.cluster.localnet.load import Crowd, Nuisance, Site, wave
from tests.cluster.localnet.trading import Ledger

TRADERS = 1_000
BARE_ROUNDS = 4
"""Trades of each trader on the bare machine."""
SECONDS = float(os.environ.get("QUATRAIN_LOAD_SECONDS", "120"))
SLOW = 20
"""Connections that never read, of each kind."""
KILL_EVERY = 6
"""Waves from one kill to the next."""


class Report:
    """What each kind of wave took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.spent_ms: dict[str, list[float]] = {}
        self.held_mib: list[float] = []

    def note(self, name: str, seconds: float, spent_ms: list[float], held_mib: float) -> None:
        """A wave is over."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        self.spent_ms.setdefault(name, []).extend(spent_ms)
        self.held_mib.append(held_mib)


def bare(folder: Path, ledger: Ledger) -> float:
    """Trades a second straight to a virtual machine with the platform's accounts, signed before, signatures checked."""
    machine = LiteSVM().with_mainnet_features().with_blockhash_check(False).with_transaction_history(0)
    store = Store(folder)
    for address, one in store.accounts():
        machine.set_account(address, Account(one.lamports, one.data, one.owner, one.executable))
    head = store.head()
    store.close()
    assert head is not None
    machine.set_clock(Clock(head.slot, 0, 0, 0, head.unix_ms // 1_000))
    traders, blockhash = deepcopy(ledger.traders), machine.latest_blockhash()
    ready = [trader.sign(blockhash) for _ in range(BARE_ROUNDS) for trader in traders]
    failed = list[object]()

    def work() -> int:
        failed.extend(done for one in ready if not hasattr(done := machine.send_transaction(one), "logs"))
        return len(ready)

    found = rate(work)
    assert failed == []
    return found


async def attack(crowd: Crowd, nuisance: Nuisance, report: Report) -> None:
    """Bursts and streams in turn, every sixth wave with a kill."""
    began, number = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        number += 1
        name = "killed" if number % KILL_EVERY == 0 else ("burst", "stream")[number % 2]
        known, at = len(crowd.spent_ms), time.perf_counter()
        await wave(crowd, nuisance, getattr(crowd, name), bad=5, slow=SLOW)
        report.note(name, time.perf_counter() - at, crowd.spent_ms[known:], crowd.site.measure())
    await crowd.close()


def test_a_thousand_traders(tmp_path: Path) -> None:
    """Every trade is on the chain once; the table says at what rate and after how long."""
    began = time.perf_counter()
    ledger = Ledger(tmp_path, TRADERS)
    furnished = time.perf_counter() - began
    machine = bare(tmp_path, ledger)
    site = Site(tmp_path)
    crowd, nuisance, report = Crowd(site, ledger), Nuisance(site), Report()
    try:
        asyncio.run(attack(crowd, nuisance, report))
    finally:
        site.close()
    found = ledger.check()

    waves, bad = len(report.held_mib), nuisance.answers
    print(
        f"\n{found:,} trades by {TRADERS:,} traders in {sum(report.seconds.values()):.0f} s: 0 lost, 0 doubled, 0 failed;"
    )
    print("records, events, shares, money and books agree with the ledger")
    print(
        f"{site.kills} kills, {crowd.repeats:,} sends repeated; {furnished:.0f} s before that to furnish the platform"
    )
    print(
        f"in each of {waves} waves {SLOW} slow readers and {SLOW} deaf subscribers; {bad.total():,} bad requests, answered"
    )
    print("  " + ", ".join(f"{answer}: {times}" for answer, times in bad.most_common()))
    third = max(1, waves // 3)
    print(f"memory of the server: at most {site.peak_mib:.0f} MiB, {max(report.held_mib[:third]):.0f} in the first third, "
          f"{max(report.held_mib[-third:]):.0f} in the last")  # fmt: skip
    needed = 1_000 * TRADERS / machine
    print(f"bare virtual machine: {machine:,.0f} trades a second, so {needed:.0f} ms for one of each trader\n")
    print(f"{'':8} {'a second':>9} {'of bare':>8}   {'ms p50 / p95 / p99':24} times what bare needs for all")
    for name, spent in report.spent_ms.items():
        cuts, speed = quantiles(spent, n=100), len(spent) / report.seconds[name]
        shown = [cuts[49], cuts[94], cuts[98]]
        times, parts = " / ".join(f"{one:.0f}" for one in shown), " / ".join(f"{one / needed:.1f}" for one in shown)
        print(f"{name:8} {speed:9,.0f} {speed / machine:8.1%}   {times:24} {parts}")
    assert site.kills > 0
    assert "ok" in nuisance.answers
