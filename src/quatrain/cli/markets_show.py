"""Markets as people and scripts read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from quatrain.cli.output import facts, table
from quatrain.cli.terms import MAKERS, maker_name
from quatrain.cli.workspace import Workspace
from quatrain.client.accounts import Fetched
from quatrain.client.amounts import PRICE, SOL, USDC, show_price
from quatrain.client.errors import UsageError
from quatrain.client.quotes import at_present, prices
from quatrain.program.decay import liquidity_at
from quatrain.program.state import Maker, Market, MarketStatus

_LEADERS = 3
_CENT = 10_000


def status_name(market: Market) -> str:
    """The market's status in lower case."""
    return MarketStatus(market.status).name.lower()


def moment(unix_timestamp: int) -> str:
    """A unix second in UTC, to the minute."""
    return datetime.fromtimestamp(unix_timestamp, UTC).strftime("%Y-%m-%d %H:%M")


def market_record(workspace: Workspace, found: Fetched[Market], now: int) -> dict[str, Any]:
    """A market at a unix second, for scripts: amounts as decimal text, times as unix seconds."""
    market, question = found.state, workspace.question(found.state)
    outcomes = [
        {"outcome": i, "title": title, "price": PRICE.plain(price), "sold_shares": USDC.plain(market.outcomes[i].sold)}
        for i, (title, price) in enumerate(zip(question.outcomes, prices(market), strict=True))
    ]
    return {
        "market": market.id,
        "address": str(found.address),
        "question": question.title,
        "source": question.source,
        "status": status_name(market),
        "verse": market.verse,
        "opens_at": market.opens_at,
        "closes_at": market.closes_at,
        **maker_record(market, now),
        "subsidy_usdc": USDC.plain(market.subsidy),
        "escrow_usdc": USDC.plain(market.sets),
        "volume_usdc": USDC.plain(market.volume),
        "fees_due_usdc": USDC.plain(market.fees_due),
        "positions": market.positions,
        "rent_lamports": found.lamports,
        "outcomes": outcomes,
    }


def maker_record(market: Market, now: int) -> dict[str, Any]:
    """The maker with its liquidity now, and what a pm-AMM has beyond that."""
    present = at_present(market, now)
    record: dict[str, Any] = {"maker": maker_name(market), "liquidity_usdc": USDC.plain(present.liquidity)}
    if market.maker == Maker.PM_AMM:
        record |= {
            "opening_liquidity_usdc": USDC.plain(market.opening_liquidity),
            "closing_liquidity_usdc": USDC.plain(_liquidity_at_close(market)),
            "returnable_usdc": USDC.plain(_returnable(present)),
            "expires_at": market.expires_at,
            "simpson_segments": market.segments,
        }
    return record


def _liquidity_at_close(market: Market) -> int:
    """What a pm-AMM's liquidity has fallen to when trading ends."""
    return liquidity_at(market.opening_liquidity, market.opens_at, market.expires_at, market.closes_at)


def _returnable(present: Market) -> int:
    """Complete sets outside the pool, which a sync returns to the vault; none once they are returned by the resolution."""
    if present.status == MarketStatus.RESOLVED:
        return 0
    return min(one.held for one in present.outcomes[: present.outcome_count])


def liquidity_text(market: Market, now: int) -> str:
    """The liquidity now; of a pm-AMM also where it comes from and how it falls."""
    shown = f"{USDC.show(at_present(market, now).liquidity)} USDC"
    if market.maker != Maker.PM_AMM:
        return shown
    shown += f" of {USDC.show(market.opening_liquidity)} at the opening"
    if market.status != MarketStatus.OPEN or now >= market.closes_at:
        return f"{shown}, frozen"
    return f"{shown}, falling with √(time left) to {USDC.show(_liquidity_at_close(market))} at the close"


def _maker_pairs(market: Market, now: int) -> list[tuple[str, str]]:
    """The maker for people; for a pm-AMM how its liquidity falls, and when trading freezes."""
    name, letter = MAKERS[Maker(market.maker)]
    pairs = [("maker", name), (f"liquidity {letter}", liquidity_text(market, now))]
    if market.maker != Maker.PM_AMM:
        return pairs
    pairs.append(("expires", f"{moment(market.expires_at)} UTC; trading freezes before that, when it closes"))
    if returnable := _returnable(at_present(market, now)):
        pairs.append(
            ("outside the pool", f"{USDC.show(returnable)} USDC, which `quatrain market sync` returns to the vault")
        )
    if market.segments:
        pairs.append(("computed by", f"Simpson's rule, {market.segments} segments over 14 σ"))
    return pairs


