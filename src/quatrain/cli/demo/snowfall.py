"""A chapter of the story: a market of a real number, moved by two people, left by one of them before the end."""

from __future__ import annotations

from typing import Any

from solders.pubkey import Pubkey

from quatrain.cli.demo.narrator import Narrator
from quatrain.cli.demo.people import Person
from quatrain.cli.demo.stage import SUBSIDY, Stage
from quatrain.cli.distributions import show_curve, show_number
from quatrain.client.amounts import USDC, show_price
from quatrain.client.distributions import Curve, DistributionQuoter, Move, norm_for
from quatrain.cluster.local import ROOT_VERSE
from quatrain.core.distribution import UNIT
from quatrain.keepers.ingest.question import Question
from quatrain.program.distribution_events import DistributionClaimed

TITLE = "How much snow falls on the harbour on Sunday?"
OPENING = Curve(12 * UNIT, 5 * UNIT)
NARROWEST = 2 * UNIT
OUTCOME = 14_500_000
DEEP = 15 * UNIT
DAY_SECONDS = 86_400
SLOTS_BETWEEN = 200


def tell_snowfall(narrator: Narrator, stage: Stage, people: list[Person]) -> None:
    """From its opening to the last claim."""
    narrator.section("A market of a real number")
    market = _open(narrator, stage)
    ada, _, cleo = people
    _tell(narrator, "Ada", _move(stage, ada, market, Curve(15 * UNIT, 4 * UNIT)))
    _tell(narrator, "Cleo", _move(stage, cleo, market, Curve(14_500_000, 3_800_000)))
    left = _move(stage, ada, market, OPENING)
    narrator.say(
        f"Ada wants out, but Cleo has moved the market since. So a second position of hers takes the way from there to where "
        f"hers ended, and locks {USDC.show(left.aside)} USDC; the other {USDC.show(-left.payment)} USDC are free again."
    )
    _end(narrator, stage, market, people)


def _open(narrator: Narrator, stage: Stage) -> Pubkey:
    question = Question(TITLE, ("cm",), "What the harbour master measures on the quay at noon.")
    stage.catalogue.put([question])
    session, admin, now = stage.session, stage.keys.admin, stage.chain.clock().unix_timestamp
    id = session.protocol().next_market_id
    create = session.instructions.create_distribution(
        admin=admin.pubkey(), verse_id=ROOT_VERSE, id=id, norm=norm_for(SUBSIDY, NARROWEST), mean=OPENING.mean,
        deviation=OPENING.deviation, backing=SUBSIDY, opens_at=now, closes_at=now + DAY_SECONDS, question=question.digest,
    )  # fmt: skip
    stage.send("create a market of a real number", admin, create)
    price = _quoter(stage, id).range_price(DEEP, DEEP + 20 * OPENING.deviation)
    narrator.say(
        f"“{TITLE}” has no list of outcomes: the market holds a normal distribution, {_shown(OPENING)} cm at first, so "
        f"{show_price(price)} for {show_number(DEEP)} cm or more. Who moves it gains near the new mean what he risks near the old one."
    )
    return session.deployment.distribution(id)


def _quoter(stage: Stage, id: int) -> DistributionQuoter:
    return stage.session.distribution_quoter(stage.session.distribution(id).state)


def _move(stage: Stage, who: Person, market: Pubkey, new: Curve) -> Move:
    """Move the market by the person's position 0, which rejoins with position 1 where it was left behind."""
    session, build = stage.session, stage.session.instructions
    stage.chain.warp(slot=stage.chain.clock().slot + SLOTS_BETWEEN)
    found = next(one for one in session.distributions() if one.address == market)
    held = session.distribution_positions(market=market, trader=session.deployment.trader(who.address))
    move = session.distribution_quoter(found.state).move(new, held[0].state if held else None)
    common: dict[str, Any] = {"authority": who.address, "market_address": market}
    terms: dict[str, Any] = {"old": move.old, "new": new, "points": move.points, "maximum_payment": move.payment}
    if not held:
        stage.send("open a position", who.key, build.open_distribution_position(**common, number=0))
    if move.rest_points is None:
        stage.send("move a real number", who.key, build.trade_distribution(**common, **terms, number=0))
        return move
    rejoin = build.rejoin_distribution(**common, **terms, number=0, rest=1, rest_points=move.rest_points)
    opening = build.open_distribution_position(**common, number=1)
    stage.send("open a position and rejoin", who.key, opening, rejoin)
    return move


def _tell(narrator: Narrator, name: str, move: Move) -> None:
    narrator.say(
        f"{name} moves it to {_shown(move.new)} and locks {USDC.show(move.collateral)} USDC (fee "
        f"{USDC.show(move.fee, places=4)}): the most that can be lost by it, verified on chain at the lowest points."
    )


def _shown(curve: Curve) -> str:
    return show_curve(curve.mean, curve.deviation)


def _end(narrator: Narrator, stage: Stage, market: Pubkey, people: list[Person]) -> None:
    session, build, admin = stage.session, stage.session.instructions, stage.keys.admin
    stage.chain.warp(unix_timestamp=stage.chain.clock().unix_timestamp + DAY_SECONDS)
    stage.send("close", admin, build.close_distribution(authority=admin.pubkey(), market_address=market))
    before = session.protocol().lp_cash
    resolve = build.resolve_distribution(
        authority=admin.pubkey(), market_address=market, verse_id=ROOT_VERSE, outcome=OUTCOME, void=False
    )
    stage.send("resolve a real number", admin, resolve)
    returned = session.protocol().lp_cash - before
    narrator.say(
        f"{show_number(OUTCOME)} cm fall. {USDC.show(returned)} of the vault's {USDC.show(SUBSIDY)} USDC go back to it."
    )
    for person in people:
        owned = session.distribution_positions(market=market, trader=session.deployment.trader(person.address))
        for position in owned:
            claim = build.claim_distribution(
                authority=person.address, market_address=market, number=position.state.number
            )
            (event,) = session.events(stage.send("claim", admin, claim))
            assert isinstance(event, DistributionClaimed)
            if event.collateral:
                narrator.say(
                    f"{person.name} had {USDC.show(event.collateral)} USDC locked and is paid {USDC.show(event.payout)}."
                )
    stage.send("sync", admin, build.sync_distribution(market_address=market, verse_id=ROOT_VERSE))


__all__ = ["tell_snowfall"]
