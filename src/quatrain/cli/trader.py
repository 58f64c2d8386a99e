"""`quatrain trader …`, `deposit` and `withdraw`: money between a wallet and its trading account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from solders.pubkey import Pubkey

    from quatrain.cli.workspace import Workspace
    from quatrain.cluster.chain import Receipt


def deposit(amount: str, /, *, common: Common = DEFAULTS) -> None:
    """Move USDC from your wallet into your trading account, which is opened when there is none.

    Parameters
    ----------
    amount
        USDC.
    """
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import USDC

    with open_workspace(common) as workspace:
        session, signer = workspace.session, workspace.signer
        owner = signer.pubkey()
        build = session.instructions
        opening = [] if session.trader(owner) else [build.open_trader(authority=owner)]
        micro = USDC.parse(amount)
        workspace.require_wallet(micro, "deposited")
        receipt = session.send(signer, *opening, build.deposit(authority=owner, amount=micro))
        _balance(workspace, owner, receipt, f"Deposited {USDC.show(micro)} USDC.")


def withdraw(
    amount: str | None = None,
    /,
    *,
    everything: Annotated[bool, Parameter(name="--all", negative=())] = False,
    to: str | None = None,
    common: Common = DEFAULTS,
) -> None:
    """Move free money from your trading account to a wallet.

    Parameters
    ----------
    amount
        USDC.
    everything
        All that is free.
    to
        Whose wallet: an address or the name of a key; yours when left out.
    """
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import USDC
    from quatrain.client.errors import NotFoundError, UsageError
    from quatrain.client.tokens import create_token_account

    if (amount is None) == (not everything):
        raise UsageError("say how much: an amount, or --all")
    with open_workspace(common) as workspace:
        session, signer = workspace.session, workspace.signer
        owner = signer.pubkey()
        found = session.trader(owner)
        if found is None:
            raise NotFoundError(f"{owner} has no trading account", code="trader_missing")
        micro = found.state.free if amount is None else USDC.parse(amount)
        receiver = workspace.owner(to)
        account = create_token_account(payer=owner, owner=receiver, mint=session.deployment.usdc_mint)
        destination = session.deployment.usdc_account(receiver)
        instruction = session.instructions.withdraw(authority=owner, amount=micro, destination=destination)
        receipt = session.send(signer, account, instruction)
        _balance(workspace, owner, receipt, f"Withdrew {USDC.show(micro)} USDC to {receiver}.")


def _balance(workspace: Workspace, owner: Pubkey, receipt: Receipt, done: str) -> None:
    from quatrain.client.amounts import USDC

    found = workspace.session.trader(owner)
    free = found.state.free if found else 0
    value = {
        "trader": str(owner),
        "free_usdc": USDC.plain(free),
        **receipt.record,
    }
    workspace.output.result(value, done, f"  free in the trading account: {USDC.show(free)} USDC")


def show(trader: str | None = None, /, *, common: Common = DEFAULTS) -> None:
    """Show a trading account and its wallet.

    Parameters
    ----------
    trader
        An address or the name of a key; yours when left out.
    """
    from quatrain.cli.output import facts
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import SOL, USDC
    from quatrain.client.errors import NotFoundError
    from quatrain.client.tokens import token_balance

    with open_workspace(common) as workspace:
        session, owner = workspace.session, workspace.owner(trader)
        found = session.trader(owner)
        if found is None:
            raise NotFoundError(
                f"{owner} has no trading account", code="trader_missing", advice="Open it: quatrain deposit 100"
            )
        account, state = session.chain.get_account(owner), found.state
        lamports = account.lamports if account else 0
        wallet = token_balance(session.chain, session.deployment.usdc_account(owner)) or 0
        value = {
            "trader": str(owner),
            "address": str(found.address),
            "free_usdc": USDC.plain(state.free),
            "volume_usdc": USDC.plain(state.volume),
            "positions": state.positions,
            "wallet_usdc": USDC.plain(wallet),
            "wallet_sol": SOL.plain(lamports),
        }
        pairs = [
            ("free", f"{USDC.show(state.free)} USDC"),
            ("volume", f"{USDC.show(state.volume)} USDC"),
            ("positions", str(state.positions)),
            ("wallet", f"{USDC.show(wallet)} USDC, {SOL.show(lamports, places=4)} SOL"),
            ("address", str(found.address)),
        ]
        workspace.output.result(value, facts(f"Trader {owner}", pairs))


def open_(*, common: Common = DEFAULTS) -> None:
    """Open your trading account; you pay its rent and get it back on closing."""
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        owner = workspace.signer.pubkey()
        instruction = workspace.session.instructions.open_trader(authority=owner)
        receipt = workspace.session.send(workspace.signer, instruction)
        value = {"trader": str(owner), **receipt.record}
        workspace.output.result(value, f"The trading account of {owner} is open.")


def close(*, common: Common = DEFAULTS) -> None:
    """Close your empty trading account and get its rent back."""
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        owner = workspace.signer.pubkey()
        instruction = workspace.session.instructions.close_trader(authority=owner)
        receipt = workspace.session.send(workspace.signer, instruction)
        value = {"trader": str(owner), **receipt.record}
        workspace.output.result(value, f"The trading account of {owner} is closed.")


__all__ = ["close", "deposit", "open_", "show", "withdraw"]
