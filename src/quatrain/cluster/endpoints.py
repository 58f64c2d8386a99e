"""The RPC servers of one cluster: who of them is up, up to date and willing, and the next one where one is not.

The first is preferred. One that fails rests, twice as long each time, or as long as it asked to (`Retry-After`), while
others are asked. With several, every few seconds all are asked how far they are: one that is many slots behind counts as
failing, and one whose genesis hash differs belongs to another cluster and is never used.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from attrs import define, field, frozen
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Commitment
from solana.rpc.core import RPCException
from solders.hash import Hash

from quatrain.client.errors import ChainError, ForeignEndpointError, UnreachableError
from quatrain.cluster.localnet.pace import SystemTime, Time
from quatrain.cluster.tasks import end
from quatrain.cluster.trouble import Trouble, shown, trouble_of

T = TypeVar("T")

LAG_SLOTS: Final = 50
"""By how many slots the answers of a server may be older than another's: 20 seconds."""

# Its informative lines hold addresses, which may hold keys.
logging.getLogger("httpx2").setLevel(logging.WARNING)


@frozen(kw_only=True)
class Patience:
    """How long trouble is borne. All in seconds but the tries."""

    request: float = 30.0
    """One request."""
    question: float = 20.0
    """One question with everything that is tried to have it answered."""
    tries: int = 4
    """How often a question is put to the same server."""
    first_rest: float = 0.25
    longest_rest: float = 8.0
    examination: float = 3.0
    between_examinations: float = 10.0


DEFAULT_PATIENCE: Final = Patience()


@define
class Endpoint:
    """One server."""

    url: str
    client: AsyncClient
    genesis: Hash | None = None
    behind: bool = False
    failures: int = 0
    """Since the last answer."""
    rests_until: float = 0.0

    @property
    def name(self) -> str:
        """The address without what may be secret."""
        return shown(self.url)

    def rest(self, now: float, patience: Patience, seconds: float | None) -> None:
        """Leave it alone for so long, or for twice as long as last time."""
        self.failures += 1
        doubled = min(patience.first_rest * 2.0 ** min(self.failures - 1, 16), patience.longest_rest)
        self.rests_until = now + (doubled if seconds is None else seconds)


@define
class _Question:
    """What has been tried to have one question answered."""

    ends: float
    tries: dict[str, int] = field(factory=dict[str, int])
    error: ChainError | None = None


