"""Steps: what an instruction that no line holds back finds: no loans, or nothing that a line stands on."""

from hognose.ir.effects import WHOLE, written_fields
from hognose.ir.nodes import Function
from hognose.lang.types import layout_of
from hognose.proof.question import Question
from quatrain.core.water_line import NO_LINE
from quatrain.program.access import may_resolve
from quatrain.program.batch import batch, is_bundle, place_bundle
from quatrain.program.book import close_book, close_ladder, open_book
from quatrain.program.chain import chain
from quatrain.program.decay import bring_to_present, decay, liquidity_at
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.exposure import push_interest, refresh_and_record, require_verse, revalue
from quatrain.program.fees import taker_rate
from quatrain.program.life import end_trading, leave_verse, sync_fees
from quatrain.program.limits import require_buying, require_purchase, require_trading
from quatrain.program.market import close_market, prune_market, resolve_market
from quatrain.program.pool import fix_payouts, pay_claim
from quatrain.program.position import close_position, settle_position
from quatrain.program.state import Market, MarketStatus
from quatrain.program.trade import place, place_one, price_order, price_purchase, price_sale
from quatrain.program.vault import take_back
from tests.proofs.ledgers import any_integer, without_effect
from tests.proofs.statement import library, states

REST = "what the rest of the instruction does"


@states(place_one, batch, close_market, broken="without LOANS_OUTSTANDING #1", given=REST)
def indebted_markets_take_no_shortcut(q: Question) -> None:
    """† A market with loans is traded with its book only, and closed only when its debt is zero."""
    q.lengths(legs=2, positions=2)
    for function in (bring_to_present, place, place_bundle, end_trading):
        q.contract(function, without_effect)
    q.contract(is_bundle, lambda x, _state, _arguments: [x.terms.integer("bundle", 0, 1) == 1])
    for function in (place_one, batch, close_market):
        arguments = q.inputs(function)
        q.call(function, *arguments)
        q.show(q.terms.negation(q.get(arguments[0], "market", "indebted")), function.__name__)


@states(decay, broken="or → and #1", bounds="2 outcomes", given="`liquidity_at` is any liquidity")
def liquidity_with_loans_waits_for_its_ladders(q: Question) -> None:
    """† Time alone, a quote or a sync lowers no liquidity of a market with loans, nor a reserve in it."""
    q.lengths(outcomes=2)
    q.contract(liquidity_at, any_integer("liquidity"))
    market, now = q.inputs(decay)
    q.put(market, "outcome_count", value=2)
    q.assume(q.get(market, "indebted"))
    before = [q.get(market, "liquidity"), *(q.get(market, "outcomes", i, "held") for i in range(2))]
    fell = q.call(decay, market, now)
    q.show(q.terms.negation(fell), "not")
    after = [q.get(market, "liquidity"), *(q.get(market, "outcomes", i, "held") for i in range(2))]
    for one, other in zip(before, after, strict=True):
        q.show(one == other, "as it was")


@states(require_trading, broken="without TRADING_ENDED #1", kinds=(layout_of(Market),), given=REST)
def orders_are_priced_in_open_markets(q: Question) -> None:
    """† Nothing is bought or sold, and so nothing bought on credit, but in an open market in its hours."""
    q.contract(taker_rate, any_integer("rate", 0, 1 << 30))
    for function in (require_buying, require_purchase):
        q.contract(function, without_effect)
    for function in (price_purchase, price_sale):
        q.contract(function, any_integer("term", results=5))
    arguments = q.inputs(price_order)
    market, now = arguments[1], arguments[5]
    q.call(price_order, *arguments)
    q.show(q.get(market, "status") == MarketStatus.OPEN, "open")
    q.show(q.get(now, "unix_timestamp") >= q.get(market, "opens_at"), "begun")
    q.show(q.get(now, "unix_timestamp") < q.get(market, "closes_at"), "not over")


@states(
    settle_position,
    resolve_market,
    prune_market,
    broken="without MARKET_NOT_RESOLVED #1",
    given=REST,
)
def claims_come_after_trading(q: Question) -> None:
    """† Markets are resolved, paid out and removed only once they are closed, and so without loans."""
    q.lengths(payouts=2, outcomes=2)
    for function in (
        chain,
        require_verse,
        revalue,
        sync_fees,
        leave_verse,
        take_back,
        push_interest,
        refresh_and_record,
    ):
        q.contract(function, without_effect)
    q.contract(may_resolve, lambda x, _state, _arguments: [x.terms.integer("may", 0, 1) == 1])
    for function in (pay_claim, fix_payouts):
        q.contract(function, any_integer("money"))
    for function in (settle_position, resolve_market, prune_market):
        arguments = q.inputs(function)
        status = q.get(arguments[0], "market", "status")
        q.call(function, *arguments)
        q.show(status != MarketStatus.OPEN, function.__name__)


