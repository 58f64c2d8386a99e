"""Named attacks, each tried: refused, or a loss for the attacker."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey as Address
from solders.system_program import TransferParams, transfer
from solders.token.state import TokenAccount, TokenAccountState

from hognose.lang import Pubkey
from quatrain.program import liquidity, market, position, protocol, trade, trader, verse
from quatrain.program.errors import QuatrainError
from quatrain.program.state import PRICE_ONE, Market, MarketStatus, Position, Trader, Verse
from tests.core import model
from tests.svm.refusals import refused
from tests.svm.stage import VAULT, Actor, Stage
from tests.svm.world import (
    PROGRAM_ID,
    PROTOCOL,
    SHARE_MINT,
    TOKEN_ID,
    TOKEN_VAULT,
    USDC,
    account_of,
    address_of,
    reserves,
)


@pytest.fixture
def scene(stage: Stage) -> tuple[Stage, Address, Actor]:
    """A binary market, b = 10,000 USDC, and Mallory with 100,000 USDC."""
    return stage, stage.create_market(), stage.trader("mallory", 100_000 * USDC)


Scene = tuple[Stage, Address, Actor]

# -- state that should not be ------------------------------------------------------------------------------------------


def test_nothing_is_initialized_again(scene: Scene) -> None:
    """Protocol, verse, market, trader and position refuse to be made where they are."""
    stage, address, mallory = scene
    mallory.buy(address, USDC)
    before = {cls: stage.all(cls) for cls in (Verse, Market, Trader, Position)}
    for attempt in (
        stage.initialize,
        lambda: stage.send(stage.creation([PRICE_ONE // 2] * 2, id=1)),
        lambda: stage.send(mallory.ticket(trader.open_trader)),
        lambda: mallory.open(address),
    ):
        with refused(2003):
            attempt()
    assert before == {cls: stage.all(cls) for cls in before}


def test_a_closed_account_does_not_come_back_in_its_transaction(scene: Scene) -> None:
    """Lamports sent to a settled position in the same transaction make it a plain system account, not a position."""
    stage, address, mallory = scene
    mallory.buy(address, 100 * USDC)
    stage.finish(address)
    settlement = mallory.settlement(address)
    where = mallory.position(address)
    revive = transfer(TransferParams(from_pubkey=mallory.key.pubkey(), to_pubkey=where, lamports=10_000_000))
    free = mallory.free
    with refused(3012):
        stage.send_instructions([settlement.instruction, revive, settlement.instruction])
    stage.send_instructions([settlement.instruction, revive])
    assert mallory.free == free + 100 * USDC
    account = stage.svm.get_account(where)
    assert account is not None
    assert (account.owner == PROGRAM_ID, bytes(account.data)) == (False, b"")
    with refused(3012):
        stage.send(settlement)


def test_a_position_is_settled_once(scene: Scene) -> None:
    """Twice in one transaction or in two."""
    stage, address, mallory = scene
    mallory.buy(address, 100 * USDC)
    stage.finish(address)
    with refused(3012):
        stage.send(mallory.settlement(address), mallory.settlement(address))
    mallory.settle(address)
    with refused(3012):
        mallory.settle(address)


def test_a_position_of_one_market_is_not_settled_in_another(scene: Scene) -> None:
    """Nor one trader's for another."""
    stage, address, mallory = scene
    other = stage.create_market()
    mallory.buy(address, 100 * USDC, 1)
    mallory.buy(other, 100 * USDC, 1)
    stage.finish(other, 1)
    bob = stage.trader("bob")
    values = {"position": mallory.position(address, 1), "receiver": mallory.key.pubkey()}
    with refused(2001):
        stage.call(position.settle_position, trader=mallory.address, market=other, **values)
    values = {"position": mallory.position(other, 1), "receiver": bob.key.pubkey()}
    with refused(2001):
        stage.call(position.settle_position, trader=bob.address, market=other, **values)


# -- rent --------------------------------------------------------------------------------------------------------------


def test_rent_goes_to_who_paid_it(scene: Scene) -> None:
    """A crank cannot name another receiver."""
    stage, address, mallory = scene
    mallory.buy(address, 100 * USDC)
    stage.finish(address)
    thief = stage.person("thief").pubkey()
    with refused(2012):
        stage.call(
            position.settle_position, trader=mallory.address, market=address, position=mallory.position(address),
            receiver=thief,
        )  # fmt: skip
    mallory.settle(address)
    stage.advance(slots=500_000)
    with refused(2012):
        stage.call(market.prune_market, verse=address_of(Verse, id=1), market=address, creator=thief)


