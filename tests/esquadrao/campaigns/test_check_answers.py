"""What WhatsApp answers of a number counts once, for the question it answers; what happens counts as well."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.progress import snapshot
from esquadrao.channels.models import Channel
from esquadrao.contacts.edit import edit
from esquadrao.contacts.models import Contact, OnWhatsApp
from esquadrao.contacts.numbers import KNOWN_FOR, RENEWED_AFTER
from esquadrao.database import db_now
from esquadrao.gateways import bridge
from tests.checking import nobody_is_out, prepared, states, tell
from tests.conftest import Cast
from tests.drain import drain, receive
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
        (OnWhatsApp.EXISTS, "551187654321@s.whatsapp.net", "182736450912837"),
        (OnWhatsApp.ABSENT, "", ""),
    ]
