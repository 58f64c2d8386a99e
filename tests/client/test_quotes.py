"""Quotes are exact: the program charges what was quoted, to the µUSDC."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hognose.lang import Hash
from quatrain.client import quotes
from quatrain.client.accounts import Fetched, blank
from quatrain.client.errors import UsageError
from quatrain.client.quotes import Quote, Quoter, Side
from quatrain.cluster.local import ROOT_VERSE, Keys, give_usdc
from quatrain.cluster.session import Session
from quatrain.program.events import Traded
from quatrain.program.parameters import set_defaults
from quatrain.program.state import PRICE_ONE, Maker, Market, MarketStatus, Order, Outcome, Protocol

USDC = 1_000_000
QUICK = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def market(session: Session, keys: Keys) -> Fetched[Market]:
    """A market of three outcomes in which the admin may trade."""
    admin, build, now = keys.admin, session.instructions, session.chain.clock().unix_timestamp
    owner = admin.pubkey()
    give_usdc(session, keys, owner, 10**6 * USDC)
    create = build.create_market(
        admin=owner, verse_id=ROOT_VERSE, id=1, liquidity=20_000 * USDC, opens_at=now, closes_at=now + 10**7,
        question=Hash(bytes(32)), opening=[500_000_000, 300_000_000, 200_000_000],
    )  # fmt: skip
    session.send(admin, create)
    session.send(admin, build.open_trader(authority=owner), build.deposit(authority=owner, amount=10**6 * USDC))
    found = session.market(1)
    for outcome in range(3):
        session.send(admin, build.open_position(authority=owner, market_address=found.address, outcome=outcome))
    return found


def traded(session: Session, keys: Keys, **trade) -> Traded:
    """The event of a trade by the admin."""
    kind = trade.pop("kind")
    instruction = getattr(session.instructions, kind)(authority=keys.admin.pubkey(), **trade)
    (event,) = session.events(session.send(keys.admin, instruction))
    return event


def assert_same(quote: Quote, event: Traded) -> None:
    """The trade was on the quoted terms."""
    assert (quote.shares, quote.amount, quote.fee, quote.price_after, quote.outcome, quote.side is Side.BUY) == (
        event.shares, event.amount, event.fee, event.price, event.outcome, event.bought,
    )  # fmt: skip


@QUICK
@given(outcome=st.integers(0, 2), shares=st.integers(500_000, 3_000 * USDC), spend=st.integers(20_000, 2_000 * USDC))
def test_buys_cost_what_was_quoted(session, keys, market, outcome: int, shares: int, spend: int) -> None:
    """By shares and by money, with the limit set to exactly the quote; and sold again on the quoted terms."""
    where = {"market_address": market.address, "outcome": outcome}

    def quoter() -> Quoter:
        session.embedded.warp(slot=session.chain.clock().slot + 100)  # all of the price's room is back
        return session.quoter(session.market(1).state)

    quote = quoter().buy(outcome, shares)
    assert_same(quote, traded(session, keys, kind="buy", shares=shares, maximum_cost=quote.total, **where))

    quote = quoter().buy_for(outcome, spend)
    assert quote.total == spend
    assert_same(quote, traded(session, keys, kind="buy_for", spend=spend, minimum_shares=quote.shares, **where))

    quote = quoter().sell(outcome, shares)
    assert_same(quote, traded(session, keys, kind="sell", shares=shares, minimum_proceeds=quote.total, **where))

    held = session.position(keys.admin.pubkey(), market.address, outcome)
    assume(held is not None and held.state.shares > 100)
    wish = quoter().worth(outcome, held.state.shares) // 2
    assume(wish > 0)
    quote = quoter().sell_for(outcome, wish)
    assert quote.total == wish
    assert_same(quote, traded(session, keys, kind="sell_for", proceeds=wish, maximum_shares=quote.shares, **where))


def a_market(liquidity: int = 1_000 * USDC, sets: int = 693_147_181) -> Market:
    """An even market of two outcomes."""
    return blank(
        Market, id=1, status=MarketStatus.OPEN, maker=Maker.LMSR, outcome_count=2, liquidity=liquidity, sets=sets,
        opens_at=1, closes_at=1_000,
    )  # fmt: skip


def a_protocol() -> Protocol:
    """One with the parameters that a new one has."""
    protocol = blank(Protocol)
    set_defaults(protocol.parameters)
    return protocol


def a_quoter(market: Market | None = None) -> Quoter:
    """Quotes of an even market, half-way through its life."""
    return Quoter.at(a_protocol(), market or a_market(), slot=10_000, unix_timestamp=500)


def test_the_published_vector() -> None:
    """At b = 1000 and even odds, 100 shares cost 51.2495 and leave the price at .524979 (protocol §2)."""
    quote = a_quoter().buy(0, 100 * USDC)

    assert quote.amount == 51_249_480
    assert quote.price_before == 500_000_000
    assert quote.price_after // 1_000 == 524_979
    assert quote.impact == quote.price_after - quote.price_before
    assert quote.total == quote.amount + quote.fee
    assert quote.average_price == -(-quote.total * PRICE_ONE // quote.shares)


@given(
    points=st.integers(0, 5_000),
    amount=st.integers(1, 10**12),
    fee=st.integers(0, 10**6),
    shares=st.integers(1, 10**12),
)
def test_slippage_never_tightens(points: int, amount: int, fee: int, shares: int) -> None:
    """A limit is never on the wrong side of the quote, and 0 basis points is the quote itself."""
    buy = Quote(Side.BUY, 0, shares, amount, fee, 1, 2)
    sell = Quote(Side.SELL, 0, shares, amount + fee, fee, 2, 1)

    assert buy.with_slippage(points) >= buy.total
    assert sell.with_slippage(points) <= sell.total
    assert buy.shares_with_slippage(points) <= shares <= sell.shares_with_slippage(points)
    assert (buy.with_slippage(0), sell.with_slippage(0)) == (buy.total, sell.total)


def test_what_cannot_be_traded_is_not_quoted() -> None:
    """Each refusal has the code, message and advice of the program's error."""
    quoter, closed = a_quoter(), a_market()
    closed.status = MarketStatus.CLOSED
    refused = {
        "trade_too_large": lambda: quoter.sell_for(0, 900 * USDC),
        "insufficient_shares": lambda: quoter.sell(0, USDC),
        "outcome_unknown": lambda: quoter.buy(2, USDC),
        "price_too_high": lambda: quoter.buy(0, 20_000 * USDC),
        "trade_too_small": lambda: quoter.buy(0, 1),
        "amount_zero": lambda: quoter.buy(0, 0),
        "trading_ended": lambda: a_quoter(closed).buy(0, USDC),
    }
    for code, ask in refused.items():
        with pytest.raises(UsageError) as caught:
            ask()
        assert caught.value.code == code
        assert caught.value.message


