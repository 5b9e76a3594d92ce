"""The chain on the three databases, with real Redis streams and a fake at the bridge's end."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from esquadrao.campaigns import line
from esquadrao.campaigns.dispatch import dispatch_once
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState, PauseReason
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.pause import cancel, pause, resume
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process
from esquadrao.campaigns.progress import snapshot
from esquadrao.campaigns.verify import verify
from esquadrao.channels.models import Channel
from esquadrao.database import db_now
from esquadrao.messages.ask import ask_unsettled
from esquadrao.messages.models import Message, MessageState
from tests.conftest import Cast
from tests.drain import drain, one_turn, receive, settle_now
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

PEOPLE = 23


@pytest.fixture
async def campaign(cast: Cast) -> Campaign:
    """A draft of Ana's for 23 people over a connected Channel."""
    channel = await make_channel(cast.alfa)
    people = await make_list(cast.alfa, await make_contacts(cast.alfa, PEOPLE))
    return await make_campaign(cast.ana, channel, people)


async def running(cast: Cast, campaign: Campaign) -> None:
    await launch(cast.alfa, cast.ana, campaign.id)
    await verify()
    await process(cast.alfa.id, campaign.id)


async def adds_up(cast: Cast, campaign: Campaign) -> None:
    progress = await snapshot(cast.alfa, campaign.id)
    assert progress.adds_up
    assert await line.recount(cast.alfa.id, campaign.id) == {}


