"""Quoting and making moves in markets of real numbers. Every figure is the program's own."""

from __future__ import annotations

import copy
from typing import Any

from quatrain.cli.distributions import NUMBER, parse_number, question_of, show_curve, show_number
from quatrain.cli.output import facts
from quatrain.cli.workspace import Workspace
from quatrain.client.accounts import Fetched, blank
from quatrain.client.amounts import PRICE, USDC, show_price
from quatrain.client.distributions import Curve, Move, curve_of, first_of, payout_at, worth_of
from quatrain.client.errors import NotFoundError, UsageError
from quatrain.core.distribution import END, MAXIMUM_OUTCOME
from quatrain.program.distribution_events import DistributionTraded
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition


def quote_range(
    workspace: Workspace, found: Fetched[DistributionMarket], low_text: str | None, high_text: str | None
) -> None:
    """Print the market's probability of a range, by Simpson's rule."""
    market = found.state
    low = (
        parse_number(low_text)
        if low_text is not None
        else max(market.mean - END * market.deviation, -2 * MAXIMUM_OUTCOME)
    )
    high = (
        parse_number(high_text)
        if high_text is not None
        else min(market.mean + END * market.deviation, 2 * MAXIMUM_OUTCOME)
    )
    price = workspace.session.distribution_quoter(market).range_price(low, high)
    record = {
        "market": market.id,
        "low": None if low_text is None else NUMBER.plain(low),
        "high": None if high_text is None else NUMBER.plain(high),
        "probability": PRICE.plain(price),
    }
    span = " and ".join(
        f"{word} {show_number(value)}"
        for word, value, text in (("at least", low, low_text), ("at most", high, high_text))
        if text is not None
    )
    workspace.output.result(record, f"{question_of(workspace, market).title} {span}: {show_price(price)}")


def quote_move(
    workspace: Workspace,
    found: Fetched[DistributionMarket],
    number: int,
    mean: str | None,
    deviation: str | None,
    back: bool,
) -> None:
    """Print the terms of a move, and what it stands to gain."""
    position = None
    if workspace.settings.keypair.exists():
        position = _held(workspace, found, number)
    move = _terms(workspace, found, position, mean, deviation, back)
    workspace.output.result(
        move_record(found.state, number, move), facts(_title(found.state, move), _pairs(found, move))
    )


def make_move(
    workspace: Workspace,
    found: Fetched[DistributionMarket],
    number: int,
    mean: str | None,
    deviation: str | None,
    back: bool,
) -> None:
    """Trade at exactly the terms quoted; positions that are needed are opened."""
    session, owner = workspace.session, workspace.signer.pubkey()
    if session.trader(owner) is None:
        raise NotFoundError(
            f"{owner} has no trading account",
            code="trader_missing",
            advice="Open it with its first money: quatrain deposit 100",
        )
    move = _terms(workspace, found, _held(workspace, found, number), mean, deviation, back)
    build = session.instructions
    common: dict[str, Any] = {"authority": owner, "market_address": found.address}
    terms: dict[str, Any] = {"old": move.old, "new": move.new, "points": move.points, "maximum_payment": move.payment}
    rest = None
    if move.rest_points is None:
        trade = build.trade_distribution(**common, **terms, number=number)
    else:
        rest = _free_number(workspace, found, number)
        trade = build.rejoin_distribution(**common, **terms, number=number, rest=rest, rest_points=move.rest_points)
    wanted = [n for n in (number, rest) if n is not None and not _exists(workspace, found, n)]
    opening = [build.open_distribution_position(**common, number=n) for n in wanted]
    receipt = session.send(workspace.signer, *opening, trade)
    (event,) = (one for one in session.events(receipt) if isinstance(one, DistributionTraded))
    record = move_record(found.state, number, move) | {"rest": rest, **receipt.record}
    lines = [f"Moved market {found.state.id} to {show_curve(event.mean, event.deviation)}", *_money_lines(move)]
    if rest is not None:
        lines.append(f"  others had moved it: position {rest} holds the rest, with {USDC.show(move.aside)} USDC locked")
    workspace.output.result(record, *lines, f"  {receipt.units:,} compute units")


