"""Liquidity providers pay in and leave.

Leaving takes two steps. A request burns shares and notes what they are worth. After a delay, its execution pays what they are
worth then, at most what was noted: who asked neither gains by waiting nor escapes a loss that others bear. What the cash or
the coverage does not allow at once is redeemed in part, the rest minted again. No pause stops any of it.
"""

from __future__ import annotations

from hognose.lang import (
    SYSTEM_PROGRAM,
    TOKEN_PROGRAM,
    Account,
    Mint,
    TokenAccount,
    accounts,
    clock,
    close,
    create,
    emit,
    instruction,
    mint,
    mul_div_floor,
    program,
    require,
    signer,
    state,
    token,
    token_burn,
    token_mint_to,
    token_transfer,
    u64,
    u128,
)
from quatrain.core.coverage import THIRD_LEVEL
from quatrain.program.chain import next_number
from quatrain.program.errors import QuatrainError
from quatrain.program.events import (
    LiquidityDeposited,
    LiquidityWithdrawn,
    WithdrawalCancelled,
    WithdrawalRequested,
)
from quatrain.program.exposure import refresh_and_record
from quatrain.program.pause import require_running
from quatrain.program.state import BPS_ONE, Activity, Protocol, Withdrawal
from quatrain.program.vault import (
    FIRST_DEPOSIT_MINIMUM,
    amount_for_shares_floor,
    equity_of,
    shares_for_deposit_floor,
    shares_of,
)


@accounts
class DepositLiquidity:
    """`source` pays; the shares go to `share_account`, anybody's."""

    provider: Account = signer()
    protocol: Protocol = state(writable=True)
    source: TokenAccount = token(mint="protocol.usdc_mint", authority="provider", writable=True)
    token_vault: TokenAccount = token(address="protocol.token_vault", writable=True)
    share_mint: Mint = mint(address="protocol.share_mint", writable=True)
    share_account: TokenAccount = token(mint="share_mint", writable=True)
    token_program: Account = program(TOKEN_PROGRAM)


@instruction
def deposit_liquidity(accounts: DepositLiquidity, amount: u64, minimum_shares: u64) -> None:
    """Pay USDC into the vault for LP shares at the higher of its two values, rounded down."""
    protocol = accounts.protocol
    now = clock()
    require_running(protocol, Activity.LIQUIDITY, now.unix_timestamp)
    require(amount != 0, QuatrainError.AMOUNT_ZERO)
    supply = accounts.share_mint.supply
    shares = shares_for_deposit_floor(protocol, amount, supply)
    require(shares != 0, QuatrainError.DEPOSIT_TOO_SMALL)
    require(shares >= minimum_shares, QuatrainError.SLIPPAGE_EXCEEDED)
    protocol.lp_cash += amount
    token_transfer(accounts.token_program, accounts.source, accounts.token_vault, accounts.provider, amount)
    token_mint_to(accounts.token_program, accounts.share_mint, accounts.share_account, protocol, shares)
    emit(
        LiquidityDeposited(
            sequence=next_number(protocol),
            slot=now.slot,
            provider=accounts.provider.key,
            amount=amount,
            shares=shares,
            equity=equity_of(protocol),
            shares_total=shares_of(protocol, supply + shares),
        )
    )
    refresh_and_record(protocol, now)


# -- leaving ---------------------------------------------------------------------------------------------------------


@accounts
class RequestWithdrawal:
    """Shares of `share_account` are burnt; the provider pays the rent and gets it back when the request ends."""

    provider: Account = signer(writable=True)
    system_program: Account = program(SYSTEM_PROGRAM)
    protocol: Protocol = state(writable=True)
    share_mint: Mint = mint(address="protocol.share_mint", writable=True)
    share_account: TokenAccount = token(mint="share_mint", authority="provider", writable=True)
    token_program: Account = program(TOKEN_PROGRAM)
    withdrawal: Withdrawal = create(payer="provider", provider="provider")


