"""Many transactions at once: one block on an embedded chain; on a server one after the other, or side by side."""

from __future__ import annotations

from collections.abc import Sequence

from solders.transaction import VersionedTransaction

from quatrain.client.errors import ExpiredError, TransactionError
from quatrain.cluster.chain import Chain, Receipt
from quatrain.cluster.embedded import EmbeddedChain


def send_each(chain: Chain, transactions: Sequence[VersionedTransaction]) -> list[Receipt | TransactionError]:
    """The receipt of each transaction, or the error with which it failed."""
    if isinstance(chain, EmbeddedChain):
        return chain.send_all(transactions)
    return [_outcome(chain, transaction) for transaction in transactions]


def send_side_by_side(
    chain: Chain, transactions: Sequence[VersionedTransaction]
) -> list[TransactionError | ExpiredError | None]:
    """Many that do not depend on each other: one block on an embedded chain, many in flight at a server."""
    if isinstance(chain, EmbeddedChain):
        return [one if isinstance(one, TransactionError) else None for one in chain.send_all(transactions)]
    from quatrain.cluster.rpc import RpcChain

    assert isinstance(chain, RpcChain)
    return chain.send_all(transactions)


def _outcome(chain: Chain, transaction: VersionedTransaction) -> Receipt | TransactionError:
    try:
        return chain.send(transaction)
    except TransactionError as error:
        return error


__all__ = ["send_each", "send_side_by_side"]
