"""A dump is read whatever its wrapping, and what is no dump is named with its place."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from quatrain.client.errors import InputError
from quatrain.keepers.ingest import reading
from quatrain.keepers.ingest.reading import read_records
from tests.keepers.ingest.records import binary, event

ONE, TWO = binary(1), binary(2)
LINES = "\n".join(json.dumps(one) for one in (ONE, TWO)) + "\n\n"


def written(tmp_path: Path, content: Any) -> Path:
    """A file of that content: bytes as they are, text in UTF-8, else as JSON."""
    path = tmp_path / "dump.json"
    data = content if isinstance(content, bytes | str) else json.dumps(content)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        [ONE, TWO],
        {"markets": [ONE, TWO], "next_cursor": "x"},
        {"data": [ONE, TWO]},
        [{"markets": [ONE]}, {"markets": [TWO], "next_cursor": None}],
        LINES,
        "\ufeff" + LINES,
        json.dumps({"markets": [ONE]}) + "\n" + json.dumps([TWO]),
        gzip.compress(LINES.encode()),
        gzip.compress(json.dumps([ONE, TWO]).encode()),
    ],
    ids=["array", "object", "data", "pages", "lines", "byte order mark", "pages by line", "lines gz", "array gz"],
)
def test_every_wrapping_is_opened(tmp_path: Path, content: Any) -> None:
    """The same two records come out."""
    assert [one["conditionId"] for one in read_records(written(tmp_path, content))] == [
        ONE["conditionId"],
        TWO["conditionId"],
    ]


def test_events_keep_their_markets(tmp_path: Path) -> None:
    """An event is one record, with its markets inside, in an object or alone."""
    whole = event([ONE, TWO])

    assert read_records(written(tmp_path, {"events": [whole]})) == [whole]
    assert read_records(written(tmp_path, whole)) == [whole]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no JSON"),
        ("[1, 2", "no JSON: .* line 1"),
        ('{"a": 1}\n{"a": \n', "line 2 is no JSON"),
        ("[]", "no market"),
        ("[1]", "int"),
        ('"text"', "str"),
        (b"\xff\xfe", "UTF-8"),
        (gzip.compress(b"[]" * 1_000)[:30], "gzip"),
        (b"\x1f\x8b", "gzip"),
    ],
    # a compressed stream carries the time, and an identifier may not differ between the workers
    ids=["empty", "cut array", "cut line", "no records", "number", "string", "no UTF-8", "cut gz", "no gz"],
)
def test_other_files_are_refused(tmp_path: Path, content: Any, message: str) -> None:
    """With the place of the fault."""
    with pytest.raises(InputError, match=message) as caught:
        read_records(written(tmp_path, content))

    assert caught.value.code == "input_invalid"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The name and the system's reason."""
    with pytest.raises(InputError, match=r"none\.json") as caught:
        read_records(tmp_path / "none.json")

    assert caught.value.code == "input_unreadable"


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks to more than is allowed is not unpacked to the end."""
    monkeypatch.setattr(reading, "MAXIMUM_BYTES", 10_000)

    with pytest.raises(InputError, match="unpacks to more"):
        read_records(written(tmp_path, gzip.compress(bytes(10**6))))


def test_prices_are_read_exactly(tmp_path: Path) -> None:
    """A number with many digits is not rounded to a float."""
    (record,) = read_records(written(tmp_path, '[{"id": 1, "x": 0.1000000000000000000001}]'))

    assert str(record["x"]) == "0.1000000000000000000001"
