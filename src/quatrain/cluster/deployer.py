"""Deploys and upgrades a program, the same way on every cluster.

The code is written into a buffer first, in hundreds of transactions that do not depend on each other. What the chain holds
is read again before each round and only what differs is written, so that whatever interrupts an upload, running it again
ends it. The one transaction that matters comes last and is small.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from attrs import frozen
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, create_account

from quatrain.client import loader
from quatrain.client.accounts import AccountReader, Filter
from quatrain.client.amounts import SOL
from quatrain.client.errors import ChainError, ExpiredError, NotFoundError, TransactionError, UsageError
from quatrain.client.transactions import PACKET_SIZE, Budget, build_transaction
from quatrain.cluster import base58
from quatrain.cluster.archive import Archive
from quatrain.cluster.batches import send_side_by_side
from quatrain.cluster.chain import Chain, Receipt

WINDOW: Final = 64
"""Writes that are in flight at once, and share a blockhash."""
LAMPORTS_PER_SIGNATURE: Final = 5_000
_TYPICAL_PIECE: Final = 900
_OTHER_TRANSACTIONS: Final = 8
"""Signatures of an upload beside its writes, at most."""
_SLOT_PATIENCE_SECONDS: Final = 30.0
_SLOT_POLL_SECONDS: Final = 0.1

Progress = Callable[[int, int], None]
"""Told how many pieces of how many are on the chain."""


@frozen
class Deployed:
    """A program as it lies on a chain."""

    program: Pubkey
    address: Pubkey
    """Of its program data."""
    state: loader.ProgramData
    lamports: int

    @property
    def digest(self) -> str:
        """SHA-256 of the code, without the zeros at its end."""
        return loader.program_digest(self.state.data)

    @property
    def capacity(self) -> int:
        """The most bytes that an executable may have without an extension."""
        return len(self.state.data)


@frozen
class BufferOnChain:
    """A buffer that the signer may close."""

    address: Pubkey
    size: int
    lamports: int


@frozen
class Report:
    """What a deployment did."""

    build: str
    replaced: str | None
    receipt: Receipt | None
    """Of the transaction that made the new program run; None where it ran already."""
    pieces: int = 0
    written: int = 0
    """Pieces that this run wrote: the others were there already, or hold nothing but zeros."""
    extended: int = 0
    """Bytes by which the program data grew."""


@frozen
class Prepared:
    """An upgrade that waits for a multisig's approval."""

    buffer: Pubkey
    build: str
    message: str
    """The unsigned message of the upgrade in base58, for the multisig's import."""


def find_program(chain: AccountReader, program: Pubkey) -> Deployed | None:
    """The program, or None where none of the upgradeable loader's lies."""
    address = loader.read_program(chain.get_account(program))
    account = None if address is None else chain.get_account(address)
    state = loader.read_program_data(account)
    if address is None or account is None or state is None:
        return None
    return Deployed(program, address, state, account.lamports)


def fetch_program(chain: Chain, program: Pubkey) -> Deployed:
    """The program; NotFoundError where none lies."""
    found = find_program(chain, program)
    if found is None:
        raise NotFoundError(
            f"no upgradeable program is on {chain.name} at {program}",
            code="program_missing",
            advice="Check --url and --program, or put it there: quatrain deploy.",
        )
    return found


