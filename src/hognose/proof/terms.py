"""Integers and truths that are Python's where they are known, and z3's where they are not.

A `Term` is an int, a bool or a z3 expression; every operation folds what is known. Division rounds down as in the language:
a quotient is a fresh integer q with q·d ≤ n < (q + 1)·d, so that what is asked of z3 has products but no division.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import z3

Term: TypeAlias = Any
"""An int, a bool, or a z3 expression of the integers or of the truth values."""
Interval: TypeAlias = tuple[int | None, int | None]
"""The least and the greatest value; None where there is no bound."""

CASES_MAXIMUM = 1 << 10
"""A choice among more constants than this is not looked into."""


def known(*terms: Term) -> bool:
    """Whether all terms are Python's own."""
    return all(isinstance(term, int) for term in terms)


@dataclass
class Terms:
    """The terms of one question: its z3 context, and what is true of the fresh integers among them."""

    context: Any = field(default_factory=z3.Context)
    facts: list[Any] = field(default_factory=list[Any])
    intervals: dict[int, Interval] = field(default_factory=dict[int, Interval])
    quotients: dict[tuple[Any, ...], Term] = field(default_factory=dict[tuple[Any, ...], Term])
    defined: dict[int, tuple[Term, Term]] = field(default_factory=dict[int, "tuple[Term, Term]"])
    """What each quotient is of."""
    kept: list[Any] = field(default_factory=list[Any])
    """Expressions whose identity is a key here: z3 must not give it to others."""
    count: int = 0

    # -- atoms ---------------------------------------------------------------------------------------------------------

    def integer(self, name: str, low: int | None = None, high: int | None = None) -> Term:
        """A fresh integer within bounds."""
        self.count += 1
        found = z3.Int(f"{name}!{self.count}", self.context)
        if low is not None:
            self.facts.append(found >= low)
        if high is not None:
            self.facts.append(found <= high)
        self._note(found, (low, high))
        return found

    def truth(self, name: str) -> Term:
        """A fresh truth value."""
        self.count += 1
        return z3.Bool(f"{name}!{self.count}", self.context)

    def expression(self, term: Term) -> Any:
        """The term as an expression of z3."""
        if isinstance(term, bool):
            return z3.BoolVal(term, self.context)
        return z3.IntVal(term, self.context) if isinstance(term, int) else term

    # -- truths --------------------------------------------------------------------------------------------------------

    def both(self, *truths: Term) -> Term:
        """All of them."""
        left: list[Any] = []
        for truth in truths:
            if isinstance(truth, bool):
                if not truth:
                    return False
            elif not any(truth.eq(other) for other in left):
                left.append(truth)
        return True if not left else left[0] if len(left) == 1 else z3.And(*left)

    def either(self, *truths: Term) -> Term:
        """At least one of them."""
        return self.negation(self.both(*map(self.negation, truths)))

    def negation(self, truth: Term) -> Term:
        """The opposite."""
        if isinstance(truth, bool):
            return not truth
        return truth.arg(0) if z3.is_not(truth) else z3.Not(truth)

    def implies(self, premise: Term, conclusion: Term) -> Term:
        """The conclusion, where the premise holds."""
        return self.either(self.negation(premise), conclusion)

    def choose(self, condition: Term, then: Term, otherwise: Term) -> Term:
        """One of two values."""
        if isinstance(condition, bool):
            return then if condition else otherwise
        if known(then, otherwise) and then == otherwise and isinstance(then, bool) == isinstance(otherwise, bool):
            return then
        if isinstance(then, bool) or isinstance(otherwise, bool):
            return self._choose_truth(condition, then, otherwise)
        a, b = self.expression(then), self.expression(otherwise)
        return then if a.eq(b) else z3.If(condition, a, b)

    def _choose_truth(self, condition: Term, then: Term, otherwise: Term) -> Term:
        return self.both(self.implies(condition, then), self.implies(self.negation(condition), otherwise))

    def compare(self, operator: str, left: Term, right: Term) -> Term:
        """`< <= > >= == !=` of two integers, or of two truths."""
        if known(left, right):
            return COMPARISONS[operator](int(left), int(right))
        if operator in ("==", "!="):
            if isinstance(left, bool) or isinstance(right, bool):
                truth, other = (left, right) if isinstance(left, bool) else (right, left)
                return self.negation(other) if truth is (operator == "!=") else other
            same = self.expression(left) == self.expression(right)
            return same if operator == "==" else z3.Not(same)
        decided = _decided(operator, self.interval(left), self.interval(right))
        return COMPARISONS[operator](left, right) if decided is None else decided

    # -- integers ------------------------------------------------------------------------------------------------------

    def quotient(self, dividend: Term, divisor: Term) -> Term:
        """dividend // divisor, rounded down; any integer where the divisor is 0."""
        if known(dividend, divisor) and divisor != 0:
            return dividend // divisor
        low, high = _divided(self.interval(dividend), self.interval(divisor))
        if low is not None and low == high:
            return low
        name = ("//", *map(self._identity, (dividend, divisor)))
        if name not in self.quotients:
            self.quotients[name] = found = self.integer("quotient", low, high)
            self.defined[found.get_id()] = (dividend, divisor)
            up = z3.And(found * divisor <= dividend, dividend < found * divisor + divisor)
            down = z3.And(found * divisor >= dividend, dividend > found * divisor + divisor)
            least, _ = self.interval(divisor)
            if least is not None and least > 0:
                self.facts.append(up)
            else:
                self.facts.append(z3.Implies(self.expression(divisor) > 0, up))
                if least is None or least < 0:
                    self.facts.append(z3.Implies(self.expression(divisor) < 0, down))
            if not isinstance(divisor, int) and low == 0:
                # Implied, and what products of unknowns are slow to show.
                self.facts.append(z3.Implies(self.expression(divisor) > 0, found <= dividend))
        return self.quotients[name]

    def rest(self, dividend: Term, divisor: Term) -> Term:
        """dividend % divisor, which has the divisor's sign."""
        if known(dividend, divisor) and divisor != 0:
            return dividend % divisor
        return dividend - self.quotient(dividend, divisor) * divisor

    def least(self, left: Term, right: Term) -> Term:
        """The smaller of two."""
        return self.choose(self.compare("<=", left, right), left, right)

    def most(self, left: Term, right: Term) -> Term:
        """The larger of two."""
        return self.choose(self.compare(">=", left, right), left, right)

    def ceiling(self, dividend: Term, divisor: Term) -> Term:
        """dividend / divisor, rounded up."""
        return -self.quotient(-dividend, divisor)

    def by_cases(self, term: Term, function: Callable[[int], Term]) -> Term | None:
        """The function of a term that is one of few constants, case by case; None where it is not."""
        if isinstance(term, int):
            return function(term)
        cases = self._constants(term, {})
        if cases is not None and len(cases) <= CASES_MAXIMUM:
            return self._mapped(term, {value: function(value) for value in cases}, {})
        low, high = self.interval(term)
        if low is None or high is None or high - low >= CASES_MAXIMUM:
            return None
        result = function(high)
        for value in range(high - 1, low - 1, -1):
            result = self.choose(self.compare("==", term, value), function(value), result)
        return result

    def _constants(self, term: Any, seen: dict[int, set[int]]) -> set[int] | None:
        if z3.is_int_value(term):
            return {term.as_long()}
        if not z3.is_app_of(term, z3.Z3_OP_ITE):
            return None
        if term.get_id() not in seen:
            then, otherwise = self._constants(term.arg(1), seen), self._constants(term.arg(2), seen)
            if then is None or otherwise is None:
                return None
            self.kept.append(term)
            seen[term.get_id()] = then | otherwise
        return seen[term.get_id()]

    def _mapped(self, term: Any, values: dict[int, Term], seen: dict[int, Term]) -> Term:
        if z3.is_int_value(term):
            return values[term.as_long()]
        if term.get_id() not in seen:
            then, otherwise = (self._mapped(term.arg(i), values, seen) for i in (1, 2))
            seen[term.get_id()] = self.choose(term.arg(0), then, otherwise)
        return seen[term.get_id()]

    # -- bounds --------------------------------------------------------------------------------------------------------

    def interval(self, term: Term) -> Interval:
        """Bounds of an integer that hold whatever the unknowns are, of those that its form shows."""
        if isinstance(term, int):
            return int(term), int(term)
        found = self.intervals.get(term.get_id())
        if found is None:
            found = self._note(term, self._interval(term))
        return found

    def _note(self, term: Any, interval: Interval) -> Interval:
        self.kept.append(term)
        self.intervals[term.get_id()] = interval
        return interval

    def _interval(self, term: Any) -> Interval:
        if z3.is_int_value(term):
            return term.as_long(), term.as_long()
        if z3.is_app_of(term, z3.Z3_OP_ITE):
            a, b = self.interval(term.arg(1)), self.interval(term.arg(2))
            low = None if a[0] is None or b[0] is None else min(a[0], b[0])
            return low, None if a[1] is None or b[1] is None else max(a[1], b[1])
        parts = [self.interval(term.arg(i)) for i in range(term.num_args())]
        if z3.is_add(term):
            return _sum(parts)
        if z3.is_sub(term):
            return _sum([parts[0], *map(_opposite, parts[1:])])
        if z3.is_app_of(term, z3.Z3_OP_UMINUS):
            return _opposite(parts[0])
        if z3.is_mul(term):
            product = parts[0]
            for part in parts[1:]:
                product = _product(product, part)
            return product
        return None, None

    def _identity(self, term: Term) -> Any:
        if isinstance(term, int):
            return "known", term
        self.kept.append(term)
        return term.get_id()


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


