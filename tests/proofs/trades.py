"""Whole instructions: what trades and acts of borrowers leave of money and of the line."""

from collections.abc import Sequence
from typing import Any

from hognose.proof.memory import Object
from hognose.proof.question import Question
from hognose.proof.terms import Term
from quatrain.core.water_line import HIGHEST_SCALES, NO_LINE, line_of
from quatrain.program.beside_loans import trade_beside_loans
from quatrain.program.chain import chain
from quatrain.program.decay import bring_to_present
from quatrain.program.filling import fill, require_limit
from quatrain.program.lending import put_on, take_off
from quatrain.program.levels import (
    draw_line,
    least_level,
    level_of,
    observe,
    require_above,
    require_low,
    require_others_above,
)
from quatrain.program.leverage import add_margin, close_leverage, finish, open_leverage, remove_margin, require_cap
from quatrain.program.life import end_trading
from quatrain.program.limits import use_room
from quatrain.program.makers import price_of
from quatrain.program.market import close_market
from quatrain.program.state import Maker, Order
from quatrain.program.tape import record_trade
from quatrain.program.trade import place, place_one, price_order
from tests.proofs.ledgers import book_money, market_money, reserve, without_effect
from tests.proofs.statement import states

OUTCOMES = 3
MARKETS = "an LMSR of three outcomes, or a pm-AMM of two; the position in the second"
SETTING = (
    "`chain`, `record_trade`, `use_room`, `observe`, `bring_to_present` and `require_cap` change no money, level, line or share; "
    "the ladder's arithmetic is that of the line"
)


def level(q: Question, market: Object, outcome: int, lmsr: bool) -> Term:
    """−r of an LMSR's outcome; the other's reserve less its own in a pm-AMM of two."""
    own = reserve(q, market, outcome)
    return -own if lmsr else reserve(q, market, 1 - outcome) - own


class Scene:
    """A market with loans, as an instruction finds it."""

    def __init__(self, q: Question, accounts: Object, lmsr: bool):
        """An LMSR, or a pm-AMM of two; the position is in outcome 1."""
        self.q, self.lmsr, self.count = q, lmsr, OUTCOMES if lmsr else 2
        self.market, self.book = q.get(accounts, "market"), q.get(accounts, "book")
        self.trader, self.position = q.get(accounts, "trader"), q.get(accounts, "position")
        q.put(self.market, "outcome_count", value=self.count)
        q.put(self.market, "maker", value=int(Maker.LMSR if lmsr else Maker.PM_AMM))
        q.put(self.position, "outcome", value=1)
        q.put(self.book, "indebted", value=q.integer("indebted", 0, (1 << self.count) - 1))
        for function in (chain, record_trade, use_room, observe, bring_to_present, require_cap, take_off, put_on):
            q.contract(function, without_effect)
        self.line = q.integer("line", NO_LINE, 1 << 60)
        q.contract(line_of, lambda _x, _state, _arguments: [self.line])
        q.contract(least_level, lambda x, _state, _arguments: [x.terms.integer("least", -(1 << 63), (1 << 63) - 1)])
        q.contract(price_of, lambda x, _state, _arguments: [x.terms.integer("price", 0, 1 << 30)])
        q.contract(price_order, self._price_order)

    def _price_order(self, x: Any, _state: object, arguments: Sequence[Term]) -> list[Term]:
        """Any terms at which a purchase gets a share or more for each µUSDC, and a fee is no more than its amount."""
        order, amount = arguments[3], arguments[4]
        shares, money, fee = (x.terms.integer(name, 0, (1 << 64) - 1) for name in ("shares", "money", "fee"))
        by_shares = x.terms.either(x.terms.compare("==", order, Order.BUY), x.terms.compare("==", order, Order.SELL))
        x.terms.facts += [
            x.terms.expression(x.terms.implies(by_shares, shares == amount)),
            x.terms.expression(x.terms.implies(x.terms.compare("<", order, Order.SELL), money <= shares)),
        ]
        before, after = (x.terms.integer(name, 0, 1 << 30) for name in ("before", "after"))
        return [shares, money, fee, before, after]

    def money(self) -> Term:
        """All that the instruction can reach."""
        q = self.q
        return q.get(self.trader, "free") + market_money(q, self.market) + book_money(q, self.book)

    def lent(self) -> Term:
        """Cash and debt."""
        return self.q.get(self.book, "cash") + self.q.get(self.book, "debt")

    def holds(self, outcome: int) -> Term:
        """That an outcome with loans is at its line or above."""
        q = self.q
        marked = q.terms.rest(q.terms.quotient(q.get(self.book, "indebted"), 1 << outcome), 2) == 1
        line = q.get(self.book, "sides", outcome, "line")
        return q.terms.implies(marked, level(q, self.market, outcome, self.lmsr) >= line)


