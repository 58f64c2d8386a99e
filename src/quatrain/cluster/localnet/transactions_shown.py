"""Transactions and blocks as RPC servers show them, and transactions as clients send them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

from solders.errors import BincodeError
from solders.message import Message
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import SanitizeError, VersionedTransaction

from quatrain.cluster import base58
from quatrain.cluster.effects import Effects, InnerInstruction, TokenBalance
from quatrain.cluster.localnet.codes import UNSUPPORTED_VERSION, invalid
from quatrain.cluster.localnet.instructions_shown import parsed_instruction
from quatrain.cluster.localnet.tokens import amount
from quatrain.cluster.localnet.wordings import sentence
from quatrain.cluster.store import Processed, Recorded

PACKET_SIZE: Final = 1_232
"""Bytes of the longest transaction."""
_LONGEST: Final = {"base58": 1_683, "base64": 1_644}
_TRANSACTION: Final = "solana_transaction::versioned::VersionedTransaction"
_MESSAGE: Final = "solana_message::versions::VersionedMessage"
_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class WireEncoding(Enum):
    """How clients write a transaction."""

    BASE58 = "base58"
    BASE64 = "base64"


class ShownEncoding(Enum):
    """How a transaction is shown."""

    JSON = "json"
    PARSED = "jsonParsed"
    BASE58 = "base58"
    BASE64 = "base64"
    BINARY = "binary"


class Details(Enum):
    """How much of its transactions a block shows."""

    FULL = "full"
    ACCOUNTS = "accounts"
    SIGNATURES = "signatures"
    NONE = "none"


# -- what clients send ------------------------------------------------------------------------------------------------


def decode_transaction(text: str, encoding: WireEncoding) -> VersionedTransaction:
    """A transaction out of a request; RpcError says what is wrong with it."""
    wire = decode_bytes(text, encoding, _TRANSACTION)
    try:
        transaction = VersionedTransaction.from_bytes(wire)
    except (BincodeError, ValueError) as error:
        raise invalid(f"failed to deserialize {_TRANSACTION}: {error}") from error
    _require_sane(transaction)
    if not transaction.signatures:
        raise invalid(f"invalid transaction: {sentence('SanitizeFailure')}")
    return transaction


def decode_message(text: str) -> Any:
    """A message out of a request, in base64."""
    from solders.message import from_bytes_versioned

    wire = decode_bytes(text, WireEncoding.BASE64, _MESSAGE)
    try:
        message = from_bytes_versioned(wire)
    except (BincodeError, ValueError) as error:
        raise invalid(f"failed to deserialize {_MESSAGE}: {error}") from error
    unsigned = [Signature.default()] * message.header.num_required_signatures
    _require_sane(VersionedTransaction.populate(message, unsigned))
    return message


def _require_sane(transaction: VersionedTransaction) -> None:
    """Refuse one that names accounts or signers which it does not have."""
    try:
        transaction.sanitize()
    except SanitizeError as error:
        raise invalid(f"invalid transaction: {sentence('SanitizeFailure')}") from error


def decode_bytes(text: str, encoding: WireEncoding, what: str) -> bytes:
    """Bytes out of a request, no more than a packet holds."""
    name = encoding.value
    if len(text) > _LONGEST[name]:
        raise invalid(
            f"{name} encoded {what} too large: {len(text)} bytes (max: encoded/raw {_LONGEST[name]}/{PACKET_SIZE})"
        )
    wire = _decode_base58(text) if encoding is WireEncoding.BASE58 else _decode_base64(text)
    if len(wire) > PACKET_SIZE:
        raise invalid(f"decoded {what} too large: {len(wire)} bytes (max: {PACKET_SIZE} bytes)")
    return wire


def _decode_base58(text: str) -> bytes:
    for index, character in enumerate(text):
        if not character.isascii():
            raise invalid(f"invalid base58 encoding: NonAsciiCharacter {{ index: {index} }}")
    try:
        return base58.decode(text)
    except ValueError as error:
        raise invalid(f"invalid base58 encoding: {error}") from error


def _decode_base64(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    for index, byte in enumerate(data):
        if byte not in _ALPHABET and not (byte == ord("=") and index >= len(data) - 2):
            raise invalid(f"invalid base64 encoding: InvalidByte({index}, {byte})")
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise invalid("invalid base64 encoding: InvalidPadding") from error


# -- what servers show ------------------------------------------------------------------------------------------------


def version_of(transaction: VersionedTransaction, supported: int | None) -> str | int | None:
    """The version to show: None where the client did not say which it knows; RpcError where it does not know this one."""
    legacy = isinstance(transaction.message, Message)
    if supported is None:
        if legacy:
            return None
        raise UNSUPPORTED_VERSION(version=0)
    return "legacy" if legacy else 0


def show_transaction(processed: Processed, encoding: ShownEncoding, supported: int | None) -> dict[str, Any]:
    """A transaction and what it did, without its place in the chain."""
    transaction = processed.transaction
    version = version_of(transaction, supported)
    shown: dict[str, Any] = {
        "transaction": _body(processed, transaction, encoding),
        "meta": show_meta(processed, transaction, encoding),
    }
    return shown if version is None else {**shown, "version": version}


def show_recorded(recorded: Recorded, encoding: ShownEncoding, supported: int | None) -> dict[str, Any]:
    """A transaction out of the history."""
    place = {"slot": recorded.slot, "blockTime": recorded.unix_ms // 1_000}
    return {**place, **show_transaction(recorded.processed, encoding, supported)}


def show_accounts_only(processed: Processed, supported: int | None) -> dict[str, Any]:
    """A transaction with its signatures and accounts, as `transactionDetails: accounts` wants it."""
    transaction = processed.transaction
    version = version_of(transaction, supported)
    meta = show_meta(processed, transaction, ShownEncoding.JSON)
    names = ("err", "status", "fee", "preBalances", "postBalances", "preTokenBalances", "postTokenBalances")
    shown: dict[str, Any] = {
        "transaction": {
            "signatures": [str(one) for one in transaction.signatures],
            "accountKeys": _parsed_keys(transaction.message, processed.effects),
        },
        "meta": None if meta is None else {name: meta[name] for name in names},
    }
    return shown if version is None else {**shown, "version": version}


def _body(processed: Processed, transaction: VersionedTransaction, encoding: ShownEncoding) -> Any:
    match encoding:
        case ShownEncoding.BASE64:
            return [base64.b64encode(processed.wire).decode(), "base64"]
        case ShownEncoding.BASE58:
            return [base58.encode(processed.wire), "base58"]
        case ShownEncoding.BINARY:
            return base58.encode(processed.wire)
        case _:
            parsed = encoding is ShownEncoding.PARSED
            message = _message(transaction.message, processed.effects, parsed=parsed)
            return {"signatures": [str(one) for one in transaction.signatures], "message": message}


def _message(message: Any, effects: Effects | None, *, parsed: bool) -> dict[str, Any]:
    keys = all_keys(message, effects)
    shown: dict[str, Any] = {"recentBlockhash": str(message.recent_blockhash)}
    if parsed:
        shown["accountKeys"] = _parsed_keys(message, effects)
    else:
        header = message.header
        shown["accountKeys"] = [str(key) for key in message.account_keys]
        shown["header"] = {
            "numRequiredSignatures": header.num_required_signatures,
            "numReadonlySignedAccounts": header.num_readonly_signed_accounts,
            "numReadonlyUnsignedAccounts": header.num_readonly_unsigned_accounts,
        }
    shown["instructions"] = [
        show_instruction(keys, one.program_id_index, bytes(one.accounts), bytes(one.data), 1, parsed=parsed)
        for one in message.instructions
    ]
    if not isinstance(message, Message):
        shown["addressTableLookups"] = [
            {
                "accountKey": str(one.account_key),
                "writableIndexes": list(one.writable_indexes),
                "readonlyIndexes": list(one.readonly_indexes),
            }
            for one in message.address_table_lookups
        ]
    return shown


def all_keys(message: Any, effects: Effects | None) -> list[str]:
    """Every address that the message's indexes may mean."""
    loaded = [] if effects is None else [*effects.writable, *effects.readonly]
    return [*(str(key) for key in message.account_keys), *(str(Pubkey.from_bytes(one)) for one in loaded)]


