"""Points in time and spans as people type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from quatrain.client.errors import UsageError

_SPAN: Final = re.compile(r"(\d+)([smhdw])", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def parse_span(text: str) -> int:
    """`90m`, `12h`, `30d`, `2w` in seconds."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is no span of time: write 90m, 12h, 30d or 2w")
    return int(match[1]) * _SECONDS[match[2]]


def parse_moment(text: str, now: int) -> int:
    """A unix second: `+30d` from now, or a date with or without time, in UTC unless it says otherwise."""
    if text.startswith("+"):
        return now + parse_span(text[1:])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no date: write 2026-12-31, 2026-12-31T18:00Z or +30d") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


__all__ = ["parse_moment", "parse_span"]
