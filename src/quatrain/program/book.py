"""A market's book of loans: opened, funded, synced, its calm end set, its liquidity let down, closed."""

from __future__ import annotations

from hognose.lang import (
    SYSTEM_PROGRAM,
    Account,
    accounts,
    argument,
    clock,
    close,
    create,
    emit,
    i64,
    instruction,
    key,
    program,
    require,
    signer,
    state,
    u8,
    u64,
)
from quatrain.core.leverage import LEVERAGE_ONE, Bound, basic_cap, vault_cap, volatility_factor, with_factors
from quatrain.core.water_line import BLOCK, NO_LINE, refresh_block, scale_held_ceil
from quatrain.program.access import may_resolve
from quatrain.program.chain import chain
from quatrain.program.decay import liquidity_at, shrink
from quatrain.program.errors import QuatrainError
from quatrain.program.events import LiquidityDecayed
from quatrain.program.exposure import refresh_and_record, require_verse
from quatrain.program.lending import MINIMUM_DEBT
from quatrain.program.levels import draw_line, level_of, observe
from quatrain.program.loan_events import BookClosed, BookOpened, BookSynced, CalmEndChanged, LoansAllocated
from quatrain.program.loan_state import Book, Ladder
from quatrain.program.state import PRICE_ONE, Maker, Market, MarketStatus, Protocol, Verse
from quatrain.program.tape import LEVEL_BITS, deviation_at
from quatrain.program.vault import add_profit, equity_of, lend_cash, take_cash_back

STEP_BITS = 10
"""The liquidity beside loans falls by more than a thousandth at once, or not: rounding feeds no endless steps."""
LIQUIDITY_MINIMUM = 2 * MINIMUM_DEBT
"""No loans below 100 USDC of liquidity: there the roundings of an LMSR's sales would use up the margin (`core/water_line.py`)."""
RECOVERY_WITHOUT_LOANS = 2
"""From this level of recovery on, coverage below 0.7, there is no new leverage."""

# -- opening and closing -------------------------------------------------------------------------------------------------


@accounts
class OpenBook:
    """Whoever pays the rent gets nothing for it but the loans: the admin, as a rule, who gets it back."""

    admin: Account = signer(writable=True)
    system_program: Account = program(SYSTEM_PROGRAM)
    protocol: Protocol = state(admin="admin")
    market: Market = state(writable=True)
    book: Book = create(payer="admin", tail_length=argument("outcome_count"), market="market")


@instruction
def open_book(accounts: OpenBook, outcome_count: u8, ends_at: i64) -> None:
    """Let an LMSR, or a pm-AMM of two outcomes, have loans, which end before `ends_at` (admin)."""
    market = accounts.market
    book = accounts.book
    require(market.status == MarketStatus.OPEN, QuatrainError.MARKET_NOT_OPEN)
    require(market.maker == Maker.LMSR or market.outcome_count == 2, QuatrainError.MAKER_LENDS_NOT)
    require(outcome_count == market.outcome_count, QuatrainError.OUTCOME_COUNT)
    require(market.liquidity >= LIQUIDITY_MINIMUM, QuatrainError.LIQUIDITY_OUT_OF_RANGE)
    require(market.opens_at < ends_at <= market.closes_at, QuatrainError.SCHEDULE_INVALID)
    slot = clock().slot
    book.outcome_count = outcome_count
    book.ends_at = ends_at
    book.cap = LEVERAGE_ONE
    book.mean_slot = slot
    for i in range(outcome_count):
        book.sides[i].line = NO_LINE
    event = BookOpened(
        market=key(market),
        sequence=market.sequence,
        slot=slot,
        payer=accounts.admin.key,
        ends_at=ends_at,
        outcome_count=outcome_count,
    )
    chain(market, event)
    emit(event)


@accounts
class OpenLadder:
    """Anybody pays the rent; the admin gets it when the book has closed."""

    payer: Account = signer(writable=True)
    system_program: Account = program(SYSTEM_PROGRAM)
    market: Market = state()
    book: Book = state(market="market")
    ladder: Ladder = create(payer="payer", market="market", outcome=argument("outcome"))


