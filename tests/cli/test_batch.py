"""`quatrain batch`: several trades of a market, all or none."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import Shell


@pytest.fixture
def market(shell: Shell, alice) -> None:
    """A market of four outcomes."""
    outcomes = [part for title in ("Ann", "Bo", "Cy", "Di Do") for part in ("--outcome", title)]
    shell("market", "create", "Who wins?", *outcomes, "--closes", "+7d", "--liquidity", "500")


@pytest.mark.usefixtures("market")
def test_legs_are_traded_as_quoted(alice) -> None:
    """Positions are opened on the way; each leg is on the terms that the leg before it left."""
    legs = ("buy ann 25 shares", "buy di do 10 usdc", "buy 1 5 shares")

    quoted = alice("batch", "1", *legs, "--dry-run")
    traded = alice("batch", "1", *legs, "--slippage", "0%")

    assert traded["legs"] == quoted["legs"]
    assert traded["spent_usdc"] == quoted["spent_usdc"]
    assert Decimal(alice("trader", "show")["free_usdc"]) == 800 - Decimal(traded["spent_usdc"])
    assert {one["title"]: one["shares"] for one in alice("position", "list")}["Ann"] == "25"


@pytest.mark.usefixtures("market")
def test_sales_pay_for_buys(shell: Shell, alice, tmp_path: Path) -> None:
    """From a file, with remarks; what is received is told as such."""
    alice("batch", "1", "buy ann 100 shares", "buy bo 50 shares")
    file = tmp_path / "legs.txt"
    file.write_text("sell ann all   # done with her\n\nsell bo 5 usdc\n")

    text = shell("batch", "1", "buy cy 1 shares", "--file", str(file), "-k", "alice")

    assert "Traded 3 legs" in text
    assert "received on balance" in text
    assert {one["title"]: one["shares"] for one in alice("position", "list")}["Ann"] == "0"


@pytest.mark.usefixtures("market")
def test_one_refused_leg_refuses_all(shell: Shell, alice) -> None:
    """Nothing is traded when one cannot be."""
    before = alice("market", "show", "1")

    failure = shell.failure("batch", "1", "buy ann 5 shares", "buy bo 900 usdc", "-k", "alice", code=4)

    assert failure["code"] == "insufficient_funds"
    assert alice("market", "show", "1") == before
