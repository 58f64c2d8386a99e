"""The ledger of a market, as plain functions: every change keeps the escrow."""

from __future__ import annotations

import hashlib
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hognose.lang import Array, Hash, ProgramAbort, Trap, u64
from hognose.lang.types import IntegerType
from quatrain.core.lmsr import cost_ceil, proceeds_floor
from quatrain.program import chain, opening, pool
from quatrain.program.errors import QuatrainError
from quatrain.program.state import PRICE_ONE, Maker, Market, Outcome, Position, Trader

USDC = 1_000_000
U64 = cast(IntegerType, u64)


@pytest.fixture(autouse=True)
def _hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Off chain there is no machine to hash; the commitments are not what is tested here."""

    def sha256(parts: tuple[bytes | int, ...]) -> Hash:
        packed = b"".join(p.to_bytes(8, "little") if isinstance(p, int) else bytes(p) for p in parts)
        return Hash(hashlib.sha256(packed).digest())

    monkeypatch.setattr(chain, "sha256", sha256)


def market_of(prices: list[int], scale: int = 1_000 * USDC) -> Market:
    """A market opened at prices."""
    market = Market(outcome_count=len(prices), liquidity=scale, maker=Maker.LMSR)  # type: ignore[call-arg]
    while len(market.outcomes) < len(prices):
        market.outcomes.append(Outcome())  # type: ignore[call-arg]
    opening.open_pool(market, array_of(prices))
    return market


def array_of(values: list[int]) -> Array[int]:
    """An argument's view."""
    return Array(U64, values)


def refused(error: QuatrainError) -> pytest.RaisesExc[ProgramAbort]:
    """Expect this refusal."""
    return pytest.RaisesExc(ProgramAbort, check=lambda abort: abort.error is error)


