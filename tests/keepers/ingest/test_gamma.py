"""Records are decoded as they really come, or refused with the reason."""

from fractions import Fraction
from typing import Any

import pytest

from quatrain.keepers.ingest.gamma import RecordError, read_market
from tests.keepers.ingest.records import LATER_UNIX, binary, event, leg


@pytest.mark.parametrize(
    "prices",
    ['["0.25", "0.75"]', "[0.25, 0.75]", ["0.25", "0.75"], [0.25, 0.75], '["0.25", 0.75]'],
)
def test_prices_come_in_many_forms(prices: Any) -> None:
    """JSON in a string or a list, of texts or numbers."""
    assert read_market(binary(outcomePrices=prices)).prices == (Fraction(1, 4), Fraction(3, 4))


@pytest.mark.parametrize("prices", [None, "", "[]", "null", []])
def test_prices_may_be_missing(prices: Any) -> None:
    """Null, empty text and an empty list are no prices."""
    assert read_market(binary(outcomePrices=prices)).prices == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        ("true", True),
        ("TRUE", True),
        (1, True),
        (False, False),
        ("false", False),
        (None, False),
        ("", False),
    ],
)
def test_flags_come_in_many_forms(value: Any, expected: bool) -> None:
    """Booleans, their names, numbers and nulls."""
    assert read_market(binary(closed=value)).closed is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, LATER_UNIX),
        ({"endDate": "2031-06-30T12:00:00.000000Z"}, LATER_UNIX),
        ({"endDate": "2031-06-30 12:00:00+00"}, LATER_UNIX),
        ({"endDate": "2031-06-30T14:00:00+02:00"}, LATER_UNIX),
        ({"endDate": "2031-06-30T12:00:00"}, LATER_UNIX),
        ({"endDate": None, "endDateIso": "2031-06-30"}, LATER_UNIX - 43_200),
        ({"endDate": None}, None),
    ],
)
def test_dates_come_in_many_forms(changes: dict[str, Any], expected: int | None) -> None:
    """With and without zone and fraction, or as a day; without a zone it is UTC."""
    assert read_market(binary(**changes)).ends_at == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outcomes": "['Yes', 'No']"}, "outcomes is no JSON"),
        ({"outcomes": '{"a": 1}'}, "outcomes is no list"),
        ({"outcomePrices": '["0.5"]'}, "1 prices for 2 outcomes"),
        ({"outcomePrices": '["a", "b"]'}, "is no number"),
        ({"outcomePrices": '["1.5", "0"]'}, "between 0 and 1"),
        ({"outcomePrices": '["-0.1", "1"]'}, "between 0 and 1"),
        ({"outcomePrices": '["NaN", "1"]'}, "between 0 and 1"),
        ({"question": None}, "no question"),
        ({"conditionId": None, "id": None}, "neither conditionId nor id"),
        ({"endDate": "soon"}, "no date"),
    ],
)
def test_what_cannot_be_read_says_why(changes: dict[str, Any], message: str) -> None:
    """The field and what is wrong with it."""
    with pytest.raises(RecordError, match=message):
        read_market(binary(**changes))


def test_an_event_lends_what_its_market_lacks() -> None:
    """End, title, group and closing come from the event that holds the market, or that it names."""
    record = leg(1, "0.5", negRiskMarketID=None, endDate=None)
    whole = event([record], negRisk=True, negRiskMarketID="0xABC", closed=True)

    nested = read_market(record, whole)
    naming = read_market(record | {"events": [whole]})

    assert nested == naming
    assert (nested.group, nested.event_title, nested.ends_at, nested.closed) == ("0xabc", "An event", LATER_UNIX, True)


def test_a_group_without_an_id_is_its_events() -> None:
    """An event that only says it is neg-risk still holds its markets together."""
    record = binary(negRisk=None)

    assert read_market(record, event([record], enableNegRisk=True)).group == "event:77"
    assert read_market(record, event([record])).group == ""
    assert read_market(record | {"events": []}).group == ""
