"""The client's figures of markets of a real number are the program's, and agree with the reals."""

from typing import Any

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from hognose.lang import Hash
from quatrain.client import distributions
from quatrain.client.accounts import blank
from quatrain.client.distributions import Curve, DistributionQuoter, Move
from quatrain.client.errors import UsageError
from quatrain.cluster.local import ROOT_VERSE, Keys, give_usdc
from quatrain.cluster.session import Session
from quatrain.core import distribution_trade
from quatrain.core.distribution import MAXIMUM_NORM, UNIT, is_backed
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.parameters import set_defaults
from quatrain.program.state import MarketStatus, Parameters, Protocol
from tests.core.engine import call

USDC = 1_000_000
NORM, BACKING = 20_000 * USDC, 10_000 * USDC
START = Curve(100 * UNIT, 10 * UNIT)
SHIFTED = Curve(112 * UNIT, 10 * UNIT)


@pytest.fixture
def quoter() -> DistributionQuoter:
    """Of a market without a chain."""
    parameters = blank(Parameters)
    set_defaults(parameters)
    market = blank(
        DistributionMarket, status=MarketStatus.OPEN, norm=NORM, backing=BACKING, escrow=BACKING, mean=START.mean,
        deviation=START.deviation, closes_at=1_000,
    )  # fmt: skip
    return DistributionQuoter.at(blank(Protocol, parameters=parameters), market, slot=10_000, unix_timestamp=10)


def test_points_are_those_of_compiled_code() -> None:
    """The same function, run by two engines."""
    for new in (SHIFTED, Curve(95 * UNIT, 3 * UNIT), Curve(100 * UNIT, 30 * UNIT)):
        found, way = (
            distributions.lowest_points(NORM, START, new),
            (START.mean, START.deviation, new.mean, new.deviation),
        )
        outwards = -1 if START.mean <= new.mean else 1
        sides = [call(distribution_trade.minimising_point, NORM, *way, side) for side in (outwards, -outwards)]
        assert [found.near, found.far] == sides
    assert distributions.lowest_points(NORM, SHIFTED, SHIFTED) == distributions.NO_POINTS


def arrive(session: Session, keys: Keys) -> Keypair:
    """A trader with 50,000 USDC of free money."""
    who, build = Keypair(), session.instructions
    session.chain.airdrop(who.pubkey(), 10**9)
    give_usdc(session, keys, who.pubkey(), 50_000 * USDC)
    session.send(who, build.open_trader(authority=who.pubkey()))
    session.send(who, build.deposit(authority=who.pubkey(), amount=50_000 * USDC))
    return who


def open_market(session: Session, keys: Keys) -> Pubkey:
    """The usual market; its address."""
    id, now = session.protocol().next_market_id, session.chain.clock().unix_timestamp
    create = session.instructions.create_distribution(
        admin=keys.admin.pubkey(), verse_id=ROOT_VERSE, id=id, norm=NORM, mean=START.mean, deviation=START.deviation,
        backing=BACKING, opens_at=now, closes_at=now + 10**7, question=Hash(bytes(32)),
    )  # fmt: skip
    session.send(keys.admin, create)
    return session.distribution(id).address


def make(session: Session, who: Keypair, market: Pubkey, new: Curve) -> tuple[Move, list[Any]]:
    """Move the market by position 0, with 1 for the rest, at exactly the terms quoted; these, and the events."""
    session.embedded.warp(slot=session.chain.clock().slot + 200)
    state = next(one.state for one in session.distributions() if one.address == market)
    owned = session.deployment.trader(who.pubkey())
    held = session.distribution_positions(market=market, trader=owned)
    move = session.distribution_quoter(state).move(new, held[0].state if held else None)
    build = session.instructions
    common: dict[str, Any] = {"authority": who.pubkey(), "market_address": market}
    terms: dict[str, Any] = {"old": move.old, "new": new, "points": move.points, "maximum_payment": move.payment}
    wanted = [n for n in range(1 if move.rest_points is None else 2) if n >= len(held)]
    for n in wanted:
        session.send(who, build.open_distribution_position(**common, number=n))
    if move.rest_points is None:
        trade = build.trade_distribution(**common, **terms, number=0)
    else:
        trade = build.rejoin_distribution(**common, **terms, number=0, rest=1, rest_points=move.rest_points)
    return move, list(session.events(session.send(who, trade)))


