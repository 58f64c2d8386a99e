"""The vault: what shares cost and pay, what vests, and what may be lent out."""

from hognose.proof.memory import Object
from hognose.proof.question import Question
from hognose.proof.terms import Term
from quatrain.core.coverage import THIRD_LEVEL, limited_floor
from quatrain.program.book import cap_now, sync_book
from quatrain.program.exposure import refresh_and_record
from quatrain.program.liquidity import execute_withdrawal
from quatrain.program.state import BPS_ONE
from quatrain.program.vault import (
    LOCKED_SHARES,
    add_profit,
    amount_for_shares_floor,
    is_within,
    lend_cash,
    lend_subsidy,
    redeemable_of,
    shares_for_deposit_floor,
    take_back,
    take_cash_back,
    take_sets,
    vesting_left,
)
from tests.proofs.ledgers import equity, handed_to, without_effect
from tests.proofs.statement import states

MONEY = "amounts below 2⁶³ µUSDC"


def all_shares(q: Question, protocol: Object, supply: Term) -> Term:
    """In token accounts, in open requests, and nobody's."""
    return supply + q.get(protocol, "pending_shares") + q.get(protocol, "locked_shares")


@states(shares_for_deposit_floor, broken="mul_div_floor → mul_div_ceil #1")
def deposits_never_lower_what_a_share_is_worth(q: Question) -> None:
    """† After a deposit, equity per share is at least what it was."""
    protocol, amount, supply = q.inputs(shares_for_deposit_floor)
    total, owned = all_shares(q, protocol, supply), equity(q, protocol)
    q.assume(total > 0)
    shares = q.call(shares_for_deposit_floor, protocol, amount, supply)
    q.show((owned + amount) * total >= owned * (total + shares), "worth")
    q.show((shares + 1) * owned > amount * total, "no share less than paid for")


@states(shares_for_deposit_floor, broken="without locked_shares = #1")
def the_first_deposit_leaves_shares_behind(q: Question) -> None:
    """The first deposit is 10 USDC at least, and a million of the shares that it buys are nobody's for ever."""
    protocol, amount, supply = q.inputs(shares_for_deposit_floor)
    q.assume(all_shares(q, protocol, supply) == 0)
    shares = q.call(shares_for_deposit_floor, protocol, amount, supply)
    q.show(q.get(protocol, "locked_shares") == LOCKED_SHARES, "locked")
    q.show(shares + q.get(protocol, "locked_shares") == amount, "one for a µUSDC")
    q.show(amount >= 10 * LOCKED_SHARES, "10 USDC")


@states(vesting_left, broken="mul_div_ceil → mul_div_floor #1", bounds="schedules as `add_profit` leaves them")
def profits_vest_linearly(q: Question) -> None:
    """What still vests is the profit's part of the time, rounded up: all at its start, none at its end, never more later."""
    protocol, slot = q.inputs(vesting_left)
    later = q.integer("later", 0, (1 << 64) - 1)
    start, end, profit = (q.get(protocol, name) for name in ("vesting_slot", "vesting_end_slot", "vesting_profit"))
    q.assume(start <= slot, slot <= later, start <= end)
    left = q.call(vesting_left, protocol, slot, aborts_never=True)
    q.show(q.terms.both(left >= 0, left <= profit), "range")
    q.show(q.terms.implies(slot >= end, left == 0), "none at the end")
    q.show(q.terms.implies(slot < end, left * (end - start) >= profit * (end - slot)), "rounded up")
    q.show(q.call(vesting_left, protocol, later) <= left, "falls")


@states(
    add_profit,
    broken="without vesting_profit = #1",
    bounds="schedules as `add_profit` leaves them; parameters to 2³² slots",
)
def profits_are_vested_whole(q: Question) -> None:
    """A profit that is added vests with what is left of the one before, over no more slots than either."""
    protocol, amount, slot = q.inputs(add_profit)
    start, end = q.get(protocol, "vesting_slot"), q.get(protocol, "vesting_end_slot")
    span = q.get(protocol, "parameters", "profit_vesting_slots")
    q.assume(start <= slot, start <= end, span < 1 << 32, end - slot < 1 << 32, amount > 0, slot < 1 << 62)
    left = q.call(vesting_left, protocol, slot)
    q.call(add_profit, protocol, amount, slot)
    q.show(q.get(protocol, "vesting_profit") == left + amount, "whole")
    q.show(q.get(protocol, "vesting_slot") == slot, "from now")
    until = q.get(protocol, "vesting_end_slot") - slot
    q.show(q.terms.both(until >= 0, until <= q.terms.most(q.terms.most(end - slot, 0), span)), "no longer")


