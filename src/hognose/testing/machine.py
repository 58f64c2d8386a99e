"""One instruction in CPython: what the compiled program does with accounts and bytes, done by the Python functions.

    outcome = run(PROGRAM, accounts, data, Environment.at(slot=7))
    outcome.error, outcome.accounts, outcome.events

The accounts are checked, created and closed as `hognose.back` compiles it, the instruction's function is the plain one that
Python imported, and the programs that it calls are those of the tracing interpreter. Where the chain returns, this returns
the same; where compiled code traps, CPython, whose numbers have no width, may end in any way. Not looked at: compute
units, and whether balances exempt from rent, which a transaction is asked as a whole.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any, cast

from hognose.back import entry
from hognose.back.chain import RENT_OVERHEAD
from hognose.front.expressions import slot_type
from hognose.lang.declare import (
    DISCRIMINATOR_SIZE,
    AccountDeclaration,
    AccountSlot,
    InstructionDeclaration,
    Program,
    pascal_case,
)
from hognose.lang.layout import decode, encode
from hognose.lang.runtime import Account, Clock, Hash, Passed, running_on
from hognose.lang.traps import ProgramAbort, Trap, TrapKind
from hognose.lang.types import Pubkey, layout_of
from hognose.testing.machine_accounts import Accounts
from hognose.testing.machine_checks import Checks, read_arguments
from hognose.testing.machine_types import packed
from hognose.testing.vm_callee import CalleeAccount, custom
from hognose.testing.vm_host import CLOCK_ID, RENT_ID, Environment, derive_address, failure
from hognose.testing.vm_input import AccountInput
from hognose.testing.vm_invoke import Invocation, Meta
from hognose.testing.vm_memory import VmError

TRAPPED = "Trap"
"""The error of a run that the language stops: a division by zero, an index out of range, a number too large for its place."""
_RENT_LIMIT = 1 << 31


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an instruction did. `error` is None, `Custom(code)`, another of the runtime's errors, or `TRAPPED`.

    The accounts are in the order given, as they were where there is an error; `logs` are the program's own lines, and
    `events` those that were logged.
    """

    accounts: tuple[AccountInput, ...]
    error: str | None
    detail: str
    logs: tuple[str, ...]
    events: tuple[Any, ...]
    return_data: bytes

    @property
    def code(self) -> int | None:
        """The code of a `Custom` error."""
        found = self.error or ""
        return int(found[7:-1]) if found.startswith("Custom(") else None


def run(
    program: Program, accounts: Sequence[AccountInput], data: bytes, environment: Environment | None = None
) -> Outcome:
    """Run an instruction of the program at its address. Errors are in the outcome, never raised."""
    running = _Run(program, Accounts(accounts, bytes(program.address)), environment or Environment())
    error, detail = None, ""
    try:
        running.instruction(data)
    except VmError as refusal:
        error, detail = refusal.instruction_error, refusal.detail
    except ProgramAbort as abort:
        error, detail = f"Custom({abort.error.code})", str(abort)
    except (Trap, IndexError, ZeroDivisionError) as trap:
        error, detail = TRAPPED, repr(trap)
    after = running.accounts.frozen() if error is None else tuple(accounts)
    return Outcome(after, error, detail, tuple(running.logs), tuple(running.events), running.return_data)


