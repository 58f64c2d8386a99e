"""`quatrain quote`, `buy` and `sell`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from solders.instruction import Instruction

    from quatrain.cli.workspace import Workspace
    from quatrain.client.accounts import Fetched
    from quatrain.client.passage import Passage
    from quatrain.client.quotes import Quote, Quoter
    from quatrain.program.state import Market, Order

Slippage = Annotated[str, Parameter(name="--slippage")]


def quote(
    market: int,
    outcome: str,
    /,
    *,
    side: Literal["buy", "sell"] = "buy",
    shares: str | None = None,
    usdc: str | None = None,
    common: Common = DEFAULTS,
) -> None:
    """Say what a trade would cost or bring, and how that comes about, without making it.

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title.
    side
        Whether to buy or to sell.
    shares
        How many shares; a share of the winning outcome pays 1 USDC.
    usdc
        Instead, how much money: spent in a buy, received in a sale.
    """
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        from quatrain.cli.output import facts
        from quatrain.cli.passage import passage_pairs, passage_record
        from quatrain.cli.terms import explanation_pairs, explanation_record, terms_lines, terms_record

        state = workspace.session.market(market).state
        number, quoter = workspace.outcome(state, outcome), workspace.session.quoter(state)
        order, amount = _order(side, shares, usdc)
        terms, titles = quoter.order(number, order, amount), workspace.question(state).outcomes
        found = _passage(workspace, market, quoter, terms, order, amount) if state.indebted else None
        record = terms_record(titles[number], market, terms) | explanation_record(quoter, terms)
        record |= passage_record(found, titles)
        pairs = [*explanation_pairs(quoter, terms), *passage_pairs(found, titles, terms)]
        workspace.output.result(record, facts(terms_lines(titles[number], terms)[0], pairs))


def _passage(
    workspace: Workspace, market: int, quoter: Quoter, terms: Quote, order: Order, amount: int
) -> Passage | None:
    from quatrain.client.passage import passage

    session = workspace.session
    return passage(session.chain, session.deployment, session.loans(market), quoter, terms, order, amount)


def buy(
    market: int,
    outcome: str,
    /,
    *,
    shares: str | None = None,
    usdc: str | None = None,
    slippage: Slippage = "1%",
    common: Common = DEFAULTS,
) -> None:
    """Buy shares of an outcome with the free money of your trading account.

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title.
    shares
        Exactly so many shares.
    usdc
        Instead, for exactly so much money, fee included.
    slippage
        How much worse than quoted it may get: 1%, 0.5%, 50bp.
    """
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        found = workspace.session.market(market)
        number = workspace.outcome(found.state, outcome)
        terms = _quote(workspace, found.state, number, "buy", shares, usdc)
        trade = _instruction(workspace, found, terms, shares is not None, slippage)
        first = opening(workspace, found, number)
        _trade(workspace, found, terms, [*first, trade])


def sell(
    market: int,
    outcome: str,
    /,
    *,
    shares: str | None = None,
    usdc: str | None = None,
    everything: Annotated[bool, Parameter(name="--all", negative=())] = False,
    slippage: Slippage = "1%",
    common: Common = DEFAULTS,
) -> None:
    """Sell shares back to the pool; the money becomes free in your trading account.

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title.
    shares
        Exactly so many shares.
    usdc
        Instead, to receive exactly so much money, fee taken off.
    everything
        Instead, all shares of the position.
    slippage
        How much worse than quoted it may get: 1%, 0.5%, 50bp.
    """
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import SHARES
    from quatrain.client.errors import UsageError

    if everything and not (shares is None and usdc is None):
        raise UsageError("say how much in one way: --shares, --usdc or --all")
    with open_workspace(common) as workspace:
        found = workspace.session.market(market)
        number = workspace.outcome(found.state, outcome)
        if everything:
            shares = SHARES.plain(held_shares(workspace, found, number))
        terms = _quote(workspace, found.state, number, "sell", shares, usdc)
        trade = _instruction(workspace, found, terms, shares is not None, slippage)
        _trade(workspace, found, terms, [trade])


def _order(side: str, shares: str | None, usdc: str | None) -> tuple[Order, int]:
    """What was asked for, as an order of the program and its amount."""
    from quatrain.client.amounts import SHARES, USDC
    from quatrain.client.errors import UsageError
    from quatrain.program.state import Order

    if (shares is None) == (usdc is None):
        raise UsageError("say how much: --shares or --usdc")
    amount = SHARES.parse(shares) if shares is not None else USDC.parse(usdc or "")
    if amount == 0:
        raise UsageError("the amount is zero", code="amount_zero")
    orders = {
        ("buy", True): Order.BUY, ("buy", False): Order.BUY_FOR, ("sell", True): Order.SELL, ("sell", False): Order.SELL_FOR,
    }  # fmt: skip
    return orders[side, shares is not None], amount


def _instruction(
    workspace: Workspace, found: Fetched[Market], terms: Quote, by_shares: bool, slippage: str
) -> Instruction:
    """The trade within its slippage, by the instruction that its market wants."""
    from quatrain.client.beside_loans import trade_instruction
    from quatrain.client.quotes import Side
    from quatrain.program.state import Order

    points, is_buy = basis_points(slippage), terms.side is Side.BUY
    if by_shares:
        order, amount, limit = Order.BUY if is_buy else Order.SELL, terms.shares, terms.with_slippage(points)
    else:
        order, amount = Order.BUY_FOR if is_buy else Order.SELL_FOR, terms.total
        limit = terms.shares_with_slippage(points)
    return trade_instruction(
        workspace.session.instructions, found, authority=workspace.signer.pubkey(), outcome=terms.outcome,
        order=order, amount=amount, limit=limit,
    )  # fmt: skip


def _quote(
    workspace: Workspace, market: Market, outcome: int, side: str, shares: str | None, usdc: str | None
) -> Quote:
    """The terms of a trade that is to be made now: refused where the price may not move so far yet."""
    quoter = workspace.session.quoter(market)
    order, amount = _order(side, shares, usdc)
    terms = quoter.order(outcome, order, amount)
    quoter.require_room(terms, order, amount)
    return terms


def held_shares(workspace: Workspace, found: Fetched[Market], outcome: int) -> int:
    """The signer's µshares of an outcome; an error where there are none."""
    from quatrain.client.errors import NotFoundError

    position = workspace.session.position(workspace.signer.pubkey(), found.address, outcome)
    if position is None or not position.state.shares:
        raise NotFoundError("you hold no shares of this outcome", code="position_missing")
    return position.state.shares


