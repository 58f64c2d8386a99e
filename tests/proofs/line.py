"""The water line: rungs, blocks, the line of all loans, and that a sale at a rung repays its loan."""

from hognose.proof.memory import Object
from hognose.proof.question import Question
from hognose.proof.terms import Term
from quatrain.core import water_line
from quatrain.core.water_line import (
    BLOCK,
    MIDDLE,
    NO_LINE,
    NO_RUNG,
    PRICE_BITS,
    RATE_ONE,
    RUNGS,
    height_ceil,
    line_above,
    line_of,
    margin,
    owed_ceil,
    refresh_block,
    rung_for,
    scale_held_ceil,
)
from tests.proofs.statement import states

SCALE_MAXIMUM = 1 << 54
BLOCKS = (0, 7, 8, 15)
"""The highest and the lowest, and those around even prices; others differ by a constant only."""
SHARES_MAXIMUM = 1 << 50
"""Shares on one rung: of all, 2⁵⁸. A market's largest liquidity is 2⁴³·¹ µUSDC, and a buy at most 64 times that."""
LADDER = "scales to 2⁵⁴, shares to 2⁵⁰ µshares on each of all 256 rungs"


def height(scale: Term, rung: int) -> Term:
    """s·τ of a rung, times 32."""
    return scale * (rung - MIDDLE)


def ladder(q: Question) -> tuple[Object, Object, Object]:
    """The three arrays of a ladder, of any contents within the bounds."""
    q.lengths(rungs=RUNGS, sums=BLOCK, lines=BLOCK)
    rungs, sums, lines, _, _ = q.inputs(refresh_block)
    for i in range(RUNGS):
        q.put(rungs, i, value=q.integer("shares", 0, SHARES_MAXIMUM))
    for i in range(BLOCK):
        q.put(sums, i, value=q.integer("sum", 0, BLOCK * SHARES_MAXIMUM))
        q.put(lines, i, value=q.integer("line", NO_LINE, 1 << 60))
    return rungs, sums, lines


def block_holds(q: Question, parts: tuple[Object, Object, Object], scale: Term, block: int) -> Term:
    """A block's sum is that of its rungs, and no occupied rung stands above its line: s·τ_k + the block's shares from k up."""
    rungs, sums, lines = parts
    total = sum(q.get(rungs, block * BLOCK + i) for i in range(BLOCK))
    return q.terms.both(q.get(sums, block) == total, rungs_below(q, rungs, q.get(lines, block), scale, block))


@states(height_ceil, broken="128 → 129 #1", bounds="scales to 2⁵⁴, each of 256 rungs")
def heights_are_rounded_up(q: Question) -> None:
    """The height of a rung is s·τ, rounded up to a µshare."""
    scale = q.integer("scale", 0, SCALE_MAXIMUM)
    for rung in range(RUNGS):
        found = q.call(height_ceil, scale, rung, aborts_never=True)
        q.show(q.terms.both(32 * found >= height(scale, rung), 32 * (found - 1) < height(scale, rung)), f"rung {rung}")


@states(refresh_block, broken="max → min #1", bounds=f"{LADDER}; blocks 0, 7, 8 and 15")
def the_line_of_a_block_is_above_its_loans(q: Question) -> None:
    """† A block that was made anew has the sum of its rungs, and no loan of it stands above its line; it changes nothing else."""
    parts = ladder(q)
    scale = q.integer("scale", 0, SCALE_MAXIMUM)
    rungs, sums, lines = parts
    for block in BLOCKS:
        kept = [(array, i, q.get(array, i)) for array in (sums, lines) for i in range(BLOCK) if i != block]
        kept += [(rungs, i, q.get(rungs, i)) for i in range(RUNGS)]
        q.call(refresh_block, *parts, scale, block, aborts_never=True)
        q.show(block_holds(q, parts, scale, block), f"block {block}")
        q.show(q.terms.both(*(q.get(array, i) == value for array, i, value in kept)), "nothing else")
        empty = q.terms.both(*(q.get(rungs, block * BLOCK + i) == 0 for i in range(BLOCK)))
        q.show(q.terms.implies(empty, q.get(lines, block) == NO_LINE), "empty")


