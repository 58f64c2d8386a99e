"""The accounts of the program.

Each class is a byte-exact layout: the program reads and writes through it, the client decodes with it, and the layout
tables of `docs/reference/accounts.md` and the IDL print the literal under each field. Amounts are µUSDC or µshares,
prices and payouts 1e-9, rates 1e-8, `_at` unix seconds, `_slot` slots. No field straddles an eight-byte boundary needlessly,
and a bump follows its seeds, so that they are hashed as one; `reserved` bytes are zero and belong to later versions.
"""

from __future__ import annotations

from enum import IntEnum

from hognose.lang import Array, Hash, Pubkey, account, array, i64, struct, tail, u8, u32, u64, u128
from quatrain.core.correlation import PAIRS, WINDOW

PRICE_ONE = 1_000_000_000
"""1 as a price or a payout."""

BPS_ONE = 10_000
"""1 in basis points."""

OUTCOMES_MINIMUM = 2
OUTCOMES_MAXIMUM = 64

VERSE_DEPTH_MAXIMUM = 32

ID_GAP_MAXIMUM = 1_000_000
"""How many ids one creation may skip: a slip of the hand does not use up all of them."""


class Phase(IntEnum):
    """What the protocol is open to."""

    DEVNET = 0
    BETA = 1
    LAUNCH = 2


class Activity(IntEnum):
    """What can be paused: indices of `Protocol.paused_until`. Sales, settlement and withdrawals cannot be."""

    BUYS = 0
    DEPOSITS = 1
    LIQUIDITY = 2
    CREATION = 3


ACTIVITIES = 4
"""How many activities there are."""


class Maker(IntEnum):
    """The cost function of a market. 0, at creation only: the one that the rule of `makers.choose` gives."""

    LMSR = 1
    PM_AMM = 2


class Order(IntEnum):
    """What a trade does: the amount is shares, or money with the fee included."""

    BUY = 0
    BUY_FOR = 1
    SELL = 2
    SELL_FOR = 3


class MarketStatus(IntEnum):
    """The life of a market; a pruned market has no account. 0 is no status: a fresh account is all zero."""

    OPEN = 1
    CLOSED = 2
    RESOLVED = 3


class VerseStatus(IntEnum):
    """Whether a verse takes new markets."""

    OPEN = 1


@struct
class Parameters:
    """What the admin may tune, inside the hard bounds of `parameters.py`."""

    fee_rate: u64
    """The least taker fee, 1e-8 (30,000 = 3 bp): coverage raises it, never lowers it."""
    subsidies_bps: u64
    """All subsidies together, at most this part of LP equity: what the vault can ever lose."""
    subsidy_bps: u64
    """The subsidy of one market, at most this part of LP equity."""
    minimum_trade: u64
    """The smallest cost of a buy, µUSDC."""
    minimum_liquidity: u64
    """The smallest liquidity of a market, µUSDC."""
    maximum_liquidity: u64
    """The largest liquidity of a market, µUSDC."""
    prune_delay_slots: u64
    """Slots between the resolution of a market and its removal."""
    profit_vesting_slots: u64
    """Slots over which a profit enters the price of LP shares, so that nobody can buy in just before it and leave."""
    price_move_per_slot: u64
    """How far trades may move a market's prices for each slot that passes, 1e-9; up to 100 points gather."""
    verse_bps: u64
    """The subsidies of one verse's markets, at most this part of LP equity."""
    outlays_bps: u64
    """Subsidies and loans together, at most this part of LP equity."""
    withdrawal_bps: u64
    """One request to withdraw liquidity, at most this part of the vault's shares."""
    withdrawal_delay_slots: u64
    """Slots between a request to withdraw liquidity and its execution."""


