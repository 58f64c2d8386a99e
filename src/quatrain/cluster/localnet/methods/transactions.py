"""Sending, trying and paying for transactions; the faucet."""

from __future__ import annotations

from itertools import count
from typing import Any, Final

from attrs import frozen
from solders.system_program import TransferParams, transfer

from quatrain.client.transactions import Budget, build_transaction
from quatrain.cluster.embedded import LAMPORTS_PER_AIRDROP, Trial
from quatrain.cluster.localnet.accounts_shown import Encoding, show_account
from quatrain.cluster.localnet.codes import (
    INVALID_REQUEST,
    PREFLIGHT_FAILURE,
    REFUSED,
    SIGNATURE_FAILURE,
    invalid,
)
from quatrain.cluster.localnet.fees import fee_of
from quatrain.cluster.localnet.kinds import U64, Address, Commitment, Flag, HashText, Text
from quatrain.cluster.localnet.method import method
from quatrain.cluster.localnet.methods.options import Context, framed
from quatrain.cluster.localnet.node import Node
from quatrain.cluster.localnet.transactions_shown import (
    WireEncoding,
    all_keys,
    decode_message,
    decode_transaction,
    show_inner,
    show_return_data,
)
from quatrain.cluster.localnet.wordings import sentence
from quatrain.cluster.messages import loaded_bytes

MOST_LOCKS: Final = 128
_AIRDROP_UNITS: Final = 1_000
_AIRDROP: Final = count()


@frozen
class SendOptions:
    """How a transaction is written, and whether it is tried first."""

    skip_preflight: Flag = False
    preflight_commitment: Commitment | None = None
    encoding: WireEncoding | None = None
    max_retries: U64 | None = None
    min_context_slot: U64 | None = None


@frozen
class AccountsWanted:
    """Accounts to be shown as they would be."""

    addresses: list[Address]
    encoding: Encoding | None = None


@frozen
class SimulateOptions:
    """What is checked, and what is shown."""

    sig_verify: Flag = False
    replace_recent_blockhash: Flag = False
    commitment: Commitment | None = None
    encoding: WireEncoding | None = None
    accounts: AccountsWanted | None = None
    min_context_slot: U64 | None = None
    inner_instructions: Flag = False


@frozen
class AirdropOptions:
    """The blockhash that the transfer is to name."""

    recent_blockhash: HashText | None = None
    commitment: Commitment | None = None


@method(PREFLIGHT_FAILURE, SIGNATURE_FAILURE)
async def send_transaction(node: Node, transaction: Text, options: SendOptions = SendOptions()) -> str:
    """Have a transaction executed; its signature when its effects are on disk. Tried first unless told otherwise."""
    decoded = decode_transaction(transaction, options.encoding or WireEncoding.BASE58)
    node.view(options.preflight_commitment, options.min_context_slot)
    if not options.skip_preflight:
        trial = node.chain.trial(decoded)
        if trial.error == "SignatureFailure":
            raise SIGNATURE_FAILURE(None)
        if trial.error is not None:
            data = {**_shown(trial, None), "accounts": None, "innerInstructions": None, "loadedAccountsDataSize": 0}
            raise PREFLIGHT_FAILURE(data, reason=sentence(trial.error))
    await node.submit(decoded)
    return str(decoded.signatures[0])


