"""Rules about types: how integers meet, what widens by itself, how literals adapt."""

from __future__ import annotations

from hognose.ir.nodes import AnyType
from hognose.lang.types import I64, I128, U64, U128, IntegerType


def join(left: IntegerType, right: IntegerType) -> IntegerType | None:
    """The type in which two operands meet, or None when neither holds the other."""
    if widens(left, right):
        return right
    if widens(right, left):
        return left
    return None


def widens(source: IntegerType, target: IntegerType) -> bool:
    """Whether every value of `source` is one of `target`."""
    return target.minimum <= source.minimum and source.maximum <= target.maximum


def default_for_literal(value: int) -> IntegerType:
    """The type of a literal that meets no other: u64, or i64 when negative; the 128-bit ones when it needs them."""
    narrow, wide = (I64, I128) if value < 0 else (U64, U128)
    return narrow if narrow.holds(value) else wide


def describe(kind: AnyType) -> str:
    """A type as diagnostics print it."""
    return "nothing" if kind is None else str(kind)
