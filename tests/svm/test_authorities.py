"""Initialisation, hand-over, roles, parameters, pauses."""

from __future__ import annotations

import pytest
from solders.token.state import Mint, TokenAccount

from hognose.lang import Pubkey
from quatrain.program import pause, protocol
from quatrain.program.errors import QuatrainError
from quatrain.program.events import (
    AdminAccepted,
    AdminProposed,
    CoverageChanged,
    ParametersChanged,
    PauseChanged,
    ProtocolInitialized,
)
from quatrain.program.parameters import FEE_RATE_MAXIMUM
from quatrain.program.state import Activity, Protocol
from tests.svm.canonical import SCENES
from tests.svm.refusals import refused
from tests.svm.stage import Stage
from tests.svm.world import DAY, NOBODY, PROTOCOL, SHARE_MINT, START, TOKEN_ID, TOKEN_VAULT, USDC, address_of


def test_initialize_creates_protocol_vault_and_share_mint(bare: Stage) -> None:
    """The vault and the mint belong to the token program, and obey the protocol account alone."""
    event = bare.initialize().event
    state = bare.protocol
    assert bytes(state.admin) == bytes(bare.admin.pubkey())
    assert bytes(state.guardian) == bytes(bare.guardian.pubkey())
    assert bytes(state.oracle) == bytes(bare.oracle.pubkey())
    assert (state.next_market_id, state.next_verse_id, state.sequence) == (1, 1, 1)
    assert state.parameters.fee_rate == 30_000
    assert event == ProtocolInitialized(
        sequence=0, slot=bare.slot, admin=state.admin, guardian=state.guardian, oracle=state.oracle,
        usdc_mint=state.usdc_mint,
    )  # fmt: skip
    vault, mint = bare.svm.get_account(TOKEN_VAULT), bare.svm.get_account(SHARE_MINT)
    assert vault is not None
    assert mint is not None
    assert vault.owner == mint.owner == TOKEN_ID
    token = TokenAccount.from_bytes(vault.data)
    assert (token.mint, token.owner, token.amount) == (bare.usdc_mint, PROTOCOL, 0)
    shares = Mint.from_bytes(mint.data)
    assert (shares.mint_authority, shares.supply, shares.decimals, shares.freeze_authority) == (PROTOCOL, 0, 6, None)


def test_initialize_works_once(bare: Stage) -> None:
    """Not even the admin can begin again."""
    bare.initialize()
    with refused(2003):
        bare.initialize()


def test_lamports_sent_beforehand_do_not_block_initialization(bare: Stage) -> None:
    """Anybody can send lamports to the addresses; the accounts are made all the same."""
    for address in (PROTOCOL, TOKEN_VAULT, SHARE_MINT):
        bare.svm.airdrop(address, 1_000_000)
    bare.initialize()
    assert bare.protocol.sequence == 1


def test_the_collateral_must_have_six_decimals(bare: Stage) -> None:
    """Every amount of the program is in µUSDC."""
    with refused(QuatrainError.MINT_DECIMALS):
        bare.call(
            protocol.initialize, admin=bare.admin, guardian=bare.guardian.pubkey(), oracle=bare.oracle.pubkey(),
            usdc_mint=bare.make_mint("nine", decimals=9),
        )  # fmt: skip


def test_the_admin_hands_over_in_two_steps(stage: Stage) -> None:
    """The proposed one must accept; the old admin is then a stranger."""
    heir, old = stage.person("heir"), stage.admin
    heir_key = Pubkey(bytes(heir.pubkey()))
    event = stage.call(protocol.propose_admin, admin=old, pending_admin=heir.pubkey()).event
    assert isinstance(event, AdminProposed)
    assert stage.protocol.pending_admin == heir_key == event.pending_admin
    assert bytes(stage.protocol.admin) == bytes(old.pubkey())
    with refused(2001):
        stage.call(protocol.accept_admin, pending_admin=old)
    event = stage.call(protocol.accept_admin, pending_admin=heir).event
    assert isinstance(event, AdminAccepted)
    assert (bytes(event.previous), event.admin) == (bytes(old.pubkey()), heir_key)
    assert (stage.protocol.admin, stage.protocol.pending_admin) == (heir_key, NOBODY)
    with refused(2001):
        stage.change_parameters(fee_rate=40_000)
    with refused(2001):
        stage.call(protocol.accept_admin, pending_admin=heir)


def test_a_proposal_can_be_taken_back(stage: Stage) -> None:
    """By proposing the zero address, for which nobody can sign."""
    heir = stage.person("heir")
    stage.call(protocol.propose_admin, admin=stage.admin, pending_admin=heir.pubkey())
    stage.call(protocol.propose_admin, admin=stage.admin, pending_admin=NOBODY)
    with refused(2001):
        stage.call(protocol.accept_admin, pending_admin=heir)


def test_roles_are_named_by_the_admin(stage: Stage) -> None:
    """A replaced oracle can no longer resolve, the new one can."""
    market = stage.create_market()
    stage.close(market)
    new = stage.person("new oracle")
    stage.call(protocol.set_roles, admin=stage.admin, guardian=stage.guardian.pubkey(), oracle=new.pubkey())
    with refused(QuatrainError.UNAUTHORIZED):
        stage.resolve(market, [10**9, 0])
    stage.oracle = new
    stage.resolve(market, [10**9, 0])


