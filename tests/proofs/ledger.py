"""The ledger of a market: money goes nowhere, and the escrow covers every outcome."""

from hognose.proof.memory import Object
from hognose.proof.question import Question
from hognose.proof.terms import Term
from quatrain.program.opening import finish
from quatrain.program.pool import fix_payouts, give_back, pay_claim, pay_out, redeem_sets, take_in
from quatrain.program.state import PRICE_ONE
from tests.proofs.ledgers import market_money, reserve
from tests.proofs.statement import states

OUTCOMES = 4
FEW = f"2 to {OUTCOMES} outcomes"


def market_of(q: Question, market: Object, count: Term = OUTCOMES) -> None:
    """Let a market have so many outcomes."""
    q.put(market, "outcome_count", value=count)


def outcome_of(q: Question, market: Object, outcome: int) -> Object:
    """The shares of an outcome."""
    return q.get(market, "outcomes", outcome)


def covered(q: Question, market: Object, count: Term = OUTCOMES) -> list[Term]:
    """That the escrow covers each outcome: r_i ≥ 0."""
    return [
        q.terms.implies(i < count if not isinstance(count, int) else True, reserve(q, market, i) >= 0)
        for i in range(OUTCOMES)
    ]


@states(take_in, broken="without sets = #1", bounds="any of 4 outcomes")
def purchases_move_money(q: Question) -> None:
    """What a purchase costs leaves the trader's free money, and is escrow and fee; shares and cost basis are counted."""
    q.lengths(outcomes=OUTCOMES)
    trader, market, _, position, shares, cost, fee = q.inputs(take_in)
    outcome = outcome_of(q, market, 2)
    before = q.get(trader, "free") + market_money(q, market)
    sold = q.get(outcome, "sold") - q.get(position, "shares")
    basis = q.get(market, "unsynced") - q.get(position, "cost")
    free, due, volume = q.get(trader, "free"), q.get(market, "fees_due"), q.get(market, "volume")
    q.call(take_in, trader, market, outcome, position, shares, cost, fee)
    q.show(q.get(trader, "free") + market_money(q, market) == before, "conservation")
    q.show(q.get(trader, "free") == free - cost - fee, "what was agreed")
    q.show(q.get(market, "fees_due") == due + fee, "fee")
    q.show(q.get(outcome, "sold") - q.get(position, "shares") == sold, "shares")
    q.show(q.get(market, "unsynced") - q.get(position, "cost") == basis, "cost basis")
    q.show(q.get(market, "volume") - volume == cost, "volume")


@states(take_in, broken="without TRADE_TOO_LARGE #1", bounds="any of 4 outcomes")
def purchases_leave_every_outcome_covered(q: Question) -> None:
    """† After a purchase the escrow covers each outcome if it did before, whatever price was charged."""
    q.lengths(outcomes=OUTCOMES)
    trader, market, _, position, shares, cost, fee = q.inputs(take_in)
    outcome = outcome_of(q, market, 2)
    q.assume(*covered(q, market))
    others = [reserve(q, market, i) for i in range(OUTCOMES)]
    q.call(take_in, trader, market, outcome, position, shares, cost, fee)
    for i in range(OUTCOMES):
        q.show(reserve(q, market, i) >= 0, f"outcome {i}")
        q.show(reserve(q, market, i) == others[i] + cost - (shares if i == 2 else 0), f"reserve {i}")
    q.show(reserve(q, market, 2) >= 1, "one is left")


@states(pay_out, broken="without fees_due = #1", bounds="any of 4 outcomes; fees up to the proceeds")
def sales_move_money(q: Question) -> None:
    """What a sale brings leaves the escrow, and is free money and fee; shares and cost basis are counted."""
    q.lengths(outcomes=OUTCOMES)
    trader, market, _, position, shares, proceeds, fee = q.inputs(pay_out)
    outcome = outcome_of(q, market, 2)
    before = q.get(trader, "free") + market_money(q, market)
    sold = q.get(outcome, "sold") - q.get(position, "shares")
    basis = q.get(market, "unsynced") - q.get(position, "cost")
    free, volume = q.get(trader, "free"), q.get(market, "volume")
    reserves = [reserve(q, market, i) for i in range(OUTCOMES)]
    q.call(pay_out, trader, market, outcome, position, shares, proceeds, fee)
    q.show(q.get(trader, "free") + market_money(q, market) == before, "conservation")
    q.show(q.get(trader, "free") == free + proceeds - fee, "what was agreed")
    q.show(q.get(outcome, "sold") - q.get(position, "shares") == sold, "shares")
    q.show(q.get(market, "unsynced") - q.get(position, "cost") == basis, "cost basis")
    q.show(q.get(market, "volume") - volume == proceeds, "volume")
    for i in range(OUTCOMES):
        q.show(reserve(q, market, i) == reserves[i] - proceeds + (shares if i == 2 else 0), f"reserve {i}")


