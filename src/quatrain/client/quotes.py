"""What a trade would do, computed with the very functions that the program compiles, on decoded accounts.

A quote is exact for the state and the second it was made for: the program would charge the same to the µUSDC, and refuse
for the same reason. Between quote and trade others may trade, which is what the limits of an instruction are for;
`with_slippage` derives them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeVar

from attrs import evolve, frozen

from hognose.lang import Clock, ProgramAbort, Trap
from quatrain.client.accounts import blank
from quatrain.client.amounts import SHARES, USDC
from quatrain.client.errors import UsageError
from quatrain.client.failures import split_message
from quatrain.client.work import NO_WORK, Work, counted
from quatrain.program.decay import decay
from quatrain.program.fees import taker_rate
from quatrain.program.limits import SLOT_BITS, room_left, use_room, whole_room
from quatrain.program.makers import cost_ceil
from quatrain.program.state import PRICE_ONE, Market, MarketStatus, Order, Protocol
from quatrain.program.tape import record_trade
from quatrain.program.trade import price_order, price_sale

T = TypeVar("T")
BPS_ONE: Final = 10_000
SLOTS_PER_SECOND: Final = 2.5
"""Nominal; only to tell people how long some slots are."""


class Side(StrEnum):
    """Whether the trader takes shares from the pool or gives them back."""

    BUY = "buy"
    SELL = "sell"


@frozen
class Quote:
    """A trade's terms: µshares, µUSDC, prices in 1e-9.

    `total` is what leaves the trader's free money (buy, amount + fee) or reaches it (sell, amount − fee).
    """

    side: Side
    outcome: int
    shares: int
    amount: int
    fee: int
    price_before: int
    price_after: int
    work: Work = NO_WORK

    @property
    def total(self) -> int:
        """Amount and fee as the trader feels them."""
        return self.amount + self.fee if self.side is Side.BUY else self.amount - self.fee

    @property
    def average_price(self) -> int:
        """Total per share, rounded against the trader."""
        if not self.shares:
            return 0
        scaled = self.total * PRICE_ONE
        return -(-scaled // self.shares) if self.side is Side.BUY else scaled // self.shares

    @property
    def impact(self) -> int:
        """How far the trade moves the price: positive for a buy."""
        return self.price_after - self.price_before

    def with_slippage(self, basis_points: int) -> int:
        """The limit that lets the total be this much worse: a maximum cost or minimum proceeds."""
        if self.side is Side.BUY:
            return self.total + -(-self.total * basis_points // BPS_ONE)
        return self.total * max(BPS_ONE - basis_points, 0) // BPS_ONE

    def shares_with_slippage(self, basis_points: int) -> int:
        """The limit for a trade by money: the least shares of a buy, the most of a sale."""
        if self.side is Side.BUY:
            return self.shares * max(BPS_ONE - basis_points, 0) // BPS_ONE
        return self.shares + -(-self.shares * basis_points // BPS_ONE)


def outcome_price(market: Market, outcome: int) -> int:
    """The pool's price of an outcome; once resolved, what a share pays."""
    if market.status == MarketStatus.RESOLVED:
        return market.outcomes[outcome].held
    return cost_ceil(market, outcome, 1)[1]


def prices(market: Market) -> list[int]:
    """The price of every outcome, 1e-9."""
    return [outcome_price(market, i) for i in range(market.outcome_count)]


def at_present(market: Market, unix_timestamp: int) -> Market:
    """The market as the program would see it then: a copy, in which a pm-AMM's liquidity has fallen, unless loans hold it."""
    market = copy.deepcopy(market)
    decay(market, unix_timestamp)
    return market


