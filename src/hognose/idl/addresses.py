"""How a client finds the address of an instruction's account without being told: fixed, derived, or read elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from hognose.idl.models import AccountSeed, ArgumentSeed, ConstSeed, Pda, Seed
from hognose.lang.declare import AccountSlot, Argument, InstructionDeclaration
from hognose.lang.types import BoolType, PubkeyType, StructType, Type

SYSVARS = {
    "sysvar_clock": "SysvarC1ock11111111111111111111111111111111",
    "sysvar_instructions": "Sysvar1nstructions1111111111111111111111111",
    "sysvar_rent": "SysvarRent111111111111111111111111111111111",
    "sysvar_slot_hashes": "SysvarS1otHashes111111111111111111111111111",
}
"""A raw account called so is that sysvar."""


def fixed_address(slot: AccountSlot) -> str | None:
    """The only address that the slot accepts: of a program() with one id, or of a sysvar named as in SYSVARS."""
    if slot.role.kind == "program" and len(slot.role.addresses) == 1:
        return str(slot.role.addresses[0])
    return SYSVARS.get(slot.name) if slot.role.kind == "raw" and slot.role.address is None else None


def derivation(slot: AccountSlot, instruction: InstructionDeclaration) -> Pda | None:
    """The seeds of the slot's address, or None where a client that has not read the account cannot know them."""
    if slot.role.kind == "allocate":
        return {"seeds": [_constant(seed) for seed in slot.role.seeds]}
    if slot.declaration is None or not slot.declaration.seeds:
        return None
    seeds = [_seed(slot, seed, instruction) for seed in slot.declaration.seeds]
    known = [seed for seed in seeds if seed is not None]
    return {"seeds": known} if len(known) == len(seeds) else None


def relations(slot: AccountSlot, instruction: InstructionDeclaration) -> list[str]:
    """The accounts that hold the slot's address in a field of the slot's name, and can be found without it."""
    return [
        other.name
        for other in instruction.accounts
        if _holds_address_of(other, slot) and slot.name not in _dependencies(other, instruction)
    ]


def _constant(seed: bytes) -> ConstSeed:
    return {"kind": "const", "value": list(seed)}


def _seed(slot: AccountSlot, seed: bytes | str, instruction: InstructionDeclaration) -> Seed | None:
    if isinstance(seed, bytes):
        return _constant(seed)
    declaration = slot.declaration
    assert declaration is not None
    wanted = declaration.layout.field(seed)
    binding = slot.role.bindings.get(seed)
    if wanted is None or binding is None or isinstance(wanted.type, BoolType):
        return None
    if isinstance(binding, Argument):
        return _argument_seed(binding, wanted.type, instruction)
    if "." in binding:
        return _field_seed(binding, wanted.type, instruction.accounts)
    return AccountSeed(kind="account", path=binding) if isinstance(wanted.type, PubkeyType) else None


def _argument_seed(binding: Argument, wanted: Type, instruction: InstructionDeclaration) -> ArgumentSeed | None:
    """A client packs the argument as the argument's type says, which must be how the field is packed."""
    given = dict(instruction.arguments).get(binding.name)
    return {"kind": "arg", "path": binding.name} if given == wanted else None


def _field_seed(path: str, wanted: Type, slots: Sequence[AccountSlot]) -> AccountSeed | None:
    name, field_path = path.split(".", 1)
    declaration = next((slot.declaration for slot in slots if slot.name == name), None)
    if declaration is None or _type_at(declaration.layout, field_path) != wanted:
        return None
    return {"kind": "account", "path": path, "account": declaration.name}


def _type_at(struct: StructType, path: str) -> Type | None:
    kind: Type = struct
    for name in path.split("."):
        found = kind.field(name) if isinstance(kind, StructType) else None
        if found is None:
            return None
        kind = found.type
    return kind


def _holds_address_of(holder: AccountSlot, slot: AccountSlot) -> bool:
    if holder.name == slot.name or holder.role.kind not in {"state", "close"}:
        return False
    return holder.role.bindings.get(slot.name) == slot.name or slot.role.address == f"{holder.name}.{slot.name}"


def _dependencies(slot: AccountSlot, instruction: InstructionDeclaration) -> set[str]:
    """The accounts that must be known before the slot's address can be derived."""
    by_name = {s.name: s for s in instruction.accounts}
    found: set[str] = set()
    waiting = [slot.name]
    while waiting:
        pda = derivation(by_name[waiting.pop()], instruction)
        seeds = pda["seeds"] if pda else []
        names = {seed["path"].split(".")[0] for seed in seeds if seed["kind"] == "account"} - found
        found |= names
        waiting += sorted(names)
    return found
