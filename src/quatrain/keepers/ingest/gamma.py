"""Polymarket's Gamma records as they really come.

Quirks this module knows: `outcomes`, `outcomePrices` and `clobTokenIds` are JSON inside a string, sometimes a plain
list, sometimes null; numbers arrive as numbers or as text; ids are text; dates have several spellings or are null;
booleans may be text; a market names its event in `events[0]`, an event holds its markets in `markets`; a leg of a
neg-risk group carries `negRiskMarketID`, and `groupItemTitle` says which answer it stands for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final, cast

from attrs import frozen

_TRUE: Final = {"true", "1", "yes"}


class RecordError(ValueError):
    """A record that cannot be read, and why."""


@frozen
class GammaMarket:
    """One question of the dump, decoded; `prices` is empty when the record has none."""

    condition_id: str
    question: str
    rules: str
    outcomes: tuple[str, ...]
    prices: tuple[Fraction, ...]
    ends_at: int | None
    active: bool
    closed: bool
    archived: bool
    group: str
    """Identity of its neg-risk group, empty outside of one."""
    group_title: str
    """The answer that it stands for in its group."""
    event_title: str

    @property
    def yes(self) -> Fraction | None:
        """The price of the first outcome, which in a group is Yes."""
        return self.prices[0] if self.prices else None


def read_market(record: Mapping[str, Any], event: Mapping[str, Any] | None = None) -> GammaMarket:
    """Decode a `/markets` record, or a nested one with the `event` that holds it; RecordError says what is wrong."""
    parent = event if event is not None else _first_event(record)
    outcomes = tuple(str(name).strip() for name in _list(record, "outcomes"))
    prices = tuple(_price(value) for value in _list(record, "outcomePrices"))
    if prices and len(prices) != len(outcomes):
        raise RecordError(f"{len(prices)} prices for {len(outcomes)} outcomes")
    question = _text(record, "question") or _text(record, "title")
    if not question:
        raise RecordError("no question")
    return GammaMarket(
        condition_id=_identity(record),
        question=question,
        rules=_text(record, "description"),
        outcomes=outcomes,
        prices=prices,
        ends_at=_time(record) if _time(record) is not None else _time(parent),
        active=_flag(record, "active", default=True),
        closed=_flag(record, "closed") or _flag(parent, "closed"),
        archived=_flag(record, "archived") or _flag(parent, "archived"),
        group=_group(record, parent),
        group_title=_text(record, "groupItemTitle"),
        event_title=_text(parent, "title"),
    )


def _identity(record: Mapping[str, Any]) -> str:
    identity = _text(record, "conditionId") or _text(record, "id")
    if not identity:
        raise RecordError("neither conditionId nor id")
    return identity.lower()


def _group(record: Mapping[str, Any], parent: Mapping[str, Any]) -> str:
    """The neg-risk group's id; of an event that only says it is neg-risk, the event's id."""
    if not (_flag(record, "negRisk") or _flag(parent, "negRisk") or _flag(parent, "enableNegRisk")):
        return ""
    own = _text(record, "negRiskMarketID") or _text(parent, "negRiskMarketID")
    event_id = _text(parent, "id")
    return own.lower() or (f"event:{event_id}" if event_id else "")


def _first_event(record: Mapping[str, Any]) -> Mapping[str, Any]:
    events = record.get("events")
    if isinstance(events, Sequence) and events and isinstance(events[0], Mapping):
        return cast("Mapping[str, Any]", events[0])
    return {}


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return "" if value is None else str(value).strip()


def _flag(record: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
    value = record.get(name)
    if value is None or value == "":
        return default
    return value if isinstance(value, bool) else str(value).strip().lower() in _TRUE


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    """A list, or JSON text of one; null and '' are an empty one."""
    value = record.get(name)
    if value is None or value == "":
        return []
    if isinstance(value, str):
        try:
            value = json.loads(value, parse_float=Decimal)
        except json.JSONDecodeError as error:
            raise RecordError(f"{name} is no JSON: {error.msg}") from error
    if value is None:
        return []
    if not isinstance(value, list):
        raise RecordError(f"{name} is no list")
    return cast("list[Any]", value)


def _price(value: Any) -> Fraction:
    if value is None or value == "":
        return Fraction(0)
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise RecordError(f"the price {value!r} is no number") from error
    if not number.is_finite() or not 0 <= number <= 1:
        raise RecordError(f"the price {value} is not between 0 and 1")
    return Fraction(number)


def _time(record: Mapping[str, Any]) -> int | None:
    """The end as a unix second: `endDate`, else the day in `endDateIso`; None where the record has none."""
    text = _text(record, "endDate") or _text(record, "endDateIso")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RecordError(f"the end date {text!r} is no date") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


__all__ = ["GammaMarket", "RecordError", "read_market"]