def scenes(q: Question, function: Any) -> list[tuple[Scene, list[Any]]]:
    """An LMSR and a pm-AMM, with the instruction's arguments."""
    q.lengths(outcomes=OUTCOMES, sides=OUTCOMES, feeds=0)
    return [(Scene(q, arguments[0], lmsr), arguments) for lmsr in (True, False) for arguments in (q.inputs(function),)]


@states(level_of, broken="- → + #1", bounds="2 outcomes")
def levels_fall_by_what_is_sold(q: Question) -> None:
    """† Selling shares for any proceeds lowers a pm-AMM's level by exactly the shares; an LMSR's by the shares less the proceeds."""
    q.lengths(outcomes=2)
    market, _ = q.inputs(level_of)
    shares, proceeds = q.integer("shares", 0, 1 << 62), q.integer("proceeds", 0, 1 << 62)
    for lmsr in (True, False):
        q.put(market, "maker", value=int(Maker.LMSR if lmsr else Maker.PM_AMM))
        before = q.call(level_of, market, 0)
        sold, sets = q.get(market, "outcomes", 0, "sold"), q.get(market, "sets")
        q.put(market, "outcomes", 0, "sold", value=sold - shares)
        q.put(market, "sets", value=sets - proceeds)
        after = q.call(level_of, market, 0)
        q.show(after == before - shares + (proceeds if lmsr else 0), f"LMSR {lmsr}")


@states(
    require_others_above, require_above, broken="without WATER_LINE #1", of=require_above, bounds="up to 3 outcomes"
)
def every_other_line_is_looked_at(q: Question) -> None:
    """† A purchase goes through only if each other outcome with loans is at its line or above."""
    q.lengths(outcomes=OUTCOMES, sides=OUTCOMES)
    market, book, _ = q.inputs(require_others_above)
    q.put(market, "maker", value=int(Maker.LMSR))
    q.put(book, "indebted", value=q.integer("indebted", 0, (1 << OUTCOMES) - 1))
    q.executor.rounds = OUTCOMES
    q.call(require_others_above, market, book, 1)
    for outcome in (0, 2):
        marked = q.terms.rest(q.terms.quotient(q.get(book, "indebted"), 1 << outcome), 2) == 1
        held = level(q, market, outcome, True) >= q.get(book, "sides", outcome, "line")
        q.show(q.terms.implies(marked, held), f"outcome {outcome}")


@states(draw_line, require_low, broken="without line = #2", given="`line_of` and `least_level` are those of the line")
def lines_are_drawn_with_their_margin(q: Question) -> None:
    """† What a trade is held to is the level at the ladder's line and a sixty-fourth of the scale; without loans, nothing."""
    q.lengths(sides=2)
    market, book, ladder = q.inputs(draw_line)
    q.put(ladder, "outcome", value=1)
    line, least = q.integer("line", NO_LINE, 1 << 60), q.integer("least", -(1 << 63), (1 << 63) - 1)
    other = q.get(book, "sides", 0, "line")
    q.put(book, "indebted", value=q.integer("indebted", 0, 3))
    before = q.get(book, "indebted")
    q.contract(line_of, lambda _x, _state, _arguments: [line])
    q.contract(least_level, lambda _x, _state, _arguments: [least])
    found = q.call(draw_line, market, book, ladder, aborts_never=True)
    (asked,) = [each for each in q.handovers if each.what is least_level] or [None]
    q.show(found == line, "without the margin")
    scale = q.get(market, "liquidity")
    if asked is not None:
        gap = 64 * (asked.arguments[1] - line)
        q.show(q.terms.implies(line != NO_LINE, q.terms.both(gap <= scale, gap > scale - 64)), "margin")
    drawn = q.get(book, "sides", 1, "line")
    q.show(drawn == q.terms.choose(line == NO_LINE, NO_LINE, least), "drawn")
    q.show(q.get(book, "sides", 0, "line") == other, "no other")
    bit = q.terms.rest(q.terms.quotient(q.get(book, "indebted"), 2), 2)
    q.show((bit == 1) == (line != NO_LINE), "marked")
    q.show(q.terms.rest(q.get(book, "indebted"), 2) == q.terms.rest(before, 2), "no other mark")
    q.call(require_low, market, line)
    q.show(line <= HIGHEST_SCALES * scale, "nine scales")


