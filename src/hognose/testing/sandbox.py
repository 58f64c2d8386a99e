"""A program on the embedded Solana machine, with mainnet's features: to test it, and to try it out.

Everything is decided by the order of calls: wallets, mints and token accounts have the same addresses in every run, so
that compute units, which depend on the bumps of derived addresses, repeat exactly.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey as Address
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from hognose.build import Build, build
from hognose.errors import HognoseError
from hognose.lang.declare import InstructionDeclaration, Program
from hognose.lang.layout import decode
from hognose.lang.runtime import TOKEN_PROGRAM
from hognose.lang.traps import split_trap_code
from hognose.lang.types import Pubkey
from hognose.testing.resolve import resolve
from hognose.testing.tokens import mint_data, token_account_data, token_amount

Party: TypeAlias = Keypair | Address | Pubkey
LAMPORTS_PER_SOL = 10**9


class RefusedError(HognoseError):
    """The chain refused an instruction.

    `code` is the program's, or None where the runtime itself refused; `name` is that of the program's error, of the
    trap, or of the runtime's error.
    """

    def __init__(self, name: str, message: str, code: int | None, logs: list[str]):
        super().__init__(f"{name}: {message}" if message else name)
        self.name = name
        self.code = code
        self.logs = logs


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an instruction did: its cost, its log, the events in it, and the data that it returned."""

    compute_units: int
    logs: tuple[str, ...]
    events: tuple[Any, ...]
    return_data: bytes


