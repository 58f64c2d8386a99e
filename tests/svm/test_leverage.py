"""Loans on chain: where the money goes, what the line refuses, who may be liquidated and by how much."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, exp
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hognose.lang import Pubkey
from quatrain.core.leverage import LEVERAGE_ONE, Bound, is_within
from quatrain.core.water_line import MARGIN_BITS, NO_RUNG, RUNGS, rung_for
from quatrain.program import beside_loans, book, feed, leverage, trader
from quatrain.program import market as market_module
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.errors import QuatrainError
from quatrain.program.feed import outside_price
from quatrain.program.lending import payable
from quatrain.program.liquidation import dues, healing_shares, trigger_ceil
from quatrain.program.loan_events import LeverageTraded, Liquidated
from quatrain.program.loan_state import Book, Feed
from quatrain.program.makers import price_of
from quatrain.program.state import PRICE_ONE, Market, Order, Position, Trader
from tests.svm.lending import Lender
from tests.svm.loan_scenes import LOAN, LOAN_SCENES, SHARES, borrowed
from tests.svm.refusals import refused
from tests.svm.stage import QUESTION, Actor, Stage
from tests.svm.world import DAY, USDC, Ticket, address_of, reserves

# -- the money -----------------------------------------------------------------------------------------------------------


def test_a_loan_pays_for_a_part_of_the_shares(stage: Stage) -> None:
    """The trader pays cost − loan + fee + interest; the loan leaves the cash, and is the position's debt."""
    lender, alice = Lender(stage), stage.trader("alice", 10_000 * USDC)
    cash = lender.state.cash
    event = lender.borrow(alice, SHARES, LOAN, days=5).events[-1]
    loan, state = lender.loan(alice), lender.state

    assert isinstance(event, LeverageTraded)
    assert 10_000 * USDC - alice.free == event.amount + event.fee - LOAN + event.interest
    assert (loan.shares, loan.debt, loan.margin) == (SHARES, LOAN, event.amount - LOAN)
    assert (state.cash, state.debt, state.interest, state.loans) == (cash - LOAN, LOAN, event.interest, 1)
    used = Fraction(LOAN, cash)
    rate = Fraction(1, 100_000) + (Fraction(2, 10_000) - Fraction(1, 100_000)) * used / Fraction(8, 10)
    assert 0 <= event.interest - LOAN * rate * 5 * 24 <= 2 * 5 * 24 * LOAN / 10**8 + 1
    assert loan.loan_until == stage.now + 5 * DAY


def test_a_sale_repays_first_and_unused_interest_comes_back(stage: Stage) -> None:
    """All proceeds go to the debt until none is left; of the prepaid interest, the part of the time not used."""
    lender, alice = Lender(stage), stage.trader("alice", 10_000 * USDC)
    paid = lender.borrow(alice, SHARES, LOAN, days=4).events[-1].interest
    stage.advance(seconds=DAY, slots=1_000)
    free = alice.free
    part = lender.close(alice, 200 * USDC).event
    assert part.debt == LOAN - (part.amount - part.fee)
    assert alice.free - free == part.refund
    whole = lender.close(alice).event
    assert (whole.debt, whole.margin, lender.state.debt, lender.state.interest) == (0, 0, 0, 0)
    assert 0 <= paid * Fraction(3, 4) - (part.refund + whole.refund) <= 3
    assert lender.state.earned == paid - part.refund - whole.refund


@given(debt=st.integers(1, 2**40), amount=st.integers(0, 2**41))
def test_a_partial_payment_leaves_nothing_or_fifty(debt: int, amount: int) -> None:
    """No payment leaves a debt below 50 USDC, except of one that was smaller; and it never takes more than it is given."""
    paid = payable(debt, amount)
    assert 0 <= paid <= min(debt, amount)
    assert debt - paid == 0 or debt - paid >= min(debt, 50 * USDC) or debt < 50 * USDC
    assert paid == debt or amount < debt


