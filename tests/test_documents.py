"""What the documents claim is what the golden files say."""

import re
from pathlib import Path

import pytest

from tools.figures import fees

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden" / "compute_units.md"
PAGE = ROOT / "docs" / "reference" / "compute-units.md"


def measured() -> dict[str, str]:
    """Each instruction's compute units, as the golden file has them."""
    rows = re.findall(r"^\| ([^|]+?) \| ([\d,]+) \|$", GOLDEN.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def test_compute_units_in_the_documents_are_those_measured() -> None:
    """Every figure of ours on the comparison page is the golden file's."""
    rows = re.findall(
        r"^\| \*\*quatrain\*\* \| `(.+?)`.*?\| ([\d,]+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert rows
    assert dict(rows) == {name: measured()[name] for name, _ in rows}


def test_the_table_of_fees_is_the_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """Line by line as `python -m tools.figures fees` prints it."""
    fees()
    page = (PAGE.parent.parent / "concepts" / "coverage.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out in page