class Sandbox:
    """One chain with one program on it, built here unless a build is given. `svm` is the chain itself, for all that
    is not offered here."""

    def __init__(self, program: Program, built: Build | None = None):
        self.program = program
        self.built = built or build(program)
        self.address = Address(bytes(program.address))
        self.svm = LiteSVM().with_mainnet_features().with_blockhash_check(False).with_transaction_history(0)
        self.svm.add_program(self.address, self.built.elf)
        self._made = 0
        self._payer = self.wallet(1_000)

    # -- things to work with ------------------------------------------------------------------------------------------

    def wallet(self, sol: int = 10) -> Keypair:
        """A new key with lamports in its account."""
        key = Keypair.from_seed(self._fresh())
        self.svm.airdrop(key.pubkey(), sol * LAMPORTS_PER_SOL)
        return key

    def mint(self, *, decimals: int = 6, authority: Party | None = None) -> Address:
        """A new mint of the token program."""
        return self._put(mint_data(_bytes(authority or self._payer), decimals), Pubkey(TOKEN_PROGRAM))

    def token_account(self, mint: Party, owner: Party, amount: int = 0) -> Address:
        """A new token account of `owner`, holding `amount`."""
        return self._put(token_account_data(_bytes(mint), _bytes(owner), amount), Pubkey(TOKEN_PROGRAM))

    def token_balance(self, account: Party) -> int:
        """The amount in a token account."""
        return token_amount(self._data(account))

    def address_of(self, cls: type[Any], **seeds: Any) -> Address:
        """The address of a state account with these values of its seed fields; keys may be wallets."""
        values = {name: _value(value) for name, value in seeds.items()}
        return Address.find_program_address(cls.__account__.seed_bytes(**values), self.address)[0]

    def fetch(self, cls: type[Any], account: Party) -> Any:
        """Decode a state account. LayoutError where something else lies there, LookupError where nothing does."""
        return cls.__account__.decode(self._data(account))

    def exists(self, account: Party) -> bool:
        """Whether anything lies at an address."""
        found = self.svm.get_account(Address(_bytes(account)))
        return found is not None and found.lamports > 0

    # -- instructions -------------------------------------------------------------------------------------------------

    def instruction(
        self, function: Callable[..., None], accounts: Mapping[str, Party] | None = None, **arguments: Any
    ) -> Instruction:
        """An instruction ready to send. Accounts that follow from the declarations need not be given: programs,
        addresses whose seeds are known, and addresses that a known account holds."""
        declaration: InstructionDeclaration = function.__instruction__  # type: ignore[attr-defined]
        values = {name: _value(value) for name, value in arguments.items()}
        given = {name: _bytes(account) for name, account in (accounts or {}).items()}
        found = resolve(declaration, bytes(self.address), given, values, self._state)
        metas = [
            AccountMeta(Address(found[slot.name]), is_signer=slot.role.signer, is_writable=slot.role.writable)
            for slot in declaration.accounts
        ]
        return Instruction(self.address, declaration.encode_arguments(**values), metas)

    def call(
        self, function: Callable[..., None], accounts: Mapping[str, Party] | None = None, **arguments: Any
    ) -> Receipt:
        """Send one instruction in a transaction of its own; the keys among the accounts sign.

        Raises RefusedError where the chain refuses.
        """
        signers = [party for party in (accounts or {}).values() if isinstance(party, Keypair)]
        return self.send(self.instruction(function, accounts, **arguments), signers)

    def send(self, instruction: Instruction, signers: list[Keypair]) -> Receipt:
        """Send a finished instruction, its fee paid by the sandbox. Raises RefusedError where the chain refuses."""
        needed = {meta.pubkey for meta in instruction.accounts if meta.is_signer}
        keys = {key.pubkey(): key for key in signers if key.pubkey() in needed}
        message = Message.new_with_blockhash([instruction], self._payer.pubkey(), self.svm.latest_blockhash())
        outcome = self.execute(VersionedTransaction(message, [self._payer, *keys.values()]))
        self.svm.expire_blockhash()
        if isinstance(outcome, FailedTransactionMetadata):
            raise self._refusal(outcome)
        return self._receipt(outcome)

    def execute(self, transaction: VersionedTransaction) -> TransactionMetadata | FailedTransactionMetadata:
        """Run a transaction."""
        return self.svm.send_transaction(transaction)

    def _receipt(self, outcome: TransactionMetadata) -> Receipt:
        logs = outcome.logs()
        events = tuple(event for line in logs for event in self._events(line))
        return Receipt(outcome.compute_units_consumed(), tuple(logs), events, bytes(outcome.return_data().data))

    def _events(self, line: str) -> list[Any]:
        prefix = "Program data: "
        if not line.startswith(prefix):
            return []
        data = base64.b64decode(line[len(prefix) :].split(" ", maxsplit=1)[0])
        return [decode(cls.__layout__, data[8:]) for cls in self.program.events if data[:8] == cls.__discriminator__]

    def _refusal(self, outcome: FailedTransactionMetadata) -> RefusedError:
        error, logs = outcome.err(), outcome.meta().logs()
        code = getattr(getattr(error, "err", None), "code", None)
        if code is None:
            return RefusedError(str(getattr(error, "err", error)), "", None, logs)
        own = next((member for member in self.program.errors if member.code == code), None)
        if own is not None:
            return RefusedError(own.name, own.message, code, logs)
        if trap := split_trap_code(code):
            return RefusedError(trap[0].name, self.built.explain(code) or "", code, logs)
        return RefusedError(f"Custom({code})", "", code, logs)

    # -- accounts -----------------------------------------------------------------------------------------------------

    def _fresh(self) -> bytes:
        self._made += 1
        return hashlib.sha256(b"hognose sandbox %d" % self._made).digest()

    def _put(self, data: bytes, owner: Pubkey) -> Address:
        address = Keypair.from_seed(self._fresh()).pubkey()
        lamports = self.svm.minimum_balance_for_rent_exemption(len(data))
        self.svm.set_account(address, Account(lamports, data, Address(bytes(owner))))
        return address

    def _data(self, account: Party) -> bytes:
        found = self.svm.get_account(Address(_bytes(account)))
        if found is None:
            raise LookupError(f"nothing lies at {Address(_bytes(account))}")
        return bytes(found.data)

    def _state(self, cls: type[Any], address: bytes) -> Any:
        return self.fetch(cls, Address(address)) if self.exists(Address(address)) else None


def _bytes(party: Party) -> bytes:
    return bytes(party.pubkey()) if isinstance(party, Keypair) else bytes(party)


def _value(value: Any) -> Any:
    """Keys and addresses as the language's addresses; everything else as it is."""
    return Pubkey(_bytes(value)) if isinstance(value, Keypair | Address) else value
