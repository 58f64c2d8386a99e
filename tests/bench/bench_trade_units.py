"""What LMSR trades cost in states at random: the golden table has one state of each, and costs depend on the numbers.

`python -m pytest tests/bench/bench_trade_units.py -s` prints, for each order, the median, the 99th percentile and the most
compute units; QUATRAIN_TRADES says how many trades are tried, 20,000 when unset. The seed is fixed: two runs agree.
"""

import os
import random
from collections import defaultdict

from hognose.build import build
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.state import PRICE_ONE
from tests.svm.stage import Actor, Stage
from tests.svm.test_machine import LMSR_LIMIT
from tests.svm.world import USDC, Address, Receipt, Refused

TRADES = int(os.environ.get("QUATRAIN_TRADES", "20000"))
PER_MARKET = 60
SCALES = (1, 5, 50, 100, 500, 2_000)
PARTS = (1e-5, 1e-3, 0.01, 0.1, 0.5, 1.0, 3.0)


def market_at_random(stage: Stage, chance: random.Random) -> tuple[Address, int, int]:
    """A market of 2 to 5 outcomes at uneven prices; its scale in µUSDC and its outcomes."""
    weights = [chance.randint(1, chance.choice([1, 50, 1_000])) for _ in range(chance.choice([2, 2, 2, 3, 5]))]
    prices = [PRICE_ONE * weight // sum(weights) for weight in weights]
    prices[0] += PRICE_ONE - sum(prices)
    scale = chance.choice(SCALES) * USDC
    return stage.create_market(prices, scale), scale, len(weights)


def trade(actor: Actor, market: Address, outcome: int, scale: int, chance: random.Random) -> tuple[str, Receipt] | None:
    """One order at random, of the market's scale or of what is held."""
    order = chance.choice(["buy", "buy_for", "sell", "sell_for"])
    whole = scale if order.startswith("buy") else actor.shares(market, outcome)
    amount = int(whole * chance.choice(PARTS) * chance.random())
    try:
        return order, getattr(actor, order)(market, amount, outcome)
    except Refused:
        return None


def test_trades_in_states_at_random() -> None:
    """No order costs more than the machine of `test_machine.py` allows in any state."""
    elf, chance, units = build(PROGRAM).elf, random.Random(1), defaultdict[str, list[int]](list)
    while sum(map(len, units.values())) < TRADES:
        stage = Stage(elf).furnish()
        market, scale, count = market_at_random(stage, chance)
        actors = [stage.trader(name, 20_000 * USDC) for name in ("alice", "bob")]
        for actor in actors:
            for outcome in range(count):
                actor.open(market, outcome)
        for _ in range(PER_MARKET):
            if chance.random() < 0.2:
                stage.advance(chance.choice([0, 1, 100, 65_535]), chance.choice([1, 5, 100, 3_000, 100_000]))
            done = trade(chance.choice(actors), market, chance.randrange(count), scale, chance)
            if done is not None:
                units[done[0]].append(done[1].compute_units)
    print("\n| order | trades | median | 99 % | most |\n|---|---:|---:|---:|---:|")
    for order, found in sorted(units.items()):
        found.sort()
        print(
            f"| {order} | {len(found):,} | {found[len(found) // 2]:,} | {found[len(found) * 99 // 100]:,} | {found[-1]:,} |"
        )
    assert max(max(found) for found in units.values()) <= LMSR_LIMIT
