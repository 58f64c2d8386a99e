"""The typed functions of the instructions of leverage: books, loans, liquidation, feeds, and trades beside loans.

Addresses of book, ladder and position follow from market, wallet and outcome. Only whether an outcome has a feed must be
told: an instruction that is given one that is not open is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from quatrain.client.addresses import to_lang
from quatrain.client.builder import Builder
from quatrain.program import beside_loans, book, feed, leverage, liquidation, position, trader

if TYPE_CHECKING:
    from solders.instruction import Instruction

    from hognose import lang
    from hognose.lang import Hash
    from quatrain.client.addresses import Address
    from quatrain.program.state import Leg, Order


@frozen
class LoanInstructions(Builder):
    """What operators, borrowers, keepers and reporters sign."""

    # -- the operator -------------------------------------------------------------------------------------------------

    def open_book(self, *, admin: Address, market_address: Address, outcome_count: int, ends_at: int) -> Instruction:
        """Let a market have loans that end before a unix second; `admin` signs and pays."""
        accounts = {"admin": admin, "market": market_address}
        return self._build(book.open_book, accounts, outcome_count=outcome_count, ends_at=ends_at)

    def open_ladder(self, *, payer: Address, market_address: Address, outcome: int) -> Instruction:
        """Let an outcome have loans; `payer` signs."""
        return self._build(book.open_ladder, {"payer": payer, "market": market_address}, outcome=outcome)

    def close_book(self, *, admin: Address, market_address: Address) -> Instruction:
        """Close an empty book; `admin` signs and gets its rent."""
        return self._build(book.close_book, {"admin": admin, "market": market_address})

    def close_ladder(self, *, admin: Address, market_address: Address, outcome: int) -> Instruction:
        """Close an outcome's ladder in a market without loans; `admin` signs and gets its rent."""
        ladder = self.deployment.ladder(market_address, outcome)
        return self._build(book.close_ladder, {"admin": admin, "market": market_address, "ladder": ladder})

    def set_calm_end(self, *, authority: Address, market_address: Address, ends_at: int) -> Instruction:
        """Let loans end before an earlier unix second; oracle or admin signs."""
        return self._build(book.set_calm_end, {"authority": authority, "market": market_address}, ends_at=ends_at)

    def allocate_loans(self, *, admin: Address, verse_id: int, market_address: Address, amount: int) -> Instruction:
        """Move µUSDC of the vault into a book; `admin` signs."""
        accounts = {"admin": admin, "verse": self.deployment.verse(verse_id), "market": market_address}
        return self._build(book.allocate_loans, accounts, amount=amount)

    def recall_loans(self, *, admin: Address, verse_id: int, market_address: Address, amount: int) -> Instruction:
        """Move µUSDC that are not lent back to the vault; `admin` signs."""
        accounts = {"admin": admin, "verse": self.deployment.verse(verse_id), "market": market_address}
        return self._build(book.recall_loans, accounts, amount=amount)

    def sync_book(self, *, verse_id: int, market_address: Address) -> Instruction:
        """Give vault and insurance what a book earned, and renew its cap; nobody signs."""
        accounts = {"verse": self.deployment.verse(verse_id), "market": market_address}
        return self._build(book.sync_book, accounts)

    def shrink_liquidity(self, *, market_address: Address) -> Instruction:
        """Let the liquidity of a pm-AMM with loans fall as far as its lines allow; nobody signs."""
        ladders = {
            "first": self.deployment.ladder(market_address, 0),
            "second": self.deployment.ladder(market_address, 1),
        }
        return self._build(book.shrink_liquidity, {"market": market_address, **ladders})

    # -- outside prices -----------------------------------------------------------------------------------------------

    def open_feed(
        self, *, authority: Address, market_address: Address, outcome: int, reporters: Sequence[Address]
    ) -> Instruction:
        """Open the feed of an outcome with up to five reporters; oracle or admin signs and pays."""
        accounts = {"authority": authority, "market": market_address}
        return self._build(feed.open_feed, accounts, outcome=outcome, reporters=_keys(reporters))

    def set_reporters(
        self, *, authority: Address, market_address: Address, outcome: int, reporters: Sequence[Address]
    ) -> Instruction:
        """Name other reporters of a feed; oracle or admin signs."""
        accounts = {"authority": authority, "feed": self.deployment.feed(market_address, outcome)}
        return self._build(feed.set_reporters, accounts, reporters=_keys(reporters))

    def report_price(
        self, *, reporter: Address, market_address: Address, outcome: int, price: int, confidence: int
    ) -> Instruction:
        """Say what an outcome costs elsewhere, and half the width of the doubt, 1e-9; `reporter` signs."""
        accounts = {"reporter": reporter, "feed": self.deployment.feed(market_address, outcome)}
        return self._build(feed.report_price, accounts, price=price, confidence=confidence)

    # -- borrowers ----------------------------------------------------------------------------------------------------

    def acknowledge_risk(self, *, authority: Address, disclosure: Hash) -> Instruction:
        """Record the SHA-256 of the risk disclosure that was read; `authority` signs."""
        return self._build(trader.acknowledge_risk, {"authority": authority}, disclosure=disclosure)

    def open_leverage(
        self,
        *,
        authority: Address,
        market_address: Address,
        outcome: int,
        shares: int,
        maximum_cost: int,
        loan: int,
        until: int,
        has_feed: bool = False,
    ) -> Instruction:
        """Buy `shares` for at most `maximum_cost` with a `loan` until a unix second; `authority` signs."""
        return self._build(
            leverage.open_leverage,
            self._leverage(authority, market_address, outcome),
            self._feeds(market_address, outcome, has_feed),
            shares=shares,
            maximum_cost=maximum_cost,
            loan=loan,
            until=until,
        )

    def close_leverage(
        self,
        *,
        authority: Address,
        market_address: Address,
        outcome: int,
        shares: int,
        minimum_proceeds: int,
        has_feed: bool = False,
    ) -> Instruction:
        """Sell `shares` of an indebted position for at least `minimum_proceeds`, debt first; `authority` signs."""
        return self._build(
            leverage.close_leverage,
            self._leverage(authority, market_address, outcome),
            self._feeds(market_address, outcome, has_feed),
            shares=shares,
            minimum_proceeds=minimum_proceeds,
        )

    def add_margin(
        self, *, authority: Address, market_address: Address, outcome: int, amount: int, has_feed: bool = False
    ) -> Instruction:
        """Repay µUSDC of a debt from free money; `authority` signs."""
        return self._build(
            leverage.add_margin,
            self._leverage(authority, market_address, outcome),
            self._feeds(market_address, outcome, has_feed),
            amount=amount,
        )

    def remove_margin(
        self,
        *,
        authority: Address,
        market_address: Address,
        outcome: int,
        amount: int,
        until: int,
        has_feed: bool = False,
    ) -> Instruction:
        """Borrow µUSDC more on the shares of a position until a unix second; `authority` signs."""
        return self._build(
            leverage.remove_margin,
            self._leverage(authority, market_address, outcome),
            self._feeds(market_address, outcome, has_feed),
            amount=amount,
            until=until,
        )

    def extend_loan(
        self, *, authority: Address, market_address: Address, outcome: int, until: int, has_feed: bool = False
    ) -> Instruction:
        """Let a loan end at a later unix second; `authority` signs."""
        return self._build(
            leverage.extend_loan,
            self._leverage(authority, market_address, outcome),
            self._feeds(market_address, outcome, has_feed),
            until=until,
        )

    # -- keepers ------------------------------------------------------------------------------------------------------

    def liquidate(
        self,
        *,
        authority: Address,
        trader_address: Address,
        market_address: Address,
        outcome: int,
        maximum_shares: int,
        has_feed: bool = False,
    ) -> Instruction:
        """Sell up to `maximum_shares` of a trader's due position; the keeper `authority` signs and is rewarded."""
        accounts = {
            "authority": authority,
            "keeper": self.deployment.trader(authority),
            "trader": trader_address,
            "market": market_address,
            "ladder": self.deployment.ladder(market_address, outcome),
            "position": self.deployment.position(trader_address, market_address, outcome),
        }
        feeds = self._feeds(market_address, outcome, has_feed)
        return self._build(liquidation.liquidate, accounts, feeds, maximum_shares=maximum_shares)

    # -- trades beside loans ------------------------------------------------------------------------------------------

    def trade_beside_loans(
        self, *, authority: Address, market_address: Address, outcome: int, order: Order, amount: int, limit: int
    ) -> Instruction:
        """An ordinary trade in a market with loans; `authority` signs."""
        accounts = self._trade(authority, market_address, outcome)
        return self._build(beside_loans.trade_beside_loans, accounts, order=order, amount=amount, limit=limit)

    def batch_beside_loans(
        self, *, authority: Address, market_address: Address, legs: Sequence[tuple[int, Leg]], maximum_spend: int
    ) -> Instruction:
        """A batch in a market with loans: each leg with its outcome; `authority` signs."""
        trader_address = self.deployment.trader(authority)
        positions = [self.deployment.position(trader_address, market_address, outcome) for outcome, _ in legs]
        accounts = {"authority": authority, "trader": trader_address, "market": market_address}
        orders = [leg for _, leg in legs]
        return self._build(
            beside_loans.batch_beside_loans, accounts, positions, maximum_spend=maximum_spend, legs=orders
        )

    def merge_sets(self, *, authority: Address, market_address: Address, outcome_count: int, sets: int) -> Instruction:
        """Give a share of each outcome back for each µUSDC; `authority` signs."""
        trader_address = self.deployment.trader(authority)
        positions = [self.deployment.position(trader_address, market_address, i) for i in range(outcome_count)]
        accounts = {"authority": authority, "trader": trader_address, "market": market_address}
        return self._build(position.merge_sets, accounts, positions, sets=sets)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _leverage(self, authority: Address, market_address: Address, outcome: int) -> dict[str, Address | None]:
        ladder = self.deployment.ladder(market_address, outcome)
        return self._trade(authority, market_address, outcome) | {"ladder": ladder}

    def _feeds(self, market_address: Address, outcome: int, has_feed: bool) -> list[Address]:
        return [self.deployment.feed(market_address, outcome)] if has_feed else []


def _keys(addresses: Sequence[Address]) -> list[lang.Pubkey]:
    return [to_lang(address) for address in addresses]


__all__ = ["LoanInstructions"]
