"""Markets of a real number on chain: their life, their numbers against the reals, and who gets what."""

from __future__ import annotations

from typing import Any

import pytest

from quatrain.core.distribution import MAXIMUM_DEVIATION, MAXIMUM_NORM, MAXIMUM_OUTCOME
from quatrain.program import distribution_market, distribution_trade
from quatrain.program.distribution_events import (
    DistributionClaimed,
    DistributionCreated,
    DistributionLiquidityChanged,
    DistributionPositionClosed,
    DistributionPositionOpened,
    DistributionRejoined,
    DistributionResolved,
    DistributionTraded,
)
from quatrain.program.errors import QuatrainError
from quatrain.program.events import MarketClosed, MarketPruned
from quatrain.program.state import MarketStatus
from tests.core.test_distribution import deepest
from tests.svm.gaussian import BACKING, NORM, OPENING, UNIT, Curve, collateral_of, create, creation
from tests.svm.refusals import refused
from tests.svm.stage import QUESTION, Stage
from tests.svm.world import USDC, height

SHIFTED: Curve = (112 * UNIT, 10 * UNIT)


# -- creation ------------------------------------------------------------------------------------------------------------


def test_a_market_begins_with_its_curve_and_the_vaults_backing(stage: Stage) -> None:
    """The backing is the escrow, and the vault's subsidy at par."""
    cash = stage.protocol.lp_cash
    id = stage.protocol.next_market_id
    event = stage.send(creation(stage)).event
    assert isinstance(event, DistributionCreated)
    state = create(stage).state
    assert (event.id, event.norm, event.mean, event.deviation, event.backing) == (id, NORM, *OPENING, BACKING)
    assert (state.id, state.status, state.norm, state.backing, state.escrow) == (id + 1, 1, NORM, BACKING, BACKING)
    assert (state.mean, state.deviation) == (state.opening_mean, state.opening_deviation) == OPENING
    assert (state.question, state.positions, state.sequence) == (QUESTION, 0, 1)
    assert stage.protocol.lp_cash == cash - 2 * BACKING
    assert stage.protocol.subsidies_out == 2 * BACKING


def test_the_two_kinds_of_market_share_their_ids(stage: Stage) -> None:
    """A number names one market, of whichever kind."""
    id = stage.protocol.next_market_id
    create(stage)
    with refused(QuatrainError.ID_OUT_OF_RANGE):
        stage.send(stage.creation([500_000_000] * 2, id=id))
    stage.create_market()
    assert create(stage).state.id == id + 2


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"deviation": UNIT - 1}, QuatrainError.CURVE_OUT_OF_RANGE),
        ({"deviation": 0}, QuatrainError.CURVE_OUT_OF_RANGE),
        ({"deviation": MAXIMUM_DEVIATION + 1}, QuatrainError.CURVE_OUT_OF_RANGE),
        ({"deviation": 2**64 - 1}, QuatrainError.CURVE_OUT_OF_RANGE),
        ({"mean": MAXIMUM_OUTCOME + 1}, QuatrainError.CURVE_OUT_OF_RANGE),
        ({"mean": -MAXIMUM_OUTCOME - 1}, QuatrainError.CURVE_OUT_OF_RANGE),
        ({"mean": -(2**63)}, QuatrainError.CURVE_OUT_OF_RANGE),
        ({"norm": 0}, QuatrainError.CURVE_OUT_OF_RANGE),
        ({"norm": MAXIMUM_NORM + 1}, QuatrainError.CURVE_OUT_OF_RANGE),
        ({"deviation": 2_250_000}, QuatrainError.DEVIATION_TOO_SMALL),
        ({"norm": 3 * UNIT, "deviation": 100 * UNIT}, QuatrainError.NORM_INVALID),
        ({"backing": 999_999}, QuatrainError.LIQUIDITY_OUT_OF_RANGE),
        ({"backing": 2**64 - 1}, QuatrainError.LIQUIDITY_OUT_OF_RANGE),
        ({"backing": 60_000 * USDC}, QuatrainError.SUBSIDY_ABOVE_MARKET_CAP),
        ({"opens_at": 2**62, "closes_at": 2**62}, QuatrainError.SCHEDULE_INVALID),
        ({"opens_at": 0, "closes_at": 10}, QuatrainError.SCHEDULE_INVALID),
    ],
)
def test_what_makes_no_market_is_refused(stage: Stage, changes: dict[str, Any], error: QuatrainError) -> None:
    """Curves outside the mathematics, uncovered ones, peaks below a USDC, and what no market of any kind may be."""
    with refused(error):
        create(stage, **changes)


