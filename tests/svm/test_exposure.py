"""What is open, what covers it, and what trades pay for it: trades tell their market, syncs tell verse and protocol."""

from __future__ import annotations

import math

import pytest
from solders.pubkey import Pubkey as Address

from quatrain.core.coverage import COVERAGE_MAXIMUM
from quatrain.program import (
    batch,
    distribution_market,
    distribution_position,
    distribution_trade,
    pause,
    position,
    trade,
    verse,
)
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.errors import QuatrainError
from quatrain.program.events import CongestionAttested, CoverageChanged, Traded
from quatrain.program.state import PRICE_ONE, Market, Position, Protocol, Trader, Verse
from tests.svm import gaussian
from tests.svm.gaussian import UNIT
from tests.svm.refusals import refused
from tests.svm.stage import QUESTION, VAULT, Stage
from tests.svm.world import USDC, address_of, declaration_of

TRADES = (
    trade.buy, trade.buy_for, trade.sell, trade.sell_for, batch.batch, position.open_position, position.close_position,
    position.settle_position, distribution_trade.trade_distribution, distribution_trade.rejoin_distribution,
    distribution_position.open_distribution_position, distribution_position.close_distribution_position,
    distribution_position.claim_distribution,
)  # fmt: skip
OWN = (Market, Trader, Position, DistributionMarket, DistributionPosition)


@pytest.fixture
def small(bare: Stage) -> Stage:
    """A vault of 20,000 USDC."""
    return bare.furnish(20_000 * USDC)


def small_market(stage: Stage) -> Address:
    """One with b = 1,400 USDC."""
    return stage.create_market(2, 1_400 * USDC)


def pays(event: Traded, basis_points: float) -> bool:
    """Whether a trade paid that fee, rounded up; the rate to 1e-4 basis points, before recovery multiplies it."""
    return -1e-8 * event.amount <= event.fee - event.amount * basis_points / 10_000 < 1 + 4e-8 * event.amount


@pytest.mark.parametrize("function", TRADES)
def test_no_trade_writes_an_account_that_all_share(function: object) -> None:
    """What a trade writes is the trader's, the market's or the position's: markets are shards."""
    declaration = declaration_of(function)  # type: ignore[arg-type]
    slots = [*declaration.accounts, *([declaration.rest] if declaration.rest is not None else [])]
    written = [slot for slot in slots if slot.role.writable and slot.declaration is not None]
    assert written
    assert {slot.declaration.name for slot in written if slot.declaration is not None} <= {cls.__name__ for cls in OWN}
    assert not [s for s in slots if s.role.writable and s.role.kind in ("token", "mint")]


def test_only_these_instructions_write_the_protocol_or_a_verse() -> None:
    """A new one is put here on purpose."""
    shared = {Protocol.__name__, Verse.__name__}
    found = {
        declaration.name
        for declaration in PROGRAM.declarations
        for slot in declaration.accounts
        if slot.role.writable and slot.declaration is not None and slot.declaration.name in shared
    }
    assert found == {
        "initialize", "propose_admin", "accept_admin", "set_roles", "set_parameters", "pause", "set_pause",
        "attest_congestion", "deposit_liquidity", "request_withdrawal", "execute_withdrawal", "cancel_withdrawal",
        "create_verse", "create_child_verse", "create_market", "resolve_market", "sync_market", "prune_market",
        "create_distribution", "set_distribution_liquidity", "resolve_distribution", "sync_distribution",
        "prune_distribution",
        "sample_market", "close_samples", "allocate_loans", "recall_loans", "sync_book",
    }  # fmt: skip


