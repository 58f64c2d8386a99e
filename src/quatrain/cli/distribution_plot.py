"""The density of a market of a real number, and what somebody gains at each outcome: in the terminal, or as a picture."""

from __future__ import annotations

import math
from pathlib import Path

from attrs import frozen

from quatrain.cli.canvas import Chart, Range, draw
from quatrain.cli.distributions import NUMBER, question_of, show_curve
from quatrain.cli.workspace import Workspace
from quatrain.client.accounts import Fetched
from quatrain.client.amounts import USDC
from quatrain.client.distributions import payout_at
from quatrain.core.distribution import peak_ceil, peak_floor, value_ceil, value_floor
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.state import MarketStatus

REACH = 4
"""Deviations on either side of every mean that is drawn."""
STEPS = 160


@frozen
class Point:
    """An outcome in units, the present and the opening density for a unit, and the gain in USDC."""

    outcome: float
    density: float
    opening: float
    gain: float


def plot_distribution(
    workspace: Workspace, found: Fetched[DistributionMarket], trader: str | None, png: Path | None
) -> None:
    """Draw, or write the picture; the points for scripts."""
    market = found.state
    held: list[DistributionPosition] | None = None
    if trader is not None:
        account = workspace.session.deployment.trader(workspace.owner(trader))
        held = [one.state for one in workspace.session.distribution_positions(market=found.address, trader=account)]
    points = points_of(market, held)
    whose = "the vault" if trader is None else trader
    question = question_of(workspace, market)
    heading = f"{market.id}  {question.title}: {show_curve(market.mean, market.deviation)} {question.outcomes[0]}"
    record = {
        "market": market.id,
        "whose": whose,
        "points": [
            {"outcome": p.outcome, "density": p.density, "opening_density": p.opening, "gain_usdc": p.gain}
            for p in points
        ],
    }
    if png is None:
        width = min(workspace.output.console.width, 100)
        workspace.output.result(record, *_in_terminal(heading, whose, market, points, width))
        return
    from quatrain.cli.pictures import draw_distribution

    draw_distribution(heading, whose, question.outcomes[0], points, png)
    workspace.output.result(record | {"png": str(png)}, f"Wrote {png}.")


def points_of(market: DistributionMarket, held: list[DistributionPosition] | None) -> list[Point]:
    """Points over all that is to be seen; the gain of these positions, or the vault's, fees aside."""
    curves = [(market.mean, market.deviation), (market.opening_mean, market.opening_deviation)]
    curves += [c for p in held or () if p.deviation for c in ((p.mean, p.deviation), (p.from_mean, p.from_deviation))]
    low = min(mean - REACH * deviation for mean, deviation in curves)
    high = max(mean + REACH * deviation for mean, deviation in curves)
    outcomes = {low + (high - low) * i // STEPS for i in range(STEPS + 1)} | {mean for mean, _ in curves}
    if market.status == MarketStatus.RESOLVED and not market.void:
        outcomes.add(market.outcome)
    return [_point(market, held, x) for x in sorted(outcomes)]


def _point(market: DistributionMarket, held: list[DistributionPosition] | None, x: int) -> Point:
    gain = _vaults_gain(market, x) if held is None else sum(payout_at(market.norm, p, x) - p.collateral for p in held)
    return Point(
        x / NUMBER.one,
        _density(market.mean, market.deviation, x),
        _density(market.opening_mean, market.opening_deviation, x),
        gain / USDC.one,
    )


def _density(mean: int, deviation: int, x: int) -> float:
    width = deviation / NUMBER.one
    return math.exp(-(((x - mean) / deviation) ** 2) / 2) / (width * math.sqrt(2 * math.pi))


def _vaults_gain(market: DistributionMarket, x: int) -> int:
    """f₀(x) − f(x), rounded down."""
    first = value_floor(
        peak_floor(market.norm, market.opening_deviation), market.opening_mean, market.opening_deviation, x
    )
    return first - value_ceil(peak_ceil(market.norm, market.deviation), market.mean, market.deviation, x)


def _in_terminal(heading: str, whose: str, market: DistributionMarket, points: list[Point], width: int) -> list[str]:
    mean = market.mean / NUMBER.one
    density = Chart(
        "density of the market's distribution for a unit; dotted, when it opened",
        [(p.outcome, p.density) for p in points],
        "outcome", lambda x: f"{x:,.6g}", lambda y: f"{y:.2g}",
        upright=mean, heights=Range(0, max(max(p.density, p.opening) for p in points)),
        dotted=[(p.outcome, p.opening) for p in points],
    )  # fmt: skip
    gains = [p.gain for p in points]
    gain = Chart(
        f"gain of {whose}, USDC, if that is the outcome",
        [(p.outcome, p.gain) for p in points],
        "outcome", lambda x: f"{x:,.6g}", lambda y: f"{y:,.0f}",
        upright=mean, heights=Range(min(-1, *gains), max(1, *gains)),
    )  # fmt: skip
    return [heading, "", *draw(density, width, 13), "", *draw(gain, width, 13)]


__all__ = ["Point", "plot_distribution", "points_of"]
