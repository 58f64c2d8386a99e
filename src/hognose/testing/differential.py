"""Four ways to run a function, one answer: CPython, the checked mode, the native engine and the Solana machine.

    compare([cost_ceil], {cost_ceil: [(b, reserve, 1), (b, reserve, 2)]})

Where the checked mode returns, all four return the same. Where it aborts, native and machine abort with the same kind
at the same place, or with the same program error; CPython, which has no widths to overflow, is then not asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from hognose.back.native import ErrorReturned, Native
from hognose.front.main import Front
from hognose.ir.nodes import Function
from hognose.lang.traps import ProgramAbort, Trap
from hognose.testing.checked import Checked, clone
from hognose.testing.svm import ChainFailureError, Svm

Inputs: TypeAlias = "Mapping[Callable[..., Any], Iterable[Sequence[Any]]]"


class Engine(Protocol):
    """What runs compiled functions."""

    def place(self, trap: Trap) -> str:
        """Where a trap that a call raised happened: `path:line:column`."""
        ...

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call with Python values. Raises Trap or ErrorReturned."""
        ...


class _NativeEngine(Native):
    """The native engine, which can say where a trap happened."""

    def place(self, trap: Trap) -> str:
        """Where a trap that a call raised happened: `path:line:column`."""
        at = self.sites[trap.site or 0].at
        return f"{at.path}:{at.line}:{at.column + 1}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: `value`, `trap`, `error` (of the program) or `failure` (of anything else), and the details."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A call on which the engines disagree."""

    function: str
    arguments: tuple[Any, ...]
    outcomes: dict[str, Outcome]

    def __str__(self) -> str:
        lines = [f"{self.function}{self.arguments!r}"]
        lines += [f"    {name:8} {outcome.kind} {outcome.detail}" for name, outcome in self.outcomes.items()]
        return "\n".join(lines)


class DifferenceError(AssertionError):
    """Engines disagree; the message lists on what."""

    def __init__(self, differences: list[Difference]):
        self.differences = differences
        shown = "\n".join(map(str, differences[:10]))
        super().__init__(f"{len(differences)} calls on which the engines disagree\n{shown}")


class Engines:
    """The engines, ready to be asked. `on_chain` may be left out where speed matters more."""

    def __init__(self, functions: Sequence[Callable[..., Any]], *, on_chain: bool = True, all_features: bool = False):
        front = Front()
        self._typed: dict[Callable[..., Any], Function] = {f: front.instantiate(f, []) for f in functions}
        front.finish()
        self.checked = Checked(functions)
        self._compiled: dict[str, Engine] = {"native": _NativeEngine(functions)}
        if on_chain:
            self._compiled["svm"] = Svm(functions, all_features=all_features)

    def ask(self, function: Callable[..., Any], arguments: Sequence[Any]) -> dict[str, Outcome]:
        """Every engine's outcome, the checked mode first; CPython's is left out where the checked mode traps."""
        outcomes = {"checked": _outcome(self.checked, function, arguments)}
        if outcomes["checked"].kind != "trap":
            outcomes["cpython"] = self._in_cpython(function, arguments)
        for name, engine in self._compiled.items():
            outcomes[name] = _outcome(engine, function, arguments)
        return outcomes

    def _in_cpython(self, function: Callable[..., Any], arguments: Sequence[Any]) -> Outcome:
        kinds = [kind for _, kind in self._typed[function].parameters]
        try:
            value = function(*(clone(k, v) for k, v in zip(kinds, arguments, strict=True)))
        except ProgramAbort as abort:
            return Outcome("error", str(abort.error.code))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is CPython's outcome
            return Outcome("failure", repr(error))
        return Outcome("value", repr(value))


def _outcome(engine: Engine, function: Callable[..., Any], arguments: Sequence[Any]) -> Outcome:
    try:
        return Outcome("value", repr(engine.call(function, *arguments)))
    except Trap as trap:
        if trap.site is None:
            return Outcome("failure", repr(trap))
        return Outcome("trap", f"{trap.kind.name} at {engine.place(trap)}")
    except ErrorReturned as error:
        return Outcome("error", str(error.code))
    except ChainFailureError as failure:
        return Outcome("failure", str(failure))


def differences(engines: Engines, inputs: Inputs) -> tuple[list[Difference], Counter[str]]:
    """The calls on which the engines disagree, and how often each kind of outcome came."""
    found: list[Difference] = []
    tally: Counter[str] = Counter()
    for function, calls in inputs.items():
        for arguments in calls:
            outcomes = engines.ask(function, arguments)
            tally[outcomes["checked"].kind] += 1
            if len(set(outcomes.values())) != 1 or outcomes["checked"].kind == "failure":
                found.append(Difference(function.__qualname__, tuple(arguments), outcomes))
    return found, tally


def compare(
    functions: Sequence[Callable[..., Any]], inputs: Inputs, *, on_chain: bool = True, all_features: bool = False
) -> Counter[str]:
    """How often each kind of outcome came. Raises DifferenceError where the engines disagree."""
    found, tally = differences(Engines(functions, on_chain=on_chain, all_features=all_features), inputs)
    if found:
        raise DifferenceError(found)
    return tally