def test_a_trader_cannot_close_on_his_positions(scene: Scene) -> None:
    """Which would keep them from being settled, and the market from being pruned."""
    stage, address, mallory = scene
    mallory.buy(address, 100 * USDC)
    mallory.withdraw(mallory.free)
    with refused(QuatrainError.TRADER_NOT_EMPTY):
        mallory.close_trader()
    stage.finish(address)
    mallory.settle(address)
    stage.prune(address)


# -- rounding ----------------------------------------------------------------------------------------------------------


def test_round_trips_lose(scene: Scene) -> None:
    """Buying and selling the same shares, at any size, brings back less than was paid."""
    stage, address, mallory = scene
    for shares in (20_001, 99_999, 1_234_567, 3 * USDC, 5_000 * USDC, 60_000 * USDC):
        before = mallory.free
        mallory.buy(address, shares)
        mallory.sell(address, shares)
        assert mallory.free < before
        assert stage.market(address).outcomes[0].sold == 0


def test_dust_pumps_lose(scene: Scene) -> None:
    """Many smallest buys and one sale, or one buy and many smallest sales, gain nothing on rounding."""
    stage, address, mallory = scene
    mallory.open(address)
    before = mallory.free
    for _ in range(40):
        mallory.buy_for(address, 10_004)
    mallory.sell(address, mallory.shares(address))
    assert mallory.free < before
    mallory.buy(address, 100_000)
    middle = mallory.free
    for _ in range(40):
        mallory.sell(address, 2_500)
    assert mallory.shares(address) == 0
    assert mallory.free < middle + 50_000
    assert mallory.free < before
    assert sum(model_prices(stage, address)) <= 1


def test_selling_dust_for_nothing_takes_nothing(scene: Scene) -> None:
    """A µshare brings 0 µUSDC each time, never a rounded-up 1."""
    _, address, mallory = scene
    mallory.buy(address, 100_000)
    before = mallory.free
    for _ in range(10):
        mallory.sell(address, 1)
    assert mallory.free == before


