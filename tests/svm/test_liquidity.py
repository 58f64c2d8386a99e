"""Liquidity providers: what shares cost, what they pay, and who gains from what."""

from __future__ import annotations

import pytest
from solders.instruction import AccountMeta, Instruction

from hognose.lang import Pubkey
from quatrain.program.errors import QuatrainError
from quatrain.program.events import LiquidityDeposited, LiquidityWithdrawn, WithdrawalRequested
from quatrain.program.state import PRICE_ONE
from tests.svm.refusals import refused
from tests.svm.stage import VAULT, Stage
from tests.svm.world import TOKEN_ID, USDC

LOCKED = 1_000_000


def shares_of(stage: Stage, name: str) -> int:
    """LP shares that somebody holds."""
    return stage.tokens(stage.share_account(stage.person(name)))


def test_the_first_deposit_buys_shares_at_par_but_for_one_usdc(bare: Stage) -> None:
    """1 USDC of shares belongs to nobody for ever."""
    bare.initialize()
    with refused(QuatrainError.FIRST_DEPOSIT_TOO_SMALL):
        bare.deposit_liquidity(bare.provider, 10 * USDC - 1)
    event = bare.deposit_liquidity(bare.provider, 10 * USDC).event
    assert isinstance(event, LiquidityDeposited)
    assert (event.amount, event.shares, event.equity, event.shares_total) == (
        10 * USDC, 9 * USDC, 10 * USDC, 10 * USDC,
    )  # fmt: skip
    assert shares_of(bare, "provider") == 9 * USDC == bare.share_supply()
    assert bare.protocol.locked_shares == LOCKED


