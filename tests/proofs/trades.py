"""Whole instructions: what trades and acts of borrowers leave of money and of the line."""

from collections.abc import Sequence
from typing import Any

from hognose.proof.memory import Object
from hognose.proof.question import Question
from hognose.proof.terms import Term
from quatrain.core.water_line import HIGHEST_SCALES, NO_LINE, line_of, refresh_block, scale_held_ceil
from quatrain.program.beside_loans import batch_beside_loans, trade_beside_loans
from quatrain.program.book import redraw, shrink_liquidity
from quatrain.program.chain import chain
from quatrain.program.decay import bring_to_present, liquidity_at
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
from quatrain.program.leverage import (
    add_margin,
    close_leverage,
    extend_loan,
    finish,
    open_leverage,
    remove_margin,
    require_cap,
)
from quatrain.program.limits import use_room
from quatrain.program.makers import price_of
from quatrain.program.position import merge_sets
from quatrain.program.state import Maker, MarketStatus, Order
from quatrain.program.tape import record_trade
from quatrain.program.trade import price_order
from tests.proofs.ledgers import any_integer, book_money, level, market_money, without_effect
from tests.proofs.statement import states

OUTCOMES = 3
MARKETS = "an LMSR of three outcomes, or a pm-AMM of two; the position in the second"
SETTING = (
    "`chain`, `record_trade`, `use_room`, `observe`, `bring_to_present` and `require_cap` change no money, level, line or share; "
    "the ladder's arithmetic is that of the line"
)


class Scene:
    """A market with loans, as an instruction finds it."""

    def __init__(self, q: Question, accounts: Object, lmsr: bool, batched: bool):
        """An LMSR, or a pm-AMM of two; the position is in outcome 1."""
        self.q, self.lmsr, self.count = q, lmsr, OUTCOMES if lmsr else 2
        self.market, self.book = q.get(accounts, "market"), q.get(accounts, "book")
        self.trader = q.get(accounts, "trader")
        self.position = q.get(accounts, *(("positions", 1) if batched else ("position",)))
        q.put(self.market, "outcome_count", value=self.count)
        q.put(self.market, "maker", value=int(Maker.LMSR if lmsr else Maker.PM_AMM))
        q.put(self.position, "outcome", value=1)
        q.put(self.book, "indebted", value=q.integer("indebted", 0, (1 << self.count) - 1))
        for function in (chain, record_trade, use_room, observe, bring_to_present, require_cap, take_off, put_on):
            q.contract(function, without_effect)
        self.line = q.integer("line", NO_LINE, 1 << 60)
        q.contract(line_of, lambda _x, _state, _arguments: [self.line])
        q.contract(least_level, any_integer("least", -(1 << 63), (1 << 63) - 1))
        q.contract(price_of, any_integer("price", 0, 1 << 30))
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

    def act(self, function: Any, arguments: Sequence[Any]) -> None:
        """Call an instruction where every line holds; every line holds after it, no money is gone, and cash and debt are as much."""
        q = self.q
        q.executor.rounds = OUTCOMES
        q.assume(*(self.holds(i) for i in range(self.count)))
        before, lent = self.money(), self.lent()
        q.call(function, *arguments)
        q.show(self.money() == before, f"conservation, LMSR {self.lmsr}")
        q.show(self.lent() == lent, f"cash and debt, LMSR {self.lmsr}")
        for i in range(self.count):
            q.show(self.holds(i), f"outcome {i}, LMSR {self.lmsr}")

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
    q.lengths(outcomes=OUTCOMES, sides=OUTCOMES, feeds=0, legs=2, positions=2)
    batched = function is batch_beside_loans
    return [
        (Scene(q, arguments[0], lmsr, batched), arguments)
        for lmsr in (True, False)
        for arguments in (q.inputs(function),)
    ]


def borrower_scenes(q: Question, function: Any) -> list[tuple[Scene, list[Any]]]:
    """The same for an act of a borrower, with the ladder of his outcome."""
    found = scenes(q, function)
    for _, arguments in found:
        q.put(arguments[0], "ladder", "outcome", value=1)
    return found


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
        scene.act(trade_beside_loans, arguments)
        q.show(q.get(scene.position, "debt") == 0, "of positions without debt")