def test_splitting_a_trade_gains_nothing(scene: Scene) -> None:
    """Path independence to rounding: ten parts cost at least one whole, and at the same rate no smaller fee."""
    _, address, mallory = scene
    mallory.open(address)
    parts = [mallory.buy(address, 500 * USDC).event for _ in range(10)]
    mallory.sell(address, 5_000 * USDC)
    whole = mallory.buy(address, 5_000 * USDC).event
    assert sum(part.amount for part in parts) >= whole.amount
    assert sum(part.fee for part in parts) >= -(-whole.amount * 3 // 10_000)


def test_complete_sets_cost_at_least_one_usdc_each(stage: Stage) -> None:
    """Buying every outcome cannot be cheaper than the set is worth, in either order."""
    address, mallory = stage.create_market(4), stage.trader("mallory", 100_000 * USDC)
    before = mallory.free
    for outcome in (0, 1, 2, 3):
        mallory.buy(address, 1_000 * USDC, outcome)
    assert before - mallory.free > 1_000 * USDC
    for outcome in (0, 1, 2, 3):
        mallory.sell(address, 1_000 * USDC, outcome)
    assert mallory.free < before


def model_prices(stage: Stage, address: Address) -> list[Any]:
    """Real prices of a market."""
    state = stage.market(address)
    return [model.price(state.liquidity, reserve) for reserve in reserves(state)]


# -- the vault ---------------------------------------------------------------------------------------------------------


def test_a_donation_does_not_move_the_price_of_shares(stage: Stage) -> None:
    """Tokens sent to the vault are nobody's: the books count, not the balance."""
    vault = stage.svm.get_account(TOKEN_VAULT)
    assert vault is not None
    held = TokenAccount.from_bytes(vault.data)
    gift = TokenAccount(held.mint, held.owner, held.amount + VAULT, None, TokenAccountState.Initialized, None, 0)
    stage.place(TOKEN_VAULT, bytes(gift), TOKEN_ID)
    stage.donated = VAULT
    assert stage.deposit_liquidity(stage.person("victim"), 1_000 * USDC).event.shares == 1_000 * USDC


def test_the_first_depositor_cannot_inflate_the_price_of_a_share(bare: Stage) -> None:
    """With the smallest first deposit, all own shares burnt and a gift of 100,000 USDC, a victim loses next to nothing."""
    bare.initialize()
    mallory, victim = bare.person("mallory"), bare.person("victim")
    bare.deposit_liquidity(mallory, 10 * USDC)
    assert bare.leave_vault(mallory) == 9 * USDC
    vault = bare.svm.get_account(TOKEN_VAULT)
    assert vault is not None
    held = TokenAccount.from_bytes(vault.data)
    gift = TokenAccount(held.mint, held.owner, held.amount + 10**11, None, TokenAccountState.Initialized, None, 0)
    bare.place(TOKEN_VAULT, bytes(gift), TOKEN_ID)
    bare.donated = 10**11
    shares = bare.deposit_liquidity(victim, 1_000 * USDC).event.shares
    assert shares == 1_000 * USDC
    assert bare.leave_vault(victim) >= 1_000 * USDC - 60


def test_burning_shares_is_a_gift_to_the_others(stage: Stage) -> None:
    """Whoever destroys shares at the token program raises the price for all, also of the locked ones."""
    owner, shares = stage.provider, stage.share_account(stage.provider)
    metas = [AccountMeta(shares, False, True), AccountMeta(SHARE_MINT, False, True)]
    metas.append(AccountMeta(owner.pubkey(), True, False))
    burnt = VAULT - 2 * USDC
    stage.send_instructions([Instruction(TOKEN_ID, b"\x08" + burnt.to_bytes(8, "little"), metas)])
    second = stage.person("second")
    event = stage.deposit_liquidity(second, 1_000_000 * USDC).event
    assert event.shares == 1_000_000 * USDC * 2 * USDC // VAULT
    assert stage.leave_vault(second) >= 1_000_000 * USDC - 3 * USDC


def test_nobody_gains_by_stepping_in_for_a_sync(scene: Scene) -> None:
    """Deposit, ask to leave, and sync the fees of a busy market in one transaction: the queue earns not a µUSDC."""
    stage, address, mallory = scene
    for _ in range(6):
        mallory.buy(address, 20_000 * USDC)
        mallory.sell(address, 20_000 * USDC)
        stage.advance(slots=50)
    assert stage.market(address).fees_due > 30 * USDC
    amount = VAULT // 5
    source = stage.make_token_account(mallory.key.pubkey(), amount=amount, name="flash")
    shares = stage.share_account(mallory.key)
    stage.send(
        stage.ticket(
            liquidity.deposit_liquidity, provider=mallory.key, source=source, share_account=shares, amount=amount,
            minimum_shares=0,
        ),
        stage.ticket(
            liquidity.request_withdrawal, provider=mallory.key, share_account=shares,
            withdrawal=stage.withdrawal(mallory.key), shares=amount,
        ),
        stage.ticket(market.sync_market, verse=stage.verse_of(address), market=address),
    )  # fmt: skip
    stage.advance(slots=3_000)
    stage.sync(address)
    assert stage.execute_withdrawal(mallory.key).events[0].amount <= amount
    assert stage.withdraw_liquidity(stage.provider, USDC).events[0].amount > USDC


def test_nobody_gains_by_stepping_in_for_a_resolution(scene: Scene) -> None:
    """Whoever deposits before a known profit is booked, and asks to leave at once, gets what he paid."""
    stage, address, mallory = scene
    mallory.buy(address, 60_000 * USDC, 0)
    stage.close(address)
    vampire, before = stage.person("vampire"), stage.protocol.lp_cash
    stage.deposit_liquidity(vampire, VAULT // 5)
    stage.request_withdrawal(vampire, VAULT // 5)
    stage.resolve(address, [0, PRICE_ONE])
    assert stage.protocol.lp_cash > before + VAULT // 5 + 50_000 * USDC
    stage.advance(slots=3_000)
    assert stage.execute_withdrawal(vampire).events[0].amount <= VAULT // 5
    assert stage.withdraw_liquidity(stage.provider, USDC).events[0].amount > 1_040_000


def test_asking_and_cancelling_in_a_loop_gains_nothing(stage: Stage) -> None:
    """Shares and rent come back as they were, the delay begins anew, and money moves only at the end."""
    mallory = stage.person("mallory")
    stage.deposit_liquidity(mallory, 10_000 * USDC)
    lamports = stage.lamports(mallory.pubkey())
    for _ in range(3):
        stage.request_withdrawal(mallory, 10_000 * USDC)
        stage.advance(slots=2_999)
        with refused(QuatrainError.WITHDRAWAL_TOO_EARLY):
            stage.execute_withdrawal(mallory)
        stage.cancel_withdrawal(mallory)
        assert stage.tokens(stage.share_account(mallory)) == 10_000 * USDC
        assert (stage.lamports(mallory.pubkey()), stage.protocol.pending_shares) == (lamports, 0)
    assert stage.withdraw_liquidity(mallory, 10_000 * USDC).events[0].amount == 10_000 * USDC


def test_a_request_is_carried_out_once_and_by_its_owner(stage: Stage) -> None:
    """Twice in one transaction, again later, or by somebody else: refused; the rent is the owner's."""
    mallory = stage.person("mallory")
    lamports = stage.lamports(stage.provider.pubkey())
    stage.request_withdrawal(stage.provider, 1_000 * USDC)
    stage.advance(slots=3_000)
    once = stage.execution(stage.provider, 1_000 * USDC)
    with refused(3012):
        stage.send(once, once)
    with refused(2001):
        stage.call(
            liquidity.execute_withdrawal, provider=mallory, withdrawal=stage.withdrawal(stage.provider),
            share_account=stage.share_account(mallory), destination=stage.make_token_account(mallory.pubkey()),
            shares=1_000 * USDC, minimum_amount=0,
        )  # fmt: skip
    with refused(2001):
        stage.call(
            liquidity.cancel_withdrawal, provider=mallory, withdrawal=stage.withdrawal(stage.provider),
            share_account=stage.share_account(mallory),
        )  # fmt: skip
    stage.send(once)
    with refused(3012):
        stage.send(once)
    assert stage.lamports(stage.provider.pubkey()) == lamports
    assert not stage.exists(stage.withdrawal(stage.provider))


def test_leaving_before_a_sync_escapes_no_more_than_the_queue_has_seen(scene: Scene) -> None:
    """Mallory makes a pool's worst case bad and leaves in one slot: whoever syncs while he waits prices it in."""
    stage, address, mallory = scene
    stage.deposit_liquidity(mallory.key, 100_000 * USDC)
    stage.request_withdrawal(mallory.key, 100_000 * USDC)
    stage.advance(slots=3_000)
    mallory.buy(address, 60_000 * USDC, 0)
    stale = stage.simulated_withdrawal(mallory.key, 100_000 * USDC)
    assert stale == 100_000 * USDC
    stage.sync(address)
    worst = stage.market(address).subsidy - stage.market(address).floor
    assert worst > 6_000 * USDC
    told = stage.execute_withdrawal(mallory.key).events[0].amount
    assert told == 100_000 * USDC * (11 * VAULT // 10 - worst) // (11 * VAULT // 10)
    assert stale - told < 100_000 * USDC * stage.protocol.subsidies_out // VAULT


def test_a_sync_cannot_be_given_another_verse(scene: Scene) -> None:
    """Nor can a resolution or a pruning: open interest and subsidies stay with the market's own verse."""
    stage, address, mallory = scene
    stage.call(verse.create_verse, admin=stage.admin, verse=address_of(Verse, id=2), id=2, title=Pubkey(bytes(32)))
    other = address_of(Verse, id=2)
    mallory.buy(address, 100 * USDC)
    with refused(QuatrainError.WRONG_VERSE):
        stage.call(market.sync_market, verse=other, market=address)
    stage.close(address)
    with refused(QuatrainError.WRONG_VERSE):
        stage.call(market.resolve_market, authority=stage.oracle, verse=other, market=address, payouts=[PRICE_ONE, 0])


def test_the_vault_account_pays_nobody_but_through_the_program(scene: Scene) -> None:
    """Withdrawing into the vault itself, depositing out of it, or using it as a source of liquidity is refused."""
    stage, _, mallory = scene
    with refused(2040):
        stage.send(mallory.ticket(trader.withdraw, destination=TOKEN_VAULT, amount=USDC))
    with refused(2040):
        stage.send(mallory.ticket(trader.deposit, source=TOKEN_VAULT, amount=USDC))
    with refused(2040):
        stage.call(
            liquidity.deposit_liquidity, provider=mallory.key, source=TOKEN_VAULT,
            share_account=stage.share_account(mallory.key), amount=USDC, minimum_shares=0,
        )  # fmt: skip


def test_counterfeit_money_is_refused(scene: Scene) -> None:
    """A mint that looks like USDC is another mint."""
    stage, _, mallory = scene
    fake = stage.make_token_account(mallory.key.pubkey(), stage.make_mint("fake"), 10**12)
    with refused(2014):
        stage.send(mallory.ticket(trader.deposit, source=fake, amount=USDC))
    with refused(2014):
        stage.send(mallory.ticket(trader.withdraw, destination=fake, amount=USDC))


def test_money_of_others_stays_theirs(scene: Scene) -> None:
    """Another's wallet, trader account or position does not obey Mallory."""
    stage, address, mallory = scene
    bob = stage.trader("bob", 1_000 * USDC)
    bob.buy(address, 100 * USDC)
    for ticket in (
        stage.ticket(trader.withdraw, authority=mallory.key, trader=bob.address, destination=mallory.wallet, amount=1),
        stage.ticket(
            trade.sell, authority=mallory.key, trader=bob.address, market=address, position=bob.position(address),
            shares=1, minimum_proceeds=0,
        ),
        stage.ticket(
            trade.sell, authority=mallory.key, trader=mallory.address, market=address, position=bob.position(address),
            shares=1, minimum_proceeds=0,
        ),
        stage.ticket(trader.close_trader, authority=mallory.key, trader=bob.address),
    ):  # fmt: skip
        with refused(2001):
            stage.send(ticket)
    with refused(2015):
        stage.send(mallory.ticket(trader.deposit, source=bob.wallet, amount=1))


# -- look-alikes -------------------------------------------------------------------------------------------------------


def test_a_forged_protocol_is_refused(scene: Scene) -> None:
    """Even one owned by the program, with Mallory as admin and oracle, at an address with a valid bump of other seeds."""
    stage, address, mallory = scene
    forged = stage.protocol
    forged.admin = forged.oracle = Pubkey(bytes(mallory.key.pubkey()))
    where, forged.bump = Address.find_program_address([b"protoco1"], PROGRAM_ID)
    stage.place(where, account_of(type(forged)).encode(forged), PROGRAM_ID)
    with refused(2006):
        stage.call(market.close_market, authority=mallory.key, protocol=where, market=address)
    with refused(2006):
        stage.call(protocol.set_roles, admin=mallory.key, protocol=where, guardian=where, oracle=where)
    stage.svm.set_account(where, type(stage.svm.get_account(where))(0, b"", Address.default()))  # type: ignore[misc]


def test_only_the_canonical_bump_makes_an_account(stage: Stage) -> None:
    """An account at an address with a lower bump cannot be created, so each seed has one account."""
    mallory = Actor(stage, "mallory")
    seeds = [b"trader", bytes(mallory.key.pubkey())]
    canonical = Address.find_program_address(seeds, PROGRAM_ID)[1]
    tried = 0
    for bump in range(canonical - 1, max(canonical - 40, 0), -1):
        parts = b"".join([*seeds, bytes([bump]), bytes(PROGRAM_ID), b"ProgramDerivedAddress"])
        where = Address(hashlib.sha256(parts).digest())
        if where.is_on_curve():
            continue
        tried += 1
        with refused(2006):
            stage.call(trader.open_trader, authority=mallory.key, trader=where)
    assert tried > 3


# -- time --------------------------------------------------------------------------------------------------------------


def test_nobody_trades_on_the_result(scene: Scene) -> None:
    """In the transaction that closes, after it, and after the resolution."""
    stage, address, mallory = scene
    mallory.open(address)
    stage.set_time(stage.market(address).closes_at, stage.slot + 1)
    buying = mallory.trade(trade.buy, address, shares=100 * USDC, maximum_cost=2**63)
    closing = stage.ticket(market.close_market, authority=stage.payer, market=address)
    for tickets in ((buying,), (closing, buying)):
        with refused(QuatrainError.TRADING_ENDED):
            stage.send(*tickets)
    stage.close(address)
    stage.resolve(address, [PRICE_ONE, 0])
    with refused(QuatrainError.TRADING_ENDED):
        stage.send(buying)
    assert stage.market(address).status == MarketStatus.RESOLVED


def test_a_failed_instruction_leaves_nothing_behind(scene: Scene) -> None:
    """A transaction whose last instruction fails changes no account."""
    stage, address, mallory = scene
    mallory.open(address)
    before = {cls: stage.all(cls) for cls in (Market, Trader, Position)}
    with refused(QuatrainError.INSUFFICIENT_SHARES):
        stage.send(
            mallory.trade(trade.buy, address, shares=USDC, maximum_cost=2**63),
            mallory.trade(trade.sell, address, shares=2 * USDC, minimum_proceeds=0),
        )
    assert before == {cls: stage.all(cls) for cls in before}
    assert stage.exists(PROTOCOL)
