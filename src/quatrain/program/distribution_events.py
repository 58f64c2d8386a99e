"""The events of markets of a real number; with those of other markets (`events.py`), each of another size.

`MarketClosed`, `FeesSynced` and `MarketPruned` are theirs as well.
"""

from __future__ import annotations

from hognose.lang import Hash, Pubkey, event, i64, u32, u64


@event
class DistributionCreated:
    """A market of a real number began."""

    market: Pubkey
    sequence: u64
    slot: u64
    id: u64
    verse: u64
    norm: u64
    mean: i64
    deviation: u64
    backing: u64
    opens_at: i64
    closes_at: i64
    question: Hash
    creator: Pubkey


@event
class DistributionLiquidityChanged:
    """The vault's backing became `backing` after `before`, and the norm `norm`."""

    market: Pubkey
    sequence: u64
    slot: u64
    norm: u64
    backing: u64
    before: u64


@event
class DistributionPositionOpened:
    """A position account began, empty."""

    market: Pubkey
    sequence: u64
    slot: u64
    trader: Pubkey
    number: u32


@event
class DistributionTraded:
    """A trader moved the market from the curve that the event before it left to N(`mean`, `deviation`).

    `collateral` is what the position locks after it, 0 where it was unwound; `fee` was paid besides.
    """

    market: Pubkey
    sequence: u64
    slot: u64
    trader: Pubkey
    number: u32
    mean: i64
    deviation: u64
    collateral: u64
    fee: u64


@event
class DistributionRejoined:
    """A position that others had left behind ends at the market's curve again; the trade that follows starts from there.

    The position `rest` leads on to N(`mean`, `deviation`), where it had ended, and locks `collateral`.
    """

    market: Pubkey
    sequence: u64
    slot: u64
    trader: Pubkey
    number: u32
    rest: u32
    mean: i64
    deviation: u64
    collateral: u64


@event
class DistributionPositionClosed:
    """The owner removed an empty position."""

    market: Pubkey
    sequence: u64
    slot: u64
    trader: Pubkey
    number: u32
    positions_left: u32


@event
class DistributionResolved:
    """The outcome is known, or the market `void`, with 0 for the outcome.

    `claims` stays in escrow for the positions, `returned` went back to the vault, which had given the backing.
    """

    market: Pubkey
    sequence: u64
    slot: u64
    authority: Pubkey
    outcome: i64
    returned: u64
    claims: u64
    void: bool


@event
class DistributionClaimed:
    """A position was paid `payout`, of which `collateral` was its own, and removed."""

    market: Pubkey
    sequence: u64
    slot: u64
    trader: Pubkey
    number: u32
    collateral: u64
    payout: u64


DISTRIBUTION_EVENTS = (
    DistributionCreated, DistributionLiquidityChanged, DistributionPositionOpened, DistributionTraded,
    DistributionRejoined, DistributionPositionClosed, DistributionResolved, DistributionClaimed,
)  # fmt: skip
