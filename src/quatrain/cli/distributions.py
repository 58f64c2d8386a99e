"""Markets of real numbers for people and for scripts: creating, showing, listing, claiming."""

from __future__ import annotations

from typing import Any

from quatrain.cli.markets_show import moment
from quatrain.cli.moments import parse_moment
from quatrain.cli.output import facts, table
from quatrain.cli.workspace import Workspace
from quatrain.client.accounts import Fetched
from quatrain.client.addresses import to_solders
from quatrain.client.amounts import SOL, USDC, Unit
from quatrain.client.distributions import claim_of, is_behind, norm_for, worth_of
from quatrain.core.distribution import deviation_minimum_ceil, peak_ceil
from quatrain.keepers.ingest.question import Question
from quatrain.program.distribution_events import DistributionClaimed
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.state import MarketStatus

NUMBER = Unit("the market's number", 6)
_NARROWER = 4
"""How much narrower than at its opening a market may become, when nothing is said."""


def parse_number(text: str) -> int:
    """A decimal with a sign or none, in millionths."""
    stripped = text.strip()
    return -NUMBER.parse(stripped[1:]) if stripped.startswith("-") else NUMBER.parse(stripped.removeprefix("+"))


def show_number(value: int) -> str:
    """An outcome, a mean or a deviation: exact, thousands separated."""
    return NUMBER.show(value, places=0)


def show_curve(mean: int, deviation: int) -> str:
    """A normal distribution as people write it."""
    return f"{show_number(mean)} ± {show_number(deviation)}"


def question_of(workspace: Workspace, market: DistributionMarket) -> Question:
    """What the market asks, its unit as the only outcome; by its digest where that is not known here."""
    found = workspace.catalogue.find(market.question)
    return found or Question(f"question {bytes(market.question).hex()[:12]}…", ("a number",))


# -- creation ------------------------------------------------------------------------------------------------------------