@instruction
def open_ladder(accounts: OpenLadder, outcome: u8) -> None:
    """Open the ladder of an outcome, without which it has no loans (anybody)."""
    require(outcome < accounts.market.outcome_count, QuatrainError.OUTCOME_UNKNOWN)


@accounts
class CloseBook:
    """The rent goes to the admin."""

    admin: Account = signer(writable=True)
    protocol: Protocol = state(admin="admin")
    market: Market = state(writable=True)
    book: Book = close(to="admin", market="market")


@instruction
def close_book(accounts: CloseBook) -> None:
    """Close a book without loans, cash or anything to sync (admin)."""
    book = accounts.book
    market = accounts.market
    is_empty = book.debt + book.cash + book.interest + book.earned + book.penalties + book.synced_debt == 0
    require(is_empty, QuatrainError.BOOK_NOT_EMPTY)
    event = BookClosed(market=key(market), sequence=market.sequence, slot=clock().slot)
    chain(market, event)
    emit(event)


@accounts
class CloseLadder:
    """The rent goes to the admin."""

    admin: Account = signer(writable=True)
    protocol: Protocol = state(admin="admin")
    market: Market = state()
    ladder: Ladder = close(to="admin", market="market")


@instruction
def close_ladder(accounts: CloseLadder) -> None:
    """Close the ladder of an outcome in a market without loans (admin)."""
    require(not accounts.market.indebted, QuatrainError.LOANS_OUTSTANDING)


@accounts
class SetCalmEnd:
    """The oracle or the admin signs."""

    authority: Account = signer()
    protocol: Protocol = state()
    market: Market = state(writable=True)
    book: Book = state(writable=True, market="market")


@instruction
def set_calm_end(accounts: SetCalmEnd, ends_at: i64) -> None:
    """Let loans end before another, earlier time: when a match begins, or now, before an early end (oracle, admin)."""
    market = accounts.market
    book = accounts.book
    require(may_resolve(accounts.protocol, accounts.authority.key), QuatrainError.UNAUTHORIZED)
    require(ends_at < book.ends_at, QuatrainError.SCHEDULE_INVALID)
    book.ends_at = ends_at
    event = CalmEndChanged(
        market=key(market),
        sequence=market.sequence,
        slot=clock().slot,
        authority=accounts.authority.key,
        ends_at=ends_at,
        loans=book.loans,
    )
    chain(market, event)
    emit(event)


# -- the vault's cash ----------------------------------------------------------------------------------------------------


@accounts
class AllocateLoans:
    """The admin signs."""

    admin: Account = signer()
    protocol: Protocol = state(writable=True, admin="admin")
    verse: Verse = state(writable=True)
    market: Market = state(writable=True)
    book: Book = state(writable=True, market="market")


@instruction
def allocate_loans(accounts: AllocateLoans, amount: u64) -> None:
    """Move LP cash into a book, within the caps of market, verse and vault (admin)."""
    market = accounts.market
    book = accounts.book
    require(amount != 0, QuatrainError.AMOUNT_ZERO)
    require(market.status == MarketStatus.OPEN, QuatrainError.MARKET_NOT_OPEN)
    require_verse(accounts.verse, market)
    lend_cash(accounts.protocol, accounts.verse, market.subsidy + book.cash + book.debt, amount)
    book.cash += amount
    record_allocation(market, book, i64(amount))


@instruction
def recall_loans(accounts: AllocateLoans, amount: u64) -> None:
    """Move cash that is not lent back to the vault (admin)."""
    market = accounts.market
    book = accounts.book
    require(amount != 0, QuatrainError.AMOUNT_ZERO)
    require(amount <= book.cash, QuatrainError.LOAN_CASH_SHORT)
    require_verse(accounts.verse, market)
    take_cash_back(accounts.protocol, accounts.verse, amount)
    book.cash -= amount
    record_allocation(market, book, -i64(amount))


def record_allocation(market: Market, book: Book, amount: i64) -> None:
    """The event of either."""
    event = LoansAllocated(
        market=key(market),
        sequence=market.sequence,
        slot=clock().slot,
        amount=amount,
        cash=book.cash,
        debt=book.debt,
        loans=book.loans,
    )
    chain(market, event)
    emit(event)


# -- cranks --------------------------------------------------------------------------------------------------------------


