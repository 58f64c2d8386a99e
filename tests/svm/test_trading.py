"""Traders: money in and out, buying and selling, settlement."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.pubkey import Pubkey as Address

from hognose.build import Build
from quatrain.program import trade, trader
from quatrain.program.errors import QuatrainError
from quatrain.program.events import (
    FundsDeposited,
    FundsWithdrawn,
    PositionClosed,
    PositionOpened,
    PositionSettled,
    Traded,
    TraderClosed,
    TraderOpened,
)
from quatrain.program.market import close_market
from quatrain.program.state import PRICE_ONE, Trader
from tests.core import model
from tests.svm.refusals import refused
from tests.svm.stage import SCALE, Actor, Stage
from tests.svm.world import DAY, USDC, reserves

FEE = 30_000
RATE_ONE = 100_000_000


def fee_of(amount: int) -> int:
    """3 bp, rounded up."""
    return -(-amount * FEE // RATE_ONE)


@pytest.fixture
def market(stage: Stage) -> Address:
    """A binary market at even prices, b = 10,000 USDC."""
    return stage.create_market()


@pytest.fixture
def alice(stage: Stage) -> Actor:
    """A trader with 10,000 USDC of free money."""
    return stage.trader("alice", 10_000 * USDC)


# -- money -------------------------------------------------------------------------------------------------------------


def test_a_trader_account_opens_and_closes_for_its_rent(stage: Stage) -> None:
    """The rent comes back in full."""
    alice = Actor(stage, "alice")
    before = stage.lamports(alice.key.pubkey())
    assert isinstance(stage.trader("alice").world.read(Trader, alice.address), Trader)
    assert before - stage.lamports(alice.key.pubkey()) == (128 + 128) * 6_960
    assert isinstance(alice.close_trader().event, TraderClosed)
    assert stage.lamports(alice.key.pubkey()) == before
    assert not stage.exists(alice.address)
    assert isinstance(stage.send(alice.ticket(trader.open_trader)).event, TraderOpened)


def test_money_goes_in_and_out(stage: Stage, alice: Actor) -> None:
    """µUSDC for µUSDC."""
    wallet = stage.tokens(alice.wallet)
    event = alice.deposit(123).event
    assert event == FundsDeposited(slot=stage.slot, trader=event.trader, amount=123, free=10_000 * USDC + 123)
    event = alice.withdraw(23).event
    assert event == FundsWithdrawn(slot=stage.slot, trader=event.trader, amount=23, free=10_000 * USDC + 100)
    assert alice.free == 10_000 * USDC + 100
    assert stage.tokens(alice.wallet) == wallet - 100


def test_nobody_withdraws_more_than_is_free(alice: Actor) -> None:
    """Nor nothing."""
    with refused(QuatrainError.INSUFFICIENT_FUNDS):
        alice.withdraw(10_000 * USDC + 1)
    with refused(QuatrainError.AMOUNT_ZERO):
        alice.withdraw(0)
    with refused(QuatrainError.AMOUNT_ZERO):
        alice.deposit(0)
    alice.withdraw(10_000 * USDC)


def test_a_trader_with_money_or_positions_does_not_close(stage: Stage, alice: Actor, market: Address) -> None:
    """So that nothing is lost and every position can be settled."""
    with refused(QuatrainError.TRADER_NOT_EMPTY):
        alice.close_trader()
    alice.open(market)
    alice.withdraw(alice.free)
    with refused(QuatrainError.TRADER_NOT_EMPTY):
        alice.close_trader()
    alice.close_position(market)
    alice.close_trader()


# -- buying ------------------------------------------------------------------------------------------------------------


def test_the_vector_of_the_design_holds_on_chain(stage: Stage, alice: Actor) -> None:
    """b = 1,000, even prices: 100 shares cost 51.2495 and move the price to .524979."""
    market = stage.create_market(2, 1_000 * USDC)
    event = alice.buy(market, 100 * USDC, 1).event
    assert event.amount == 51_249_480
    assert event.price == 524_979_187


def test_a_buy_moves_what_it_says(stage: Stage, alice: Actor, market: Address) -> None:
    """Cost and fee from free money, shares to the position, cost to the sets, fee to the fees due."""
    before = stage.market(market)
    alice.open(market, 1)
    event = alice.buy(market, 2_000 * USDC, 1).event
    exact = model.cost(SCALE, reserves(before)[1], 2_000 * USDC)
    assert isinstance(event, Traded)
    assert exact <= event.amount <= exact + 2
    assert event.fee == fee_of(event.amount)
    assert (event.shares, event.outcome, event.bought, event.slot) == (2_000 * USDC, 1, True, stage.slot)
    after, position = stage.market(market), alice.position_state(market, 1)
    assert after.sets == before.sets + event.amount
    assert (after.outcomes[0].sold, after.outcomes[1].sold) == (0, 2_000 * USDC)
    assert (after.fees_due, after.volume) == (event.fee, event.amount)
    assert (position.shares, position.cost) == (2_000 * USDC, event.amount + event.fee)
    assert alice.free == 10_000 * USDC - event.amount - event.fee
    assert alice.state.volume == event.amount
    assert abs(event.price - PRICE_ONE * model.price(SCALE, reserves(after)[1])) <= 1


def test_a_spend_is_spent_exactly(stage: Stage, alice: Actor, market: Address) -> None:
    """Fee included; the shares are those of the cost, rounded down."""
    before = reserves(stage.market(market))[0]
    event = alice.buy_for(market, 1_000 * USDC).event
    assert alice.free == 9_000 * USDC
    assert event.amount + event.fee == 1_000 * USDC
    assert event.amount == 1_000 * USDC * RATE_ONE // (RATE_ONE + FEE)
    exact = model.shares_for_spend(SCALE, before, event.amount)
    assert exact - 2 < event.shares <= exact


def test_limits_are_exact(stage: Stage, alice: Actor, market: Address) -> None:
    """One µUSDC or one µshare beyond the limit is refused."""
    alice.open(market)
    quote = stage.simulated_trade(alice.trade(trade.buy, market, shares=USDC, maximum_cost=2**63))
    total = quote.amount + quote.fee
    with refused(QuatrainError.SLIPPAGE_EXCEEDED):
        alice.buy(market, USDC, maximum_cost=total - 1)
    alice.buy(market, USDC, maximum_cost=total)
    quote = stage.simulated_trade(alice.trade(trade.buy_for, market, spend=USDC, minimum_shares=0))
    with refused(QuatrainError.SLIPPAGE_EXCEEDED):
        alice.buy_for(market, USDC, minimum_shares=quote.shares + 1)
    alice.buy_for(market, USDC, minimum_shares=quote.shares)
    quote = stage.simulated_trade(alice.trade(trade.sell, market, shares=USDC, minimum_proceeds=0))
    with refused(QuatrainError.SLIPPAGE_EXCEEDED):
        alice.sell(market, USDC, minimum_proceeds=quote.amount - quote.fee + 1)
    alice.sell(market, USDC, minimum_proceeds=quote.amount - quote.fee)
    quote = stage.simulated_trade(alice.trade(trade.sell_for, market, proceeds=USDC // 4, maximum_shares=2**63))
    with refused(QuatrainError.SLIPPAGE_EXCEEDED):
        alice.sell_for(market, USDC // 4, maximum_shares=quote.shares - 1)
    alice.sell_for(market, USDC // 4, maximum_shares=quote.shares)


def test_trades_are_bounded(alice: Actor, market: Address) -> None:
    """Nothing, less than a cent, more than 64 b, more than one has."""
    alice.open(market)
    for attempt in (alice.buy, alice.buy_for, alice.sell, alice.sell_for):
        with refused(QuatrainError.AMOUNT_ZERO):
            attempt(market, 0)
    with refused(QuatrainError.TRADE_TOO_SMALL):
        alice.buy(market, 19_990)
    with refused(QuatrainError.TRADE_TOO_SMALL):
        alice.buy_for(market, 10_002)
    alice.buy_for(market, 10_004)
    for huge in (64 * SCALE + 1, 2**64 - 1):
        with refused(QuatrainError.TRADE_TOO_LARGE):
            alice.buy(market, huge)
        with refused(QuatrainError.TRADE_TOO_LARGE):
            alice.buy_for(market, huge)
    with refused(QuatrainError.INSUFFICIENT_FUNDS):
        alice.buy_for(market, alice.free + 1)
    alice.buy_for(market, alice.free)
    assert alice.free == 0


@pytest.mark.parametrize("scale", [1, 1_000])
def test_no_buy_pushes_a_price_above_9999(stage: Stage, scale: int) -> None:
    """Up to there it can be driven and back again for fees and at most 0.03 USDC of rounding, whatever the scale."""
    market, whale = stage.create_market(2, scale * USDC), stage.trader("whale", 100_000 * USDC)
    shares = 9_210_000 * scale
    event = whale.buy(market, shares).event
    assert 999_899_000 < event.price < 999_900_000
    for attempt in (lambda: whale.buy(market, USDC * scale // 10), lambda: whale.buy_for(market, USDC * scale // 10)):
        with refused(QuatrainError.PRICE_TOO_HIGH):
            attempt()
    back = whale.sell(market, shares).event
    assert event.amount - 30_000 < back.amount <= event.amount
    assert abs(back.price - PRICE_ONE // 2) < 10_000_000


# -- selling -----------------------------------------------------------------------------------------------------------


def test_a_sale_moves_what_it_says(stage: Stage, alice: Actor, market: Address) -> None:
    """Proceeds less fee to free money, shares back to the pool, and a part of the cost out of the position."""
    alice.buy(market, 2_000 * USDC)
    before, position, free = stage.market(market), alice.position_state(market), alice.free
    event = alice.sell(market, 500 * USDC).event
    exact = model.proceeds(SCALE, reserves(before)[0], 500 * USDC)
    assert exact - 2 <= event.amount <= exact
    assert event.fee == fee_of(event.amount)
    assert not event.bought
    after = stage.market(market)
    assert after.sets == before.sets - event.amount
    assert after.outcomes[0].sold == 1_500 * USDC
    assert after.fees_due == before.fees_due + event.fee
    assert alice.free == free + event.amount - event.fee
    left = alice.position_state(market)
    assert (left.shares, left.cost) == (1_500 * USDC, position.cost - position.cost // 4)


def test_a_wish_is_received_exactly(stage: Stage, alice: Actor, market: Address) -> None:
    """After the fee; the shares are those of the proceeds, rounded up."""
    alice.buy(market, 2_000 * USDC)
    before, free = stage.market(market), alice.free
    event = alice.sell_for(market, 300 * USDC).event
    assert alice.free == free + 300 * USDC
    assert event.amount - event.fee == 300 * USDC
    assert event.fee >= fee_of(event.amount)
    exact = model.shares_for_proceeds(SCALE, reserves(before)[0], event.amount)
    assert exact is not None
    assert exact <= event.shares <= exact + 2


def test_nobody_sells_what_he_has_not(alice: Actor, market: Address) -> None:
    """By shares or by money."""
    alice.buy(market, 100 * USDC)
    for shares in (100 * USDC + 1, 2**64 - 1):
        with refused(QuatrainError.INSUFFICIENT_SHARES):
            alice.sell(market, shares)
    with refused(QuatrainError.INSUFFICIENT_SHARES):
        alice.sell_for(market, 60 * USDC)
    with refused(QuatrainError.TRADE_TOO_LARGE):
        alice.sell_for(market, 2**64 - 1)
    with refused(QuatrainError.TRADE_TOO_LARGE):
        alice.sell_for(market, 6_990 * USDC)
    alice.sell(market, 100 * USDC)
    assert alice.position_state(market).cost == 0


def test_dust_can_always_be_sold(alice: Actor, market: Address) -> None:
    """A µshare brings nothing, but the exit is open."""
    alice.buy(market, 100 * USDC)
    event = alice.sell(market, 1).event
    assert (event.amount, event.fee) == (0, 0)


# -- hours -------------------------------------------------------------------------------------------------------------


def test_a_market_trades_in_its_hours_only(stage: Stage, alice: Actor) -> None:
    """From its opening second to the one before its closing, whether or not somebody closed it."""
    opens_at = stage.now + DAY
    market = stage.create_market(opens_at=opens_at, closes_at=opens_at + DAY)
    with refused(QuatrainError.TRADING_NOT_STARTED):
        alice.open(market)
    stage.set_time(opens_at, stage.slot + 1)
    alice.buy(market, 100 * USDC)
    stage.set_time(opens_at + DAY - 1, stage.slot + 1)
    alice.sell(market, USDC)
    stage.advance(1)
    for attempt in (
        lambda: alice.buy(market, USDC), lambda: alice.buy_for(market, USDC), lambda: alice.sell(market, USDC),
        lambda: alice.sell_for(market, 100_000), lambda: alice.open(market, 1),
    ):  # fmt: skip
        with refused(QuatrainError.TRADING_ENDED):
            attempt()


def test_a_market_closed_early_trades_no_more(stage: Stage, alice: Actor, market: Address) -> None:
    """In the same second."""
    alice.buy(market, 100 * USDC)
    stage.call(close_market, authority=stage.oracle, market=market)
    with refused(QuatrainError.TRADING_ENDED):
        alice.sell(market, USDC)


# -- positions -----------------------------------------------------------------------------------------------------------


def test_a_position_opens_empty_and_closes_empty(stage: Stage, alice: Actor, market: Address) -> None:
    """Its rent comes back; both are counted by trader and market."""
    before = stage.lamports(alice.key.pubkey())
    event = alice.open(market, 1).event
    assert isinstance(event, PositionOpened)
    assert event.outcome == 1
    assert before - stage.lamports(alice.key.pubkey()) == (128 + 144) * 6_960
    assert (alice.state.positions, stage.market(market).positions) == (1, 1)
    alice.buy(market, USDC, 1)
    with refused(QuatrainError.POSITION_NOT_EMPTY):
        alice.close_position(market, 1)
    alice.sell(market, USDC, 1)
    event = alice.close_position(market, 1).event
    assert isinstance(event, PositionClosed)
    assert (event.outcome, event.positions_left) == (1, 0)
    assert stage.lamports(alice.key.pubkey()) == before
    assert not stage.exists(alice.position(market, 1))


@pytest.mark.parametrize("outcome", [2, 15, 16, 255])
def test_there_is_no_position_in_an_outcome_that_is_not_there(alice: Actor, market: Address, outcome: int) -> None:
    """Not in the spare room of the account either."""
    with refused(QuatrainError.OUTCOME_UNKNOWN):
        alice.open(market, outcome)


# -- settlement --------------------------------------------------------------------------------------------------------


def test_a_winning_share_pays_one_usdc(stage: Stage, alice: Actor, market: Address) -> None:
    """The loser's nothing; anybody may settle; rent goes to the trader."""
    alice.buy(market, 100 * USDC, 0)
    alice.buy(market, 300 * USDC, 1)
    free, lamports = alice.free, stage.lamports(alice.key.pubkey())
    with refused(QuatrainError.MARKET_NOT_RESOLVED):
        alice.settle(market, 1)
    stage.close(market)
    with refused(QuatrainError.MARKET_NOT_RESOLVED):
        alice.settle(market, 1)
    stage.resolve(market, [0, PRICE_ONE])
    event = alice.settle(market, 1).event
    assert isinstance(event, PositionSettled)
    assert (event.shares, event.payout, event.outcome) == (300 * USDC, 300 * USDC, 1)
    assert alice.free == free + 300 * USDC
    assert alice.settle(market, 0).event.payout == 0
    assert alice.free == free + 300 * USDC
    assert stage.lamports(alice.key.pubkey()) == lamports + 2 * (128 + 144) * 6_960
    assert (alice.state.positions, stage.market(market).positions, stage.market(market).sets) == (0, 0, 0)


