"""A program's transactions once more, in CPython, to be held against what the chain made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey as Address
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from hognose.build import Build
from hognose.lang import Program
from hognose.lang.traps import TRAP_BASE
from hognose.testing.machine import TRAPPED, AccountInput, Environment, run
from hognose.testing.machine_types import hashed_types
from hognose.testing.sandbox import Sandbox
from hognose.testing.vm_host import CLOCK_ID, RENT_ID

FEE = 5_000
"""Lamports for each signature."""
OWN_LINES = ("Program log: ", "Program data: ")
SYSTEM_ID = bytes(32)
RESERVED = {SYSTEM_ID, CLOCK_ID, RENT_ID}
"""Nobody writes to these, whatever a transaction says."""

State = tuple[int, bytes, bytes]
"""Lamports, owner, data. Where there are no lamports there is no account."""
NOTHING: State = (0, SYSTEM_ID, b"")


@dataclass(frozen=True)
class Expectation:
    """What a transaction must do: the error, or the accounts after it; the program's own lines; what it returns."""

    error: str | None
    detail: str
    accounts: Mapping[bytes, State]
    logs: list[str]
    returned: bytes


class Difference(AssertionError):
    """CPython and the chain disagree."""


@dataclass
class Twin:
    """Runs a chain's transactions in CPython; `tally` counts how they ended."""

    program: Program
    svm: LiteSVM
    tally: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        hashed_types(self.program)  # typed once, before a test may put another function into its modules

    def expect(self, message: Message) -> Expectation | None:
        """Run a transaction on the chain's accounts as they are; None where it calls other programs directly."""
        keys = message.account_keys
        own = bytes(self.program.address)
        if any(bytes(keys[i.program_id_index]) != own for i in message.instructions):
            return None
        accounts = {bytes(key): self._read(message, index) for index, key in enumerate(keys)}
        payer = bytes(keys[0])
        paid = accounts[payer].lamports - FEE * message.header.num_required_signatures
        accounts[payer] = replace(accounts[payer], lamports=paid)
        environment = Environment({name: self._sysvar(name) for name in (CLOCK_ID, RENT_ID)})
        logs: list[str] = []
        returned = b""
        for instruction in message.instructions:
            given = [accounts[bytes(keys[index])] for index in bytes(instruction.accounts)]
            outcome = run(self.program, given, bytes(instruction.data), environment)
            logs += outcome.logs
            if outcome.error is not None:
                return Expectation(outcome.error, outcome.detail, {}, logs, b"")
            accounts.update({account.key: account for account in outcome.accounts})
            returned = outcome.return_data or returned
        return Expectation(None, "", {key: _state(account) for key, account in accounts.items()}, logs, returned)

    def hold(self, expected: Expectation | None, result: Any, *, committed: bool = True) -> None:
        """Raise Difference unless the chain did as expected; where the chain's code trapped, anything is expected."""
        error = _error(result)
        if expected is None or error == TRAPPED:
            self.tally["left out" if expected is None else "trapped"] += 1
            return
        meta: TransactionMetadata = result.meta() if hasattr(result, "meta") else result
        mine = (expected.error, expected.logs, expected.returned.rstrip(b"\0"))
        chain = (error, own_lines(meta.logs()), b"" if error else bytes(meta.return_data().data).rstrip(b"\0"))
        if mine != chain:
            raise Difference(f"CPython: {mine} {expected.detail}\nchain:   {chain}\n" + "\n".join(meta.logs()))
        if committed and error is None:
            for key, state in expected.accounts.items():
                if (found := self._state(key)) != state:
                    raise Difference(f"{Address(key)}\nCPython: {state}\nchain:   {found}")
        self.tally[error or "done"] += 1

    # -- the chain ------------------------------------------------------------------------------------------------------

    def _read(self, message: Message, index: int) -> AccountInput:
        key = message.account_keys[index]
        found = self.svm.get_account(key)
        rights = message.is_signer(index), _is_writable(message, index)
        if found is None:
            return AccountInput(bytes(key), SYSTEM_ID, 0, b"", *rights)
        return AccountInput(
            bytes(key), bytes(found.owner), found.lamports, bytes(found.data), *rights, found.executable
        )

    def _state(self, key: bytes) -> State:
        found = self.svm.get_account(Address(key))
        gone = found is None or found.lamports == 0
        return NOTHING if found is None or gone else (found.lamports, bytes(found.owner), bytes(found.data))

    def _sysvar(self, name: bytes) -> bytes:
        found = self.svm.get_account(Address(name))
        assert found is not None
        return bytes(found.data)


def _is_writable(message: Message, index: int) -> bool:
    header, keys = message.header, message.account_keys
    signing = header.num_required_signatures
    if message.is_key_called_as_program(index) or bytes(keys[index]) in RESERVED:
        return False
    if index < signing:
        return index < signing - header.num_readonly_signed_accounts
    return index < len(keys) - header.num_readonly_unsigned_accounts


def _state(account: AccountInput) -> State:
    return (account.lamports, account.owner, account.data) if account.lamports else NOTHING


def _error(result: Any) -> str | None:
    """In the words of `Outcome.error`."""
    if not isinstance(result, FailedTransactionMetadata):
        return None
    error: Any = result.err()
    inner = getattr(error, "err", error)
    code = getattr(inner, "code", None)
    if code is None:
        return repr(inner).rpartition(".")[2]
    return TRAPPED if code >= TRAP_BASE else f"Custom({code})"


def own_lines(logs: Sequence[str]) -> list[str]:
    """What the program itself logged, without the lines of those that it called."""
    found: list[str] = []
    depth = 0
    for line in logs:
        words = line.split(" ")
        if words[0] == "Program" and len(words) > 2 and words[2] == "invoke":
            depth += 1
        elif words[0] == "Program" and len(words) > 2 and words[2] in ("success", "failed:"):
            depth -= 1
        elif depth == 1 and line.startswith(OWN_LINES):
            found.append(line)
    return found


class MirroredSandbox(Sandbox):
    """A sandbox in which every transaction also runs in CPython. Raises Difference."""

    def __init__(self, program: Program, built: Build | None = None):
        super().__init__(program, built)
        self.twin = Twin(program, self.svm)

    def execute(self, transaction: VersionedTransaction) -> TransactionMetadata | FailedTransactionMetadata:
        """Run a transaction on both."""
        assert isinstance(transaction.message, Message)
        expected = self.twin.expect(transaction.message)
        result = super().execute(transaction)
        self.twin.hold(expected, result)
        return result
