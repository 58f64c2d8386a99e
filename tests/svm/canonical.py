"""Every instruction once, in a fixed scene: what the tables of costs and of refusals are made from.

A scene prepares a stage and returns the instruction that would succeed on it. Keys and addresses are the same in every
run, so the compute units are as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from solders.pubkey import Pubkey as Address

from quatrain.program import (
    distribution_market,
    distribution_position,
    liquidity,
    market,
    pause,
    position,
    protocol,
    sampling,
    trade,
    trader,
    verse,
)
from quatrain.program.state import PRICE_ONE, Order, Verse
from tests.svm import gaussian
from tests.svm.gaussian import OPENING, UNIT, Curve, Pool
from tests.svm.loan_scenes import LOAN_SCENES, LOAN_VARIANTS
from tests.svm.stage import QUESTION, SCALE, VAULT, Actor, Stage, even_opening
from tests.svm.world import DAY, USDC, Ticket, address_of

Scene = Callable[[Stage], Ticket]


def _traded(stage: Stage, outcomes: int = 2, pmamm: bool = False, segments: int = 0) -> tuple[Actor, Address]:
    """A market in which Alice holds 100 shares of the last outcome and has money left."""
    create = stage.create_pmamm if pmamm else stage.create_market
    market_address = create(outcomes, segments=segments)
    alice = stage.trader("alice", 10_000 * USDC)
    alice.buy(market_address, 100 * USDC, outcomes - 1)
    return alice, market_address


def _initialize(stage: Stage) -> Ticket:
    return stage.ticket(
        protocol.initialize, admin=stage.admin, guardian=stage.guardian.pubkey(), oracle=stage.oracle.pubkey()
    )


def _propose_admin(stage: Stage) -> Ticket:
    return stage.ticket(
        protocol.propose_admin, admin=stage.furnish().admin, pending_admin=stage.person("heir").pubkey()
    )


def _accept_admin(stage: Stage) -> Ticket:
    stage.send(_propose_admin(stage))
    return stage.ticket(protocol.accept_admin, pending_admin=stage.person("heir"))


def _set_roles(stage: Stage) -> Ticket:
    roles = {"guardian": stage.furnish().guardian.pubkey(), "oracle": stage.oracle.pubkey()}
    return stage.ticket(protocol.set_roles, admin=stage.admin, **roles)


def _set_parameters(stage: Stage) -> Ticket:
    parameters = stage.furnish().protocol.parameters
    return stage.ticket(protocol.set_parameters, admin=stage.admin, parameters=parameters)


def _pause(stage: Stage) -> Ticket:
    return stage.ticket(pause.pause, guardian=stage.furnish().guardian, scope=15)


def _set_pause(stage: Stage) -> Ticket:
    return stage.ticket(pause.set_pause, admin=stage.furnish().admin, scope=15, until=stage.now + DAY)


def _deposit_liquidity(stage: Stage) -> Ticket:
    provider = stage.furnish().provider
    return stage.ticket(
        liquidity.deposit_liquidity,
        provider=provider,
        source=stage.make_token_account(provider.pubkey(), amount=VAULT),
        share_account=stage.share_account(provider),
        amount=1_000 * USDC,
        minimum_shares=0,
    )


def _request_withdrawal(stage: Stage) -> Ticket:
    provider = stage.furnish().provider
    return stage.ticket(
        liquidity.request_withdrawal,
        provider=provider,
        share_account=stage.share_account(provider),
        withdrawal=stage.withdrawal(provider),
        shares=1_000 * USDC,
    )


def _requested(stage: Stage) -> Stage:
    stage.request_withdrawal(stage.furnish().provider, 1_000 * USDC)
    stage.advance(slots=stage.protocol.parameters.withdrawal_delay_slots)
    return stage


def _execute_withdrawal(shares: int) -> Scene:
    return lambda stage: _requested(stage).execution(stage.provider, shares)


def _cancel_withdrawal(stage: Stage) -> Ticket:
    provider = _requested(stage).provider
    return stage.ticket(
        liquidity.cancel_withdrawal,
        provider=provider,
        withdrawal=stage.withdrawal(provider),
        share_account=stage.share_account(provider),
    )


def _create_verse(stage: Stage) -> Ticket:
    admin = stage.furnish().admin
    return stage.ticket(verse.create_verse, admin=admin, verse=address_of(Verse, id=2), id=2, title=QUESTION)


def _create_child_verse(stage: Stage) -> Ticket:
    return stage.ticket(
        verse.create_child_verse,
        admin=stage.furnish().admin,
        parent=address_of(Verse, id=1),
        verse=address_of(Verse, id=2),
        id=2,
        title=QUESTION,
    )


def _create_market(outcomes: int) -> Scene:
    def scene(stage: Stage) -> Ticket:
        share = PRICE_ONE // outcomes
        return stage.furnish().creation([PRICE_ONE - share * (outcomes - 1), *[share] * (outcomes - 1)])

    return scene


def _create_pmamm(outcomes: int) -> Scene:
    def scene(stage: Stage) -> Ticket:
        stage.furnish()
        return stage.creation(even_opening(outcomes, SCALE), expires_at=stage.now + 31 * DAY)

    return scene


def _sync_pmamm(outcomes: int) -> Scene:
    def scene(stage: Stage) -> Ticket:
        _, address = _traded(stage.furnish(), outcomes, True)
        stage.advance(3_600)
        return stage.ticket(market.sync_market, verse=stage.verse_of(address), market=address)

    return scene


def _close_market(stage: Stage) -> Ticket:
    _, address = _traded(stage.furnish())
    stage.set_time(stage.market(address).closes_at, stage.slot + 1)
    return stage.ticket(market.close_market, authority=stage.person("passer-by"), market=address)


def _resolve_market(outcomes: int) -> Scene:
    def scene(stage: Stage) -> Ticket:
        _, address = _traded(stage.furnish(), outcomes)
        stage.close(address)
        payouts = [0] * (outcomes - 1) + [PRICE_ONE]
        return stage.ticket(
            market.resolve_market,
            authority=stage.oracle,
            verse=stage.verse_of(address),
            market=address,
            payouts=payouts,
        )

    return scene


def _sync_market(stage: Stage) -> Ticket:
    _, address = _traded(stage.furnish())
    return stage.ticket(market.sync_market, verse=stage.verse_of(address), market=address)


def _prune_market(stage: Stage) -> Ticket:
    alice, address = _traded(stage.furnish())
    stage.finish(address, 1)
    alice.settle(address, 1)
    stage.advance(slots=stage.protocol.parameters.prune_delay_slots)
    return stage.ticket(
        market.prune_market, verse=address_of(Verse, id=1), market=address, creator=stage.admin.pubkey()
    )


def _open_samples(stage: Stage) -> Ticket:
    address = stage.furnish().create_market()
    return stage.ticket(sampling.open_samples, payer=stage.provider, market=address, samples=stage.samples(address))


def _sampled(stage: Stage, outcomes: int, pmamm: bool) -> Address:
    alice, address = _traded(stage.furnish(), outcomes, pmamm)
    other = stage.create_market()
    for one in (address, other):
        stage.open_samples(one)
    for _ in range(30):
        stage.next_epoch()
        alice.buy(address, 10 * USDC, outcomes - 1)
        for one in (address, other):
            stage.send(stage.sampling(one))
    stage.next_epoch()
    return address


def _sample_market(outcomes: int = 2, pmamm: bool = False) -> Scene:
    return lambda stage: stage.sampling(_sampled(stage, outcomes, pmamm))


def _close_samples(stage: Stage) -> Ticket:
    address = _sampled(stage, 2, False)
    stage.advance(8 * DAY)
    return stage.closing(address)


def _open_trader(stage: Stage) -> Ticket:
    alice = Actor(stage.furnish(), "alice")
    return alice.ticket(trader.open_trader)


def _deposit(stage: Stage) -> Ticket:
    alice = stage.furnish().trader("alice")
    return alice.ticket(trader.deposit, source=alice.wallet, amount=1_000 * USDC)


def _withdraw(stage: Stage) -> Ticket:
    alice = stage.furnish().trader("alice", 1_000 * USDC)
    return alice.ticket(trader.withdraw, destination=alice.wallet, amount=1_000 * USDC)


def _close_trader(stage: Stage) -> Ticket:
    return stage.furnish().trader("alice").ticket(trader.close_trader)


def _open_position(stage: Stage) -> Ticket:
    address = stage.furnish().create_market()
    return stage.trader("alice").opening(address, 1)


def _trade(
    function: Callable[..., None],
    outcomes: int = 2,
    pmamm: bool = False,
    segments: int = 0,
    wait: int = 0,
    **arguments: int,
) -> Scene:
    def scene(stage: Stage) -> Ticket:
        alice, address = _traded(stage.furnish(), outcomes, pmamm, segments)
        stage.advance(wait)
        return alice.trade(function, address, outcomes - 1, **arguments)

    return scene


def _batch(legs: int, outcomes: int, pmamm: bool = False) -> Scene:
    """Sales and buys by shares and by money, in turn, of as many outcomes as there are legs."""

    def scene(stage: Stage) -> Ticket:
        address = (stage.furnish().create_pmamm if pmamm else stage.furnish().create_market)(outcomes)
        alice = stage.trader("alice", 10_000 * USDC)
        for outcome in range(legs):
            alice.buy(address, 100 * USDC, outcome)
        turns = (
            (Order.SELL, 50 * USDC, 0), (Order.BUY, 30 * USDC, 2**63), (Order.SELL_FOR, USDC, 2**63),
            (Order.BUY_FOR, 10 * USDC, 0),
        )  # fmt: skip
        return alice.batching(address, [(outcome, *turns[outcome % 4]) for outcome in range(legs)])

    return scene


def _bundle(legs: int, outcomes: int) -> Scene:
    """Sales and buys by shares, in turn, in a pm-AMM."""

    def scene(stage: Stage) -> Ticket:
        address = stage.furnish().create_pmamm(outcomes)
        alice = stage.trader("alice", 10_000 * USDC)
        for outcome in range(legs):
            alice.buy(address, 100 * USDC, outcome)
        turns = ((Order.SELL, 50 * USDC, 0), (Order.BUY, 30 * USDC, 2**63))
        return alice.batching(address, [(outcome, *turns[outcome % 2]) for outcome in range(legs)])

    return scene


def _quote(stage: Stage) -> Ticket:
    _, address = _traded(stage.furnish())
    return stage.ticket(trade.quote, market=address, outcome=1, order=Order.BUY, amount=50 * USDC)


def _settle_position(stage: Stage) -> Ticket:
    alice, address = _traded(stage.furnish())
    stage.finish(address, 1)
    return alice.settlement(address, 1)


def _close_position(stage: Stage) -> Ticket:
    alice, address = _traded(stage.furnish())
    alice.sell(address, 100 * USDC, 1)
    return alice.ticket(position.close_position, market=address, position=alice.position(address, 1))


# -- markets of a real number --------------------------------------------------------------------------------------------

SHIFTED = (112 * UNIT, 10 * UNIT)
NARROWED = (103 * UNIT, 8 * UNIT)
"""A trade here needs both of its lowest points, and all of what there is to evaluate at them."""


def _moved(stage: Stage, new: Curve = SHIFTED) -> tuple[Actor, Pool]:
    """A market that Alice has moved; she has money left."""
    pool = gaussian.create(stage.furnish())
    alice = stage.trader("alice", 100_000 * USDC)
    pool.trade(alice, new)
    return alice, pool


def _create_distribution(stage: Stage) -> Ticket:
    return gaussian.creation(stage.furnish())


def _set_distribution_liquidity(stage: Stage) -> Ticket:
    _, pool = _moved(stage)
    return stage.ticket(
        distribution_market.set_distribution_liquidity,
        admin=stage.admin, verse=pool.verse, market=pool.address, norm=gaussian.NORM, backing=2 * gaussian.BACKING,
    )  # fmt: skip


def _close_distribution(stage: Stage) -> Ticket:
    _, pool = _moved(stage)
    stage.set_time(pool.state.closes_at, stage.slot + 1)
    return stage.ticket(
        distribution_market.close_distribution, authority=stage.person("passer-by"), market=pool.address
    )


def _resolve_distribution(stage: Stage) -> Ticket:
    _, pool = _moved(stage)
    pool.close()
    return pool.resolving(115 * UNIT)


def _sync_distribution(stage: Stage) -> Ticket:
    _, pool = _moved(stage)
    return stage.ticket(distribution_market.sync_distribution, verse=pool.verse, market=pool.address)


def _prune_distribution(stage: Stage) -> Ticket:
    alice, pool = _moved(stage)
    pool.finish(115 * UNIT)
    pool.claim(alice)
    stage.advance(slots=stage.protocol.parameters.prune_delay_slots)
    return pool.pruning()


def _open_distribution_position(stage: Stage) -> Ticket:
    alice, pool = _moved(stage)
    return pool.opening(alice, 1)


def _trade_distribution(*way: Curve) -> Scene:
    """One position along a way of curves, the last step of which is the instruction."""

    def scene(stage: Stage) -> Ticket:
        pool = gaussian.create(stage.furnish())
        alice = stage.trader("alice", 100_000 * USDC)
        stage.send(pool.opening(alice))
        for curve in way[:-1]:
            pool.trade(alice, curve)
            stage.advance(slots=100)
        return pool.trading(alice, way[-1])

    return scene


def _rejoin_distribution(stage: Stage) -> Ticket:
    alice, pool = _moved(stage)
    stage.advance(slots=100)
    pool.trade(stage.trader("bob", 100_000 * USDC), (110 * UNIT, 8 * UNIT))
    stage.advance(slots=100)
    stage.send(pool.opening(alice, 1))
    return pool.rejoining(alice, NARROWED)


def _claim_distribution(stage: Stage) -> Ticket:
    alice, pool = _moved(stage)
    pool.finish(115 * UNIT)
    return pool.claiming(alice)


def _close_distribution_position(stage: Stage) -> Ticket:
    alice, pool = _moved(stage)
    stage.send(pool.opening(alice, 1))
    return alice.ticket(
        distribution_position.close_distribution_position, market=pool.address, position=pool.at(alice, 1)
    )


SCENES: dict[str, Scene] = {
    "initialize": _initialize,
    "propose_admin": _propose_admin,
    "accept_admin": _accept_admin,
    "set_roles": _set_roles,
    "set_parameters": _set_parameters,
    "pause": _pause,
    "set_pause": _set_pause,
    "attest_congestion": lambda stage: stage.ticket(pause.attest_congestion, guardian=stage.furnish().guardian),
    "deposit_liquidity": _deposit_liquidity,
    "request_withdrawal": _request_withdrawal,
    "execute_withdrawal": _execute_withdrawal(1_000 * USDC),
    "cancel_withdrawal": _cancel_withdrawal,
    "create_verse": _create_verse,
    "create_child_verse": _create_child_verse,
    "create_market": _create_market(2),
    "close_market": _close_market,
    "resolve_market": _resolve_market(2),
    "sync_market": _sync_market,
    "prune_market": _prune_market,
    "open_samples": _open_samples,
    "sample_market": _sample_market(),
    "close_samples": _close_samples,
    "open_trader": _open_trader,
    "deposit": _deposit,
    "withdraw": _withdraw,
    "close_trader": _close_trader,
    "open_position": _open_position,
    "buy": _trade(trade.buy, shares=50 * USDC, maximum_cost=2**63),
    "buy_for": _trade(trade.buy_for, spend=50 * USDC, minimum_shares=0),
    "sell": _trade(trade.sell, shares=50 * USDC, minimum_proceeds=0),
    "sell_for": _trade(trade.sell_for, proceeds=25 * USDC, maximum_shares=2**63),
    "batch": _batch(2, 2),
    "quote": _quote,
    "settle_position": _settle_position,
    "close_position": _close_position,
    "create_distribution": _create_distribution,
    "set_distribution_liquidity": _set_distribution_liquidity,
    "close_distribution": _close_distribution,
    "resolve_distribution": _resolve_distribution,
    "sync_distribution": _sync_distribution,
    "prune_distribution": _prune_distribution,
    "open_distribution_position": _open_distribution_position,
    "trade_distribution": _trade_distribution(SHIFTED),
    "rejoin_distribution": _rejoin_distribution,
    "claim_distribution": _claim_distribution,
    "close_distribution_position": _close_distribution_position,
    **LOAN_SCENES,
}
"""By the instruction's name."""

