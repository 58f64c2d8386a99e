"""What a statement is: a claim about functions that ship, within bounds, with a variant that breaks it.

The claim is the docstring of the function that asks z3. `docs/reference/proofs.md` is made from these declarations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from hognose.ir.nodes import Function
from hognose.proof.mutate import Mutant, mutants
from hognose.proof.question import Answer, Library, Question, Verdict
from hognose.proof.terms import Terms

MODULES = (
    "trades", "liquidation", "steps", "line", "loans", "ledger", "vault", "makers", "leverage", "coverage", "fees",
)  # fmt: skip
"""The topics, in the order of the page."""
OTHER_NAMINGS = (1_000, 20_000)


@dataclass(frozen=True)
class Statement:
    """A claim, what it is about, for which inputs, what it takes as given, and how z3 is asked."""

    name: str
    topic: str
    claim: str
    functions: tuple[Callable[..., Any], ...]
    bounds: str
    given: str
    broken: tuple[Callable[..., Any], str]
    kinds: tuple[Any, ...]
    ask: Callable[[Question], None]


STATEMENTS: dict[str, Statement] = {}


def states(
    *functions: Callable[..., Any],
    broken: str,
    of: Callable[..., Any] | None = None,
    bounds: str = "all",
    given: str = "",
    kinds: tuple[Any, ...] = (),
) -> Callable[[Callable[[Question], None]], Callable[[Question], None]]:
    """Declare a statement about functions, which the broken variant `of` one of them (the first, unless said) refutes."""

    def declare(ask: Callable[[Question], None]) -> Callable[[Question], None]:
        name = ask.__name__.replace("_", " ")
        claim = " ".join((ask.__doc__ or "").split())
        topic = ask.__module__.rpartition(".")[2]
        assert name not in STATEMENTS
        STATEMENTS[name] = Statement(
            name, topic, claim, functions, bounds, given, (of or functions[0], broken), kinds, ask
        )
        return ask

    return declare


@cache
def library() -> Library:
    """All functions, typed once a process."""
    return Library()


@cache
def all_statements() -> dict[str, Statement]:
    """Every statement of every topic."""
    for module in MODULES:
        import_module(f"tests.proofs.{module}")
    return STATEMENTS


def typed(statement: Statement, function: Callable[..., Any]) -> Function:
    """The tree of one of a statement's functions."""
    return library().typed(function, statement.kinds)


@cache
def variants_of(statement_name: str, function: Callable[..., Any]) -> dict[str, Mutant]:
    """The broken variants of a function as a statement uses it, by their names."""
    statement = all_statements()[statement_name]
    return {mutant.name: mutant for mutant in mutants(typed(statement, function))}


def asked(statement: Statement, mutant: Mutant | None = None, naming: int = 0) -> Question:
    """The statement's question, about the function that ships or about a variant; unknowns are numbered from `naming` on."""
    question = Question(
        library(), {} if mutant is None else {mutant.original: mutant.function}, terms=Terms(count=naming)
    )
    statement.ask(question)
    return question


def answered(statement: Statement, mutant: Mutant | None = None) -> Answer:
    """What z3 says; asked again under other names where it says nothing, for its search depends on what things are called."""
    answer = asked(statement, mutant).answer()
    for naming in OTHER_NAMINGS:
        if answer.verdict is not Verdict.UNDECIDED:
            break
        answer = asked(statement, mutant, naming).answer()
    return answer
