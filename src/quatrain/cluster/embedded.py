"""The embedded chain: the real Solana virtual machine in this process, with mainnet's features.

Time is the caller's: it begins at a stated unix second and moves by one slot of 400 ms for every block, or to where
`warp` puts it. A block is what one call of `send` or `send_all` processed, or, for a server, what `execute` processed
until `end_block`. With a `Store` everything is on disk before the call returns.

A block's hash follows from the block before it, its signatures and the slot of the next one. Blocks without transactions
therefore need no write of their own: after a crash `catch_up` makes the same ones again.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from attrs import evolve, field, frozen
from solders.clock import Clock
from solders.epoch_schedule import EpochSchedule
from solders.hash import Hash
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey
from solders.transaction import SanitizeError, VersionedTransaction
from solders.transaction_metadata import FailedTransactionMetadata
from solders.transaction_status import TransactionErrorFieldless

from quatrain.client.accounts import Filter, RawAccount
from quatrain.client.errors import RefusedError, StoreError, TransactionError, UsageError
from quatrain.client.failures import Explainer, Sites
from quatrain.client.loader import (
    PROGRAM_DATA_HEADER,
    UPGRADEABLE_LOADER,
    program_data_address,
    program_data_header,
    read_program_data,
)
from quatrain.cluster.chain import ChainClock, Receipt, Simulation, raw_account
from quatrain.cluster.effects import Effects, InnerInstruction, Reading, inner_instructions, read_balances
from quatrain.cluster.messages import loaded_addresses, loaded_bytes, writable_addresses
from quatrain.cluster.nonces import Nonce, nonces_written, used_nonce, value_after, with_value
from quatrain.cluster.registers import free_registers
from quatrain.cluster.store import BlockRow, Change, Head, Processed, Store

GENESIS_SLOT: Final = 1_000
GENESIS_TIME: Final = 1_767_225_600
"""2026-01-01 00:00:00 UTC, where a chain begins when nobody says otherwise."""

SLOT_MS: Final = 400
SLOTS_PER_EPOCH: Final = 432_000
BLOCKHASH_SLOTS: Final = 150
"""Blocks during which a transaction may name a blockhash."""

LAMPORTS_PER_AIRDROP: Final = 10**15
_GENESIS: Final = "genesis.hash"
UNWRITTEN_BLOCKS: Final = 32
"""Blocks without transactions that may wait for the next write."""


@frozen
class Outcome:
    """What became of a transaction that was to be executed."""

    processed: Processed | None
    """Its record, or None when the runtime turned it away without a fee."""
    failure: TransactionError | None
    slot: int
    return_data: bytes = b""
    changed: tuple[Pubkey, ...] = ()
    """The accounts that it may have changed."""

    @property
    def receipt(self) -> Receipt:
        """For a transaction that succeeded."""
        assert self.processed is not None
        done = self.processed
        return Receipt(done.text, self.slot, done.units, done.fee_lamports, done.logs, self.return_data)


@frozen
class Trial:
    """What a transaction would do now."""

    failure: TransactionError | None
    error: Any
    """The runtime's error in its wire form, or None."""
    units: int = 0
    fee_lamports: int = 0
    logs: tuple[str, ...] = ()
    return_program: bytes = b""
    return_data: bytes = b""
    inner: Sequence[Sequence[InnerInstruction]] = ()
    accounts: Mapping[Pubkey, RawAccount] = field(factory=dict[Pubkey, RawAccount])
    """The accounts that it would change, as they would be."""


