"""The pm-AMM on chain: opening, accuracy, the passing of time, and that nobody gains by any of it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from solders.pubkey import Pubkey as Address

from hognose.build import Build
from quatrain.core.pmamm_value import even_reserve_ceil
from quatrain.program import market as market_module
from quatrain.program import trade
from quatrain.program.decay import liquidity_at
from quatrain.program.errors import QuatrainError
from quatrain.program.events import LiquidityDecayed, SetsRedeemed
from quatrain.program.state import PRICE_ONE, Maker
from tests.core.model import mp
from tests.svm.refusals import refused
from tests.svm.stage import HALF, SCALE, Actor, Stage, even_opening, even_prices
from tests.svm.world import DAY, USDC, Receipt, reserves

# -- the reals -----------------------------------------------------------------------------------------------------------

NODES = 4_001
_cumulative = np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2)), otypes=[float])


def value(scale: int, q: Sequence[float]) -> float:
    """C(q) = L·E max(q/L + ε), ε ~ N(0, ½) each, in double precision; two outcomes in closed form with 400 bits."""
    if len(q) == 2:
        z = mp.mpf(q[0] - q[1]) / scale
        return q[1] + scale * (z * mp.ncdf(z) + mp.npdf(z))
    x = np.array(q, dtype=float) / scale
    top = x.max() + 7
    t = np.linspace(x.max() - 7, top, NODES)
    product = np.prod(_cumulative((t[None, :] - x[:, None]) * math.sqrt(2)), axis=0)
    return scale * (top - float(np.trapezoid(product, t)))


def price(scale: int, q: Sequence[float], outcome: int) -> float:
    """The probability that the outcome attains the maximum."""
    if len(q) == 2:
        return float(mp.ncdf(mp.mpf(q[outcome] - q[1 - outcome]) / scale))
    x = np.array(q, dtype=float) / scale
    t = np.linspace(x.max() - 7, x.max() + 7, NODES)
    z = (t[None, :] - x[:, None]) * math.sqrt(2)
    others = np.prod(np.delete(_cumulative(z), outcome, axis=0), axis=0)
    return float(np.trapezoid(others * np.exp(-(z[outcome] ** 2) / 2), t)) / math.sqrt(math.pi)


def allowed(count: int, scale: int) -> float:
    """The bar: 2 µUSDC, and from three outcomes on 2e-10 of the liquidity."""
    return 2 if count == 2 else max(2.0, 2e-10 * scale)


# -- opening ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "expires", "maker", "chosen"),
    [
        (1, 0, 0, Maker.LMSR), (1, 31, 0, Maker.LMSR), (2, 0, 0, Maker.LMSR), (2, 31, 0, Maker.PM_AMM),
        (3, 31, 0, Maker.PM_AMM), (64, 31, 0, Maker.PM_AMM), (64, 0, 0, Maker.LMSR), (2, 31, 1, Maker.LMSR),
        (1, 31, 2, Maker.PM_AMM), (8, 31, 1, Maker.LMSR),
    ],
)  # fmt: skip
def test_the_rule_chooses_the_maker_unless_one_is_named(
    stage: Stage, count: int, expires: int, maker: int, chosen: Maker
) -> None:
    """A proposition and what has no expiry: LMSR; alternatives with an expiry: pm-AMM; a name decides."""
    outcomes = max(count, 2)
    opening = even_opening(outcomes, SCALE) if chosen is Maker.PM_AMM else even_prices(outcomes)
    expires_at = stage.now + expires * DAY if expires else 0
    address = stage.create_market(opening, outcome_count=count, expires_at=expires_at, maker=maker)
    assert (stage.market(address).maker, stage.market(address).outcome_count) == (chosen, outcomes)


def test_a_binary_pool_opens_at_its_prices(stage: Stage) -> None:
    """The design's vectors, L = 500: p = .8 → x = 55.8188, y = 476.6295; p = .5 → 199.4711 each."""
    for first, x, y in ((500_000_000, 199.4711, 199.4711), (800_000_000, 55.8188, 476.6295)):
        state = stage.market(stage.create_pmamm([first, PRICE_ONE - first], 500 * USDC))
        found = [r / USDC for r in reserves(state)]
        assert found == pytest.approx([x, y], abs=1e-4)
        assert state.subsidy == state.sets == max(reserves(state))
        assert (state.opening_liquidity, state.segments) == (500 * USDC, 0)


