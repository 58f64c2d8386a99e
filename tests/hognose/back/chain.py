"""Runs a program on the real runtime and on the tracing interpreter, and holds the two together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from solders.account import Account
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import FeatureSet, LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import FailedTransactionMetadata

from hognose.back.linker import Program
from hognose.testing.vm import AccountInput, Environment, Result, deserialize_accounts, run, serialize_input

FEATURE_SETS = ("mainnet", "all_enabled")
MAIN = "mainnet"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the runtime made of one instruction."""

    error: str | None
    compute_units: int
    logs: list[str]
    return_data: bytes
    accounts: list[AccountInput]


@cache
def chain(features: str) -> LiteSVM:
    """One chain per feature set; programs and accounts have addresses of their own, so tests can share it."""
    svm = LiteSVM()
    svm = svm.with_mainnet_features() if features == MAIN else svm.with_feature_set(FeatureSet.all_enabled())
    svm = svm.with_builtins().with_default_programs()  # or both stay loaded for the feature set before
    return svm.with_sigverify(False).with_transaction_history(0).with_blockhash_check(False)


@cache
def payer(features: str) -> Pubkey:
    """Who pays the fees."""
    key = Keypair().pubkey()
    chain(features).airdrop(key, 10**12)
    return key


def deploy(program: Program, features: str = MAIN) -> Pubkey:
    """Put a program on the chain at a new address."""
    address = Pubkey.new_unique()
    chain(features).add_program(address, program.elf)
    return address


def execute(
    program: Program,
    accounts: Sequence[AccountInput] = (),
    data: bytes = b"",
    *,
    features: str = MAIN,
    address: Pubkey | None = None,
) -> Outcome:
    """Run one instruction on the runtime, with the accounts in exactly the given state."""
    svm, program_id = chain(features), address or deploy(program, features)
    for account in accounts:
        if not account.executable:
            state = Account(account.lamports, account.data, Pubkey(account.owner), False, 2**64 - 1)
            svm.set_account(Pubkey(account.key), state)
    metas = [AccountMeta(Pubkey(each.key), each.is_signer, each.is_writable) for each in accounts]
    message = Message.new_with_blockhash([Instruction(program_id, data, metas)], payer(features), Hash.default())
    signatures = [Signature.new_unique() for _ in range(message.header.num_required_signatures)]
    outcome = svm.send_transaction(VersionedTransaction.populate(message, signatures))
    if isinstance(outcome, FailedTransactionMetadata):
        meta, error = outcome.meta(), _error_text(outcome.err())
    else:
        meta, error = outcome, None
    after = [_state(svm, account) for account in accounts]
    return Outcome(error, meta.compute_units_consumed(), meta.logs(), bytes(meta.return_data().data), after)


def _state(svm: LiteSVM, account: AccountInput) -> AccountInput:
    found = svm.get_account(Pubkey(account.key))
    if account.executable:
        return account
    if found is None:  # an account without lamports is gone
        return replace(account, owner=bytes(32), lamports=0, data=b"")
    return AccountInput(
        account.key,
        bytes(found.owner),
        found.lamports,
        bytes(found.data),
        account.is_signer,
        account.is_writable,
        account.executable,
    )


def _error_text(error: object) -> str:
    inner = getattr(error, "err", error)
    code = getattr(inner, "code", None)
    return f"Custom({code})" if code is not None else repr(inner).rpartition(".")[2]


def interpret(
    program: Program,
    accounts: Sequence[AccountInput] = (),
    data: bytes = b"",
    *,
    address: Pubkey | None = None,
    environment: Environment | None = None,
) -> Result:
    """Run the same instruction on the interpreter."""
    program_id = bytes(address or Pubkey.new_unique())
    return run(program, serialize_input(program_id, accounts, data), syscalls=environment)


def agree(
    program: Program,
    accounts: Sequence[AccountInput] = (),
    data: bytes = b"",
    *,
    features: str = MAIN,
    address: Pubkey | None = None,
    environment: Environment | None = None,
) -> Result:
    """Run on both; errors, compute units, return data, and on success logs and accounts must be equal."""
    program_id = address or deploy(program, features)
    chain_outcome = execute(program, accounts, data, features=features, address=program_id)
    result = interpret(program, accounts, data, address=program_id, environment=environment)
    assert (result.error, result.compute_units) == (chain_outcome.error, chain_outcome.compute_units), (
        result.detail,
        chain_outcome.logs,
    )
    assert sum(result.units) == result.compute_units
    if result.error is None:
        assert result.logs == chain_outcome.logs
        assert result.return_data == chain_outcome.return_data
        before = serialize_input(bytes(program_id), accounts, data).buffer
        assert deserialize_accounts(result.input_after, before) == list(chain_outcome.accounts)
    return result
