"""`quatrain chain …`: the local chain itself."""

from __future__ import annotations

from quatrain.cli.options import DEFAULTS, Common


def show(*, common: Common = DEFAULTS) -> None:
    """Show the chain's time, and which build of the program it runs."""
    from quatrain.cli.markets_show import moment
    from quatrain.cli.output import facts
    from quatrain.cli.workspace import open_workspace
    from quatrain.cluster.deployer import fetch_program

    with open_workspace(common) as workspace:
        chain = workspace.session.embedded
        clock = chain.clock()
        digest = fetch_program(chain, workspace.session.deployment.program).digest
        value = {
            "slot": clock.slot,
            "unix_timestamp": clock.unix_timestamp,
            "program": str(workspace.session.deployment.program),
            "build": digest,
            "usdc_mint": str(workspace.session.deployment.usdc_mint),
            "home": str(workspace.settings.home),
        }
        pairs = [
            ("time", f"{moment(clock.unix_timestamp)} UTC, slot {clock.slot:,}"),
            ("program", value["program"]),
            ("build", digest),
            ("test USDC", value["usdc_mint"]),
            ("home", value["home"]),
        ]
        workspace.output.result(value, facts("Local chain", [(name, str(text)) for name, text in pairs]))


def check(*, common: Common = DEFAULTS) -> None:
    """Check the chain's file and that every µUSDC has exactly one owner."""
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import USDC
    from quatrain.client.books import read_books
    from quatrain.client.errors import StoreError

    with open_workspace(common) as workspace:
        chain = workspace.session.embedded
        assert chain.store is not None
        chain.store.check()
        books = read_books(chain, workspace.session.deployment)
        if not books.balanced:
            raise StoreError(
                f"the token account holds {USDC.show(books.difference)} USDC more than all claims on it",
                code="books_unbalanced",
            )
        value = {"file": "ok", "tokens_usdc": USDC.plain(books.tokens), "owed_usdc": USDC.plain(books.owed)}
        workspace.output.result(value, f"The file is whole, and all {USDC.show(books.tokens)} USDC have an owner.")


def warp(span: str, /, *, common: Common = DEFAULTS) -> None:
    """Move the local chain's time forward; from then on it runs ahead of the clock on the wall.

    Parameters
    ----------
    span
        How far: 90m, 12h, 30d, 2w; or a number of slots, such as 432000slots.
    """
    from quatrain.cli.markets_show import moment
    from quatrain.cli.moments import parse_span
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        chain = workspace.session.embedded
        slots = span.removesuffix("slots")
        if slots != span and slots.isdecimal():
            chain.warp(slot=chain.clock().slot + int(slots))
        else:
            chain.warp(unix_timestamp=chain.clock().unix_timestamp + parse_span(span))
        clock = chain.clock()
        value = {"slot": clock.slot, "unix_timestamp": clock.unix_timestamp}
        workspace.output.result(value, f"It is now {moment(clock.unix_timestamp)} UTC, slot {clock.slot:,}.")


__all__ = ["check", "show", "warp"]
