"""Many clients at once, bursts, slow readers, bad requests, kills: no transfer is lost and none is done twice."""

import asyncio
from pathlib import Path

from tests.cluster.localnet.load import Crowd, Nuisance, Site, wave

CLIENTS = 100


async def work(crowd: Crowd, nuisance: Nuisance) -> None:
    """A burst, a stream, two kills, another burst."""
    await crowd.fund()
    for one in (crowd.burst, crowd.stream, crowd.killed, crowd.burst, crowd.killed, crowd.stream):
        await wave(crowd, nuisance, one, bad=2, slow=4)
    await crowd.close()


def test_a_crowd_with_a_ledger(tmp_path: Path) -> None:
    """A hundred clients, 600 transfers and two kills: the chain's file has what the ledger has, and the rest was told off."""
    site = Site(tmp_path)
    crowd, nuisance = Crowd(site, CLIENTS), Nuisance(site)
    try:
        asyncio.run(work(crowd, nuisance))
    finally:
        site.close()

    assert crowd.check() == 6 * CLIENTS
    assert site.kills == 2
    assert crowd.repeats > 0
    assert (
        {413, -32700, -32602, -32003, "ok"} <= set(nuisance.answers) <= {413, -32700, -32602, -32003, "ok", "cut off"}
    )
