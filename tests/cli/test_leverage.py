"""`quatrain trade`, `loans`, `feed`, `risk`, `liquidate` and the disclosure: looked at, asked about, done."""

import hashlib
import io
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from quatrain.cli.disclosure import DISCLOSURE, disclosure_hash
from tests.cli.conftest import Shell

PNG = b"\x89PNG\r\n\x1a\n"


class Terminal(io.StringIO):
    """Somebody at a keyboard."""

    def isatty(self) -> bool:
        """Yes."""
        return True


@pytest.fixture
def market(shell: Shell, alice) -> None:
    """A market with 20,000 USDC to lend."""
    shell("market", "create", "Rain?", "--closes", "+30d", "--liquidity", "20000")
    assert "can have loans" in shell("loans", "open", "1")
    assert shell.json("loans", "allocate", "1", "20000")["cash_usdc"] == "20000"
    assert shell.json("loans", "sync", "1")["debt_usdc"] == "0"


@pytest.mark.usefixtures("market")
def test_a_leveraged_life(shell: Shell, alice) -> None:
    """Open as previewed, more and less margin, longer, reduced, closed; the vault has its cash back."""
    terms = ("1", "yes", "--margin", "100", "--leverage", "5")
    previewed = alice("trade", "open", *terms, "--dry-run")
    opened = alice("trade", "open", *terms, "--yes")
    for key in ("shares", "amount_usdc", "fee_usdc", "price_after", "cap", "line_before"):
        assert opened[key] == previewed[key]
    assert previewed["borrowed_usdc"] == "400"
    assert Decimal(opened["after"]["debt_usdc"]) == 400
    assert opened["cap"]["binds"] == "reporters"
    assert Decimal(opened["after"]["bankruptcy_price"]) < Decimal(opened["after"]["liquidation_price"])

    assert alice("trade", "margin", "1", "yes", "--add", "50", "--yes")["after"]["debt_usdc"] == "350"
    assert alice("trade", "margin", "1", "yes", "--remove", "20", "--yes")["after"]["debt_usdc"] == "370"
    assert alice("trade", "extend", "1", "yes", "--term", "6d", "--yes")["act"] == "extend"
    reduced = alice("trade", "reduce", "1", "--outcome", "yes", "--shares", "300", "--yes")
    assert Decimal(reduced["after"]["debt_usdc"]) < 370
    assert shell.json("risk", "1")["loans"] == 1
    assert "have an owner" in shell("chain", "check")
    closed = alice("trade", "close", "1", "yes", "--yes")
    assert (closed["after"]["debt_usdc"], closed["after"]["rung"]) == ("0", None)
    assert shell.json("loans", "recall", "1", "5000")["cash_usdc"] == "15000"
    assert "no loans any more" in shell("loans", "close", "1")
    assert "have an owner" in shell("chain", "check")


