"""The event chain: whoever has all events can prove that there are no others, and rebuild the market from them."""

from __future__ import annotations

import hashlib
from typing import Any

from solders.pubkey import Pubkey as Address

from hognose.lang.layout import encode
from quatrain.program.events import (
    MARKET_EVENTS,
    FeesSynced,
    LiquidityDecayed,
    MarketClosed,
    MarketCreated,
    MarketResolved,
    SetsRedeemed,
    Traded,
)
from quatrain.program.loan_events import LOAN_EVENTS
from quatrain.program.state import PRICE_ONE
from tests.svm.stage import Stage
from tests.svm.world import DAY, USDC


def chained(start: bytes, event: Any) -> bytes:
    """The hash after an event."""
    return hashlib.sha256(start + encode(type(event).__layout__, event)).digest()


def committed(start: bytes, values: list[int]) -> bytes:
    """The hash after numbers that an event stands for."""
    for value in values:
        start = hashlib.sha256(start + value.to_bytes(8, "little")).digest()
    return start


def test_the_hash_of_a_market_is_that_of_its_events(stage: Stage) -> None:
    """From creation to the last event, which carries the hash of all before it."""
    prices, payouts = [600_000_000, 300_000_000, 100_000_000], [0, PRICE_ONE, 0]
    created = stage.send(stage.creation(prices))
    event = created.event
    market = Address(bytes(event.market))
    alice, bob = stage.trader("alice", 5_000 * USDC), stage.trader("bob", 5_000 * USDC)
    receipts = [created]
    receipts += [alice.open(market, 1), alice.buy(market, 300 * USDC, 1), bob.open(market, 2)]
    receipts += [bob.buy_for(market, 50 * USDC, 2), alice.sell(market, 20 * USDC, 1), bob.sell_for(market, USDC, 2)]
    receipts += [alice.open(market, 0), alice.close_position(market, 0), stage.sync(market), stage.sync(market)]
    receipts += [stage.close(market), stage.resolve(market, payouts), alice.settle(market, 1), bob.settle(market, 2)]
    final = stage.market(market)
    receipts += [stage.prune(market)]
    events = [one for receipt in receipts for one in receipt.events if type(one) in MARKET_EVENTS]
    assert [one.sequence for one in events] == list(range(len(events)))
    assert all(one.market == event.market for one in events)
    state = bytes(32)
    for one in events[:-1]:
        if isinstance(one, MarketCreated):
            state = committed(state, prices)
        if isinstance(one, MarketResolved):
            state = committed(state, payouts)
        state = chained(state, one)
    assert state == bytes(final.event_hash)
    assert final.sequence == len(events) - 1
    assert bytes(events[-1].event_hash) == state


def test_the_ledger_can_be_rebuilt_from_events(stage: Stage) -> None:
    """Sets, sold shares, fees and volume follow from the trades alone."""
    market = stage.create_market(3)
    subsidy = stage.market(market).subsidy
    alice = stage.trader("alice", 50_000 * USDC)
    receipts = [alice.buy(market, 1_000 * USDC, i) for i in range(3)]
    receipts += [
        alice.buy_for(market, 777_777_777, 1),
        alice.sell(market, 333 * USDC, 0),
        alice.sell_for(market, 55_555_555, 2),
    ]
    sets, fees, volume, sold = subsidy, 0, 0, [0, 0, 0]
    for trade in [one for receipt in receipts for one in receipt.events if isinstance(one, Traded)]:
        sign = 1 if trade.bought else -1
        sets += sign * trade.amount
        sold[trade.outcome] += sign * trade.shares
        fees += trade.fee
        volume += trade.amount
    state = stage.market(market)
    assert (state.sets, state.fees_due, state.volume) == (sets, fees, volume)
    assert [o.sold for o in state.outcomes[:3]] == sold


def test_the_pool_of_a_pmamm_can_be_rebuilt_from_events(stage: Stage) -> None:
    """Sets, sold and held shares follow from the opening, the trades, the decays and the redemptions."""
    market, alice = stage.create_pmamm(3), stage.trader("alice", 50_000 * USDC)
    state = stage.market(market)
    sets, sold, held = state.sets, [0, 0, 0], [o.held for o in state.outcomes[:3]]
    liquidity = state.liquidity
    receipts = [alice.buy(market, 1_000 * USDC, i) for i in range(3)]
    for days in (3, 7, 19):
        stage.advance(days * DAY)
        receipts += [alice.sell(market, 100 * USDC, 0), alice.buy_for(market, 55_555_555, 2)]
        if days != 7:
            receipts.append(stage.sync(market))
    for event in [one for receipt in receipts for one in receipt.events]:
        if isinstance(event, Traded):
            sign = 1 if event.bought else -1
            sets += sign * event.amount
            sold[event.outcome] += sign * event.shares
        if isinstance(event, LiquidityDecayed):
            for i in range(3):
                reserve = sets - sold[i] - held[i]
                held[i] += reserve - (reserve * event.liquidity + liquidity - 1) // liquidity
            liquidity = event.liquidity
        if isinstance(event, SetsRedeemed):
            sets -= event.sets
            held = [h - event.sets for h in held]
    state = stage.market(market)
    assert (state.sets, state.liquidity) == (sets, liquidity)
    assert [(o.sold, o.held) for o in state.outcomes[:3]] == list(zip(sold, held, strict=True))


def test_every_kind_of_market_event_happens_in_a_life(stage: Stage) -> None:
    """The list of kinds is complete: nothing else is ever emitted for a market."""
    market, alice = stage.create_pmamm(), stage.trader("alice", 100 * USDC)
    receipts = [alice.open(market), alice.buy(market, USDC), alice.open(market, 1), alice.close_position(market, 1)]
    stage.advance(DAY)
    receipts.append(stage.sync(market))
    receipts += [stage.close(market), stage.resolve(market, [PRICE_ONE, 0]), alice.settle(market), stage.prune(market)]
    kinds = {type(one) for receipt in receipts for one in receipt.events}
    assert kinds | {MarketCreated} == set(MARKET_EVENTS) - set(LOAN_EVENTS)
    assert {FeesSynced, MarketClosed} <= kinds
