"""Ordinary trades by the instruction that their market wants: in one with loans, that which takes its book."""

from __future__ import annotations

from collections.abc import Sequence

from solders.instruction import Instruction

from quatrain.client.accounts import Fetched
from quatrain.client.addresses import Address
from quatrain.client.instructions import Instructions
from quatrain.program.state import Leg, Market, Order


def trade_instruction(
    build: Instructions,
    market: Fetched[Market],
    *,
    authority: Address,
    outcome: int,
    order: Order,
    amount: int,
    limit: int,
) -> Instruction:
    """A trade of µshares or µUSDC, as the order says, within a limit of the other."""
    where = {"authority": authority, "market_address": market.address}
    if market.state.indebted:
        return build.trade_beside_loans(**where, outcome=outcome, order=order, amount=amount, limit=limit)
    match order:
        case Order.BUY:
            return build.buy(**where, outcome=outcome, shares=amount, maximum_cost=limit)
        case Order.BUY_FOR:
            return build.buy_for(**where, outcome=outcome, spend=amount, minimum_shares=limit)
        case Order.SELL:
            return build.sell(**where, outcome=outcome, shares=amount, minimum_proceeds=limit)
        case Order.SELL_FOR:
            return build.sell_for(**where, outcome=outcome, proceeds=amount, maximum_shares=limit)


def batch_instruction(
    build: Instructions,
    market: Fetched[Market],
    *,
    authority: Address,
    legs: Sequence[tuple[int, Leg]],
    maximum_spend: int,
) -> Instruction:
    """A batch, each leg with its outcome."""
    make = build.batch_beside_loans if market.state.indebted else build.batch
    return make(authority=authority, market_address=market.address, legs=legs, maximum_spend=maximum_spend)


__all__ = ["batch_instruction", "trade_instruction"]
