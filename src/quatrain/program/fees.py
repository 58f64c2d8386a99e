"""The taker fee of a trade, and where fees go.

The rate that coverage gives is in the protocol, which trades only read; what the market adds is in the market.
"""

from __future__ import annotations

from typing import Any

from hognose.lang import Clock, mul_div_ceil, mul_div_floor, u64
from quatrain.core.fee import CALM, RATE_ONE, split, surcharges, trade_rate
from quatrain.program.state import Market, Protocol
from quatrain.program.tape import variance_at
from quatrain.program.vault import add_profit


def taker_rate(protocol: Protocol, market: Market, now: Clock, opening: bool) -> u64:
    """The rate of a buy (`opening`) or a sale in a market now, 1e-8: at most 28 bp, but for what recovery adds to buys."""
    variance = market.variance
    if variance >= CALM:
        variance = variance_at(market, now.slot)
    return rate_of(protocol, variance, market.liquidity, now, opening)


def rate_of(protocol: Protocol, variance: u64, liquidity: u64, now: Clock, opening: bool) -> u64:
    """The rate in a market of such a variance and liquidity."""
    surcharge = surcharges(variance, liquidity, now.unix_timestamp < protocol.congested_until)
    return trade_rate(protocol.taker_rate, surcharge, opening, protocol.recovery)


def cost_within_floor(spend: u64, rate: u64) -> u64:
    """The cost that a spend pays for: the rest, spend − cost, is at least the cost's fee. Rounded down."""
    return mul_div_floor(spend, RATE_ONE, RATE_ONE + rate)


def proceeds_before_fee_ceil(received: u64, rate: u64) -> u64:
    """The proceeds of which `received` is left: the rest is at least the proceeds' fee. Rounded up."""
    return mul_div_ceil(received, RATE_ONE, RATE_ONE - rate)


def share_out(protocol: Protocol, market: Any, slot: u64) -> tuple[u64, u64, u64, u64]:
    """Move the fees of a market of any kind to vault, stakers, treasury and insurance; their parts, which add up to the fees."""
    vault, stakers, treasury, insurance = split(market.fees_due)
    market.fees_due = 0
    protocol.lp_cash += vault
    protocol.staker_pool += stakers
    protocol.treasury += treasury
    protocol.insurance += insurance
    add_profit(protocol, vault, slot)
    return vault, stakers, treasury, insurance
