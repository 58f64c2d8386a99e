"""What the emulated programs have in common: an account they may change, and how they refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hognose.testing.vm_input import AccountInput
from hognose.testing.vm_memory import VmError


@dataclass(slots=True)
class CalleeAccount:
    """An account as the callee may change it."""

    key: bytes
    owner: bytes
    lamports: int
    data: bytearray
    is_signer: bool
    is_writable: bool
    executable: bool

    @staticmethod
    def of(account: AccountInput) -> CalleeAccount:
        """The caller's account, without any right yet."""
        data = bytearray(account.data)
        return CalleeAccount(account.key, account.owner, account.lamports, data, False, False, account.executable)


Handler: TypeAlias = Callable[[Sequence[CalleeAccount], bytes], int]


@dataclass(frozen=True, slots=True)
class Callee:
    """An emulated program: `run` changes the accounts and returns its compute units.

    A program built into the runtime pays `entry_cost` before it looks at anything, and is not reported as consuming.
    """

    run: Handler
    entry_cost: int = 0


def refuse(detail: str, instruction_error: str) -> VmError:
    """An error of the callee, which fails the transaction."""
    return VmError(detail, instruction_error=instruction_error, burns_budget=False)


def custom(code: int) -> VmError:
    """An error of the callee by its own code."""
    return refuse(f"custom program error: {code:#x}", f"Custom({code})")


def require_signer(account: CalleeAccount) -> None:
    """The account must have signed."""
    if not account.is_signer:
        raise refuse("missing required signature for instruction", "MissingRequiredSignature")


def require_accounts(accounts: Sequence[CalleeAccount], count: int) -> None:
    """At least `count` accounts must be given."""
    if len(accounts) < count:
        raise refuse("insufficient account keys for instruction", "NotEnoughAccountKeys")


def require_writable(*accounts: CalleeAccount) -> None:
    """Changed accounts must be writable."""
    if not all(account.is_writable for account in accounts):
        raise refuse("instruction modified data of a read-only account", "ReadonlyDataModified")
