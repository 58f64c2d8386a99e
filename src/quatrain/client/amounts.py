"""Amounts as people write them: exact decimals in and out, never through a float.

USDC and shares have 6 decimals, probabilities 9, SOL 9. A number with more decimals than its unit has is refused
rather than rounded, and so is whatever could be read in two ways: signs, exponents, thousands separators.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from quatrain.client.errors import AmountError

_DECIMAL: Final = re.compile(r"(?P<whole>\d[\d_]*)?(?:\.(?P<fraction>\d+))?", re.ASCII)
U64_MAX: Final = (1 << 64) - 1


@frozen
class Unit:
    """A unit of account: its name, and how many decimals separate it from the integer that is stored."""

    name: str
    decimals: int

    @property
    def one(self) -> int:
        """The stored integer of exactly 1."""
        return 10**self.decimals

    def parse(self, text: str) -> int:
        """Read a non-negative decimal exactly; AmountError when it is none, too fine, or beyond 64 bits."""
        match = _DECIMAL.fullmatch(text.strip())
        if match is None or not (match["whole"] or match["fraction"]):
            raise AmountError(f"{text!r} is not an amount of {self.name}: write a plain decimal such as 12.5")
        fraction = (match["fraction"] or "").rstrip("0")
        if len(fraction) > self.decimals:
            raise AmountError(f"{text!r} has {len(fraction)} decimals; {self.name} has {self.decimals}")
        value = int(match["whole"] or "0") * self.one + int(fraction.ljust(self.decimals, "0") or "0")
        if value > U64_MAX:
            raise AmountError(f"{text!r} is more {self.name} than 64 bits hold")
        return value

    def plain(self, value: int) -> str:
        """The shortest exact decimal, for machines: `parse` reads it back."""
        sign, magnitude = ("-", -value) if value < 0 else ("", value)
        whole, fraction = divmod(magnitude, self.one)
        digits = f"{fraction:0{self.decimals}d}".rstrip("0") if fraction else ""
        return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"

    def show(self, value: int, *, places: int = 2) -> str:
        """For people: exact, thousands separated, at least `places` decimals."""
        whole, _, fraction = self.plain(abs(value)).partition(".")
        sign = "-" if value < 0 else ""
        return f"{sign}{int(whole):,}.{fraction.ljust(places, '0')}" if places or fraction else f"{sign}{int(whole):,}"


USDC: Final = Unit("USDC", 6)
SHARES: Final = Unit("shares", 6)
PRICE: Final = Unit("probability", 9)
SOL: Final = Unit("SOL", 9)


def show_price(value: int) -> str:
    """A 9-decimal probability as a percentage with two decimals, rounded half up."""
    hundredths = (value * 10_000 + PRICE.one // 2) // PRICE.one
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


__all__ = ["PRICE", "SHARES", "SOL", "U64_MAX", "USDC", "Unit", "show_price"]
