"""A process that serves the chain of a folder until it is killed: `serve_child.py FOLDER`. It prints its address."""

import asyncio
import sys
from pathlib import Path

from solders.keypair import Keypair

from quatrain.client.deployment import DEFAULT_PROGRAM
from quatrain.client.failures import Explainer
from quatrain.client.keypairs import ensure_keypair
from quatrain.cluster.embedded import EmbeddedChain
from quatrain.cluster.localnet.server import ServerSettings, serve
from quatrain.cluster.store import Store
from quatrain.program.entrypoint import PROGRAM


async def main() -> None:
    """Serve for ever."""
    folder = Path(sys.argv[1])
    faucet: Keypair = ensure_keypair(folder / "faucet.json")
    chain = EmbeddedChain(Explainer(str(DEFAULT_PROGRAM), PROGRAM.errors), store=Store(folder))
    async with serve(chain, faucet, ServerSettings(port=0)) as running:
        print(running.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