@states(refresh_block, broken="without [] = #2", bounds=f"{LADDER}, blocks 0, 7 and 15")
def the_line_of_a_block_is_no_higher_than_needed(q: Question) -> None:
    """A block's line is that of one of its occupied rungs: no loan is refused for nothing."""
    parts = ladder(q)
    scale = q.integer("scale", 0, SCALE_MAXIMUM)
    rungs, _, lines = parts
    for block in (0, 7, 15):
        q.call(refresh_block, *parts, scale, block)
        above: Term = 0
        met: list[Term] = []
        for rung in range((block + 1) * BLOCK - 1, block * BLOCK - 1, -1):
            shares = q.get(rungs, rung)
            above = above + shares
            met.append(q.terms.both(shares != 0, 32 * (q.get(lines, block) - above - 1) < height(scale, rung)))
        q.show(q.terms.either(q.get(lines, block) == NO_LINE, *met), f"block {block}")


@states(
    line_of,
    broken="max → min #1",
    bounds=LADDER,
    given="each block is as `refresh_block` leaves it (the line of a block is above its loans)",
)
def the_line_is_above_every_loan(q: Question) -> None:
    """† The line D of a ladder is at least s·τ_k + Q_k for every occupied rung k, Q_k the shares on it and all above."""
    parts = ladder(q)
    scale = q.integer("scale", 0, SCALE_MAXIMUM)
    rungs, sums, lines = parts
    whole = [block_holds(q, parts, scale, block) for block in range(BLOCK)]
    q.assume(*whole)
    line = q.named(q.call(line_of, sums, lines, aborts_never=True), "line")
    above: Term = 0
    for block in range(BLOCK - 1, -1, -1):
        reached = q.terms.implies(q.get(sums, block) != 0, line >= q.get(lines, block) + above)
        q.show(reached, f"line of block {block}")
        q.show(rungs_below(q, rungs, line - above, scale, block), f"block {block}", (reached, whole[block]))
        above = above + q.get(sums, block)
    q.show(q.terms.implies(above == 0, line == NO_LINE), "no loans")


def rungs_below(q: Question, rungs: Object, line: Term, scale: Term, block: int, lowest: int = 0) -> Term:
    """That no occupied rung of a block, from the lowest on, is above a line: s·τ_k and the block's shares from k up."""
    above: Term = 0
    holds: list[Term] = []
    for rung in range((block + 1) * BLOCK - 1, max(block * BLOCK, lowest) - 1, -1):
        above = above + q.get(rungs, rung)
        holds.append(q.terms.implies(q.get(rungs, rung) != 0, 32 * (line - above) >= height(scale, rung)))
    return q.terms.both(*holds)