def test_a_sync_tells_what_the_trades_changed(stage: Stage) -> None:
    """Open interest at cost, Σ OI/N, the tail without correlation, the floor; a second sync changes nothing."""
    address, alice = stage.create_market(3), stage.trader("alice", 10_000 * USDC)
    alice.buy(address, 2_000 * USDC, 1)
    assert (stage.protocol.open_interest, stage.protocol.coverage) == (0, COVERAGE_MAXIMUM)
    cost = alice.position_state(address, 1).cost
    assert stage.market(address).unsynced == cost
    stage.sync(address)
    group = stage.read(Verse, address_of(Verse, id=1))
    assert (group.open_interest, group.inverse_interest) == (cost, cost * (2**32 // 3))
    assert 0 <= group.tail_interest - cost * 2 / 3 < 2
    assert stage.market(address).unsynced == 0
    state, books = stage.market(address), stage.protocol
    assert state.floor == state.sets - 2_000 * USDC
    equity = books.lp_cash + books.subsidies_out + books.insurance
    assert books.coverage == equity * 10**9 // books.tail_interest
    stage.sync(address)
    again = stage.protocol
    assert (again.open_interest, again.coverage) == (books.open_interest, books.coverage)


def test_every_total_returns_to_zero(stage: Stage) -> None:
    """With the last position gone, open interest, its tail, floors and subsidies are exactly nothing."""
    stage.call(verse.create_child_verse, admin=stage.admin, parent=address_of(Verse, id=1), verse=address_of(Verse, id=2),
               id=2, title=QUESTION)  # fmt: skip
    markets = [stage.create_market(2), stage.create_market(7), stage.create_market(3, verse=address_of(Verse, id=2))]
    people = [stage.trader(name, 50_000 * USDC) for name in ("alice", "bob")]
    for number, address in enumerate(markets):
        for outcome, actor in enumerate(people):
            actor.buy(address, (1_000 + 7 * number) * USDC + 333, outcome)
            stage.advance(slots=20)
            actor.sell(address, 500 * USDC + 111 * number, outcome)
        stage.sync(address)
        people[0].buy_for(address, 77_777_777, 0)
    stage.finish(markets[0], 0)
    stage.resolve_closed(markets[1:], 1)
    for address in markets:
        for outcome, actor in enumerate(people):
            actor.settle(address, outcome)
        stage.prune(address)
    books = stage.protocol
    assert (books.open_interest, books.tail_interest, books.floors_out, books.subsidies_out) == (0, 0, 0, 0)
    assert books.coverage == COVERAGE_MAXIMUM
    for id in (1, 2):
        group = stage.read(Verse, address_of(Verse, id=id))
        assert (group.open_interest, group.inverse_interest, group.tail_interest, group.subsidies) == (0, 0, 0, 0)


def test_the_fee_follows_coverage_and_recovery_raises_it_on_buys_only(small: Stage) -> None:
    """Interest is piled up through all levels of recovery: a buy pays the product, a sale at most 28 bp."""
    stage, address = small, small_market(small)
    alice, seen = stage.trader("alice", 100_000 * USDC), list[int]()
    for step in range(1, 10):
        stage.open_interest(address, 10_000 * USDC, f"whale {step}")
        stage.advance(slots=90_000)
        stage.sync(address)
        books = stage.protocol
        exact = 3 + 25 * 2.718281828459045 ** (-3 * books.coverage / 10**9)
        assert abs(books.taker_rate / 10_000 - exact) <= 1e-4
        factor = (1, 1.5, 2, 3)[books.recovery]
        surcharge = stage.surcharge(address)
        assert pays(alice.buy(address, 100 * USDC).event, factor * min(28, exact + surcharge))
        surcharge = stage.surcharge(address)
        assert pays(alice.sell(address, 100 * USDC).event, min(28, exact + surcharge))
        seen.append(books.recovery)
    assert seen == sorted(seen)
    assert {0, 1, 2, 3} == set(seen)


def test_recovery_ends_at_a_coverage_of_1_2(small: Stage) -> None:
    """A deposit that brings coverage to 1.1 leaves the level at 1, one that brings it to 1.3 ends it."""
    stage, address = small, small_market(small)
    stage.open_interest(address, 45_000 * USDC)
    stage.sync(address)
    assert (stage.protocol.recovery, stage.protocol.coverage < 900_000_000) == (1, True)
    tail = stage.protocol.tail_interest
    event = stage.deposit_liquidity(stage.provider, tail * 11 // 10 - 20_000 * USDC).events[1]
    assert isinstance(event, CoverageChanged)
    assert (event.recovery, 1_000_000_000 < event.coverage < 1_200_000_000) == (1, True)
    event = stage.deposit_liquidity(stage.provider, tail // 5).events[1]
    assert (event.recovery, event.coverage > 1_200_000_000) == (0, True)
    assert event.taker_rate == stage.protocol.taker_rate


def test_recovery_lowers_limits(small: Stage) -> None:
    """The largest buy, and the gates of subsidies: in level 3 a fifth of them."""
    stage, address = small, small_market(small)
    alice = stage.trader("alice", 100_000 * USDC)
    alice.open(address)
    stage.open_interest(address, 95_000 * USDC)
    stage.sync(address)
    assert stage.protocol.recovery == 3
    with refused(QuatrainError.TRADE_TOO_LARGE):
        alice.buy(address, 64 * 1_400 * USDC // 5 + 1)
    with refused(QuatrainError.PRICE_TOO_HIGH):
        alice.buy(address, 64 * 1_400 * USDC // 5)
    allowed = stage.protocol.lp_cash + stage.protocol.subsidies_out
    scale = allowed // 100 * 10_000 // 6_931
    with refused(QuatrainError.SUBSIDY_ABOVE_MARKET_CAP):
        stage.create_market(2, scale * 102 // 100)


def test_the_guardian_attests_congestion_for_150_seconds(stage: Stage) -> None:
    """1 bp more, then it ends by itself."""
    address, alice = stage.create_market(), stage.trader("alice", 1_000 * USDC)
    assert pays(alice.buy(address, 100 * USDC).event, 3)
    event = stage.call(pause.attest_congestion, guardian=stage.guardian).event
    assert isinstance(event, CongestionAttested)
    assert event.until == stage.now + 150
    stage.advance(149)
    assert pays(alice.sell(address, 50 * USDC).event, 4)
    stage.advance(1)
    assert pays(alice.sell(address, 50 * USDC).event, 3)


def test_lively_and_thin_markets_cost_more(stage: Stage) -> None:
    """After a move of 1 in log-odds a trade costs 3 bp more, in a thin market 1 or 2; with the hours it passes."""
    alice = stage.trader("alice", 50_000 * USDC)
    for scale, thin in ((10_000, 0), (999, 1), (99, 2)):
        address = stage.create_market(2, scale * USDC)
        alice.open(address)
        assert pays(alice.buy(address, scale * USDC // 100).event, 3 + thin)
        alice.buy(address, scale * USDC)
        assert pays(alice.buy(address, scale * USDC // 100).event, 6 + thin)
        stage.advance(slots=20 * 9_000)
        assert pays(alice.buy(address, scale * USDC // 100).event, 3 + thin)


def test_one_verse_takes_a_quarter_of_the_vault_at_most(stage: Stage) -> None:
    """The cap of a verse binds once that of all subsidies does not."""
    stage.change_parameters(verse_bps=900)
    stage.create_market(2, 70_000 * USDC)
    with refused(QuatrainError.SUBSIDY_ABOVE_VERSE_CAP):
        stage.create_market(2, 70_000 * USDC)
    stage.call(verse.create_verse, admin=stage.admin, verse=address_of(Verse, id=2), id=2, title=QUESTION)
    stage.create_market(2, 70_000 * USDC, verse=address_of(Verse, id=2))
    stage.change_parameters(verse_bps=2_500, outlays_bps=1_000)
    with refused(QuatrainError.OUTLAYS_ABOVE_CAP):
        stage.create_market(2, 5_000 * USDC)


def test_what_the_vault_can_lose_is_its_subsidies(stage: Stage) -> None:
    """In the worst outcome of every market it loses what it had at par less its floors, and never more than subsidies."""
    markets, alice = [stage.create_market() for _ in range(3)], stage.trader("alice", 100_000 * USDC)
    for number, address in enumerate(markets):
        alice.buy(address, (number + 1) * 9_000 * USDC, number % 2)
        stage.sync(address)
    books = stage.protocol
    fees = books.lp_cash + books.subsidies_out - VAULT
    assert books.floors_out == sum(stage.market(address).floor for address in markets)
    for number, address in enumerate(markets):
        stage.close(address)
        stage.resolve(address, [PRICE_ONE * (i == number % 2) for i in range(2)])
    assert stage.protocol.lp_cash == VAULT + fees - (books.subsidies_out - books.floors_out)
    assert VAULT + fees - stage.protocol.lp_cash <= books.subsidies_out


def test_a_market_of_a_real_number_counts_all_of_its_collateral(stage: Stage) -> None:
    """A continuum has no outcome that keeps its worth by chance; the floor is what the peak of the curve leaves."""
    pool, alice = gaussian.create(stage), stage.trader("alice", 50_000 * USDC)
    pool.sync()
    assert (pool.state.floor, stage.protocol.floors_out) == (gaussian.BACKING, gaussian.BACKING)
    pool.trade(alice, (110 * UNIT, 8 * UNIT))
    locked = pool.position(alice).collateral
    assert (pool.state.unsynced, stage.protocol.open_interest) == (locked, 0)
    pool.sync()
    books = stage.protocol
    assert (books.open_interest, books.tail_interest) == (locked, locked)
    assert books.coverage == (books.lp_cash + books.subsidies_out + books.insurance) * 10**9 // locked
    peak = gaussian.NORM / (8 * math.pi**0.5) ** 0.5
    assert abs(pool.state.floor - (gaussian.BACKING - peak)) < 2
    with refused(QuatrainError.WRONG_VERSE):
        stage.call(verse.create_verse, admin=stage.admin, verse=address_of(Verse, id=2), id=2, title=QUESTION)
        stage.call(distribution_market.sync_distribution, verse=address_of(Verse, id=2), market=pool.address)
    pool.finish(100 * UNIT)
    pool.claim(alice)
    pool.prune()
    assert (stage.protocol.open_interest, stage.protocol.tail_interest, stage.protocol.floors_out) == (0, 0, 0)
