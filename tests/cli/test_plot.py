"""`quatrain plot`: curves in the terminal and as pictures."""

from pathlib import Path

import pytest

from quatrain.cli.canvas import Canvas, Chart, Range, draw
from tests.cli.conftest import Shell

PNG = b"\x89PNG\r\n\x1a\n"


def test_dots_become_braille() -> None:
    """Two by four dots in each character, counted from the lower left; outside nothing happens, and nothing is a space."""
    canvas = Canvas(2, 1)
    for x, y in ((0, 0), (1, 3), (9, 9), (-1, 0)):
        canvas.dot(x, y)

    assert canvas.rows() == ["⡈"]


def test_a_dotted_line_keeps_its_step() -> None:
    """Every so many dots of the whole way, however many places it leads through."""
    canvas = Canvas(4, 1)
    canvas.line([(0, 0), (1, 0), (2, 0), (3, 0), (7, 0)], every=3)

    assert canvas.rows() == ["⡀⢀ ⡀"]


def test_a_line_is_drawn_with_its_axes() -> None:
    """Rows from the top, values at the marks, ends and name of the axis below."""
    lines = draw(
        Chart("Title", [(0, 0), (10, 100)], "shares", str, lambda y: f"{y:.0f}%", upright=5, heights=Range(0, 100)),
        40,
        4,
    )

    assert lines[0] == "Title"
    assert lines[1].startswith("100% ┤")
    assert lines[4].startswith("  0% ┤")
    assert lines[1].rstrip()[-1] != " "
    assert (lines[-1].split(), len(lines)) == (["0", "shares", "10"], 7)


def test_a_range_of_one_value_has_width() -> None:
    """So that a flat line can be drawn."""
    assert Range.of([3.0, 3.0]) == Range(2.5, 3.5)


def test_a_market_is_drawn_in_the_terminal(shell: Shell) -> None:
    """Both curves fit the terminal, and the present price is told."""
    shell("market", "create", "Rain?", "--closes", "+7d", "--price", "0.3", "--price", "0.7")

    lines = shell("plot", "1", "yes").splitlines()

    assert lines[0] == "1  Rain?: Yes"
    assert lines[1].startswith("LMSR, b = ")
    assert any("now 30.00%" in line for line in lines)
    assert any("← sold   shares   bought →" in line for line in lines)
    assert max(len(line) for line in lines) <= 100


def test_points_for_scripts_and_a_picture_for_people(shell: Shell, tmp_path: Path) -> None:
    """The picture is a PNG; the points, as exact decimals, rise with the price."""
    shell("market", "create", "Rain for $5 or $6?", "--closes", "+7d")

    drawn = shell.json("plot", "1", "--png", str(tmp_path / "a.png"))

    assert (tmp_path / "a.png").read_bytes().startswith(PNG)
    assert drawn["png"] == str(tmp_path / "a.png")
    prices = [float(point["price"]) for point in drawn["points"]]
    assert prices == sorted(prices)
    assert "Wrote" in shell("plot", "1", "no", "--png", str(tmp_path / "b.png"))


def test_a_falling_liquidity_is_drawn_twice(shell: Shell, tmp_path: Path) -> None:
    """A pm-AMM now and at the close: the same prices for so much fewer shares and so much less money; an LMSR once."""
    shell("market", "create", "Who?", "--outcome", "A", "--outcome", "B", "--outcome", "C", "--closes", "+3d",
          "--expires", "+4d", "--liquidity", "1000")  # fmt: skip
    shell("market", "create", "Rain?", "--closes", "+3d")

    drawn = shell.json("plot", "1", "b", "--png", str(tmp_path / "a.png"))

    assert (tmp_path / "a.png").read_bytes().startswith(PNG)
    closing = drawn["at_close"]
    fallen = float(closing["liquidity_usdc"]) / float(drawn["liquidity_usdc"])
    assert fallen == pytest.approx(0.5, rel=2e-3)
    for now, then in zip(drawn["points"], closing["points"], strict=True):
        assert float(then["shares"]) == pytest.approx(float(now["shares"]) * fallen, abs=1e-5)
        assert float(then["price"]) == pytest.approx(float(now["price"]), abs=1e-7)
        assert float(then["usdc"]) == pytest.approx(float(now["usdc"]) * fallen, abs=1e-4)
    assert "dotted: at the close" in shell("plot", "1", "b")
    assert "at_close" not in shell.json("plot", "2")
    assert "dotted" not in shell("plot", "2")


def test_a_resolved_market_has_no_curve(shell: Shell) -> None:
    """It has payouts."""
    shell("market", "create", "Rain?", "--closes", "+7d")
    shell("market", "close", "1")
    shell("market", "resolve", "1", "--winner", "yes")

    assert shell.failure("plot", "1", code=1)["code"] == "market_not_open"
