"""The accounts of leverage: the loans of a market, the ladder of each outcome, and outside prices.

Only markets with loans have them. Amounts are µUSDC or µshares, prices 1e-9, leverage 1e-6, `_at` unix seconds, `_slot` slots.
A *level* here is what the ledger shows without arithmetic: −r of an LMSR's outcome, the other's reserve less its own in a
pm-AMM of two; it falls when the price does.
"""

from __future__ import annotations

from enum import IntEnum

from hognose.lang import Array, Pubkey, account, array, i64, struct, tail, u8, u32, u64

REPORTERS_MAXIMUM = 5


class LoanAct(IntEnum):
    """What the owner of a position did with its loan, without a trade."""

    MARGIN_ADDED = 0
    MARGIN_REMOVED = 1
    EXTENDED = 2


@struct
class Side:
    """One outcome's loans."""

    line: i64
    """The lowest level that ordinary trades may leave; −2^62 without loans."""
    mean: i64
    """The time-weighted mean of the level over the last 50 slots."""
    quiet_until: i64
    """Unix second before which the outcome takes no new loan: 300 after a liquidation by price."""
    slice_slot: u64
    """The slot of the last liquidation."""
    sliced: u64
    """Shares liquidated in that slot."""


@account(seeds=(b"book", "market"))
class Book:
    """The loans of a market, and the cash from which more can be made: a shard of the vault."""

    market: Pubkey
    """Address of the `Market`."""
    bump: u8
    """Bump of this address."""
    outcome_count: u8
    """N of the market."""
    padding: Array[u8] = array(u8, 2)
    """Zero."""
    loans: u32
    """Positions with debt."""
    indebted: u64
    """The outcomes with loans, as bits: only their levels and lines are looked at."""
    cash: u64
    """The vault's, to lend here."""
    debt: u64
    """Lent and not repaid. Cash and debt together are what the vault allocated, at par."""
    interest: u64
    """Prepaid, and not earned yet."""
    earned: u64
    """Interest that the vault gets with the next sync."""
    penalties: u64
    """What the insurance fund gets with the next sync."""
    synced_debt: u64
    """`debt` as the protocol's totals count it."""
    synced_slot: u64
    """Slot of the last sync: a loan needs one that is younger than 150 slots."""
    cap: u64
    """The leverage that it allowed, before the time factor."""
    ends_at: i64
    """Unix second at which the market's calm ends, at the latest when it closes: loans end before."""
    mean_slot: u64
    """Slot up to which the means reach."""
    liquidations: u64
    """By price, so far."""
    confirmed: u64
    """Of these, by pool, mean and outside price alike: precision is confirmed/liquidations."""
    timed: u64
    """Liquidations by time, so far."""
    reserved: Array[u8] = array(u8, 32)
    """Zero: breaker stamps."""
    sides: Array[Side] = tail(Side, minimum=2)
    """Each outcome's loans."""


@account(seeds=(b"ladder", "market", "outcome"))
class Ladder:
    """The leveraged shares of an outcome by the price at which they must be sold at the latest: see `core/water_line.py`."""

    market: Pubkey
    """Address of the `Market`."""
    outcome: u8
    """Index of the outcome in the market."""
    bump: u8
    """Bump of this address."""
    padding: Array[u8] = array(u8, 6)
    """Zero."""
    sums: Array[u64] = array(u64, 16)
    """Shares of each block of rungs."""
    lines: Array[i64] = array(i64, 16)
    """The line of each block by itself."""
    rungs: Array[u64] = array(u64, 256)
    """Shares on each rung."""


@struct
class Report:
    """What a reporter said last."""

    reporter: Pubkey
    """Who signs; zero where there is none."""
    price: u64
    """1e-9."""
    confidence: u64
    """Half the width of its own doubt, 1e-9."""
    at: i64
    """Unix second of the report; 0 before the first."""


@account(seeds=(b"feed", "market", "outcome"))
class Feed:
    """What up to five reporters say that an outcome's price is elsewhere."""

    market: Pubkey
    """Address of the `Market`."""
    outcome: u8
    """Index of the outcome in the market."""
    bump: u8
    """Bump of this address."""
    padding: Array[u8] = array(u8, 6)
    """Zero."""
    reports: Array[Report] = array(Report, 5)
    """The last of each reporter."""
    reserved: Array[u8] = array(u8, 64)
    """Zero: deviation and spread rules, breaker stamps."""
