"""Declarations: structs, accounts, events, the accounts of an instruction and their roles, instructions, programs.

Each is declared once, here; the compiler's checks, the IDL, the layout table, the decoded client objects and the
instruction builders are all derived from what these decorators record.
"""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast, dataclass_transform, get_args

from hognose.lang.layout import annotations_of, decode, encode, lay_out
from hognose.lang.traps import ErrorCode
from hognose.lang.types import Array, IntegerType, Pubkey, StructType, Type, duplicate, type_of_annotation, zero_of

C = TypeVar("C", bound=type[Any])
F = TypeVar("F", bound=Callable[..., None])
S = TypeVar("S", bound=Callable[..., Any])

DISCRIMINATOR_SIZE = 8


def discriminator(namespace: str, name: str) -> bytes:
    """Anchor's tag: the first eight bytes of SHA-256 of `namespace:name`."""
    return hashlib.sha256(f"{namespace}:{name}".encode()).digest()[:DISCRIMINATOR_SIZE]


# -- records ---------------------------------------------------------------------------------------------------------


def _record(cls: type[Any], header: int) -> StructType:
    layout = lay_out(cls, header)
    names = {f.name for f in layout.fields}

    def __init__(self: Any, **values: Any) -> None:
        if unknown := set(values) - names:
            raise TypeError(f"{cls.__name__} has no field {', '.join(sorted(unknown))}")
        for f in layout.fields:
            # Compiled, a struct holds its parts; here too it gets copies of the parts that it is made of.
            setattr(self, f.name, duplicate(f.type, values[f.name]) if f.name in values else zero_of(f.type))

    def __eq__(self: Any, other: object) -> bool:
        return type(other) is cls and all(getattr(self, f.name) == getattr(other, f.name) for f in layout.fields)

    def __repr__(self: Any) -> str:
        return f"{cls.__name__}({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in layout.fields)})"

    cls.__layout__ = layout
    cls.__init__ = __init__  # type: ignore[misc]
    cls.__eq__ = __eq__  # type: ignore[method-assign, assignment]
    cls.__hash__ = None  # type: ignore[assignment]
    cls.__repr__ = __repr__  # type: ignore[method-assign, assignment]
    return layout


@dataclass_transform(kw_only_default=True)
def struct(cls: C) -> C:
    """A packed record."""
    _record(cls, 0)
    return cls


@dataclass_transform(kw_only_default=True)
def event(cls: C) -> C:
    """A record that `emit` logs behind its discriminator."""
    _record(cls, 0)
    cls.__discriminator__ = discriminator("event", cls.__name__)
    return cls


@dataclass(frozen=True, slots=True)
class AccountDeclaration:
    """A state account: its layout, its tag, and the seeds of its address (bytes, or names of its own fields)."""

    name: str
    layout: StructType
    discriminator: bytes
    seeds: tuple[bytes | str, ...]
    python_class: type[Any]

    def space(self, tail_length: int = 0) -> int:
        """Bytes of an account whose tail has `tail_length` elements (never below the tail's minimum)."""
        last = self.layout.tail
        if last is None:
            return self.layout.size
        extra = max(0, tail_length - cast(int, last.type.tail_minimum))  # type: ignore[union-attr]
        return self.layout.size + extra * last.type.element.size  # type: ignore[union-attr]

    def decode(self, data: bytes) -> Any:
        """Read an account's data; LayoutError when the tag or the length is wrong."""
        from hognose.lang.layout import LayoutError

        if data[:DISCRIMINATOR_SIZE] != self.discriminator:
            raise LayoutError(f"this account is not a {self.name}")
        return decode(self.layout, data[DISCRIMINATOR_SIZE:])

    def encode(self, value: Any) -> bytes:
        """An account's data, discriminator first."""
        return self.discriminator + encode(self.layout, value)

    def seed_bytes(self, **values: Any) -> list[bytes]:
        """The seeds (without bump) for given values of the fields that they name."""
        seeds: list[bytes] = []
        for seed in self.seeds:
            if isinstance(seed, bytes):
                seeds.append(seed)
                continue
            kind = cast(Any, self.layout.field(seed)).type
            seeds.append(encode(kind, values[seed]))
        return seeds


@dataclass_transform(kw_only_default=True)
def account(*, seeds: tuple[bytes | str, ...] = ()) -> Callable[[C], C]:
    """A state account owned by the program; `seeds` makes it a program-derived address with a stored `bump`."""

    def declare(cls: C) -> C:
        layout = _record(cls, DISCRIMINATOR_SIZE)
        for seed in seeds:
            if isinstance(seed, str) and layout.field(seed) is None:
                raise TypeError(f"{cls.__name__}: the seed {seed!r} is not a field")
        if seeds and layout.field("bump") is None:
            raise TypeError(f"{cls.__name__}: an account with seeds stores its bump; add `bump: u8`")
        tag = discriminator("account", cls.__name__)
        cls.__account__ = AccountDeclaration(cls.__name__, layout, tag, seeds, cls)
        return cls

    return declare


