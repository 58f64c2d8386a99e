"""The demonstration tells its story to the end, and its figures add up."""

import re
from decimal import Decimal
from pathlib import Path

from quatrain.cli.demo.ferry import tell_ferry
from quatrain.cli.demo.narrator import Narrator
from quatrain.cli.demo.people import STARTING_USDC, Person
from quatrain.cli.demo.stage import Stage
from quatrain.cli.output import Output
from quatrain.client.tokens import token_balance
from quatrain.cluster.local import VAULT_DEPOSIT
from quatrain.program.vault import equity_of
from tests.cli.conftest import Shell

BORROWED = Decimal(400)
HOURLY = (Decimal("0.001") + (Decimal("0.02") - Decimal("0.001")) * Decimal("0.4") / Decimal("0.8")) / 100
"""400 of 1,000 USDC are lent: half of the way to the kink at 80 %, so half of the way from 0.001 % to 0.02 % an hour."""


def test_the_demo_tells_a_whole_life(shell: Shell, home: Path) -> None:
    """Every chapter is there, money is conserved after each transaction, and nothing is left behind."""
    text = shell("demo")

    chapters = ["A chain of our own", "Three people arrive", "A market opens", "Trading", "is resolved", "is paid",
                "another venue", "account goes", "liquidity falls", "of a real number", "bought with a loan", "Who won", "What it cost"]  # fmt: skip
    places = [text.index(chapter) for chapter in chapters]
    assert places == sorted(places)
    assert "Together: 0.0000 USDC" in text
    assert re.search(r"\d+ times balanced", text)
    assert not home.exists()


def test_the_demo_answers_scripts(shell: Shell) -> None:
    """Compute units of each kind of transaction, gains that sum to zero, and the build that ran."""
    told = shell.json("demo")

    assert sum(Decimal(gain) for gain in told["gains_usdc"].values()) == 0
    assert told["balanced_checks"] >= told["transactions"] > 25
    assert told["compute_units"]["buy (2 outcomes)"] < 3_700
    assert told["compute_units"]["buy (4 outcomes)"] < 60_000
    assert Decimal(300) < Decimal(told["liquidity_returned_usdc"]) < Decimal(500)
    assert told["compute_units"]["move a real number"] < 15_000
    assert told["imported"] == 6
    assert told["rent_returned_lamports"] == 4_510_080


def test_the_demo_shows_the_price_of_a_loan(shell: Shell) -> None:
    """The preview prepays a week at the rate of 40 % utilisation; the line refuses, slices are sold, nothing is lost."""
    text = shell("demo")

    assert f"{BORROWED * HOURLY * 24 * 7:.3f} USDC prepaid" in text
    for part in (
        "liquidation price",
        "tier binds",
        "── water line",
        "refuses, water_line",
        "the lender's loss is 0.00",
    ):
        assert part in text


def test_the_lender_in_the_demo_loses_nothing(capsys) -> None:
    """The vault has its cash back and the interest of a day, and all that the chapter moved adds up on the chain."""
    with Stage.open() as stage:
        session, people = stage.session, [Person.arrive(name, stage) for name in ("Ada", "Ben", "Cleo")]
        lent = tell_ferry(Narrator(Output(json=True)), stage, people)
        protocol, tokens = session.protocol(), token_balance(stage.chain, session.deployment.token_vault)
        free = sum(one.state.free for one in session.traders())
        left = sum(one.state.sets + one.state.fees_due for one in session.markets())
        ada = people[0].free

    assert capsys.readouterr().out == ""
    assert (lent.lost, protocol.loans_out, protocol.debt_out, protocol.subsidies_out) == (0, 0, 0, 0)
    assert tokens == len(people) * STARTING_USDC + VAULT_DEPOSIT
    others = protocol.insurance + protocol.staker_pool + protocol.treasury
    assert free + equity_of(protocol) + others + left - protocol.subsidies_out == tokens
    assert lent.slices > 1
    assert lent.penalties <= protocol.insurance
    kept = Decimal("181.443856") * HOURLY * 24
    assert kept < Decimal(lent.interest) / 10**6 < kept * Decimal("1.001")
    assert STARTING_USDC - 108 * 10**6 < ada < STARTING_USDC
