"""`quatrain batch`: several trades of one market in one instruction, all or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from quatrain.cli.workspace import Workspace
    from quatrain.client.accounts import Fetched
    from quatrain.client.quotes import Quote
    from quatrain.program.state import Market, Order


def batch(
    market: int,
    /,
    *legs: str,
    file: Annotated[Path | None, Parameter(name="--file")] = None,
    slippage: str = "1%",
    dry_run: bool = False,
    common: Common = DEFAULTS,
) -> None:
    """Make up to eight trades of a market at once, in order: either all of them or none.

    A leg is a few words: `buy yes 25 shares`, `sell no 10 usdc`, `sell 3 all`. An outcome occurs once.

    Parameters
    ----------
    market
        Number of the market.
    legs
        The legs, each in quotes.
    file
        More legs, one a line; what follows a # is a remark.
    slippage
        How much worse than quoted each leg may get: 1%, 0.5%, 50bp.
    dry_run
        Only quote the legs, one after the other.
    """
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        found = workspace.session.market(market)
        texts = [*legs, *(_lines(file) if file is not None else [])]
        orders = [_leg(workspace, found, text) for text in texts]
        _require_distinct([outcome for outcome, _, _ in orders])
        quotes = _quotes(workspace, found.state, orders)
        if dry_run:
            _report(workspace, found.state, quotes, "Would trade", {})
        else:
            _send(workspace, found, orders, quotes, slippage)


def _lines(file: Path) -> list[str]:
    from quatrain.client.errors import InputError

    try:
        lines = [line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}", code="input_unreadable") from error
    return [line for line in lines if line]


def _leg(workspace: Workspace, found: Fetched[Market], text: str) -> tuple[int, Order, int]:
    """Outcome, order and amount of `buy yes 25 shares`; an outcome's title may have several words."""
    from quatrain.cli.trade import held_shares
    from quatrain.client.amounts import SHARES, USDC
    from quatrain.client.errors import UsageError
    from quatrain.program.state import Order

    words = text.split()
    orders = {
        ("buy", "shares"): Order.BUY, ("buy", "usdc"): Order.BUY_FOR,
        ("sell", "shares"): Order.SELL, ("sell", "usdc"): Order.SELL_FOR, ("sell", "all"): Order.SELL,
    }  # fmt: skip
    order = orders.get((words[0].casefold(), words[-1].casefold())) if len(words) > 2 else None
    is_all = words[-1:] == ["all"]
    title = words[1:-1] if is_all else words[1:-2]
    if order is None or not title:
        raise UsageError(f"{text!r} is no leg: write `buy yes 25 shares`, `sell no 10 usdc` or `sell 3 all`")
    outcome = workspace.outcome(found.state, " ".join(title))
    if is_all:
        return outcome, order, held_shares(workspace, found, outcome)
    unit = USDC if order in (Order.BUY_FOR, Order.SELL_FOR) else SHARES
    return outcome, order, unit.parse(words[-2])


def _require_distinct(outcomes: list[int]) -> None:
    from quatrain.client.errors import UsageError
    from quatrain.program.batch import LEGS_MAXIMUM

    if not 1 <= len(outcomes) <= LEGS_MAXIMUM:
        raise UsageError(f"{len(outcomes)} legs: a batch has 1 to {LEGS_MAXIMUM}")
    if len(set(outcomes)) < len(outcomes):
        raise UsageError("an outcome occurs twice: put its trades together, or make them one by one")


def _quotes(workspace: Workspace, market: Market, orders: list[tuple[int, Order, int]]) -> list[Quote]:
    """Each leg's terms after the legs before it."""
    quoter, quotes = workspace.session.quoter(market), list[Any]()
    for outcome, order, amount in orders:
        quote = quoter.order(outcome, order, amount)
        quoter.require_room(quote, order, amount)
        quotes.append(quote)
        quoter = quoter.after(quote)
    return quotes


def _send(
    workspace: Workspace,
    found: Fetched[Market],
    orders: list[tuple[int, Order, int]],
    quotes: list[Quote],
    slippage: str,
) -> None:
    from attrs import evolve

    from quatrain.cli.liquidate import beside_line
    from quatrain.cli.trade import basis_points, opening
    from quatrain.client.beside_loans import batch_instruction
    from quatrain.client.quotes import Side
    from quatrain.program.events import Traded
    from quatrain.program.state import Leg, Order

    points, owner = basis_points(slippage), workspace.signer.pubkey()
    legs, maximum = list[tuple[int, Leg]](), 0
    for (outcome, order, amount), quote in zip(orders, quotes, strict=True):
        by_shares = order in (Order.BUY, Order.SELL)
        limit = quote.with_slippage(points) if by_shares else quote.shares_with_slippage(points)
        legs.append((outcome, Leg(order=order, amount=amount, limit=limit)))
        maximum += quote.with_slippage(points) if quote.side is Side.BUY else -quote.with_slippage(points)
    bought = [quote.outcome for quote in quotes if quote.side is Side.BUY]
    openings = [one for outcome in bought for one in opening(workspace, found, outcome)]
    trade = batch_instruction(workspace.session.instructions, found, authority=owner, legs=legs, maximum_spend=maximum)
    receipt = workspace.session.send(workspace.signer, *beside_line(workspace, found, [*openings, trade]))
    events = [event for event in workspace.session.events(receipt) if isinstance(event, Traded)]
    done = [
        evolve(quote, shares=event.shares, amount=event.amount, fee=event.fee, price_after=event.price)
        for quote, event in zip(quotes, events, strict=True)
    ]
    _report(workspace, found.state, done, "Traded", receipt.record)


def _report(workspace: Workspace, market: Market, quotes: list[Quote], verb: str, sent: dict[str, Any]) -> None:
    from quatrain.cli.output import table
    from quatrain.cli.terms import terms_record
    from quatrain.client.amounts import SHARES, USDC, show_price
    from quatrain.client.quotes import Side

    titles = workspace.question(market).outcomes
    spent = sum(quote.total if quote.side is Side.BUY else -quote.total for quote in quotes)
    record = {
        "legs": [terms_record(titles[quote.outcome], market.id, quote) for quote in quotes],
        "spent_usdc": USDC.plain(spent),
    }
    rows = [
        [
            str(quote.side), titles[quote.outcome], SHARES.show(quote.shares), USDC.show(quote.total),
            f"{show_price(quote.price_before)} → {show_price(quote.price_after)}",
        ]
        for quote in quotes
    ]  # fmt: skip
    balance = f"{USDC.show(abs(spent))} USDC {'paid' if spent >= 0 else 'received'} on balance"
    units = f", {sent['compute_units']:,} compute units" if sent else ""
    workspace.output.result(
        record | sent,
        table("", ("", "outcome", "shares", "USDC", "price"), rows, right=(2, 3)),
        f"{verb} {len(quotes)} legs: {balance}{units}.",
    )


__all__ = ["batch"]
