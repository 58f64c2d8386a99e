"""The shape of an Anchor IDL, spec 0.1.0, as far as hognose writes it."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict


class VecType(TypedDict):
    """A list behind its u32 length."""

    vec: IdlType


class ArrayType(TypedDict):
    """A fixed number of elements: the element's type and the number."""

    array: tuple[IdlType, int]


class DefinedName(TypedDict):
    """The name of an entry of `types`."""

    name: str


class DefinedType(TypedDict):
    """A struct that `types` describes."""

    defined: DefinedName


IdlType: TypeAlias = str | VecType | ArrayType | DefinedType


class IdlField(TypedDict):
    """A field of a struct, or an argument of an instruction."""

    name: str
    docs: NotRequired[list[str]]
    type: IdlType


class StructBody(TypedDict):
    """The fields of a struct, packed in order."""

    kind: Literal["struct"]
    fields: list[IdlField]


class IdlTypeDefinition(TypedDict):
    """A struct, or the layout of the account or event of the same name."""

    name: str
    docs: NotRequired[list[str]]
    type: StructBody


class ConstSeed(TypedDict):
    """Seed bytes that are always the same."""

    kind: Literal["const"]
    value: list[int]


class ArgumentSeed(TypedDict):
    """The packed bytes of an argument."""

    kind: Literal["arg"]
    path: str


class AccountSeed(TypedDict):
    """The address of an account, or a field (`path` has a dot) of the account class `account`."""

    kind: Literal["account"]
    path: str
    account: NotRequired[str]


Seed: TypeAlias = ConstSeed | ArgumentSeed | AccountSeed


class Pda(TypedDict):
    """How a client derives the address of an account."""

    seeds: list[Seed]


class IdlAccountItem(TypedDict):
    """One account of an instruction; absent flags are false."""

    name: str
    docs: NotRequired[list[str]]
    writable: NotRequired[bool]
    signer: NotRequired[bool]
    address: NotRequired[str]
    pda: NotRequired[Pda]
    relations: NotRequired[list[str]]


class IdlInstruction(TypedDict):
    """An instruction: its data is the discriminator and the packed arguments."""

    name: str
    docs: NotRequired[list[str]]
    discriminator: list[int]
    accounts: list[IdlAccountItem]
    args: list[IdlField]


class Tagged(TypedDict):
    """An account or event: its layout stands in `types` under the same name."""

    name: str
    discriminator: list[int]


class IdlErrorCode(TypedDict):
    """An error of the program."""

    code: int
    name: str
    msg: str


class Metadata(TypedDict):
    """What the program is."""

    name: str
    version: str
    spec: Literal["0.1.0"]
    description: NotRequired[str]
    repository: NotRequired[str]
    contact: NotRequired[str]


class Idl(TypedDict):
    """The whole description."""

    address: str
    metadata: Metadata
    instructions: list[IdlInstruction]
    accounts: list[Tagged]
    events: list[Tagged]
    errors: list[IdlErrorCode]
    types: list[IdlTypeDefinition]
