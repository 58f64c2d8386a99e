"""`quatrain market import` at the command line."""

import gzip
import json
from pathlib import Path

from quatrain.cli.samples import SAMPLE_FILE
from tests.cli.conftest import Shell
from tests.keepers.ingest.records import binary, event, leg


def test_the_sample_is_imported(shell: Shell) -> None:
    """Binary and multi-outcome markets at their quoted prices, and a count of what was left out."""
    report = shell.json("market", "import", "--sample")
    markets = shell.json("market", "list")

    assert report["records"] == 13
    assert report["created"] == len(markets) == 6
    assert report["skipped"] == {"closed": 2, "inactive": 1, "unreadable": 1}
    assert sorted(len(one["outcomes"]) for one in markets) == [2, 2, 2, 2, 4, 4]
    assert report["makers"] == {"LMSR": 3, "pm-AMM": 3}
    assert {one["maker"] for one in markets if one["outcomes"][0]["title"] == "Yes"} == {"LMSR"}
    assert {one["maker"] for one in markets if one["outcomes"][0]["title"] != "Yes"} == {"pm-AMM"}
    assert report["rent_lamports"] == sum(one["rent_lamports"] for one in markets)
    moon = markets[0]
    assert moon["question"].startswith("Which agency")
    assert moon["outcomes"][0]["title"] == "Western consortium"
    assert min(float(one["price"]) for one in moon["outcomes"]) >= 0.000999


def test_repeating_creates_nothing(shell: Shell) -> None:
    """A second import finds everything there."""
    shell("market", "import", "--sample")

    report = shell.json("market", "import", "--sample")

    assert (report["created"], report["existing"]) == (0, 6)


def test_a_dry_run_changes_nothing(shell: Shell) -> None:
    """It tells the subsidy and the rent that the import would take."""
    planned = shell.json("market", "import", "--sample", "--dry-run", "--liquidity", "50")
    assert shell.json("market", "list") == []

    done = shell.json("market", "import", "--sample", "--liquidity", "50")

    assert planned | {"dry_run": False} == done


def test_one_maker_can_be_asked_for(shell: Shell) -> None:
    """Every market an LMSR, whatever the rule says."""
    assert shell.json("market", "import", "--sample", "--maker", "lmsr")["makers"] == {"LMSR": 6, "pm-AMM": 0}
    assert {one["maker"] for one in shell.json("market", "list")} == {"LMSR"}


def test_an_import_can_be_limited(shell: Shell, tmp_path: Path) -> None:
    """So many new ones each time, until all are there; a dump of its own, gzipped, line by line."""
    dump = tmp_path / "dump.jsonl.gz"
    records = [binary(1), binary(2), event([leg(3, "0.5"), leg(4, "0.5")]), binary(5, closed=True)]
    dump.write_bytes(gzip.compress("\n".join(json.dumps(one) for one in records).encode()))

    reports = [shell.json("market", "import", str(dump), "--limit", "2") for _ in range(3)]

    assert [(one["created"], one["existing"]) for one in reports] == [(2, 0), (1, 2), (0, 3)]
    assert reports[0]["skipped"] == {"closed": 1}


def test_late_questions_can_be_imported(shell: Shell, tmp_path: Path) -> None:
    """With a span, and then they close after it."""
    dump = tmp_path / "dump.json"
    dump.write_text(json.dumps([binary(1, endDate="2020-01-01"), binary(2, endDate=None)]))
    assert shell.json("market", "import", str(dump))["skipped"] == {"ended": 1, "undated": 1}

    shell("market", "import", str(dump), "--closes-after", "30d")

    first, second = shell.json("market", "list")
    assert first["closes_at"] == first["opens_at"] + 30 * 86_400 == second["closes_at"]


def test_people_get_a_table(shell: Shell, tmp_path: Path) -> None:
    """With the rent, and notes about what could not be taken."""
    dump = tmp_path / "dump.json"
    dump.write_text(
        json.dumps(
            [binary(1, outcomes="['single quotes']"), event([leg(n, "0.015") for n in range(2, 70)]), binary(80)]
        )
    )

    text = shell("market", "import", str(dump))

    assert "rent, SOL" in text
    assert "0.00451008" in text
    assert "left out: more than 64 outcomes" in text
    assert "question-1: outcomes is no JSON" in shell.error
    assert "68 outcomes, a market has at most 64" in shell.error


def test_refusals_are_counted(shell: Shell, tmp_path: Path) -> None:
    """Beyond the vault's limit the chain refuses, and the report says why."""
    dump = tmp_path / "dump.json"
    dump.write_text(json.dumps([binary(n) for n in range(1, 7)]))

    report = shell.json("market", "import", str(dump), "--subsidy", "490000")

    assert report["created"] == 4
    assert {one["code"] for one in report["failed"]} == {"subsidy_above_total_cap"}


def test_the_sample_is_our_own() -> None:
    """It ships with the package and names no real market."""
    text = SAMPLE_FILE.read_text()
    assert "0x51a7" in text
    assert "polymarket.com" not in text
