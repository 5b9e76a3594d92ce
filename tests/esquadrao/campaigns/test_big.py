"""What is read along one index says the same as a count or a sort of every row."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from esquadrao.campaigns import big, line, sweep
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process, take_chunk
from esquadrao.campaigns.progress import deliveries
from esquadrao.database import db_now, dialect, locked
from esquadrao.messages.models import Message, MessageState
from esquadrao.unit_of_work import unit_of_work
from tests.conftest import Cast
from tests.factories import make_campaign, make_channel, make_contacts, make_list

PEOPLE = 9


@pytest.fixture
async def campaign(cast: Cast) -> Campaign:
    """Running, with a few Messages prepared."""
    channel = await make_channel(cast.alfa)
    people = await make_list(cast.alfa, await make_contacts(cast.alfa, PEOPLE))
    made = await make_campaign(cast.ana, channel, people)
    await Campaign.of(cast.alfa).filter(id=made.id).update(state=CampaignState.PROCESSING)
    await process(cast.alfa.id, made.id)
    await prepare(cast.alfa.id, made.id)
    return made


async def test_people_of_every_class_come_in_one_order(cast: Cast, campaign: Campaign) -> None:
    ids = [one.id for one in await Delivery.of(cast.alfa).order_by("id")]
    classes = [DeliveryClass.SENT, DeliveryClass.WAITING, DeliveryClass.FAILED]
    for at, delivery_id in enumerate(ids):
        await Delivery.of(cast.alfa).filter(id=delivery_id).update(line_class=classes[at % 3])
    first = await deliveries(cast.alfa, campaign.id, limit=5)
    rest = await deliveries(cast.alfa, campaign.id, after=first[-1].id, limit=5)
    assert [one.id for one in first + rest] == ids
    sent = await deliveries(cast.alfa, campaign.id, line_class=DeliveryClass.SENT)
    assert [one.id for one in sent] == ids[::3]


async def test_the_rate_counts_whom_the_server_acknowledged_since(
    cast: Cast, campaign: Campaign
) -> None:
    moment = await db_now()
    ids = [one.id for one in await Message.of(cast.alfa).order_by("id")]
    ago = timedelta(seconds=30)
    for message_id, state, at in (
        (ids[0], MessageState.READ, moment - 3 * ago),
        (ids[1], MessageState.READ, moment - ago),
        (ids[2], MessageState.DELIVERED, moment - ago),
        (ids[3], MessageState.SERVER_ACK, moment),
        (ids[4], MessageState.FAILED, moment),
    ):
        await Message.of(cast.alfa).filter(id=message_id).update(state=state, server_ack_at=at)
    assert await big.sent_since(cast.alfa.id, campaign.id, moment - 2 * ago) == 3
    assert await big.sent_since(cast.beta.id, campaign.id, moment - 2 * ago) == 0


async def test_a_counter_that_differs_is_mended(cast: Cast, campaign: Campaign) -> None:
    assert await line.recount(cast.alfa.id, campaign.id) == {}
    await Campaign.of(cast.alfa).filter(id=campaign.id).update(sent=2, waiting=PEOPLE - 1)
    assert await line.recount(cast.alfa.id, campaign.id) == {"sent": -2, "waiting": 1}
    mended = await Campaign.one(cast.alfa, campaign.id)
    assert (mended.sent, mended.waiting) == (0, PEOPLE)


async def test_counters_are_left_alone_while_the_audience_is_chosen(
    cast: Cast, campaign: Campaign
) -> None:
    await (
        Campaign.of(cast.alfa).filter(id=campaign.id).update(state=CampaignState.PROCESSING, sent=2)
    )
    assert await line.recount(cast.alfa.id, campaign.id) == {}


async def test_the_sweeper_reaches_campaigns_beyond_one_batch(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [await make_campaign(cast.ana, None, None, name=f"Aviso {at}") for at in range(3)]
    await (
        Campaign.of(cast.alfa)
        .filter(id__in=[one.id for one in made])
        .update(state=CampaignState.RUNNING, is_audience_whole=True)
    )
    monkeypatch.setattr(sweep, "MOST", 1)
    await sweep.sweep()
    assert await Campaign.of(cast.alfa).filter(state=CampaignState.FINISHED).count() == 3


async def test_two_workers_do_not_wait_for_each_other_at_one_audience(
    cast: Cast, campaign: Campaign
) -> None:
    if dialect() == "sqlite":
        pytest.skip("one writer: its lock is the database's")
    await Campaign.of(cast.alfa).filter(id=campaign.id).update(state=CampaignState.PROCESSING)
    taken = asyncio.Event()

    async def second() -> bool:
        await taken.wait()
        return await take_chunk(cast.alfa.id, campaign.id)

    other = asyncio.create_task(second())
    async with unit_of_work():
        await locked(Campaign.of(cast.alfa).filter(id=campaign.id)).get()
        taken.set()
        assert await asyncio.wait_for(other, 10) is False
