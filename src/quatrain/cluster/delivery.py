"""From signed bytes to a confirmed transaction, once.

The same bytes are sent again and again, to every server that can be used, until the transaction has landed or its
blockhash has expired: the cluster takes equal bytes once, so repeating them is harmless. What lands is heard by
subscription or seen by asking, whichever is first.

Only two ends leave no doubt, and a caller may act on them: it landed; or it cannot land, because a *final* block is
past the blockhash's last valid height and the history has no such signature. An answer that leaves doubt (a server fell
silent after it was sent the transaction, another then refuses it) is no end.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Commitment
from solana.rpc.core import RPCException
from solana.rpc.models import TxOpts
from solders.rpc.errors import InternalErrorMessage
from solders.signature import Signature
from solders.transaction_status import TransactionConfirmationStatus, TransactionErrorFieldless

from quatrain.client.errors import ChainError, ExpiredError, RateLimitedError, UnconfirmedError, UnreachableError
from quatrain.cluster.endpoints import LAG_SLOTS, Endpoints
from quatrain.cluster.listener import Landed, Listener
from quatrain.cluster.localnet.pace import Time
from quatrain.cluster.tasks import end
from quatrain.cluster.trouble import Trouble, trouble_of

BLOCKHASH_HEIGHTS: Final = 150
OUTAGE_SECONDS: Final = 120.0
"""How long the servers may be silent about a transaction before it is given up as unconfirmed."""
HAND_OVER_SECONDS: Final = 5.0
"""How long a server may take to take a transaction, before another gets it."""
LONGEST_PAUSE_SECONDS: Final = 2.0
"""Between questions about a transaction; they begin more often."""
_SLOWER: Final = 1.5
_RANK: Final = (
    TransactionConfirmationStatus.Processed,
    TransactionConfirmationStatus.Confirmed,
    TransactionConfirmationStatus.Finalized,
)
_NEEDED: Final = {Commitment.PROCESSED: 0, Commitment.CONFIRMED: 1, Commitment.FINALIZED: 2}
_AGAIN: Final = TxOpts(skip_confirmation=True, skip_preflight=True, max_retries=0)


class Delivery:
    """Sends through `endpoints` and hears through `listener`; `poll_seconds` is the first pause between questions."""

    def __init__(
        self, endpoints: Endpoints, listener: Listener, commitment: Commitment, *, poll_seconds: float, time: Time
    ):
        self._endpoints = endpoints
        self._listener = listener
        self._commitment = commitment
        self._poll_seconds = poll_seconds
        self._time = time

    async def send(self, signature: Signature, wire: bytes, last_height: int | None) -> Landed:
        """Have a transaction landed; `last_height` is its blockhash's last valid block height, where it is known.

        RPCException when a server refuses it before it was sent anywhere; ExpiredError when it surely never lands;
        UnconfirmedError when that cannot be told any more; other ChainErrors when it was not sent.
        """
        limit = last_height if last_height is not None else await self._latest_deadline()
        heard = asyncio.ensure_future(self._listener.landed(signature))
        repeating: asyncio.Future[None] | None = None
        try:
            refusal = await self._hand_over(wire)
            repeating = asyncio.ensure_future(self._repeat(wire))
            return await self._settled(signature, limit, heard, refusal)
        finally:
            await end(heard, *([] if repeating is None else [repeating]))

    async def confirm(self, signature: Signature) -> Landed:
        """Wait for a transaction that a server sends."""
        heard = asyncio.ensure_future(self._listener.landed(signature))
        try:
            return await self._settled(signature, await self._latest_deadline(), heard, None)
        finally:
            await end(heard)

    # -- sending --------------------------------------------------------------------------------------------------

    async def _latest_deadline(self) -> int:
        """When a blockhash that is valid now has expired, even if the servers are behind."""
        heights = await self._endpoints.every(lambda client: _height(client, Commitment.PROCESSED))
        now = max(heights) if heights else await self._endpoints.ask(lambda one: _height(one, Commitment.PROCESSED))
        return now + BLOCKHASH_HEIGHTS + LAG_SLOTS

    async def _hand_over(self, wire: bytes) -> Exception | None:
        """Give the transaction to a server, which tries it first; what went wrong where that leaves doubt."""
        options = TxOpts(skip_confirmation=True, preflight_commitment=self._commitment, max_retries=0)
        doubtful, refusal = False, None

        async def hand(client: AsyncClient) -> None:
            nonlocal doubtful, refusal
            try:
                async with asyncio.timeout(HAND_OVER_SECONDS):
                    await client.send_raw_transaction(wire, options)
            except TimeoutError as error:
                doubtful = True
                raise Trouble(UnreachableError("a server takes too long to take a transaction"), again=False) from error
            except RPCException as error:
                if not _is_elsewhere_different(error):
                    raise
                doubtful = doubtful or isinstance(error.args[0], InternalErrorMessage)
                refusal = error
                raise Trouble(UnreachableError("a server cannot take the transaction"), again=False) from error
            except BaseException as error:
                trouble = trouble_of(error, "", 0.0)
                doubtful = doubtful or trouble is None or trouble.arrived
                raise

        try:
            await self._endpoints.ask(hand)
        except (RPCException, ChainError) as error:
            found = error if isinstance(error, RPCException) or refusal is None else refusal
            if not doubtful:
                raise found from error
            return found
        return None

    async def _repeat(self, wire: bytes) -> None:
        """Send the same bytes to every server now and then."""
        pause = self._poll_seconds
        while True:
            await self._time.sleep(pause)
            pause = _longer(pause)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HAND_OVER_SECONDS):
                    await self._endpoints.every(lambda client: client.send_raw_transaction(wire, _AGAIN))

    # -- confirming -----------------------------------------------------------------------------------------------

    async def _settled(
        self, signature: Signature, last_height: int, heard: asyncio.Future[Landed | None], refusal: Exception | None
    ) -> Landed:
        """What is heard or seen first."""
        seen = asyncio.ensure_future(self._watch(signature, last_height, refusal))
        try:
            await asyncio.wait([seen, heard], return_when=asyncio.FIRST_COMPLETED)
            return (heard.result() if heard.done() else None) or await seen
        finally:
            await end(seen)

    async def _watch(self, signature: Signature, last_height: int, refusal: Exception | None) -> Landed:
        """Ask until it has landed, or surely will not."""
        pause, answered_at = self._poll_seconds, self._time.monotonic()
        while True:
            try:
                landed = await self._look(signature, last_height, refusal)
                answered_at = self._time.monotonic()
            except (UnreachableError, RateLimitedError) as error:
                if self._time.monotonic() - answered_at > OUTAGE_SECONDS:
                    raise UnconfirmedError(
                        f"the servers fell silent about {signature}", signature=str(signature)
                    ) from error
                landed = None
            if landed is not None:
                return landed
            await self._time.sleep(pause)
            pause = _longer(pause)

    async def _look(self, signature: Signature, last_height: int, refusal: Exception | None) -> Landed | None:
        """Where the transaction landed, or None while that may come; ExpiredError once it cannot."""

        async def status(client: AsyncClient) -> Landed | None:
            found = await _status(client, signature, history=False)
            return self._landed(found)

        async def verdict(client: AsyncClient) -> Landed | bool:
            if await _height(client, Commitment.FINALIZED) <= last_height:
                return False
            found = await _status(client, signature, history=True)
            return self._landed(found) or found is None

        known = await self._endpoints.first(status)
        if known is not None:
            return known
        verdicts = await self._endpoints.every(verdict)
        for one in verdicts:
            if isinstance(one, Landed):
                return one
        if any(verdicts):
            raise ExpiredError(f"{signature} was not confirmed while its blockhash was valid") from refusal
        return None

    def _landed(self, status: Any) -> Landed | None:
        """A status as what was asked for, once it is settled enough."""
        if status is None:
            return None
        reached = status.confirmation_status
        settled = status.confirmations is None if reached is None else _RANK.index(reached) >= _NEEDED[self._commitment]
        return Landed(status.slot, status.err) if settled else None


def _longer(pause: float) -> float:
    return max(pause, min(pause * _SLOWER, LONGEST_PAUSE_SECONDS))


async def _height(client: AsyncClient, commitment: Commitment) -> int:
    return (await client.get_block_height(commitment)).value


async def _status(client: AsyncClient, signature: Signature, *, history: bool) -> Any:
    return (await client.get_signature_statuses([signature], search_transaction_history=history)).value[0]


def _is_elsewhere_different(refusal: RPCException) -> bool:
    """Whether another server may take what this one refused: it does not know the blockhash yet, or has a fault."""
    body: Any = refusal.args[0] if refusal.args else None
    unknown = getattr(getattr(body, "data", None), "err", None) == TransactionErrorFieldless.BlockhashNotFound
    return unknown or isinstance(body, InternalErrorMessage)


__all__ = ["Delivery"]