@states(
    trade_beside_loans,
    broken="< → <= #1",
    bounds=f"{MARKETS}; all four orders",
    given=f"{SETTING}; a purchase costs at most its shares (makers)",
)
def trades_hold_every_line(q: Question) -> None:
    """† After a trade beside loans every outcome with loans is at its line or above, if it was before, whatever prices say."""
    for scene, arguments in scenes(q, trade_beside_loans):
        q.executor.rounds = OUTCOMES
        q.assume(*(scene.holds(i) for i in range(scene.count)))
        before, lent = scene.money(), scene.lent()
        q.call(trade_beside_loans, *arguments)
        for i in range(scene.count):
            q.show(scene.holds(i), f"outcome {i}, LMSR {scene.lmsr}")
        q.show(scene.money() == before, "conservation")
        q.show(scene.lent() == lent, "no debt changes")
        q.show(q.get(scene.position, "debt") == 0, "of positions without debt")


@states(
    open_leverage,
    finish,
    broken="without LEVERAGE_ABOVE_CAP #1",
    bounds=MARKETS,
    given=f"{SETTING}; a purchase costs at most its shares (makers)",
)
def loans_are_opened_within_the_line(q: Question) -> None:
    """† After leverage is opened every outcome with loans is at its line or above, no money is gone, and all that is lent is owed."""
    for scene, arguments in scenes(q, open_leverage):
        q.executor.rounds = OUTCOMES
        q.put(arguments[0], "ladder", "outcome", value=1)
        q.assume(*(scene.holds(i) for i in range(scene.count)))
        before, lent = scene.money(), scene.lent()
        debt, held = q.get(scene.position, "debt"), q.get(scene.position, "shares")
        margin = q.get(scene.position, "margin")
        _, shares, _, loan, _ = arguments
        q.call(open_leverage, *arguments)
        q.show(scene.money() == before, f"conservation, LMSR {scene.lmsr}")
        q.show(scene.lent() == lent, f"cash and debt, LMSR {scene.lmsr}")
        for i in range(scene.count):
            q.show(scene.holds(i), f"outcome {i}, LMSR {scene.lmsr}")
        q.show(q.get(scene.position, "debt") == debt + loan, "owed")
        q.show(q.get(scene.position, "shares") == held + shares, "bought")
        q.show(q.get(scene.position, "margin") > margin, "own money in it")


@states(close_leverage, broken="- → + #1", bounds=MARKETS, given=SETTING)
def closing_repays_and_holds_the_line(q: Question) -> None:
    """† Closing repays the debt first, holds every line, and no money is gone; a position without shares has no debt."""
    for scene, arguments in scenes(q, close_leverage):
        q.executor.rounds = OUTCOMES
        q.put(arguments[0], "ladder", "outcome", value=1)
        q.assume(*(scene.holds(i) for i in range(scene.count)))
        before, lent = scene.money(), scene.lent()
        debt, held = q.get(scene.position, "debt"), q.get(scene.position, "shares")
        sets, fees = q.get(scene.market, "sets"), q.get(scene.market, "fees_due")
        q.call(close_leverage, *arguments)
        q.show(scene.money() == before, f"conservation, LMSR {scene.lmsr}")
        q.show(scene.lent() == lent, f"cash and debt, LMSR {scene.lmsr}")
        for i in range(scene.count):
            q.show(scene.holds(i), f"outcome {i}, LMSR {scene.lmsr}")
        left = q.get(scene.position, "shares")
        q.show(left == held - arguments[1], "sold")
        q.show(q.terms.implies(left == 0, q.get(scene.position, "debt") == 0), "no debt without shares")
        repaid = debt - q.get(scene.position, "debt")
        brought = sets - q.get(scene.market, "sets") - (q.get(scene.market, "fees_due") - fees)
        q.show(repaid >= 0, "no more debt")
        q.show(q.terms.either(left == 0, repaid <= brought), "out of what the sale brought")
        q.show(debt != 0, "only with debt")


