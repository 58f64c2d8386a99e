"""The numbers of other people's errors, as data: Anchor's account checks, the system and token programs, the runtime.

Our own errors are not listed here: their numbers and messages come from the program's enumeration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen


@frozen
class Meaning:
    """An error's name, what it says, and what to do about it."""

    name: str
    message: str
    advice: str = ""


@frozen
class Foreign:
    """Another program: what to call it, the prefix of its codes, and what they mean."""

    name: str
    prefix: str
    codes: Mapping[int, Meaning]


ACCOUNT_CHECKS: Final[Mapping[int, Meaning]] = {
    100: Meaning("InstructionMissing", "the instruction carries no discriminator"),
    101: Meaning("InstructionFallbackNotFound", "the program has no such instruction; is it another version?"),
    102: Meaning("InstructionDidNotDeserialize", "the instruction's arguments do not fit exactly"),
    2000: Meaning("ConstraintMut", "an account must be writable"),
    2001: Meaning("ConstraintHasOne", "an account belongs to another account than the one given with it"),
    2003: Meaning("ConstraintRaw", "an account that is to be created exists already"),
    2006: Meaning("ConstraintSeeds", "an account does not lie at the address of its seeds"),
    2012: Meaning("ConstraintAddress", "an account is not the one whose address is recorded"),
    2014: Meaning("ConstraintTokenMint", "a token account holds tokens of another mint"),
    2015: Meaning("ConstraintTokenOwner", "a token account belongs to another owner"),
    2040: Meaning("ConstraintDuplicateMutableAccount", "the same writable account was given twice"),
    3001: Meaning("AccountDiscriminatorNotFound", "an account is too short to be of the class expected"),
    3002: Meaning("AccountDiscriminatorMismatch", "an account is of another class than expected"),
    3005: Meaning("AccountNotEnoughKeys", "the instruction was given too few accounts"),
    3007: Meaning("AccountOwnedByWrongProgram", "an account belongs to another program"),
    3008: Meaning("InvalidProgramId", "a program account is not the program expected"),
    3010: Meaning("AccountNotSigner", "an account must sign and did not"),
    3012: Meaning("AccountNotInitialized", "an account that is needed does not exist yet"),
    3014: Meaning("AccountNotAssociatedTokenAccount", "an account is no token account"),
}

_SYSTEM: Final = Foreign(
    "system program",
    "system",
    {
        0: Meaning("account_already_in_use", "an account that is to be created exists already"),
        1: Meaning("insufficient_lamports", "not enough SOL", "Add SOL to the paying key: it bears fees and rent."),
        2: Meaning("invalid_program_id", "an account cannot be given to that program"),
        3: Meaning("invalid_data_length", "an account cannot have that size"),
        7: Meaning("nonce_not_expired", "a nonce account advances once a block", "Try again with a later blockhash."),
        8: Meaning("nonce_value_mismatch", "the nonce account holds another value", "Read its value and sign again."),
    },
)

_TOKEN_CODES: Final[Mapping[int, Meaning]] = {
    0: Meaning("not_rent_exempt", "a token account lacks its rent"),
    1: Meaning("insufficient_funds", "not enough tokens", "Add tokens to the source account, or ask for less."),
    2: Meaning("invalid_mint", "the mint is not valid"),
    3: Meaning("mint_mismatch", "an account holds tokens of another mint"),
    4: Meaning("owner_mismatch", "the signer does not own the token account"),
    5: Meaning("fixed_supply", "the supply of this token is fixed"),
    6: Meaning("already_in_use", "the token account is initialised already"),
    9: Meaning("uninitialized_state", "the token account is not initialised"),
    13: Meaning("invalid_state", "the token account is not in the state needed"),
    14: Meaning("overflow", "a token amount overflowed"),
    17: Meaning("account_frozen", "the token account is frozen", "Only the mint's freeze authority can thaw it."),
}

FOREIGN: Final[Mapping[str, Foreign]] = {
    "11111111111111111111111111111111": _SYSTEM,
    "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA": Foreign("token program", "token", _TOKEN_CODES),
    "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb": Foreign("Token-2022 program", "token", _TOKEN_CODES),
}

INSTRUCTION_ADVICE: Final[Mapping[str, tuple[str, str]]] = {
    "MissingRequiredSignature": ("a signature is missing", "Sign with the key that owns the account."),
    "ComputationalBudgetExceeded": ("the compute budget ran out", "Raise the compute unit limit of the transaction."),
    "ProgramFailedToComplete": ("the program aborted", "This is a defect: keep the logs and report it."),
    "InsufficientFunds": ("an account has too few lamports", "Add SOL to the paying key."),
    "UnsupportedProgramId": (
        "there is no such program on this cluster",
        "Check the cluster and the program's address.",
    ),
}

RUNTIME_ADVICE: Final[Mapping[str, tuple[str, str]]] = {
    "AccountNotFound": (
        "the paying key has no account: it holds no SOL",
        "Fund it first; on a local chain: quatrain keys airdrop.",
    ),
    "InsufficientFundsForFee": ("the paying key cannot pay the fee", "Add SOL to it."),
    "InsufficientFundsForRent": (
        "an account would be left with less than its rent",
        "Add SOL to the paying key, or leave at least the rent in it.",
    ),
    "AlreadyProcessed": ("this very transaction was processed already", "Nothing to do; build a new one to repeat it."),
    "BlockhashNotFound": (
        "the transaction's blockhash is too old or of another cluster",
        "Build it again and send it.",
    ),
    "SignatureFailure": ("a signature does not verify", "Sign with exactly the keys that the message names."),
    "ProgramAccountNotFound": (
        "the program is not deployed on this cluster",
        "Check the cluster, or deploy the program.",
    ),
    "InvalidProgramForExecution": (
        "the program is not executable on this cluster",
        "It may have been deployed in this very slot: try again.",
    ),
    "MaxLoadedAccountsDataSizeExceeded": (
        "the accounts are larger than the limit that the transaction set",
        "Raise the limit of loaded account data.",
    ),
}

__all__ = ["ACCOUNT_CHECKS", "FOREIGN", "INSTRUCTION_ADVICE", "RUNTIME_ADVICE", "Foreign", "Meaning"]
