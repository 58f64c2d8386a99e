"""The Program Metadata program's layouts, against what the official client makes of the same addresses."""

import json
from pathlib import Path
from typing import Any

import pytest
from solders.pubkey import Pubkey

from quatrain.client import metadata
from quatrain.client.accounts import RawAccount
from quatrain.client.errors import WrongAccountError
from tests.client.test_loader import shown

RECORDED: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden" / "program_metadata.json").read_text())
"""Made by the `@solana-program/program-metadata` package that the file names."""
KEYS = {name: Pubkey.from_string(text) for name, text in RECORDED["addresses"].items()}
TERMS: dict[str, Any] = {"program": KEYS["program"], "authority": KEYS["authority"], "seed": "idl"}
MADE = {
    "allocate": metadata.allocate(**TERMS),
    "write": metadata.write(**TERMS, offset=70_000, data=bytes(i % 251 for i in range(300))),
    "initialize": metadata.initialize(**TERMS),
    "close": metadata.close(**TERMS, recipient=KEYS["payer"]),
}


@pytest.mark.parametrize("name", MADE)
def test_instructions_are_those_of_the_official_client(name: str) -> None:
    """Data, accounts and their roles agree."""
    assert shown(MADE[name]) == RECORDED["instructions"][name]
    assert set(MADE) == set(RECORDED["instructions"])


@pytest.mark.parametrize("seed", ["idl", "security"])
def test_canonical_metadata_lies_where_the_client_looks(seed: str) -> None:
    """The address follows from the program and the seed."""
    assert str(metadata.metadata_address(KEYS["program"], seed)) == RECORDED["metadata"][seed]


def test_metadata_of_the_official_client_is_read() -> None:
    """Its content comes out as it went in; what is in another form, or none, is told apart."""
    data = bytes.fromhex(RECORDED["account"])

    read = metadata.read_metadata(RawAccount(1, data, metadata.METADATA_PROGRAM))

    assert read == metadata.Published(KEYS["program"], "idl", RECORDED["content"])
    assert metadata.read_metadata(RawAccount(1, data, KEYS["payer"])) is None
    assert metadata.read_metadata(None) is None
    with pytest.raises(WrongAccountError):
        metadata.read_metadata(RawAccount(1, data[:85] + b"\2" + data[86:], metadata.METADATA_PROGRAM))
