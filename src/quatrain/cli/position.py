"""`quatrain position …` and `settle`: what traders hold, and paying it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from quatrain.cli.workspace import Workspace
    from quatrain.client.accounts import Fetched
    from quatrain.program.state import Market, Position


def list_(trader: str | None = None, /, *, market: int | None = None, common: Common = DEFAULTS) -> None:
    """List a trader's positions with what they would bring now.

    Parameters
    ----------
    trader
        An address or the name of a key; yours when left out.
    market
        Only those in this market.
    """
    from quatrain.cli.output import table
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        session = workspace.session
        owner = workspace.owner(trader)
        equals: dict[str, Any] = {"trader": session.deployment.trader(owner)}
        if market is not None:
            equals["market"] = session.deployment.market(market)
        markets = {one.address: one for one in session.markets()}
        records = [_record(workspace, one, markets) for one in session.positions(**equals)]
        records.sort(key=lambda one: (one["market"], one["outcome"]))
        if not records:
            workspace.output.result([], f"{owner} has no positions.")
            return
        columns = ("market", "question", "outcome", "shares", "cost, USDC", "worth now, USDC")
        rows = [
            [str(r["market"]), r["question"], r["title"], r["shares"], r["cost_usdc"], r["value_usdc"]] for r in records
        ]
        workspace.output.result(records, table("", columns, rows, right=(0, 3, 4, 5)))


def _record(workspace: Workspace, found: Fetched[Position], markets: dict[Any, Fetched[Market]]) -> dict[str, Any]:
    from quatrain.client.addresses import to_solders
    from quatrain.client.amounts import SHARES, USDC

    position = found.state
    market = markets[to_solders(position.market)].state
    question = workspace.question(market)
    return {
        "market": market.id,
        "question": question.title,
        "outcome": position.outcome,
        "title": question.outcomes[position.outcome],
        "shares": SHARES.plain(position.shares),
        "cost_usdc": USDC.plain(position.cost),
        "value_usdc": USDC.plain(_worth(workspace, market, position)),
        "address": str(found.address),
    }


def _worth(workspace: Workspace, market: Market, position: Position) -> int:
    """What the position would bring now: its payout, or its sale less the fee, rounded down."""
    from quatrain.client.quotes import outcome_price
    from quatrain.program.state import PRICE_ONE, MarketStatus

    if market.status == MarketStatus.RESOLVED:
        return position.shares * outcome_price(market, position.outcome) // PRICE_ONE
    return workspace.session.quoter(market).worth(position.outcome, position.shares)


def close(market: int, outcome: str, /, *, common: Common = DEFAULTS) -> None:
    """Close an empty position and get its rent back.

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title.
    """
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        session, signer = workspace.session, workspace.signer
        found = session.market(market)
        number = workspace.outcome(found.state, outcome)
        instruction = session.instructions.close_position(
            authority=signer.pubkey(), market_address=found.address, outcome=number
        )
        receipt = session.send(signer, instruction)
        value = {"market": market, "outcome": number, **receipt.record}
        workspace.output.result(value, f"The position in outcome {number} of market {market} is closed.")


def settle(market: int, /, *, trader: str | None = None, common: Common = DEFAULTS) -> None:
    """Pay out the positions of a resolved market to their traders (anybody).

    Parameters
    ----------
    market
        Number of the market.
    trader
        Only the positions of this trader: an address or the name of a key.
    """
    from quatrain.cli.output import table
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import SHARES, USDC

    with open_workspace(common) as workspace:
        found = workspace.session.market(market)
        settled = _settle(workspace, found, trader)
        total = sum(event.payout for _, event in settled)
        titles: tuple[str, ...] = workspace.question(found.state).outcomes
        value = {
            "market": market,
            "settled": [
                {
                    "trader": owner,
                    "outcome": event.outcome,
                    "shares": SHARES.plain(event.shares),
                    "payout_usdc": USDC.plain(event.payout),
                }
                for owner, event in settled
            ],
            "payout_usdc": USDC.plain(total),
        }
        rows: list[list[str]] = [
            [owner, titles[event.outcome], SHARES.show(event.shares), USDC.show(event.payout)]
            for owner, event in settled
        ]
        heading = f"Settled {len(settled)} positions of market {market}: {USDC.show(total)} USDC paid out."
        shown = [table("", ("trader", "outcome", "shares", "payout, USDC"), rows, right=(2, 3))] if rows else []
        workspace.output.result(value, heading, *shown)


def _settle(workspace: Workspace, found: Fetched[Market], trader: str | None) -> list[tuple[str, Any]]:
    """Each position in a transaction of its own; owner and event of every payout."""
    from quatrain.client.addresses import to_solders
    from quatrain.program.events import PositionSettled

    session, signer = workspace.session, workspace.signer
    only = None if trader is None else session.deployment.trader(workspace.owner(trader))
    owners = {one.address: to_solders(one.state.authority) for one in session.traders()}
    settled: list[tuple[str, Any]] = []
    for position in session.positions(market=found.address):
        address = to_solders(position.state.trader)
        if only not in (None, address):
            continue
        owner = owners[address]
        receipt = session.send(
            signer,
            session.instructions.settle_position(
                authority=owner, market_address=found.address, outcome=position.state.outcome
            ),
        )
        settled += [(str(owner), event) for event in session.events(receipt) if isinstance(event, PositionSettled)]
    return settled


__all__ = ["close", "list_", "settle"]