@states(
    redeemable_of,
    broken="- → + #1",
    bounds="schedules as `add_profit` leaves them",
    given="the sum of floors is at most that of subsidies (the floor is what the worst outcome leaves)",
)
def withdrawals_get_the_lower_value(q: Question) -> None:
    """† What withdrawals are paid of is never above what deposits pay for: of the two values, who leaves gets the lower."""
    protocol, slot = q.inputs(redeemable_of)
    q.assume(q.get(protocol, "floors_out") <= q.get(protocol, "subsidies_out"))
    q.assume(q.get(protocol, "vesting_slot") <= slot)
    found = q.call(redeemable_of, protocol, slot)
    left = q.call(vesting_left, protocol, slot)
    least = sum(q.get(protocol, name) for name in ("lp_cash", "floors_out", "loans_out"))
    q.show(found <= equity(q, protocol), "lower")
    q.show(found == q.terms.most(least - left, 0), "without what vests")


@states(
    amount_for_shares_floor,
    broken="mul_div_floor → mul_div_ceil #1",
    given="the sum of floors is at most that of subsidies",
)
def withdrawals_never_lower_what_a_share_is_worth(q: Question) -> None:
    """† After shares are redeemed, both values per share are at least what they were."""
    protocol, shares, supply, slot = q.inputs(amount_for_shares_floor)
    q.assume(q.get(protocol, "floors_out") <= q.get(protocol, "subsidies_out"))
    total, owned = all_shares(q, protocol, supply), equity(q, protocol)
    q.assume(shares <= total)
    worth = q.call(redeemable_of, protocol, slot)
    paid = q.call(amount_for_shares_floor, protocol, shares, supply, slot)
    q.show((worth - paid) * total >= worth * (total - shares), "lower value")
    q.show(
        (owned - paid) * total >= owned * (total - shares),
        "higher value",
    )


@states(
    shares_for_deposit_floor,
    amount_for_shares_floor,
    broken="mul_div_floor → mul_div_ceil #1",
    given="the sum of floors is at most that of subsidies",
)
def in_and_out_gains_nothing(q: Question) -> None:
    """† Who pays in and redeems the shares at once gets at most what he paid."""
    protocol, amount, supply = q.inputs(shares_for_deposit_floor)
    slot = q.integer("slot", 0, (1 << 64) - 1)
    q.assume(q.get(protocol, "floors_out") <= q.get(protocol, "subsidies_out"))
    total, owned = all_shares(q, protocol, supply), equity(q, protocol)
    q.assume(total > 0, q.get(protocol, "vesting_slot") <= slot)
    shares = q.call(shares_for_deposit_floor, protocol, amount, supply)
    q.put(protocol, "lp_cash", value=q.get(protocol, "lp_cash") + amount)
    q.show((owned + amount) * total >= owned * (total + shares), "worth")
    paid = q.call(amount_for_shares_floor, protocol, shares, supply + shares, slot)
    # paid ≤ shares·(owned + amount)/(total + shares), and shares·owned ≤ amount·total.
    after = q.named(total + shares, "shares after")
    q.show(paid * after <= shares * (owned + amount), "at most its part")
    q.show(shares * (owned + amount) <= amount * after, "the part is at most what was paid")
    q.show(paid <= amount)


@states(is_within, broken="<= → < #1", bounds="parts up to 2³² basis points")
def limits_are_parts_of_equity(q: Question) -> None:
    """An amount is within a part of equity exactly when it is at most that part, less what recovery takes."""
    protocol, amount, bps = q.inputs(is_within)
    q.assume(bps < 1 << 32, q.get(protocol, "recovery") <= 3)
    within = q.call(is_within, protocol, amount, bps)
    kept = q.call(limited_floor, bps, q.get(protocol, "recovery"))
    q.show(within == (amount * BPS_ONE <= equity(q, protocol) * kept))


def within(q: Question, protocol: Object, amount: Term, bps: str) -> Term:
    """The gate of a part of equity."""
    kept = q.get(protocol, "parameters", bps)
    return amount * BPS_ONE <= equity(q, protocol) * kept


