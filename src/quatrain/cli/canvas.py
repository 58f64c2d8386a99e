"""Charts in a terminal, drawn with Braille characters: two by four dots in each cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

from attrs import define, field, frozen

Dot: TypeAlias = tuple[float, float]

_BRAILLE: Final = 0x2800
_BITS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


@frozen
class Range:
    """The values that an axis spans."""

    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Range:
        """From the smallest to the largest; widened where all are equal."""
        low, high = min(values), max(values)
        return cls(low, high) if high > low else cls(low - 0.5, high + 0.5)

    def place(self, value: float, steps: int) -> int:
        """Which of `steps` equal steps a value falls on."""
        return round((value - self.low) / (self.high - self.low) * (steps - 1))


@define
class Canvas:
    """Dots in a grid of `width` by `height` characters."""

    width: int
    height: int
    _cells: dict[tuple[int, int], int] = field(factory=dict[tuple[int, int], int])

    def dot(self, x: int, y: int) -> None:
        """Set a dot, counted from the lower left; outside nothing happens."""
        row = 4 * self.height - 1 - y
        if 0 <= x < 2 * self.width and 0 <= row < 4 * self.height:
            cell = (row // 4, x // 2)
            self._cells[cell] = self._cells.get(cell, 0) | _BITS[row % 4][x % 2]

    def line(self, places: Sequence[tuple[int, int]], *, every: int = 1) -> None:
        """Straight lines from place to place, of all their dots or of every so many."""
        path = [dot for begin, end in pairwise(places) for dot in _between(begin, end)]
        for x, y in [*dict.fromkeys(path)][::every]:
            self.dot(x, y)

    def rows(self) -> list[str]:
        """The lines, from the top."""
        return [
            "".join(self._character(row, column) for column in range(self.width)).rstrip() for row in range(self.height)
        ]

    def _character(self, row: int, column: int) -> str:
        """A space where nothing is: some fonts draw the empty pattern as rings."""
        bits = self._cells.get((row, column), 0)
        return chr(_BRAILLE + bits) if bits else " "


def _between(begin: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots of a straight line."""
    steps = max(abs(end[0] - begin[0]), abs(end[1] - begin[1]), 1)
    for step in range(steps + 1):
        part = step / steps
        yield round(begin[0] + (end[0] - begin[0]) * part), round(begin[1] + (end[1] - begin[1]) * part)


@frozen
class Chart:
    """A line through dots, with its axes: how values are written, where a dotted upright stands, what the heights span.

    A second line is dotted; the axes are the first one's.
    """

    title: str
    dots: Sequence[Dot]
    x_label: str
    show_x: Callable[[float], str]
    show_y: Callable[[float], str]
    upright: float | None = None
    heights: Range | None = None
    dotted: Sequence[Dot] = ()


def draw(chart: Chart, width: int, height: int) -> list[str]:
    """The chart in so many columns, its plane in so many rows."""
    xs = Range.of([x for x, _ in chart.dots])
    ys = chart.heights or Range.of([y for _, y in chart.dots])
    marks = [chart.show_y(ys.high - (ys.high - ys.low) * row / (height - 1)) for row in range(height)]
    margin = max(len(mark) for mark in marks)
    canvas = Canvas(max(width - margin - 2, 16), height)
    _plot(canvas, chart, xs, ys)
    lines = [chart.title]
    for row, text in enumerate(canvas.rows()):
        is_marked = row % 3 == 0 or row == height - 1
        lines.append(f"{marks[row] if is_marked else '':>{margin}} {'┤' if is_marked else '│'}{text}")
    lines.append(f"{'':>{margin}} └{'─' * canvas.width}")
    lines.append(f"{'':>{margin}}  {_scale(chart, xs, canvas.width)}")
    return lines


def _plot(canvas: Canvas, chart: Chart, xs: Range, ys: Range) -> None:
    across, up = 2 * canvas.width, 4 * canvas.height
    if chart.upright is not None:
        at = xs.place(chart.upright, across)
        canvas.line([(at, 0), (at, up - 1)], every=4)
    for dots, every in ((chart.dotted, 3), (chart.dots, 1)):
        canvas.line([(xs.place(x, across), ys.place(y, up)) for x, y in dots], every=every)


def _scale(chart: Chart, xs: Range, width: int) -> str:
    """The values at both ends, what the axis is between them."""
    left, right = chart.show_x(xs.low), chart.show_x(xs.high)
    return f"{left}{chart.x_label:^{max(width - len(left) - len(right), len(chart.x_label) + 2)}}{right}"


__all__ = ["Canvas", "Chart", "Range", "draw"]
