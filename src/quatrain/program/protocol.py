"""The beginning of the protocol, and the hand-over of its authorities."""

from __future__ import annotations

from hognose.lang import (
    SYSTEM_PROGRAM,
    TOKEN_PROGRAM,
    Account,
    Mint,
    Pubkey,
    accounts,
    allocate,
    clock,
    copy_into,
    create,
    emit,
    instruction,
    key,
    mint,
    program,
    require,
    signer,
    state,
    token_initialize_account,
    token_initialize_mint,
)
from quatrain.program.chain import next_number
from quatrain.program.errors import QuatrainError
from quatrain.program.events import (
    AdminAccepted,
    AdminProposed,
    ParametersChanged,
    ProtocolInitialized,
    RolesChanged,
)
from quatrain.program.exposure import refresh, refresh_and_record
from quatrain.program.parameters import require_bounds, set_defaults
from quatrain.program.state import Parameters, Protocol

NOBODY = SYSTEM_PROGRAM
"""The zero address, which no key can sign for."""

USDC_DECIMALS = 6
TOKEN_ACCOUNT_SIZE = 165
MINT_SIZE = 82


@accounts
class Initialize:
    """The first admin pays."""

    admin: Account = signer(writable=True)
    token_program: Account = program(TOKEN_PROGRAM)
    system_program: Account = program(SYSTEM_PROGRAM)
    protocol: Protocol = create(payer="admin")
    usdc_mint: Mint = mint()
    token_vault: Account = allocate(payer="admin", owner="token_program", space=TOKEN_ACCOUNT_SIZE, seeds=(b"vault",))
    share_mint: Account = allocate(payer="admin", owner="token_program", space=MINT_SIZE, seeds=(b"shares",))


@instruction
def initialize(accounts: Initialize, guardian: Pubkey, oracle: Pubkey) -> None:
    """Create the protocol, its USDC vault and its share mint; whoever signs becomes the admin. Works once."""
    require(accounts.usdc_mint.decimals == USDC_DECIMALS, QuatrainError.MINT_DECIMALS)
    protocol = accounts.protocol
    protocol.admin = accounts.admin.key
    protocol.guardian = guardian
    protocol.oracle = oracle
    protocol.usdc_mint = key(accounts.usdc_mint)
    protocol.token_vault = accounts.token_vault.key
    protocol.share_mint = accounts.share_mint.key
    protocol.next_verse_id = 1
    protocol.next_market_id = 1
    set_defaults(protocol.parameters)
    refresh(protocol)
    token_initialize_account(accounts.token_program, accounts.token_vault, accounts.usdc_mint, key(accounts.protocol))
    token_initialize_mint(accounts.token_program, accounts.share_mint, USDC_DECIMALS, key(accounts.protocol))
    emit(
        ProtocolInitialized(
            sequence=next_number(protocol),
            slot=clock().slot,
            admin=protocol.admin,
            guardian=guardian,
            oracle=oracle,
            usdc_mint=protocol.usdc_mint,
        )
    )


@accounts
class AdminOnly:
    """The admin acts."""

    admin: Account = signer()
    protocol: Protocol = state(writable=True, admin="admin")


@instruction
def propose_admin(accounts: AdminOnly, pending_admin: Pubkey) -> None:
    """Name a successor, who takes over by accepting; the zero address takes a proposal back (admin)."""
    protocol = accounts.protocol
    protocol.pending_admin = pending_admin
    emit(
        AdminProposed(
            sequence=next_number(protocol), slot=clock().slot, admin=protocol.admin, pending_admin=pending_admin
        )
    )


@accounts
class AcceptAdmin:
    """The proposed admin acts."""

    pending_admin: Account = signer()
    protocol: Protocol = state(writable=True, pending_admin="pending_admin")


@instruction
def accept_admin(accounts: AcceptAdmin) -> None:
    """Take over as admin (the proposed one)."""
    protocol = accounts.protocol
    emit(
        AdminAccepted(
            sequence=next_number(protocol),
            slot=clock().slot,
            previous=protocol.admin,
            admin=accounts.pending_admin.key,
        )
    )
    protocol.admin = accounts.pending_admin.key
    protocol.pending_admin = NOBODY


@instruction
def set_roles(accounts: AdminOnly, guardian: Pubkey, oracle: Pubkey) -> None:
    """Name the guardian and the oracle (admin)."""
    protocol = accounts.protocol
    protocol.guardian = guardian
    protocol.oracle = oracle
    emit(RolesChanged(sequence=next_number(protocol), slot=clock().slot, guardian=guardian, oracle=oracle))


@instruction
def set_parameters(accounts: AdminOnly, parameters: Parameters) -> None:
    """Tune the parameters inside their hard bounds (admin)."""
    protocol = accounts.protocol
    require_bounds(parameters)
    copy_into(protocol.parameters, parameters)
    now = clock()
    emit(ParametersChanged(sequence=next_number(protocol), slot=now.slot, parameters=parameters))
    refresh_and_record(protocol, now)
