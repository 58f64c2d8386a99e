"""The picture of a market's loans: rungs, prices and water line of each outcome that has loans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quatrain.cli.pictures import figure_of, save
from quatrain.client.amounts import PRICE, SHARES, USDC, show_price
from quatrain.client.loans import Loans, line_at

_INK = "#1f3a5f"
_LINE = "#b5523b"
_ELSEWHERE = "#2a7f62"
PANELS = 4
"""Outcomes in one picture, at most: those with the most leveraged shares."""
NARROWEST = 20.0
"""Per cent that a panel shows at least."""


def draw_risk(heading: str, titles: Sequence[str], loans: Loans, path: Path) -> None:
    """Leveraged shares by the price at which they must be sold at the latest."""
    ranked = sorted(range(len(titles)), key=lambda i: (-_leveraged(loans, i), i))
    shown = sorted([i for i in ranked if _leveraged(loans, i)][:PANELS] or ranked[:1])
    book = loans.book
    debts = f"{book.loans} loans, {USDC.show(book.debt)} USDC owed, {USDC.show(book.cash)} USDC left to lend"
    figure, axes = figure_of(f"{heading}\n{debts}", len(shown))
    for one, i in zip(axes if len(shown) > 1 else [axes], shown, strict=True):
        _panel(one, titles[i], loans, i)
    save(figure, path)


def _leveraged(loans: Loans, outcome: int) -> int:
    return sum(one.shares for one in loans.rungs(outcome))


def _panel(axes: Any, title: str, loans: Loans, outcome: int) -> None:
    line, rungs = line_at(loans.market.state, loans.book, outcome), loans.rungs(outcome)
    reports, median = loans.outside(outcome)
    seen = [line.price, *(one.price for one in rungs), *([median] if reports else [])]
    seen += [] if line.line_price is None else [line.line_price, loans.mean_price(outcome)]
    low, high = _window([_per_cent(one) for one in seen])
    axes.bar(
        [_per_cent(one.price) for one in rungs], [one.shares / SHARES.one for one in rungs],
        width=(high - low) / 50, color=_INK, alpha=0.75, label="leveraged shares, by rung",
    )  # fmt: skip
    axes.axvline(_per_cent(line.price), color=_INK, label=f"price {show_price(line.price)}")
    if line.line_price is not None and line.slack is not None:
        mean = loans.mean_price(outcome)
        axes.axvline(_per_cent(mean), color=_INK, linestyle=":", label=f"mean of 50 slots {show_price(mean)}")
        axes.axvline(
            _per_cent(line.line_price), color=_LINE, linestyle="--", label=f"water line {show_price(line.line_price)}"
        )
        between = sorted((_per_cent(line.line_price), _per_cent(line.price)))
        room = f"{line.slack / SHARES.one:,.0f} shares can be sold"
        axes.axvspan(*between, color=_LINE, alpha=0.08, label=room)
    if reports:
        axes.axvline(
            _per_cent(median),
            color=_ELSEWHERE,
            linestyle="-.",
            label=f"elsewhere {show_price(median)} ({reports} reports)",
        )
    name = title if rungs else f"{title}: no loans"
    axes.set(title=name.replace("$", r"\$"), xlabel="price, % of 1 USDC", ylabel="shares", xlim=(low, high))
    axes.locator_params(axis="x", integer=True)
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, frameon=False)


def _per_cent(price: int) -> float:
    return 100 * price / PRICE.one


def _window(seen: Sequence[float]) -> tuple[float, float]:
    """What a panel shows: all prices with a fifth of their spread around, inside 0 to 100."""
    low, high = min(seen), max(seen)
    around = max((high - low) / 5, (NARROWEST - (high - low)) / 2, 1.0)
    return max(low - around, 0.0), min(high + around, 100.0)


__all__ = ["draw_risk"]
