"""The entrypoint: dispatch, and for each instruction its arguments, its accounts with every declared check, its logic.

This is the one place where accounts are checked. Codes are Anchor's, so that its clients name them.
"""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from hognose.back import chain
from hognose.back.builder import FunctionBuilder
from hognose.back.context import I8, I64, PTR, ModuleContext, Value, word
from hognose.back.roles import RoleChecks
from hognose.errors import Location
from hognose.front.scope import slot_places
from hognose.ir.nodes import Function
from hognose.lang.declare import DISCRIMINATOR_SIZE, AccountSlot, InstructionDeclaration, pascal_case
from hognose.lang.types import ArrayType, BoolType, IntegerType

INSTRUCTION_FALLBACK_NOT_FOUND = 101
INSTRUCTION_DID_NOT_DESERIALIZE = 102
DUPLICATE_MUTABLE_ACCOUNT = 2040
NOT_ENOUGH_ACCOUNTS = 3005
TOO_MANY_ACCOUNTS = 2003
NOT_DUPLICATE = 0xFF
ENTRY = "entrypoint"
RUNNER_TYPE = ir.FunctionType(I64, [PTR, PTR, I64])


def emit_dispatcher(context: ModuleContext, declarations: Sequence[InstructionDeclaration], at: Location) -> None:
    """Define the entrypoint: find the instruction by its discriminator and run it."""
    function = ir.Function(context.module, ir.FunctionType(I64, [PTR, PTR]), name=ENTRY)
    b = FunctionBuilder(context, function, ENTRY, at)
    accounts, data = b.llvm_function.args
    length = b.load(b.offset(data, -8))
    b.abort_unless(b.ir.icmp_unsigned(">=", length, word(DISCRIMINATOR_SIZE)), INSTRUCTION_FALLBACK_NOT_FOUND)
    unknown = b.block("unknown")
    dispatch = b.ir.switch(b.load(data), unknown)
    for declaration in declarations:
        runner = ir.Function(context.module, RUNNER_TYPE, name=runner_name(declaration))
        block = b.block(declaration.name)
        dispatch.add_case(word(int.from_bytes(declaration.discriminator, "little")), block)
        b.ir.position_at_end(block)
        b.ir.ret(b.ir.call(runner, [accounts, data, length]))
    b.ir.position_at_end(unknown)
    b.ir.ret(word(INSTRUCTION_FALLBACK_NOT_FOUND))
    b.finish()


def runner_name(declaration: InstructionDeclaration) -> str:
    """The symbol of the function that runs an instruction."""
    return f"instruction.{declaration.name}"


def emit_instruction(context: ModuleContext, declaration: InstructionDeclaration, handler: Function) -> None:
    """Define the function that runs one instruction, around its lowered logic."""
    function = ir.Function(context.module, RUNNER_TYPE, name=runner_name(declaration))
    function.attributes.add("nounwind")
    InstructionEmitter(FunctionBuilder(context, function, function.name, handler.at), declaration, handler).run()