@accounts
class SyncBook:
    """Nobody signs."""

    protocol: Protocol = state(writable=True)
    verse: Verse = state()
    market: Market = state(writable=True)
    book: Book = state(writable=True, market="market")


@instruction
def sync_book(accounts: SyncBook) -> None:
    """Give vault and insurance what the book has earned, and bring the cap of new loans up to date (anybody)."""
    protocol = accounts.protocol
    market = accounts.market
    book = accounts.book
    require_verse(accounts.verse, market)
    now = clock()
    slot = now.slot
    earned = book.earned
    penalties = book.penalties
    protocol.lp_cash += earned
    add_profit(protocol, earned, slot)
    protocol.insurance += penalties
    protocol.debt_out = protocol.debt_out + book.debt - book.synced_debt
    book.earned = 0
    book.penalties = 0
    book.synced_debt = book.debt
    book.synced_slot = slot
    refresh_and_record(protocol, now)
    cap, bound = cap_now(protocol, accounts.verse, market, slot)
    book.cap = cap
    event = BookSynced(
        market=key(market),
        sequence=market.sequence,
        slot=slot,
        earned=earned,
        penalties=penalties,
        debt=book.debt,
        cash=book.cash,
        cap=cap,
        loans=book.loans,
        bound=u8(bound),
    )
    chain(market, event)
    emit(event)


def cap_now(protocol: Protocol, verse: Verse, market: Market, slot: u64) -> tuple[u64, u64]:
    """The leverage that a loan may have, before the trader's own limits and the time factor, and what binds."""
    if protocol.recovery >= RECOVERY_WITHOUT_LOANS:
        return LEVERAGE_ONE, Bound.NONE_LENT
    cap, bound = basic_cap(market.outcome_count, verse.depth, protocol.coverage)
    deviation = deviation_at(market, slot) * PRICE_ONE >> LEVEL_BITS
    cap = with_factors(cap, verse.correlation, volatility_factor(deviation))
    most = vault_cap(equity_of(protocol))
    if most < cap:
        return max(most, LEVERAGE_ONE), Bound.VAULT
    return max(cap, LEVERAGE_ONE), bound


@accounts
class ShrinkLiquidity:
    """Nobody signs."""

    market: Market = state(writable=True)
    book: Book = state(writable=True, market="market")
    first: Ladder = state(writable=True, market="market")
    second: Ladder = state(writable=True, market="market")


@instruction
def shrink_liquidity(accounts: ShrinkLiquidity) -> None:
    """Let the liquidity of a pm-AMM with loans fall towards that of now, as far as the lines of both outcomes allow (anybody)."""
    market = accounts.market
    book = accounts.book
    now = clock()
    require(market.maker == Maker.PM_AMM and market.status == MarketStatus.OPEN, QuatrainError.MARKET_NOT_OPEN)
    require(accounts.first.outcome == 0 and accounts.second.outcome == 1, QuatrainError.OUTCOME_UNKNOWN)
    observe(market, book, now.slot)
    moment = min(now.unix_timestamp, market.closes_at)
    target = liquidity_at(market.opening_liquidity, market.opens_at, market.expires_at, moment)
    held = max(
        scale_held_ceil(accounts.first.rungs, market.liquidity, level_of(market, 0)),
        scale_held_ceil(accounts.second.rungs, market.liquidity, level_of(market, 1)),
    )
    liquidity = max(target, held)
    require(liquidity + (liquidity >> STEP_BITS) < market.liquidity, QuatrainError.LINE_HOLDS_LIQUIDITY)
    shrink(market, liquidity)
    redraw(market, book, accounts.first)
    redraw(market, book, accounts.second)
    event = LiquidityDecayed(market=key(market), sequence=market.sequence, slot=now.slot, liquidity=liquidity)
    chain(market, event)
    emit(event)


def redraw(market: Market, book: Book, ladder: Ladder) -> None:
    """Make all blocks anew at the market's scale, draw the line, and hold it."""
    for block in range(BLOCK):
        if ladder.sums[block] != 0:
            refresh_block(ladder.rungs, ladder.sums, ladder.lines, market.liquidity, block)
    draw_line(market, book, ladder)
    side = book.sides[ladder.outcome]
    require(level_of(market, ladder.outcome) >= side.line, QuatrainError.LINE_HOLDS_LIQUIDITY)
