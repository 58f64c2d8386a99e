"""Which markets a dump becomes, and what is left out for which reason.

A binary question becomes a market of two outcomes, an old multi-outcome one a market of its outcomes. The open legs of
a neg-risk group exclude each other and one of them must come true: they become one market, each leg an outcome at its
Yes price. Where the dump holds only part of a group, which shows in Yes prices far below one, each leg becomes a
market of its own, for each is a question of its own. Questions of one event that are not neg-risk stay apart: their
prices need not add up to anything.

The makers are those of the program's rule: alternatives with an end date get a pm-AMM, which expires some time after it;
yes/no questions, and those without an end date, an LMSR.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, cast

from attrs import define, field, frozen

from quatrain.client.schedule import maker_by_rule
from quatrain.keepers.ingest.gamma import GammaMarket, RecordError, read_market
from quatrain.keepers.ingest.priors import MINIMUM_PRIOR, normalise
from quatrain.keepers.ingest.question import Question
from quatrain.program.state import Maker

OUTCOMES_MAXIMUM: Final = 64
COMPLETE_GROUP: Final = Fraction(9, 10)
"""A group whose open legs' Yes prices sum to less than this is not all there."""


class Skip(StrEnum):
    """Why a record does not become a market."""

    CLOSED = "closed already"
    ARCHIVED = "archived"
    INACTIVE = "not active"
    ENDED = "its end date has passed"
    UNDATED = "it has no end date"
    NO_PRICES = "it has no prices"
    FEW_OUTCOMES = "fewer than two outcomes"
    MANY_OUTCOMES = "more than 64 outcomes"
    DECIDED = "its group is decided"
    DUPLICATE = "the same question again"
    UNREADABLE = "cannot be read"


@frozen
class Planned:
    """A market to create: what it asks, its opening prices, when it closes, and how many records it stands for."""

    question: Question
    prices: tuple[int, ...]
    closes_at: int
    maker: Maker = Maker.LMSR
    records: int = 1
    partial_group: bool = False


@define
class Plan:
    """The outcome of judging a dump."""

    markets: list[Planned] = field(factory=list[Planned])
    skipped: Counter[Skip] = field(factory=Counter[Skip])
    unreadable: list[tuple[str, str]] = field(factory=list[tuple[str, str]])
    """Record and reason of what could not be read."""
    refused_groups: list[tuple[str, int]] = field(factory=list[tuple[str, int]])
    """Groups with too many outcomes: title and number."""
    records: int = 0


@frozen
class Rules:
    """How to plan: the time now, the lowest opening price, and when what has no future end date closes."""

    now: int
    minimum_prior: int = MINIMUM_PRIOR
    closes_after: int | None = None
    """Seconds from now for questions without an end date or whose end has passed; None leaves them out."""
    lmsr_only: bool = False
    """Give every market an LMSR, whatever the rule says."""


def plan_markets(records: Iterable[Mapping[str, Any]], rules: Rules) -> Plan:
    """Judge every record."""
    plan = Plan()
    groups: dict[str, list[GammaMarket]] = {}
    seen: set[str] = set()
    for market in _read_all(records, plan):
        if market.condition_id in seen:
            plan.skipped[Skip.DUPLICATE] += 1
            continue
        seen.add(market.condition_id)
        groups.setdefault(market.group or market.condition_id, []).append(market)
    for identity, legs in groups.items():
        if legs[0].group:
            _plan_group(identity, legs, rules, plan)
        else:
            _plan_single(legs[0], rules, plan)
    return plan


def _read_all(records: Iterable[Mapping[str, Any]], plan: Plan) -> Iterable[GammaMarket]:
    for record in records:
        nested = record.get("markets")
        is_event = isinstance(nested, list)
        for one in cast("list[Any]", nested) if is_event else [record]:
            plan.records += 1
            try:
                if not isinstance(one, Mapping):
                    raise RecordError("no object")
                yield read_market(cast("Mapping[str, Any]", one), record if is_event else None)
            except RecordError as error:
                plan.skipped[Skip.UNREADABLE] += 1
                name = str(one.get("slug") or one.get("id") or "?") if isinstance(one, Mapping) else "?"  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
                plan.unreadable.append((name, str(error)))


