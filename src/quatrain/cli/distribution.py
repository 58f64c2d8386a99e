"""`quatrain distribution …`: markets of a real number, from creation to the last claim."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from quatrain.cli.workspace import Workspace


def create(
    question: str,
    /,
    *,
    mean: str,
    deviation: str,
    closes: str,
    backing: str = "1000",
    narrowest: str | None = None,
    unit: str = "a number",
    rules: str = "",
    verse: int = 1,
    common: Common = DEFAULTS,
) -> None:
    """Create a market of a real number; its backing comes from the vault, its rent from you (admin).

    Parameters
    ----------
    question
        What is asked.
    mean
        Mean of the opening distribution, in the market's unit.
    deviation
        Its standard deviation, at least 1 unit.
    closes
        When trading ends: a date, a date and time (UTC unless it says otherwise), or `+30d`, `+12h`, `+90m`.
    backing
        What the vault may lose at most, in USDC.
    narrowest
        The smallest deviation that the backing covers; a fourth of the opening one when left out. Smaller: the same backing
        makes a shallower market.
    unit
        What the number counts: °C, km, USD.
    rules
        How it is decided.
    verse
        Number of the verse that it belongs to.
    """
    from quatrain.cli.distributions import create_distribution
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        create_distribution(
            workspace, question, unit, rules, mean, deviation, narrowest, backing=backing, closes=closes, verse=verse
        )


def list_(*, common: Common = DEFAULTS) -> None:
    """List the markets of real numbers."""
    from quatrain.cli.distributions import list_distributions
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        list_distributions(workspace)


def show(market: int, /, *, common: Common = DEFAULTS) -> None:
    """Show a market of a real number.

    Parameters
    ----------
    market
        Number of the market.
    """
    from quatrain.cli.distributions import show_distribution
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        show_distribution(workspace, workspace.session.distribution(market))


def quote(
    market: int,
    /,
    *,
    mean: str | None = None,
    deviation: str | None = None,
    back: Annotated[bool, Parameter(negative=())] = False,
    number: int = 0,
    low: str | None = None,
    high: str | None = None,
    common: Common = DEFAULTS,
) -> None:
    """Say what a move of the market would lock and pay; or, with --low or --high, what it holds likely.

    Parameters
    ----------
    market
        Number of the market.
    mean
        Where to move the mean; it stays when left out.
    deviation
        The new standard deviation; it stays when left out.
    back
        Instead, lead the position back to where it began: that leaves the market.
    number
        Number of your position.
    low
        The outcome is at least this.
    high
        The outcome is at most this.
    """
    from quatrain.cli.distribution_trades import quote_move, quote_range
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        found = workspace.session.distribution(market)
        if low is not None or high is not None:
            quote_range(workspace, found, low, high)
        else:
            quote_move(workspace, found, number, mean, deviation, back)


def trade(
    market: int,
    /,
    *,
    mean: str | None = None,
    deviation: str | None = None,
    back: Annotated[bool, Parameter(negative=())] = False,
    number: int = 0,
    common: Common = DEFAULTS,
) -> None:
    """Move the market, and hold the difference; refused when the market has moved since it was quoted.

    A position that others have left behind goes on all the same: another one takes the rest.

    Parameters
    ----------
    market
        Number of the market.
    mean
        Where to move the mean; it stays when left out.
    deviation
        The new standard deviation; it stays when left out.
    back
        Instead, lead the position back to where it began: its collateral is free again.
    number
        Number of your position, 0 to 4294967295; it is opened if need be.
    """
    from quatrain.cli.distribution_trades import make_move
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        make_move(workspace, workspace.session.distribution(market), number, mean, deviation, back)


def positions(trader: str | None = None, /, *, market: int | None = None, common: Common = DEFAULTS) -> None:
    """List a trader's positions in markets of real numbers, with what they are expected to pay.

    Parameters
    ----------
    trader
        An address or the name of a key; yours when left out.
    market
        Only those in this market.
    """
    from quatrain.cli.distributions import list_positions
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        list_positions(workspace, trader, market)


def drop(market: int, number: int, /, *, common: Common = DEFAULTS) -> None:
    """Close an empty position and get its rent back.

    Parameters
    ----------
    market
        Number of the market.
    number
        Number of the position.
    """
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        build = workspace.session.instructions
        address = workspace.session.distribution(market).address
        instruction = build.close_distribution_position(
            authority=workspace.signer.pubkey(), market_address=address, number=number
        )
        _send(workspace, market, instruction, f"Position {number} in market {market} is closed.")


def fund(market: int, /, *, backing: str, narrowest: str | None = None, common: Common = DEFAULTS) -> None:
    """Change a market's backing: more at any time, less or another depth while no position holds a curve (admin).

    Parameters
    ----------
    market
        Number of the market.
    backing
        What the vault gives in all, in USDC.
    narrowest
        The smallest deviation that it covers; the depth stays when left out.
    """
    from quatrain.cli.distributions import parse_number
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import USDC
    from quatrain.client.distributions import norm_for

    with open_workspace(common) as workspace:
        found, amount = workspace.session.distribution(market), USDC.parse(backing)
        norm = found.state.norm if narrowest is None else norm_for(amount, parse_number(narrowest))
        instruction = workspace.session.instructions.set_distribution_liquidity(
            admin=workspace.signer.pubkey(),
            market_address=found.address,
            verse_id=found.state.verse,
            norm=norm,
            backing=amount,
        )
        _send(workspace, market, instruction, f"Market {market} is backed by {USDC.show(amount)} USDC.")


def close(market: int, /, *, common: Common = DEFAULTS) -> None:
    """End trading: anybody from the closing time on, the oracle or the admin before.

    Parameters
    ----------
    market
        Number of the market.
    """
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        instruction = workspace.session.instructions.close_distribution(
            authority=workspace.signer.pubkey(), market_address=workspace.session.deployment.distribution(market)
        )
        _send(workspace, market, instruction, f"Market {market} is closed.")


def resolve(
    market: int,
    /,
    *,
    outcome: str | None = None,
    void: Annotated[bool, Parameter(negative=())] = False,
    common: Common = DEFAULTS,
) -> None:
    """Fix the outcome (oracle or admin).

    Parameters
    ----------
    market
        Number of the market.
    outcome
        The number that came true, in the market's unit.
    void
        There is none: everybody gets his collateral back.
    """
    from quatrain.cli.distributions import parse_number
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.errors import UsageError

    if (outcome is None) == (not void):
        raise UsageError("say what came true with --outcome, or that nothing did with --void")
    with open_workspace(common) as workspace:
        found = workspace.session.distribution(market)
        instruction = workspace.session.instructions.resolve_distribution(
            authority=workspace.signer.pubkey(),
            market_address=found.address,
            verse_id=found.state.verse,
            outcome=0 if outcome is None else parse_number(outcome),
            void=void,
        )
        done = f"Market {market} is resolved. Pay it out: quatrain distribution claim {market}"
        _send(workspace, market, instruction, done)


def claim(market: int, /, *, trader: str | None = None, common: Common = DEFAULTS) -> None:
    """Pay out the positions of a resolved market to their traders (anybody).

    Parameters
    ----------
    market
        Number of the market.
    trader
        Only the positions of this trader: an address or the name of a key.
    """
    from quatrain.cli.distributions import claim_positions
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        claim_positions(workspace, workspace.session.distribution(market), trader)


def sync(market: int, /, *, common: Common = DEFAULTS) -> None:
    """Share out the fees that a market has collected (anybody).

    Parameters
    ----------
    market
        Number of the market.
    """
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        found = workspace.session.distribution(market)
        instruction = workspace.session.instructions.sync_distribution(
            market_address=found.address, verse_id=found.state.verse
        )
        _send(workspace, market, instruction, f"The fees of market {market} are shared out.")


def prune(market: int, /, *, common: Common = DEFAULTS) -> None:
    """Remove a settled market and give its rent back, some time after its resolution (anybody).

    Parameters
    ----------
    market
        Number of the market.
    """
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.addresses import to_solders
    from quatrain.client.amounts import SOL

    with open_workspace(common) as workspace:
        found = workspace.session.distribution(market)
        instruction = workspace.session.instructions.prune_distribution(
            market_address=found.address, verse_id=found.state.verse, creator=to_solders(found.state.creator)
        )
        rent = SOL.show(found.lamports, places=4)
        _send(workspace, market, instruction, f"Market {market} is pruned; {rent} SOL of rent went back.")


def plot(
    market: int,
    /,
    *,
    trader: str | None = None,
    png: Annotated[Path | None, Parameter(name="--png")] = None,
    common: Common = DEFAULTS,
) -> None:
    """Draw a market's distribution beside the opening one, and what a trader gains at each outcome.

    Parameters
    ----------
    market
        Number of the market.
    trader
        Whose gain: an address or the name of a key; the vault's when left out.
    png
        Write a picture to this file instead of drawing in the terminal.
    """
    from quatrain.cli.distribution_plot import plot_distribution
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        plot_distribution(workspace, workspace.session.distribution(market), trader, png)


def _send(workspace: Workspace, market: int, instruction: Any, done: str) -> None:
    receipt = workspace.session.send(workspace.signer, instruction)
    value = {"market": market, **receipt.record}
    workspace.output.result(value, done)


__all__ = [
    "claim", "close", "create", "drop", "fund", "list_", "plot", "positions", "prune", "quote", "resolve", "show",
    "sync", "trade",
]  # fmt: skip
