"""Compute units by source line of one instruction: every instruction's cost, system calls included, at its place."""

from __future__ import annotations

import linecache
import posixpath
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hognose.back.linemap import LineMap
from hognose.back.linker import Program
from hognose.testing.vm import run
from hognose.tools.recording import Recording

COMPUTE_LIMIT = 1_400_000
UNKNOWN = "(generated)"


@dataclass(frozen=True, slots=True)
class LineCost:
    """What one source line cost: units with its system calls, and how many instructions ran. Line 0 is no line."""

    file: str
    line: int
    compute_units: int
    instructions: int
    source: str

    @property
    def place(self) -> str:
        """`file:line`, or UNKNOWN for code that stands for no line."""
        return f"{self.file}:{self.line}" if self.line else UNKNOWN


@dataclass(frozen=True, slots=True)
class Profile:
    """One run: the lines by descending cost, which add up to `compute_units`, and the error it ended in, if any."""

    lines: tuple[LineCost, ...]
    compute_units: int
    error: str | None
    detail: str

    def to_json(self) -> dict[str, Any]:
        """The profile for `json.dumps`."""
        return asdict(self)


def profile(program: Program, linemap: LineMap, recording: Recording) -> Profile:
    """Run a recorded instruction on the tracing interpreter and attribute every unit."""
    result = run(program, recording.input(), syscalls=recording.environment(), compute_limit=COMPUTE_LIMIT)
    units: Counter[tuple[str, int]] = Counter()
    instructions: Counter[tuple[str, int]] = Counter()
    for pc, count in enumerate(result.counts):
        if count:
            where = linemap.at(pc)
            place = (posixpath.normpath(where.file), where.line) if where else (UNKNOWN, 0)
            units[place] += result.units[pc]
            instructions[place] += count
    lines = [
        LineCost(file, line, units[file, line], instructions[file, line], _source(file, line)) for file, line in units
    ]
    lines.sort(key=lambda cost: (-cost.compute_units, cost.file, cost.line))
    return Profile(tuple(lines), result.compute_units, result.error, result.detail)


def render(found: Profile, *, top: int | None = None) -> str:
    """The table: units, share of all, place, source; then the total. `top` keeps that many lines."""
    shown = found.lines if top is None else found.lines[:top]
    places = [_short(cost.place) for cost in shown]
    width = max((len(place) for place in places), default=0)
    rows = [f"{'CU':>9}  {'share':>6}  {'line':<{width}}  source"]
    rows += [
        f"{cost.compute_units:>9,}  {_share(cost.compute_units, found)}  {place:<{width}}  {cost.source}".rstrip()
        for cost, place in zip(shown, places, strict=True)
    ]
    if rest := sum(cost.compute_units for cost in found.lines[len(shown) :]):
        rows.append(f"{rest:>9,}  {_share(rest, found)}  {len(found.lines) - len(shown)} more lines")
    rows.append(f"{found.compute_units:>9,}  100.0%  total")
    if found.error:
        rows.append(f"failed: {found.error}{f' ({found.detail})' if found.detail else ''}")
    return "\n".join(rows)


def _share(units: int, found: Profile) -> str:
    return f"{units / max(found.compute_units, 1):>6.1%}"


def _source(file: str, line: int) -> str:
    return linecache.getline(file, line).strip() if line else ""


def _short(place: str) -> str:
    """A place below the working directory, relative to it."""
    path = Path(place)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else place
