"""What no person wrote: our own echo, and robots that answer robots. Neither makes a conversation (D26, D28)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from esquadrao.campaigns.answers import ACKNOWLEDGED, WELCOME_BACK
from esquadrao.campaigns.confirm import ASK_AGAIN
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign, Confirmation
from esquadrao.campaigns.yes_no import yes_or_no
from esquadrao.channels.models import Channel
from esquadrao.contacts.models import Contact, Suppression
from esquadrao.contacts.optout import Asks, asks
from esquadrao.database import db_now
from esquadrao.messages.models import Direction, InboundEvent, Message, MessageState
from esquadrao.messages.reply import MOST_AUTOMATIC, WITHIN
from tests.conftest import Cast
from tests.drain import drain, receive
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

OWN = "+5511900000001"
HIDDEN = "\u200b\u200d\u2060\ufeff"  # the family of the field wrote states with these


@pytest.fixture
async def channel(cast: Cast) -> Channel:
    made = await make_channel(cast.alfa)
    await Channel.of(cast.alfa).filter(id=made.id).update(phone=OWN)
    return await Channel.one(cast.alfa, made.id)


@pytest.fixture
async def person(cast: Cast) -> Contact:
    (made,) = await make_contacts(cast.alfa, 1)
    return made


async def launched(cast: Cast, channel: Channel, person: Contact, question: str = "") -> Campaign:
    people = await make_list(cast.alfa, [person])
    made = await make_campaign(cast.ana, channel, people, question=question)
    await launch(cast.alfa, cast.ana, made.id)
    return made


async def came_in(cast: Cast) -> list[str]:
    rows = Message.of(cast.alfa).filter(direction=Direction.IN).order_by("id")
    return [one.body for one in await rows]


async def test_d26_the_campaigns_own_echo_is_nobodys_answer(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    """As an event of its own, under its id as if it came in, and from the Channel's own number."""
    campaign = await launched(cast, channel, person)
    await drain(fake)
    sent = await Message.of(cast.alfa).get(campaign_id=campaign.id)
    before = (sent.state, sent.delivered_at, sent.read_at)
    of = {"company": str(cast.alfa.id), "channel": str(channel.id)}
    at = (await db_now()).isoformat()
    said = {"wa_id": sent.wa_id, "text": "SAIR", "at": at}
    fake.emit([fake.event(of, "message.echo", **said, to=person.phone)])
    fake.says(channel, person.phone, "SAIR", wa_id=sent.wa_id)
    fake.says(channel, OWN, "SAIR")
    await drain(fake)
    assert await came_in(cast) == []
    assert await Suppression.of(cast.alfa).count() == 0
    assert await Contact.of(cast.alfa).count() == 1, "our own number becomes no contact"
    assert len(fake.writes) == 1, "and nothing is answered"
    kept = await Campaign.one(cast.alfa, campaign.id)
    assert (kept.replied_count, kept.opted_out_count) == (0, 0)
    fresh = await Message.of(cast.alfa).get(campaign_id=campaign.id)
    assert (fresh.state, fresh.delivered_at, fresh.read_at) == before
    assert await InboundEvent.of(cast.alfa).filter(applied_at=None).count() == 0
    fake.says(channel, person.phone, "SAIR")
    await drain(fake)
    assert await came_in(cast) == ["SAIR"]
    assert await Suppression.of(cast.alfa).count() == 1


async def test_d26_invisible_characters_carry_no_state(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    """Neither into a text of ours nor out of one of theirs."""
    await launched(cast, channel, person, question="Posso enviar?")
    await drain(fake)
    fake.says(channel, person.phone, f"{HIDDEN}S{HIDDEN}im{HIDDEN}")
    await drain(fake)
    assert [one["text"] for one in fake.writes] == ["Posso enviar?", f"Olá {person.name}"]
    assert not any(mark in one["text"] for one in fake.writes for mark in HIDDEN)
    assert (await Campaign.of(cast.alfa).get()).state is CampaignState.FINISHED


@pytest.mark.parametrize("text", [ACKNOWLEDGED, WELCOME_BACK, ASK_AGAIN])
def test_d28_no_text_of_ours_is_understood_when_a_robot_sends_it_back(text: str) -> None:
    assert asks(text, after_campaign=True) is Asks.NOTHING
    assert yes_or_no(text) is None


async def test_d28_a_robot_that_sends_everything_back_is_asked_once_more_and_no_more(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    await launched(cast, channel, person, question="Posso enviar?")
    await drain(fake)
    for _ in range(10):
        fake.says(channel, person.phone, fake.writes[-1]["text"])
        await drain(fake)
    assert [one["text"] for one in fake.writes] == ["Posso enviar?", ASK_AGAIN]
    assert await Confirmation.of(cast.alfa).filter(asked_again_with__isnull=False).count() == 1


async def test_d28_an_opt_out_is_acknowledged_once_however_often_it_is_said(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    for _ in range(10):
        fake.says(channel, person.phone, "SAIR")
        await drain(fake)
    assert [one["text"] for one in fake.writes] == [ACKNOWLEDGED]


async def test_d28_a_robot_that_obeys_each_of_our_texts_falls_silent_with_us(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    """SAIR, VOLTAR, SAIR …: every word has its effect, and after five answers in ten minutes nobody answers."""
    for turn in range(20):
        fake.says(channel, person.phone, "VOLTAR" if turn % 2 else "SAIR")
        await drain(fake)
    assert len(fake.writes) == MOST_AUTOMATIC
    assert await Suppression.of(cast.alfa).filter(lifted_at=None).count() == 0
    fake.says(channel, person.phone, "SAIR")
    await drain(fake)
    assert len(fake.writes) == MOST_AUTOMATIC
    assert (await Contact.one(cast.alfa, person.id)).suppressed_at is not None
    long_ago = await db_now() - WITHIN - timedelta(seconds=1)
    await Message.of(cast.alfa).filter(direction=Direction.OUT).update(created_at=long_ago)
    fake.says(channel, person.phone, "VOLTAR")
    await drain(fake)
    assert len(fake.writes) == MOST_AUTOMATIC + 1, "a person who comes back later is answered"


async def test_d28_two_of_our_own_channels_do_not_talk_to_each_other(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    """Beta's number is Alfa's contact and Alfa's is Beta's: each text of one is written to the other."""
    other = await make_channel(cast.beta)
    phones = {str(channel.id): OWN, str(other.id): "+5511970000042"}
    await Channel.of(cast.beta).filter(id=other.id).update(phone=phones[str(other.id)])
    fake.says(channel, phones[str(other.id)], "SAIR")
    passed = 0
    for _ in range(20):
        await drain(fake)
        fresh, passed = fake.writes[passed:], len(fake.writes)
        for one in fresh:
            to, by = (other, channel) if one["channel"] == str(channel.id) else (channel, other)
            fake.says(to, phones[str(by.id)], one["text"])
    await receive()
    assert [one["text"] for one in fake.writes] == [ACKNOWLEDGED]
    assert await Message.of(cast.beta).filter(direction=Direction.IN).count() == 1
    waiting = Message.across_companies().filter(state=MessageState.PENDING)
    assert await waiting.count() == 0