def test_interest_and_penalties_reach_vault_and_insurance(stage: Stage) -> None:
    """With the next sync, to the µUSDC; the vault's loans are back at par."""
    lender, alice, bob = borrowed(stage_of(stage))
    lender.trade(bob, Order.BUY, 5_000 * USDC, 1)
    stage.advance(slots=60, seconds=24)
    lender.report(10**8)
    lender.liquidate(bob, alice)
    owed = lender.state.earned, lender.state.penalties
    before = stage.protocol
    lender.sync()
    after = stage.protocol
    assert min(owed) > 0
    assert (after.lp_cash - before.lp_cash, after.insurance - before.insurance) == owed
    assert lender.state.cash + lender.state.debt == after.loans_out


def stage_of(stage: Stage) -> Stage:
    """The stage as it is, for scenes that furnish one themselves."""
    stage.furnish = lambda vault=0: stage
    return stage


def test_margin_can_be_added_and_removed(stage: Stage) -> None:
    """Adding repays, removing borrows; a position without debt can be borrowed on."""
    lender, alice = Lender(stage), stage.trader("alice", 10_000 * USDC)
    alice.buy(lender.address, SHARES)
    until = stage.now + 2 * DAY
    stage.send(lender.syncing(), lender.leverage(alice, leverage.remove_margin, amount=LOAN, until=until))
    loan = lender.loan(alice)
    assert loan.debt == LOAN
    stage.send(lender.leverage(alice, leverage.add_margin, amount=100 * USDC))
    assert lender.loan(alice).debt == LOAN - 100 * USDC
    assert lender.loan(alice).margin == loan.margin + 100 * USDC
    stage.send(lender.leverage(alice, leverage.add_margin, amount=2**63))
    assert (lender.loan(alice).debt, lender.loan(alice).margin, lender.state.loans) == (0, 0, 0)
    assert not stage.market(lender.address).indebted
    alice.sell(lender.address, SHARES)


def test_a_loan_within_one_transaction_gains_nothing(stage: Stage) -> None:
    """Borrowed and repaid at once, it costs two fees and nothing comes out of it."""
    lender, alice = Lender(stage), stage.trader("alice", 10_000 * USDC)
    alice.open(lender.address)
    values = {"shares": SHARES, "maximum_cost": 2**62, "loan": LOAN, "until": stage.now + DAY}
    stage.send(
        lender.leverage(alice, leverage.open_leverage, **values),
        lender.leverage(alice, leverage.close_leverage, shares=SHARES, minimum_proceeds=0),
    )
    assert alice.free < 10_000 * USDC
    assert lender.state.debt == 0


