"""Shared functions: compiled once, called from every instruction, with the results and aborts of any other function."""

import importlib
import sys
from pathlib import Path

import pytest

from hognose.build import Build, build
from hognose.lang import Program
from hognose.testing.sandbox import RefusedError, Sandbox

SOURCE = '''
from hognose.lang import *


class Error(ErrorCode):
    ODD = 6000, "odd"


@struct
class Answer:
    value: u128


@accounts
class Nothing:
    signer: Account = signer()


TABLE = table(u64, [3, 5, 7])


{decorator}
def deep(a: u64, index: u64) -> u64:
    return a * TABLE[index]


{decorator}
def far(values: Array[u64], a: u64, b: u128, c: bool, d: u64, e: i64) -> tuple[u64, u128]:
    require(a % 2 == 0, Error.ODD)
    total = deep(a, d)
    for i in range(len(values)):
        total += values[i]
    return total, b + 1 if c else b * 2


@instruction
def first(accounts: Nothing, a: u64, d: u64) -> None:
    """One caller."""
    values = array(u64, 3)
    values[1] = 40
    total, wide = far(values, a, 10, True, d, -1)
    set_return_data(Answer(value=wide + total))


@instruction
def second(accounts: Nothing, a: u64, d: u64) -> None:
    """Another."""
    values = array(u64, 2)
    total, wide = far(values, a, 10, False, d, -1)
    set_return_data(Answer(value=wide * deep(total, 0)))


PROGRAM = Program(name="p", version="1", address=Pubkey(bytes(31) + b"s"), instructions=(first, second), errors=Error)
'''


def load(folder: Path, name: str, decorator: str) -> Program:
    """The program, with or without the decorator."""
    (folder / f"{name}.py").write_text(SOURCE.format(decorator=decorator))
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name).PROGRAM
    finally:
        sys.path.remove(str(folder))


def answers(program: Program, built: Build, folder: Path) -> list[object]:
    """What both instructions do with good and bad arguments: their result, or how they abort."""
    sandbox = Sandbox(program)
    caller = sandbox.wallet()
    found: list[object] = []
    for instruction in program.instructions:
        for a, d in ((4, 0), (6, 2), (5, 1), (4, 3), (1 << 63, 2)):
            try:
                found.append(bytes(sandbox.call(instruction, {"signer": caller}, a=a, d=d).return_data))
            except RefusedError as error:
                found.append(str(error).replace(str(folder), "").replace("plain.py", "x").replace("joined.py", "x"))
    return found


def test_a_shared_function_does_what_any_function_does(tmp_path: Path) -> None:
    """The same results, program errors and traps at the same places, in a smaller program."""
    plain, joined = load(tmp_path, "plain", ""), load(tmp_path, "joined", "@shared")
    apart, once = build(plain, cache=False), build(joined, cache=False)

    assert answers(joined, once, tmp_path) == answers(plain, apart, tmp_path)
    assert len(once.units) == len(apart.units) + 2


def test_shared_units_come_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build out of the cache has the bytes of a fresh one."""
    monkeypatch.setenv("HOGNOSE_CACHE", str(tmp_path / "cache"))
    program = load(tmp_path, "cached", "@shared")

    first = build(program)

    assert build(program).elf == first.elf == build(program, cache=False).elf
