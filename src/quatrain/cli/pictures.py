"""Pictures for reports, by matplotlib, which is imported only here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quatrain.cli.distribution_plot import Point as DistributionPoint
from quatrain.client.amounts import PRICE, SHARES, USDC, show_price
from quatrain.client.curves import Curve
from quatrain.client.errors import InputError

_INK = "#1f3a5f"
_BUY = "#2a7f62"
_SELL = "#b5523b"


def draw_curves(heading: str, pool: str, now: Curve, closing: Curve | None, path: Path) -> None:
    """Price by shares, and depth by price; as they will be at the close in broken lines."""
    figure, (left, right) = figure_of(f"{_plain(heading)}\n{pool}{_at_close(closing)}", 2)
    _price_panel(left, now, closing)
    _depth_panel(right, now, closing)
    save(figure, path)


def _at_close(closing: Curve | None) -> str:
    return f", at the close {USDC.show(closing.liquidity)}" if closing else ""


def _price_panel(axes: Any, now: Curve, closing: Curve | None) -> None:
    axes.plot(*_by_shares(now), color=_INK, label="now")
    if closing:
        axes.plot(*_by_shares(closing), color=_INK, linestyle="--", linewidth=1, label="at the close")
        axes.legend(frameon=False, loc="lower right")
    axes.plot([0], [100 * now.here.price / PRICE.one], "o", color=_INK)
    axes.set(
        title=f"Price after a trade; now {show_price(now.here.price)}",
        xlabel="shares sold (−) or bought (+)",
        ylabel="price, % of 1 USDC",
        ylim=(0, 102),
    )


def _by_shares(curve: Curve) -> tuple[list[float], list[float]]:
    return [p.shares / SHARES.one for p in curve.points], [100 * p.price / PRICE.one for p in curve.points]


def _depth_panel(axes: Any, now: Curve, closing: Curve | None) -> None:
    for sign, color, label in ((-1, _SELL, "paid out to sellers"), (1, _BUY, "paid in by buyers")):
        xs, ys = _by_price(now, sign)
        axes.plot(xs, ys, color=color, label=label)
        axes.fill_between(xs, ys, color=color, alpha=0.15)
        if closing:
            axes.plot(*_by_price(closing, sign), color=color, linestyle="--", linewidth=1)
    axes.axvline(100 * now.here.price / PRICE.one, color=_INK, linestyle=":", linewidth=1)
    axes.set(title="Depth", xlabel="to this price, %", ylabel="USDC, fee aside", xlim=(0, 100))
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)


def _by_price(curve: Curve, sign: int) -> tuple[list[float], list[float]]:
    side = [p for p in curve.points if p.shares * sign >= 0]
    return [100 * p.price / PRICE.one for p in side], [p.money / USDC.one for p in side]


def figure_of(heading: str, panels: int) -> tuple[Any, Any]:
    """A figure without a window or a global state: nothing here touches pyplot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=(5.5 * panels, 4.2), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    figure.get_layout_engine().set(w_pad=0.12)
    figure.suptitle(heading)
    axes: Any = figure.subplots(1, panels)
    for one in axes if panels > 1 else [axes]:
        one.grid(visible=True, alpha=0.25)
        one.spines[["top", "right"]].set_visible(False)
        one.xaxis.set_major_formatter(_thousands)
        one.yaxis.set_major_formatter(_thousands)
    return figure, axes


def _thousands(value: float, _position: int) -> str:
    text = f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:g}"
    return text.replace("-", "−")


def _plain(text: str) -> str:
    """A title of others' making, cut to fit and never read as mathematics."""
    cut = text if len(text) <= 110 else f"{text[:109]}…"
    return cut.replace("$", r"\$")


def save(figure: Any, path: Path) -> None:
    """Write it as PNG; InputError where that cannot be."""
    try:
        figure.savefig(path, format="png")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}", code="output_unwritable") from error


# -- markets of a real number ----------------------------------------------------------------------------------------


def draw_distribution(heading: str, whose: str, unit: str, points: Sequence[DistributionPoint], path: Path) -> None:
    """The density now beside the opening one, and somebody's gain at each outcome."""
    figure, (left, right) = figure_of(_plain(heading), 2)
    xs = [p.outcome for p in points]
    left.plot(xs, [p.density for p in points], color=_INK, label="now")
    left.fill_between(xs, [p.density for p in points], color=_INK, alpha=0.12)
    left.plot(xs, [p.opening for p in points], color=_INK, linestyle="--", linewidth=1, label="when it opened")
    left.set(title="The market's distribution", xlabel=_plain(unit), ylabel="density for a unit")
    left.set_ylim(bottom=0)
    left.legend(frameon=False)
    gains = [p.gain for p in points]
    right.plot(xs, gains, color=_INK)
    right.fill_between(xs, gains, where=[g >= 0 for g in gains], color=_BUY, alpha=0.2, interpolate=True)
    right.fill_between(xs, gains, where=[g < 0 for g in gains], color=_SELL, alpha=0.2, interpolate=True)
    right.axhline(0, color=_INK, linewidth=0.8)
    right.set(title=f"Gain of {_plain(whose)}, fees aside", xlabel=_plain(unit), ylabel="USDC")
    save(figure, path)


__all__ = ["draw_curves", "draw_distribution", "figure_of", "save"]