def _parsed_keys(message: Any, effects: Effects | None) -> list[dict[str, Any]]:
    header, count = message.header, len(message.account_keys)
    signed = header.num_required_signatures
    written = {
        *range(signed - header.num_readonly_signed_accounts),
        *range(signed, count - header.num_readonly_unsigned_accounts),
    }
    shown: list[dict[str, Any]] = [
        {
            "pubkey": str(key),
            "signer": index < signed,
            "source": "transaction",
            "writable": index in written,
        }
        for index, key in enumerate(message.account_keys)
    ]
    for writable, addresses in () if effects is None else ((True, effects.writable), (False, effects.readonly)):
        shown += [
            {"pubkey": str(Pubkey.from_bytes(one)), "signer": False, "source": "lookupTable", "writable": writable}
            for one in addresses
        ]
    return shown


def show_instruction(
    keys: Sequence[str], program: int, accounts: bytes, data: bytes, height: int, *, parsed: bool
) -> dict[str, Any]:
    """An instruction by indexes, or parsed as far as its program is known."""
    if not parsed:
        return {
            "programIdIndex": program,
            "accounts": list(accounts),
            "data": base58.encode(data),
            "stackHeight": height,
        }
    named = [keys[index] for index in accounts]
    shown = parsed_instruction(keys[program], named, data)
    if shown is None:
        shown = {"programId": keys[program], "accounts": named, "data": base58.encode(data)}
    return {**shown, "stackHeight": height}


