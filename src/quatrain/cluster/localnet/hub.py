"""Who wants to hear of what: subscriptions that ask for the same share one feed, so that it is rendered once.

A feed listens to one topic. A subscriber is told through its own bounded queue and never waited for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from itertools import count
from typing import Any, Protocol

import msgspec
from attrs import field, frozen
from solders.pubkey import Pubkey

from quatrain.client.accounts import RawAccount
from quatrain.cluster.localnet.kinds import Commitment
from quatrain.cluster.store import BlockRow, Processed

Topic = tuple[Hashable, ...]


@frozen
class AccountChanged:
    """An account after a change; None where it is gone."""

    slot: int
    address: Pubkey
    account: RawAccount | None


@frozen
class Executed:
    """A transaction that left a record."""

    slot: int
    processed: Processed


@frozen
class Received:
    """A transaction that arrived."""

    slot: int
    signature: bytes


@frozen
class BlockEnded:
    """A block that ended."""

    row: BlockRow
    root: int

    @property
    def slot(self) -> int:
        """The slot that begins."""
        return self.row.next


Event = AccountChanged | Executed | Received | BlockEnded


@frozen
class Feed:
    """What one or more subscribers want; equal feeds are one."""

    topic: Topic
    notification: str
    """The name under which its events go out."""
    commitment: Commitment
    key: Hashable
    """Whatever else of the request decides what goes out."""
    render: Callable[[Event], Any] = field(eq=False)
    """The event as the subscriber is told it; None leaves it out."""
    once: bool = False
    """Whether the subscription ends with the first event that is not `Received`."""


class Subscriber(Protocol):
    """Where notifications go."""

    subscriptions: dict[int, Feed]

    def tell(self, message: bytes) -> None:
        """Queue a message; never waits."""
        ...


@frozen
class HubStatistics:
    """How much is going on."""

    feeds: int
    subscriptions: int
    notifications: int
    held: int


class Hub:
    """All subscriptions. `lag` is how many slots later `finalized` subscribers hear of an event."""

    def __init__(self, lag: int = 0):
        self._lag = lag
        self._ids = count(1)
        self._topics: dict[Topic, dict[Feed, dict[int, Subscriber]]] = {}
        self._held: deque[tuple[Topic, Event]] = deque()
        self._notifications = 0

    def subscribe(self, feed: Feed, subscriber: Subscriber) -> int:
        """The number of a new subscription."""
        number = next(self._ids)
        self._topics.setdefault(feed.topic, {}).setdefault(feed, {})[number] = subscriber
        subscriber.subscriptions[number] = feed
        return number

    def unsubscribe(self, number: int, subscriber: Subscriber) -> bool:
        """End a subscription; whether the subscriber had it."""
        feed = subscriber.subscriptions.pop(number, None)
        if feed is None:
            return False
        feeds = self._topics[feed.topic]
        del feeds[feed][number]
        if not feeds[feed]:
            del feeds[feed]
        if not feeds:
            del self._topics[feed.topic]
        return True

    def leave(self, subscriber: Subscriber) -> None:
        """End every subscription of one who has gone."""
        for number in list(subscriber.subscriptions):
            self.unsubscribe(number, subscriber)

    def wants(self, kind: str) -> bool:
        """Whether anybody listens to topics of a kind, or may be told later."""
        return self._lag > 0 or any(topic[0] == kind for topic in self._topics)

    def publish(self, topic: Topic, event: Event) -> None:
        """Tell whoever listens, those that wait for finality when it comes."""
        if self._lag and not isinstance(event, Received | BlockEnded):
            self._held.append((topic, event))
            self._deliver(topic, event, final=False)
        else:
            self._deliver(topic, event, final=None)

    def finalize(self, root: int) -> None:
        """Tell what has become final."""
        while self._held and self._held[0][1].slot <= root:
            topic, event = self._held.popleft()
            self._deliver(topic, event, final=True)

    def tell(self, number: int, event: Event, subscriber: Subscriber) -> None:
        """Tell one subscriber what happened before it asked."""
        self._send(subscriber.subscriptions[number], event, {number: subscriber})

    def statistics(self) -> HubStatistics:
        """As of now."""
        feeds = [subscribers for topic in self._topics.values() for subscribers in topic.values()]
        return HubStatistics(len(feeds), sum(map(len, feeds)), self._notifications, len(self._held))

    def _deliver(self, topic: Topic, event: Event, *, final: bool | None) -> None:
        for feed, subscribers in list(self._topics.get(topic, {}).items()):
            if final is None or final == (feed.commitment is Commitment.FINALIZED):
                self._send(feed, event, dict(subscribers))

    def _send(self, feed: Feed, event: Event, subscribers: dict[int, Subscriber]) -> None:
        result = feed.render(event)
        if result is None:
            return
        body = msgspec.json.encode(result)
        head = b'{"jsonrpc":"2.0","method":"%s","params":{"result":%s,"subscription":' % (
            feed.notification.encode(),
            body,
        )
        for number, subscriber in subscribers.items():
            subscriber.tell(head + b"%d}}" % number)
            self._notifications += 1
            if feed.once and not isinstance(event, Received):
                self.unsubscribe(number, subscriber)


__all__ = [
    "AccountChanged", "BlockEnded", "Event", "Executed", "Feed", "Hub", "HubStatistics", "Received", "Subscriber", "Topic",
]  # fmt: skip
