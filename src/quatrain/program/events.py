"""One event for each change of state.

Market events carry the market's address, their number in it (from 0) and the slot, and are chained into
`Market.event_hash` by `chain.py`. Their packed sizes all differ, so that a hash also fixes the kind of each event.
Protocol events carry their number in `Protocol.sequence`. Amounts are µUSDC, prices 1e-9.
"""

from __future__ import annotations

from hognose.lang import Hash, Pubkey, event, i64, u8, u16, u32, u64
from quatrain.program.distribution_events import DISTRIBUTION_EVENTS
from quatrain.program.loan_events import FEED_EVENTS, LOAN_EVENTS, DisclosureAcknowledged
from quatrain.program.state import Parameters

# -- protocol --------------------------------------------------------------------------------------------------------


@event
class ProtocolInitialized:
    """The protocol began."""

    sequence: u64
    slot: u64
    admin: Pubkey
    guardian: Pubkey
    oracle: Pubkey
    usdc_mint: Pubkey


@event
class AdminProposed:
    """The admin named a successor, who has yet to accept; zero takes a proposal back."""

    sequence: u64
    slot: u64
    admin: Pubkey
    pending_admin: Pubkey


@event
class AdminAccepted:
    """The successor took over."""

    sequence: u64
    slot: u64
    previous: Pubkey
    admin: Pubkey


@event
class RolesChanged:
    """The admin named guardian and oracle."""

    sequence: u64
    slot: u64
    guardian: Pubkey
    oracle: Pubkey


@event
class ParametersChanged:
    """The admin tuned the parameters."""

    sequence: u64
    slot: u64
    parameters: Parameters


@event
class PauseChanged:
    """The activities whose bits are set in `scope` (bit i: `Activity` i) go on at `until`, or at once if that is past."""

    sequence: u64
    slot: u64
    authority: Pubkey
    scope: u8
    until: i64


@event
class LiquidityDeposited:
    """A liquidity provider paid in. `equity` and `shares_total` are those after the deposit."""

    sequence: u64
    slot: u64
    provider: Pubkey
    amount: u64
    shares: u64
    equity: u64
    shares_total: u64


@event
class LiquidityWithdrawn:
    """A request was carried out for `shares`. `equity` and `shares_total` are those after the withdrawal."""

    sequence: u64
    slot: u64
    provider: Pubkey
    amount: u64
    shares: u64
    equity: u64
    shares_total: u64


@event
class WithdrawalRequested:
    """A liquidity provider asked to leave with `shares`, which were burnt; `most` is all that they will be paid."""

    sequence: u64
    slot: u64
    provider: Pubkey
    shares: u64
    most: u64


@event
class WithdrawalCancelled:
    """A request was taken back, and its shares were minted again."""

    sequence: u64
    slot: u64
    provider: Pubkey
    shares: u64


@event
class CoverageChanged:
    """Trades cost another rate than before, or recovery began, changed or ended."""

    sequence: u64
    slot: u64
    coverage: u64
    taker_rate: u64
    recovery: u8


@event
class CongestionAttested:
    """Until `until` (unix seconds) trades pay for congestion."""

    sequence: u64
    slot: u64
    guardian: Pubkey
    until: i64


@event
class VerseCreated:
    """A verse began."""

    sequence: u64
    slot: u64
    verse: Pubkey
    id: u64
    parent: u64
    depth: u8
    title: Hash


# -- verses ----------------------------------------------------------------------------------------------------------


@event
class MarketSampled:
    """A market's mean of the last hours joined its verse's window; `correlation` is the verse's after it."""

    slot: u64
    verse: Pubkey
    market: Pubkey
    epoch: u64
    log_odds: i64
    correlation: u64


# -- traders ---------------------------------------------------------------------------------------------------------


@event
class TraderOpened:
    """A trader account began."""

    slot: u64
    trader: Pubkey
    authority: Pubkey


@event
class FundsDeposited:
    """A trader paid in; `free` is the balance after."""

    slot: u64
    trader: Pubkey
    amount: u64
    free: u64


@event
class FundsWithdrawn:
    """A trader took money out; `free` is the balance after."""

    slot: u64
    trader: Pubkey
    amount: u64
    free: u64


@event
class TraderClosed:
    """A trader account ended, empty."""

    slot: u64
    trader: Pubkey


