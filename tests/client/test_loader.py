"""The upgradeable loader's layouts, against what the official client makes of the same addresses."""

import json
from pathlib import Path
from typing import Any

import pytest
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from quatrain.client import loader
from quatrain.client.accounts import RawAccount

RECORDED: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden" / "loader_v3.json").read_text())
"""Made by the `@solana-program/loader-v3` package that the file names."""
KEYS = {name: Pubkey.from_string(text) for name, text in RECORDED["addresses"].items()}
BUFFER, AUTHORITY, PAYER, PROGRAM, NEW = (KEYS[name] for name in ("buffer", "authority", "payer", "program", "new"))
DATA = KEYS["program_data"]
BYTES = bytes(i % 251 for i in range(300))
MADE = {
    "initialize_buffer": loader.initialize_buffer(buffer=BUFFER, authority=AUTHORITY),
    "write": loader.write(buffer=BUFFER, authority=AUTHORITY, offset=70_000, data=BYTES),
    "deploy": loader.deploy(payer=PAYER, program=PROGRAM, buffer=BUFFER, authority=AUTHORITY, capacity=5_000_000_000),
    "upgrade": loader.upgrade(program=PROGRAM, buffer=BUFFER, authority=AUTHORITY, spill=PAYER),
    "set_authority": loader.set_authority(account=DATA, authority=AUTHORITY, new=NEW),
    "set_authority_checked": loader.set_authority_checked(account=DATA, authority=AUTHORITY, new=NEW),
    "close": loader.close(buffer=BUFFER, recipient=PAYER, authority=AUTHORITY),
    "extend": loader.extend(program=PROGRAM, payer=PAYER, additional=10_240),
}


def shown(instruction: Instruction) -> dict[str, Any]:
    """An instruction as the recording writes it."""
    accounts = [
        " ".join([str(one.pubkey), *["signer"] * one.is_signer, *["writable"] * one.is_writable])
        for one in instruction.accounts
    ]
    return {"program": str(instruction.program_id), "data": bytes(instruction.data).hex(), "accounts": accounts}


@pytest.mark.parametrize("name", MADE)
def test_instructions_are_those_of_the_official_client(name: str) -> None:
    """Data, accounts and their roles agree; only an account left out stands there as the loader's own address."""
    recorded = RECORDED["instructions"][name]
    if recorded["accounts"][-1] == recorded["program"]:
        recorded = recorded | {"accounts": recorded["accounts"][:-1]}

    assert shown(MADE[name]) == recorded
    assert set(MADE) == set(RECORDED["instructions"])


def test_program_data_lies_where_the_client_says() -> None:
    """The address of the code follows from the program's."""
    assert loader.program_data_address(PROGRAM) == DATA


def test_other_accounts_are_none_of_the_loaders() -> None:
    """What belongs to another program, is of another kind, too short or missing is not decoded."""
    header = loader.program_data_header(7, AUTHORITY)
    mine = RawAccount(1, header + b"code", loader.UPGRADEABLE_LOADER)
    decoded = loader.read_program_data(mine)

    assert decoded == loader.ProgramData(7, AUTHORITY, b"code")
    assert loader.read_buffer(mine) is None
    assert loader.read_program(mine) is None
    assert loader.read_program_data(None) is None
    assert loader.read_program_data(RawAccount(1, mine.data, PAYER)) is None
    assert loader.read_program_data(RawAccount(1, header[:-1], loader.UPGRADEABLE_LOADER)) is None
    assert loader.read_program_data(
        RawAccount(1, loader.program_data_header(7, None), loader.UPGRADEABLE_LOADER)
    ) == loader.ProgramData(7, None, b"")
