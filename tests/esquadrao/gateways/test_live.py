"""Signals over a real Redis: fan-out, and the way back after the connection is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import redis

from esquadrao.gateways import live
from esquadrao.signals import Signal, Subject
from esquadrao.tenancy import new_id

SOON = 10  # s a signal may take on a loaded machine; nothing is measured


@pytest.fixture
async def hub(clean_redis: redis.Redis) -> AsyncIterator[redis.Redis]:
    await live.open_hub()
    yield clean_redis
    await live.close()


async def test_d22_a_signal_reaches_its_company_and_no_other(hub: redis.Redis) -> None:
    alfa, beta, campaign = new_id(), new_id(), new_id()
    async with live.listen(alfa) as ours, live.listen(beta) as theirs:
        await live.publish_many([Signal(alfa, Subject.CAMPAIGN, campaign)])
        heard = await asyncio.wait_for(ours.get(), SOON)
        assert heard.message == f"campaign-{campaign}"
        await live.publish_many([Signal(beta, Subject.CHANNEL, campaign)])
        assert (await asyncio.wait_for(theirs.get(), SOON)).message == f"channel-{campaign}"


async def test_after_a_lost_connection_everyone_reads_again(hub: redis.Redis) -> None:
    alfa = new_id()
    async with live.listen(alfa) as ours:
        hub.client_kill_filter(_type="pubsub")
        assert (await asyncio.wait_for(ours.get(), SOON)).message == live.GAP
        await live.publish_many([Signal(alfa, Subject.CHANNEL, alfa)])
        assert (await asyncio.wait_for(ours.get(), SOON)).message == f"channel-{alfa}"


async def test_two_first_listeners_both_hear(hub: redis.Redis) -> None:
    alfa = new_id()

    async def one() -> str:
        async with live.listen(alfa) as ours:
            return str((await asyncio.wait_for(ours.get(), SOON)).message)

    listeners = [asyncio.create_task(one()) for _ in range(2)]
    while not all(task.done() for task in listeners):
        await live.publish_many([Signal(alfa, Subject.IMPORT, alfa)])
        await asyncio.sleep(0)
    assert [task.result() for task in listeners] == [f"import-{alfa}"] * 2
