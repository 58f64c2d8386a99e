"""A market's life, but for the trading."""

from __future__ import annotations

import pytest

from quatrain.program import market as instructions
from quatrain.program import verse
from quatrain.program.errors import QuatrainError
from quatrain.program.events import FeesSynced, MarketClosed, MarketCreated, MarketPruned, MarketResolved, VerseCreated
from quatrain.program.state import PRICE_ONE, Market, MarketStatus, Verse
from tests.core import model
from tests.svm.refusals import refused
from tests.svm.stage import QUESTION, SCALE, VAULT, Stage, even_prices
from tests.svm.world import DAY, USDC, address_of, reserves

# -- verses ----------------------------------------------------------------------------------------------------------


def test_verses_nest_and_count(stage: Stage) -> None:
    """A child knows its parent and depth, a parent its children."""
    parent, child = address_of(Verse, id=1), address_of(Verse, id=7)
    event = stage.call(
        verse.create_child_verse, admin=stage.admin, parent=parent, verse=child, id=7, title=QUESTION
    ).event
    assert isinstance(event, VerseCreated)
    assert (event.id, event.parent, event.depth, event.title) == (7, 1, 1, QUESTION)
    state = stage.read(Verse, child)
    assert (state.parent, state.depth, state.title) == (1, 1, QUESTION)
    assert stage.read(Verse, parent).children == 1
    assert stage.protocol.next_verse_id == 8


def test_verses_nest_at_most_32_deep(stage: Stage) -> None:
    """The thirty-second below the root is the last."""
    for depth in range(1, 34):
        values = {"parent": address_of(Verse, id=depth), "verse": address_of(Verse, id=depth + 1), "id": depth + 1}
        ticket = stage.ticket(verse.create_child_verse, admin=stage.admin, title=QUESTION, **values)
        if depth <= 32:
            stage.send(ticket)
        else:
            with refused(QuatrainError.VERSE_TOO_DEEP):
                stage.send(ticket)


@pytest.mark.parametrize("id", [0, 1, 1_000_003])
def test_ids_only_rise_and_not_by_leaps(stage: Stage, id: int) -> None:
    """An id that was used, or is far ahead, is refused."""
    if stage.exists(address_of(Verse, id=id)):
        with refused(2003):
            stage.call(verse.create_verse, admin=stage.admin, verse=address_of(Verse, id=id), id=id, title=QUESTION)
        return
    with refused(QuatrainError.ID_OUT_OF_RANGE):
        stage.call(verse.create_verse, admin=stage.admin, verse=address_of(Verse, id=id), id=id, title=QUESTION)


# -- creation ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 16, 17, 64])
def test_a_market_opens_at_even_prices(stage: Stage, count: int) -> None:
    """Its subsidy is b·ln N, its size 520 bytes and 16 for each outcome above 16."""
    address = stage.create_market(count)
    market = stage.market(address)
    account = stage.svm.get_account(address)
    assert account is not None
    assert len(account.data) == 520 + 16 * max(0, count - 16)
    assert market.outcome_count == count
    assert market.subsidy == market.sets
    assert SCALE * model.mp.log(count) <= market.subsidy <= SCALE * model.mp.log(count) + 1 + SCALE * count / 10**9
    assert stage.protocol.lp_cash == VAULT - market.subsidy
    assert stage.protocol.subsidies_out == market.subsidy
    assert stage.read(Verse, address_of(Verse, id=1)).markets == 1


@pytest.mark.parametrize(
    "prices", [[900_000_000, 100_000_000], [1, PRICE_ONE - 1], [500_000_000, 300_000_000, 199_999_999, 1]]
)
def test_a_market_opens_at_any_prices(stage: Stage, prices: list[int]) -> None:
    """r_i = −b·ln π_i rounded up, the vault holds what is not needed, and the prices' sum is at most 1."""
    market = stage.market(stage.create_market(prices, 1_000 * USDC))
    for reserve, price in zip(reserves(market), prices, strict=True):
        exact = -market.liquidity * model.mp.log(model.mp.mpf(price) / PRICE_ONE)
        assert exact <= reserve < exact + 2
    assert min(o.held for o in market.outcomes[: len(prices)]) == 0
    assert sum(model.price(market.liquidity, r) for r in reserves(market)) <= 1


