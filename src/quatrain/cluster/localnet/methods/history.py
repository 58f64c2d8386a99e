"""What happened: transactions by signature and by address."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

from attrs import frozen

from quatrain.cluster.embedded import BLOCKHASH_SLOTS
from quatrain.cluster.localnet.codes import UNSUPPORTED_VERSION, invalid
from quatrain.cluster.localnet.instructions_shown import MEMO_PROGRAMS
from quatrain.cluster.localnet.kinds import (
    U8,
    U64,
    Address,
    Choice,
    Commitment,
    Either,
    Flag,
    SignatureText,
    record,
)
from quatrain.cluster.localnet.method import method
from quatrain.cluster.localnet.methods.options import Settled, framed, require_confirmed
from quatrain.cluster.localnet.node import Node
from quatrain.cluster.localnet.transactions_shown import ShownEncoding, show_recorded, status_of
from quatrain.cluster.store import Processed, Recorded

MOST_STATUSES: Final = 256
MOST_SIGNATURES: Final = 1_000


@frozen
class TransactionOptions:
    """How a transaction is shown."""

    encoding: ShownEncoding | None = None
    commitment: Commitment | None = None
    max_supported_transaction_version: U8 | None = None


@frozen
class SignaturesOptions:
    """Which of an address's transactions."""

    before: SignatureText | None = None
    until: SignatureText | None = None
    limit: U64 | None = None
    commitment: Commitment | None = None
    min_context_slot: U64 | None = None


@frozen
class StatusOptions:
    """How far back statuses are looked for."""

    search_transaction_history: Flag = False


TransactionOptionsOrEncoding: TypeAlias = Annotated[
    TransactionOptions, Either(Choice(ShownEncoding), "encoding", record(TransactionOptions))
]


@method(UNSUPPORTED_VERSION)
def get_transaction(
    node: Node, signature: SignatureText, options: TransactionOptionsOrEncoding = TransactionOptions()
) -> Any:
    """A transaction and what it did, or null where the node knows none."""
    require_confirmed(options.commitment)
    recorded = node.recorded(bytes(signature))
    if recorded is None or not _visible(node, recorded.slot, options.commitment):
        return None
    return show_recorded(recorded, options.encoding or ShownEncoding.JSON, options.max_supported_transaction_version)


@method()
def get_signature_statuses(
    node: Node, signatures: list[SignatureText], options: StatusOptions = StatusOptions()
) -> Any:
    """How settled at most 256 transactions are; null for those of which the node knows nothing."""
    if len(signatures) > MOST_STATUSES:
        raise invalid(f"Too many inputs provided; max {MOST_STATUSES}")
    oldest = 0 if options.search_transaction_history else node.chain.head.slot - BLOCKHASH_SLOTS
    found = [node.recorded(bytes(signature)) for signature in signatures]
    shown = [None if one is None or one.slot < oldest else _status(node, one) for one in found]
    return framed(node.view(Commitment.PROCESSED), shown)


@method()
def get_signatures_for_address(
    node: Node, address: Address, options: SignaturesOptions = SignaturesOptions()
) -> list[dict[str, Any]]:
    """The transactions that name an address, newest first, at most 1,000, between two signatures."""
    require_confirmed(options.commitment)
    node.view(options.commitment, options.min_context_slot)
    limit = MOST_SIGNATURES if options.limit is None else options.limit
    if not 0 < limit <= MOST_SIGNATURES:
        raise invalid(f"Invalid limit; max {MOST_SIGNATURES}")
    before = None if options.before is None else node.recorded(bytes(options.before))
    if options.before is not None and before is None:
        return []
    until = None if options.until is None else node.recorded(bytes(options.until))
    found = node.store.mentions(address, before=before and before.number, after=until and until.number, limit=limit)
    return [_listed(node, one) for one in found if _visible(node, one.slot, options.commitment)]


@method()
def get_transaction_count(node: Node, options: Settled = Settled()) -> int:
    """How many transactions were ever executed."""
    return node.store.transaction_count()


def _visible(node: Node, slot: int, commitment: Commitment | None) -> bool:
    return commitment is Commitment.CONFIRMED or node.is_final(slot)


def _status(node: Node, recorded: Recorded) -> dict[str, Any]:
    error, final = _error(recorded.processed), node.is_final(recorded.slot)
    return {
        "slot": recorded.slot,
        "confirmations": None if final else node.chain.head.slot - recorded.slot,
        "err": error,
        "status": status_of(error),
        "confirmationStatus": "finalized" if final else "confirmed",
    }


def _error(processed: Processed) -> Any:
    """The error on the wire; what an older store kept is only that there was one."""
    if processed.effects is not None:
        return processed.effects.error
    return None if processed.error is None else {"InstructionError": [0, "GenericError"]}


def _listed(node: Node, recorded: Recorded) -> dict[str, Any]:
    return {
        "signature": recorded.processed.text,
        "slot": recorded.slot,
        "err": _error(recorded.processed),
        "memo": _memo(recorded.processed),
        "blockTime": recorded.unix_ms // 1_000,
        "confirmationStatus": "finalized" if node.is_final(recorded.slot) else "confirmed",
    }


def _memo(processed: Processed) -> str | None:
    message = processed.transaction.message
    memos = [
        bytes(one.data)
        for one in message.instructions
        if str(message.account_keys[one.program_id_index]) in MEMO_PROGRAMS
    ]
    if not memos:
        return None
    return "; ".join(f"[{len(memo)}] {memo.decode(errors='replace')}" for memo in memos)


__all__ = ["MOST_SIGNATURES", "MOST_STATUSES"]
