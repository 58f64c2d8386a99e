"""The ledger of a market: sets, sold, held, and the open interest that is not synced. Every change of them is here.

r_i = sets − sold_i − held_i. A subtraction that would make one negative aborts, so that escrow covers every outcome
whatever calls this.
"""

from __future__ import annotations

from hognose.lang import Array, i64, mul_div_floor, require, u64, u128
from quatrain.program.chain import commit
from quatrain.program.errors import QuatrainError
from quatrain.program.state import PRICE_ONE, Market, Outcome, Position, Trader


def reserve_of(market: Market, outcome: Outcome) -> u64:
    """r_i, the pool's shares of an outcome of the market."""
    return market.sets - outcome.sold - outcome.held


def take_in(
    trader: Trader, market: Market, outcome: Outcome, position: Position, shares: u64, cost: u64, fee: u64
) -> None:
    """A purchase: `cost` becomes complete sets, of which `shares` of the outcome go out."""
    paid = cost + fee
    require(paid <= trader.free, QuatrainError.INSUFFICIENT_FUNDS)
    trader.free -= paid
    market.sets += cost
    outcome.sold += shares
    require(outcome.sold + outcome.held < market.sets, QuatrainError.TRADE_TOO_LARGE)
    market.fees_due += fee
    position.shares += shares
    position.cost += paid
    market.unsynced += i64(paid)
    trader.volume += cost
    market.volume += cost


def pay_out(
    trader: Trader, market: Market, outcome: Outcome, position: Position, shares: u64, proceeds: u64, fee: u64
) -> None:
    """A sale: `shares`, of which the position holds as many, come back, and `proceeds` of complete sets become money."""
    market.sets -= proceeds
    outcome.sold -= shares
    sold_cost = mul_div_floor(position.cost, shares, position.shares)
    position.shares -= shares
    position.cost -= sold_cost
    market.unsynced -= i64(sold_cost)
    market.fees_due += fee
    trader.free += proceeds - fee
    trader.volume += proceeds
    market.volume += proceeds


def give_back(market: Market, position: Position, shares: u64) -> None:
    """Shares come back as their part of complete sets, which the caller takes out of the escrow."""
    given_cost = mul_div_floor(position.cost, shares, position.shares)
    position.cost -= given_cost
    market.unsynced -= i64(given_cost)
    position.shares -= shares
    market.outcomes[position.outcome].sold -= shares


def redeem_sets(market: Market) -> u64:
    """Take complete sets that the vault holds outside the pool of an unresolved market out of it; how many."""
    sets = market.outcomes[0].held
    for i in range(1, market.outcome_count):
        sets = min(sets, market.outcomes[i].held)
    if sets != 0:
        for i in range(market.outcome_count):
            market.outcomes[i].held -= sets
        market.sets -= sets
    return sets


def fix_payouts(market: Market, payouts: Array[u64]) -> u64:
    """Write the payouts (1e-9, sum 1) where the vault's shares stood; what leaves the escrow, which keeps Σ sold_i·v_i.

    What it keeps is rounded up, so it covers every position's payout, which is rounded down.
    """
    total: u64 = 0
    owed: u128 = 0
    for i in range(market.outcome_count):
        payout = payouts[i]
        require(payout <= PRICE_ONE, QuatrainError.PAYOUTS_INVALID)
        total += payout
        owed += u128(market.outcomes[i].sold) * payout
        market.outcomes[i].held = payout
        commit(market, payout)
    require(total == PRICE_ONE, QuatrainError.PAYOUTS_INVALID)
    claims = u64((owed + PRICE_ONE - 1) // PRICE_ONE)
    returned = market.sets - claims
    market.sets = claims
    return returned


def pay_claim(trader: Trader, market: Market, position: Position) -> u64:
    """Pay a position of a resolved market, shares × payout rounded down, and empty it."""
    outcome = market.outcomes[position.outcome]
    payout = mul_div_floor(position.shares, outcome.held, PRICE_ONE)
    outcome.sold -= position.shares
    market.sets -= payout
    trader.free += payout
    market.unsynced -= i64(position.cost)
    position.cost = 0
    position.shares = 0
    return payout