def test_the_event_of_creation_says_it_all(stage: Stage) -> None:
    """What an indexer needs, and the rent of exactly the account's size from the admin."""
    before = stage.lamports(stage.admin.pubkey())
    id = stage.protocol.next_market_id
    event = stage.send(stage.creation(even_prices(20), id=id)).event
    market = stage.market(address_of(Market, id=id))
    assert isinstance(event, MarketCreated)
    assert bytes(event.market) == bytes(address_of(Market, id=id))
    for name in (
        "id",
        "verse",
        "liquidity",
        "subsidy",
        "opens_at",
        "closes_at",
        "question",
        "creator",
        "outcome_count",
    ):
        assert getattr(event, name) == getattr(market, name)
    assert (event.sequence, event.slot, market.sequence, market.status) == (0, stage.slot, 1, MarketStatus.OPEN)
    assert before - stage.lamports(stage.admin.pubkey()) == (128 + 520 + 64) * 6_960


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        (QuatrainError.OUTCOME_COUNT, {"outcome_count": 1, "prices": [PRICE_ONE]}),
        (QuatrainError.OUTCOME_COUNT, {"outcome_count": 65, "prices": even_prices(65)}),
        (QuatrainError.OUTCOME_COUNT, {"outcome_count": 3}),
        (QuatrainError.OUTCOME_COUNT, {"prices": []}),
        (QuatrainError.PRICES_INVALID, {"prices": [PRICE_ONE // 2, PRICE_ONE // 2 - 1]}),
        (QuatrainError.PRICES_INVALID, {"prices": [PRICE_ONE, 0]}),
        (QuatrainError.PRICES_INVALID, {"prices": [2**63, 2**63]}),
        (QuatrainError.LIQUIDITY_OUT_OF_RANGE, {"liquidity": 999_999}),
        (QuatrainError.LIQUIDITY_OUT_OF_RANGE, {"liquidity": 10**13 + 1}),
        (QuatrainError.LIQUIDITY_OUT_OF_RANGE, {"liquidity": 2**64 - 1}),
        (QuatrainError.SCHEDULE_INVALID, {"closes_at": 0}),
        (QuatrainError.SCHEDULE_INVALID, {"opens_at": 2**62, "closes_at": 2**62}),
        (QuatrainError.SCHEDULE_INVALID, {"opens_at": -(2**63), "closes_at": -(2**63)}),
        (QuatrainError.SUBSIDY_ABOVE_MARKET_CAP, {"liquidity": 72_135 * USDC}),
        (QuatrainError.ID_OUT_OF_RANGE, {"id": 0, "market": address_of(Market, id=0)}),
        (QuatrainError.ID_OUT_OF_RANGE, {"id": 2**64 - 1, "market": address_of(Market, id=2**64 - 1)}),
    ],
)
def test_what_makes_no_market_is_refused(stage: Stage, error: QuatrainError, changes: dict[str, object]) -> None:
    """With the error that says what is wrong, and without a trace."""
    before = stage.protocol
    with refused(error):
        stage.send(stage.creation(**({"prices": even_prices(2)} | changes)))  # type: ignore[arg-type]
    assert stage.protocol == before


def test_one_market_takes_at_most_5_percent_and_all_20(stage: Stage) -> None:
    """b = 72,134 USDC costs 49,999; the vault gives four of them."""
    for _ in range(4):
        stage.create_market(2, 72_134 * USDC)
    with refused(QuatrainError.SUBSIDY_ABOVE_TOTAL_CAP):
        stage.create_market(2, 100 * USDC)
    assert stage.protocol.subsidies_out <= VAULT // 5


def test_an_id_is_never_used_twice(stage: Stage) -> None:
    """Not even when the market under it is long gone."""
    address = stage.create_market()
    stage.finish(address)
    stage.prune(address)
    assert not stage.exists(address)
    with refused(QuatrainError.ID_OUT_OF_RANGE):
        stage.send(stage.creation(even_prices(2), id=1))


# -- the end -----------------------------------------------------------------------------------------------------------


def test_anybody_closes_at_the_closing_time(stage: Stage) -> None:
    """Not a second before."""
    address = stage.create_market()
    closes_at = stage.market(address).closes_at
    stage.set_time(closes_at - 1, stage.slot)
    with refused(QuatrainError.MARKET_STILL_OPEN):
        stage.call(instructions.close_market, authority=stage.payer, market=address)
    stage.advance(1)
    event = stage.call(instructions.close_market, authority=stage.payer, market=address).event
    assert isinstance(event, MarketClosed)
    assert (event.closed_at, event.early) == (closes_at, False)
    with refused(QuatrainError.MARKET_NOT_OPEN):
        stage.call(instructions.close_market, authority=stage.payer, market=address)


@pytest.mark.parametrize("role", ["oracle", "admin"])
def test_the_oracle_and_the_admin_close_early(stage: Stage, role: str) -> None:
    """The closing time moves to now."""
    address = stage.create_market()
    event = stage.call(instructions.close_market, authority=getattr(stage, role), market=address).event
    assert (event.closed_at, event.early) == (stage.now, True)
    assert stage.market(address).closes_at == stage.now
    with refused(QuatrainError.MARKET_STILL_OPEN):
        stage.call(instructions.close_market, authority=stage.guardian, market=stage.create_market())


def test_a_market_without_trades_returns_its_subsidy(stage: Stage) -> None:
    """The vault has what it had."""
    address = stage.create_market(5)
    subsidy = stage.market(address).subsidy
    event = stage.finish(address, 3).event
    assert isinstance(event, MarketResolved)
    assert (event.subsidy, event.returned, event.claims) == (subsidy, subsidy, 0)
    assert (stage.protocol.lp_cash, stage.protocol.subsidies_out, stage.protocol.vesting_profit) == (VAULT, 0, 0)
    market = stage.market(address)
    assert [o.held for o in market.outcomes[:5]] == [0, 0, 0, PRICE_ONE, 0]
    assert (market.status, market.slot, market.sets) == (MarketStatus.RESOLVED, stage.slot, 0)


@pytest.mark.parametrize(
    "payouts", [[PRICE_ONE, 1], [PRICE_ONE - 1, 0], [2 * PRICE_ONE, 0], [2**64 - 1, PRICE_ONE + 1], [0, 0]]
)
def test_payouts_add_up_to_one(stage: Stage, payouts: list[int]) -> None:
    """Or are refused."""
    address = stage.create_market()
    stage.close(address)
    with refused(QuatrainError.PAYOUTS_INVALID):
        stage.resolve(address, payouts)


@pytest.mark.parametrize("count", [1, 3, 0])
def test_there_is_a_payout_for_each_outcome(stage: Stage, count: int) -> None:
    """Neither fewer nor more."""
    address = stage.create_market()
    stage.close(address)
    with refused(QuatrainError.OUTCOME_COUNT):
        stage.resolve(address, even_prices(count) if count else [])


def test_only_a_closed_market_is_resolved_and_only_once(stage: Stage) -> None:
    """By oracle or admin."""
    address = stage.create_market()
    with refused(QuatrainError.MARKET_NOT_CLOSED):
        stage.resolve(address, [PRICE_ONE, 0])
    stage.close(address)
    for stranger in (stage.guardian, stage.provider, stage.payer):
        with refused(QuatrainError.UNAUTHORIZED):
            stage.call(
                instructions.resolve_market,
                authority=stranger,
                verse=stage.verse_of(address),
                market=address,
                payouts=[PRICE_ONE, 0],
            )
    stage.call(
        instructions.resolve_market,
        authority=stage.admin,
        verse=stage.verse_of(address),
        market=address,
        payouts=[PRICE_ONE, 0],
    )
    with refused(QuatrainError.MARKET_NOT_CLOSED):
        stage.resolve(address, [0, PRICE_ONE])


def test_fees_are_shared_out(stage: Stage) -> None:
    """70, 15, 5 and 10 %, rounding to the vault, whose part vests; without fees a sync does nothing."""
    address, alice = stage.create_market(), stage.trader("alice", 10_000 * USDC)
    before = stage.market(address)
    assert stage.sync(address).events == []
    assert stage.market(address) == before
    fee = alice.buy(address, 1_234_567_891).event.fee
    cash = stage.protocol.lp_cash
    event = stage.sync(address).event
    assert isinstance(event, FeesSynced)
    stakers, treasury, insurance = fee * 15 // 100, fee * 5 // 100, fee * 10 // 100
    vault = fee - stakers - treasury - insurance
    assert (event.vault, event.stakers, event.treasury, event.insurance) == (vault, stakers, treasury, insurance)
    state = stage.protocol
    assert (state.lp_cash - cash, state.staker_pool, state.treasury, state.insurance) == (
        vault, stakers, treasury, insurance,
    )  # fmt: skip
    assert state.vesting_profit == vault
    assert stage.market(address).fees_due == 0


def test_a_settled_market_is_pruned_after_its_delay(stage: Stage) -> None:
    """Its last hash stays in an event, its rent returns to the creator, its dust and fees to the vault."""
    address, alice = stage.create_market(3), stage.trader("alice", 10_000 * USDC)
    for outcome in range(3):
        alice.buy(address, 33_333_333, outcome)
    stage.close(address)
    stage.resolve(address, [333_333_333, 333_333_333, 333_333_334])
    with refused(QuatrainError.PRUNE_TOO_EARLY):
        prune_now(stage, address)
    stage.advance(slots=432_000)
    with refused(QuatrainError.MARKET_HAS_POSITIONS):
        prune_now(stage, address)
    for outcome in range(3):
        alice.settle(address, outcome)
    market, rent = stage.market(address), stage.lamports(address)
    dust, balance = market.sets, stage.lamports(stage.admin.pubkey())
    assert 0 < dust <= 3
    other = stage.call(verse.create_verse, admin=stage.admin, verse=address_of(Verse, id=2), id=2, title=QUESTION)
    assert other.events
    with refused(QuatrainError.WRONG_VERSE):
        prune_now(stage, address, 2)
    balance = stage.lamports(stage.admin.pubkey())
    synced, pruned = prune_now(stage, address).events
    assert isinstance(synced, FeesSynced)
    assert isinstance(pruned, MarketPruned)
    assert (pruned.id, pruned.dust, pruned.sequence, pruned.format) == (1, dust, market.sequence + 1, 1)
    assert not stage.exists(address)
    assert stage.lamports(stage.admin.pubkey()) == balance + rent
    assert (stage.protocol.markets, stage.read(Verse, address_of(Verse, id=1)).markets) == (0, 0)


def prune_now(stage: Stage, address, verse_id: int = 1):
    """A prune without waiting."""
    return stage.call(
        instructions.prune_market,
        verse=address_of(Verse, id=verse_id),
        market=address,
        creator=stage.admin.pubkey(),
    )


def test_an_unresolved_market_is_not_pruned(stage: Stage) -> None:
    """Open or closed."""
    address = stage.create_market()
    with refused(QuatrainError.MARKET_NOT_RESOLVED):
        prune_now(stage, address)
    stage.close(address)
    with refused(QuatrainError.MARKET_NOT_RESOLVED):
        prune_now(stage, address)
    assert stage.now >= stage.market(address).closes_at - DAY