@states(
    batch_beside_loans,
    broken="0 → 1 #5",
    bounds=f"{MARKETS} and in the first; two legs; all four orders",
    given=f"{SETTING}; a purchase costs at most its shares (makers)",
)
def batches_hold_every_line(q: Question) -> None:
    """† After a batch beside loans every outcome with loans is at its line or above, and no debt has changed."""
    for scene, arguments in scenes(q, batch_beside_loans):
        q.put(arguments[0], "positions", 0, "outcome", value=0)
        free = q.get(scene.trader, "free")
        scene.act(batch_beside_loans, arguments)
        q.show(free - q.get(scene.trader, "free") <= arguments[1], "at most what was agreed")
        for i in range(2):
            q.show(q.get(arguments[0], "positions", i, "debt") == 0, "of positions without debt")


@states(
    open_leverage,
    finish,
    broken="without LEVERAGE_ABOVE_CAP #1",
    bounds=MARKETS,
    given=f"{SETTING}; a purchase costs at most its shares (makers)",
)
def loans_are_opened_within_the_line(q: Question) -> None:
    """† After leverage is opened every outcome with loans is at its line or above, no money is gone, and all that is lent is owed."""
    for scene, arguments in borrower_scenes(q, open_leverage):
        debt, held = q.get(scene.position, "debt"), q.get(scene.position, "shares")
        margin = q.get(scene.position, "margin")
        _, shares, _, loan, _ = arguments
        scene.act(open_leverage, arguments)
        q.show(q.get(scene.position, "debt") == debt + loan, "owed")
        q.show(q.get(scene.position, "shares") == held + shares, "bought")
        q.show(q.get(scene.position, "margin") > margin, "own money in it")


@states(close_leverage, broken="- → + #1", bounds=MARKETS, given=SETTING)
def closing_repays_and_holds_the_line(q: Question) -> None:
    """† Closing repays the debt first, holds every line, and no money is gone; a position without shares has no debt."""
    for scene, arguments in borrower_scenes(q, close_leverage):
        debt, held = q.get(scene.position, "debt"), q.get(scene.position, "shares")
        sets, fees = q.get(scene.market, "sets"), q.get(scene.market, "fees_due")
        scene.act(close_leverage, arguments)
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
    for scene, arguments in borrower_scenes(q, add_margin):
        debt, margin = q.get(scene.position, "debt"), q.get(scene.position, "margin")
        scene.act(add_margin, arguments)
        repaid = debt - q.get(scene.position, "debt")
        q.show(q.terms.both(repaid >= 0, repaid <= arguments[1]), "at most what was offered")
        left = q.get(scene.position, "debt") != 0
        q.show(q.get(scene.position, "margin") == q.terms.choose(left, margin + repaid, 0), "margin")


@states(remove_margin, broken="without LEVERAGE_ABOVE_CAP #1", bounds=MARKETS, given=SETTING)
def borrowing_more_holds_the_line(q: Question) -> None:
    """† Borrowing on shares holds every line; what is lent is owed, comes out of the margin, and some margin is left."""
    for scene, arguments in borrower_scenes(q, remove_margin):
        debt, margin = q.get(scene.position, "debt"), q.get(scene.position, "margin")
        scene.act(remove_margin, arguments)
        q.show(q.get(scene.position, "debt") == debt + arguments[1], "owed")
        q.show(q.get(scene.position, "margin") >= 1, "some is left")
        q.show(q.get(scene.market, "status") == MarketStatus.OPEN, "while it trades")
        q.show(q.terms.implies(debt != 0, q.get(scene.position, "margin") == margin - arguments[1]), "margin")


