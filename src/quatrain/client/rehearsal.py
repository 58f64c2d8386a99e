"""Instructions tried in this process: the program's own functions, on copies of accounts as they were fetched.

    rehearsal = Rehearsal.of(reader, instructions, program=…, clock=…)
    for one in instructions: rehearsal.run(one)
    rehearsal.read(Position, address)

What comes out is what the chain would write at that clock, to the last µUSDC, and what is refused is refused for the program's
reason. Only `Market.event_hash` is not computed. Instructions that create or close accounts or move tokens are not rehearsed;
an account that a transaction would open first is `put`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar, cast

from solders.instruction import Instruction
from solders.pubkey import Pubkey

from hognose import lang
from hognose.lang import Account, Clock, Hash, InstructionDeclaration, LayoutError, ProgramAbort, Trap
from hognose.lang.declare import DISCRIMINATOR_SIZE, AccountSlot
from hognose.lang.layout import decode
from hognose.lang.runtime import Passed, running_on
from hognose.lang.types import ArrayType, Type
from quatrain.client.accounts import AccountReader, declaration_of, find_each
from quatrain.client.addresses import Address, to_lang
from quatrain.client.errors import NotFoundError, UsageError
from quatrain.client.failures import split_message
from quatrain.program.entrypoint import PROGRAM

T = TypeVar("T")
_LENGTH: Final = 4
"""Bytes that tell the length of an array among the arguments."""


def refusal_of(abort: ProgramAbort) -> UsageError:
    """What the program refuses, as an error that comes before anything is sent: with the same code and advice."""
    what, advice = split_message(abort.error.message)
    return UsageError(what, code=abort.error.name.lower(), advice=advice)


class Rehearsal:
    """Copies of accounts at one moment, on which instructions run one after the other."""

    def __init__(self, clock: Clock, states: Mapping[Pubkey, Any] | None = None):
        self._clock = clock
        self._states: dict[Pubkey, Any] = dict(states or {})

    @classmethod
    def of(
        cls, reader: AccountReader, instructions: Sequence[Instruction], *, program: Address, clock: Clock
    ) -> Rehearsal:
        """With the state accounts of these instructions, all read at once; those that are not there are left out."""
        classes: dict[Pubkey, type[Any]] = {}
        for instruction in instructions:
            classes |= _classes(instruction)
        found = find_each(reader, classes, program)
        return cls(clock, {address: one.state for address, one in found.items()})

    def fork(self) -> Rehearsal:
        """Another that goes on from here by itself."""
        return Rehearsal(self._clock, self._states)

    def put(self, address: Pubkey, state: Any) -> None:
        """Let this be the account."""
        self._states[address] = state

    def has(self, address: Pubkey) -> bool:
        """Whether there is such an account."""
        return address in self._states

    def read(self, kind: type[T], address: Pubkey) -> T:
        """An account as it is now; NotFoundError where there is none."""
        found = self._states.get(address)
        if not isinstance(found, kind):
            raise NotFoundError(f"there is no {kind.__name__} at {address}")
        return found

    def run(self, instruction: Instruction) -> list[Any]:
        """Run one; its events. UsageError, with the code of the program's error, where it is refused: then nothing changed."""
        declaration = _declaration(instruction)
        slots = _slots(declaration, len(instruction.accounts))
        copies: dict[Pubkey, Any] = {}
        seen = object.__new__(declaration.accounts_class)
        repeated: list[Any] = []
        for slot, meta in zip(slots, instruction.accounts, strict=True):
            value = self._see(slot, meta.pubkey, copies)
            if slot is declaration.rest:
                repeated.append(value)
            else:
                setattr(seen, slot.name, value)
        if declaration.rest is not None:
            setattr(seen, declaration.rest.name, repeated)
        machine = _Machine(self._clock, {id(state): address for address, state in copies.items()})
        try:
            with running_on(machine):
                declaration.function(seen, **_arguments(declaration, instruction.data))
            for state in copies.values():
                declaration_of(cast("type[Any]", type(state))).encode(state)
        except ProgramAbort as abort:
            raise refusal_of(abort) from abort
        except (Trap, LayoutError, IndexError, ZeroDivisionError) as trap:
            message = "an amount is out of range for this market"
            raise UsageError(message, code="trade_too_large", advice="Try a smaller one.") from trap
        self._states |= copies
        return machine.events

    def _see(self, slot: AccountSlot, address: Pubkey, copies: dict[Pubkey, Any]) -> Any:
        if slot.declaration is None:
            header = Account()
            header.key = to_lang(address)
            return header
        if slot.role.kind not in ("state", "repeated"):
            raise TypeError(f"an instruction that creates or closes {slot.name} is not rehearsed")
        if address not in copies:
            if address not in self._states:
                raise NotFoundError(f"there is no {slot.declaration.name} at {address}")
            copies[address] = copy.deepcopy(self._states[address])
        return copies[address]


