"""A thousand clients for minutes: bursts, a stream, slow readers, bad requests, kills; nothing lost, nothing doubled.

`python -m pytest tests/bench/bench_load.py -s` prints the report; QUATRAIN_LOAD_SECONDS says how long, 120 when unset. Server
and clients share the machine; the ratios are to a bare virtual machine in the same run.
"""

import asyncio
import os
import time
from pathlib import Path
from statistics import quantiles

from tests.bench.bench_localnet import bare
from tests.cluster.localnet.load import Crowd, Nuisance, Site, wave

CLIENTS = 1_000
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


async def attack(crowd: Crowd, nuisance: Nuisance, report: Report) -> None:
    """Bursts and streams in turn, every sixth wave with a kill."""
    await crowd.fund()
    began, number = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        number += 1
        name = "killed" if number % KILL_EVERY == 0 else ("burst", "stream")[number % 2]
        known, at = len(crowd.spent_ms), time.perf_counter()
        await wave(crowd, nuisance, getattr(crowd, name), bad=5, slow=SLOW)
        report.note(name, time.perf_counter() - at, crowd.spent_ms[known:], crowd.site.measure())
    await crowd.close()


def test_a_thousand_clients(tmp_path: Path) -> None:
    """Every transfer is on the chain once; the table says at what rate and after how long."""
    machine = bare()
    site = Site(tmp_path)
    crowd, nuisance, report = Crowd(site, CLIENTS), Nuisance(site), Report()
    try:
        asyncio.run(attack(crowd, nuisance, report))
    finally:
        site.close()
    found = crowd.check()

    print(f"\n{found:,} transfers by {CLIENTS:,} clients in {sum(report.seconds.values()):.0f} s: 0 lost, 0 doubled;")
    print(
        f"{site.kills} kills, {crowd.repeats:,} transfers repeated; answers to bad requests: {dict(nuisance.answers)}"
    )
    third = max(1, len(report.held_mib) // 3)
    print(f"memory of the server: at most {site.peak_mib:.0f} MiB, {max(report.held_mib[:third]):.0f} in the first third, "
          f"{max(report.held_mib[-third:]):.0f} in the last")  # fmt: skip
    print(
        f"bare virtual machine: {machine:,.0f} a second; it needs {1_000 * CLIENTS / machine:.0f} ms for {CLIENTS:,}\n"
    )
    print(f"{'':8} {'a second':>9} {'of bare':>8}   ms p50 / p95 / p99       p99 of bare's time for all")
    for name, spent in report.spent_ms.items():
        cuts, rate = quantiles(spent, n=100), len(spent) / report.seconds[name]
        times = f"{cuts[49]:.0f} / {cuts[94]:.0f} / {cuts[98]:.0f}"
        print(f"{name:8} {rate:9,.0f} {rate / machine:8.1%}   {times:24} {cuts[98] * machine / 1_000 / CLIENTS:.1f}")
    assert site.kills > 0
    assert "ok" in nuisance.answers