@states(extend_loan, broken="without TERM_INVALID #1", bounds=MARKETS, given=SETTING)
def extending_changes_no_debt(q: Question) -> None:
    """† Extending a loan changes when it ends, later than before, and its interest: no debt, line or share, and no money is gone."""
    for scene, arguments in borrower_scenes(q, extend_loan):
        kept = [q.get(scene.position, name) for name in ("debt", "shares", "margin", "rung")]
        until = q.get(scene.position, "loan_until")
        scene.act(extend_loan, arguments)
        for name, before in zip(("debt", "shares", "margin", "rung"), kept, strict=True):
            q.show(q.get(scene.position, name) == before, name)
        q.show(kept[0] != 0, "only with debt")
        q.show(q.get(scene.position, "loan_until") == arguments[1], "until then")
        q.show(arguments[1] > until, "later")


@states(
    merge_sets, broken="without POSITION_INDEBTED #1", bounds="3 outcomes", given="`chain` changes no money or share"
)
def merging_moves_no_level(q: Question) -> None:
    """† Merged sets pay 1 µUSDC each out of the escrow and take a share of each outcome, of debtless positions; no level or line moves."""
    q.lengths(outcomes=OUTCOMES, positions=OUTCOMES)
    q.contract(chain, without_effect)
    q.executor.rounds = OUTCOMES
    accounts, sets = q.inputs(merge_sets)
    trader, market = q.get(accounts, "trader"), q.get(accounts, "market")
    q.put(market, "outcome_count", value=OUTCOMES)
    positions = [q.get(accounts, "positions", i) for i in range(OUTCOMES)]
    free, money = q.get(trader, "free"), q.get(trader, "free") + market_money(q, market)
    levels = [level(q, market, i, lmsr=True) for i in range(OUTCOMES)]
    held = [q.get(position, "shares") for position in positions]
    q.call(merge_sets, accounts, sets)
    q.show(q.terms.both(sets != 0, q.get(market, "status") != MarketStatus.RESOLVED), "only before the end")
    q.show(q.get(trader, "free") == free + sets, "paid")
    q.show(q.get(trader, "free") + market_money(q, market) == money, "conservation")
    for i, position in enumerate(positions):
        q.show(level(q, market, i, lmsr=True) == levels[i], f"reserve {i}")
        q.show(q.get(position, "outcome") == i, f"outcome {i}")
        q.show(q.get(position, "shares") == held[i] - sets, f"shares {i}")
        q.show(q.get(position, "debt") == 0, "of positions without debt")


@states(
    shrink_liquidity,
    redraw,
    broken="without LINE_HOLDS_LIQUIDITY #1",
    of=redraw,
    bounds="pm-AMMs of two outcomes",
    given="the ladder's arithmetic is that of the line; `chain` and `observe` change no money, level or line",
)
def liquidity_falls_as_far_as_lines_allow(q: Question) -> None:
    """† When the liquidity of a pm-AMM with loans falls, both outcomes are at their lines or above, whatever the search for it found."""
    q.lengths(outcomes=2, sides=2)
    q.executor.rounds = 2
    (accounts,) = q.inputs(shrink_liquidity)
    market, book = q.get(accounts, "market"), q.get(accounts, "book")
    q.put(market, "outcome_count", value=2)
    for function in (chain, observe, refresh_block):
        q.contract(function, without_effect)
    q.put(book, "indebted", value=q.integer("indebted", 0, 3))
    q.contract(line_of, any_integer("line", NO_LINE, 1 << 60))
    for function in (liquidity_at, scale_held_ceil):
        q.contract(function, any_integer("scale"))
    q.contract(least_level, any_integer("least", -(1 << 63), (1 << 63) - 1))
    money, debt = market_money(q, market) + book_money(q, book), q.get(book, "debt")
    scale = q.get(market, "liquidity")
    q.call(shrink_liquidity, accounts)
    is_open = q.get(market, "status") == MarketStatus.OPEN
    q.show(q.terms.both(is_open, q.get(market, "maker") == Maker.PM_AMM), "only then")
    for i, name in enumerate(("first", "second")):
        q.show(q.get(accounts, name, "outcome") == i, f"{name} ladder")
    q.show(q.get(market, "liquidity") < scale, "it falls")
    q.show(market_money(q, market) + book_money(q, book) == money, "conservation")
    q.show(q.get(book, "debt") == debt, "no debt changes")
    for i in range(2):
        q.show(level(q, market, i, lmsr=False) >= q.get(book, "sides", i, "line"), f"outcome {i}")


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
