"""The life of a market of a real number: created, closed, resolved, synced, pruned."""

from __future__ import annotations

from hognose.lang import (
    SYSTEM_PROGRAM,
    Account,
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
    u64,
)
from quatrain.core.distribution import peak_floor
from quatrain.core.distribution_quote import norm_of
from quatrain.program.access import may_resolve
from quatrain.program.chain import chain
from quatrain.program.distribution_events import (
    DistributionCreated,
    DistributionLiquidityChanged,
    DistributionResolved,
)
from quatrain.program.distribution_pool import fix_outcome, require_curve, require_liquidity_free, worst_outcome
from quatrain.program.distribution_state import DistributionMarket
from quatrain.program.errors import QuatrainError
from quatrain.program.exposure import push_interest, refresh_and_record, require_verse, revalue
from quatrain.program.life import (
    end_trading,
    join_verse,
    leave_verse,
    require_liquidity,
    require_prunable,
    sync_fees,
    take_market_id,
)
from quatrain.program.pause import require_running
from quatrain.program.state import Activity, MarketStatus, Protocol, Verse
from quatrain.program.vault import lend_subsidy, take_back

SEGMENTS = 100
"""Of the rule that checks the first curve's norm."""
CONTINUOUS = 0
"""1/N of a market with a continuum of outcomes: a bad one takes all of its open interest."""
NORM_BITS = 20
"""It must agree to 2^-20: a peak is whole µUSDC, so one of a USDC does."""

# -- creation --------------------------------------------------------------------------------------------------------


@accounts
class CreateDistribution:
    """The admin pays the rent and gets it back when the market is pruned."""

    admin: Account = signer(writable=True)
    system_program: Account = program(SYSTEM_PROGRAM)
    protocol: Protocol = state(writable=True, admin="admin")
    verse: Verse = state(writable=True)
    market: DistributionMarket = create(payer="admin", id=argument("id"))


@instruction
def create_distribution(
    accounts: CreateDistribution,
    id: u64,
    norm: u64,
    mean: i64,
    deviation: u64,
    backing: u64,
    opens_at: i64,
    closes_at: i64,
    question: Hash,
) -> None:
    """Create a market of a real number at N(mean, deviation), with its backing from the vault (admin)."""
    protocol = accounts.protocol
    market = accounts.market
    now = clock()
    require_running(protocol, Activity.CREATION, now.unix_timestamp)
    require(opens_at < closes_at and closes_at > now.unix_timestamp, QuatrainError.SCHEDULE_INVALID)
    require_liquidity(protocol, backing)
    require_curve(norm, mean, deviation, backing)
    require_norm(norm, deviation)
    take_market_id(protocol, id)
    market.status = MarketStatus.OPEN
    market.verse = accounts.verse.id
    market.norm = norm
    market.backing = backing
    market.escrow = backing
    market.opening_mean = mean
    market.opening_deviation = deviation
    market.mean = mean
    market.deviation = deviation
    market.opens_at = opens_at
    market.closes_at = closes_at
    market.question = question
    market.creator = accounts.admin.key
    lend_subsidy(protocol, accounts.verse, backing, 0)
    revalue(protocol, market, backing)
    join_verse(protocol, accounts.verse)
    record_creation(market, now.slot)


def require_norm(norm: u64, deviation: u64) -> None:
    """Refuse a curve whose norm, by Simpson's rule, is not the one given: its peak is too low for whole µUSDC."""
    found = norm_of(peak_floor(norm, deviation), deviation, SEGMENTS)
    apart = max(found, norm) - min(found, norm)
    require(apart <= norm >> NORM_BITS, QuatrainError.NORM_INVALID)


def record_creation(market: DistributionMarket, slot: u64) -> None:
    """The first event of a market."""
    event = DistributionCreated(
        market=key(market),
        sequence=market.sequence,
        slot=slot,
        id=market.id,
        verse=market.verse,
        norm=market.norm,
        mean=market.mean,
        deviation=market.deviation,
        backing=market.backing,
        opens_at=market.opens_at,
        closes_at=market.closes_at,
        question=market.question,
        creator=market.creator,
    )
    chain(market, event)
    emit(event)


# -- liquidity ---------------------------------------------------------------------------------------------------------


@accounts
class SetDistributionLiquidity:
    """The admin acts for the vault."""

    admin: Account = signer()
    protocol: Protocol = state(writable=True, admin="admin")
    verse: Verse = state(writable=True)
    market: DistributionMarket = state(writable=True)


