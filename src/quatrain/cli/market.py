"""`quatrain market …`: create, look at, close, resolve, sync and prune markets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from quatrain.cli.workspace import Workspace
    from quatrain.client.accounts import Fetched
    from quatrain.program.state import Market


def create(
    question: str,
    /,
    *,
    outcome: Annotated[list[str] | None, Parameter(name="--outcome", negative=())] = None,
    price: Annotated[list[str] | None, Parameter(name="--price", negative=())] = None,
    closes: str,
    rules: str = "",
    liquidity: str | None = None,
    subsidy: str | None = None,
    maker: Literal["auto", "lmsr", "pm-amm"] = "auto",
    expires: str | None = None,
    verse: int = 1,
    common: Common = DEFAULTS,
) -> None:
    """Create a market; its subsidy comes from the vault, its rent from you (admin).

    The rule for its maker: a yes/no question, and whatever has no --expires, gets an LMSR, whose liquidity stays;
    alternatives with --expires a pm-AMM, whose liquidity falls with √(time left) and goes back to the vault.

    Parameters
    ----------
    question
        What is asked.
    outcome
        Title of an outcome, once for each, 2 to 64; Yes and No when left out.
    price
        Opening price of an outcome, once for each, as a decimal; together they make 1. Even when left out.
    closes
        When trading ends: a date, a date and time (UTC unless it says otherwise), or `+30d`, `+12h`, `+90m`.
    rules
        How it is decided.
    liquidity
        Depth in USDC: b of an LMSR, where moving one of two outcomes from 50 % to 73 % costs 0.62·b, or L of a pm-AMM
        at its opening, where it costs 0.38·L.
    subsidy
        What the vault may lose at most, in USDC, instead of --liquidity; 100 when both are left out.
    maker
        `auto` for the rule's; `lmsr` or `pm-amm` to name one.
    expires
        When a pm-AMM's outcome is known, written as --closes is and later: L falls as √(time left until then).
    verse
        Number of the verse that it belongs to.
    """
    from quatrain.cli.markets_make import YES_NO, Timing, create_market, funding_of
    from quatrain.cli.workspace import open_workspace
    from quatrain.keepers.ingest.question import Question

    with open_workspace(common) as workspace:
        asked = Question(question, tuple(outcome or YES_NO), rules)
        funding = funding_of(liquidity, subsidy)
        create_market(workspace, asked, price, Timing(closes, expires), funding, maker, verse)


def list_(*, status: str | None = None, limit: int = 50, common: Common = DEFAULTS) -> None:
    """List markets.

    Parameters
    ----------
    status
        Only those that are open, closed or resolved.
    limit
        At most so many; 0 for all.
    """
    from quatrain.cli.markets_show import list_markets
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        list_markets(workspace, status, limit)


def show(market: int, /, *, common: Common = DEFAULTS) -> None:
    """Show a market with every outcome's price.

    Parameters
    ----------
    market
        Number of the market.
    """
    from quatrain.cli.markets_show import show_market
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        show_market(workspace, workspace.session.market(market))


def close(market: int, /, *, common: Common = DEFAULTS) -> None:
    """End trading: anybody from the closing time on, the oracle or the admin before.

    Parameters
    ----------
    market
        Number of the market.
    """
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        found = workspace.session.market(market)
        signer = workspace.signer
        instruction = workspace.session.instructions.close_market(
            authority=signer.pubkey(), market_address=found.address
        )
        _send(workspace, found, instruction, f"Market {market} is closed.")


def resolve(
    market: int,
    /,
    *,
    winner: str | None = None,
    payout: Annotated[list[str] | None, Parameter(name="--payout", negative=())] = None,
    common: Common = DEFAULTS,
) -> None:
    """Fix what each outcome's share pays (oracle or admin).

    Parameters
    ----------
    market
        Number of the market.
    winner
        The outcome that came true, by number or title: it pays 1 USDC a share, the others nothing.
    payout
        Instead, the payout of each outcome in order, as decimals that make 1 together.
    """
    from quatrain.cli.markets_make import payouts_of
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        found = workspace.session.market(market)
        payouts = payouts_of(workspace, found.state, winner, payout)
        instruction = workspace.session.instructions.resolve_market(
            authority=workspace.signer.pubkey(),
            market_address=found.address,
            verse_id=found.state.verse,
            payouts=payouts,
        )
        _send(workspace, found, instruction, f"Market {market} is resolved. Pay it out: quatrain settle {market}")


def sync(market: int, /, *, common: Common = DEFAULTS) -> None:
    """Share out the fees that a market has collected; let a pm-AMM give back what it needs no more (anybody).

    Parameters
    ----------
    market
        Number of the market.
    """
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import USDC
    from quatrain.program.events import FeesSynced, SetsRedeemed

    with open_workspace(common) as workspace:
        found = workspace.session.market(market)
        receipt = workspace.session.send(
            workspace.signer,
            workspace.session.instructions.sync_market(market_address=found.address, verse_id=found.state.verse),
        )
        events = workspace.session.events(receipt)
        sets = sum(one.sets for one in events if isinstance(one, SetsRedeemed))
        fees = sum(
            one.vault + one.stakers + one.treasury + one.insurance for one in events if isinstance(one, FeesSynced)
        )
        value = {
            "market": market,
            "fees_usdc": USDC.plain(fees),
            "returned_usdc": USDC.plain(sets),
            **receipt.record,
        }
        shown = [f"{USDC.show(fees, places=4)} USDC of fees of market {market} are shared out."]
        if sets:
            shown.append(f"{USDC.show(sets)} USDC return to the vault: so much less liquidity is needed now.")
        workspace.output.result(value, *shown)


def sample(market: int, /, *, common: Common = DEFAULTS) -> None:
    """Take a market's mean price of the last hours, for its verse's correlation; the first time, begin to (anybody).

    Parameters
    ----------
    market
        Number of the market.
    """
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        session, found = workspace.session, workspace.session.market(market)
        if session.chain.get_account(session.deployment.samples(found.address)) is None:
            instruction = session.instructions.open_samples(
                payer=workspace.signer.pubkey(), market_address=found.address
            )
            _send(workspace, found, instruction, f"Market {market} is sampled from the next 6 hours on.")
            return
        instruction = session.instructions.sample_market(market_address=found.address, verse_id=found.state.verse)
        receipt = session.send(workspace.signer, instruction)
        verse = session.verse(found.state.verse)
        correlation = 0 if verse is None else verse.correlation
        value = {"market": market, "correlation": correlation / 10**9, **receipt.record}
        shown = f"The mean of market {market} is taken; its verse's correlation is at most {correlation / 10**9:.3f}."
        workspace.output.result(value, shown)


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
        found = workspace.session.market(market)
        instruction = workspace.session.instructions.prune_market(
            market_address=found.address,
            verse_id=found.state.verse,
            creator=to_solders(found.state.creator),
        )
        rent = SOL.show(found.lamports, places=4)
        _send(workspace, found, instruction, f"Market {market} is pruned; {rent} SOL of rent went back.")


def _send(workspace: Workspace, found: Fetched[Market], instruction: Any, done: str) -> None:
    receipt = workspace.session.send(workspace.signer, instruction)
    value = {"market": found.state.id, **receipt.record}
    workspace.output.result(value, done)


__all__ = ["close", "create", "list_", "prune", "resolve", "sample", "show", "sync"]
