"""A process that trades on a local chain until it is killed: `crash_child.py HOME STATEMENT`.

It prints a line after each trade that was confirmed to it. With a positive STATEMENT it kills itself, as hard as a
kill -9 does, before that SQL statement is run: in the midst of writing a block.
"""

import os
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

from quatrain.cluster.local import Keys, open_local
from quatrain.cluster.store import Store

NOW = 1_800_000_000


def main() -> None:
    """Trade for ever."""
    home, statement = Path(sys.argv[1]), int(sys.argv[2])
    session = open_local(home, now=NOW, say=lambda _text: None)
    trader = Keys(home / "keys").admin
    market = session.market(1).address
    if statement > 0:
        kill_before(session.embedded.store, statement)
    for number in count():
        terms: dict[str, Any] = {"authority": trader.pubkey(), "market_address": market, "outcome": 0}
        if number % 3 < 2:
            trade = session.instructions.buy(shares=5_000_000 + number, maximum_cost=10_000_000, **terms)
        else:
            trade = session.instructions.sell(shares=4_000_000, minimum_proceeds=1, **terms)
        session.send(trader, trade)
        print(number + 1, flush=True)


def kill_before(store: Store | None, statement: int) -> None:
    """Die when the database is about to run its n-th statement from now."""
    assert store is not None
    left = count(statement, -1)

    def before(*_arguments: object) -> bool:
        if next(left) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return True

    store._database.trace(before)


if __name__ == "__main__":
    main()
