"""The crash simulation and the adversarial search of docs/concepts/water-line.md, with their tables and figures.

python -m tools.simulate crash --markets 20 --out build/crash             synthetic paths, a table for each kind of market
python -m tools.simulate crash --history quotes.csv --out build/history   real ones: see `quatrain/simulation/paths.py`
python -m tools.simulate search --steps 1000000                           tries to lose a loan
python -m tools.simulate figures                                          the figures of the page, from docs/concepts/water-line.json
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from quatrain.core import lmsr
from quatrain.core.water_line import MIDDLE, height_ceil, margin, owed_ceil, rung_for
from quatrain.simulation.crash import Life, Outcome, Plan
from quatrain.simulation.paths import Path as Prices
from quatrain.simulation.paths import histories, synthetic
from quatrain.simulation.scene import USDC
from quatrain.simulation.search import search

PAGE = Path(__file__).parent.parent / "docs" / "concepts"
STEPS, SECONDS = 240, 120
MARKETS = (("LMSR of 2", 2, False), ("LMSR of 3", 3, False), ("pm-AMM of 2", 2, True))
COLUMNS = (
    "market", "loans", "lent, USDC", "lender lost, µUSDC", "conventional lender, bp", "maker lost, of its subsidy",
    "liquidations (slices)", "precision", "recall", "pool lags, slots", "exit waits, slots", "sale waits, slots",
)  # fmt: skip
FEEDS = ((True, "with a feed"), (False, "without"))


# -- crash ----------------------------------------------------------------------------------------------------------------


def paths_of(arguments: argparse.Namespace, count: int) -> Iterator[Prices]:
    """The paths of a run, for markets of so many outcomes."""
    if arguments.history:
        found = (path for path in histories(arguments.history, arguments.step) if path.count == count)
        yield from islice(found, arguments.markets)
        return
    for index in range(arguments.markets):
        random = np.random.default_rng([arguments.seed, count, index])
        yield synthetic(random, count, arguments.steps, arguments.step, f"synthetic {index}")


def crash(arguments: argparse.Namespace) -> int:
    """Every kind of market, with and without a feed; the exit code says whether anything was lost."""
    rows: list[dict[str, Any]] = []
    began = time.monotonic()
    for name, count, normal in MARKETS:
        for fed, feed in FEEDS:
            total = Outcome()
            for index, path in enumerate(paths_of(arguments, count)):
                total.add(Life(path, Plan(loans=arguments.loans, fed=fed, normal=normal), index).run())
                print(f"\r{name}, {feed}: {index + 1} markets, {total.loans} loans, "
                      f"{time.monotonic() - began:.0f} s", end="", file=sys.stderr)  # fmt: skip
            print(file=sys.stderr)
            if total.loans:
                rows.append(row_of(f"{name}, {feed}", total))
    write(rows, arguments)
    return int(any(row["lost"] for row in rows))


def row_of(name: str, found: Outcome) -> dict[str, Any]:
    """What the table says of a kind of market."""
    by_leverage = {str(k): [v.loans, round(v.debt), round(v.loss_bp, 1)] for k, v in sorted(found.conventional.items())}
    debt = sum(lent.debt for lent in found.conventional.values())
    lost = sum(lent.lost for lent in found.conventional.values())
    return {
        "market": name,
        "loans": found.loans,
        "lent": found.lent,
        "lost": found.lost,
        "conventional_bp": round(10_000 * lost / debt, 1),
        "conventional": by_leverage,
        "maker_loss": round(found.maker_loss / found.subsidy, 4),
        "liquidations": found.liquidated,
        "slices": found.slices,
        "precision": round(found.right / max(found.liquidated, 1), 4),
        "recall": round(found.caught / max(found.fell, 1), 4),
        "utilisation": round(float(np.mean(found.use)), 4),
        "utilisation_most": round(max(found.use), 4),
        "lags": spread(found.lags),
        "gaps": spread(found.gaps),
        "exits": spread(found.exits),
        "sales": spread(found.sales),
        "longest_term": found.longest,
        "worked_off": found.worked_off,
        "lag_slots": sorted(found.lags),
    }


def spread(values: list[Any]) -> list[float]:
    """Median, 90 %, 99 % and the largest."""
    return [round(float(v), 4) for v in np.percentile(values, [50, 90, 99, 100])] if values else [0.0] * 4


def table_of(rows: list[dict[str, Any]]) -> str:
    """Markdown."""
    lines = [
        f"| {' | '.join(COLUMNS)} |",
        "|---|" + "---:|" * (len(COLUMNS) - 1),
    ]
    for row in rows:
        waits = [" / ".join(f"{value:,.0f}" for value in row[name]) for name in ("lags", "exits", "sales")]
        lines.append(
            f"| {row['market']} | {row['loans']:,} | {row['lent'] // USDC:,} | {row['lost']} | {row['conventional_bp']:,.0f} | "
            f"{row['maker_loss']:.0%} | {row['liquidations']:,} ({row['slices']:,}) | {row['precision']:.1%} | "
            f"{row['recall']:.1%} | {waits[0]} | {waits[1]} | {waits[2]} |"
        )
    return "\n".join(lines) + "\n"


def write(rows: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    """JSON, the table, and the two figures of a run."""
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    options = {k: v for k, v in vars(arguments).items() if k in ("markets", "loans", "steps", "step", "seed")}
    (out / "crash.json").write_text(json.dumps({"options": options, "rows": rows}) + "\n", encoding="utf-8")
    (out / "crash.md").write_text(table_of(rows), encoding="utf-8")
    draw_losses(rows, out)
    draw_lags(rows, out)
    print(table_of(rows), end="")


# -- figures --------------------------------------------------------------------------------------------------------------


def _axes(title: str, x_label: str, y_label: str) -> Any:
    from matplotlib.figure import Figure

    axes: Any = Figure(figsize=(6.4, 4.0), layout="constrained").subplots()
    axes.set(title=title, xlabel=x_label, ylabel=y_label)
    axes.grid(alpha=0.3)
    return axes


def _save(axes: Any, directory: Path, name: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    axes.legend(frameon=False, fontsize=8)
    axes.figure.savefig(directory / f"{name}.png", dpi=110, metadata={"Software": None})


def draw_losses(rows: list[dict[str, Any]], directory: Path) -> None:
    """Lender's loss by leverage: conventional, and here."""
    axes = _axes("What a lender loses of each dollar lent", "leverage", "basis points of debt")
    leverages = [int(k) for k in rows[0]["conventional"]]
    places = np.arange(len(leverages))
    fed = [row for row in rows if row["market"].endswith("with a feed")]
    for index, row in enumerate(fed):
        losses = [row["conventional"].get(str(k), [0, 0, 0])[2] for k in leverages]
        axes.bar(
            places + 0.2 * (index - 1),
            losses,
            0.2,
            label=f"liquidated at half the margin, {row['market'].split(',')[0]}",
        )
    axes.plot(places, [sum(row["lost"] for row in rows)] * len(leverages), "k.-", label="Quatrain, all kinds: 0")
    axes.set_xticks(places, [f"{k}x" for k in leverages])
    _save(axes, directory, "lender-loss")