@pytest.mark.usefixtures("market")
def test_signing_is_asked(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The preview says everything; a no signs nothing, a yes does; without a terminal it wants --yes."""
    command = ("trade", "open", "1", "yes", "--margin", "100", "--leverage", "3", "-k", "alice")
    assert shell.failure(*command, code=1)["code"] == "confirmation_missing"
    shell(*command, code=1)
    assert "--yes" in shell.error

    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    text = shell(*command, code=1)
    for part in ("fee", "prepaid", "term ends", "liquidation price", "reporters binds", "water line", "you lose these"):
        assert part in text
    assert "nothing was signed" in shell.error
    assert shell.json("risk", "1")["loans"] == 0

    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert "Done" in shell(*command)
    assert shell.json("risk", "1")["loans"] == 1


@pytest.mark.usefixtures("market")
def test_what_cannot_be_is_said_before(shell: Shell) -> None:
    """Too much leverage names what binds and the most; a term too long, a leverage below 1, no book, no feed."""
    where = ("trade", "open", "1", "yes", "--margin", "100", "-k", "alice", "--leverage")
    refused = shell.failure(*where, "60", code=1)
    assert (refused["code"], "reporters" in refused["message"]) == ("leverage_above_cap", True)
    assert "--leverage max" in refused["advice"]
    assert shell.failure(*where, "2", "--term", "8d", code=1)["code"] == "term_invalid"
    assert shell.failure(*where, "0.5", code=1)["code"] == "leverage_invalid"
    assert shell.failure("feed", "show", "1", code=1)["code"] == "feed_missing"
    shell("market", "create", "Snow?", "--closes", "+30d", "--liquidity", "1000")
    assert shell.failure("risk", "2", code=1)["code"] == "book_missing"
    assert shell.failure("trade", "margin", "1", "yes", "-k", "alice", code=1)["code"] == "usage"


@pytest.mark.usefixtures("market")
def test_risk_is_drawn(shell: Shell, alice, tmp_path: Path) -> None:
    """Rungs below the price with the line between, for people; numbers for scripts; a picture."""
    alice("trade", "open", "1", "yes", "--margin", "100", "--leverage", "5", "--yes")
    text = shell("risk", "1")
    places = [text.index(part) for part in ("── price", "── water line", "█")]
    assert places == sorted(places)
    assert "No: no loans" in text
    record = shell.json("risk", "1", "--png", str(tmp_path / "risk.png"))
    yes, no = record["outcomes"]
    assert Decimal(yes["level"]) > Decimal(yes["line"])
    assert Decimal(yes["slack"]) > Decimal(yes["leveraged_shares"])
    assert yes["leveraged_shares"] == yes["rungs"][0]["shares"]
    assert (no["line"], no["rungs"], record["debt_usdc"]) == (None, [], "400")
    assert (tmp_path / "risk.png").read_bytes().startswith(PNG)


@pytest.mark.usefixtures("market")
def test_previews_say_what_matters_to_the_act(shell: Shell, alice) -> None:
    """More debt: what can be lost beside what is paid out; less: no cap; longer: the same debt; closed: nothing is left."""
    alice("trade", "open", "1", "yes", "--margin", "200", "--leverage", "3", "--term", "1d", "--yes")

    def shown(*act: str) -> str:
        return " ".join(shell("trade", *act, "--dry-run", "-k", "alice").split())

    more = shown("margin", "1", "yes", "--remove", "20")
    assert "debt 400.00 → 420.00 USDC" in more
    assert "you lose what these shares have cost you, but nothing of what you get now" in more
    assert "you lose these" not in more
    assert "reporters binds: fewer than three" in more
    less = shown("margin", "1", "yes", "--add", "20")
    assert "you pay now 19.9" in less
    assert "binds" not in less
    assert "debt 400.00 USDC, as before" in shown("extend", "1", "yes", "--term", "2d")
    before = shell.json("risk", "1")
    closed = shown("close", "1", "yes")
    assert "position none is left" in closed
    assert "water line none any more" in closed
    after = shell.json("risk", "1")
    assert (after["debt_usdc"], after["outcomes"]) == (before["debt_usdc"], before["outcomes"])


@pytest.mark.usefixtures("market")
def test_a_keeper_sees_positions(shell: Shell, alice) -> None:
    """A row for each position with its slices added up; each slice for scripts, and what they repaid is the debt."""
    shell("keys", "new", "bob")
    shell("keys", "airdrop", "bob", "--usdc", "500")
    shell("deposit", "500", "-k", "bob")
    for key, leverage in (("alice", "5"), ("bob", "4")):
        shell(
            "trade", "open", "1", "yes", "--margin", "100", "--leverage", leverage, "--term", "1d", "--yes", "-k", key
        )
    shell("chain", "warp", "25h")
    lines = shell("liquidate", "1", "-k", "bob").splitlines()
    rows = [line.split() for line in lines if "…" in line]
    assert [row[1] for row in rows] == ["Yes", "Yes"]
    assert all(int(row[2]) > 1 and (row[5], row[6]) == ("0.00", "time") for row in rows)
    rewards = sum(Decimal(row[7]) for row in rows)
    count = shell.json("risk", "1")["liquidations"]["by_time"]
    assert sum(int(row[2]) for row in rows) == int(lines[0].split()[0]) == count
    assert 0 < rewards <= Decimal("0.0005") * sum(Decimal(row[4]) for row in rows)
    assert f"reward {rewards} USDC" in lines[0]


@pytest.mark.usefixtures("market")
def test_the_most_is_what_binds(shell: Shell, alice) -> None:
    """`max` gets the cap, with the shares at the price before: a twentieth of the margin more is refused by it."""
    most = alice("trade", "open", "1", "yes", "--margin", "20", "--leverage", "max", "--dry-run")
    worth = Decimal(most["shares"]) * Decimal(most["price_before"])
    debt = Decimal(most["borrowed_usdc"])
    assert Decimal("9.9") < worth / (worth - debt) <= 10
    more = (Decimal(20) + debt) / 20 + Decimal("0.05")
    refused = shell.failure(
        "trade", "open", "1", "yes", "--margin", "20", "--leverage", f"{more:.4f}", "-k", "alice", code=1
    )
    assert refused["code"] == "leverage_above_cap"
    shell("trade", "open", "1", "yes", "--margin", "20", "--leverage", "max", "--yes", "-k", "alice")


@pytest.mark.usefixtures("market")
def test_a_sale_takes_along_what_is_due(shell: Shell, alice) -> None:
    """At the line the quote names the liquidation that comes first, and the sale sends it: one transaction, a reward beside."""
    for name, usdc in (("bob", "13000"), ("r1", "1")):
        shell("keys", "new", name)
        shell("keys", "airdrop", name, "--usdc", usdc)
    shell("deposit", "12500", "-k", "bob")
    shell("buy", "1", "yes", "--usdc", "12000", "-k", "bob")
    alice("trade", "open", "1", "yes", "--margin", "300", "--leverage", "5", "--yes")

    def slack() -> Decimal:
        return Decimal(shell.json("risk", "1")["outcomes"][0]["slack"])

    shell("sell", "1", "yes", "--shares", f"{slack() * 98 / 100:.6f}", "-k", "bob")
    more = f"{slack() + 30}"
    refused = shell.failure("sell", "1", "yes", "--shares", more, "-k", "bob", code=1)
    assert refused["code"] == "water_line"
    assert "outcome 0 rung" in refused["advice"]
    shell("feed", "open", "1", "yes", "--reporter", "r1")
    shell("feed", "report", "1", "yes", "0.05", "-k", "r1")

    quoted = shell.json("quote", "1", "yes", "--side", "sell", "--shares", more)["water_line"]
    assert (quoted["passes"], [one["by"] for one in quoted["liquidations"]]) == (True, ["price"])
    assert "first, in the same transaction" in shell("quote", "1", "yes", "--side", "sell", "--shares", more)
    tight = shell.failure("sell", "1", "yes", "--shares", more, "--slippage", "0.1%", "-k", "bob", code=1)
    assert (tight["code"], "--slippage" in tight["advice"]) == ("slippage_exceeded", True)
    shell("sell", "1", "yes", "--shares", more, "--slippage", "10%", "-k", "bob")
    assert "1 liquidations ride along" in shell.error
    assert shell.json("risk", "1")["liquidations"] == {"by_price": 1, "confirmed": 0, "by_time": 0}


def test_an_operator_opens_what_is_missing(shell: Shell) -> None:
    """A second `loans open` opens nothing more; a trader without an account is told how to begin."""
    shell(
        "market",
        "create",
        "Rain?",
        "--closes",
        "+30d",
        "--liquidity",
        "1000",
        "--outcome",
        "a",
        "--outcome",
        "b",
        "--outcome",
        "c",
    )
    assert shell.json("loans", "open", "1")["ladders"] == 3
    assert shell.json("loans", "open", "1")["ladders"] == 0
    shell("keys", "new", "eve")
    refused = shell.failure("trade", "open", "1", "a", "--margin", "100", "--leverage", "2", "-k", "eve", code=1)
    assert (refused["code"], "quatrain deposit" in refused["advice"]) == ("trader_missing", True)
    shell("keys", "airdrop", "eve", "--usdc", "500")
    shell("deposit", "500", "-k", "eve")
    refused = shell.failure("trade", "open", "1", "a", "--margin", "100", "--leverage", "1", "-k", "eve", code=1)
    assert (refused["code"], "quatrain buy" in refused["message"]) == ("debt_too_small", True)


@pytest.mark.usefixtures("market")
def test_a_quote_shows_the_line(shell: Shell, alice) -> None:
    """None without loans; then how far a sale can go, and what refuses one that goes too far."""
    sale = ("quote", "1", "yes", "--side", "sell", "--shares")
    shell("buy", "1", "yes", "--usdc", "1", "-k", "alice")
    assert "water line" not in shell(*sale, "1")
    alice("trade", "open", "1", "no", "--margin", "100", "--leverage", "5", "--yes")
    assert shell.json(*sale, "1")["water_line"] is None
    text = shell("quote", "1", "yes", "--usdc", "10")
    line = shell.json("risk", "1")["outcomes"][1]["line_price"]
    assert f"No may fall to {Decimal(line) * 100:.2f}%, and would fall to" in text
    assert "none needed" in text
    told = shell.json("quote", "1", "yes", "--usdc", "9000")["water_line"]
    assert (told["passes"], told["refusal"]["code"], told["liquidations"]) == (False, "water_line", [])
    assert "outcome 1 rung" in told["refusal"]["advice"]
    assert "refused now, water_line" in shell("quote", "1", "yes", "--usdc", "9000")
    sold = shell("quote", "1", "no", "--side", "sell", "--shares", "10")
    slack = shell.json("risk", "1")["outcomes"][1]["slack"]
    assert f"{Decimal(slack):,} shares can be sold now" in sold


@pytest.mark.usefixtures("market")
def test_a_keeper_works_off_what_is_due(shell: Shell, alice) -> None:
    """Nothing while healthy; after the term all of it, slice by slice, with a reward; ordinary trades go on meanwhile."""
    alice("trade", "open", "1", "yes", "--margin", "100", "--leverage", "5", "--term", "1d", "--yes")
    shell("keys", "new", "kim")
    shell("keys", "airdrop", "kim", "--usdc", "500")
    assert shell.failure("liquidate", "1", "-k", "kim", code=1)["code"] == "trader_missing"
    shell("deposit", "500", "-k", "kim")
    assert "Nothing is due" in shell("liquidate", "1", "-k", "kim")
    assert "Bought" in shell("buy", "1", "no", "--usdc", "50", "-k", "kim")
    assert "Traded 1 legs" in shell("batch", "1", "sell no 5 usdc", "-k", "kim")
    shell("chain", "warp", "25h")

    text = shell("liquidate", "1", "--rounds", "2", "--every", "0s", "-k", "kim")

    assert "liquidations in market 1; reward" in text
    assert "Nothing is due" in text
    record = shell.json("risk", "1")
    assert (record["debt_usdc"], record["cash_usdc"], record["loans"]) == ("0", "20000", 0)
    assert record["liquidations"]["by_time"] > 1
    assert shell.json("liquidate", "1", "-k", "kim")["liquidated"] == []


@pytest.mark.usefixtures("market")
def test_reports_and_disclosure_raise_the_cap(shell: Shell, alice) -> None:
    """Above 10x three reporters must report and the disclosure must be recorded; then the next factor binds."""
    names = ("r1", "r2", "r3")
    for name in names:
        shell("keys", "new", name)
        shell("keys", "airdrop", name, "--usdc", "1")
    shell("feed", "open", "1", "yes", *(part for name in names for part in ("--reporter", name)))
    for name in names:
        assert "Reported 51.00%" in shell("feed", "report", "1", "yes", "0.51", "--confidence", "0.01", "-k", name)
    told = shell.json("feed", "show", "1", "yes")
    assert (told["fresh"], told["median"], len(told["reports"])) == (3, "0.51", 3)
    assert "51.00% ± 1.00%" in shell("feed", "show", "1")
    alice("trade", "open", "1", "yes", "--margin", "100", "--leverage", "2", "--yes")
    assert "51.00% ── elsewhere, as 3 fresh reports say" in shell("risk", "1")
    opening = ("trade", "open", "1", "yes", "--margin", "20", "--leverage", "5", "--dry-run")
    assert alice(*opening)["cap"]["binds"] == "disclosure"

    assert shell.failure("trader", "acknowledge-risk", "-k", "alice", code=1)["code"] == "confirmation_missing"
    text = shell("trader", "acknowledge-risk", "-k", "alice", "--yes")
    assert DISCLOSURE.read_text().splitlines()[0] in text
    digest = hashlib.sha256(DISCLOSURE.read_bytes()).hexdigest()
    assert bytes(disclosure_hash()).hex() == digest
    assert digest in text
    cap = alice(*opening)["cap"]
    assert cap["binds"] == "tier"
    assert Decimal(cap["cap"]) == Decimal(cap["tier"]) == 70
    assert "has 1 reporters" in shell("feed", "reporters", "1", "yes", "--reporter", "r1")
    assert shell.json("feed", "show", "1")["fresh"] == 0


def test_an_operator_ends_the_calm_earlier(shell: Shell) -> None:
    """Only ever earlier; and an LMSR has no liquidity to let down."""
    shell("market", "create", "Rain?", "--closes", "+30d", "--liquidity", "1000")
    shell("loans", "open", "1", "--calm-end", "+20d")
    before = shell.json("loans", "sync", "1")["ends_at"]
    assert shell.json("loans", "calm-end", "1", "+10d")["ends_at"] < before
    assert shell.failure("loans", "shrink", "1", code=4)["code"] == "market_not_open"
