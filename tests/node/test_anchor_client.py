"""Anchor's published TypeScript client, driven by our IDL, agrees with our own encoders byte for byte."""

import importlib
import importlib.util
import json
from typing import Any

import pytest
from solders.pubkey import Pubkey as Address

from hognose.idl import idl_json
from hognose.lang import InstructionDeclaration, Program, Pubkey
from hognose.lang.layout import encode
from tests.hognose.idl import structure
from tests.hognose.samples.escrow import PROGRAM, Desk, Terms
from tests.node.anchor import ask, camel, given, packed, sample, shown

DESK: Any = Desk
TERMS: Any = Terms
MAKER = Pubkey(bytes(range(32)))
MINT, SOURCE, VAULT = (Pubkey(bytes([tag]) * 32) for tag in (7, 8, 9))
TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"


def programs() -> list[Any]:
    """The sample, and Quatrain's own program once it exists."""
    found = [pytest.param(PROGRAM, id="escrow")]
    if importlib.util.find_spec("quatrain") and importlib.util.find_spec("quatrain.program.entrypoint"):
        quatrain = importlib.import_module("quatrain.program.entrypoint")
        found.append(pytest.param(quatrain.PROGRAM, id="quatrain"))
    return found


def derived(*seeds: bytes) -> str:
    """A program-derived address of the sample."""
    return str(Address.find_program_address(list(seeds), Address(bytes(PROGRAM.address)))[0])


def data_line(cls: type[Any], event: Any) -> str:
    """The log line that `emit` leaves."""
    return f"Program data: {packed(cls.__discriminator__ + encode(cls.__layout__, event))}"


def logs_around(program: Program, *lines: str) -> list[str]:
    """What a cluster prints around a program's own lines."""
    address = str(program.address)
    return [f"Program {address} invoke [1]", *lines, f"Program {address} success"]


@pytest.mark.parametrize("program", programs())
def test_idl_has_the_structure_of_the_specification(program: Program) -> None:
    """What the client reads is as specification 0.1.0 has it, also where this client is lenient."""
    structure.check(json.loads(idl_json(program)))


@pytest.mark.parametrize("program", programs())
def test_client_decodes_every_account(program: Program) -> None:
    """Each account that we encode is read with the same values, also with bytes behind it, as a longer tail has."""
    values = [sample(account.layout) for account in program.accounts]
    questions = [
        {"kind": "account", "name": camel(account.name), "data": packed(account.encode(value) + more)}
        for account, value in zip(program.accounts, values, strict=True)
        for more in (b"", b"\x01" * 24)
    ]
    expected = [
        shown(account.layout, value) for account, value in zip(program.accounts, values, strict=True) for _ in range(2)
    ]
    assert ask(program, *questions) == expected


@pytest.mark.parametrize("program", programs())
def test_client_encodes_every_account_as_we_do(program: Program) -> None:
    """The bytes that the client writes for an account are ours, discriminator first."""
    values = [sample(account.layout, 3) for account in program.accounts]
    questions = [
        {"kind": "encodedAccount", "name": camel(account.name), "value": given(account.layout, value)}
        for account, value in zip(program.accounts, values, strict=True)
        if account.layout.size < 1_000
    ]
    expected = [
        packed(account.encode(value))
        for account, value in zip(program.accounts, values, strict=True)
        if account.layout.size < 1_000
    ]
    assert ask(program, *questions) == expected


@pytest.mark.parametrize("program", programs())
def test_client_decodes_every_event_from_the_log(program: Program) -> None:
    """Each event is found in the `Program data:` lines of a transaction's log, with its name and values."""
    values = [(cls, sample(cls.__layout__, 5)) for cls in program.events]
    logs = logs_around(program, *(data_line(cls, value) for cls, value in values))
    expected = [{"name": camel(cls.__name__), "data": shown(cls.__layout__, value)} for cls, value in values]
    assert ask(program, {"kind": "events", "logs": logs}) == [expected]


@pytest.mark.parametrize("program", programs())
def test_client_names_every_error(program: Program) -> None:
    """A failure's code, as clusters print it, is turned into our message."""
    questions = [
        {"kind": "error", "message": f"failed to send: custom program error: {error.code:#x}"}
        for error in program.errors
    ]
    assert ask(program, *questions) == [{"code": error.code, "msg": error.message} for error in program.errors]


@pytest.mark.parametrize("program", programs())
def test_client_builds_the_data_of_every_instruction(program: Program) -> None:
    """Given every address, the client builds each instruction with our bytes, our order and our flags."""
    addresses = {
        d.name: [str(Pubkey(bytes([9, i]) * 16)) for i in range(len(d.accounts))] for d in program.declarations
    }
    questions, expected = [], []
    for declaration in program.declarations:
        arguments = {name: sample(kind) for name, kind in declaration.arguments}
        named = {
            camel(s.name): {"address": a}
            for s, a in zip(declaration.accounts, addresses[declaration.name], strict=True)
        }
        questions.append(
            {
                "kind": "instruction",
                "name": camel(declaration.name),
                "args": [given(kind, arguments[name]) for name, kind in declaration.arguments],
                "accounts": named,
            }
        )
        expected.append(expected_instruction(program, declaration, addresses[declaration.name], arguments))
    assert ask(program, *questions) == expected


def expected_instruction(
    program: Program, declaration: InstructionDeclaration, addresses: list[str], arguments: dict[str, Any]
) -> dict[str, Any]:
    """The instruction as our own declarations give it."""
    return {
        "program": str(program.address),
        "data": packed(declaration.encode_arguments(**arguments)),
        "keys": [
            [address, slot.role.signer, slot.role.writable]
            for slot, address in zip(declaration.accounts, addresses, strict=True)
        ],
    }


def test_client_derives_addresses_from_seeds_and_relations() -> None:
    """With only the mint's and source's addresses given, the client finds the rest: constant, account and argument
    seeds, fixed programs, and the vault in the desk's data."""
    desk_address, offer_address = derived(b"desk"), derived(b"offer", MAKER, (77).to_bytes(8, "little"))
    desk = DESK.__account__.encode(DESK(bump=1, mint=MINT, vault=VAULT, offers=0))
    chain = {desk_address: {"owner": str(PROGRAM.address), "data": packed(desk)}}
    question = {
        "kind": "instruction",
        "name": "makeOffer",
        "args": [{"integer": "77"}, given(TERMS.__layout__, TERMS(offered=5, wanted_lamports=6, open=True))],
        "accounts": {"source": {"address": str(SOURCE)}, "tokenProgram": {"address": TOKEN_PROGRAM}},
    }
    (built,) = ask(PROGRAM, question, wallet=str(MAKER), chain=chain)
    assert [key[0] for key in built["keys"]] == [
        str(MAKER), desk_address, offer_address, str(SOURCE), str(VAULT), TOKEN_PROGRAM, "1" * 32,
    ]  # fmt: skip
