"""What somebody would try against a market of a real number, and what he gets."""

from __future__ import annotations

import random

import pytest

from quatrain.program import distribution_market, distribution_position, distribution_trade, pause
from quatrain.program.errors import QuatrainError
from quatrain.program.state import Activity, Verse
from tests.core.test_distribution import deepest
from tests.svm.gaussian import BACKING, NORM, OPENING, UNIT, Curve, Pool, collateral_of, create, lowest_points
from tests.svm.refusals import refused
from tests.svm.stage import Actor, Stage
from tests.svm.tamper import DUPLICATE, NOT_INITIALIZED, OCCUPIED, WRONG_BINDING, WRONG_DISCRIMINATOR
from tests.svm.world import DAY, USDC, address_of

SHIFTED: Curve = (112 * UNIT, 10 * UNIT)
RICH = 100_000 * USDC


@pytest.fixture
def pool(stage: Stage) -> Pool:
    """The usual market."""
    return create(stage)


@pytest.fixture
def mallory(stage: Stage) -> Actor:
    """Somebody with money."""
    return stage.trader("mallory", RICH)


# -- what a trade says ---------------------------------------------------------------------------------------------------


def test_a_trade_from_another_curve_is_refused(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """Neither a stale quote nor the same signature twice can be carried out."""
    stage.send(pool.opening(mallory))
    ticket = pool.trading(mallory, SHIFTED)
    for changes in ({"old_mean": OPENING[0] + 1}, {"old_deviation": OPENING[1] - 1}):
        with refused(QuatrainError.MARKET_MOVED):
            pool.trade(mallory, SHIFTED, **changes)
    stage.send(ticket)
    with refused(QuatrainError.MARKET_MOVED):
        stage.send(ticket)
    stage.advance(slots=50)
    rejoining = pool.trade(stage.trader("bob", RICH), (95 * UNIT, 9 * UNIT))
    assert rejoining.event.number == 0
    stage.send(pool.opening(mallory, 1))
    stage.advance(slots=50)
    with refused(QuatrainError.MARKET_MOVED):
        pool.rejoin(mallory, OPENING, old_mean=SHIFTED[0])


def test_points_that_hide_the_worst_case_are_refused(pool: Pool, mallory: Actor) -> None:
    """On the wrong side, next to the minimum, between the means, where nothing happens, or at the ends of the range."""
    narrow = (103 * UNIT, 6 * UNIT)
    near, far = lowest_points(NORM, OPENING, narrow)
    step = narrow[1] >> 8
    wrong_near = (near + step, near - step, far, 101 * UNIT, 0, 1 << 52, -(1 << 52), 2**63 - 1, -(2**63))
    for point in wrong_near:
        with refused(QuatrainError.POINTS_INVALID):
            pool.trade(mallory, narrow, near=point)
    for point in (far + step, far - step, near, 101 * UNIT, 0, (1 << 52) + 1, 2**63 - 1, -(2**63)):
        with refused(QuatrainError.POINTS_INVALID):
            pool.trade(mallory, narrow, far=point)
    assert pool.trade(mallory, narrow).event.collateral >= float(deepest(NORM, *OPENING, *narrow))


def test_a_rests_points_are_verified_as_well(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """The way that `rest` takes over locks its own worst case."""
    pool.trade(mallory, SHIFTED)
    stage.advance(slots=50)
    pool.trade(stage.trader("bob", RICH), (110 * UNIT, 20 * UNIT))
    stage.advance(slots=50)
    for name in ("rest_near", "rest_far"):
        for point in (100 * UNIT, 0, 2**63 - 1):
            with refused(QuatrainError.POINTS_INVALID):
                pool.rejoin(mallory, OPENING, **{name: point})


@pytest.mark.parametrize(
    ("curve", "error"),
    [
        ((100 * UNIT, 2_256_700), QuatrainError.DEVIATION_TOO_SMALL),
        ((100 * UNIT, UNIT), QuatrainError.DEVIATION_TOO_SMALL),
        ((100 * UNIT, UNIT - 1), QuatrainError.CURVE_OUT_OF_RANGE),
        ((100 * UNIT, 0), QuatrainError.CURVE_OUT_OF_RANGE),
        ((100 * UNIT, 2**64 - 1), QuatrainError.CURVE_OUT_OF_RANGE),
        (((1 << 50) + 1, 10 * UNIT), QuatrainError.CURVE_OUT_OF_RANGE),
        ((-(2**63), 10 * UNIT), QuatrainError.CURVE_OUT_OF_RANGE),
        (OPENING, QuatrainError.TRADE_TOO_SMALL),
    ],
)
def test_curves_that_no_market_may_have_are_refused(
    pool: Pool, mallory: Actor, curve: Curve, error: QuatrainError
) -> None:
    """Narrower than the backing covers, outside the mathematics, or the same."""
    pool.stage.send(pool.opening(mallory))
    state = pool.state
    with refused(error):
        pool.stage.send(
            mallory.ticket(
                distribution_trade.trade_distribution, market=pool.address, position=pool.at(mallory),
                old_mean=state.mean, old_deviation=state.deviation, mean=curve[0], deviation=curve[1],
                near=80 * UNIT, far=120 * UNIT, maximum_payment=2**62,
            )
        )  # fmt: skip


def test_the_limit_of_payment_is_exact(pool: Pool, mallory: Actor, stage: Stage) -> None:
    """To the µUSDC, also where money comes back."""
    locked = collateral_of(NORM, OPENING, SHIFTED)
    fee = -(-locked * 3 // 10_000)
    with refused(QuatrainError.SLIPPAGE_EXCEEDED):
        pool.trade(mallory, SHIFTED, maximum_payment=locked + fee - 1)
    pool.trade(mallory, SHIFTED, maximum_payment=locked + fee)
    stage.advance(slots=50)
    with refused(QuatrainError.SLIPPAGE_EXCEEDED):
        pool.trade(mallory, OPENING, maximum_payment=fee - locked - 1)
    pool.trade(mallory, OPENING, maximum_payment=fee - locked)


def test_nobody_locks_what_he_does_not_have(stage: Stage, pool: Pool) -> None:
    """A µUSDC short is refused; with it everything is locked; leaving pays its fee out of what it frees."""
    locked = collateral_of(NORM, OPENING, SHIFTED)
    poor = stage.trader("poor", locked + -(-locked * 3 // 10_000) - 1)
    with refused(QuatrainError.INSUFFICIENT_FUNDS):
        pool.trade(poor, SHIFTED)
    poor.deposit(1)
    pool.trade(poor, SHIFTED)
    assert poor.free == 0
    stage.advance(slots=50)
    pool.trade(poor, OPENING)


def test_trades_are_not_too_small(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """Neither under the least cost of a buy nor under 2^-24 of the backing."""
    with refused(QuatrainError.TRADE_TOO_SMALL):
        pool.trade(mallory, (100 * UNIT + 10, 10 * UNIT))
    stage.change_parameters(minimum_trade=1)
    pool.provide(NORM, 50_000 * USDC)
    for shift in (1, 3):
        with refused(QuatrainError.TRADE_TOO_SMALL):
            pool.trade(mallory, (100 * UNIT + shift, 10 * UNIT))
    stage.change_parameters(minimum_trade=10_000)
    assert pool.trade(mallory, (100 * UNIT + 60, 10 * UNIT)).event.collateral >= 10_000


# -- whose accounts ------------------------------------------------------------------------------------------------------


def test_a_position_of_another_market_or_trader_is_refused(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """Its seeds name both; nobody trades, claims or closes with another's."""
    other, alice = create(stage), stage.trader("alice", RICH)
    pool.trade(alice, SHIFTED)
    stage.advance(slots=50)
    other.trade(mallory, SHIFTED)
    stage.send(pool.opening(mallory))
    honest = pool.trading(mallory, OPENING)
    index = [slot.name for slot in honest.slots].index("position")
    for wrong in (other.at(mallory), pool.at(alice)):
        metas = [*honest.metas]
        metas[index] = type(metas[index])(wrong, False, True)
        with refused(WRONG_BINDING):
            stage.send(type(honest)(honest.declaration, metas, honest.data))
    pool.finish(112 * UNIT)
    other.finish(0)
    for position, market, trader in (
        (pool.at(alice), other.address, alice), (other.at(mallory), pool.address, mallory),
        (pool.at(alice), pool.address, mallory),
    ):  # fmt: skip
        with refused(WRONG_BINDING):
            stage.call(
                distribution_position.claim_distribution,
                trader=trader.address, market=market, position=position, receiver=trader.key.pubkey(),
            )  # fmt: skip


def test_one_position_cannot_be_both_of_a_rejoining(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """Duplicate accounts are refused before anything else."""
    pool.trade(mallory, SHIFTED)
    stage.advance(slots=50)
    pool.trade(stage.trader("bob", RICH), (95 * UNIT, 9 * UNIT))
    with refused(DUPLICATE):
        stage.send(pool.rejoining(mallory, OPENING, rest=0))


def test_a_position_is_opened_once(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """A second opening cannot wipe its collateral; after a claim its address is free, and holds nothing old."""
    pool.trade(mallory, SHIFTED)
    with refused(OCCUPIED):
        stage.send(pool.opening(mallory))
    pool.finish(112 * UNIT)
    claiming = pool.claiming(mallory)
    stage.send(claiming)
    with refused(NOT_INITIALIZED):
        stage.send(claiming)
    stage.svm.airdrop(pool.at(mallory), 10**9)
    with refused(NOT_INITIALIZED):
        stage.send(claiming)


def test_a_closed_position_is_not_revived_in_the_same_transaction(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """Claimed twice in one transaction, or with its rent sent back in between: refused, and nothing is paid."""
    pool.trade(mallory, SHIFTED)
    pool.finish(112 * UNIT)
    free = mallory.free
    with pytest.raises(AssertionError):
        stage.send(pool.claiming(mallory), pool.claiming(mallory))
    assert mallory.free == free
    pool.claim(mallory)


def test_the_other_kinds_accounts_are_refused(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """A market of outcomes is no market of a real number, and a position in one none in the other."""
    binary = stage.create_market()
    mallory.open(binary)
    stage.send(pool.opening(mallory))
    honest = pool.trading(mallory, SHIFTED)
    names = [slot.name for slot in honest.slots]
    for name, wrong in (("market", binary), ("position", mallory.position(binary))):
        metas = [*honest.metas]
        metas[names.index(name)] = type(metas[0])(wrong, False, True)
        with refused(WRONG_DISCRIMINATOR):
            stage.send(type(honest)(honest.declaration, metas, honest.data))


def test_a_market_is_created_once(stage: Stage, pool: Pool) -> None:
    """Its id is used; its address is occupied."""
    with refused(OCCUPIED):
        stage.send(
            stage.ticket(
                distribution_market.create_distribution, admin=stage.admin, verse=address_of(Verse, id=1),
                market=pool.address, id=pool.state.id, norm=NORM, mean=0, deviation=10 * UNIT, backing=BACKING,
                opens_at=stage.now, closes_at=stage.now + DAY, question=pool.state.question,
            )
        )  # fmt: skip


# -- money ---------------------------------------------------------------------------------------------------------------


def test_round_trips_lose_at_any_size(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """There and back, by one position, by two, and through a third curve: less than before, whatever the outcome."""
    generator = random.Random(4)
    before, number = mallory.free, 0
    for _ in range(6):
        shift, width = int(generator.gauss(0, 5) * UNIT), int(10 * UNIT * generator.uniform(0.5, 2))
        stage.advance(slots=200)
        start = pool.curve
        pool.trade(mallory, (100 * UNIT + shift, width), number)
        stage.advance(slots=200)
        pool.trade(mallory, start, number + generator.randrange(2))
        number += 2
    held = sum(pool.position(mallory, n).collateral for n in range(number) if stage.exists(pool.at(mallory, n)))
    assert mallory.free + held < before
    outcome = 103 * UNIT
    pool.finish(outcome)
    for n in range(number):
        if stage.exists(pool.at(mallory, n)):
            pool.claim(mallory, n)
    assert mallory.free < before


def test_dust_does_not_pay(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """The smallest steps there are, a position each, or all by one: rounding is the pool's."""
    stage.change_parameters(minimum_trade=1)
    before, mean = mallory.free, OPENING[0]
    for n in range(6):
        mean += 60
        pool.trade(mallory, (mean, OPENING[1]), n)
        stage.advance(slots=5)
    for n in range(6, 12):
        mean -= 60
        pool.trade(mallory, (mean, OPENING[1]), n)
        stage.advance(slots=5)
    assert pool.curve == OPENING
    pool.finish(109 * UNIT)
    for n in range(12):
        pool.claim(mallory, n)
    assert mallory.free < before


def test_whoever_is_pushed_aside_by_dust_can_leave_all_the_same(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """After the smallest trade that somebody can make, rejoining costs the fee and locks next to nothing."""
    alice = stage.trader("alice", RICH)
    for n, aside in enumerate(((112_000_060, 10 * UNIT), (112 * UNIT, 10_000_100), (111_999_950, 9_999_990))):
        pool.trade(alice, SHIFTED, 2 * n)
        stage.advance(slots=50)
        pool.trade(mallory, aside, n)
        stage.advance(slots=50)
        free = alice.free
        locked = pool.position(alice, 2 * n).collateral
        pool.rejoin(alice, OPENING, 2 * n, 2 * n + 1)
        assert pool.position(alice, 2 * n + 1).collateral < USDC // 10
        assert alice.free > free + locked * 999 // 1_000
        stage.advance(slots=50)


def test_no_order_of_claims_leaves_somebody_unpaid(stage: Stage, pool: Pool) -> None:
    """Ten positions at the worst outcome for the vault, claimed backwards."""
    generator = random.Random(2)
    people = [stage.trader(f"person{i}", RICH) for i in range(3)]
    held: list[tuple[Actor, int]] = []
    for n in range(10):
        who = people[n % 3]
        pool.trade(who, (int(generator.gauss(100, 8) * UNIT), int(generator.uniform(2.3, 15) * UNIT)), n)
        held.append((who, n))
        stage.advance(slots=100)
    pool.finish(pool.curve[0])
    for who, n in reversed(held):
        pool.claim(who, n)
    assert pool.state.escrow <= 10 * 12
    pool.prune()


# -- pauses, pace --------------------------------------------------------------------------------------------------------


def test_pauses_stop_what_enters_and_nothing_that_leaves(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """Under all pauses: no creation, no backing, no collateral more; unwinding, rejoining, claims and cranks go on."""
    alice = stage.trader("alice", RICH)
    pool.trade(alice, SHIFTED)
    stage.advance(slots=50)
    pool.trade(mallory, (112 * UNIT, 9_900_000))
    for n in (1, 2):
        stage.send(pool.opening(alice, n))
    stage.advance(slots=50)
    stage.call(pause.set_pause, admin=stage.admin, scope=15, until=2**62)
    for attempt in (
        lambda: create(stage),
        lambda: pool.provide(NORM, 2 * BACKING),
        lambda: pool.trade(alice, (90 * UNIT, 10 * UNIT), 1),
        lambda: pool.rejoin(alice, (130 * UNIT, 10 * UNIT), 0, 2),
    ):
        with refused(QuatrainError.PAUSED):
            attempt()
    pool.trade(mallory, (112 * UNIT, 9_950_000))
    stage.advance(slots=50)
    pool.rejoin(alice, OPENING, 0, 2)
    pool.close_position(alice)
    pool.sync()
    pool.finish(112 * UNIT)
    pool.claim(mallory)
    pool.claim(alice, 2)
    pool.claim(alice, 1)
    pool.prune()


def test_buys_are_what_pauses_trades(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """The other activities' pauses do not."""
    scope = 15 - (1 << Activity.BUYS)
    stage.call(pause.set_pause, admin=stage.admin, scope=scope, until=2**62)
    pool.trade(mallory, SHIFTED)


def test_the_market_moves_at_the_pace_of_all_markets(stage: Stage, pool: Pool, mallory: Actor) -> None:
    """100 points of probability gather, 2 come back each slot; leaving has as much again."""
    pool.trade(mallory, (160 * UNIT, 10 * UNIT))
    with refused(QuatrainError.PRICE_MOVES_TOO_FAST):
        pool.trade(mallory, (161 * UNIT, 10 * UNIT), 1)
    pool.trade(mallory, OPENING)
    stage.advance(slots=49)
    with refused(QuatrainError.PRICE_MOVES_TOO_FAST):
        pool.trade(mallory, (100_500_000, 10 * UNIT))
    stage.advance(slots=2)
    pool.trade(mallory, (100_500_000, 10 * UNIT))
