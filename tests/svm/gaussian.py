"""A stage with markets of a real number, and what traders do in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from solders.pubkey import Pubkey as Address

from quatrain.core import distribution_trade
from quatrain.core.distribution import MAXIMUM_DEVIATION, MAXIMUM_OUTCOME
from quatrain.program import distribution_market, distribution_position
from quatrain.program import distribution_trade as trade_module
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.state import Verse
from tests.core.engine import call
from tests.svm.stage import QUESTION, Actor, Stage
from tests.svm.world import DAY, USDC, Receipt, Ticket, address_of

UNIT = 1_000_000
NORM = 20_000 * USDC
"""With the usual deviation, a peak of 4,750.5 USDC."""
BACKING = 10_000 * USDC
"""Covers deviations from 2.26 units on."""
OPENING = (100 * UNIT, 10 * UNIT)
OPEN_END = 2**62

Curve = tuple[int, int]
"""Mean and deviation."""


def lowest_points(norm: int, old: Curve, new: Curve) -> tuple[int, int]:
    """The two points that a client sends; any, where there is no such curve or nothing to do."""
    if old == new or not (UNIT <= new[1] <= MAXIMUM_DEVIATION and abs(new[0]) <= MAXIMUM_OUTCOME):
        return 0, 0
    outwards = -1 if old[0] <= new[0] else 1
    near = call(distribution_trade.minimising_point, norm, *old, *new, outwards)
    return near, call(distribution_trade.minimising_point, norm, *old, *new, -outwards)


def collateral_of(norm: int, old: Curve, new: Curve) -> int:
    """What a position from one curve to another locks."""
    return call(distribution_trade.collateral_ceil, norm, *old, *new, *lowest_points(norm, old, new))


@dataclass
class Pool:
    """A market of a real number, on a stage."""

    stage: Stage
    address: Address

    @property
    def state(self) -> DistributionMarket:
        """Decoded."""
        return self.stage.read(DistributionMarket, self.address)

    @property
    def verse(self) -> Address:
        """Where its verse lies."""
        return address_of(Verse, id=self.state.verse)

    @property
    def curve(self) -> Curve:
        """The present one."""
        state = self.state
        return state.mean, state.deviation

    def provide(self, norm: int, backing: int) -> Receipt:
        """Set norm and backing."""
        return self.stage.call(
            distribution_market.set_distribution_liquidity,
            admin=self.stage.admin, verse=self.verse, market=self.address, norm=norm, backing=backing,
        )  # fmt: skip

    # -- positions ------------------------------------------------------------------------------------------------------

    def at(self, who: Actor, number: int = 0) -> Address:
        """Address of a position."""
        return address_of(DistributionPosition, trader=who.address, market=self.address, number=number)

    def position(self, who: Actor, number: int = 0) -> DistributionPosition:
        """A position, decoded."""
        return self.stage.read(DistributionPosition, self.at(who, number))

    def opening(self, who: Actor, number: int = 0) -> Ticket:
        """An open_distribution_position, not sent."""
        return who.ticket(
            distribution_position.open_distribution_position,
            market=self.address, position=self.at(who, number), number=number,
        )  # fmt: skip

    def trading(self, who: Actor, new: Curve, number: int = 0, **changes: Any) -> Ticket:
        """A trade_distribution from the market's curve, not sent."""
        state, position = self.state, self.position(who, number)
        first = (position.from_mean, position.from_deviation) if position.deviation else self.curve
        near, far = lowest_points(state.norm, first, new)
        values = {
            "old_mean": state.mean, "old_deviation": state.deviation, "mean": new[0], "deviation": new[1],
            "near": near, "far": far, "maximum_payment": OPEN_END,
        }  # fmt: skip
        return who.ticket(
            trade_module.trade_distribution, market=self.address, position=self.at(who, number), **(values | changes)
        )

    def trade(self, who: Actor, new: Curve, number: int = 0, **changes: Any) -> Receipt:
        """Move the market; opens the position if need be."""
        if not self.stage.exists(self.at(who, number)):
            self.stage.send(self.opening(who, number))
        return self.stage.send(self.trading(who, new, number, **changes))

    def rejoining(self, who: Actor, new: Curve, number: int = 0, rest: int = 1, **changes: Any) -> Ticket:
        """A rejoin_distribution, not sent."""
        state, position = self.state, self.position(who, number)
        first, last = (position.from_mean, position.from_deviation), (position.mean, position.deviation)
        near, far = lowest_points(state.norm, first, new)
        rest_near, rest_far = lowest_points(state.norm, self.curve, last)
        values = {
            "old_mean": state.mean, "old_deviation": state.deviation, "mean": new[0], "deviation": new[1],
            "near": near, "far": far, "rest_near": rest_near, "rest_far": rest_far, "maximum_payment": OPEN_END,
        }  # fmt: skip
        return who.ticket(
            trade_module.rejoin_distribution, market=self.address,
            position=self.at(who, number), rest=self.at(who, rest), **(values | changes),
        )  # fmt: skip

    def rejoin(self, who: Actor, new: Curve, number: int = 0, rest: int = 1, **changes: Any) -> Receipt:
        """Trade with a position that was left behind; opens the other if need be."""
        if not self.stage.exists(self.at(who, rest)):
            self.stage.send(self.opening(who, rest))
        return self.stage.send(self.rejoining(who, new, number, rest, **changes))

    def close_position(self, who: Actor, number: int = 0) -> Receipt:
        """Close an empty position."""
        return self.stage.send(
            who.ticket(
                distribution_position.close_distribution_position, market=self.address, position=self.at(who, number)
            )
        )

    def claiming(self, who: Actor, number: int = 0) -> Ticket:
        """A claim_distribution, not sent."""
        return self.stage.ticket(
            distribution_position.claim_distribution,
            trader=who.address, market=self.address, position=self.at(who, number), receiver=who.key.pubkey(),
        )  # fmt: skip

    def claim(self, who: Actor, number: int = 0) -> Receipt:
        """Claim a position."""
        return self.stage.send(self.claiming(who, number))

    # -- life -----------------------------------------------------------------------------------------------------------

    def close(self) -> Receipt:
        """Move to the closing time and close."""
        self.stage.set_time(max(self.stage.now, self.state.closes_at), self.stage.slot + 1)
        return self.stage.call(distribution_market.close_distribution, authority=self.stage.payer, market=self.address)

    def resolving(self, outcome: int, void: bool = False) -> Ticket:
        """A resolve_distribution by the oracle, not sent."""
        return self.stage.ticket(
            distribution_market.resolve_distribution,
            authority=self.stage.oracle, verse=self.verse, market=self.address, outcome=outcome, void=void,
        )  # fmt: skip

    def finish(self, outcome: int, void: bool = False) -> Receipt:
        """Close and resolve."""
        self.close()
        return self.stage.send(self.resolving(outcome, void))

    def sync(self) -> Receipt:
        """Share out the fees."""
        return self.stage.call(distribution_market.sync_distribution, verse=self.verse, market=self.address)

    def pruning(self) -> Ticket:
        """A prune_distribution, not sent."""
        state = self.state
        return self.stage.ticket(
            distribution_market.prune_distribution,
            verse=address_of(Verse, id=state.verse), market=self.address, creator=Address(bytes(state.creator)),
        )  # fmt: skip

    def prune(self) -> Receipt:
        """Wait until a resolved market may be pruned, and prune it."""
        self.stage.advance(slots=self.stage.protocol.parameters.prune_delay_slots)
        return self.stage.send(self.pruning())


def creation(stage: Stage, opening: Curve = OPENING, **changes: Any) -> Ticket:
    """A create_distribution, not sent."""
    id = stage.protocol.next_market_id
    values: dict[str, Any] = {
        "admin": stage.admin, "verse": address_of(Verse, id=1), "market": address_of(DistributionMarket, id=id),
        "id": id, "norm": NORM, "mean": opening[0], "deviation": opening[1], "backing": BACKING,
        "opens_at": stage.now, "closes_at": stage.now + 30 * DAY, "question": QUESTION,
    }  # fmt: skip
    return stage.ticket(distribution_market.create_distribution, **(values | changes))


def create(stage: Stage, opening: Curve = OPENING, **changes: Any) -> Pool:
    """A market of a real number with the next id."""
    id = stage.protocol.next_market_id
    stage.send(creation(stage, opening, **changes))
    return Pool(stage, address_of(DistributionMarket, id=id))
