"""A chapter of the story: a pm-AMM of four outcomes, whose liquidity falls with the time that is left."""

from __future__ import annotations

from rich.table import Table

from quatrain.cli.demo.narrator import Narrator
from quatrain.cli.demo.people import Person
from quatrain.cli.demo.stage import Stage
from quatrain.cli.output import table
from quatrain.client.amounts import USDC, show_price
from quatrain.client.quotes import show_points
from quatrain.keepers.ingest.question import Question
from quatrain.program.state import PRICE_ONE, Maker

TITLE = "Who wins the winter regatta?"
BOATS = ("Heron", "Gull", "Tern", "Swift")
PRICES = [PRICE_ONE * part // 10 for part in (4, 3, 2, 1)]
DAY_SECONDS = 86_400
LIFE_DAYS, TRADING_DAYS = 8, 7
PROBE = 50 * USDC.one


def tell_regatta(narrator: Narrator, stage: Stage, people: list[Person]) -> int:
    """From its opening to the last payout; the µUSDC that returned to the vault while it traded."""
    narrator.section("A market whose liquidity falls")
    market = _open(narrator, stage)
    ada, ben, cleo = people
    narrator.trade("Ada", BOATS[0], ada.buy(market, 0, 100 * USDC.one))
    narrator.trade("Ben", BOATS[1], ben.buy(market, 1, 80 * USDC.one))
    returned = _days_pass(narrator, stage, market)
    narrator.trade("Cleo", BOATS[0], cleo.buy(market, 0, PROBE))
    _end(narrator, stage, market, people)
    return returned


def _open(narrator: Narrator, stage: Stage) -> int:
    question = Question(TITLE, BOATS, "The boat that crosses the finishing line first.")
    market = stage.create(
        question, Maker.PM_AMM, PRICES, closes_in=TRADING_DAYS * DAY_SECONDS, expires_in=LIFE_DAYS * DAY_SECONDS
    )
    state = stage.session.market(market).state
    narrator.say(
        f"“{TITLE}” has {len(BOATS)} outcomes, and an end: the race is in {LIFE_DAYS} days, trading closes a day before. So "
        f"its maker is a pm-AMM. Its prices are integrals, which the program computes by Simpson's rule with "
        f"{state.segments} segments; its liquidity L begins at {USDC.show(state.liquidity)} USDC and falls as √(time left)."
    )
    return market


def _days_pass(narrator: Narrator, stage: Stage, market: int) -> int:
    """Look at the market every other day and sync it; the µUSDC that came back."""
    opened = stage.session.market(market).state.opens_at
    rows, returned = [_row(stage, market, 0, 0)], 0
    for day in (2, 4, 6):
        stage.chain.warp(unix_timestamp=opened + day * DAY_SECONDS)
        sets = stage.sync(market).sets
        returned += sets
        rows.append(_row(stage, market, day, sets))
    narrator.say("Every other day somebody syncs it:")
    narrator.show(_days_table(rows))
    narrator.say(
        f"Near the end small news moves the odds far, so the pool risks less: {USDC.show(returned)} USDC are back in the "
        "vault. No price changed by it, and every share that was sold is still backed."
    )
    return returned


def _row(stage: Stage, market: int, day: int, returned: int) -> list[str]:
    state = stage.session.market(market).state
    quoter = stage.session.quoter(state)
    quote = quoter.buy_for(0, PROBE)
    return [
        str(day), USDC.show(quoter.market.liquidity), show_price(quote.price_before), f"+{show_points(quote.impact)}",
        USDC.show(returned), USDC.show(state.subsidy),
    ]  # fmt: skip


def _days_table(rows: list[list[str]]) -> Table:
    columns = (
        "day", "L, USDC", BOATS[0], f"{PROBE // USDC.one} USDC move it by", "returned, USDC", "at risk, USDC",
    )  # fmt: skip
    return table("", columns, rows, right=range(6))


def _end(narrator: Narrator, stage: Stage, market: int, people: list[Person]) -> None:
    risked = stage.session.market(market).state.subsidy
    rest = stage.resolve(market, winner=0)
    narrator.say(
        f"{BOATS[0]} wins. Of the {USDC.show(risked)} USDC still at risk {USDC.show(rest)} return to the vault."
    )
    narrator.payouts(stage, market, people, BOATS)
    stage.sync(market)


__all__ = ["tell_regatta"]
