"""A profile puts every compute unit at a line, and their sum is what the chain charges."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from solders.pubkey import Pubkey as Address

from hognose.back.linemap import read_linemap
from hognose.cli import main
from hognose.lang import TOKEN_2022_PROGRAM
from hognose.testing.sandbox import Sandbox
from hognose.tools.profile import Profile, profile, render
from hognose.tools.recording import Recording, capture, dump
from tests.hognose.samples.built import escrow
from tests.hognose.samples.built import sandbox as fresh_sandbox
from tests.hognose.samples.escrow import (
    Offer,
    Terms,
    cancel_offer,
    close_counter,
    count,
    make_offer,
    open_counter,
    open_desk,
)

TARGET = "tests.hognose.samples.escrow"
TERMS: Any = Terms


def a_life(sandbox: Sandbox) -> list[tuple[Any, dict[str, Any], dict[str, Any]]]:
    """Calls that use the system program, the token program, a signature by seeds, events and the closing of accounts."""
    maker, coin = sandbox.wallet(), sandbox.mint()
    source = sandbox.token_account(coin, maker, 1_000)
    offer = sandbox.address_of(Offer, maker=maker, number=3)
    vault = Address.find_program_address([b"vault"], sandbox.address)[0]
    terms = TERMS(offered=400, wanted_lamports=9)
    return [
        (open_counter, {"authority": maker}, {"limit": 2**100, "length": 9}),
        (count, {"authority": maker}, {"steps": [5, 7, 9]}),
        (open_desk, {"payer": maker, "mint": coin}, {}),
        (make_offer, {"maker": maker, "source": source, "vault": vault}, {"number": 3, "terms": terms}),
        (cancel_offer, {"maker": maker, "offer": offer, "destination": source}, {}),
        (close_counter, {"authority": maker}, {}),
    ]


def profiled(recording: Recording) -> Profile:
    """The profile of a recorded instruction of the sample."""
    built = escrow()
    return profile(built.executable, read_linemap(built.objects), recording)


def test_total_is_what_the_chain_charges() -> None:
    """For every instruction, system and called programs included, the lines add up to the chain's compute units."""
    sandbox = fresh_sandbox()
    for function, accounts, arguments in a_life(sandbox):
        recording = capture(sandbox.svm, sandbox.instruction(function, accounts, **arguments))
        charged = sandbox.call(function, accounts, **arguments).compute_units
        found = profiled(recording)
        assert found.error is None, f"{function.__name__}: {found.error} {found.detail}"
        assert found.compute_units == charged, function.__name__
        assert sum(line.compute_units for line in found.lines) == charged


def counting(sandbox: Sandbox, **arguments: Any) -> Recording:
    """A recording of `count`."""
    maker = sandbox.wallet()
    sandbox.call(open_counter, {"authority": maker}, limit=10, length=4)
    return capture(sandbox.svm, sandbox.instruction(count, {"authority": maker}, **arguments))


def test_system_calls_belong_to_the_line_that_makes_them() -> None:
    """Emitting an event costs its system call at its line; an addition costs a few units at its own."""
    found = profiled(counting(fresh_sandbox(), steps=[1]))
    by_source = {line.source: line for line in found.lines}
    emitted = next(line for source, line in by_source.items() if source.startswith("emit("))
    added = by_source["counter.total += steps[i]"]
    assert emitted.compute_units > 200
    assert emitted.instructions < emitted.compute_units
    assert 0 < added.compute_units < 20
    assert emitted.file.endswith("tests/hognose/samples/escrow.py")


def test_failure_is_part_of_the_profile() -> None:
    """An instruction that is refused is profiled up to there, and the table says how it ended."""
    found = profiled(counting(fresh_sandbox(), steps=[11]))
    assert found.error == "Custom(6000)"
    assert render(found).endswith("failed: Custom(6000)")


def test_table_shows_the_dearest_lines_first() -> None:
    """Lines are sorted by cost; a short table sums up the rest."""
    found = profiled(counting(fresh_sandbox(), steps=[1, 2, 3]))
    costs = [line.compute_units for line in found.lines]
    assert costs == sorted(costs, reverse=True)
    table = render(found, top=2).splitlines()
    assert len(table) == 5
    assert table[0].split() == ["CU", "share", "line", "source"]
    assert table[3].endswith(f"{len(costs) - 2} more lines")
    assert table[4] == f"{found.compute_units:>9,}  100.0%  total"


def test_edited_recording_shows_what_would_have_happened() -> None:
    """A recording with another signer flag is another question."""
    recording = counting(fresh_sandbox(), steps=[1])
    unsigned = tuple(replace(account, is_signer=False) for account in recording.accounts)
    assert profiled(replace(recording, accounts=unsigned)).error == "Custom(3010)"


def test_command_profiles_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`hognose profile` prints the table, or the lines as JSON."""
    path = tmp_path / "count.json"
    path.write_text(dump(counting(fresh_sandbox(), steps=[1])), encoding="utf-8")
    assert main(["profile", TARGET, str(path), "--top", "3"]) == 0
    assert "100.0%  total" in capsys.readouterr().out
    assert main(["profile", TARGET, str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"]
    assert sum(line["compute_units"] for line in document["lines"]) == document["compute_units"]


def test_command_refuses_another_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is missing or no recording is the user's error."""
    assert main(["profile", TARGET, str(tmp_path / "none.json")]) == 1
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    assert main(["profile", TARGET, str(tmp_path / "other.json")]) == 1
    assert "no recording" in capsys.readouterr().err


def test_call_that_is_not_emulated_is_told() -> None:
    """A called program that the interpreter does not know ends the profile with its name, not with a wrong total."""
    sandbox = fresh_sandbox()
    function, accounts, arguments = a_life(sandbox)[2]
    accounts |= {"token_program": Address(bytes(TOKEN_2022_PROGRAM))}
    found = profiled(capture(sandbox.svm, sandbox.instruction(function, accounts, **arguments)))
    assert f"{TOKEN_2022_PROGRAM} is not emulated" in render(found)
