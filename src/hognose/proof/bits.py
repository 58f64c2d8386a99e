"""Bitwise operators and lengths on integers: exact where one operand is known, bounds where none is."""

from __future__ import annotations

from hognose.lang.types import IntegerType
from hognose.proof.terms import Term, Terms, known


def bitwise(terms: Terms, operator: str, kind: IntegerType, left: Term, right: Term) -> Term:
    """`& | ^` of two integers of a type."""
    if known(left, right):
        return {"&": left & right, "|": left | right, "^": left ^ right}[operator]
    if kind.signed:
        raise TypeError(f"`{operator}` of an integer that may be negative")
    if known(left):
        left, right = right, left
    if not known(right):
        return _unknown(terms, operator, left, right)
    common = _masked(terms, left, right & ((1 << kind.bits) - 1))
    if operator == "&":
        return common
    return left + right - (common if operator == "|" else 2 * common)


def _unknown(terms: Terms, operator: str, left: Term, right: Term) -> Term:
    """Of two unknown integers, not negative: what is sure of the result, which is little."""
    found = terms.integer(operator, 0)
    if operator == "&":
        terms.facts += [found <= left, found <= right]
    else:
        terms.facts.append(found <= left + right)
    if operator == "|":
        terms.facts += [found >= left, found >= right]
    return found


def _masked(terms: Terms, value: Term, mask: int) -> Term:
    """value & mask: the sum over the runs of ones of the mask."""
    result: Term = 0
    while mask:
        low = (mask & -mask).bit_length() - 1
        length = ((mask >> low) ^ ((mask >> low) + 1)).bit_length() - 1
        run = terms.rest(terms.quotient(value, 1 << low), 1 << length)
        result = result + run * (1 << low)
        mask &= mask + (1 << low)
    return result


def bit_length(terms: Terms, value: Term, kind: IntegerType) -> Term:
    """The length of an integer of an unsigned type, by cases."""
    if known(value):
        return value.bit_length()
    low, high = terms.interval(value)
    # The value was checked to be one of its type.
    low, high = max(low or 0, 0), min(kind.maximum if high is None else high, kind.maximum)
    result: Term = high.bit_length()
    for length in range(high.bit_length() - 1, low.bit_length() - 1, -1):
        result = terms.choose(terms.compare("<", value, 1 << length), length, result)
    return result


__all__ = ["bit_length", "bitwise"]
