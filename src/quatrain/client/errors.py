"""What can go wrong, as one tree. Each leaf has a stable `code` that logs, JSON output and documentation share.

QuatrainError                       code, message, advice
├── UsageError                      what was asked cannot be done as asked
│   ├── AmountError                 amount_invalid
│   ├── KeypairError                keypair_unusable
│   ├── ConfigurationError          configuration_invalid
│   ├── InputError                  input_invalid: a file to import
│   └── UnresolvedAccountError      account_unresolved: an instruction lacks an account
├── NotFoundError                   not_found: nothing lies at an address
├── WrongAccountError               account_unreadable: the data is not what was expected
├── ChainError                      the cluster did not do it
│   ├── UnreachableError            cluster_unreachable
│   ├── RateLimitedError            cluster_rate_limited: the server wants fewer requests
│   ├── ForeignEndpointError        cluster_mismatch: two RPC servers belong to different clusters
│   ├── RefusedError                cluster_refused: the server rejected the request itself
│   ├── ExpiredError                transaction_expired: its blockhash ran out, and it is not in the history
│   ├── UnconfirmedError            transaction_unconfirmed: nobody says whether it landed
│   └── TransactionError            it ran or was checked, and failed; `logs`, `signature`, `units`
│       ├── ProgramError            our own rule: the name of the program's error, `slippage_exceeded`
│       ├── AccountCheckError       an account check, by Anchor's name: `account_not_signer`
│       ├── TrapError               `trap_overflow` …: arithmetic stopped the program, with file and line
│       ├── ForeignProgramError     the system or token program refused, `token_insufficient_funds`
│       └── RuntimeFailure          the runtime itself: `blockhash_not_found`, `insufficient_funds_for_fee`
└── StoreError                      the local chain's file
    ├── StoreLockedError            store_locked: another command is using it
    ├── StoreVersionError           sqlite_too_old, store_format_unknown
    └── StoreDamagedError           store_damaged
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class QuatrainError(Exception):
    """Base of every error that this package raises on purpose."""

    default_code: ClassVar[str] = "error"
    default_advice: ClassVar[str] = ""

    def __init__(self, message: str, *, code: str = "", advice: str = ""):
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.advice = advice or self.default_advice


class UsageError(QuatrainError):
    """What was asked cannot be done as asked."""

    default_code = "usage"


class AmountError(UsageError):
    """Text that is no exact amount of its unit."""

    default_code = "amount_invalid"
    default_advice = "Amounts are plain decimals such as 12.5: no sign, no thousands separator, no exponent."


class KeypairError(UsageError):
    """A keypair file that is missing, malformed or readable by others."""

    default_code = "keypair_unusable"


class ConfigurationError(UsageError):
    """A setting that does not make sense."""

    default_code = "configuration_invalid"


class InputError(UsageError):
    """A file that cannot be read as what it should be."""

    default_code = "input_invalid"


class UnresolvedAccountError(UsageError):
    """An instruction's account that neither was given nor follows from the declarations."""

    default_code = "account_unresolved"


class NotFoundError(QuatrainError):
    """Nothing lies at the address."""

    default_code = "not_found"


class WrongAccountError(QuatrainError):
    """An account whose owner or data is not what was expected."""

    default_code = "account_unreadable"


class ChainError(QuatrainError):
    """The cluster did not do what it was asked."""

    default_code = "chain"


class UnreachableError(ChainError):
    """No answer from the RPC server."""

    default_code = "cluster_unreachable"
    default_advice = "Check the address with --url and that the server is up, then try again."


class RefusedError(ChainError):
    """The RPC server answered, and refused the request itself."""

    default_code = "cluster_refused"


class RateLimitedError(ChainError):
    """The RPC server wants fewer requests (status 429)."""

    default_code = "cluster_rate_limited"
    default_advice = "Wait, or give several servers with --url, separated by commas."


class ForeignEndpointError(ChainError):
    """RPC servers that are to stand in for each other have different genesis hashes."""

    default_code = "cluster_mismatch"
    default_advice = "Give addresses of one cluster only with --url."


class ExpiredError(ChainError):
    """A transaction's blockhash ran out, finally, and the history does not have it."""

    default_code = "transaction_expired"
    default_advice = "It cannot land any more: send it again."


class UnconfirmedError(ChainError):
    """Nobody says whether a transaction landed: the servers stopped answering after it was sent."""

    default_code = "transaction_unconfirmed"
    default_advice = "It may have landed. Look its signature up before you send another."

    def __init__(self, message: str, *, signature: str):
        super().__init__(message)
        self.signature = signature


class TransactionError(ChainError):
    """A transaction failed: in a program, in the runtime, or before it ran."""

    default_code = "transaction_failed"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        advice: str = "",
        number: int | None = None,
        instruction_index: int | None = None,
        program: str = "",
        logs: Sequence[str] = (),
        signature: str = "",
        units: int = 0,
    ):
        super().__init__(message, code=code, advice=advice)
        self.number = number
        self.instruction_index = instruction_index
        self.program = program
        self.logs = tuple(logs)
        self.signature = signature
        self.units = units


class ProgramError(TransactionError):
    """One of the program's own rules; `code` is the rule's name in lower case, `number` its number from 6000."""


class AccountCheckError(TransactionError):
    """An account did not have the role that the instruction declares; `code` is Anchor's name of the check."""

    default_advice = "The accounts of the transaction do not match; fetch the state again and rebuild it."


class TrapError(TransactionError):
    """Checked arithmetic stopped the program; `location` is file:line:column when the build's map is at hand."""

    default_advice = "Nothing was changed. An amount was out of range for this market; try a smaller one."
    location: str = ""


class ForeignProgramError(TransactionError):
    """A program that ours calls, or that the transaction calls beside it, refused."""


class RuntimeFailure(TransactionError):
    """The runtime refused the transaction: fee, blockhash, signatures, budgets."""


class StoreError(QuatrainError):
    """The local chain's file cannot be used."""

    default_code = "store"


class StoreLockedError(StoreError):
    """Another command is using the local chain."""

    default_code = "store_locked"
    default_advice = "Wait for the other command to end, or use another directory with --home. If it is quatrain localnet, add --url localhost."


class StoreVersionError(StoreError):
    """SQLite or the file's format does not fit."""

    default_code = "store_version"


class StoreDamagedError(StoreError):
    """The file's content contradicts itself."""

    default_code = "store_damaged"


__all__ = [
    "AccountCheckError", "AmountError", "ChainError", "ConfigurationError", "ExpiredError", "ForeignEndpointError",
    "ForeignProgramError", "InputError", "KeypairError", "NotFoundError", "ProgramError", "QuatrainError",
    "RateLimitedError", "RefusedError", "RuntimeFailure", "StoreDamagedError", "StoreError", "StoreLockedError",
    "StoreVersionError", "TransactionError", "TrapError", "UnconfirmedError", "UnreachableError", "UnresolvedAccountError",
    "UsageError", "WrongAccountError",
]  # fmt: skip
