"""The vault's books, as plain functions: prices of LP shares, vesting profit, the gates of subsidies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hognose.lang import ProgramAbort
from quatrain.program.errors import QuatrainError
from quatrain.program.exposure import revalue
from quatrain.program.parameters import set_defaults
from quatrain.program.state import Market, Protocol, Verse
from quatrain.program.vault import (
    FIRST_DEPOSIT_MINIMUM,
    LOCKED_SHARES,
    add_profit,
    amount_for_shares_floor,
    equity_of,
    lend_subsidy,
    redeemable_of,
    shares_for_deposit_floor,
    take_back,
    vesting_left,
)

AMOUNTS = st.integers(1, 10**15)
USDC = 1_000_000


def vault(**fields: int) -> Protocol:
    """A protocol account with default parameters."""
    protocol = Protocol(**fields)  # type: ignore[call-arg]
    set_defaults(protocol.parameters)
    return protocol


def refused(error: QuatrainError) -> pytest.RaisesExc[ProgramAbort]:
    """Expect this refusal."""
    return pytest.RaisesExc(ProgramAbort, check=lambda abort: abort.error is error)


def test_the_first_deposit_leaves_shares_behind() -> None:
    """10 USDC at least, 1 USDC of it for nobody."""
    protocol = vault()
    with refused(QuatrainError.FIRST_DEPOSIT_TOO_SMALL):
        shares_for_deposit_floor(protocol, FIRST_DEPOSIT_MINIMUM - 1, 0)
    assert shares_for_deposit_floor(protocol, FIRST_DEPOSIT_MINIMUM, 0) == FIRST_DEPOSIT_MINIMUM - LOCKED_SHARES
    assert protocol.locked_shares == LOCKED_SHARES


def test_a_worthless_vault_sells_no_shares() -> None:
    """A price of zero cannot be divided by."""
    with refused(QuatrainError.VAULT_WORTHLESS):
        shares_for_deposit_floor(vault(locked_shares=LOCKED_SHARES), 10 * USDC, 5 * USDC)


@given(cash=AMOUNTS, out=st.integers(0, 10**15), supply=st.integers(0, 10**15), amount=AMOUNTS, vesting=AMOUNTS)
def test_paying_in_and_leaving_at_once_never_gains(cash: int, out: int, supply: int, amount: int, vesting: int) -> None:
    """Rounding and vesting are in the vault's favour, whatever its state."""
    protocol = vault(
        lp_cash=cash, subsidies_out=out, floors_out=out, locked_shares=LOCKED_SHARES, vesting_profit=vesting, vesting_slot=1,
        vesting_end_slot=100,
    )  # fmt: skip
    shares = shares_for_deposit_floor(protocol, amount, supply)
    protocol.lp_cash += amount
    assert amount_for_shares_floor(protocol, shares, supply + shares, 50) <= amount


@given(cash=AMOUNTS, supply=st.integers(0, 10**15), amount=AMOUNTS)
def test_a_deposit_never_dilutes(cash: int, supply: int, amount: int) -> None:
    """The equity behind a share does not fall when somebody pays in."""
    protocol = vault(lp_cash=cash, locked_shares=LOCKED_SHARES)
    before = equity_of(protocol), supply + LOCKED_SHARES
    shares = shares_for_deposit_floor(protocol, amount, supply)
    protocol.lp_cash += amount
    assert equity_of(protocol) * before[1] >= before[0] * (before[1] + shares)


def test_profit_vests_linearly() -> None:
    """None at once, half after half the time, all at the end."""
    protocol = vault(lp_cash=1_000)
    add_profit(protocol, 100, 500)
    assert [redeemable_of(protocol, slot) for slot in (500, 2_000, 3_499, 3_500, 9_999)] == [
        900,
        950,
        999,
        1_000,
        1_000,
    ]


def test_more_profit_lengthens_vesting_by_its_weight() -> None:
    """300 with 1,000 slots to go and 100 with 3,000 make 400 with 1,500."""
    protocol = vault(lp_cash=1_000, vesting_profit=900, vesting_slot=0, vesting_end_slot=3_000)
    add_profit(protocol, 100, 2_000)
    assert (protocol.vesting_profit, protocol.vesting_slot, protocol.vesting_end_slot) == (400, 2_000, 3_500)


def test_dust_cannot_hold_back_what_vests() -> None:
    """A million syncs of 1 µUSDC would move the end by slots, not by periods."""
    protocol = vault(vesting_profit=10**9, vesting_slot=0, vesting_end_slot=3_000)
    for slot in range(1_000):
        add_profit(protocol, 1, slot)
    assert protocol.vesting_end_slot <= 3_000 + 1_000
    assert vesting_left(protocol, 3_999) < 10**6
    add_profit(protocol, 0, 5_000)
    assert protocol.vesting_slot == 999


@given(profits=st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 5_000)), max_size=8))
def test_vesting_never_exceeds_the_profit(profits: list[tuple[int, int]]) -> None:
    """What is held back falls with time and never grows beyond what was added."""
    protocol, slot, total = vault(), 0, 0
    for amount, wait in profits:
        slot += wait
        before = vesting_left(protocol, slot)
        add_profit(protocol, amount, slot)
        total += amount
        assert vesting_left(protocol, slot) == before + amount <= total
        assert protocol.vesting_end_slot <= slot + 3_000 or amount == 0


def test_a_loss_beyond_the_vesting_profit_leaves_nothing_to_redeem() -> None:
    """The subtraction stops at zero."""
    assert redeemable_of(vault(lp_cash=5, vesting_profit=9, vesting_slot=0, vesting_end_slot=10), 0) == 0


def test_a_subsidy_passes_two_gates() -> None:
    """5 % for one market and 20 % for all, hence never more than the cash."""
    protocol, verses = vault(lp_cash=1_000), [Verse() for _ in range(4)]  # type: ignore[call-arg]
    with refused(QuatrainError.SUBSIDY_ABOVE_MARKET_CAP):
        lend_subsidy(protocol, verses[0], 51, 0)
    with refused(QuatrainError.SUBSIDY_ABOVE_MARKET_CAP):
        lend_subsidy(protocol, verses[0], 1, 50)
    for verse in verses:
        lend_subsidy(protocol, verse, 50, 0)
    assert (protocol.lp_cash, protocol.subsidies_out) == (800, 200)
    assert [verse.subsidies for verse in verses] == [50] * 4
    with refused(QuatrainError.SUBSIDY_ABOVE_TOTAL_CAP):
        lend_subsidy(protocol, verses[0], 1, 0)


def test_only_what_is_above_the_subsidy_is_profit() -> None:
    """A loss counts at once, a profit vests."""
    protocol, verse = vault(lp_cash=800, subsidies_out=200, floors_out=170), Verse(subsidies=200)  # type: ignore[call-arg]
    first, second = Market(subsidy=100, floor=90), Market(subsidy=100, floor=80)  # type: ignore[call-arg]
    take_back(protocol, verse, first.subsidy, 60, 10)
    revalue(protocol, first, 0)
    assert (equity_of(protocol), redeemable_of(protocol, 10)) == (960, 940)
    take_back(protocol, verse, second.subsidy, 130, 10)
    revalue(protocol, second, 0)
    assert (equity_of(protocol), redeemable_of(protocol, 10)) == (990, 960)
    assert (protocol.subsidies_out, protocol.floors_out, verse.subsidies) == (0, 0, 0)
