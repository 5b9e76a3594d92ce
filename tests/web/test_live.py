from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import UUID

import pytest

from esquadrao.campaigns import progress
from esquadrao.campaigns.models import Campaign
from esquadrao.channels.models import Channel
from esquadrao.clock import now
from esquadrao.companies import sessions
from esquadrao.companies.models import Company
from esquadrao.gateways import live
from esquadrao.signals import Signal, Subject
from tests.browsing import Browser
from tests.conftest import Cast
from tests.factories import make_campaign
from web import figures
from web import live as stream


async def make(company: Company) -> Channel:
    channel = Channel(
        company_id=company.id,
        name="Vendas 1",
        state_since=now(),
        next_send_at=now(),
        gap_min=0,
        gap_max=1,
    )
    await channel.save()
    return channel


@pytest.fixture
async def hub(sqlite_cast: Cast) -> AsyncIterator[None]:
    await live.open_hub()
    yield
    await live.close()


async def test_topics_are_of_the_company_and_for_the_role(
    ana: Browser, bruno: Browser, carla: Browser, sqlite_cast: Cast
) -> None:
    channel = await make(sqlite_cast.alfa)
    unknown = "019aa0b0-0000-7000-8000-000000000000"
    for topics in (f"channel-{channel.id}", f"channel-{unknown}", "channel-x", "secret-1", ""):
        assert (await carla.get(f"/live?topics={topics}")).status_code == 404
    mixed = f"channel-{(await make(sqlite_cast.beta)).id},channel-{channel.id}"
    assert (await carla.get(f"/live?topics={mixed}")).status_code == 404
    assert (await bruno.get(f"/live?topics=campaign-{unknown}")).status_code == 403
    many = ",".join(f"channel-{unknown[:-2]}{number}" for number in range(10, 71))
    assert (await ana.get(f"/live?topics={many}")).status_code == 404


async def events(cast: Cast, token: str, topics: tuple[str, ...]) -> AsyncIterator[str]:
    me = await sessions.find(token)
    assert me is not None
    async with aclosing(stream._events(me, token, topics)) as heard:  # type: ignore[type-var]
        async for event in heard:
            yield str(event.event)


async def test_a_stream_begins_with_every_topic_and_forwards_its_own(
    hub: None, ana: Browser, sqlite_cast: Cast
) -> None:
    one, other = await make(sqlite_cast.alfa), await make(sqlite_cast.alfa)
    theirs = await make(sqlite_cast.beta)
    topics = (f"channel-{one.id}", f"channel-{other.id}")
    heard = events(sqlite_cast, ana.cookies["sid"], topics)
    assert [await anext(heard), await anext(heard)] == list(topics)
    waiting = asyncio.ensure_future(anext(heard))
    await live.publish_many(
        [
            Signal(sqlite_cast.beta.id, Subject.CHANNEL, theirs.id),
            Signal(sqlite_cast.alfa.id, Subject.CAMPAIGN, one.id),
            Signal(sqlite_cast.alfa.id, Subject.CHANNEL, other.id),
        ]
    )
    assert await asyncio.wait_for(waiting, 5) == f"channel-{other.id}"
    await heard.aclose()  # type: ignore[attr-defined]
    assert not stream._open


async def test_a_gap_means_every_topic_again(hub: None, ana: Browser, sqlite_cast: Cast) -> None:
    one = await make(sqlite_cast.alfa)
    heard = events(sqlite_cast, ana.cookies["sid"], (f"channel-{one.id}",))
    await anext(heard)
    waiting = asyncio.ensure_future(anext(heard))
    assert live._hub is not None
    await live._hub.publish(f"live:{sqlite_cast.alfa.id}", live.GAP)
    assert await asyncio.wait_for(waiting, 5) == f"channel-{one.id}"
    await heard.aclose()  # type: ignore[attr-defined]


async def test_a_stream_ends_with_its_session(
    hub: None, ana: Browser, sqlite_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await make(sqlite_cast.alfa)
    monkeypatch.setattr(stream, "CHECKED_EACH", 0.0)
    heard = events(sqlite_cast, ana.cookies["sid"], (f"channel-{one.id}",))
    assert await anext(heard)
    await ana.submit("/sign-out")
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(heard), 5)


async def test_too_many_pages_of_one_person_wait(ana: Browser, sqlite_cast: Cast) -> None:
    one = await make(sqlite_cast.alfa)
    stream._open[sqlite_cast.ana.id] = stream.STREAMS_A_USER
    try:
        answer = await ana.get(f"/live?topics=channel-{one.id}")
    finally:
        del stream._open[sqlite_cast.ana.id]
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


async def test_the_page_of_a_campaign_gets_its_counters_by_the_stream(
    hub: None, ana: Browser, sqlite_cast: Cast
) -> None:
    campaign = await make_campaign(sqlite_cast.ana, None, None)
    me = await sessions.find(ana.cookies["sid"])
    assert me is not None
    topic = f"campaign-{campaign.id}"
    async with aclosing(stream._events(me, ana.cookies["sid"], (topic,))) as heard:  # type: ignore[type-var]
        assert (await anext(heard)).event == topic
        waiting = asyncio.ensure_future(anext(heard))
        await asyncio.sleep(0)
        await Campaign.of(sqlite_cast.alfa).filter(id=campaign.id).update(chosen=7, sent=7)
        await live.publish_many([Signal(sqlite_cast.alfa.id, Subject.CAMPAIGN, campaign.id)])
        figures = await asyncio.wait_for(waiting, 5)
        assert figures.event == f"figures-{campaign.id}"
        assert "7 enviadas" in str(figures.data)
        assert (await asyncio.wait_for(anext(heard), 5)).event == topic


async def test_many_open_pages_read_the_counters_once(
    sqlite_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await make_campaign(sqlite_cast.ana, None, None)
    reads = 0
    counted = progress.counted

    async def count(company_id: UUID, campaign_id: UUID) -> progress.Progress:
        nonlocal reads
        reads += 1
        return await counted(company_id, campaign_id)

    monkeypatch.setattr(progress, "counted", count)
    asked = [figures.figures(sqlite_cast.alfa.id, campaign.id) for _ in range(200)]
    assert len(set(await asyncio.gather(*asked))) == 1
    assert reads == 1
    await figures.figures(sqlite_cast.alfa.id, campaign.id)
    assert reads == 2, "what changed after a read needs another one"


def test_the_more_pages_are_open_the_rarer_each_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    someone = UUID(int=1)
    monkeypatch.setattr(stream, "_open", Counter({someone: 3}))
    assert stream._turn() == 0.0
    monkeypatch.setattr(stream, "_open", Counter({someone: 200}))
    assert 10.0 <= stream._turn() <= 30.0
