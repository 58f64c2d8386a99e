"""Many traders at once, bursts, slow readers, bad requests, kills: no trade is lost, none is done twice, none fails."""

import asyncio
from pathlib import Path

from tests.cluster.localnet.load import Crowd, Nuisance, Site, wave
from tests.cluster.localnet.trading import Ledger

TRADERS = 100


async def work(crowd: Crowd, nuisance: Nuisance) -> None:
    """Bursts, streams and two kills, an odd number in all."""
    for one in (crowd.burst, crowd.stream, crowd.killed, crowd.burst, crowd.killed, crowd.stream, crowd.burst):
        await wave(crowd, nuisance, one, bad=2, slow=4)
    await crowd.close()


def test_a_crowd_with_a_ledger(tmp_path: Path) -> None:
    """A hundred traders, 700 trades and two kills: the chain's file has what the ledger has, and the rest was told off."""
    ledger = Ledger(tmp_path, TRADERS)
    site = Site(tmp_path)
    crowd, nuisance = Crowd(site, ledger), Nuisance(site)
    try:
        asyncio.run(work(crowd, nuisance))
    finally:
        site.close()

    assert ledger.check() == 7 * TRADERS
    assert site.kills == 2
    assert crowd.repeats > 0
    assert (
        {413, -32700, -32602, -32003, "ok"} <= set(nuisance.answers) <= {413, -32700, -32602, -32003, "ok", "cut off"}
    )
