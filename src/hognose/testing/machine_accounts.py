"""The accounts of an instruction that runs in CPython: their bytes, and the objects through which its function sees them.

A state, token or mint account is an object decoded from its data, encoded back where the chain would see its bytes: before
a call of another program and at the end. There the runtime's rules hold: who may change data, lamports and owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hognose.lang.layout import decode, encode
from hognose.lang.runtime import Account
from hognose.lang.types import Pubkey, StructType, copy_into, layout_of
from hognose.testing.vm_callee import CalleeAccount
from hognose.testing.vm_host import failure
from hognose.testing.vm_input import SPARE_BYTES, AccountInput
from hognose.testing.vm_invoke import PROGRAMS, Invocation, grant


class Header(Account):
    """The header of an account, as it is at each moment."""

    def __init__(self, account: CalleeAccount):
        object.__setattr__(self, "account", account)

    def __getattribute__(self, name: str) -> Any:
        account: CalleeAccount = object.__getattribute__(self, "account")
        match name:
            case "key" | "owner":
                return Pubkey(getattr(account, name))
            case "lamports":
                return account.lamports
            case "data_length":
                return len(account.data)
            case _:
                return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        account: CalleeAccount = object.__getattribute__(self, "account")
        if name not in ("lamports", "owner"):
            raise AttributeError(f"an account's {name} stays as it is")
        setattr(account, name, value)


@dataclass(slots=True)
class _Object:
    """A decoded account, and the bytes of it that the object and the account agreed on last."""

    value: Any
    layout: StructType
    account: CalleeAccount
    agreed: bytes


class Accounts:
    """The accounts, in the order given; one given twice is the same account in both places."""

    def __init__(self, given: Sequence[AccountInput], program_id: bytes):
        self.program_id = program_id
        self.by_key: dict[bytes, CalleeAccount] = {}
        self.first: list[int] = []
        """Where each account was given first."""
        places: dict[bytes, int] = {}
        for index, account in enumerate(given):
            self.first.append(places.setdefault(account.key, index))
            if account.key not in self.by_key:
                self.by_key[account.key] = _live(account)
        self.order = [self.by_key[account.key] for account in given]
        self._objects: dict[bytes, _Object] = {}
        self._account_of: dict[int, tuple[Any, CalleeAccount]] = {}
        self._settled = self._snapshot()

    def frozen(self) -> tuple[AccountInput, ...]:
        """The accounts as they are now, in the order given."""
        return tuple(_frozen(account) for account in self.order)

    # -- objects ------------------------------------------------------------------------------------------------------

    def see(self, account: CalleeAccount, layout: StructType) -> Any:
        """The object for an account; the same one for the same account."""
        if layout is layout_of(Account):
            value: Any = Header(account)
            self._account_of[id(value)] = value, account
            return value
        if account.key not in self._objects:
            value = decode(layout, bytes(account.data[layout.header :]))
            self._objects[account.key] = _Object(value, layout, account, encode(layout, value))
            self._account_of[id(value)] = value, account
        return self._objects[account.key].value

    def behind(self, value: Any) -> CalleeAccount:
        """The account that an object stands for."""
        return self._account_of[id(value)][1]

    def store(self) -> None:
        """Encode the objects that have changed. Raises Trap where a number does not fit its field."""
        for each in self._objects.values():
            content = encode(each.layout, each.value)
            if content != each.agreed:
                each.account.data[each.layout.header : each.layout.header + len(content)] = content
                each.agreed = content

    def _load(self) -> None:
        """Decode what others have changed, in place: other names of an object's parts stay views of it."""
        for each in self._objects.values():
            value = decode(each.layout, bytes(each.account.data[each.layout.header :]))
            copy_into(each.value, value)
            each.agreed = encode(each.layout, value)

    def close(self, account: CalleeAccount, receiver: CalleeAccount) -> None:
        """What `close` does: lamports to the receiver, no data, owned by the system program again."""
        del self._objects[account.key]
        receiver.lamports += account.lamports
        account.lamports = 0
        account.data = bytearray()
        account.owner = bytes(32)

    # -- the runtime --------------------------------------------------------------------------------------------------

    def _snapshot(self) -> dict[bytes, AccountInput]:
        return {key: _frozen(account) for key, account in self.by_key.items()}

    def settle(self) -> None:
        """Hold what the program has changed since the last time against the runtime's rules. Raises VmError."""
        now = self._snapshot()
        for key, account in now.items():
            _require_allowed(self._settled[key], account, self.program_id)
        if sum(a.lamports for a in now.values()) != sum(a.lamports for a in self._settled.values()):
            raise failure("the sum of the balances changed", "UnbalancedInstruction")
        self._settled = now

    def invoke(self, invocation: Invocation, signers: set[bytes]) -> None:
        """Call an emulated program. Raises VmError where it, or the runtime, refuses."""
        self.store()
        self.settle()
        granted = grant(invocation, self._settled, signers)
        callee = PROGRAMS.get(invocation.program_id)
        if callee is None:
            raise failure(f"program {Pubkey(invocation.program_id)} is not emulated")
        callee.run([granted[meta.key] for meta in invocation.metas], invocation.data)
        for key, after in granted.items():
            account = self.by_key[key]
            if len(after.data) > len(account.data) + SPARE_BYTES:
                raise failure(f"an account grows by at most {SPARE_BYTES} bytes", "InvalidRealloc")
            if after.is_writable:
                account.lamports, account.owner, account.data = after.lamports, after.owner, after.data
        self._settled = self._snapshot()
        self._load()


def _live(account: AccountInput) -> CalleeAccount:
    live = CalleeAccount.of(account)
    live.is_signer, live.is_writable = account.is_signer, account.is_writable
    return live


def _frozen(account: CalleeAccount) -> AccountInput:
    return AccountInput(
        account.key, bytes(account.owner), account.lamports, bytes(account.data),
        account.is_signer, account.is_writable, account.executable,
    )  # fmt: skip


def _require_allowed(before: AccountInput, after: AccountInput, program_id: bytes) -> None:
    """Only the owner takes lamports and changes data or the owner, the latter of zeroed data; only of what is writable."""
    owned = before.owner == program_id
    if after.lamports != before.lamports:
        if after.lamports < before.lamports and not owned:
            raise failure("spent from an account of another owner", "ExternalAccountLamportSpend")
        if not before.is_writable:
            raise failure("changed the balance of a read-only account", "ReadonlyLamportChange")
    if after.data != before.data:
        if not before.is_writable:
            raise failure("changed the data of a read-only account", "ReadonlyDataModified")
        if not owned:
            raise failure("changed the data of another owner's account", "ExternalAccountDataModified")
    if after.owner != before.owner and not (owned and before.is_writable and not any(after.data)):
        raise failure("changed the owner of an account", "ModifiedProgramId")