@states(
    line_above,
    broken="max → min #1",
    bounds=f"{LADDER}; above rung 200",
    given="each block is as `refresh_block` leaves it",
)
def the_line_of_riskier_loans_is_above_them(q: Question) -> None:
    """† `line_above` a rung is at least s·τ_k + Q_k for every occupied rung k above it, and `NO_LINE` where there is none."""
    parts = ladder(q)
    scale = q.integer("scale", 0, SCALE_MAXIMUM)
    rungs, sums, lines = parts
    whole = [block_holds(q, parts, scale, block) for block in range(BLOCK)]
    q.assume(*whole)
    own = 200
    line = q.named(q.call(line_above, *parts, scale, own, aborts_never=True), "line")
    above: Term = 0
    for block in range(BLOCK - 1, own // BLOCK, -1):
        reached = q.terms.implies(q.get(sums, block) != 0, line >= q.get(lines, block) + above)
        q.show(reached, f"line of block {block}")
        q.show(rungs_below(q, rungs, line - above, scale, block), f"block {block}", (reached, whole[block]))
        above = above + q.get(sums, block)
    q.show(rungs_below(q, rungs, line - above, scale, own // BLOCK, own + 1), "its own block")
    for rung in range(own + 1, (own // BLOCK + 1) * BLOCK):
        above = above + q.get(rungs, rung)
    q.show(q.terms.implies(above == 0, line == NO_LINE), "none above")


@states(rung_for, broken=">= → > #2", bounds="all shares and debts below 2⁶² µ; both makers' 256 prices")
def rungs_cover_what_is_owed(q: Question) -> None:
    """† At its rung's price a loan's shares bring what is owed, and at the price of the rung below they do not."""
    shares, owed, _ = q.inputs(rung_for)
    q.assume(shares < 1 << 62)
    q.fork(rung_for)
    q.executor.rounds = 9
    for is_normal in (False, True):
        prices = water_line._NORMAL if is_normal else water_line._LOGISTIC
        rung = q.call(rung_for, shares, owed, is_normal, aborts_never=True)
        at = q.terms.by_cases(rung, lambda k, prices=prices: prices[k] if k < RUNGS else 1 << PRICE_BITS)
        below = q.terms.by_cases(rung, lambda k, prices=prices: prices[min(k, RUNGS) - 1] if k > 0 else -1)
        q.show(q.terms.implies(rung != NO_RUNG, shares * at >= owed * (1 << PRICE_BITS)), f"covered {is_normal}")
        # The least price is rounded up: a rung lower would not do by less than a unit of its price.
        lowest = q.terms.either(below == -1, shares * below < owed * (1 << PRICE_BITS))
        q.show(q.terms.either(lowest, owed >= shares), f"lowest {is_normal}")
        q.show(q.terms.both(rung >= 0, rung <= NO_RUNG), f"range {is_normal}")
        q.show(q.terms.implies(owed >= shares, rung == NO_RUNG), f"none {is_normal}")


@states(owed_ceil, broken="mul_div_ceil → mul_div_floor #1", bounds="debts below 2⁶³ µUSDC")
def what_is_owed_is_rounded_up(q: Question) -> None:
    """What a sale must bring is the debt over 1 less reward and penalty, rounded up."""
    (debt,) = q.inputs(owed_ceil)
    q.assume(debt < 1 << 63)
    owed = q.call(owed_ceil, debt, aborts_never=True)
    q.show(q.terms.both(owed * (RATE_ONE - 55) >= debt * RATE_ONE, (owed - 1) * (RATE_ONE - 55) < debt * RATE_ONE))


@states(margin, broken="6 → 7 #1", bounds="scales to 2⁵⁴")
def the_margin_is_a_64th(q: Question) -> None:
    """The margin is a sixty-fourth of the scale, rounded down."""
    scale = q.integer("scale", 0, SCALE_MAXIMUM)
    found = q.call(margin, scale, aborts_never=True)
    q.show(q.terms.both(64 * found <= scale, 64 * (found + 1) > scale))


@states(
    scale_held_ceil,
    broken="mul_div_ceil → mul_div_floor #1",
    bounds="scales to 2⁵⁴, levels to ±2⁵⁸; loans on one rung: 40, 129, 200 or 255",
)
def liquidity_falls_no_further_than_the_line_allows(q: Question) -> None:
    """† At the least scale, a pm-AMM's level, shrunk in proportion and 1 lower, is above s·τ + Q and the margin; it never grows."""
    q.lengths(rungs=RUNGS)
    _, scale, level = q.inputs(scale_held_ceil)
    q.assume(scale >= 1, scale <= SCALE_MAXIMUM, level <= 1 << 58, level >= -(1 << 58))
    for rung in (40, 129, 200, 255):
        rungs = q.executor.fresh(q.library.typed(scale_held_ceil).parameters[0][1], "rungs")
        for i in range(RUNGS):
            q.put(rungs, i, value=q.integer("shares", 1, SHARES_MAXIMUM) if i == rung else 0)
        held = q.call(scale_held_ceil, rungs, scale, level)
        # 64·scale·(level' − Q − s'·τ − s'/64), with level' = level·held/scale − 1.
        left = 64 * (level * held - scale * q.get(rungs, rung)) - held * (2 * height(scale, rung) + scale)
        q.show(q.terms.either(held == scale, left >= 64 * scale), f"rung {rung}")
        q.show(held <= scale, "never grows")
