"""broadcaster's hub over a Redis backend of ours.

broadcaster 0.3.1 hangs on the first subscribe with redis-py 8, never recovers a dropped connection, loses concurrent
first subscribers and has unbounded queues (stack.md, trap 2). It stays as the facade: `Event`, `Subscriber`, the
fan-out. Pub/sub is at most once: after a gap every subscriber is told to read its state again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from broadcaster import Broadcast, Event
from broadcaster._backends.base import BroadcastBackend
from broadcaster._base import Subscriber
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import TimeoutError as TooSlow

log = structlog.get_logger()

CONTROL = "live:control"  # always subscribed, so that the connection is never idle and never without a channel
GAP = (
    "gap"  # the message every subscriber gets after the connection was lost: read everything again
)
AWAY = (Lost, TooSlow, OSError, AttributeError)
BACKEND_QUEUE = (
    10_000  # events waiting for the hub; beyond it they are dropped and a gap is announced
)
SUBSCRIBER_QUEUE = (
    256  # events waiting for one slow reader; the oldest goes, since any event means "read again"
)
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0  # s between two tries to reach Redis


class ReconnectingBackend(BroadcastBackend):
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._channels: set[str] = {CONTROL}
        self._queue: asyncio.Queue[Event] = asyncio.Queue(BACKEND_QUEUE)
        self._pubsub: Any = None
        self._is_up = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self._task = asyncio.create_task(self._listen(), name="live-redis")
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._is_up.wait(), LONGEST_WAIT)

    async def disconnect(self) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._redis.aclose()

    async def subscribe(self, channel: str) -> None:
        self._channels.add(channel)  # a reconnect subscribes again from this set
        if self._pubsub is not None:
            with contextlib.suppress(*AWAY):
                await self._pubsub.subscribe(channel)

    async def unsubscribe(self, channel: str) -> None:
        self._channels.discard(channel)
        if self._pubsub is not None:
            with contextlib.suppress(*AWAY):
                await self._pubsub.unsubscribe(channel)

    async def publish(self, channel: str, message: Any) -> None:
        await self._redis.publish(channel, message)

    async def next_published(self) -> Event:
        return await self._queue.get()

    async def _listen(self) -> None:
        wait, was_lost = FIRST_WAIT, False
        while True:
            pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
            try:
                await pubsub.subscribe(*self._channels)
                self._pubsub = pubsub
                self._is_up.set()
                if was_lost:
                    self._announce_gap()
                wait, was_lost = FIRST_WAIT, False
                await self._forward(pubsub)
            except AWAY as error:
                log.warning("live_redis_lost", error=repr(error), retry_in=wait)
                was_lost = True
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            finally:
                self._pubsub = None
                with contextlib.suppress(Exception):
                    await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _forward(self, pubsub: Any) -> None:
        while True:
            heard = await pubsub.get_message(timeout=10.0)
            if heard is None or heard["type"] != "message":
                continue
            event = Event(channel=heard["channel"].decode(), message=heard["data"].decode())
            if self._queue.full():
                self._queue.get_nowait()
            self._queue.put_nowait(event)

    def _announce_gap(self) -> None:
        for channel in self._channels - {CONTROL}:
            if not self._queue.full():
                self._queue.put_nowait(Event(channel=channel, message=GAP))


class Hub(Broadcast):
    """Fan-out to the subscribers of this process; a slow one loses its oldest event and never blocks the others."""

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncIterator[Subscriber]:
        queue: asyncio.Queue[Event | None] = asyncio.Queue(SUBSCRIBER_QUEUE)
        subscribers = self._subscribers.setdefault(channel, set())
        is_first = not subscribers
        subscribers.add(queue)  # before awaiting, or two first subscribers overwrite each other
        try:
            if is_first:
                await self._backend.subscribe(channel)
            yield Subscriber(queue)
        finally:
            subscribers.discard(queue)
            if not subscribers and self._subscribers.get(channel) is subscribers:
                del self._subscribers[channel]
                await self._backend.unsubscribe(channel)
                if channel in self._subscribers:  # someone came back while we awaited
                    await self._backend.subscribe(channel)

    async def _listener(self) -> None:
        while True:
            event = await self._backend.next_published()
            for queue in list(self._subscribers.get(event.channel, ())):
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(event)
