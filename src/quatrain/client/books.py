"""The books of the whole protocol, added up: every µUSDC in the vault's token account has exactly one owner."""

from __future__ import annotations

from attrs import frozen

from quatrain.client.accounts import AccountReader, fetch, fetch_all
from quatrain.client.deployment import Deployment
from quatrain.client.tokens import token_balance
from quatrain.program.distribution_state import DistributionMarket
from quatrain.program.loan_state import Book
from quatrain.program.state import Market, Protocol, Trader


@frozen
class Books:
    """What the token account holds, and to whom it belongs, µUSDC."""

    tokens: int
    traders: int
    escrow: int
    loans: int
    """Loan cash that is not lent, prepaid interest, and what the books have not synced."""
    fees_due: int
    lp_cash: int
    insurance: int
    staker_pool: int
    treasury: int

    @property
    def owed(self) -> int:
        """The sum of all claims."""
        return (
            self.traders + self.escrow + self.loans + self.fees_due + self.lp_cash
            + self.insurance + self.staker_pool + self.treasury
        )  # fmt: skip

    @property
    def difference(self) -> int:
        """Tokens beyond all claims: zero, unless somebody sent tokens to the vault unasked."""
        return self.tokens - self.owed

    @property
    def balanced(self) -> bool:
        """Whether money is conserved to the last µUSDC."""
        return self.difference == 0


def read_books(reader: AccountReader, deployment: Deployment) -> Books:
    """Add up every account of the protocol."""
    protocol = fetch(reader, Protocol, deployment.protocol, deployment.program).state
    traders = fetch_all(reader, Trader, deployment.program)
    markets = fetch_all(reader, Market, deployment.program)
    curves = fetch_all(reader, DistributionMarket, deployment.program)
    books = fetch_all(reader, Book, deployment.program)
    return Books(
        tokens=token_balance(reader, deployment.token_vault) or 0,
        traders=sum(one.state.free for one in traders),
        escrow=sum(one.state.sets for one in markets) + sum(one.state.escrow for one in curves),
        loans=sum(one.state.cash + one.state.interest + one.state.earned + one.state.penalties for one in books),
        fees_due=sum(one.state.fees_due for one in (*markets, *curves)),
        lp_cash=protocol.lp_cash,
        insurance=protocol.insurance,
        staker_pool=protocol.staker_pool,
        treasury=protocol.treasury,
    )


__all__ = ["Books", "read_books"]