@states(pay_out, broken="mul_div_floor → mul_div_ceil #1", bounds="positions with shares")
def the_cost_of_what_is_left_never_falls_short(q: Question) -> None:
    """A sale takes its part of the cost basis, rounded down: open interest is never understated, and gone with the last share."""
    trader, market, _, position, shares, proceeds, fee = q.inputs(pay_out)
    cost, held = q.get(position, "cost"), q.get(position, "shares")
    q.call(pay_out, trader, market, outcome_of(q, market, 0), position, shares, proceeds, fee)
    left = q.get(position, "shares")
    q.show(q.get(position, "cost") * held >= cost * left, "no less than its part")
    q.show((q.get(position, "cost") - 1) * held < cost * left, "by less than 1")
    q.show(q.terms.implies(left == 0, q.get(position, "cost") == 0), "gone")


@states(give_back, broken="without shares = #1", bounds="any of 2 outcomes")
def merged_shares_leave_the_books(q: Question) -> None:
    """Shares that come back as parts of complete sets leave position and outcome, with their part of the cost."""
    q.lengths(outcomes=2)
    market, position, shares = q.inputs(give_back)
    q.put(position, "outcome", value=1)
    outcome = outcome_of(q, market, 1)
    sold, held = q.get(outcome, "sold"), q.get(position, "shares")
    basis = q.get(market, "unsynced") - q.get(position, "cost")
    cost, sets = q.get(position, "cost"), q.get(market, "sets")
    q.call(give_back, market, position, shares)
    q.show(q.get(outcome, "sold") == sold - shares, "sold")
    q.show(q.get(position, "shares") == held - shares, "position")
    q.show(q.get(market, "unsynced") - q.get(position, "cost") == basis, "cost basis")
    q.show(
        q.terms.both(q.get(position, "cost") * held >= cost * (held - shares), q.get(position, "cost") <= cost),
        "its part",
    )
    q.show(q.get(market, "sets") == sets, "the escrow is the caller's")


@states(redeem_sets, broken="min → max #1", bounds=FEW)
def redeemed_sets_are_the_vaults(q: Question) -> None:
    """† Sets that the vault redeems are complete and its own: every reserve stays as it is, and one outcome is held no more."""
    q.lengths(outcomes=OUTCOMES)
    (market,) = q.inputs(redeem_sets)
    count = q.integer("count", 2, OUTCOMES)
    market_of(q, market, count)
    q.assume(*covered(q, market, count))
    reserves = [reserve(q, market, i) for i in range(OUTCOMES)]
    sets = q.get(market, "sets")
    found = q.call(redeem_sets, market, aborts_never=True)
    q.show(q.get(market, "sets") == sets - found, "escrow")
    held = [q.get(market, "outcomes", i, "held") for i in range(OUTCOMES)]
    for i in range(OUTCOMES):
        q.show(q.terms.implies(i < count, reserve(q, market, i) == reserves[i]), f"reserve {i}")
        q.show(q.terms.implies(i < count, held[i] >= 0), f"held {i}")
    q.show(q.terms.either(*(q.terms.both(i < count, held[i] == 0) for i in range(OUTCOMES))), "all of them")


@states(fix_payouts, broken="<= → < #1", bounds=f"{FEW}; every payout vector")
def resolution_is_always_possible(q: Question) -> None:
    """† Where the escrow covers each outcome, every payout vector that sums to 1 can be fixed, and the vault gets back the rest.

    So the maker loses at most what it gave: what is returned is not negative.
    """
    q.lengths(outcomes=OUTCOMES, payouts=OUTCOMES)
    market, payouts = q.inputs(fix_payouts)
    count = q.integer("count", 2, OUTCOMES)
    market_of(q, market, count)
    vector = [q.integer("payout", 0, PRICE_ONE) for _ in range(OUTCOMES)]
    for i, payout in enumerate(vector):
        q.put(payouts, i, value=payout)
    q.assume(sum(q.terms.choose(i < count, vector[i], 0) for i in range(OUTCOMES)) == PRICE_ONE)
    q.assume(
        *(
            q.terms.implies(i < count, q.get(market, "sets") >= q.get(market, "outcomes", i, "sold"))
            for i in range(OUTCOMES)
        )
    )
    q.assume(q.get(market, "sequence") < 1 << 63)
    sets = q.get(market, "sets")
    sold = [q.get(market, "outcomes", i, "sold") for i in range(OUTCOMES)]
    # Each product is at most its share of the whole escrow.
    for i in range(OUTCOMES):
        q.show(q.terms.implies(i < count, sold[i] * vector[i] <= sets * vector[i]), f"part {i}")
    returned = q.call(fix_payouts, market, payouts, aborts_never=True)
    claims = q.get(market, "sets")
    q.show(q.terms.both(returned >= 0, returned + claims == sets), "conservation")
    owed = sum(q.terms.choose(i < count, sold[i] * vector[i], 0) for i in range(OUTCOMES))
    q.show(q.terms.both(claims * PRICE_ONE >= owed, (claims - 1) * PRICE_ONE < owed), "what is owed, rounded up")
    for i in range(OUTCOMES):
        q.show(q.terms.implies(i < count, q.get(market, "outcomes", i, "held") == vector[i]), f"payout {i}")


