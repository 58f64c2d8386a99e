"""One instruction with all that it sees, taken from an embedded chain and kept as JSON, to be run again elsewhere."""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import asdict, dataclass, replace
from typing import Any

from solders.instruction import Instruction
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from hognose.errors import ConfigurationError
from hognose.testing.vm_host import CLOCK_ID, RENT_ID, Environment
from hognose.testing.vm_input import AccountInput, Input, serialize_input

FORMAT = "hognose-instruction-1"


@dataclass(frozen=True, slots=True)
class RecordedClock:
    """The clock sysvar's fields; timestamps in seconds."""

    slot: int = 0
    epoch_start_timestamp: int = 0
    epoch: int = 0
    leader_schedule_epoch: int = 0
    unix_timestamp: int = 0

    def packed(self) -> bytes:
        """The sysvar's bytes."""
        return struct.pack("<QqQQq", *asdict(self).values())


@dataclass(frozen=True, slots=True)
class RecordedRent:
    """The rent sysvar's fields."""

    lamports_per_byte: int = 6_960
    exemption_threshold: float = 1.0
    burn_percent: int = 50

    def packed(self) -> bytes:
        """The sysvar's bytes."""
        return struct.pack("<QdB", *asdict(self).values())


@dataclass(frozen=True, slots=True)
class Recording:
    """An instruction, its accounts in order as they were before it ran, and the sysvars."""

    program: bytes
    accounts: tuple[AccountInput, ...]
    data: bytes
    clock: RecordedClock = RecordedClock()
    rent: RecordedRent = RecordedRent()

    def input(self) -> Input:
        """What the runtime would give the program."""
        return serialize_input(self.program, self.accounts, self.data)

    def environment(self) -> Environment:
        """The sysvars that the program can read."""
        return Environment({CLOCK_ID: self.clock.packed(), RENT_ID: self.rent.packed()})


def capture(svm: LiteSVM, instruction: Instruction, *, payer: Pubkey | None = None) -> Recording:
    """Record an instruction against the chain's present state, before it is sent.

    `payer` is the transaction's fee payer: wherever it stands, the runtime lets the program see it sign and write.
    """
    privileges: dict[Pubkey, tuple[bool, bool]] = {payer: (True, True)} if payer else {}
    for meta in instruction.accounts:
        signer, writable = privileges.get(meta.pubkey, (False, False))
        privileges[meta.pubkey] = (signer or meta.is_signer, writable or meta.is_writable)
    accounts = tuple(_account(svm, meta.pubkey, *privileges[meta.pubkey]) for meta in instruction.accounts)
    now = svm.get_clock()
    clock = RecordedClock(now.slot, now.epoch_start_timestamp, now.epoch, now.leader_schedule_epoch, now.unix_timestamp)
    charged = svm.get_rent()
    rent = RecordedRent(charged.lamports_per_byte, charged.exemption_threshold, charged.burn_percent)
    return Recording(bytes(instruction.program_id), accounts, bytes(instruction.data), clock, rent)


def dump(recording: Recording) -> str:
    """The recording as JSON text."""
    document = {
        "format": FORMAT,
        "program": _text(recording.program),
        "data": _base64(recording.data),
        "clock": asdict(recording.clock),
        "rent": asdict(recording.rent),
        "accounts": [_account_json(account) for account in recording.accounts],
    }
    return json.dumps(document, indent=1) + "\n"


def load(text: str) -> Recording:
    """Read a recording. Raises ConfigurationError where the text is none."""
    try:
        document: dict[str, Any] = json.loads(text)
        if document["format"] != FORMAT:
            raise ConfigurationError(f"the recording is {document['format']!r}, not {FORMAT!r}")
        accounts = tuple(_account_from(entry) for entry in document["accounts"])
        clock, rent = RecordedClock(**document.get("clock", {})), RecordedRent(**document.get("rent", {}))
        return Recording(_key(document["program"]), accounts, base64.b64decode(document["data"]), clock, rent)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"this is no recording of an instruction: {error!r}") from error


def _account(svm: LiteSVM, key: Pubkey, signer: bool, writable: bool) -> AccountInput:
    found = svm.get_account(key)
    empty = AccountInput(bytes(key), bytes(32), 0, is_signer=signer, is_writable=writable)
    if found is None:
        return empty
    return replace(
        empty,
        owner=bytes(found.owner),
        lamports=found.lamports,
        data=bytes(found.data),
        executable=found.executable,
    )


def _account_json(account: AccountInput) -> dict[str, Any]:
    entry = asdict(account)
    return entry | {
        "key": _text(account.key),
        "owner": _text(account.owner),
        "data": _base64(account.data),
    }


def _account_from(entry: dict[str, Any]) -> AccountInput:
    decoded: dict[str, Any] = {name: _key(entry[name]) for name in ("key", "owner")}
    decoded["data"] = base64.b64decode(entry.get("data", ""))
    fields: dict[str, Any] = {**entry, **decoded}
    return AccountInput(**fields)


def _text(key: bytes) -> str:
    return str(Pubkey.from_bytes(key))


def _key(text: str) -> bytes:
    return bytes(Pubkey.from_string(text))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