def test_the_narrowest_curve_is_the_formulas(stage: Stage) -> None:
    """The design's vector, k = 100 and b = 50: σ from 2.25676 on."""
    numbers = {"norm": 100 * USDC, "backing": 50 * USDC}
    create(stage, (0, 2_256_760), **numbers)
    with refused(QuatrainError.DEVIATION_TOO_SMALL):
        create(stage, (0, 2_256_740), **numbers)


# -- trades --------------------------------------------------------------------------------------------------------------


def test_a_trade_locks_its_worst_case_and_pays_the_fee(stage: Stage) -> None:
    """Money leaves the trader's free balance for escrow and fees alone."""
    pool, alice = create(stage), stage.trader("alice", 20_000 * USDC)
    opened = stage.send(pool.opening(alice, 7)).event
    assert isinstance(opened, DistributionPositionOpened)
    event = pool.trade(alice, SHIFTED, 7).event
    assert isinstance(event, DistributionTraded)
    locked = collateral_of(NORM, OPENING, SHIFTED)
    assert locked == pytest.approx(float(deepest(NORM, *OPENING, *SHIFTED)), abs=10)
    assert (event.number, event.mean, event.deviation) == (7, *SHIFTED)
    assert (event.collateral, event.fee) == (locked, -(-locked * 3 // 10_000))
    assert alice.free == 20_000 * USDC - event.collateral - event.fee
    position, state = pool.position(alice, 7), pool.state
    assert (position.from_mean, position.from_deviation, position.mean, position.deviation) == (*OPENING, *SHIFTED)
    assert (state.escrow, state.fees_due, state.volume) == (BACKING + locked, event.fee, locked)
    assert (position.collateral, position.fees, alice.state.volume) == (locked, event.fee, locked)


def test_a_position_is_one_step_from_its_first_curve_to_its_last(stage: Stage) -> None:
    """However it got there: the collateral is that of the direct way, and what is not needed is free."""
    pool, alice = create(stage), stage.trader("alice", 60_000 * USDC)
    for curve in ((90 * UNIT, 20 * UNIT), (150 * UNIT, 9 * UNIT), (112 * UNIT, 3 * UNIT), SHIFTED):
        pool.trade(alice, curve)
        assert pool.position(alice).collateral == collateral_of(NORM, OPENING, curve)
        assert pool.curve == curve
        stage.advance(slots=200)
    spent = 60_000 * USDC - alice.free
    assert spent == pool.position(alice).collateral + pool.state.fees_due


def test_unwound_a_position_has_paid_only_fees(stage: Stage) -> None:
    """Back where it began it is empty; it can be closed, or start anew from there."""
    pool, alice = create(stage), stage.trader("alice", 20_000 * USDC)
    pool.trade(alice, SHIFTED)
    stage.advance(slots=50)
    event = pool.trade(alice, OPENING).event
    state, position = pool.state, pool.position(alice)
    assert (event.collateral, position.collateral, position.deviation, position.from_deviation) == (0, 0, 0, 0)
    assert alice.free == 20_000 * USDC - state.fees_due
    assert (state.escrow, pool.curve) == (BACKING, OPENING)
    stage.advance(slots=50)
    pool.trade(alice, (95 * UNIT, 11 * UNIT))
    stage.advance(slots=50)
    pool.trade(alice, OPENING)
    closed = pool.close_position(alice).event
    assert isinstance(closed, DistributionPositionClosed)
    assert closed.positions_left == 0
    alice.withdraw(alice.free)
    alice.close_trader()


def test_everybodys_exposure_adds_up_to_the_market(stage: Stage) -> None:
    """Two traders, three positions; the one left behind keeps its curves."""
    pool, alice, bob = create(stage), stage.trader("alice", 20_000 * USDC), stage.trader("bob", 20_000 * USDC)
    pool.trade(alice, SHIFTED)
    stage.advance(slots=50)
    pool.trade(bob, (105 * UNIT, 7 * UNIT))
    stage.advance(slots=50)
    with refused(QuatrainError.POSITION_LEFT_BEHIND):
        pool.trade(alice, OPENING)
    pool.trade(alice, (100 * UNIT, 30 * UNIT), 1)
    with refused(QuatrainError.POSITION_NOT_EMPTY):
        pool.close_position(alice)


# -- rejoining -----------------------------------------------------------------------------------------------------------


def test_a_position_left_behind_can_still_leave(stage: Stage) -> None:
    """It goes back to where it began, from wherever the market is; the rest locks what others' small step is worth."""
    pool, alice, bob = create(stage), stage.trader("alice", 4_000 * USDC), stage.trader("bob", 20_000 * USDC)
    pool.trade(alice, SHIFTED)
    before = pool.position(alice).collateral
    alice.withdraw(alice.free)
    stage.advance(slots=50)
    pool.trade(bob, (112_200_000, 10_100_000))
    stage.advance(slots=50)
    rejoined, traded = pool.rejoin(alice, OPENING).events
    assert isinstance(rejoined, DistributionRejoined)
    assert (rejoined.number, rejoined.rest, rejoined.mean, rejoined.deviation) == (0, 1, *SHIFTED)
    assert (traded.number, traded.collateral) == (0, 0)
    assert pool.position(alice).deviation == 0
    rest = pool.position(alice, 1)
    assert rest.collateral == rejoined.collateral == collateral_of(NORM, (112_200_000, 10_100_000), SHIFTED)
    assert rest.collateral < before // 10
    assert alice.free == before - rest.collateral - traded.fee
    assert pool.curve == OPENING


def test_rejoining_changes_nobodys_payoff(stage: Stage) -> None:
    """Position and rest together are worth g − f at any outcome, to a µUSDC or few; and in the end all are paid."""
    pool, alice, bob = create(stage), stage.trader("alice", 50_000 * USDC), stage.trader("bob", 50_000 * USDC)
    pool.trade(alice, SHIFTED)
    stage.advance(slots=50)
    pool.trade(bob, (105 * UNIT, 8 * UNIT))
    stage.advance(slots=50)
    pool.rejoin(alice, (101 * UNIT, 12 * UNIT))
    curves = [(p.from_mean, p.from_deviation, p.mean, p.deviation) for p in (pool.position(alice, n) for n in (0, 1))]
    assert curves == [(*OPENING, 101 * UNIT, 12 * UNIT), (105 * UNIT, 8 * UNIT, *SHIFTED)]
    outcome = 107 * UNIT
    locked = sum(pool.position(alice, n).collateral for n in (0, 1))
    pool.finish(outcome)
    paid = sum(pool.claim(alice, n).event.payout for n in (0, 1)) - locked
    way = ((SHIFTED, OPENING), ((101 * UNIT, 12 * UNIT), (105 * UNIT, 8 * UNIT)))
    exact = sum(height(NORM, *last, outcome) - height(NORM, *first, outcome) for last, first in way)
    assert paid == pytest.approx(exact, abs=12)


def test_rejoining_needs_a_full_and_an_empty_position(stage: Stage) -> None:
    """Neither the other way round nor two of a kind."""
    pool, alice, bob = create(stage), stage.trader("alice", 50_000 * USDC), stage.trader("bob", 50_000 * USDC)
    pool.trade(alice, SHIFTED)
    stage.advance(slots=50)
    pool.trade(bob, (105 * UNIT, 8 * UNIT))
    stage.advance(slots=50)
    stage.send(pool.opening(alice, 1))
    stage.send(pool.opening(alice, 2))
    ticket = pool.rejoining(alice, OPENING)
    for pair in ((1, 0), (1, 2)):
        position, rest = (pool.at(alice, n) for n in pair)
        wrong = alice.ticket(
            distribution_trade.rejoin_distribution, market=pool.address, position=position, rest=rest, old_mean=105 * UNIT,
            old_deviation=8 * UNIT, mean=OPENING[0], deviation=OPENING[1], near=0, far=0, rest_near=0, rest_far=0,
            maximum_payment=0,
        )  # fmt: skip
        with refused(QuatrainError.REST_INVALID):
            stage.send(wrong)
    stage.send(ticket)


def test_rejoining_where_nobody_moved_is_a_plain_trade(stage: Stage) -> None:
    """The rest stays empty."""
    pool, alice = create(stage), stage.trader("alice", 50_000 * USDC)
    pool.trade(alice, SHIFTED)
    stage.advance(slots=50)
    pool.rejoin(alice, (105 * UNIT, 8 * UNIT))
    assert pool.position(alice, 1).deviation == 0
    assert pool.position(alice).collateral == collateral_of(NORM, OPENING, (105 * UNIT, 8 * UNIT))


# -- liquidity -----------------------------------------------------------------------------------------------------------


def test_backing_lets_a_curve_be_narrower(stage: Stage) -> None:
    """Twice the backing covers a quarter of the deviation; positions keep theirs."""
    pool, alice = create(stage), stage.trader("alice", 90_000 * USDC)
    pool.trade(alice, (112 * UNIT, 2_300_000))
    stage.advance(slots=50)
    with refused(QuatrainError.DEVIATION_TOO_SMALL):
        pool.trade(alice, (112 * UNIT, 1_200_000))
    event = pool.provide(NORM, 2 * BACKING).event
    assert isinstance(event, DistributionLiquidityChanged)
    assert (event.norm, event.backing, event.before) == (NORM, 2 * BACKING, BACKING)
    pool.trade(alice, (112 * UNIT, 1_200_000))
    assert stage.protocol.subsidies_out == 2 * BACKING


def test_without_positions_liquidity_is_free_to_change(stage: Stage) -> None:
    """Norm and backing up and down; what leaves is the vault's cash at once, and no profit that vests."""
    pool, alice = create(stage), stage.trader("alice", 20_000 * USDC)
    cash = stage.protocol.lp_cash
    pool.provide(3 * NORM, 4 * BACKING)
    assert stage.protocol.lp_cash == cash - 3 * BACKING
    pool.provide(NORM // 4, BACKING // 2)
    protocol, state = stage.protocol, pool.state
    assert (protocol.lp_cash, protocol.vesting_profit) == (cash + BACKING // 2, 0)
    assert (state.norm, state.backing, state.escrow) == (NORM // 4, BACKING // 2, BACKING // 2)
    pool.trade(alice, SHIFTED)
    assert pool.position(alice).collateral == collateral_of(NORM // 4, OPENING, SHIFTED)
    for norm, backing in ((NORM // 4 + 1, BACKING), (NORM // 4 - 1, BACKING), (NORM // 4, BACKING // 2 - 1)):
        with refused(QuatrainError.LIQUIDITY_FIXED):
            pool.provide(norm, backing)
    pool.provide(NORM // 4, BACKING // 2)
    stage.advance(slots=50)
    pool.trade(alice, OPENING)
    pool.provide(NORM, BACKING)


def test_liquidity_keeps_to_the_gates_of_a_creation(stage: Stage) -> None:
    """One market's part of the vault counts what it has already; curves must stay covered, and their norm sound."""
    pool = create(stage)
    with refused(QuatrainError.SUBSIDY_ABOVE_MARKET_CAP):
        pool.provide(NORM, 50_001 * USDC)
    pool.provide(NORM, 50_000 * USDC)
    for norm, backing, error in (
        (NORM, 4_750 * USDC, QuatrainError.DEVIATION_TOO_SMALL),
        (UNIT // 100, BACKING, QuatrainError.NORM_INVALID),
        (0, BACKING, QuatrainError.CURVE_OUT_OF_RANGE),
        (NORM, 2**63, QuatrainError.LIQUIDITY_OUT_OF_RANGE),
    ):
        with refused(error):
            pool.provide(norm, backing)
    pool.close()
    with refused(QuatrainError.MARKET_NOT_OPEN):
        pool.provide(NORM, BACKING)


# -- the end -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [112 * UNIT, 100 * UNIT, 95 * UNIT, 106 * UNIT, -(2**50), 2**50])
def test_positions_are_paid_what_their_curves_say(stage: Stage, outcome: int) -> None:
    """Collateral + g(x) − f(x) to a µUSDC or few, never more; the vault gets the rest; then nothing is left."""
    pool, alice, bob = create(stage), stage.trader("alice", 20_000 * USDC), stage.trader("bob", 20_000 * USDC)
    pool.trade(alice, SHIFTED)
    stage.advance(slots=50)
    pool.trade(bob, (105 * UNIT, 7 * UNIT))
    escrow, cash = pool.state.escrow, stage.protocol.lp_cash
    pool.close()
    event = stage.send(pool.resolving(outcome)).event
    assert isinstance(event, DistributionResolved)
    assert (event.outcome, event.void, event.claims + event.returned) == (outcome, False, escrow)
    assert stage.protocol.lp_cash == cash + event.returned
    for who, first, last in ((alice, OPENING, SHIFTED), (bob, SHIFTED, (105 * UNIT, 7 * UNIT))):
        held, free = pool.position(who).collateral, who.free
        claimed = pool.claim(who).event
        exact = held + height(NORM, *last, outcome) - height(NORM, *first, outcome)
        assert isinstance(claimed, DistributionClaimed)
        assert (claimed.collateral, who.free - free) == (held, claimed.payout)
        assert -12 <= claimed.payout - exact <= 1e-9 * exact
        assert not stage.exists(pool.at(who))
    assert pool.state.escrow <= 24
    pruned = pool.prune().events[-1]
    assert isinstance(pruned, MarketPruned)
    assert pruned.dust <= 24
    assert stage.protocol.markets == 0


def test_the_vault_loses_no_more_than_its_backing(stage: Stage) -> None:
    """A prophet who narrows the curve to the outcome takes almost all of it, and no more."""
    pool, prophet = create(stage), stage.trader("prophet", 100_000 * USDC)
    before = prophet.free
    pool.trade(prophet, (200 * UNIT, 2_257_000))
    pool.finish(200 * UNIT)
    pool.claim(prophet)
    assert BACKING * 99 // 100 < prophet.free - before < BACKING
    pool.sync()


def test_in_a_void_market_collateral_goes_back(stage: Stage) -> None:
    """To whoever locked it, to the µUSDC; the vault has all of its backing."""
    pool, alice = create(stage), stage.trader("alice", 20_000 * USDC)
    pool.trade(alice, SHIFTED)
    locked, cash = pool.position(alice).collateral, stage.protocol.lp_cash
    pool.close()
    for outcome in (1, -1):
        with refused(QuatrainError.OUTCOME_OUT_OF_RANGE):
            stage.send(pool.resolving(outcome, True))
    stage.send(pool.resolving(0, True))
    assert stage.protocol.lp_cash == cash + BACKING
    assert pool.claim(alice).event.payout == locked
    assert pool.state.escrow == 0


def test_an_empty_position_can_be_claimed_by_anybody(stage: Stage) -> None:
    """So none is in the way of pruning; its rent goes to its owner."""
    pool, alice = create(stage), stage.trader("alice")
    stage.send(pool.opening(alice))
    rent, before = stage.lamports(pool.at(alice)), stage.lamports(alice.key.pubkey())
    pool.finish(100 * UNIT)
    assert pool.claim(alice).event.payout == 0
    assert stage.lamports(alice.key.pubkey()) == before + rent
    pool.prune()


def test_the_life_of_a_market_has_its_order(stage: Stage) -> None:
    """Open, closed, resolved, pruned; nothing too early, nothing twice."""
    pool, alice = create(stage, opens_at=stage.now + 100), stage.trader("alice", 20_000 * USDC)
    with refused(QuatrainError.TRADING_NOT_STARTED):
        pool.trade(alice, SHIFTED)
    stage.advance(100)
    pool.trade(alice, SHIFTED)
    with refused(QuatrainError.MARKET_STILL_OPEN):
        stage.call(distribution_market.close_distribution, authority=alice.key, market=pool.address)
    with refused(QuatrainError.MARKET_NOT_CLOSED):
        stage.send(pool.resolving(0))
    with refused(QuatrainError.MARKET_NOT_RESOLVED):
        pool.claim(alice)
    early = stage.call(distribution_market.close_distribution, authority=stage.oracle, market=pool.address).event
    assert isinstance(early, MarketClosed)
    assert early.early
    for attempt in (lambda: pool.trade(alice, OPENING), lambda: stage.send(pool.opening(alice, 1))):
        with refused(QuatrainError.TRADING_ENDED):
            attempt()
    with refused(QuatrainError.MARKET_NOT_OPEN):
        pool.close()
    for outcome in (MAXIMUM_OUTCOME + 1, -MAXIMUM_OUTCOME - 1, -(2**63), 2**63 - 1):
        with refused(QuatrainError.OUTCOME_OUT_OF_RANGE):
            stage.send(pool.resolving(outcome))
    stage.send(pool.resolving(0))
    with refused(QuatrainError.MARKET_NOT_CLOSED):
        stage.send(pool.resolving(1))
    with refused(QuatrainError.PRUNE_TOO_EARLY):
        stage.send(pool.pruning())
    stage.advance(slots=stage.protocol.parameters.prune_delay_slots)
    with refused(QuatrainError.MARKET_HAS_POSITIONS):
        stage.send(pool.pruning())
    pool.claim(alice)
    stage.send(pool.pruning())
    assert not stage.exists(pool.address)


def test_fees_are_shared_out(stage: Stage) -> None:
    """A sync moves them to vault, stakers, treasury and insurance; another one does nothing."""
    pool, alice = create(stage), stage.trader("alice", 20_000 * USDC)
    fee = pool.trade(alice, SHIFTED).event.fee
    before = stage.protocol
    event = pool.sync().event
    after = stage.protocol
    assert event.vault + event.stakers + event.treasury + event.insurance == fee
    assert (after.lp_cash - before.lp_cash, after.insurance - before.insurance) == (event.vault, event.insurance)
    assert pool.state.fees_due == 0
    assert pool.sync().events == []
    assert pool.state.status == MarketStatus.OPEN


def test_events_are_chained_without_gaps(stage: Stage) -> None:
    """Numbers from 0, whatever happens to the market."""
    pool, alice, bob = create(stage), stage.trader("alice", 20_000 * USDC), stage.trader("bob", 20_000 * USDC)
    receipts = [stage.send(pool.opening(who, n)) for who, n in ((alice, 0), (alice, 1), (bob, 0))]
    receipts += [pool.trade(alice, SHIFTED), pool.provide(NORM, 2 * BACKING)]
    stage.advance(slots=50)
    receipts.append(pool.trade(bob, (90 * UNIT, 9 * UNIT)))
    stage.advance(slots=50)
    receipts += [pool.rejoin(alice, OPENING), pool.sync(), pool.close(), stage.send(pool.resolving(0, True))]
    numbers = [event.sequence for receipt in receipts for event in receipt.events]
    assert numbers == list(range(1, 12))
    assert pool.state.sequence == 12
