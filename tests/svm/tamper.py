"""Every way in which an instruction's accounts and data can be wrong, generated from its declaration.

A tampering changes one thing about an instruction that would succeed, and knows the code with which the program must
refuse it. `docs/reference/language.md` lists the codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from solders.account import Account as ChainAccount
from solders.instruction import AccountMeta
from solders.pubkey import Pubkey as Address
from solders.token.state import TokenAccount, TokenAccountState

from hognose.lang import Pubkey
from hognose.lang.declare import AccountSlot, Argument
from hognose.lang.types import PUBKEY
from tests.svm.stage import Stage
from tests.svm.world import CLASSES, PROGRAM_ID, SYSTEM_ID, TOKEN_ID, Ticket, account_of

INSTRUCTION_UNKNOWN, ARGUMENTS_MISFIT = 101, 102
NOT_WRITABLE, WRONG_BINDING, OCCUPIED, WRONG_SEEDS, WRONG_ADDRESS = 2000, 2001, 2003, 2006, 2012
WRONG_MINT, WRONG_TOKEN_OWNER, DUPLICATE = 2014, 2015, 2040
NO_DISCRIMINATOR, WRONG_DISCRIMINATOR, WRONG_LENGTH, TOO_FEW_ACCOUNTS = 3001, 3002, 3003, 3005
WRONG_OWNER, WRONG_PROGRAM, NOT_SIGNED, NOT_INITIALIZED = 3007, 3008, 3010, 3012


@dataclass
class Tampering:
    """A tampered instruction; `placed` are accounts that must lie somewhere for it."""

    label: str
    ticket: Ticket
    expected: int
    slot: str | None = None
    placed: dict[Address, ChainAccount] = field(default_factory=dict[Address, ChainAccount])

    def try_on(self, stage: Stage) -> str | None:
        """Simulate; what is wrong with the answer, or None."""
        before = {address: stage.svm.get_account(address) for address in self.placed}
        for address, account in self.placed.items():
            stage.svm.set_account(address, account)
        code, logs = stage.simulate(self.ticket)
        for address, account in before.items():
            stage.svm.set_account(address, account or ChainAccount(0, b"", SYSTEM_ID))
        if code != self.expected:
            return f"{self.label}: {code} instead of {self.expected}"
        if self.slot is not None and f"Program log: account: {self.slot}" not in logs:
            return f"{self.label}: the log does not name the account"
        return None


class Tamperer:
    """Makes the tamperings of one instruction on one stage."""

    def __init__(self, stage: Stage, ticket: Ticket):
        self.stage = stage
        self.ticket = ticket
        self.slots = ticket.slots
        self.fresh = stage.fresh_address(f"tampered:{ticket.declaration.name}")

    def all(self) -> Iterator[Tampering]:
        """Every tampering."""
        yield from self.data()
        yield from self.counts()
        yield from self.duplicates()
        for index, slot in enumerate(self.slots):
            yield from self.flags(index, slot)
            yield from getattr(self, slot.role.kind)(index, slot)

    # -- the whole instruction ----------------------------------------------------------------------------------------

    def data(self) -> Iterator[Tampering]:
        """Instruction data that is no instruction, or does not fit its arguments."""
        data = self.ticket.data
        yield self._data("no data", b"", INSTRUCTION_UNKNOWN)
        yield self._data("half a discriminator", data[:7], INSTRUCTION_UNKNOWN)
        yield self._data("unknown discriminator", bytes([data[0] ^ 1]) + data[1:], INSTRUCTION_UNKNOWN)
        yield self._data("a byte too many", data + b"\0", ARGUMENTS_MISFIT)
        if len(data) > 8:
            yield self._data("a byte too few", data[:-1], ARGUMENTS_MISFIT)
            yield self._data("no arguments", data[:8], ARGUMENTS_MISFIT)

    def counts(self) -> Iterator[Tampering]:
        """Too few accounts."""
        for count in range(len(self.ticket.declaration.accounts)):
            metas = self.ticket.metas[:count]
            yield Tampering(f"{count} accounts", replace(self.ticket, metas=metas), TOO_FEW_ACCOUNTS)

    def duplicates(self) -> Iterator[Tampering]:
        """One account in two places, one of them writable."""
        for j, later in enumerate(self.slots):
            for i, earlier in enumerate(self.slots[:j]):
                if later.role.duplicate or earlier.role.duplicate:
                    continue
                if later.role.writable or earlier.role.writable:
                    meta = self._meta(j, self.ticket.metas[i].pubkey)
                    yield self._with(j, f"{later.name} is {earlier.name}", meta, DUPLICATE, named=False)

    def flags(self, index: int, slot: AccountSlot) -> Iterator[Tampering]:
        """A signature or a write permission that is missing."""
        meta = self.ticket.metas[index]
        if slot.role.signer:
            unsigned = AccountMeta(meta.pubkey, False, meta.is_writable)
            yield self._with(index, "unsigned", unsigned, NOT_SIGNED)
        if slot.role.writable:
            yield self._with(index, "read-only", AccountMeta(meta.pubkey, meta.is_signer, False), NOT_WRITABLE)

    # -- roles ----------------------------------------------------------------------------------------------------------

    def signer(self, index: int, slot: AccountSlot) -> Iterator[Tampering]:
        """Another signer: the state accounts bound to the signer do not match. See `state`."""
        return iter(())

    def state(self, index: int, slot: AccountSlot) -> Iterator[Tampering]:
        """Absent, foreign, of another kind, of another length, at another address, bound to another account."""
        data = self._data_of(index)
        yield self._placed(index, "absent", None, PROGRAM_ID, NOT_INITIALIZED)
        for owner, name in ((TOKEN_ID, "the token program's"), (self.stage.payer.pubkey(), "somebody's")):
            yield self._placed(index, name, data, owner, WRONG_OWNER)
        yield self._placed(index, "empty", b"", PROGRAM_ID, NO_DISCRIMINATOR)
        yield self._placed(index, "seven bytes", data[:7], PROGRAM_ID, NO_DISCRIMINATOR)
        yield self._placed(index, "closed", bytes(len(data)), PROGRAM_ID, WRONG_DISCRIMINATOR)
        yield self._placed(index, "cut short", data[: min(len(data), 500) - 1], PROGRAM_ID, WRONG_LENGTH)
        for cls in CLASSES:
            declaration = account_of(cls)
            if declaration is not slot.declaration:
                zoo = declaration.encode(cls())
                yield self._placed(index, f"a {declaration.name}", zoo, PROGRAM_ID, WRONG_DISCRIMINATOR)
                padded = declaration.discriminator + data[8:]
                yield self._placed(index, f"tagged {declaration.name}", padded, PROGRAM_ID, WRONG_DISCRIMINATOR)
        yield self._placed(index, "a look-alike", data, PROGRAM_ID, WRONG_SEEDS)
        for name, source in slot.role.bindings.items():
            yield self._bound_elsewhere(index, slot, name, source)

    def close(self, index: int, slot: AccountSlot) -> Iterator[Tampering]:
        """As `state`."""
        return self.state(index, slot)

    def repeated(self, index: int, slot: AccountSlot) -> Iterator[Tampering]:
        """As `state`; and one account more than there may be."""
        yield from self.state(index, slot)
        if index == len(self.slots) - 1:
            count = len(self.ticket.declaration.accounts) + slot.role.maximum + 1
            metas = [*self.ticket.metas]
            metas += [self._meta(index, self.stage.fresh_address(f"{i}")) for i in range(count - len(metas))]
            yield Tampering("too many", replace(self.ticket, metas=metas), OCCUPIED)

    def create(self, index: int, slot: AccountSlot) -> Iterator[Tampering]:
        """At another address, or where something lies."""
        where = self.ticket.metas[index].pubkey
        yield self._placed(index, "elsewhere", None, PROGRAM_ID, WRONG_SEEDS)
        for owner, data in ((PROGRAM_ID, bytes(100)), (TOKEN_ID, bytes(165)), (SYSTEM_ID, b"x")):
            account = ChainAccount(10**9, data, owner)
            yield self._with(index, f"occupied by {owner}", self.ticket.metas[index], OCCUPIED, {where: account})

    def allocate(self, index: int, slot: AccountSlot) -> Iterator[Tampering]:
        """As `create`."""
        return self.create(index, slot)

    def token(self, index: int, slot: AccountSlot) -> Iterator[Tampering]:
        """Absent, foreign, no token account, of another mint or authority, at another address."""
        data = self._data_of(index)
        held = TokenAccount.from_bytes(data)
        yield self._placed(index, "absent", None, TOKEN_ID, WRONG_OWNER)
        yield self._placed(index, "the program's", data, PROGRAM_ID, WRONG_OWNER)
        yield self._placed(index, "a mint", self._mint_data(), TOKEN_ID, WRONG_LENGTH)
        yield self._placed(index, "no token account", bytes(165), TOKEN_ID, NOT_INITIALIZED)
        yield self._placed(index, "longer, of another kind", data + b"\1", TOKEN_ID, WRONG_LENGTH)
        stranger = self.stage.person("stranger").pubkey()
        if slot.role.mint is not None:
            other = token_data(self.stage.make_mint("other"), held.owner)
            yield self._placed(index, "another mint's", other, TOKEN_ID, WRONG_MINT)
        if slot.role.authority is not None:
            other = token_data(held.mint, stranger)
            yield self._placed(index, "a stranger's", other, TOKEN_ID, WRONG_TOKEN_OWNER)
        if slot.role.address is not None:
            yield self._placed(index, "a look-alike", data, TOKEN_ID, WRONG_ADDRESS)

    def mint(self, index: int, slot: AccountSlot) -> Iterator[Tampering]:
        """Absent, foreign, no mint, at another address."""
        data = self._data_of(index)
        yield self._placed(index, "absent", None, TOKEN_ID, WRONG_OWNER)
        yield self._placed(index, "the program's", data, PROGRAM_ID, WRONG_OWNER)
        holder = token_data(self.stage.usdc_mint, self.fresh)
        yield self._placed(index, "a token account", holder, TOKEN_ID, WRONG_LENGTH)
        yield self._placed(index, "no mint", bytes(82), TOKEN_ID, NOT_INITIALIZED)
        if slot.role.address is not None:
            yield self._placed(index, "a look-alike", data, TOKEN_ID, WRONG_ADDRESS)

    def program(self, index: int, slot: AccountSlot) -> Iterator[Tampering]:
        """Another program."""
        for other in (PROGRAM_ID, TOKEN_ID, SYSTEM_ID):
            if Pubkey(bytes(other)) not in slot.role.addresses:
                yield self._with(index, f"program {other}", AccountMeta(other, False, False), WRONG_PROGRAM)

    def raw(self, index: int, slot: AccountSlot) -> Iterator[Tampering]:
        """Another address."""
        if slot.role.address is not None:
            yield self._placed(index, "another", None, SYSTEM_ID, WRONG_ADDRESS)

    # -- plumbing -------------------------------------------------------------------------------------------------------

    def _bound_elsewhere(self, index: int, slot: AccountSlot, name: str, source: str | Argument) -> Tampering:
        """A genuine account whose field names another account; one seeded by the field lies at its own address."""
        declaration = slot.declaration
        assert declaration is not None
        value = declaration.decode(self._data_of(index))
        bound = declaration.layout.field(name)
        assert bound is not None
        assert bound.type == PUBKEY
        assert isinstance(source, str)
        setattr(value, name, Pubkey(bytes(self.fresh)))
        where = self.ticket.metas[index].pubkey
        if name in declaration.seeds:
            seeds = {seed: getattr(value, seed) for seed in declaration.seeds if isinstance(seed, str)}
            where, value.bump = Address.find_program_address(declaration.seed_bytes(**seeds), PROGRAM_ID)
        account = self._account(declaration.encode(value), PROGRAM_ID)
        meta = self._meta(index, where)
        return self._with(index, f"of another {name}", meta, WRONG_BINDING, {where: account})

    def _placed(self, index: int, label: str, data: bytes | None, owner: Address, expected: int) -> Tampering:
        """The slot's account replaced by one at a fresh address; None: nothing there."""
        placed = {} if data is None else {self.fresh: self._account(data, owner)}
        return self._with(index, label, self._meta(index, self.fresh), expected, placed)

    def _with(
        self,
        index: int,
        label: str,
        meta: AccountMeta,
        expected: int,
        placed: dict[Address, ChainAccount] | None = None,
        named: bool = True,
    ) -> Tampering:
        metas = [*self.ticket.metas]
        metas[index] = meta
        name = self.slots[index].name
        ticket = replace(self.ticket, metas=metas)
        return Tampering(f"{name}: {label}", ticket, expected, name if named else None, placed or {})

    def _data(self, label: str, data: bytes, expected: int) -> Tampering:
        return Tampering(label, replace(self.ticket, data=data), expected)

    def _meta(self, index: int, address: Address) -> AccountMeta:
        old = self.ticket.metas[index]
        signs = old.is_signer and address in self.stage.keys
        return AccountMeta(address, signs, old.is_writable)

    def _account(self, data: bytes, owner: Address) -> ChainAccount:
        return ChainAccount(self.stage.svm.minimum_balance_for_rent_exemption(len(data)), data, owner)

    def _data_of(self, index: int) -> bytes:
        account = self.stage.svm.get_account(self.ticket.metas[index].pubkey)
        assert account is not None
        return bytes(account.data)

    def _mint_data(self) -> bytes:
        account = self.stage.svm.get_account(self.stage.usdc_mint)
        assert account is not None
        return bytes(account.data)


def token_data(mint: Address, owner: Address) -> bytes:
    """A token account's bytes."""
    return bytes(TokenAccount(mint, owner, 10**12, None, TokenAccountState.Initialized, None, 0))


def foreign_signers(stage: Stage, ticket: Ticket, stranger: Address) -> Iterator[Tampering]:
    """Each signer replaced by a stranger who signs; which code is right is not in the declaration alone (0 here)."""
    for index, slot in enumerate(ticket.slots):
        if slot.role.signer:
            metas = [*ticket.metas]
            metas[index] = AccountMeta(stranger, True, metas[index].is_writable)
            yield Tampering(f"{slot.name} is a stranger", replace(ticket, metas=metas), 0, slot.name)
