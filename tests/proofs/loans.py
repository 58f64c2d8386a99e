"""The ledger of loans: what is lent comes back whole, interest goes nowhere, and what repays is the debtor's."""

from hognose.proof.memory import Object
from hognose.proof.question import Question
from hognose.proof.terms import Term
from quatrain.core.water_line import BLOCK, CUSHION, NO_RUNG, owed_ceil, refresh_block, rung_for
from quatrain.program.lending import (
    MINIMUM_DEBT,
    lend,
    payable,
    prepay_interest,
    put_on,
    release_interest,
    repay,
    shrink_margin,
    take_off,
)
from quatrain.program.state import Maker
from tests.proofs.ledgers import book_money
from tests.proofs.statement import states

RUNGS = 32
"""Rungs of the ladders here, of two blocks: which rung it is makes no difference to the books."""


def loan_parts(q: Question, trader: Object, book: Object, position: Object) -> tuple[Term, Term, Term, Term]:
    """Money of trader and book; what the vault allocated; debts of others; others' prepaid interest."""
    return (
        q.get(trader, "free") + book_money(q, book),
        q.get(book, "cash") + q.get(book, "debt"),
        q.get(book, "debt") - q.get(position, "debt"),
        q.get(book, "interest") - q.get(position, "interest"),
    )


def unchanged(q: Question, before: tuple[Term, ...], after: tuple[Term, ...], *names: str) -> None:
    """That none of the parts changed."""
    for name, old, new in zip(names, before, after, strict=True):
        q.show(new == old, name)


PARTS = ("money", "cash and debt", "debts of others", "interest of others")


@states(lend, broken="without debt = #1")
def what_is_lent_is_owed(q: Question) -> None:
    """† A loan moves cash into the trader's money and is owed in full: cash and debt together stay, and 50 USDC are the least debt."""
    trader, market, book, position, amount = q.inputs(lend)
    before = loan_parts(q, trader, book, position)
    free, debt, loans = q.get(trader, "free"), q.get(position, "debt"), q.get(book, "loans")
    q.call(lend, trader, market, book, position, amount)
    unchanged(q, before, loan_parts(q, trader, book, position), *PARTS)
    q.show(q.get(trader, "free") == free + amount, "lent")
    q.show(q.get(position, "debt") == debt + amount, "owed")
    q.show(q.get(position, "debt") >= MINIMUM_DEBT, "least")
    q.show(q.get(market, "indebted"), "indebted")
    q.show(q.get(book, "loans") == loans + q.terms.choose(debt == 0, 1, 0), "count")


@states(repay, broken="without cash = #1", given="a book's debt is that of its positions; the position has one")
def what_is_repaid_is_no_longer_owed(q: Question) -> None:
    """† A repayment moves the trader's money to the book's cash; a market without debt is free of loans, and only such a one."""
    trader, market, book, position, amount = q.inputs(repay)
    before = loan_parts(q, trader, book, position)
    free, debt, loans = q.get(trader, "free"), q.get(position, "debt"), q.get(book, "loans")
    margin = q.get(position, "margin")
    q.assume(debt > 0)
    q.call(repay, trader, market, book, position, amount)
    unchanged(q, before, loan_parts(q, trader, book, position), *PARTS)
    q.show(q.get(trader, "free") == free - amount, "paid")
    left = q.get(position, "debt")
    q.show(left == debt - amount, "owed")
    q.show(q.get(market, "indebted") == (q.get(book, "debt") != 0), "indebted")
    q.show(q.get(book, "loans") == loans - q.terms.choose(left == 0, 1, 0), "count")
    q.show(q.get(position, "margin") == q.terms.choose(left == 0, 0, margin), "margin")


@states(payable, broken="- → + #1", bounds="amounts below 2⁶³ µUSDC")
def no_small_debts_are_left(q: Question) -> None:
    """What is repaid is at most the debt and the amount, and leaves nothing, 50 USDC, or what was less before."""
    debt, amount = q.inputs(payable)
    q.assume(amount < 1 << 63)
    paid = q.call(payable, debt, amount, aborts_never=True)
    q.show(q.terms.both(paid >= 0, paid <= debt, paid <= amount), "no more")
    left = debt - paid
    q.show(q.terms.either(left == 0, left >= MINIMUM_DEBT, debt < MINIMUM_DEBT), "no small debt")
    q.show(q.terms.implies(amount >= debt, left == 0), "all of it")
    plain = q.terms.either(left >= MINIMUM_DEBT + 1, debt < MINIMUM_DEBT)
    q.show(q.terms.implies(plain, paid == q.terms.least(debt, amount)), "the amount")


