"""How a trade stands to the water line before anybody makes it: how far what it lowers may fall, and the liquidations it would need."""

from __future__ import annotations

from attrs import frozen

from quatrain.client.accounts import AccountReader
from quatrain.client.beside_loans import trade_instruction
from quatrain.client.deployment import Deployment
from quatrain.client.errors import UsageError
from quatrain.client.liquidations import Due, Keeper, read_debtors
from quatrain.client.loans import Line, Loans, line_at
from quatrain.client.quotes import Quote, Quoter, Side
from quatrain.program.state import Market, Order


@frozen
class Passage:
    """Of the outcome that the trade brings nearest to its line."""

    outcome: int
    before: Line
    after: Line
    """Where the trade alone would end."""
    due: tuple[Due, ...] = ()
    """What has to be liquidated first, in the same transaction."""
    refusal: UsageError | None = None
    """Why even that does not let it pass now."""

    @property
    def is_free(self) -> bool:
        """Whether the trade passes alone."""
        return not self.due and self.refusal is None


def passage(
    reader: AccountReader, deployment: Deployment, loans: Loans, quoter: Quoter, terms: Quote, order: Order, amount: int
) -> Passage | None:
    """Compare a quoted trade with the lines of what it lowers; None where none of that has loans."""
    before, after = quoter.market, quoter.after(terms).market
    lowered = [i for i in range(before.outcome_count) if (i == terms.outcome) == (terms.side is Side.SELL)]
    held = [(room, i) for i in lowered if (room := _room(after, loans, i)) is not None]
    if not held:
        return None
    room, outcome = min(held)
    found = Passage(outcome, line_at(before, loans.book, outcome), line_at(after, loans.book, outcome))
    if room >= 0:
        return found
    keeper = Keeper.anybody(reader, deployment, loans)
    limit = 0 if order in (Order.SELL, Order.BUY_FOR) else (1 << 63) - 1
    trade = trade_instruction(
        keeper.builder, loans.market, authority=keeper.authority, outcome=terms.outcome, order=order, amount=amount,
        limit=limit,
    )  # fmt: skip
    try:
        composed = keeper.compose(trade, read_debtors(reader, deployment, loans.market))
    except UsageError as refusal:
        return Passage(outcome, found.before, found.after, refusal=refusal)
    return Passage(outcome, found.before, found.after, composed.due)


def _room(market: Market, loans: Loans, outcome: int) -> int | None:
    """How far a level is above its line; negative below, none without a line."""
    line = line_at(market, loans.book, outcome)
    return None if line.line is None else line.level - line.line


__all__ = ["Passage", "passage"]
