"""Asks Anchor's TypeScript client, in a Node process, what it makes of an IDL of ours."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, TypeAlias

from hognose.idl import build_idl
from hognose.lang import Array, Program, Pubkey
from hognose.lang.types import ArrayType, IntegerType, PubkeyType, StructType, Type

CLIENT = Path(__file__).with_name("client.cjs")
Question: TypeAlias = dict[str, Any]


def ask(
    program: Program, *questions: Question, wallet: str = "", chain: dict[str, Question] | None = None
) -> list[Any]:
    """The client's answers, in order (client.cjs says which questions there are)."""
    node = shutil.which("node")
    assert node, "Node 20 or newer is needed for this test (bin/test installs what it needs from npm)"
    request = {
        "idl": build_idl(program),
        "wallet": wallet or str(program.address),
        "chain": chain or {},
        "questions": questions,
    }
    done = subprocess.run(
        [node, CLIENT], input=json.dumps(request), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def packed(data: bytes) -> str:
    """Bytes as the client takes them."""
    return base64.b64encode(data).decode()


def camel(name: str) -> str:
    """A name as the client spells it."""
    first, *rest = name.split("_")
    return first[0].lower() + first[1:] + "".join(part.capitalize() for part in rest)


def shown(kind: Type, value: Any) -> Any:
    """A value of ours as the client's answer shows it."""
    match kind:
        case IntegerType():
            return str(value) if kind.bits > 32 else value
        case PubkeyType():
            return str(Pubkey(value))
        case ArrayType():
            return [shown(kind.element, element) for element in value]
        case StructType():
            return {camel(f.name): shown(f.type, getattr(value, f.name)) for f in kind.fields}
        case _:
            return value


def given(kind: Type, value: Any) -> Any:
    """A value of ours as an argument for the client."""
    match kind:
        case IntegerType():
            return {"integer": str(value)} if kind.bits > 32 else value
        case PubkeyType():
            return {"address": str(Pubkey(value))}
        case ArrayType():
            return [given(kind.element, element) for element in value]
        case StructType():
            return {camel(f.name): given(f.type, getattr(value, f.name)) for f in kind.fields}
        case _:
            return value


def sample(kind: Type, seed: int = 1) -> Any:
    """A value of a type, different for different seeds and using the type's upper bits."""
    match kind:
        case IntegerType():
            return kind.minimum + seed % 100 if kind.signed else kind.maximum - seed % 100
        case PubkeyType():
            return Pubkey(bytes([seed % 256]) * 32)
        case ArrayType():
            length = kind.length if kind.length is not None else (kind.tail_minimum or 0)
            count = length if kind.length is not None or kind.tail_minimum is not None else 3
            values = [sample(kind.element, seed + index) for index in range(count)]
            return Array(kind.element, values, tail_minimum=kind.tail_minimum)
        case StructType():
            fields = {f.name: sample(f.type, seed + at) for at, f in enumerate(kind.fields, 1)}
            return kind.python_class(**fields)
        case _:
            return bool(seed % 2)
