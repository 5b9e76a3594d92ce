"""Replies count once, for the last Campaign that arrived, for as long as the Company says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.pause import pause, resume
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process
from esquadrao.campaigns.verify import verify
from esquadrao.channels.models import Channel
from esquadrao.companies.models import Company
from esquadrao.contacts.models import Contact
from esquadrao.database import db_now
from esquadrao.messages.models import Message
from tests.conftest import Cast
from tests.drain import drain, receive
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

PEOPLE = 6
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
async def channel(cast: Cast) -> Channel:
    return await make_channel(cast.alfa)


@pytest.fixture
async def people(cast: Cast) -> list[Contact]:
    return await make_contacts(cast.alfa, PEOPLE)


async def running(cast: Cast, channel: Channel, people: list[Contact], name: str) -> Campaign:
    everybody = await make_list(cast.alfa, people, name=name)
    campaign = await make_campaign(cast.ana, channel, everybody, name=name, body=name)
    await launch(cast.alfa, cast.ana, campaign.id)
    await verify()
    await process(cast.alfa.id, campaign.id)
    return campaign


async def test_an_answer_counts_once_and_only_within_its_time(
    cast: Cast, channel: Channel, people: list[Contact], fake: FakeBridge
) -> None:
    campaign = await running(cast, channel, people, "Um")
    await drain(fake)
    await Company.of(cast.alfa).update(reply_days=2)
    for who, since in ((people[0], -A_MINUTE), (people[1], A_MINUTE)):
        theirs = Message.of(cast.alfa).filter(contact_id=who.id)
        await theirs.update(server_ack_at=await db_now() - timedelta(days=2) - since)
    for one in (people[0], people[0], people[1]):
        fake.says(channel, one.phone, "Quanto custa?")
    await receive()
    assert (await Campaign.one(cast.alfa, campaign.id)).replied_count == 1
    replied = await Delivery.of(cast.alfa).filter(replied_at__isnull=False)
    assert [one.contact_id for one in replied] == [people[0].id]


async def test_an_answer_is_to_the_last_campaign_that_arrived(
    cast: Cast, channel: Channel, people: list[Contact], fake: FakeBridge
) -> None:
    """Prepared first and sent last: what counts is when it reached them."""
    first = await running(cast, channel, people[:1], "Primeira")
    await prepare(cast.alfa.id, first.id)
    await pause(cast.alfa, cast.ana, first.id)
    second = await running(cast, channel, people[:1], "Segunda")
    await drain(fake)
    await resume(cast.alfa, cast.ana, first.id)
    await drain(fake)
    fake.says(channel, people[0].phone, "Quanto custa?")
    await receive()
    counted = [(await Campaign.one(cast.alfa, one.id)).replied_count for one in (first, second)]
    assert counted == [1, 0]