def test_what_moves_the_price_too_fast_is_told_with_numbers() -> None:
    """After a large buy the rest of the room says how long to wait, or how much fits; both are true to the program."""
    market = a_market()
    market.room_full_slot = 10_040 << 30  # 40 of 50 slots are used: 20 points are left
    quoter = a_quoter(market)
    quote = quoter.buy(0, 1_500 * USDC)

    with pytest.raises(UsageError) as caught:
        quoter.require_room(quote, Order.BUY, 1_500 * USDC)

    wait, most = quoter.slots_to_wait(quote), quoter.most_now(quote, Order.BUY, 1_500 * USDC)
    assert caught.value.code == "price_moves_too_fast"
    assert f"Wait {wait} slots" in caught.value.advice
    assert quoter.slots_to_wait(quoter.buy(0, most)) == 0
    assert quoter.slots_to_wait(quoter.buy(0, most + 3 * USDC)) > 0
    later = Quoter.at(a_protocol(), market, slot=10_000 + wait, unix_timestamp=500)
    earlier = Quoter.at(a_protocol(), market, slot=9_999 + wait, unix_timestamp=500)
    assert (later.slots_to_wait(quote), earlier.slots_to_wait(quote)) == (0, 1)


def test_prices_of_a_resolved_market_are_its_payouts() -> None:
    """A share is then worth what it pays."""
    market = a_market()
    market.status = MarketStatus.RESOLVED
    market.outcomes[0] = blank(Outcome, held=PRICE_ONE)

    assert quotes.prices(market) == [PRICE_ONE, 0]