@pytest.mark.parametrize(("count", "loss"), [(3, 0.59841), (8, 1.00664), (16, 1.24874), (64, 1.65727)])
def test_the_subsidy_of_even_prices_is_the_known_constant(stage: Stage, count: int, loss: float) -> None:
    """c_N·L: the most that the pool can lose."""
    state = stage.market(stage.create_pmamm(count, 1_000 * USDC))
    assert state.subsidy / (1_000 * USDC) == pytest.approx(loss, abs=1e-5)
    assert state.segments > 0


def test_uneven_reserves_are_verified(stage: Stage) -> None:
    """One µUSDC short, or a millionth of the liquidity too much, is refused; what fits is not."""
    even = even_reserve_ceil(SCALE, 4)
    shape = [0, SCALE // 3, SCALE // 2, SCALE]
    base = math.ceil(value(SCALE, [-float(s) for s in shape]))
    fits = [base + s + 2 for s in shape]
    for wrong in ([even - 1] * 4, [base + s - 1 for s in shape], [r + (SCALE >> 19) for r in fits], [0, 1, 1, 1]):
        with refused(QuatrainError.RESERVES_INVALID):
            stage.create_pmamm(wrong)
    with refused(QuatrainError.RESERVES_INVALID):
        stage.create_pmamm([*[even] * 3, 17 * SCALE])
    address = stage.create_pmamm(fits)
    assert reserves(stage.market(address)) == fits


def test_what_makes_no_pmamm_is_refused(stage: Stage) -> None:
    """An unknown maker, no expiry or one too near, too few segments, segments for two outcomes, prices that are none."""
    with refused(QuatrainError.MAKER_UNKNOWN):
        stage.create_pmamm(maker=3)
    for expires_at in (0, stage.now + 30 * DAY, stage.now + 30 * DAY + 258):
        with refused(QuatrainError.EXPIRY_INVALID):
            stage.create_pmamm(maker=2, expires_at=expires_at)
    with refused(QuatrainError.EXPIRY_INVALID):
        stage.create_pmamm(2, 5 * USDC, expires_at=stage.now + 31 * DAY)
    for count, segments in ((2, 100), (8, 36), (8, 113), (8, 255)):
        with refused(QuatrainError.SEGMENTS_OUT_OF_RANGE):
            stage.create_pmamm(count, segments=segments)
    for prices in ([PRICE_ONE, 0], [HALF, HALF + 1]):
        with refused(QuatrainError.PRICES_INVALID):
            stage.create_pmamm(prices)
    with refused(QuatrainError.OUTCOME_COUNT):
        stage.create_pmamm(8, outcome_count=7)


# -- accuracy --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 5, 8, 16, 33, 64])
@pytest.mark.parametrize("scale", [100, 1_000_000])
def test_trades_are_exact_wherever_the_prices_are(stage: Stage, count: int, scale: int) -> None:
    """By shares and by money, against the reals: within the bar, never in the trader's favour; prices within 1e-9."""
    liquidity, generator = scale * USDC, random.Random(count)
    stage.deposit_liquidity(stage.provider, 100_000_000 * USDC)
    market, alice = stage.create_pmamm(count, liquidity), stage.trader("alice")
    alice.wallet = stage.make_token_account(alice.key.pubkey(), amount=10**14, name="purse")
    alice.deposit(10**14)
    bar = allowed(count, liquidity)
    for step in range(8 if count < 33 else 4):
        stage.advance(slots=50)
        outcome = generator.randrange(count)
        amount = int(liquidity * 10 ** generator.uniform(-2, 0)) + 1
        before = stage.market(market)
        q = [-float(r) if count > 2 else -r for r in reserves(before)]
        held = alice.shares(market, outcome)
        if held and generator.random() < 0.5:
            amount = generator.randrange(held // 2, held + 1)
            event = alice.sell(market, amount, outcome).event
        elif step % 2:
            event = alice.buy_for(market, amount, outcome).event
        else:
            event = alice.buy(market, amount, outcome).event
        moved = [v + (i == outcome) * event.shares * (1 if event.bought else -1) for i, v in enumerate(q)]
        exact = abs(value(liquidity, moved) - value(liquidity, q))
        over = (event.amount - exact) if event.bought else (exact - event.amount)
        slack = 1e-15 * liquidity * 30 if count > 2 else 0  # of the double precision above
        assert -slack <= over
        if event.bought and step % 2:
            assert over * PRICE_ONE <= bar * PRICE_ONE + 2 * event.price  # a µshare is what rounding costs
        else:
            assert over <= bar
        assert abs(event.price / PRICE_ONE - price(liquidity, moved, outcome)) < 2e-9


@pytest.mark.parametrize("count", [2, 3, 8])
def test_prices_add_up_to_one(stage: Stage, count: int) -> None:
    """Within 1e-9 of it at any state, as the quotes' prices say."""
    from quatrain.program.makers import cost_ceil  # the function that the program runs

    market, alice = stage.create_pmamm(count), stage.trader("alice", 900_000 * USDC)
    for outcome in range(count - 1):
        state = stage.market(market)
        assert abs(sum(cost_ceil(state, i, 1_000)[1] for i in range(count)) - PRICE_ONE) <= count
        alice.buy(market, (outcome + 1) * SCALE // 2, outcome)
        stage.advance(slots=50)


def test_every_kind_of_order_inverts_the_other(stage: Stage) -> None:
    """Spending what shares cost brings no more of them, to a µshare or few; asking for what a sale brings takes no fewer."""
    for count in (2, 3, 8):
        market, alice = stage.create_pmamm(count), stage.trader(f"alice{count}", 100_000 * USDC)
        alice.buy(market, SCALE // 10)
        buying = stage.simulated_trade(alice.trade(trade.buy, market, shares=500 * USDC, maximum_cost=2**63))
        spend = buying.amount + buying.fee
        spending = stage.simulated_trade(alice.trade(trade.buy_for, market, spend=spend, minimum_shares=0))
        assert buying.shares - 10 <= spending.shares <= buying.shares + 10
        selling = stage.simulated_trade(alice.trade(trade.sell, market, shares=300 * USDC, minimum_proceeds=0))
        wish = selling.amount - selling.fee
        wishing = stage.simulated_trade(alice.trade(trade.sell_for, market, proceeds=wish, maximum_shares=2**63))
        assert selling.shares - 10 <= wishing.shares <= selling.shares + 10


# -- time ------------------------------------------------------------------------------------------------------------------


def exact_liquidity(stage: Stage, market: Address) -> float:
    """L₀√(T − t) over the reals."""
    state = stage.market(market)
    left = (state.expires_at - stage.now) / (state.expires_at - state.opens_at)
    return state.opening_liquidity * math.sqrt(left)


@pytest.mark.parametrize("count", [2, 3, 17])
def test_liquidity_falls_with_time_and_prices_stay(stage: Stage, count: int) -> None:
    """At the first trade after; each reserve by the same factor; what leaves the pool the vault holds."""
    market, alice = stage.create_pmamm(count), stage.trader("alice", 500_000 * USDC)
    alice.buy(market, SCALE // 2)
    for days in (1, 9, 10, 9):
        before = stage.market(market)
        stage.advance(days * DAY, 50)
        receipt = alice.buy(market, 100 * USDC, 1)
        decayed, traded = receipt.events
        after = stage.market(market)
        assert isinstance(decayed, LiquidityDecayed)
        assert decayed.liquidity == after.liquidity
        exact = exact_liquidity(stage, market)
        assert exact * (1 - 2**-10) < after.liquidity <= exact + 1
        kept = [(r * after.liquidity + before.liquidity - 1) // before.liquidity for r in reserves(before)]
        for old, new, reserve, left in zip(before.outcomes, after.outcomes, reserves(before), kept, strict=False):
            assert new.held == old.held + reserve - left
        q = [-r for r in kept]
        moved = [float(v) + (i == 1) * 100 * USDC for i, v in enumerate(q)]
        assert abs(traded.price / PRICE_ONE - price(after.liquidity, moved, 1)) < 2e-9
        assert abs(price(after.liquidity, q, 0) - price(before.liquidity, [-r for r in reserves(before)], 0)) < 1e-7
    assert len(alice.buy(market, 100 * USDC, 1).events) == 1


def test_liquidity_is_a_step_function_of_time_alone() -> None:
    """Never rises, 11 bits, within a thousandth of the root; whole until the opening, nothing from the expiry on."""
    opening, start, end = 123_456_789_012, 1_000, 1_000 + 31 * DAY
    last = opening
    for now in sorted({start + i * 9_973 for i in range(268)} | {end - 1, end, end + 5, start, start - 1}):
        found = liquidity_at(opening, start, end, now)
        exact = opening * math.sqrt(max(min((end - now) / (end - start), 1), 0))
        assert found <= last
        assert exact * (1 - 2**-10) <= found <= exact + 1
        if found != opening:
            assert found.bit_length() <= 11 or found % (1 << (found.bit_length() - 11)) == 0
        last = found


def test_a_sync_redeems_what_the_vault_holds(stage: Stage) -> None:
    """The least held number are complete sets: cash for the vault, first as subsidy returned, then as profit."""
    market, alice = stage.create_pmamm(3), stage.trader("alice", 500_000 * USDC)
    alice.buy(market, SCALE // 2)
    subsidy, cash = stage.market(market).subsidy, stage.protocol.lp_cash
    stage.advance(20 * DAY)
    decayed, redeemed, _ = stage.sync(market).events
    assert isinstance(decayed, LiquidityDecayed)
    assert isinstance(redeemed, SetsRedeemed)
    state = stage.market(market)
    assert min(o.held for o in state.outcomes[:3]) == 0
    assert redeemed.sets > 0
    assert redeemed.subsidy == state.subsidy == subsidy - min(subsidy, redeemed.sets)
    assert stage.protocol.lp_cash >= cash + redeemed.sets
    assert stage.sync(market).events == []
    stage.advance(9 * DAY + 3_600)
    stage.sync(market)
    alice.sell(market, SCALE // 2)
    stage.finish(market)


def test_sets_beyond_the_subsidy_are_profit_that_vests(stage: Stage) -> None:
    """Nobody steps in for them: a withdrawal does not count what has just been redeemed above the subsidy."""
    market, whale = stage.create_pmamm(2, 1_000 * USDC), stage.trader("whale", 500_000 * USDC)
    for _ in range(3):
        for outcome in (0, 1):
            stage.advance(slots=50)
            whale.buy(market, 2_000 * USDC, outcome)
    stage.advance(29 * DAY)
    before = stage.protocol.vesting_profit
    stage.sync(market)
    state = stage.market(market)
    profit = stage.protocol.vesting_profit - before
    assert profit >= 0
    assert state.subsidy >= 0
    stage.finish(market, 1)
    assert stage.protocol.subsidies_out == 0


def test_trading_ends_before_the_expiry(stage: Stage) -> None:
    """At the closing time, with liquidity left; sync does nothing to it afterwards."""
    market, alice = stage.create_pmamm(), stage.trader("alice", 1_000 * USDC)
    alice.buy(market, 100 * USDC)
    state = stage.market(market)
    stage.set_time(state.closes_at - 1, stage.slot + 1)
    alice.sell(market, USDC)
    left = stage.market(market).liquidity
    assert left > 1_700 * USDC
    stage.advance(1)
    with refused(QuatrainError.TRADING_ENDED):
        alice.sell(market, USDC)
    stage.set_time(state.expires_at + 1, stage.slot + 1)
    stage.sync(market)
    assert stage.market(market).liquidity == left
    stage.close(market)
    stage.sync(market)
    stage.resolve(market, [0, PRICE_ONE])
    alice.settle(market)
    stage.sync(market)


# -- nobody gains ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 8])
def test_round_trips_lose_also_across_time(stage: Stage, count: int) -> None:
    """Bought and sold back at once, in parts, after a day, after a sync: never more than was paid."""
    market, mallory = stage.create_pmamm(count), stage.trader("mallory", 100_000 * USDC)
    waits: list[Callable[[], Any]] = [
        lambda: None, lambda: stage.advance(1), lambda: stage.advance(DAY), lambda: (stage.advance(DAY), stage.sync(market)),
    ]  # fmt: skip
    for wait in waits:
        for shares in (90_001, 1_234_567, 3_000 * USDC):
            stage.advance(slots=50)
            before = mallory.free
            mallory.buy(market, shares, count - 1)
            wait()
            mallory.sell(market, shares // 3, count - 1)
            mallory.sell(market, shares - shares // 3, count - 1)
            assert mallory.free < before


@pytest.mark.parametrize("count", [2, 3, 8])
def test_dust_and_complete_sets_gain_nothing(stage: Stage, count: int) -> None:
    """The smallest trades, over and over; and every outcome bought and sold."""
    market, mallory = stage.create_pmamm(count), stage.trader("mallory", 100_000 * USDC)
    before = mallory.free
    for _ in range(6):
        mallory.buy_for(market, 10_004)
    mallory.sell(market, mallory.shares(market))
    assert mallory.free < before
    before = mallory.free
    for outcome in range(count):
        mallory.buy(market, 1_000 * USDC, outcome)
    assert before - mallory.free > 1_000 * USDC - 10
    for outcome in reversed(range(count)):
        mallory.sell(market, 1_000 * USDC, outcome)
    assert mallory.free < before


@pytest.mark.parametrize("seed", range(4))
def test_no_cycle_with_time_passing_profits(program: Build, seed: int) -> None:
    """Random trades by two people, waits and syncs, everything sold in the end: together they have lost."""
    stage, generator = Stage(program.elf).furnish(), random.Random(seed)
    count = (2, 3, 5, 8)[seed]
    market = stage.create_pmamm(count, 500 * USDC)
    people = [stage.trader(name, 50_000 * USDC) for name in ("ann", "ben")]
    for _ in range(14):
        stage.advance(generator.choice((0, 1, 3_600, DAY)), 50)
        who, outcome = generator.choice(people), generator.randrange(count)
        held = who.shares(market, outcome)
        if held and generator.random() < 0.4:
            who.sell(market, generator.randrange(1, held + 1), outcome)
        else:
            who.buy(market, int(500 * USDC * 10 ** generator.uniform(-3, 0.3)) + 40_000 * count, outcome)
        if generator.random() < 0.3:
            stage.sync(market)
    for who in people:
        for outcome in range(count):
            if held := who.shares(market, outcome):
                stage.advance(slots=50)
                who.sell(market, held, outcome)
    assert sum(who.free for who in people) < 100_000 * USDC


def test_the_vault_loses_at_most_its_subsidy(stage: Stage) -> None:
    """A prophet who buys up to the cap, early or late, takes less than the subsidy."""
    for count in (2, 3, 8):
        for wait in (0, 20 * DAY):
            market, prophet = (
                stage.create_pmamm(count, 1_000 * USDC),
                stage.trader(f"prophet{count}{wait}", 50_000 * USDC),
            )
            subsidy, worth = stage.market(market).subsidy, prophet.free
            stage.advance(wait)
            push(prophet, market, 1)
            taken = finish_and_take(stage, prophet, market, 1) - worth
            assert taken < subsidy
            assert wait or taken > subsidy * 97 // 100


def push(who: Actor, market: Address, outcome: int) -> Receipt:
    """Buy as much as the price cap allows, by halves."""
    stage, amount = who.world, 8 * who.world.market(market).liquidity
    receipt = who.buy(market, 10 * USDC, outcome)
    while amount > USDC:
        stage.advance(slots=50)
        try:
            receipt = who.buy(market, amount, outcome)
        except AssertionError:
            amount //= 2
    return receipt


def finish_and_take(stage: Stage, who: Actor, market: Address, winner: int) -> int:
    """Close, resolve, settle; the free money in the end."""
    stage.call(market_module.close_market, authority=stage.oracle, market=market)
    count = stage.market(market).outcome_count
    stage.resolve(market, [PRICE_ONE * (i == winner) for i in range(count)])
    who.settle(market, winner)
    return who.free