def _obstacle(market: GammaMarket, rules: Rules) -> Skip | None:
    """Why this question cannot open, if it cannot."""
    if market.closed:
        return Skip.CLOSED
    if market.archived:
        return Skip.ARCHIVED
    if not market.active:
        return Skip.INACTIVE
    if not market.prices or not any(market.prices):
        return Skip.NO_PRICES
    if len(market.outcomes) < 2:
        return Skip.FEW_OUTCOMES
    if len(market.outcomes) > OUTCOMES_MAXIMUM:
        return Skip.MANY_OUTCOMES
    return _late(market.ends_at, rules)


def _late(ends_at: int | None, rules: Rules) -> Skip | None:
    if rules.closes_after is not None:
        return None
    if ends_at is None:
        return Skip.UNDATED
    return Skip.ENDED if ends_at <= rules.now else None


def _closing(ends_at: int | None, rules: Rules) -> int:
    if ends_at is not None and ends_at > rules.now:
        return ends_at
    assert rules.closes_after is not None
    return rules.now + rules.closes_after


def _planned(question: Question, prices: list[int], ends_at: int | None, rules: Rules, **rest: Any) -> Planned:
    """The market with its end, and the maker that it gets by the rule."""
    closes_at = _closing(ends_at, rules)
    expires_at = closes_at if closes_at == ends_at else 0
    by_rule = maker_by_rule(len(prices), proposition=question.is_proposition, expires_at=expires_at)
    return Planned(question, tuple(prices), closes_at, Maker.LMSR if rules.lmsr_only else by_rule, **rest)


def _plan_single(market: GammaMarket, rules: Rules, plan: Plan, *, partial_group: bool = False) -> None:
    obstacle = _obstacle(market, rules)
    if obstacle is not None:
        plan.skipped[obstacle] += 1
        return
    question = Question(market.question, market.outcomes, market.rules, f"polymarket:{market.condition_id}")
    prices = normalise(market.prices, rules.minimum_prior)
    plan.markets.append(_planned(question, prices, market.ends_at, rules, partial_group=partial_group))


def _plan_group(identity: str, legs: list[GammaMarket], rules: Rules, plan: Plan) -> None:
    if any(leg.closed and leg.yes is not None and leg.yes > Fraction(1, 2) for leg in legs):
        plan.skipped[Skip.DECIDED] += len(legs)
        return
    live: list[GammaMarket] = []
    for leg in legs:
        obstacle = _obstacle(leg, rules)
        if obstacle is None:
            live.append(leg)
        else:
            plan.skipped[obstacle] += 1
    total = sum((leg.yes or Fraction(0) for leg in live), Fraction(0))
    if len(live) < 2 or total < COMPLETE_GROUP:
        for leg in live:
            _plan_single(leg, rules, plan, partial_group=True)
    elif len(live) > OUTCOMES_MAXIMUM:
        plan.skipped[Skip.MANY_OUTCOMES] += len(live)
        plan.refused_groups.append((_group_title(live), len(live)))
    else:
        plan.markets.append(_grouped(identity, live, rules))


def _grouped(identity: str, legs: list[GammaMarket], rules: Rules) -> Planned:
    titles = tuple(leg.group_title or leg.question for leg in legs)
    rules_text = "\n\n".join(f"{title}: {leg.question}\n{leg.rules}" for title, leg in zip(titles, legs, strict=True))
    ends = [leg.ends_at for leg in legs if leg.ends_at is not None]
    question = Question(_group_title(legs), titles, rules_text, f"polymarket:{identity}")
    prices = normalise([leg.yes or Fraction(0) for leg in legs], rules.minimum_prior)
    return _planned(question, prices, max(ends, default=None), rules, records=len(legs))


def _group_title(legs: list[GammaMarket]) -> str:
    return next((leg.event_title for leg in legs if leg.event_title), legs[0].question)


__all__ = ["COMPLETE_GROUP", "OUTCOMES_MAXIMUM", "Plan", "Planned", "Rules", "Skip", "plan_markets"]