def test_parameters_are_tuned_inside_their_bounds(stage: Stage) -> None:
    """A fee beyond 28 bp is refused; one at it is charged."""
    with refused(QuatrainError.INVALID_PARAMETER):
        stage.change_parameters(fee_rate=FEE_RATE_MAXIMUM + 1)
    event, coverage = stage.change_parameters(fee_rate=FEE_RATE_MAXIMUM).events
    assert isinstance(event, ParametersChanged)
    assert event.parameters == stage.protocol.parameters
    assert isinstance(coverage, CoverageChanged)
    assert coverage.taker_rate == FEE_RATE_MAXIMUM
    market, alice = stage.create_market(), stage.trader("alice", 1_000 * USDC)
    trade = alice.buy(market, 100 * USDC).event
    assert trade.fee == -(-trade.amount * 28 // 10_000)


# -- pauses ----------------------------------------------------------------------------------------------------------


def test_the_guardian_pauses_for_half_an_hour(stage: Stage) -> None:
    """What is paused goes on by itself."""
    market, alice = stage.create_market(), stage.trader("alice", 1_000 * USDC)
    alice.open(market)
    event = stage.call(pause.pause, guardian=stage.guardian, scope=1 << Activity.BUYS).event
    assert isinstance(event, PauseChanged)
    assert (event.scope, event.until) == (1, stage.now + 1_800)
    with refused(QuatrainError.PAUSED):
        alice.buy(market, USDC)
    with refused(QuatrainError.PAUSED):
        alice.buy_for(market, USDC)
    alice.deposit(USDC)
    stage.advance(1_800)
    alice.buy(market, USDC)


def test_each_activity_pauses_alone(stage: Stage) -> None:
    """Deposits, liquidity and creation have their own bits."""
    alice = stage.trader("alice")
    for activity, attempt in (
        (Activity.DEPOSITS, lambda: alice.deposit(USDC)),
        (Activity.LIQUIDITY, lambda: stage.deposit_liquidity(stage.provider, USDC)),
        (Activity.CREATION, stage.create_market),
    ):
        stage.call(pause.set_pause, admin=stage.admin, scope=15 - (1 << activity), until=START + DAY)
        attempt()
        stage.call(pause.set_pause, admin=stage.admin, scope=1 << activity, until=START + DAY)
        with refused(QuatrainError.PAUSED):
            attempt()
        stage.call(pause.set_pause, admin=stage.admin, scope=15, until=0)
        attempt()


def test_no_pause_stops_an_exit(stage: Stage) -> None:
    """Selling, closing, settling, withdrawing, redeeming, syncing, resolving and pruning go on under all pauses."""
    market, alice = stage.create_market(), stage.trader("alice", 1_000 * USDC)
    alice.buy(market, 100 * USDC)
    alice.open(market, 1)
    stage.call(pause.set_pause, admin=stage.admin, scope=15, until=2**62)
    alice.sell(market, 40 * USDC)
    alice.sell_for(market, 10 * USDC)
    alice.close_position(market, 1)
    stage.withdraw_liquidity(stage.provider, 1_000 * USDC)
    stage.sync(market)
    stage.finish(market, 0)
    alice.settle(market)
    alice.withdraw(alice.free)
    alice.close_trader()
    stage.prune(market)


def test_the_guardian_is_limited(stage: Stage) -> None:
    """Twice in a row and three times a day, and never shorter than the admin's pause."""
    stage.call(pause.set_pause, admin=stage.admin, scope=1, until=stage.now + DAY)
    stage.call(pause.pause, guardian=stage.guardian, scope=15)
    assert list(stage.protocol.paused_until) == [stage.now + DAY, *[stage.now + 1_800] * 3]
    stage.call(pause.pause, guardian=stage.guardian, scope=15)
    with refused(QuatrainError.PAUSE_LIMIT):
        stage.call(pause.pause, guardian=stage.guardian, scope=15)
    stage.advance(7_200)
    stage.call(pause.pause, guardian=stage.guardian, scope=15)
    stage.advance(7_200)
    with refused(QuatrainError.PAUSE_LIMIT):
        stage.call(pause.pause, guardian=stage.guardian, scope=15)
    stage.advance(DAY)
    stage.call(pause.pause, guardian=stage.guardian, scope=15)


@pytest.mark.parametrize("scope", [0, 16])
def test_a_pause_names_known_activities(stage: Stage, scope: int) -> None:
    """Nothing is paused by accident."""
    with refused(QuatrainError.INVALID_PARAMETER):
        stage.call(pause.pause, guardian=stage.guardian, scope=scope)


def test_protocol_events_are_numbered_without_gaps(stage: Stage) -> None:
    """An indexer that has all numbers has all events."""
    first = stage.protocol.sequence
    numbers = [
        event.sequence
        for receipt in (
            stage.change_parameters(),
            stage.deposit_liquidity(stage.provider, USDC),
            stage.request_withdrawal(stage.provider, 1_000),
            stage.cancel_withdrawal(stage.provider),
            stage.call(pause.pause, guardian=stage.guardian, scope=1),
        )
        for event in receipt.events
    ]
    assert numbers == list(range(first, first + 5))
    assert stage.protocol.sequence == first + 5


def test_every_scene_succeeds_and_balances(bare: Stage) -> None:
    """The scenes of the tables run one after the other on fresh chains; here the first is checked to check."""
    bare.send(SCENES["initialize"](bare))
    assert bare.checks == 1
    assert address_of(Protocol) == PROTOCOL
