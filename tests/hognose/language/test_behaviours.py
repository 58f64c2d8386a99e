"""The language construct by construct: what each returns, on every engine, or how it aborts."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest

from hognose.back.native import Native
from hognose.lang import SYSTEM_PROGRAM, TOKEN_PROGRAM, Pubkey
from hognose.testing.checked import Checked
from hognose.testing.differential import Engines, Outcome
from hognose.testing.svm import Svm
from tests.hognose.language import behaviours as b

FUNCTIONS = [f for f in vars(b).values() if isinstance(f, FunctionType) and f.__module__ == b.__name__]
EXPORTED = [f for f in FUNCTIONS if f not in (b.replace, b.change, b.fill, b.tick, b.first_of, b.digest)]
M64, M127 = 2**64 - 1, 2**127


@pytest.fixture(scope="module")
def engines() -> Engines:
    """All engines with all functions."""
    return Engines(EXPORTED)


RESULTS: list[tuple[Callable[..., Any], tuple[Any, ...], Any]] = [
    (b.floor, (-7, 2), (-4, 1)),
    (b.floor, (7, -2), (-4, -1)),
    (b.floor, (-(2**63), 1), (-(2**63), 0)),
    (b.shift_right, (-5, 1), -3),
    (b.shift_right, (-5, 64), -1),
    (b.shift_right, (5, M64), 0),
    (b.shift_left, (3, 62), 3 << 62),
    (b.widen, (255, 257, 2**62), 255 * 257 - 2**62),
    (b.narrow_product, (15, 17), 255),
    (b.convert, (255,), 255),
    (b.convert_unsigned, (2**63 - 1,), 2**63 - 1),
    (b.two_halves, (5,), 5_005),
    (b.from_bool, (True,), 11),
    (b.constants, (1,), 1 + 2 * (2**40 + 1) - 32),
    (b.call_defaults, (5,), 12_005_006),
    (b.lengths, (0, 2**64), (0, 65)),
    (b.lengths, (M64, 1), (64, 1)),
    (b.extremes, (-9, -(2**126)), (-(2**126), -5, 2**126)),
    (b.fused, (M64, M64 - 1, M64), (M64 - 1, M64 - 1)),
    (b.fused, (10, 10, 3), (33, 34)),
    (b.fused_shift, (-(M127), M127 - 1, 127), (-(M127) * (M127 - 1) >> 127, -(M127 * (M127 - 1) >> 127))),
    (b.fused_shift, (-3, 3, M64), (-1, 0)),
    (b.bits, (12, 10), (8, 14, 6)),
    (b.short_circuit, (9, 0), False),
    (b.short_circuit, (7, 0), True),
    (b.short_circuit, (9, 3), True),
    (b.chain, (4, 20, 5), True),
    (b.chain, (5, 20, 5), False),
    (b.chain_of_literals, (-4,), True),
    (b.loop_variable, (4,), 61_000),
    (b.loop_variable, (0,), 77),
    (b.count_down, (7, -2), 741),
    (b.count_down, (1, 1), 0),
    (b.last_step, (1,), 4),
    (b.last_step, (M64 - 1,), 1),
    (b.jumps, (9,), 34),
    (b.either, (False, 5, 0), 5),
    (b.on_every_path, (11,), 12),
    (b.on_every_path, (1,), 0),
    (b.errors, (15,), 15),
    (b.operands, (0,), 12_307),
    (b.arguments, (0,), 12_341_342),
    (b.indexed, (0,), 211_435_065),
    (b.fields, (0,), 1_221),
    (b.read_first, (7,), 703),
    (b.second_name, (5,), 60_605),
    (b.through_a_view, (9,), 10_014),
    (b.part_of_another, (4,), 405),
    (b.chosen, (True, [8, 9]), 10),
    (b.chosen, (False, []), 9),
    (b.copied_to_itself, (0, 0), 12),
    (b.copied_to_itself, (0, 1), 22),
    (b.tables, (0,), 98),
    (b.tables, (2,), 105),
    (b.small_elements, (1,), 1),
    (b.small_elements, (6,), 36),
    (b.copy_on_read, (Pubkey(bytes(range(32))),), True),
    (b.as_argument, (0,), True),
    (b.as_operand, (0,), False),
    (b.swap, (SYSTEM_PROGRAM, TOKEN_PROGRAM), (True, True)),
    (b.choose, (True, TOKEN_PROGRAM), TOKEN_PROGRAM),
    (b.choose, (False, TOKEN_PROGRAM), SYSTEM_PROGRAM),
    (b.inline_copy, (7,), 2**36),
]
ABORTS: list[tuple[Callable[..., Any], tuple[Any, ...], str, str]] = [
    (b.floor, (1, 0), "DIVISION_BY_ZERO", "a // b"),
    (b.floor, (-(2**63), -1), "OVERFLOW", "a // b"),
    (b.shift_left, (4, 62), "OVERFLOW", "a << n"),
    (b.shift_left, (0, 64), "SHIFT", "a << n"),
    (b.narrow_product, (16, 16), "OVERFLOW", "a * b"),
    (b.never, (0,), "OVERFLOW", "u8(3) - 4"),
    (b.convert, (256,), "CONVERSION", "u8(a)"),
    (b.convert, (-1,), "CONVERSION", "u8(a)"),
    (b.convert_unsigned, (2**63,), "CONVERSION", "i64(a)"),
    (b.convert_unsigned, (2**128 - 1,), "CONVERSION", "i64(a)"),
    (b.extremes, (0, -M127), "OVERFLOW", "abs(b)"),
    (b.fused, (M64, 2, 1), "OVERFLOW", "mul_div_floor(a, b, c)"),
    (b.fused, (1, 1, 0), "DIVISION_BY_ZERO", "mul_div_floor(a, b, c)"),
    (b.fused, (M64, M64, M64 - 1), "OVERFLOW", "mul_div_floor(a, b, c)"),
    (b.fused_shift, (M127 - 1, 2, 0), "OVERFLOW", "mul_shift(a, b, n)"),
    (b.chain, (1, 0, 1), "DIVISION_BY_ZERO", "100 // b"),
    (b.either, (True, 5, 0), "DIVISION_BY_ZERO", "a // b"),
    (b.base_first, ([0],), "OVERFLOW", "xs[0] - 1"),
    (b.base_first, ([9],), "INDEX", "outer.many[xs[0] - 1]"),
    (b.base_first, ([1],), "INDEX", "xs[9]"),
    (b.chosen, (True, []), "INDEX", "zs[0]"),
    (b.copied_to_itself, (0, 2), "INDEX", "many[j]"),
    (b.tables, (3,), "INDEX", "SIGNS[i]"),
    (b.small_elements, (7,), "INDEX", "xs[i]"),
]


def one(outcomes: dict[str, Outcome]) -> Outcome:
    """The outcome on which all engines agree."""
    assert len(set(outcomes.values())) == 1, outcomes
    return outcomes["checked"]


@pytest.mark.parametrize(("function", "arguments", "expected"), RESULTS, ids=range(len(RESULTS)))
def test_it_returns(engines: Engines, function: Callable[..., Any], arguments: tuple[Any, ...], expected: Any) -> None:
    """CPython, the checked mode, native code and the machine return the expected value."""
    assert one(engines.ask(function, arguments)) == Outcome("value", repr(expected))


@pytest.mark.parametrize(("function", "arguments", "kind", "text"), ABORTS, ids=range(len(ABORTS)))
def test_it_aborts(
    engines: Engines, function: Callable[..., Any], arguments: tuple[Any, ...], kind: str, text: str
) -> None:
    """Every compiled engine aborts with the expected kind, at the expected text of the source."""
    outcome = one(engines.ask(function, arguments))
    found, _, place = outcome.detail.partition(" at ")
    path, line, column = place.rsplit(":", 2)
    source = inspect.getsourcelines(b)[0][int(line) - 1]
    assert outcome.kind == "trap"
    assert found == kind
    assert source[int(column) - 1 :].startswith(text)
    assert path.endswith("behaviours.py")


@pytest.mark.parametrize(("argument", "code"), [(9, 6000), (21, 6001)])
def test_require_returns_the_error(engines: Engines, argument: int, code: int) -> None:
    """A requirement that does not hold aborts with the code of its error, in CPython too."""
    assert one(engines.ask(b.errors, (argument,))) == Outcome("error", str(code))


def test_fail_always_aborts(engines: Engines) -> None:
    """`fail` ends its path with the code of its error."""
    assert one(engines.ask(b.on_every_path, (7,))) == Outcome("error", "6001")


def test_sha256_hashes_packed_bytes() -> None:
    """On chain, sha256 is that of the packed parts; the checked mode computes the same."""
    owner = Pubkey(bytes(range(32)))
    packed = (5).to_bytes(8, "little") + owner + (1).to_bytes(8, "little") + b"\2\1"
    expected = Pubkey(hashlib.sha256(packed).digest())
    assert Svm([b.digest]).call(b.digest, 5, owner) == expected
    assert Checked([b.digest]).call(b.digest, 5, owner) == expected


def test_the_caller_keeps_its_arguments() -> None:
    """What a function writes to an array or struct is not written to the Python value that was passed."""
    for engine in (Checked([b.fill]), Native([b.fill])):
        target = [1, 2, 3]
        engine.call(b.fill, target, 9)
        assert target == [1, 2, 3]
