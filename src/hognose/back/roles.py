"""The checks of each account role, and the work that `create`, `allocate` and `close` do."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from llvmlite import ir

from hognose.back import chain
from hognose.back.builder import FunctionBuilder
from hognose.back.context import I8, I32, Value, word
from hognose.errors import Location
from hognose.lang.declare import DISCRIMINATOR_SIZE, AccountDeclaration, AccountSlot, Argument, InstructionDeclaration
from hognose.lang.runtime import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM
from hognose.lang.traps import TrapKind
from hognose.lang.types import ArrayType, Field, PubkeyType

CONSTRAINT_MUT = 2000
CONSTRAINT_HAS_ONE = 2001
CONSTRAINT_RAW = 2003
CONSTRAINT_SEEDS = 2006
CONSTRAINT_ADDRESS = 2012
CONSTRAINT_TOKEN_MINT = 2014
CONSTRAINT_TOKEN_OWNER = 2015
DISCRIMINATOR_NOT_FOUND = 3001
DISCRIMINATOR_MISMATCH = 3002
DID_NOT_DESERIALIZE = 3003
OWNED_BY_WRONG_PROGRAM = 3007
INVALID_PROGRAM_ID = 3008
NOT_EXECUTABLE = 3009
NOT_SIGNER = 3010
NOT_INITIALIZED = 3012

TOKEN_ACCOUNT_SIZE = 165
MINT_SIZE = 82
MULTISIG_SIZE = 355
TOKEN_STATE = 108
MINT_INITIALIZED = 45
EXTENDED_TYPE = 165


class RoleChecks:
    """Emits the checks of one instruction's accounts."""

    def __init__(
        self,
        builder: FunctionBuilder,
        declaration: InstructionDeclaration,
        pointers: list[Value],
        arguments: dict[str, list[Value]],
        program_id: Value,
        at: Location,
    ):
        self.b = builder
        self.slots = declaration.accounts
        self.argument_types = dict(declaration.arguments)
        self.pointers = pointers
        self.arguments = arguments
        self.program_id = program_id
        self.at = at
        self.by_name = {slot.name: index for index, slot in enumerate(declaration.accounts)}

    def check(self, index: int) -> None:
        """All checks of one account, writable and signer first."""
        self.check_one(self.slots[index], self.pointers[index])

    def check_one(self, slot: AccountSlot, account: Value) -> None:
        """The checks of a slot on one account."""
        if slot.role.signer:
            self._flag(slot, account, chain.IS_SIGNER, NOT_SIGNER)
        if slot.role.writable:
            self._flag(slot, account, chain.IS_WRITABLE, CONSTRAINT_MUT)
        checks: dict[str, Callable[[AccountSlot, Value], None]] = {
            "state": self._state, "repeated": self._state, "close": self._state, "create": self._create, "allocate": self._allocate,
            "token": self._token, "mint": self._mint, "program": self._program,
        }  # fmt: skip
        if slot.role.kind in checks:
            checks[slot.role.kind](slot, account)
        if slot.role.address is not None:
            self._equal(slot, self._key(account), slot.role.address, CONSTRAINT_ADDRESS)

    # -- plumbing ---------------------------------------------------------------------------------------------------

    def _refuse_unless(self, slot: AccountSlot, condition: Value, code: int | Callable[[], None]) -> None:
        """Log the account's name and abort; only the failing path pays for it."""
        b = self.b
        ok, bad = b.block("ok"), b.block(f"refuse.{slot.name}")
        b.branch(condition, ok, bad, likely=True)
        b.ir.position_at_end(bad)
        chain.log(b, f"account: {slot.name}")
        if callable(code):
            code()
        else:
            b.ir.ret(word(code))
        b.ir.position_at_end(ok)

    def _flag(self, slot: AccountSlot, account: Value, offset: int, code: int) -> None:
        flag = self.b.ir.load(self.b.offset(account, offset), typ=I8, align=1)
        self._refuse_unless(slot, self.b.ir.icmp_unsigned("!=", flag, ir.Constant(I8, 0)), code)

    def _key(self, account: Value) -> Value:
        return self.b.offset(account, chain.KEY)

    def _reference(self, name: str) -> Value:
        """The address that `account`, or `account.field`, stands for."""
        head, _, tail = name.partition(".")
        account = self.pointers[self.by_name[head]]
        if not tail:
            return self._key(account)
        declaration = cast(AccountDeclaration, self.slots[self.by_name[head]].declaration)
        return self.b.offset(account, cast(Field, declaration.layout.field(tail)).offset)

    def _equal(self, slot: AccountSlot, key: Value, name: str, code: int) -> None:
        self._refuse_unless(slot, self.b.keys_equal(key, self._reference(name)), code)

    def _length(self, account: Value) -> Value:
        return self.b.load(self.b.offset(account, chain.DATA_LENGTH))

    # -- existing state ---------------------------------------------------------------------------------------------

    def _state(self, slot: AccountSlot, account: Value) -> None:
        declaration = cast(AccountDeclaration, slot.declaration)
        owner = self.b.offset(account, chain.OWNER)
        self._refuse_unless(slot, self.b.keys_equal(owner, self.program_id), lambda: self._wrong_owner(account))
        self._shape(slot, account, declaration)
        if declaration.seeds:
            derived = chain.stored_address(self.b, account, declaration, self.program_id)
            self._refuse_unless(slot, self.b.keys_equal(derived, self._key(account)), CONSTRAINT_SEEDS)
        for name, source in slot.role.bindings.items():
            self._binding(slot, account, cast(Field, declaration.layout.field(name)), source)

    def _wrong_owner(self, account: Value) -> None:
        """An account that does not exist yet is told apart from somebody else's."""
        b = self.b
        empty = b.ir.icmp_unsigned("==", self._length(account), word(0))
        system = b.keys_equal(b.offset(account, chain.OWNER), self._constant_key(SYSTEM_PROGRAM))
        code = b.ir.select(b.ir.and_(empty, system), word(NOT_INITIALIZED), word(OWNED_BY_WRONG_PROGRAM))
        b.ir.ret(code)

    def _shape(self, slot: AccountSlot, account: Value, declaration: AccountDeclaration) -> None:
        b = self.b
        length = self._length(account)
        operator = "==" if declaration.layout.tail is None else ">="
        right_size = b.ir.icmp_unsigned(operator, length, word(declaration.layout.size))
        tag = word(int.from_bytes(declaration.discriminator, "little"))

        def explain() -> None:
            short = b.ir.icmp_unsigned("<", length, word(DISCRIMINATOR_SIZE))
            missing, present = b.block("missing"), b.block("present")
            b.branch(short, missing, present)
            b.ir.position_at_end(missing)
            b.ir.ret(word(DISCRIMINATOR_NOT_FOUND))
            b.ir.position_at_end(present)
            same = b.ir.icmp_unsigned("==", b.load(account), tag)
            b.ir.ret(b.ir.select(same, word(DID_NOT_DESERIALIZE), word(DISCRIMINATOR_MISMATCH)))

        self._refuse_unless(slot, right_size, explain)
        self._refuse_unless(slot, b.ir.icmp_unsigned("==", b.load(account), tag), DISCRIMINATOR_MISMATCH)

    def _binding(self, slot: AccountSlot, account: Value, found: Field, source: str | Argument) -> None:
        b = self.b
        place = b.offset(account, found.offset)
        if isinstance(source, str):
            self._equal(slot, place, source, CONSTRAINT_HAS_ONE)
            return
        value = self.arguments[source.name][0]
        if isinstance(found.type, PubkeyType):
            same = b.keys_equal(place, value)
        else:
            same = b.ir.icmp_unsigned("==", b.load_scalar(place, found.type), value)
        self._refuse_unless(slot, same, CONSTRAINT_HAS_ONE)

    # -- creation ---------------------------------------------------------------------------------------------------

    def _create(self, slot: AccountSlot, account: Value) -> None:
        b = self.b
        declaration = cast(AccountDeclaration, slot.declaration)
        seeds = [self._bound_seed(slot, declaration, seed) for seed in declaration.seeds]
        bump = self._canonical(slot, account, seeds)
        space = self._space(slot, declaration)
        payer = self.pointers[self.by_name[cast(str, slot.role.payer)]]
        self._make(account, payer, space, [*seeds, (bump, 1)], self.program_id)
        b.store(word(int.from_bytes(declaration.discriminator, "little")), account)
        for seed, (source, size) in zip(declaration.seeds, seeds, strict=True):
            if isinstance(seed, str):
                b.copy(b.offset(account, cast(Field, declaration.layout.field(seed)).offset), source, size)
        b.copy(b.offset(account, cast(Field, declaration.layout.field("bump")).offset), bump, 1)

    def _allocate(self, slot: AccountSlot, account: Value) -> None:
        seeds = [(self.b.context.data(seed, "seed"), len(seed)) for seed in slot.role.seeds]
        bump = self._canonical(slot, account, list(seeds))
        payer = self.pointers[self.by_name[cast(str, slot.role.payer)]]
        owner = self._reference(cast(str, slot.role.owner))
        self._make(account, payer, word(slot.role.space), [*seeds, (bump, 1)], owner)

    def _bound_seed(self, slot: AccountSlot, declaration: AccountDeclaration, seed: bytes | str) -> tuple[Value, int]:
        b = self.b
        if isinstance(seed, bytes):
            return b.context.data(seed, "seed"), len(seed)
        source = slot.role.bindings[seed]
        if isinstance(source, str):
            return self._reference(source), 32
        kind = cast(Field, declaration.layout.field(seed)).type
        value = self.arguments[source.name][0]
        if isinstance(kind, PubkeyType):
            return value, 32
        place = b.stack(kind.size, seed)
        b.store_scalar(value, place, kind)
        return place, kind.size

    def _canonical(self, slot: AccountSlot, account: Value, seeds: list[tuple[Value, int]]) -> Value:
        """Demand an unused account at the seeds' canonical address; its bump, in memory."""
        b = self.b
        unowned = b.keys_equal(b.offset(account, chain.OWNER), self._constant_key(SYSTEM_PROGRAM))
        self._refuse_unless(slot, unowned, CONSTRAINT_RAW)
        self._refuse_unless(slot, b.ir.icmp_unsigned("==", self._length(account), word(0)), CONSTRAINT_RAW)
        address, bump = b.stack(32, "address"), b.stack(1, "bump")
        found = b.syscall(
            "sol_try_find_program_address", b.slices([*seeds]), word(len(seeds)), self.program_id, address, bump
        )
        self._refuse_unless(slot, b.ir.icmp_unsigned("==", found, word(0)), CONSTRAINT_SEEDS)
        self._refuse_unless(slot, b.keys_equal(address, self._key(account)), CONSTRAINT_SEEDS)
        return bump

    def _space(self, slot: AccountSlot, declaration: AccountDeclaration) -> Value:
        b = self.b
        size = word(declaration.layout.size)
        if slot.role.tail_length is None or declaration.layout.tail is None:
            return size
        tail = cast(ArrayType, declaration.layout.tail.type)
        values = self.arguments[slot.role.tail_length.name]
        count = values[1] if isinstance(self.argument_types[slot.role.tail_length.name], ArrayType) else values[0]
        minimum = word(cast(int, tail.tail_minimum))
        more = b.ir.icmp_unsigned(">", count, minimum)
        b.trap_unless(b.ir.icmp_unsigned("<", count, word(1 << 32)), TrapKind.OVERFLOW, self.at)
        extra = b.ir.select(more, b.ir.sub(count, minimum), word(0))
        return b.ir.add(size, b.ir.mul(extra, word(tail.element.size)))

    def _make(self, account: Value, payer: Value, space: Value, seeds: list[tuple[Value, int]], owner: Value) -> None:
        """Create the account; one that somebody sent lamports to beforehand is topped up, allocated and assigned."""
        b = self.b
        rent = chain.rent_minimum(b, space, self.at)
        signer = (b.slices([(b.slices([*seeds]), len(seeds))]), 1)
        lamports = b.load(b.offset(account, chain.LAMPORTS))
        plain, funded, join = b.block("plain"), b.block("funded"), b.block("made")
        b.branch(b.ir.icmp_unsigned("==", lamports, word(0)), plain, funded, likely=True)
        b.ir.position_at_end(plain)
        data = self._system_data([(0, I32), (rent, None), (space, None)], owner)
        self._system(data, [(payer, True, True), (account, True, True)], signer)
        b.ir.branch(join)
        b.ir.position_at_end(funded)
        with b.unlikely(b.ir.icmp_unsigned("<", lamports, rent)):
            transfer = self._system_data([(2, I32), (b.ir.sub(rent, lamports), None)], None)
            self._system(transfer, [(payer, True, True), (account, True, False)], (b.stack(8), 0))
        self._system(self._system_data([(8, I32), (space, None)], None), [(account, True, True)], signer)
        self._system(self._system_data([(1, I32)], owner), [(account, True, True)], signer)
        b.ir.branch(join)
        b.ir.position_at_end(join)

    def _system_data(self, words: list[tuple[int | Value, ir.Type | None]], key: Value | None) -> tuple[Value, int]:
        b = self.b
        size = sum(4 if kind is I32 else 8 for _, kind in words) + (32 if key is not None else 0)
        place = b.stack(size, "system")
        at = 0
        for value, kind in words:
            b.store(ir.Constant(I32, value) if kind is I32 else value, b.offset(place, at))
            at += 4 if kind is I32 else 8
        if key is not None:
            b.copy(b.offset(place, at), key, 32)
        return place, size

    def _system(
        self, data: tuple[Value, int], accounts: list[tuple[Value, bool, bool]], signer: tuple[Value, int]
    ) -> None:
        chain.call_program(self.b, self._constant_key(SYSTEM_PROGRAM), data, accounts, signer)

    def _constant_key(self, key: bytes) -> Value:
        return self.b.context.data(bytes(key), "key", 8)

    # -- other programs' accounts -----------------------------------------------------------------------------------

    def _token_owned(self, slot: AccountSlot, account: Value) -> None:
        b = self.b
        owner = b.offset(account, chain.OWNER)
        ok = b.block("token")
        other = b.block("token2022")
        b.branch(b.keys_equal(owner, self._constant_key(TOKEN_PROGRAM)), ok, other, likely=True)
        b.ir.position_at_end(other)
        self._refuse_unless(slot, b.keys_equal(owner, self._constant_key(TOKEN_2022_PROGRAM)), OWNED_BY_WRONG_PROGRAM)
        b.ir.branch(ok)
        b.ir.position_at_end(ok)

    def _extension(self, slot: AccountSlot, account: Value, size: int, tag: int, flag: int) -> None:
        """The base size, or longer with Token-2022's account type; and the initialised flag."""
        b = self.b
        length = self._length(account)
        exact, longer, join = b.block("exact"), b.block("longer"), b.block("shape")
        b.branch(b.ir.icmp_unsigned("==", length, word(size)), exact, longer, likely=True)
        b.ir.position_at_end(longer)
        self._refuse_unless(slot, b.ir.icmp_unsigned(">", length, word(EXTENDED_TYPE)), DID_NOT_DESERIALIZE)
        # A multisig's signers are anybody's bytes, so that it could be made to look like what is wanted here.
        self._refuse_unless(slot, b.ir.icmp_unsigned("!=", length, word(MULTISIG_SIZE)), DID_NOT_DESERIALIZE)
        kind = b.ir.load(b.offset(account, EXTENDED_TYPE), typ=I8, align=1)
        self._refuse_unless(slot, b.ir.icmp_unsigned("==", kind, ir.Constant(I8, tag)), DID_NOT_DESERIALIZE)
        b.ir.branch(join)
        b.ir.position_at_end(exact)
        b.ir.branch(join)
        b.ir.position_at_end(join)
        state = b.ir.load(b.offset(account, flag), typ=I8, align=1)
        self._refuse_unless(slot, b.ir.icmp_unsigned("!=", state, ir.Constant(I8, 0)), NOT_INITIALIZED)

    def _token(self, slot: AccountSlot, account: Value) -> None:
        self._token_owned(slot, account)
        self._extension(slot, account, TOKEN_ACCOUNT_SIZE, 2, TOKEN_STATE)
        if slot.role.mint is not None:
            self._equal(slot, account, slot.role.mint, CONSTRAINT_TOKEN_MINT)
        if slot.role.authority is not None:
            self._equal(slot, self.b.offset(account, 32), slot.role.authority, CONSTRAINT_TOKEN_OWNER)

    def _mint(self, slot: AccountSlot, account: Value) -> None:
        self._token_owned(slot, account)
        self._extension(slot, account, MINT_SIZE, 1, MINT_INITIALIZED)

    def _program(self, slot: AccountSlot, account: Value) -> None:
        b = self.b
        key = self._key(account)
        found, join = b.block("program"), b.block("known")
        for address in slot.role.addresses[:-1]:
            following = b.block("other")
            b.branch(b.keys_equal(key, self._constant_key(address)), found, following)
            b.ir.position_at_end(following)
        self._refuse_unless(slot, b.keys_equal(key, self._constant_key(slot.role.addresses[-1])), INVALID_PROGRAM_ID)
        b.ir.branch(found)
        b.ir.position_at_end(found)
        b.ir.branch(join)
        b.ir.position_at_end(join)
        self._flag(slot, account, chain.EXECUTABLE, NOT_EXECUTABLE)

    # -- closing ----------------------------------------------------------------------------------------------------

    def close_accounts(self) -> None:
        """After the logic: lamports to the receiver, no data, owned by the system program again."""
        b = self.b
        for index, slot in enumerate(self.slots):
            if slot.role.kind != "close":
                continue
            account = self.pointers[index]
            receiver = self.pointers[self.by_name[cast(str, slot.role.receiver)]]
            source, target = b.offset(account, chain.LAMPORTS), b.offset(receiver, chain.LAMPORTS)
            b.store(b.ir.add(b.load(target), b.load(source)), target)
            b.store(word(0), source)
            b.syscall("sol_memset_", account, word(0), self._length(account))
            b.store(word(0), b.offset(account, chain.DATA_LENGTH))
            b.zero(b.offset(account, chain.OWNER), 32)