def opening(workspace: Workspace, found: Fetched[Market], outcome: int) -> list[Any]:
    """The instruction that opens the position, where it is not open; an error where there is no trading account."""
    from quatrain.client.errors import NotFoundError

    owner = workspace.signer.pubkey()
    if workspace.session.trader(owner) is None:
        raise NotFoundError(
            f"{owner} has no trading account",
            code="trader_missing",
            advice="Open it with its first money: quatrain deposit 100",
        )
    if workspace.session.position(owner, found.address, outcome) is not None:
        return []
    return [
        workspace.session.instructions.open_position(authority=owner, market_address=found.address, outcome=outcome)
    ]


def _trade(workspace: Workspace, found: Fetched[Market], quoted: Quote, instructions: list[Any]) -> None:
    """Send, and report what was done rather than what was quoted."""
    from attrs import evolve

    from quatrain.cli.liquidate import beside_line
    from quatrain.cli.terms import terms_lines, terms_record
    from quatrain.program.events import Traded

    receipt = workspace.session.send(workspace.signer, *beside_line(workspace, found, instructions))
    done = quoted
    for event in workspace.session.events(receipt):
        if isinstance(event, Traded):
            done = evolve(quoted, shares=event.shares, amount=event.amount, fee=event.fee, price_after=event.price)
    title = workspace.question(found.state).outcomes[quoted.outcome]
    record = terms_record(title, found.state.id, done) | receipt.record
    workspace.output.result(record, *terms_lines(title, done, past=True), f"  {receipt.units:,} compute units")


def basis_points(text: str) -> int:
    """`1%`, `0.5%` or `50bp` in basis points, at most 50 %."""
    from quatrain.client.amounts import Unit
    from quatrain.client.errors import UsageError

    for ending, decimals in (("%", 2), ("bp", 0)):
        if text.endswith(ending):
            points = Unit("slippage", decimals).parse(text.removesuffix(ending))
            if points <= 5_000:
                return points
            raise UsageError(f"a slippage of {text} is above 50%")
    raise UsageError(f"{text!r} is no slippage: write 1%, 0.5% or 50bp")


__all__ = ["basis_points", "buy", "held_shares", "opening", "quote", "sell"]
