"""Slots, blocks, epochs and blockhashes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeAlias

from attrs import frozen

from quatrain.cluster.embedded import BLOCKHASH_SLOTS, SLOTS_PER_EPOCH
from quatrain.cluster.localnet.codes import (
    BLOCK_CLEANED_UP,
    BLOCK_NOT_AVAILABLE,
    SLOT_SKIPPED,
    UNSUPPORTED_VERSION,
    invalid,
)
from quatrain.cluster.localnet.kinds import U8, U64, Choice, Commitment, Either, Flag, HashText, Unsigned, record
from quatrain.cluster.localnet.method import method
from quatrain.cluster.localnet.methods.options import Context, Settled, framed, require_confirmed
from quatrain.cluster.localnet.node import Node
from quatrain.cluster.localnet.transactions_shown import Details, ShownEncoding, show_accounts_only, show_transaction
from quatrain.cluster.store import BlockRow

MOST_BLOCKS: Final = 500_000


@frozen
class BlockOptions:
    """How much of a block is shown, and how."""

    encoding: ShownEncoding | None = None
    transaction_details: Details | None = None
    rewards: Flag | None = None
    commitment: Commitment | None = None
    max_supported_transaction_version: U8 | None = None


BlockOptionsOrEncoding: TypeAlias = Annotated[
    BlockOptions, Either(Choice(ShownEncoding), "encoding", record(BlockOptions))
]


@frozen
class EndKind:
    """The last slot, or the options where no last slot is given."""

    name: str = "u64"

    def read(self, value: Any) -> int | Settled:
        """Either."""
        if isinstance(value, Mapping):
            options: Settled = record(Settled).read(value)
            return options
        return Unsigned(64).read(value)


End: TypeAlias = Annotated["int | Settled", EndKind()]


def show_block(node: Node, row: BlockRow, options: BlockOptions) -> dict[str, Any]:
    """A block as the options want it."""
    parent = node.block(row.parent)
    shown: dict[str, Any] = {
        "blockHeight": row.slot,
        "blockTime": row.unix_ms // 1_000,
        "blockhash": _text(row.blockhash),
        "parentSlot": row.parent,
        "previousBlockhash": str(node.genesis) if parent is None else _text(parent.blockhash),
    }
    encoding, version = options.encoding or ShownEncoding.JSON, options.max_supported_transaction_version
    transactions = (one.processed for one in node.store.transactions(row.slot))
    match options.transaction_details or Details.FULL:
        case Details.FULL:
            shown["transactions"] = [show_transaction(one, encoding, version) for one in transactions]
        case Details.ACCOUNTS:
            shown["transactions"] = [show_accounts_only(one, version) for one in transactions]
        case Details.SIGNATURES:
            shown["signatures"] = [one.text for one in transactions]
        case Details.NONE:
            pass
    if options.rewards is not False:
        shown["rewards"] = []
    return shown


def _text(blockhash: bytes) -> str:
    from solders.hash import Hash

    return str(Hash(blockhash))


def ended(node: Node, slot: int, commitment: Commitment | None) -> BlockRow:
    """The block of a slot; RpcError where it is too early, too late, or where there is none."""
    require_confirmed(commitment)
    if slot > node.last_block(commitment or Commitment.FINALIZED):
        raise BLOCK_NOT_AVAILABLE(slot=slot)
    if slot < node.first_slot:
        raise BLOCK_CLEANED_UP(slot=slot, first=node.first_slot)
    row = node.block(slot)
    if row is None:
        raise SLOT_SKIPPED(slot=slot)
    return row


@method(BLOCK_CLEANED_UP, BLOCK_NOT_AVAILABLE, SLOT_SKIPPED, UNSUPPORTED_VERSION)
def get_block(node: Node, slot: U64, options: BlockOptionsOrEncoding = BlockOptions()) -> Any:
    """A block that has ended, with its transactions."""
    return show_block(node, ended(node, slot, options.commitment), options)


@method(BLOCK_CLEANED_UP, BLOCK_NOT_AVAILABLE, SLOT_SKIPPED)
def get_block_time(node: Node, slot: U64) -> int:
    """The unix second of a block."""
    return ended(node, slot, Commitment.CONFIRMED).unix_ms // 1_000


@method()
def get_blocks(node: Node, start: U64, end: End | None = None, options: Settled = Settled()) -> list[int]:
    """The slots that have blocks, from one to another or to the newest, at most 500,000."""
    if isinstance(end, Settled):
        options, end = end, None
    require_confirmed(options.commitment)
    last = node.last_block(options.commitment)
    last = last if end is None else min(end, last)
    if last - start > MOST_BLOCKS:
        raise invalid(f"Slot range too large; max {MOST_BLOCKS}")
    return node.slots(start, last, MOST_BLOCKS + 1)


@method()
def get_blocks_with_limit(node: Node, start: U64, limit: U64, options: Settled = Settled()) -> list[int]:
    """The first so many slots that have blocks, at most 500,000."""
    require_confirmed(options.commitment)
    if limit > MOST_BLOCKS:
        raise invalid(f"Limit too large; max {MOST_BLOCKS}")
    return node.slots(start, node.last_block(options.commitment), limit)


@method()
def get_first_available_block(node: Node) -> int:
    """The oldest slot whose block is kept."""
    return node.first_slot


@method(name="minimumLedgerSlot")
def minimum_ledger_slot(node: Node) -> int:
    """The oldest slot that the node knows anything about."""
    return node.first_slot


@method()
def get_block_height(node: Node, options: Context = Context()) -> int:
    """The height of the newest block: its slot, for slots that time jumps over count as well."""
    node.view(options.commitment, options.min_context_slot)
    return node.last_block(options.commitment)


@method()
def get_slot(node: Node, options: Context = Context()) -> int:
    """The newest slot at a commitment: for `processed` the open one, else the last that ended."""
    node.view(options.commitment, options.min_context_slot)
    return node.last_block(options.commitment)


@method()
def get_latest_blockhash(node: Node, options: Context = Context()) -> Any:
    """The newest blockhash, and the last block height at which a transaction may name it."""
    view = node.view(options.commitment, options.min_context_slot)
    value = {
        "blockhash": str(node.chain.latest_blockhash()),
        "lastValidBlockHeight": node.chain.head.slot + BLOCKHASH_SLOTS,
    }
    return framed(view, value)


@method()
def is_blockhash_valid(node: Node, blockhash: HashText, options: Context = Context()) -> Any:
    """Whether a transaction may still name a blockhash."""
    view = node.view(options.commitment, options.min_context_slot)
    return framed(view, node.chain.slot_of(bytes(blockhash)) is not None)


@method()
def get_epoch_info(node: Node, options: Context = Context()) -> dict[str, int]:
    """Where the chain stands in its epoch."""
    node.view(options.commitment, options.min_context_slot)
    slot = node.last_block(options.commitment)
    return {
        "absoluteSlot": slot,
        "blockHeight": slot,
        "epoch": slot // SLOTS_PER_EPOCH,
        "slotIndex": slot % SLOTS_PER_EPOCH,
        "slotsInEpoch": SLOTS_PER_EPOCH,
        "transactionCount": node.store.transaction_count(),
    }


@method()
def get_epoch_schedule(node: Node) -> dict[str, Any]:
    """How slots make epochs: all of the same length."""
    return {
        "firstNormalEpoch": 0,
        "firstNormalSlot": 0,
        "leaderScheduleSlotOffset": SLOTS_PER_EPOCH,
        "slotsPerEpoch": SLOTS_PER_EPOCH,
        "warmup": False,
    }


__all__ = ["BlockOptions", "BlockOptionsOrEncoding", "show_block"]
