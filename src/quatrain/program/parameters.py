"""The tunable parameters: what they begin as, and the hard bounds that no admin can leave."""

from __future__ import annotations

from hognose.lang import require
from quatrain.program.errors import QuatrainError
from quatrain.program.state import Parameters

FEE_RATE_MINIMUM = 30_000
"""3 bp."""
FEE_RATE_MAXIMUM = 280_000
"""28 bp."""
SUBSIDIES_BPS_MAXIMUM = 2_000
"""20 % of LP equity: the hard bound on what the vault can lose."""
SUBSIDY_BPS_MAXIMUM = 500
"""5 % of LP equity for one market."""
MINIMUM_TRADE_MAXIMUM = 100_000_000
"""100 USDC: nobody is kept out by a larger one."""
LIQUIDITY_MINIMUM = 1_000_000
"""1 USDC: below it, rounding to a µUSDC would be felt."""
LIQUIDITY_MAXIMUM = 10_000_000_000_000
"""10 million USDC: as far as the accuracy of the market maker is tested."""
PRUNE_DELAY_SLOTS_MAXIMUM = 100_000_000
PROFIT_VESTING_SLOTS_MINIMUM = 150
PROFIT_VESTING_SLOTS_MAXIMUM = 10_000_000
PRICE_MOVE_MINIMUM = 5_000_000
"""Half a point a slot: no exit waits longer than 200 slots for the price's room."""
PRICE_MOVE_MAXIMUM = 100_000_000
"""10 points a slot."""
VERSE_BPS_MAXIMUM = 2_500
"""25 % of LP equity for the markets of one verse."""
OUTLAYS_BPS_MAXIMUM = 8_000
"""80 % of LP equity for subsidies and loans together: the rest is there for who leaves."""
WITHDRAWAL_BPS_MINIMUM = 500
"""5 % of the vault's shares: who owns all of them leaves in 60 requests or fewer."""
WITHDRAWAL_BPS_MAXIMUM = 2_000
"""20 % of the vault's shares in one request."""
WITHDRAWAL_DELAY_SLOTS_MINIMUM = 150
WITHDRAWAL_DELAY_SLOTS_MAXIMUM = 216_000
"""A day: no liquidity is held longer than that."""


def set_defaults(parameters: Parameters) -> None:
    """What a new protocol begins with."""
    parameters.fee_rate = FEE_RATE_MINIMUM
    parameters.subsidies_bps = SUBSIDIES_BPS_MAXIMUM
    parameters.subsidy_bps = SUBSIDY_BPS_MAXIMUM
    parameters.minimum_trade = 10_000
    parameters.minimum_liquidity = LIQUIDITY_MINIMUM
    parameters.maximum_liquidity = LIQUIDITY_MAXIMUM
    parameters.prune_delay_slots = 432_000
    parameters.profit_vesting_slots = 3_000
    parameters.price_move_per_slot = 20_000_000
    parameters.verse_bps = VERSE_BPS_MAXIMUM
    parameters.outlays_bps = OUTLAYS_BPS_MAXIMUM
    parameters.withdrawal_bps = 2_000
    parameters.withdrawal_delay_slots = 3_000


def require_bounds(parameters: Parameters) -> None:
    """Refuse parameters outside the hard bounds."""
    fee_ok = FEE_RATE_MINIMUM <= parameters.fee_rate <= FEE_RATE_MAXIMUM
    subsidies_ok = parameters.subsidy_bps <= SUBSIDY_BPS_MAXIMUM and parameters.subsidies_bps <= SUBSIDIES_BPS_MAXIMUM
    trade_ok = 1 <= parameters.minimum_trade <= MINIMUM_TRADE_MAXIMUM
    liquidity_ok = (
        LIQUIDITY_MINIMUM <= parameters.minimum_liquidity <= parameters.maximum_liquidity <= LIQUIDITY_MAXIMUM
    )
    vesting = parameters.profit_vesting_slots
    vesting_ok = PROFIT_VESTING_SLOTS_MINIMUM <= vesting <= PROFIT_VESTING_SLOTS_MAXIMUM
    prune_ok = parameters.prune_delay_slots <= PRUNE_DELAY_SLOTS_MAXIMUM
    move_ok = PRICE_MOVE_MINIMUM <= parameters.price_move_per_slot <= PRICE_MOVE_MAXIMUM
    outlays_ok = parameters.verse_bps <= VERSE_BPS_MAXIMUM and parameters.outlays_bps <= OUTLAYS_BPS_MAXIMUM
    request_ok = WITHDRAWAL_BPS_MINIMUM <= parameters.withdrawal_bps <= WITHDRAWAL_BPS_MAXIMUM
    delay = parameters.withdrawal_delay_slots
    delay_ok = WITHDRAWAL_DELAY_SLOTS_MINIMUM <= delay <= WITHDRAWAL_DELAY_SLOTS_MAXIMUM
    trading_ok = fee_ok and trade_ok and liquidity_ok and prune_ok and move_ok
    vault_ok = subsidies_ok and vesting_ok and outlays_ok and request_ok and delay_ok
    require(trading_ok and vault_ok, QuatrainError.INVALID_PARAMETER)
