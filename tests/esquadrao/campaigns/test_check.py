"""The existence check: nobody is written to unasked, and nobody is left out because WhatsApp did not answer (D10)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

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
from esquadrao.contacts.check import MOST_PHONES, asked_again_after
from esquadrao.contacts.edit import edit
from esquadrao.contacts.models import Contact, OnWhatsApp
from esquadrao.contacts.numbers import KNOWN_FOR, RENEWED_AFTER
from esquadrao.database import db_now
from esquadrao.gateways import bridge
from esquadrao.messages.gate_codes import Code
from tests.conftest import Cast
from tests.drain import drain, receive, rung
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

PEOPLE = 7
SAMPLE = Path(__file__).parents[3] / "bridge" / "contract" / "event.numbers.checked.json"


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


async def prepared(cast: Cast, campaign: Campaign) -> None:
    """Running, and prepared once: whoever is not known was asked about."""
    await launch(cast.alfa, cast.ana, campaign.id)
    await verify()
    await process(cast.alfa.id, campaign.id)
    await prepare(cast.alfa.id, campaign.id)


async def asked_long_ago(cast: Cast) -> None:
    """As if the question had been open for longer than one is."""
    before = await db_now() - asked_again_after() - timedelta(seconds=1)
    await Contact.of(cast.alfa).filter(asked_at__not_isnull=True).update(asked_at=before)


async def states(cast: Cast) -> dict[str, tuple[Any, ...]]:
    rows = await Contact.of(cast.alfa)
    return {one.phone: (one.on_whatsapp, one.checked_at, one.jid, one.lid) for one in rows}


async def nobody_is_out(cast: Cast, campaign: Campaign, *, waiting: int) -> None:
    seen = await snapshot(cast.alfa, campaign.id)
    assert (seen.campaign.state, seen.skipped) == (CampaignState.RUNNING, 0)
    assert (seen.waiting, seen.adds_up) == (waiting, True)
    chosen = Delivery.of(cast.alfa).filter(campaign_id=campaign.id, state=DeliveryState.CHOSEN)
    assert await chosen.count() == waiting


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


async def test_an_answer_told_twice_changes_nothing(
    cast: Cast, campaign: Campaign, fake: FakeBridge, people: list[Contact]
) -> None:
    fake.absent = {people[0].phone}
    await prepared(cast, campaign)
    fake.turn()
    entries: Any = fake.redis.xrange(bridge.EVENTS)
    await receive()
    once = await states(cast)
    assert {one[0] for one in once.values()} == {OnWhatsApp.EXISTS, OnWhatsApp.ABSENT}
    for _, entry in entries * 2:
        fake.redis.xadd(bridge.EVENTS, entry)
    await receive()
    assert await states(cast) == once


async def test_an_answer_to_no_question_of_ours_changes_nothing(
    cast: Cast, channel: Channel, fake: FakeBridge, people: list[Contact]
) -> None:
    before = await states(cast)
    tell(fake, cast.alfa, channel, [fake.checked(one.phone) for one in people])
    await receive()
    assert await states(cast) == before


def tell(fake: FakeBridge, company: Any, channel: Any, numbers: list[dict[str, Any]]) -> None:
    of = {"company": str(company.id), "channel": str(channel.id)}
    fake.emit([fake.event(of, "numbers.checked", numbers=numbers)])


async def test_another_companys_answer_changes_nothing(
    cast: Cast, campaign: Campaign, channel: Channel, fake: FakeBridge, people: list[Contact]
) -> None:
    """The Channel's Company decides: neither its own numbers nor somebody else's Channel reach over the wall."""
    fake.answers_checks = False
    await prepared(cast, campaign)
    fake.turn()
    before = await states(cast)
    theirs = await make_channel(cast.beta)
    answers = [fake.checked(one.phone) for one in people]
    for company, line_of in ((cast.beta, theirs), (cast.beta, channel), (cast.alfa, theirs)):
        tell(fake, company, line_of, answers)
    await receive()
    assert await states(cast) == before
    tell(fake, cast.alfa, channel, [fake.checked(f"+{one.phone_key}") for one in people] + answers)
    await receive()
    assert {one[0] for one in (await states(cast)).values()} == {OnWhatsApp.EXISTS}


@pytest.mark.parametrize(
    "answer",
    [
        {"exists": False, "jid": None, "lid": None},  # of one of two spellings
        {"exists": None, "jid": None, "lid": None},
        {"exists": True, "jid": None, "lid": None},
        {"exists": True, "jid": "pessoa", "lid": None},
    ],
)
async def test_d10_half_an_answer_is_none(
    cast: Cast,
    campaign: Campaign,
    channel: Channel,
    fake: FakeBridge,
    answer: dict[str, Any],
) -> None:
    fake.answers_checks = False
    await prepared(cast, campaign)
    first = await Contact.of(cast.alfa).order_by("id").first()
    assert first is not None
    tell(fake, cast.alfa, channel, [{"phone": first.phone, **answer}])
    await receive()
    assert {one[0] for one in (await states(cast)).values()} == {OnWhatsApp.NOT_CHECKED}
    await drain(fake)
    await nobody_is_out(cast, campaign, waiting=PEOPLE)


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


async def test_an_answer_that_comes_after_newer_evidence_is_late(
    cast: Cast, campaign: Campaign, channel: Channel, fake: FakeBridge, people: list[Contact]
) -> None:
    fake.absent = {people[0].phone}
    await prepared(cast, campaign)
    fake.says(channel, people[0].phone, "Oi")
    await receive()
    fake.turn()
    await receive()
    assert (await Contact.one(cast.alfa, people[0].id)).on_whatsapp is OnWhatsApp.EXISTS


async def test_who_wrote_needs_no_check_and_is_written_to_as_they_write(
    cast: Cast, campaign: Campaign, channel: Channel, fake: FakeBridge, people: list[Contact]
) -> None:
    eight = f"+{people[0].phone_key}"
    fake.says(channel, eight, "Oi")
    await receive()
    fake.answers_checks = False
    await launch(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    assert [one["to"] for one in fake.writes] == [eight]
    assert all(eight not in asked for asked in fake.checks)


async def test_a_receipt_of_the_phone_is_evidence_and_rarely_costs_a_write(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    people = await make_contacts(cast.alfa, 3)
    now = await db_now()
    ages = (now - KNOWN_FOR + timedelta(hours=1), now - RENEWED_AFTER * 2, now - RENEWED_AFTER / 2)
    for contact, at in zip(people, ages, strict=True):
        await Contact.of(cast.alfa).filter(id=contact.id).update(checked_at=at)
    campaign = await make_campaign(cast.ana, channel, await make_list(cast.alfa, people))
    await launch(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    checked = [(await Contact.one(cast.alfa, one.id)).checked_at for one in people]
    assert [one >= now for one in checked if one] == [True, True, False]
    assert fake.checks == []


async def test_a_send_refused_for_a_number_that_is_not_there_is_evidence(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    people = await make_contacts(cast.alfa, 2)
    everybody = await make_list(cast.alfa, people)
    fake.nack_code, fake.most_nacks = "not_on_whatsapp", 1
    for name in ("Antes", "Depois"):
        campaign = await make_campaign(cast.ana, channel, everybody, name=name)
        await launch(cast.alfa, cast.ana, campaign.id)
        await drain(fake)
    assert [(await Contact.one(cast.alfa, one.id)).on_whatsapp for one in people] == [
        OnWhatsApp.ABSENT,
        OnWhatsApp.EXISTS,
    ]
    seen = await snapshot(cast.alfa, campaign.id)
    assert (seen.skipped, seen.sent, seen.failed) == (1, 1, 0)


async def test_another_phone_is_another_question(
    cast: Cast, campaign: Campaign, channel: Channel, fake: FakeBridge, people: list[Contact]
) -> None:
    """Also for an answer that was on its way when the phone was changed."""
    await prepared(cast, campaign)
    fake.turn()
    one, new = people[0], "+5511988887777"
    await edit(cast.alfa, cast.ana, one.id, version=1, phone=new, name=one.name)
    await receive()
    changed = await Contact.one(cast.alfa, one.id)
    assert (changed.on_whatsapp, changed.asked_at, changed.jid) == (
        OnWhatsApp.NOT_CHECKED,
        None,
        "",
    )
    await drain(fake)
    assert {one["to"] for one in fake.writes} == {one.phone for one in people[1:]} | {new}


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


async def test_the_contracts_sample_is_applied(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    """One is there under eight digits; of the other number WhatsApp knows nobody."""
    (old, abroad) = await make_contacts(cast.alfa, 2, is_checked=False)
    asked = {"asked_at": await db_now() - timedelta(seconds=1)}
    own = Contact.of(cast.alfa)
    await own.filter(id=old.id).update(phone="+5511987654321", phone_key="551187654321", **asked)
    await own.filter(id=abroad.id).update(phone="+14155552671", phone_key="14155552671", **asked)
    sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
    tell(fake, cast.alfa, channel, sample["data"]["numbers"])
    await receive()
    found = [await Contact.one(cast.alfa, one.id) for one in (old, abroad)]
    assert [(one.on_whatsapp, one.jid, one.lid) for one in found] == [
        (OnWhatsApp.EXISTS, "551187654321@s.whatsapp.net", "182736450912837@lid"),
        (OnWhatsApp.ABSENT, "", ""),
    ]
