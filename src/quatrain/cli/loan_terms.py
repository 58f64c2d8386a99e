"""What a trader sees of leverage before signing, for people and for scripts. Every figure is the program's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quatrain.cli.markets_show import moment
from quatrain.client.amounts import PRICE, SHARES, USDC, Unit, show_price
from quatrain.client.caps import Cap
from quatrain.client.leverage import Preview, Standing, show_leverage
from quatrain.client.loans import Line
from quatrain.client.quotes import show_points
from quatrain.program.loan_events import LeverageTraded, LoanChanged

LEVERAGE = Unit("leverage", 6)


def done_record(record: dict[str, Any], events: Sequence[Any]) -> dict[str, Any]:
    """A preview's record with what the event tells was done."""
    done = next((one for one in events if isinstance(one, LeverageTraded | LoanChanged)), None)
    if done is None:
        return record
    after = {
        "debt_usdc": USDC.plain(done.debt),
        "margin_usdc": USDC.plain(done.margin),
        "term_ends_at": done.until if done.debt else 0,
        "rung": done.rung if done.debt else None,
    }
    told = {"interest_usdc": USDC.plain(done.interest), "refund_usdc": USDC.plain(done.refund)}
    if isinstance(done, LeverageTraded):
        told |= {
            "shares": SHARES.plain(done.shares),
            "amount_usdc": USDC.plain(done.amount),
            "fee_usdc": USDC.plain(done.fee),
            "price_after": PRICE.plain(done.price),
        }
    return record | told | {"after": record["after"] | after}


def price_or_none(price: int | None) -> str | None:
    """For scripts: exact, or null."""
    return None if price is None else PRICE.plain(price)


def standing_record(standing: Standing) -> dict[str, Any]:
    """A position with its loan, for scripts."""
    return {
        "shares": SHARES.plain(standing.shares),
        "debt_usdc": USDC.plain(standing.debt),
        "margin_usdc": USDC.plain(standing.margin),
        "prepaid_interest_usdc": USDC.plain(standing.interest),
        "term_ends_at": standing.until,
        "leverage": LEVERAGE.plain(standing.leverage),
        "liquidation_price": price_or_none(standing.trigger),
        "bankruptcy_price": price_or_none(standing.bankruptcy),
        "rung": standing.rung if standing.debt else None,
    }


def line_record(line: Line) -> dict[str, Any]:
    """A level and its line, for scripts: shares."""
    return {
        "price": PRICE.plain(line.price),
        "level": SHARES.plain(line.level),
        "line": None if line.line is None else SHARES.plain(line.line),
        "slack": None if line.slack is None else SHARES.plain(line.slack),
        "line_price": price_or_none(line.line_price),
    }


def cap_record(cap: Cap) -> dict[str, Any]:
    """The cap with its factors, for scripts: leverage, and factors of at most 1."""

    def limit(value: int | None) -> str | None:
        return None if value is None else LEVERAGE.plain(value)

    return {
        "cap": LEVERAGE.plain(cap.value),
        "binds": cap.bound,
        "depth": limit(cap.depth),
        "coverage": limit(cap.coverage),
        "tier": limit(cap.tier),
        "correlation_factor": PRICE.plain(cap.correlation),
        "volatility_factor": PRICE.plain(cap.volatility),
        "vault": limit(cap.vault),
        "recovery": limit(cap.recovery),
        "synced": limit(cap.synced),
        "disclosure": limit(cap.disclosure),
        "reporters": limit(cap.reporters),
        "time": limit(cap.time),
    }


def preview_record(market: int, title: str, act: str, preview: Preview) -> dict[str, Any]:
    """All of a preview, for scripts."""
    return {
        "market": market,
        "outcome": preview.outcome,
        "title": title,
        "act": act,
        "shares": SHARES.plain(preview.shares),
        "amount_usdc": USDC.plain(preview.amount),
        "fee_usdc": USDC.plain(preview.fee),
        "borrowed_usdc": USDC.plain(preview.borrowed),
        "interest_usdc": USDC.plain(preview.interest),
        "refund_usdc": USDC.plain(preview.refund),
        "paid_usdc": USDC.plain(preview.paid),
        "price_before": PRICE.plain(preview.price_before),
        "price_after": PRICE.plain(preview.price_after),
        "before": standing_record(preview.before),
        "after": standing_record(preview.after),
        "line_before": line_record(preview.line_before),
        "line_after": line_record(preview.line_after),
        "cap": cap_record(preview.cap),
    }


