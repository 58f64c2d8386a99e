"""Outside prices: a synthetic jump process, and histories from a file.

A file has a line for each quote, `market,time,outcome,price`, header first, sorted by market and time: unix seconds, the
number of the outcome from 0, a price between 0 and 1; and a last quote of 0 or 1 for each outcome, which resolves it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path as File

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EDGE = 0.0005
"""No quote is nearer to 0 or 1 before the end."""
DECIDED = 0.999
"""A price at which nobody doubts the outcome."""


@frozen
class Path:
    """Prices of each outcome at each step, every so many seconds; who wins after the last."""

    name: str
    prices: Floats
    seconds: int
    winner: int

    @property
    def steps(self) -> int:
        """Quotes before the end."""
        return self.prices.shape[0]

    @property
    def count(self) -> int:
        """Outcomes."""
        return self.prices.shape[1]


def synthetic(random: np.random.Generator, count: int, steps: int, seconds: int, name: str) -> Path:
    """Log-odds that diffuse in calm and wild regimes, jump, gap overnight, and in half of all paths end all at once.

    The other half drift to the truth, or are decided only by the last jump.
    """
    wild = random.random(steps) < 0.1
    for i in range(1, steps):
        # Regimes last 25 steps in the mean.
        wild[i] = wild[i] if random.random() < 0.04 else wild[i - 1]
    moves = random.normal(0, np.where(wild, 0.12, 0.015)[:, None], (steps, count))
    jumps = random.random((steps, count)) < np.where(wild, 0.02, 0.003)[:, None]
    moves += np.where(jumps, random.normal(0, 1.2, (steps, count)), 0)
    gap = random.integers(steps // 4, steps)
    moves[gap] += random.normal(0, 0.8, count)
    odds = random.normal(0, 0.7, count) + np.cumsum(moves, axis=0)
    weights = np.exp(odds - odds.max(axis=1, keepdims=True))
    prices = weights / weights.sum(axis=1, keepdims=True)
    surprise = steps if random.random() < 0.5 else int(random.integers(steps // 3, steps))
    winner = int(random.choice(count, p=prices[min(surprise, steps - 1)]))
    truth = np.full(count, (1 - DECIDED) / max(count - 1, 1))
    truth[winner] = DECIDED
    prices[surprise:] = truth
    return Path(name, np.clip(prices, EDGE, 1 - EDGE), seconds, winner)


def histories(file: File, seconds: int) -> Iterator[Path]:
    """Paths of a file, at a step of so many seconds: at each, the last quotes."""
    with file.open(encoding="utf-8", newline="") as lines:
        for name, rows in groupby(csv.DictReader(lines), key=lambda row: row["market"]):
            found = _history(name, [(int(r["time"]), int(r["outcome"]), float(r["price"])) for r in rows], seconds)
            if found is not None:
                yield found


def _history(name: str, quotes: list[tuple[int, int, float]], seconds: int) -> Path | None:
    """None where there is no winner, or hardly a quote."""
    count = max(outcome for _, outcome, _ in quotes) + 1
    last = {outcome: price for _, outcome, price in quotes}
    winners = [outcome for outcome, price in last.items() if price == 1]
    begin, end = quotes[0][0], quotes[-1][0]
    steps = (end - begin) // seconds
    if len(winners) != 1 or steps < 16:
        return None
    now = np.full(count, 1 / count)
    rows: list[Floats] = []
    at = 0
    for step in range(steps):
        while at < len(quotes) and quotes[at][0] <= begin + step * seconds:
            now[quotes[at][1]] = quotes[at][2]
            at += 1
        clipped = np.clip(now, EDGE, 1 - EDGE)
        rows.append(clipped / clipped.sum())
    return Path(name, np.clip(np.array(rows), EDGE, 1 - EDGE), seconds, winners[0])
