"""Where money and shares are: the sums that no instruction may change."""

from collections.abc import Callable
from typing import Any

from hognose.proof.evaluate import Contract
from hognose.proof.memory import Object
from hognose.proof.question import Question
from hognose.proof.terms import Term


def vault_money(q: Question, protocol: Object) -> Term:
    """What the protocol's account says is the vault's, the insurance fund's, the stakers' and the treasury's."""
    return sum(q.get(protocol, name) for name in ("lp_cash", "insurance", "staker_pool", "treasury"))


def market_money(q: Question, market: Object) -> Term:
    """What a market's account says that it holds: the escrow of its complete sets, and fees."""
    return q.get(market, "sets") + q.get(market, "fees_due")


def book_money(q: Question, book: Object) -> Term:
    """What a loan book's account says that it holds, debts aside."""
    return sum(q.get(book, name) for name in ("cash", "interest", "earned", "penalties"))


def equity(q: Question, protocol: Object) -> Term:
    """What a deposit pays for, as `equity_of` says."""
    return sum(q.get(protocol, name) for name in ("lp_cash", "subsidies_out", "loans_out"))


def reserve(q: Question, market: Object, outcome: int) -> Term:
    """The pool's shares of an outcome."""
    return (
        q.get(market, "sets") - q.get(market, "outcomes", outcome, "sold") - q.get(market, "outcomes", outcome, "held")
    )


def level(q: Question, market: Object, outcome: int, lmsr: bool) -> Term:
    """−r of an LMSR's outcome; the other's reserve less its own in a pm-AMM of two."""
    own = reserve(q, market, outcome)
    return -own if lmsr else reserve(q, market, 1 - outcome) - own


def without_effect(*_: Any) -> list[Term]:
    """The contract of a call that neither returns nor changes anything that the statement speaks of."""
    return []


def any_integer(name: str, low: int = 0, high: int = (1 << 64) - 1, results: int = 1) -> Contract:
    """The contract of a call that changes nothing and returns any integers within bounds, a u64's unless said."""
    return lambda x, _state, _arguments: [x.terms.integer(name, low, high) for _ in range(results)]


def handed_to(q: Question, function: Callable[..., Any] | str, argument: int) -> Term:
    """The sum of an argument of all calls of a function that a contract answers."""
    calls = (each for each in q.handovers if each.what == function)
    return sum(q.terms.choose(each.path, each.arguments[argument], 0) for each in calls)
