"""The addresses of an instruction's accounts, from those that are given: read off the declarations' checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from solders.pubkey import Pubkey as Address

from hognose.lang.declare import AccountSlot, Argument, InstructionDeclaration
from hognose.lang.types import Pubkey

Reader: TypeAlias = Callable[[type[Any], bytes], Any]
"""Decodes the state account of a class at an address; None where nothing lies there."""


@dataclass(slots=True)
class _Search:
    slots: dict[str, AccountSlot]
    program: bytes
    arguments: Mapping[str, Any]
    read: Reader
    found: dict[str, bytes]

    def address(self, slot: AccountSlot) -> bytes | None:
        """What the slot's declaration says of its address, as far as it can be known yet."""
        role = slot.role
        if role.addresses:
            return bytes(role.addresses[0])
        if role.kind == "allocate":
            return self._derived(list(role.seeds))
        if role.address is not None:
            return self._reference(role.address)
        if slot.declaration is None or not slot.declaration.seeds:
            return None
        names = [seed for seed in slot.declaration.seeds if isinstance(seed, str)]
        values = {name: self._bound(role.bindings.get(name)) for name in names}
        return None if None in values.values() else self._derived(slot.declaration.seed_bytes(**values))

    def _derived(self, seeds: list[bytes]) -> bytes:
        return bytes(Address.find_program_address(seeds, Address(self.program))[0])

    def _bound(self, binding: str | Argument | None) -> Any:
        if isinstance(binding, Argument):
            return self.arguments[binding.name]
        found = self._reference(binding) if binding else None
        return Pubkey(found) if isinstance(found, bytes) else found

    def _reference(self, path: str) -> Any:
        """`account` is its address; `account.field` is read from the chain."""
        name, _, field = path.partition(".")
        address, declaration = self.found.get(name), self.slots[name].declaration
        if not field or address is None:
            return address
        state = self.read(declaration.python_class, address) if declaration else None
        return None if state is None else getattr(state, field)


def resolve(
    declaration: InstructionDeclaration,
    program: bytes,
    given: Mapping[str, bytes],
    arguments: Mapping[str, Any],
    read: Reader,
) -> dict[str, bytes]:
    """Every account's address. Raises TypeError for one that is given in vain, or that does not follow."""
    slots = {slot.name: slot for slot in declaration.accounts}
    if unknown := sorted(set(given) - set(slots)):
        raise TypeError(f"{declaration.name} has no account {', '.join(unknown)}")
    search = _Search(slots, program, arguments, read, dict(given))
    progress = True
    while progress:
        progress = False
        for name, slot in slots.items():
            if name not in search.found and (address := search.address(slot)) is not None:
                search.found[name] = bytes(address)
                progress = True
    if missing := [name for name in slots if name not in search.found]:
        raise TypeError(f"{declaration.name}: give the account {', '.join(missing)}")
    return search.found