@account(seeds=(b"protocol",))
class Protocol:
    """The one global account: authorities, parameters, and the vault's books."""

    bump: u8
    """Bump of this address."""
    phase: u8
    """A `Phase`."""
    guardian_pauses: u8
    """Pauses by the guardian in its current day."""
    guardian_streak: u8
    """Pauses by the guardian, one on the heels of the other."""
    padding: Array[u8] = array(u8, 4)
    """Zero."""
    guardian_day_at: i64
    """Unix second at which the guardian's current day began."""
    guardian_paused_at: i64
    """Unix second of the guardian's last pause."""
    paused_until: Array[i64] = array(i64, 4)
    """For each `Activity`, the unix second from which it goes on."""
    admin: Pubkey
    """Creates verses and markets, sets roles and parameters."""
    pending_admin: Pubkey
    """Becomes the admin when it accepts; zero when nobody is proposed."""
    guardian: Pubkey
    """May pause, for a short while."""
    oracle: Pubkey
    """May close a market early, and resolves it."""
    usdc_mint: Pubkey
    """The collateral's mint (SPL Token, 6 decimals)."""
    token_vault: Pubkey
    """The token account that holds all USDC; address: seed "vault"; its authority is this account."""
    share_mint: Pubkey
    """The mint of LP shares (6 decimals); address: seed "shares"; its authority is this account."""
    lp_cash: u64
    """The vault's USDC that no market holds, µUSDC."""
    subsidies_out: u64
    """Subsidies in unresolved markets, at par, µUSDC."""
    locked_shares: u64
    """Shares that the first deposit left behind for ever; they are in no token account."""
    pending_shares: u64
    """Shares of open requests to withdraw liquidity: burnt, and still shares of the vault."""
    vesting_profit: u64
    """Profit inside `lp_cash` that was still vesting at `vesting_slot`, µUSDC."""
    vesting_slot: u64
    """Slot of the last change of `vesting_profit`; it falls to zero linearly by `vesting_end_slot`."""
    vesting_end_slot: u64
    """Slot at which all profit counts."""
    insurance: u64
    """The insurance fund, µUSDC."""
    staker_pool: u64
    """Fees set aside for stakers, µUSDC."""
    treasury: u64
    """Fees set aside for maker rebates, µUSDC."""
    next_verse_id: u64
    """Ids below this are used or skipped for ever; ids start at 1."""
    next_market_id: u64
    """Ids below this are used or skipped for ever; ids start at 1."""
    markets: u64
    """Market accounts that exist."""
    sequence: u64
    """Protocol events so far; each such event carries its number."""
    parameters: Parameters
    """What the admin may tune."""
    coverage: u64
    """(Equity + insurance) / Σ tail · open interest when a market was last synced, 1e-9; the largest u64 without interest."""
    taker_rate: u64
    """The taker fee before a market's surcharges and what recovery adds, 1e-8; computed with the coverage."""
    open_interest: u64
    """Open positions of all markets at cost, as of their syncs, µUSDC."""
    tail_interest: u64
    """Σ of the verses' `tail_interest`, µUSDC."""
    floors_out: u64
    """Σ of `Market.floor` of unresolved markets, µUSDC: what is left of `subsidies_out` in the worst case."""
    loans_out: u64
    """LP cash given to loan books, at par, µUSDC."""
    debt_out: u64
    """Loans of open positions, as of their markets' syncs, µUSDC."""
    congested_until: i64
    """Unix second until which trades pay for congestion, as the guardian attested."""
    recovery: u8
    """The level of recovery, 0 to 3."""
    padding_after_recovery: Array[u8] = array(u8, 7)
    """Zero."""
    reserved: Array[u8] = array(u8, 112)
    """Zero: breaker stamps, fee accumulators, timelock, outflow window."""


@account(seeds=(b"withdrawal", "provider"))
class Withdrawal:
    """A provider's request to withdraw liquidity. Its shares are burnt, and count as the vault's until it ends."""

    provider: Pubkey
    """Who asked, and alone executes or cancels; the seed of this address."""
    bump: u8
    """Bump of this address."""
    padding: Array[u8] = array(u8, 7)
    """Zero."""
    shares: u64
    """Shares to redeem."""
    most: u64
    """What they were worth when asked for: an execution pays no more, so that waiting in the queue earns nothing, µUSDC."""
    requested_slot: u64
    """Slot of the request."""
    reserved: Array[u8] = array(u8, 16)
    """Zero."""


