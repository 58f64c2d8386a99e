"""A cluster behind one or more JSON-RPC servers, through solana-py.

solana-py is asynchronous and waits for `finalized` unless told otherwise, which a local validator may never report.
So everything here names its commitment, `confirmed` by default. Which server is asked is the business of `Endpoints`, how
a transaction gets into a block that of `Delivery`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final, TypeVar

from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Commitment
from solana.rpc.core import RPCException
from solana.rpc.models import MemcmpOpts
from solders.clock import Clock
from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.sysvar import CLOCK
from solders.transaction import VersionedTransaction

from quatrain.client.accounts import Filter, RawAccount
from quatrain.client.errors import ExpiredError, NotFoundError, RefusedError, TransactionError
from quatrain.client.failures import Explainer
from quatrain.cluster import base58
from quatrain.cluster.bridge import Bridge
from quatrain.cluster.chain import ChainClock, Receipt, Simulation, raw_account
from quatrain.cluster.delivery import Delivery
from quatrain.cluster.endpoints import DEFAULT_PATIENCE, Endpoints, Patience
from quatrain.cluster.fees import DEFAULT_FEES, MOST_ACCOUNTS, FeePolicy
from quatrain.cluster.listener import Landed, Listener
from quatrain.cluster.localnet.pace import SystemTime, Time

T = TypeVar("T")

ACCOUNTS_PER_REQUEST: Final = 100
_REMEMBERED_BLOCKHASHES: Final = 64
_RECORD_TRIES: Final = 20


class RpcChain:
    """A `Chain` at one address or several of one cluster, the preferred one first.

    `poll_seconds` is the first pause between questions about a transaction's status; the time is a test's to give.
    """

    def __init__(
        self,
        urls: str | Sequence[str],
        explainer: Explainer,
        *,
        commitment: Commitment = Commitment.CONFIRMED,
        poll_seconds: float = 0.4,
        patience: Patience = DEFAULT_PATIENCE,
        fees: FeePolicy = DEFAULT_FEES,
        time: Time | None = None,
    ) -> None:
        self._explainer = explainer
        self._commitment = commitment
        self._poll_seconds = poll_seconds
        self._fees = fees
        self._time: Time = time or SystemTime()
        self._valid_until: OrderedDict[Hash, int] = OrderedDict()
        self._bridge = Bridge()
        addresses = [urls] if isinstance(urls, str) else urls
        self.endpoints = Endpoints(addresses, commitment, patience=patience, time=self._time)
        self._listener = Listener(self.endpoints, commitment)
        self._delivery = Delivery(
            self.endpoints, self._listener, commitment, poll_seconds=poll_seconds, time=self._time
        )
        self.name = self.endpoints.name

    # -- the contract ---------------------------------------------------------------------------------------------

    def send(self, transaction: VersionedTransaction) -> Receipt:
        """Send and wait until it is confirmed, over and over the same bytes.

        ExpiredError when it surely never lands; UnconfirmedError when nobody answers any more that could say so.
        """
        return self._run(self._send(transaction))

    def send_all(self, transactions: Sequence[VersionedTransaction]) -> list[TransactionError | ExpiredError | None]:
        """Have many confirmed side by side, in no order; for each the error with which it failed, or None."""
        return self._run(self._send_all(transactions))

    def simulate(self, transaction: VersionedTransaction) -> Simulation:
        """Run it without effect on the server's bank."""
        commitment = self._commitment
        value = self._ask(
            lambda one: one.simulate_transaction(transaction, sig_verify=True, commitment=commitment)
        ).value
        logs, units = tuple(value.logs or ()), value.units_consumed or 0
        if value.err is not None:
            raise self._explainer.explain(value.err, logs, units=units)
        return Simulation(units, logs, _returned(value.return_data), value.loaded_accounts_data_size or 0)

    def get_account(self, address: Pubkey) -> RawAccount | None:
        """The account, or None where nothing lies."""
        value = self._ask(lambda one: one.get_account_info(address, self._commitment)).value
        return None if value is None else raw_account(value)

    def get_accounts(self, addresses: Sequence[Pubkey]) -> list[RawAccount | None]:
        """Several accounts, a hundred in a request."""
        found: list[RawAccount | None] = []
        for start in range(0, len(addresses), ACCOUNTS_PER_REQUEST):
            found += self._accounts(list(addresses[start : start + ACCOUNTS_PER_REQUEST]))
        return found

    def get_program_accounts(self, program: Pubkey, filters: Sequence[Filter] = ()) -> list[tuple[Pubkey, RawAccount]]:
        """Every account that the program owns and that passes every filter; the server filters."""
        wanted: list[int | MemcmpOpts] = [MemcmpOpts(offset=f.offset, bytes=base58.encode(f.data)) for f in filters]
        commitment = self._commitment
        values = self._ask(
            lambda one: one.get_program_accounts(program, commitment, encoding="base64", filters=wanted or None)
        ).value
        return [(value.pubkey, raw_account(value.account)) for value in values]

    def genesis(self) -> Hash:
        """The hash of its first block."""
        return self._ask(lambda one: one.get_genesis_hash()).value

    def latest_blockhash(self) -> Hash:
        """A recent blockhash; until when it is valid is remembered for `send`."""
        value = self._ask(lambda one: one.get_latest_blockhash(self._commitment)).value
        self._valid_until[value.blockhash] = value.last_valid_block_height
        while len(self._valid_until) > _REMEMBERED_BLOCKHASHES:
            self._valid_until.popitem(last=False)
        return value.blockhash

    def clock(self) -> ChainClock:
        """The clock account, which programs read."""
        account = self.get_account(CLOCK)
        if account is None:
            raise NotFoundError("the cluster has no clock account")
        clock = Clock.from_bytes(account.data)
        return ChainClock(clock.slot, clock.unix_timestamp)

    def rent_minimum(self, size: int) -> int:
        """The lamports that exempt an account of `size` data bytes from rent."""
        return self._ask(lambda one: one.get_minimum_balance_for_rent_exemption(size)).value

    def unit_price(self, writable: Sequence[Pubkey]) -> int:
        """What a compute unit should pay, in micro-lamports, by what recent transactions on these accounts paid."""
        wanted = list(writable[:MOST_ACCOUNTS])
        samples = self._ask(lambda one: one.get_recent_prioritization_fees(wanted)).value
        return self._fees.price(sample.prioritization_fee for sample in samples)

    def airdrop(self, address: Pubkey, lamports: int) -> None:
        """Ask the cluster's faucet, once, and wait until the SOL is there."""
        signature = self._ask(
            lambda one: one.request_airdrop(address, lamports, self._commitment), repeatable=False
        ).value
        self._run(self._delivery.confirm(signature))

    def use_explainer(self, explainer: Explainer) -> None:
        """Explain failures of another program, for which one is on a cluster is known when it has been asked."""
        self._explainer = explainer

    def close(self) -> None:
        """Close the connection and its thread; harmless when repeated."""
        if self._bridge.closed:
            return
        try:
            self._bridge.run(self._listener.close())
            self._bridge.run(self.endpoints.close())
        finally:
            self._bridge.close()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _ask(self, call: Callable[[AsyncClient], Awaitable[T]], *, repeatable: bool = True) -> T:
        return self._run(self.endpoints.ask(call, repeatable=repeatable))

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            return self._bridge.run(coroutine)
        except RPCException as error:
            raise self._refusal(error) from error

    def _refusal(self, error: RPCException) -> Exception:
        """A failed preflight as the transaction's own error; anything else is the server's refusal."""
        body: Any = error.args[0] if error.args else None
        data = getattr(body, "data", None)
        if data is not None and getattr(data, "err", None) is not None:
            return self._explainer.explain(data.err, data.logs or (), units=data.units_consumed or 0)
        return RefusedError(f"{self.name} refused: {getattr(body, 'message', body)}")

    def _accounts(self, addresses: list[Pubkey]) -> list[RawAccount | None]:
        values = self._ask(lambda one: one.get_multiple_accounts(addresses, self._commitment)).value
        return [None if value is None else raw_account(value) for value in values]

    async def _send(self, transaction: VersionedTransaction) -> Receipt:
        return await self._receipt(transaction.signatures[0], await self._land(transaction))

    async def _send_all(
        self, transactions: Sequence[VersionedTransaction]
    ) -> list[TransactionError | ExpiredError | None]:
        return await asyncio.gather(*map(self._outcome, transactions))

    async def _outcome(self, transaction: VersionedTransaction) -> TransactionError | ExpiredError | None:
        try:
            landed = await self._land(transaction)
            if landed.err is not None:
                await self._receipt(transaction.signatures[0], landed)
        except (TransactionError, ExpiredError) as error:
            return error
        except RPCException as error:
            refusal = self._refusal(error)
            if isinstance(refusal, TransactionError):
                return refusal
            raise refusal from error
        return None

    async def _land(self, transaction: VersionedTransaction) -> Landed:
        last_height = self._valid_until.get(transaction.message.recent_blockhash)
        return await self._delivery.send(transaction.signatures[0], bytes(transaction), last_height)

    async def _receipt(self, signature: Signature, landed: Landed) -> Receipt:
        """What is recorded of a transaction; its error where it failed."""
        value = await self._record(signature)
        meta = value.transaction.meta
        logs, units = tuple(meta.log_messages or ()), meta.compute_units_consumed or 0
        if landed.err is not None:
            raise self._explainer.explain(landed.err, logs, signature=str(signature), units=units)
        return Receipt(str(signature), value.slot, units, meta.fee, logs, _returned(meta.return_data))

    async def _record(self, signature: Signature) -> Any:
        """The recorded transaction; a server may show it a moment after its status."""

        async def record(client: AsyncClient) -> Any:
            found = await client.get_transaction(
                signature, "base64", self._commitment, max_supported_transaction_version=0
            )
            return found.value if found.value is not None and found.value.transaction.meta is not None else None

        for _ in range(_RECORD_TRIES):
            value = await self.endpoints.first(record)
            if value is not None:
                return value
            await self._time.sleep(self._poll_seconds)
        raise NotFoundError(
            f"{self.name} confirmed {signature} but keeps no record of it",
            code="record_missing",
            advice="It has landed: do not send it again.",
        )


def _returned(data: Any) -> bytes:
    return b"" if data is None else bytes(data.data)


__all__ = ["RpcChain"]
