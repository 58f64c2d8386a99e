"""Where one deployment of the protocol lives: the addresses that follow from its program and its collateral mint."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from attrs import frozen
from solders.pubkey import Pubkey

from hognose.lang import InstructionDeclaration
from quatrain.client.accounts import blank
from quatrain.client.addresses import (
    Address,
    account_address,
    associated_token_address,
    find_address,
    to_lang,
    to_solders,
)
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.entrypoint import ADDRESS
from quatrain.program.loan_state import Book, Feed, Ladder
from quatrain.program.protocol import initialize
from quatrain.program.state import Market, Position, Protocol, Samples, Trader, Verse, Withdrawal

DEFAULT_PROGRAM: Final = to_solders(ADDRESS)


def declaration_of(function: Any) -> InstructionDeclaration:
    """The declaration behind an @instruction function."""
    declaration: InstructionDeclaration = function.__instruction__
    return declaration


def _allocated(name: str) -> tuple[bytes, ...]:
    """The seeds of an account that `initialize` allocates."""
    return next(slot.role.seeds for slot in declaration_of(initialize).accounts if slot.name == name)


_VAULT_SEEDS: Final = _allocated("token_vault")
_SHARES_SEEDS: Final = _allocated("share_mint")


@frozen
class Deployment:
    """A program on a cluster and the mint of its USDC."""

    usdc_mint: Pubkey
    program: Pubkey = DEFAULT_PROGRAM

    @property
    def protocol(self) -> Pubkey:
        """The one global account."""
        return account_address(Protocol, self.program)

    @property
    def token_vault(self) -> Pubkey:
        """The token account that holds all USDC."""
        return find_address(_VAULT_SEEDS, self.program)[0]

    @property
    def share_mint(self) -> Pubkey:
        """The mint of LP shares."""
        return find_address(_SHARES_SEEDS, self.program)[0]

    def verse(self, id: int) -> Pubkey:
        """The verse of this number."""
        return account_address(Verse, self.program, id=id)

    def market(self, id: int) -> Pubkey:
        """The market of this number."""
        return account_address(Market, self.program, id=id)

    def trader(self, authority: Address) -> Pubkey:
        """The account of the trader who signs as `authority`."""
        return account_address(Trader, self.program, authority=authority)

    def position(self, trader: Address, market: Address, outcome: int) -> Pubkey:
        """The trader account's shares of one outcome of a market."""
        return account_address(Position, self.program, trader=trader, market=market, outcome=outcome)

    def distribution(self, id: int) -> Pubkey:
        """The market of a real number with this number."""
        return account_address(DistributionMarket, self.program, id=id)

    def distribution_position(self, trader: Address, market: Address, number: int) -> Pubkey:
        """One of the trader account's positions in a market of a real number."""
        return account_address(DistributionPosition, self.program, trader=trader, market=market, number=number)

    def samples(self, market: Address) -> Pubkey:
        """The samples of a market."""
        return account_address(Samples, self.program, market=market)

    def withdrawal(self, provider: Address) -> Pubkey:
        """The provider's request to withdraw liquidity."""
        return account_address(Withdrawal, self.program, provider=provider)

    def book(self, market: Address) -> Pubkey:
        """The loans of a market."""
        return account_address(Book, self.program, market=market)

    def ladder(self, market: Address, outcome: int) -> Pubkey:
        """The leveraged shares of one outcome."""
        return account_address(Ladder, self.program, market=market, outcome=outcome)

    def feed(self, market: Address, outcome: int) -> Pubkey:
        """What reporters say that an outcome costs elsewhere."""
        return account_address(Feed, self.program, market=market, outcome=outcome)

    def usdc_account(self, owner: Address) -> Pubkey:
        """The wallet's usual USDC account."""
        return associated_token_address(owner, self.usdc_mint)

    def share_account(self, owner: Address) -> Pubkey:
        """The wallet's usual account of LP shares."""
        return associated_token_address(owner, self.share_mint)

    def as_protocol(self) -> Protocol:
        """The addresses that instructions read out of the Protocol account, without fetching it."""
        return _as_protocol(self)


@lru_cache(maxsize=64)
def _as_protocol(deployment: Deployment) -> Protocol:
    return blank(
        Protocol,
        usdc_mint=to_lang(deployment.usdc_mint),
        token_vault=to_lang(deployment.token_vault),
        share_mint=to_lang(deployment.share_mint),
    )


__all__ = ["DEFAULT_PROGRAM", "Deployment", "declaration_of"]
