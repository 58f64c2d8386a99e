"""Subscriptions: each method answers with a number, and what it asked for is told under that number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeAlias, cast

from attrs import field, frozen
from solders.pubkey import Pubkey

from quatrain.client.accounts import RawAccount
from quatrain.client.addresses import SYSTEM_PROGRAM
from quatrain.cluster.localnet.accounts_shown import DataSlice, Encoding, show_account
from quatrain.cluster.localnet.codes import INVALID_REQUEST, REFUSED, UNSUPPORTED_VERSION, RpcError, invalid
from quatrain.cluster.localnet.connection import Connection
from quatrain.cluster.localnet.filters import FilterValue, require_few
from quatrain.cluster.localnet.hub import AccountChanged, BlockEnded, Event, Executed, Feed, Received
from quatrain.cluster.localnet.kinds import (
    DEFAULT_COMMITMENT,
    U8,
    U64,
    Address,
    Commitment,
    Flag,
    SignatureText,
    Unfit,
    kind_of,
    mismatch,
)
from quatrain.cluster.localnet.method import Access, method
from quatrain.cluster.localnet.methods.blocks import BlockOptions, show_block
from quatrain.cluster.localnet.methods.options import API_VERSION, require_confirmed
from quatrain.cluster.localnet.transactions_shown import Details, ShownEncoding

MOST_SUBSCRIPTIONS: Final = 1_000
"""Of one connection."""


def _framed(event: Event, value: Any) -> dict[str, Any]:
    return {"context": {"apiVersion": API_VERSION, "slot": event.slot}, "value": value}


def _subscribe(connection: Connection, feed: Feed) -> int:
    if len(connection.subscriptions) >= MOST_SUBSCRIPTIONS:
        raise REFUSED(message="Internal Error: Subscription refused. Node subscription limit reached")
    return connection.node.hub.subscribe(feed, connection)


# -- accounts ---------------------------------------------------------------------------------------------------------


@frozen
class WatchOptions:
    """How the account is shown."""

    encoding: Encoding | None = None
    data_slice: DataSlice | None = None
    commitment: Commitment | None = None


@frozen
class WatchProgramOptions:
    """Which of a program's accounts, and how they are shown."""

    filters: list[FilterValue] | None = None
    encoding: Encoding | None = None
    data_slice: DataSlice | None = None
    commitment: Commitment | None = None


_GONE: Final = RawAccount(0, b"", SYSTEM_PROGRAM, False)


@method(REFUSED, access=Access.SUBSCRIBERS)
def account_subscribe(connection: Connection, address: Address, options: WatchOptions = WatchOptions()) -> int:
    """Be told whenever an account changes."""
    read = connection.node.chain.get_account

    def render(event: Event) -> Any:
        assert isinstance(event, AccountChanged)
        account = event.account or _GONE
        encoding = options.encoding or Encoding.BINARY
        return _framed(event, _shown(address, account, encoding, options.data_slice, read))

    level = options.commitment or DEFAULT_COMMITMENT
    key = (options.encoding, options.data_slice)
    return _subscribe(connection, Feed(("account", bytes(address)), "accountNotification", level, key, render))


@method(REFUSED, access=Access.SUBSCRIBERS)
def program_subscribe(
    connection: Connection, program: Address, options: WatchProgramOptions = WatchProgramOptions()
) -> int:
    """Be told whenever an account of a program changes that passes at most 4 filters."""
    filters = options.filters or []
    require_few(filters)
    read = connection.node.chain.get_account

    def render(event: Event) -> Any:
        assert isinstance(event, AccountChanged)
        account = event.account
        if account is None or not all(one.passes(account.data) for one in filters):
            return None
        encoding = options.encoding or Encoding.BINARY
        shown = _shown(event.address, account, encoding, options.data_slice, read)
        return _framed(event, {"pubkey": str(event.address), "account": shown})

    level = options.commitment or DEFAULT_COMMITMENT
    key = (options.encoding, options.data_slice, tuple(filters))
    return _subscribe(connection, Feed(("program", bytes(program)), "programNotification", level, key, render))