# -- the line ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "normal"), [(2, False), (3, False), (2, True)])
def test_no_ordinary_trade_passes_the_line(stage: Stage, count: int, normal: bool) -> None:
    """Neither a sale of the outcome nor a purchase of another; what raises the price, and what stays above, does."""
    lender = Lender(stage, count, normal=normal)
    alice, bob = stage.trader("alice", 50_000 * USDC), stage.trader("bob", 50_000 * USDC)
    bob.buy(lender.address, 9_000 * USDC)
    stage.advance(slots=100)
    price = price_of(stage.market(lender.address), 0)
    lender.borrow(alice, 2_000 * USDC, 2_000 * USDC * price * 89 // 100 // PRICE_ONE)
    bob.open(lender.address, 1)
    stage.advance(slots=100)
    with refused(QuatrainError.WATER_LINE):
        lender.trade(bob, Order.SELL, 9_000 * USDC)
    with refused(QuatrainError.WATER_LINE):
        lender.trade(bob, Order.BUY, 30_000 * USDC, 1)
    lender.trade(bob, Order.SELL, 1_000 * USDC)
    lender.trade(bob, Order.BUY, 1_000 * USDC)
    lender.close(alice)
    stage.advance(slots=100)
    bob.sell(lender.address, 9_000 * USDC)


def test_ordinary_instructions_want_the_book_where_there_are_loans(stage: Stage) -> None:
    """Without it nobody could hold the line; positions with debt are for the instructions of leverage."""
    lender, alice, bob = borrowed(stage_of(stage))
    with refused(QuatrainError.LOANS_OUTSTANDING):
        bob.buy(lender.address, USDC, 1)
    with refused(QuatrainError.LOANS_OUTSTANDING):
        stage.send(bob.batching(lender.address, [(1, Order.BUY, USDC, 2**62)]))
    with refused(QuatrainError.POSITION_INDEBTED):
        lender.trade(alice, Order.SELL, USDC)
    with refused(QuatrainError.POSITION_FREE_OF_DEBT):
        lender.close(bob, USDC, 1)


def test_a_liquidation_in_the_same_transaction_makes_room(stage: Stage) -> None:
    """A sale that the line refuses passes behind the liquidation that it needs."""
    lender = Lender(stage, scale=1_000 * USDC)
    alice, bob = stage.trader("alice", 50_000 * USDC), stage.trader("bob", 50_000 * USDC)
    bob.buy(lender.address, 2_000 * USDC)
    stage.advance(slots=100)
    lender.open_feed()
    lender.borrow(alice, 120 * USDC, 90 * USDC)
    stage.advance(slots=100)
    lender.report(PRICE_ONE // 10)
    low = 0
    while stage.simulate(selling(lender, bob, low + 50 * USDC))[0] is None:
        low += 50 * USDC
    lender.trade(bob, Order.SELL, low)
    with refused(QuatrainError.WATER_LINE):
        lender.trade(bob, Order.SELL, 50 * USDC)
    for _ in range(60):
        if not stage.market(lender.address).indebted:
            break
        lender.report(PRICE_ONE // 10)
        stage.send(lender.liquidation(bob, alice))
        stage.advance()
    lender.trade(bob, Order.SELL, 50 * USDC)


def selling(lender: Lender, actor: Actor, shares: int) -> Ticket:
    """A sale beside the loans, not sent."""
    return actor.ticket(
        beside_loans.trade_beside_loans,
        market=lender.address,
        book=lender.book,
        position=actor.position(lender.address, 0),
        order=Order.SELL,
        amount=shares or 1,
        limit=0,
    )


def test_a_pmamm_shrinks_only_as_far_as_the_line(stage: Stage) -> None:
    """With a loan near its line, the liquidity stops above what time alone would leave; without, it does not."""
    lender = Lender(stage, normal=True)
    alice = stage.trader("alice", 50_000 * USDC)
    lender.borrow(alice, 3_000 * USDC, 1_300 * USDC, days=7)
    stage.advance(slots=100)
    lender.trade(stage.trader("bob", 50_000 * USDC), Order.BUY, 1_200 * USDC, 1)
    stage.advance(seconds=6 * DAY, slots=1_000_000)
    opening = stage.market(lender.address).opening_liquidity
    by_time = opening * (25 / 31) ** 0.5
    lender.shrink()
    held = stage.market(lender.address).liquidity
    assert by_time * 1.01 < held < opening
    with refused(QuatrainError.LINE_HOLDS_LIQUIDITY):
        lender.shrink()
    lender.close(alice)
    stage.sync(lender.address)
    assert stage.market(lender.address).liquidity == pytest.approx(by_time, rel=2e-3)


# -- what a loan may be -----------------------------------------------------------------------------------------------------


def test_caps(stage: Stage) -> None:
    """Above 10x it takes a disclosure and three fresh reporters; the cap of the book binds in any case."""
    lender, alice = Lender(stage), stage.trader("alice", 50_000 * USDC)
    shares = 200 * USDC
    most = shares // 2
    assert lender.state.cap > 10 * LEVERAGE_ONE
    with refused(QuatrainError.LEVERAGE_ABOVE_CAP):
        lender.borrow(alice, shares, most * 92 // 100)
    lender.open_feed()
    lender.report(PRICE_ONE // 2)
    with refused(QuatrainError.LEVERAGE_ABOVE_CAP):
        lender.borrow(alice, shares, most * 92 // 100)
    stage.send(alice.ticket(trader.acknowledge_risk, disclosure=QUESTION))
    lender.borrow(alice, shares, most * 92 // 100)
    bob = stage.trader("bob", 50_000 * USDC)
    stage.send(bob.ticket(trader.acknowledge_risk, disclosure=QUESTION))
    stage.advance(seconds=61)
    with refused(QuatrainError.LEVERAGE_ABOVE_CAP):
        lender.borrow(bob, shares, most * 92 // 100)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"loan": 40 * USDC}, QuatrainError.DEBT_TOO_SMALL),
        ({"loan": 6_000 * USDC}, QuatrainError.LOAN_CASH_SHORT),
        ({"loan": 515 * USDC}, QuatrainError.LEVERAGE_ABOVE_CAP),
        ({"loan": 600 * USDC}, QuatrainError.LEVERAGE_ABOVE_CAP),
        ({"until": 0}, QuatrainError.TERM_INVALID),
        ({"until": 8 * DAY}, QuatrainError.TERM_INVALID),
        ({"maximum_cost": 400 * USDC}, QuatrainError.SLIPPAGE_EXCEEDED),
    ],
)
def test_loans_that_are_refused(stage: Stage, changes: dict[str, int], error: QuatrainError) -> None:
    """Each with its reason."""
    lender, alice = Lender(stage), stage.trader("alice", 50_000 * USDC)
    alice.open(lender.address)
    values = {"shares": SHARES, "maximum_cost": 2**62, "loan": LOAN, "until": DAY} | changes
    values["until"] += stage.now
    with refused(error):
        stage.send(lender.leverage(alice, leverage.open_leverage, **values))


def test_no_line_stands_where_prices_are_too_coarse(stage: Stage) -> None:
    """Nine scales of log-odds up; and no debt that even the highest rung does not cover."""
    lender, carol = Lender(stage, scale=200 * USDC), stage.trader("carol", 50_000 * USDC)
    carol.open(lender.address, 0)
    stage.trader("bob", 50_000 * USDC).buy(lender.address, 1_000 * USDC, 1)
    stage.advance(slots=100)
    carol.buy(lender.address, 2_800 * USDC)
    until = stage.now + DAY
    with refused(QuatrainError.LINE_TOO_HIGH):
        stage.send(lender.syncing(), lender.leverage(carol, leverage.remove_margin, amount=2_450 * USDC, until=until))


def test_no_debt_above_the_highest_rung(stage: Stage) -> None:
    """Where even its price would not repay, whatever the cap allows."""
    lender, carol = Lender(stage, scale=1_000 * USDC, cash=10_000 * USDC), stage.trader("carol", 50_000 * USDC)
    stage.send(carol.ticket(trader.acknowledge_risk, disclosure=QUESTION))
    lender.open_feed()
    carol.buy(lender.address, 6_000 * USDC)
    stage.advance(slots=100_000_000)
    lender.report(PRICE_ONE * 98 // 100)
    until = stage.now + DAY
    with refused(QuatrainError.DEBT_TOO_LARGE):
        stage.send(lender.syncing(), lender.leverage(carol, leverage.remove_margin, amount=5_880 * USDC, until=until))


def test_a_small_vault_lends_little(bare: Stage) -> None:
    """From 1x at 1,000 USDC in a straight line: 9x at 9,000."""
    lender = Lender(bare.furnish(9_000 * USDC), scale=100 * USDC, cash=0)
    event = lender.sync().events[-1]
    assert (event.bound, event.cap) == (Bound.VAULT, 9 * LEVERAGE_ONE)


def test_deep_recovery_lends_nothing(bare: Stage) -> None:
    """Coverage below a half: the cap is 1, whatever the tier."""
    stage = bare.furnish(20_000 * USDC)
    lender = Lender(stage, scale=1_400 * USDC, cash=0)
    stage.open_interest(lender.address, 95_000 * USDC)
    stage.sync(lender.address)
    event = lender.sync().events[-1]
    assert (event.bound, event.cap) == (Bound.NONE_LENT, LEVERAGE_ONE)


def test_no_rung_covers_what_all_shares_could_not_pay() -> None:
    """A share pays 1 USDC at most: 100 shares cover no more than 100 USDC, at no price below it."""
    assert rung_for(100 * USDC, 100 * USDC, False) == NO_RUNG
    assert rung_for(100 * USDC, 50 * USDC, False) == RUNGS // 2


def test_without_reporters_pool_and_mean_decide(stage: Stage) -> None:
    """Where no feed is open, a position is due once both the price and its mean are at the trigger."""
    lender, alice, bob = Lender(stage), stage.trader("alice", 50_000 * USDC), stage.trader("bob", 50_000 * USDC)
    lender.borrow(alice, SHARES, LOAN)
    with refused(QuatrainError.POSITION_HEALTHY):
        lender.liquidate(bob, alice)
    for _ in range(40):
        trigger = trigger_ceil(lender.loan(alice))
        if price_of(stage.market(lender.address), 0) <= trigger:
            break
        lender.trade(bob, Order.BUY, 500 * USDC, 1)
        stage.advance(slots=60, seconds=24)
    stage.advance(slots=200, seconds=80)
    assert isinstance(lender.liquidate(bob, alice).event, Liquidated)


def test_a_book_closes_empty(stage: Stage) -> None:
    """Not with cash in it."""
    lender = Lender(stage)
    ticket = stage.ticket(book.close_book, admin=stage.admin, market=lender.address, book=lender.book)
    with refused(QuatrainError.BOOK_NOT_EMPTY):
        stage.send(ticket)
    lender.recall(lender.state.cash)
    stage.send(ticket)
    assert not stage.exists(lender.book)


def test_a_loan_needs_a_fresh_book(stage: Stage) -> None:
    """150 slots after a sync it is stale."""
    lender, alice = Lender(stage), stage.trader("alice", 50_000 * USDC)
    alice.open(lender.address)
    stage.advance(slots=151)
    values = {"shares": SHARES, "maximum_cost": 2**62, "loan": LOAN, "until": stage.now + DAY}
    with refused(QuatrainError.BOOK_STALE):
        stage.send(lender.leverage(alice, leverage.open_leverage, **values))


def test_a_pmamm_of_three_lends_not(stage: Stage) -> None:
    """Its line could not be checked by comparing reserves."""
    address = stage.create_pmamm(3)
    with refused(QuatrainError.MAKER_LENDS_NOT):
        stage.call(
            book.open_book,
            admin=stage.admin,
            market=address,
            book=address_of(Book, market=address),
            outcome_count=3,
            ends_at=stage.now + DAY,
        )


def test_allocations_stay_within_the_vaults_parts(stage: Stage) -> None:
    """A market's subsidy and loans together are at most 5 % of equity; only idle cash can be recalled."""
    lender, alice = Lender(stage), stage.trader("alice", 50_000 * USDC)
    state = stage.market(lender.address)
    room = 1_000_000 * USDC // 20 - state.subsidy - lender.state.cash
    with refused(QuatrainError.LOANS_ABOVE_CAP):
        lender.allocate(room + 1)
    lender.allocate(room)
    lender.borrow(alice, SHARES, LOAN)
    with refused(QuatrainError.LOAN_CASH_SHORT):
        lender.recall(lender.state.cash + 1)
    lender.recall(lender.state.cash)
    assert stage.protocol.loans_out == LOAN


# -- liquidation ---------------------------------------------------------------------------------------------------------


LOW, HIGH = 1, PRICE_ONE - 1


def position_of(shares: int, debt: int, margin: int) -> Position:
    """A position off chain."""
    values: dict[str, Any] = {"shares": shares, "debt": debt, "margin": margin}
    return Position(**values)


@pytest.mark.parametrize(
    ("pool", "mean", "outside", "due"),
    [
        ("high", "high", None, False), ("low", "high", None, False), ("low", "low", None, True),
        ("high", "low", None, False), ("low", "high", LOW, True), ("low", "high", HIGH, False),
        ("low", "low", HIGH, True), ("high", "low", LOW, True), ("high", "high", LOW, False),
    ],
)  # fmt: skip
def test_the_median_of_three_prices_decides(stage: Stage, pool: str, mean: str, outside: int | None, due: bool) -> None:
    """Two of pool, mean and outside must be at the trigger; without an outside price, both others."""
    lender, alice, bob = borrowed(stage_of(stage))
    if mean == "low":
        lender.trade(bob, Order.BUY, 5_000 * USDC, 1)
        stage.advance(slots=100, seconds=40)
        if pool == "high":
            lender.trade(bob, Order.SELL, 5_000 * USDC, 1)
    elif pool == "low":
        lender.trade(bob, Order.BUY, 5_000 * USDC, 1)
    if outside is not None:
        lender.report(outside)
    if due:
        assert isinstance(lender.liquidate(bob, alice).event, Liquidated)
    else:
        with refused(QuatrainError.POSITION_HEALTHY):
            lender.liquidate(bob, alice)


def test_a_stale_report_is_no_report(stage: Stage) -> None:
    """After 61 seconds pool and mean decide again."""
    lender, alice, bob = borrowed(stage_of(stage))
    lender.trade(bob, Order.BUY, 5_000 * USDC, 1)
    lender.report(LOW)
    stage.advance(seconds=61)
    with refused(QuatrainError.POSITION_HEALTHY):
        lender.liquidate(bob, alice)


def test_at_the_line_a_fresh_outside_price_is_enough(stage: Stage) -> None:
    """A pool that the line holds up says nothing; but the same report does nothing while the pool is free to fall."""
    lender = Lender(stage, scale=1_000 * USDC)
    alice, bob = stage.trader("alice", 50_000 * USDC), stage.trader("bob", 50_000 * USDC)
    lender.open_feed()
    lender.borrow(alice, 600 * USDC, 265 * USDC)
    bob.open(lender.address)
    lender.report(LOW)
    with refused(QuatrainError.WATER_LINE):
        lender.trade(bob, Order.BUY, 300 * USDC, 1)
    trigger = trigger_ceil(lender.loan(alice))
    assert stage_price(stage, lender) > trigger
    lender.liquidate(bob, alice)
    assert lender.state.confirmed == 0
    carol = stage.trader("carol", 50_000 * USDC)
    lender.trade(carol, Order.BUY, 600 * USDC)
    with refused(QuatrainError.POSITION_HEALTHY):
        lender.liquidate(bob, alice)


def stage_price(stage: Stage, lender: Lender, outcome: int = 0) -> float:
    """The price of an LMSR's outcome, 1e-9."""
    state = stage.market(lender.address)
    return PRICE_ONE * exp(-reserves(state)[outcome] / state.liquidity)


def test_slices(stage: Stage) -> None:
    """In one slot at most 2 to 8 % of the shares sold; the next slot has its own part; none is below the line's margin."""
    lender, alice, bob = borrowed(stage_of(stage))
    stage.advance(seconds=8 * DAY, slots=3_000_000)
    sold = stage.market(lender.address).outcomes[0].sold
    first = lender.liquidate(bob, alice).event
    assert first.shares == ceil(sold * 2 / 100)
    with refused(QuatrainError.SLICE_SPENT):
        lender.liquidate(bob, alice)
    stage.advance()
    least = min(stage.market(lender.address).liquidity >> MARGIN_BITS, ceil((sold - first.shares) * 2 / 100))
    with refused(QuatrainError.TRADE_TOO_SMALL):
        lender.liquidate(bob, alice, maximum_shares=least - 1)
    second = lender.liquidate(bob, alice, maximum_shares=least).event
    assert second.shares == least
    assert (first.penalty, second.penalty, first.by_price) == (0, 0, False)
    assert lender.state.timed == 2


@given(
    shares=st.integers(10 * USDC, 10**6 * USDC),
    lent=st.floats(0.1, 0.99),
    own=st.floats(0.01, 0.9),
    price=st.integers(1, PRICE_ONE),
    part=st.floats(0.001, 1),
)
def test_no_slice_lowers_health(shares: int, lent: float, own: float, price: int, part: float) -> None:
    """Equity over what is demanded, at a price at which the slice is sold, is not smaller after it."""
    debt = int(shares * lent)
    position = position_of(shares, debt, int(shares * own))
    sold = max(int(shares * part), 1)
    proceeds = sold * price // PRICE_ONE
    if Fraction(shares * price, PRICE_ONE) <= debt:
        return
    reward, penalty = dues(position, sold, shares, proceeds, True)
    assert (reward, penalty) <= (proceeds * 5 // 10_000, proceeds * 50 // 10_000)
    equity = Fraction(shares * price, PRICE_ONE) - debt
    left = Fraction((shares - sold) * price, PRICE_ONE) - max(debt - (proceeds - reward - penalty), 0)
    # per share: what is demanded is proportional to the shares
    assert left >= (equity * Fraction(shares - sold, shares)) - reward - 2


@given(
    shares=st.integers(USDC, 10**12),
    margin=st.integers(2, 10**12),
    price=st.integers(1, PRICE_ONE),
    debt=st.integers(1, 10**12),
)
def test_a_slice_heals_to_eleven_tenths(shares: int, margin: int, price: int, debt: int) -> None:
    """Against the equation in rational numbers; what cannot be healed goes whole."""
    position = position_of(shares, debt, margin)
    equity = shares * price // PRICE_ONE - debt
    demanded = (margin >> 1) * 11 // 10
    wanted = healing_shares(position, price)
    if equity <= 0 or equity >= demanded:
        assert wanted == shares
    else:
        assert wanted == ceil(Fraction(shares * (demanded - equity), demanded))


def test_no_new_loans_for_a_while_after_a_fall(stage: Stage) -> None:
    """300 seconds after a liquidation by price, on that outcome; another takes loans."""
    lender, alice, bob = borrowed(stage_of(stage))
    lender.trade(bob, Order.BUY, 5_000 * USDC, 1)
    lender.report(LOW)
    lender.liquidate(bob, alice)
    carol = stage.trader("carol", 50_000 * USDC)
    with refused(QuatrainError.NO_NEW_LOANS):
        lender.borrow(carol, SHARES, 60 * USDC)
    lender.borrow(carol, SHARES, 60 * USDC, 1)
    stage.advance(seconds=301, slots=750)
    lender.borrow(carol, SHARES, 60 * USDC)


def test_a_trader_may_liquidate_himself(stage: Stage) -> None:
    """Keeper and trader may be one account; the reward stays in his pocket."""
    lender, alice, _ = borrowed(stage_of(stage))
    stage.advance(seconds=8 * DAY)
    free = alice.free
    event = lender.liquidate(alice, alice).event
    assert alice.free - free == event.refund + event.reward
    assert event.reward > 0


def test_trading_ends_without_loans(stage: Stage) -> None:
    """Nobody closes a market with a debt; once all is worked off by time, anybody does."""
    lender, alice, bob = borrowed(stage_of(stage))
    state = stage.market(lender.address)
    with refused(QuatrainError.LOANS_OUTSTANDING):
        stage.call(market_module.close_market, authority=stage.oracle, market=lender.address)
    stage.set_time(state.closes_at, stage.slot + 1_000)
    with refused(QuatrainError.LOANS_OUTSTANDING):
        stage.call(market_module.close_market, authority=stage.payer, market=lender.address)
    slots = 0
    while stage.market(lender.address).indebted:
        lender.liquidate(bob, alice)
        stage.advance()
        slots += 1
    assert slots <= 51
    stage.finish(lender.address, 0)
    free = alice.free
    held = alice.shares(lender.address)
    alice.settle(lender.address)
    assert alice.free - free == held


def test_the_end_of_calm_makes_loans_due(stage: Stage) -> None:
    """The oracle can only bring it forward; then caps fall, and whoever is above is reduced."""
    lender, alice, bob = borrowed(stage_of(stage))
    with refused(QuatrainError.POSITION_HEALTHY):
        lender.liquidate(bob, alice)
    ends = lender.state.ends_at
    values = {"authority": stage.oracle, "market": lender.address, "book": lender.book}
    with refused(QuatrainError.SCHEDULE_INVALID):
        stage.call(book.set_calm_end, **values, ends_at=ends)
    stage.call(book.set_calm_end, **values, ends_at=stage.now + 60)
    assert lender.liquidate(bob, alice).event.by_price is False


def test_the_end_of_calm_makes_loans_due_where_nothing_is_lent_any_more(bare: Stage) -> None:
    """A cap of 1x does not fall to the end, but loans end there all the same."""
    stage = bare.furnish(60_000 * USDC)
    lender = Lender(stage, scale=1_000 * USDC, cash=1_000 * USDC)
    alice, bob = stage.trader("alice", 10_000 * USDC), stage.trader("bob")
    lender.borrow(alice, 200 * USDC, 60 * USDC)
    crowded = stage.create_market(scale=2_000 * USDC)
    stage.open_interest(crowded, 285_000 * USDC)
    stage.sync(crowded)
    assert lender.sync().events[-1].cap == LEVERAGE_ONE
    with refused(QuatrainError.POSITION_HEALTHY):
        lender.liquidate(bob, alice)
    values = {"authority": stage.oracle, "market": lender.address, "book": lender.book}
    stage.call(book.set_calm_end, **values, ends_at=stage.now + 60)
    assert lender.liquidate(bob, alice).event.by_price is False


# -- feeds -----------------------------------------------------------------------------------------------------------------


@given(
    reports=st.lists(st.tuples(st.integers(0, PRICE_ONE), st.integers(0, 200)), max_size=5),
    now=st.integers(100, 400),
)
def test_the_outside_price_is_the_median_of_the_fresh(reports: list[tuple[int, int]], now: int) -> None:
    """Of reports not older than 60 seconds, rounded up between two."""
    values: dict[str, Any] = {"outcome": 0}
    state = Feed(**values)
    for i, (price, at) in enumerate(reports):
        state.reports[i].price, state.reports[i].at = price, at
    fresh = [price for price, at in reports if at and at + 60 >= now]
    assert outside_price(state, 0, now) == (len(fresh), ceil(Fraction(median(fresh))) if fresh else 0)


def test_reporters_are_named_and_different(stage: Stage) -> None:
    """Nobody else reports, no price beyond 1, and nobody counts twice."""
    lender = Lender(stage)
    lender.open_feed()
    mallory = stage.person("mallory")
    values = {"feed": lender.feed(0), "price": HIGH, "confidence": 0}
    with refused(QuatrainError.NO_REPORTER):
        stage.call(feed.report_price, reporter=mallory, **values)
    with refused(QuatrainError.PRICE_REPORT_INVALID):
        stage.call(feed.report_price, reporter=stage.person("reporter 0"), **values | {"price": PRICE_ONE + 1})
    twice = [Pubkey(bytes(mallory.pubkey()))] * 2
    with refused(QuatrainError.INVALID_PARAMETER):
        stage.call(feed.set_reporters, authority=stage.oracle, feed=lender.feed(0), reporters=twice)
    lender.report(LOW)
    stage.call(feed.set_reporters, authority=stage.oracle, feed=lender.feed(0), reporters=twice[:1])
    state = stage.read(Feed, lender.feed(0))
    assert outside_price(state, 0, stage.now) == (0, 0)


# -- shards, sets, events -----------------------------------------------------------------------------------------------


def test_no_trade_writes_a_global_account() -> None:
    """Of all instructions that move a price, a position or a loan, none has protocol, verse or vault writable."""
    names = {
        "buy", "buy_for", "sell", "sell_for", "batch", "trade_beside_loans", "batch_beside_loans", "open_leverage",
        "close_leverage", "add_margin", "remove_margin", "extend_loan", "liquidate", "merge_sets", "shrink_liquidity",
    }  # fmt: skip
    for declaration in PROGRAM.declarations:
        if declaration.name in names:
            names.remove(declaration.name)
            writable = {slot.name for slot in declaration.accounts if slot.role.writable}
            assert not writable & {"protocol", "verse", "token_vault", "share_mint"}, declaration.name
    assert not names


def test_merging_gives_a_set_back_and_moves_no_price(stage: Stage) -> None:
    """One share of each for one USDC, no fee; prices and reserves stay."""
    ticket = LOAN_SCENES["merge_sets"](stage_of(stage))
    (market,) = stage.all(Market)
    (name,) = stage.all(Trader)
    before, free = reserves(stage.market(market)), stage.read(Trader, name).free
    stage.send(ticket)
    assert reserves(stage.market(market)) == before
    assert stage.read(Trader, name).free - free == 50 * USDC


def test_leverage_is_worth_over_own_money() -> None:
    """A vector: 1,000 of shares with 800 of debt is 5x."""
    assert is_within(5 * LEVERAGE_ONE, 1_000, 800)
    assert not is_within(5 * LEVERAGE_ONE - 1, 1_000, 800)
    assert not is_within(100 * LEVERAGE_ONE, 800, 800)
