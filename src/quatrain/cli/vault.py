"""`quatrain vault …`: the pool of liquidity behind all markets, and what it answers for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from quatrain.cli.workspace import Workspace
    from quatrain.cluster.chain import Receipt


def show(*, common: Common = DEFAULTS) -> None:
    """Show what the vault has, what it can lose, what it covers, and that the books balance."""
    from quatrain.cli.cover import cover_pairs, cover_record, verse_record, verse_row
    from quatrain.cli.output import facts, table
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import USDC
    from quatrain.client.books import read_books
    from quatrain.client.tokens import mint_supply
    from quatrain.program.vault import equity_of, redeemable_of, shares_of

    with open_workspace(common) as workspace:
        session = workspace.session
        protocol, books = session.protocol(), read_books(session.chain, session.deployment)
        supply = shares_of(protocol, mint_supply(session.chain, session.deployment.share_mint))
        equity, least = equity_of(protocol), redeemable_of(protocol, session.chain.clock().slot)
        mine, verses = _my_shares(workspace), [one for one in session.verses() if one.markets]
        value = {
            "equity_usdc": USDC.plain(equity),
            "redeemable_usdc": USDC.plain(least),
            "cash_usdc": USDC.plain(protocol.lp_cash),
            "subsidies_usdc": USDC.plain(protocol.subsidies_out),
            "worst_case_usdc": USDC.plain(protocol.subsidies_out),
            "floors_usdc": USDC.plain(protocol.floors_out),
            "loans_usdc": USDC.plain(protocol.loans_out),
            "vesting_profit_usdc": USDC.plain(protocol.vesting_profit),
            "shares": USDC.plain(supply),
            "my_shares": USDC.plain(mine),
            **cover_record(protocol),
            "verses": [verse_record(verse) for verse in verses],
            "traders_usdc": USDC.plain(books.traders),
            "escrow_usdc": USDC.plain(books.escrow),
            "insurance_usdc": USDC.plain(books.insurance),
            "tokens_usdc": USDC.plain(books.tokens),
            "balanced": books.balanced,
        }
        limit = equity * protocol.parameters.subsidies_bps // 10_000
        pairs = [
            (
                "equity",
                f"{USDC.show(equity)} USDC in {USDC.show(supply)} shares; {USDC.show(least)} for who leaves now",
            ),
            ("cash", f"{USDC.show(protocol.lp_cash)} USDC"),
            (
                "in markets",
                f"{USDC.show(protocol.subsidies_out)} of at most {USDC.show(limit)} USDC: all it can lose",
            ),
            *cover_pairs(protocol),
            ("your shares", USDC.show(mine)),
            ("traders' free money", f"{USDC.show(books.traders)} USDC"),
            ("markets' escrow", f"{USDC.show(books.escrow)} USDC"),
            ("insurance", f"{USDC.show(books.insurance)} USDC"),
            ("token account", f"{USDC.show(books.tokens)} USDC, {_verdict(books.difference)}"),
        ]
        columns = ("verse", "markets", "subsidies", "open interest", "correlation")
        rows = [verse_row(verse) for verse in verses]
        workspace.output.result(
            value, facts("Vault", pairs), table("Verses", columns, rows, right=(0, 1, 2, 3, 4)) if rows else ""
        )


def _my_shares(workspace: Workspace) -> int:
    """The signer's LP shares; none without a key."""
    from quatrain.client.errors import KeypairError
    from quatrain.client.tokens import token_balance

    try:
        owner = workspace.signer.pubkey()
    except KeypairError:
        return 0
    session = workspace.session
    return token_balance(session.chain, session.deployment.share_account(owner)) or 0


def _verdict(difference: int) -> str:
    from quatrain.client.amounts import USDC

    if difference == 0:
        return "equal to all claims on it"
    return f"{USDC.show(difference)} USDC off the claims on it"


