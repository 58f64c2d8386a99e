"""A validator of one: the embedded chain, slots that pass, transactions in batches, and who wants to hear of them.

Transactions that arrive together are executed together and written by one SQLite transaction, before any of them is
acknowledged. Everything here runs on one event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import define, frozen
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from quatrain.client.accounts import RawAccount
from quatrain.client.addresses import SYSTEM_PROGRAM
from quatrain.client.errors import StoreError
from quatrain.cluster.embedded import BLOCKHASH_SLOTS, SLOT_MS, EmbeddedChain, Outcome
from quatrain.cluster.localnet.codes import MIN_CONTEXT_SLOT, NODE_UNHEALTHY
from quatrain.cluster.localnet.fees import SlotFees
from quatrain.cluster.localnet.hub import AccountChanged, BlockEnded, Executed, Hub, Received
from quatrain.cluster.localnet.kinds import DEFAULT_COMMITMENT, Commitment
from quatrain.cluster.localnet.pace import Pace, Time
from quatrain.cluster.localnet.view import Past, View
from quatrain.cluster.messages import writable_addresses
from quatrain.cluster.store import BlockRow, Recorded, Store

BATCH: Final = 64
"""Transactions that are executed and written at once."""
PENDING: Final = 4_096
"""Transactions that may wait for execution; beyond that the node says that it is unhealthy."""
FAUCET_LAMPORTS: Final = 10**18
FAUCET_RESERVE: Final = 10**12
"""What stays in it for fees."""
PRUNE_STEP: Final = 1_000
"""Transactions and blocks that are forgotten between two slots, so that nobody waits long for it."""


@frozen
class NodeStatistics:
    """What the node has done since it was started."""

    slot: int
    executed: int
    batches: int
    pending: int
    longest_batch: int


@define
class _Counters:
    executed: int = 0
    batches: int = 0
    longest_batch: int = 0


class Node:
    """The chain as a server needs it; `lag` is by how many slots `finalized` is behind."""

    def __init__(
        self,
        chain: EmbeddedChain,
        faucet: Keypair,
        time: Time,
        *,
        pace: Pace = Pace.REALTIME,
        lag: int = 0,
        history_slots: int | None = None,
    ):
        assert chain.store is not None
        self.chain = chain
        self.store: Store = chain.store
        self.faucet = faucet
        self.hub = Hub(lag)
        self.pace = pace
        self.paused = False
        self.listing = asyncio.Lock()
        """Held while a program's accounts are listed, so that memory holds one such answer in the making."""
        self.fees: deque[SlotFees] = deque(maxlen=BLOCKHASH_SLOTS)
        self._time = time
        self._past = Past(chain, lag)
        self._history_slots = history_slots
        self._pending: deque[tuple[VersionedTransaction, asyncio.Future[Outcome]]] = deque()
        self._scheduled = False
        self._counters = _Counters()
        self._offset_ms = 0
        self.healthy = True
        self.rpc_address: str | None = None
        self.pubsub_address: str | None = None
        self.genesis = chain.genesis()
        self.identity = Pubkey(bytes(self.genesis))
        self.chain.catch_up(time.unix_ms())
        self._settle()
        self._offset_ms = max(0, chain.head.unix_ms - time.unix_ms())
        self.fill_faucet(0)

    # -- reading --------------------------------------------------------------------------------------------------

    def view(self, commitment: Commitment | None = None, min_context_slot: int | None = None) -> View:
        """The accounts at a commitment; RpcError where that is not as far as the client has seen already."""
        level = commitment or DEFAULT_COMMITMENT
        view = self._past.final() if level is Commitment.FINALIZED else self._past.tip()
        if min_context_slot is not None and view.slot < min_context_slot:
            raise MIN_CONTEXT_SLOT({"contextSlot": view.slot})
        return view

    @property
    def root(self) -> int:
        """The newest slot that is final."""
        return self._past.root

    def is_final(self, slot: int) -> bool:
        """Whether what happened in a slot is final."""
        return slot <= self._past.root

    def last_block(self, commitment: Commitment | None = None) -> int:
        """The newest slot that a client may ask about: the open one where `processed` will do, else one that ended."""
        level = commitment or DEFAULT_COMMITMENT
        if level is Commitment.PROCESSED:
            return self.chain.head.slot
        return self.chain.parent if level is Commitment.CONFIRMED else min(self.chain.parent, self.root)

    def recorded(self, signature: bytes) -> Recorded | None:
        """A transaction out of the history."""
        return self.store.transaction(signature)

    @property
    def first_slot(self) -> int:
        """The oldest slot whose block is kept."""
        found = self.store.first_slot()
        return found if found is not None else next((one.slot for one in self.chain.unwritten), self.chain.head.slot)

    def block(self, slot: int) -> BlockRow | None:
        """The block of a slot, if it has ended and is kept."""
        waiting = next((one for one in self.chain.unwritten if one.slot == slot), None)
        return waiting or self.store.block(slot)

    def slots(self, first: int, last: int, limit: int) -> list[int]:
        """The slots from `first` to `last` that have blocks, oldest first."""
        written = self.store.block_slots(first, last, limit)
        waiting = [one.slot for one in self.chain.unwritten if first <= one.slot <= last]
        return [*written, *waiting][:limit]

    def statistics(self) -> NodeStatistics:
        """As of now."""
        done = self._counters
        return NodeStatistics(self.chain.head.slot, done.executed, done.batches, len(self._pending), done.longest_batch)

    # -- transactions ---------------------------------------------------------------------------------------------

    async def submit(self, transaction: VersionedTransaction) -> Outcome:
        """Have a transaction executed with the next batch; durable when it returns."""
        if len(self._pending) >= PENDING:
            raise NODE_UNHEALTHY({"numSlotsBehind": None})
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        self._pending.append((transaction, future))
        if not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._flush)
        return await future

    def execute(self, transactions: Sequence[VersionedTransaction]) -> list[Outcome]:
        """Execute a batch now."""
        chain = self.chain
        if self.pace is Pace.INSTANT:
            self.tick()
        for one in transactions:
            self._past.remember(writable_addresses(one.message, chain.get_account))
            signature = bytes(one.signatures[0])
            self.hub.publish(("signature", signature), Received(chain.head.slot, signature))
        position, before = chain.position, chain.head.slot
        outcomes = chain.execute(transactions)
        self._counters.executed += sum(one.processed is not None for one in outcomes)
        self._counters.batches += 1
        self._counters.longest_batch = max(self._counters.longest_batch, len(transactions))
        if chain.position > position:
            self._announce(before, outcomes)
            if self.pace is Pace.INSTANT:
                self.end_block()
        return outcomes

    def fill_faucet(self, lamports: int) -> None:
        """Make sure that the faucet can give so much: its lamports come from nothing, as at a genesis."""
        address = self.faucet.pubkey()
        account = self.chain.get_account(address)
        if account is None or account.lamports < lamports + FAUCET_RESERVE:
            self.set_account(address, RawAccount(FAUCET_LAMPORTS, b"", SYSTEM_PROGRAM, False))

    def set_account(self, address: Pubkey, account: RawAccount) -> None:
        """Put an account where a developer wants it."""
        self._past.remember([address])
        self.chain.set_account(address, account)
        self._announce_accounts(self.chain.head.slot, [address])

    # -- time -----------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """End the blocks whose time has passed; after a long pause, jump over what nobody saw."""
        if self.paused or self.pace is Pace.STEPPED:
            return
        now = self._time.unix_ms() + self._offset_ms
        due = (now - self.chain.head.unix_ms) // SLOT_MS
        if due > BLOCKHASH_SLOTS:
            self._jump(lambda: self.chain.catch_up(now))
            return
        for _ in range(due):
            self.end_block()

    def end_block(self) -> None:
        """End the open block, 400 ms after it began."""
        self._began(self.chain.end_block())

    def travel(self, *, slot: int | None = None, unix_timestamp: int | None = None) -> None:
        """Go to a later slot or second; time then goes on from there."""
        self._jump(lambda: self.chain.warp(slot=slot, unix_timestamp=unix_timestamp))
        self.resume()

    def pause(self) -> None:
        """Stop time: no block ends by itself."""
        self.paused = True

    def resume(self) -> None:
        """Let time go on from where the chain stands."""
        self.paused = False
        self._offset_ms = self.chain.head.unix_ms - self._time.unix_ms()

    async def run(self) -> None:
        """Let slots pass until cancelled, or until the chain cannot write any more."""
        while self.healthy:
            try:
                self.tick()
            except StoreError:
                self.healthy = False
                return
            late_ms = (self._time.unix_ms() + self._offset_ms - self.chain.head.unix_ms) % SLOT_MS
            await self._time.sleep((SLOT_MS - late_ms) / 1_000)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        self._scheduled = False
        batch = [self._pending.popleft() for _ in range(min(BATCH, len(self._pending)))]
        if self._pending:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)
        waiting = [(transaction, future) for transaction, future in batch if not future.cancelled()]
        try:
            outcomes: Sequence[Any] = self.execute([transaction for transaction, _ in waiting])
        except StoreError as error:
            self.healthy = False
            for _, future in waiting:
                future.set_exception(error)
            return
        for (_, future), outcome in zip(waiting, outcomes, strict=True):
            future.set_result(outcome)

    def _announce(self, slot: int, outcomes: Sequence[Outcome]) -> None:
        """Tell of executed transactions and of the accounts they changed."""
        changed: dict[Pubkey, None] = {}
        for outcome in outcomes:
            if outcome.processed is None:
                continue
            changed |= dict.fromkeys(outcome.changed)
            event = Executed(slot, outcome.processed)
            self._note_fee(slot, outcome)
            self.hub.publish(("signature", outcome.processed.signature), event)
            if self.hub.wants("logs"):
                self.hub.publish(("logs", None), event)
                for key in outcome.processed.transaction.message.account_keys:
                    self.hub.publish(("logs", bytes(key)), event)
        self._announce_accounts(slot, list(changed))

    def _announce_accounts(self, slot: int, changed: Sequence[Pubkey]) -> None:
        if not (self.hub.wants("account") or self.hub.wants("program")):
            return
        for address in changed:
            account = self.chain.get_account(address)
            event = AccountChanged(slot, address, account)
            self.hub.publish(("account", bytes(address)), event)
            if account is not None:
                self.hub.publish(("program", bytes(account.owner)), event)

    def _note_fee(self, slot: int, outcome: Outcome) -> None:
        if not self.fees or self.fees[-1].slot != slot:
            self.fees.append(SlotFees(slot))
        assert outcome.processed is not None
        self.fees[-1].note(outcome.processed.transaction.message, outcome.changed)

    def _jump(self, move: Callable[[], None]) -> None:
        row_before = self.chain.head.slot
        move()
        if self.chain.head.slot > row_before:
            row = self.store.block(row_before)
            assert row is not None
            self._began(row)
            self._settle()

    def _settle(self) -> None:
        """After a jump, end a block at once: what clients ask for by default is a block that ended."""
        if self.chain.parent < self.chain.head.slot - 1:
            self._began(self.chain.end_block(self.chain.head.unix_ms))

    def _began(self, row: BlockRow) -> None:
        self._past.forget()
        self.hub.finalize(self.root)
        self.hub.publish(("slot",), BlockEnded(row, self.root))
        self.hub.publish(("root",), BlockEnded(row, self.root))
        self.hub.publish(("block",), BlockEnded(row, self.root))
        if self._history_slots is not None:
            self.store.prune(row.next - self._history_slots, PRUNE_STEP)


__all__ = ["BATCH", "PENDING", "Node", "NodeStatistics"]
