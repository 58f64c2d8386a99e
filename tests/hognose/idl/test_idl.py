"""The IDL says what the declarations say, in Anchor's form."""

import json
from typing import Any

import pytest

from hognose.idl import IdlError, build_idl, idl_json
from hognose.lang import (
    Account,
    Array,
    ErrorCode,
    Program,
    Pubkey,
    account,
    accounts,
    argument,
    array,
    instruction,
    raw,
    signer,
    state,
    struct,
    tail,
    u8,
    u64,
)
from tests.hognose.idl import structure
from tests.hognose.samples.escrow import PROGRAM


class NoError(ErrorCode):
    """No errors at all."""


@struct
class Pair:
    left: u64
    flags: Array[bool] = array(bool, 3)


@account(seeds=(b"base", "kind"))
class Base:
    kind: u64
    bump: u8
    owner: Pubkey
    child: Pubkey
    pairs: Array[Pair] = tail(Pair, minimum=0)


@account(seeds=(b"leaf", "base", "kind", "wide"))
class Leaf:
    base: Pubkey
    kind: u64
    wide: u64
    bump: u8


@accounts
class Everything:
    owner: Account = signer()
    base: Base = state(owner="owner", child="child")
    child: Account = raw()
    leaf: Leaf = state(base="base", kind="base.kind", wide=argument("wide"))
    narrow: Leaf = state(base="base", kind=argument("narrow"), wide=argument("wide"))
    partly: Leaf = state(base="base", wide=argument("wide"))
    sysvar_instructions: Account = raw()


@instruction
def everything(accounts: Everything, narrow: u8, wide: u64, pairs: Array[Pair]) -> None:
    """Use every way to find an address."""


EDGES = Program("edges", "1.2.3", Pubkey(bytes([3]) * 32), (everything,), NoError)


def written(program: Program) -> dict[str, Any]:
    """The IDL as a reader of the file gets it."""
    return json.loads(idl_json(program))


@pytest.fixture(name="found")
def edge_accounts() -> dict[str, Any]:
    """The accounts of `everything`, by name."""
    (entry,) = written(EDGES)["instructions"]
    return {item["name"]: item for item in entry["accounts"]}


@pytest.mark.parametrize("program", [PROGRAM, EDGES], ids=lambda program: program.name)
def test_idl_has_the_structure_of_the_specification(program: Program) -> None:
    """Every key, name, type, reference and seed is as specification 0.1.0 has it."""
    structure.check(written(program))


def test_idl_text_is_the_same_each_time() -> None:
    """The same declarations give the same text, ending in a newline."""
    assert idl_json(PROGRAM) == idl_json(PROGRAM)
    assert idl_json(PROGRAM).endswith("}\n")


def test_field_of_another_account_is_a_seed(found: dict[str, Any]) -> None:
    """A seed field bound to `account.field` names that field and its class."""
    assert found["leaf"]["pda"]["seeds"][1:] == [
        {"kind": "account", "path": "base"},
        {"kind": "account", "path": "base.kind", "account": "Base"},
        {"kind": "arg", "path": "wide"},
    ]


def test_argument_of_another_width_is_no_seed(found: dict[str, Any]) -> None:
    """A client packs an argument by its own type, so that a narrower one would give a wrong address."""
    assert "pda" not in found["narrow"]


def test_unbound_seed_leaves_the_address_to_the_client(found: dict[str, Any]) -> None:
    """An address that depends on what lies at it is not derived."""
    assert "pda" not in found["partly"]
    assert "pda" not in found["base"]


def test_address_stored_in_an_account_is_a_relation(found: dict[str, Any]) -> None:
    """An account that a known account holds under the same name is read from there; others are not."""
    assert found["owner"]["relations"] == ["base"]
    assert found["child"]["relations"] == ["base"]
    assert found["base"]["relations"] == ["narrow", "partly"], "the leaf itself is derived from the base"


def test_relation_is_left_out_where_the_holder_is_derived_from_it() -> None:
    """A counter's address comes from its authority, so that the authority is not looked up in the counter."""
    count = written(PROGRAM)["instructions"][1]
    assert [item.get("relations") for item in count["accounts"]] == [None, None]


def test_sysvar_by_name_has_its_address(found: dict[str, Any]) -> None:
    """A raw account called after a sysvar is that sysvar."""
    assert found["sysvar_instructions"]["address"] == "Sysvar1nstructions1111111111111111111111111"


def test_program_of_several_ids_has_no_fixed_address() -> None:
    """One id is an address; a choice of token programs is the client's."""
    items = {item["name"]: item for item in written(PROGRAM)["instructions"][4]["accounts"]}
    assert items["system_program"]["address"] == "1" * 32
    assert "address" not in items["token_program"]


def test_tail_is_the_part_that_is_always_there() -> None:
    """A tail is an array of its minimum, and its documentation says that more may follow."""
    counter = next(entry for entry in written(PROGRAM)["types"] if entry["name"] == "Counter")
    history = counter["type"]["fields"][-1]
    assert history["type"] == {"array": ["u64", 4]}
    assert history["docs"] == [
        "The latest steps; the newest overwrites the oldest.",
        "At least 4 elements; further ones of 8 bytes each fill the rest of the account's data.",
    ]


def test_documentation_comes_from_docstrings() -> None:
    """Instructions keep the lines of their docstring; fields and accounts the text below them."""
    idl = written(PROGRAM)
    assert idl["instructions"][0]["docs"] == [
        "Open the counter of the signer.",
        "",
        "Its history keeps `length` steps, at least four.",
    ]
    assert idl["instructions"][0]["accounts"][0]["docs"] == ["Owns the counter and pays for it."]
    assert idl["types"][0]["docs"] == ["How far its owner has counted."]


def test_structs_of_one_name_are_refused() -> None:
    """An IDL knows structs by name alone, so that two of one name would be one."""

    def other() -> type[Any]:
        @struct
        class Pair:
            right: u64

        return Pair

    @instruction
    def clash(accounts: Everything, first: Pair, second: other()) -> None:  # pyright: ignore[reportInvalidTypeForm]
        """Take both."""

    program = Program("clash", "0.1.0", Pubkey(bytes(32)), (clash,), NoError)
    with pytest.raises(IdlError, match="two different classes are called Pair"):
        build_idl(program)
