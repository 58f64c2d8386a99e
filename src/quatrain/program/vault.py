"""The vault's books: what liquidity providers own, what their shares cost, and what a market may take.

Shares have two prices. A deposit pays the higher: equity, which is LP cash, subsidies in unresolved markets and loans, at par.
At the pools' own prices no subsidy is worth more. A withdrawal gets the lower: every pool at its worst outcome as of its last
sync, and without the profit that still vests: whoever pays in just before a profit is booked, and leaves after, gains nothing.
Profit vests linearly; more profit lengthens what is left by its weight, so dust cannot hold it back.
"""

from __future__ import annotations

from hognose.lang import mul_div_ceil, mul_div_floor, require, shared, u64, u128
from quatrain.core.coverage import limited_floor
from quatrain.program.errors import QuatrainError
from quatrain.program.state import BPS_ONE, Market, Protocol, Verse

FIRST_DEPOSIT_MINIMUM = 10_000_000
"""10 USDC."""
LOCKED_SHARES = 1_000_000
"""1 USDC of the first deposit buys shares for nobody: the price of a share can never be pushed up by owning all."""


def equity_of(protocol: Protocol) -> u64:
    """LP cash, subsidies and loans, at par, µUSDC: what a deposit pays for."""
    return protocol.lp_cash + protocol.subsidies_out + protocol.loans_out


@shared
def vesting_left(protocol: Protocol, slot: u64) -> u64:
    """Profit that does not count for a withdrawal yet, rounded up."""
    if slot >= protocol.vesting_end_slot:
        return 0
    left = protocol.vesting_end_slot - slot
    return mul_div_ceil(protocol.vesting_profit, left, protocol.vesting_end_slot - protocol.vesting_slot)


def redeemable_of(protocol: Protocol, slot: u64) -> u64:
    """What withdrawals are paid of: pools at their worst outcomes, and without the profit that still vests, rounded down."""
    least = protocol.lp_cash + protocol.floors_out + protocol.loans_out
    return least - min(least, vesting_left(protocol, slot))


@shared
def add_profit(protocol: Protocol, amount: u64, slot: u64) -> None:
    """Let a profit that was just added to LP cash vest."""
    if amount == 0:
        return
    left = vesting_left(protocol, slot)
    time_left = max(protocol.vesting_end_slot, slot) - slot
    weighted = u128(left) * time_left + u128(amount) * protocol.parameters.profit_vesting_slots
    total = left + amount
    protocol.vesting_profit = total
    protocol.vesting_slot = slot
    protocol.vesting_end_slot = slot + u64((weighted + total - 1) // total)


def shares_of(protocol: Protocol, supply: u64) -> u64:
    """All shares of the vault: in token accounts, in open requests, and nobody's."""
    return supply + protocol.pending_shares + protocol.locked_shares


def shares_for_deposit_floor(protocol: Protocol, amount: u64, supply: u64) -> u64:
    """Shares that a deposit buys, rounded down. The first one leaves `LOCKED_SHARES` behind."""
    total = shares_of(protocol, supply)
    if total == 0:
        require(amount >= FIRST_DEPOSIT_MINIMUM, QuatrainError.FIRST_DEPOSIT_TOO_SMALL)
        protocol.locked_shares = LOCKED_SHARES
        return amount - LOCKED_SHARES
    equity = equity_of(protocol)
    require(equity != 0, QuatrainError.VAULT_WORTHLESS)
    return mul_div_floor(amount, total, equity)


def amount_for_shares_floor(protocol: Protocol, shares: u64, supply: u64, slot: u64) -> u64:
    """What redeeming shares pays, rounded down."""
    return mul_div_floor(shares, redeemable_of(protocol, slot), shares_of(protocol, supply))


def is_within(protocol: Protocol, amount: u64, bps: u64) -> bool:
    """Whether an amount is at most this part of equity; in recovery, of what that leaves of it."""
    allowed = limited_floor(bps, protocol.recovery)
    return u128(amount) * BPS_ONE <= u128(equity_of(protocol)) * allowed


@shared
def lend_subsidy(protocol: Protocol, verse: Verse, subsidy: u64, before: u64) -> None:
    """Move a subsidy out of LP cash to a market that had `before`, inside the gates of one market, verse, and all.

    The last gate, of all that is out, implies that the cash covers it.
    """
    parameters = protocol.parameters
    of_verse = verse.subsidies + verse.loans + subsidy
    total = protocol.subsidies_out + subsidy
    require(is_within(protocol, before + subsidy, parameters.subsidy_bps), QuatrainError.SUBSIDY_ABOVE_MARKET_CAP)
    require(is_within(protocol, of_verse, parameters.verse_bps), QuatrainError.SUBSIDY_ABOVE_VERSE_CAP)
    require(is_within(protocol, total, parameters.subsidies_bps), QuatrainError.SUBSIDY_ABOVE_TOTAL_CAP)
    outlays = total + protocol.loans_out
    require(is_within(protocol, outlays, parameters.outlays_bps), QuatrainError.OUTLAYS_ABOVE_CAP)
    protocol.lp_cash -= subsidy
    protocol.subsidies_out += subsidy
    verse.subsidies += subsidy


def take_sets(protocol: Protocol, verse: Verse, market: Market, sets: u64, slot: u64) -> None:
    """Book redeemed sets: the market's subsidy comes back first, what is above it is profit."""
    part = min(sets, market.subsidy)
    market.subsidy -= part
    protocol.subsidies_out -= part
    verse.subsidies -= part
    protocol.lp_cash += sets
    add_profit(protocol, sets - part, slot)


def take_back(protocol: Protocol, verse: Verse, subsidy: u64, returned: u64, slot: u64) -> None:
    """Book what a market returns for a subsidy; what is above the subsidy is profit."""
    protocol.subsidies_out -= subsidy
    verse.subsidies -= subsidy
    protocol.lp_cash += returned
    if returned > subsidy:
        add_profit(protocol, returned - subsidy, slot)


def lend_cash(protocol: Protocol, verse: Verse, market_outlay: u64, amount: u64) -> None:
    """Move LP cash to the loan book of a market that had `market_outlay`, inside the gates of one market, verse, and all."""
    parameters = protocol.parameters
    outlays = protocol.subsidies_out + protocol.loans_out + amount
    of_verse = verse.subsidies + verse.loans + amount
    require(amount <= protocol.lp_cash, QuatrainError.VAULT_CASH_SHORT)
    require(is_within(protocol, market_outlay + amount, parameters.subsidy_bps), QuatrainError.LOANS_ABOVE_CAP)
    require(is_within(protocol, of_verse, parameters.verse_bps), QuatrainError.LOANS_ABOVE_CAP)
    require(is_within(protocol, outlays, parameters.outlays_bps), QuatrainError.LOANS_ABOVE_CAP)
    protocol.lp_cash -= amount
    protocol.loans_out += amount
    verse.loans += amount


def take_cash_back(protocol: Protocol, verse: Verse, amount: u64) -> None:
    """Move a loan book's cash back to the vault."""
    protocol.lp_cash += amount
    protocol.loans_out -= amount
    verse.loans -= amount