@instruction
def set_distribution_liquidity(accounts: SetDistributionLiquidity, norm: u64, backing: u64) -> None:
    """Add backing from the vault at any time; without positions change the norm or return backing as well (admin)."""
    protocol = accounts.protocol
    market = accounts.market
    now = clock()
    require_verse(accounts.verse, market)
    require(market.status == MarketStatus.OPEN, QuatrainError.MARKET_NOT_OPEN)
    require_liquidity(protocol, backing)
    require_liquidity_free(market, norm, backing)
    require_curve(norm, market.mean, market.deviation, backing)
    require_norm(norm, market.deviation)
    before = market.backing
    if backing > before:
        require_running(protocol, Activity.CREATION, now.unix_timestamp)
        lend_subsidy(protocol, accounts.verse, backing - before, before)
    else:
        take_back(protocol, accounts.verse, before - backing, before - backing, now.slot)
    market.escrow = market.escrow + backing - before
    market.norm = norm
    market.backing = backing
    revalue(protocol, market, worst_outcome(market))
    event = DistributionLiquidityChanged(
        market=key(market), sequence=market.sequence, slot=now.slot, norm=norm, backing=backing, before=before
    )
    chain(market, event)
    emit(event)


# -- closing and resolution --------------------------------------------------------------------------------------------


@accounts
class CloseDistribution:
    """Anybody signs from the closing time on; before it, the oracle or the admin."""

    authority: Account = signer()
    protocol: Protocol = state()
    market: DistributionMarket = state(writable=True)


@instruction
def close_distribution(accounts: CloseDistribution) -> None:
    """End trading: anybody from the closing time on, the oracle or the admin at any time."""
    end_trading(accounts.protocol, accounts.market, accounts.authority.key, clock())


@accounts
class ResolveDistribution:
    """The oracle signs, or the admin."""

    authority: Account = signer()
    protocol: Protocol = state(writable=True)
    verse: Verse = state(writable=True)
    market: DistributionMarket = state(writable=True)


@instruction
def resolve_distribution(accounts: ResolveDistribution, outcome: i64, void: bool) -> None:
    """Fix the outcome, or that there is none; the escrow beyond all claims returns to the vault (oracle, admin)."""
    protocol = accounts.protocol
    market = accounts.market
    require(may_resolve(protocol, accounts.authority.key), QuatrainError.UNAUTHORIZED)
    require(market.status == MarketStatus.CLOSED, QuatrainError.MARKET_NOT_CLOSED)
    require_verse(accounts.verse, market)
    now = clock()
    slot = now.slot
    returned = fix_outcome(market, outcome, void)
    take_back(protocol, accounts.verse, market.backing, returned, slot)
    revalue(protocol, market, 0)
    market.status = MarketStatus.RESOLVED
    market.slot = slot
    event = DistributionResolved(
        market=key(market),
        sequence=market.sequence,
        slot=slot,
        authority=accounts.authority.key,
        outcome=outcome,
        returned=returned,
        claims=market.escrow,
        void=void,
    )
    chain(market, event)
    emit(event)
    push_interest(protocol, accounts.verse, market, CONTINUOUS)
    refresh_and_record(protocol, now)


# -- cranks ----------------------------------------------------------------------------------------------------------


@accounts
class SyncDistribution:
    """Nobody signs."""

    protocol: Protocol = state(writable=True)
    verse: Verse = state(writable=True)
    market: DistributionMarket = state(writable=True)


@instruction
def sync_distribution(accounts: SyncDistribution) -> None:
    """Share out the fees of a market of a real number, and renew coverage and fee as `sync_market` does (anybody)."""
    protocol = accounts.protocol
    market = accounts.market
    require_verse(accounts.verse, market)
    now = clock()
    if market.status != MarketStatus.RESOLVED:
        revalue(protocol, market, worst_outcome(market))
    if market.fees_due != 0:
        sync_fees(protocol, market, now.slot)
    push_interest(protocol, accounts.verse, market, CONTINUOUS)
    refresh_and_record(protocol, now)


@accounts
class PruneDistribution:
    """Nobody signs; the rent goes to whoever paid it."""

    protocol: Protocol = state(writable=True)
    verse: Verse = state(writable=True)
    market: DistributionMarket = close(to="creator")
    creator: Account = raw(writable=True, address="market.creator")


@instruction
def prune_distribution(accounts: PruneDistribution) -> None:
    """Remove a market of a real number as `prune_market` does (anybody)."""
    protocol = accounts.protocol
    market = accounts.market
    now = clock()
    slot = now.slot
    require_prunable(protocol, accounts.verse, market, slot)
    if market.fees_due != 0:
        sync_fees(protocol, market, slot)
    dust = market.escrow
    market.escrow = 0
    leave_verse(protocol, accounts.verse, market, dust, slot)
    push_interest(protocol, accounts.verse, market, CONTINUOUS)
    refresh_and_record(protocol, now)
