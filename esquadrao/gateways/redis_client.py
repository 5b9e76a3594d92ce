"""Redis clients that survive a dropped connection.

redis-py 8's `from_url()` makes a client with no retries at all, so one stale pooled connection is an error
(stack.md, trap 3). Every client of ours is made here.
"""

from __future__ import annotations

import redis
from redis import asyncio as aredis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import TimeoutError as TooSlow
from redis.retry import Retry

TRIES = 5
BACKOFF = ExponentialBackoff(
    cap=1, base=0.05
)  # s; five tries span about a second, then the caller decides
RETRIED: list[type[Exception]] = [Lost, TooSlow]
CALL_TIMEOUT = 5.0  # s; every external call has one
BLOCKING_TIMEOUT = 15.0  # s; for clients that block in XREAD for up to 5 s


def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, retry=Retry(BACKOFF, TRIES), retry_on_error=RETRIED, socket_timeout=CALL_TIMEOUT
    )


def listening_client(url: str) -> aredis.Redis:
    """For subscriptions: no retries, since redis-py would reconnect in silence and nobody would learn of the gap."""
    return aredis.Redis.from_url(url, socket_timeout=BLOCKING_TIMEOUT)


def async_client(url: str, *, blocking: bool = False) -> aredis.Redis:
    return aredis.Redis.from_url(
        url,
        retry=AsyncRetry(BACKOFF, TRIES),
        retry_on_error=RETRIED,
        socket_timeout=BLOCKING_TIMEOUT if blocking else CALL_TIMEOUT,
    )