class InstructionEmitter:
    """Emits one instruction: accounts, arguments, checks in the order of declaration, logic, closing."""

    def __init__(self, builder: FunctionBuilder, declaration: InstructionDeclaration, handler: Function):
        self.b = builder
        self.declaration = declaration
        self.handler = handler
        self.accounts, self.data, self.length = builder.llvm_function.args
        self.at: Location = handler.at

    def run(self) -> None:
        """Emit the whole function."""
        chain.log(self.b, f"Instruction: {pascal_case(self.declaration.name)}")
        table, pointers, cursor = self._walk_accounts()
        arguments = self._arguments()
        program_id = self.b.offset(self.data, self.length)
        checks = RoleChecks(self.b, self.declaration, pointers, arguments, program_id, self.at)
        places = slot_places(self.declaration)
        # Nothing is created before everything that exists has been checked.
        for index in sorted(range(len(self.declaration.accounts)), key=self._creates):
            self.b.move_to(places.get(self.declaration.accounts[index].name, self.at))
            checks.check(index)
        rest = self.declaration.rest
        if rest is not None:
            self.b.move_to(places.get(rest.name, self.at))
            self._walk_rest(rest, self.b.offset(table, 8 * len(pointers)), cursor, checks)
        self.b.move_to(self.at)
        self.b.call(self.handler, [table, *(value for values in arguments.values() for value in values)])
        checks.close_accounts()
        self.b.ir.ret(word(0))
        self.b.finish()

    def _creates(self, index: int) -> bool:
        return self.declaration.accounts[index].role.kind in ("create", "allocate")

    # -- accounts ---------------------------------------------------------------------------------------------------

    def _walk_accounts(self) -> tuple[Value, list[Value], Value]:
        """Find each account's data and where the rest begins; refuse a writable account that appears twice."""
        b = self.b
        slots, rest = self.declaration.accounts, self.declaration.rest
        count = b.load(self.accounts)
        b.abort_unless(b.ir.icmp_unsigned(">=", count, word(len(slots))), NOT_ENOUGH_ACCOUNTS)
        table = b.stack(8 * (len(slots) + (1 + rest.role.maximum if rest else 0)), "accounts")
        cursor = b.offset(self.accounts, 8)
        pointers: list[Value] = []
        for index in range(len(slots)):
            last = index == len(slots) - 1 and rest is None
            pointer, cursor = self._account(index, cursor, table, last)
            b.store(pointer, b.offset(table, 8 * index))
            pointers.append(pointer)
        return table, pointers, cursor

    def _walk_rest(self, slot: AccountSlot, place: Value, first: Value, checks: RoleChecks) -> None:
        """Find and check the repeated accounts: their count goes to `place`, their data's addresses behind it."""
        b = self.b
        count = b.ir.sub(b.load(self.accounts), word(len(self.declaration.accounts)))
        b.abort_unless(b.ir.icmp_unsigned("<=", count, word(slot.role.maximum)), TOO_MANY_ACCOUNTS)
        b.store(count, place)
        start, head, body, done = b.ir.block, b.block("rest"), b.block("each"), b.block("all")
        b.ir.branch(head)
        b.ir.position_at_end(head)
        index, cursor = b.ir.phi(I64), b.ir.phi(PTR)
        b.ir.cbranch(b.ir.icmp_unsigned("<", index, count), body, done)
        b.ir.position_at_end(body)
        marker = b.ir.load(cursor, typ=I8, align=1)
        b.abort_unless(b.ir.icmp_unsigned("==", marker, ir.Constant(I8, NOT_DUPLICATE)), DUPLICATE_MUTABLE_ACCOUNT)
        pointer = b.offset(cursor, chain.HEADER)
        b.store(pointer, b.offset(b.offset(place, 8), b.ir.shl(index, word(3))))
        checks.check_one(slot, pointer)
        for phi, initial, following in (
            (index, word(0), b.ir.add(index, word(1))),
            (cursor, first, self._after(pointer)),
        ):
            phi.add_incoming(initial, start)
            phi.add_incoming(following, b.ir.block)
        b.ir.branch(head)
        b.ir.position_at_end(done)

    def _account(self, index: int, cursor: Value, table: Value, last: bool) -> tuple[Value, Value]:
        b = self.b
        marker = b.ir.load(cursor, typ=I8, align=1)
        fresh, again, join = b.block("fresh"), b.block("again"), b.block("account")
        b.branch(b.ir.icmp_unsigned("==", marker, ir.Constant(I8, NOT_DUPLICATE)), fresh, again, likely=True)
        b.ir.position_at_end(fresh)
        pointer = b.offset(cursor, chain.HEADER)
        following = cursor if last else self._after(pointer)
        b.ir.branch(join)
        b.ir.position_at_end(again)
        shared = self._duplicate(index, b.ir.zext(marker, I64), table)
        if shared is None:
            b.ir.position_at_end(join)
            return pointer, following
        skipped = b.offset(cursor, 8)
        source = b.ir.block
        b.ir.branch(join)
        b.ir.position_at_end(join)
        merged = [b.ir.phi(PTR), b.ir.phi(PTR)]
        for phi, (a, c) in zip(merged, ((pointer, shared), (following, skipped)), strict=True):
            phi.add_incoming(a, fresh)
            phi.add_incoming(c, source)
        return merged[0], merged[1]

    def _after(self, pointer: Value) -> Value:
        b = self.b
        length = b.load(b.offset(pointer, chain.DATA_LENGTH))
        aligned = b.ir.and_(b.ir.add(length, word(7)), word(-8))
        return b.offset(b.offset(pointer, aligned), chain.SPARE + 8)

    def _duplicate(self, index: int, earlier: Value, table: Value) -> Value | None:
        """The account that a duplicate stands for; None where every duplicate is refused."""
        b = self.b
        slots = self.declaration.accounts
        role = slots[index].role
        allowed = [
            i for i in range(index)
            if (role.duplicate or slots[i].role.duplicate) or not (role.writable or slots[i].role.writable)
        ]  # fmt: skip
        if not allowed:
            b.ir.ret(word(DUPLICATE_MUTABLE_ACCOUNT))
            return None
        mask = sum(1 << i for i in allowed)
        bit = b.ir.and_(b.ir.lshr(word(mask), earlier), word(1))
        known = b.ir.and_(b.ir.icmp_unsigned("<", earlier, word(index)), b.ir.icmp_unsigned("!=", bit, word(0)))
        b.abort_unless(known, DUPLICATE_MUTABLE_ACCOUNT)
        return b.load(b.offset(table, b.ir.shl(earlier, word(3))), PTR)

    # -- arguments --------------------------------------------------------------------------------------------------

    def _arguments(self) -> dict[str, list[Value]]:
        """The typed arguments; the data must fit them exactly."""
        b = self.b
        fixed = DISCRIMINATOR_SIZE + sum(_fixed_size(kind) for _, kind in self.declaration.arguments)
        view = self.declaration.arguments and _is_view(self.declaration.arguments[-1][1])
        operator = ">=" if view else "=="
        b.abort_unless(b.ir.icmp_unsigned(operator, self.length, word(fixed)), INSTRUCTION_DID_NOT_DESERIALIZE)
        values: dict[str, list[Value]] = {}
        at = DISCRIMINATOR_SIZE
        for name, kind in self.declaration.arguments:
            place = b.offset(self.data, at)
            at += _fixed_size(kind)
            values[name] = self._argument(place, kind, fixed)
        return values

    def _argument(self, place: Value, kind: object, fixed: int) -> list[Value]:
        b = self.b
        if isinstance(kind, ArrayType) and kind.length is None:
            count = b.ir.zext(b.load(place, ir.IntType(32)), I64)
            size = b.ir.add(b.ir.mul(count, word(kind.element.size)), word(fixed))
            b.abort_unless(b.ir.icmp_unsigned("==", size, self.length), INSTRUCTION_DID_NOT_DESERIALIZE)
            return [b.offset(place, 4), count]
        if isinstance(kind, BoolType):
            byte = b.ir.zext(b.ir.load(place, typ=I8, align=1), I64)
            b.abort_unless(b.ir.icmp_unsigned("<=", byte, word(1)), INSTRUCTION_DID_NOT_DESERIALIZE)
            return [byte]
        return [b.load_scalar(place, kind) if isinstance(kind, IntegerType) else place]


def _is_view(kind: object) -> bool:
    return isinstance(kind, ArrayType) and kind.length is None


def _fixed_size(kind: object) -> int:
    return 4 if _is_view(kind) else kind.size  # type: ignore[attr-defined, no-any-return]


__all__ = ["ENTRY", "emit_dispatcher", "emit_instruction"]
