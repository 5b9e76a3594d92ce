"""The promise when the servers below us go: Redis emptied and restarted, the database cut off in the middle."""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.conftest import QUICK
from tests.faults.ground import Ground
from tests.faults.story import Story

pytestmark = pytest.mark.faults


async def test_an_emptied_and_a_killed_redis_cost_no_message(ground: Ground) -> None:
    """Queue, streams, consumer groups and live signals are gone at once; then the server itself, twice."""
    story = await Story.begun(ground, people=20, settings=QUICK)
    for share, fault in (
        (0.0, "flush"),
        (0.2, "kill"),
        (0.4, "flush"),
        (0.6, "kill"),
        (0.8, "flush"),
    ):
        await story.sent(share)
        if fault == "flush":
            with ground.redis() as client:
                client.flushall()
        else:
            ground.kill("redis")
            ground.start_redis()
    await story.promise_kept()


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
async def test_a_database_that_crashes_and_recovers_costs_no_message(ground: Ground) -> None:
    """PostgreSQL as `-m immediate` stops it, MariaDB by kill -9: no checkpoint, every session cut, then recovery."""
    story = await Story.begun(ground, people=20, settings=QUICK)
    assert ground.server is not None
    for share in (0.1, 0.5):
        await story.sent(share)
        await asyncio.to_thread(ground.server.crash)  # our own connections hear of it meanwhile
        ground.server.start()  # in this thread: a server dies with the thread that started it
    await story.promise_kept()
