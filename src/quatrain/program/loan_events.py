"""The events of leverage; those of markets are chained as all of them are (`events.py`)."""

from __future__ import annotations

from hognose.lang import Pubkey, event, i64, u8, u32, u64


@event
class BookOpened:
    """A market can have loans from here on."""

    market: Pubkey
    sequence: u64
    slot: u64
    payer: Pubkey
    ends_at: i64
    outcome_count: u8


@event
class LoansAllocated:
    """The vault's cash to lend in the market is now `cash`; negative when it was recalled."""

    market: Pubkey
    sequence: u64
    slot: u64
    amount: i64
    cash: u64
    debt: u64
    loans: u32


@event
class LeverageTraded:
    """A trade with a loan, or of what one secures: as `Traded`, and the position's loan as it is now.

    `interest` is what was prepaid, `refund` what came back of what had been.
    """

    market: Pubkey
    sequence: u64
    slot: u64
    trader: Pubkey
    shares: u64
    amount: u64
    fee: u64
    price: u64
    debt: u64
    margin: u64
    interest: u64
    refund: u64
    until: i64
    outcome: u8
    bought: bool
    rung: u8


@event
class LoanChanged:
    """A position's loan is now this, by its owner's `act` (a `LoanAct`); `interest` was prepaid, `refund` came back."""

    market: Pubkey
    sequence: u64
    slot: u64
    trader: Pubkey
    debt: u64
    margin: u64
    interest: u64
    refund: u64
    until: i64
    outcome: u8
    act: u8
    rung: u8


@event
class Liquidated:
    """A keeper sold `shares` of a position to the pool for `proceeds`, of which he got `reward`; what is left owes `debt`.

    `price` is the pool's before it, 1e-9.
    """

    market: Pubkey
    sequence: u64
    slot: u64
    trader: Pubkey
    keeper: Pubkey
    shares: u64
    proceeds: u64
    price: u64
    reward: u64
    penalty: u64
    refund: u64
    debt: u64
    margin: u64
    outcome: u8
    rung: u8
    by_price: bool


@event
class BookSynced:
    """The book's interest and penalties went to vault and insurance; `cap` is the leverage that loans may have now."""

    market: Pubkey
    sequence: u64
    slot: u64
    earned: u64
    penalties: u64
    debt: u64
    cash: u64
    cap: u64
    loans: u32
    bound: u8


@event
class CalmEndChanged:
    """The `loans` of now, and all to come, end before `ends_at`: when a match begins, say."""

    market: Pubkey
    sequence: u64
    slot: u64
    authority: Pubkey
    ends_at: i64
    loans: u32


@event
class SetsMerged:
    """A trader gave one share of each outcome back for each µUSDC; `free` is his balance after."""

    market: Pubkey
    sequence: u64
    slot: u64
    trader: Pubkey
    sets: u64
    free: u64


@event
class BookClosed:
    """The market takes no more loans."""

    market: Pubkey
    sequence: u64
    slot: u64


@event
class DisclosureAcknowledged:
    """A trader recorded the hash of the risk disclosure that he read."""

    slot: u64
    trader: Pubkey
    disclosure: Pubkey


@event
class FeedOpened:
    """An outcome's price can be reported."""

    slot: u64
    market: Pubkey
    outcome: u8


@event
class PriceReported:
    """What a reporter says that an outcome costs elsewhere."""

    slot: u64
    market: Pubkey
    reporter: Pubkey
    price: u64
    confidence: u64
    outcome: u8


FEED_EVENTS = (FeedOpened, PriceReported)
LOAN_EVENTS = (
    BookOpened, LoansAllocated, LeverageTraded, LoanChanged, Liquidated, BookSynced, CalmEndChanged, SetsMerged, BookClosed,
)  # fmt: skip
"""Of markets: each of another size than all others."""
