"""The typed functions for markets of a real number; with the others in `Instructions`.

Outcomes, means, deviations and points are in millionths of the market's unit, norms in µUSDC·√unit, money in µUSDC.
"""

from __future__ import annotations

from attrs import frozen
from solders.instruction import Instruction

from hognose.lang import Hash
from quatrain.client.addresses import Address
from quatrain.client.builder import Builder
from quatrain.client.distributions import Curve, Points
from quatrain.program import distribution_market, distribution_position, distribution_trade


@frozen
class DistributionInstructions(Builder):
    """Builders of `Instructions`."""

    def create_distribution(
        self,
        *,
        admin: Address,
        verse_id: int,
        id: int,
        norm: int,
        mean: int,
        deviation: int,
        backing: int,
        opens_at: int,
        closes_at: int,
        question: Hash,
    ) -> Instruction:
        """Create a market at N(mean, deviation); `admin` signs and pays the rent, the vault gives the backing."""
        return self._build(
            distribution_market.create_distribution,
            {"admin": admin, "verse": self.deployment.verse(verse_id)},
            id=id,
            norm=norm,
            mean=mean,
            deviation=deviation,
            backing=backing,
            opens_at=opens_at,
            closes_at=closes_at,
            question=question,
        )

    def set_distribution_liquidity(
        self, *, admin: Address, market_address: Address, verse_id: int, norm: int, backing: int
    ) -> Instruction:
        """Add backing, or change norm and backing of a market without positions; `admin` signs."""
        accounts = {"admin": admin, "market": market_address, "verse": self.deployment.verse(verse_id)}
        return self._build(distribution_market.set_distribution_liquidity, accounts, norm=norm, backing=backing)

    def close_distribution(self, *, authority: Address, market_address: Address) -> Instruction:
        """End trading; anybody signs from the closing time on, oracle or admin before."""
        accounts = {"authority": authority, "market": market_address}
        return self._build(distribution_market.close_distribution, accounts)

    def resolve_distribution(
        self, *, authority: Address, market_address: Address, verse_id: int, outcome: int, void: bool
    ) -> Instruction:
        """Fix the outcome, or declare the market void (then the outcome is 0); oracle or admin signs."""
        accounts = {"authority": authority, "market": market_address, "verse": self.deployment.verse(verse_id)}
        return self._build(distribution_market.resolve_distribution, accounts, outcome=outcome, void=void)

    def sync_distribution(self, *, market_address: Address, verse_id: int) -> Instruction:
        """Tell verse and protocol what the market gathered, and share out its fees; nobody signs."""
        accounts = {"market": market_address, "verse": self.deployment.verse(verse_id)}
        return self._build(distribution_market.sync_distribution, accounts)

    def prune_distribution(self, *, market_address: Address, verse_id: int, creator: Address) -> Instruction:
        """Remove a settled market; its rent goes to `creator`; nobody signs."""
        accounts = {"market": market_address, "verse": self.deployment.verse(verse_id), "creator": creator}
        return self._build(distribution_market.prune_distribution, accounts)

    def open_distribution_position(self, *, authority: Address, market_address: Address, number: int) -> Instruction:
        """Open an empty position under a number of the trader's choice; `authority` signs and pays its rent."""
        accounts = {"authority": authority, "market": market_address}
        return self._build(distribution_position.open_distribution_position, accounts, number=number)

    def trade_distribution(
        self,
        *,
        authority: Address,
        market_address: Address,
        number: int,
        old: Curve,
        new: Curve,
        points: Points,
        maximum_payment: int,
    ) -> Instruction:
        """Move the market from the curve `old` to `new` for at most `maximum_payment` µUSDC, negative for an income.

        `points` are the lowest ones of the way from the position's first curve to `new`; `authority` signs.
        """
        return self._build(
            distribution_trade.trade_distribution,
            self._position(authority, market_address, number),
            old_mean=old.mean,
            old_deviation=old.deviation,
            mean=new.mean,
            deviation=new.deviation,
            near=points.near,
            far=points.far,
            maximum_payment=maximum_payment,
        )

    def rejoin_distribution(
        self,
        *,
        authority: Address,
        market_address: Address,
        number: int,
        rest: int,
        old: Curve,
        new: Curve,
        points: Points,
        rest_points: Points,
        maximum_payment: int,
    ) -> Instruction:
        """Trade with a position that others have left behind; the empty position `rest` takes the way from `old` to its end."""
        accounts = self._position(authority, market_address, number)
        trader = self.deployment.trader(authority)
        accounts["rest"] = self.deployment.distribution_position(trader, market_address, rest)
        return self._build(
            distribution_trade.rejoin_distribution,
            accounts,
            old_mean=old.mean,
            old_deviation=old.deviation,
            mean=new.mean,
            deviation=new.deviation,
            near=points.near,
            far=points.far,
            rest_near=rest_points.near,
            rest_far=rest_points.far,
            maximum_payment=maximum_payment,
        )

    def claim_distribution(self, *, authority: Address, market_address: Address, number: int) -> Instruction:
        """Pay out a position of the trader `authority` in a resolved market; nobody signs."""
        accounts = self._position(authority, market_address, number)
        del accounts["authority"]
        accounts["receiver"] = authority
        return self._build(distribution_position.claim_distribution, accounts)

    def close_distribution_position(self, *, authority: Address, market_address: Address, number: int) -> Instruction:
        """Close an empty position; `authority` signs and gets the rent."""
        accounts = self._position(authority, market_address, number)
        return self._build(distribution_position.close_distribution_position, accounts)

    def _position(self, authority: Address, market_address: Address, number: int) -> dict[str, Address | None]:
        trader = self.deployment.trader(authority)
        return {
            "authority": authority,
            "trader": trader,
            "market": market_address,
            "position": self.deployment.distribution_position(trader, market_address, number),
        }


__all__ = ["DistributionInstructions"]
