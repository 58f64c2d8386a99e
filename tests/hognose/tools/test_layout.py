"""The layout table agrees with the bytes that the codec writes."""

import json
from typing import Any

from hognose.tools.layout import Row, render, rent_exempt_lamports, tables, to_json
from tests.hognose.samples.escrow import PROGRAM, Counter, Offered

COUNTER_CLASS: Any = Counter
OFFERED_CLASS: Any = Offered
BY_NAME = {table.name: table for table in tables(PROGRAM)}


def test_every_record_has_one_table() -> None:
    """Accounts come first, then events, then the structs inside them and inside arguments."""
    assert [(table.kind, table.name) for table in tables(PROGRAM)] == [
        ("account", "Counter"),
        ("account", "Desk"),
        ("account", "Offer"),
        ("event", "Counted"),
        ("event", "Offered"),
        ("struct", "Terms"),
    ]


def test_rows_are_contiguous() -> None:
    """Every byte of a record belongs to exactly one row."""
    for table in tables(PROGRAM):
        at = 0
        for row in table.rows:
            assert row.offset == at
            at += row.size
        assert at == table.size


def test_offset_is_where_the_codec_writes() -> None:
    """A field's bytes lie at its offset in an encoded account, discriminator included."""
    data = COUNTER_CLASS.__account__.encode(COUNTER_CLASS(total=0x1122334455667788, limit=5))
    total = next(row for row in BY_NAME["Counter"].rows if row.name == "total")
    assert data[total.offset : total.offset + total.size] == (0x1122334455667788).to_bytes(8, "little")
    assert data[:8].hex() == BY_NAME["Counter"].discriminator


def test_event_offsets_count_the_discriminator() -> None:
    """An event's fields start after its tag, as they do in the log."""
    assert BY_NAME["Offered"].discriminator == OFFERED_CLASS.__discriminator__.hex()
    assert BY_NAME["Offered"].rows[1] == Row(8, 32, "Pubkey", "offer", "")


def test_rent_is_the_clusters_minimum() -> None:
    """520 bytes of data need 4,510,080 lamports; a table states the rent of its account."""
    assert rent_exempt_lamports(520) == 4_510_080
    assert BY_NAME["Desk"].rent_exempt_lamports == (128 + 81) * 6_960
    assert BY_NAME["Terms"].rent_exempt_lamports is None


def test_text_shows_offsets_documentation_and_the_tail() -> None:
    """The rendered table has a line a field, the field's text, the size, the rent, and the cost of a longer tail."""
    assert render(BY_NAME["Counter"]) == COUNTER


def test_json_holds_the_same() -> None:
    """The JSON form has every row and the tail."""
    table = json.loads(json.dumps(to_json(BY_NAME["Counter"])))
    assert table["rows"][3] == {"offset": 41, "size": 8, "type": "u64", "name": "total", "documentation": ""}
    assert table["tail"] == {"field": "history", "minimum": 4, "element_bytes": 8, "element_lamports": 55_680}


COUNTER = """\
account Counter  discriminator ffb004f5bcfd7c19
  offset  size  type            name
       0     8  discriminator
       8    32  Pubkey          authority  Who may count.
      40     1  u8              bump
      41     8  u64             total
      49    16  u128            limit      The highest total that `total` may reach.
      65    32  Array[u64, 4+]  history    The latest steps; the newest overwrites the oldest.
  97 bytes, rent-exempt at 1,566,000 lamports
  history: at least 4; each further element adds 8 bytes and 55,680 lamports"""