def test_a_move_costs_what_was_quoted(session: Session, keys: Keys) -> None:
    """Entering, going on, rejoining after somebody else, unwinding: to the µUSDC."""
    ann, ben, market = arrive(session, keys), arrive(session, keys), open_market(session, keys)
    ways = ((ann, SHIFTED), (ann, Curve(108 * UNIT, 5 * UNIT)), (ben, Curve(107 * UNIT, 6 * UNIT)), (ann, START))
    for who, new in ways:
        account = session.trader(who.pubkey())
        assert account is not None
        move, events = make(session, who, market, new)
        after = session.trader(who.pubkey())
        assert after is not None
        assert account.state.free - after.state.free == move.payment
        assert (events[-1].collateral, events[-1].fee) == (move.collateral, move.fee)
        assert move.is_unwound == (new == START)
        assert len(events) == (1 if move.rest_points is None else 2)
        assert move.rest_points is None or events[0].collateral == move.aside > 0


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (Curve(100 * UNIT, UNIT), "deviation_too_small"),
        (Curve(100 * UNIT, UNIT - 1), "curve_out_of_range"),
        (Curve(1 << 51, 10 * UNIT), "curve_out_of_range"),
        (Curve(100 * UNIT + 1, 10 * UNIT), "trade_too_small"),
    ],
)
def test_a_move_that_the_program_refuses_has_its_code(quoter: DistributionQuoter, new: Curve, code: str) -> None:
    """Before anything is sent."""
    with pytest.raises(UsageError) as caught:
        quoter.move(new)
    assert caught.value.code == code


def test_nothing_is_quoted_after_the_close(quoter: DistributionQuoter) -> None:
    """As the program would refuse."""
    late = DistributionQuoter.at(quoter.protocol, quoter.market, slot=1, unix_timestamp=1_000)
    with pytest.raises(UsageError) as caught:
        late.move(SHIFTED)
    assert caught.value.code == "trading_ended"


def test_ranges_have_the_normal_distributions_prices(quoter: DistributionQuoter) -> None:
    """One deviation on either side 68.27 %, two 95.45 %, all of it 1, nothing 0."""
    found = [quoter.range_price((100 - z * 10) * UNIT, (100 + z * 10) * UNIT) for z in (0, 1, 2, 8)]
    assert found == pytest.approx([0, 682_689_492, 954_499_736, 10**9], abs=3)


def test_the_norm_covers_what_was_asked_for() -> None:
    """The narrowest curve just fits, a hair narrower one does not."""
    for backing, narrowest in ((BACKING, 2 * UNIT), (USDC, 123_456_789), (10**13, 10**14)):
        norm = distributions.norm_for(backing, narrowest)
        assert is_backed(norm, narrowest, backing)
        assert norm == MAXIMUM_NORM or not is_backed(norm + 1, narrowest, backing)


def test_worth_is_the_expectation(quoter: DistributionQuoter) -> None:
    """At the market's own distribution holding g − f is worth collateral + E g − E f; an empty one its collateral."""
    position = blank(
        DistributionPosition, from_mean=START.mean, from_deviation=START.deviation, mean=112 * UNIT, deviation=10 * UNIT,
        collateral=3_000 * USDC,
    )  # fmt: skip
    norm, width = NORM / USDC, 10.0
    top = norm / (width * 3.141592653589793**0.5) ** 0.5
    gained = top / 2**0.5 * (2.718281828459045 ** -(12**2 / (4 * width**2)) - 1)
    assert distributions.worth_of(quoter.market, position) / USDC == pytest.approx(3_000 + gained, abs=1e-3)
    assert distributions.worth_of(quoter.market, blank(DistributionPosition, collateral=7)) == 7


def test_a_claim_is_the_payout_at_the_outcome(quoter: DistributionQuoter) -> None:
    """In a void market the collateral, otherwise never below zero."""
    position = blank(
        DistributionPosition, from_mean=START.mean, from_deviation=START.deviation, mean=112 * UNIT, deviation=10 * UNIT,
        collateral=5,
    )  # fmt: skip
    quoter.market.void = True
    assert distributions.claim_of(quoter.market, position) == 5
    quoter.market.void, quoter.market.outcome = False, 100 * UNIT
    assert distributions.claim_of(quoter.market, position) == 0
    quoter.market.outcome = 112 * UNIT
    assert distributions.claim_of(quoter.market, position) > 1_000 * USDC