@states(lend_subsidy, broken="without SUBSIDY_ABOVE_TOTAL_CAP #1", bounds="parts up to 100 %")
def subsidies_stay_inside_their_gates(q: Question) -> None:
    """† After a subsidy is lent, all subsidies, and with them all that the vault can lose, are inside the part of equity allowed.

    So are those of market and verse, and all outlays. Money moves from cash to subsidies, and equity stays as it is.
    """
    protocol, verse, subsidy, before = q.inputs(lend_subsidy)
    for name in ("subsidies_bps", "subsidy_bps", "verse_bps", "outlays_bps"):
        q.assume(q.get(protocol, "parameters", name) <= BPS_ONE)
    q.assume(q.get(protocol, "recovery") <= 3)
    owned = equity(q, protocol)
    of_verse = q.get(verse, "subsidies")
    q.call(lend_subsidy, protocol, verse, subsidy, before)
    q.show(equity(q, protocol) == owned, "equity")
    q.show(q.get(verse, "subsidies") == of_verse + subsidy, "verse's")
    out = q.get(protocol, "subsidies_out")
    q.show(within(q, protocol, out, "subsidies_bps"), "all")
    q.show(within(q, protocol, before + subsidy, "subsidy_bps"), "market")
    q.show(within(q, protocol, q.get(verse, "subsidies") + q.get(verse, "loans"), "verse_bps"), "verse")
    q.show(within(q, protocol, out + q.get(protocol, "loans_out"), "outlays_bps"), "outlays")


@states(lend_cash, broken="without LOANS_ABOVE_CAP #3", bounds="parts up to 100 %")
def loan_cash_stays_inside_its_gates(q: Question) -> None:
    """Cash for loans is the vault's own, and with it market, verse and all outlays are inside the parts of equity allowed."""
    protocol, verse, outlay, amount = q.inputs(lend_cash)
    for name in ("subsidy_bps", "verse_bps", "outlays_bps"):
        q.assume(q.get(protocol, "parameters", name) <= BPS_ONE)
    q.assume(q.get(protocol, "recovery") <= 3)
    owned, of_verse = equity(q, protocol), q.get(verse, "loans")
    q.call(lend_cash, protocol, verse, outlay, amount)
    q.show(equity(q, protocol) == owned, "equity")
    q.show(q.get(verse, "loans") == of_verse + amount, "verse's")
    q.show(within(q, protocol, outlay + amount, "subsidy_bps"), "market")
    q.show(within(q, protocol, q.get(verse, "subsidies") + q.get(verse, "loans"), "verse_bps"), "verse")
    out = q.get(protocol, "subsidies_out") + q.get(protocol, "loans_out")
    q.show(within(q, protocol, out, "outlays_bps"), "outlays")


@states(take_cash_back, broken="without loans = #1")
def loan_cash_comes_back_whole(q: Question) -> None:
    """What a book returns is cash again: equity stays as it is."""
    protocol, verse, amount = q.inputs(take_cash_back)
    owned, of_verse = equity(q, protocol), q.get(verse, "loans")
    q.call(take_cash_back, protocol, verse, amount)
    q.show(q.terms.both(equity(q, protocol) == owned, q.get(verse, "loans") == of_verse - amount))


@states(take_sets, broken="without lp_cash = #1")
def redeemed_sets_repay_the_subsidy_first(q: Question) -> None:
    """Sets that come back repay the subsidy first: equity rises by the profit beyond it, and all of that vests."""
    protocol, verse, market, sets, slot = q.inputs(take_sets)
    q.contract(add_profit, without_effect)
    owned, subsidy = equity(q, protocol), q.get(market, "subsidy")
    books = q.get(verse, "subsidies") - q.get(market, "subsidy")
    out = q.get(protocol, "subsidies_out") - q.get(market, "subsidy")
    q.call(take_sets, protocol, verse, market, sets, slot)
    profit = q.terms.most(sets - subsidy, 0)
    q.show(equity(q, protocol) == owned + profit, "equity")
    q.show(handed_to(q, add_profit, 1) == profit, "vests")
    q.show(q.get(market, "subsidy") == q.terms.most(subsidy - sets, 0), "market's")
    q.show(q.get(verse, "subsidies") - q.get(market, "subsidy") == books, "verse's")
    q.show(q.get(protocol, "subsidies_out") - q.get(market, "subsidy") == out, "all")