class _Machine:
    """What an instruction's function asks of the chain."""

    def __init__(self, clock: Clock, addresses: Mapping[int, Pubkey]):
        self._clock = clock
        self._addresses = addresses
        self.events: list[Any] = []

    def key(self, account: Any) -> lang.Pubkey:
        return to_lang(self._addresses[id(account)])

    def clock(self) -> Clock:
        return self._clock

    def sha256(self, parts: tuple[Any, ...]) -> Hash:
        return cast(Hash, parts[0])

    def emit(self, event: Any) -> None:
        self.events.append(event)

    def log(self, message: str) -> None:
        del message

    def rent_minimum(self, size: int) -> int:
        raise _unrehearsed(f"the rent of {size} bytes")

    def set_return_data(self, value: Any) -> None:
        self.events.append(value)

    def invoke(self, program: Account, data: Any, metas: tuple[Passed, ...]) -> None:
        raise _unrehearsed(f"a call of {program.key} with {data} and {len(metas)} accounts")


def _unrehearsed(what: str) -> TypeError:
    return TypeError(f"an instruction that needs {what} is not rehearsed")


# -- instructions read back ----------------------------------------------------------------------------------------------


def _declaration(instruction: Instruction) -> InstructionDeclaration:
    tag = instruction.data[:DISCRIMINATOR_SIZE]
    found = next((one for one in PROGRAM.declarations if one.discriminator == tag), None)
    if found is None:
        raise TypeError("this is no instruction of the program")
    return found


def _slots(declaration: InstructionDeclaration, count: int) -> list[AccountSlot]:
    """The slot of each account."""
    rest = [declaration.rest] if declaration.rest is not None else []
    return [*declaration.accounts, *rest * (count - len(declaration.accounts))]


def _classes(instruction: Instruction) -> dict[Pubkey, type[Any]]:
    """The state accounts of an instruction."""
    slots = _slots(_declaration(instruction), len(instruction.accounts))
    return {
        meta.pubkey: slot.declaration.python_class
        for slot, meta in zip(slots, instruction.accounts, strict=True)
        if slot.declaration is not None
    }


def _arguments(declaration: InstructionDeclaration, data: bytes) -> dict[str, Any]:
    values: dict[str, Any] = {}
    at = DISCRIMINATOR_SIZE
    for name, kind in declaration.arguments:
        at, size = _extent(kind, data, at)
        values[name] = decode(kind, data[at : at + size])
        at += size
    return values


def _extent(kind: Type, data: bytes, at: int) -> tuple[int, int]:
    """Where an argument begins and how long it is: an array is behind its length."""
    if isinstance(kind, ArrayType) and kind.length is None:
        return at + _LENGTH, int.from_bytes(data[at : at + _LENGTH], "little") * kind.element.size
    return at, kind.size


__all__ = ["Rehearsal", "refusal_of"]