def draw_lags(rows: list[dict[str, Any]], directory: Path) -> None:
    """How long the pool was more than two points away."""
    axes = _axes("How long the pool lags more than two points behind", "slots", "part of the lags that took longer")
    for row in rows:
        lags = np.array(row["lag_slots"])
        axes.step(lags, 1 - np.arange(lags.size) / lags.size, where="pre", label=row["market"])
    axes.set_xscale("log")
    _save(axes, directory, "price-lag")


LOANS = ((3_000, 2_450), (13_000, 9_600), (9_000, 5_000), (6_000, 1_200))
"""Shares and debt, USDC, of the loans in the figure."""


def draw_line(directory: Path) -> None:
    """Levels, rungs, shares above them, and the line, in an LMSR of scale 10,000."""
    scale = 10_000 * USDC
    axes = _axes(
        "The line of four loans", "level, scales of log-odds", "leveraged shares on this rung and above, thousands"
    )
    rungs = [(rung_for(s * USDC, owed_ceil(d * USDC), False), s * USDC) for s, d in LOANS]
    above, line = 0, -(1 << 62)
    for index, (rung, shares) in enumerate(sorted(rungs, reverse=True)):
        height = height_ceil(scale, rung)
        above += shares
        line = max(line, height + above)
        left, right = height / scale, (height + above) / scale
        axes.plot(
            [left, right],
            [above / USDC / 1_000] * 2,
            "C0.-",
            label="from a rung τ, over Q, to τ + Q/s" if index == 0 else None,
        )
        price = lmsr.price(scale, int(scale * np.log1p(np.exp(-(rung - MIDDLE) / 32)))) / 1e9
        axes.annotate(
            f"rung at {price:.2f}", (left, above / USDC / 1_000), xytext=(-4, 5), textcoords="offset points", fontsize=8
        )
    axes.axvline(line / scale, color="C3", label="the line D: the farthest end")
    axes.axvline(
        (line + margin(scale)) / scale, color="C3", ls=":", label="with its margin s/64: no trade ends left of it"
    )
    _save(axes, directory, "water-line")


def figures() -> None:
    """All three, the second and third from the numbers on the page."""
    rows = json.loads((PAGE / "water-line.json").read_text(encoding="utf-8"))["rows"]
    draw_line(PAGE / "figures")
    draw_losses(rows, PAGE / "figures")
    draw_lags(rows, PAGE / "figures")


# -- command line ---------------------------------------------------------------------------------------------------------


def main() -> int:
    """Run what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("crash")
    for name, value in (("markets", 20), ("loans", 150), ("steps", STEPS), ("step", SECONDS), ("seed", 1)):
        one.add_argument(f"--{name}", type=int, default=value)
    one.add_argument("--history", type=Path)
    one.add_argument("--out", type=Path, default=Path("build/crash"))
    two = commands.add_parser("search")
    two.add_argument("--steps", type=int, default=1_000_000)
    two.add_argument("--seed", type=int, default=1)
    commands.add_parser("figures")
    arguments = parser.parse_args()
    if arguments.command == "crash":
        return crash(arguments)
    if arguments.command == "search":
        search(arguments.steps, arguments.seed, print)
        return 0
    figures()
    return 0


if __name__ == "__main__":
    sys.exit(main())
