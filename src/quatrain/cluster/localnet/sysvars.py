"""The clock and the rent as RPC servers show them parsed."""

from __future__ import annotations

import struct
from typing import Any, Final

from solders.clock import Clock
from solders.pubkey import Pubkey
from solders.sysvar import CLOCK, RENT

from quatrain.client.accounts import RawAccount

_RENT: Final = struct.Struct("<QdB")


def parsed_sysvar(address: Pubkey, account: RawAccount) -> dict[str, Any] | None:
    """The clock or the rent, parsed; None for any other account."""
    if address == CLOCK:
        clock = Clock.from_bytes(account.data)
        info: dict[str, Any] = {
            "epoch": clock.epoch,
            "epochStartTimestamp": clock.epoch_start_timestamp,
            "leaderScheduleEpoch": clock.leader_schedule_epoch,
            "slot": clock.slot,
            "unixTimestamp": clock.unix_timestamp,
        }
        return _shown("clock", info, account)
    if address == RENT:
        lamports, threshold, burned = _RENT.unpack_from(account.data)
        info = {"lamportsPerByteYear": str(lamports), "exemptionThreshold": threshold, "burnPercent": burned}
        return _shown("rent", info, account)
    return None


def _shown(kind: str, info: dict[str, Any], account: RawAccount) -> dict[str, Any]:
    return {"program": "sysvar", "parsed": {"info": info, "type": kind}, "space": len(account.data)}


__all__ = ["parsed_sysvar"]
