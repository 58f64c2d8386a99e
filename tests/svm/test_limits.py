"""How fast a price may move, and how small and large a trade may be."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.pubkey import Pubkey as Address

from hognose.build import Build
from hognose.lang.layout import decode
from quatrain.program import trade
from quatrain.program.errors import QuatrainError
from quatrain.program.state import PRICE_ONE, Order
from quatrain.program.state import Quote as Terms
from tests.svm.refusals import refused
from tests.svm.stage import SCALE, Actor, Stage
from tests.svm.world import USDC

POINT = PRICE_ONE // 100
PACE = 2 * POINT


@pytest.fixture
def market(stage: Stage) -> Address:
    """A binary market at even prices, b = 10,000 USDC."""
    return stage.create_market()


@pytest.fixture
def alice(stage: Stage) -> Actor:
    """A trader with 100,000 USDC of free money."""
    return stage.trader("alice", 100_000 * USDC)


def terms(stage: Stage, market: Address, outcome: int, order: Order, amount: int) -> Terms:
    """What `quote` returns."""
    receipt = stage.call(trade.quote, market=market, outcome=outcome, order=order, amount=amount)
    return decode(Terms.__layout__, receipt.returned)  # type: ignore[attr-defined]


def room(stage: Stage, market: Address, *, buying: bool = True) -> int:
    """How far a buy, or a sale, may move the price now."""
    return terms(stage, market, 0, Order.BUY if buying else Order.SELL, USDC).room


# -- the price's room ----------------------------------------------------------------------------------------------------


def test_a_new_market_has_all_of_its_room(stage: Stage, market: Address) -> None:
    """100 points for buys, as much again for sales."""
    assert (room(stage, market), room(stage, market, buying=False)) == (PRICE_ONE, 2 * PRICE_ONE)


def test_both_directions_use_the_same_room(stage: Stage, market: Address, alice: Actor) -> None:
    """A push and the pull back are both counted."""
    before = room(stage, market)
    up = alice.buy(market, 8_000 * USDC).event.price - PRICE_ONE // 2
    assert abs(before - room(stage, market) - up) <= 2
    down = PRICE_ONE // 2 + up - alice.sell(market, 8_000 * USDC).event.price
    assert abs(before - room(stage, market) - up - down) <= 4
    assert down > 15 * POINT


def test_room_comes_back_by_the_slot_and_gathers_to_100_points(stage: Stage, market: Address, alice: Actor) -> None:
    """2 points a slot, and no more than there were."""
    alice.buy(market, 8_000 * USDC)
    left = room(stage, market)
    stage.advance(slots=3)
    assert abs(room(stage, market) - left - 3 * PACE) <= 1
    stage.advance(slots=100)
    assert room(stage, market) == PRICE_ONE


def test_what_exceeds_the_room_is_refused_and_the_rest_is_not(stage: Stage, market: Address, alice: Actor) -> None:
    """For the excess only: what is left can be traded, and a slot later its 2 points more."""
    alice.buy(market, 40_000 * USDC)
    alice.sell(market, 39_000 * USDC)
    left = room(stage, market)
    assert 0 < left < 10 * POINT
    with refused(QuatrainError.PRICE_MOVES_TOO_FAST):
        alice.buy(market, 10_000 * USDC)
    shares = 4 * SCALE * left // PRICE_ONE * 96 // 100
    alice.buy(market, shares)
    assert room(stage, market) < left // 10
    with refused(QuatrainError.PRICE_MOVES_TOO_FAST):
        alice.buy(market, 750 * USDC)
    stage.advance()
    alice.buy(market, 750 * USDC)


def test_no_buying_holds_up_a_sale(stage: Stage, market: Address, alice: Actor) -> None:
    """With all room used by others' buys, a sale of any size still goes through, in the same slot."""
    bob = stage.trader("bob", 100_000 * USDC)
    bob.buy(market, 30_000 * USDC)
    stage.advance(slots=50)
    alice.buy(market, 60_000 * USDC, 1)
    with refused(QuatrainError.PRICE_MOVES_TOO_FAST):
        alice.buy(market, 60_000 * USDC)
    assert bob.sell(market, 30_000 * USDC).event.shares == 30_000 * USDC
    assert alice.sell(market, 60_000 * USDC, 1).event.shares == 60_000 * USDC


