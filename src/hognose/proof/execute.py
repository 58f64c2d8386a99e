"""Symbolic execution of the typed tree: every path of a call at once, as terms.

Branches are executed apart and joined by `if` terms, or kept apart to the function's end where it is in `forked`. Whatever
can abort becomes a *check*: a condition, the path it is on, and its place. Loops run as often as their conditions can hold,
up to a bound; that they cannot run on is a check too, which is never assumed. A function in `contracts` is not entered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from hognose.ir import nodes
from hognose.ir.nodes import Expression, Function, Statement
from hognose.lang.types import StructType
from hognose.proof.evaluate import Evaluator, Handover
from hognose.proof.memory import Exit, Object, State, Value
from hognose.proof.terms import known

ROUNDS_MAXIMUM = 300
"""No loop is unrolled further, whatever is stated."""


class Executor(Evaluator):
    """One question's execution: calls and statements, path by path."""

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


def _results(function: Function) -> Sequence[Any]:
    if isinstance(function.result, nodes.TupleType):
        return function.result.elements
    return [] if function.result is None else [function.result]


__all__ = ["Executor"]
