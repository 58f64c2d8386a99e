"""Generated programs: CPython, the checked mode, native code and the Solana machine give one answer.

HOGNOSE_PROGRAMS=n runs n batches in place of a few; `python -m tests.hognose.differential.campaign` runs for a time.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hognose.testing.differential import Engines, compare, differences
from tests.hognose.differential.campaign import run_seed
from tests.hognose.differential.generator import Generator
from tests.hognose.differential.programs import generate, load

BATCHES = int(os.environ.get("HOGNOSE_PROGRAMS", "6"))


@pytest.mark.parametrize("seed", range(BATCHES))
def test_generated_programs_agree_on_the_machine(seed: int, tmp_path: Path) -> None:
    """A batch of generated functions has the same results, aborts and places on every engine."""
    found, tally = run_seed(seed, tmp_path, all_features=seed % 3 == 2)
    assert not found, "\n".join(map(str, found[:3]))
    assert tally["value"] > 0
    assert tally["trap"] > 0


@given(st.randoms(use_true_random=False))
@settings(max_examples=15, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
def test_generated_programs_agree_natively(random: Random) -> None:
    """Programs that hypothesis draws, and shrinks, agree between CPython, the checked mode and native code."""
    _, _, inputs = generate(random, 1, 12)
    found, _ = differences(Engines(list(inputs), on_chain=False), inputs)
    assert not found, "\n".join(map(str, found[:3]))


def test_a_seed_names_a_program() -> None:
    """The generator draws from nothing but its random source."""
    assert Generator(Random(7)).module().text == Generator(Random(7)).module().text


def test_generated_programs_use_the_whole_language() -> None:
    """Every construct that the generator can write occurs in a modest number of programs."""
    text = "".join(Generator(Random(seed)).module().text for seed in range(30))
    wanted = (
        "mul_div_floor(", "mul_div_ceil(", "mul_shift(", "mul_shift_ceil(", "min(", "max(", "abs(", ".bit_length()",
        "while ", "for ", "range(", ", -", "break", "continue", "elif ", "else:", " if ", " and ", " or ", "not ",
        "require(", "copy_into(", "array(", "table(", "len(", " << ", " >> ", " // ", " % ", "~", "+= ", "-= ", "*= ",
        "//= ", "%= ", "&= ", "|= ", "^= ", "<<= ", ">>= ", "tuple[", "Array[", "@struct", "Pubkey", "SYSTEM_PROGRAM",
        *(f"{name}(" for name in ("u8", "u16", "u32", "u64", "u128", "i64", "i128")),
    )  # fmt: skip
    assert [word for word in wanted if word not in text] == []


def test_a_difference_is_reported_with_every_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where engines disagree, the report names the call and what each engine answered."""
    module = load("from hognose.lang import u64\n\n\ndef f(a: u64) -> u64:\n    return a + 1\n", tmp_path)
    engines = Engines([module.f], on_chain=False)
    monkeypatch.setattr(engines.checked, "call", lambda _function, *arguments: sum(arguments))
    found, tally = differences(engines, {module.f: [(41,)]})
    assert tally == Counter(value=1)
    assert str(found[0]).splitlines() == [
        "f(41,)", "    checked  value 41", "    cpython  value 42", "    native   value 42",
    ]  # fmt: skip


def test_the_engines_agree_on_kind_and_place_of_a_trap(tmp_path: Path) -> None:
    """A trap has one kind and one source place, whichever engine meets it; CPython is then not asked."""
    module = load("from hognose.lang import u8\n\n\ndef f(a: u8) -> u8:\n    return a * a\n", tmp_path)
    engines = Engines([module.f])
    outcomes = engines.ask(module.f, (200,))
    assert set(outcomes) == {"checked", "native", "svm"}
    assert {str(o.detail) for o in outcomes.values()} == {f"OVERFLOW at {tmp_path}/{module.__name__}.py:5:12"}
    assert compare([module.f], {module.f: [(15,), (16,)]}) == Counter(value=1, trap=1)