def create_distribution(
    workspace: Workspace,
    title: str,
    unit: str,
    rules: str,
    mean_text: str,
    deviation_text: str,
    narrowest_text: str | None,
    *,
    backing: str,
    closes: str,
    verse: int,
) -> None:
    """Create the market and show what it can lose."""
    session, signer = workspace.session, workspace.signer
    question = Question(title, (unit,), rules)
    mean, deviation, amount = parse_number(mean_text), NUMBER.parse(deviation_text), USDC.parse(backing)
    narrowest = NUMBER.parse(narrowest_text) if narrowest_text is not None else max(deviation // _NARROWER, NUMBER.one)
    now, id = session.chain.clock().unix_timestamp, session.protocol().next_market_id
    instruction = session.instructions.create_distribution(
        admin=signer.pubkey(), verse_id=verse, id=id, norm=norm_for(amount, narrowest), mean=mean, deviation=deviation,
        backing=amount, opens_at=now, closes_at=parse_moment(closes, now), question=question.digest,
    )  # fmt: skip
    workspace.catalogue.put([question])
    receipt = session.send(signer, instruction)
    found = session.distribution(id)
    record = distribution_record(workspace, found) | receipt.record
    workspace.output.result(
        record,
        f"Created market {id}: {title} ({show_curve(mean, deviation)} {unit})",
        f"  backed by {USDC.show(amount)} USDC of the vault's, which is all that it can lose here; "
        f"rent {SOL.show(found.lamports, places=4)} SOL",
    )


# -- showing -------------------------------------------------------------------------------------------------------------


def distribution_record(workspace: Workspace, found: Fetched[DistributionMarket]) -> dict[str, Any]:
    """A market for scripts: amounts and numbers as decimal text, times as unix seconds."""
    market, question = found.state, question_of(workspace, found.state)
    return {
        "market": market.id,
        "address": str(found.address),
        "question": question.title,
        "unit": question.outcomes[0],
        "status": status_of(market),
        "verse": market.verse,
        "opens_at": market.opens_at,
        "closes_at": market.closes_at,
        "mean": NUMBER.plain(market.mean),
        "deviation": NUMBER.plain(market.deviation),
        "opening_mean": NUMBER.plain(market.opening_mean),
        "opening_deviation": NUMBER.plain(market.opening_deviation),
        "narrowest_deviation": NUMBER.plain(narrowest_of(market)),
        "norm": NUMBER.plain(market.norm),
        "peak_usdc": USDC.plain(peak_ceil(market.norm, market.deviation)),
        "backing_usdc": USDC.plain(market.backing),
        "escrow_usdc": USDC.plain(market.escrow),
        "volume_usdc": USDC.plain(market.volume),
        "fees_due_usdc": USDC.plain(market.fees_due),
        "positions": market.positions,
        "rent_lamports": found.lamports,
        "outcome": None if market.status != MarketStatus.RESOLVED or market.void else NUMBER.plain(market.outcome),
        "void": bool(market.void),
    }


def status_of(market: DistributionMarket) -> str:
    """The market's status in lower case."""
    return MarketStatus(market.status).name.lower()


def narrowest_of(market: DistributionMarket) -> int:
    """The smallest deviation that the market may have, in millionths."""
    return max(deviation_minimum_ceil(market.norm, market.backing), NUMBER.one)


def show_distribution(workspace: Workspace, found: Fetched[DistributionMarket]) -> None:
    """Print everything about one market."""
    market, question = found.state, question_of(workspace, found.state)
    ended = [("outcome", "none: it is void" if market.void else show_number(market.outcome))]
    half = market.deviation * 1_644_854 // 1_000_000
    pairs = [
        ("status", status_of(market)),
        *(ended if market.status == MarketStatus.RESOLVED else []),
        ("opens", f"{moment(market.opens_at)} UTC"),
        ("closes", f"{moment(market.closes_at)} UTC"),
        ("distribution", f"{show_curve(market.mean, market.deviation)} {question.outcomes[0]}"),
        ("90 % between", f"{show_number(market.mean - half)} and {show_number(market.mean + half)}"),
        ("it opened at", show_curve(market.opening_mean, market.opening_deviation)),
        ("narrowest", f"a deviation of {show_number(narrowest_of(market))}"),
        ("backing", f"{USDC.show(market.backing)} USDC: the most that the vault can lose here"),
        ("peak", f"{USDC.show(peak_ceil(market.norm, market.deviation))} USDC of it are spoken for at the mean"),
        ("escrow", f"{USDC.show(market.escrow)} USDC"),
        ("volume", f"{USDC.show(market.volume)} USDC"),
        ("fees due", f"{USDC.show(market.fees_due)} USDC"),
        ("positions", str(market.positions)),
        ("rent", f"{SOL.show(found.lamports, places=4)} SOL, returned when it is pruned"),
        ("address", str(found.address)),
    ]
    workspace.output.result(distribution_record(workspace, found), facts(f"{market.id}  {question.title}", pairs))


def list_distributions(workspace: Workspace) -> None:
    """Print a table of markets."""
    found = workspace.session.distributions()
    records = [distribution_record(workspace, one) for one in found]
    if not records:
        workspace.output.result(
            [], "There are no markets of real numbers. Create one: quatrain distribution create --help"
        )
        return
    rows = [
        [
            str(one.state.id), record["question"], show_curve(one.state.mean, one.state.deviation), record["unit"],
            moment(one.state.closes_at), record["status"], USDC.show(one.state.volume),
        ]
        for one, record in zip(found, records, strict=True)
    ]  # fmt: skip
    columns = ("no.", "question", "mean ± deviation", "unit", "closes (UTC)", "status", "volume, USDC")
    workspace.output.result(records, table("", columns, rows, right=(0, 6)))


# -- positions -----------------------------------------------------------------------------------------------------------


def position_record(market: DistributionMarket, found: Fetched[DistributionPosition]) -> dict[str, Any]:
    """A position for scripts; an empty one has no curves."""
    position = found.state
    is_resolved = market.status == MarketStatus.RESOLVED
    worth = claim_of(market, position) if is_resolved else worth_of(market, position)
    return {
        "market": market.id,
        "number": position.number,
        "from_mean": NUMBER.plain(position.from_mean),
        "from_deviation": NUMBER.plain(position.from_deviation),
        "mean": NUMBER.plain(position.mean),
        "deviation": NUMBER.plain(position.deviation),
        "left_behind": not is_resolved and is_behind(market, position),
        "collateral_usdc": USDC.plain(position.collateral),
        "fees_usdc": USDC.plain(position.fees),
        "worth_usdc": USDC.plain(worth),
        "address": str(found.address),
    }


def list_positions(workspace: Workspace, trader: str | None, market: int | None) -> None:
    """Print a trader's positions."""
    session = workspace.session
    owner = workspace.owner(trader)
    equals: dict[str, Any] = {"trader": session.deployment.trader(owner)}
    if market is not None:
        equals["market"] = session.deployment.distribution(market)
    markets = {one.address: one.state for one in session.distributions()}
    found = session.distribution_positions(**equals)
    records = [position_record(markets[to_solders(one.state.market)], one) for one in found]
    if not records:
        workspace.output.result([], f"{owner} has no positions in markets of real numbers.")
        return
    rows = [
        [
            str(record["market"]), str(record["number"]),
            show_curve(one.state.from_mean, one.state.from_deviation) if one.state.deviation else "empty",
            show_curve(one.state.mean, one.state.deviation) if one.state.deviation else "",
            record["collateral_usdc"], record["worth_usdc"], "left behind" if record["left_behind"] else "",
        ]
        for one, record in zip(found, records, strict=True)
    ]  # fmt: skip
    columns = ("market", "no.", "from", "to", "collateral, USDC", "expected, USDC", "")
    workspace.output.result(records, table("", columns, rows, right=(0, 1, 4, 5)))


def claim_positions(workspace: Workspace, found: Fetched[DistributionMarket], trader: str | None) -> None:
    """Each position in a transaction of its own; then what was paid to whom."""
    session, signer = workspace.session, workspace.signer
    only = None if trader is None else session.deployment.trader(workspace.owner(trader))
    owners = {one.address: to_solders(one.state.authority) for one in session.traders()}
    paid: list[tuple[str, DistributionClaimed]] = []
    for position in session.distribution_positions(market=found.address):
        address = to_solders(position.state.trader)
        if only not in (None, address):
            continue
        instruction = session.instructions.claim_distribution(
            authority=owners[address], market_address=found.address, number=position.state.number
        )
        events = session.events(session.send(signer, instruction))
        paid += [(str(owners[address]), event) for event in events if isinstance(event, DistributionClaimed)]
    total = sum(event.payout for _, event in paid)
    value = {
        "market": found.state.id,
        "claimed": [
            {
                "trader": owner,
                "number": event.number,
                "collateral_usdc": USDC.plain(event.collateral),
                "payout_usdc": USDC.plain(event.payout),
            }
            for owner, event in paid
        ],
        "payout_usdc": USDC.plain(total),
    }
    rows = [[o, str(e.number), USDC.show(e.collateral), USDC.show(e.payout)] for o, e in paid]
    shown = [table("", ("trader", "no.", "collateral, USDC", "payout, USDC"), rows, right=(1, 2, 3))] if rows else []
    heading = f"Claimed {len(paid)} positions of market {found.state.id}: {USDC.show(total)} USDC paid out."
    workspace.output.result(value, heading, *shown)


__all__ = [
    "NUMBER", "claim_positions", "create_distribution", "distribution_record", "list_distributions", "list_positions",
    "narrowest_of", "parse_number", "position_record", "question_of", "show_curve", "show_distribution", "show_number",
]  # fmt: skip
