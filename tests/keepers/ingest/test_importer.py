"""Planned markets are created once, with their questions kept and proved."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from quatrain.client.books import read_books
from quatrain.client.errors import StoreDamagedError, UsageError
from quatrain.client.quotes import prices
from quatrain.cluster.builds import compile_program
from quatrain.cluster.local import ROOT_VERSE, Keys, open_in_memory, prepare
from quatrain.cluster.session import Session
from quatrain.keepers.ingest.catalogue import FILE_NAME, Catalogue
from quatrain.keepers.ingest.importer import Funding, import_markets, market_rent, without_existing
from quatrain.keepers.ingest.plan import Planned, Rules, plan_markets
from quatrain.keepers.ingest.question import Question, parse_document
from quatrain.program.decay import liquidity_at
from quatrain.program.state import PRICE_ONE, Maker
from tests.keepers.ingest.records import LATER_UNIX, NOW, binary, event, leg

USDC = 1_000_000
FUNDING = Funding(subsidy=100 * USDC)
TEXT = st.text(max_size=40)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Admin, faucet and mint."""
    return Keys(tmp_path / "keys")


@pytest.fixture
def session(keys: Keys) -> Iterator[Session]:
    """The protocol in memory, its vault funded."""
    chain = open_in_memory(compile_program(), start=NOW)
    yield prepare(chain, keys, lambda _text: None)
    chain.close()


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue."""
    catalogue = Catalogue(tmp_path)
    yield catalogue
    catalogue.close()


def plan(*records: object) -> list[Planned]:
    """The markets of these records."""
    return plan_markets(records, Rules(NOW)).markets  # type: ignore[arg-type]


def test_markets_are_created_as_planned(session: Session, keys: Keys, catalogue: Catalogue) -> None:
    """Prices, end, question and subsidy are those planned; rent is what the accounts hold; the books balance."""
    group = event([leg(n, "0.05") for n in range(10, 30)])
    wanted = plan(binary(1, "0.25"), group)

    report = import_markets(session, catalogue, keys.admin, wanted, funding=FUNDING, verse_id=ROOT_VERSE)

    markets = session.markets()
    assert report.created == [one.state.id for one in markets] == [1, 2]
    for found, one in zip(markets, wanted, strict=True):
        assert all(abs(price - prior) <= 1 for price, prior in zip(prices(found.state), one.prices, strict=True))
        assert found.state.closes_at == one.closes_at
        assert catalogue.find(found.state.question) == one.question
    assert report.rent_lamports == sum(found.lamports for found in markets)
    assert report.rent_lamports == market_rent(session, 2) + market_rent(session, 20)
    assert report.subsidy == sum(found.state.subsidy for found in markets) == session.protocol().subsidies_out
    assert all(found.state.subsidy <= 100 * USDC for found in markets)
    assert read_books(session.chain, session.deployment).balanced


def test_alternatives_are_created_with_an_expiry(session: Session, keys: Keys, catalogue: Catalogue) -> None:
    """A pm-AMM of the prices planned, which has a tenth of its liquidity when it closes, and an LMSR for yes and no."""
    wanted = plan(event([leg(1, "0.5"), leg(2, "0.3"), leg(3, "0.2")]), binary(9))

    report = import_markets(session, catalogue, keys.admin, wanted, funding=FUNDING, verse_id=ROOT_VERSE)

    states = [found.state for found in session.markets()]
    assert report.makers == {Maker.PM_AMM: 1, Maker.LMSR: 1}
    assert sorted(one.maker for one in states) == [Maker.LMSR, Maker.PM_AMM]
    (decaying,) = (one for one in states if one.maker == Maker.PM_AMM)
    assert (decaying.closes_at, decaying.outcome_count) == (LATER_UNIX, 3)
    left = liquidity_at(decaying.opening_liquidity, decaying.opens_at, decaying.expires_at, decaying.closes_at)
    assert left * 10 == pytest.approx(decaying.opening_liquidity, rel=1e-3)


def test_prices_that_have_no_reserves_are_reported(session: Session, keys: Keys, catalogue: Catalogue) -> None:
    """Such a market is refused by name, and the others are created."""
    halves = [max(PRICE_ONE >> i, 1) for i in range(1, 40)]
    group = event([leg(n, "0.025") for n in range(1, 41)])
    hopeless = evolve(plan(group)[0], prices=(*halves, PRICE_ONE - sum(halves)))

    report = import_markets(
        session, catalogue, keys.admin, [hopeless, *plan(binary(90))], funding=Funding(liquidity=100 * USDC),
        verse_id=ROOT_VERSE,
    )  # fmt: skip

    assert [error.code for _, error in report.failed] == ["prices_unreachable"]
    assert len(report.created) == len(session.markets()) == 1


def test_an_import_can_be_repeated(session: Session, keys: Keys, catalogue: Catalogue) -> None:
    """What has a market is left alone, also when its source has changed its wording or its price."""
    first = import_markets(session, catalogue, keys.admin, plan(binary(1)), funding=FUNDING, verse_id=ROOT_VERSE)
    again = plan(binary(1, "0.9", description="Reworded."), binary(2))

    second = import_markets(session, catalogue, keys.admin, again, funding=FUNDING, verse_id=ROOT_VERSE)

    assert (first.created, second.created, second.existing) == ([1], [2], 1)
    assert without_existing(session, catalogue, again) == []


def test_a_lost_catalogue_makes_no_doubles(session: Session, keys: Keys, tmp_path: Path) -> None:
    """The chain itself knows the digest of every question."""
    first, second = Catalogue(tmp_path / "a"), Catalogue(tmp_path / "b")
    import_markets(session, first, keys.admin, plan(binary(1)), funding=FUNDING, verse_id=ROOT_VERSE)

    report = import_markets(session, second, keys.admin, plan(binary(1)), funding=FUNDING, verse_id=ROOT_VERSE)

    assert (report.created, report.existing) == ([], 1)
    first.close()
    second.close()


def test_one_refusal_does_not_stop_the_rest(session: Session, keys: Keys, catalogue: Catalogue) -> None:
    """Beyond what the vault may risk the chain refuses, and the report says so for each."""
    generous = Funding(subsidy=450_000 * USDC)

    report = import_markets(
        session, catalogue, keys.admin, plan(*(binary(n) for n in range(1, 8))), funding=generous, verse_id=ROOT_VERSE
    )

    assert len(report.created) == 4
    assert [error.code for _, error in report.failed] == ["subsidy_above_total_cap"] * 3
    assert session.protocol().subsidies_out == report.subsidy


def test_many_are_created_in_batches(session: Session, keys: Keys, catalogue: Catalogue) -> None:
    """A batch is a block, and progress is told after each."""
    told: list[int] = []
    before = session.chain.clock().slot

    import_markets(
        session, catalogue, keys.admin, plan(*(binary(n) for n in range(1, 71))),
        funding=FUNDING, verse_id=ROOT_VERSE, progress=told.append,
    )  # fmt: skip

    assert told == [0, 32, 32, 6]
    assert session.chain.clock().slot == before + 3
    assert len(session.markets()) == 70


def test_depth_is_given_in_one_way() -> None:
    """Liquidity or subsidy, not both, and never below the smallest market."""
    assert Funding(liquidity=5 * USDC).scale(Maker.LMSR, [1, 2]) == 5 * USDC
    with pytest.raises(UsageError):
        Funding()
    with pytest.raises(UsageError):
        Funding(liquidity=1, subsidy=1)
    with pytest.raises(UsageError) as caught:
        Funding(subsidy=USDC).scale(Maker.LMSR, [1_000_000, 999_000_000])
    assert caught.value.code == "liquidity_out_of_range"


@given(title=TEXT, outcomes=st.lists(TEXT, min_size=2, max_size=5), rules=TEXT, source=TEXT)
def test_questions_survive_their_document(title: str, outcomes: list[str], rules: str, source: str) -> None:
    """Whatever the text, and the digest changes with any part of it."""
    question = Question(title, outcomes, rules, source)

    assert parse_document(question.document()) == question
    assert Question(title + "x", outcomes, rules, source).digest != question.digest
    assert Question(title, [*outcomes, ""], rules, source).digest != question.digest


def test_a_forged_question_is_noticed(tmp_path: Path) -> None:
    """What does not hash to its digest is not shown."""
    question = Question("True?", ("Yes", "No"))
    catalogue = Catalogue(tmp_path)
    catalogue.put([question])
    catalogue.put([question])
    assert catalogue.find(question.digest) == question
    assert catalogue.find(bytes(32)) is None
    catalogue.close()
    forger = apsw.Connection(str(tmp_path / FILE_NAME))
    forger.execute("UPDATE questions SET document = replace(document, 'True', 'False')")
    forger.close()
    catalogue = Catalogue(tmp_path)

    with pytest.raises(StoreDamagedError):
        catalogue.find(question.digest)

    catalogue.close()