async def test_everybody_gets_their_own_text_once(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    await launch(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    assert Counter(one["text"] for one in fake.writes) == Counter(
        {f"Olá Pessoa {n}": 1 for n in range(PEOPLE)}
    )
    assert len({one["to"] for one in fake.writes}) == PEOPLE
    progress = await snapshot(cast.alfa, campaign.id)
    assert progress.campaign.state is CampaignState.FINISHED
    assert (progress.sent, progress.delivered, progress.read, progress.waiting) == (
        PEOPLE,
        PEOPLE,
        PEOPLE,
        0,
    )
    await adds_up(cast, campaign)


async def test_processing_twice_chooses_nobody_twice(cast: Cast, campaign: Campaign) -> None:
    await running(cast, campaign)
    await (
        Campaign.of(cast.alfa)
        .filter(id=campaign.id)
        .update(state=CampaignState.PROCESSING, audience_cursor=None, is_audience_whole=False)
    )
    await process(cast.alfa.id, campaign.id)
    assert await Delivery.of(cast.alfa).filter(campaign_id=campaign.id).count() == PEOPLE
    assert (await Campaign.one(cast.alfa, campaign.id)).chosen == PEOPLE


async def test_one_message_in_flight_a_channel(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    await running(cast, campaign)
    await prepare(cast.alfa.id, campaign.id)
    assert await dispatch_once() == 1
    assert await dispatch_once() == 0
    assert await Message.of(cast.alfa).filter(state=MessageState.SENDING).count() == 1
    fake.turn()
    await receive()
    assert await dispatch_once() == 1


async def test_the_pace_of_the_channel_holds(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    await Channel.of(cast.alfa).all().update(gap_min=40, gap_max=40)
    await running(cast, campaign)
    await prepare(cast.alfa.id, campaign.id)
    assert await dispatch_once() == 1
    fake.turn()
    await receive()
    assert await dispatch_once() == 0
    channel = await Channel.of(cast.alfa).get()
    assert timedelta(seconds=30) < channel.next_send_at - await db_now() <= timedelta(seconds=40)


async def test_d18_a_paused_campaign_sends_nothing_and_resumes(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    await running(cast, campaign)
    await one_turn(fake)
    before = len(fake.writes)
    await pause(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    assert len(fake.writes) == before < PEOPLE
    await resume(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    assert len({one["to"] for one in fake.writes}) == len(fake.writes) == PEOPLE
    await adds_up(cast, campaign)


async def test_d18_a_cancelled_campaign_sends_nothing_more(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    await running(cast, campaign)
    await one_turn(fake)
    left = len(fake.writes)
    ended = await cancel(cast.alfa, cast.ana, campaign.id)
    assert ended.finished_at is not None
    await drain(fake)
    assert len(fake.writes) == left
    assert ended.cancelled == PEOPLE - left
    await adds_up(cast, campaign)


async def test_a_cancel_in_flight_is_confirmed_only_by_void(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    await running(cast, campaign)
    await prepare(cast.alfa.id, campaign.id)
    await dispatch_once()
    fake.redis.flushall()  # the command is lost on its way
    await cancel(cast.alfa, cast.ana, campaign.id)
    assert await Message.of(cast.alfa).filter(state=MessageState.SENDING).count() == 1
    await ask_unsettled()
    fake.turn()
    await receive()
    assert fake.writes == []
    assert (await Campaign.one(cast.alfa, campaign.id)).cancelled == PEOPLE


async def test_d03_a_lost_command_is_asked_about_and_sent_once_under_the_same_id(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    await running(cast, campaign)
    await prepare(cast.alfa.id, campaign.id)
    await dispatch_once()
    fake.redis.flushall()
    await settle_now(campaign.id)
    assert await ask_unsettled() == 1
    await drain(fake)
    assert len({one["to"] for one in fake.writes}) == len(fake.writes) == PEOPLE
    await adds_up(cast, campaign)


async def test_a_late_command_after_the_question_is_never_written(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    await running(cast, campaign)
    await prepare(cast.alfa.id, campaign.id)
    await dispatch_once()
    late = fake._commands()  # the dispatcher froze: its command comes after the question
    await settle_now(campaign.id)
    await ask_unsettled()
    fake.turn()
    fake.emit([event for command in late for event in fake._answer(command)])
    assert fake.writes == []
    await receive()
    await drain(fake)
    assert len({one["to"] for one in fake.writes}) == len(fake.writes) == PEOPLE


async def test_written_and_never_acknowledged_is_unknown_until_a_receipt(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    fake.receipts = ()
    await running(cast, campaign)
    await prepare(cast.alfa.id, campaign.id)
    await dispatch_once()
    fake.turn()
    await receive()
    await settle_now(campaign.id)
    await ask_unsettled()
    fake.turn()
    await receive()
    progress = await snapshot(cast.alfa, campaign.id)
    assert (progress.unknown, progress.sending, progress.adds_up) == (1, 0, True)
    written = fake.writes[0]
    command = {"company": str(cast.alfa.id), "channel": written["channel"]}
    at = (await db_now()).isoformat()
    fake.emit(
        [
            fake.event(
                command,
                "message.status",
                wa_id=written["wa_id"],
                claim_no=1,
                rank="delivered",
                at=at,
            )
        ]
    )
    await receive()
    progress = await snapshot(cast.alfa, campaign.id)
    assert (progress.unknown, progress.sent, progress.delivered) == (0, 1, 1)


async def test_a_nack_is_a_failure_with_its_reason(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    fake.nack_code = "not_on_whatsapp"
    await launch(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    progress = await snapshot(cast.alfa, campaign.id)
    assert (progress.failed, progress.campaign.state) == (PEOPLE, CampaignState.FINISHED)
    assert await Delivery.of(cast.alfa).filter(reason="not_on_whatsapp").count() == PEOPLE


async def test_d09_events_applied_twice_change_nothing(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    await running(cast, campaign)
    await prepare(cast.alfa.id, campaign.id)
    await dispatch_once()
    fake.turn()
    entries: Any = fake.redis.xrange("esquadrao:events:0")
    assert entries
    await receive()
    once = await snapshot(cast.alfa, campaign.id)
    for _, entry in entries:
        fake.redis.xadd("esquadrao:events:0", entry)
    await receive()
    twice = await snapshot(cast.alfa, campaign.id)
    assert (
        (twice.sent, twice.delivered, twice.read)
        == (once.sent, once.delivered, once.read)
        == (1, 1, 1)
    )


async def test_an_unsigned_event_is_dropped(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    fake.redis.xadd(
        "esquadrao:events:0",
        {"body": b'{"v":1,"batch":"x","ledger_id":"y","events":[]}', "sig": b"00"},
    )
    assert await receive() == 1
    assert fake.redis.xlen("esquadrao:events:0") == 0


async def test_a_campaign_whose_channel_fell_waits_in_words(cast: Cast, campaign: Campaign) -> None:
    await launch(cast.alfa, cast.ana, campaign.id)
    await Channel.of(cast.alfa).all().update(state="stopped")
    await verify()
    paused = await Campaign.one(cast.alfa, campaign.id)
    assert (paused.state, paused.reason) == (
        CampaignState.PAUSED,
        PauseReason.CHANNEL_NOT_CONNECTED,
    )


async def test_d01_a_start_missed_while_off_is_found_and_waits_for_a_person(
    cast: Cast, campaign: Campaign
) -> None:
    await launch(cast.alfa, cast.ana, campaign.id)
    await Campaign.of(cast.alfa).all().update(scheduled_at=await db_now() - timedelta(days=3))
    await verify()
    late = await Campaign.one(cast.alfa, campaign.id)
    assert (late.state, late.reason) == (CampaignState.PAUSED, PauseReason.LATE_START)
    await resume(cast.alfa, cast.ana, campaign.id)
    await verify()
    assert (await Campaign.one(cast.alfa, campaign.id)).state is CampaignState.PROCESSING