@states(close_book, close_ladder, close_position, broken="without BOOK_NOT_EMPTY #1", given=REST)
def nothing_closes_that_holds_something(q: Question) -> None:
    """† Books are closed without debt and money, ladders without loans in the market, positions without shares."""
    q.contract(chain, without_effect)
    (accounts,) = q.inputs(close_book)
    book = q.get(accounts, "book")
    q.call(close_book, accounts)
    for name in ("debt", "cash", "interest", "earned", "penalties"):
        q.show(q.get(book, name) == 0, name)
    (accounts,) = q.inputs(close_ladder)
    q.call(close_ladder, accounts)
    q.show(q.terms.negation(q.get(accounts, "market", "indebted")), "ladder")
    (accounts,) = q.inputs(close_position)
    q.call(close_position, accounts)
    q.show(q.get(accounts, "position", "shares") == 0, "position")


@states(open_book, broken="without line = #1", bounds="2 outcomes")
def new_books_have_no_line(q: Question) -> None:
    """† A book begins without a line, in a market that trades, whose maker can have loans."""
    q.lengths(outcomes=2, sides=2)
    q.contract(chain, without_effect)
    accounts, count, ends_at = q.inputs(open_book)
    market, book = q.get(accounts, "market"), q.get(accounts, "book")
    q.put(market, "outcome_count", value=2)
    q.call(open_book, accounts, count, ends_at)
    q.show(q.get(market, "status") == MarketStatus.OPEN, "while it trades")
    for i in range(2):
        q.show(q.get(book, "sides", i, "line") == NO_LINE, f"outcome {i}")
    q.show(q.get(book, "ends_at") <= q.get(market, "closes_at"), "in time")


WATCHED = {
    "Market": {"sets", "liquidity", "indebted", "status", "maker", "outcome_count"},
    "Outcome": {"sold", "held"},
    "Book": {"debt", "indebted"},
    "Side": {"line"},
    "Ladder": {"rungs", "sums", "lines", "outcome"},
    "Position": {"shares", "debt", "rung", "outcome"},
}
"""What lines, levels and debts are made of, by account or part of one."""
SPOT = ("indebted markets take no shortcut",)
STEPS: dict[str, tuple[str, ...]] = {
    "create_market": ("pools open with their reserves",),
    "open_book": ("new books have no line",),
    "buy": SPOT,
    "buy_for": SPOT,
    "sell": SPOT,
    "sell_for": SPOT,
    "batch": SPOT,
    "trade_beside_loans": ("trades hold every line",),
    "batch_beside_loans": ("batches hold every line",),
    "merge_sets": ("merging moves no level",),
    "open_leverage": ("loans are opened within the line", "orders are priced in open markets"),
    "close_leverage": ("closing repays and holds the line",),
    "add_margin": ("adding margin repays and holds the line",),
    "remove_margin": ("borrowing more holds the line",),
    "liquidate": ("liquidations hold the line", "liquidations move money"),
    "shrink_liquidity": ("liquidity falls as far as lines allow",),
    "quote": ("liquidity with loans waits for its ladders",),
    "sync_market": ("liquidity with loans waits for its ladders", "redeemed sets are the vaults"),
    "close_market": SPOT,
    "resolve_market": ("claims come after trading",),
    "settle_position": ("claims come after trading",),
    "prune_market": ("claims come after trading",),
    "close_book": ("nothing closes that holds something",),
    "close_ladder": ("nothing closes that holds something",),
    "close_position": ("nothing closes that holds something",),
}
"""For each instruction that writes or removes something of it, the statements that show what is left of lines and debts."""


DECLARATIONS = {declaration.name: declaration for declaration in PROGRAM.declarations}


def typed_instruction(name: str) -> Function:
    """The typed tree of an instruction."""
    return library().typed(DECLARATIONS[name].function)


def watched_writes(name: str) -> list[str]:
    """What of the watched an instruction writes, and which accounts it removes."""
    written = [
        f"{struct}.{field}"
        for struct, field in written_fields(typed_instruction(name))
        if struct in WATCHED and field in WATCHED[struct] | {WHOLE}
    ]
    removed = [
        f"−{slot.declaration.name}"
        for slot in DECLARATIONS[name].accounts
        if slot.role.kind == "close" and slot.declaration is not None and slot.declaration.name in WATCHED
    ]
    return sorted(written) + removed
