"""Leverage: shares bought with a loan from the vault, and what their owner may do with it.

A loan goes through the trader's free money within one instruction, so that a leveraged trade is an ordinary one, priced, held
to its limits and recorded as such. Around it the position leaves its rung and takes another, and at the end all that fell
is above its line.
"""

from __future__ import annotations

from collections.abc import Sequence

from hognose.lang import (
    Account,
    Clock,
    Hash,
    accounts,
    clock,
    emit,
    i64,
    instruction,
    key,
    mul_div_floor,
    repeated,
    require,
    signer,
    state,
    u8,
    u64,
)
from quatrain.core.leverage import TERM_MAXIMUM, WARY, cap_at, is_within, loans_end
from quatrain.core.water_line import CUSHION
from quatrain.program.chain import chain
from quatrain.program.decay import bring_to_present
from quatrain.program.errors import QuatrainError
from quatrain.program.feed import outside_price
from quatrain.program.filling import fill
from quatrain.program.lending import (
    lend,
    payable,
    prepay_interest,
    put_on,
    release_interest,
    repay,
    shrink_margin,
    take_off,
)
from quatrain.program.levels import draw_line, level_of, observe, require_above, require_low, require_others_above
from quatrain.program.limits import require_trading
from quatrain.program.loan_events import LeverageTraded, LoanChanged
from quatrain.program.loan_state import Book, Feed, Ladder, LoanAct
from quatrain.program.makers import price_of
from quatrain.program.state import PRICE_ONE, Market, Order, Position, Protocol, Trader
from quatrain.program.trade import price_order

SYNC_SLOTS = 150
"""A loan needs a book synced no longer ago."""
NO_DISCLOSURE = Hash(bytes(32))
REPORTERS_MINIMUM = 3
"""Fresh reports that leverage above 10x needs."""


@accounts
class Leverage:
    """Only the trader's own accounts and the market's are written. A feed is optional: without three reporters, 10x."""

    authority: Account = signer()
    protocol: Protocol = state()
    trader: Trader = state(writable=True, authority="authority")
    market: Market = state(writable=True)
    book: Book = state(writable=True, market="market")
    ladder: Ladder = state(writable=True, market="market")
    position: Position = state(writable=True, trader="trader", market="market")
    feeds: Sequence[Feed] = repeated(maximum=1, market="market")


# -- what all of them share ----------------------------------------------------------------------------------------------


def begin(accounts: Leverage, now: Clock) -> None:
    """Check that the ladder is the outcome's, bring a market without loans to the present, and take the position off."""
    require(accounts.ladder.outcome == accounts.position.outcome, QuatrainError.OUTCOME_UNKNOWN)
    bring_to_present(accounts.market, now)
    observe(accounts.market, accounts.book, now.slot)
    if accounts.book.indebted >> accounts.position.outcome & 1 == 0:
        accounts.book.sides[accounts.position.outcome].mean = level_of(accounts.market, accounts.position.outcome)
    if accounts.position.debt != 0:
        take_off(accounts.market, accounts.ladder, accounts.position)


def finish(accounts: Leverage) -> None:
    """Put the position on its rung, draw the line, and hold it."""
    position = accounts.position
    market = accounts.market
    put_on(market, accounts.ladder, position, CUSHION)
    line = draw_line(market, accounts.book, accounts.ladder)
    require_low(market, line)
    require_above(market, accounts.book, position.outcome)


def require_lending(accounts: Leverage, until: i64, now: Clock) -> None:
    """Refuse a new or longer loan on a stale book, after a liquidation, or for too long."""
    book = accounts.book
    market = accounts.market
    require(now.slot <= book.synced_slot + SYNC_SLOTS, QuatrainError.BOOK_STALE)
    require(now.unix_timestamp >= book.sides[accounts.position.outcome].quiet_until, QuatrainError.NO_NEW_LOANS)
    latest = min(now.unix_timestamp + TERM_MAXIMUM, loans_end(market.opens_at, book.ends_at))
    require(now.unix_timestamp < until <= latest, QuatrainError.TERM_INVALID)


def require_cap(accounts: Leverage, price: u64, now: Clock) -> None:
    """Refuse a position whose leverage, its shares taken at a price, is above what holds for this trader now."""
    book = accounts.book
    position = accounts.position
    cap = book.cap
    if cap > WARY:
        reporters: u64 = 0
        if len(accounts.feeds) != 0:
            reporters, _ = outside_price(accounts.feeds[0], position.outcome, now.unix_timestamp)
        if reporters < REPORTERS_MINIMUM or accounts.trader.disclosure == NO_DISCLOSURE:
            cap = WARY
    cap = cap_at(cap, accounts.market.opens_at, book.ends_at, now.unix_timestamp)
    worth = mul_div_floor(position.shares, price, PRICE_ONE)
    require(is_within(cap, worth, position.debt), QuatrainError.LEVERAGE_ABOVE_CAP)


def record(accounts: Leverage, act: u8, interest: u64, refund: u64, slot: u64) -> None:
    """The event of what the owner did without a trade."""
    position = accounts.position
    event = LoanChanged(
        market=key(accounts.market),
        sequence=accounts.market.sequence,
        slot=slot,
        trader=key(accounts.trader),
        debt=position.debt,
        margin=position.margin,
        interest=interest,
        refund=refund,
        until=position.loan_until,
        outcome=position.outcome,
        act=act,
        rung=position.rung,
    )
    chain(accounts.market, event)
    emit(event)


