"""Who is left out has a row with the reason, and the pre-flight says before what the engine does after."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
import redis

from esquadrao.campaigns import line
from esquadrao.campaigns.audience import RULES, preflight
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState, SkipReason
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.process import process
from esquadrao.campaigns.progress import snapshot
from esquadrao.campaigns.verify import verify
from esquadrao.companies.models import Company
from esquadrao.contacts.models import Contact, OnWhatsApp
from esquadrao.contacts.numbers import KNOWN_FOR
from esquadrao.database import db_now
from esquadrao.messages.models import Message
from tests.conftest import Cast
from tests.drain import drain
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

R = SkipReason
# In the order of the contacts: what happened to each before, and how many days ago.
PAST: tuple[tuple[str, int, SkipReason | None], ...] = (
    ("not_on_whatsapp", 1, R.NOT_ON_WHATSAPP),
    ("not_on_whatsapp", KNOWN_FOR.days + 1, None),
    ("blocked", 30, R.BLOCKED),
    ("must_write_first", 30, R.MUST_WRITE_FIRST),
    ("", 1, R.CONTACTED_RECENTLY),
    ("", 9, None),
    ("unavailable", 1, None),
)


@pytest.fixture
async def campaign(cast: Cast) -> Campaign:
    """A draft for everybody of PAST, one who wants nothing more, one whose phone is none and one nobody ever wrote to;
    a cool-down of 3 days.
    """
    await Company.of(cast.alfa).all().update(cool_down_days=3)
    cast.alfa.cool_down_days = 3
    channel, people = await make_channel(cast.alfa), await make_contacts(cast.alfa, len(PAST) + 3)
    everybody = await make_list(cast.alfa, people)
    before = await make_campaign(cast.ana, channel, everybody, name="Antes")
    await Campaign.of(cast.alfa).filter(id=before.id).update(state="finished", failed=5)
    moment = await db_now()
    for contact, (code, days, _) in zip(people, PAST, strict=False):
        at = moment - timedelta(days=days)
        await Message(
            company_id=cast.alfa.id,
            channel_id=channel.id,
            campaign_id=before.id,
            contact_id=contact.id,
            wa_id=f"id-{contact.phone}",
            to_phone=contact.phone,
            body="Oi",
            body_sha256="0" * 64,
            state="failed" if code else "delivered",
            code=code,
            created_at=at,
            server_ack_at=None if code else at,
            ended_at=at if code else None,
        ).save()
    # What a refusal shows of a number stands on the Contact (messages/receipts.py).
    for contact, (code, days, _) in zip(people, PAST, strict=False):
        if code == "not_on_whatsapp":
            rows = Contact.of(cast.alfa).filter(id=contact.id)
            at = moment - timedelta(days=days)
            await rows.update(on_whatsapp=OnWhatsApp.ABSENT, checked_at=at, jid="")
    await Contact.of(cast.alfa).filter(id=people[-2].id).update(phone="4004")
    await Contact.of(cast.alfa).filter(id=people[-3].id).update(suppressed_at=moment)
    return await make_campaign(cast.ana, channel, everybody)


async def processed(cast: Cast, campaign: Campaign) -> Counter[str]:
    await launch(cast.alfa, cast.ana, campaign.id)
    await verify()
    await process(cast.alfa.id, campaign.id)
    rows = Delivery.of(cast.alfa).filter(campaign_id=campaign.id)
    return Counter(one.reason for one in await rows)


async def test_what_the_preflight_counts_is_what_the_engine_does(
    cast: Cast, campaign: Campaign
) -> None:
    told = await preflight(cast.alfa, campaign)
    expected = Counter(reason.value for _, _, reason in PAST if reason)
    expected[R.INVALID_PHONE.value] = expected[R.SUPPRESSED.value] = 1
    assert {reason.value: many for reason, many in told.left_out} == expected
    assert (told.people, told.receive) == (len(PAST) + 3, 4)
    found = await processed(cast, campaign)
    assert found.pop("") == told.receive
    assert found == expected
    seen = await snapshot(cast.alfa, campaign.id)
    assert (seen.chosen, seen.skipped, seen.waiting) == (told.people, sum(expected.values()), 4)
    assert seen.adds_up
    assert await line.recount(cast.alfa.id, campaign.id) == {}


async def test_every_rule_was_tried(cast: Cast, campaign: Campaign) -> None:
    told = {reason for reason, _ in (await preflight(cast.alfa, campaign)).left_out}
    assert told == {rule.reason for rule in RULES}


async def test_processing_twice_leaves_out_nobody_twice(cast: Cast, campaign: Campaign) -> None:
    first = await processed(cast, campaign)
    again = {"state": CampaignState.PROCESSING, "audience_cursor": None}
    await Campaign.of(cast.alfa).filter(id=campaign.id).update(**again)
    await process(cast.alfa.id, campaign.id)
    rows = Delivery.of(cast.alfa).filter(campaign_id=campaign.id)
    assert Counter(one.reason for one in await rows) == first
    assert await line.recount(cast.alfa.id, campaign.id) == {}


async def test_who_is_left_out_receives_nothing(
    cast: Cast, campaign: Campaign, clean_redis: redis.Redis
) -> None:
    fake = FakeBridge(clean_redis)
    await launch(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    out = Delivery.of(cast.alfa).filter(campaign_id=campaign.id, state="skipped")
    phones = {one.phone for one in await out}
    assert phones
    assert phones.isdisjoint(one["to"] for one in fake.writes)
    assert len(fake.writes) == 4


async def test_who_wrote_since_may_be_written_to_again(cast: Cast, campaign: Campaign) -> None:
    await Contact.of(cast.alfa).all().update(last_wrote_at=await db_now())
    told = {reason for reason, _ in (await preflight(cast.alfa, campaign)).left_out}
    assert told == {R.SUPPRESSED, R.INVALID_PHONE, R.NOT_ON_WHATSAPP, R.CONTACTED_RECENTLY}


async def test_without_a_cool_down_nobody_is_left_out_for_another_campaign(
    cast: Cast, campaign: Campaign
) -> None:
    cast.alfa.cool_down_days = 0
    told = {reason for reason, _ in (await preflight(cast.alfa, campaign)).left_out}
    assert R.CONTACTED_RECENTLY not in told
    assert told