@account(seeds=(b"verse", "id"))
class Verse:
    """A group of related markets."""

    id: u64
    """Number of the verse; the seed of its address."""
    bump: u8
    """Bump of this address."""
    status: u8
    """A `VerseStatus`."""
    depth: u8
    """Verses above, at most 32."""
    padding: Array[u8] = array(u8, 5)
    """Zero."""
    parent: u64
    """Id of the verse above, 0 for a root."""
    children: u32
    """Verses directly below."""
    markets: u32
    """Market accounts in this verse."""
    title: Hash
    """SHA-256 of the verse's description."""
    subsidies: u64
    """Subsidies in unresolved markets of this verse, at par, µUSDC."""
    open_interest: u64
    """Open positions of its markets at cost, as of their syncs, µUSDC."""
    inverse_interest: u128
    """Σ open interest · ⌊2^32/N⌋ over its markets, as of their syncs."""
    tail_interest: u64
    """What it adds to `Protocol.tail_interest`: open interest · tail, rounded up, µUSDC."""
    correlation: u64
    """ρ̄: an upper bound of the mean positive correlation of its markets' returns, 1e-9."""
    window_epoch: u64
    """The last epoch of its window: unix second // 21,600 of the last sample."""
    sums: Array[i64] = array(i64, WINDOW)
    """For each epoch of the window, at its number modulo 28: Σ of the markets' normalised returns, 2^-20."""
    products: Array[i64] = array(i64, PAIRS)
    """For each pair of epochs s ≥ t, at s(s + 1)/2 + t: Σ of the products of both returns of a market, 2^-40."""
    loans: u64
    """LP cash given to the loan books of its markets, at par, µUSDC."""
    reserved: Array[u8] = array(u8, 24)
    """Zero: breaker stamps."""


@account(seeds=(b"samples", "market"))
class Samples:
    """The window of a market's returns, from which its verse's correlation is estimated."""

    market: Pubkey
    """Address of the `Market`; the seed of this address."""
    bump: u8
    """Bump of this address."""
    started: bool
    """Whether `log_odds` holds a mean."""
    padding: Array[u8] = array(u8, 6)
    """Zero."""
    payer: Pubkey
    """Paid the rent and gets it back."""
    verse: u64
    """Id of the market's verse."""
    epoch: u64
    """Unix second // 21,600 of the last sample, or of the opening."""
    slot: u64
    """Slot of the last sample, or of the opening."""
    level_sum: i64
    """The market's sum of levels there."""
    log_odds: i64
    """The mean of the last interval between samples as log-odds, 2^-16."""
    returns: Array[u32] = array(u32, WINDOW)
    """For each epoch of the window, at its number modulo 28: 2^31 + the change of `log_odds`; 0: none was taken."""


@struct
class Outcome:
    """One outcome's shares."""

    sold: u64
    """Shares in traders' hands."""
    held: u64
    """Shares the vault owns outside the pool. Once the market is resolved: the payout of a share, 1e9 = 1 USDC."""


@account(seeds=(b"market", "id"))
class Market:
    """A market: exactly 520 bytes for up to 16 outcomes, 16 more for each one above.

    Reserve of outcome i: r_i = sets − sold_i − held_i, never negative, so that every share is a claim on a µUSDC that
    is here. LMSR keeps Σ e^(−r_i/b) ≤ 1, a pm-AMM E max_i(L·ε_i − r_i) ≤ 0, every rounding pushing the left side down.
    """

    id: u64
    """Number of the market; the seed of its address."""
    bump: u8
    """Bump of this address."""
    status: u8
    """A `MarketStatus`."""
    maker: u8
    """A `Maker`."""
    outcome_count: u8
    """N, from 2 to 64; `outcomes` from here on are zero."""
    positions: u32
    """Position accounts that name this market."""
    verse: u64
    """Id of the verse it belongs to."""
    liquidity: u64
    """The maker's scale now: b of an LMSR, L of a pm-AMM, which falls with time, µUSDC."""
    sets: u64
    """Complete sets in escrow, µUSDC. Once resolved: what the positions can still claim, rounded up."""
    subsidy: u64
    """What the vault gave at creation less what came back, at par in its books until the market is resolved, µUSDC."""
    fees_due: u64
    """Fees taken and not yet split, µUSDC."""
    volume: u64
    """Costs and proceeds traded, fees aside, µUSDC."""
    opens_at: i64
    """Unix second from which it trades."""
    closes_at: i64
    """Unix second from which it does not; moved forward when the oracle closes early."""
    slot: u64
    """Up to here reach `level_sum` and `variance`: the last trade, or the creation. Once resolved: the resolution."""
    sequence: u64
    """Events so far; each carries its number, from 0."""
    event_hash: Hash
    """h ← SHA-256(h, event), from 32 zero bytes: whoever has all events can prove that there are no others."""
    question: Hash
    """SHA-256 of the question, its rules and the titles of the outcomes."""
    creator: Pubkey
    """Paid the rent and gets it back."""
    room_full_slot: u64
    """When all of the price's room to move is back, in slots × 2^30; past or 0: it is."""
    expires_at: i64
    """Unix second T at which a pm-AMM's outcome is known, after `closes_at`: L = opening L · √((T − t)/(T − opens_at)). 0: none."""
    opening_liquidity: u64
    """L of a pm-AMM when it opens, µUSDC."""
    segments: u8
    """Simpson's segments of a pm-AMM with 3 or more outcomes."""
    indebted: bool
    """Whether there are loans: then whoever moves its prices passes the `Book`."""
    padding: Array[u8] = array(u8, 6)
    """Zero."""
    level_sum: i64
    """Σ over the slots since creation of the level of outcome 0 (`tape.py`), 2^-16: TWAPs are its differences."""
    variance: u64
    """Moving average of the squared moves of log-odds a slot, 2^-32."""
    unsynced: i64
    """Change of open interest since the last sync: Σ of the positions' `cost`, less what the verse was told, µUSDC."""
    floor: u64
    """What the subsidy was worth in its worst outcome at the last sync, at most the subsidy, µUSDC."""
    outcomes: Array[Outcome] = tail(Outcome, minimum=16)
    """The shares of each outcome."""