# -- roles -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Argument:
    """The instruction argument of this name, as the value of a binding."""

    name: str


def argument(name: str) -> Argument:
    """Bind to the instruction argument called `name`."""
    return Argument(name)


@dataclass(frozen=True, slots=True)
class Role:
    """What an instruction demands of one account."""

    kind: str
    writable: bool = False
    signer: bool = False
    duplicate: bool = False
    bindings: dict[str, str | Argument] = field(default_factory=dict[str, "str | Argument"])
    payer: str | None = None
    receiver: str | None = None
    tail_length: Argument | None = None
    addresses: tuple[Pubkey, ...] = ()
    mint: str | None = None
    authority: str | None = None
    address: str | None = None
    owner: str | None = None
    space: int = 0
    seeds: tuple[bytes, ...] = ()
    maximum: int = 1


def signer(*, writable: bool = False, duplicate: bool = False) -> Any:
    """An account that signed the transaction."""
    return Role("signer", writable, signer=True, duplicate=duplicate)


def state(*, writable: bool = False, duplicate: bool = False, **bindings: str | Argument) -> Any:
    """An existing state account of the annotated class; each binding equates one of its fields."""
    return Role("state", writable, duplicate=duplicate, bindings=bindings)


def repeated(*, maximum: int, writable: bool = False, **bindings: str | Argument) -> Any:
    """The rest of the instruction's accounts, at most `maximum`: each as `state`, none twice. Annotated `Sequence[…]`."""
    return Role("repeated", writable, bindings=bindings, maximum=maximum)


def create(*, payer: str, tail_length: Argument | None = None, **bindings: str | Argument) -> Any:
    """A state account that this instruction creates at its canonical address; bindings give the seed fields."""
    return Role("create", writable=True, bindings=bindings, payer=payer, tail_length=tail_length)


def close(*, to: str, **bindings: str | Argument) -> Any:
    """A state account that this instruction removes; its lamports go to the account `to`."""
    return Role("close", writable=True, bindings=bindings, receiver=to)


def allocate(*, payer: str, owner: str, space: int, seeds: tuple[bytes, ...]) -> Any:
    """An account at a program-derived address that this instruction creates for another program to own."""
    return Role("allocate", writable=True, payer=payer, owner=owner, space=space, seeds=seeds)


def token(
    *, mint: str | None = None, authority: str | None = None, address: str | None = None, writable: bool = False
) -> Any:
    """An SPL Token or Token-2022 account; each name is an account, or `account.field`, that it must equal."""
    return Role("token", writable, mint=mint, authority=authority, address=address)


def mint(*, writable: bool = False, address: str | None = None) -> Any:
    """An SPL mint; `address` names an account, or `account.field`, that it must equal."""
    return Role("mint", writable, address=address)


def program(*addresses: Pubkey) -> Any:
    """An executable program at one of the addresses."""
    return Role("program", addresses=addresses)


def raw(*, writable: bool = False, address: str | None = None, duplicate: bool = False) -> Any:
    """Any account; `address` names an `account.field` that it must equal."""
    return Role("raw", writable, duplicate=duplicate, address=address)


@dataclass(frozen=True, slots=True)
class AccountSlot:
    """One account of an instruction: its name, the class that its data has (None: raw), and its role."""

    name: str
    declaration: AccountDeclaration | None
    role: Role


def accounts(cls: C) -> C:
    """The accounts of an instruction, in order; `repeated` ones can only come last."""
    slots: list[AccountSlot] = []
    rest: AccountSlot | None = None
    for name, annotation in annotations_of(cls).items():
        role = vars(cls).get(name)
        if not isinstance(role, Role):
            raise TypeError(f"{cls.__name__}.{name}: give its role, for example `= signer()`")
        if rest is not None:
            raise TypeError(f"{cls.__name__}.{name}: `{rest.name}` is repeated, so it must be the last account")
        if role.kind == "repeated":
            annotation = (get_args(annotation) or (None,))[0]
        declaration = cast("AccountDeclaration | None", getattr(annotation, "__account__", None))
        if role.kind in ("state", "create", "close", "repeated") and declaration is None:
            raise TypeError(f"{cls.__name__}.{name}: {role.kind}() needs an @account class as its type")
        slot = AccountSlot(name, declaration, role)
        if role.kind == "repeated":
            rest = slot
        else:
            slots.append(slot)
    known = {slot.name for slot in slots}
    for slot in (*slots, *([rest] if rest else [])):
        for reference in _references(slot.role):
            if reference.split(".")[0] not in known:
                raise TypeError(f"{cls.__name__}.{slot.name} refers to {reference!r}, which is not declared")
    cls.__slots_declared__ = tuple(slots)
    cls.__rest_declared__ = rest
    return cls


