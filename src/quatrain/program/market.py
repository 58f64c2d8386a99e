"""A market's life: created, closed, resolved, synced, pruned."""

from __future__ import annotations

from hognose.lang import (
    SYSTEM_PROGRAM,
    Account,
    Array,
    Hash,
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
    raw,
    require,
    signer,
    state,
    u8,
    u64,
)
from quatrain.core.coverage import inverse_floor
from quatrain.program.access import may_resolve
from quatrain.program.chain import chain
from quatrain.program.decay import bring_to_present, require_lasting
from quatrain.program.errors import QuatrainError
from quatrain.program.events import MarketCreated, MarketResolved, SetsRedeemed
from quatrain.program.exposure import push_interest, refresh_and_record, require_verse, revalue, worst_outcome
from quatrain.program.life import (
    end_trading,
    join_verse,
    leave_verse,
    require_liquidity,
    require_prunable,
    sync_fees,
    take_market_id,
)
from quatrain.program.opening import choose, choose_segments, open_pool
from quatrain.program.pause import require_running
from quatrain.program.pool import fix_payouts, redeem_sets
from quatrain.program.state import (
    OUTCOMES_MAXIMUM,
    OUTCOMES_MINIMUM,
    Activity,
    Maker,
    Market,
    MarketStatus,
    Protocol,
    Verse,
)
from quatrain.program.vault import lend_subsidy, take_back, take_sets

# -- creation --------------------------------------------------------------------------------------------------------


@accounts
class CreateMarket:
    """The admin pays the rent and gets it back when the market is pruned."""

    admin: Account = signer(writable=True)
    system_program: Account = program(SYSTEM_PROGRAM)
    protocol: Protocol = state(writable=True, admin="admin")
    verse: Verse = state(writable=True)
    market: Market = create(payer="admin", tail_length=argument("outcome_count"), id=argument("id"))


@instruction
def create_market(
    accounts: CreateMarket,
    id: u64,
    outcome_count: u8,
    maker: u8,
    segments: u8,
    liquidity: u64,
    opens_at: i64,
    closes_at: i64,
    expires_at: i64,
    question: Hash,
    opening: Array[u64],
) -> None:
    """Create a market at opening prices (a pm-AMM of 3 or more outcomes: reserves) with a subsidy from the vault (admin)."""
    protocol = accounts.protocol
    market = accounts.market
    now = clock()
    require_running(protocol, Activity.CREATION, now.unix_timestamp)
    require(0 < outcome_count <= OUTCOMES_MAXIMUM, QuatrainError.OUTCOME_COUNT)
    require(opens_at < closes_at and closes_at > now.unix_timestamp, QuatrainError.SCHEDULE_INVALID)
    require_liquidity(protocol, liquidity)
    take_market_id(protocol, id)
    market.status = MarketStatus.OPEN
    market.maker = choose(maker, outcome_count, expires_at)
    market.outcome_count = max(outcome_count, OUTCOMES_MINIMUM)
    market.verse = accounts.verse.id
    market.liquidity = liquidity
    market.opens_at = opens_at
    market.closes_at = closes_at
    market.expires_at = expires_at
    market.question = question
    market.creator = accounts.admin.key
    if market.maker == Maker.PM_AMM:
        require_lasting(liquidity, opens_at, closes_at, expires_at)
        market.opening_liquidity = liquidity
        market.segments = choose_segments(segments, market.outcome_count)
    require(len(opening) == market.outcome_count, QuatrainError.OUTCOME_COUNT)
    open_pool(market, opening)
    market.subsidy = market.sets
    market.slot = now.slot
    lend_subsidy(protocol, accounts.verse, market.subsidy, 0)
    revalue(protocol, market, market.subsidy)
    join_verse(protocol, accounts.verse)
    record_creation(market, now.slot)


def record_creation(market: Market, slot: u64) -> None:
    """The first event of a market."""
    event = MarketCreated(
        market=key(market),
        sequence=market.sequence,
        slot=slot,
        id=market.id,
        verse=market.verse,
        liquidity=market.liquidity,
        subsidy=market.subsidy,
        opens_at=market.opens_at,
        closes_at=market.closes_at,
        expires_at=market.expires_at,
        question=market.question,
        creator=market.creator,
        outcome_count=market.outcome_count,
        maker=market.maker,
        segments=market.segments,
    )
    chain(market, event)
    emit(event)


