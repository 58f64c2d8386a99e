"""The checks of an instruction's accounts and arguments in CPython, and what `create` and `allocate` do.

Written apart from what `hognose.back` compiles, so that the two can be compared; only the codes are shared.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Mapping
from typing import Any, cast

from solders.pubkey import Pubkey as Address

from hognose.back import roles
from hognose.back.chain import PDA_MARKER
from hognose.back.entry import INSTRUCTION_DID_NOT_DESERIALIZE
from hognose.lang.declare import (
    DISCRIMINATOR_SIZE,
    AccountDeclaration,
    AccountSlot,
    Argument,
    InstructionDeclaration,
)
from hognose.lang.layout import decode, encode
from hognose.lang.runtime import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM
from hognose.lang.traps import Trap, TrapKind
from hognose.lang.types import ArrayType, BoolType, Field, Type
from hognose.testing.machine_accounts import Accounts
from hognose.testing.vm_callee import CalleeAccount, custom
from hognose.testing.vm_invoke import Invocation, Meta

_CREATE, _ASSIGN, _TRANSFER, _ALLOCATE = 0, 1, 2, 8
_TAIL_LENGTHS = 1 << 32


class Checks:
    """The checks of one instruction's accounts; each refusal logs the account's name and raises VmError."""

    def __init__(
        self,
        accounts: Accounts,
        declaration: InstructionDeclaration,
        arguments: Mapping[str, Any],
        rent_minimum: Callable[[int], int],
        log: Callable[[str], None],
    ):
        self.accounts = accounts
        self.arguments = arguments
        self.rent_minimum = rent_minimum
        self.log = log
        self.slots = {slot.name: slot for slot in declaration.accounts}
        self.named = dict(zip(self.slots, accounts.order, strict=False))

    def check(self, slot: AccountSlot, account: CalleeAccount) -> None:
        """The checks of a slot on one account."""
        role = slot.role
        if role.signer:
            self._demand(slot, account.is_signer, roles.NOT_SIGNER)
        if role.writable:
            self._demand(slot, account.is_writable, roles.CONSTRAINT_MUT)
        match role.kind:
            case "state" | "repeated" | "close":
                self._state(slot, account)
            case "create":
                self._create(slot, account)
            case "allocate":
                owner = self._reference(cast(str, role.owner))
                self._make(slot, account, list(role.seeds), role.space, owner)
            case "token":
                self._token(slot, account)
            case "mint":
                self._extensible(slot, account, roles.MINT_SIZE, 1, roles.MINT_INITIALIZED)
            case "program":
                self._demand(slot, account.key in role.addresses, roles.INVALID_PROGRAM_ID)
                self._demand(slot, account.executable, roles.NOT_EXECUTABLE)
            case _:
                pass
        if role.address is not None:
            self._demand(slot, account.key == self._reference(role.address), roles.CONSTRAINT_ADDRESS)

    def _demand(self, slot: AccountSlot, condition: bool, code: int) -> None:
        if not condition:
            self.log(f"account: {slot.name}")
            raise custom(code)

    def _reference(self, name: str) -> bytes:
        """The address that `account`, or `account.field`, stands for."""
        head, _, tail = name.partition(".")
        if not tail:
            return self.named[head].key
        offset = _field(cast(AccountDeclaration, self.slots[head].declaration), tail).offset
        return bytes(self.named[head].data[offset : offset + 32])

    # -- existing state -----------------------------------------------------------------------------------------------

    def _state(self, slot: AccountSlot, account: CalleeAccount) -> None:
        declaration = cast(AccountDeclaration, slot.declaration)
        absent = account.owner == SYSTEM_PROGRAM and not account.data
        owned = account.owner == self.accounts.program_id
        self._demand(slot, owned, roles.NOT_INITIALIZED if absent else roles.OWNED_BY_WRONG_PROGRAM)
        tagged = bytes(account.data[:DISCRIMINATOR_SIZE]) == declaration.discriminator
        self._demand(slot, len(account.data) >= DISCRIMINATOR_SIZE, roles.DISCRIMINATOR_NOT_FOUND)
        self._demand(slot, tagged, roles.DISCRIMINATOR_MISMATCH)
        spare = len(account.data) - declaration.layout.size
        self._demand(slot, spare == 0 or (spare > 0 and declaration.layout.tail is not None), roles.DID_NOT_DESERIALIZE)
        if declaration.seeds:
            self._demand(slot, self._stored_address(account, declaration) == account.key, roles.CONSTRAINT_SEEDS)
        for name, source in slot.role.bindings.items():
            stored = _stored(account, _field(declaration, name))
            self._demand(slot, stored == self._bound(declaration, name, source), roles.CONSTRAINT_HAS_ONE)

    def _stored_address(self, account: CalleeAccount, declaration: AccountDeclaration) -> bytes:
        seeds = [s if isinstance(s, bytes) else _stored(account, _field(declaration, s)) for s in declaration.seeds]
        bump = _stored(account, _field(declaration, "bump"))
        return hashlib.sha256(b"".join([*seeds, bump, self.accounts.program_id, PDA_MARKER])).digest()

    def _bound(self, declaration: AccountDeclaration, name: str, source: str | Argument) -> bytes:
        """The bytes that a binding demands of a field."""
        if isinstance(source, str):
            return self._reference(source)
        return encode(_field(declaration, name).type, self.arguments[source.name])

    # -- creation -----------------------------------------------------------------------------------------------------

    def _create(self, slot: AccountSlot, account: CalleeAccount) -> None:
        declaration = cast(AccountDeclaration, slot.declaration)
        bound = {s: self._bound(declaration, s, slot.role.bindings[s]) for s in declaration.seeds if isinstance(s, str)}
        seeds = [seed if isinstance(seed, bytes) else bound[seed] for seed in declaration.seeds]
        bump = self._make(slot, account, seeds, lambda: self._space(slot, declaration), self.accounts.program_id)
        account.data[:DISCRIMINATOR_SIZE] = declaration.discriminator
        for name, content in {**bound, "bump": bytes([bump])}.items():
            offset = _field(declaration, name).offset
            account.data[offset : offset + len(content)] = content

    def _space(self, slot: AccountSlot, declaration: AccountDeclaration) -> int:
        if slot.role.tail_length is None:
            return declaration.space()
        value = self.arguments[slot.role.tail_length.name]
        count = len(cast("list[Any]", value)) if isinstance(value, list) else value
        if count >= _TAIL_LENGTHS:
            raise Trap(TrapKind.OVERFLOW)
        return declaration.space(count)

    def _make(
        self,
        slot: AccountSlot,
        account: CalleeAccount,
        seeds: list[bytes],
        space: int | Callable[[], int],
        owner: bytes,
    ) -> int:
        """Create an account at the seeds' canonical address, where nothing lies but perhaps lamports; its bump."""
        self._demand(slot, account.owner == SYSTEM_PROGRAM, roles.CONSTRAINT_RAW)
        self._demand(slot, not account.data, roles.CONSTRAINT_RAW)
        address, bump = Address.find_program_address(seeds, Address(self.accounts.program_id))
        self._demand(slot, bytes(address) == account.key, roles.CONSTRAINT_SEEDS)
        size = space if isinstance(space, int) else space()
        rent = self.rent_minimum(size)
        payer = self.named[cast(str, slot.role.payer)].key
        paid_by, made = Meta(payer, True, True), Meta(account.key, True, True)
        if account.lamports == 0:
            self._system(struct.pack("<IQQ32s", _CREATE, rent, size, owner), [paid_by, made], account)
            return bump
        if account.lamports < rent:
            missing = struct.pack("<IQ", _TRANSFER, rent - account.lamports)
            self._system(missing, [paid_by, Meta(account.key, False, True)], account)
        self._system(struct.pack("<IQ", _ALLOCATE, size), [made], account)
        self._system(struct.pack("<I32s", _ASSIGN, owner), [made], account)
        return bump

    def _system(self, data: bytes, metas: list[Meta], signer: CalleeAccount) -> None:
        self.accounts.invoke(Invocation(SYSTEM_PROGRAM, metas, data), {signer.key})

    # -- other programs' accounts -------------------------------------------------------------------------------------

    def _token(self, slot: AccountSlot, account: CalleeAccount) -> None:
        self._extensible(slot, account, roles.TOKEN_ACCOUNT_SIZE, 2, roles.TOKEN_STATE)
        for name, start, code in (
            (slot.role.mint, 0, roles.CONSTRAINT_TOKEN_MINT),
            (slot.role.authority, 32, roles.CONSTRAINT_TOKEN_OWNER),
        ):
            if name is not None:
                self._demand(slot, bytes(account.data[start : start + 32]) == self._reference(name), code)

    def _extensible(self, slot: AccountSlot, account: CalleeAccount, size: int, tag: int, flag: int) -> None:
        """A token program's, of the base size, or longer with Token-2022's account type; initialised."""
        token_owned = account.owner in (TOKEN_PROGRAM, TOKEN_2022_PROGRAM)
        self._demand(slot, token_owned, roles.OWNED_BY_WRONG_PROGRAM)
        extended = (
            len(account.data) > roles.EXTENDED_TYPE
            and len(account.data) != roles.MULTISIG_SIZE
            and account.data[roles.EXTENDED_TYPE] == tag
        )
        self._demand(slot, len(account.data) == size or extended, roles.DID_NOT_DESERIALIZE)
        self._demand(slot, account.data[flag] != 0, roles.NOT_INITIALIZED)