@states(take_back, broken="without lp_cash = #1")
def the_vault_loses_at_most_the_subsidy(q: Question) -> None:
    """† When a market is resolved, the vault's equity falls by the subsidy less what is returned, so by the subsidy at most."""
    protocol, verse, subsidy, returned, slot = q.inputs(take_back)
    q.contract(add_profit, without_effect)
    owned, of_verse = equity(q, protocol), q.get(verse, "subsidies")
    q.call(take_back, protocol, verse, subsidy, returned, slot)
    q.show(equity(q, protocol) == owned - subsidy + returned, "books")
    q.show(equity(q, protocol) >= owned - subsidy, "bound")
    q.show(q.get(verse, "subsidies") == of_verse - subsidy, "verse's")
    # The contract sees the call on its path only, so the profit counts where there is one.
    q.show(handed_to(q, add_profit, 1) == q.terms.most(returned - subsidy, 0), "vests")


@states(sync_book, broken="without insurance = #1", given="what `refresh_and_record` does: it changes no money")
def what_a_book_earned_is_the_vaults(q: Question) -> None:
    """A sync moves interest to the vault and penalties to the insurance fund, each once, and makes the debt the protocol's."""
    (accounts,) = q.inputs(sync_book)
    protocol, book = q.get(accounts, "protocol"), q.get(accounts, "book")
    q.contract(refresh_and_record, without_effect)
    q.contract(
        cap_now, lambda x, _state, _arguments: [x.terms.integer("cap", 0, 1 << 63), x.terms.integer("bound", 0, 6)]
    )
    q.contract(add_profit, without_effect)
    parts = (("lp_cash", "earned"), ("insurance", "penalties"))
    before = [q.get(protocol, a) + q.get(book, b) for a, b in parts]
    debts = q.get(protocol, "debt_out") - q.get(book, "synced_debt")
    q.call(sync_book, accounts)
    for (a, b), wanted in zip(parts, before, strict=True):
        q.show(q.terms.both(q.get(protocol, a) == wanted, q.get(book, b) == 0), a)
    q.show(q.get(protocol, "debt_out") - q.get(book, "synced_debt") == debts, "others' debts")
    q.show(q.get(book, "synced_debt") == q.get(book, "debt"), "debt")


@states(execute_withdrawal, broken="min → max #1", given="what `refresh_and_record` does: it changes no money")
def withdrawals_pay_what_was_noted_at_most(q: Question) -> None:
    """A withdrawal pays at most its part of what was noted and what the shares are worth, out of cash, and mints the rest again.

    What leaves the token account is what leaves the cash, and shares that are neither paid nor minted are none.
    """
    accounts, shares, least = q.inputs(execute_withdrawal)
    protocol, withdrawal = q.get(accounts, "protocol"), q.get(accounts, "withdrawal")
    q.contract(refresh_and_record, without_effect)
    supply, slot = q.get(accounts, "share_mint", "supply"), q.get(q.executor.clock, "slot")
    cash, pending = q.get(protocol, "lp_cash"), q.get(protocol, "pending_shares")
    asked, noted = q.get(withdrawal, "shares"), q.get(withdrawal, "most")
    worth = q.call(amount_for_shares_floor, protocol, shares, supply, slot)
    q.call(execute_withdrawal, accounts, shares, least)
    paid = cash - q.get(protocol, "lp_cash")
    q.show(q.terms.both(paid >= least, paid >= 1, paid <= cash), "paid")
    q.show(paid <= worth, "what they are worth")
    q.show(paid * asked <= noted * shares, "what was noted")
    q.show(q.get(protocol, "pending_shares") == pending - asked, "request")
    moved = [h for h in q.handovers if h.what == "invoke"]
    transfers = sum(
        q.terms.choose(q.terms.both(h.path, h.results[0]["tag"] == 3), h.results[0]["amount"], 0) for h in moved
    )
    minted = sum(
        q.terms.choose(q.terms.both(h.path, h.results[0]["tag"] == 7), h.results[0]["amount"], 0) for h in moved
    )
    q.show(transfers == paid, "tokens")
    due = q.get(withdrawal, "requested_slot") + q.get(protocol, "parameters", "withdrawal_delay_slots")
    q.show(slot >= due, "after the delay")
    q.show(q.get(protocol, "coverage") >= THIRD_LEVEL, "coverage")
    q.show(q.terms.both(shares >= 1, shares <= asked), "of the request")
    q.show(minted == asked - shares, "the rest")
