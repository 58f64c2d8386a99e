"""What reaches the machine: events, logs, sysvars, hashes, addresses, calls of other programs.

An account is addressed by its data; the loader lays its header out just before (offsets below) and, behind the data,
10,240 spare bytes and the rent epoch.
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from hognose.back.builder import FunctionBuilder
from hognose.back.context import I8, Value, word
from hognose.errors import Location
from hognose.ir.nodes import Expression, Invoke
from hognose.lang.declare import DISCRIMINATOR_SIZE, AccountDeclaration
from hognose.lang.traps import TrapKind
from hognose.lang.types import Field, StructType

HEADER = 88
IS_SIGNER = 1 - HEADER
IS_WRITABLE = 2 - HEADER
EXECUTABLE = 3 - HEADER
KEY = 8 - HEADER
OWNER = 40 - HEADER
LAMPORTS = 72 - HEADER
DATA_LENGTH = 80 - HEADER
SPARE = 10_240
CLOCK_SIZE = 40
META_SIZE = 16
INFO_SIZE = 56
RENT_OVERHEAD = 128
PDA_MARKER = b"ProgramDerivedAddress"


def emit_event(b: FunctionBuilder, event: Value, layout: StructType) -> None:
    """Log an event with the discriminator that precedes it."""
    part = (b.offset(event, -DISCRIMINATOR_SIZE), DISCRIMINATOR_SIZE + layout.size)
    b.syscall("sol_log_data", b.slices([part]), word(1))


def log(b: FunctionBuilder, message: str) -> None:
    """Log a constant line."""
    content = message.encode()
    b.syscall("sol_log_", b.context.data(content, "text"), word(len(content)))


def _sysvar(b: FunctionBuilder, name: str, size: int, at: Location) -> Value:
    from solders import sysvar

    identity = bytes(getattr(sysvar, name))
    place = b.stack(size, name.lower())
    status = b.syscall("sol_get_sysvar", b.context.data(identity, "key", 8), place, word(0), word(size))
    b.trap_unless(b.ir.icmp_unsigned("==", status, word(0)), TrapKind.SYSCALL, at)
    return place


def read_clock(b: FunctionBuilder, at: Location) -> Value:
    """The clock sysvar, in the layout of `Clock`."""
    return _sysvar(b, "CLOCK", CLOCK_SIZE, at)


def rent_minimum(b: FunctionBuilder, size: Value, at: Location) -> Value:
    """(128 + size) · lamports per byte · exemption threshold, which is 2.0 years, or 1.0 once SIMD-0194 is active."""
    place = _sysvar(b, "RENT", 17, at)
    rate = b.load(place)
    threshold = b.load(b.offset(place, 8))
    two = b.ir.icmp_unsigned("==", threshold, word(0x4000_0000_0000_0000))
    one = b.ir.icmp_unsigned("==", threshold, word(0x3FF0_0000_0000_0000))
    b.trap_unless(b.ir.or_(one, two), TrapKind.SYSCALL, at)
    b.trap_unless(b.ir.icmp_unsigned("<=", b.ir.or_(rate, size), word((1 << 31) - 1)), TrapKind.OVERFLOW, at)
    yearly = b.ir.mul(b.ir.add(size, word(RENT_OVERHEAD)), rate)
    return b.ir.shl(yearly, b.ir.zext(two, ir.IntType(64)))


def sha256(b: FunctionBuilder, parts: list[tuple[Value, int]]) -> Value:
    """The digest of the parts, on the stack."""
    digest = b.stack(32, "digest")
    b.syscall("sol_sha256", b.slices([*parts]), word(len(parts)), digest)
    return digest


# -- program-derived addresses ---------------------------------------------------------------------------------------


def stored_seeds(b: FunctionBuilder, account: Value, declaration: AccountDeclaration) -> list[tuple[Value, int]]:
    """The seeds of an existing account, from its own fields, bump last."""
    return [_seed(b, account, declaration, seed) for seed in (*declaration.seeds, "bump")]


def _seed(b: FunctionBuilder, account: Value, declaration: AccountDeclaration, seed: bytes | str) -> tuple[Value, int]:
    if isinstance(seed, bytes):
        return b.context.data(seed, "seed"), len(seed)
    found = declaration.layout.field(seed)
    assert isinstance(found, Field)
    return b.offset(account, found.offset), found.type.size


def _stored_seed_runs(b: FunctionBuilder, account: Value, declaration: AccountDeclaration) -> list[tuple[Value, int]]:
    """The same bytes in fewer pieces: fields that lie side by side are hashed as one."""
    parts: list[tuple[Value, int]] = []
    end = -1
    for seed in (*declaration.seeds, "bump"):
        pointer, size = _seed(b, account, declaration, seed)
        found = declaration.layout.field(seed) if isinstance(seed, str) else None
        if found is not None and found.offset == end:
            parts[-1] = (parts[-1][0], parts[-1][1] + size)
        else:
            parts.append((pointer, size))
        end = found.offset + size if found is not None else -1
    return parts


def stored_address(b: FunctionBuilder, account: Value, declaration: AccountDeclaration, program_id: Value) -> Value:
    """The address of an account's stored seeds and bump.

    One hash costs a tenth of the syscall; that the address is off the curve was shown when it was created.
    """
    seeds = _stored_seed_runs(b, account, declaration)
    marker = (b.context.data(PDA_MARKER, "marker"), len(PDA_MARKER))
    return sha256(b, [*seeds, (program_id, 32), marker])


# -- calls of other programs -----------------------------------------------------------------------------------------


def account_infos(b: FunctionBuilder, accounts: list[Value]) -> Value:
    """SolAccountInfo for each account (addressed by its data)."""
    infos = b.stack(INFO_SIZE * len(accounts), "infos")
    for index, account in enumerate(accounts):
        at = INFO_SIZE * index
        length = b.load(b.offset(account, DATA_LENGTH))
        words = [b.address(b.offset(account, KEY)), b.address(b.offset(account, LAMPORTS)), length, b.address(account)]
        words.append(b.address(b.offset(account, OWNER)))
        aligned = b.ir.and_(b.ir.add(length, word(7)), word(-8))
        words.append(b.load(b.offset(b.offset(account, aligned), SPARE)))
        for position, value in enumerate(words):
            b.store(value, b.offset(infos, at + 8 * position))
        for position, flag in enumerate((IS_SIGNER, IS_WRITABLE, EXECUTABLE)):
            b.ir.store(
                b.ir.load(b.offset(account, flag), typ=I8, align=1), b.offset(infos, at + 48 + position), align=1
            )
    return infos


def call_program(
    b: FunctionBuilder,
    program_id: Value,
    data: tuple[Value, int],
    accounts: list[tuple[Value, bool, bool]],
    signers: tuple[Value, int | Value],
) -> None:
    """sol_invoke_signed_c; a failure of the callee ends the transaction by itself.

    `accounts` are (account, writable, signer); `signers` an array of (seeds, count) and its length.
    """
    metas = b.stack(META_SIZE * max(1, len(accounts)), "metas")
    for index, (account, writable, signer) in enumerate(accounts):
        b.store(b.address(b.offset(account, KEY)), b.offset(metas, META_SIZE * index))
        flags = ir.Constant(ir.IntType(16), int(writable) | int(signer) << 8)
        b.store(flags, b.offset(metas, META_SIZE * index + 8))
    instruction = b.stack(40, "instruction")
    for position, value in enumerate((program_id, metas, len(accounts), data[0], data[1])):
        b.store(word(value) if isinstance(value, int) else b.address(value), b.offset(instruction, 8 * position))
    infos = account_infos(b, [account for account, _, _ in accounts])
    count = word(signers[1]) if isinstance(signers[1], int) else signers[1]
    status = b.syscall("sol_invoke_signed_c", instruction, infos, word(len(accounts)), signers[0], count)
    b.propagate(status)


def invoke(b: FunctionBuilder, node: Invoke, value: Callable[[Expression], Value]) -> None:
    """`invoke(program, data, metas)` of the language."""
    program = value(node.program)
    data = value(node.data)
    accounts: list[tuple[Value, bool, bool]] = []
    signers: list[tuple[Value, int]] = []
    for meta in node.metas:
        account = value(meta.account)
        accounts.append((account, meta.writable, meta.signer))
        if meta.seeds_of is not None:
            seeds = stored_seeds(b, account, meta.seeds_of)
            signers.append((b.slices([*seeds]), len(seeds)))
    layout = node.data.type
    assert isinstance(layout, StructType)
    signer_array = b.slices([*signers]) if signers else b.stack(8, "none")
    call_program(b, b.offset(program, KEY), (data, layout.size), accounts, (signer_array, len(signers)))
