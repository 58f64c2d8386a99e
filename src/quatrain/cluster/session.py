"""A deployment on a chain: read its accounts decoded, send instructions, see its events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from attrs import frozen
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from hognose.lang import Clock
from quatrain.client.accounts import Fetched, blank, fetch, fetch_all, find
from quatrain.client.addresses import Address
from quatrain.client.deployment import Deployment
from quatrain.client.distributions import DistributionQuoter
from quatrain.client.errors import ExpiredError, TransactionError, UsageError
from quatrain.client.events import decode_events
from quatrain.client.instructions import Instructions
from quatrain.client.loans import Loans, read_loans
from quatrain.client.quotes import Quoter
from quatrain.client.transactions import Budget, build_transaction
from quatrain.cluster.batches import send_each
from quatrain.cluster.chain import Chain, Receipt
from quatrain.cluster.embedded import EmbeddedChain
from quatrain.cluster.messages import writable_addresses
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.state import Market, Position, Protocol, Trader, Verse, Withdrawal

T = TypeVar("T")

SIGNED_AT_MOST: Final = 3
"""How often the same wish is signed, with another blockhash each time."""


@frozen
class Session:
    """What commands, keepers and tests work with."""

    chain: Chain
    deployment: Deployment

    @property
    def embedded(self) -> EmbeddedChain:
        """The chain, where it is embedded; UsageError where it is behind a server."""
        if not isinstance(self.chain, EmbeddedChain):
            raise UsageError(f"this works on the local chain only, not on {self.chain.name}", code="local_only")
        return self.chain

    @property
    def instructions(self) -> Instructions:
        """The builders for this deployment."""
        return Instructions(self.deployment)

    def send(
        self,
        payer: Keypair,
        *instructions: Instruction,
        signers: Sequence[Keypair] = (),
        budget: Budget | None = None,
    ) -> Receipt:
        """Sign, send and wait until it is confirmed; without a `budget`, what a simulation uses and a margin.

        Signed anew, at most twice, only when the one before has surely expired: nothing is ever done twice.
        """
        limits = budget or self.measure(payer, *instructions, signers=signers)
        for left in reversed(range(SIGNED_AT_MOST)):
            blockhash = self.chain.latest_blockhash()
            signed = build_transaction(instructions, payer, blockhash, signers=signers, budget=limits)
            try:
                return self.chain.send(signed)
            except ExpiredError:
                if left == 0:
                    raise
        raise AssertionError("the loop above returns or raises")

    def send_each(self, payer: Keypair, instructions: Sequence[Instruction]) -> list[Receipt | TransactionError]:
        """Each in a transaction of its own; on an embedded chain one block of them. Refused ones stop no others."""
        budgets = [self._measured(payer, one) for one in instructions]
        blockhash = self.chain.latest_blockhash()
        ready = [
            build_transaction([one], payer, blockhash, budget=budget)
            for one, budget in zip(instructions, budgets, strict=True)
            if isinstance(budget, Budget)
        ]
        sent = iter(send_each(self.chain, ready))
        return [next(sent) if isinstance(budget, Budget) else budget for budget in budgets]

    def _measured(self, payer: Keypair, instruction: Instruction) -> Budget | TransactionError:
        try:
            return self.measure(payer, instruction)
        except TransactionError as error:
            return error

    def measure(self, payer: Keypair, *instructions: Instruction, signers: Sequence[Keypair] = ()) -> Budget:
        """The budget that these instructions need now; TransactionError when they would fail, at no cost."""
        trial = build_transaction(instructions, payer, self.chain.latest_blockhash(), signers=signers)
        done = self.chain.simulate(trial)
        price = self.chain.unit_price(writable_addresses(trial.message, self.chain.get_account))
        return Budget.measured(done.units, done.loaded_bytes, price)

    def events(self, receipt: Receipt) -> tuple[Any, ...]:
        """The program's events in a transaction."""
        return decode_events(PROGRAM, receipt.logs, address=str(self.deployment.program)).events

    def protocol(self) -> Protocol:
        """The global account."""
        return self._fetch(Protocol, self.deployment.protocol).state

    def verse(self, id: int) -> Verse | None:
        """The verse of this number, if it exists."""
        found = find(self.chain, Verse, self.deployment.verse(id), self.deployment.program)
        return None if found is None else found.state

    def verses(self) -> list[Verse]:
        """Every verse, in order of number."""
        found = fetch_all(self.chain, Verse, self.deployment.program)
        return sorted((one.state for one in found), key=lambda verse: verse.id)

    def withdrawal(self, provider: Address) -> Withdrawal | None:
        """The provider's request to withdraw liquidity, if there is one."""
        found = find(self.chain, Withdrawal, self.deployment.withdrawal(provider), self.deployment.program)
        return None if found is None else found.state

    def market(self, id: int) -> Fetched[Market]:
        """The market of this number."""
        return self._fetch(Market, self.deployment.market(id))

    def quoter(self, market: Market) -> Quoter:
        """Quotes of a market at the chain's present."""
        clock = self.chain.clock()
        return Quoter.at(self.protocol(), market, slot=clock.slot, unix_timestamp=clock.unix_timestamp)

    def loans(self, id: int) -> Loans:
        """The loans of the market of this number at the chain's present; NotFoundError where it has no book."""
        clock = self.chain.clock()
        now = blank(Clock, slot=clock.slot, unix_timestamp=clock.unix_timestamp)
        return read_loans(self.chain, self.deployment, self.market(id), now)

    def markets(self) -> list[Fetched[Market]]:
        """Every market that has an account, by number."""
        found = fetch_all(self.chain, Market, self.deployment.program)
        return sorted(found, key=lambda one: one.state.id)

    def trader(self, authority: Address) -> Fetched[Trader] | None:
        """The trader account of a wallet, if it is open."""
        return find(self.chain, Trader, self.deployment.trader(authority), self.deployment.program)

    def traders(self) -> list[Fetched[Trader]]:
        """Every trader account."""
        return fetch_all(self.chain, Trader, self.deployment.program)

    def position(self, authority: Address, market: Pubkey, outcome: int) -> Fetched[Position] | None:
        """A wallet's position in an outcome, if it is open."""
        address = self.deployment.position(self.deployment.trader(authority), market, outcome)
        return find(self.chain, Position, address, self.deployment.program)

    def positions(self, **equals: Any) -> list[Fetched[Position]]:
        """Positions whose fields have these values: `trader=`, `market=`, `outcome=`."""
        return fetch_all(self.chain, Position, self.deployment.program, **equals)

    # -- markets of a real number -----------------------------------------------------------------------------------

    def distribution(self, id: int) -> Fetched[DistributionMarket]:
        """The market of a real number with this number."""
        return self._fetch(DistributionMarket, self.deployment.distribution(id))

    def distributions(self) -> list[Fetched[DistributionMarket]]:
        """Every market of a real number, by number."""
        found = fetch_all(self.chain, DistributionMarket, self.deployment.program)
        return sorted(found, key=lambda one: one.state.id)

    def distribution_quoter(self, market: DistributionMarket) -> DistributionQuoter:
        """Quotes of a market of a real number at the chain's present."""
        clock = self.chain.clock()
        return DistributionQuoter.at(self.protocol(), market, slot=clock.slot, unix_timestamp=clock.unix_timestamp)

    def distribution_positions(self, **equals: Any) -> list[Fetched[DistributionPosition]]:
        """Positions whose fields have these values, `trader=` and `market=`, by number."""
        found = fetch_all(self.chain, DistributionPosition, self.deployment.program, **equals)
        return sorted(found, key=lambda one: (bytes(one.state.trader), one.state.number))

    def _fetch(self, cls: type[T], address: Pubkey) -> Fetched[T]:
        return fetch(self.chain, cls, address, self.deployment.program)


__all__ = ["Session"]
