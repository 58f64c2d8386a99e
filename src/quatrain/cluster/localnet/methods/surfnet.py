"""What only a developer's chain can do, under the names that users of surfpool know. The server must be started for it."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen
from solders.pubkey import Pubkey

from quatrain.client.accounts import RawAccount
from quatrain.client.addresses import SYSTEM_PROGRAM, TOKEN_PROGRAM, associated_token_address
from quatrain.client.errors import UsageError
from quatrain.cluster.embedded import SLOTS_PER_EPOCH
from quatrain.cluster.localnet.codes import invalid
from quatrain.cluster.localnet.kinds import U64, Address, Commitment, Flag, Text
from quatrain.cluster.localnet.method import Access, method
from quatrain.cluster.localnet.methods.blocks import get_epoch_info
from quatrain.cluster.localnet.methods.options import Context, framed
from quatrain.cluster.localnet.node import Node

MOST_DATA: Final = 10 * 2**20
_OPEN_NOW: Final = Context(commitment=Commitment.PROCESSED)
_TOKEN_ACCOUNT_SIZE: Final = 165
_STATES: Final = {"initialized": 1, "frozen": 2}


@frozen
class Destination:
    """When to go: exactly one of them. Timestamps are unix milliseconds."""

    absolute_epoch: U64 | None = None
    absolute_slot: U64 | None = None
    absolute_timestamp: U64 | None = None


@frozen
class AccountUpdate:
    """What of an account is to be changed; `data` is hexadecimal."""

    lamports: U64 | None = None
    data: Text | None = None
    owner: Address | None = None
    executable: Flag | None = None
    rent_epoch: U64 | None = None


@frozen
class TokenUpdate:
    """What of a token account is to be changed."""

    amount: U64 | None = None
    state: Text | None = None


@method(access=Access.TIME_TRAVELLERS, name="surfnet_timeTravel")
def time_travel(node: Node, destination: Destination = Destination()) -> dict[str, int]:
    """Go to a later epoch, slot or unix millisecond (seconds are what programs see)."""
    epoch, slot, timestamp = destination.absolute_epoch, destination.absolute_slot, destination.absolute_timestamp
    if (epoch is not None) + (slot is not None) + (timestamp is not None) != 1:
        raise invalid("Give exactly one of absoluteEpoch, absoluteSlot and absoluteTimestamp")
    if epoch is not None:
        slot = epoch * SLOTS_PER_EPOCH
    if max(slot or 0, timestamp or 0) >= 1 << 53:
        raise invalid("Cannot travel beyond 2^53")
    try:
        node.travel(slot=slot, unix_timestamp=None if timestamp is None else timestamp // 1_000)
    except UsageError as error:
        raise invalid("Cannot travel to past") from error
    return get_epoch_info(node, _OPEN_NOW)


@method(access=Access.TIME_TRAVELLERS, name="surfnet_pauseClock")
def pause_clock(node: Node) -> dict[str, int]:
    """Stop time; transactions go on in the open slot."""
    node.pause()
    return get_epoch_info(node, _OPEN_NOW)


@method(access=Access.TIME_TRAVELLERS, name="surfnet_resumeClock")
def resume_clock(node: Node) -> dict[str, int]:
    """Let time go on from where it stands."""
    node.resume()
    return get_epoch_info(node, _OPEN_NOW)


@method(access=Access.TIME_TRAVELLERS, name="surfnet_setAccount")
def set_account(node: Node, address: Address, update: AccountUpdate) -> Any:
    """Change an account, or make one."""
    before = node.chain.get_account(address) or RawAccount(0, b"", SYSTEM_PROGRAM, False)
    try:
        data = before.data if update.data is None else bytes.fromhex(update.data.removeprefix("0x"))
    except ValueError as error:
        raise invalid("Invalid hex data provided") from error
    account = RawAccount(
        before.lamports if update.lamports is None else update.lamports,
        data,
        before.owner if update.owner is None else update.owner,
        before.executable if update.executable is None else update.executable,
    )
    if account.executable:
        raise invalid("Programs are deployed through their loader")
    if account.lamports >= 1 << 62 or len(account.data) > MOST_DATA:
        raise invalid("An account holds less than 2^62 lamports and at most 10 MiB")
    try:
        node.set_account(address, account)
    except ValueError as error:
        raise invalid(f"The account cannot be set: {error}") from error
    return framed(node.view(Commitment.PROCESSED), None)


@method(access=Access.TIME_TRAVELLERS, name="surfnet_setTokenAccount")
def set_token_account(
    node: Node, owner: Address, mint: Address, update: TokenUpdate, program: Address | None = None
) -> Any:
    """Change a wallet's usual token account of a mint, or make it."""
    if program not in {None, TOKEN_PROGRAM}:
        raise invalid("Only accounts of the token program can be set")
    address = associated_token_address(owner, mint)
    before = node.chain.get_account(address)
    data = bytearray(before.data if before is not None else _empty(owner, mint))
    if update.amount is not None:
        data[64:72] = update.amount.to_bytes(8, "little")
    if update.state is not None:
        if update.state not in _STATES:
            raise invalid(f"Invalid state: {update.state}")
        data[108] = _STATES[update.state]
    lamports = node.chain.rent_minimum(_TOKEN_ACCOUNT_SIZE) if before is None else before.lamports
    node.set_account(address, RawAccount(lamports, bytes(data), TOKEN_PROGRAM, False))
    return framed(node.view(Commitment.PROCESSED), None)


def _empty(owner: Pubkey, mint: Pubkey) -> bytes:
    """A token account that is in use and holds nothing."""
    return bytes(mint) + bytes(owner) + bytes(44) + b"\1" + bytes(_TOKEN_ACCOUNT_SIZE - 109)


__all__ = ["AccountUpdate", "Destination", "TokenUpdate"]