ORDERS: dict[str, tuple[Callable[..., None], dict[str, Any]]] = {
    "buy": (trade.buy, {"shares": 50 * USDC, "maximum_cost": 2**63}),
    "buy_for": (trade.buy_for, {"spend": 50 * USDC, "minimum_shares": 0}),
    "sell": (trade.sell, {"shares": 50 * USDC, "minimum_proceeds": 0}),
    "sell_for": (trade.sell_for, {"proceeds": USDC, "maximum_shares": 2**63}),
}


def _orders(label: str, **options: Any) -> dict[str, Scene]:
    """Each kind of order in one kind of market."""
    return {f"{name}, {label}": _trade(f, **options, **values) for name, (f, values) in ORDERS.items()}


VARIANTS: dict[str, Scene] = {
    "execute_withdrawal, of a part": _execute_withdrawal(500 * USDC),
    "create_market, 64 outcomes": _create_market(64),
    "resolve_market, 64 outcomes": _resolve_market(64),
    **_orders("64 outcomes", outcomes=64),
    "batch, 8 legs": _batch(8, 8),
    "create_market, pm-AMM": _create_pmamm(2),
    "create_market, pm-AMM of 8": _create_pmamm(8),
    "create_market, pm-AMM of 64": _create_pmamm(64),
    **_orders("pm-AMM", pmamm=True),
    "buy, pm-AMM after an hour": _trade(trade.buy, pmamm=True, wait=3_600, shares=50 * USDC, maximum_cost=2**63),
    **_orders("pm-AMM of 3", outcomes=3, pmamm=True),
    **_orders("pm-AMM of 8", outcomes=8, pmamm=True),
    **_orders("pm-AMM of 8, 100 segments", outcomes=8, pmamm=True, segments=100),
    **_orders("pm-AMM of 64", outcomes=64, pmamm=True),
    "buy, pm-AMM of 64 after an hour": _trade(
        trade.buy, 64, pmamm=True, wait=3_600, shares=50 * USDC, maximum_cost=2**63
    ),
    "batch, 8 legs by shares, pm-AMM of 8": _bundle(8, 8),
    "batch, 8 legs by shares, pm-AMM of 64": _bundle(8, 64),
    "batch, 8 legs by shares and money, pm-AMM of 8": _batch(8, 8, True),
    "sample_market, 3 outcomes": _sample_market(3),
    "sample_market, pm-AMM": _sample_market(2, True),
    "sample_market, pm-AMM of 3": _sample_market(3, True),
    "sync_market, pm-AMM of 64 after an hour": _sync_pmamm(64),
    "trade_distribution, both points": _trade_distribution(NARROWED),
    "trade_distribution, wider": _trade_distribution((100 * UNIT, 20 * UNIT)),
    "trade_distribution, a second step": _trade_distribution(SHIFTED, NARROWED),
    "trade_distribution, unwound": _trade_distribution(SHIFTED, OPENING),
    **LOAN_VARIANTS,
}
"""The same instructions in other sizes and markets."""

__all__ = ["SCENES", "VARIANTS", "Scene"]