def test_even_prices_need_b_ln_n() -> None:
    """The subsidy of a binary market at 1/2 is b·ln 2, rounded up, and the vault holds nothing."""
    market = market_of([PRICE_ONE // 2] * 2)
    assert market.sets == 693_147_181
    assert [o.held for o in market.outcomes[:2]] == [0, 0]


def test_uneven_prices_leave_the_vault_with_the_likely_outcome() -> None:
    """r_i = −b·ln π_i: at 0.8 and 0.2 the sets are b·ln 5, of which the vault holds b·ln 4 of the first."""
    market = market_of([800_000_000, 200_000_000])
    assert market.sets == 1_609_437_913
    assert pool.reserve_of(market, market.outcomes[0]) == 223_143_552
    assert pool.reserve_of(market, market.outcomes[1]) == market.sets


@pytest.mark.parametrize("prices", [[0, PRICE_ONE], [PRICE_ONE, 0], [1, 2], [PRICE_ONE // 2, PRICE_ONE // 2 + 1]])
def test_prices_that_do_not_fit_are_refused(prices: list[int]) -> None:
    """Each is strictly between 0 and 1, and the sum is exactly 1."""
    with refused(QuatrainError.PRICES_INVALID):
        market_of(prices)


@pytest.mark.parametrize("payouts", [[PRICE_ONE + 1, 0], [1, 2], [PRICE_ONE, 1], [0, 0]])
def test_payouts_that_do_not_add_up_are_refused(payouts: list[int]) -> None:
    """The sum is exactly 1, and none is above it."""
    with refused(QuatrainError.PAYOUTS_INVALID):
        pool.fix_payouts(market_of([PRICE_ONE // 2] * 2), array_of(payouts))


def test_a_trade_moves_exactly_its_amounts() -> None:
    """Trader, market and position change by shares, cost and fee, and by nothing else."""
    market, trader, position = market_of([PRICE_ONE // 2] * 2), Trader(free=1_000), Position(outcome=1)  # type: ignore[call-arg]
    sets = market.sets
    pool.take_in(trader, market, market.outcomes[position.outcome], position, 100, 60, 3)
    assert (trader.free, trader.volume) == (937, 60)
    assert (market.sets, market.outcomes[1].sold, market.outcomes[0].sold) == (sets + 60, 100, 0)
    assert (market.fees_due, market.volume, position.shares, position.cost) == (3, 60, 100, 63)
    pool.pay_out(trader, market, market.outcomes[position.outcome], position, 30, 20, 1)
    assert (trader.free, trader.volume) == (956, 80)
    assert (market.sets, market.outcomes[1].sold, market.fees_due) == (sets + 40, 70, 4)
    assert (position.shares, position.cost) == (70, 63 - 63 * 30 // 100)


def test_what_is_not_there_cannot_be_spent() -> None:
    """Money is bounded by what the trader has, fee included."""
    market, trader, position = market_of([PRICE_ONE // 2] * 2), Trader(free=10), Position()  # type: ignore[call-arg]
    with refused(QuatrainError.INSUFFICIENT_FUNDS):
        pool.take_in(trader, market, market.outcomes[position.outcome], position, 20, 10, 1)


def test_a_reserve_below_zero_aborts() -> None:
    """Whatever called this, escrow that does not cover an outcome stops the program."""
    market = Market(sets=10)  # type: ignore[call-arg]
    market.outcomes[0].sold = 6
    market.outcomes[0].held = 5
    assert market.sets - market.outcomes[0].sold - market.outcomes[0].held < 0
    with pytest.raises(Trap):
        checked_reserve(market)


def checked_reserve(market: Market) -> int:
    """`reserve_of` as compiled code checks it: a u64 below zero aborts."""
    return U64(pool.reserve_of(market, market.outcomes[0]))


TRADES = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(1, 3_000 * USDC)), min_size=1, max_size=30)


@given(trades=TRADES, winner=st.integers(0, 3))
def test_any_trades_can_be_settled_in_full(trades: list[tuple[int, bool, int]], winner: int) -> None:
    """Reserves stay non-negative, claims are paid in full, and the vault loses at most its subsidy."""
    market = market_of([PRICE_ONE // 4] * 4)
    subsidy = market.sets
    trader = Trader(free=10**15)  # type: ignore[call-arg]
    positions = [Position(outcome=i) for i in range(4)]  # type: ignore[call-arg]
    for outcome, buys, shares in trades:
        position, reserve = positions[outcome], pool.reserve_of(market, market.outcomes[outcome])
        if buys:
            pool.take_in(
                trader,
                market,
                market.outcomes[position.outcome],
                position,
                shares,
                cost_ceil(market.liquidity, reserve, shares)[0],
                0,
            )
        elif position.shares:
            part = min(shares, position.shares)
            pool.pay_out(
                trader,
                market,
                market.outcomes[position.outcome],
                position,
                part,
                proceeds_floor(market.liquidity, reserve, part)[0],
                0,
            )
        assert all(pool.reserve_of(market, market.outcomes[i]) >= 0 for i in range(4))
    returned = pool.fix_payouts(market, array_of([PRICE_ONE * (i == winner) for i in range(4)]))
    paid = sum(pool.pay_claim(trader, market, position) for position in positions)
    assert returned >= 0
    assert market.sets == 0
    assert trader.free + returned == 10**15 + subsidy
    assert paid <= 4 * 30 * 3_000 * USDC


@given(
    shares=st.lists(st.integers(0, 10**9), min_size=3, max_size=3),
    cut=st.tuples(st.integers(0, PRICE_ONE), st.integers(0, PRICE_ONE)),
)
def test_a_split_payout_leaves_less_than_a_unit_for_each_position(shares: list[int], cut: tuple[int, int]) -> None:
    """Claims are rounded up together, payouts down one by one."""
    low, high = sorted(cut)
    market = Market(outcome_count=3, sets=10**10)  # type: ignore[call-arg]
    for i in range(3):
        market.outcomes[i].sold = shares[i]
    returned = pool.fix_payouts(market, array_of([low, high - low, PRICE_ONE - high]))
    trader = Trader()  # type: ignore[call-arg]
    for i in range(3):
        pool.pay_claim(trader, market, Position(outcome=i, shares=shares[i]))  # type: ignore[call-arg]
    assert returned + trader.free + market.sets == 10**10
    assert 0 <= market.sets <= 3
    assert all(market.outcomes[i].sold == 0 for i in range(3))