def _shown(address: Pubkey, account: RawAccount, encoding: Encoding, part: DataSlice | None, read: Any) -> Any:
    """The account; in base64 where base58 would be too long, for a notification cannot be refused."""
    try:
        return show_account(address, account, encoding, part, read)
    except RpcError:
        return show_account(address, account, Encoding.BASE64, part, read)


# -- transactions -----------------------------------------------------------------------------------------------------


@frozen
class SignatureOptions:
    """How settled the transaction must be, and whether its arrival is told as well."""

    commitment: Commitment | None = None
    enable_received_notification: Flag = False


@method(REFUSED, access=Access.SUBSCRIBERS)
def signature_subscribe(
    connection: Connection, signature: SignatureText, options: SignatureOptions = SignatureOptions()
) -> int:
    """Be told once when a transaction is as settled as asked, at once where it is already."""

    def render(event: Event) -> Any:
        if isinstance(event, Received):
            return _framed(event, "receivedSignature") if options.enable_received_notification else None
        assert isinstance(event, Executed)
        assert event.processed.effects is not None
        return _framed(event, {"err": event.processed.effects.error})

    level, node = options.commitment or DEFAULT_COMMITMENT, connection.node
    topic, key = ("signature", bytes(signature)), options.enable_received_notification
    number = _subscribe(connection, Feed(topic, "signatureNotification", level, key, render, once=True))
    known = node.recorded(bytes(signature))
    if known is not None and known.processed.effects is not None:
        settled = level is not Commitment.FINALIZED or node.is_final(known.slot)
        if settled:
            connection.later(lambda: node.hub.tell(number, Executed(known.slot, known.processed), connection))
    return number


@frozen
class LogsFilterKind:
    """`"all"`, `"allWithVotes"` or `{mentions: [address]}`."""

    name: str = '"all" or {mentions}'

    def read(self, value: Any) -> Pubkey | None:
        """The address that must be named, or None for every transaction."""
        if value in ("all", "allWithVotes"):
            return None
        if isinstance(value, str):
            raise Unfit(f"unknown variant `{value}`, expected one of `all`, `allWithVotes`, `mentions`")
        if not isinstance(value, Mapping) or "mentions" not in cast("Mapping[str, Any]", value):
            raise mismatch(value, "enum RpcTransactionLogsFilter")
        addresses = kind_of(list[Address]).read(cast("Mapping[str, Any]", value)["mentions"])
        if len(addresses) != 1:
            raise invalid("Invalid Request: Only 1 address supported")
        found: Pubkey = addresses[0]
        return found


LogsFilter: TypeAlias = Annotated[Pubkey | None, LogsFilterKind()]


@frozen
class LogsOptions:
    """How settled the transactions must be."""

    commitment: Commitment | None = None


@method(REFUSED, access=Access.SUBSCRIBERS)
def logs_subscribe(connection: Connection, which: LogsFilter, options: LogsOptions = LogsOptions()) -> int:
    """Be told the logs of every transaction, or of those that name an address."""

    def render(event: Event) -> Any:
        assert isinstance(event, Executed)
        done = event.processed
        assert done.effects is not None
        return _framed(event, {"signature": done.text, "err": done.effects.error, "logs": list(done.logs)})

    level = options.commitment or DEFAULT_COMMITMENT
    topic = ("logs", None if which is None else bytes(which))
    return _subscribe(connection, Feed(topic, "logsNotification", level, None, render))


# -- slots and blocks -------------------------------------------------------------------------------------------------


@method(REFUSED, access=Access.SUBSCRIBERS)
def slot_subscribe(connection: Connection) -> int:
    """Be told whenever a slot begins."""

    def render(event: Event) -> Any:
        assert isinstance(event, BlockEnded)
        return {"parent": event.row.slot, "root": event.root, "slot": event.row.next}

    return _subscribe(connection, Feed(("slot",), "slotNotification", Commitment.PROCESSED, None, render))


