"""Up to eight trades in one instruction: each as if it were alone, and all or none."""

from __future__ import annotations

import pytest
from solders.pubkey import Pubkey as Address

from quatrain.program.errors import QuatrainError
from quatrain.program.events import Traded
from quatrain.program.limits import SLOT_BITS
from quatrain.program.state import PRICE_ONE, Order
from tests.svm.refusals import refused
from tests.svm.stage import Actor, Stage
from tests.svm.world import USDC, Receipt

ANY = 2**63
Leg = tuple[int, Order, int, int]
LEGS: list[Leg] = [
    (0, Order.BUY, 50 * USDC, ANY),
    (1, Order.SELL, 20 * USDC, 0),
    (2, Order.BUY_FOR, 7 * USDC, 0),
    (3, Order.SELL_FOR, USDC, ANY),
]


def prepared(stage: Stage) -> tuple[Address, Actor]:
    """A market of eight outcomes; Alice holds 100 shares of each."""
    market, alice = stage.create_market(8), stage.trader("alice", 10_000 * USDC)
    for outcome in range(8):
        alice.buy(market, 100 * USDC, outcome)
    return market, alice


def singly(alice: Actor, market: Address, leg: Leg) -> Traded:
    """The same trade by an instruction of its own."""
    outcome, order, amount, limit = leg
    return [alice.buy, alice.buy_for, alice.sell, alice.sell_for][order](market, amount, outcome, limit).event


def test_a_batch_is_its_trades_one_after_the_other(stage: Stage) -> None:
    """The same events, but for their numbers, and the same state at the end as single trades leave."""
    first, alice = prepared(stage)
    events = stage.send(alice.batching(first, LEGS)).events
    second, bob = stage.create_market(8), stage.trader("bob", 10_000 * USDC)
    for outcome in range(8):
        bob.buy(second, 100 * USDC, outcome)
    alone = [singly(bob, second, leg) for leg in LEGS]
    for one, other in zip(events, alone, strict=True):
        assert isinstance(one, Traded)
        for name in ("sequence", "shares", "amount", "fee", "price", "outcome", "bought"):
            assert getattr(one, name) == getattr(other, name), name
    one, other = stage.market(first), stage.market(second)
    assert (one.sets, one.fees_due, one.volume, one.room_full_slot) == (
        other.sets, other.fees_due, other.volume, other.room_full_slot,
    )  # fmt: skip
    assert one.outcomes == other.outcomes
    assert alice.free == bob.free


@pytest.mark.parametrize(
    ("leg", "error"),
    [
        ((4, Order.BUY, 50 * USDC, 1), QuatrainError.SLIPPAGE_EXCEEDED),
        ((4, Order.SELL, 101 * USDC, 0), QuatrainError.INSUFFICIENT_SHARES),
        ((4, Order.BUY, 0, ANY), QuatrainError.AMOUNT_ZERO),
        ((4, Order.BUY, 100_000 * USDC, ANY), QuatrainError.INSUFFICIENT_FUNDS),
        ((4, Order.BUY, 700_000 * USDC, ANY), QuatrainError.TRADE_TOO_LARGE),
        ((4, Order.BUY_FOR, 9_999, 0), QuatrainError.TRADE_TOO_SMALL),
    ],
)
def test_all_legs_or_none(stage: Stage, leg: Leg, error: QuatrainError) -> None:
    """One leg that is refused takes the others with it, wherever it stands."""
    market, alice = prepared(stage)
    before = stage.market(market), alice.state
    for position in (0, 2, 4):
        with refused(error):
            stage.send(alice.batching(market, [*LEGS[:position], leg, *LEGS[position:]]))
    assert (stage.market(market), alice.state) == before


def test_the_whole_has_a_limit(stage: Stage) -> None:
    """What the batch costs on balance, to the µUSDC; a negative limit asks for an income."""
    market, alice = prepared(stage)
    for legs in (LEGS, [(i, Order.SELL, 30 * USDC, 0) for i in range(8)]):
        events = []
        code, logs = stage.simulate(alice.batching(market, legs))
        assert code is None
        events = type(stage.sync(market))(0, logs).events
        net = sum(e.amount + e.fee if e.bought else e.fee - e.amount for e in events)
        with refused(QuatrainError.SLIPPAGE_EXCEEDED):
            stage.send(alice.batching(market, legs, maximum_spend=net - 1))
        free = alice.free
        stage.send(alice.batching(market, legs, maximum_spend=net))
        assert free - alice.free == net
    assert net < 0


