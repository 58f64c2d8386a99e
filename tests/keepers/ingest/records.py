"""Records in the shape of Gamma's, to be bent by tests."""

import json
from typing import Any

NOW = 1_900_000_000
LATER = "2031-06-30T12:00:00Z"
LATER_UNIX = 1_940_587_200


def binary(number: int = 1, yes: str | float = "0.25", **changes: Any) -> dict[str, Any]:
    """A yes-or-no question."""
    record = {
        "id": str(number),
        "conditionId": f"0x{number:064x}",
        "question": f"Question {number}?",
        "description": "How it is decided.",
        "slug": f"question-{number}",
        "outcomes": '["Yes", "No"]',
        "outcomePrices": json.dumps([str(yes), str(round(1 - float(yes), 6))]),
        "clobTokenIds": json.dumps([str(10**70 + number), str(10**71 + number)]),
        "active": True,
        "closed": False,
        "archived": False,
        "negRisk": False,
        "endDate": LATER,
        "volume": "12.5",
    }
    return record | changes


def leg(number: int, yes: str | float, group: str = "0xgroup", **changes: Any) -> dict[str, Any]:
    """One answer of a neg-risk group."""
    fields = {"negRisk": True, "negRiskMarketID": group, "groupItemTitle": f"Answer {number}"}
    return binary(number, yes, **(fields | changes))


def event(markets: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """An event that holds its markets."""
    record = {
        "id": "77",
        "title": "An event",
        "slug": "an-event",
        "closed": False,
        "endDate": LATER,
        "markets": markets,
    }
    return record | changes
