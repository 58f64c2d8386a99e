"""A trade's terms and how they come about, for people and for scripts. Every figure is the program's own."""

from __future__ import annotations

from typing import Any

from quatrain.client.amounts import PRICE, SHARES, USDC, show_price
from quatrain.client.quotes import Quote, Quoter, Side, show_points
from quatrain.program.pool import reserve_of
from quatrain.program.state import Maker, Market

MAKERS = {Maker.LMSR: ("LMSR", "b"), Maker.PM_AMM: ("pm-AMM", "L")}
"""What each maker is called, and its liquidity."""


def maker_name(market: Market) -> str:
    """`LMSR` or `pm-AMM`."""
    return MAKERS[Maker(market.maker)][0]


def pool_text(market: Market) -> str:
    """The maker and its liquidity: `pm-AMM, L = 500.00 USDC`."""
    name, letter = MAKERS[Maker(market.maker)]
    return f"{name}, {letter} = {USDC.show(market.liquidity)} USDC"


def terms_record(title: str, market: int, terms: Quote) -> dict[str, Any]:
    """The terms for scripts."""
    return {
        "market": market,
        "outcome": terms.outcome,
        "title": title,
        "side": str(terms.side),
        "shares": SHARES.plain(terms.shares),
        "amount_usdc": USDC.plain(terms.amount),
        "fee_usdc": USDC.plain(terms.fee),
        "total_usdc": USDC.plain(terms.total),
        "average_price": PRICE.plain(terms.average_price),
        "price_before": PRICE.plain(terms.price_before),
        "price_after": PRICE.plain(terms.price_after),
        "price_impact": PRICE.plain(terms.impact),
    }


def terms_lines(title: str, terms: Quote, *, past: bool = False) -> list[str]:
    """The terms in two lines."""
    is_buy = terms.side is Side.BUY
    verb = {(True, True): "Bought", (True, False): "Sold", (False, True): "Buying", (False, False): "Selling"}
    money = {(True, True): "cost", (True, False): "brought", (False, True): "costs", (False, False): "brings"}
    trade = f"{verb[past, is_buy]} {SHARES.show(terms.shares)} × {title} {money[past, is_buy]} {USDC.show(terms.total)} USDC"
    return [
        f"{trade}, {show_price(terms.average_price)} a share",
        f"  fee {USDC.show(terms.fee, places=4)} USDC, price {_movement(terms)}",
    ]


def _movement(terms: Quote) -> str:
    sign = "+" if terms.impact >= 0 else "−"
    impact = f"{sign}{show_price(abs(terms.impact))}"
    return f"{show_price(terms.price_before)} → {show_price(terms.price_after)} ({impact})"


def explanation_record(quoter: Quoter, terms: Quote) -> dict[str, Any]:
    """How the terms come about, for scripts."""
    market = quoter.market
    before, after = (reserve_of(one, one.outcomes[terms.outcome]) for one in (market, quoter.after(terms).market))
    return {
        "maker": maker_name(market),
        "liquidity_usdc": USDC.plain(market.liquidity),
        "reserve_before": SHARES.plain(before),
        "reserve_after": SHARES.plain(after),
        "other_reserves_change": SHARES.plain(terms.amount if terms.side is Side.BUY else -terms.amount),
        "fee_rate": PRICE.plain(quoter.rate(terms.side) * 10),
        "newton_iterations": terms.work.iterations,
        "simpson_segments": market.segments,
        "simpson_nodes": terms.work.nodes,
        "price_room": PRICE.plain(quoter.room(terms.side)),
        "wait_slots": quoter.slots_to_wait(terms),
    }


def explanation_pairs(quoter: Quoter, terms: Quote) -> list[tuple[str, str]]:
    """How the terms come about, for people."""
    market, is_buy = quoter.market, terms.side is Side.BUY
    before, after = (reserve_of(one, one.outcomes[terms.outcome]) for one in (market, quoter.after(terms).market))
    moved = f"{'+' if is_buy else '−'}{SHARES.show(terms.amount)} in every other outcome"
    rate = quoter.rate(terms.side)
    pairs = [
        ("maker", pool_text(market)),
        ("cost" if is_buy else "proceeds", f"{USDC.show(terms.amount, places=6)} USDC, rounded in the pool's favour"),
        ("fee", f"{USDC.show(terms.fee, places=6)} USDC, {rate / 10_000:g} bp"),
        ("average price", f"{show_price(terms.average_price)} a share, fee included"),
        ("marginal price", _movement(terms)),
        ("pool's reserve", f"{SHARES.show(before)} → {SHARES.show(after)} shares; {moved}"),
    ]
    pairs.append(("computed by", _work(market, terms)))
    wait = quoter.slots_to_wait(terms)
    room = f"{show_points(quoter.room(terms.side))} points are free now"
    pairs.append(("price's room", f"{room}: wait {wait} slots or trade less" if wait else room))
    return pairs


def _work(market: Market, terms: Quote) -> str:
    """What was counted while the price was computed."""
    parts: list[str] = []
    if terms.work.iterations:
        plural = "" if terms.work.iterations == 1 else "s"
        parts.append(f"{terms.work.iterations} iteration{plural} of Newton's method")
    if terms.work.nodes:
        parts.append(f"Simpson's rule with {market.segments} segments over 14 σ, {terms.work.nodes:,} nodes in all")
    return ", ".join(parts) or "a closed form, without iterations"


__all__ = [
    "MAKERS",
    "explanation_pairs",
    "explanation_record",
    "maker_name",
    "pool_text",
    "terms_lines",
    "terms_record",
]
