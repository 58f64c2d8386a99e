"""Makers at the command line: which one a market gets, and what a pm-AMM shows beyond an LMSR."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.cli.conftest import Shell

REGATTA = (
    "market", "create", "Who wins the regatta?", "--outcome", "Heron", "--outcome", "Gull", "--outcome", "Tern",
    "--price", "0.5", "--price", "0.3", "--price", "0.2", "--closes", "+7d",
)  # fmt: skip
YES_NO = ("market", "create", "Rain?", "--closes", "+7d")


@pytest.mark.parametrize(
    ("command", "options", "maker"),
    [
        (REGATTA, ("--expires", "+8d"), "pm-AMM"),
        (REGATTA, (), "LMSR"),
        (REGATTA, ("--maker", "lmsr"), "LMSR"),
        (YES_NO, ("--expires", "+8d"), "LMSR"),
        (YES_NO, ("--expires", "+8d", "--maker", "pm-amm"), "pm-AMM"),
    ],
)
def test_the_rule_chooses_or_somebody_names_one(
    shell: Shell, command: tuple[str, ...], options: tuple[str, ...], maker: str
) -> None:
    """Alternatives with an expiry get a pm-AMM, the rest an LMSR; --maker decides otherwise."""
    created = shell.json(*command, *options)

    assert created["maker"] == maker
    assert ("expires_at" in created) == (maker == "pm-AMM")


def test_an_expiry_without_effect_is_remarked(shell: Shell) -> None:
    """When the rule gives a yes/no question an LMSR."""
    shell(*YES_NO, "--expires", "+8d")

    assert "--expires has no effect" in shell.error


def test_an_expiry_that_is_refused_comes_with_one_that_is_not(shell: Shell) -> None:
    """The earliest moment is named, and works."""
    for options in (("--maker", "pm-amm"), ("--expires", "+7d")):
        failure = shell.failure(*REGATTA, *options, code=1)
        assert failure["code"] == "expiry_invalid"
    earliest = failure["advice"].split()[2]

    closes = shell.json(*REGATTA, "--maker", "pm-amm", "--expires", earliest)

    assert Decimal(closes["closing_liquidity_usdc"]) >= 1
    assert closes["expires_at"] > closes["closes_at"]


def test_a_depth_that_cannot_fall_is_refused(shell: Shell) -> None:
    """One USDC is the least at any time, so it cannot be the liquidity of an opening."""
    failure = shell.failure(*REGATTA, "--maker", "pm-amm", "--liquidity", "1", code=1)

    assert failure["code"] == "liquidity_out_of_range"


def test_a_pm_amm_lives_at_the_command_line(shell: Shell, alice: Callable[..., Any]) -> None:
    """Its liquidity falls to half in three quarters of the time, a sync returns what that frees, and the winner is paid."""
    opened = shell.json(*REGATTA, "--expires", "+8d", "--liquidity", "1000")
    bought = alice("buy", "1", "heron", "--usdc", "100")
    assert "falling with √(time left)" in shell("market", "show", "1")

    shell("chain", "warp", "6d")

    assert "→ 353." in shell("market", "list")
    assert "`quatrain market sync`" in shell("market", "show", "1")
    later = shell.json("market", "show", "1")
    assert Decimal(later["liquidity_usdc"]) == pytest.approx(Decimal(500), abs=Decimal("0.5"))
    assert float(later["outcomes"][0]["price"]) == pytest.approx(float(bought["price_after"]), abs=1e-8)
    assert opened["opening_liquidity_usdc"] == later["opening_liquidity_usdc"] == "1000"
    synced = shell.json("market", "sync", "1")
    assert (synced["fees_usdc"], synced["returned_usdc"]) == (bought["fee_usdc"], later["returnable_usdc"])
    assert Decimal(synced["returned_usdc"]) > 200
    after = shell.json("market", "show", "1")
    assert Decimal(later["subsidy_usdc"]) - Decimal(after["subsidy_usdc"]) == Decimal(synced["returned_usdc"])

    shell("chain", "warp", "1d")
    shell("market", "close", "1")
    assert "frozen" in shell("market", "show", "1")
    shell("market", "resolve", "1", "--winner", "heron")
    assert shell.json("settle", "1", "--trader", "alice")["payout_usdc"] == bought["shares"]
    assert shell.json("market", "show", "1")["returnable_usdc"] == "0"
    assert "have an owner" in shell("chain", "check")


def test_a_sync_says_what_returns(shell: Shell) -> None:
    """For people; of an LMSR nothing does, and nothing is said about it."""
    shell(*REGATTA, "--expires", "+8d", "--liquidity", "1000")
    shell(*YES_NO)
    shell("chain", "warp", "1d")

    assert "return to the vault" in shell("market", "sync", "1")
    assert "return to the vault" not in shell("market", "sync", "2")


def test_a_quote_of_a_pm_amm_tells_how_it_was_solved(shell: Shell) -> None:
    """Simpson's segments for three outcomes, iterations for an amount of money, and neither for shares of one of two."""
    shell(*REGATTA, "--expires", "+8d", "--liquidity", "1000")
    shell(*YES_NO, "--expires", "+8d", "--liquidity", "1000", "--maker", "pm-amm")

    solved = shell.json("quote", "1", "gull", "--usdc", "50")
    closed = shell.json("quote", "2", "yes", "--shares", "50")

    assert solved["newton_iterations"] in range(1, 7)
    assert solved["simpson_nodes"] > solved["simpson_segments"] > 0
    assert (closed["newton_iterations"], closed["simpson_segments"]) == (0, 0)
    text = shell("quote", "1", "gull", "--usdc", "50")
    assert f"{solved['newton_iterations']} iterations of Newton's method" in text
    assert f"Simpson's rule with {solved['simpson_segments']} segments over 14 σ" in text
    assert "closed form" in shell("quote", "2", "yes", "--shares", "50")
