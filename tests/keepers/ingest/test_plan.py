"""Every record becomes part of a market or is counted with the reason why not."""

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from quatrain.keepers.ingest.plan import Plan, Rules, Skip, plan_markets
from quatrain.keepers.ingest.priors import PRICE_ONE
from quatrain.program.state import Maker
from tests.keepers.ingest.records import LATER_UNIX, NOW, binary, event, leg

RULES = Rules(NOW)


def planned(*records: dict[str, Any], rules: Rules = RULES) -> Plan:
    """The plan of these records, every one accounted for."""
    plan = plan_markets(records, rules)
    assert sum(one.records for one in plan.markets) + plan.skipped.total() == plan.records
    return plan


def test_a_binary_question_becomes_a_market() -> None:
    """Two outcomes at the quoted prices, closing when the question ends, with its condition as source."""
    (market,) = planned(binary(7, "0.25")).markets

    assert market.question.title == "Question 7?"
    assert market.question.outcomes == ("Yes", "No")
    assert market.question.source == f"polymarket:0x{7:064x}"
    assert market.prices == (250_000_000, 750_000_000)
    assert market.closes_at == LATER_UNIX


def test_an_old_question_keeps_its_outcomes() -> None:
    """One record with several outcomes becomes one market of as many."""
    record = binary(outcomes='["A", "B", "C"]', outcomePrices='["0.2", "0.3", "0.5"]')
    (market,) = planned(record).markets

    assert market.prices == (200_000_000, 300_000_000, 500_000_000)


def test_a_neg_risk_group_becomes_one_market() -> None:
    """Its open legs are the outcomes, their Yes prices scaled to one; what is closed or waits is left out."""
    whole = event([
        leg(1, "0.5"), leg(2, "0.3"), leg(3, "0.25"), leg(4, "0", closed=True),
        leg(5, "0.1", active=False, outcomePrices=None),
    ])  # fmt: skip
    plan = planned(whole)

    (market,) = plan.markets
    assert market.question.title == "An event"
    assert market.question.outcomes == ("Answer 1", "Answer 2", "Answer 3")
    assert market.question.source == "polymarket:0xgroup"
    assert market.prices == (476_190_476, 285_714_286, 238_095_238)
    assert plan.skipped == {Skip.CLOSED: 1, Skip.INACTIVE: 1}


def test_legs_are_gathered_over_a_whole_dump() -> None:
    """A group's legs may stand anywhere among the records, in the order of which they stay."""
    plan = planned(leg(1, "0.6"), binary(9), leg(2, "0.4"))

    assert [one.question.outcomes for one in plan.markets] == [("Answer 1", "Answer 2"), ("Yes", "No")]


def test_part_of_a_group_stays_apart() -> None:
    """Where the Yes prices show that legs are missing, each leg is a question of its own."""
    plan = planned(leg(1, "0.3"), leg(2, "0.2"))

    assert [one.question.outcomes for one in plan.markets] == [("Yes", "No"), ("Yes", "No")]
    assert all(one.partial_group for one in plan.markets)
    assert len(planned(leg(1, "0.95")).markets) == 1


def test_a_decided_group_is_left_out() -> None:
    """When a leg has closed at Yes, the others cannot come true."""
    plan = planned(leg(1, "1", closed=True), leg(2, "0.5"), leg(3, "0.5"))

    assert plan.markets == []
    assert plan.skipped == {Skip.DECIDED: 3}


def test_64_outcomes_are_the_most() -> None:
    """A group of 64 is a market; one of 65 is refused by name."""
    assert len(planned(*(leg(n, "0.0156") for n in range(1, 65))).markets[0].prices) == 64

    plan = planned(event([leg(n, "0.0154") for n in range(1, 66)]))
    assert plan.markets == []
    assert plan.skipped == {Skip.MANY_OUTCOMES: 65}
    assert plan.refused_groups == [("An event", 65)]

    names = ", ".join(f'"{n}"' for n in range(65))
    plan = planned(binary(outcomes=f"[{names}]", outcomePrices=str([0.01] * 65)))
    assert plan.skipped == {Skip.MANY_OUTCOMES: 1}


