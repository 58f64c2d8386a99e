"""21,000 markets with 100,000 positions, created, traded, quoted, settled and pruned on a chain with a file.

`python -m pytest tests/bench/bench_markets.py -s` prints what each thousand took; it takes minutes. With QUATRAIN_FIGURES=1 it
writes the picture in docs/how-to/figures as well. Memory and time per thousand must not grow with what is there already.
"""

import asyncio
import base64
import json
import os
import time
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import pytest

from quatrain.client.accounts import declaration_of
from quatrain.program.state import Market, Position
from tests.cluster.many_markets import Measure, Platform

MARKETS = int(os.environ.get("QUATRAIN_MARKETS", "21000"))
POSITIONS = MARKETS * 100 // 21
TRADERS = 100
PART = 1_000
FIGURE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "figures" / "markets.png"


def of_kind(cls: type) -> dict[str, object]:
    """The filter that only accounts of a class pass."""
    data = base64.b64encode(declaration_of(cls).discriminator).decode()
    return {"memcmp": {"offset": 0, "bytes": data, "encoding": "base64"}}


def at(cls: type, name: str, address: object) -> dict[str, object]:
    """The filter for an address in a field."""
    field = declaration_of(cls).layout.field(name)
    assert field is not None
    return {"memcmp": {"offset": field.offset, "bytes": str(address)}}


@pytest.mark.timeout(3_600)
def test_a_full_platform(tmp_path: Path) -> None:
    """The table says what each step took at first and at last; filtered reads of a full platform take under a second."""
    platform = Platform(tmp_path, markets=MARKETS, positions=POSITIONS, traders=TRADERS, part=PART)
    session = platform.session
    platform.furnish()
    platform.create()
    platform.trade()
    platform.quote()
    trader = session.deployment.trader(platform.traders[0].pubkey())
    reads = {
        "positions of a trader": (of_kind(Position), at(Position, "trader", trader)),
        "positions in a market": (of_kind(Position), at(Position, "market", session.deployment.market(1))),
        "the market of a question": (of_kind(Market), at(Market, "question", "1" * 31 + "2")),
    }
    print(f"\ngetProgramAccounts over {MARKETS + POSITIONS:,} accounts:")
    for name, filters in reads.items():
        found, seconds = platform.program_accounts(*filters)
        print(f"  {name:26} {len(found):6,} found, {seconds:.3f} s")
        assert found
        assert seconds < 1
    found, seconds = platform.program_accounts(of_kind(Market))
    held = longest_turn(platform, of_kind(Market))
    print(f"  {'every market':26} {len(found):6,} found, {seconds:.3f} s; others wait {held:.3f} s at most")
    platform.settle()
    platform.prune()
    platform.check_money()
    platform.close()
    report(platform.measures)
    if os.environ.get("QUATRAIN_FIGURES"):
        draw(platform.measures)


def longest_turn(platform: Platform, wanted: dict[str, object]) -> float:
    """The longest that an answer with many accounts keeps the event loop for itself, seconds of this process's work."""
    params = [str(platform.session.deployment.program), {"encoding": "base64", "filters": [wanted]}]
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "getProgramAccounts", "params": params}).encode()

    async def work() -> float:
        answering = asyncio.create_task(platform.localnet.dispatcher.answer(body))
        turns = [time.process_time()]
        while not answering.done():
            await asyncio.sleep(0)
            turns.append(time.process_time())
        return max(later - turn for turn, later in pairwise(turns))

    return asyncio.run(work())


def steps(measures: list[Measure]) -> dict[str, list[Measure]]:
    """The measures of each step."""
    found: dict[str, list[Measure]] = {}
    for one in measures:
        found.setdefault(one.step, []).append(one)
    return found


def report(measures: list[Measure]) -> None:
    """Print each step's first and last thousands."""
    print(f"\n{MARKETS:,} markets, {POSITIONS:,} positions; per {PART:,} markets, the first three and the last three:")
    print(f"{'':8} {'CPU seconds':>15} {'last of first':>14} {'all seconds':>12} {'resident MiB':>14} {'file MiB':>9}")
    for step, parts in steps(measures).items():
        first, last = (fmean(one.cpu_seconds for one in some) for some in (parts[:3], parts[-3:]))
        resident = f"{parts[0].resident_mib:,.0f} … {parts[-1].resident_mib:,.0f}"
        cpu, wall = f"{first:.2f} … {last:.2f}", sum(one.seconds for one in parts)
        print(f"{step:8} {cpu:>15} {last / first:14.0%} {wall:12,.0f} {resident:>14} {parts[-1].file_mib:9,.0f}")


def draw(measures: list[Measure]) -> None:
    """Seconds and resident memory by thousand of markets."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), dpi=80, layout="constrained")
    for step, parts in steps(measures).items():
        left.plot([one.part + 1 for one in parts], [one.cpu_seconds for one in parts], label=step)
        right.plot([one.part + 1 for one in parts], [one.resident_mib for one in parts], label=step)
    left.set(xlabel="thousand of markets", ylabel="CPU seconds per thousand", ylim=(0, None))
    right.set(xlabel="thousand of markets", ylabel="resident memory, MiB", ylim=(0, None))
    left.legend(fontsize="small")
    for one in (left, right):
        one.grid(alpha=0.3)
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(FIGURE, metadata={"Software": None})
    plt.close(figure)
