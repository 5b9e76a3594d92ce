"""Live signals: publish from anywhere, listen in web processes. Losing one is harmless: pages read the state again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from esquadrao.gateways.live_backend import GAP, Hub, ReconnectingBackend
from esquadrao.gateways.redis_client import async_client, listening_client
from esquadrao.settings import settings
from esquadrao.signals import Signal, topic_of

__all__ = ["GAP", "close", "listen", "open_hub", "publish_many"]

_hub: Hub | None = None
_publisher: tuple[asyncio.AbstractEventLoop, Redis] | None = None


async def open_hub() -> None:
    """Begin to listen; once a web process, in its lifespan."""
    global _hub  # noqa: PLW0603  # one hub a process, owned by the lifespan
    _hub = Hub(backend=ReconnectingBackend(listening_client(settings().redis_url)))
    await _hub.connect()


async def close() -> None:
    global _hub, _publisher  # noqa: PLW0603
    if _hub is not None:
        await _hub.disconnect()
        _hub = None
    if _publisher is not None:
        await _publisher[1].aclose()
        _publisher = None


async def publish_many(signals: list[Signal]) -> None:
    """Tell every web process. Raises redis errors; the caller (`unit_of_work`) lets them go."""
    if not signals:
        return
    pipeline = _redis().pipeline(transaction=False)
    for signal in signals:
        pipeline.publish(signal.topic, signal.event)
    await pipeline.execute()


@asynccontextmanager
async def listen(company_id: UUID) -> AsyncIterator[Any]:
    """An async iterator of events of one Company: `event.message` is `campaign-<id>` or GAP (read everything again)."""
    if _hub is None:
        raise RuntimeError("open_hub() first: only web processes listen")
    async with _hub.subscribe(topic_of(company_id)) as events:
        yield events


def _redis() -> Redis:
    """A publisher a loop: a client must not be shared between event loops, and commands and tests make their own."""
    global _publisher  # noqa: PLW0603
    loop = asyncio.get_running_loop()
    if _publisher is None or _publisher[0] is not loop:
        _publisher = (loop, async_client(settings().redis_url))
    return _publisher[1]