@method(SIGNATURE_FAILURE, INVALID_REQUEST)
def simulate_transaction(node: Node, transaction: Text, options: SimulateOptions = SimulateOptions()) -> Any:
    """What a transaction would do now, without effect."""
    if options.sig_verify and options.replace_recent_blockhash:
        raise invalid("sigVerify may not be used with replaceRecentBlockhash")
    decoded = decode_transaction(transaction, options.encoding or WireEncoding.BASE58)
    view = node.view(options.commitment, options.min_context_slot)
    trial = node.chain.trial(
        decoded, check_signatures=options.sig_verify, check_blockhash=not options.replace_recent_blockhash
    )
    if trial.error == "SignatureFailure":
        raise SIGNATURE_FAILURE(None)
    value = _shown(trial, None)
    value["accounts"] = None if options.accounts is None else _accounts(node, decoded, trial, options.accounts)
    value["innerInstructions"] = (
        show_inner(trial.inner, all_keys(decoded.message, None), parsed=False) if options.inner_instructions else None
    )
    value["loadedAccountsDataSize"] = loaded_bytes(decoded.message, node.chain.get_account)
    value["replacementBlockhash"] = (
        {"blockhash": str(node.chain.latest_blockhash()), "lastValidBlockHeight": node.chain.head.slot + 150}
        if options.replace_recent_blockhash
        else None
    )
    return framed(view, value)


def _shown(trial: Trial, replacement: Any) -> dict[str, Any]:
    return {
        "err": trial.error,
        "logs": list(trial.logs),
        "unitsConsumed": trial.units,
        "returnData": show_return_data(trial.return_program, trial.return_data),
        "replacementBlockhash": replacement,
        "fee": trial.fee_lamports,
    }


def _accounts(node: Node, transaction: Any, trial: Trial, wanted: AccountsWanted) -> list[Any]:
    most = len(transaction.message.account_keys)
    if len(wanted.addresses) > most:
        raise invalid(f"Too many accounts provided; max {most}")
    encoding = wanted.encoding or Encoding.BASE64
    if encoding in {Encoding.BASE58, Encoding.BINARY}:
        raise invalid("base58 encoding not supported")
    if trial.error is not None:
        return [None] * len(wanted.addresses)
    found = [(address, trial.accounts.get(address) or node.chain.get_account(address)) for address in wanted.addresses]
    return [
        None if account is None else show_account(address, account, encoding, None, node.chain.get_account)
        for address, account in found
    ]


@method()
def get_fee_for_message(node: Node, message: Text, options: Context = Context()) -> Any:
    """The lamports that a message's transaction would pay, or null where its blockhash is no good."""
    decoded = decode_message(message)
    view = node.view(options.commitment, options.min_context_slot)
    known = node.chain.accepts(decoded)
    return framed(view, fee_of(decoded) if known else None)


@method()
def get_recent_prioritization_fees(node: Node, addresses: list[Address] | None = None) -> list[dict[str, int]]:
    """For each recent slot with transactions, the lowest price per unit that wrote all of at most 128 accounts."""
    wanted = addresses or []
    if len(wanted) > MOST_LOCKS:
        raise invalid(f"Too many inputs provided; max {MOST_LOCKS}")
    return [{"slot": one.slot, "prioritizationFee": one.price(wanted)} for one in node.fees]


@method(REFUSED)
async def request_airdrop(
    node: Node, address: Address, lamports: U64, options: AirdropOptions = AirdropOptions()
) -> str:
    """Have the faucet send lamports, at most a million SOL at once; the transfer's signature."""
    if lamports > LAMPORTS_PER_AIRDROP:
        raise REFUSED(message="airdrop request failed. This can happen when the rate limit is reached.")
    faucet = node.faucet
    node.fill_faucet(lamports)
    # Another unit limit makes another signature, where two wishes would otherwise be one transaction.
    budget = Budget(_AIRDROP_UNITS + next(_AIRDROP) % 100_000)
    gift = transfer(TransferParams(from_pubkey=faucet.pubkey(), to_pubkey=address, lamports=lamports))
    blockhash = options.recent_blockhash or node.chain.latest_blockhash()
    signed = build_transaction([gift], faucet, blockhash, budget=budget)
    outcome = await node.submit(signed)
    if outcome.failure is not None:
        raise REFUSED(message=f"airdrop request failed: {outcome.failure.message}")
    return str(signed.signatures[0])


__all__ = ["MOST_LOCKS"]