def test_sales_can_pay_for_buys(stage: Stage) -> None:
    """Legs run in order, so what one brings the next may spend."""
    market, alice = prepared(stage)
    alice.withdraw(alice.free)
    with refused(QuatrainError.INSUFFICIENT_FUNDS):
        stage.send(alice.batching(market, [(1, Order.BUY_FOR, 5 * USDC, 0), (0, Order.SELL, 90 * USDC, 0)]))
    stage.send(alice.batching(market, [(0, Order.SELL, 90 * USDC, 0), (1, Order.BUY_FOR, 5 * USDC, 0)]))


def test_legs_and_positions_belong_together(stage: Stage) -> None:
    """As many of one as of the other, one at least, eight at most, and no position twice."""
    market, alice = prepared(stage)
    all_legs: list[Leg] = [(i, Order.BUY, USDC, ANY) for i in range(8)]
    stage.send(alice.batching(market, all_legs))
    ticket = alice.batching(market, all_legs[:2])
    with refused(QuatrainError.LEGS_MISMATCH):
        stage.send(alice.batching(market, []))
    ticket.metas.pop()
    with refused(QuatrainError.LEGS_MISMATCH):
        stage.send(ticket)
    with refused(2040):
        stage.send(alice.batching(market, [all_legs[0], all_legs[0]]))
    with refused(2003):
        stage.send(alice.batching(market, [*all_legs, *all_legs[:1]]))


def test_positions_are_the_traders_own_and_of_the_market(stage: Stage) -> None:
    """Another's position, or one of another market, is refused."""
    market, alice = prepared(stage)
    other, bob = stage.create_market(8), stage.trader("bob", 1_000 * USDC)
    bob.buy(market, USDC)
    alice.buy(other, USDC)
    for where in (bob.position(market), alice.position(other)):
        ticket = alice.batching(market, LEGS[:2])
        ticket.metas[-1] = type(ticket.metas[-1])(where, False, True)
        with refused(2001):
            stage.send(ticket)


# -- priced together: legs in shares, of a pm-AMM with three or more outcomes ------------------------------------------


def pool_of(stage: Stage, count: int) -> tuple[Address, Actor]:
    """A pm-AMM in which Alice holds 500 shares of each outcome."""
    market, alice = stage.create_pmamm(count), stage.trader("alice", 100_000 * USDC)
    for outcome in range(count):
        alice.buy(market, 500 * USDC, outcome)
        stage.advance(slots=50)
    return market, alice


def signed(event: Traded) -> int:
    """Money into the pool."""
    return event.amount if event.bought else -event.amount


@pytest.mark.parametrize("count", [3, 8, 64])
def test_a_bundle_costs_what_its_trades_cost_one_by_one(stage: Stage, count: int) -> None:
    """To the rounding of each, in any order, and every leg's part is near what it would pay by itself."""
    market, alice = (
        pool_of(stage, count) if count < 64 else (stage.create_pmamm(64), stage.trader("alice", 10_000 * USDC))
    )
    if count == 64:
        for outcome in range(8):
            alice.buy(market, 500 * USDC, outcome)
            stage.advance(slots=50)
    legs: list[Leg] = [
        (i, Order.SELL, (i + 1) * 40 * USDC, 0) if i % 2 else (i, Order.BUY, (i + 2) * 60 * USDC, ANY)
        for i in range(min(count, 8))
    ]
    code, logs = stage.simulate(alice.batching(market, legs))
    assert code is None
    together = Receipt(0, logs).events
    _, logs = stage.simulate(alice.batching(market, legs[::-1]))
    backwards = Receipt(0, logs).events
    assert sum(map(signed, together)) == sum(map(signed, backwards))
    alone = [singly(alice, market, leg) for leg in legs]
    total, singles = sum(map(signed, together)), sum(map(signed, alone))
    assert -30 <= singles - total <= 30 + len(legs) * 3
    for one, other in zip(together, alone, strict=True):
        assert (one.shares, one.outcome, one.bought) == (other.shares, other.outcome, other.bought)
        assert abs(one.amount - other.amount) < other.amount // 50
    assert abs(together[-1].price - alone[-1].price) <= 2


