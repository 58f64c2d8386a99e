"""Pauses. The guardian's are short and few; the admin may set any. Nothing here can stop an exit."""

from __future__ import annotations

from hognose.lang import Account, accounts, clock, emit, i64, instruction, require, signer, state, u8
from quatrain.program.chain import next_number
from quatrain.program.errors import QuatrainError
from quatrain.program.events import CongestionAttested, PauseChanged
from quatrain.program.state import ACTIVITIES, Protocol

GUARDIAN_PAUSE_SECONDS = 1_800
GUARDIAN_STREAK_MAXIMUM = 2
GUARDIAN_PAUSES_A_DAY = 3
DAY_SECONDS = 86_400
CONGESTION_SECONDS = 150
SCOPE_LIMIT = 1 << ACTIVITIES


def require_running(protocol: Protocol, activity: u8, now: i64) -> None:
    """Refuse while the activity is paused."""
    require(now >= protocol.paused_until[activity], QuatrainError.PAUSED)


def set_paused(protocol: Protocol, scope: u8, until: i64, shorten: bool) -> None:
    """Let the activities of `scope` (bit i: `Activity` i) go on at `until`; not earlier than now set, unless `shorten`."""
    require(0 < scope < SCOPE_LIMIT, QuatrainError.INVALID_PARAMETER)
    for i in range(ACTIVITIES):
        if scope >> i & 1 == 1 and (shorten or until > protocol.paused_until[i]):
            protocol.paused_until[i] = until


def count_guardian_pause(protocol: Protocol, now: i64) -> None:
    """Count a pause by the guardian: at most 2 in a row and 3 in a day. In a row means less than a pause apart."""
    if now >= protocol.guardian_day_at + DAY_SECONDS:
        protocol.guardian_day_at = now
        protocol.guardian_pauses = 0
    if now >= protocol.guardian_paused_at + 2 * GUARDIAN_PAUSE_SECONDS:
        protocol.guardian_streak = 0
    allowed = protocol.guardian_streak < GUARDIAN_STREAK_MAXIMUM and protocol.guardian_pauses < GUARDIAN_PAUSES_A_DAY
    require(allowed, QuatrainError.PAUSE_LIMIT)
    protocol.guardian_pauses += 1
    protocol.guardian_streak += 1
    protocol.guardian_paused_at = now


@accounts
class GuardianPause:
    """The guardian acts."""

    guardian: Account = signer()
    protocol: Protocol = state(writable=True, guardian="guardian")


@instruction
def pause(accounts: GuardianPause, scope: u8) -> None:
    """Pause activities for 30 minutes (guardian). Bits of `scope`: 1 buys, 2 deposits, 4 liquidity, 8 creation."""
    protocol = accounts.protocol
    now = clock()
    count_guardian_pause(protocol, now.unix_timestamp)
    until = now.unix_timestamp + GUARDIAN_PAUSE_SECONDS
    set_paused(protocol, scope, until, False)
    emit(
        PauseChanged(
            sequence=next_number(protocol), slot=now.slot, authority=accounts.guardian.key, scope=scope, until=until
        )
    )


@instruction
def attest_congestion(accounts: GuardianPause) -> None:
    """Let trades pay 1 bp more for 150 s, because the guardian's monitor sees a congested chain (guardian)."""
    protocol = accounts.protocol
    now = clock()
    protocol.congested_until = now.unix_timestamp + CONGESTION_SECONDS
    emit(
        CongestionAttested(
            sequence=next_number(protocol),
            slot=now.slot,
            guardian=accounts.guardian.key,
            until=protocol.congested_until,
        )
    )


@accounts
class AdminPause:
    """The admin acts."""

    admin: Account = signer()
    protocol: Protocol = state(writable=True, admin="admin")


@instruction
def set_pause(accounts: AdminPause, scope: u8, until: i64) -> None:
    """Pause activities until a unix second, or let them go on with one that is past (admin)."""
    protocol = accounts.protocol
    set_paused(protocol, scope, until, True)
    emit(
        PauseChanged(
            sequence=next_number(protocol), slot=clock().slot, authority=accounts.admin.key, scope=scope, until=until
        )
    )
