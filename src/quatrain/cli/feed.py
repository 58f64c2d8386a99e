"""`quatrain feed …`: what outcomes cost elsewhere, as up to five reporters say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from collections.abc import Callable

    from solders.instruction import Instruction

    from quatrain.cli.workspace import Workspace
    from quatrain.client.accounts import Fetched
    from quatrain.program.state import Market

Reporters = Annotated[list[str], Parameter(name="--reporter", negative=())]


def open_(market: int, outcome: str, /, *, reporter: Reporters, common: Common = DEFAULTS) -> None:
    """Open the feed of an outcome (oracle, admin).

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title.
    reporter
        Who reports: an address or the name of a key; once for each, up to five.
    """
    _send(
        common, market, outcome,
        lambda w, found, number: w.session.instructions.open_feed(
            authority=w.signer.pubkey(), market_address=found.address, outcome=number,
            reporters=[w.owner(one) for one in reporter],
        ),
        f"The feed is open, with {len(reporter)} reporters.",
    )  # fmt: skip


def reporters(market: int, outcome: str, /, *, reporter: Reporters, common: Common = DEFAULTS) -> None:
    """Name other reporters; what was reported is forgotten (oracle, admin).

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title.
    reporter
        Who reports: an address or the name of a key; once for each, up to five.
    """
    _send(
        common, market, outcome,
        lambda w, found, number: w.session.instructions.set_reporters(
            authority=w.signer.pubkey(), market_address=found.address, outcome=number,
            reporters=[w.owner(one) for one in reporter],
        ),
        f"The feed has {len(reporter)} reporters.",
    )  # fmt: skip


def report(market: int, outcome: str, price: str, /, *, confidence: str = "0", common: Common = DEFAULTS) -> None:
    """Report what an outcome costs elsewhere (reporter).

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title.
    price
        From 0 to 1, such as 0.42.
    confidence
        Half the width of your doubt, such as 0.01.
    """
    from quatrain.client.amounts import PRICE, show_price

    value, doubt = PRICE.parse(price), PRICE.parse(confidence)
    _send(
        common, market, outcome,
        lambda w, found, number: w.session.instructions.report_price(
            reporter=w.signer.pubkey(), market_address=found.address, outcome=number, price=value, confidence=doubt
        ),
        f"Reported {show_price(value)}.",
    )  # fmt: skip


def show(market: int, outcome: str = "0", /, *, common: Common = DEFAULTS) -> None:
    """Show an outcome's reports, their median, and the pool's price.

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The outcome, by number or title; the first when left out.
    """
    from quatrain.cli.output import table
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import PRICE, show_price
    from quatrain.client.quotes import outcome_price
    from quatrain.program.feed import FRESH_SECONDS, outside_price

    with open_workspace(common) as workspace:
        found = workspace.session.market(market)
        number = workspace.outcome(found.state, outcome)
        feed, now = _feed(workspace, found, number), workspace.session.chain.clock().unix_timestamp
        count, median = outside_price(feed, number, now)
        pool = outcome_price(found.state, number)
        named = [one for one in feed.reports if any(bytes(one.reporter))]
        record: dict[str, Any] = {
            "market": market,
            "outcome": number,
            "fresh": count,
            "median": PRICE.plain(median) if count else None,
            "pool_price": PRICE.plain(pool),
            "reports": [
                {
                    "reporter": str(one.reporter), "price": PRICE.plain(one.price) if one.at else None,
                    "confidence": PRICE.plain(one.confidence) if one.at else None, "reported_at": one.at or None,
                }
                for one in named
            ],
        }  # fmt: skip
        rows = [
            [
                str(one.reporter),
                f"{show_price(one.price)} ± {show_price(one.confidence)}" if one.at else "never",
                f"{now - one.at} s" if one.at else "",
                "fresh" if one.at and now - one.at <= FRESH_SECONDS else "old",
            ]
            for one in named
        ]
        heading = f"Median of {count} fresh reports: {show_price(median) if count else 'none'}; pool {show_price(pool)}"
        workspace.output.result(record, heading, table("", ("reporter", "price", "age", ""), rows, right=(2,)))


def _feed(workspace: Workspace, found: Fetched[Market], outcome: int) -> Any:
    from quatrain.client.accounts import find
    from quatrain.client.errors import NotFoundError
    from quatrain.program.loan_state import Feed

    deployment = workspace.session.deployment
    feed = find(workspace.session.chain, Feed, deployment.feed(found.address, outcome), deployment.program)
    if feed is None:
        raise NotFoundError(
            f"outcome {outcome} of market {found.state.id} has no feed",
            code="feed_missing",
            advice=f"The oracle opens it: quatrain feed open {found.state.id} {outcome} --reporter NAME",
        )
    return feed.state


def _send(
    common: Common,
    market: int,
    outcome: str,
    make: Callable[[Workspace, Fetched[Market], int], Instruction],
    done: str,
) -> None:
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        found = workspace.session.market(market)
        number = workspace.outcome(found.state, outcome)
        receipt = workspace.session.send(workspace.signer, make(workspace, found, number))
        value = {"market": market, "outcome": number, **receipt.record}
        workspace.output.result(value, done)


__all__ = ["open_", "report", "reporters", "show"]