def deposit(amount: str, /, *, common: Common = DEFAULTS) -> None:
    """Pay USDC into the vault for shares of it.

    Parameters
    ----------
    amount
        USDC.
    """
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import USDC
    from quatrain.client.tokens import create_token_account

    with open_workspace(common) as workspace:
        session, signer = workspace.session, workspace.signer
        owner, micro = signer.pubkey(), USDC.parse(amount)
        workspace.require_wallet(micro, "deposited")
        receipt = session.send(
            signer,
            create_token_account(payer=owner, owner=owner, mint=session.deployment.share_mint),
            session.instructions.deposit_liquidity(provider=owner, amount=micro, minimum_shares=1),
        )
        _report(workspace, receipt, "Deposited")


def request(shares: str, /, *, common: Common = DEFAULTS) -> None:
    """Ask to give shares of the vault back; after the delay, execute.

    Parameters
    ----------
    shares
        How many shares: at most a fifth of the vault's.
    """
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import SHARES, USDC
    from quatrain.program.events import WithdrawalRequested

    with open_workspace(common) as workspace:
        session, signer = workspace.session, workspace.signer
        receipt = session.send(
            signer, session.instructions.request_withdrawal(provider=signer.pubkey(), shares=SHARES.parse(shares))
        )
        event = next(one for one in session.events(receipt) if isinstance(one, WithdrawalRequested))
        delay = session.protocol().parameters.withdrawal_delay_slots
        value = {
            "shares": SHARES.plain(event.shares),
            "at_most_usdc": USDC.plain(event.most),
            "from_slot": event.slot + delay,
            **receipt.record,
        }
        workspace.output.result(
            value,
            f"Asked to redeem {SHARES.show(event.shares)} shares for at most {USDC.show(event.most)} USDC. "
            f"In {delay:,} slots: quatrain vault execute",
        )


def execute(shares: str | None = None, /, *, common: Common = DEFAULTS) -> None:
    """Redeem the shares that you asked to give back, once the delay is over.

    Parameters
    ----------
    shares
        How many of them; the others come back. All, unless named.
    """
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import SHARES
    from quatrain.client.tokens import create_token_account

    with open_workspace(common) as workspace:
        session, signer = workspace.session, workspace.signer
        owner = signer.pubkey()
        asked = _asked(workspace)
        receipt = session.send(
            signer,
            create_token_account(payer=owner, owner=owner, mint=session.deployment.usdc_mint),
            create_token_account(payer=owner, owner=owner, mint=session.deployment.share_mint),
            session.instructions.execute_withdrawal(
                provider=owner, shares=asked if shares is None else SHARES.parse(shares), minimum_amount=1
            ),
        )
        _report(workspace, receipt, "Withdrew")


def cancel(*, common: Common = DEFAULTS) -> None:
    """Take a request to give shares back, back."""
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import SHARES

    with open_workspace(common) as workspace:
        session, signer = workspace.session, workspace.signer
        asked = _asked(workspace)
        receipt = session.send(signer, session.instructions.cancel_withdrawal(provider=signer.pubkey()))
        value = {
            "shares": SHARES.plain(asked),
            **receipt.record,
        }
        workspace.output.result(value, f"{SHARES.show(asked)} shares are yours again.")


def _asked(workspace: Workspace) -> int:
    """The shares of the signer's request."""
    from quatrain.client.errors import NotFoundError

    found = workspace.session.withdrawal(workspace.signer.pubkey())
    if found is None:
        raise NotFoundError("you have not asked to withdraw: quatrain vault request SHARES")
    return found.shares


def _report(workspace: Workspace, receipt: Receipt, verb: str) -> None:
    from quatrain.client.amounts import USDC
    from quatrain.program.events import LiquidityDeposited, LiquidityWithdrawn

    event = next(
        one for one in workspace.session.events(receipt) if isinstance(one, LiquidityDeposited | LiquidityWithdrawn)
    )
    value = {
        "amount_usdc": USDC.plain(event.amount),
        "shares": USDC.plain(event.shares),
        **receipt.record,
    }
    workspace.output.result(
        value, f"{verb} {USDC.show(event.amount)} USDC for {USDC.show(event.shares)} shares of the vault."
    )


__all__ = ["cancel", "deposit", "execute", "request", "show"]
