"""The node and its cluster of one."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen
from solders.litesvm import LiteSVM

from quatrain.cluster.embedded import SLOT_MS, SLOTS_PER_EPOCH
from quatrain.cluster.localnet.codes import NO_SNAPSHOT, NODE_UNHEALTHY, invalid
from quatrain.cluster.localnet.kinds import U64, Address, Commitment
from quatrain.cluster.localnet.method import method
from quatrain.cluster.localnet.methods.options import API_VERSION, Context, Settled, framed
from quatrain.cluster.localnet.node import Node

MOST_LEADERS: Final = 5_000
MOST_SAMPLES: Final = 720
_SAMPLE_SLOTS: Final = 60_000 // SLOT_MS


@frozen
class IdentityOptions:
    """Whose slots."""

    identity: Address | None = None
    commitment: Commitment | None = None


@frozen
class EpochOptions:
    """Which epoch."""

    epoch: U64 | None = None
    commitment: Commitment | None = None
    min_context_slot: U64 | None = None


@method()
def get_health(node: Node) -> str:
    """`ok`, unless the chain could not write to disk and therefore stopped."""
    if not node.healthy:
        raise NODE_UNHEALTHY({"numSlotsBehind": None})
    return "ok"


@method()
def get_version(node: Node) -> dict[str, Any]:
    """The version of Agave whose runtime runs here."""
    return {"solana-core": API_VERSION, "feature-set": _feature_set()}


def _feature_set() -> int:
    """Four bytes that change with the active features, as validators name their set."""
    import hashlib

    active = sorted(bytes(one) for one in LiteSVM.mainnet_feature_set().active)
    return int.from_bytes(hashlib.sha256(b"".join(active)).digest()[:4], "little")


@method()
def get_identity(node: Node) -> dict[str, str]:
    """The node's address."""
    return {"identity": str(node.identity)}


@method()
def get_genesis_hash(node: Node) -> str:
    """What tells this chain from every other."""
    return str(node.genesis)


@method()
def get_cluster_nodes(node: Node) -> list[dict[str, Any]]:
    """The one node there is."""
    return [
        {
            "pubkey": str(node.identity),
            "gossip": None,
            "tpu": None,
            "tpuQuic": None,
            "rpc": node.rpc_address,
            "pubsub": node.pubsub_address,
            "version": API_VERSION,
            "featureSet": _feature_set(),
            "shredVersion": 0,
        }
    ]


@method()
def get_leader_schedule(node: Node, slot: U64 | None = None, options: IdentityOptions = IdentityOptions()) -> Any:
    """Every slot of an epoch is the one node's."""
    if options.identity not in {None, node.identity}:
        return {}
    return {str(node.identity): list(range(SLOTS_PER_EPOCH))}


@method()
def get_slot_leader(node: Node, options: Context = Context()) -> str:
    """The one node."""
    node.view(options.commitment, options.min_context_slot)
    return str(node.identity)


@method()
def get_slot_leaders(node: Node, start: U64, limit: U64) -> list[str]:
    """The one node, as often as asked, at most 5,000 times."""
    if limit > MOST_LEADERS:
        raise invalid(f"Invalid limit; max {MOST_LEADERS}")
    return [str(node.identity)] * limit


@method()
def get_vote_accounts(node: Node, options: Settled = Settled()) -> dict[str, list[Any]]:
    """None: a chain of one node needs no votes."""
    return {"current": [], "delinquent": []}


@method()
def get_block_commitment(node: Node, slot: U64) -> dict[str, Any]:
    """No stake votes here, so there is none behind a block."""
    return {"commitment": None, "totalStake": 0}


@method()
def get_block_production(node: Node, options: IdentityOptions = IdentityOptions()) -> Any:
    """How many of this epoch's slots have blocks."""
    last = node.last_block(options.commitment)
    first = max(last // SLOTS_PER_EPOCH * SLOTS_PER_EPOCH, node.first_slot)
    made = len(node.slots(first, last, SLOTS_PER_EPOCH))
    mine = {str(node.identity): [last - first + 1, made]} if options.identity in {None, node.identity} else {}
    value = {"byIdentity": mine, "range": {"firstSlot": first, "lastSlot": last}}
    return framed(node.view(options.commitment), value)


@method()
def get_recent_performance_samples(node: Node, limit: U64 | None = None) -> list[dict[str, int]]:
    """Blocks and transactions of the last minutes of chain time, newest first, at most 720."""
    most = MOST_SAMPLES if limit is None else limit
    if most > MOST_SAMPLES:
        raise invalid(f"Invalid limit; max {MOST_SAMPLES}")
    return [
        {
            "slot": slot,
            "numSlots": slots,
            "numTransactions": transactions,
            "numNonVoteTransactions": transactions,
            "samplePeriodSecs": _SAMPLE_SLOTS * SLOT_MS // 1_000,
        }
        for slot, slots, transactions in node.store.samples(node.chain.head.slot, _SAMPLE_SLOTS, most)
    ]


@method()
def get_inflation_governor(node: Node, options: Settled = Settled()) -> dict[str, float]:
    """There is no inflation."""
    return {"foundation": 0.0, "foundationTerm": 0.0, "initial": 0.0, "taper": 0.0, "terminal": 0.0}


@method()
def get_inflation_rate(node: Node) -> dict[str, Any]:
    """There is no inflation."""
    epoch = node.chain.head.slot // SLOTS_PER_EPOCH
    return {"epoch": epoch, "foundation": 0.0, "total": 0.0, "validator": 0.0}


@method()
def get_inflation_reward(node: Node, addresses: list[Address], options: EpochOptions = EpochOptions()) -> list[None]:
    """Nobody is rewarded by inflation."""
    node.view(options.commitment, options.min_context_slot)
    return [None] * len(addresses)


@method()
def get_stake_minimum_delegation(node: Node, options: Settled = Settled()) -> Any:
    """The lamports that a delegation must have, as mainnet's features have it."""
    return framed(node.view(options.commitment), 1)


@method(NO_SNAPSHOT)
def get_highest_snapshot_slot(node: Node) -> Any:
    """Always refused: copies are made by `quatrain localnet snapshot`, and are no validator's snapshots."""
    raise NO_SNAPSHOT(None)


@method()
def get_max_retransmit_slot(node: Node) -> int:
    """The open slot."""
    return node.chain.head.slot


@method()
def get_max_shred_insert_slot(node: Node) -> int:
    """The open slot."""
    return node.chain.head.slot


__all__ = ["MOST_LEADERS", "MOST_SAMPLES"]