@method(REFUSED, access=Access.SUBSCRIBERS)
def root_subscribe(connection: Connection) -> int:
    """Be told whenever another slot is final."""

    def render(event: Event) -> Any:
        assert isinstance(event, BlockEnded)
        return min(event.root, event.row.slot)

    return _subscribe(connection, Feed(("root",), "rootNotification", Commitment.PROCESSED, None, render))


@method(REFUSED, access=Access.SUBSCRIBERS, name="slotsUpdatesSubscribe")
def slots_updates_subscribe(connection: Connection) -> int:
    """Be told how slots come about; here a slot is complete when its successor begins."""

    def render(event: Event) -> Any:
        assert isinstance(event, BlockEnded)
        return {"type": "completed", "slot": event.row.slot, "timestamp": event.row.unix_ms}

    return _subscribe(connection, Feed(("slot",), "slotsUpdatesNotification", Commitment.PROCESSED, None, render))


@frozen
class WatchBlockOptions:
    """How much of a block is shown, and how."""

    encoding: ShownEncoding | None = None
    transaction_details: Details | None = None
    show_rewards: Flag | None = field(default=None)
    commitment: Commitment | None = None
    max_supported_transaction_version: U8 | None = None


@frozen
class BlockFilterKind:
    """`"all"` or `{mentionsAccountOrProgram: address}`."""

    name: str = '"all" or {mentionsAccountOrProgram}'

    def read(self, value: Any) -> Pubkey | None:
        """The address that must be named, or None for every block."""
        if value == "all":
            return None
        if not isinstance(value, Mapping) or "mentionsAccountOrProgram" not in cast("Mapping[str, Any]", value):
            raise mismatch(value, "enum RpcBlockSubscribeFilter")
        found: Pubkey = kind_of(Address).read(cast("Mapping[str, Any]", value)["mentionsAccountOrProgram"])
        return found


BlockFilter: TypeAlias = Annotated[Pubkey | None, BlockFilterKind()]


@method(REFUSED, INVALID_REQUEST, UNSUPPORTED_VERSION, access=Access.SUBSCRIBERS)
def block_subscribe(
    connection: Connection, which: BlockFilter, options: WatchBlockOptions = WatchBlockOptions()
) -> int:
    """Be told every block that ends, or those with a transaction that names an address."""
    require_confirmed(options.commitment)
    node = connection.node
    shape = BlockOptions(
        options.encoding or ShownEncoding.BASE64,
        options.transaction_details,
        options.show_rewards,
        options.commitment,
        options.max_supported_transaction_version,
    )

    def render(event: Event) -> Any:
        assert isinstance(event, BlockEnded)
        row = event.row
        if which is not None and not any(
            which in one.processed.transaction.message.account_keys for one in node.store.transactions(row.slot)
        ):
            return None
        try:
            value = {"slot": row.slot, "err": None, "block": show_block(node, row, shape)}
        except RpcError as error:
            value = {"slot": row.slot, "err": error.message, "block": None}
        return {"context": {"apiVersion": API_VERSION, "slot": row.slot}, "value": value}

    key = (which and bytes(which), shape)
    return _subscribe(connection, Feed(("block",), "blockNotification", Commitment.CONFIRMED, key, render))


# -- ending -----------------------------------------------------------------------------------------------------------


def _unsubscribe(connection: Connection, subscription: int) -> bool:
    if not connection.node.hub.unsubscribe(subscription, connection):
        raise invalid("Invalid subscription id.")
    return True


def _declare_endings() -> None:
    """Every kind of subscription is ended under a name of its own, in the same way."""
    for kind in ("account", "program", "signature", "logs", "slot", "root", "slotsUpdates", "block"):

        @method(access=Access.SUBSCRIBERS, name=f"{kind}Unsubscribe")
        def unsubscribe(connection: Connection, subscription: U64) -> bool:
            """End a subscription."""
            return _unsubscribe(connection, subscription)


_declare_endings()

__all__ = ["MOST_SUBSCRIPTIONS"]