def test_later_deposits_pay_the_equity_of_a_share(stage: Stage) -> None:
    """After a profit of a tenth, 1,100 USDC buy 1,000 shares."""
    give_profit(stage, VAULT // 10)
    event = stage.deposit_liquidity(stage.person("second"), 1_100 * USDC).event
    assert event.shares == 1_000 * USDC
    assert event.equity == VAULT * 11 // 10 + 1_100 * USDC


def test_a_withdrawal_pays_what_was_vested_when_it_was_asked_for(stage: Stage) -> None:
    """At first the old price, in the middle half the profit, in the end all of it, rounded down."""
    give_profit(stage, VAULT // 10)
    for slots, price in ((0, 1_000_000), (1_500, 1_050_000), (1_500, 1_100_000)):
        stage.advance(slots=slots)
        name = f"leaver {price}"
        move_shares(stage, name, USDC)
        event = stage.request_withdrawal(stage.person(name), USDC).event
        assert isinstance(event, WithdrawalRequested)
        assert (event.shares, event.provider) == (USDC, Pubkey(bytes(stage.person(name).pubkey())))
        assert event.most == pytest.approx(price, abs=2)
    stage.advance(slots=3_000)
    for price in (1_000_000, 1_050_000, 1_100_000):
        event = stage.execute_withdrawal(stage.person(f"leaver {price}")).events[0]
        assert isinstance(event, LiquidityWithdrawn)
        assert event.amount == pytest.approx(price, abs=2)


def test_losses_count_at_once(stage: Stage) -> None:
    """A market that cost almost its whole subsidy lowers the price of a share in the same slot, also of those who wait."""
    market, alice = stage.create_market(), stage.trader("alice", 200_000 * USDC)
    subsidy = stage.market(market).subsidy
    stage.request_withdrawal(stage.provider, 1_000 * USDC)
    alice.buy(market, 92_000 * USDC)
    stage.finish(market, 0)
    stage.advance(slots=3_000)
    equity = stage.protocol.lp_cash
    assert VAULT - subsidy <= equity < VAULT - subsidy + 2 * USDC
    assert stage.execute_withdrawal(stage.provider).events[0].amount == 1_000 * USDC * equity // VAULT


def test_leaving_prices_pools_at_their_worst_and_entering_at_par(stage: Stage) -> None:
    """Both values are the books' to the µUSDC; once traders hold much of one outcome, they differ."""
    market, alice = stage.create_market(), stage.trader("alice", 200_000 * USDC)
    alice.buy(market, 30_000 * USDC)
    stage.sync(market)
    state = stage.market(market)
    assert state.floor == state.sets - 30_000 * USDC < state.subsidy
    protocol = stage.protocol
    high, vault_fee = VAULT + protocol.vesting_profit, protocol.vesting_profit
    assert stage.deposit_liquidity(stage.person("second"), USDC).event.shares == USDC * VAULT // high
    low = high + USDC - state.subsidy + state.floor - vault_fee
    shares = stage.share_supply() + LOCKED
    assert stage.request_withdrawal(stage.provider, 1_000 * USDC).event.most == 1_000 * USDC * low // shares


def test_waiting_in_the_queue_earns_nothing(stage: Stage) -> None:
    """A profit that vests while somebody waits stays with those who stay."""
    stage.request_withdrawal(stage.provider, 1_000 * USDC)
    give_profit(stage, VAULT // 10)
    stage.advance(slots=6_000)
    assert stage.execute_withdrawal(stage.provider).events[0].amount == 1_000 * USDC
    equity, shares = stage.protocol.lp_cash, stage.share_supply() + LOCKED
    assert equity == VAULT * 11 // 10 - 1_000 * USDC
    assert shares == VAULT - 1_000 * USDC


def test_shares_and_amounts_are_limited_by_the_caller(stage: Stage) -> None:
    """Slippage limits hold in both directions, exactly."""
    with refused(QuatrainError.SLIPPAGE_EXCEEDED):
        stage.deposit_liquidity(stage.provider, USDC, minimum_shares=USDC + 1)
    stage.deposit_liquidity(stage.provider, USDC, minimum_shares=USDC)
    stage.request_withdrawal(stage.provider, USDC)
    stage.advance(slots=3_000)
    with refused(QuatrainError.SLIPPAGE_EXCEEDED):
        stage.execute_withdrawal(stage.provider, USDC, minimum_amount=USDC + 1)
    stage.execute_withdrawal(stage.provider, USDC, minimum_amount=USDC)


def test_nothing_is_neither_deposited_nor_redeemed(stage: Stage) -> None:
    """Zero amounts are mistakes."""
    with refused(QuatrainError.AMOUNT_ZERO):
        stage.deposit_liquidity(stage.provider, 0)
    with refused(QuatrainError.AMOUNT_ZERO):
        stage.request_withdrawal(stage.provider, 0)
    stage.request_withdrawal(stage.provider, 1)
    stage.advance(slots=3_000)
    with refused(QuatrainError.AMOUNT_ZERO):
        stage.execute_withdrawal(stage.provider, 0)


def test_more_shares_than_there_are_cannot_be_redeemed(stage: Stage) -> None:
    """The locked shares are nobody's; another's shares are not one's own; a request holds no more than was asked for."""
    with refused(QuatrainError.INSUFFICIENT_SHARES):
        stage.request_withdrawal(stage.provider, stage.share_supply() + 1)
    stage.deposit_liquidity(stage.person("second"), USDC)
    with refused(1):  # the token program's InsufficientFunds
        stage.request_withdrawal(stage.person("second"), USDC + 1)
    stage.request_withdrawal(stage.person("second"), USDC)
    stage.advance(slots=3_000)
    with refused(QuatrainError.INSUFFICIENT_SHARES):
        stage.execute_withdrawal(stage.person("second"), USDC + 1)


def test_a_request_is_for_a_fifth_of_the_vault_at_most(stage: Stage) -> None:
    """To the share; the parameter lowers it, and 10 USDC may always leave."""
    with refused(QuatrainError.WITHDRAWAL_TOO_LARGE):
        stage.request_withdrawal(stage.provider, VAULT // 5 + 1)
    stage.request_withdrawal(stage.provider, VAULT // 5)
    with refused(2003):
        stage.request_withdrawal(stage.provider, 1)
    stage.cancel_withdrawal(stage.provider)
    stage.change_parameters(withdrawal_bps=500)
    with refused(QuatrainError.WITHDRAWAL_TOO_LARGE):
        stage.request_withdrawal(stage.provider, VAULT // 20 + 1)


def test_the_delay_is_exact(stage: Stage) -> None:
    """Not in the slot before, and then for ever."""
    stage.request_withdrawal(stage.provider, USDC)
    stage.advance(slots=2_999)
    with refused(QuatrainError.WITHDRAWAL_TOO_EARLY):
        stage.execute_withdrawal(stage.provider)
    stage.advance(slots=1)
    stage.execute_withdrawal(stage.provider)


def test_cash_that_is_in_markets_is_redeemed_in_part(stage: Stage) -> None:
    """What the cash does not cover is refused; a part is redeemed, and the other shares are minted again."""
    for _ in range(4):
        stage.create_market(2, 60_000 * USDC)
    second = stage.person("second")
    move_shares(stage, "second", VAULT - 10 * USDC)
    while stage.protocol.lp_cash > 20_000 * USDC:
        part = min((stage.share_supply() + LOCKED) // 5, stage.protocol.lp_cash - 20_000 * USDC)
        stage.withdraw_liquidity(second, part)
    part = (stage.share_supply() + LOCKED) // 5
    stage.request_withdrawal(second, part)
    stage.advance(slots=3_000)
    cash = stage.protocol.lp_cash
    with refused(QuatrainError.VAULT_CASH_SHORT):
        stage.execute_withdrawal(second)
    before = shares_of(stage, "second")
    event = stage.execute_withdrawal(second, cash).events[0]
    assert (event.amount, event.shares, stage.protocol.lp_cash) == (cash, cash, 0)
    assert shares_of(stage, "second") == before + part - cash
    assert event.shares_total == stage.share_supply() + LOCKED


def test_nobody_takes_coverage_below_a_half_by_leaving(bare: Stage) -> None:
    """In a vault that is just covered, a part may leave, and no more."""
    stage = bare.furnish(20_000 * USDC)
    market = stage.create_market(2, 1_400 * USDC)
    stage.open_interest(market, 70_000 * USDC)
    stage.sync(market)
    assert 500_000_000 < stage.protocol.coverage < 620_000_000
    stage.request_withdrawal(stage.provider, 4_000 * USDC)
    stage.advance(slots=3_000)
    with refused(QuatrainError.COVERAGE_TOO_LOW):
        stage.execute_withdrawal(stage.provider)
    stage.execute_withdrawal(stage.provider, 500 * USDC)
    assert stage.protocol.coverage >= 500_000_000


def test_everybody_can_leave_and_others_come_again(stage: Stage) -> None:
    """What stays is the locked shares' money; a later deposit is not a first one."""
    assert stage.leave_vault(stage.provider) == VAULT - LOCKED
    assert stage.share_supply() == 0
    assert stage.protocol.lp_cash == LOCKED
    event = stage.deposit_liquidity(stage.person("second"), 5 * USDC).event
    assert event.shares == 5 * USDC


def test_a_deposit_too_small_for_a_share_is_refused(stage: Stage) -> None:
    """Otherwise rounding would take all of it."""
    give_profit(stage, VAULT // 10)
    with refused(QuatrainError.DEPOSIT_TOO_SMALL):
        stage.deposit_liquidity(stage.provider, 1)


def move_shares(stage: Stage, name: str, amount: int) -> None:
    """Let somebody have shares of the provider's."""
    source, target = stage.share_account(stage.provider), stage.share_account(stage.person(name))
    metas = [AccountMeta(source, False, True), AccountMeta(target, False, True)]
    metas.append(AccountMeta(stage.provider.pubkey(), True, False))
    stage.send_instructions([Instruction(TOKEN_ID, b"\x03" + amount.to_bytes(8, "little"), metas)])


def give_profit(stage: Stage, amount: int) -> None:
    """A market that returns exactly `amount` above its subsidy: traders lose that much in it."""
    market, loser = stage.create_market(2, 72_000 * USDC), stage.trader(f"loser {stage.slot}", 0)
    before = stage.protocol.lp_cash + stage.market(market).subsidy
    loser.wallet = stage.make_token_account(loser.key.pubkey(), amount=2 * amount + 1_000 * USDC, name="wallet")
    loser.deposit(2 * amount)
    loser.open(market, 0)
    loser.open(market, 1)
    spent = 0
    while spent < amount:
        spend = min(amount - spent, 500_000 * USDC)
        gross = spend * 100_030_000 // 100_000_000
        while gross * 100_000_000 // 100_030_000 < spend:
            gross += 1
        spent += loser.buy_for(market, gross, 1).event.amount
    assert spent == amount
    stage.close(market)
    stage.resolve(market, [PRICE_ONE, 0])
    assert stage.protocol.lp_cash == before + amount
