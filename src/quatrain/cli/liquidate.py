"""`quatrain liquidate`: a keeper's command; and the liquidations that an ordinary trade takes along."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.instruction import Instruction

    from quatrain.cli.workspace import Workspace
    from quatrain.client.accounts import Fetched
    from quatrain.client.liquidations import Debtor, Keeper
    from quatrain.program.state import Market

PASSES = 1_000
"""Looks at a market in one round: a slice of each due position is sold in each."""


def liquidate(
    market: int,
    /,
    *,
    watch: Annotated[bool, Parameter(name="--watch", negative=())] = False,
    every: str = "5s",
    rounds: int | None = None,
    common: Common = DEFAULTS,
) -> None:
    """Sell every position that is due, by price or by time, slice by slice, and keep the rewards (anybody).

    Parameters
    ----------
    market
        Number of the market.
    watch
        Look again and again, until interrupted.
    every
        How long to wait between two looks.
    rounds
        Instead of watching for ever, look so many times.
    """
    from quatrain.cli.moments import parse_span

    pause = parse_span(every)
    left = rounds if rounds is not None else (None if watch else 1)
    while left is None or left > 0:
        _round(market, common)
        left = None if left is None else left - 1
        if left != 0 and pause:
            time.sleep(pause)


def _round(market: int, common: Common) -> None:
    """Everything that is due now. The local chain is open meanwhile, and free again between two rounds."""
    from quatrain.cli.output import table
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import SHARES, USDC

    with open_workspace(common) as workspace:
        done = _work_off(workspace, market)
        titles: tuple[str, ...] = workspace.question(workspace.session.market(market).state).outcomes
        reward = sum(one.reward for one in done)
        record = {
            "market": market,
            "liquidated": [
                {
                    "trader": str(one.trader), "outcome": one.outcome, "shares": SHARES.plain(one.shares),
                    "proceeds_usdc": USDC.plain(one.proceeds), "reward_usdc": USDC.plain(one.reward),
                    "penalty_usdc": USDC.plain(one.penalty), "debt_left_usdc": USDC.plain(one.debt),
                    "by": "price" if one.by_price else "time",
                }
                for one in done
            ],
            "reward_usdc": USDC.plain(reward),
        }  # fmt: skip
        if not done:
            workspace.output.result(record, f"Nothing is due in market {market}.")
            return
        columns = ("trader", "outcome", "slices", "shares", "USDC", "debt left", "by", "reward")
        heading = (
            f"{len(done)} liquidations in market {market}; reward {USDC.show(reward)} USDC, as free money in your trading "
            "account."
        )
        rows = [_position_row(slices, titles) for slices in _by_position(done)]
        workspace.output.result(record, heading, table("", columns, rows, right=(2, 3, 4, 5, 7)))


def _by_position(done: Sequence[Any]) -> list[list[Any]]:
    """Liquidations of each position, in the order of the first."""
    found: dict[tuple[str, int], list[Any]] = {}
    for one in done:
        found.setdefault((str(one.trader), one.outcome), []).append(one)
    return list(found.values())


def _position_row(slices: Sequence[Any], titles: Sequence[str]) -> list[str]:
    """What was sold of a position, and what it owes now; its address is cut, and whole for scripts."""
    from quatrain.client.amounts import SHARES, USDC

    last = slices[-1]
    trader, reasons = str(last.trader), {"price" if one.by_price else "time" for one in slices}
    return [
        f"{trader[:4]}…{trader[-3:]}", str(titles[last.outcome]), str(len(slices)),
        SHARES.show(sum(one.shares for one in slices)), USDC.show(sum(one.proceeds for one in slices)), USDC.show(last.debt),
        " and ".join(sorted(reasons)), USDC.show(sum(one.reward for one in slices)),
    ]  # fmt: skip


def _work_off(workspace: Workspace, market: int) -> list[Any]:
    """The events of all liquidations until none is possible."""
    from quatrain.cluster.chain import Receipt
    from quatrain.program.loan_events import Liquidated

    session, done = workspace.session, list[Any]()
    _require_account(workspace)
    for _ in range(PASSES):
        keeper, debtors = _keeper(workspace, market)
        due = keeper.due(debtors)
        results = session.send_each(workspace.signer, [one.instruction for one in due])
        receipts = [one for one in results if isinstance(one, Receipt)]
        done += [e for receipt in receipts for e in session.events(receipt) if isinstance(e, Liquidated)]
        if not receipts:
            break
    return done


def _keeper(workspace: Workspace, market: int) -> tuple[Keeper, list[Debtor]]:
    from quatrain.client.liquidations import Keeper, read_debtors

    session = workspace.session
    loans = session.loans(market)
    keeper = Keeper(session.chain, session.deployment, workspace.signer.pubkey(), loans)
    return keeper, read_debtors(session.chain, session.deployment, loans.market)


def _require_account(workspace: Workspace) -> None:
    from quatrain.client.errors import NotFoundError

    owner = workspace.signer.pubkey()
    if workspace.session.trader(owner) is None:
        raise NotFoundError(
            f"{owner} has no trading account to be rewarded in",
            code="trader_missing",
            advice="Open it: quatrain trader open",
        )


def beside_line(workspace: Workspace, found: Fetched[Market], instructions: Sequence[Instruction]) -> list[Instruction]:
    """Openings of positions and a trade, with the liquidations that it needs to pass the water line."""
    from quatrain.client.accounts import blank
    from quatrain.client.addresses import to_lang
    from quatrain.program.state import Position

    if not found.state.indebted:
        return list(instructions)
    session, (*openings, trade) = workspace.session, instructions
    trader = session.deployment.trader(workspace.signer.pubkey())
    places = [session.deployment.position(trader, found.address, i) for i in range(found.state.outcome_count)]
    there = session.chain.get_accounts(places) if openings else []
    opened = [
        (places[i], blank(Position, trader=to_lang(trader), market=to_lang(found.address), outcome=i))
        for i, account in enumerate(there)
        if account is None
    ]
    keeper, debtors = _keeper(workspace, found.state.id)
    composed = keeper.compose(trade, debtors, *opened)
    if composed.due:
        workspace.output.note(f"{len(composed.due)} liquidations ride along, so that this passes the water line.")
    return [*openings, *composed.instructions]


__all__ = ["beside_line", "liquidate"]