def show_meta(
    processed: Processed, transaction: VersionedTransaction, encoding: ShownEncoding
) -> dict[str, Any] | None:
    """What a transaction did; None where an older version of the store kept no effects."""
    effects = processed.effects
    if effects is None:
        return None
    keys, parsed = all_keys(transaction.message, effects), encoding is ShownEncoding.PARSED
    shown: dict[str, Any] = {
        "err": effects.error,
        "status": status_of(effects.error),
        "fee": processed.fee_lamports,
        "preBalances": effects.before,
        "postBalances": effects.after,
        "innerInstructions": show_inner(effects.inner, keys, parsed=parsed),
        "logMessages": list(processed.logs),
        "preTokenBalances": [_token_balance(one) for one in effects.tokens_before],
        "postTokenBalances": [_token_balance(one) for one in effects.tokens_after],
        "rewards": [],
        "computeUnitsConsumed": processed.units,
    }
    if not parsed:
        shown["loadedAddresses"] = {
            "writable": [str(Pubkey.from_bytes(one)) for one in effects.writable],
            "readonly": [str(Pubkey.from_bytes(one)) for one in effects.readonly],
        }
    returned = show_return_data(effects.return_program, effects.return_data)
    return shown if returned is None else {**shown, "returnData": returned}


def show_inner(
    inner: Sequence[Sequence[InnerInstruction]], keys: Sequence[str], *, parsed: bool
) -> list[dict[str, Any]]:
    """What each instruction called; those that called nothing are left out."""
    return [
        {
            "index": index,
            "instructions": [
                show_instruction(keys, one.program, one.accounts, one.data, one.height, parsed=parsed) for one in calls
            ],
        }
        for index, calls in enumerate(inner)
        if calls
    ]


def show_return_data(program: bytes, data: bytes) -> dict[str, Any] | None:
    """What the last program returned; None when it was nothing."""
    if not data:
        return None
    return {"programId": str(Pubkey.from_bytes(program)), "data": [base64.b64encode(data).decode(), "base64"]}


def status_of(error: Any) -> dict[str, Any]:
    """The old form of an outcome."""
    return {"Ok": None} if error is None else {"Err": error}


def _token_balance(one: TokenBalance) -> dict[str, Any]:
    return {
        "accountIndex": one.index,
        "mint": str(Pubkey.from_bytes(one.mint)),
        "owner": str(Pubkey.from_bytes(one.owner)),
        "programId": str(Pubkey.from_bytes(one.program)),
        "uiTokenAmount": amount(one.amount, one.decimals),
    }


__all__ = [
    "PACKET_SIZE", "Details", "ShownEncoding", "WireEncoding", "all_keys", "decode_message",
    "decode_transaction", "show_accounts_only", "show_inner", "show_meta", "show_recorded", "show_return_data",
    "show_transaction", "status_of", "version_of",
]  # fmt: skip
