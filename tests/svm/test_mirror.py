"""Every instruction does in CPython what it does on the chain: the same bytes, lamports, events, lines and refusals.

All other tests of this folder run on the mirror too, among them the matrix of refusals and the random lives; these show
that it covers every instruction, and that it tells the two apart when they differ.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hognose.build import Build
from hognose.lang import u64
from quatrain.program import filling, trade
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.errors import QuatrainError
from tests.svm.canonical import SCENES, VARIANTS
from tests.svm.mirror import Mirror
from tests.svm.refusals import refused
from tests.svm.world import USDC
from tests.twin import Difference

ALL = SCENES | VARIANTS


@pytest.mark.parametrize("name", ALL)
def test_every_scene_is_the_same_in_cpython(program: Build, name: str) -> None:
    """Each instruction, in each size, succeeds on both with the same outcome."""
    stage = Mirror(program.elf)
    ticket = ALL[name](stage)
    before = stage.twin.tally["done"]
    stage.send(ticket)
    assert stage.twin.tally == {"done": before + 1}


def test_every_instruction_has_a_scene() -> None:
    """No instruction is left out."""
    assert set(SCENES) == {declaration.name for declaration in PROGRAM.declarations}


def one_more(original: Callable[[u64, u64], u64]) -> Callable[[u64, u64], u64]:
    """A fee that is a µUSDC too high."""
    return lambda amount, rate: original(amount, rate) + 1


def test_another_amount_is_told_apart(stage: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    """A µUSDC more in CPython is seen in the event, and one that no event shows in the accounts."""
    market = stage.create_market()
    alice = stage.trader("alice", 1_000 * USDC)
    with monkeypatch.context() as patch:
        patch.setattr(trade, "fee_ceil", one_more(trade.fee_ceil))
        with pytest.raises(Difference, match="Program data"):
            alice.buy(market, 10 * USDC)
    with monkeypatch.context() as patch:
        patch.setattr(filling, "use_room", lambda *arguments: None)
        with pytest.raises(Difference, match=str(market)):
            alice.buy(market, 10 * USDC)


def test_another_refusal_is_told_apart(stage: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only one of the two refuses is seen."""
    market = stage.create_market()
    alice = stage.trader("alice", 1_000 * USDC)
    with refused(QuatrainError.SLIPPAGE_EXCEEDED):
        alice.buy(market, 10 * USDC, maximum_cost=1)
    monkeypatch.setattr(filling, "require_limit", lambda *arguments: None)
    with pytest.raises(Difference, match="6200"):
        alice.buy(market, 10 * USDC, maximum_cost=1)
