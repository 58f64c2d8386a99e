"""How a quoted trade stands to the water line, for people and for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quatrain.cli.loan_terms import line_record
from quatrain.client.amounts import PRICE, SHARES, show_price
from quatrain.client.liquidations import Due
from quatrain.client.passage import Passage
from quatrain.client.quotes import Quote, Side


def passage_record(passage: Passage | None, titles: Sequence[str]) -> dict[str, Any]:
    """For scripts: null where nothing that the trade lowers has loans."""
    if passage is None:
        return {"water_line": None}
    refusal = passage.refusal
    told = {
        "outcome": passage.outcome,
        "title": titles[passage.outcome],
        **line_record(passage.before),
        "price_after": PRICE.plain(passage.after.price),
        "passes": refusal is None,
        "liquidations": [
            {
                "trader": str(one.event.trader),
                "outcome": one.event.outcome,
                "shares": SHARES.plain(one.event.shares),
                "by": "price" if one.event.by_price else "time",
            }
            for one in passage.due
        ],
        "refusal": None if refusal is None else {"code": refusal.code, "advice": refusal.advice},
    }
    return {"water_line": told}


def passage_pairs(passage: Passage | None, titles: Sequence[str], terms: Quote) -> list[tuple[str, str]]:
    """For people."""
    if passage is None or passage.before.line_price is None or passage.before.slack is None:
        return []
    line = f"{titles[passage.outcome]} may fall to {show_price(passage.before.line_price)}"
    if terms.side is Side.SELL:
        line += f": {SHARES.show(passage.before.slack)} shares can be sold now"
    else:
        line += f", and would fall to {show_price(passage.after.price)}"
    return [("water line", line), ("liquidations", _needs(passage, titles))]


def _needs(passage: Passage, titles: Sequence[str]) -> str:
    if passage.is_free:
        return "none needed"
    refusal = passage.refusal
    if refusal is not None:
        return f"refused now, {refusal.code}: {refusal.message}. {refusal.advice}"
    first = ", ".join(_slice(one, titles) for one in passage.due)
    return f"first, in the same transaction: {first}; this lowers the price, for which --slippage must leave room"


def _slice(due: Due, titles: Sequence[str]) -> str:
    return f"{SHARES.show(due.event.shares)} shares of {titles[due.event.outcome]}, due by {'price' if due.event.by_price else 'time'}"


__all__ = ["passage_pairs", "passage_record"]
