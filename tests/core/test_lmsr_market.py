"""A whole market on core.lmsr: what no sequence of trades may do, whoever trades and however small."""

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core import model
from tests.core.checked import lmsr
from tests.core.model import Real

SEEDS = st.integers(0, 2**32)


@dataclass
class Market:
    """A pool's reserves and what traders hold and have paid on balance; trades as the program makes them."""

    scale: int
    reserves: list[int]
    subsidy: int = 0
    paid: int = 0
    sold: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sold = [0] * len(self.reserves)
        self.subsidy = max(self.reserves)

    @classmethod
    def open(cls, scale: int, prices: list[int]) -> "Market":
        """A market whose opening reserves come from a prior."""
        return cls(scale, [lmsr.reserve_for_price_ceil(scale, price) for price in prices])

    def _move(self, outcome: int, cost: int, shares: int) -> None:
        self.reserves = [reserve + cost for reserve in self.reserves]
        self.reserves[outcome] -= shares
        self.sold[outcome] += shares
        self.paid += cost

    def buy(self, outcome: int, shares: int) -> int:
        """Buy shares; returns the cost."""
        cost = lmsr.cost_ceil(self.scale, self.reserves[outcome], shares)[0]
        self._move(outcome, cost, shares)
        return cost

    def spend(self, outcome: int, amount: int) -> int:
        """Spend an amount; returns the shares."""
        shares = lmsr.shares_for_spend_floor(self.scale, self.reserves[outcome], amount)[0]
        self._move(outcome, amount, shares)
        return shares

    def sell(self, outcome: int, shares: int) -> int:
        """Sell shares; returns the proceeds."""
        proceeds = lmsr.proceeds_floor(self.scale, self.reserves[outcome], shares)[0]
        self._move(outcome, -proceeds, -shares)
        return proceeds

    def surplus(self) -> Real:
        """Complete sets beyond the invariant, exactly."""
        return model.surplus(self.scale, self.reserves)

    def trade_at_random(self, generator: random.Random, largest: float) -> None:
        """One buy, spend or sale, of dust up to `largest` scales."""
        outcome = generator.randrange(len(self.reserves))
        amount = int(self.scale * largest * 10 ** generator.uniform(-12, 0)) + generator.randrange(3)
        kind = generator.randrange(3)
        if kind == 0:
            self.buy(outcome, amount)
        elif kind == 1:
            self.spend(outcome, amount)
        else:
            self.sell(outcome, min(amount, self.sold[outcome]))

    def unwind(self, generator: random.Random) -> None:
        """Sell everything that was bought, outcome by outcome in random order."""
        for outcome in generator.sample(range(len(self.sold)), len(self.sold)):
            self.sell(outcome, self.sold[outcome])


def markets(generator: random.Random) -> Market:
    """A market of 2 to 8 outcomes, of any supported scale, from a random prior."""
    scale = int(10 ** generator.uniform(6, 13))
    weights = [generator.uniform(0.02, 1) for _ in range(generator.randrange(2, 9))]
    return Market.open(scale, [int(weight / sum(weights) * lmsr.PRICE_ONE) for weight in weights])


@given(SEEDS)
def test_no_market_is_drained(seed: int) -> None:
    """After every trade the pool keeps its invariant, every reserve is positive and its worst loss within the subsidy."""
    generator = random.Random(seed)
    market = markets(generator)
    for _ in range(12):
        market.trade_at_random(generator, 6)
        assert market.surplus() >= 0
        assert min(market.reserves) >= 1
        assert max(market.sold) - market.paid <= market.subsidy


@given(SEEDS)
def test_no_cycle_profits(seed: int) -> None:
    """Whoever buys and sells at random and ends with nothing has not gained more than the surplus that was there."""
    generator = random.Random(seed)
    market = markets(generator)
    before = market.surplus()
    for _ in range(8):
        market.trade_at_random(generator, 4)
    market.unwind(generator)
    assert market.sold == [0] * len(market.sold)
    assert market.paid >= -before


@given(SEEDS, st.integers(1, 20), st.integers(1, 6))
def test_dust_round_trips_lose(seed: int, dust: int, repeats: int) -> None:
    """Buying a few µshares and selling them at once, over and over, never pays, wherever the price is."""
    generator = random.Random(seed)
    scale = int(10 ** generator.uniform(6, 13))
    reserve = int(scale * 10 ** generator.uniform(-9, 1.5)) + 1
    for _ in range(repeats):
        cost = lmsr.cost_ceil(scale, reserve, dust)[0]
        after = reserve + cost - dust
        proceeds = lmsr.proceeds_floor(scale, after, dust)[0]
        assert proceeds <= cost
        reserve = after + dust - proceeds


@given(SEEDS)
def test_round_trips_by_money_lose(seed: int) -> None:
    """Spending an amount and selling the shares never returns more; receiving it back never takes fewer shares."""
    generator = random.Random(seed)
    scale = int(10 ** generator.uniform(6, 13))
    reserve = int(scale * 10 ** generator.uniform(-9, 1.5)) + 1
    amount = int(scale * 10 ** generator.uniform(-12, 1)) + 1
    shares = lmsr.shares_for_spend_floor(scale, reserve, amount)[0]
    after = reserve + amount - shares
    assert after >= 1
    assert lmsr.proceeds_floor(scale, after, shares)[0] <= amount
    assert lmsr.shares_for_proceeds_ceil(scale, after, amount)[0] >= shares


@given(SEEDS, st.integers(2, 6))
def test_splitting_a_purchase_changes_rounding_only(seed: int, parts: int) -> None:
    """Bought in parts, shares cost at least the true cost of the whole and less than 1 µUSDC a part more."""
    generator = random.Random(seed)
    market = markets(generator)
    start = market.reserves[0]
    pieces = [int(market.scale * 10 ** generator.uniform(-9, 0.5)) + 1 for _ in range(parts)]
    total = sum(market.buy(0, piece) for piece in pieces)
    excess = total - model.cost(market.scale, start, sum(pieces))
    assert 0 <= excess < parts * (1 + Real(2 * lmsr.COST_MARGIN * market.scale) / 2**64)


@given(SEEDS)
def test_buying_every_outcome_costs_a_complete_set(seed: int) -> None:
    """δ of every outcome costs at least δ less the surplus, and at most δ and one µUSDC an outcome."""
    generator = random.Random(seed)
    market = markets(generator)
    before = market.surplus()
    shares = int(market.scale * 10 ** generator.uniform(-9, 1)) + 1
    total = sum(market.buy(outcome, shares) for outcome in range(len(market.reserves)))
    assert -before <= total - shares <= 2 * len(market.reserves)


@pytest.mark.parametrize("outcomes", [2, 3, 16, 64])
def test_prices_sum_to_one(outcomes: int) -> None:
    """At 10 million USDC Σp stays within 1e-9 of one through 300 trades between 0.1 % and 99.9 %, and never above."""
    generator = random.Random(outcomes)
    share = lmsr.PRICE_ONE // outcomes
    market = Market.open(lmsr.MAXIMUM_SCALE, [lmsr.PRICE_ONE - share * (outcomes - 1)] + [share] * (outcomes - 1))
    for _ in range(300):
        outcome = generator.randrange(outcomes)
        price = model.price(market.scale, market.reserves[outcome])
        if price < 0.5:
            market.buy(outcome, generator.randrange(1, market.scale))
        else:
            market.sell(outcome, min(market.sold[outcome], generator.randrange(1, market.scale)))
    assert 0 <= market.surplus() <= market.scale * Real(10) ** -9
