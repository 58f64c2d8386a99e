"""What expressions of the typed tree come to, as terms: memory, checks, and arithmetic that aborts.

Whatever can abort becomes a *check*: a condition, the path it is on, and its place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from hognose.ir import nodes
from hognose.ir.effects import has_effect
from hognose.ir.nodes import AccountListType, AccountsType, Call, Expression, Function, Statement
from hognose.lang.runtime import Clock
from hognose.lang.types import BOOL, ArrayType, BoolType, IntegerType, PubkeyType, StructType, layout_of
from hognose.proof.bits import bit_length, bitwise
from hognose.proof.memory import Choice, Object, Place, Reference, State, Value, cases_of, differing
from hognose.proof.terms import Term, Terms, known

ADDRESS_BITS = 256
Contract: TypeAlias = "Callable[[Evaluator, State, Sequence[Value]], Sequence[Value]]"
"""What stands for a call: from its arguments, its results."""


@dataclass(frozen=True)
class Check:
    """What must hold where the path leads, or the call aborts."""

    path: Term
    condition: Term
    what: str
    at: str
    bound: bool = False
    """Of a loop that is unrolled no further: not an abort, and so never assumed."""


@dataclass(frozen=True)
class Handover:
    """A call that a contract answered, or a call of another program."""

    path: Term
    what: Any
    arguments: tuple[Value, ...]
    results: tuple[Value, ...]


@dataclass
class Evaluator(ABC):
    """What a question knows of memory, and what expressions come to in a state."""

    terms: Terms
    substitutes: dict[Function, Function] = field(default_factory=dict[Function, Function])
    contracts: dict[Callable[..., Any], Contract] = field(default_factory=dict[Callable[..., Any], Contract])
    forked: frozenset[Callable[..., Any]] = frozenset()
    rounds: int = 64
    checks: list[Check] = field(default_factory=list[Check])
    handovers: list[Handover] = field(default_factory=list[Handover])
    initial: dict[Place, Value] = field(default_factory=dict[Place, Value])
    lengths: dict[str, int] = field(default_factory=dict[str, int])
    """Elements of the arrays whose type does not say it, by the name of field or parameter."""

    # -- memory --------------------------------------------------------------------------------------------------------

    def fresh(self, kind: Any, name: str) -> Value:
        """Any value of a type."""
        match kind:
            case IntegerType():
                return self.terms.integer(name, kind.minimum, kind.maximum)
            case BoolType():
                return self.terms.truth(name)
            case PubkeyType():
                return self.terms.integer(name, 0, (1 << ADDRESS_BITS) - 1)
            case ArrayType():
                return Object(kind, name, self._length(kind, name))
            case AccountListType():
                return Object(kind, name, self.lengths.get(name.rpartition(".")[2], 0))
            case _:
                return Object(kind, name)

    def _length(self, kind: ArrayType, name: str) -> int:
        short = name.rpartition(".")[2]
        length = self.lengths.get(short, kind.length if kind.length is not None else kind.tail_minimum)
        if length is None:
            raise ValueError(f"say how many elements `{name}` has")
        return length

    def _zero(self, kind: Any, name: str) -> Value:
        if isinstance(kind, BoolType):
            return False
        if isinstance(kind, IntegerType | PubkeyType):
            return 0
        found = self.fresh(kind, name)
        found.zero = True
        return found

    def first(self, place: Place) -> Value:
        """What was at a place before the call."""
        if place not in self.initial:
            owner, key = place
            name = f"{owner.name}[{key}]" if isinstance(key, int) else f"{owner.name}.{key}"
            kind = _kind_at(owner, key)
            self.initial[place] = self._zero(kind, name) if owner.zero else self.fresh(kind, name)
        return self.initial[place]

    def read(self, state: State, reference: Reference, key: str | int) -> Value:
        """The value at a field or an element."""
        cases = cases_of(reference)
        values = [(condition, self._at(state, (owner, key))) for condition, owner in cases]
        return self.join(values)

    def _at(self, state: State, place: Place) -> Value:
        return state.memory[place] if place in state.memory else self.first(place)

    def write(self, state: State, reference: Reference, key: str | int, value: Value, where: Term = True) -> None:
        """Put a value at a field or an element, where the reference leads there and the condition holds."""
        taken: Term = False
        for condition, owner in cases_of(reference):
            here = self.terms.both(condition, self.terms.negation(taken), where)
            place = (owner, key)
            state.memory[place] = self.join([(here, value), (True, self._at(state, place))])
            taken = self.terms.either(taken, condition)

    def join(self, values: Sequence[tuple[Term, Value]]) -> Value:
        """The first value whose condition holds; the last where none does."""
        result = values[-1][1]
        for condition, value in reversed(values[:-1]):
            result = self._either(condition, value, result)
        return result

    def _either(self, condition: Term, then: Value, otherwise: Value) -> Value:
        if isinstance(condition, bool):
            return then if condition else otherwise
        if not isinstance(then, Object | Choice):
            return self.terms.choose(condition, then, otherwise)
        if then is otherwise:
            return then
        cases = [(self.terms.both(condition, inner), owner) for inner, owner in cases_of(then)]
        return Choice((*cases, *cases_of(otherwise)))

    def merge(self, condition: Term, a: State, b: State, path: Term) -> State:
        """One state for two paths, of which the condition takes the first."""
        merged = State(a.outer, path, dict(b.locals), dict(b.memory))
        for name in differing(a.locals, b.locals):
            if name in a.locals and name in b.locals:
                merged.locals[name] = self._either(condition, a.locals[name], b.locals[name])
            else:
                merged.locals[name] = a.locals.get(name, b.locals.get(name))
        for place in differing(a.memory, b.memory):
            merged.memory[place] = self._either(condition, self._at(a, place), self._at(b, place))
        return merged

    # -- checks --------------------------------------------------------------------------------------------------------

    def check(self, state: State, condition: Term, what: str, node: Expression | Statement) -> None:
        """Abort here unless the condition holds."""
        if condition is not True:
            path = self.terms.both(state.outer, state.path)
            at = f"{node.at.path}:{node.at.line}:{node.at.column + 1}"
            self.checks.append(Check(path, condition, what, at, what == "rounds"))

    def fit(self, state: State, value: Term, node: Expression) -> Term:
        """A value, checked to be one of the node's type."""
        kind = cast(IntegerType, node.type)
        low, high = self.terms.interval(value)
        if low is None or low < kind.minimum:
            self.check(state, self.terms.compare("<=", kind.minimum, value), "range", node)
        if high is None or high > kind.maximum:
            self.check(state, self.terms.compare("<=", value, kind.maximum), "range", node)
        return value

    @abstractmethod
    def call(self, function: Function, arguments: Sequence[Value], state: State) -> list[Value]:
        """Call a function from a state, whose memory it changes; its results."""

    # -- expressions ---------------------------------------------------------------------------------------------------

    def value(self, state: State, node: Expression) -> Value:
        """The value of an expression."""
        match node:
            case nodes.Const():
                return bool(node.value) if node.type == BOOL else node.value
            case nodes.Local():
                return state.locals[node.name]
            case nodes.Member():
                return self.read(state, self.value(state, node.base), node.name)
            case nodes.Slot():
                return self.read(state, self.value(state, node.base), node.name)
            case nodes.Element():
                return self._element(state, node)
            case nodes.Listed():
                base = self.value(state, node.base)
                return self.read(state, base, self._index(state, node, base))
            case nodes.Length():
                base = self.value(state, node.base)
                return len(node.base.values) if isinstance(node.base, nodes.Table) else base.length
            case nodes.Call():
                results = self._call(state, node)
                return results[0] if len(results) == 1 else results
            case nodes.Logic() | nodes.Not() | nodes.Conditional() | nodes.Compare() | nodes.Let():
                return self._truth(state, node)
            case nodes.Binary() | nodes.Negate() | nodes.Convert() | nodes.Intrinsic():
                return self._arithmetic(state, node)
            case _:
                return self._made(state, node)

    def _made(self, state: State, node: Expression) -> Value:
        match node:
            case nodes.PubkeyConst():
                return int.from_bytes(node.value, "little")
            case nodes.Table():
                return node
            case nodes.Record():
                made = Object(cast(StructType, node.type), str(node.type), zero=True)
                for name, value in node.values.items():
                    state.memory[made, name] = self.value(state, value)
                return made
            case nodes.NewArray():
                kind = cast(ArrayType, node.type)
                return Object(kind, "new", kind.length or 0, zero=True)
            case nodes.Key():
                owner = self.value(state, node.base)
                return self.join([(condition, self.first((each, ".key"))) for condition, each in cases_of(owner)])
            case nodes.ReadClock():
                return self.clock
            case nodes.Sha256():
                for part in node.parts:
                    self.value(state, part)
                return self.terms.integer("digest", 0, (1 << ADDRESS_BITS) - 1)
            case _:
                raise TypeError(f"{type(node).__name__} has no meaning in a proof")

    @property
    def clock(self) -> Object:
        """The cluster's clock, the same during the whole call."""
        place = (_WORLD, "clock")
        if place not in self.initial:
            self.initial[place] = Object(layout_of(Clock), "clock")
        return self.initial[place]

    def _call(self, state: State, node: Call) -> list[Value]:
        values = {index: self.value(state, node.arguments[index]) for index in node.order}
        return self.call(node.function, [values[index] for index in range(len(values))], state)

    def _element(self, state: State, node: nodes.Element) -> Value:
        if isinstance(node.base, nodes.Table):
            return self._entry(state, node, node.base)
        base = self.value(state, node.base)
        index = self._index(state, node, base)
        if isinstance(index, int):
            return self.read(state, base, index)
        positions = self._positions(base, index)
        return self.join([(self.terms.compare("==", index, i), self.read(state, base, i)) for i in positions])

    def _entry(self, state: State, node: nodes.Element, table: nodes.Table) -> Term:
        """A table's entry: by cases where its number is one of few, otherwise any number from the least to the greatest."""
        index = self.value(state, node.index)
        values = [bool(v) if node.type == BOOL else v for v in table.values]
        self.check(state, self._inside(index, len(values)), "index", node)
        last = len(values) - 1
        found = self.terms.by_cases(index, lambda i: values[min(max(i, 0), last)])
        if found is None:
            found = self.terms.integer(table.name, min(values), max(values))
        return found

    def _inside(self, index: Term, length: int) -> Term:
        return self.terms.both(self.terms.compare("<=", 0, index), self.terms.compare("<", index, length))

    def _index(self, state: State, node: nodes.Element | nodes.Listed, base: Reference) -> Term:
        index = self.value(state, node.index)
        lengths = {owner.length for _, owner in cases_of(base)}
        self.check(state, self._inside(index, min(lengths)), "index", node)
        return min(max(index, 0), max(min(lengths) - 1, 0)) if isinstance(index, int) else index

    def _positions(self, base: Reference, index: Term) -> list[int]:
        """The elements that an unknown index may mean."""
        length = min(owner.length for _, owner in cases_of(base))
        low, high = self.terms.interval(index)
        return list(range(max(low or 0, 0), min(length - 1 if high is None else high, length - 1) + 1)) or [0]

    # -- truths --------------------------------------------------------------------------------------------------------

    def _truth(self, state: State, node: Expression) -> Value:
        match node:
            case nodes.Compare():
                left, right = self.value(state, node.left), self.value(state, node.right)
                return self.terms.compare(node.operator, left, right)
            case nodes.Not():
                return self.terms.negation(self.value(state, node.operand))
            case nodes.Logic():
                return self._logic(state, node)
            case nodes.Conditional():
                condition = self.value(state, node.condition)
                return self._branches(state, condition, node.then, node.otherwise)
            case nodes.Let():
                state.locals[node.name] = self.value(state, node.value)
                return self.value(state, node.body)
            case _:
                raise TypeError(type(node).__name__)

    def _logic(self, state: State, node: nodes.Logic) -> Term:
        result = self.value(state, node.operands[0])
        conjunction = node.operator == "and"
        for operand in node.operands[1:]:
            decided = result if not conjunction else self.terms.negation(result)
            if decided is True:
                break
            rest = self._under(state, self.terms.negation(decided), operand)
            result = (self.terms.both if conjunction else self.terms.either)(result, rest)
        return result

    def _branches(self, state: State, condition: Term, then: Expression, otherwise: Expression) -> Value:
        if isinstance(condition, bool):
            return self.value(state, then if condition else otherwise)
        a = self._under(state, condition, then)
        b = self._under(state, self.terms.negation(condition), otherwise)
        return self._either(condition, a, b)

    def _under(self, state: State, condition: Term, node: Expression) -> Value:
        """The value of an expression that is evaluated where a condition holds."""
        inner = state.copy(self.terms.both(state.path, condition))
        value = self.value(inner, node)
        if has_effect(node):
            state.memory = self.merge(condition, inner, state, state.path).memory
        else:
            state.memory.update({place: value for place, value in inner.memory.items() if place not in state.memory})
        return value

    # -- arithmetic ----------------------------------------------------------------------------------------------------

    def _arithmetic(self, state: State, node: Expression) -> Term:
        match node:
            case nodes.Binary():
                left, right = self.value(state, node.left), self.value(state, node.right)
                return self._binary(state, node, left, right)
            case nodes.Negate():
                operand = self.value(state, node.operand)
                return self.fit(state, -1 - operand if node.invert else -operand, node)
            case nodes.Convert():
                value = self.value(state, node.operand)
                return self.fit(state, value, node) if node.checked else value
            case nodes.Intrinsic():
                operands = [self.value(state, operand) for operand in node.operands]
                return self._intrinsic(state, node, operands)
            case _:
                raise TypeError(type(node).__name__)

    def _binary(self, state: State, node: nodes.Binary, left: Term, right: Term) -> Term:
        terms = self.terms
        match node.operator:
            case "+":
                return self.fit(state, left + right, node)
            case "-":
                return self.fit(state, left - right, node)
            case "*":
                return self.fit(state, left * right, node)
            case "//" | "%":
                self.check(state, terms.compare("!=", right, 0), "division", node)
                if known(right) and right == 0:
                    return 0
                return self.fit(state, (terms.quotient if node.operator == "//" else terms.rest)(left, right), node)
            case "<<":
                kind = cast(IntegerType, node.type)
                self.check(state, terms.compare("<", right, max(64, kind.bits)), "shift", node)
                return self.fit(
                    state, self._shifted(right, lambda n: left << n if known(left) else left * (1 << n)), node
                )
            case ">>":
                return self._shifted(right, lambda n: terms.quotient(left, 1 << n))
            case _:
                return bitwise(terms, node.operator, cast(IntegerType, node.type), left, right)

    def _shifted(self, count: Term, function: Callable[[int], Term]) -> Term:
        found = self.terms.by_cases(count, lambda n: function(min(max(n, 0), ADDRESS_BITS)))
        if found is None:
            raise TypeError("a shift by an unknown count without a bound")
        return found

    def _intrinsic(self, state: State, node: nodes.Intrinsic, operands: list[Term]) -> Term:
        terms = self.terms
        match node.name, operands:
            case "mul_div_floor" | "mul_div_ceil", [a, b, c]:
                self.check(state, terms.compare("!=", c, 0), "division", node)
                if known(c) and c == 0:
                    return 0
                return self.fit(
                    state, (terms.quotient if node.name.endswith("floor") else terms.ceiling)(a * b, c), node
                )
            case "mul_shift", [a, b, n]:
                return self.fit(state, self._shifted(n, lambda i: terms.quotient(a * b, 1 << i)), node)
            case "mul_shift_ceil", [a, b, n]:
                return self.fit(state, self._shifted(n, lambda i: terms.ceiling(a * b, 1 << i)), node)
            case "bit_length", [a]:
                return bit_length(terms, a, cast(IntegerType, node.operands[0].type))
            case "abs", [a]:
                return self.fit(state, terms.most(a, -a), node)
            case _:
                return (terms.least if node.name == "min" else terms.most)(operands[0], operands[1])


_WORLD = Object(ArrayType(BOOL, 0), "world")


def _kind_at(owner: Object, key: str | int) -> Any:
    """The type of a field, an element or an account."""
    kind = owner.type
    if key == ".key":
        return PubkeyType()
    if isinstance(kind, ArrayType | AccountListType):
        return kind.element
    if isinstance(kind, AccountsType):
        return _slot_kind(kind, str(key))
    found = kind.field(str(key))
    assert found is not None, key
    return found.type


def _slot_kind(kind: AccountsType, name: str) -> Any:
    from hognose.front.expressions import slot_type

    for slot in kind.slots:
        if slot.name == name:
            return slot_type(slot.role.kind, slot.declaration)
    assert kind.rest is not None and kind.rest.declaration is not None
    return AccountListType(kind.rest.declaration.layout)


__all__ = ["Check", "Contract", "Evaluator", "Handover"]