def test_a_sale_of_any_size_fits_50_slots_after_the_last(stage: Stage, market: Address) -> None:
    """Only sales hold up sales, and only so long, whatever is bought meanwhile."""
    alice, size = stage.trader("alice", 500_000 * USDC), 40_000 * USDC
    for _ in range(4):
        for outcome in (0, 1):
            stage.advance(slots=50)
            alice.buy(market, size, outcome)
    stage.advance(slots=50)
    for outcome in (0, 1, 0, 1):
        alice.sell(market, size, outcome)
    with refused(QuatrainError.PRICE_MOVES_TOO_FAST):
        alice.sell(market, size)
    alice.sell(market, size // 40)
    for _ in range(50):
        stage.advance()
        spend = 4 * SCALE * room(stage, market) // PRICE_ONE // 3
        if spend > USDC:
            alice.buy_for(market, spend, 1)
    assert room(stage, market) < PRICE_ONE // 10
    assert room(stage, market, buying=False) >= PRICE_ONE
    alice.sell(market, alice.shares(market))


def test_the_pace_is_a_parameter(stage: Stage, market: Address, alice: Actor) -> None:
    """At 10 points a slot the room is back after 10 slots."""
    stage.change_parameters(price_move_per_slot=10 * POINT)
    alice.buy(market, 30_000 * USDC)
    left = room(stage, market)
    assert left < 60 * POINT
    stage.advance(slots=2)
    assert abs(room(stage, market) - left - 20 * POINT) <= 1
    stage.advance(slots=8)
    assert room(stage, market) == PRICE_ONE


@settings(max_examples=15)
@given(steps=st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.floats(0.01, 6)), min_size=3, max_size=12))
def test_prices_never_move_faster_than_the_pace(program: Build, steps: list[tuple[int, bool, float]]) -> None:
    """Over any time, buys move prices by at most 100 points and 2 for each slot; with sales, by 100 points more."""
    stage = Stage(program.elf).furnish()
    market, alice = stage.create_market(), stage.trader("alice", 900_000 * USDC)
    start, moved, last = stage.slot, 0, PRICE_ONE // 2
    alice.open(market)
    for slots, buying, scales in steps:
        stage.advance(slots=slots)
        amount = int(scales * SCALE)
        ticket = alice.trade(trade.buy, market, shares=amount, maximum_cost=2**63)
        if not buying:
            ticket = alice.trade(trade.sell, market, shares=min(amount, alice.shares(market)), minimum_proceeds=0)
        if stage.simulate(ticket)[0] is not None:
            continue
        event = stage.send(ticket).event
        moved += abs(event.price - last)
        last = event.price
        allowed = PRICE_ONE + PACE * (stage.slot - start)
        assert moved <= allowed + (0 if buying else PRICE_ONE)


# -- sizes -----------------------------------------------------------------------------------------------------------------


def test_a_trade_too_small_for_the_liquidity_is_refused(stage: Stage, alice: Actor) -> None:
    """2^-24 of it is the least cost of a buy where that is above the least for all; sales have none."""
    stage.deposit_liquidity(stage.provider, 200_000_000 * USDC)
    market = stage.create_market(2, 10_000_000 * USDC)
    least = (10_000_000 * USDC) >> 24
    for spend in (20_000, least - 1):
        with refused(QuatrainError.TRADE_TOO_SMALL):
            alice.buy_for(market, spend)
    alice.buy_for(market, least + 1_000)
    alice.sell(market, 1)


def test_an_unknown_order_is_refused(stage: Stage, market: Address, alice: Actor) -> None:
    """In a batch and in a quote."""
    alice.buy(market, USDC)
    for order in (4, 255):
        with refused(QuatrainError.ORDER_UNKNOWN):
            stage.call(trade.quote, market=market, outcome=0, order=order, amount=USDC)
        with refused(QuatrainError.ORDER_UNKNOWN):
            stage.send(alice.batching(market, [(0, cast(Order, order), USDC, 0)]))


# -- quotes -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(Order))
def test_a_quote_is_what_the_trade_then_is(stage: Stage, market: Address, alice: Actor, order: Order) -> None:
    """To the µUSDC and µshare, for each kind of order."""
    alice.buy(market, 500 * USDC)
    quoted = terms(stage, market, 0, order, 100 * USDC)
    event = stage.send(alice.batching(market, [(0, order, 100 * USDC, 0 if order in (1, 2) else 2**63)])).event
    assert (quoted.shares, quoted.amount, quoted.fee) == (event.shares, event.amount, event.fee)
    assert quoted.price_after == event.price
    assert event.bought == (order <= Order.BUY_FOR)


def test_a_quote_says_what_a_trade_would_be_refused_for(stage: Stage, market: Address) -> None:
    """An outcome that is not there, nothing, too much, too high, a market that is closed."""
    for outcome, amount, error in (
        (2, USDC, QuatrainError.OUTCOME_UNKNOWN), (0, 0, QuatrainError.AMOUNT_ZERO), (0, 1, QuatrainError.TRADE_TOO_SMALL),
        (0, 2**64 - 1, QuatrainError.TRADE_TOO_LARGE), (0, 20 * SCALE, QuatrainError.PRICE_TOO_HIGH),
    ):  # fmt: skip
        with refused(error):
            terms(stage, market, outcome, Order.BUY, amount)
    stage.close(market)
    with refused(QuatrainError.TRADING_ENDED):
        terms(stage, market, 0, Order.SELL, USDC)
