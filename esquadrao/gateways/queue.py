"""Jobs to the workers: the one place that knows Dramatiq.

A job is sent by its wire name, so that whoever rings a stage does not import the actors. A ring for something that is
already waiting to run is dropped: while a worker is down the clock would otherwise pile up thousands of the same hint.
"""

from __future__ import annotations

import asyncio
from functools import cache

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from esquadrao.gateways.redis_client import client
from esquadrao.jobs import ALL_JOBS, Job
from esquadrao.settings import settings

NAMESPACE = "esquadrao:jobs"
# Recovery of a killed worker's messages is a matter of chance per command: 1 in 5 commands looks, and a worker silent
# for 15 s is dead (with Dramatiq's defaults 0 of 4 were back after 200 s; with these 4 of 4 after 20 s).
MAINTENANCE_CHANCE = 200_000
HEARTBEAT_TIMEOUT = 15_000  # ms
RUNG_FOR = 5_000  # ms a ring counts as "waiting to run" at most: the sweep interval


@cache
def broker() -> RedisBroker:
    """The broker without middleware; a worker adds its own (`actors.broker`)."""
    made = RedisBroker(  # type: ignore[no-untyped-call]
        client=client(settings().redis_url),
        namespace=NAMESPACE,
        maintenance_chance=MAINTENANCE_CHANCE,
        heartbeat_timeout=HEARTBEAT_TIMEOUT,
        middleware=[],
    )
    for queue in sorted({job.queue for job in ALL_JOBS}):
        made.declare_queue(queue)
    return made


def rung_key(job: Job) -> str:
    ids = ":".join(str(value) for value in job.to_wire().values())
    return f"{NAMESPACE}:rung:{job.wire_name}:{ids}"


def enqueue(job: Job) -> None:
    """Send one job. Raises redis.ConnectionError when Redis is away."""
    if not broker().client.set(rung_key(job), 1, nx=True, px=RUNG_FOR):
        return
    broker().enqueue(
        dramatiq.Message(
            queue_name=job.queue,
            actor_name=job.wire_name,
            args=(),
            kwargs=job.to_wire(),
            options={},
        )
    )


def answered(job: Job) -> None:
    """The job begins to run: from now on a new ring is news."""
    broker().client.delete(rung_key(job))


async def enqueue_many(jobs: list[Job]) -> None:
    """Send jobs from async code; Dramatiq's client is synchronous and may wait seconds for a Redis that is away."""

    def enqueue_all() -> None:
        for job in jobs:
            enqueue(job)

    if jobs:
        await asyncio.to_thread(enqueue_all)