@struct
class Leg:
    """One trade of a batch."""

    order: u8
    """An `Order`."""
    amount: u64
    """Shares or µUSDC, as the order says."""
    limit: u64
    """The most to pay or the fewest shares of a buy, the least to receive or the most shares of a sale."""


@struct
class Quote:
    """The terms of a trade now."""

    shares: u64
    """Shares bought or sold."""
    amount: u64
    """Cost or proceeds before the fee, µUSDC."""
    fee: u64
    """The fee: a buyer pays amount + fee, a seller gets amount − fee, µUSDC."""
    price_before: u64
    """The outcome's price now, 1e-9."""
    price_after: u64
    """Its price after the trade, 1e-9."""
    room: u64
    """How far such a trade may move the price now, 1e-9."""


@account(seeds=(b"trader", "authority"))
class Trader:
    """A trader's free money."""

    authority: Pubkey
    """Who signs; the seed of this address."""
    bump: u8
    """Bump of this address."""
    padding: Array[u8] = array(u8, 3)
    """Zero."""
    positions: u32
    """Position accounts that name this trader."""
    free: u64
    """Deposited and in no position, µUSDC."""
    volume: u64
    """Costs and proceeds traded, fees aside, µUSDC."""
    disclosure: Hash
    """SHA-256 of the risk disclosure that the trader acknowledged; zero before. Leverage above 10x needs it."""
    reserved: Array[u8] = array(u8, 32)
    """Zero: access tier, rate stamps, suspicion score."""


@account(seeds=(b"position", "trader", "market", "outcome"))
class Position:
    """A trader's shares of one outcome of one market."""

    trader: Pubkey
    """Address of the `Trader`."""
    market: Pubkey
    """Address of the `Market`."""
    outcome: u8
    """Index of the outcome in the market."""
    bump: u8
    """Bump of this address."""
    rung: u8
    """Where its shares stand in the `Ladder`; 0 without debt."""
    padding: Array[u8] = array(u8, 5)
    """Zero."""
    shares: u64
    """Shares of the outcome."""
    cost: u64
    """What the shares cost, fees included; a sale takes its part away, rounded down, µUSDC."""
    opened_slot: u64
    """Slot of creation."""
    debt: u64
    """Owed to the vault, µUSDC; its shares are the security."""
    margin: u64
    """The trader's own money in what the loan helped to buy, µUSDC: half of it is left when the position may be liquidated."""
    interest: u64
    """Prepaid for the time from `loan_at` to `loan_until`, µUSDC."""
    loan_at: i64
    """Unix second up to which interest has been earned."""
    loan_until: i64
    """Unix second from which anybody may liquidate."""
