"""`quatrain trade …`: shares bought with a loan from the vault, and what their owner does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from collections.abc import Callable

    from quatrain.cli.workspace import Workspace
    from quatrain.client.leverage import Desk, Plan

Yes = Annotated[bool, Parameter(name=("--yes", "-y"), negative=())]
DryRun = Annotated[bool, Parameter(name="--dry-run", negative=())]
TERM = "5d"


def open_(
    market: int,
    outcome: str,
    *,
    margin: str,
    leverage: str,
    term: str = TERM,
    max_cost: str | None = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    common: Common = DEFAULTS,
) -> None:
    """Buy shares with your margin and a loan: shows what it costs and where it ends, then asks.

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title.
    margin
        USDC of your own that the shares cost; fee and interest come on top.
    leverage
        How many times your margin the shares cost, such as 5 or 2.5; `max` for the most that is possible.
    term
        For how long you borrow: 12h, 5d, at most 7d; shorter where the market's loans end before.
    max_cost
        The most that the shares may cost, fee included; 1% more than shown when left out.
    yes
        Sign without asking.
    dry_run
        Only show.
    """

    def plan(workspace: Workspace, desk: Desk) -> Plan:
        from quatrain.client.amounts import USDC

        limit = None if max_cost is None else USDC.parse(max_cost)
        until = _until(workspace, desk, term, given=term != TERM)
        return desk.opening(USDC.parse(margin), _leverage(leverage), until, maximum_cost=limit)

    _act(common, market, outcome, "open", plan, yes=yes, dry_run=dry_run)


def close(
    market: int,
    outcome: str,
    *,
    slippage: str = "1%",
    yes: Yes = False,
    dry_run: DryRun = False,
    common: Common = DEFAULTS,
) -> None:
    """Sell all shares of a leveraged position; the proceeds repay its debt first.

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title.
    slippage
        How much worse than shown it may get: 1%, 0.5%, 50bp.
    yes
        Sign without asking.
    dry_run
        Only show.
    """
    from quatrain.cli.trade import basis_points

    points = basis_points(slippage)
    _act(
        common, market, outcome, "close",
        lambda _, desk: desk.closing(desk.held.shares, slippage_bps=points), yes=yes, dry_run=dry_run,
    )  # fmt: skip


def reduce(
    market: int,
    outcome: str,
    *,
    shares: str,
    slippage: str = "1%",
    yes: Yes = False,
    dry_run: DryRun = False,
    common: Common = DEFAULTS,
) -> None:
    """Sell a part of a leveraged position; the proceeds repay its debt first.

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title.
    shares
        How many shares.
    slippage
        How much worse than shown it may get: 1%, 0.5%, 50bp.
    yes
        Sign without asking.
    dry_run
        Only show.
    """
    from quatrain.cli.trade import basis_points
    from quatrain.client.amounts import SHARES

    points, amount = basis_points(slippage), SHARES.parse(shares)
    _act(
        common, market, outcome, "reduce",
        lambda _, desk: desk.closing(amount, slippage_bps=points), yes=yes, dry_run=dry_run,
    )  # fmt: skip


def margin(
    market: int,
    outcome: str,
    *,
    add: str | None = None,
    remove: str | None = None,
    term: str = TERM,
    yes: Yes = False,
    dry_run: DryRun = False,
    common: Common = DEFAULTS,
) -> None:
    """Repay a part of a debt from free money, or borrow more on the shares.

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title.
    add
        Repay so many USDC.
    remove
        Instead, borrow so many USDC more.
    term
        For how long to borrow when removing.
    yes
        Sign without asking.
    dry_run
        Only show.
    """
    from quatrain.client.errors import UsageError

    if (add is None) == (remove is None):
        raise UsageError("say which way: --add or --remove")

    def plan(workspace: Workspace, desk: Desk) -> Plan:
        from quatrain.client.amounts import USDC

        if add is not None:
            return desk.adding(USDC.parse(add))
        return desk.removing(USDC.parse(remove or ""), _until(workspace, desk, term, given=term != TERM))

    _act(common, market, outcome, "add margin" if add is not None else "remove margin", plan, yes=yes, dry_run=dry_run)


def extend(
    market: int,
    outcome: str,
    *,
    term: str = TERM,
    yes: Yes = False,
    dry_run: DryRun = False,
    common: Common = DEFAULTS,
) -> None:
    """Let a loan end later: what is left of its interest comes back, the whole is prepaid anew.

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title.
    term
        From now on: 12h, 5d, at most 7d.
    yes
        Sign without asking.
    dry_run
        Only show.
    """
    _act(
        common, market, outcome, "extend",
        lambda workspace, desk: desk.extending(_until(workspace, desk, term, given=term != TERM)),
        yes=yes, dry_run=dry_run,
    )  # fmt: skip


def _leverage(text: str) -> int | None:
    """1e-6, at least 1; None for `max`."""
    from quatrain.cli.loan_terms import LEVERAGE
    from quatrain.client.errors import UsageError

    if text.casefold() == "max":
        return None
    value = LEVERAGE.parse(text.removesuffix("x"))
    if value < LEVERAGE.one:
        raise UsageError(f"a leverage of {text} is below 1", code="leverage_invalid")
    return value


def _until(workspace: Workspace, desk: Desk, term: str, *, given: bool) -> int:
    """The end of a term; the default one is cut to what the market allows."""
    from quatrain.cli.markets_show import moment
    from quatrain.cli.moments import parse_span
    from quatrain.client.errors import UsageError

    now = workspace.session.chain.clock().unix_timestamp
    until = now + parse_span(term)
    if not given:
        until = min(until, desk.latest)
    if now < until <= desk.latest:
        return until
    over = "the market's loans are over" if desk.latest <= now else f"loans end by {moment(desk.latest)} UTC here"
    raise UsageError(over, code="term_invalid", advice="Give a shorter --term, or trade without a loan.")


def _act(
    common: Common,
    market: int,
    outcome: str,
    act: str,
    plan: Callable[[Workspace, Desk], Plan],
    *,
    yes: bool,
    dry_run: bool,
) -> None:
    """Read, show, ask, send, and tell what was done."""
    from quatrain.cli.confirm import confirm
    from quatrain.cli.loan_terms import done_record, preview_pairs, preview_record
    from quatrain.cli.output import facts
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.leverage import Desk

    with open_workspace(common) as workspace:
        session, output = workspace.session, workspace.output
        loans = session.loans(market)
        number = workspace.outcome(loans.market.state, outcome)
        title = workspace.question(loans.market.state).outcomes[number]
        desk = Desk.read(session.chain, session.deployment, workspace.signer.pubkey(), loans, number)
        planned = plan(workspace, desk)
        record = preview_record(market, title, act, planned.preview)
        shown = facts(f"{act.capitalize()}: {title}, market {market}", preview_pairs(planned.preview))
        if dry_run:
            output.result(record, shown)
            return
        if not output.json:
            output.console.print(shown)
        confirm(output, "Sign and send?", yes=yes)
        receipt = session.send(workspace.signer, *planned.instructions)
        output.result(
            done_record(record, session.events(receipt)) | receipt.record,
            f"Done: {receipt.units:,} compute units, transaction {receipt.signature}",
        )


__all__ = ["close", "extend", "margin", "open_", "reduce"]