class Endpoints:
    """The servers at `urls`, the preferred one first; use it on one event loop."""

    def __init__(
        self,
        urls: Sequence[str],
        commitment: Commitment,
        *,
        patience: Patience = DEFAULT_PATIENCE,
        time: Time | None = None,
    ):
        self._patience = patience
        self._time: Time = time or SystemTime()
        self._all = [Endpoint(url, self._connect(url, commitment)) for url in dict.fromkeys(urls)]
        self._genesis: Hash | None = None
        self._examined_at: float | None = None
        self._examination: asyncio.Task[None] | None = None
        self.name = ", ".join(one.name for one in self._all)

    def _connect(self, url: str, commitment: Commitment) -> AsyncClient:
        # Retries are ours: what is repeated, where and when must be known here.
        return AsyncClient(url, commitment, timeout=self._patience.request, max_transport_retries=0)

    # -- asking ---------------------------------------------------------------------------------------------------

    async def ask(self, call: Callable[[AsyncClient], Awaitable[T]], *, repeatable: bool = True) -> T:
        """The first answer, refusals of the request itself included (RPCException).

        ChainError of the last server asked when none answers. What is not `repeatable` goes to the next server only
        where the one before surely did not receive it.
        """
        await self._admit()
        question = _Question(self._now() + self._patience.question)
        while True:
            endpoint = await self._next(question)
            try:
                return await self._put(endpoint, call)
            except Trouble as trouble:
                question.error = trouble.error
                left = self._patience.tries if not trouble.again else 1
                question.tries[endpoint.url] = question.tries.get(endpoint.url, 0) + left
                if trouble.arrived and not repeatable:
                    raise trouble.error from trouble.__cause__

    async def first(self, call: Callable[[AsyncClient], Awaitable[T | None]]) -> T | None:
        """What the first server that knows it says, all being asked at once; None where those that answer know nothing."""
        await self._admit()
        asked = [asyncio.ensure_future(self._put(one, call)) for one in self._usable()]
        answered = False
        try:
            for one in asyncio.as_completed(asked):
                try:
                    found = await one
                except Trouble:
                    continue
                answered = True
                if found is not None:
                    return found
        finally:
            await end(*asked)
        return None if answered else await self.ask(call)

    async def every(self, call: Callable[[AsyncClient], Awaitable[T]]) -> list[T]:
        """What each server that can be used says; those that fail or refuse are left out."""
        await self._admit()
        answers = await asyncio.gather(*(self._put(one, call) for one in self._usable()), return_exceptions=True)
        return [one for one in answers if not isinstance(one, BaseException)]

    @property
    def preferred(self) -> Endpoint:
        """The server that would be asked now."""
        return min(self._candidates(), key=self._rank)

    async def close(self) -> None:
        """Close the connections."""
        if self._examination is not None:
            await end(self._examination)
        for one in self._all:
            await one.client.close()

    # -- choosing -------------------------------------------------------------------------------------------------

    def _now(self) -> float:
        return self._time.monotonic()

    def _candidates(self) -> list[Endpoint]:
        if len(self._all) == 1:
            return self._all
        return [one for one in self._all if one.genesis is not None and one.genesis == self._genesis]

    def _rank(self, endpoint: Endpoint) -> tuple[float, bool, int]:
        return max(0.0, endpoint.rests_until - self._now()), endpoint.behind, self._all.index(endpoint)

    def _usable(self) -> list[Endpoint]:
        """Those that do not rest, the preferred one first; where all rest, the one that rests shortest."""
        ranked = sorted(self._candidates(), key=self._rank)
        return [one for one in ranked if one.rests_until <= self._now()] or ranked[:1]

    async def _next(self, question: _Question) -> Endpoint:
        """The server to ask now, once it may be asked; ChainError when it is not worth the wait."""
        left = [one for one in self._candidates() if question.tries.get(one.url, 0) < self._patience.tries]
        if not left:
            raise question.error or UnreachableError(f"{self.name}: none of them answers for this cluster")
        best = min(left, key=self._rank)
        wait = best.rests_until - self._now()
        if wait > 0:
            if question.error is not None and self._now() + wait > question.ends:
                raise question.error
            await self._time.sleep(min(wait, self._patience.question))
        return best

    async def _put(self, endpoint: Endpoint, call: Callable[[AsyncClient], Awaitable[T]]) -> T:
        """Ask one server; Trouble where another should be asked."""
        try:
            answer = await call(endpoint.client)
        except BaseException as error:
            trouble = trouble_of(error, endpoint.name, self._time.unix_ms() / 1_000)
            if trouble is None:
                raise
            endpoint.rest(self._now(), self._patience, trouble.wait_seconds)
            raise trouble from error
        endpoint.failures = 0
        return answer

    # -- examining ------------------------------------------------------------------------------------------------

    async def _admit(self) -> None:
        """Before the first question wait until the servers are known; later look after them now and then."""
        if len(self._all) == 1:
            return
        if self._examination is None or (self._examination.done() and self._is_due()):
            work = self._found() if self._genesis is None else self._examine()
            self._examination = asyncio.ensure_future(work)
        if self._genesis is None:
            await asyncio.shield(self._examination)

    def _is_due(self) -> bool:
        waited = self._now() - (self._examined_at or 0.0)
        return self._genesis is None or waited >= self._patience.between_examinations

    async def _examine(self) -> None:
        slots = await asyncio.gather(*map(self._look, self._all))
        newest = max((slot for slot in slots if slot is not None), default=0)
        for endpoint, slot in zip(self._all, slots, strict=True):
            if slot is not None:
                endpoint.behind = newest - slot > LAG_SLOTS
        self._examined_at = self._now()

    async def _found(self) -> None:
        """Settle which cluster this is: the one of the first server that answers, and of all others that do."""
        for _ in range(self._patience.tries):
            await self._examine()
            known = [one for one in self._all if one.genesis is not None]
            foreign = [one for one in known if one.genesis != known[0].genesis]
            if foreign:
                raise ForeignEndpointError(f"{foreign[0].name} belongs to another cluster than {known[0].name}")
            if known:
                self._genesis = known[0].genesis
                return
            await self._time.sleep(max(0.0, min(one.rests_until for one in self._all) - self._now()))
        raise UnreachableError(f"none of {self.name} answers")

    async def _look(self, endpoint: Endpoint) -> int | None:
        """The newest slot of a server that is well; its genesis hash is remembered."""

        async def look(client: AsyncClient) -> int:
            endpoint.genesis = (await client.get_genesis_hash()).value
            await client.is_connected()
            return (await client.get_slot(Commitment.PROCESSED)).value

        if endpoint.rests_until > self._now():
            return None
        try:
            async with asyncio.timeout(self._patience.examination):
                return await self._put(endpoint, look)
        except TimeoutError:
            endpoint.rest(self._now(), self._patience, None)
        except (Trouble, RPCException):
            return None
        return None


__all__ = ["DEFAULT_PATIENCE", "LAG_SLOTS", "Endpoint", "Endpoints", "Patience"]
