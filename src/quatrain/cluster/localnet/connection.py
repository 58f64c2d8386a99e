"""One WebSocket client: its subscriptions, and a bounded queue of what it is yet to be sent.

The node never waits for a client. One that reads so slowly that its queue runs over is sent away; it reconnects and
subscribes again, which costs it less than being told half.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from attrs import frozen

from quatrain.cluster.localnet.hub import Feed
from quatrain.cluster.localnet.node import Node

MOST_MESSAGES: Final = 4_096
MOST_BYTES: Final = 16 * 2**20


@frozen
class ConnectionStatistics:
    """How far behind a client is."""

    messages: int
    bytes: int
    subscriptions: int
    evicted: bool


class Connection:
    """What the hub tells goes into the queue; `messages` takes it out again."""

    def __init__(self, node: Node, *, most_messages: int = MOST_MESSAGES, most_bytes: int = MOST_BYTES):
        self.node = node
        self.subscriptions: dict[int, Feed] = {}
        self._evicted = asyncio.Event()
        self._queue: deque[bytes] = deque()
        self._bytes = 0
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._ready = asyncio.Event()
        self._later: list[Callable[[], None]] = []

    @property
    def evicted(self) -> bool:
        """Whether the client was sent away."""
        return self._evicted.is_set()

    async def eviction(self) -> None:
        """Wait until the client is sent away."""
        await self._evicted.wait()

    def tell(self, message: bytes) -> None:
        """Queue a message; one too many ends the connection."""
        if self.evicted:
            return
        if len(self._queue) >= self._most_messages or self._bytes + len(message) > self._most_bytes:
            self._evicted.set()
            self._queue.clear()
            self._bytes = 0
        else:
            self._queue.append(message)
            self._bytes += len(message)
        self._ready.set()

    def later(self, action: Callable[[], None]) -> None:
        """Do something once the answer to the present request is queued."""
        self._later.append(action)

    def answered(self) -> None:
        """The answer is queued: do what waited for it."""
        actions, self._later = self._later, []
        for action in actions:
            action()

    async def next_message(self) -> bytes | None:
        """The next message, waiting for one; None when the client has been sent away."""
        while not self._queue:
            if self.evicted:
                return None
            self._ready.clear()
            await self._ready.wait()
        message = self._queue.popleft()
        self._bytes -= len(message)
        return message

    def leave(self) -> None:
        """End every subscription."""
        self.node.hub.leave(self)

    def statistics(self) -> ConnectionStatistics:
        """As of now."""
        return ConnectionStatistics(len(self._queue), self._bytes, len(self.subscriptions), self.evicted)


__all__ = ["MOST_BYTES", "MOST_MESSAGES", "Connection", "ConnectionStatistics"]
