"""A trader's account: opened, funded, emptied, closed."""

from __future__ import annotations

from hognose.lang import (
    SYSTEM_PROGRAM,
    TOKEN_PROGRAM,
    Account,
    Hash,
    TokenAccount,
    accounts,
    clock,
    close,
    create,
    emit,
    instruction,
    key,
    program,
    require,
    signer,
    state,
    token,
    token_transfer,
    u64,
)
from quatrain.program.errors import QuatrainError
from quatrain.program.events import FundsDeposited, FundsWithdrawn, TraderClosed, TraderOpened
from quatrain.program.loan_events import DisclosureAcknowledged
from quatrain.program.pause import require_running
from quatrain.program.state import Activity, Protocol, Trader


@accounts
class OpenTrader:
    """The trader pays the rent and gets it back on closing."""

    authority: Account = signer(writable=True)
    system_program: Account = program(SYSTEM_PROGRAM)
    trader: Trader = create(payer="authority", authority="authority")


@instruction
def open_trader(accounts: OpenTrader) -> None:
    """Open the signer's trader account."""
    emit(TraderOpened(slot=clock().slot, trader=key(accounts.trader), authority=accounts.authority.key))


@accounts
class Deposit:
    """`source` pays."""

    authority: Account = signer()
    protocol: Protocol = state()
    trader: Trader = state(writable=True, authority="authority")
    source: TokenAccount = token(mint="protocol.usdc_mint", authority="authority", writable=True)
    token_vault: TokenAccount = token(address="protocol.token_vault", writable=True)
    token_program: Account = program(TOKEN_PROGRAM)


@instruction
def deposit(accounts: Deposit, amount: u64) -> None:
    """Move USDC into the trader's free money."""
    trader = accounts.trader
    now = clock()
    require_running(accounts.protocol, Activity.DEPOSITS, now.unix_timestamp)
    require(amount != 0, QuatrainError.AMOUNT_ZERO)
    trader.free += amount
    token_transfer(accounts.token_program, accounts.source, accounts.token_vault, accounts.authority, amount)
    emit(FundsDeposited(slot=now.slot, trader=key(trader), amount=amount, free=trader.free))


@accounts
class Withdraw:
    """The money goes to `destination`, anybody's."""

    authority: Account = signer()
    protocol: Protocol = state()
    trader: Trader = state(writable=True, authority="authority")
    token_vault: TokenAccount = token(address="protocol.token_vault", writable=True)
    destination: TokenAccount = token(mint="protocol.usdc_mint", writable=True)
    token_program: Account = program(TOKEN_PROGRAM)


@instruction
def withdraw(accounts: Withdraw, amount: u64) -> None:
    """Move free money out; no pause stops this."""
    trader = accounts.trader
    require(amount != 0, QuatrainError.AMOUNT_ZERO)
    require(amount <= trader.free, QuatrainError.INSUFFICIENT_FUNDS)
    trader.free -= amount
    token_transfer(accounts.token_program, accounts.token_vault, accounts.destination, accounts.protocol, amount)
    emit(FundsWithdrawn(slot=clock().slot, trader=key(trader), amount=amount, free=trader.free))


@accounts
class CloseTrader:
    """The rent goes back to the trader."""

    authority: Account = signer(writable=True)
    trader: Trader = close(to="authority", authority="authority")


@instruction
def close_trader(accounts: CloseTrader) -> None:
    """Close the signer's trader account, which holds no money and has no positions."""
    trader = accounts.trader
    require(trader.free == 0 and trader.positions == 0, QuatrainError.TRADER_NOT_EMPTY)
    emit(TraderClosed(slot=clock().slot, trader=key(trader)))


@accounts
class AcknowledgeRisk:
    """The trader signs."""

    authority: Account = signer()
    trader: Trader = state(writable=True, authority="authority")


@instruction
def acknowledge_risk(accounts: AcknowledgeRisk, disclosure: Hash) -> None:
    """Record the SHA-256 of the risk disclosure that the trader has read: leverage above 10x needs one."""
    accounts.trader.disclosure = disclosure
    emit(DisclosureAcknowledged(slot=clock().slot, trader=key(accounts.trader), disclosure=disclosure))
