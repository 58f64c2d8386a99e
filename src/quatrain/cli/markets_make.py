"""From what was typed to a market's terms: outcomes, opening prices, depth, payouts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from attrs import frozen

from quatrain.cli.markets_show import liquidity_text, market_record, moment
from quatrain.cli.moments import parse_moment
from quatrain.cli.terms import MAKERS
from quatrain.cli.workspace import Workspace
from quatrain.client.amounts import PRICE, SOL, USDC, show_price
from quatrain.client.errors import UsageError
from quatrain.client.openings import Opening
from quatrain.client.schedule import earliest_expiry, maker_by_rule
from quatrain.cluster.chain import Receipt
from quatrain.keepers.ingest.importer import Funding
from quatrain.keepers.ingest.priors import PRICE_ONE
from quatrain.keepers.ingest.question import Question
from quatrain.program.state import OUTCOMES_MAXIMUM, Maker, Market

HOUR = 3_600
DEFAULT_SUBSIDY = 100 * USDC.one
YES_NO = ("Yes", "No")
_BY_NAME = {"lmsr": Maker.LMSR, "pm-amm": Maker.PM_AMM}


@frozen
class Timing:
    """When a market closes, and when its outcome is known, as they were typed."""

    closes: str
    expires: str | None = None


def funding_of(liquidity: str | None, subsidy: str | None) -> Funding:
    """How deep to make a market; a subsidy of 100 USDC when nothing was said."""
    if liquidity is None and subsidy is None:
        return Funding(subsidy=DEFAULT_SUBSIDY)
    return Funding(
        liquidity=None if liquidity is None else USDC.parse(liquidity),
        subsidy=None if subsidy is None else USDC.parse(subsidy),
    )


def opening_prices(count: int, texts: Sequence[str] | None) -> list[int]:
    """The prices typed, or even ones; UsageError unless they are positive and make exactly 1."""
    if not texts:
        each, left = divmod(PRICE_ONE, count)
        return [each + (i < left) for i in range(count)]
    prices = _parts_of_one(texts, count, "price")
    if 0 in prices:
        raise UsageError("a price is 0: no outcome opens there, so give it a little, or leave it out")
    return prices


def payouts_of(workspace: Workspace, market: Market, winner: str | None, texts: Sequence[str] | None) -> list[int]:
    """The payout of each outcome: all to the winner, or as typed."""
    if (winner is None) == (texts is None):
        raise UsageError("say who won with --winner, or what each outcome pays with --payout")
    if winner is not None:
        won = workspace.outcome(market, winner)
        return [PRICE_ONE if i == won else 0 for i in range(market.outcome_count)]
    assert texts is not None
    return _parts_of_one(texts, market.outcome_count, "payout")


def _parts_of_one(texts: Sequence[str], count: int, what: str) -> list[int]:
    if len(texts) != count:
        raise UsageError(f"{len(texts)} times --{what} for {count} outcomes: give one for each, in order")
    values = [PRICE.parse(text) for text in texts]
    if sum(values) != PRICE_ONE:
        raise UsageError(f"the {what}s make {PRICE.plain(sum(values))} together; they must make 1")
    return values


def create_market(
    workspace: Workspace,
    question: Question,
    price_texts: Sequence[str] | None,
    timing: Timing,
    funding: Funding,
    maker_name: str,
    verse: int,
) -> None:
    """Create the market and show it with its rent."""
    _require_outcomes(question)
    session, signer = workspace.session, workspace.signer
    prices = opening_prices(len(question.outcomes), price_texts)
    now = session.chain.clock().unix_timestamp
    closes_at = parse_moment(timing.closes, now)
    expires_at = 0 if timing.expires is None else parse_moment(timing.expires, now)
    maker = _maker(workspace, maker_name, question, expires_at)
    opening = Opening.at(maker, prices, funding.scale(maker, prices))
    if maker == Maker.PM_AMM:
        _require_expiry(opening, now, closes_at, expires_at)
    id = session.protocol().next_market_id
    workspace.catalogue.put([question])
    receipt = session.send(
        signer,
        session.instructions.create_market(
            admin=signer.pubkey(),
            verse_id=verse,
            id=id,
            maker=maker,
            liquidity=opening.liquidity,
            opens_at=now,
            closes_at=closes_at,
            expires_at=expires_at if maker == Maker.PM_AMM else 0,
            question=question.digest,
            opening=opening.given,
        ),
    )
    _show_created(workspace, id, question, prices, receipt)


def _require_outcomes(question: Question) -> None:
    if len(set(question.outcomes)) != len(question.outcomes):
        raise UsageError("two outcomes have the same title")
    if len(question.outcomes) < 2:
        raise UsageError("a market has at least two outcomes: repeat --outcome")
    if len(question.outcomes) > OUTCOMES_MAXIMUM:
        raise UsageError(f"{len(question.outcomes)} outcomes: a market has at most {OUTCOMES_MAXIMUM}")


def _maker(workspace: Workspace, name: str, question: Question, expires_at: int) -> Maker:
    """The maker named, or the program's rule's; what contradicts itself is refused, what has no effect is said."""
    named = _BY_NAME.get(name)
    if named == Maker.LMSR and expires_at:
        raise UsageError("an LMSR does not expire: leave out --expires, or name another maker")
    if named is not None:
        return named
    maker = maker_by_rule(len(question.outcomes), proposition=question.is_proposition, expires_at=expires_at)
    if maker == Maker.LMSR and expires_at:
        workspace.output.note("A yes/no question gets an LMSR, so --expires has no effect; see --maker pm-amm.")
    return maker


def _require_expiry(opening: Opening, opens_at: int, closes_at: int, expires_at: int) -> None:
    """What the program would refuse, said with the earliest expiry that it takes."""
    if closes_at <= opens_at:
        return  # the program says what is wrong with that
    earliest = earliest_expiry(opening.liquidity, opens_at, closes_at)
    if earliest is None:
        raise UsageError(
            f"a liquidity of {USDC.show(opening.liquidity)} USDC is too small for a pm-AMM: it falls, but never below 1 USDC",
            code="liquidity_out_of_range",
            advice="Raise --liquidity or --subsidy.",
        )
    if expires_at >= earliest:
        return
    near = (
        f"it would close at {_exact(closes_at)} and expire at {_exact(expires_at)}: too little liquidity would be left"
    )
    raise UsageError(
        near if expires_at else "a pm-AMM needs the moment at which its outcome is known",
        code="expiry_invalid",
        # A closing time that counts from now moves on until the advice is taken: an hour, or nearly two, is left for that.
        advice=f"Give --expires {_exact((earliest // HOUR + 2) * HOUR)} or later; the later, the more liquidity is left when it closes.",
    )


def _exact(unix_timestamp: int) -> str:
    """A moment as --expires reads it."""
    return datetime.fromtimestamp(unix_timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _show_created(workspace: Workspace, id: int, question: Question, prices: Sequence[int], receipt: Receipt) -> None:
    found, now = workspace.session.market(id), workspace.session.chain.clock().unix_timestamp
    record = market_record(workspace, found, now) | receipt.record
    shown = ", ".join(f"{name} {show_price(price)}" for name, price in zip(question.outcomes, prices, strict=True))
    maker, letter = MAKERS[Maker(found.state.maker)]
    workspace.output.result(
        record,
        f"Created market {id}: {question.title}",
        f"  {shown}",
        f"  closes {moment(found.state.closes_at)} UTC, subsidy {USDC.show(found.state.subsidy)} USDC from the vault",
        f"  {maker}, depth {letter} = {liquidity_text(found.state, now)}",
        f"  rent {SOL.show(found.lamports, places=4)} SOL for {found.size} bytes, returned when it is pruned",
    )


__all__ = [
    "DEFAULT_SUBSIDY", "YES_NO", "Timing", "create_market", "funding_of", "opening_prices", "payouts_of",
]  # fmt: skip