def record_trade(
    accounts: Leverage,
    shares: u64,
    amount: u64,
    fee: u64,
    price: u64,
    interest: u64,
    refund: u64,
    bought: bool,
    slot: u64,
) -> None:
    """The event of a trade and of the loan after it."""
    position = accounts.position
    event = LeverageTraded(
        market=key(accounts.market),
        sequence=accounts.market.sequence,
        slot=slot,
        trader=key(accounts.trader),
        shares=shares,
        amount=amount,
        fee=fee,
        price=price,
        debt=position.debt,
        margin=position.margin,
        interest=interest,
        refund=refund,
        until=position.loan_until,
        outcome=position.outcome,
        bought=bought,
        rung=position.rung,
    )
    chain(accounts.market, event)
    emit(event)


# -- instructions --------------------------------------------------------------------------------------------------------


@instruction
def open_leverage(accounts: Leverage, shares: u64, maximum_cost: u64, loan: u64, until: i64) -> None:
    """Buy `shares` for at most `maximum_cost`, fee included, of which the vault lends `loan` until a time, interest prepaid."""
    protocol = accounts.protocol
    trader = accounts.trader
    market = accounts.market
    position = accounts.position
    now = clock()
    begin(accounts, now)
    require_lending(accounts, until, now)
    refund = release_interest(trader, accounts.book, position, 0, now.unix_timestamp)
    lend(trader, market, accounts.book, position, loan)
    _, cost, fee, before, after = price_order(protocol, market, position.outcome, Order.BUY, shares, now)
    require(loan < cost, QuatrainError.LEVERAGE_ABOVE_CAP)
    fill(protocol, trader, market, position, Order.BUY, maximum_cost, now.slot, shares, cost, fee, before, after)
    position.margin += cost - loan
    interest = prepay_interest(trader, accounts.book, position, until, now.unix_timestamp)
    require_cap(accounts, before, now)
    finish(accounts)
    require_others_above(market, accounts.book, position.outcome)
    record_trade(accounts, shares, cost, fee, after, interest, refund, True, now.slot)


@instruction
def close_leverage(accounts: Leverage, shares: u64, minimum_proceeds: u64) -> None:
    """Sell `shares` of an indebted position, fee taken off; the proceeds repay its debt first. No pause stops this."""
    protocol = accounts.protocol
    trader = accounts.trader
    market = accounts.market
    position = accounts.position
    now = clock()
    require(position.debt != 0, QuatrainError.POSITION_FREE_OF_DEBT)
    require(shares <= position.shares, QuatrainError.INSUFFICIENT_SHARES)
    begin(accounts, now)
    held = position.shares
    _, proceeds, fee, before, after = price_order(protocol, market, position.outcome, Order.SELL, shares, now)
    fill(
        protocol, trader, market, position, Order.SELL, minimum_proceeds, now.slot, shares, proceeds, fee, before, after
    )
    debt = position.debt
    repaid = debt if position.shares == 0 else payable(debt, proceeds - fee)
    refund = release_interest(trader, accounts.book, position, debt - repaid, now.unix_timestamp)
    repay(trader, market, accounts.book, position, repaid)
    shrink_margin(position, held)
    finish(accounts)
    record_trade(accounts, shares, proceeds, fee, after, 0, refund, False, now.slot)


@instruction
def add_margin(accounts: Leverage, amount: u64) -> None:
    """Repay `amount` of a debt from the trader's free money: at most all of it, and less if below 50 USDC would be left. No pause stops this."""
    position = accounts.position
    now = clock()
    require(position.debt != 0, QuatrainError.POSITION_FREE_OF_DEBT)
    begin(accounts, now)
    repaid = payable(position.debt, amount)
    left = position.debt - repaid
    refund = release_interest(accounts.trader, accounts.book, position, left, now.unix_timestamp)
    repay(accounts.trader, accounts.market, accounts.book, position, repaid)
    if position.debt != 0:
        position.margin += repaid
    finish(accounts)
    record(accounts, LoanAct.MARGIN_ADDED, 0, refund, now.slot)


@instruction
def remove_margin(accounts: Leverage, amount: u64, until: i64) -> None:
    """Borrow `amount` more on the shares of a position, with debt or without, until a time; the interest is prepaid anew."""
    market = accounts.market
    position = accounts.position
    now = clock()
    require_trading(market, now)
    begin(accounts, now)
    require_lending(accounts, until, now)
    price = price_of(market, position.outcome)
    if position.debt == 0:
        position.margin = mul_div_floor(position.shares, price, PRICE_ONE)
    require(amount < position.margin, QuatrainError.LEVERAGE_ABOVE_CAP)
    refund = release_interest(accounts.trader, accounts.book, position, 0, now.unix_timestamp)
    lend(accounts.trader, market, accounts.book, position, amount)
    position.margin -= amount
    interest = prepay_interest(accounts.trader, accounts.book, position, until, now.unix_timestamp)
    require_cap(accounts, price, now)
    finish(accounts)
    record(accounts, LoanAct.MARGIN_REMOVED, interest, refund, now.slot)


@instruction
def extend_loan(accounts: Leverage, until: i64) -> None:
    """Let a loan end at another, later time: what is unearned of its interest comes back, the whole is prepaid anew."""
    position = accounts.position
    now = clock()
    require(position.debt != 0, QuatrainError.POSITION_FREE_OF_DEBT)
    require(until > position.loan_until, QuatrainError.TERM_INVALID)
    require_lending(accounts, until, now)
    observe(accounts.market, accounts.book, now.slot)
    refund = release_interest(accounts.trader, accounts.book, position, 0, now.unix_timestamp)
    interest = prepay_interest(accounts.trader, accounts.book, position, until, now.unix_timestamp)
    require_cap(accounts, price_of(accounts.market, position.outcome), now)
    record(accounts, LoanAct.EXTENDED, interest, refund, now.slot)
