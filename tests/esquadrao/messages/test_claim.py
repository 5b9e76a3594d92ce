"""Who may leave, on the three databases, at a moment of our choosing: a Tuesday, 10:00 in São Paulo."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.channels.pace import Preset
from esquadrao.channels.wake import wake
from esquadrao.companies.models import Company, User
from esquadrao.contacts.models import Contact
from esquadrao.messages import campaign_pace, outbox, receipts
from esquadrao.messages.models import Message, MessageState
from esquadrao.unit_of_work import unit_of_work
from tests.conftest import Cast
from tests.factories import make_campaign, make_channel, make_contacts

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
LEDGER = "ledger-1"


async def channel_of(company: Company, **changes: Any) -> Channel:
    """A grown number, connected for a day, due."""
    made = await make_channel(company, preset=Preset.SAFE)
    row: dict[str, Any] = {
        "in_use_since": NOW - timedelta(days=400),
        "state_since": NOW - timedelta(days=1),
        "next_send_at": NOW - timedelta(hours=1),
    }
    await Channel.of(company).filter(id=made.id).update(**(row | changes))
    return await Channel.one(company, made.id)


async def queue(user: User, channel: Channel, many: int, *, is_cold: bool = False) -> Campaign:
    """A running Campaign with as many Messages waiting."""
    campaign = await make_campaign(user, channel, None)
    await Campaign.of(user.company_id).filter(id=campaign.id).update(state=CampaignState.RUNNING)
    first = 1000 * await Campaign.of(user.company_id).count()
    company = await Company.one(user.company_id, user.company_id)
    contacts = await make_contacts(company, many, first=first)
    await Message.insert_many(
        message(channel, one, number, campaign_id=campaign.id, is_cold=is_cold)
        for number, one in enumerate(contacts, start=first)
    )
    return campaign


def message(channel: Channel, contact: Contact, number: int, **more: Any) -> Message:
    return Message(
        company_id=channel.company_id,
        channel_id=channel.id,
        contact_id=contact.id,
        wa_id=f"3EB0{number:018}",
        to_phone=contact.phone,
        body="Olá",
        body_sha256="0" * 64,
        created_at=NOW,
        **more,
    )


async def claim(at: datetime = NOW) -> list[str]:
    """The ids that leave at a moment."""
    async with unit_of_work():
        found = await outbox.claim(at)
        await campaign_pace.hold(found.slowed)
        return [str(one.data["wa_id"]) for one in found.commands]


async def acknowledge(company: Company) -> None:
    """WhatsApp has what is on its way: the Channels are free."""
    await (
        Message.of(company).filter(state=MessageState.SENDING).update(state=MessageState.SERVER_ACK)
    )
    await Channel.of(company).all().update(in_flight_message=None)


async def sent_over(company: Company, *, start: datetime, until: datetime) -> list[datetime]:
    """Look every five seconds, as the clock would often, and acknowledge at once: when Messages left."""
    now, left = start, []
    while now < until:
        found = await claim(now)
        left += [now] * len(found)
        if found:
            await acknowledge(company)
        channel = await Channel.of(company).order_by("next_send_at").first()
        assert channel is not None
        now = max(now + timedelta(seconds=5), channel.next_send_at)
    return left


async def test_d13_a_pause_is_seconds_of_the_preset(cast: Cast) -> None:
    channel = await channel_of(cast.alfa)
    await queue(cast.ana, channel, 1)
    assert len(await claim()) == 1
    channel = await Channel.one(cast.alfa, channel.id)
    pause = channel.next_send_at - NOW
    assert timedelta(seconds=25) <= pause <= timedelta(seconds=60)
    assert (channel.sent_today, channel.sent_in_hour) == (1, 1)
    assert 24 <= channel.sends_to_rest <= 34


async def test_d14_two_pauses_are_never_the_same(cast: Cast) -> None:
    channel = await channel_of(cast.alfa)
    await queue(cast.ana, channel, 12)
    left = await sent_over(cast.alfa, start=NOW, until=NOW + timedelta(minutes=6))
    pauses = [(b - a).total_seconds() for a, b in pairwise(left)]
    assert len(pauses) >= 4
    assert len(set(pauses)) == len(pauses)
    assert min(pauses) >= 25


async def test_d15_two_campaigns_do_not_double_the_rate_and_take_turns(cast: Cast) -> None:
    channel = await channel_of(cast.alfa)
    campaigns = [await queue(cast.ana, channel, 30) for _ in range(2)]
    left = await sent_over(cast.alfa, start=NOW, until=NOW + timedelta(minutes=5))
    assert 5 <= len(left) <= 13
    sent = await Message.of(cast.alfa).filter(state=MessageState.SERVER_ACK)
    shares = Counter(one.campaign_id for one in sent)
    assert set(shares) == {one.id for one in campaigns}
    assert abs(shares[campaigns[0].id] - shares[campaigns[1].id]) <= 1


async def test_d15_one_company_does_not_delay_another(cast: Cast) -> None:
    await queue(cast.ana, await channel_of(cast.alfa), 50)
    late = await channel_of(cast.beta, next_send_at=NOW - timedelta(minutes=1))
    await queue(cast.carla, late, 1)
    assert len(await claim()) == 2
    assert await Message.of(cast.beta).filter(state=MessageState.SENDING).count() == 1


async def test_d16_after_downtime_not_everything_leaves_at_once(cast: Cast) -> None:
    channel = await channel_of(
        cast.alfa, next_send_at=NOW - timedelta(days=1), gap_until=NOW - timedelta(days=1)
    )
    await queue(cast.ana, channel, 20)
    assert len(await claim()) == 1
    await acknowledge(cast.alfa)
    assert await claim(NOW + timedelta(seconds=24)) == []
    left = await sent_over(cast.alfa, start=NOW, until=NOW + timedelta(minutes=3))
    assert 2 <= len(left) <= 8


async def test_d16_nothing_leaves_in_the_minute_after_a_reconnect(cast: Cast) -> None:
    channel = await channel_of(cast.alfa, state_since=NOW - timedelta(seconds=10))
    await queue(cast.ana, channel, 2)
    assert await claim() == []
    assert (await Channel.one(cast.alfa, channel.id)).next_send_at == NOW + timedelta(seconds=50)
    assert await claim(NOW + timedelta(seconds=49)) == []
    assert len(await claim(NOW + timedelta(seconds=50))) == 1


async def test_d17_hours_are_those_of_the_own_company(cast: Cast) -> None:
    """At the same moment: 10:00 on Alfa's wall, 05:00 on Beta's."""
    await Company.of(cast.beta).update(timezone="Pacific/Honolulu")
    for company, user in ((cast.alfa, cast.ana), (cast.beta, cast.carla)):
        await queue(user, await channel_of(company), 2)
    assert len(await claim()) == 1
    assert await Message.of(cast.alfa).filter(state=MessageState.SENDING).count() == 1
    held = await Channel.of(cast.beta).get()
    assert held.next_send_at == datetime(2026, 11, 24, 18, tzinfo=UTC)  # 08:00 in Honolulu
    assert await claim(held.next_send_at - timedelta(seconds=1)) == []
    assert len(await claim(held.next_send_at)) == 1


async def test_d17_new_hours_hold_from_the_next_look(cast: Cast) -> None:
    channel = await channel_of(cast.alfa)
    await queue(cast.ana, channel, 2)
    evening = NOW + timedelta(hours=11)  # 21:00
    assert await claim(evening) == []
    await Company.of(cast.alfa).update(sending_week=" ".join(["0700-2200"] * 7))
    await wake(cast.alfa.id)
    await Channel.of(cast.alfa).all().update(next_send_at=evening)  # the test's clock is ours
    assert len(await claim(evening)) == 1


async def test_the_limit_of_the_day_is_exact_and_a_new_day_begins_anew(cast: Cast) -> None:
    channel = await channel_of(
        cast.alfa,
        in_use_since=NOW - timedelta(days=1),
        spent_day="2026-11-24",
        sent_today=17,
    )
    await queue(cast.ana, channel, 10)
    opens = NOW + timedelta(hours=22)  # 08:00
    left = await sent_over(cast.alfa, start=NOW, until=opens + timedelta(seconds=100))
    assert len([one for one in left if one < opens]) == 3
    again = [one for one in left if one >= opens]
    assert again[0] == opens
    assert (await Channel.one(cast.alfa, channel.id)).sent_today == len(again)


@pytest.mark.parametrize("answer", ["void", "refused_retryable"])
async def test_what_was_never_written_is_given_back_once(answer: str, cast: Cast) -> None:
    channel = await channel_of(cast.alfa, sent_today=3, spent_day="2026-11-24", cold_today=1)
    await queue(cast.ana, channel, 1, is_cold=True)
    (wa_id,) = await claim()
    counted = await Channel.one(cast.alfa, channel.id)
    assert (counted.sent_today, counted.cold_today, counted.sent_in_hour) == (4, 2, 1)
    said = {
        "type": "message.known",
        "company": str(cast.alfa.id),
        "channel": str(channel.id),
        "at": NOW.isoformat(),
        "data": {"wa_id": wa_id, "claim_no": 1, "ledger_claim_no": 1, "state": answer},
    }
    for _ in range(2):  # said twice, given back once
        async with unit_of_work():
            await receipts.apply([(LEDGER, said)])
    counted = await Channel.one(cast.alfa, channel.id)
    assert (counted.sent_today, counted.cold_today, counted.sent_in_hour) == (3, 1, 0)
    assert counted.in_flight_message is None


async def test_a_claim_that_is_rolled_back_counted_nothing(cast: Cast) -> None:
    channel = await channel_of(cast.alfa)
    await queue(cast.ana, channel, 1)

    async def die_before_the_commit() -> None:
        async with unit_of_work():
            assert (await outbox.claim(NOW)).commands
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await die_before_the_commit()
    assert (await Channel.one(cast.alfa, channel.id)).sent_today == 0
    assert len(await claim()) == 1


async def test_who_never_wrote_waits_and_does_not_stop_the_others(cast: Cast) -> None:
    channel = await channel_of(cast.alfa, spent_day="2026-11-24", sent_today=30, cold_today=20)
    cold = await queue(cast.ana, channel, 3, is_cold=True)
    warm = await queue(cast.ana, channel, 3)
    await claim()
    channel = await Channel.one(cast.alfa, channel.id)
    assert channel.next_cold_at == datetime(2026, 11, 25, 11, tzinfo=UTC)
    await claim()
    sending = await Message.of(cast.alfa).filter(state=MessageState.SENDING)
    assert [one.campaign_id for one in sending] == [warm.id]
    assert cold.id != warm.id


async def test_a_reply_passes_in_front_and_spends_no_limit(cast: Cast) -> None:
    """At night, over every limit: a person who wrote is answered."""
    night = NOW + timedelta(hours=12)
    channel = await channel_of(cast.alfa, spent_day="2026-11-24", sent_today=400)
    await queue(cast.ana, channel, 5)
    assert await claim(night) == []
    (contact,) = await make_contacts(cast.alfa, 1)
    await message(channel, contact, 1).save()
    await message(channel, contact, 2).save()
    await Channel.of(cast.alfa).all().update(next_send_at=night)  # what `wake` does, by our clock
    assert await claim(night) == [f"3EB0{1:018}"]
    await acknowledge(cast.alfa)
    assert await claim(night + timedelta(seconds=0.9)) == []
    assert await claim(night + timedelta(seconds=1)) == [f"3EB0{2:018}"]
    await acknowledge(cast.alfa)
    assert (await Channel.one(cast.alfa, channel.id)).sent_today == 400
    assert await claim(night + timedelta(seconds=2)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"breaker": "failed_share"},
        {"restriction": "lock", "restricted_until": NOW + timedelta(hours=1)},
        {"state": ChannelState.RECONNECTING},
        {"rest_until": NOW + timedelta(minutes=5)},
        {"hour_started_at": NOW - timedelta(minutes=1), "sent_in_hour": 120},
    ],
)
async def test_what_the_gate_refuses_does_not_leave(changes: dict[str, Any], cast: Cast) -> None:
    channel = await channel_of(cast.alfa, **changes)
    await queue(cast.ana, channel, 1)
    assert await claim() == []
    assert await Message.of(cast.alfa).filter(state=MessageState.PENDING).count() == 1
    free = dict.fromkeys(changes, None) | {"breaker": "", "restriction": "", "sent_in_hour": 0}
    await (
        Channel.of(cast.alfa)
        .all()
        .update(**(free | {"state": ChannelState.CONNECTED, "next_send_at": NOW}))
    )
    assert len(await claim()) == 1