@frozen
class Deployer:
    """Acts for `signer`, who pays and is the upgrade authority; `price` in micro-lamports a compute unit."""

    chain: Chain
    signer: Keypair
    archive: Archive
    price: int
    progress: Progress

    @property
    def me(self) -> Pubkey:
        """The signer's address."""
        return self.signer.pubkey()

    # -- deployments ----------------------------------------------------------------------------------------------

    def deploy(self, key: Keypair, elf: bytes, capacity: int | None = None) -> Report:
        """Put a program where none lies, with room for `capacity` bytes, by default for no more than it has."""
        program, room, build = key.pubkey(), max(capacity or 0, len(elf)), loader.program_digest(elf)
        found = find_program(self.chain, program)
        if found is not None and found.digest == build:
            return Report(build, None, None)
        if self.chain.get_account(program) is not None:
            raise UsageError(
                f"there is something at {program} on {self.chain.name} already",
                code="program_exists",
                advice="Replace its code: quatrain upgrade. Or deploy another: quatrain keys new NAME, then --program NAME.",
            )
        _require_fit(room)
        cluster = self.chain.genesis()
        buffer, pieces, written = self._upload(cluster, program, elf, room, self._rent(loader.PROGRAM_SIZE))
        self.archive.keep(elf)
        self.archive.note(cluster, program, build, None)
        receipt = self.send(
            self._create(program, loader.PROGRAM_SIZE),
            loader.deploy(payer=self.me, program=program, buffer=buffer, authority=self.me, capacity=room),
            signers=[key],
        )
        self.archive.forget_buffer(cluster, program)
        return Report(build, None, receipt, pieces, written)

    def upgrade(self, program: Pubkey, elf: bytes) -> Report:
        """Replace a program's code; what it replaces is kept."""
        found = fetch_program(self.chain, program)
        build = loader.program_digest(elf)
        if found.digest == build:
            self.archive.keep(elf)
            return Report(build, None, None)
        self.require_authority(found)
        cluster = self.chain.genesis()
        extended, buffer, pieces, written = self._bring(cluster, found, elf)
        self.archive.keep(elf)
        replaced = self.archive.keep(found.state.data)
        self.archive.note(cluster, program, build, replaced)
        self._await_slot_after(fetch_program(self.chain, program).state.slot)
        receipt = self.send(loader.upgrade(program=program, buffer=buffer, authority=self.me, spill=self.me))
        self.archive.forget_buffer(cluster, program)
        return Report(build, replaced, receipt, pieces, written, extended)

    def rollback(self, program: Pubkey, to: str | None) -> Report:
        """Put back what was there before, or a kept program by its hash."""
        current = fetch_program(self.chain, program).digest
        return self.upgrade(
            program, self.archive.read(to or self.archive.previous(self.chain.genesis(), program, current))
        )

    def prepare(self, program: Pubkey, elf: bytes) -> Prepared:
        """Write a buffer and hand it to the program's authority, a multisig's vault, which then upgrades by itself."""
        found = fetch_program(self.chain, program)
        authority = found.state.authority
        if authority is None:
            raise _immutable(found)
        cluster = self.chain.genesis()
        buffer = self._bring(cluster, found, elf)[1]
        build = self.archive.keep(elf)
        self.archive.note(cluster, program, build, self.archive.keep(found.state.data))
        if authority != self.me:
            self.send(loader.set_authority(account=buffer, authority=self.me, new=authority))
        self.archive.forget_buffer(cluster, program)
        instruction = loader.upgrade(program=program, buffer=buffer, authority=authority, spill=self.me)
        message = Message.new_with_blockhash([instruction], authority, self.chain.latest_blockhash())
        return Prepared(buffer, build, base58.encode(bytes(message)))

    # -- authorities and buffers ----------------------------------------------------------------------------------

    def hand_over(self, program: Pubkey, new: Pubkey | Keypair) -> Receipt | None:
        """Make another key the upgrade authority; one that is at hand signs as well. None where it is that already."""
        found = fetch_program(self.chain, program)
        if found.state.authority == (new.pubkey() if isinstance(new, Keypair) else new):
            return None
        self.require_authority(found)
        if isinstance(new, Keypair):
            checked = loader.set_authority_checked(account=found.address, authority=self.me, new=new.pubkey())
            return self.send(checked, signers=[new])
        return self.send(loader.set_authority(account=found.address, authority=self.me, new=new))

    def buffers(self) -> list[BufferOnChain]:
        """The buffers whose authority the signer is."""
        wanted = [Filter(0, loader.buffer_prefix(self.me))]
        found = self.chain.get_program_accounts(loader.UPGRADEABLE_LOADER, wanted)
        return [
            BufferOnChain(address, len(account.data) - loader.BUFFER_HEADER, account.lamports)
            for address, account in sorted(found, key=lambda one: bytes(one[0]))
        ]

    def reclaim(self, buffer: Pubkey) -> Receipt:
        """Close a buffer; its lamports go to the signer."""
        return self.send(loader.close(buffer=buffer, recipient=self.me, authority=self.me))

    # -- inside ---------------------------------------------------------------------------------------------------

    def _bring(self, cluster: Hash, found: Deployed, elf: bytes) -> tuple[int, Pubkey, int, int]:
        """Extend the program data where it is too small and fill a buffer: bytes added, its address, pieces, written."""
        _require_fit(len(elf))
        extended = _extension(len(elf), found.capacity)
        room = found.capacity + extended
        growth = self._rent(loader.PROGRAM_DATA_HEADER + room) - found.lamports if extended else 0
        buffer, pieces, written = self._upload(cluster, found.program, elf, room, max(growth, 0))
        if extended:
            self._await_slot_after(found.state.slot)
            self.send(loader.extend(program=found.program, payer=self.me, additional=extended))
        return extended, buffer, pieces, written

    def _upload(self, cluster: Hash, program: Pubkey, elf: bytes, room: int, lamports: int) -> tuple[Pubkey, int, int]:
        """A buffer with the code, the one begun before where it fits: its address, pieces in all, pieces written.

        `lamports` are needed for what comes after.
        """
        key = self.archive.buffer_key(cluster, program)
        account = self.chain.get_account(key.pubkey())
        buffer = loader.read_buffer(account)
        if account is not None and (buffer is None or buffer.authority != self.me):
            self.archive.forget_buffer(cluster, program)
            key, buffer = self.archive.buffer_key(cluster, program), None
        elif buffer is not None and not len(elf) <= len(buffer.data) <= room:
            self.reclaim(key.pubkey())
            self.archive.forget_buffer(cluster, program)
            key, buffer = self.archive.buffer_key(cluster, program), None
        address, size = key.pubkey(), len(elf) if buffer is None else len(buffer.data)
        fresh = 0 if buffer is not None else self._rent(loader.BUFFER_HEADER + size)
        writes = -(-size // _TYPICAL_PIECE) + _OTHER_TRANSACTIONS
        self._require_lamports(fresh + lamports + writes * self._fee)
        if buffer is None:
            self.send(
                self._create(address, loader.BUFFER_HEADER + size),
                loader.initialize_buffer(buffer=address, authority=self.me),
                signers=[key],
            )
        return address, *self._fill(address, elf.ljust(size, b"\0"))

    def _fill(self, buffer: Pubkey, target: bytes) -> tuple[int, int]:
        """Write until the buffer holds the target: pieces in all, pieces written."""
        piece = self._piece_size(buffer)
        total = -(-len(target) // piece)
        missing = self._missing(buffer, target, piece)
        first = left = len(missing)
        while missing:
            budget = self._budget(self._write(buffer, target, missing[0], piece))
            for start in range(0, len(missing), WINDOW):
                self.progress(total - len(missing) + start, total)
                self._write_all(buffer, target, missing[start : start + WINDOW], piece, budget)
            missing = self._missing(buffer, target, piece)
            if len(missing) >= left:
                raise ExpiredError(
                    f"none of {left} pieces of the program came through to {buffer}",
                    code="upload_stalled",
                    advice="Run it again, which goes on where it is; with a higher --priority-fee if the cluster is busy.",
                )
            left = len(missing)
        self.progress(total, total)
        return total, first

    def _write_all(self, buffer: Pubkey, target: bytes, offsets: Sequence[int], piece: int, budget: Budget) -> None:
        """One window of writes. One that was lost is written in the next round; one that was refused is an error."""
        blockhash = self.chain.latest_blockhash()
        transactions = [
            build_transaction([self._write(buffer, target, offset, piece)], self.signer, blockhash, budget=budget)
            for offset in offsets
        ]
        for outcome in send_side_by_side(self.chain, transactions):
            if isinstance(outcome, TransactionError):
                raise outcome

    def _missing(self, buffer: Pubkey, target: bytes, piece: int) -> list[int]:
        """The offsets at which the chain does not hold what it should."""
        held = loader.read_buffer(self.chain.get_account(buffer))
        data = b"" if held is None else held.data
        return [at for at in range(0, len(target), piece) if data[at : at + piece] != target[at : at + piece]]

    def _write(self, buffer: Pubkey, target: bytes, offset: int, piece: int) -> Instruction:
        return loader.write(buffer=buffer, authority=self.me, offset=offset, data=target[offset : offset + piece])

    def _piece_size(self, buffer: Pubkey) -> int:
        """The most bytes that fit into a transaction beside everything else."""
        one = self._write(buffer, bytes(_TYPICAL_PIECE), 0, _TYPICAL_PIECE)
        budget = Budget(micro_lamports_per_unit=self.price)
        size = len(bytes(build_transaction([one], self.signer, Hash.default(), budget=budget)))
        return _TYPICAL_PIECE + PACKET_SIZE - size

    def send(self, *instructions: Instruction, signers: Sequence[Keypair] = ()) -> Receipt:
        """Within the limits that a simulation measures, at the price."""
        budget = self._budget(*instructions, signers=signers)
        blockhash = self.chain.latest_blockhash()
        return self.chain.send(build_transaction(instructions, self.signer, blockhash, signers=signers, budget=budget))

    def _budget(self, *instructions: Instruction, signers: Sequence[Keypair] = ()) -> Budget:
        blockhash = self.chain.latest_blockhash()
        done = self.chain.simulate(build_transaction(instructions, self.signer, blockhash, signers=signers))
        return Budget.measured(done.units, done.loaded_bytes, self.price)

    def _create(self, address: Pubkey, size: int) -> Instruction:
        """A fresh account of the loader."""
        return create_account(
            CreateAccountParams(
                from_pubkey=self.me,
                to_pubkey=address,
                lamports=self._rent(size),
                space=size,
                owner=loader.UPGRADEABLE_LOADER,
            )
        )

    def _rent(self, size: int) -> int:
        return self.chain.rent_minimum(size)

    @property
    def _fee(self) -> int:
        """What a small transaction costs at most, in lamports."""
        units = Budget.measured(3_000, 0).compute_units
        return LAMPORTS_PER_SIGNATURE + -(-units * self.price // 10**6)

    def _require_lamports(self, needed: int) -> None:
        account = self.chain.get_account(self.me)
        held = 0 if account is None else account.lamports
        if held < needed:
            raise UsageError(
                f"this takes {SOL.show(needed, places=4)} SOL, most of it rent, and {self.me} holds {SOL.show(held, places=4)}",
                code="sol_short",
                advice="Send SOL to that address first. See quatrain program buffers for rent that can come back.",
            )

    def require_authority(self, found: Deployed) -> None:
        """UsageError before anything is paid for, where the loader would refuse in the end."""
        if found.state.authority is None:
            raise _immutable(found)
        if found.state.authority != self.me:
            raise UsageError(
                f"{found.state.authority} may upgrade {found.program}, and {self.me} signs",
                code="authority_mismatch",
                advice="Sign with that key (-k), or prepare the upgrade for its approval: quatrain upgrade --prepare.",
            )

    def _await_slot_after(self, slot: int) -> None:
        """The loader changes a program once in a slot."""
        deadline = time.monotonic() + _SLOT_PATIENCE_SECONDS
        while self.chain.clock().slot <= slot:
            if time.monotonic() > deadline:
                raise ChainError(
                    f"slot {slot} of {self.chain.name} does not end, and the program was changed in it",
                    code="slot_stands",
                    advice="Run it again when slots pass; what is written stays.",
                )
            time.sleep(_SLOT_POLL_SECONDS)


def _extension(size: int, capacity: int) -> int:
    """The bytes by which program data must grow: none, or no less than the loader wants, up to the largest account."""
    if size <= capacity:
        return 0
    return min(
        max(size - capacity, loader.MINIMUM_EXTENSION), loader.MAXIMUM_ACCOUNT - loader.PROGRAM_DATA_HEADER - capacity
    )


def _require_fit(size: int) -> None:
    if size > loader.MAXIMUM_ACCOUNT - loader.PROGRAM_DATA_HEADER:
        raise UsageError(
            f"the program has {size:,} bytes; an account holds {loader.MAXIMUM_ACCOUNT:,}", code="program_too_large"
        )


def _immutable(found: Deployed) -> UsageError:
    return UsageError(
        f"{found.program} has no upgrade authority: nobody can change it any more",
        code="program_immutable",
        advice="Deploy under another key. A local chain of an older version begins anew with quatrain localnet reset.",
    )


__all__ = [
    "BufferOnChain", "Deployed", "Deployer", "Prepared", "Progress", "Report", "fetch_program", "find_program",
]  # fmt: skip
