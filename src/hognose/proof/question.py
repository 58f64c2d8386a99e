"""One question to z3: any inputs, hypotheses about them, calls of functions that ship, and what must hold after.

    q = Question(Library([fee_ceil]))
    amount, rate = q.inputs(fee_ceil)
    fee = q.call(fee_ceil, amount, rate)
    q.show(fee * RATE_ONE >= amount * rate)
    q.answer()          # proved, refuted with a counterexample, or not decided

A call *returns*: what would abort it is excluded from then on, unless `aborts_never` asks that nothing does. Resources are
counted in z3's own steps, so that an answer does not depend on the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import z3

from hognose.front.main import Front
from hognose.ir.nodes import Function
from hognose.proof.evaluate import Contract, Handover
from hognose.proof.execute import Executor
from hognose.proof.memory import Object, Reference, State, Value
from hognose.proof.terms import Term, Terms

SMALL = 1 << 6
"""What counts as small in the search for a counterexample that z3 has not found."""
STEPS_MAXIMUM = 30_000_000
"""z3's resource limit of a question: some ten seconds."""


class Verdict(Enum):
    """What z3 says."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass
class Library:
    """Typed functions, each typed once."""

    front: Front = field(default_factory=Front)

    def typed(self, function: Callable[..., Any], kinds: Sequence[Any] = ()) -> Function:
        """The typed tree of a function, for the types of its `Any` parameters."""
        found = self.front.instantiate(function, list(kinds))
        self.front.finish()
        return found


@dataclass
class Answer:
    """A verdict, with the goal that fails and the values of the unknowns where there is a counterexample."""

    verdict: Verdict
    steps: int
    goal: str = ""
    model: Any = None


@dataclass
class Goal:
    """A conclusion to be shown."""

    what: str
    truth: Term
    known: int
    """How many hypotheses there were: later ones are not about it."""
    using: Sequence[Term] = ()
    """Of the hypotheses and of earlier goals, those that should be enough; tried first."""


@dataclass
class Question:
    """Any inputs, hypotheses, calls and conclusions."""

    library: Library
    substitutes: dict[Function, Function] = field(default_factory=dict[Function, Function])
    steps: int = STEPS_MAXIMUM
    terms: Terms = field(default_factory=Terms)
    hypotheses: list[Term] = field(default_factory=list[Term])
    goals: list[Goal] = field(default_factory=list[Goal])
    executor: Executor = field(init=False)
    state: State = field(init=False)

    names: dict[int, frozenset[int]] = field(default_factory=dict[int, frozenset[int]])
    atoms: dict[int, Any] = field(default_factory=dict[int, Any])
    spent: int = 0

    def __post_init__(self) -> None:
        self.executor = Executor(self.terms, self.substitutes)
        self.state = State(True, True)

    # -- inputs --------------------------------------------------------------------------------------------------------

    def inputs(self, function: Callable[..., Any], kinds: Sequence[Any] = ()) -> list[Value]:
        """Any value of each parameter."""
        typed = self.library.typed(function, kinds)
        return [self.executor.fresh(kind, name) for name, kind in typed.parameters]

    def integer(self, name: str, low: int | None = None, high: int | None = None) -> Term:
        """Any integer within bounds."""
        return self.terms.integer(name, low, high)

    def get(self, owner: Reference, *path: str | int) -> Value:
        """A field or element as it is now."""
        found: Value = owner
        for key in path:
            found = self.executor.read(self.state, found, key)
        return found

    def put(self, owner: Reference, *path: str | int, value: Value) -> None:
        """Let a field or element be what is given."""
        holder = self.get(owner, *path[:-1])
        assert isinstance(holder, Object)
        self.state.memory[holder, path[-1]] = value

    def lengths(self, **lengths: int) -> None:
        """How many elements arrays of any length have, by the name of their field or parameter."""
        self.executor.lengths.update(lengths)

    def contract(self, function: Callable[..., Any], contract: Contract) -> None:
        """Let a contract answer all calls of a function."""
        self.executor.contracts[function] = contract

    def fork(self, *functions: Callable[..., Any]) -> None:
        """Keep the paths of functions apart up to their end."""
        self.executor.forked |= frozenset(functions)

    # -- logic ---------------------------------------------------------------------------------------------------------

    def assume(self, *truths: Term) -> None:
        """Exclude whatever makes one of them false."""
        self.hypotheses += truths

    def show(self, truth: Term, what: str = "", using: Sequence[Term] = ()) -> Term:
        """What must hold, where need be with a hint from which hypotheses and earlier goals it follows; the truth itself."""
        self.goals.append(Goal(what, truth, len(self.hypotheses), using))
        return truth

    def named(self, term: Term, name: str) -> Term:
        """A fresh integer that is the term, so that what is known of it can be used without what it is made of."""
        found = self.terms.integer(name)
        self.assume(found == term)
        return found

    # -- calls ---------------------------------------------------------------------------------------------------------

    def call(
        self, function: Callable[..., Any], *arguments: Value, kinds: Sequence[Any] = (), aborts_never: bool = False
    ) -> Any:
        """Call a function: its result, a list of several, or None."""
        typed = self.library.typed(function, kinds)
        first = len(self.executor.checks)
        results = self.executor.call(typed, arguments, self.state)
        for check in self.executor.checks[first:]:
            truth = self.terms.implies(check.path, check.condition)
            if check.bound or aborts_never:
                self.show(truth, f"{check.what} at {check.at}")
            else:
                self.assume(truth)
        return results[0] if len(results) == 1 else results or None

    @property
    def handovers(self) -> list[Handover]:
        """The calls that contracts answered, and those of other programs."""
        return self.executor.handovers

    # -- answers -------------------------------------------------------------------------------------------------------

    def answer(self) -> Answer:
        """Ask about each goal, in the order in which they were stated."""
        spent = 0
        undecided = ""
        shown: list[Term] = []
        for goal in self.goals:
            if goal.truth is True:
                continue
            found, steps, model = self._ask(goal, [*self.hypotheses[: goal.known], *shown])
            spent += steps
            if found == z3.sat:
                return Answer(Verdict.REFUTED, spent, goal.what, model)
            if found != z3.unsat:
                undecided = undecided or goal.what or "a goal"
            # What holds may be used for what follows; of aborts, no later one comes before the first.
            shown.append(goal.truth)
        return Answer(Verdict.UNDECIDED if undecided else Verdict.PROVED, spent, undecided)

    def possible(self) -> bool:
        """Whether something fulfils all hypotheses, as far as z3 finds it: from nothing everything follows."""
        anything = Goal("", False, len(self.hypotheses))
        if self._solve(True, [*self.terms.facts, *self.hypotheses], self.steps)[0] == z3.sat:
            return True
        return self._ask_small(anything, self.hypotheses)[0] == z3.sat

    def _ask(self, goal: Goal, given: Sequence[Term]) -> tuple[Any, int, Any]:
        """Try what speaks of the goal's own unknowns only, or its hints; what that does not refute, with all that is known."""
        opposite = self.terms.negation(goal.truth)
        known = [*self.terms.facts, *(each for each in given if each is not True)]
        # A hint that is neither known nor shown would be taken for granted.
        assert all(any(hint is each for each in given) for hint in goal.using)
        if goal.using:
            close = [*goal.using, *self._close_to(opposite, self.terms.facts)]
        else:
            close = self._close_to(opposite, known)
        everything = len(close) == len(known)
        first = self._solve(opposite, close, self.steps if everything else self.steps // 10)
        if first[0] == z3.unsat or (everything and first[0] == z3.sat):
            return first
        if first[0] == z3.unknown:
            small = self._ask_small(goal, given)
            if small[0] == z3.sat or everything:
                return small if small[0] == z3.sat else first
        return self._solve(opposite, known, self.steps)

    def _ask_small(self, goal: Goal, given: Sequence[Term]) -> tuple[Any, int, Any]:
        """Look for a counterexample among small numbers, where products of unknowns are few."""
        opposite = self.terms.negation(goal.truth)
        known = [*self.terms.facts, *(each for each in given if each is not True)]
        names = self._names(opposite).union(*(self._names(each) for each in known))
        bounds = [
            z3.And(each >= -SMALL, each <= SMALL) for each in map(self.atoms.__getitem__, names) if z3.is_int(each)
        ]
        return self._solve(opposite, [*known, *bounds], self.steps // 10)

    def _close_to(self, truth: Term, known: Sequence[Term]) -> list[Term]:
        names = set(self._names(truth))
        grown = True
        while grown:
            new = {
                name
                for defined, of in self.terms.defined.items()
                if defined in names
                for part in of
                for name in self._names(part)
            }
            grown = not new <= names
            names |= new
        return [each for each in known if self._names(each) <= names]

    def _names(self, truth: Term) -> frozenset[int]:
        """The unknowns of a term, by their identities."""
        if isinstance(truth, bool | int):
            return frozenset()
        if truth.get_id() not in self.names:
            self.terms.kept.append(truth)
            parts = [truth.arg(i) for i in range(truth.num_args())]
            found = frozenset[int]().union(*(self._names(part) for part in parts))
            if z3.is_const(truth) and not _is_literal(truth):
                self.atoms[truth.get_id()] = truth
                found |= {truth.get_id()}
            self.names[truth.get_id()] = found
        return self.names[truth.get_id()]

    def _solve(self, truth: Term, known: Sequence[Term], steps: int) -> tuple[Any, int, Any]:
        solver = z3.Solver(ctx=self.terms.context)
        solver.set("rlimit", steps)
        solver.add(*(self.terms.expression(each) for each in known))
        solver.add(self.terms.expression(truth))
        found = solver.check()
        statistics = solver.statistics()
        total = statistics.get_key_value("rlimit count") if "rlimit count" in statistics.keys() else 0  # noqa: SIM118
        spent, self.spent = total - self.spent, total
        return found, spent, solver.model() if found == z3.sat else None


def _is_literal(term: Any) -> bool:
    return z3.is_int_value(term) or z3.is_true(term) or z3.is_false(term)


__all__ = ["STEPS_MAXIMUM", "Answer", "Goal", "Library", "Question", "Verdict"]