def preview_pairs(preview: Preview) -> list[tuple[str, str]]:
    """All of a preview, for people; the cap only where something is lent."""
    after = preview.after
    pairs = _trade_pairs(preview)
    if preview.interest or preview.refund:
        pairs.append(("interest", _interest(preview)))
    verb = "you pay now" if preview.paid >= 0 else "you get now"
    pairs += [(verb, f"{USDC.show(abs(preview.paid))} USDC"), ("position", _position(after))]
    if after.trigger is not None and after.bankruptcy is not None:
        pairs += [
            ("term ends", f"{moment(after.until)} UTC; from then on anybody may liquidate"),
            ("liquidation price", _trigger(preview, after.trigger)),
            (
                "bankruptcy price",
                f"{show_price(after.bankruptcy)}, rung {after.rung}: the loan is always repaid above it",
            ),
        ]
    if preview.interest:
        pairs += [("cap", _cap(preview.cap)), ("its limits", _limits(preview.cap))]
    pairs.append(("water line", _line(preview.line_before, preview.line_after)))
    if preview.borrowed > 0:
        pairs.append(("gap loss", _gap(preview)))
    return pairs


def _trade_pairs(preview: Preview) -> list[tuple[str, str]]:
    before, after = preview.before.debt, preview.after.debt
    if not preview.shares:
        changed = (
            f"{USDC.show(before)} → {USDC.show(after)} USDC"
            if before != after
            else f"{USDC.show(after)} USDC, as before"
        )
        return [("debt", changed)]
    moved = f"price {show_price(preview.price_before)} → {show_price(preview.price_after)}"
    shares = f"{SHARES.show(preview.shares)} for {USDC.show(preview.amount)} USDC; {moved}"
    pairs = [("shares", shares), ("fee", f"{USDC.show(preview.fee)} USDC")]
    if preview.borrowed > 0:
        loan = f"{USDC.show(preview.borrowed)} USDC, beside {USDC.show(preview.own)} of your own as margin"
        return [*pairs, ("loan", loan)]
    return [*pairs, ("debt repaid", f"{USDC.show(-preview.borrowed)} of {USDC.show(before)} USDC")]


def _interest(preview: Preview) -> str:
    back = f"{USDC.show(preview.refund)} USDC of what was prepaid before come back"
    if not preview.interest:
        return back
    prepaid = f"{USDC.show(preview.interest)} USDC prepaid, refunded in proportion when repaid early"
    return f"{prepaid}; {back}" if preview.refund else prepaid


def _position(standing: Standing) -> str:
    if not standing.shares:
        return "none is left"
    if not standing.debt:
        return f"{SHARES.show(standing.shares)} shares, no debt"
    return (
        f"{SHARES.show(standing.shares)} shares, debt {USDC.show(standing.debt)} USDC, margin "
        f"{USDC.show(standing.margin)} USDC, {show_leverage(standing.leverage)} at the pool's price"
    )


def _trigger(preview: Preview, price: int) -> str:
    before, above = preview.before.trigger, preview.price_after - price
    moved = "" if before is None else f" (before {show_price(before)})"
    where = f"{show_points(above)} points below the price" if above > 0 else "above the price"
    return f"{show_price(price)}{moved}, {where}: half of the margin is left"


_BINDS = {
    "depth": "the verse's depth binds",
    "coverage": "coverage binds: the vault covers too little of what is open",
    "tier": "tier binds: the number of outcomes",
    "disclosure": "disclosure binds: quatrain trader acknowledge-risk lifts it",
    "reporters": "reporters binds: fewer than three fresh reports of the price elsewhere",
    "vault": "vault binds: its size",
    "none_lent": "recovery binds: nothing is lent now",
    "time": "time binds: loans end soon",
}


def _cap(cap: Cap) -> str:
    """The cap and what binds."""
    return f"{show_leverage(cap.value)}, at the price before; {_BINDS[cap.bound]}"


def _limits(cap: Cap) -> str:
    """Every limit and factor."""
    limits = {
        "depth": cap.depth, "coverage": cap.coverage, "tier": cap.tier, "vault": cap.vault, "recovery": cap.recovery,
        "disclosure": cap.disclosure, "reporters": cap.reporters, "time": cap.time,
    }  # fmt: skip
    shown = ", ".join(f"{name} {show_leverage(value)}" for name, value in limits.items() if value is not None)
    return f"{shown}; × correlation {PRICE.plain(cap.correlation)} × volatility {PRICE.plain(cap.volatility)}"


def _line(before: Line, after: Line) -> str:
    if after.slack is None or after.line_price is None:
        return "none any more" if before.line_price is not None else "none"
    moved = "" if before.line_price in (None, after.line_price) else f"{show_price(before.line_price)} → "
    return f"{moved}{show_price(after.line_price)}: {SHARES.show(after.slack)} shares can be sold down to it"


def _gap(preview: Preview) -> str:
    gap = "should the outcome be worth nothing overnight, you lose"
    if not preview.shares:
        return f"{gap} what these shares have cost you, but nothing of what you get now, and never more"
    most = USDC.show(preview.own + preview.fee + preview.interest)
    held = " and what you held here before" if preview.before.shares else ""
    return f"{gap} these {most} USDC (margin, fee, interest){held}, never more"


__all__ = [
    "LEVERAGE", "cap_record", "done_record", "line_record", "preview_pairs", "preview_record", "price_or_none", "standing_record",
]  # fmt: skip
