"""The instructions of leverage, each once, in a fixed scene (`canonical.py`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from solders.pubkey import Pubkey as Address

from hognose.lang import Pubkey
from quatrain.program import beside_loans, book, feed, leverage, position, trader
from quatrain.program.loan_state import Book, Ladder
from quatrain.program.state import PRICE_ONE, Leg, Order
from tests.svm.lending import Lender
from tests.svm.stage import QUESTION, SCALE, Actor, Stage
from tests.svm.world import DAY, USDC, Ticket, address_of

Scene = Callable[[Stage], Ticket]
SHARES, LOAN = 1_000 * USDC, 300 * USDC


def borrowed(stage: Stage, count: int = 2, *, normal: bool = False) -> tuple[Lender, Actor, Actor]:
    """A market in which Alice has a loan in outcome 0 and Bob 100 shares of outcome 1; a feed of outcome 0."""
    rest = PRICE_ONE // 2 // (count - 1)
    prices = [PRICE_ONE - rest * (count - 1), *[rest] * (count - 1)]
    lender = Lender(stage.furnish(), prices, normal=normal, scale=SCALE if count < 64 else SCALE // 2)
    lender.open_feed()
    alice, bob = stage.trader("alice", 50_000 * USDC), stage.trader("bob", 50_000 * USDC)
    bob.buy(lender.address, 100 * USDC, 1)
    lender.borrow(alice, SHARES, LOAN)
    stage.advance(slots=60, seconds=24)
    return lender, alice, bob


def _unopened(stage: Stage) -> tuple[Any, Any]:
    address = stage.furnish().create_market()
    return address, address_of(Book, market=address)


def _open_book(stage: Stage) -> Ticket:
    address, where = _unopened(stage)
    return stage.ticket(
        book.open_book, admin=stage.admin, market=address, book=where, outcome_count=2, ends_at=stage.now + DAY
    )


def _open_ladder(stage: Stage) -> Ticket:
    stage.send(_open_book(stage))
    address = next(iter(stage.all(Book).values())).market
    return stage.ticket(
        book.open_ladder,
        payer=stage.person("builder"),
        market=_address(address),
        book=address_of(Book, market=_address(address)),
        ladder=address_of(Ladder, market=_address(address), outcome=1),
        outcome=1,
    )


def _address(key: Pubkey) -> Any:
    return Address(bytes(key))


def _close_book(stage: Stage) -> Ticket:
    lender = Lender(stage.furnish(), cash=0)
    return stage.ticket(book.close_book, admin=stage.admin, market=lender.address, book=lender.book)


def _close_ladder(stage: Stage) -> Ticket:
    lender = Lender(stage.furnish())
    return stage.ticket(book.close_ladder, admin=stage.admin, market=lender.address, ladder=lender.ladder(0))


def _set_calm_end(stage: Stage) -> Ticket:
    lender, _, _ = borrowed(stage)
    return stage.ticket(
        book.set_calm_end, authority=stage.oracle, market=lender.address, book=lender.book, ends_at=stage.now + DAY
    )


def _allocation(function: Callable[..., None]) -> Scene:
    def scene(stage: Stage) -> Ticket:
        lender, _, _ = borrowed(stage)
        return lender.allocation(function, 100 * USDC)

    return scene


def _sync_book(stage: Stage) -> Ticket:
    lender, alice, _ = borrowed(stage)
    lender.close(alice)
    return lender.syncing()


def _shrink_liquidity(stage: Stage) -> Ticket:
    lender, _, _ = borrowed(stage, normal=True)
    stage.advance(seconds=DAY)
    return stage.ticket(
        book.shrink_liquidity,
        market=lender.address,
        book=lender.book,
        first=lender.ladder(0),
        second=lender.ladder(1),
    )


def _reporters(stage: Stage, count: int = 5) -> list[Pubkey]:
    return [Pubkey(bytes(stage.person(f"reporter {i}").pubkey())) for i in range(count)]


def _open_feed(stage: Stage) -> Ticket:
    lender = Lender(stage.furnish(), cash=0)
    return stage.ticket(
        feed.open_feed,
        authority=stage.oracle,
        market=lender.address,
        feed=lender.feed(1),
        outcome=1,
        reporters=_reporters(stage),
    )


def _set_reporters(stage: Stage) -> Ticket:
    lender, _, _ = borrowed(stage)
    return stage.ticket(feed.set_reporters, authority=stage.oracle, feed=lender.feed(0), reporters=_reporters(stage, 2))


def _report_price(stage: Stage) -> Ticket:
    lender, _, _ = borrowed(stage)
    return stage.ticket(
        feed.report_price, reporter=stage.person("reporter 2"), feed=lender.feed(0), price=10**8, confidence=10**6
    )


def _acknowledge_risk(stage: Stage) -> Ticket:
    alice = stage.furnish().trader("alice")
    return alice.ticket(trader.acknowledge_risk, disclosure=QUESTION)


def _open_leverage(count: int = 2, *, normal: bool = False) -> Scene:
    def scene(stage: Stage) -> Ticket:
        lender, _, bob = borrowed(stage, count, normal=normal)
        bob.open(lender.address)
        lender.sync()
        arguments = {"shares": SHARES, "maximum_cost": 2**63, "loan": LOAN, "until": stage.now + DAY}
        return lender.leverage(bob, leverage.open_leverage, **arguments)

    return scene


def _leverage(function: Callable[..., None], *, normal: bool = False, **arguments: int) -> Scene:
    def scene(stage: Stage) -> Ticket:
        lender, alice, _ = borrowed(stage, normal=normal)
        lender.sync()
        times = {"until": stage.now + 6 * DAY} if function in (leverage.remove_margin, leverage.extend_loan) else {}
        return lender.leverage(alice, function, **arguments, **times)

    return scene


def _liquidate(*, normal: bool = False, by_price: bool = True) -> Scene:
    def scene(stage: Stage) -> Ticket:
        lender, alice, bob = borrowed(stage, normal=normal)
        if by_price:
            lender.trade(bob, Order.BUY, (3_500 if normal else 5_000) * USDC, 1)
            stage.advance(slots=60, seconds=24)
            lender.report(10**8)
        else:
            stage.advance(seconds=8 * DAY)
        return lender.liquidation(bob, alice)

    return scene


def _trade_beside_loans(order: Order, count: int = 2, *, normal: bool = False, amount: int = 50 * USDC) -> Scene:
    def scene(stage: Stage) -> Ticket:
        lender, _, bob = borrowed(stage, count, normal=normal)
        return bob.ticket(
            beside_loans.trade_beside_loans,
            market=lender.address,
            book=lender.book,
            position=bob.position(lender.address, 1),
            order=order,
            amount=amount,
            limit=0 if order in (Order.SELL, Order.BUY_FOR) else 2**63,
        )

    return scene


def _batch_beside_loans(stage: Stage) -> Ticket:
    lender, _, bob = borrowed(stage)
    bob.open(lender.address)
    return bob.ticket(
        beside_loans.batch_beside_loans,
        market=lender.address,
        book=lender.book,
        positions=[bob.position(lender.address, i) for i in (0, 1)],
        maximum_spend=2**62,
        legs=[Leg(order=Order.BUY, amount=USDC, limit=2**63), Leg(order=Order.SELL, amount=USDC, limit=0)],
    )


def _merge_sets(count: int) -> Scene:
    def scene(stage: Stage) -> Ticket:
        address = stage.furnish().create_market(count)
        alice = stage.trader("alice", 50_000 * USDC)
        for i in range(count):
            alice.buy(address, 100 * USDC, i)
        positions = [alice.position(address, i) for i in range(count)]
        return alice.ticket(position.merge_sets, market=address, positions=positions, sets=50 * USDC)

    return scene


LOAN_SCENES: dict[str, Scene] = {
    "open_book": _open_book,
    "open_ladder": _open_ladder,
    "close_book": _close_book,
    "close_ladder": _close_ladder,
    "set_calm_end": _set_calm_end,
    "allocate_loans": _allocation(book.allocate_loans),
    "recall_loans": _allocation(book.recall_loans),
    "sync_book": _sync_book,
    "shrink_liquidity": _shrink_liquidity,
    "open_feed": _open_feed,
    "set_reporters": _set_reporters,
    "report_price": _report_price,
    "acknowledge_risk": _acknowledge_risk,
    "open_leverage": _open_leverage(),
    "close_leverage": _leverage(leverage.close_leverage, shares=500 * USDC, minimum_proceeds=0),
    "add_margin": _leverage(leverage.add_margin, amount=50 * USDC),
    "remove_margin": _leverage(leverage.remove_margin, amount=50 * USDC),
    "extend_loan": _leverage(leverage.extend_loan),
    "liquidate": _liquidate(),
    "trade_beside_loans": _trade_beside_loans(Order.BUY),
    "batch_beside_loans": _batch_beside_loans,
    "merge_sets": _merge_sets(2),
}

LOAN_VARIANTS: dict[str, Scene] = {
    "open_leverage, pm-AMM": _open_leverage(normal=True),
    "open_leverage, 8 outcomes": _open_leverage(8),
    "close_leverage, pm-AMM": _leverage(leverage.close_leverage, normal=True, shares=500 * USDC, minimum_proceeds=0),
    "liquidate by time": _liquidate(by_price=False),
    "liquidate, pm-AMM": _liquidate(normal=True),
    "trade_beside_loans, sale": _trade_beside_loans(Order.SELL),
    "trade_beside_loans, 64 outcomes": _trade_beside_loans(Order.BUY, 64),
    "trade_beside_loans, pm-AMM": _trade_beside_loans(Order.BUY, normal=True),
    "merge_sets, 8 outcomes": _merge_sets(8),
}

__all__ = ["LOAN_SCENES", "LOAN_VARIANTS", "borrowed"]
