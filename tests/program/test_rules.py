"""Bounds of parameters, pauses and fees, as plain functions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hognose.lang import ProgramAbort
from quatrain.core.fee import RATE_ONE, fee_ceil
from quatrain.program import fees, pause
from quatrain.program.errors import QuatrainError
from quatrain.program.parameters import (
    FEE_RATE_MAXIMUM,
    FEE_RATE_MINIMUM,
    LIQUIDITY_MAXIMUM,
    LIQUIDITY_MINIMUM,
    MINIMUM_TRADE_MAXIMUM,
    PRICE_MOVE_MAXIMUM,
    PRICE_MOVE_MINIMUM,
    PROFIT_VESTING_SLOTS_MAXIMUM,
    PROFIT_VESTING_SLOTS_MINIMUM,
    PRUNE_DELAY_SLOTS_MAXIMUM,
    SUBSIDIES_BPS_MAXIMUM,
    SUBSIDY_BPS_MAXIMUM,
    require_bounds,
    set_defaults,
)
from quatrain.program.state import Activity, Market, Parameters, Protocol

NOW = 1_767_225_600


def refused(error: QuatrainError) -> pytest.RaisesExc[ProgramAbort]:
    """Expect this refusal."""
    return pytest.RaisesExc(ProgramAbort, check=lambda abort: abort.error is error)


# -- parameters ------------------------------------------------------------------------------------------------------


def defaults(**changes: int) -> Parameters:
    """Default parameters with changes."""
    parameters = Parameters()  # type: ignore[call-arg]
    set_defaults(parameters)
    for name, value in changes.items():
        setattr(parameters, name, value)
    return parameters


def test_the_defaults_are_inside_the_bounds() -> None:
    """A new protocol could be given its own parameters again."""
    require_bounds(defaults())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fee_rate", FEE_RATE_MINIMUM - 1),
        ("fee_rate", FEE_RATE_MAXIMUM + 1),
        ("subsidies_bps", SUBSIDIES_BPS_MAXIMUM + 1),
        ("subsidy_bps", SUBSIDY_BPS_MAXIMUM + 1),
        ("minimum_trade", 0),
        ("minimum_trade", MINIMUM_TRADE_MAXIMUM + 1),
        ("minimum_liquidity", LIQUIDITY_MINIMUM - 1),
        ("minimum_liquidity", LIQUIDITY_MAXIMUM + 1),
        ("maximum_liquidity", LIQUIDITY_MINIMUM - 1),
        ("maximum_liquidity", LIQUIDITY_MAXIMUM + 1),
        ("prune_delay_slots", PRUNE_DELAY_SLOTS_MAXIMUM + 1),
        ("profit_vesting_slots", PROFIT_VESTING_SLOTS_MINIMUM - 1),
        ("profit_vesting_slots", PROFIT_VESTING_SLOTS_MAXIMUM + 1),
        ("price_move_per_slot", PRICE_MOVE_MINIMUM - 1),
        ("price_move_per_slot", PRICE_MOVE_MAXIMUM + 1),
    ],
)
def test_each_parameter_has_hard_bounds(name: str, value: int) -> None:
    """One step beyond is refused."""
    with refused(QuatrainError.INVALID_PARAMETER):
        require_bounds(defaults(**{name: value}))


# -- pauses ----------------------------------------------------------------------------------------------------------


def test_a_pause_ends_by_itself() -> None:
    """From its second on, the activity goes on; the other activities never stopped."""
    protocol = Protocol()  # type: ignore[call-arg]
    pause.set_paused(protocol, 1 << Activity.DEPOSITS, NOW, False)
    with refused(QuatrainError.PAUSED):
        pause.require_running(protocol, Activity.DEPOSITS, NOW - 1)
    pause.require_running(protocol, Activity.DEPOSITS, NOW)
    pause.require_running(protocol, Activity.BUYS, NOW - 1)


def test_the_guardian_cannot_shorten_a_pause() -> None:
    """Only the admin can."""
    protocol = Protocol()  # type: ignore[call-arg]
    pause.set_paused(protocol, 15, NOW, True)
    pause.set_paused(protocol, 3, NOW - 1, False)
    assert list(protocol.paused_until) == [NOW] * 4
    pause.set_paused(protocol, 3, NOW - 1, True)
    assert list(protocol.paused_until) == [NOW - 1, NOW - 1, NOW, NOW]


@pytest.mark.parametrize("scope", [0, 16, 255])
def test_a_scope_names_known_activities(scope: int) -> None:
    """At least one, and none that does not exist."""
    with refused(QuatrainError.INVALID_PARAMETER):
        pause.set_paused(Protocol(), scope, NOW, True)  # type: ignore[call-arg]


def test_the_guardian_pauses_twice_in_a_row() -> None:
    """A third pause within half an hour of the end of the second is refused."""
    protocol = Protocol()  # type: ignore[call-arg]
    pause.count_guardian_pause(protocol, NOW)
    pause.count_guardian_pause(protocol, NOW + 1_800)
    with refused(QuatrainError.PAUSE_LIMIT):
        pause.count_guardian_pause(protocol, NOW + 1_800 + 3_599)
    pause.count_guardian_pause(protocol, NOW + 1_800 + 3_600)


def test_the_guardian_pauses_three_times_a_day() -> None:
    """However far apart; the next day begins with a pause at least a day after the first."""
    protocol = Protocol()  # type: ignore[call-arg]
    for hour in (0, 2, 4):
        pause.count_guardian_pause(protocol, NOW + 3_600 * hour)
    with refused(QuatrainError.PAUSE_LIMIT):
        pause.count_guardian_pause(protocol, NOW + 86_399)
    pause.count_guardian_pause(protocol, NOW + 86_400)


# -- fees ------------------------------------------------------------------------------------------------------------

RATES = st.integers(FEE_RATE_MINIMUM, 3 * FEE_RATE_MAXIMUM)


def charging() -> Protocol:
    """A protocol with default parameters."""
    return Protocol(parameters=defaults(), taker_rate=FEE_RATE_MINIMUM)  # type: ignore[call-arg]


@given(rate=RATES, spend=st.integers(0, 2**60))
def test_what_a_spend_leaves_covers_the_fee(rate: int, spend: int) -> None:
    """spend − cost is at least the cost's fee, and one µUSDC more of cost would not fit."""
    cost = fees.cost_within_floor(spend, rate)
    assert cost + fee_ceil(cost, rate) <= spend
    assert cost + 1 + fee_ceil(cost + 1, rate) > spend


@given(rate=RATES, received=st.integers(0, 2**60))
def test_proceeds_before_the_fee_leave_what_was_asked(rate: int, received: int) -> None:
    """gross − fee(gross) is at least what the trader receives, and one µUSDC less would not do."""
    gross = fees.proceeds_before_fee_ceil(received, rate)
    assert gross - fee_ceil(gross, rate) >= received
    assert gross == 0 or gross - 1 - fee_ceil(gross - 1, rate) < received


@given(due=st.integers(0, 2**60))
def test_shared_fees_add_up(due: int) -> None:
    """70, 15, 5 and 10 %, the remainder to the vault, nothing left in the market."""
    protocol, market = charging(), Market(fees_due=due)  # type: ignore[call-arg]
    parts = fees.share_out(protocol, market, 7)
    assert sum(parts) == due
    assert parts == (protocol.lp_cash, protocol.staker_pool, protocol.treasury, protocol.insurance)
    assert market.fees_due == 0
    assert protocol.vesting_profit == protocol.lp_cash
    assert parts[0] >= due * 7 // 10
    assert RATE_ONE > FEE_RATE_MAXIMUM
