"""Positions in markets of a real number: opened empty, claimed by anybody once the market is resolved, closed by the owner when empty."""

from __future__ import annotations

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
    require,
    signer,
    state,
    u32,
)
from quatrain.program.chain import chain
from quatrain.program.distribution_events import (
    DistributionClaimed,
    DistributionPositionClosed,
    DistributionPositionOpened,
)
from quatrain.program.distribution_pool import is_empty, pay_position
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.errors import QuatrainError
from quatrain.program.limits import require_trading
from quatrain.program.state import MarketStatus, Trader


@accounts
class OpenDistributionPosition:
    """The trader pays the rent and gets it back when the position is claimed or closed."""

    authority: Account = signer(writable=True)
    system_program: Account = program(SYSTEM_PROGRAM)
    trader: Trader = state(writable=True, authority="authority")
    market: DistributionMarket = state(writable=True)
    position: DistributionPosition = create(
        payer="authority", trader="trader", market="market", number=argument("number")
    )


@instruction
def open_distribution_position(accounts: OpenDistributionPosition, number: u32) -> None:
    """Open an empty position, under a number of the trader's choice, in a market of a real number that trades."""
    market = accounts.market
    now = clock()
    require_trading(market, now)
    accounts.position.opened_slot = now.slot
    accounts.trader.positions += 1
    market.positions += 1
    event = DistributionPositionOpened(
        market=key(market),
        sequence=market.sequence,
        slot=now.slot,
        trader=key(accounts.trader),
        number=number,
    )
    chain(market, event)
    emit(event)


@accounts
class CloseDistributionPosition:
    """The rent goes back to the trader."""

    authority: Account = signer(writable=True)
    trader: Trader = state(writable=True, authority="authority")
    market: DistributionMarket = state(writable=True)
    position: DistributionPosition = close(to="authority", trader="trader", market="market")


@instruction
def close_distribution_position(accounts: CloseDistributionPosition) -> None:
    """Close an empty position; no pause stops this."""
    market = accounts.market
    position = accounts.position
    require(is_empty(position), QuatrainError.POSITION_NOT_EMPTY)
    accounts.trader.positions -= 1
    market.positions -= 1
    event = DistributionPositionClosed(
        market=key(market),
        sequence=market.sequence,
        slot=clock().slot,
        trader=key(accounts.trader),
        number=position.number,
        positions_left=market.positions,
    )
    chain(market, event)
    emit(event)


@accounts
class ClaimDistribution:
    """Nobody signs; money and rent go to the trader."""

    trader: Trader = state(writable=True)
    market: DistributionMarket = state(writable=True)
    position: DistributionPosition = close(to="receiver", trader="trader", market="market")
    receiver: Account = raw(writable=True, address="trader.authority")


@instruction
def claim_distribution(accounts: ClaimDistribution) -> None:
    """Pay a position of a resolved market its collateral + g(x) − f(x), rounded down, and remove it (anybody)."""
    trader = accounts.trader
    market = accounts.market
    position = accounts.position
    require(market.status == MarketStatus.RESOLVED, QuatrainError.MARKET_NOT_RESOLVED)
    collateral = position.collateral
    payout = pay_position(trader, market, position)
    trader.positions -= 1
    market.positions -= 1
    event = DistributionClaimed(
        market=key(market),
        sequence=market.sequence,
        slot=clock().slot,
        trader=key(trader),
        number=position.number,
        collateral=collateral,
        payout=payout,
    )
    chain(market, event)
    emit(event)