@frozen
class Quoter:
    """Quotes of one market at one moment, by the rules in force."""

    protocol: Protocol
    market: Market
    """At the present."""
    clock: Clock

    @classmethod
    def at(cls, protocol: Protocol, market: Market, *, slot: int, unix_timestamp: int) -> Quoter:
        """For a market as fetched, however long ago it was written."""
        clock = blank(Clock, slot=slot, unix_timestamp=unix_timestamp)
        return cls(protocol, at_present(market, unix_timestamp), clock)

    def buy(self, outcome: int, shares: int) -> Quote:
        """Buying exactly `shares`."""
        return self.order(outcome, Order.BUY, shares)

    def buy_for(self, outcome: int, spend: int) -> Quote:
        """Spending exactly `spend`, fee included."""
        return self.order(outcome, Order.BUY_FOR, spend)

    def sell(self, outcome: int, shares: int) -> Quote:
        """Selling exactly `shares`."""
        return self.order(outcome, Order.SELL, shares)

    def sell_for(self, outcome: int, proceeds: int) -> Quote:
        """Receiving exactly `proceeds`, after the fee."""
        return self.order(outcome, Order.SELL_FOR, proceeds)

    def order(self, outcome: int, order: Order, amount: int) -> Quote:
        """The terms of an order; UsageError, with the code of the program's error, where nobody could make it now."""
        self._require_known(outcome)
        is_sale = order >= Order.SELL
        if order == Order.SELL:
            self._require_sold(outcome, amount)
        (shares, money, fee, before, after), work = computed(
            lambda: price_order(self.protocol, self.market, outcome, order, amount, self.clock)
        )
        if is_sale:
            self._require_sold(outcome, shares)
        return Quote(Side.SELL if is_sale else Side.BUY, outcome, shares, money, fee, before, after, work)

    def after(self, quote: Quote) -> Quoter:
        """Quotes after the quoted trade, in the same slot: what the next leg of a batch meets."""
        market, is_buy = copy.deepcopy(self.market), quote.side is Side.BUY
        record_trade(market, quote.shares, self.clock.slot)
        market.sets += quote.amount if is_buy else -quote.amount
        market.outcomes[quote.outcome].sold += quote.shares if is_buy else -quote.shares
        if self._fits(quote, 0):
            use_room(self.protocol, market, quote.price_before, quote.price_after, self.clock.slot, is_buy)
        return evolve(self, market=market)

    def worth(self, outcome: int, shares: int) -> int:
        """What the pool would pay for shares after the fee, whether or not it trades."""
        if shares == 0:
            return 0
        (_, proceeds, fee, *_), _ = computed(
            lambda: price_sale(self.market, outcome, Order.SELL, shares, self.rate(Side.SELL))
        )
        return proceeds - fee

    def rate(self, side: Side) -> int:
        """The taker fee's rate of such a trade now, 1e-8."""
        return taker_rate(self.protocol, self.market, self.clock, side is Side.BUY)

    # -- the price's room -----------------------------------------------------------------------------------------

    def room(self, side: Side) -> int:
        """How far such a trade may move the price now, 1e-9."""
        return room_left(self.protocol, self.market, self.clock.slot, side is Side.BUY)

    def slots_to_wait(self, quote: Quote) -> int:
        """The fewest slots after which the price may move as far as the quote moves it; 0 when it may now."""
        low, high = 0, 2 * (whole_room(self.protocol) >> SLOT_BITS) + 2
        while low < high:
            middle = (low + high) // 2
            if self._fits(quote, middle):
                high = middle
            else:
                low = middle + 1
        return low

    def most_now(self, quote: Quote, order: Order, amount: int) -> int:
        """The largest amount of the order, to a thousandth, whose movement fits now; at most what was asked."""
        low, high = 0, amount
        while high - low > max(amount // 1_000, 1):
            middle = (low + high) // 2
            if self._orderable(quote.outcome, order, middle):
                low = middle
            else:
                high = middle
        return low

    def require_room(self, quote: Quote, order: Order, amount: int) -> None:
        """UsageError, with what could be done instead, where the quote's trade would move the price too fast."""
        wait = self.slots_to_wait(quote)
        if wait == 0:
            return
        most = self.most_now(quote, order, amount)
        unit, name = (SHARES, "shares") if order in (Order.BUY, Order.SELL) else (USDC, "USDC")
        raise UsageError(
            f"this would move the price by {show_points(abs(quote.impact))} points, and it may move by "
            f"{show_points(self.room(quote.side))} now",
            code="price_moves_too_fast",
            advice=f"Wait {wait} slots ({wait / SLOTS_PER_SECOND:.0f} s), or trade at most {unit.show(most)} {name} now.",
        )

    def _orderable(self, outcome: int, order: Order, amount: int) -> bool:
        try:
            return amount > 0 and self._fits(self.order(outcome, order, amount), 0)
        except UsageError:
            return False

    def _fits(self, quote: Quote, slots: int) -> bool:
        """Whether the program would let the price move so far that many slots from now."""
        market, slot = copy.copy(self.market), self.clock.slot + slots
        try:
            use_room(self.protocol, market, quote.price_before, quote.price_after, slot, quote.side is Side.BUY)
        except ProgramAbort:
            return False
        return True

    # -- what an order must name ----------------------------------------------------------------------------------

    def _require_known(self, outcome: int) -> None:
        if not 0 <= outcome < self.market.outcome_count:
            raise UsageError(
                f"the market has no outcome {outcome}; it has 0 to {self.market.outcome_count - 1}",
                code="outcome_unknown",
            )

    def _require_sold(self, outcome: int, shares: int) -> None:
        """Nobody can sell more shares than there are."""
        if shares > self.market.outcomes[outcome].sold:
            raise UsageError(
                "there are fewer shares than that", code="insufficient_shares", advice="Sell at most what you hold."
            )


def show_points(price: int) -> str:
    """A difference of prices in points, hundredths of the whole, with two decimals."""
    hundredths = (price * 10_000 + PRICE_ONE // 2) // PRICE_ONE
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def computed(compute: Callable[[], T]) -> tuple[T, Work]:
    """The result and the work of what the program would compute; where it would refuse or abort, the error that says so."""
    try:
        return counted(compute)
    except ProgramAbort as abort:
        what, advice = split_message(abort.error.message)
        raise UsageError(what, code=abort.error.name.lower(), advice=advice) from abort
    except Trap as trap:
        raise UsageError(
            "the trade is too large for this market's liquidity",
            code="trade_too_large",
            advice="Split it or trade less.",
        ) from trap


__all__ = [
    "SLOTS_PER_SECOND", "Quote", "Quoter", "Side", "at_present", "computed", "outcome_price", "prices", "show_points",
]  # fmt: skip
