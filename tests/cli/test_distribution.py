"""`quatrain distribution`: a market of a real number, from the command line."""

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cli.conftest import Shell

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def warm(shell: Shell, alice) -> Shell:
    """A market at 8 ± 6 °C that 2,000 USDC back; Alice has 800 USDC free."""
    shell("distribution", "create", "How warm?", "--mean", "8", "--deviation", "6", "--closes", "+7d", "--backing",
          "2000", "--unit", "°C", "--rules", "At noon.")  # fmt: skip
    return shell


def test_a_life_at_the_command_line(shell: Shell, alice) -> None:
    """Create, quote, trade, leave, close, resolve, claim, sync, prune: each answers for people."""
    assert "There are no markets" in shell("distribution", "list")
    made = shell(
        "distribution", "create", "Frost?", "--mean", "-2.5", "--deviation", "6", "--closes", "+7d", "--unit", "°C"
    )
    assert "Created market 1: Frost? (-2.5 ± 6 °C)" in made
    assert "1,000.00 USDC of the vault's, which is all that it can lose" in made
    assert "Frost?" in shell("distribution", "list")
    assert "at least 0 and at most 10: 31.99%" in shell("distribution", "quote", "1", "--low", "0", "--high", "10")
    assert "gain at worst" in shell("distribution", "quote", "1", "--mean", "1", "--deviation", "4.5")
    assert "Moved market 1 to 1 ± 4.5" in shell(
        "distribution", "trade", "1", "--mean", "1", "--deviation", "4.5", "-k", "alice"
    )
    assert "-2.5 ± 6" in shell("distribution", "positions", "alice")
    assert "1 ± 4.5 °C" in shell("distribution", "show", "1")
    assert "Moved market 1 to -2.5 ± 6" in shell("distribution", "trade", "1", "--back", "-k", "alice")
    assert "is closed" in shell("distribution", "drop", "1", "0", "-k", "alice")
    assert "has no positions" in shell("distribution", "positions", "alice")
    assert "backed by 1,500.00 USDC" in shell("distribution", "fund", "1", "--backing", "1500", "--narrowest", "2")
    assert "a deviation of 2" in shell("distribution", "show", "1")
    shell("distribution", "trade", "1", "--mean", "-3", "-k", "alice")
    assert "is closed" in shell("distribution", "close", "1")
    assert "is resolved" in shell("distribution", "resolve", "1", "--outcome", "-4.25")
    assert "-4.25" in shell("distribution", "show", "1")
    assert "Claimed 1 positions of market 1" in shell("distribution", "claim", "1")
    assert "shared out" in shell("distribution", "sync", "1")
    assert "have an owner" in shell("chain", "check")
    shell("chain", "warp", "432000slots")
    assert "is pruned" in shell("distribution", "prune", "1")
    assert "have an owner" in shell("chain", "check")


def test_a_trade_is_on_the_quoted_terms(warm: Shell, alice) -> None:
    """Exact decimals; what was quoted is locked, charged and gone from the free money."""
    quoted = alice("distribution", "quote", "1", "--mean", "11", "--deviation", "4")
    made = alice("distribution", "trade", "1", "--mean", "11", "--deviation", "4")

    assert {key: made[key] for key in quoted} == quoted
    assert (made["mean"], made["deviation"], made["old_mean"]) == ("11", "4", "8")
    payment = Decimal(made["payment_usdc"])
    assert payment == Decimal(made["collateral_usdc"]) + Decimal(made["fee_usdc"])
    assert Decimal(alice("trader", "show")["free_usdc"]) == 800 - payment
    assert Decimal(made["expected_after_usdc"]) > 0 > Decimal(made["expected_before_usdc"])
    (position,) = alice("distribution", "positions")
    assert (position["collateral_usdc"], position["left_behind"]) == (made["collateral_usdc"], False)


def test_a_position_left_behind_leaves_all_the_same(warm: Shell, alice) -> None:
    """Somebody else has traded: another position takes the rest, and most of the collateral is free."""
    alice("distribution", "trade", "1", "--mean", "10.5")
    warm("deposit", "500")
    warm("distribution", "trade", "1", "--deviation", "5.8")
    (position,) = alice("distribution", "positions")
    assert position["left_behind"]

    assert "others had moved it: position 1 holds the rest" in warm(
        "distribution", "trade", "1", "--back", "-k", "alice"
    )
    first, rest = alice("distribution", "positions")
    assert first["deviation"] == "0"
    assert Decimal(rest["collateral_usdc"]) < Decimal(position["collateral_usdc"]) / 4
    assert "empty" in warm("distribution", "positions", "alice")


def test_a_void_market_gives_collateral_back(warm: Shell, alice) -> None:
    """The fee aside, nobody has lost or won."""
    made = alice("distribution", "trade", "1", "--mean", "9", "--number", "3")
    warm("distribution", "close", "1")
    warm("distribution", "resolve", "1", "--void")

    claimed = alice("distribution", "claim", "1", "--trader", "alice")

    assert claimed["payout_usdc"] == made["collateral_usdc"]
    assert claimed["claimed"][0]["number"] == 3
    assert "it is void" in warm("distribution", "show", "1")
    assert alice("distribution", "show", "1")["void"] is True


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["trade", "1", "--mean", "9"], "trader_missing"),
        (["quote", "1"], "usage"),
        (["quote", "1", "--mean", "9", "--back"], "usage"),
        (["quote", "1", "--back"], "position_missing"),
        (["quote", "1", "--deviation", "1.4"], "deviation_too_small"),
        (["quote", "1", "--mean", "1e3"], "amount_invalid"),
        (["show", "9"], "not_found"),
        (["resolve", "1"], "usage"),
        (["resolve", "1", "--outcome", "3", "--void"], "usage"),
    ],
)
def test_what_cannot_be_done_has_a_code(warm: Shell, arguments: list[str], code: str) -> None:
    """Before anything is sent."""
    assert warm.failure("distribution", *arguments, code=1)["code"] == code


def test_a_market_is_drawn(warm: Shell, alice, tmp_path: Path) -> None:
    """In the terminal, both charts; as a picture; and as points, whose density has the area 1."""
    alice("distribution", "trade", "1", "--mean", "10")
    text = warm("distribution", "plot", "1")
    assert text.startswith("1  How warm?: 10 ± 6 °C")
    assert "density of the market's distribution" in text
    assert "gain of the vault" in text
    assert max(len(line) for line in text.splitlines()) <= 100

    drawn = alice("distribution", "plot", "1", "--trader", "alice", "--png", str(tmp_path / "a.png"))

    assert (tmp_path / "a.png").read_bytes().startswith(PNG)
    points = drawn["points"]
    steps = [(b["outcome"] - a["outcome"]) * a["density"] for a, b in pairwise(points)]
    assert sum(steps) == pytest.approx(1, abs=0.01)
    (position,) = alice("distribution", "positions")
    assert min(p["gain_usdc"] for p in points) == pytest.approx(-float(position["collateral_usdc"]), rel=1e-3)
    warm("distribution", "close", "1")
    warm("distribution", "resolve", "1", "--outcome", "10")
    assert "Wrote" in warm("distribution", "plot", "1", "--png", str(tmp_path / "b.png"))
    assert warm.failure("distribution", "plot", "1", "--png", str(tmp_path), code=1)["code"] == "output_unwritable"


def test_an_unknown_question_is_shown_by_its_digest(warm: Shell, home: Path) -> None:
    """A home that never heard the question names no title of its own."""
    (home / "questions.sqlite").unlink()
    assert "question " in warm("distribution", "show", "1")
    assert warm.json("distribution", "list")[0]["unit"] == "a number"