@states(fix_payouts, broken="without PAYOUTS_INVALID #2", bounds="4 outcomes")
def payouts_sum_to_one(q: Question) -> None:
    """Payouts are fixed only if each is at most 1 and all together are 1."""
    q.lengths(outcomes=OUTCOMES, payouts=OUTCOMES)
    market, payouts = q.inputs(fix_payouts)
    market_of(q, market)
    q.call(fix_payouts, market, payouts)
    values = [q.get(market, "outcomes", i, "held") for i in range(OUTCOMES)]
    q.show(sum(values) == PRICE_ONE)
    q.show(q.terms.both(*(value <= PRICE_ONE for value in values)))


@states(pay_claim, broken="mul_div_floor → mul_div_ceil #1", bounds="4 outcomes, positions in the second")
def every_claim_is_paid(q: Question) -> None:
    """† A resolved market's escrow that covers all claims pays each of them, and covers the others after."""
    q.lengths(outcomes=OUTCOMES)
    trader, market, position = q.inputs(pay_claim)
    q.put(position, "outcome", value=1)

    def owed() -> Term:
        return sum(q.get(market, "outcomes", i, "sold") * q.get(market, "outcomes", i, "held") for i in range(OUTCOMES))

    sold = q.get(market, "outcomes", 1, "sold")
    shares, payout_each = q.get(position, "shares"), q.get(market, "outcomes", 1, "held")
    # Other positions' shares are what is sold beyond this one's.
    others = q.integer("others", 0, (1 << 64) - 1)
    q.assume(sold == shares + others, payout_each <= PRICE_ONE)
    q.assume(q.get(market, "sets") * PRICE_ONE >= owed())
    q.assume(q.get(trader, "free") < 1 << 62, shares < 1 << 62)
    basis = q.get(market, "unsynced") - q.get(position, "cost")
    q.assume(basis > -(1 << 62), basis < 1 << 62, q.get(position, "cost") < 1 << 62)
    free, sets = q.get(trader, "free"), q.get(market, "sets")
    q.show(shares * payout_each <= owed(), "a part of all")
    paid = q.call(pay_claim, trader, market, position, aborts_never=True)
    q.show(
        q.terms.both(paid * PRICE_ONE <= shares * payout_each, (paid + 1) * PRICE_ONE > shares * payout_each),
        "rounded down",
    )
    q.show(q.terms.both(q.get(trader, "free") == free + paid, q.get(market, "sets") == sets - paid), "conservation")
    q.show(q.get(market, "sets") * PRICE_ONE >= owed(), "the others")
    q.show(q.terms.both(q.get(position, "shares") == 0, q.get(position, "cost") == 0), "empty")
    q.show(q.get(market, "unsynced") - q.get(position, "cost") == basis, "cost basis")
    q.show(q.get(market, "outcomes", 1, "sold") == others, "sold")


@states(finish, broken="max → min #1", bounds=FEW)
def pools_open_with_their_reserves(q: Question) -> None:
    """† A new market's sets are its largest reserve, the vault holds what other reserves do not need: each reserve is as derived."""
    q.lengths(outcomes=OUTCOMES)
    (market,) = q.inputs(finish)
    count = q.integer("count", 2, OUTCOMES)
    market_of(q, market, count)
    wanted = [q.get(market, "outcomes", i, "held") for i in range(OUTCOMES)]
    for i in range(OUTCOMES):
        q.put(market, "outcomes", i, "sold", value=0)
    q.call(finish, market, aborts_never=True)
    for i in range(OUTCOMES):
        q.show(q.terms.implies(i < count, reserve(q, market, i) == wanted[i]), f"reserve {i}")
    q.show(
        q.terms.either(*(q.terms.both(i < count, q.get(market, "sets") == wanted[i]) for i in range(OUTCOMES))),
        "no more",
    )