class _Run:
    """The machine that an instruction's function asks, and the way around that function."""

    def __init__(self, program: Program, accounts: Accounts, environment: Environment):
        self.program = program
        self.accounts = accounts
        self.environment = environment
        self.logs: list[str] = []
        self.events: list[Any] = []
        self.return_data = b""

    def instruction(self, data: bytes) -> None:
        """Dispatch, accounts, arguments, checks, logic, closing."""
        declaration = self._declaration(data)
        self.log(f"Instruction: {pascal_case(declaration.name)}")
        order = self.accounts.order
        self._require_distinct(declaration)
        arguments = read_arguments(declaration, data)
        checks = Checks(self.accounts, declaration, arguments, self.rent_minimum, self.log)
        slots = list(zip(declaration.accounts, order, strict=False))
        # Nothing is created before everything that exists has been checked.
        for slot, account in sorted(slots, key=lambda pair: pair[0].role.kind in ("create", "allocate")):
            checks.check(slot, account)
        if declaration.rest is not None:
            self._check_rest(declaration.rest, len(slots), checks)
        with running_on(self):
            declaration.function(self._seen(declaration), **arguments)
        self.accounts.store()
        for slot, account in slots:
            if slot.role.kind == "close":
                self.accounts.close(account, checks.named[slot.role.receiver or ""])
        self.accounts.settle()

    def _declaration(self, data: bytes) -> InstructionDeclaration:
        for declaration in self.program.declarations:
            if data[:DISCRIMINATOR_SIZE] == declaration.discriminator:
                return declaration
        raise custom(entry.INSTRUCTION_FALLBACK_NOT_FOUND)

    # -- accounts -----------------------------------------------------------------------------------------------------

    def _require_distinct(self, declaration: InstructionDeclaration) -> None:
        """All accounts are there; one that stands twice is only read, or is declared to."""
        slots = declaration.accounts
        if len(self.accounts.order) < len(slots):
            raise custom(entry.NOT_ENOUGH_ACCOUNTS)
        for index, slot in enumerate(slots):
            first = slots[self.accounts.first[index]]
            declared = slot.role.duplicate or first.role.duplicate
            if first is not slot and not declared and (slot.role.writable or first.role.writable):
                raise custom(entry.DUPLICATE_MUTABLE_ACCOUNT)

    def _check_rest(self, slot: AccountSlot, named: int, checks: Checks) -> None:
        rest = self.accounts.order[named:]
        if len(rest) > slot.role.maximum:
            raise custom(entry.TOO_MANY_ACCOUNTS)
        for index, account in enumerate(rest, named):
            if self.accounts.first[index] != index:
                raise custom(entry.DUPLICATE_MUTABLE_ACCOUNT)
            checks.check(slot, account)

    def _seen(self, declaration: InstructionDeclaration) -> Any:
        """The instance of the accounts class that the function gets."""
        seen = object.__new__(declaration.accounts_class)
        order, rest = self.accounts.order, declaration.rest
        for slot, account in zip(declaration.accounts, order, strict=False):
            setattr(seen, slot.name, self._see(slot, account))
        if rest is not None:
            repeated = [self._see(rest, account) for account in order[len(declaration.accounts) :]]
            setattr(seen, rest.name, repeated)
        return seen

    def _see(self, slot: AccountSlot, account: CalleeAccount) -> Any:
        return self.accounts.see(account, slot_type(slot.role.kind, slot.declaration))

    # -- what the function calls --------------------------------------------------------------------------------------

    def key(self, account: Any) -> Pubkey:
        """The address behind an object."""
        return Pubkey(self.accounts.behind(account).key)

    def clock(self) -> Clock:
        """The environment's clock."""
        return decode(layout_of(Clock), self.environment.sysvars[CLOCK_ID])

    def rent_minimum(self, size: int) -> int:
        """(128 + size) · lamports per byte · exemption threshold, which is 2.0 years, or 1.0 once SIMD-0194 is active."""
        rate, threshold = struct.unpack_from("<Qd", self.environment.sysvars[RENT_ID])
        if threshold not in (1.0, 2.0):
            raise Trap(TrapKind.SYSCALL)
        if max(rate, size) >= _RENT_LIMIT:
            raise Trap(TrapKind.OVERFLOW)
        return (size + RENT_OVERHEAD) * rate * int(threshold)

    def sha256(self, parts: tuple[Any, ...]) -> Hash:
        """The digest; the function's source says how wide a number is."""
        here = inspect.currentframe()
        caller = cast(FrameType, cast(FrameType, cast(FrameType, here).f_back).f_back)
        return Pubkey(hashlib.sha256(packed(self.program, parts, caller)).digest())

    def emit(self, event: Any) -> None:
        """Log an event."""
        layout = layout_of(type(event))
        content = encode(layout, event)
        self.logs.append("Program data: " + base64.b64encode(event.__discriminator__ + content).decode())
        self.events.append(decode(layout, content))

    def log(self, message: str) -> None:
        """Log a line."""
        self.logs.append(f"Program log: {message}")

    def set_return_data(self, value: Any) -> None:
        """Keep the packed bytes."""
        self.return_data = encode(layout_of(type(value)), value)

    def invoke(self, program: Account, data: Any, metas: tuple[Passed, ...]) -> None:
        """Call an emulated program; state accounts with seeds among the signers sign."""
        named = [Meta(self.accounts.behind(m.account).key, m.signer, m.writable) for m in metas]
        signers = {self._signer(m.account) for m in metas if m.signer and _signs_by_seeds(m.account)}
        self.return_data = b""
        self.accounts.invoke(Invocation(program.key, named, encode(layout_of(type(data)), data)), signers)

    def _signer(self, state: Any) -> bytes:
        declaration = cast(AccountDeclaration, _declaration_of(state))
        fields = {field.name: getattr(state, field.name) for field in declaration.layout.fields}
        signer = derive_address([*declaration.seed_bytes(**fields), bytes([state.bump])], self.accounts.program_id)
        if signer is None:
            raise failure("could not create program address with signer seeds")
        return signer


def _declaration_of(value: object) -> AccountDeclaration | None:
    return getattr(value, "__account__", None)


def _signs_by_seeds(value: object) -> bool:
    declaration = _declaration_of(value)
    return declaration is not None and bool(declaration.seeds)


__all__ = ["TRAPPED", "Environment", "Outcome", "run"]
