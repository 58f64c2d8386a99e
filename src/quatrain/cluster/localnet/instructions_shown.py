"""Instructions of the programs that everybody uses, as RPC servers show them parsed.

Each is a row: the instruction's name, the names of its accounts, the fields of its data. What is not here is shown
unparsed, as servers do with programs that they do not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from attrs import frozen
from solders.pubkey import Pubkey

from quatrain.client.addresses import ASSOCIATED_TOKEN_PROGRAM, SYSTEM_PROGRAM, TOKEN_2022_PROGRAM
from quatrain.cluster.effects import TOKEN_PROGRAMS
from quatrain.cluster.localnet.amounts_shown import AMOUNT, CHECKED, Field, Take

MEMO_PROGRAMS: Final = frozenset(
    {"MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr", "Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo"}
)


@frozen
class Shape:
    """One instruction: its name, its accounts' names in order, its data's fields in order."""

    kind: str
    accounts: tuple[str, ...]
    fields: tuple[Field, ...] = ()


_SYSTEM: Final = {
    0: Shape("createAccount", ("source", "newAccount"), (Take("lamports", 8), Take("space", 8), Take("owner", 32))),
    1: Shape("assign", ("account",), (Take("owner", 32),)),
    2: Shape("transfer", ("source", "destination"), (Take("lamports", 8),)),
    4: Shape("advanceNonce", ("nonceAccount", "recentBlockhashesSysvar", "nonceAuthority")),
    8: Shape("allocate", ("account",), (Take("space", 8),)),
}
_TOKEN: Final = {
    0: Shape("initializeMint", ("mint", "rentSysvar"), (Take("decimals", 1), Take("mintAuthority", 32))),
    1: Shape("initializeAccount", ("account", "mint", "owner", "rentSysvar")),
    3: Shape("transfer", ("source", "destination", "authority"), (AMOUNT,)),
    4: Shape("approve", ("source", "delegate", "owner"), (AMOUNT,)),
    5: Shape("revoke", ("source", "owner")),
    7: Shape("mintTo", ("mint", "account", "mintAuthority"), (AMOUNT,)),
    8: Shape("burn", ("account", "mint", "authority"), (AMOUNT,)),
    9: Shape("closeAccount", ("account", "destination", "owner")),
    10: Shape("freezeAccount", ("account", "mint", "freezeAuthority")),
    11: Shape("thawAccount", ("account", "mint", "freezeAuthority")),
    12: Shape("transferChecked", ("source", "mint", "destination", "authority"), (CHECKED,)),
    13: Shape("approveChecked", ("source", "mint", "delegate", "owner"), (CHECKED,)),
    14: Shape("mintToChecked", ("mint", "account", "mintAuthority"), (CHECKED,)),
    15: Shape("burnChecked", ("account", "mint", "authority"), (CHECKED,)),
    16: Shape("initializeAccount2", ("account", "mint", "rentSysvar"), (Take("owner", 32),)),
    17: Shape("syncNative", ("account",)),
    18: Shape("initializeAccount3", ("account", "mint"), (Take("owner", 32),)),
    20: Shape("initializeMint2", ("mint",), (Take("decimals", 1), Take("mintAuthority", 32))),
    21: Shape("getAccountDataSize", ("mint",)),
    22: Shape("initializeImmutableOwner", ("account",)),
}
_ASSOCIATED_ACCOUNTS: Final = ("source", "account", "wallet", "mint", "systemProgram", "tokenProgram")
_ASSOCIATED: Final = {0: Shape("create", _ASSOCIATED_ACCOUNTS), 1: Shape("createIdempotent", _ASSOCIATED_ACCOUNTS)}


def parsed_instruction(program: str, accounts: Sequence[str], data: bytes) -> dict[str, Any] | None:
    """An instruction by its names; None where the program, the instruction or its data is not known."""
    if program in MEMO_PROGRAMS:
        return _memo(program, data)
    address = Pubkey.from_string(program)
    if address == SYSTEM_PROGRAM:
        name, shape, rest = "system", _SYSTEM.get(int.from_bytes(data[:4], "little")), data[4:]
    elif address in TOKEN_PROGRAMS and data:
        name = "spl-token-2022" if address == TOKEN_2022_PROGRAM else "spl-token"
        shape, rest = _TOKEN.get(data[0]), data[1:]
    elif address == ASSOCIATED_TOKEN_PROGRAM:
        name, shape, rest = "spl-associated-token-account", _ASSOCIATED.get(data[0] if data else 0), data[1:]
    else:
        return None
    if shape is None or len(accounts) < len(shape.accounts):
        return None
    info: dict[str, Any] = dict(zip(shape.accounts, accounts, strict=False))
    for field in shape.fields:
        if len(rest) < field.size:
            return None
        info.update(field.read(rest[: field.size]))
        rest = rest[field.size :]
    return {"program": name, "programId": program, "parsed": {"type": shape.kind, "info": info}}


def _memo(program: str, data: bytes) -> dict[str, Any] | None:
    try:
        return {"program": "spl-memo", "programId": program, "parsed": data.decode()}
    except UnicodeDecodeError:
        return None


__all__ = ["parsed_instruction"]
