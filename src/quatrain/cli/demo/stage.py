"""What the story is told on: a chain in memory, its people, and a ledger of what every step cost."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from attrs import define, frozen
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from quatrain.client.addresses import to_solders
from quatrain.client.books import Books, read_books
from quatrain.client.errors import QuatrainError
from quatrain.client.openings import Opening
from quatrain.cluster.builds import Build, compile_program
from quatrain.cluster.chain import Receipt
from quatrain.cluster.embedded import EmbeddedChain
from quatrain.cluster.local import ROOT_VERSE, Keys, open_in_memory, prepare
from quatrain.cluster.session import Session
from quatrain.keepers.ingest.catalogue import Catalogue
from quatrain.keepers.ingest.importer import Funding
from quatrain.keepers.ingest.question import Question
from quatrain.program.events import FeesSynced, PositionSettled, SetsRedeemed
from quatrain.program.state import PRICE_ONE, Maker

SUBSIDY = 500_000_000
"""µUSDC that the vault gives each market."""
Event = TypeVar("Event")


class ConservationError(QuatrainError):
    """Money appeared or vanished."""

    default_code = "books_unbalanced"
    default_advice = "This is a defect: report it with the step at which it happened."


@frozen
class Step:
    """One transaction of the story: what it did, the compute units of the whole transaction, its fee."""

    name: str
    units: int
    fee_lamports: int


@frozen
class Synced:
    """What a sync shared out, and the complete sets that it returned to the vault: µUSDC."""

    fees: int
    vaults_part: int
    sets: int


@define
class Stage:
    """Opened for one telling; `send` checks the books after every transaction."""

    chain: EmbeddedChain
    session: Session
    keys: Keys
    catalogue: Catalogue
    build: Build
    build_seconds: float
    steps: list[Step]
    checks: int
    _folder: tempfile.TemporaryDirectory[str]

    @classmethod
    def open(cls) -> Self:
        """Compile, deploy, found the protocol and its vault."""
        began = time.perf_counter()
        build = compile_program()
        seconds = time.perf_counter() - began
        folder = tempfile.TemporaryDirectory(prefix="quatrain-demo-")
        keys = Keys(Path(folder.name) / "keys")
        chain = open_in_memory(build)
        session = prepare(chain, keys, lambda _text: None)
        return cls(chain, session, keys, Catalogue(Path(folder.name)), build, seconds, [], 0, folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.catalogue.close()
        self.chain.close()
        self._folder.cleanup()

    def send(self, name: str, payer: Keypair, *instructions: Instruction, signers: Sequence[Keypair] = ()) -> Receipt:
        """Send, write down what it cost, and check that every µUSDC still has exactly one owner."""
        receipt = self.session.send(payer, *instructions, signers=signers)
        self.steps.append(Step(name, receipt.units, receipt.fee_lamports))
        self.check(name)
        return receipt

    def check(self, name: str) -> Books:
        """Add up the books; ConservationError when they do not balance."""
        books = read_books(self.chain, self.session.deployment)
        self.checks += 1
        if not books.balanced:
            raise ConservationError(f"after “{name}” the vault holds {books.difference} µUSDC beyond all claims")
        return books

    # -- what happens to a market ---------------------------------------------------------------------------------

    def create(
        self,
        question: Question,
        maker: Maker,
        prices: Sequence[int],
        *,
        closes_in: int,
        expires_in: int = 0,
        subsidy: int = SUBSIDY,
    ) -> int:
        """A market that opens now, with spans in seconds; its number."""
        self.catalogue.put([question])
        now, id = self.chain.clock().unix_timestamp, self.session.protocol().next_market_id
        opening = Opening.at(maker, prices, Funding(subsidy=subsidy).scale(maker, prices))
        instruction = self.session.instructions.create_market(
            admin=self.keys.admin.pubkey(), verse_id=ROOT_VERSE, id=id, maker=maker, liquidity=opening.liquidity,
            opens_at=now, closes_at=now + closes_in, expires_at=now + expires_in if expires_in else 0,
            question=question.digest, opening=opening.given,
        )  # fmt: skip
        self.send("create a market", self.keys.admin, instruction)
        return id

    def resolve(self, market: int, *, winner: int) -> int:
        """Wait for the end of trading, close, and resolve; the µUSDC that return to the vault."""
        found, build, admin = self.session.market(market), self.session.instructions, self.keys.admin
        self.chain.warp(unix_timestamp=found.state.closes_at)
        close = build.close_market(authority=admin.pubkey(), market_address=found.address)
        self.send("close", admin, close)
        payouts = [PRICE_ONE if i == winner else 0 for i in range(found.state.outcome_count)]
        before = self.session.protocol().lp_cash
        resolve = build.resolve_market(
            authority=admin.pubkey(), market_address=found.address, verse_id=ROOT_VERSE, payouts=payouts
        )
        self.send("resolve", admin, resolve)
        return self.session.protocol().lp_cash - before

    def settle(self, market: int) -> list[tuple[Pubkey, PositionSettled]]:
        """Pay every position out: whom, and what."""
        session, found = self.session, self.session.market(market)
        owners = {one.address: to_solders(one.state.authority) for one in session.traders()}
        paid: list[tuple[Pubkey, PositionSettled]] = []
        for position in session.positions(market=found.address):
            owner = owners[to_solders(position.state.trader)]
            instruction = session.instructions.settle_position(
                authority=owner, market_address=found.address, outcome=position.state.outcome
            )
            receipt = self.send("settle", self.keys.admin, instruction)
            paid += [(owner, event) for event in self.events(receipt, PositionSettled)]
        return paid

    def sync(self, market: int) -> Synced:
        """Share out the fees, and let the vault have what the pool needs no more."""
        address = self.session.deployment.market(market)
        instruction = self.session.instructions.sync_market(market_address=address, verse_id=ROOT_VERSE)
        receipt = self.send("sync", self.keys.admin, instruction)
        fees = self.events(receipt, FeesSynced)
        return Synced(
            fees=sum(one.vault + one.stakers + one.treasury + one.insurance for one in fees),
            vaults_part=sum(one.vault for one in fees),
            sets=sum(one.sets for one in self.events(receipt, SetsRedeemed)),
        )

    def events(self, receipt: Receipt, kind: type[Event]) -> list[Event]:
        """The events of a kind in a transaction."""
        return [event for event in self.session.events(receipt) if isinstance(event, kind)]


__all__ = ["SUBSIDY", "ConservationError", "Stage", "Step"]
