"""`quatrain risk`: what stands behind a market's loans, and how far its prices are above the line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from quatrain.client.loans import Loans

RATE_TO_PER_CENT = 1_000_000
"""1e-8 in per cent."""


def risk(
    market: int,
    /,
    *,
    png: Annotated[Path | None, Parameter(name=("--png", "--output-file"))] = None,
    common: Common = DEFAULTS,
) -> None:
    """Show a market's loans: coverage, cash, debt, rate, and for each outcome its rungs, its price and its water line.

    Parameters
    ----------
    market
        Number of the market.
    png
        Write a picture to this file instead of drawing in the terminal.
    """
    from quatrain.cli.ladder import ladder_lines
    from quatrain.cli.output import facts
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        loans = workspace.session.loans(market)
        question = workspace.question(loans.market.state)
        record = _record(loans, question.outcomes)
        heading = f"Risk of market {market}: {question.title}"
        if png is not None:
            from quatrain.cli.risk_picture import draw_risk

            draw_risk(heading, question.outcomes, loans, png)
            workspace.output.result(record | {"png": str(png)}, f"Wrote {png}.")
            return
        lines = [line for i, title in enumerate(question.outcomes) for line in ("", *ladder_lines(loans, i, title))]
        workspace.output.result(record, facts(heading, _pairs(loans)), *lines)


def _used(loans: Loans) -> int:
    """Utilisation, hundredths of a per cent."""
    book = loans.book
    return 10_000 * book.debt // max(book.debt + book.cash, 1)


def _record(loans: Loans, titles: tuple[str, ...]) -> dict[str, Any]:
    from quatrain.cli.loan_terms import LEVERAGE, line_record, price_or_none
    from quatrain.client.amounts import PRICE, SHARES, USDC
    from quatrain.client.loans import line_at

    protocol, book, market = loans.protocol, loans.book, loans.market.state
    outcomes: list[dict[str, Any]] = []
    for i, title in enumerate(titles):
        rungs, (reports, median) = loans.rungs(i), loans.outside(i)
        outcomes.append(
            {
                "outcome": i,
                "title": title,
                **line_record(line_at(market, book, i)),
                "mean_price": PRICE.plain(loans.mean_price(i)) if rungs else None,
                "quiet_until": book.sides[i].quiet_until,
                "leveraged_shares": SHARES.plain(sum(one.shares for one in rungs)),
                "fresh_reports": reports,
                "outside_price": price_or_none(median if reports else None),
                "rungs": [
                    {"rung": one.number, "price": PRICE.plain(one.price), "shares": SHARES.plain(one.shares)}
                    for one in rungs
                ],
            }
        )
    return {
        "market": market.id,
        "coverage": PRICE.plain(protocol.coverage),
        "recovery": protocol.recovery,
        "subsidies_out_usdc": USDC.plain(protocol.subsidies_out),
        "market_subsidy_usdc": USDC.plain(market.subsidy),
        "loans_out_usdc": USDC.plain(protocol.loans_out),
        "cash_usdc": USDC.plain(book.cash),
        "debt_usdc": USDC.plain(book.debt),
        "loans": book.loans,
        "utilisation": PRICE.plain(_used(loans) * 100_000),
        "hourly_rate": PRICE.plain(loans.rate * 10),
        "cap": LEVERAGE.plain(book.cap),
        "synced_slot": book.synced_slot,
        "ends_at": book.ends_at,
        "liquidations": {"by_price": book.liquidations, "confirmed": book.confirmed, "by_time": book.timed},
        "outcomes": outcomes,
    }


def _pairs(loans: Loans) -> list[tuple[str, str]]:
    from quatrain.cli.markets_show import moment
    from quatrain.client.amounts import U64_MAX, USDC
    from quatrain.client.leverage import show_leverage
    from quatrain.core.leverage import loans_end

    protocol, book = loans.protocol, loans.book
    coverage = "nothing to cover" if protocol.coverage == U64_MAX else f"{protocol.coverage / 10**9:.4g}"
    used = _used(loans)
    return [
        ("coverage", f"{coverage} at the last sync, recovery level {protocol.recovery}"),
        ("subsidies out", f"{USDC.show(protocol.subsidies_out)} USDC in all markets: all that the vault can lose"),
        ("loan cash", f"{USDC.show(book.cash)} USDC to lend"),
        ("debt", f"{USDC.show(book.debt)} USDC in {book.loans} loan{'' if book.loans == 1 else 's'}"),
        ("rate", f"{loans.rate / RATE_TO_PER_CENT:.4f} % an hour at {used / 100:.2f} % utilisation"),
        ("cap", f"{show_leverage(book.cap)} as of slot {book.synced_slot:,}"),
        ("loans end by", f"{moment(loans_end(loans.market.state.opens_at, book.ends_at))} UTC, all of them"),
        (
            "liquidations",
            f"{book.liquidations} by price, of which {book.confirmed} confirmed by all prices; {book.timed} by time",
        ),
    ]


__all__ = ["risk"]
