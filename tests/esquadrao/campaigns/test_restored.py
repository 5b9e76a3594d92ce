"""The database went back: nothing leaves until a person resumes, and nobody receives again what the ledger knows."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import redis
from tortoise.expressions import F

from esquadrao import instance
from esquadrao.campaigns import line
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass, DeliveryState, PauseReason
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.pause import resume
from esquadrao.campaigns.progress import snapshot
from esquadrao.campaigns.restored import look, recover
from esquadrao.campaigns.sweep import sweep
from esquadrao.channels.models import Channel
from esquadrao.database import db_now
from esquadrao.gateways import witness
from esquadrao.messages.models import Message, MessageState
from tests.conftest import Cast
from tests.drain import drain, one_turn, receive
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

PEOPLE = 6


@pytest.fixture
async def campaign(cast: Cast) -> Campaign:
    channel = await make_channel(cast.alfa)
    everybody = await make_list(cast.alfa, await make_contacts(cast.alfa, PEOPLE))
    campaign = await make_campaign(cast.ana, channel, everybody)
    await launch(cast.alfa, cast.ana, campaign.id)
    return campaign


async def go_back(campaign: Campaign) -> None:
    """The rows as a snapshot had them: two Messages prepared and unsent, nobody else has one; and an older beat."""
    rows = Message.of(campaign.company_id)
    kept = [one.id for one in await rows.order_by("id").limit(2)]
    gone = await rows.exclude(id__in=kept)
    await rows.exclude(id__in=kept).delete()
    await (
        Message.of(campaign.company_id)
        .all()
        .update(
            state=MessageState.PENDING,
            claim_no=0,
            ledger_id=None,
            settle_by=None,
            server_ack_at=None,
            accepted_at=None,
            delivered_at=None,
            read_at=None,
        )
    )
    waiting = Delivery.of(campaign.company_id).filter(campaign_id=campaign.id)
    await waiting.update(state=DeliveryState.QUEUED, line_class=DeliveryClass.WAITING)
    await waiting.filter(id__in=[one.delivery_id for one in gone]).update(
        state=DeliveryState.CHOSEN
    )
    await (
        Campaign.of(campaign.company_id)
        .filter(id=campaign.id)
        .update(
            state=CampaignState.RUNNING,
            finished_at=None,
            waiting=PEOPLE,
            sent=0,
            delivered_count=0,
            read_count=0,
        )
    )
    await Channel.of(campaign.company_id).all().update(in_flight_message=None)
    await instance.Instance.all().update(beat=F("beat") - 1)


async def test_after_a_restore_campaigns_come_back_paused_and_nobody_receives_again(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    for _ in range(3):
        await look()
    await drain(fake)
    assert len(fake.writes) == PEOPLE
    await go_back(campaign)
    await look()
    paused = await snapshot(cast.alfa, campaign.id)
    assert (paused.campaign.state, paused.campaign.reason) == (
        CampaignState.PAUSED,
        PauseReason.RESTORED,
    )
    assert (paused.sending, paused.waiting, paused.adds_up) == (2, PEOPLE - 2, True)
    assert await line.recount(cast.alfa.id, campaign.id) == {}
    await sweep()  # asks
    await drain(fake)
    assert (await snapshot(cast.alfa, campaign.id)).sent == 2  # the ledger knew
    assert len(fake.writes) == PEOPLE
    await resume(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    ended = await snapshot(cast.alfa, campaign.id)
    assert (ended.sent, ended.campaign.state) == (PEOPLE, CampaignState.FINISHED)
    assert len(fake.writes) == PEOPLE
    assert await line.recount(cast.alfa.id, campaign.id) == {}


async def test_what_the_lost_hours_had_not_sent_is_sent_after_somebody_resumed(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    await look()
    await look()
    for _ in range(2):
        await one_turn(fake)
    sent = len(fake.writes)
    assert 0 < sent < PEOPLE
    await instance.Instance.all().update(beat=F("beat") - 1)
    await sweep()
    await drain(fake)
    assert len(fake.writes) == sent
    assert await Message.of(cast.alfa).filter(state=MessageState.PENDING).count() > 0
    await resume(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    assert sorted(one["to"] for one in fake.writes) == sorted({one["to"] for one in fake.writes})
    assert (await snapshot(cast.alfa, campaign.id)).sent == PEOPLE


async def test_with_another_ledger_what_was_not_ended_is_unknown_and_a_persons_to_decide(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    await drain(fake)
    await go_back(campaign)
    fake.ledger_id, fake.ledger = "ledger-after-the-loss", {}
    await recover()
    await sweep()
    fake.turn()
    await receive()
    assert await Message.of(cast.alfa).filter(state=MessageState.UNKNOWN).count() == 2
    assert len(fake.writes) == PEOPLE


async def test_a_command_of_the_lost_hours_is_below_the_fence(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    """It still lies in a stream when the database comes back."""
    fake.is_deaf = True
    for _ in range(2):
        await one_turn(fake)
    flying = await Message.of(cast.alfa).get(state=MessageState.SENDING)
    await recover()
    raised = await Message.one(cast.alfa, flying.id)
    assert raised.claim_no > flying.claim_no
    assert raised.settle_by is not None
    assert raised.settle_by <= await db_now() + timedelta(seconds=1)


async def test_a_sweep_that_beats_while_another_looks_is_no_restore(
    cast: Cast, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered = witness.remembered

    async def after_a_beat(key: UUID) -> int:
        await instance.beat()
        return await remembered(key)

    monkeypatch.setattr(witness, "remembered", after_a_beat)
    await look()
    assert (await Campaign.one(cast.alfa, campaign.id)).state is CampaignState.SCHEDULED


async def test_without_a_restore_nothing_is_paused(
    cast: Cast, campaign: Campaign, fake: FakeBridge, clean_redis: redis.Redis
) -> None:
    """Nor when Redis is emptied: then it remembers nothing."""
    for _ in range(3):
        await look()
    clean_redis.flushall()
    await look()
    assert (await Campaign.one(cast.alfa, campaign.id)).state is CampaignState.SCHEDULED
    assert (await instance.known()).epoch == 1