def _field(declaration: AccountDeclaration, name: str) -> Field:
    return cast(Field, declaration.layout.field(name))


def _stored(account: CalleeAccount, field: Field) -> bytes:
    return bytes(account.data[field.offset : field.offset + field.type.size])


# -- arguments ---------------------------------------------------------------------------------------------------------


def read_arguments(declaration: InstructionDeclaration, data: bytes) -> dict[str, Any]:
    """The typed arguments, which must fit the data exactly. Raises VmError."""
    values: dict[str, Any] = {}
    at = DISCRIMINATOR_SIZE
    for name, kind in declaration.arguments:
        size, start = _extent(kind, data, at)
        content = data[start : start + size]
        if len(content) < size or (isinstance(kind, BoolType) and content[0] > 1):
            raise custom(INSTRUCTION_DID_NOT_DESERIALIZE)
        values[name] = decode(kind, content)
        at = start + size
    if at != len(data):
        raise custom(INSTRUCTION_DID_NOT_DESERIALIZE)
    return values


def _extent(kind: Type, data: bytes, at: int) -> tuple[int, int]:
    """How long an argument is and where it begins: a view is behind its length."""
    if isinstance(kind, ArrayType) and kind.length is None:
        return int.from_bytes(data[at : at + 4], "little") * kind.element.size, at + 4
    return kind.size, at


__all__ = ["Checks", "read_arguments"]
