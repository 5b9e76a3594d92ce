"""A hint that was lost costs an interval, never a Message."""

from __future__ import annotations

import pytest
import redis

from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.process import process
from esquadrao.campaigns.sweep import sweep
from esquadrao.campaigns.verify import verify
from esquadrao.channels import pair
from esquadrao.channels.models import Channel, ChannelState
from tests.conftest import Cast
from tests.drain import receive, rung
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge


@pytest.fixture
async def campaign(cast: Cast) -> Campaign:
    channel = await make_channel(cast.alfa)
    people = await make_list(cast.alfa, await make_contacts(cast.alfa, 3))
    made = await make_campaign(cast.ana, channel, people)
    await launch(cast.alfa, cast.ana, made.id)
    return made


async def test_d23_every_stage_is_rung_again_after_a_flush(
    cast: Cast, campaign: Campaign, clean_redis: redis.Redis
) -> None:
    clean_redis.flushall()
    await sweep()
    assert {"campaign.verify", "message.dispatch"} <= rung(clean_redis)
    await verify()
    clean_redis.flushall()
    await sweep()
    assert "campaign.process" in rung(clean_redis)
    await process(cast.alfa.id, campaign.id)
    clean_redis.flushall()
    await sweep()
    assert "campaign.prepare" in rung(clean_redis)


async def test_a_campaign_with_nothing_left_to_do_is_finished(
    cast: Cast, campaign: Campaign
) -> None:
    await Campaign.of(cast.alfa).all().update(state=CampaignState.RUNNING, is_audience_whole=True)
    await sweep()
    assert (await Campaign.one(cast.alfa, campaign.id)).state is CampaignState.FINISHED


async def test_a_wish_is_sent_again_until_a_state_echoes_it(
    cast: Cast, clean_redis: redis.Redis
) -> None:
    fake = FakeBridge(clean_redis)
    channel = await make_channel(cast.alfa, is_connected=False)
    await pair.start(cast.alfa, cast.ana, channel.id)
    clean_redis.flushall()
    await sweep()
    assert fake.turn() == 1
    await receive()
    told = await Channel.one(cast.alfa, channel.id)
    assert (told.state, told.echoed_version) == (ChannelState.CONNECTED, told.wish_version)
    await sweep()
    assert fake.turn() == 0