# -- markets: each of another size, `market`, `sequence`, `slot` first -------------------------------------------------


@event
class MarketCreated:
    """A market began. Before this event its opening prices went into the hash, each as a u64."""

    market: Pubkey
    sequence: u64
    slot: u64
    id: u64
    verse: u64
    liquidity: u64
    subsidy: u64
    opens_at: i64
    closes_at: i64
    expires_at: i64
    question: Hash
    creator: Pubkey
    outcome_count: u8
    maker: u8
    segments: u8


@event
class PositionOpened:
    """A position account began, empty."""

    market: Pubkey
    sequence: u64
    slot: u64
    trader: Pubkey
    outcome: u8


@event
class Traded:
    """A trader bought from the pool or sold to it.

    `amount` is the cost or the proceeds before the fee: a buyer paid amount + fee, a seller got amount − fee. `price`
    is the outcome's after the trade, before the rounding of amounts: within 1.5e-9, and 1 µUSDC/liquidity, of what the
    reserves then say. Each leg of a batch is a trade with its own event.
    """

    market: Pubkey
    sequence: u64
    slot: u64
    trader: Pubkey
    shares: u64
    amount: u64
    fee: u64
    price: u64
    outcome: u8
    bought: bool


@event
class PositionClosed:
    """The owner removed an empty position."""

    market: Pubkey
    sequence: u64
    slot: u64
    trader: Pubkey
    outcome: u8
    positions_left: u32


@event
class MarketClosed:
    """Trading ended at `closed_at` (unix seconds); `early` when the oracle or the admin ended it before its time."""

    market: Pubkey
    sequence: u64
    slot: u64
    closed_at: i64
    early: bool


@event
class MarketResolved:
    """The payouts are known; before this event they went into the hash, each as a u64.

    `claims` stays in escrow for the positions, `returned` went back to the vault, which had given `subsidy`.
    """

    market: Pubkey
    sequence: u64
    slot: u64
    authority: Pubkey
    subsidy: u64
    returned: u64
    claims: u64


@event
class PositionSettled:
    """A position was paid `payout` and removed."""

    market: Pubkey
    sequence: u64
    slot: u64
    trader: Pubkey
    shares: u64
    payout: u64
    outcome: u8


@event
class FeesSynced:
    """The market's fees went to their receivers."""

    market: Pubkey
    sequence: u64
    slot: u64
    vault: u64
    stakers: u64
    treasury: u64
    insurance: u64


@event
class LiquidityDecayed:
    """A pm-AMM's liquidity fell from what the event before said to `liquidity`, with the time that passed.

    Each reserve r became r·(new/old), rounded up; the rest of it the vault holds now.
    """

    market: Pubkey
    sequence: u64
    slot: u64
    liquidity: u64


@event
class SetsRedeemed:
    """Complete sets that the vault held outside the pool became cash of the vault; `subsidy` is what it still has inside."""

    market: Pubkey
    sequence: u64
    slot: u64
    sets: u64
    subsidy: u64


@event
class MarketPruned:
    """The market's account ended. `event_hash` covers everything before this event; `dust` went to the vault."""

    market: Pubkey
    sequence: u64
    slot: u64
    id: u64
    event_hash: Hash
    dust: u64
    format: u16
    """Version of the hash chain: 1."""


PROTOCOL_EVENTS = (
    ProtocolInitialized, AdminProposed, AdminAccepted, RolesChanged, ParametersChanged, PauseChanged,
    LiquidityDeposited, WithdrawalRequested, LiquidityWithdrawn, WithdrawalCancelled, CoverageChanged, CongestionAttested,
    VerseCreated,
)  # fmt: skip
VERSE_EVENTS = (MarketSampled,)
TRADER_EVENTS = (TraderOpened, FundsDeposited, FundsWithdrawn, TraderClosed, DisclosureAcknowledged, *FEED_EVENTS)
MARKET_EVENTS = (
    MarketCreated, PositionOpened, Traded, PositionClosed, MarketClosed, MarketResolved, PositionSettled, FeesSynced,
    LiquidityDecayed, SetsRedeemed, MarketPruned, *LOAN_EVENTS,
)  # fmt: skip
EVENTS = PROTOCOL_EVENTS + VERSE_EVENTS + TRADER_EVENTS + MARKET_EVENTS + DISTRIBUTION_EVENTS
