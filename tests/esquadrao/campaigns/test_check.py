"""The existence check: nobody is written to unasked, and nobody is left out because WhatsApp did not answer (D10)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from esquadrao.campaigns import line
from esquadrao.campaigns.audience import preflight
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryState, SkipReason
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process
from esquadrao.campaigns.progress import snapshot
from esquadrao.campaigns.verify import verify
from esquadrao.campaigns.window import LOOK
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.contacts.check import MOST_PHONES
from esquadrao.contacts.models import Contact, OnWhatsApp
from esquadrao.contacts.numbers import KNOWN_FOR
from esquadrao.database import db_now
from esquadrao.messages.gate_codes import Code
from tests.checking import asked_long_ago, nobody_is_out, prepared
from tests.conftest import Cast
from tests.drain import drain, receive, rung
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

PEOPLE = 7


@pytest.fixture
async def channel(cast: Cast) -> Channel:
    return await make_channel(cast.alfa)


@pytest.fixture
async def people(cast: Cast) -> list[Contact]:
    """Whom nobody ever asked about."""
    return await make_contacts(cast.alfa, PEOPLE, is_checked=False)


@pytest.fixture
async def campaign(cast: Cast, channel: Channel, people: list[Contact]) -> Campaign:
    return await make_campaign(cast.ana, channel, await make_list(cast.alfa, people))


async def test_everybody_is_asked_about_before_the_first_chat(
    cast: Cast, campaign: Campaign, fake: FakeBridge, people: list[Contact]
) -> None:
    await prepared(cast, campaign)
    fake.turn()
    assert fake.writes == []
    assert {phone for asked in fake.checks for phone in asked} >= {one.phone for one in people}
    await receive()
    assert rung(fake.redis) >= {"campaign.prepare"}
    await drain(fake)
    assert {one["to"] for one in fake.writes} == {one.phone for one in people}
    assert (await snapshot(cast.alfa, campaign.id)).sent == len(fake.writes) == PEOPLE


async def test_d10_an_existence_check_that_could_not_run_removes_nobody(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    fake.answers_checks = False
    await launch(cast.alfa, cast.ana, campaign.id)
    for _ in range(3):
        await drain(fake)
        await asked_long_ago(cast)
    assert len(fake.checks) == 3  # asked again each time its question had been open for long enough
    assert fake.writes == []
    await nobody_is_out(cast, campaign, waiting=PEOPLE)
    why = (await snapshot(cast.alfa, campaign.id)).wait
    assert why is not None
    assert (why.code, why.until) == (Code.NUMBER_NOT_CHECKED, None)
    fake.answers_checks = True
    await drain(fake)
    assert (await snapshot(cast.alfa, campaign.id)).sent == PEOPLE


async def test_d10_a_channel_that_is_away_asks_nobody_and_removes_nobody(
    cast: Cast, campaign: Campaign, channel: Channel, fake: FakeBridge
) -> None:
    await launch(cast.alfa, cast.ana, campaign.id)
    await verify()
    await process(cast.alfa.id, campaign.id)
    own = Channel.of(cast.alfa).filter(id=channel.id)
    await own.update(state=ChannelState.RECONNECTING)
    await drain(fake)
    assert fake.checks == []
    await nobody_is_out(cast, campaign, waiting=PEOPLE)
    why = (await snapshot(cast.alfa, campaign.id)).wait
    assert why is not None
    assert why.code is Code.CHANNEL_NOT_CONNECTED
    await own.update(state=ChannelState.CONNECTED)
    await drain(fake)
    assert (await snapshot(cast.alfa, campaign.id)).sent == PEOPLE


@pytest.mark.parametrize("silent", [PEOPLE, LOOK + 10], ids=["a few", "more than a look takes in"])
async def test_d10_who_gets_no_answer_blocks_nobody_behind_them(
    cast: Cast, channel: Channel, fake: FakeBridge, silent: int
) -> None:
    fake.answers_checks = False
    in_front = await make_contacts(cast.alfa, silent, is_checked=False)
    behind = await make_contacts(cast.alfa, 3, first=5_000)
    everybody = await make_list(cast.alfa, in_front + behind)
    campaign = await make_campaign(cast.ana, channel, everybody)
    await launch(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    assert {one["to"] for one in fake.writes} == {one.phone for one in behind}
    await nobody_is_out(cast, campaign, waiting=silent)


async def test_d10_who_gets_no_answer_keeps_nobody_from_being_asked(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    """A slow Channel asks about few at a time: those it never asked go before those that never answer."""
    await Channel.of(cast.alfa).all().update(gap_min=60, gap_max=60)
    fake.answers_checks = False
    crowd = await make_contacts(cast.alfa, 60, is_checked=False)
    campaign = await make_campaign(cast.ana, channel, await make_list(cast.alfa, crowd))
    await prepared(cast, campaign)
    for _ in range(2):
        assert 0 < await Contact.of(cast.alfa).filter(asked_at__isnull=True).count() < 60
        await asked_long_ago(cast)
        await prepare(cast.alfa.id, campaign.id)
    assert await Contact.of(cast.alfa).filter(asked_at__isnull=True).count() == 0


async def test_who_is_not_on_whatsapp_is_left_out_with_the_reason_and_the_line_moves(
    cast: Cast, campaign: Campaign, fake: FakeBridge, people: list[Contact]
) -> None:
    fake.absent = {people[2].phone, people[5].phone}
    await launch(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    seen = await snapshot(cast.alfa, campaign.id)
    assert (seen.campaign.state, seen.sent, seen.skipped) == (CampaignState.FINISHED, PEOPLE - 2, 2)
    assert await line.recount(cast.alfa.id, campaign.id) == {}
    out = Delivery.of(cast.alfa).filter(state=DeliveryState.SKIPPED)
    assert {(one.phone, one.reason) for one in await out} == {
        (phone, SkipReason.NOT_ON_WHATSAPP) for phone in fake.absent
    }
    assert fake.absent.isdisjoint(one["to"] for one in fake.writes)


async def test_a_mobile_is_asked_in_both_spellings_and_written_to_as_whatsapp_answers(
    cast: Cast, campaign: Campaign, fake: FakeBridge, people: list[Contact]
) -> None:
    old = people[3]
    fake.eight_digits = {old.phone}
    await launch(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    eight = f"+{old.phone_key}"
    assert len(eight) == len(old.phone) - 1
    written = {one["to"] for one in fake.writes}
    assert written == {one.phone for one in people if one is not old} | {eight}
    stored = await Contact.one(cast.alfa, old.id)
    assert (stored.phone, stored.jid) == (old.phone, f"{eight[1:]}@s.whatsapp.net")
    assert stored.lid == f"9{eight[1:]}@lid"


async def test_a_question_holds_at_most_fifty_numbers_and_all_spellings_of_each(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    crowd = await make_contacts(cast.alfa, 60, is_checked=False)
    await prepared(cast, await make_campaign(cast.ana, channel, await make_list(cast.alfa, crowd)))
    fake.turn()
    assert [len(asked) for asked in fake.checks] == [MOST_PHONES, MOST_PHONES, 20]
    for asked in fake.checks:
        both = {f"+{one.phone_key}" for one in crowd if one.phone in asked}
        assert both == {phone for phone in asked if len(phone) == len("+551170000000")}


async def test_an_answer_holds_seven_days(
    cast: Cast, campaign: Campaign, channel: Channel, fake: FakeBridge, people: list[Contact]
) -> None:
    fake.receipts = ("server_ack",)  # nothing else shows that they exist
    await launch(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    assert len(fake.checks) == 1
    everybody = await make_list(cast.alfa, people, name="Os mesmos")
    for days, questions in ((KNOWN_FOR.days - 1, 1), (KNOWN_FOR.days + 1, 2)):
        at = await db_now() - timedelta(days=days)
        await Contact.of(cast.alfa).all().update(checked_at=at, asked_at=at)
        again = await make_campaign(cast.ana, channel, everybody, name=f"Depois de {days}")
        await launch(cast.alfa, cast.ana, again.id)
        await drain(fake)
        assert (await snapshot(cast.alfa, again.id)).sent == PEOPLE
        assert len(fake.checks) == questions


async def test_a_question_lost_on_its_way_is_asked_again_after_its_time_and_not_before(
    cast: Cast, campaign: Campaign, fake: FakeBridge
) -> None:
    await prepared(cast, campaign)
    fake.redis.flushall()  # killed between the commit and the stream
    await drain(fake)
    assert fake.checks == []
    await asked_long_ago(cast)
    await drain(fake)
    assert len(fake.checks) == 1
    assert len({one["to"] for one in fake.writes}) == len(fake.writes) == PEOPLE


async def test_the_review_counts_who_was_not_checked_as_the_engine_does(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    known, unknown = (
        await make_contacts(cast.alfa, 4),
        await make_contacts(cast.alfa, 5, first=10, is_checked=False),
    )
    absent = {"on_whatsapp": OnWhatsApp.ABSENT, "jid": ""}
    await Contact.of(cast.alfa).filter(id=known[0].id).update(**absent)
    await Contact.of(cast.alfa).filter(id=unknown[0].id).update(suppressed_at=await db_now())
    old = await db_now() - KNOWN_FOR - timedelta(seconds=1)
    await Contact.of(cast.alfa).filter(id=known[1].id).update(checked_at=old, **absent)
    campaign = await make_campaign(cast.ana, channel, await make_list(cast.alfa, known + unknown))
    told = await preflight(cast.alfa, campaign)
    assert dict(told.left_out) == {SkipReason.NOT_ON_WHATSAPP: 1, SkipReason.SUPPRESSED: 1}
    assert (told.people, told.receive, told.not_checked) == (9, 7, 5)
    await prepared(cast, campaign)
    fake.turn()
    mobiles = {
        phone for asked in fake.checks for phone in asked if len(phone) == len(known[1].phone)
    }
    assert mobiles == {known[1].phone, *(one.phone for one in unknown[1:])}
