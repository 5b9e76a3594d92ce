"""Below each threshold nothing stops, at it what is concerned does, once, until a person goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esquadrao.campaigns import watch
from esquadrao.campaigns.breakers import LAST, PRODUCT, Limits, Outcome, Seen, trip
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState, PauseReason
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.pause import resume
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.companies.models import Company
from esquadrao.database import db_now
from esquadrao.errors import Conflict
from esquadrao.messages.models import Message
from tests.conftest import Cast
from tests.drain import drain
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

NOW = datetime(2026, 7, 1, 15, tzinfo=UTC)
R = PauseReason
AWAY_FOR = timedelta(minutes=10)
SENT, FAILED, SILENT = Outcome.SENT, Outcome.FAILED, Outcome.SILENT


def seen(*last: Outcome, **more: object) -> Seen:
    facts = {"state": ChannelState.CONNECTED, "state_since": NOW - timedelta(days=1), "last": last}
    return Seen(**(facts | more))  # type: ignore[arg-type]


def reason(of: Seen, limits: Limits = PRODUCT) -> PauseReason | None:
    found = trip(of, NOW, limits)
    return found.reason if found else None


@pytest.mark.parametrize(
    ("failed", "of", "trips"),
    [(19, 19, False), (2, 20, True), (1, 20, False), (5, 50, True), (4, 50, False), (0, 50, False)],
)
def test_a_tenth_of_the_last_fifty_from_the_twentieth_on(
    *, failed: int, of: int, trips: bool
) -> None:
    sample = seen(*[FAILED] * failed, *[SENT] * (of - failed))
    assert reason(sample) == (R.BREAKER_FAILED if trips else None)


@pytest.mark.parametrize(
    ("late", "of", "trips"), [(15, 50, True), (14, 50, False), (49, 49, False)]
)
def test_three_in_ten_that_never_arrive(*, late: int, of: int, trips: bool) -> None:
    assert reason(seen(overdue=late, overdue_of=of)) == (R.BREAKER_UNDELIVERED if trips else None)


def test_three_sends_in_a_row_without_an_answer() -> None:
    assert reason(seen(SILENT, SILENT, SILENT, SENT)) is R.BREAKER_MUTE
    assert reason(seen(SILENT, SILENT, SENT, SILENT)) is None


def test_a_lock_stops_and_three_463_in_an_hour_are_taken_for_one_of_a_day() -> None:
    assert reason(seen(restriction="reach_out")) is R.BREAKER_RESTRICTED
    assert reason(seen(locks=2)) is None
    found = trip(seen(locks=3), NOW)
    assert found is not None
    assert (found.reason, found.lock_until) == (R.BREAKER_RESTRICTED, NOW + timedelta(hours=24))


@pytest.mark.parametrize("state", [ChannelState.BANNED, ChannelState.LOGGED_OUT])
def test_banned_and_logged_out_stop_at_once(state: ChannelState) -> None:
    assert reason(seen(state=state, state_since=NOW)) is R.BREAKER_STOPPED


def test_away_for_ten_minutes_stops_and_shorter_waits() -> None:
    away = {"state": ChannelState.RECONNECTING}
    assert reason(seen(state_since=NOW - AWAY_FOR, **away)) is None
    longer = NOW - AWAY_FOR - timedelta(seconds=1)
    assert reason(seen(state_since=longer, **away)) is R.BREAKER_AWAY


@given(
    last=st.lists(st.sampled_from(list(Outcome)), max_size=LAST),
    share=st.integers(0, 200),
    least=st.integers(0, 100),
)
def test_a_company_may_only_tighten(last: list[Outcome], share: int, least: int) -> None:
    asked = Limits(failed=share, failed_from=least, silent_in_a_row=max(1, least))
    stricter = Limits().tightened(asked)
    if reason(seen(*last)) is not None:
        assert reason(seen(*last), stricter) is not None
    assert stricter.failed <= PRODUCT.failed


@pytest.fixture
async def sending(cast: Cast) -> Campaign:
    """Running over a connected Channel, with thirty Messages of which WhatsApp refused six."""
    watch.forget()
    channel = await make_channel(cast.alfa)
    people = await make_contacts(cast.alfa, 30)
    made = await make_campaign(cast.ana, channel, await make_list(cast.alfa, people))
    moment = await db_now()
    for number, contact in enumerate(people):
        bad = number >= 24
        await Message(
            company_id=cast.alfa.id,
            channel_id=channel.id,
            campaign_id=made.id,
            contact_id=contact.id,
            wa_id=f"id-{number}",
            to_phone=contact.phone,
            body="Oi",
            body_sha256="0" * 64,
            state="failed" if bad else "delivered",
            code="nack" if bad else "",
            created_at=moment,
            server_ack_at=None if bad else moment,
            ended_at=moment if bad else None,
        ).save()
    places = {"chosen": 31, "waiting": 1, "sent": 24, "failed": 6, "is_audience_whole": True}
    running = {"state": CampaignState.RUNNING, "started_at": moment}
    await Campaign.of(cast.alfa).filter(id=made.id).update(**places, **running)
    return made


async def test_the_campaigns_of_the_channel_pause_with_the_numbers_and_others_go_on(
    cast: Cast, sending: Campaign
) -> None:
    beside = await make_campaign(cast.ana, await make_channel(cast.alfa, name="Outra"), None)
    await Campaign.of(cast.alfa).filter(id=beside.id).update(state=CampaignState.RUNNING)
    assert await watch.watch() == 1
    paused = await Campaign.one(cast.alfa, sending.id)
    assert (paused.state, paused.reason) == (CampaignState.PAUSED, R.BREAKER_FAILED)
    assert paused.reason_values == {"failed": 6, "of": 30}
    channel = await Channel.one(cast.alfa, sending.channel_id or sending.id)
    assert channel.breaker == R.BREAKER_FAILED
    assert (await Campaign.one(cast.alfa, beside.id)).state is CampaignState.RUNNING
    assert await watch.watch() == 0, "twice is once"


async def test_who_resumes_is_not_stopped_again_by_the_same_past(
    cast: Cast, sending: Campaign
) -> None:
    await watch.watch()
    await resume(cast.alfa, cast.ana, sending.id)
    channel = await Channel.one(cast.alfa, sending.channel_id or sending.id)
    assert channel.breaker == ""
    watch.forget()
    assert await watch.watch() == 0
    assert (await Campaign.one(cast.alfa, sending.id)).state is CampaignState.RUNNING


async def test_a_campaign_that_comes_to_a_stopped_channel_is_paused_too(
    cast: Cast, sending: Campaign
) -> None:
    await watch.watch()
    later = await make_campaign(cast.ana, None, None)
    own = Campaign.of(cast.alfa).filter(id=later.id)
    await own.update(state=CampaignState.RUNNING, channel_id=sending.channel_id)
    assert await watch.watch() == 1
    paused = await Campaign.one(cast.alfa, later.id)
    assert (paused.state, paused.reason) == (CampaignState.PAUSED, R.BREAKER_FAILED)


async def test_a_lock_of_whatsapp_is_waited_for_and_halves_the_days_after(
    cast: Cast, sending: Campaign
) -> None:
    await Message.of(cast.alfa).filter(state="failed").update(code="must_write_first")
    await watch.watch()
    own = Channel.of(cast.alfa).filter(id=sending.channel_id)
    locked = await own.get()
    assert locked.restriction == "must_write_first"
    with pytest.raises(Conflict):
        await resume(cast.alfa, cast.ana, sending.id)
    assert (await Campaign.one(cast.alfa, sending.id)).state is CampaignState.PAUSED
    await own.update(restricted_until=await db_now() - timedelta(seconds=1))
    await resume(cast.alfa, cast.ana, sending.id)
    free = await own.get()
    assert (free.restriction, free.breaker, free.restricted_until) == ("", "", None)
    assert free.halved_until is not None
    assert free.halved_until > await db_now() + timedelta(days=2)


async def test_a_channel_that_stays_away_pauses_and_waits_for_its_return(
    cast: Cast, sending: Campaign
) -> None:
    own = Channel.of(cast.alfa).filter(id=sending.channel_id)
    await own.update(state="reconnecting", state_since=await db_now() - AWAY_FOR * 2)
    await Message.of(cast.alfa).all().update(ended_at=None, state="delivered")
    assert await watch.watch() == 1
    with pytest.raises(Conflict):
        await resume(cast.alfa, cast.ana, sending.id)
    await own.update(state="connected", state_since=await db_now())
    await resume(cast.alfa, cast.ana, sending.id)
    assert (await Campaign.one(cast.alfa, sending.id)).state is CampaignState.RUNNING


@pytest.mark.parametrize(
    ("code", "most", "reason"),
    [
        ("must_write_first", 3, R.BREAKER_RESTRICTED),
        ("banned", 1, R.BREAKER_STOPPED),
    ],
)
async def test_a_number_that_whatsapp_refuses_writes_no_further_message(
    code: str, most: int, reason: PauseReason, cast: Cast, fake: FakeBridge
) -> None:
    """No sweeper looks here: the transaction that learns of the refusal stops the Channel."""
    channel = await make_channel(cast.alfa)
    people = await make_list(cast.alfa, await make_contacts(cast.alfa, 6))
    made = await make_campaign(cast.ana, channel, people)
    await launch(cast.alfa, cast.ana, made.id)
    fake.nack_code = code
    await drain(fake)
    assert len(fake.writes) == most
    paused = await Campaign.one(cast.alfa, made.id)
    assert (paused.state, paused.reason) == (CampaignState.PAUSED, reason)
    assert (await Channel.one(cast.alfa, channel.id)).breaker == reason


@pytest.mark.parametrize(
    ("tightened", "before", "reason_of"),
    [
        ({"most_failed": 5}, {"failed": 2, "of": 30}, R.BREAKER_FAILED),
        ({"most_minutes_away": 2}, {"minutes": 2}, R.BREAKER_AWAY),
    ],
)
async def test_a_company_that_tightened_stops_earlier_and_no_other_does(
    cast: Cast,
    sending: Campaign,
    tightened: dict[str, int],
    before: dict[str, int],
    reason_of: PauseReason,
) -> None:
    """Two failures of thirty, three minutes away: the product waits, the stricter Company does not."""
    own = Channel.of(cast.alfa).filter(id=sending.channel_id)
    failed = await Message.of(cast.alfa).filter(state="failed").order_by("id")
    kept = Message.of(cast.alfa).filter(id__in=[one.id for one in failed[2:]])
    await kept.update(state="delivered", ended_at=None, server_ack_at=await db_now())
    if reason_of is R.BREAKER_AWAY:
        away = await db_now() - timedelta(minutes=3)
        await own.update(state="reconnecting", state_since=away)
    await Company.of(cast.beta).update(**tightened)
    assert await watch.watch() == 0
    await Company.of(cast.alfa).update(**tightened)
    assert await watch.watch() == 1
    paused = await Campaign.one(cast.alfa, sending.id)
    assert (paused.reason, paused.reason_values) == (reason_of, before)


async def test_a_company_that_tightened_never_arriving_stops_earlier(
    cast: Cast, sending: Campaign
) -> None:
    long_ago = await db_now() - timedelta(hours=3)
    await Campaign.of(cast.alfa).filter(id=sending.id).update(started_at=long_ago)
    extra = await make_contacts(cast.alfa, 20, first=100)
    for number, contact in enumerate(extra):
        await Message(
            company_id=cast.alfa.id,
            channel_id=sending.channel_id,
            campaign_id=sending.id,
            contact_id=contact.id,
            wa_id=f"late-{number}",
            to_phone=contact.phone,
            body="Oi",
            body_sha256="0" * 64,
            state="server_ack" if number < 10 else "delivered",
            created_at=long_ago,
        ).save()
    await Message.of(cast.alfa).filter(state="failed").update(state="delivered")
    await Message.of(cast.alfa).all().update(server_ack_at=long_ago, ended_at=None)
    assert await watch.watch() == 0, "ten of fifty is below the product's thirty percent"
    await Company.of(cast.alfa).update(most_undelivered=20)
    assert await watch.watch() == 1
    paused = await Campaign.one(cast.alfa, sending.id)
    assert (paused.reason, paused.reason_values) == (R.BREAKER_UNDELIVERED, {"late": 10, "of": 50})