def test_a_payout_vector_pays_each_its_part(stage: Stage, alice: Actor) -> None:
    """Rounded down for each position; what is left over is less than a µUSDC for each."""
    market, bob = stage.create_market(3), stage.trader("bob", 1_000 * USDC)
    payouts = [500_000_001, 299_999_999, 200_000_000]
    shares = {(alice, 0): 33_333_333, (bob, 0): 11_111_111, (alice, 1): 77_777_777, (bob, 2): 1_234_567}
    for (who, outcome), amount in shares.items():
        who.buy(market, amount, outcome)
    stage.close(market)
    stage.resolve(market, payouts)
    for (who, outcome), amount in shares.items():
        assert who.settle(market, outcome).event.payout == amount * payouts[outcome] // PRICE_ONE
    assert 0 <= stage.market(market).sets < len(shares)


def test_an_empty_position_can_be_settled_by_anybody(stage: Stage, alice: Actor, market: Address) -> None:
    """So that nobody can keep a market from being pruned."""
    alice.open(market)
    stage.finish(market)
    assert alice.settle(market).event.payout == 0
    stage.prune(market)


def test_the_vault_loses_at_most_its_subsidy(stage: Stage) -> None:
    """A trader who knows the outcome takes less than b·ln N."""
    market, prophet = stage.create_market(8, 1_000 * USDC), stage.trader("prophet", 50_000 * USDC)
    subsidy, worth = stage.market(market).subsidy, prophet.free
    prophet.buy(market, 11_100 * USDC, 5)
    stage.finish(market, 5)
    prophet.settle(market, 5)
    assert prophet.free - worth < subsidy
    assert prophet.free - worth > subsidy * 98 // 100


