"""A program's declarations as an IDL. Everything in it is derived; nothing is declared for it."""

from __future__ import annotations

import json

from hognose.idl.addresses import derivation, fixed_address, relations
from hognose.idl.documentation import documented_fields, lines_of
from hognose.idl.models import Idl, IdlAccountItem, IdlErrorCode, IdlField, IdlInstruction, Metadata, Tagged
from hognose.idl.types import Definitions
from hognose.lang.declare import AccountSlot, InstructionDeclaration, Program, pascal_case
from hognose.lang.traps import ErrorCode
from hognose.lang.types import StructType


def build_idl(program: Program) -> Idl:
    """The Anchor IDL (spec 0.1.0) of a program. Raises IdlError where two structs share a name."""
    definitions = Definitions()
    for account in program.accounts:
        definitions.add(account.layout)
    for event in program.events:
        definitions.add(_layout(event))
    instructions = [_instruction(declaration, definitions) for declaration in program.declarations]
    return {
        "address": str(program.address),
        "metadata": _metadata(program),
        "instructions": instructions,
        "accounts": [Tagged(name=a.name, discriminator=list(a.discriminator)) for a in program.accounts],
        "events": [Tagged(name=e.__name__, discriminator=list(e.__discriminator__)) for e in program.events],
        "errors": [_error(error) for error in sorted(program.errors, key=lambda error: error.code)],
        "types": definitions.entries,
    }


def idl_json(program: Program) -> str:
    """The IDL as JSON text that is the same for the same declarations."""
    return json.dumps(build_idl(program), indent=2, ensure_ascii=False) + "\n"


def _layout(cls: type) -> StructType:
    layout = getattr(cls, "__layout__", None)
    assert isinstance(layout, StructType), f"{cls.__name__} is not declared"
    return layout


def _metadata(program: Program) -> Metadata:
    metadata = Metadata(name=program.name, version=program.version, spec="0.1.0")
    if program.description:
        metadata["description"] = program.description
    if program.security and program.security.source_code:
        metadata["repository"] = program.security.source_code
    if program.security:
        metadata["contact"] = program.security.contacts
    return metadata


def _error(error: ErrorCode) -> IdlErrorCode:
    return {"code": error.code, "name": pascal_case(error.name), "msg": error.message}


def _instruction(declaration: InstructionDeclaration, definitions: Definitions) -> IdlInstruction:
    documentation = documented_fields(declaration.accounts_class)
    result = IdlInstruction(
        name=declaration.name,
        discriminator=list(declaration.discriminator),
        accounts=[_account(slot, declaration, documentation.get(slot.name)) for slot in declaration.accounts],
        args=[IdlField(name=name, type=definitions.type_of(kind)) for name, kind in declaration.arguments],
    )
    if docs := lines_of(declaration.documentation):
        result["docs"] = docs
    return result


def _account(slot: AccountSlot, instruction: InstructionDeclaration, documentation: str | None) -> IdlAccountItem:
    item = IdlAccountItem(name=slot.name)
    if documentation:
        item["docs"] = [documentation]
    if slot.role.writable:
        item["writable"] = True
    if slot.role.signer:
        item["signer"] = True
    if address := fixed_address(slot):
        item["address"] = address
    elif pda := derivation(slot, instruction):
        item["pda"] = pda
    elif holders := relations(slot, instruction):
        item["relations"] = holders
    return item
