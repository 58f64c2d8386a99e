"""Positions: opened empty, settled by anybody once the market is resolved, closed by the owner when empty."""

from __future__ import annotations

from collections.abc import Sequence

from hognose.lang import (
    SYSTEM_PROGRAM,
    Account,
    accounts,
    argument,
    clock,
    close,
    create,
    emit,
    instruction,
    key,
    program,
    raw,
    repeated,
    require,
    signer,
    state,
    u8,
    u64,
)
from quatrain.program.chain import chain
from quatrain.program.errors import QuatrainError
from quatrain.program.events import PositionClosed, PositionOpened, PositionSettled
from quatrain.program.limits import require_trading
from quatrain.program.loan_events import SetsMerged
from quatrain.program.pool import give_back, pay_claim
from quatrain.program.state import Market, MarketStatus, Position, Trader


@accounts
class OpenPosition:
    """The trader pays the rent and gets it back when the position is settled or closed."""

    authority: Account = signer(writable=True)
    system_program: Account = program(SYSTEM_PROGRAM)
    trader: Trader = state(writable=True, authority="authority")
    market: Market = state(writable=True)
    position: Position = create(payer="authority", trader="trader", market="market", outcome=argument("outcome"))


@instruction
def open_position(accounts: OpenPosition, outcome: u8) -> None:
    """Open an empty position in an outcome of a market that trades."""
    market = accounts.market
    now = clock()
    require_trading(market, now)
    require(outcome < market.outcome_count, QuatrainError.OUTCOME_UNKNOWN)
    accounts.position.opened_slot = now.slot
    accounts.trader.positions += 1
    market.positions += 1
    event = PositionOpened(
        market=key(market),
        sequence=market.sequence,
        slot=now.slot,
        trader=key(accounts.trader),
        outcome=outcome,
    )
    chain(market, event)
    emit(event)


@accounts
class ClosePosition:
    """The rent goes back to the trader."""

    authority: Account = signer(writable=True)
    trader: Trader = state(writable=True, authority="authority")
    market: Market = state(writable=True)
    position: Position = close(to="authority", trader="trader", market="market")


@instruction
def close_position(accounts: ClosePosition) -> None:
    """Close an empty position; no pause stops this."""
    market = accounts.market
    position = accounts.position
    require(position.shares == 0, QuatrainError.POSITION_NOT_EMPTY)
    accounts.trader.positions -= 1
    market.positions -= 1
    event = PositionClosed(
        market=key(market),
        sequence=market.sequence,
        slot=clock().slot,
        trader=key(accounts.trader),
        outcome=position.outcome,
        positions_left=market.positions,
    )
    chain(market, event)
    emit(event)


@accounts
class SettlePosition:
    """Nobody signs; money and rent go to the trader."""

    trader: Trader = state(writable=True)
    market: Market = state(writable=True)
    position: Position = close(to="receiver", trader="trader", market="market")
    receiver: Account = raw(writable=True, address="trader.authority")


@instruction
def settle_position(accounts: SettlePosition) -> None:
    """Pay a position of a resolved market, shares × payout rounded down, and remove it (anybody)."""
    trader = accounts.trader
    market = accounts.market
    position = accounts.position
    require(market.status == MarketStatus.RESOLVED, QuatrainError.MARKET_NOT_RESOLVED)
    shares = position.shares
    payout = pay_claim(trader, market, position)
    trader.positions -= 1
    market.positions -= 1
    event = PositionSettled(
        market=key(market),
        sequence=market.sequence,
        slot=clock().slot,
        trader=key(trader),
        shares=shares,
        payout=payout,
        outcome=position.outcome,
    )
    chain(market, event)
    emit(event)


MERGED_MAXIMUM = 56
"""As many positions as fit a transaction beside what else it names: markets up to so many outcomes merge."""


@accounts
class MergeSets:
    """A position of each outcome, in order."""

    authority: Account = signer()
    trader: Trader = state(writable=True, authority="authority")
    market: Market = state(writable=True)
    positions: Sequence[Position] = repeated(maximum=MERGED_MAXIMUM, writable=True, trader="trader", market="market")


@instruction
def merge_sets(accounts: MergeSets, sets: u64) -> None:
    """Give a share of each outcome back for each µUSDC, fee-free; prices stay, and no pause stops this."""
    trader = accounts.trader
    market = accounts.market
    require(market.status != MarketStatus.RESOLVED, QuatrainError.MARKET_NOT_OPEN)
    require(sets != 0, QuatrainError.AMOUNT_ZERO)
    require(len(accounts.positions) == market.outcome_count, QuatrainError.OUTCOME_COUNT)
    for i in range(market.outcome_count):
        position = accounts.positions[i]
        require(position.outcome == i, QuatrainError.OUTCOME_UNKNOWN)
        require(position.debt == 0, QuatrainError.POSITION_INDEBTED)
        require(sets <= position.shares, QuatrainError.INSUFFICIENT_SHARES)
        give_back(market, position, sets)
    market.sets -= sets
    trader.free += sets
    event = SetsMerged(
        market=key(market), sequence=market.sequence, slot=clock().slot, trader=key(trader), sets=sets, free=trader.free
    )
    chain(market, event)
    emit(event)
