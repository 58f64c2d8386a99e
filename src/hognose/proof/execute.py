"""Symbolic execution of the typed tree: every path of a call at once, as terms.

Branches are executed apart and joined by `if` terms, or kept apart to the function's end where it is in `forked`. Whatever
can abort becomes a *check*: a condition, the path it is on, and its place. Loops run as often as their conditions can hold,
up to a bound; that they cannot run on is a check too, which is never assumed. A function in `contracts` is not entered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from hognose.ir import nodes
from hognose.ir.effects import has_effect
from hognose.ir.nodes import AccountListType, AccountsType, Call, Expression, Function, Statement
from hognose.lang.runtime import Clock
from hognose.lang.types import BOOL, ArrayType, BoolType, IntegerType, PubkeyType, StructType, layout_of
from hognose.proof.bits import bit_length, bitwise
from hognose.proof.memory import Choice, Exit, Object, Place, Reference, State, Value, cases_of, differing
from hognose.proof.terms import Term, Terms, known

ADDRESS_BITS = 256
ROUNDS_MAXIMUM = 300
"""No loop is unrolled further, whatever is stated."""

Contract: TypeAlias = "Callable[[Executor, State, Sequence[Value]], Sequence[Value]]"
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
class Executor:
    """One question's execution."""

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

    # -- calls ---------------------------------------------------------------------------------------------------------

    def call(self, function: Function, arguments: Sequence[Value], state: State) -> list[Value]:
        """Call a function from a state, whose memory it changes; its results."""
        contract = self.contracts.get(function.python_function)
        if contract is not None:
            results = list(contract(self, state, arguments))
            path = self.terms.both(state.outer, state.path)
            self.handovers.append(Handover(path, function.python_function, tuple(arguments), tuple(results)))
            return results
        function = self.substitutes.get(function, function)
        inner = State(self.terms.both(state.outer, state.path), True, {}, dict(state.memory))
        inner.locals = {name: value for (name, _), value in zip(function.parameters, arguments, strict=True)}
        falling, exits = self.block([inner], function.body, function.python_function in self.forked)
        assert not falling, "a function ends by `return`"
        if not exits:
            return [0 for _ in _results(function)]
        last = exits[-1]
        merged, values = last.state, last.values
        for leaving in reversed(exits[:-1]):
            condition = leaving.state.path
            values = [self._either(condition, a, b) for a, b in zip(leaving.values, values, strict=True)]
            merged = self.merge(condition, leaving.state, merged, True)
        state.memory = merged.memory
        return values

    # -- statements ----------------------------------------------------------------------------------------------------

    def block(self, states: list[State], body: Iterable[Statement], fork: bool) -> tuple[list[State], list[Exit]]:
        """Run statements from each state: the states that reach the end, and the paths that left."""
        exits: list[Exit] = []
        for statement in body:
            reached: list[State] = []
            for state in states:
                found, left = self._statement(state, statement, fork)
                reached += found
                exits += left
            states = reached
        return states, exits

    def _statement(self, state: State, node: Statement, fork: bool) -> tuple[list[State], list[Exit]]:
        match node:
            case nodes.If():
                return self._if(state, node, fork)
            case nodes.While():
                return self._while(state, node, fork)
            case nodes.ForRange():
                return self._for(state, node, fork)
            case nodes.Return():
                values = [self.value(state, value) for value in node.values]
                return [], [Exit("return", state, values)]
            case nodes.Break():
                return [], [Exit("break", state)]
            case nodes.Continue():
                return [], [Exit("continue", state)]
            case nodes.Require(condition=None):
                self.check(state, False, node.name, node)
                return [], []
            case _:
                self._simple(state, node)
                return [state], []

    def _simple(self, state: State, node: Statement) -> None:
        match node:
            case nodes.Assign():
                state.locals[node.name] = self.value(state, node.value)
            case nodes.Unpack():
                state.locals.update(zip(node.names, self._call(state, node.call), strict=True))
            case nodes.Store():
                self._store(state, node)
            case nodes.CopyInto():
                self._copy(state, self.value(state, node.destination), self.value(state, node.source))
            case nodes.Require(condition=Expression() as condition):
                self.check(state, self.value(state, condition), node.name, node)
            case nodes.Evaluate():
                self.value(state, node.value)
            case nodes.Emit():
                self.value(state, node.event)
            case nodes.SetReturnData():
                self.value(state, node.value)
            case nodes.Log():
                pass
            case nodes.Invoke():
                data = self.value(state, node.data)
                accounts = [self.value(state, meta.account) for meta in node.metas]
                path = self.terms.both(state.outer, state.path)
                fields = {f.name: self.read(state, data, f.name) for f in cast(StructType, data.type).fields}
                self.handovers.append(Handover(path, "invoke", tuple(accounts), (fields,)))
            case _:
                raise TypeError(f"{type(node).__name__} has no meaning in a proof")

    def _store(self, state: State, node: nodes.Store) -> None:
        value = self.value(state, node.value)
        target = node.target
        base = self.value(state, target.base)
        if isinstance(target, nodes.Member):
            self.write(state, base, target.name, value)
            return
        index = self._index(state, target, base)
        if isinstance(index, int):
            self.write(state, base, index, value)
            return
        for position in self._positions(base, index):
            self.write(state, base, position, value, self.terms.compare("==", index, position))

    def _copy(self, state: State, destination: Object, source: Object) -> None:
        if isinstance(destination.type, StructType):
            keys: Iterable[str | int] = [f.name for f in destination.type.fields]
        else:
            keys = range(destination.length)
        for key in keys:
            value = self.read(state, source, key)
            if isinstance(value, Object):
                self._copy(state, self.read(state, destination, key), value)
            else:
                self.write(state, destination, key, value)

    def _if(self, state: State, node: nodes.If, fork: bool) -> tuple[list[State], list[Exit]]:
        condition = self.value(state, node.condition)
        if isinstance(condition, bool):
            return self.block([state], node.then if condition else node.otherwise, fork)
        path = state.path
        yes, no = self.terms.both(path, condition), self.terms.both(path, self.terms.negation(condition))
        then, left = self.block([state.copy(yes)], node.then, fork)
        otherwise, also_left = self.block([state.copy(no)], node.otherwise, fork)
        exits = [*left, *also_left]
        if fork or not then or not otherwise:
            return [*then, *otherwise], exits
        (a,), (b,) = then, otherwise
        whole = path if a.path is yes and b.path is no else self.terms.either(a.path, b.path)
        return [self.merge(condition, a, b, whole)], exits

    def _together(self, states: list[State], fork: bool) -> list[State]:
        """The states that go on, as one unless they are kept apart."""
        if fork or len(states) < 2:
            return states
        merged = states[-1]
        for state in reversed(states[:-1]):
            merged = self.merge(state.path, state, merged, self.terms.either(state.path, merged.path))
        return [merged]

    def _round(
        self, states: list[State], body: list[Statement], fork: bool
    ) -> tuple[list[State], list[State], list[Exit]]:
        """One round of a loop: the states that go on, those that are past the loop, and the returns."""
        falling, exits = self.block(states, body, fork)
        going = [*falling, *(e.state for e in exits if e.kind == "continue")]
        past = [e.state for e in exits if e.kind == "break"]
        return self._together(going, fork), past, [e for e in exits if e.kind == "return"]

    def _while(self, state: State, node: nodes.While, fork: bool) -> tuple[list[State], list[Exit]]:
        states, past, exits = [state], list[State](), list[Exit]()
        for count in range(ROUNDS_MAXIMUM + 1):
            going: list[State] = []
            for each in states:
                condition = self.value(each, node.condition)
                if condition is not True:
                    past.append(each.copy(self.terms.both(each.path, self.terms.negation(condition))))
                if condition is not False:
                    going.append(each.copy(self.terms.both(each.path, condition)))
            going = [each for each in going if each.path is not False]
            if not going:
                break
            if count >= self.rounds:
                for each in going:
                    self.check(each, False, "rounds", node)
                break
            states, left, returned = self._round(going, node.body, fork)
            past += left
            exits += returned
        past = [each for each in past if each.path is not False]
        return self._together(past, fork), exits

    def _for(self, state: State, node: nodes.ForRange, fork: bool) -> tuple[list[State], list[Exit]]:
        start, stop = self.value(state, node.start), self.value(state, node.stop)
        if not known(start):
            raise TypeError(f"line {node.at.line}: a range from an unknown number")
        _, last = self.terms.interval(stop)
        if (
            last is None
            or (abs(last - start) // abs(node.step) > ROUNDS_MAXIMUM)
            or (node.step < 0 and not known(stop))
        ):
            raise TypeError(f"line {node.at.line}: a range up to an unknown number without a bound")
        states, past, exits = [state], list[State](), list[Exit]()
        for position in range(start, last, node.step):
            inside = self.terms.compare("<", position, stop) if node.step > 0 else True
            going: list[State] = []
            for each in states:
                if inside is not True:
                    past.append(each.copy(self.terms.both(each.path, self.terms.negation(inside))))
                going.append(each.copy(self.terms.both(each.path, inside)))
            for each in going:
                each.locals[node.name] = position
            states, left, returned = self._round(going, node.body, fork)
            past += left
            exits += returned
        past = [each for each in (*past, *states) if each.path is not False]
        return self._together(past, fork), exits

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


def _results(function: Function) -> Sequence[Any]:
    if isinstance(function.result, nodes.TupleType):
        return function.result.elements
    return [] if function.result is None else [function.result]


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


__all__ = ["Check", "Contract", "Executor", "Handover"]
