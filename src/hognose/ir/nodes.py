"""The typed tree that the front end makes and every engine reads.

Expressions carry their type and their place. A struct, array or `Pubkey` expression denotes an address; a view (an
array of unknown length) denotes an address and a length; everything else is a value. Every operation that can abort
carries its place, from which the build derives the abort's code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hognose.errors import Location
from hognose.lang.declare import AccountDeclaration, AccountSlot
from hognose.lang.types import ArrayType, Pubkey, StructType, Type


@dataclass(frozen=True, slots=True)
class TupleType:
    """Several scalar results."""

    elements: tuple[Type, ...]

    def __str__(self) -> str:
        return f"tuple[{', '.join(map(str, self.elements))}]"


@dataclass(frozen=True, slots=True)
class AccountsType:
    """The accounts of an instruction: one address each."""

    name: str
    slots: tuple[AccountSlot, ...] = field(hash=False, compare=False)
    python_class: type[Any]
    rest: AccountSlot | None = field(default=None, hash=False, compare=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class AccountListType:
    """The repeated accounts of an instruction: a count, then an address each."""

    element: StructType

    def __str__(self) -> str:
        return f"Sequence[{self.element}]"


AnyType: TypeAlias = "Type | TupleType | AccountsType | AccountListType | None"


@dataclass(slots=True, kw_only=True)
class Expression:
    """Base: `type` is None for a literal that has not met its type, and for calls without result."""

    type: AnyType
    at: Location


@dataclass(slots=True, kw_only=True)
class Const(Expression):
    """An integer or a bool."""

    value: int


@dataclass(slots=True, kw_only=True)
class PubkeyConst(Expression):
    """An address known at build time."""

    value: Pubkey


@dataclass(slots=True, kw_only=True)
class Table(Expression):
    """A read-only array; equal tables are stored once."""

    values: tuple[int, ...]
    name: str


@dataclass(slots=True, kw_only=True)
class Local(Expression):
    """The value of a local or a parameter."""

    name: str


@dataclass(slots=True, kw_only=True)
class Member(Expression):
    """The field at `offset` bytes of what `base` addresses: loaded when scalar, an address otherwise."""

    base: Expression
    offset: int
    name: str


@dataclass(slots=True, kw_only=True)
class Element(Expression):
    """The element at `index` of the array or view `base`; aborts out of range."""

    base: Expression
    index: Expression


@dataclass(slots=True, kw_only=True)
class Slot(Expression):
    """An account of the instruction."""

    base: Expression
    index: int
    name: str


@dataclass(slots=True, kw_only=True)
class Listed(Expression):
    """The account at `index` of the repeated ones; aborts out of range."""

    base: Expression
    index: Expression


@dataclass(slots=True, kw_only=True)
class Length(Expression):
    """The number of elements of an array or a view."""

    base: Expression


@dataclass(slots=True, kw_only=True)
class Binary(Expression):
    """`+ - * // % & | ^ << >>` on operands of the node's type; a shift's right operand keeps its own."""

    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True, kw_only=True)
class Negate(Expression):
    """`-x`, or `~x` when `invert`."""

    operand: Expression
    invert: bool = False


@dataclass(slots=True, kw_only=True)
class Compare(Expression):
    """`< <= > >= == !=` of two integers of one type, two bools or two addresses."""

    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True, kw_only=True)
class Logic(Expression):
    """`and` / `or`, short-circuit."""

    operator: str
    operands: list[Expression]


@dataclass(slots=True, kw_only=True)
class Not(Expression):
    """`not x`."""

    operand: Expression


@dataclass(slots=True, kw_only=True)
class Conditional(Expression):
    """`then if condition else otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(slots=True, kw_only=True)
class Let(Expression):
    """Evaluate `value` once, bind it to `name`, then `body` (comparison chains)."""

    name: str
    value: Expression
    body: Expression


@dataclass(slots=True, kw_only=True)
class Convert(Expression):
    """To the node's integer type; `checked` unless it widens."""

    operand: Expression
    checked: bool


@dataclass(slots=True, kw_only=True)
class Intrinsic(Expression):
    """A fused operation: mul_div_floor, mul_div_ceil, mul_shift, mul_shift_ceil, bit_length, min, max, abs."""

    name: str
    operands: list[Expression]


@dataclass(slots=True, kw_only=True)
class Call(Expression):
    """Arguments in the order of the parameters; `order` lists their positions as the source evaluates them."""

    function: Function
    arguments: list[Expression]
    order: list[int]


@dataclass(slots=True, kw_only=True)
class Record(Expression):
    """A fresh struct on the stack; an event is preceded by its discriminator."""

    values: dict[str, Expression]


@dataclass(slots=True, kw_only=True)
class NewArray(Expression):
    """A fresh zeroed array on the stack."""


@dataclass(slots=True, kw_only=True)
class Key(Expression):
    """The address of an account."""

    base: Expression


@dataclass(slots=True, kw_only=True)
class ReadClock(Expression):
    """The clock sysvar, on the stack."""


@dataclass(slots=True, kw_only=True)
class RentMinimum(Expression):
    """Lamports that exempt an account of `size` bytes from rent."""

    size: Expression


@dataclass(slots=True, kw_only=True)
class Sha256(Expression):
    """The digest of the parts' packed bytes."""

    parts: list[Expression]


@dataclass(slots=True)
class Meta:
    """An account passed to another program; `seeds_of` makes the program sign for it."""

    account: Expression
    writable: bool
    signer: bool
    seeds_of: AccountDeclaration | None


@dataclass(slots=True, kw_only=True)
class Statement:
    """Base: every statement has a place."""

    at: Location


@dataclass(slots=True, kw_only=True)
class Assign(Statement):
    """Bind a local; `copy` stores a Pubkey by value."""

    name: str
    value: Expression


@dataclass(slots=True, kw_only=True)
class Unpack(Statement):
    """Bind the results of a call."""

    names: list[str]
    call: Call


@dataclass(slots=True, kw_only=True)
class Store(Statement):
    """Write a scalar or a Pubkey to a member or an element."""

    target: Member | Element
    value: Expression


@dataclass(slots=True, kw_only=True)
class CopyInto(Statement):
    """Copy a struct, or an array of fixed length, by value."""

    destination: Expression
    source: Expression


@dataclass(slots=True, kw_only=True)
class If(Statement):
    """Two branches."""

    condition: Expression
    then: list[Statement]
    otherwise: list[Statement]


@dataclass(slots=True, kw_only=True)
class While(Statement):
    """A loop on a condition."""

    condition: Expression
    body: list[Statement]


@dataclass(slots=True, kw_only=True)
class ForRange(Statement):
    """A loop over `range(start, stop, step)`; `step` is not 0."""

    name: str
    type: Type
    start: Expression
    stop: Expression
    step: int
    body: list[Statement]


@dataclass(slots=True, kw_only=True)
class Break(Statement):
    """Leave the innermost loop."""


@dataclass(slots=True, kw_only=True)
class Continue(Statement):
    """Go on with the innermost loop's next round."""


@dataclass(slots=True, kw_only=True)
class Return(Statement):
    """Leave the function with its results."""

    values: list[Expression]


@dataclass(slots=True, kw_only=True)
class Evaluate(Statement):
    """Compute for the effect."""

    value: Expression


@dataclass(slots=True, kw_only=True)
class Require(Statement):
    """Abort with the program error `code` unless the condition holds; None always aborts."""

    condition: Expression | None
    code: int
    name: str


@dataclass(slots=True, kw_only=True)
class Emit(Statement):
    """Log an event."""

    event: Expression


@dataclass(slots=True, kw_only=True)
class Log(Statement):
    """Log a constant line."""

    message: str


@dataclass(slots=True, kw_only=True)
class SetReturnData(Statement):
    """Return a struct to the caller."""

    value: Expression


@dataclass(slots=True, kw_only=True)
class Invoke(Statement):
    """Call another program."""

    program: Expression
    data: Expression
    metas: list[Meta]


@dataclass(slots=True, eq=False)
class Function:
    """A compiled function: one per combination of parameter types."""

    name: str
    parameters: list[tuple[str, Any]]
    result: AnyType
    at: Location
    python_function: Callable[..., Any]
    locals: dict[str, Any] = field(default_factory=dict[str, Any])
    body: list[Statement] = field(default_factory=list[Statement])
    calls: list[Function] = field(default_factory=list["Function"])
    writes: set[str] = field(default_factory=set[str])
    """The parameters that the body writes through."""
    wrapping: bool = False
    shared: bool = False
    """Compiled once for the whole program, and called from other units by its name."""

    def unit(self) -> list[Function]:
        """What is compiled with this function: it and all that it calls but for shared functions, callees first."""
        found: dict[Function, None] = {}

        def visit(function: Function) -> None:
            for callee in function.calls:
                if callee not in found and not callee.shared:
                    visit(callee)
            found[function] = None

        visit(self)
        return list(found)

    def reachable(self) -> list[Function]:
        """This function and all that it calls, each after its callees."""
        found: dict[Function, None] = {}

        def visit(function: Function) -> None:
            for callee in function.calls:
                if callee not in found:
                    visit(callee)
            found[function] = None

        visit(self)
        return list(found)


@dataclass(slots=True)
class Module:
    """Functions in an order in which each follows those that it calls."""

    functions: list[Function] = field(default_factory=list[Function])


def is_reference(kind: AnyType) -> bool:
    """Whether an expression of this type denotes an address."""
    from hognose.lang.types import PubkeyType

    return isinstance(kind, StructType | ArrayType | PubkeyType | AccountsType | AccountListType)