@instruction
def request_withdrawal(accounts: RequestWithdrawal, shares: u64) -> None:
    """Ask to redeem LP shares after a delay; at most a fifth of the vault's at once, and one request at a time."""
    protocol = accounts.protocol
    withdrawal = accounts.withdrawal
    slot = clock().slot
    supply = accounts.share_mint.supply
    require(shares != 0, QuatrainError.AMOUNT_ZERO)
    require(shares <= supply, QuatrainError.INSUFFICIENT_SHARES)
    part = u128(shares_of(protocol, supply)) * protocol.parameters.withdrawal_bps
    is_small = shares <= FIRST_DEPOSIT_MINIMUM
    require(is_small or u128(shares) * BPS_ONE <= part, QuatrainError.WITHDRAWAL_TOO_LARGE)
    withdrawal.shares = shares
    withdrawal.most = amount_for_shares_floor(protocol, shares, supply, slot)
    withdrawal.requested_slot = slot
    token_burn(accounts.token_program, accounts.share_account, accounts.share_mint, accounts.provider, shares)
    protocol.pending_shares += shares
    emit(
        WithdrawalRequested(
            sequence=next_number(protocol),
            slot=slot,
            provider=accounts.provider.key,
            shares=shares,
            most=withdrawal.most,
        )
    )


@accounts
class ExecuteWithdrawal:
    """The money goes to `destination`, anybody's; shares that are not redeemed, to `share_account`, anybody's."""

    provider: Account = signer(writable=True)
    protocol: Protocol = state(writable=True)
    withdrawal: Withdrawal = close(to="provider", provider="provider")
    share_mint: Mint = mint(address="protocol.share_mint", writable=True)
    share_account: TokenAccount = token(mint="share_mint", writable=True)
    token_vault: TokenAccount = token(address="protocol.token_vault", writable=True)
    destination: TokenAccount = token(mint="protocol.usdc_mint", writable=True)
    token_program: Account = program(TOKEN_PROGRAM)


@instruction
def execute_withdrawal(accounts: ExecuteWithdrawal, shares: u64, minimum_amount: u64) -> None:
    """Redeem a request's shares, or some and the others back, at the lower of the vault's two values; no pause stops it."""
    protocol = accounts.protocol
    withdrawal = accounts.withdrawal
    now = clock()
    due = withdrawal.requested_slot + protocol.parameters.withdrawal_delay_slots
    require(now.slot >= due, QuatrainError.WITHDRAWAL_TOO_EARLY)
    require(shares != 0, QuatrainError.AMOUNT_ZERO)
    require(shares <= withdrawal.shares, QuatrainError.INSUFFICIENT_SHARES)
    supply = accounts.share_mint.supply
    worth = amount_for_shares_floor(protocol, shares, supply, now.slot)
    amount = min(worth, mul_div_floor(withdrawal.most, shares, withdrawal.shares))
    require(amount != 0, QuatrainError.AMOUNT_ZERO)
    require(amount >= minimum_amount, QuatrainError.SLIPPAGE_EXCEEDED)
    require(amount <= protocol.lp_cash, QuatrainError.VAULT_CASH_SHORT)
    rest = withdrawal.shares - shares
    protocol.lp_cash -= amount
    protocol.pending_shares -= withdrawal.shares
    if rest != 0:
        token_mint_to(accounts.token_program, accounts.share_mint, accounts.share_account, protocol, rest)
    token_transfer(accounts.token_program, accounts.token_vault, accounts.destination, protocol, amount)
    emit(
        LiquidityWithdrawn(
            sequence=next_number(protocol),
            slot=now.slot,
            provider=accounts.provider.key,
            amount=amount,
            shares=shares,
            equity=equity_of(protocol),
            shares_total=shares_of(protocol, supply + rest),
        )
    )
    refresh_and_record(protocol, now)
    require(protocol.coverage >= THIRD_LEVEL, QuatrainError.COVERAGE_TOO_LOW)


@accounts
class CancelWithdrawal:
    """The shares go to `share_account`, anybody's."""

    provider: Account = signer(writable=True)
    protocol: Protocol = state(writable=True)
    withdrawal: Withdrawal = close(to="provider", provider="provider")
    share_mint: Mint = mint(address="protocol.share_mint", writable=True)
    share_account: TokenAccount = token(mint="share_mint", writable=True)
    token_program: Account = program(TOKEN_PROGRAM)


@instruction
def cancel_withdrawal(accounts: CancelWithdrawal) -> None:
    """Take a request back: its shares are minted again; a new request waits anew."""
    protocol = accounts.protocol
    shares = accounts.withdrawal.shares
    protocol.pending_shares -= shares
    token_mint_to(accounts.token_program, accounts.share_mint, accounts.share_account, protocol, shares)
    emit(
        WithdrawalCancelled(
            sequence=next_number(protocol),
            slot=clock().slot,
            provider=accounts.provider.key,
            shares=shares,
        )
    )
