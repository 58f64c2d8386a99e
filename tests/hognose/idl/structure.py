"""What Anchor's specification 0.1.0 demands of an IDL, as checks on the JSON that we write."""

from __future__ import annotations

import re
from typing import Any

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*\Z")
BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]{32,44}\Z")
SCALARS = {"bool", "u8", "u16", "u32", "u64", "u128", "i64", "i128", "pubkey"}

Json = dict[str, Any]


def check(idl: Json) -> None:
    """AssertionError at the first place that is not as the specification has it."""
    assert set(idl) == {"address", "metadata", "instructions", "accounts", "events", "errors", "types"}
    assert BASE58.match(idl["address"])
    assert idl["metadata"]["spec"] == "0.1.0"
    assert idl["metadata"]["name"]
    assert re.match(r"\d+\.\d+\.\d+", idl["metadata"]["version"])
    defined = unique(entry["name"] for entry in idl["types"])
    for entry in idl["types"]:
        check_struct(entry, defined)
    for tagged in idl["accounts"] + idl["events"]:
        assert set(tagged) == {"name", "discriminator"}
        assert tagged["name"] in defined
        check_discriminator(tagged["discriminator"])
    for section in ("accounts", "events", "instructions"):
        unique(entry["name"] for entry in idl[section])
        unique(bytes(entry["discriminator"]) for entry in idl[section])
    for error in idl["errors"]:
        assert set(error) == {"code", "name", "msg"}
        assert error["code"] >= 6000
        assert PASCAL.match(error["name"])
    unique(error["code"] for error in idl["errors"])
    for instruction in idl["instructions"]:
        check_instruction(instruction, idl, defined)


def unique(values: Any) -> set[Any]:
    """The values as a set; AssertionError where one appears twice."""
    found = list(values)
    assert len(found) == len(set(found)), f"appears twice: {found}"
    return set(found)


def check_discriminator(value: list[int]) -> None:
    """Eight bytes, not all zero (an empty account must not pass for one)."""
    assert len(value) == 8
    assert all(0 <= byte < 256 for byte in value)
    assert any(value)


def check_struct(entry: Json, defined: set[str]) -> None:
    """A definition: documented or not, with fields of known types."""
    assert set(entry) <= {"name", "docs", "type"}
    assert PASCAL.match(entry["name"])
    check_docs(entry)
    assert set(entry["type"]) == {"kind", "fields"}
    assert entry["type"]["kind"] == "struct"
    check_fields(entry["type"]["fields"], defined)


def check_fields(fields: list[Json], defined: set[str]) -> None:
    """Fields or arguments: unique snake_case names, known types."""
    unique(field["name"] for field in fields)
    for field in fields:
        assert set(field) <= {"name", "docs", "type"}
        assert SNAKE.match(field["name"])
        check_docs(field)
        check_type(field["type"], defined)


def check_docs(entry: Json) -> None:
    """Lines of text, or no `docs` at all."""
    docs = entry.get("docs", ["present"])
    assert docs
    assert all(isinstance(line, str) and "\n" not in line for line in docs)


def check_type(kind: Any, defined: set[str]) -> None:
    """A scalar, a list, an array, or a struct that is defined."""
    if isinstance(kind, str):
        assert kind in SCALARS
        return
    ((form, content),) = kind.items()
    if form == "vec":
        check_type(content, defined)
    elif form == "array":
        element, length = content
        assert isinstance(length, int)
        assert length >= 0
        check_type(element, defined)
    else:
        assert form == "defined"
        assert set(content) == {"name"}
        assert content["name"] in defined


def check_instruction(instruction: Json, idl: Json, defined: set[str]) -> None:
    """An instruction: its tag, its arguments, and accounts that a client can resolve."""
    assert set(instruction) <= {"name", "docs", "discriminator", "accounts", "args"}
    assert SNAKE.match(instruction["name"])
    check_docs(instruction)
    check_discriminator(instruction["discriminator"])
    check_fields(instruction["args"], defined)
    names = unique(account["name"] for account in instruction["accounts"])
    arguments = {argument["name"] for argument in instruction["args"]}
    for account in instruction["accounts"]:
        assert set(account) <= {"name", "docs", "writable", "signer", "address", "pda", "relations"}
        assert SNAKE.match(account["name"])
        check_docs(account)
        assert all(account.get(flag, True) is True for flag in ("writable", "signer"))
        assert BASE58.match(account.get("address", "1" * 32))
        assert set(account.get("relations", [])) <= names - {account["name"]}
        for seed in account.get("pda", {"seeds": []})["seeds"]:
            check_seed(seed, account["name"], names, arguments, idl)


def check_seed(seed: Json, owner: str, names: set[str], arguments: set[str], idl: Json) -> None:
    """A seed that is constant, an argument, another account, or a field of another account."""
    if seed["kind"] == "const":
        assert set(seed) == {"kind", "value"}
        assert len(seed["value"]) <= 32
        return
    root, *path = seed["path"].split(".")
    if seed["kind"] == "arg":
        assert set(seed) == {"kind", "path"}
        assert root in arguments
        return
    assert seed["kind"] == "account"
    assert root in names - {owner}, "an address cannot be derived from what lies at it"
    assert bool(path) == ("account" in seed)
    assert seed.get("account", "") in {"", *(account["name"] for account in idl["accounts"])}