@states(
    release_interest,
    broken="- → + #2",
    bounds="times within ±2⁴⁰ seconds; terms to 2³² seconds; books' sums below 2⁶³",
    given="a book's interest is that of its positions",
)
def released_interest_is_earned_kept_or_refunded(q: Question) -> None:
    """† Interest is earned by the vault, kept for the debt left, or refunded: together it is what was prepaid; it never aborts."""
    trader, book, position, left, now = q.inputs(release_interest)
    limit = 1 << 40
    at, until = q.integer("at", -limit, limit), q.integer("until", -limit, limit)
    q.put(position, "loan_at", value=at)
    q.put(position, "loan_until", value=until)
    q.assume(
        now >= at, now <= limit, until - at < 1 << 32, left <= q.get(position, "debt"), q.get(position, "debt") > 0
    )
    q.assume(q.get(book, "interest") >= q.get(position, "interest"))
    for owner, name in ((book, "interest"), (book, "earned"), (trader, "free")):
        q.assume(q.get(owner, name) < 1 << 62)
    before = loan_parts(q, trader, book, position)
    free, paid, earned = q.get(trader, "free"), q.get(position, "interest"), q.get(book, "earned")
    refund = q.call(release_interest, trader, book, position, left, now, aborts_never=True)
    unchanged(q, before, loan_parts(q, trader, book, position), *PARTS)
    kept = q.get(position, "interest")
    q.show(q.get(trader, "free") == free + refund, "refund")
    q.show(q.terms.both(refund >= 0, kept >= 0, q.get(book, "earned") >= earned), "none below 0")
    q.show(paid == kept + refund + q.get(book, "earned") - earned, "together")
    q.show(q.get(position, "loan_at") == now, "from now")
    q.show(q.terms.implies(now >= until, q.get(book, "earned") == earned + paid), "all earned at the end")
    q.show(q.terms.implies(left == 0, kept == 0), "nothing kept for no debt")


@states(
    prepay_interest,
    broken="without interest = #1",
    given="the position has no interest left (it was released for no debt)",
)
def prepaid_interest_is_the_books(q: Question) -> None:
    """The interest that a trader prepays is in the book until it is earned or refunded, and at least the least rate's."""
    trader, book, position, until, now = q.inputs(prepay_interest)
    q.put(position, "interest", value=0)
    before = loan_parts(q, trader, book, position)
    free = q.get(trader, "free")
    charge = q.call(prepay_interest, trader, book, position, until, now)
    unchanged(q, before, loan_parts(q, trader, book, position), *PARTS)
    q.show(q.get(trader, "free") == free - charge, "paid")
    q.show(q.get(position, "interest") == charge, "noted")
    q.show(q.terms.both(q.get(position, "loan_at") == now, q.get(position, "loan_until") == until), "term")
    q.show(until >= now, "ahead")


@states(shrink_margin, broken="without margin = #1", bounds="positions of which shares are sold")
def margins_shrink_with_their_shares(q: Question) -> None:
    """A sale leaves the margin of the shares that are left, rounded down."""
    position, held = q.inputs(shrink_margin)
    q.assume(q.get(position, "shares") <= held, held > 0)
    before = q.get(position, "margin")
    q.call(shrink_margin, position, held, aborts_never=True)
    after, shares = q.get(position, "margin"), q.get(position, "shares")
    owed = q.get(position, "debt") != 0
    q.show(q.terms.implies(owed, after * held <= before * shares), "no more than its part")
    q.show(q.terms.implies(owed, (after + 1) * held > before * shares), "by less than 1")
    q.show(q.terms.either(owed, after == before), "without debt")


@states(
    put_on,
    take_off,
    broken="without [] = #1",
    bounds=f"rungs below {RUNGS}",
    given="`rung_for` covers what is owed, and `refresh_block` makes a block anew (the line)",
)
def positions_stand_where_their_debt_demands(q: Question) -> None:
    """† A position with debt stands on the rung that covers debt, dues and cushion; taken off, the ladder is what it was without."""
    q.lengths(rungs=RUNGS)
    market, ladder, position, cushion = q.inputs(put_on)
    chosen = q.integer("rung", 0, RUNGS - 1)
    highest = q.terms.truth("none")
    refreshed: list[tuple[Term, ...]] = []
    q.contract(rung_for, lambda x, _state, _arguments: [x.terms.choose(highest, NO_RUNG, chosen)])
    q.contract(refresh_block, lambda _x, _state, arguments: refreshed.append(tuple(arguments)) or [])
    before = [q.get(ladder, "rungs", i) for i in range(RUNGS)]
    debt, shares = q.get(position, "debt"), q.get(position, "shares")
    q.assume(cushion <= CUSHION)
    q.call(put_on, market, ladder, position, cushion)
    rung = q.get(position, "rung")
    for i in range(RUNGS):
        here = q.terms.both(debt != 0, rung == i)
        q.show(q.get(ladder, "rungs", i) == before[i] + q.terms.choose(here, shares, 0), f"rung {i}")
    q.show(q.terms.implies(debt == 0, rung == 0), "without debt")
    q.show(q.terms.implies(debt != 0, q.terms.both(rung == chosen, q.terms.negation(highest))), "with")
    (asked,) = (each for each in q.handovers if each.what is rung_for)
    q.show(q.terms.implies(debt != 0, asked.arguments[0] == shares), "its shares")
    q.show(q.terms.implies(debt != 0, asked.arguments[1] == q.call(owed_ceil, debt) + cushion), "what it owes")
    q.show(asked.arguments[2] == (q.get(market, "maker") == Maker.PM_AMM), "its prices")
    q.show(q.terms.implies(debt != 0, refreshed[0][4] * BLOCK + q.terms.rest(rung, BLOCK) == rung), "its block")
    q.show(refreshed[0][3] == q.get(market, "liquidity"), "at the market's scale")
    q.assume(debt != 0)
    q.call(take_off, market, ladder, position)
    for i in range(RUNGS):
        q.show(q.get(ladder, "rungs", i) == before[i], f"off {i}")
    q.show(refreshed[1][4] == refreshed[0][4], "the same block")