def move_record(market: DistributionMarket, number: int, move: Move) -> dict[str, Any]:
    """The terms of a move for scripts."""
    return {
        "market": market.id,
        "number": number,
        "old_mean": NUMBER.plain(move.old.mean),
        "old_deviation": NUMBER.plain(move.old.deviation),
        "mean": NUMBER.plain(move.new.mean),
        "deviation": NUMBER.plain(move.new.deviation),
        "near": NUMBER.plain(move.points.near),
        "far": NUMBER.plain(move.points.far),
        "collateral_usdc": USDC.plain(move.collateral),
        "rest_collateral_usdc": USDC.plain(move.aside),
        "fee_usdc": USDC.plain(move.fee),
        "payment_usdc": USDC.plain(move.payment),
        "expected_before_usdc": USDC.plain(_expected(market, move, move.old)),
        "expected_after_usdc": USDC.plain(_expected(market, move, move.new)),
    }


# -- what a move is ------------------------------------------------------------------------------------------------------


def _terms(
    workspace: Workspace,
    found: Fetched[DistributionMarket],
    position: DistributionPosition | None,
    mean: str | None,
    deviation: str | None,
    back: bool,
) -> Move:
    """The terms of what was asked for; UsageError where that cannot be done now."""
    if back == (mean is not None or deviation is not None):
        raise UsageError("say where to: --mean, --deviation or both; or --back")
    if back and (position is None or position.deviation == 0):
        raise UsageError("the position holds no curves", code="position_missing")
    now = curve_of(found.state)
    new = first_of(position) if back and position is not None else Curve(
        now.mean if mean is None else parse_number(mean),
        now.deviation if deviation is None else NUMBER.parse(deviation),
    )  # fmt: skip
    return workspace.session.distribution_quoter(found.state).move(new, position)


def _held(workspace: Workspace, found: Fetched[DistributionMarket], number: int) -> DistributionPosition | None:
    owned = workspace.session.deployment.trader(workspace.signer.pubkey())
    held = workspace.session.distribution_positions(market=found.address, trader=owned)
    return next((one.state for one in held if one.state.number == number), None)


def _exists(workspace: Workspace, found: Fetched[DistributionMarket], number: int) -> bool:
    return _held(workspace, found, number) is not None


def _free_number(workspace: Workspace, found: Fetched[DistributionMarket], number: int) -> int:
    """The first number after a position's under which nothing is held."""
    rest = number + 1
    while (position := _held(workspace, found, rest)) is not None and position.deviation:
        rest += 1
    return rest


def _expected(market: DistributionMarket, move: Move, view: Curve) -> int:
    """What position and rest together gain on average where the outcome has the distribution `view`, µUSDC."""
    seen = copy.copy(market)
    seen.mean, seen.deviation = view.mean, view.deviation
    if move.is_unwound:
        return 0
    position = blank(
        DistributionPosition, from_mean=move.first.mean, from_deviation=move.first.deviation, mean=move.new.mean,
        deviation=move.new.deviation, collateral=move.collateral,
    )  # fmt: skip
    return worth_of(seen, position) - move.collateral


def _title(market: DistributionMarket, move: Move) -> str:
    return f"Moving market {market.id} from {show_curve(*_both(move.old))} to {show_curve(*_both(move.new))}"


def _both(curve: Curve) -> tuple[int, int]:
    return curve.mean, curve.deviation


def _pairs(found: Fetched[DistributionMarket], move: Move) -> list[tuple[str, str]]:
    """The terms for people."""
    market = found.state
    pairs = [(name.strip(), text) for name, text in (line.split(":", 1) for line in _money_lines(move))]
    if move.is_unwound:
        return pairs
    position = blank(
        DistributionPosition, from_mean=move.first.mean, from_deviation=move.first.deviation, mean=move.new.mean,
        deviation=move.new.deviation, collateral=move.collateral,
    )  # fmt: skip
    worst = min((move.points.near, move.points.far, move.first.mean), key=lambda x: payout_at(market.norm, position, x))
    for name, x in (("at the new mean", move.new.mean), ("at the old one", move.first.mean), ("at worst", worst)):
        gain = payout_at(market.norm, position, x) - move.collateral
        pairs.append((f"gain {name}", f"{_signed(gain)} USDC if it is {show_number(x)}"))
    expected = _signed(_expected(market, move, move.new))
    pairs.append(("expected gain", f"{expected} USDC if the new distribution is right"))
    return pairs


def _signed(amount: int) -> str:
    return f"{'+' if amount >= 0 else '−'}{USDC.show(abs(amount))}"


def _money_lines(move: Move) -> list[str]:
    locked = move.collateral + move.aside
    direction = "to pay" if move.payment >= 0 else "to receive"
    return [
        f"  locked: {USDC.show(locked)} USDC, {USDC.show(move.before)} before",
        f"  fee: {USDC.show(move.fee, places=4)} USDC",
        f"  {direction}: {USDC.show(abs(move.payment))} USDC",
    ]


__all__ = ["make_move", "move_record", "quote_move", "quote_range"]