def _references(role: Role) -> list[str]:
    named = [role.payer, role.receiver, role.mint, role.authority, role.address, role.owner]
    return [n for n in named if n] + [b for b in role.bindings.values() if isinstance(b, str)]


# -- instructions and programs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InstructionDeclaration:
    """An instruction: its accounts, its typed arguments in order, its tag, and the function that runs it."""

    name: str
    accounts: tuple[AccountSlot, ...]
    accounts_class: type[Any]
    arguments: tuple[tuple[str, Type], ...]
    discriminator: bytes
    function: Callable[..., None]
    documentation: str
    rest: AccountSlot | None = None
    """The repeated accounts after the named ones."""

    def encode_arguments(self, **values: Any) -> bytes:
        """Instruction data: the discriminator and the packed arguments."""
        if set(values) != {name for name, _ in self.arguments}:
            expected = ", ".join(name for name, _ in self.arguments) or "none"
            raise TypeError(f"{self.name} takes the arguments: {expected}")
        return self.discriminator + b"".join(encode(kind, values[name]) for name, kind in self.arguments)


def instruction(function: F) -> F:
    """An entry of the program: `def name(accounts: AccountsClass, argument: type, …) -> None`."""
    namespace = dict(function.__globals__)
    parameters = list(inspect.signature(function).parameters.values())
    resolved = [eval(p.annotation, namespace) if isinstance(p.annotation, str) else p.annotation for p in parameters]  # noqa: S307
    if not parameters or not hasattr(resolved[0], "__slots_declared__"):
        raise TypeError(f"{function.__name__}: the first parameter is annotated with an @accounts class")
    arguments = tuple((p.name, type_of_annotation(a)) for p, a in zip(parameters[1:], resolved[1:], strict=True))
    declaration = InstructionDeclaration(
        function.__name__,
        resolved[0].__slots_declared__,
        resolved[0],
        arguments,
        discriminator("global", function.__name__),
        function,
        inspect.getdoc(function) or "",
        resolved[0].__rest_declared__,
    )
    function.__instruction__ = declaration  # type: ignore[attr-defined]
    return function


def shared(function: S) -> S:
    """Compile a large function once, for every instruction that calls it, instead of into each.

    A call then costs some ten compute units more, since nothing of it is inlined; the program is smaller, and builds faster.
    """
    function.__shared__ = True  # type: ignore[attr-defined]
    return function


@dataclass(frozen=True, slots=True)
class SecurityText:
    """The contact block embedded in the binary (security.txt)."""

    name: str
    project_url: str
    contacts: str
    policy: str
    source_code: str = ""


@dataclass(frozen=True)
class Program:
    """A whole program: what `hognose build` compiles."""

    name: str
    version: str
    address: Pubkey
    instructions: tuple[Callable[..., None], ...]
    errors: type[ErrorCode]
    events: tuple[type[Any], ...] = ()
    description: str = ""
    security: SecurityText | None = None

    @property
    def declarations(self) -> tuple[InstructionDeclaration, ...]:
        """The instructions' declarations, in order."""
        return tuple(f.__instruction__ for f in self.instructions)  # type: ignore[attr-defined]

    @property
    def accounts(self) -> tuple[AccountDeclaration, ...]:
        """Every state account that an instruction names, in order of first appearance."""
        slots = (slot for d in self.declarations for slot in (*d.accounts, d.rest) if slot is not None)
        found = {slot.declaration.name: slot.declaration for slot in slots if slot.declaration}
        return tuple(found.values())


def pascal_case(name: str) -> str:
    """`open_position` as `OpenPosition`."""
    return "".join(part.capitalize() for part in re.split("_", name))


__all__ = [
    "DISCRIMINATOR_SIZE",
    "AccountDeclaration",
    "AccountSlot",
    "Argument",
    "Array",
    "InstructionDeclaration",
    "IntegerType",
    "Program",
    "Role",
    "SecurityText",
    "account",
    "accounts",
    "allocate",
    "argument",
    "close",
    "create",
    "discriminator",
    "event",
    "instruction",
    "mint",
    "pascal_case",
    "program",
    "raw",
    "repeated",
    "shared",
    "signer",
    "state",
    "struct",
    "token",
]