# -- closing and resolution --------------------------------------------------------------------------------------------


@accounts
class CloseMarket:
    """Anybody signs from the closing time on; before it, the oracle or the admin."""

    authority: Account = signer()
    protocol: Protocol = state()
    market: Market = state(writable=True)


@instruction
def close_market(accounts: CloseMarket) -> None:
    """End trading: anybody from the closing time on, the oracle or the admin at any time."""
    require(not accounts.market.indebted, QuatrainError.LOANS_OUTSTANDING)
    end_trading(accounts.protocol, accounts.market, accounts.authority.key, clock())


@accounts
class ResolveMarket:
    """The oracle signs, or the admin."""

    authority: Account = signer()
    protocol: Protocol = state(writable=True)
    verse: Verse = state(writable=True)
    market: Market = state(writable=True)


@instruction
def resolve_market(accounts: ResolveMarket, payouts: Array[u64]) -> None:
    """Fix what a share of each outcome pays (1e-9, sum 1); the escrow beyond it returns to the vault (oracle, admin)."""
    protocol = accounts.protocol
    market = accounts.market
    require(may_resolve(protocol, accounts.authority.key), QuatrainError.UNAUTHORIZED)
    require(market.status == MarketStatus.CLOSED, QuatrainError.MARKET_NOT_CLOSED)
    require(len(payouts) == market.outcome_count, QuatrainError.OUTCOME_COUNT)
    require_verse(accounts.verse, market)
    now = clock()
    slot = now.slot
    returned = fix_payouts(market, payouts)
    take_back(protocol, accounts.verse, market.subsidy, returned, slot)
    revalue(protocol, market, 0)
    market.status = MarketStatus.RESOLVED
    market.slot = slot
    event = MarketResolved(
        market=key(market),
        sequence=market.sequence,
        slot=slot,
        authority=accounts.authority.key,
        subsidy=market.subsidy,
        returned=returned,
        claims=market.sets,
    )
    chain(market, event)
    emit(event)
    push_interest(protocol, accounts.verse, market, inverse_floor(market.outcome_count))
    refresh_and_record(protocol, now)


# -- cranks ----------------------------------------------------------------------------------------------------------


@accounts
class SyncMarket:
    """Nobody signs."""

    protocol: Protocol = state(writable=True)
    verse: Verse = state(writable=True)
    market: Market = state(writable=True)


@instruction
def sync_market(accounts: SyncMarket) -> None:
    """Bring a pm-AMM to the present, redeem the vault's sets, share out fees, and renew coverage and fee (anybody)."""
    protocol = accounts.protocol
    verse = accounts.verse
    market = accounts.market
    require_verse(verse, market)
    now = clock()
    bring_to_present(market, now)
    if market.status != MarketStatus.RESOLVED:
        sync_sets(protocol, verse, market, now.slot)
        revalue(protocol, market, worst_outcome(market))
    if market.fees_due != 0:
        sync_fees(protocol, market, now.slot)
    push_interest(protocol, verse, market, inverse_floor(market.outcome_count))
    refresh_and_record(protocol, now)


def sync_sets(protocol: Protocol, verse: Verse, market: Market, slot: u64) -> None:
    """Redeem and record the complete sets that the vault holds outside the pool."""
    sets = redeem_sets(market)
    if sets == 0:
        return
    take_sets(protocol, verse, market, sets, slot)
    event = SetsRedeemed(market=key(market), sequence=market.sequence, slot=slot, sets=sets, subsidy=market.subsidy)
    chain(market, event)
    emit(event)


@accounts
class PruneMarket:
    """Nobody signs; the rent goes to whoever paid it."""

    protocol: Protocol = state(writable=True)
    verse: Verse = state(writable=True)
    market: Market = close(to="creator")
    creator: Account = raw(writable=True, address="market.creator")


@instruction
def prune_market(accounts: PruneMarket) -> None:
    """Remove a market whose positions are all settled, some time after its resolution; its hash stays (anybody)."""
    protocol = accounts.protocol
    verse = accounts.verse
    market = accounts.market
    now = clock()
    slot = now.slot
    require_prunable(protocol, verse, market, slot)
    if market.fees_due != 0:
        sync_fees(protocol, market, slot)
    dust = market.sets
    market.sets = 0
    leave_verse(protocol, verse, market, dust, slot)
    push_interest(protocol, verse, market, inverse_floor(market.outcome_count))
    refresh_and_record(protocol, now)
