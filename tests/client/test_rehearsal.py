"""A rehearsal does what the chain would do, and refuses what it cannot try rather than guess."""

from typing import Any

import pytest
from solders.instruction import Instruction

from quatrain.client.errors import NotFoundError, UsageError
from quatrain.client.rehearsal import Rehearsal
from quatrain.cluster.local import Keys
from quatrain.cluster.session import Session
from quatrain.program.state import Position, Trader
from tests.lent import USDC, Bench


@pytest.fixture
def bench(session: Session, keys: Keys) -> Bench:
    """A market, and a trader with a position of nothing."""
    bench = Bench(session, keys)
    where: dict[str, Any] = {"authority": bench.trader.pubkey(), "market_address": bench.address}
    session.send(bench.trader, session.instructions.open_position(**where, outcome=0))
    return bench


def purchase(bench: Bench, shares: int, limit: int = 2**62) -> Instruction:
    """A purchase by the trader."""
    return bench.session.instructions.buy(
        authority=bench.trader.pubkey(), market_address=bench.address, outcome=0, shares=shares, maximum_cost=limit
    )


def stage(bench: Bench, *instructions: Instruction) -> Rehearsal:
    """The accounts of the instructions, as they are."""
    session = bench.session
    return Rehearsal.of(session.chain, instructions, program=session.deployment.program, clock=bench.loans().clock)


def test_what_is_rehearsed_happens(bench: Bench) -> None:
    """The trader's and the position's accounts are, after two purchases, those of the chain."""
    session, trades = bench.session, [purchase(bench, 100 * USDC), purchase(bench, 250 * USDC)]
    rehearsal = stage(bench, *trades)
    trader = session.deployment.trader(bench.trader.pubkey())
    position = session.deployment.position(trader, bench.address, 0)
    for one in trades:
        rehearsal.run(one)

    session.send(bench.trader, *trades)

    assert rehearsal.read(Trader, trader).free == bench.free
    assert rehearsal.read(Position, position) == bench.held()


@pytest.mark.parametrize(
    ("shares", "limit", "code"),
    [(100 * USDC, 1, "slippage_exceeded"), (2**62, 2**62, "trade_too_large"), (0, 1, "amount_zero")],
)
def test_a_refusal_changes_nothing(bench: Bench, shares: int, limit: int, code: str) -> None:
    """It has the code that the chain's would have, and the accounts stay as they are; so does what was forked from."""
    session, trade = bench.session, purchase(bench, shares, limit)
    rehearsal, trader = stage(bench, trade), session.deployment.trader(bench.trader.pubkey())
    with pytest.raises(UsageError) as caught:
        rehearsal.run(trade)
    assert caught.value.code == code
    rehearsal.fork().run(purchase(bench, 100 * USDC))
    assert rehearsal.read(Trader, trader).free == bench.free


def test_what_cannot_be_tried_is_not_guessed(bench: Bench) -> None:
    """Accounts that are not there, instructions that create accounts or move tokens, and those of other programs."""
    session, owner = bench.session, bench.trader.pubkey()
    missing = session.instructions.buy(
        authority=owner, market_address=bench.address, outcome=1, shares=USDC, maximum_cost=2**62
    )
    with pytest.raises(NotFoundError):
        stage(bench, missing).run(missing)
    opening = session.instructions.open_position(authority=owner, market_address=bench.address, outcome=1)
    with pytest.raises(TypeError, match="creates or closes"):
        stage(bench, opening).run(opening)
    withdrawal = session.instructions.withdraw(authority=owner, amount=USDC)
    with pytest.raises(TypeError, match="not rehearsed"):
        stage(bench, withdrawal).run(withdrawal)
    foreign = Instruction(session.deployment.program, b"not ours", [])
    with pytest.raises(TypeError, match="no instruction of the program"):
        stage(bench, foreign)
