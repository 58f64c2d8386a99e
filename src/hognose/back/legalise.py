"""128-bit operations that BPF lacks, written out in 64-bit ones.

The code generator of ours never makes them, but LLVM's optimiser folds some of what it does make back into them:
`x << 64 | x` into `x * (2^64 + 1)`, and `1 << n` in two words into one shift. This runs on the text of the optimised
module, after which nothing optimises IR again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_MULTIPLY = re.compile(r"^ +(%\S+) = mul (?:nuw |nsw )*i128 ([^,]+), ([^,\n]+)(.*)$", re.MULTILINE)
_SHIFT = re.compile(r"^ +(%\S+) = (shl|lshr|ashr) (?:nuw |nsw |exact )*i128 ([^,]+), (%[^,\n]+)(.*)$", re.MULTILINE)
_WORD = (1 << 64) - 1


def needs_legalising(text: str) -> bool:
    """Whether a module holds what BPF lacks."""
    return bool(_MULTIPLY.search(text) or _SHIFT.search(text))


def legalise(text: str) -> str:
    """Write the multiplications, and the shifts by a variable count, out in words."""
    numbers = iter(range(1 << 30))
    text = _MULTIPLY.sub(lambda match: _Lines(numbers, match[4]).multiply(match[1], match[2], match[3]), text)
    return _SHIFT.sub(lambda match: _Lines(numbers, match[5]).shift(match[2], match[1], match[3], match[4]), text)


class _Lines:
    """The instructions that take the place of one; `suffix` is its debug location."""

    def __init__(self, numbers: Iterator[int], suffix: str):
        self._numbers = numbers
        self._suffix = suffix
        self._lines: list[str] = []

    def emit(self, instruction: str, name: str | None = None) -> str:
        name = name or f"%legal.{next(self._numbers)}"
        self._lines.append(f"  {name} = {instruction}{self._suffix}")
        return name

    def halves(self, value: str) -> tuple[str, str]:
        """The high and low words of a value or of a constant."""
        if re.fullmatch(r"-?\d+", value):
            number = int(value) & ((1 << 128) - 1)
            return str(number >> 64), str(number & _WORD)
        low = self.emit(f"trunc i128 {value} to i64")
        shifted = self.emit(f"lshr i128 {value}, 64")
        return self.emit(f"trunc i128 {shifted} to i64"), low

    def whole(self, high: str, low: str, name: str) -> str:
        wide = self.emit(f"zext i64 {high} to i128")
        shifted = self.emit(f"shl i128 {wide}, 64")
        below = self.emit(f"zext i64 {low} to i128")
        self.emit(f"or i128 {shifted}, {below}", name)
        return "\n".join(self._lines)

    def word(self, operation: str, left: str, right: str) -> str:
        return self.emit(f"{operation} i64 {left}, {right}")

    def multiply(self, name: str, left: str, right: str) -> str:
        """Modulo 2^128: the product of the low words, and both cross products into the high one."""
        left_high, left_low = self.halves(left)
        right_high, right_low = self.halves(right)
        cross = self.word("add", self.word("mul", left_high, right_low), self.word("mul", left_low, right_high))
        high = self.word("add", self.multiply_high(left_low, right_low), cross)
        return self.whole(high, self.word("mul", left_low, right_low), name)

    def multiply_high(self, a: str, b: str) -> str:
        """The high word of a product of words, from four products of half words."""
        if b in ("0", "1"):
            return "0"
        mask = str((1 << 32) - 1)
        a0, a1 = self.word("and", a, mask), self.word("lshr", a, "32")
        b0, b1 = self.word("and", b, mask), self.word("lshr", b, "32")
        low = self.word("lshr", self.word("mul", a0, b0), "32")
        middle = self.word("add", low, self.word("mul", a1, b0))
        other = self.word("add", self.word("and", middle, mask), self.word("mul", a0, b1))
        high = self.word("add", self.word("mul", a1, b1), self.word("lshr", middle, "32"))
        return self.word("add", high, self.word("lshr", other, "32"))

    def shift(self, operation: str, name: str, value: str, count: str) -> str:
        """By a count below 128, as LLVM's own operation demands."""
        high, low = self.halves(value)
        wide_count = self.emit(f"trunc i128 {count} to i64")
        inner = self.word("and", wide_count, "63")
        rest = self.word("xor", inner, "63")
        large = self.emit(f"icmp ugt i64 {wide_count}, 63")
        if operation == "shl":
            crossed = self.word("lshr", self.word("lshr", low, "1"), rest)
            moved, near = self.word("shl", low, inner), self.word("or", self.word("shl", high, inner), crossed)
            return self.whole(self.pick(large, moved, near), self.pick(large, "0", moved), name)
        crossed = self.word("shl", self.word("shl", high, "1"), rest)
        moved, near = self.word(operation, high, inner), self.word("or", self.word("lshr", low, inner), crossed)
        fill = self.word("ashr", high, "63") if operation == "ashr" else "0"
        return self.whole(self.pick(large, fill, moved), self.pick(large, moved, near), name)

    def pick(self, condition: str, yes: str, no: str) -> str:
        return self.emit(f"select i1 {condition}, i64 {yes}, i64 {no}")


__all__ = ["legalise", "needs_legalising"]
