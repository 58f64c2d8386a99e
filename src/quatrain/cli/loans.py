"""`quatrain loans …`: what the operator does for a market's loans, and what anybody may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from collections.abc import Callable

    from solders.instruction import Instruction

    from quatrain.cli.workspace import Workspace
    from quatrain.client.accounts import Fetched
    from quatrain.program.state import Market

LADDERS_AT_ONCE = 8
"""Ladders that one transaction opens or closes."""


def open_(market: int, /, *, calm_end: str | None = None, common: Common = DEFAULTS) -> None:
    """Open a market's book and the ladder of every outcome: from then on it can have loans (admin).

    Parameters
    ----------
    market
        Number of the market.
    calm_end
        When its loans end: 2026-12-31T18:00Z or +5d, such as when a match begins; when trading ends, unless told.
    """
    from quatrain.cli.moments import parse_moment
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        session, signer = workspace.session, workspace.signer
        found, build, owner = session.market(market), session.instructions, signer.pubkey()
        now, count = session.chain.clock().unix_timestamp, found.state.outcome_count
        ends_at = found.state.closes_at if calm_end is None else parse_moment(calm_end, now)
        where = {"market_address": found.address}
        if session.chain.get_account(session.deployment.book(found.address)) is None:
            session.send(signer, build.open_book(admin=owner, outcome_count=count, ends_at=ends_at, **where))
        ladders = [session.deployment.ladder(found.address, i) for i in range(count)]
        missing = [i for i, account in enumerate(session.chain.get_accounts(ladders)) if account is None]
        for i in range(0, len(missing), LADDERS_AT_ONCE):
            part = missing[i : i + LADDERS_AT_ONCE]
            session.send(signer, *(build.open_ladder(payer=owner, outcome=one, **where) for one in part))
        value = {"market": market, "ladders": len(missing), "ends_at": ends_at}
        done = f"Market {market} can have loans. Fund them: quatrain loans allocate {market} 10000"
        workspace.output.result(value, done)


def allocate(market: int, amount: str, /, *, common: Common = DEFAULTS) -> None:
    """Move USDC of the vault into a market's loan cash (admin).

    Parameters
    ----------
    market
        Number of the market.
    amount
        USDC.
    """
    from quatrain.client.amounts import USDC

    micro = USDC.parse(amount)
    _send(
        common, market,
        lambda w, found: w.session.instructions.allocate_loans(
            admin=w.signer.pubkey(), verse_id=found.state.verse, market_address=found.address, amount=micro
        ),
        f"Market {market} has {USDC.show(micro)} USDC more to lend.",
    )  # fmt: skip


def recall(market: int, amount: str, /, *, common: Common = DEFAULTS) -> None:
    """Move USDC that are not lent back to the vault (admin).

    Parameters
    ----------
    market
        Number of the market.
    amount
        USDC.
    """
    from quatrain.client.amounts import USDC

    micro = USDC.parse(amount)
    _send(
        common, market,
        lambda w, found: w.session.instructions.recall_loans(
            admin=w.signer.pubkey(), verse_id=found.state.verse, market_address=found.address, amount=micro
        ),
        f"{USDC.show(micro)} USDC are back in the vault.",
    )  # fmt: skip


def sync(market: int, /, *, common: Common = DEFAULTS) -> None:
    """Give vault and insurance what the book has earned, and bring the cap of new loans up to date (anybody).

    Parameters
    ----------
    market
        Number of the market.
    """
    _send(
        common, market,
        lambda w, found: w.session.instructions.sync_book(
            verse_id=found.state.verse, market_address=found.address
        ),
        f"The book of market {market} is up to date.",
    )  # fmt: skip


def calm_end(market: int, when: str, /, *, common: Common = DEFAULTS) -> None:
    """Let loans end earlier: when a match begins, say (oracle, admin).

    Parameters
    ----------
    market
        Number of the market.
    when
        2026-12-31T18:00Z or +5d.
    """
    from quatrain.cli.moments import parse_moment

    _send(
        common, market,
        lambda w, found: w.session.instructions.set_calm_end(
            authority=w.signer.pubkey(), market_address=found.address,
            ends_at=parse_moment(when, w.session.chain.clock().unix_timestamp),
        ),
        f"The loans of market {market} end earlier now.",
    )  # fmt: skip


def shrink(market: int, /, *, common: Common = DEFAULTS) -> None:
    """Let the liquidity of a pm-AMM with loans fall as far as its lines allow (anybody).

    Parameters
    ----------
    market
        Number of the market.
    """
    _send(
        common, market,
        lambda w, found: w.session.instructions.shrink_liquidity(market_address=found.address),
        f"The liquidity of market {market} is as low as its loans allow.",
    )  # fmt: skip


def close(market: int, /, *, common: Common = DEFAULTS) -> None:
    """Recall all loan cash and close ladders and book, whose rent comes back; once all loans are repaid (admin).

    Parameters
    ----------
    market
        Number of the market.
    """
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import USDC

    with open_workspace(common) as workspace:
        session, signer = workspace.session, workspace.signer
        loans, build, owner = session.loans(market), session.instructions, signer.pubkey()
        where, verse = {"market_address": loans.address}, loans.market.state.verse
        ladders = [i for i, ladder in enumerate(loans.ladders) if ladder is not None]
        for i in range(0, len(ladders), LADDERS_AT_ONCE):
            part = ladders[i : i + LADDERS_AT_ONCE]
            session.send(signer, *(build.close_ladder(admin=owner, outcome=one, **where) for one in part))
        cash = loans.book.cash
        recall = [build.recall_loans(admin=owner, verse_id=verse, amount=cash, **where)] if cash else []
        last = [build.sync_book(verse_id=verse, **where), *recall, build.close_book(admin=owner, **where)]
        receipt = session.send(signer, *last)
        value = {"market": market, "recalled_usdc": USDC.plain(cash), **receipt.record}
        workspace.output.result(value, f"Market {market} has no loans any more; {USDC.show(cash)} USDC went back.")


def _send(common: Common, market: int, make: Callable[[Workspace, Fetched[Market]], Instruction], done: str) -> None:
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import USDC

    with open_workspace(common) as workspace:
        before = workspace.session.loans(market)
        receipt = workspace.session.send(workspace.signer, make(workspace, before.market))
        book = workspace.session.loans(market).book
        value: dict[str, Any] = {
            "market": market,
            "cash_usdc": USDC.plain(book.cash),
            "debt_usdc": USDC.plain(book.debt),
            "ends_at": book.ends_at,
            **receipt.record,
        }
        workspace.output.result(value, done)


__all__ = ["allocate", "calm_end", "close", "open_", "recall", "shrink", "sync"]