class EmbeddedChain:
    """A `Chain` in this process; `store` makes it durable."""

    name = "local"

    def __init__(self, explainer: Explainer, *, store: Store | None = None, start: int = GENESIS_TIME):
        self._explainer = explainer
        self._store = store
        self._broken = ""
        self._genesis: str | None = None
        # Signatures, blockhashes and repetitions are checked here: simulations may leave the first two unchecked, and
        # the last must survive a restart.
        self._svm = (
            LiteSVM()
            .with_mainnet_features()
            .with_sigverify(False)
            .with_blockhash_check(False)
            .with_transaction_history(0)
        )
        self._svm.set_epoch_schedule(EpochSchedule.without_warmup())
        self._recent: OrderedDict[bytes, int] = OrderedDict()
        self._seen: OrderedDict[bytes, int] = OrderedDict()
        self._unwritten: list[BlockRow] = []
        self._position = 0
        head = store.head() if store else None
        if head is None:
            blockhash = hashlib.sha256(b"quatrain embedded chain %d" % start).digest()
            self._head = Head(GENESIS_SLOT, start * 1_000, blockhash)
            self._parent = GENESIS_SLOT - 1
            self._recent[blockhash] = GENESIS_SLOT
            self._seal = hashlib.sha256(blockhash)
        else:
            assert store is not None
            self._load(store, head)
        self._set_clock()

    # -- the contract ---------------------------------------------------------------------------------------------

    def send(self, transaction: VersionedTransaction) -> Receipt:
        """Process a block of this one transaction."""
        (result,) = self.send_all([transaction])
        if isinstance(result, TransactionError):
            raise result
        return result

    def send_all(self, transactions: Sequence[VersionedTransaction]) -> list[Receipt | TransactionError]:
        """Process a block: each transaction's receipt, or the error with which it failed; durable on return."""
        return [one.failure or one.receipt for one in self.execute(transactions, end_block=True)]

    def simulate(self, transaction: VersionedTransaction) -> Simulation:
        """Run a transaction without effect."""
        trial = self.trial(transaction)
        if trial.failure is not None:
            raise trial.failure
        size = loaded_bytes(transaction.message, self.get_account)
        return Simulation(trial.units, trial.logs, trial.return_data, size)

    def get_account(self, address: Pubkey) -> RawAccount | None:
        """The account, or None where nothing lies."""
        account = self._svm.get_account(address)
        return None if account is None or account.lamports == 0 else raw_account(account)

    def get_accounts(self, addresses: Sequence[Pubkey]) -> list[RawAccount | None]:
        """Several accounts, all as of now."""
        return [self.get_account(address) for address in addresses]

    def get_program_accounts(self, program: Pubkey, filters: Sequence[Filter] = ()) -> list[tuple[Pubkey, RawAccount]]:
        """Every account that the program owns and that passes every filter."""
        return self.select(program, lambda data: all(one.passes(data) for one in filters), filters)

    def select(
        self,
        program: Pubkey,
        wanted: Callable[[bytes], bool],
        filters: Sequence[Filter] = (),
        size: int | None = None,
    ) -> list[tuple[Pubkey, RawAccount]]:
        """Every account that the program owns and whose data is wanted; only those are copied.

        What is wanted passes the filters and has the size: the file can tell that several times faster than the
        virtual machine, which hands out a copy of every account.
        """
        if self._store is not None and not _owns_at_genesis(program):
            narrowed = self._store.select(program, filters, size)
            return [(address, account) for address, account in narrowed if wanted(account.data)]
        return [
            (address, raw_account(account))
            for address, account in self._svm.get_program_accounts(program)
            if wanted(account.data) and account.lamports
        ]

    def genesis(self) -> Hash:
        """The blockhash at which somebody first asked for this, for ever."""
        known = self._store.setting(_GENESIS) if self._store else self._genesis
        if known is None:
            known = self._genesis = str(self.latest_blockhash())
            if self._store:
                self._store.set_setting(_GENESIS, known)
        return Hash.from_string(known)

    def latest_blockhash(self) -> Hash:
        """The blockhash of the block before the open one."""
        return Hash(self._head.blockhash)

    def clock(self) -> ChainClock:
        """The time of the open block."""
        return ChainClock(self._head.slot, self._head.unix_ms // 1_000)

    def rent_minimum(self, size: int) -> int:
        """The lamports that exempt an account of `size` data bytes from rent."""
        return self._svm.minimum_balance_for_rent_exemption(size)

    def unit_price(self, writable: Sequence[Pubkey]) -> int:  # noqa: ARG002
        """0: nobody competes for this chain's blocks."""
        return 0

    def airdrop(self, address: Pubkey, lamports: int) -> None:
        """Give free SOL, at most a million at a time."""
        self._refuse_if_broken()
        if lamports > LAMPORTS_PER_AIRDROP:
            raise RefusedError("an airdrop gives at most 1,000,000 SOL at a time", code="airdrop_too_large")
        self._svm.expire_blockhash()
        result = self._svm.airdrop(address, lamports)
        if isinstance(result, FailedTransactionMetadata):
            raise self._explain(result, "")
        self._write([], [address], self._next_head())

    def close(self) -> None:
        """Write what may wait, and close the store, if there is one."""
        if self._store is not None:
            if self._unwritten and not self._broken:
                self._write([], [], None)
            self._store.close()

    # -- what only an embedded chain can do -----------------------------------------------------------------------

    @property
    def head(self) -> Head:
        """The slot and time of the open block, and the blockhash that it builds on."""
        return self._head

    @property
    def parent(self) -> int:
        """The slot of the last block that ended."""
        return self._parent

    @property
    def unwritten(self) -> Sequence[BlockRow]:
        """Blocks without transactions that wait for the next write."""
        return self._unwritten

    @property
    def position(self) -> int:
        """How many transactions the open block holds."""
        return self._position

    @property
    def store(self) -> Store | None:
        """The file behind this chain."""
        return self._store

    def execute(self, transactions: Sequence[VersionedTransaction], *, end_block: bool = False) -> list[Outcome]:
        """Process transactions in the open block, and end it if asked and any left a record; durable on return."""
        self._refuse_if_broken()
        outcomes = [self._process(transaction) for transaction in transactions]
        processed = [one.processed for one in outcomes if one.processed is not None]
        if processed:
            changed = dict.fromkeys(address for one in outcomes for address in one.changed)
            self._write(processed, list(changed), self._next_head() if end_block else None)
        return outcomes

    def end_block(self, unix_ms: int | None = None) -> BlockRow:
        """End the open block; the next one is at `unix_ms`, or 400 ms later. An empty one may be written later."""
        self._refuse_if_broken()
        return self._end(self._next_head(unix_ms))

    def catch_up(self, unix_ms: int) -> None:
        """Make the empty blocks up to a time, as a chain that was never stopped would have; jump over what is long."""
        missed = (unix_ms - self._head.unix_ms) // SLOT_MS
        if missed > BLOCKHASH_SLOTS:
            self._move(Head(self._head.slot + missed, unix_ms, self._head.blockhash))
            return
        for _ in range(missed):
            self.end_block()

    def trial(
        self, transaction: VersionedTransaction, *, check_signatures: bool = True, check_blockhash: bool = True
    ) -> Trial:
        """Run a transaction without effect, failures included in the answer."""
        refused = self._refusal(transaction, check_signatures=check_signatures, check_blockhash=check_blockhash)
        if refused is not None:
            failure = self._explainer.explain(refused, signature=str(transaction.signatures[0]))
            return Trial(failure, str(refused).rpartition(".")[2])
        result = self._svm.simulate_transaction(transaction)
        free_registers()
        meta = result.meta()
        failed = isinstance(result, FailedTransactionMetadata)
        returned = meta.return_data()
        return Trial(
            self._explain(result, "") if failed else None,
            _wire_error(result) if failed else None,
            meta.compute_units_consumed(),
            meta.fee(),
            tuple(meta.logs()),
            bytes(returned.program_id),
            bytes(returned.data),
            inner_instructions(meta),
            {} if failed else {address: raw_account(account) for address, account in result.post_accounts()},
        )

    def warp(self, *, slot: int | None = None, unix_timestamp: int | None = None) -> None:
        """Move time forward, by slots (400 ms each) or to a unix second; never back."""
        self._refuse_if_broken()
        head = self._head
        if (slot is None) == (unix_timestamp is None):
            raise TypeError("give either slot or unix_timestamp")
        if slot is not None:
            target = Head(slot, head.unix_ms + (slot - head.slot) * SLOT_MS, head.blockhash)
        else:
            assert unix_timestamp is not None
            slots = -((head.unix_ms - unix_timestamp * 1_000) // SLOT_MS)
            target = Head(head.slot + slots, unix_timestamp * 1_000, head.blockhash)
        if target.slot < head.slot or target.unix_ms < head.unix_ms:
            raise UsageError("the chain's time only moves forward", code="time_backwards")
        self._move(target)

    def set_account(self, address: Pubkey, account: RawAccount) -> None:
        """Put an account where one is wanted, whatever lay there; durable on return."""
        self._refuse_if_broken()
        self._svm.set_account(address, _to_solders(account))
        self._write([], [address], None)

    def install(self, program: Pubkey, elf: bytes, notes: dict[str, str], authority: Pubkey | None = None) -> None:
        """Put a program where it belongs, replacing an older build, and note what is deployed.

        Whoever may upgrade it still may; `authority` may where nobody could.
        """
        self._refuse_if_broken()
        data_address = program_data_address(program)
        before = read_program_data(self.get_account(data_address))
        self._svm.add_program_with_loader(program, elf, UPGRADEABLE_LOADER)
        made = self.get_account(data_address)
        assert made is not None
        header = program_data_header(self._head.slot, (before and before.authority) or authority)
        data = header + made.data[PROGRAM_DATA_HEADER:]
        self._svm.set_account(data_address, _to_solders(evolve(made, data=data)))
        self._write([], [data_address, program], self._next_head(), notes)

    def use_sites(self, sites: Sites) -> None:
        """Explain traps with the map of the build that was just installed."""
        self._explainer = self._explainer.with_sites(sites)

    def slot_of(self, blockhash: bytes) -> int | None:
        """The slot from which transactions may name a blockhash, or None when they may not (any more)."""
        slot = self._recent.get(blockhash)
        return None if slot is None or slot + BLOCKHASH_SLOTS < self._head.slot else slot

    def accepts(self, message: Any) -> bool:
        """Whether a message names a recent blockhash or the value of a durable nonce that it may use."""
        return self.slot_of(bytes(message.recent_blockhash)) is not None or self._nonce_of(message) is not None

    # -- inside ---------------------------------------------------------------------------------------------------

    def _load(self, store: Store, head: Head) -> None:
        for address, account in store.accounts():
            self._svm.set_account(address, _to_solders(account))
        self._head = head
        blocks = store.blocks_before(head.slot, BLOCKHASH_SLOTS + 1)
        self._parent = blocks[-1].slot if blocks else head.slot - 1
        self._recent.update((block.blockhash, block.next) for block in blocks)
        self._recent.setdefault(head.blockhash, head.slot)
        self._seal = hashlib.sha256(head.blockhash)
        for signature, slot in store.signatures_since(head.slot - BLOCKHASH_SLOTS):
            self._seen[signature] = slot
            if slot == head.slot:
                self._seal.update(signature)
                self._position += 1

    def _process(self, transaction: VersionedTransaction) -> Outcome:
        slot, signature = self._head.slot, bytes(transaction.signatures[0])
        refused = self._refusal(transaction)
        if refused is not None:
            return Outcome(None, self._explainer.explain(refused, signature=str(transaction.signatures[0])), slot)
        message = transaction.message
        loaded = loaded_addresses(message, self.get_account)
        addresses = [*message.account_keys, *loaded.writable, *loaded.readonly] if self._store else []
        balance = self._svm.get_balance(message.account_keys[0])
        nonce, nonces = self._nonce_of(message), nonces_written(message, self.get_account)
        before = read_balances(addresses, self.get_account)
        result = self._svm.send_transaction(transaction)
        free_registers()
        failed = isinstance(result, FailedTransactionMetadata)
        meta = result.meta() if failed else result
        failure = self._explain(result, str(transaction.signatures[0])) if failed else None
        if failed and self._svm.get_balance(message.account_keys[0]) == balance:
            return Outcome(None, failure, slot)
        advanced = self._advance(message, nonce, nonces, failed=failed)
        effects = self._effects(addresses, before, meta, _wire_error(result) if failed else None, loaded)
        processed = Processed(
            signature,
            meta.compute_units_consumed(),
            meta.fee(),
            failure.code if failure else None,
            bytes(transaction),
            tuple(meta.logs()),
            effects,
        )
        self._seen[signature] = slot
        writable = writable_addresses(message, self.get_account)
        changed = tuple([*writable[:1], *advanced] if failed else writable)
        return Outcome(processed, failure, slot, bytes(meta.return_data().data), changed)

    def _nonce_of(self, message: Any) -> Nonce | None:
        """The durable nonce by which a message is valid where its blockhash is none of this chain's recent ones."""
        if self.slot_of(bytes(message.recent_blockhash)) is not None:
            return None
        return used_nonce(message, self._head.blockhash, self.get_account)

    def _advance(
        self, message: Any, used: Nonce | None, before: Mapping[Pubkey, Nonce], *, failed: bool
    ) -> list[Pubkey]:
        """Give nonce accounts the value of this block: the one used, also where the transaction failed, and all that
        the virtual machine changed, for it takes the message's blockhash for the block's; their addresses."""
        after = nonces_written(message, self.get_account)
        if failed:
            found = [] if used is None else [after[used.address]]
        else:
            found = [
                one for one in after.values() if one.address not in before or before[one.address].value != one.value
            ]
        for one in found:
            advanced = with_value(one.account, value_after(self._head.blockhash))
            self._svm.set_account(one.address, _to_solders(advanced))
        return [one.address for one in found]

    def _effects(
        self, addresses: Sequence[Pubkey], before: Reading, meta: Any, error: Any, loaded: Any
    ) -> Effects | None:
        if self._store is None:
            return None
        after, returned = read_balances(addresses, self.get_account), meta.return_data()
        return Effects(
            error,
            before.lamports,
            after.lamports,
            before.tokens,
            after.tokens,
            inner_instructions(meta),
            [bytes(address) for address in loaded.writable],
            [bytes(address) for address in loaded.readonly],
            bytes(returned.program_id),
            bytes(returned.data),
        )

    def _refusal(
        self, transaction: VersionedTransaction, *, check_signatures: bool = True, check_blockhash: bool = True
    ) -> Any:
        """Why the runtime does not even begin, or None."""
        reason = TransactionErrorFieldless
        try:
            transaction.sanitize()
        except SanitizeError:
            return reason.SanitizeFailure
        if check_signatures and not all(transaction.verify_with_results()):
            return reason.SignatureFailure
        if bytes(transaction.signatures[0]) in self._seen:
            return reason.AlreadyProcessed
        if check_blockhash and not self.accepts(transaction.message):
            return reason.BlockhashNotFound
        return None

    def _explain(self, failed: Any, signature: str) -> TransactionError:
        meta = failed.meta()
        return self._explainer.explain(
            failed.err(), meta.logs(), signature=signature, units=meta.compute_units_consumed()
        )

    def _next_head(self, unix_ms: int | None = None) -> Head:
        """The next slot; its blockhash is the open block's, which is known when that ends."""
        head = self._head
        return Head(head.slot + 1, head.unix_ms + SLOT_MS if unix_ms is None else max(unix_ms, head.unix_ms), b"")

    def _end(self, target: Head) -> BlockRow:
        """End the open block without a write, if that may wait."""
        if self._store is not None and (self._position or len(self._unwritten) + 1 >= UNWRITTEN_BLOCKS):
            return self._write([], [], target)
        return self._enter(*self._ending(target, ()))

    def _move(self, target: Head) -> None:
        """End the open block and go to any later slot, written; nothing ends where no slot passes."""
        if target.slot > self._head.slot:
            self._write([], [], target)

    def _ending(self, target: Head, processed: Sequence[Processed]) -> tuple[BlockRow, Head]:
        """The row of the open block if it ended with these transactions, and the head that follows."""
        seal = self._seal.copy()
        for one in processed:
            seal.update(one.signature)
        seal.update(target.slot.to_bytes(8, "little"))
        head, count = self._head, self._position + len(processed)
        row = BlockRow(head.slot, self._parent, target.slot, head.unix_ms, seal.digest(), count)
        return row, Head(target.slot, target.unix_ms, row.blockhash)

    def _write(
        self,
        processed: Sequence[Processed],
        changed: Sequence[Pubkey],
        target: Head | None,
        notes: dict[str, str] | None = None,
    ) -> Any:
        """Write what happened, and the open block's end where there is a `target`; then have it happened.

        A chain that could not write refuses to go on, for its memory is ahead of the file.
        """
        ending = None if target is None else self._ending(target, processed)
        if self._store is not None:
            blocks = [*self._unwritten, *([ending[0]] if ending else [])]
            accounts = [(address, self.get_account(address)) for address in changed]
            head = ending[1] if ending else self._head
            try:
                self._store.commit(Change(head, self._head, self._position, processed, accounts, blocks), notes)
            except Exception as error:
                self._broken = str(error)
                raise StoreError(f"the block could not be written: {error}", code="store_write_failed") from error
            self._unwritten = []
        self._position += len(processed)
        for one in processed:
            self._seal.update(one.signature)
        return self._enter(*ending, written=True) if ending else None

    def _enter(self, row: BlockRow, head: Head, *, written: bool = False) -> BlockRow:
        """Go on to the next block."""
        if self._store is not None and not written:
            self._unwritten.append(row)
        self._parent, self._head, self._position = row.slot, head, 0
        self._seal = hashlib.sha256(head.blockhash)
        self._recent[head.blockhash] = head.slot
        _forget(self._recent, head.slot - BLOCKHASH_SLOTS)
        _forget(self._seen, head.slot - BLOCKHASH_SLOTS)
        self._set_clock()
        return row

    def _set_clock(self) -> None:
        slot, seconds = self._head.slot, self._head.unix_ms // 1_000
        epoch = slot // SLOTS_PER_EPOCH
        self._svm.set_clock(Clock(slot, seconds, epoch, epoch + 1, seconds))
        # Lookup tables are created at a slot that this account knows.
        self._svm.set_slot_hashes([(at - 1, Hash(blockhash)) for blockhash, at in reversed(self._recent.items())])

    def _refuse_if_broken(self) -> None:
        if self._broken:
            raise StoreError(f"an earlier block could not be written: {self._broken}", code="store_write_failed")


@cache
def _genesis() -> LiteSVM:
    """A virtual machine to which nothing has happened."""
    return LiteSVM().with_mainnet_features()


@cache
def _owns_at_genesis(program: Pubkey) -> bool:
    """Whether a program owns accounts that were never written, and are therefore not in the file."""
    return bool(_genesis().get_program_accounts(program))


def loads(elf: bytes) -> bool:
    """Whether the virtual machine takes this for a program, with mainnet's features."""
    address = Pubkey.new_unique()
    try:
        LiteSVM().with_mainnet_features().add_program_with_loader(address, elf, UPGRADEABLE_LOADER)
    except Exception:  # noqa: BLE001 (solders has no narrower class for what the loader says)
        return False
    return True


def _wire_error(failed: Any) -> Any:
    """The runtime's error as servers write it."""
    return json.loads(failed.to_json())["err"]


def _forget(by_age: OrderedDict[Any, int], slot: int) -> None:
    while by_age and next(iter(by_age.values())) < slot:
        by_age.popitem(last=False)


def _to_solders(account: RawAccount) -> Any:
    from solders.account import Account

    return Account(account.lamports, account.data, account.owner, account.executable)


__all__ = [
    "BLOCKHASH_SLOTS", "GENESIS_SLOT", "GENESIS_TIME", "LAMPORTS_PER_AIRDROP", "SLOTS_PER_EPOCH", "SLOT_MS",
    "EmbeddedChain", "Outcome", "Trial", "loads",
]  # fmt: skip
