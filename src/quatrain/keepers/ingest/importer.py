"""Creates the markets of a plan, each once: a question that has a market already is left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from attrs import define, field, frozen
from solders.keypair import Keypair

from quatrain.client.accounts import declaration_of
from quatrain.client.errors import QuatrainError, TransactionError, UsageError
from quatrain.client.openings import Opening, liquidity_for_subsidy
from quatrain.client.schedule import usual_expiry
from quatrain.cluster.session import Session
from quatrain.keepers.ingest.catalogue import Catalogue
from quatrain.keepers.ingest.plan import Planned
from quatrain.program.parameters import LIQUIDITY_MINIMUM
from quatrain.program.state import Maker, Market

BATCH: Final = 32
Progress = Callable[[int], None]


@frozen
class Funding:
    """How deep each market is made: by its scale b or by the subsidy it may cost, µUSDC. One of the two is given."""

    liquidity: int | None = None
    subsidy: int | None = None

    def __attrs_post_init__(self) -> None:
        if (self.liquidity is None) == (self.subsidy is None):
            raise UsageError("give either a liquidity or a subsidy for each market")

    def scale(self, maker: int, prices: Sequence[int]) -> int:
        """The depth of a market that opens at these prices: b of an LMSR, L of a pm-AMM."""
        if self.liquidity is not None:
            return self.liquidity
        assert self.subsidy is not None
        scale = liquidity_for_subsidy(maker, prices, self.subsidy)
        if scale < LIQUIDITY_MINIMUM:
            raise UsageError(
                f"a subsidy of {self.subsidy} µUSDC makes a market below the smallest liquidity",
                code="liquidity_out_of_range",
                advice="Raise --subsidy.",
            )
        return scale


@define
class Report:
    """What an import did."""

    created: list[int] = field(factory=list[int])
    """Numbers of the new markets."""
    makers: Counter[Maker] = field(factory=Counter[Maker])
    """How many of the new markets have each maker."""
    existing: int = 0
    """Questions that had a market already."""
    subsidy: int = 0
    """What the vault gave to the new markets, µUSDC."""
    rent_lamports: int = 0
    """Rent of the new accounts; it comes back when they are pruned."""
    failed: list[tuple[str, QuatrainError]] = field(factory=list[tuple[str, QuatrainError]])
    """Questions whose market was refused, and why."""

    def count(self, opening: Opening, rent_lamports: int) -> None:
        """A new market."""
        self.makers[opening.maker] += 1
        self.subsidy += opening.subsidy
        self.rent_lamports += rent_lamports


def market_rent(session: Session, outcomes: int) -> int:
    """The rent of a market's account, lamports."""
    return session.chain.rent_minimum(declaration_of(Market).space(outcomes))


def without_existing(session: Session, catalogue: Catalogue, planned: Sequence[Planned]) -> list[Planned]:
    """Those whose question has no market yet, in any wording that its source ever had."""
    taken = {bytes(one.state.question) for one in session.markets()}
    return [
        one
        for one in planned
        if bytes(one.question.digest) not in taken and taken.isdisjoint(catalogue.digests_of(one.question.source))
    ]


def import_markets(
    session: Session,
    catalogue: Catalogue,
    admin: Keypair,
    planned: Sequence[Planned],
    *,
    funding: Funding,
    verse_id: int,
    progress: Progress = lambda _done: None,
) -> Report:
    """Create what is new, in batches; one refusal does not stop the rest."""
    fresh = without_existing(session, catalogue, planned)
    report = Report(existing=len(planned) - len(fresh))
    progress(report.existing)
    catalogue.put(one.question for one in fresh)
    next_id = session.protocol().next_market_id
    for start in range(0, len(fresh), BATCH):
        batch = fresh[start : start + BATCH]
        _create(session, admin, batch, next_id + start, funding, verse_id, report)
        progress(len(batch))
    return report


def _create(
    session: Session,
    admin: Keypair,
    batch: Sequence[Planned],
    first_id: int,
    funding: Funding,
    verse_id: int,
    report: Report,
) -> None:
    ready = list(opened(enumerate(batch, first_id), funding, report))
    now = session.chain.clock().unix_timestamp
    results = session.send_each(
        admin,
        [
            session.instructions.create_market(
                admin=admin.pubkey(),
                verse_id=verse_id,
                id=id,
                maker=opening.maker,
                liquidity=opening.liquidity,
                opens_at=now,
                closes_at=one.closes_at,
                expires_at=_expiry(opening, now, one.closes_at),
                question=one.question.digest,
                opening=opening.given,
            )
            for id, one, opening in ready
        ],
    )
    for (id, one, opening), result in zip(ready, results, strict=True):
        if isinstance(result, TransactionError):
            report.failed.append((one.question.title, result))
            continue
        report.created.append(id)
        report.count(opening, market_rent(session, len(one.prices)))


def opened(
    numbered: Iterable[tuple[int, Planned]], funding: Funding, report: Report
) -> Iterator[tuple[int, Planned, Opening]]:
    """Each with its opening; those that have none at this funding go to the report."""
    for id, one in numbered:
        try:
            yield id, one, Opening.at(one.maker, one.prices, funding.scale(one.maker, one.prices))
        except UsageError as error:
            report.failed.append((one.question.title, error))


def _expiry(opening: Opening, opens_at: int, closes_at: int) -> int:
    if opening.maker == Maker.LMSR:
        return 0
    return usual_expiry(opening.liquidity, opens_at, closes_at)


__all__ = ["Funding", "Report", "import_markets", "market_rent", "opened", "without_existing"]