# -- accuracy ------------------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(data=st.data())
def test_costs_are_exact_to_a_unit_wherever_the_price_is(program: Build, data: st.DataObject) -> None:
    """Against 400-bit arithmetic, never in the trader's favour."""
    stage = Stage(program.elf).furnish()
    first = data.draw(st.integers(1, PRICE_ONE - 1), "price")
    market = stage.create_market([first, PRICE_ONE - first], data.draw(st.integers(USDC, 2_000 * USDC), "scale"))
    alice = stage.trader("alice", 900_000 * USDC)
    scale = stage.market(market).liquidity
    for _ in range(4):
        stage.advance(slots=50)
        outcome = data.draw(st.integers(0, 1), "outcome")
        reserve = reserves(stage.market(market))[outcome]
        held = alice.shares(market, outcome)
        if held and data.draw(st.booleans(), "sell"):
            shares = data.draw(st.integers(1, held), "shares")
            event = alice.sell(market, shares, outcome).event
            exact = model.proceeds(scale, reserve, shares)
            assert exact - 2 < event.amount <= exact
            continue
        shares = data.draw(st.integers(1, 12 * scale), "shares")
        exact = model.cost(scale, reserve, shares)
        after = model.price(scale, reserve + exact - shares)
        if exact >= 10_000 and after > 0.99989999:
            with refused(QuatrainError.PRICE_TOO_HIGH):
                alice.buy(market, shares * 2, outcome)
            continue
        if exact < 10_000:
            with refused(QuatrainError.TRADE_TOO_SMALL):
                alice.buy(market, shares, outcome)
            continue
        event = alice.buy(market, shares, outcome).event
        assert exact <= event.amount < exact + 2
