"""A whole market on the pm-AMM, with time passing: what no sequence of trades may do, whoever trades and however small."""

import random
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from quatrain.core import pmamm, pmamm_many, pmamm_solve, pmamm_value
from quatrain.program import decay
from tests.core import model_pmamm as model
from tests.core.engine import call
from tests.core.trades import NORMAL, some_reserves

SEEDS = st.integers(0, 2**32)
DURATION = 1_000_000


@dataclass
class Market:
    """A pool's reserves, the vault's, and what traders hold and have paid on balance; trades as the program makes them."""

    scale: int
    reserves: list[int]
    opening_scale: int = 0
    now: int = 0
    paid: int = 0
    sold: list[int] = field(default_factory=list[int])
    held: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self.opening_scale = self.scale
        self.sold = [0] * self.count
        self.subsidy = max(self.reserves)
        self.held = [self.subsidy - r for r in self.reserves]

    @property
    def count(self) -> int:
        """How many outcomes there are."""
        return len(self.reserves)

    @classmethod
    def open(cls, generator: random.Random) -> "Market":
        """A market of 2 to 5 outcomes at any supported scale."""
        scale, count = int(10 ** generator.uniform(6, 12)), generator.randrange(2, 6)
        if count == 2:
            price = int(NORMAL.cdf(generator.uniform(-4.5, 4.5)) * pmamm.PRICE_ONE)
            return cls(scale, list(call(pmamm.reserves_for_price_ceil, scale, price)))
        reserves = some_reserves(generator, scale, count)
        while not call(pmamm_value.is_solvent, scale, reserves, count, pmamm_many.segments_for(count)):
            reserves = [r + 1 + scale // 10**9 for r in reserves]
        return cls(scale, reserves)

    def _ask(self, binary: object, many: object, outcome: int, amount: int) -> int:
        if self.count == 2:
            return call(binary, self.scale, self.reserves[outcome], self.reserves[1 - outcome], amount)[0]  # type: ignore[arg-type]
        segments = pmamm_many.segments_for(self.count)
        return call(many, self.scale, self.reserves, self.count, outcome, amount, segments)[0]  # type: ignore[arg-type]

    def _move(self, outcome: int, cost: int, shares: int) -> None:
        self.reserves = [reserve + cost for reserve in self.reserves]
        self.reserves[outcome] -= shares
        self.sold[outcome] += shares
        self.paid += cost

    def buy(self, outcome: int, shares: int) -> int:
        """Buy shares; returns the cost."""
        cost = self._ask(pmamm.cost_ceil, pmamm_many.cost_ceil, outcome, shares)
        self._move(outcome, cost, shares)
        return cost

    def spend(self, outcome: int, amount: int) -> int:
        """Spend an amount; returns the shares."""
        shares = self._ask(pmamm.shares_for_spend_floor, pmamm_solve.shares_for_spend_floor, outcome, amount)
        self._move(outcome, amount, shares)
        return shares

    def sell(self, outcome: int, shares: int) -> int:
        """Sell shares; returns the proceeds."""
        proceeds = self._ask(pmamm.proceeds_floor, pmamm_many.proceeds_floor, outcome, shares)
        self._move(outcome, -proceeds, -shares)
        return proceeds

    def receive(self, outcome: int, amount: int) -> int:
        """Sell for an amount if the holder has as many shares; returns them, or 0."""
        shares = self._ask(pmamm.shares_for_proceeds_ceil, pmamm_solve.shares_for_proceeds_ceil, outcome, amount)
        if shares > self.sold[outcome]:
            return 0
        self._move(outcome, -amount, -shares)
        return shares

    def wait(self, until: int) -> None:
        """Let liquidity fall to that of a later time, as the program does."""
        self.now = until
        scale = call(decay.liquidity_at, self.opening_scale, 0, DURATION, until)
        if 10**6 <= scale < self.scale:
            kept = [-(-reserve * scale // self.scale) for reserve in self.reserves]
            self.held = [h + r - k for h, r, k in zip(self.held, self.reserves, kept, strict=True)]
            self.scale, self.reserves = scale, kept

    def trade_at_random(self, generator: random.Random, largest: float) -> None:
        """One trade by shares or by money, of dust up to `largest` scales."""
        outcome = generator.randrange(self.count)
        amount = int(self.scale * largest * 10 ** generator.uniform(-12, 0)) + generator.randrange(1, 3)
        kind = generator.randrange(4)
        if kind == 0:
            self.buy(outcome, amount)
        elif kind == 1:
            self.spend(outcome, amount)
        elif kind == 2:
            self.sell(outcome, min(amount, self.sold[outcome]))
        else:
            self.receive(outcome, amount)

    def surplus(self) -> model.Real:
        """−C(−r), exactly."""
        return -model.value_of(self.scale, self.reserves)

    def check(self) -> None:
        """Every outcome is covered, every reserve positive, and the loss within the subsidy."""
        assert min(self.reserves) >= 1
        assert min(self.held) >= 0
        sets = self.subsidy + self.paid
        for reserve, sold, held in zip(self.reserves, self.sold, self.held, strict=True):
            assert reserve + sold + held == sets
        assert max(self.sold) - self.paid <= self.subsidy


@settings(max_examples=40)
@given(SEEDS)
def test_no_market_is_drained_while_time_passes(seed: int) -> None:
    """After every trade and every fall of liquidity the pool is solvent, every reserve positive, the loss within bounds."""
    generator = random.Random(seed)
    market = Market.open(generator)
    for _ in range(8):
        market.trade_at_random(generator, 4)
        market.check()
        if generator.random() < 0.3:
            market.wait(generator.randrange(market.now, DURATION))
            market.check()
    assert market.surplus() >= 0


@settings(max_examples=60)
@given(SEEDS)
def test_no_cycle_profits(seed: int) -> None:
    """Whoever trades at random at one instant and ends with nothing has gained nothing."""
    generator = random.Random(seed)
    market = Market.open(generator)
    for _ in range(8):
        market.trade_at_random(generator, 4)
    for outcome in generator.sample(range(market.count), market.count):
        market.sell(outcome, market.sold[outcome])
    assert market.sold == [0] * market.count
    assert market.paid >= 0


@settings(max_examples=60)
@given(SEEDS, st.integers(1, 20))
def test_dust_round_trips_lose(seed: int, dust: int) -> None:
    """Buying a few µshares and selling them at once, over and over, never pays, wherever the price is."""
    generator = random.Random(seed)
    market = Market.open(generator)
    outcome = generator.randrange(market.count)
    for _ in range(4):
        cost = market.buy(outcome, dust)
        assert cost >= 1
        assert market.sell(outcome, dust) <= cost


@settings(max_examples=40)
@given(SEEDS)
def test_time_does_not_pay_a_holder(seed: int) -> None:
    """Shares bought before liquidity fell bring no more after it than they cost, and prices stay while it falls."""
    generator = random.Random(seed)
    market = Market.open(generator)
    outcome = generator.randrange(market.count)
    amount = int(market.scale * 10 ** generator.uniform(-6, 0.5)) + 1
    cost = market.buy(outcome, amount)
    before = price_of(market, outcome)
    market.wait(generator.randrange(DURATION))
    assert abs(price_of(market, outcome) - before) <= 2 + 2 * pmamm.PRICE_ONE // market.scale
    assert market.sell(outcome, amount) <= cost


def price_of(market: Market, outcome: int) -> int:
    """An outcome's price, 1e-9."""
    if market.count == 2:
        return call(pmamm.price, market.scale, market.reserves[outcome], market.reserves[1 - outcome])
    segments = pmamm_many.segments_for(market.count)
    return call(pmamm_many.price, market.scale, market.reserves, market.count, outcome, segments)


@settings(max_examples=40)
@given(SEEDS, st.integers(2, 5))
def test_paths_differ_by_rounding_only(seed: int, parts: int) -> None:
    """Bought in parts, shares cost the whole's cost but for the roundings of the parts."""
    generator = random.Random(seed)
    market = Market.open(generator)
    whole = Market(market.scale, list(market.reserves))
    outcome = generator.randrange(market.count)
    sizes = [int(market.scale * 10 ** generator.uniform(-5, 0)) + 1 for _ in range(parts)]
    paid = sum(market.buy(outcome, size) for size in sizes)
    cost = whole.buy(outcome, sum(sizes))
    margin = 0 if market.count == 2 else pmamm_many.margin(market.count, 100) * market.scale / 2**56
    assert -1 - 2 * margin <= paid - cost <= parts * (1.01 + 2 * margin)
