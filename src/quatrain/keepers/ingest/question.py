"""What a market asks, as one document with one digest.

The chain stores only the digest. Whoever holds the document can prove that it is what the market asks: the digest is
SHA-256 of its JSON with sorted keys and no spaces.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from attrs import field, frozen

from hognose.lang import Hash


def _in_order(titles: Iterable[str]) -> tuple[str, ...]:
    return tuple(titles)


@frozen
class Question:
    """The question, its rules, the titles of its outcomes in order, and where it comes from."""

    title: str
    outcomes: tuple[str, ...] = field(converter=_in_order)
    rules: str = ""
    source: str = ""
    """`polymarket:<condition or group id>`, or empty for one of our own."""

    def document(self) -> str:
        """The canonical JSON."""
        content = {
            "outcomes": list(self.outcomes),
            "rules": self.rules,
            "source": self.source,
            "title": self.title,
        }
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @property
    def is_proposition(self) -> bool:
        """Whether it asks yes or no, so that its two outcomes are no alternatives."""
        return sorted(title.strip().casefold() for title in self.outcomes) == ["no", "yes"]

    @property
    def digest(self) -> Hash:
        """SHA-256 of the document, as the market stores it."""
        return Hash(hashlib.sha256(self.document().encode()).digest())


def parse_document(document: str) -> Question:
    """Read a canonical document back."""
    content = json.loads(document)
    return Question(content["title"], content["outcomes"], content["rules"], content["source"])


__all__ = ["Question", "parse_document"]
