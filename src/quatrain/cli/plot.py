"""`quatrain plot`: a market's curves, in the terminal or as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from quatrain.cli.workspace import Workspace
    from quatrain.client.curves import Curve
    from quatrain.program.state import Market


def plot(
    market: int,
    outcome: str = "0",
    /,
    *,
    png: Annotated[Path | None, Parameter(name="--png")] = None,
    common: Common = DEFAULTS,
) -> None:
    """Draw how an outcome's price moves with the shares bought or sold, and the money behind each price.

    Of a pm-AMM also at the close, when its liquidity has fallen.

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title; the first when left out.
    png
        Write a picture to this file instead of drawing in the terminal.
    """
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.curves import closing_curve, price_curve

    with open_workspace(common) as workspace:
        state = workspace.session.market(market).state
        number = workspace.outcome(state, outcome)
        _require_pool(state)
        present = workspace.session.quoter(state).market
        now, closing = price_curve(present, number), closing_curve(present, number)
        _answer(workspace, present, number, now, closing, png)


def _require_pool(market: Market) -> None:
    from quatrain.client.errors import UsageError
    from quatrain.program.state import MarketStatus

    if market.status == MarketStatus.RESOLVED:
        raise UsageError("the market is resolved: there is no curve to draw", code="market_not_open")


def _answer(
    workspace: Workspace, market: Market, number: int, now: Curve, closing: Curve | None, png: Path | None
) -> None:
    from quatrain.cli.terms import maker_name, pool_text

    question = workspace.question(market)
    record: dict[str, Any] = {
        "market": market.id,
        "outcome": number,
        "title": question.outcomes[number],
        "maker": maker_name(market),
        **_points(now),
    }
    if closing:
        record["at_close"] = _points(closing)
    heading = f"{market.id}  {question.title}: {question.outcomes[number]}"
    if png is None:
        workspace.output.result(record, heading, pool_text(market), *_in_terminal(workspace, now, closing))
        return
    from quatrain.cli.pictures import draw_curves

    draw_curves(heading, pool_text(market), now, closing, png)
    workspace.output.result(record | {"png": str(png)}, f"Wrote {png}.")


def _points(curve: Curve) -> dict[str, Any]:
    from quatrain.client.amounts import PRICE, SHARES, USDC

    points = [
        {"shares": SHARES.plain(p.shares), "price": PRICE.plain(p.price), "usdc": USDC.plain(p.money)}
        for p in curve.points
    ]
    return {"liquidity_usdc": USDC.plain(curve.liquidity), "points": points}


def _in_terminal(workspace: Workspace, now: Curve, closing: Curve | None) -> list[str]:
    from quatrain.cli.canvas import Chart, Range, draw
    from quatrain.client.amounts import PRICE, SHARES, USDC

    here = 100 * now.here.price / PRICE.one
    width = min(workspace.output.console.width, 100)
    later = closing.points if closing else ()
    price = Chart(
        "price, % of 1 USDC, after a trade of so many shares",
        [(p.shares / SHARES.one, 100 * p.price / PRICE.one) for p in now.points],
        "← sold   shares   bought →", lambda x: f"{x:,.0f}", lambda y: f"{y:.0f}%",
        upright=0.0, heights=Range(0, 100),
        dotted=[(p.shares / SHARES.one, 100 * p.price / PRICE.one) for p in later],
    )  # fmt: skip
    depth = Chart(
        "depth: USDC that take the price from the present one to another",
        [(100 * p.price / PRICE.one, p.money / USDC.one) for p in now.points],
        f"now {here:.2f}%", lambda x: f"{x:.1f}%", lambda y: f"{y:,.0f}",
        upright=here, heights=Range(0, max(p.money for p in now.points) / USDC.one),
        dotted=[(100 * p.price / PRICE.one, p.money / USDC.one) for p in later],
    )  # fmt: skip
    lines = ["", *draw(price, width, 13), "", *draw(depth, width, 10)]
    if closing:
        lines += ["", f"dotted: at the close, when L has fallen to {USDC.show(closing.liquidity)} USDC"]
    return lines


__all__ = ["plot"]