def list_markets(workspace: Workspace, status: str | None, limit: int) -> None:
    """Print a table of markets."""
    known = [name.lower() for name in MarketStatus.__members__]
    if status is not None and status not in known:
        raise UsageError(f"there is no status {status!r}; a market is {', '.join(known)}")
    markets = [one for one in workspace.session.markets() if status in (None, status_name(one.state))]
    shown = markets[:limit] if limit > 0 else markets
    now = workspace.session.chain.clock().unix_timestamp
    if workspace.output.json:
        workspace.output.result([market_record(workspace, one, now) for one in shown])
        return
    if not markets:
        workspace.output.result(
            None,
            "There are no markets. Import some: quatrain market import --sample, or create one: quatrain market create",
        )
        return
    rows = [_row(workspace, one, now) for one in shown]
    columns = ("no.", "question", "leading outcomes", "maker, liquidity", "closes (UTC)", "status", "volume, USDC")
    workspace.output.result(None, table("", columns, rows, right=(0, 6)))
    if len(shown) < len(markets):
        workspace.output.note(f"{len(shown)} of {len(markets)} markets; --limit 0 shows all.")


def _row(workspace: Workspace, found: Fetched[Market], now: int) -> list[str]:
    market, question = found.state, workspace.question(found.state)
    ranked = sorted(zip(prices(market), question.outcomes, strict=True), key=lambda pair: -pair[0])
    leaders = ", ".join(f"{title} {show_price(price)}" for price, title in ranked[:_LEADERS])
    more = f", {len(ranked) - _LEADERS} more" if len(ranked) > _LEADERS else ""
    return [
        str(market.id),
        question.title,
        leaders + more,
        _maker_cell(market, now),
        _closing_cell(market),
        status_name(market),
        USDC.show(market.volume),
    ]


def _maker_cell(market: Market, now: int) -> str:
    """The maker and its liquidity in whole cents, and what a pm-AMM's falls to."""
    liquidities = [at_present(market, now).liquidity]
    if market.maker == Maker.PM_AMM and market.status == MarketStatus.OPEN and now < market.closes_at:
        liquidities.append(_liquidity_at_close(market))
    return f"{maker_name(market)}, {' → '.join(USDC.show(one - one % _CENT) for one in liquidities)}"


def _closing_cell(market: Market) -> str:
    closes = moment(market.closes_at)
    return f"{closes}\nexpires {moment(market.expires_at)[:10]}" if market.maker == Maker.PM_AMM else closes


def show_market(workspace: Workspace, found: Fetched[Market]) -> None:
    """Print everything about one market."""
    market, question = found.state, workspace.question(found.state)
    now = workspace.session.chain.clock().unix_timestamp
    record = market_record(workspace, found, now)
    pairs = [
        ("status", status_name(market)),
        ("opens", f"{moment(market.opens_at)} UTC"),
        ("closes", f"{moment(market.closes_at)} UTC"),
        *_maker_pairs(market, now),
        ("subsidy", f"{USDC.show(market.subsidy)} USDC: the most that the vault can lose here"),
        ("escrow", f"{USDC.show(market.sets)} USDC"),
        ("volume", f"{USDC.show(market.volume)} USDC"),
        ("fees due", f"{USDC.show(market.fees_due)} USDC"),
        ("positions", str(market.positions)),
        ("rent", f"{SOL.show(found.lamports, places=4)} SOL, returned when it is pruned"),
        ("address", str(found.address)),
        *([("source", question.source)] if question.source else []),
    ]
    word = "payout" if market.status == MarketStatus.RESOLVED else "price"
    rows = [
        [str(i), title, show_price(price), USDC.show(market.outcomes[i].sold)]
        for i, (title, price) in enumerate(zip(question.outcomes, prices(market), strict=True))
    ]
    workspace.output.result(
        record,
        facts(f"{market.id}  {question.title}", pairs),
        "",
        table("", ("no.", "outcome", word, "shares held by traders"), rows, right=(0, 2, 3)),
    )


__all__ = ["liquidity_text", "list_markets", "market_record", "moment", "show_market", "status_name"]
