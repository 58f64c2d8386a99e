"""An outcome's loans drawn in characters: rungs, prices and water line, from the highest price down."""

from __future__ import annotations

from quatrain.client.amounts import SHARES, show_price
from quatrain.client.loans import Loans, line_at

WIDTH = 40
"""Characters of the longest bar."""


def ladder_lines(loans: Loans, outcome: int, title: str) -> list[str]:
    """The three prices that liquidations go by, the line, and the shares that must be sold at each rung at the latest."""
    rungs = loans.rungs(outcome)
    if not rungs:
        return [
            f"{outcome}  {title}: no loans",
            f"  {show_price(line_at(loans.market.state, loans.book, outcome).price):>8} ── price",
        ]
    longest = max(one.shares for one in rungs)
    rows = [*_marks(loans, outcome)]
    rows += [
        (
            one.price,
            -1,
            f"{'█' * max(WIDTH * one.shares // longest, 1)} {SHARES.show(one.shares)} shares, rung {one.number}",
        )
        for one in rungs
    ]
    return [
        f"{outcome}  {title}",
        *(f"  {show_price(price):>8} {text}" for price, _, text in sorted(rows, reverse=True)),
    ]


def _marks(loans: Loans, outcome: int) -> list[tuple[int, int, str]]:
    """Price, place among equals, and name: the pool's price, its mean, the reporters' median, the line."""
    line, (reports, median) = line_at(loans.market.state, loans.book, outcome), loans.outside(outcome)
    marks = [(line.price, 3, "── price"), (loans.mean_price(outcome), 2, "── its mean over 50 slots")]
    if reports:
        marks.append((median, 1, f"── elsewhere, as {reports} fresh reports say"))
    if line.line_price is not None and line.slack is not None:
        marks.append((line.line_price, 0, f"── water line: {SHARES.show(line.slack)} shares can be sold down to it"))
    return marks


__all__ = ["ladder_lines"]
