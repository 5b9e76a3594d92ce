"""A start that cannot be says why and changes nothing; a start asked for twice starts once."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from esquadrao.campaigns import verify as verifying
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState, PauseReason
from esquadrao.campaigns.models import Campaign, Delivery, Variant
from esquadrao.campaigns.pause import resume
from esquadrao.campaigns.verify import verify
from esquadrao.channels.models import Channel
from esquadrao.clock_guard import HOLD, ClockGuard
from esquadrao.database import db_now
from esquadrao.errors import Conflict, EsquadraoError, Forbidden, Invalid, NotFound
from esquadrao.settings import FLOOR_GAP
from tests.conftest import Cast
from tests.factories import make_campaign, make_channel, make_contacts, make_list


@pytest.fixture
async def campaign(cast: Cast) -> Campaign:
    channel = await make_channel(cast.alfa)
    return await make_campaign(
        cast.ana, channel, await make_list(cast.alfa, await make_contacts(cast.alfa, 2))
    )


async def refused(cast: Cast, campaign: Campaign, *, days: int | None = None) -> list[str]:
    """Launch, see it refused and nothing changed; the codes."""
    at = None if days is None else await db_now() + timedelta(days=days)
    with pytest.raises(Invalid) as caught:
        await launch(cast.alfa, cast.ana, campaign.id, at=at)
    assert (await Campaign.one(cast.alfa, campaign.id)).state is CampaignState.DRAFT
    assert all(issue.sentence for issue in caught.value.issues)
    return [issue.code for issue in caught.value.issues]


async def test_no_contacts(cast: Cast, campaign: Campaign) -> None:
    await (
        Campaign.of(cast.alfa)
        .all()
        .update(contact_list_id=(await make_list(cast.alfa, [], name="Vazia")).id)
    )
    assert await refused(cast, campaign) == ["no_contacts"]


async def test_no_channel(cast: Cast, campaign: Campaign) -> None:
    await Campaign.of(cast.alfa).all().update(channel_id=None)
    assert await refused(cast, campaign) == ["no_channel"]


async def test_a_channel_not_connected(cast: Cast, campaign: Campaign) -> None:
    await Channel.of(cast.alfa).all().update(state="logged_out")
    assert await refused(cast, campaign) == ["channel_not_connected"]


async def test_a_past_date(cast: Cast, campaign: Campaign) -> None:
    assert await refused(cast, campaign, days=-1) == ["past_date"]


async def test_a_text_that_is_wrong(cast: Cast, campaign: Campaign) -> None:
    await Variant.of(cast.alfa).all().update(body="Olá {{ nome")
    assert await refused(cast, campaign) == ["text_invalid"]


async def test_everything_missing_is_said_at_once(cast: Cast) -> None:
    empty = await make_campaign(cast.ana, None, None, body=" ")
    assert await refused(cast, empty) == ["no_contacts", "no_channel", "no_text"]


async def test_twice_in_parallel_starts_once(cast: Cast, campaign: Campaign) -> None:
    async def attempt() -> str:
        try:
            await launch(cast.alfa, cast.ana, campaign.id)
        except EsquadraoError as error:
            return error.code
        return "started"

    answers = await asyncio.gather(*[attempt() for _ in range(5)])
    assert sorted(answers) == ["already_launched"] * 4 + ["started"]


async def test_d02_ten_rings_give_one_start(cast: Cast, campaign: Campaign) -> None:
    await launch(cast.alfa, cast.ana, campaign.id)
    await asyncio.gather(*[verify() for _ in range(10)])
    started = await Campaign.one(cast.alfa, campaign.id)
    assert started.state is CampaignState.PROCESSING
    assert started.started_at is not None


async def test_a_start_to_come_waits_for_its_moment(cast: Cast, campaign: Campaign) -> None:
    await launch(cast.alfa, cast.ana, campaign.id, at=await db_now() + timedelta(hours=2))
    await verify()
    assert (await Campaign.one(cast.alfa, campaign.id)).state is CampaignState.SCHEDULED


async def test_an_agent_may_not_launch(cast: Cast, campaign: Campaign) -> None:
    with pytest.raises(Forbidden):
        await launch(cast.alfa, cast.bruno, campaign.id)


async def test_another_company_finds_nothing_to_launch(cast: Cast, campaign: Campaign) -> None:
    with pytest.raises(NotFound):
        await launch(cast.beta, cast.carla, campaign.id)
    assert (await Campaign.one(cast.alfa, campaign.id)).state is CampaignState.DRAFT


async def test_d02_a_second_launch_is_a_conflict(cast: Cast, campaign: Campaign) -> None:
    await launch(cast.alfa, cast.ana, campaign.id)
    with pytest.raises(Conflict):
        await launch(cast.alfa, cast.ana, campaign.id)


async def test_a_clock_that_jumps_starts_nothing_until_a_person_confirms(
    cast: Cast, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hours between two looks that lie a second apart: what fell due by it waits."""
    moment, guard = await db_now(), ClockGuard()
    monkeypatch.setattr(verifying, "guard", guard)
    guard.last = (moment - timedelta(hours=2), time.monotonic() - 1)
    await launch(cast.alfa, cast.ana, campaign.id)
    await verify()
    held = await Campaign.one(cast.alfa, campaign.id)
    assert (held.state, held.reason) == (CampaignState.PAUSED, PauseReason.CLOCK_JUMPED)
    assert await Delivery.of(cast.alfa).count() == 0
    await resume(cast.alfa, cast.ana, campaign.id)
    await verify()
    assert (await Campaign.one(cast.alfa, campaign.id)).state is CampaignState.PROCESSING


@pytest.mark.parametrize(
    ("hours", "is_held"),
    [(0, False), (0.01, False), (0.02, True), (2, True), (-2, True), (87_600, True)],
)
def test_only_a_jump_holds_and_it_is_forgotten(*, hours: float, is_held: bool) -> None:
    guard, start = ClockGuard(), datetime(2026, 7, 1, tzinfo=UTC)
    assert guard.look(start, 0.0) is False
    moment = start + timedelta(seconds=5) + timedelta(hours=hours)
    assert guard.look(moment, 5.0) is is_held
    assert guard.look(moment + timedelta(seconds=HOLD), 5.0 + HOLD) is False


async def test_a_clock_set_back_makes_no_channel_wait_for_it(
    cast: Cast, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every moment a send waits for, reckoned two hours ahead: none is later than the floor, and none is forgotten."""
    moment, guard = await db_now(), ClockGuard()
    monkeypatch.setattr(verifying, "guard", guard)
    ahead = moment + timedelta(hours=2)
    guard.last = (ahead, time.monotonic() - 1)
    names = ("next_send_at", "state_since", "last_sent_at", "hour_started_at", "gap_until")
    channels = Channel.of(cast.alfa)
    await channels.update(**dict.fromkeys((*names, "rest_until", "next_cold_at"), ahead))
    await verify()
    channel = await channels.get()
    latest = await db_now() + timedelta(seconds=FLOOR_GAP)
    assert all(getattr(channel, name) <= latest for name in (*names, "rest_until"))
    assert channel.gap_until is not None
    assert channel.gap_until > moment
    assert channel.next_cold_at is None
