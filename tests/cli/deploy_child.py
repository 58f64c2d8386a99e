"""A command that is killed as hard as a kill -9 does, before it sends its n-th transaction: `deploy_child.py N COMMAND …`.

A transaction that is sent again, as happens on a busy machine, is still the same one.
"""

import os
import signal
import sys

from solana.rpc.async_api import AsyncClient

from quatrain.cli import main

send, most, sent = AsyncClient.send_raw_transaction, int(sys.argv[1]), set()


async def send_or_die(self, txn, opts=None):
    """Send it, unless it is the last one to come."""
    sent.add(bytes(txn))
    if len(sent) == most:
        os.kill(os.getpid(), signal.SIGKILL)
    return await send(self, txn, opts)


AsyncClient.send_raw_transaction = send_or_die
sys.exit(main(sys.argv[2:]))
