"""What a price took to compute: counted while the program's own functions run, never restated beside them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Final, TypeVar

from attrs import frozen

from quatrain.core import pmamm, pmamm_grid, pmamm_solve

T = TypeVar("T")


@frozen
class Work:
    """Evaluations by the solver that answers for an amount of money, and nodes of Simpson's rule; 0 where there are none."""

    iterations: int = 0
    nodes: int = 0


NO_WORK: Final = Work()


def _code(function: Any) -> CodeType:
    code: CodeType = function.__code__
    return code


_VALUES: Final = {_code(pmamm._loss_at), _code(pmamm_grid.at_offset)}  # pyright: ignore[reportPrivateUsage]
_SOLVERS: Final = {
    _code(pmamm.shares_for_spend_floor),
    _code(pmamm.shares_for_proceeds_ceil),
    _code(pmamm_solve.shares_for_spend_floor),
    _code(pmamm_solve.shares_for_proceeds_ceil),
}
_GRID: Final = _code(pmamm_grid.fill_weights)


class _Counter:
    """A profiling hook that counts calls of the functions above."""

    def __init__(self) -> None:
        self.iterations = 0
        self.nodes = 0
        self._solving = 0

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        if event == "call":
            self._enter(code, frame)
        elif event == "return" and code in _SOLVERS:
            self._solving -= 1

    def _enter(self, code: CodeType, frame: FrameType) -> None:
        if code in _SOLVERS:
            self._solving += 1
        elif code is _GRID:
            self.nodes += frame.f_locals["grid"].segments + 1
        elif (
            code in _VALUES and self._solving == 1
        ):  # deeper: the closed form that gives the many-outcome solver its start
            self.iterations += 1


def counted(compute: Callable[[], T]) -> tuple[T, Work]:
    """The result, and what it took. A solver's first evaluation is of the state it starts from: not an iteration."""
    counter, before = _Counter(), sys.getprofile()
    sys.setprofile(counter)
    try:
        result = compute()
    finally:
        sys.setprofile(before)
    return result, Work(max(counter.iterations - 1, 0), counter.nodes)


__all__ = ["NO_WORK", "Work", "counted"]