def test_other_events_are_taken_apart() -> None:
    """Legs of an event that is not neg-risk need not exclude each other."""
    plan = planned(event([binary(1, "0.9"), binary(2, "0.8")]))

    assert [one.prices[0] for one in plan.markets] == [900_000_000, 800_000_000]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"closed": True}, Skip.CLOSED),
        ({"archived": "true"}, Skip.ARCHIVED),
        ({"active": False}, Skip.INACTIVE),
        ({"outcomePrices": None}, Skip.NO_PRICES),
        ({"outcomePrices": '["0", "0"]'}, Skip.NO_PRICES),
        ({"outcomes": '["Yes"]', "outcomePrices": '["1"]'}, Skip.FEW_OUTCOMES),
        ({"endDate": "2020-01-01T00:00:00Z"}, Skip.ENDED),
        ({"endDate": None}, Skip.UNDATED),
        ({"outcomes": "oops"}, Skip.UNREADABLE),
    ],
)
def test_what_is_left_out_is_counted(changes: dict[str, Any], reason: Skip) -> None:
    """By reason; what could not be read also by name."""
    plan = planned(binary(1), binary(2, **changes))

    assert len(plan.markets) == 1
    assert plan.skipped == {reason: 1}
    assert bool(plan.unreadable) == (reason is Skip.UNREADABLE)


def test_a_question_counts_once() -> None:
    """The same condition again, in whatever case, is a duplicate."""
    again = binary(1, conditionId=f"0X{1:064X}")

    plan = planned(binary(1), again, event([binary(1)]))

    assert len(plan.markets) == 1
    assert plan.skipped == {Skip.DUPLICATE: 2}


@pytest.mark.parametrize(
    ("records", "maker"),
    [
        ([binary(1)], Maker.LMSR),
        ([binary(1, outcomes='["no", " YES "]')], Maker.LMSR),
        ([binary(1, outcomes='["Herons", "Gulls"]')], Maker.PM_AMM),
        ([binary(1, outcomes='["Herons", "Gulls"]', endDate=None)], Maker.LMSR),
        ([leg(1, "0.5"), leg(2, "0.3"), leg(3, "0.2")], Maker.PM_AMM),
        ([leg(1, "0.5", endDate=None), leg(2, "0.5", endDate=None)], Maker.LMSR),
    ],
)
def test_alternatives_with_an_end_get_a_pm_amm(records: list[dict[str, Any]], maker: Maker) -> None:
    """Yes/no questions, and what has no end date of its own, an LMSR; so does everything when that is asked for."""
    (market,) = planned(*records, rules=Rules(NOW, closes_after=600)).markets
    (other,) = planned(*records, rules=Rules(NOW, closes_after=600, lmsr_only=True)).markets

    assert market.maker == maker
    assert other == evolve(market, maker=Maker.LMSR)


def test_late_questions_can_be_kept() -> None:
    """With a span, what has no future end closes after it; what has one keeps it."""
    rules = Rules(NOW, closes_after=600)
    plan = planned(binary(1, endDate=None), binary(2, endDate="2020-01-01"), binary(3), rules=rules)

    assert [one.closes_at for one in plan.markets] == [NOW + 600, NOW + 600, LATER_UNIX]


def test_the_last_end_of_a_group_counts() -> None:
    """It trades as long as any of its legs would."""
    (market,) = planned(leg(1, "0.5", endDate="2031-01-01T00:00:00Z"), leg(2, "0.5")).markets

    assert market.closes_at == LATER_UNIX


def test_the_minimum_is_a_rule() -> None:
    """No outcome opens below it."""
    (market,) = planned(binary(1, "0"), rules=Rules(NOW, 5_000_000)).markets

    assert market.prices == (5_000_000, 995_000_000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
FIELDS = [
    "conditionId",
    "outcomes",
    "outcomePrices",
    "endDate",
    "closed",
    "events",
    "markets",
    "negRisk",
    "question",
    "negRiskMarketID",
]


@given(st.lists(st.tuples(st.integers(1, 5), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3)), max_size=6))
def test_no_record_stops_an_import(bent: list[tuple[int, dict[str, Any]]]) -> None:
    """Whatever stands in a field, each record is planned or counted, and every planned market can be created."""
    plan = planned(*(leg(number, "0.5", **changes) for number, changes in bent))

    for market in plan.markets:
        assert sum(market.prices) == PRICE_ONE
        assert 2 <= len(market.prices) == len(market.question.outcomes) <= 64
        assert market.closes_at > NOW