@states(add_margin, broken="+ → - #1", bounds=MARKETS, given=SETTING)
def adding_margin_repays_and_holds_the_line(q: Question) -> None:
    """† Money that is added repays debt, at most what was offered; every line holds, and no money is gone."""
    for scene, arguments in scenes(q, add_margin):
        q.executor.rounds = OUTCOMES
        q.put(arguments[0], "ladder", "outcome", value=1)
        q.assume(*(scene.holds(i) for i in range(scene.count)))
        before, lent = scene.money(), scene.lent()
        debt, margin = q.get(scene.position, "debt"), q.get(scene.position, "margin")
        q.call(add_margin, *arguments)
        q.show(scene.money() == before, f"conservation, LMSR {scene.lmsr}")
        q.show(scene.lent() == lent, f"cash and debt, LMSR {scene.lmsr}")
        for i in range(scene.count):
            q.show(scene.holds(i), f"outcome {i}, LMSR {scene.lmsr}")
        repaid = debt - q.get(scene.position, "debt")
        q.show(q.terms.both(repaid >= 0, repaid <= arguments[1]), "at most what was offered")
        left = q.get(scene.position, "debt") != 0
        q.show(q.get(scene.position, "margin") == q.terms.choose(left, margin + repaid, 0), "margin")


@states(remove_margin, broken="without LEVERAGE_ABOVE_CAP #1", bounds=MARKETS, given=SETTING)
def borrowing_more_holds_the_line(q: Question) -> None:
    """† Borrowing on shares holds every line; what is lent is owed, comes out of the margin, and some margin is left."""
    for scene, arguments in scenes(q, remove_margin):
        q.executor.rounds = OUTCOMES
        q.put(arguments[0], "ladder", "outcome", value=1)
        q.assume(*(scene.holds(i) for i in range(scene.count)))
        before, lent = scene.money(), scene.lent()
        debt, margin = q.get(scene.position, "debt"), q.get(scene.position, "margin")
        q.call(remove_margin, *arguments)
        q.show(scene.money() == before, f"conservation, LMSR {scene.lmsr}")
        q.show(scene.lent() == lent, f"cash and debt, LMSR {scene.lmsr}")
        for i in range(scene.count):
            q.show(scene.holds(i), f"outcome {i}, LMSR {scene.lmsr}")
        q.show(q.get(scene.position, "debt") == debt + arguments[1], "owed")
        q.show(q.get(scene.position, "margin") >= 1, "some is left")
        q.show(q.terms.implies(debt != 0, q.get(scene.position, "margin") == margin - arguments[1]), "margin")


@states(place_one, close_market, broken="without LOANS_OUTSTANDING #1", given="what the rest of the instruction does")
def indebted_markets_take_no_shortcut(q: Question) -> None:
    """† A market with loans is traded with its book only, and closed only when its debt is zero."""
    for function in (bring_to_present, place, end_trading):
        q.contract(function, without_effect)
    arguments = q.inputs(place_one)
    q.call(place_one, *arguments)
    q.show(q.terms.negation(q.get(arguments[0], "market", "indebted")), "trade")
    (accounts,) = q.inputs(close_market)
    q.call(close_market, accounts)
    q.show(q.terms.negation(q.get(accounts, "market", "indebted")), "close")


@states(fill, require_limit, broken="+ → - #1", of=require_limit, bounds="3 outcomes", given=SETTING)
def traders_get_what_they_agreed_to(q: Question) -> None:
    """No trade costs more or brings less than the trader's limit, and nobody sells shares that he does not have."""
    q.lengths(outcomes=OUTCOMES)
    for function in (record_trade, use_room):
        q.contract(function, without_effect)
    protocol, trader, market, position, _, limit, slot, shares, money, fee, before, after = q.inputs(fill)
    q.put(position, "outcome", value=1)
    for order in Order:
        free, held = q.get(trader, "free"), q.get(position, "shares")
        q.call(fill, protocol, trader, market, position, int(order), limit, slot, shares, money, fee, before, after)
        paid, got = free - q.get(trader, "free"), q.get(position, "shares") - held
        kept = {
            Order.BUY: paid <= limit,
            Order.BUY_FOR: got >= limit,
            Order.SELL: -paid >= limit,
            Order.SELL_FOR: -got <= limit,
        }
        q.show(kept[order], order.name)
        q.show(got == (shares if order < Order.SELL else -shares), "shares")
        q.show(held + got >= 0, "his own")
        q.show(q.terms.either(order < Order.SELL, shares <= held), "no more than he has")
