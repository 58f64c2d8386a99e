"""The accounts of markets of a real number.

Outcomes, means and deviations are in millionths of the market's unit, money in µUSDC, the norm in µUSDC·√unit: see
`core/distribution.py`. N(μ, σ) stands for the curve of the market's norm with that mean and deviation.
"""

from __future__ import annotations

from hognose.lang import Array, Hash, Pubkey, account, array, i64, u8, u32, u64


@account(seeds=(b"distribution", "id"))
class DistributionMarket:
    """A market of a real number: 320 bytes.

    Positions, each from one curve to another, together lead from the opening curve to the present one. So at an outcome x
    they are owed f(x) − f₀(x) and their collateral, of which `escrow` holds all that it can ever be: f ≤ backing.
    """

    id: u64
    """Number of the market, shared with `Market`; the seed of its address."""
    bump: u8
    """Bump of this address."""
    status: u8
    """A `MarketStatus`."""
    void: bool
    """Resolved without an outcome: every position gets its collateral back."""
    padding: u8
    """Zero."""
    positions: u32
    """DistributionPosition accounts that name this market."""
    verse: u64
    """Id of the verse it belongs to."""
    norm: u64
    """k, which every curve of the market has, µUSDC·√unit."""
    backing: u64
    """b: the most that any curve may owe, and the vault's subsidy, at par in its books until the market is resolved, µUSDC."""
    escrow: u64
    """Backing and all collateral, µUSDC. Once resolved: what the positions can still claim, rounded up."""
    fees_due: u64
    """Fees taken and not yet split, µUSDC."""
    volume: u64
    """What fees were taken on: of each trade the larger collateral, before or after it, µUSDC."""
    opening_mean: i64
    """μ of the first curve, which is the vault's."""
    opening_deviation: u64
    """σ of the first curve."""
    mean: i64
    """μ now."""
    deviation: u64
    """σ now."""
    opens_at: i64
    """Unix second from which it trades."""
    closes_at: i64
    """Unix second from which it does not; moved forward when the oracle closes early."""
    slot: u64
    """Slot of the resolution; 0 before."""
    outcome: i64
    """x* of the resolution; 0 before, and where the market is void."""
    sequence: u64
    """Events so far; each carries its number, from 0."""
    event_hash: Hash
    """h ← SHA-256(h, event), from 32 zero bytes: whoever has all events can prove that there are no others."""
    question: Hash
    """SHA-256 of the question, its unit and its rules."""
    creator: Pubkey
    """Paid the rent and gets it back."""
    room_full_slot: u64
    """When all of the room to move is back, in slots × 2^30; past or 0: it is."""
    unsynced: i64
    """Change of open interest since the last sync: Σ of the positions' collateral, less what the verse was told, µUSDC."""
    floor: u64
    """What the backing was worth in its worst outcome at the last sync, rounded down, µUSDC."""
    reserved: Array[u8] = array(u8, 56)
    """Zero: mean and deviation accumulators, variance, breaker stamps."""


@account(seeds=(b"distribution_position", "trader", "market", "number"))
class DistributionPosition:
    """A trader's way from one curve to another, which pays g(x) − f(x) and the collateral; empty while σ is 0."""

    trader: Pubkey
    """Address of the `Trader`."""
    market: Pubkey
    """Address of the `DistributionMarket`."""
    number: u32
    """The trader's own choice: he may have any number of positions in a market."""
    bump: u8
    """Bump of this address."""
    padding: Array[u8] = array(u8, 3)
    """Zero."""
    from_mean: i64
    """μ of f, the market's curve when the position began."""
    from_deviation: u64
    """σ of f; 0 where the position is empty."""
    mean: i64
    """μ of g, the curve to which the position's last trade led."""
    deviation: u64
    """σ of g; 0 where the position is empty."""
    collateral: u64
    """Locked: at least −min (g − f), µUSDC."""
    fees: u64
    """Fees paid on all trades of the position, µUSDC."""
    opened_slot: u64
    """Slot of creation."""
    reserved: Array[u8] = array(u8, 32)
    """Zero."""