def test_a_bundle_is_all_or_nothing_and_has_limits(stage: Stage) -> None:
    """Each leg's part is held to its limit, to the µUSDC, and so is the whole; what one may not do alone is refused."""
    market, alice = pool_of(stage, 4)
    legs: list[Leg] = [(0, Order.BUY, 300 * USDC, ANY), (1, Order.SELL, 100 * USDC, 0), (2, Order.BUY, USDC, ANY)]
    code, logs = stage.simulate(alice.batching(market, legs))
    assert code is None
    events = Receipt(0, logs).events
    net = sum(signed(e) + e.fee for e in events)
    exact: list[Leg] = [
        (e.outcome, o, a, e.amount + e.fee if e.bought else e.amount - e.fee)
        for e, (_, o, a, _) in zip(events, legs, strict=True)
    ]
    for i, (outcome, order, amount, limit) in enumerate(exact):
        worse = (outcome, order, amount, limit - 1 if order == Order.BUY else limit + 1)
        with refused(QuatrainError.SLIPPAGE_EXCEEDED):
            stage.send(alice.batching(market, [*exact[:i], worse, *exact[i + 1 :]]))
    with refused(QuatrainError.SLIPPAGE_EXCEEDED):
        stage.send(alice.batching(market, exact, net - 1))
    for wrong, error in (
        ((3, Order.SELL, 501 * USDC, 0), QuatrainError.INSUFFICIENT_SHARES),
        ((3, Order.BUY, 0, ANY), QuatrainError.AMOUNT_ZERO),
        ((3, Order.BUY, 10_000, ANY), QuatrainError.TRADE_TOO_SMALL),
        ((3, Order.BUY, 2**64 - 1, ANY), QuatrainError.TRADE_TOO_LARGE),
        ((3, Order.BUY, 60_000 * USDC, ANY), QuatrainError.PRICE_TOO_HIGH),
    ):
        with refused(error):
            stage.send(alice.batching(market, [*legs, wrong]))
    stage.send(alice.batching(market, exact, net))


def test_bundles_cannot_be_cycled_for_profit(stage: Stage) -> None:
    """Bought together and sold one by one, bought one by one and sold together, dust sold together: always a loss."""
    market, alice = pool_of(stage, 5)
    before = alice.free
    buys: list[Leg] = [(i, Order.BUY, (i + 1) * 200 * USDC, ANY) for i in range(5)]
    sales: list[Leg] = [(i, Order.SELL, amount, 0) for i, _, amount, _ in buys]
    stage.send(alice.batching(market, buys))
    stage.advance(slots=50)
    stage.send(alice.batching(market, sales))
    assert alice.free < before
    for first, second in ((buys, sales), (buys[::-1], sales)):
        stage.advance(slots=50)
        middle = alice.free
        stage.send(alice.batching(market, first))
        for leg in second:
            stage.advance(slots=50)
            singly(alice, market, leg)
        assert alice.free < middle
        stage.advance(slots=50)
        middle = alice.free
        for leg in first:
            stage.advance(slots=50)
            singly(alice, market, leg)
        stage.send(alice.batching(market, second))
        assert alice.free < middle
    middle = alice.free
    stage.send(alice.batching(market, [(i, Order.SELL, 1, 0) for i in range(5)]))
    assert alice.free == middle


def test_a_bundle_uses_the_room_of_every_leg(stage: Stage) -> None:
    """As trades of their own would, near enough."""
    market, alice = pool_of(stage, 3)
    buys: list[Leg] = [(0, Order.BUY, 7_000 * USDC, ANY), (1, Order.BUY, 6_000 * USDC, ANY)]
    sales: list[Leg] = [(i, Order.SELL, amount, 0) for i, _, amount, _ in buys]
    before = stage.market(market).room_full_slot
    events = stage.send(alice.batching(market, buys)).events
    moved = sum(abs(event.price - PRICE_ONE // 3) for event in events)
    used = (stage.market(market).room_full_slot - max(before, stage.slot << SLOT_BITS)) >> SLOT_BITS
    assert abs(used * PRICE_ONE // 50 - moved) < PRICE_ONE // 25
    with refused(QuatrainError.PRICE_MOVES_TOO_FAST):
        for _ in range(4):
            stage.send(alice.batching(market, sales))
            stage.send(alice.batching(market, buys))
