"""A Campaign's own pace is chosen, changed while it moves, and holds before the next write."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from esquadrao.campaigns import draft, verify
from esquadrao.campaigns.dispatch import dispatch_once
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.progress import snapshot
from esquadrao.campaigns.slow import slow
from esquadrao.channels.models import Channel
from esquadrao.clock_guard import ClockGuard
from esquadrao.database import db_now
from esquadrao.errors import Conflict, Forbidden, Invalid, NotFound
from esquadrao.messages.gate_codes import Code
from esquadrao.messages.models import Message
from tests.conftest import Cast
from tests.drain import drain, one_turn, receive
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

PEOPLE = 3


@pytest.fixture
async def campaign(cast: Cast, fake: FakeBridge) -> Campaign:
    """Running, its window prepared, its first Message with WhatsApp."""
    people = await make_list(cast.alfa, await make_contacts(cast.alfa, PEOPLE))
    made = await make_campaign(cast.ana, await make_channel(cast.alfa), people)
    await launch(cast.alfa, cast.ana, made.id)
    await one_turn(fake)
    await receive()
    assert len(fake.writes) == 1
    return await Campaign.one(cast.alfa, made.id)


async def last_sent(cast: Cast) -> datetime:
    moment = (await Channel.of(cast.alfa).get()).last_sent_at
    assert moment is not None
    return moment


async def test_it_holds_before_the_next_write_and_is_lifted_as_quickly(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    slowed = await slow(cast.alfa, cast.ana, campaign.id, 600)
    assert slowed.own_gap_until is not None
    pause = slowed.own_gap_until - await last_sent(cast)
    assert timedelta(seconds=600) <= pause <= timedelta(seconds=900)
    await drain(fake)
    assert len(fake.writes) == 1
    seen = await snapshot(cast.alfa, campaign.id)
    assert seen.wait is not None
    assert (seen.wait.code, seen.wait.values, seen.wait.until) == (
        Code.CAMPAIGN_PACE,
        {"limit": "600"},
        slowed.own_gap_until,
    )
    assert seen.wait.who_name == cast.ana.name
    assert seen.expected_end is not None
    assert seen.expected_end >= slowed.own_gap_until + timedelta(seconds=600)
    free = await slow(cast.alfa, cast.ana, campaign.id, None)
    assert (free.own_gap, free.own_gap_until) == (None, None)
    await drain(fake)
    assert len(fake.writes) == PEOPLE
    assert (await Campaign.one(cast.alfa, campaign.id)).state is CampaignState.FINISHED


async def test_a_send_draws_the_next_pause_and_a_crash_draws_none(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    own = Campaign.of(cast.alfa).filter(id=campaign.id)
    await own.update(own_gap=600)
    before = await db_now()
    assert await dispatch_once() == 1
    waits = (await own.get()).own_gap_until
    assert waits is not None
    assert timedelta(seconds=600) <= waits - before
    assert waits - await db_now() <= timedelta(seconds=900)
    fake.turn()
    await receive()
    await drain(fake)
    assert len(fake.writes) == 2


async def test_a_shorter_gap_hurries_and_a_longer_one_never_does(
    cast: Cast, campaign: Campaign
) -> None:
    moments = []
    for gap in (600, 1_200, 60, 3_600):
        changed = await slow(cast.alfa, cast.ana, campaign.id, gap)
        assert changed.own_gap_until is not None
        moments.append((changed.own_gap_until - await last_sent(cast)).total_seconds())
    assert 600 <= moments[0] <= 900
    assert 1_200 <= moments[1] <= 1_800
    assert 60 <= moments[2] <= 90
    assert 3_600 <= moments[3] <= 5_400
    same = await slow(cast.alfa, cast.ana, campaign.id, 3_600)
    assert same.version == campaign.version + 4, "the same again changes nothing"


@pytest.mark.parametrize(
    "state", [CampaignState.DRAFT, CampaignState.SCHEDULED, CampaignState.PAUSED]
)
async def test_who_has_not_begun_starts_without_a_pause(cast: Cast, state: CampaignState) -> None:
    channel = await make_channel(cast.alfa)
    await Channel.of(cast.alfa).filter(id=channel.id).update(last_sent_at=await db_now())
    made = await make_campaign(cast.ana, channel, None)
    await Campaign.of(cast.alfa).filter(id=made.id).update(state=state)
    changed = await slow(cast.alfa, cast.ana, made.id, 300)
    assert (changed.own_gap, changed.own_gap_until) == (300, None)
    assert changed.pace_set_by == cast.ana.id


@pytest.mark.parametrize("state", [CampaignState.FINISHED, CampaignState.CANCELLED])
async def test_what_has_ended_keeps_its_pace(cast: Cast, state: CampaignState) -> None:
    made = await make_campaign(cast.ana, None, None)
    await Campaign.of(cast.alfa).filter(id=made.id).update(state=state)
    with pytest.raises(Conflict):
        await slow(cast.alfa, cast.ana, made.id, 300)
    assert (await Campaign.one(cast.alfa, made.id)).own_gap is None


@pytest.mark.parametrize("gap", [0, -1, 3_601])
async def test_a_gap_that_is_none_is_refused_everywhere(cast: Cast, gap: int) -> None:
    made = await make_campaign(cast.ana, None, None)
    with pytest.raises(Invalid):
        await slow(cast.alfa, cast.ana, made.id, gap)
    with pytest.raises(Invalid):
        await draft.create(cast.alfa, cast.ana, name="Outra", own_gap=gap)
    with pytest.raises(Invalid):
        await draft.edit(cast.alfa, cast.ana, made.id, version=1, own_gap=gap)
    assert await Campaign.of(cast.alfa).filter(own_gap__isnull=False).count() == 0


async def test_neither_an_agent_nor_another_company_changes_it(cast: Cast) -> None:
    made = await make_campaign(cast.ana, await make_channel(cast.alfa), None)
    with pytest.raises(Forbidden):
        await slow(cast.alfa, cast.bruno, made.id, 300)
    with pytest.raises(NotFound):
        await slow(cast.beta, cast.carla, made.id, 300)
    assert (await Campaign.one(cast.alfa, made.id)).own_gap is None


async def test_a_copy_is_as_slow_and_has_spent_nothing(cast: Cast, campaign: Campaign) -> None:
    await slow(cast.alfa, cast.ana, campaign.id, 600)
    copy = await draft.duplicate(cast.alfa, cast.ana, campaign.id)
    assert (copy.own_gap, copy.own_gap_until, copy.pace_set_by) == (600, None, cast.ana.id)


async def test_a_clock_set_back_makes_no_campaign_wait_for_it(
    cast: Cast, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = await db_now() + timedelta(hours=2)
    own = Campaign.of(cast.alfa).filter(id=campaign.id)
    await own.update(own_gap=60, own_gap_until=far)
    guard = ClockGuard()
    guard.last = (far, time.monotonic() - 1)
    monkeypatch.setattr(verify, "guard", guard)
    await verify.verify()
    waits = (await own.get()).own_gap_until
    assert waits is not None
    assert waits <= await db_now()
    assert await Message.of(cast.alfa).count() == PEOPLE
