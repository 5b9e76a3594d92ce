"""The broker a worker runs: middleware in order, with the reason of each."""

from __future__ import annotations

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, Callbacks, Retries, ShutdownNotifications, TimeLimit
from dramatiq.middleware.asyncio import AsyncIO

from actors.bridge_stream import BridgeStream
from actors.open_database import OpenDatabase
from esquadrao.gateways import queue

LONGEST_JOB = (
    10 * 60 * 1000
)  # ms; process of a million contacts takes minutes, nothing takes longer
# A job is a hint that the sweeper rings again within seconds: more tries than this only delay the dead letter.
MOST_RETRIES = 3
FIRST_RETRY, LAST_RETRY = 1_000, 15_000  # ms


def set_broker() -> RedisBroker:
    """The queue's broker with a worker's middleware; call once, before the actors are declared."""
    broker = queue.broker()
    for middleware in (
        AgeLimit(),  # drops nothing of ours today: a hint that is old is still true
        TimeLimit(time_limit=LONGEST_JOB),  # a job that hangs gives its thread back
        ShutdownNotifications(),  # actors that ask for it hear of SIGTERM
        Callbacks(),
        Retries(max_retries=MOST_RETRIES, min_backoff=FIRST_RETRY, max_backoff=LAST_RETRY),
        AsyncIO(),  # one event loop a process runs every async actor,
        OpenDatabase(),  # the ORM belongs to that loop,
        BridgeStream(),  # and so does the applier of the bridge's events; after-hooks run in reverse
    ):
        broker.add_middleware(middleware)
    dramatiq.set_broker(broker)
    return broker