def _decided(operator: str, a: Interval, b: Interval) -> bool | None:
    """What a comparison is where its sides' bounds decide it."""
    if operator in (">", ">="):
        return _decided(operator.replace(">", "<"), b, a)
    strict = operator == "<"
    if a[1] is not None and b[0] is not None and (a[1] < b[0] or (a[1] == b[0] and not strict)):
        return True
    if a[0] is not None and b[1] is not None and (a[0] > b[1] or (a[0] == b[1] and strict)):
        return False
    return None


def _sum(parts: Sequence[Interval]) -> Interval:
    lows, highs = [part[0] for part in parts], [part[1] for part in parts]
    low = None if None in lows else sum(value for value in lows if value is not None)
    return low, None if None in highs else sum(value for value in highs if value is not None)


def _opposite(part: Interval) -> Interval:
    return None if part[1] is None else -part[1], None if part[0] is None else -part[0]


def _product(a: Interval, b: Interval) -> Interval:
    if a[0] is None or a[1] is None or b[0] is None or b[1] is None:
        positive = a[0] is not None and a[0] >= 0 and b[0] is not None and b[0] >= 0
        return (a[0] * b[0], None) if positive and a[0] is not None and b[0] is not None else (None, None)
    products = [x * y for x in (a[0], a[1]) for y in (b[0], b[1])]
    return min(products), max(products)


def _divided(a: Interval, b: Interval) -> Interval:
    """Bounds of a quotient; none where the divisor may be negative. One that may be 0 counts as 1 or more."""
    if a[0] is None or b[0] is None or b[0] < 0:
        return None, None
    if b[0] == 0:
        return min(a[0], 0), None if a[1] is None else max(a[1], 0)
    lows = [a[0] // b[0]] if b[1] is None else [a[0] // b[0], a[0] // b[1]]
    if a[1] is None:
        return (min(lows) if a[0] >= 0 or b[1] is not None else a[0] // b[0]), None
    highs = [a[1] // b[0]] if b[1] is None else [a[1] // b[0], a[1] // b[1]]
    low = min([*lows, 0]) if b[1] is None else min(lows)
    return low, max([*highs, 0]) if b[1] is None else max(highs)


__all__ = ["COMPARISONS", "Interval", "Term", "Terms", "known"]
