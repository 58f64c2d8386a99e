"""From an instruction's declaration and what is known to the finished instruction.

The declaration says, for every account, its class with the seeds of its address, and the bindings that the program
will check. Read in the other direction these are rules of inference: a position bound to a trader, a market and the
argument `outcome` lies at exactly one address. `build` applies the rules until nothing new follows, and names what
is still missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from hognose.lang import Argument, InstructionDeclaration
from hognose.lang.declare import AccountSlot
from quatrain.client.addresses import (
    TOKEN_PROGRAM,
    Address,
    associated_token_address,
    find_address,
    to_lang,
    to_solders,
)
from quatrain.client.errors import UnresolvedAccountError

States: TypeAlias = Mapping[str, Any]


class _Resolution:
    """What is known of one instruction's accounts while the rules run."""

    def __init__(
        self, declaration: InstructionDeclaration, program: Address, known: Mapping[str, Address], states: States
    ) -> None:
        self.slots = {slot.name: slot for slot in declaration.accounts}
        if unknown := set(known) - set(self.slots):
            raise TypeError(f"{declaration.name} has no account {', '.join(sorted(unknown))}")
        self.declaration = declaration
        self.program = program
        self.states = states
        self.addresses = {name: to_solders(address) for name, address in known.items()}

    def run(self, arguments: Mapping[str, Any]) -> dict[str, Pubkey]:
        """Apply every rule until nothing new follows; UnresolvedAccountError names what is missing."""
        progress = True
        while progress:
            progress = False
            for slot in self.slots.values():
                if slot.name not in self.addresses:
                    found = self._infer(slot, arguments)
                    if found is not None:
                        self.addresses[slot.name] = found
                        progress = True
                progress |= self._follow_bindings(slot)
        if missing := [name for name in self.slots if name not in self.addresses]:
            raise UnresolvedAccountError(f"{self.declaration.name} also needs the account {', '.join(missing)}")
        return self.addresses

    def _infer(self, slot: AccountSlot, arguments: Mapping[str, Any]) -> Pubkey | None:
        role = slot.role
        if role.kind == "allocate":
            return find_address(role.seeds, self.program)[0]
        if role.kind == "program":
            return self._program(slot)
        if role.address is not None:
            return self._reference(role.address)
        if role.kind == "token":
            return self._token(slot)
        if slot.declaration is not None and slot.declaration.seeds:
            return self._seeded(slot, arguments)
        return None

    def _program(self, slot: AccountSlot) -> Pubkey | None:
        """The only address allowed; of the two token programs, the original one."""
        allowed = [to_solders(address) for address in slot.role.addresses]
        return allowed[0] if len(allowed) == 1 else (TOKEN_PROGRAM if TOKEN_PROGRAM in allowed else None)

    def _token(self, slot: AccountSlot) -> Pubkey | None:
        """The associated account of its authority and mint."""
        if slot.role.mint is None or slot.role.authority is None:
            return None
        mint, authority = self._reference(slot.role.mint), self._reference(slot.role.authority)
        if mint is None or authority is None:
            return None
        programs = [s.name for s in self.slots.values() if s.role.kind == "program" and len(s.role.addresses) > 1]
        token_program = self.addresses.get(programs[0], TOKEN_PROGRAM) if programs else TOKEN_PROGRAM
        return associated_token_address(authority, mint, token_program)

    def _seeded(self, slot: AccountSlot, arguments: Mapping[str, Any]) -> Pubkey | None:
        assert slot.declaration is not None
        values: dict[str, Any] = {}
        for seed in slot.declaration.seeds:
            if isinstance(seed, bytes):
                continue
            value = self._seed_value(slot, seed, arguments)
            if value is None:
                return None
            values[seed] = value
        return find_address(slot.declaration.seed_bytes(**values), self.program)[0]

    def _seed_value(self, slot: AccountSlot, seed: str, arguments: Mapping[str, Any]) -> Any:
        """A seed's value: from the decoded account, an argument, or the address that it is bound to."""
        if slot.name in self.states:
            return getattr(self.states[slot.name], seed)
        match slot.role.bindings.get(seed):
            case Argument(name=name):
                return arguments[name]
            case str() as reference:
                address = self._reference(reference)
                return None if address is None else to_lang(address)
            case None:
                return None

    def _reference(self, reference: str) -> Pubkey | None:
        """`account` is its address; `account.field` is read from the decoded account, if that was given."""
        name, _, path = reference.partition(".")
        if not path:
            return self.addresses.get(name)
        value = self.states.get(name)
        for part in path.split("."):
            if value is None:
                return None
            value = getattr(value, part)
        return None if value is None else to_solders(value)

    def _follow_bindings(self, slot: AccountSlot) -> bool:
        """A decoded account tells the addresses that its own fields are bound to."""
        state = self.states.get(slot.name)
        if state is None:
            return False
        found = False
        for own_field, target in slot.role.bindings.items():
            if isinstance(target, str) and "." not in target and target not in self.addresses:
                self.addresses[target] = to_solders(getattr(state, own_field))
                found = True
        return found


def build(
    declaration: InstructionDeclaration,
    *,
    program: Address,
    accounts: Mapping[str, Address],
    arguments: Mapping[str, Any] | None = None,
    states: States | None = None,
    repeated: Sequence[Address] = (),
) -> Instruction:
    """The instruction, ready to send.

    `accounts` gives the addresses that do not follow from the declaration; `arguments` the typed arguments, all of
    them; `states` the decoded accounts (by account name) whose fields other accounts refer to; `repeated` the accounts
    after the named ones, where the instruction takes such.
    """
    values = {name: to_lang(v) if isinstance(v, Pubkey) else v for name, v in (arguments or {}).items()}
    data = declaration.encode_arguments(**values)
    resolved = _Resolution(declaration, program, accounts, states or {}).run(values)
    metas = [
        AccountMeta(resolved[slot.name], is_signer=slot.role.signer, is_writable=slot.role.writable)
        for slot in declaration.accounts
    ]
    metas += _repeated(declaration, repeated)
    return Instruction(to_solders(program), data, metas)


def _repeated(declaration: InstructionDeclaration, addresses: Sequence[Address]) -> list[AccountMeta]:
    rest = declaration.rest
    most = rest.role.maximum if rest is not None else 0
    if len(addresses) > most:
        raise TypeError(f"{declaration.name} takes at most {most} repeated accounts, not {len(addresses)}")
    if rest is None:
        return []
    return [AccountMeta(to_solders(address), is_signer=False, is_writable=rest.role.writable) for address in addresses]


__all__ = ["States", "build"]
