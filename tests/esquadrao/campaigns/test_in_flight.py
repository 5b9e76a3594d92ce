"""What is on its way when somebody leaves, or a Campaign is cancelled or paused: an end at once, or none too early."""

from __future__ import annotations

import pytest

from esquadrao.campaigns import answers, line
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.leave_alone import leave_alone
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryState
from esquadrao.campaigns.models import Answer, Campaign, Confirmation, Delivery
from esquadrao.campaigns.pause import cancel, pause, resume
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process
from esquadrao.campaigns.progress import snapshot
from esquadrao.campaigns.verify import verify
from esquadrao.channels.models import Channel
from esquadrao.contacts.models import Contact
from esquadrao.messages.ask import ask_unsettled
from esquadrao.messages.models import Message, MessageState, Step
from tests.conftest import Cast
from tests.drain import drain, one_turn, receive
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

pytestmark = pytest.mark.usefixtures("watched")
QUESTION, MAIN = "Posso?", "A oferta"


@pytest.fixture
async def channel(cast: Cast) -> Channel:
    return await make_channel(cast.alfa)


@pytest.fixture
async def person(cast: Cast) -> Contact:
    (one,) = await make_contacts(cast.alfa, 1)
    return one


async def asking(cast: Cast, channel: Channel, person: Contact, *, name: str = "Um") -> Campaign:
    chosen = await make_list(cast.alfa, [person], name=name)
    campaign = await make_campaign(
        cast.ana, channel, chosen, name=name, body=MAIN, question=QUESTION
    )
    await launch(cast.alfa, cast.ana, campaign.id)
    return campaign


async def asked_without_ack(fake: FakeBridge) -> None:
    """The request is with the bridge, and WhatsApp says nothing of it yet."""
    fake.receipts = ()
    await one_turn(fake)


async def acknowledged(cast: Cast, fake: FakeBridge) -> None:
    fake.receipts = ("server_ack", "delivered", "read")
    fake.acknowledge(cast.alfa.id)
    await receive()


async def standing(cast: Cast, campaign: Campaign) -> tuple[CampaignState, DeliveryState, str]:
    progress = await snapshot(cast.alfa, campaign.id)
    assert progress.adds_up
    assert await line.recount(cast.alfa.id, campaign.id) == {}
    delivery = await Delivery.of(cast.alfa).get(campaign_id=campaign.id)
    return progress.campaign.state, delivery.state, delivery.reason


async def test_a_request_that_arrives_after_an_opt_out_waits_for_nobody(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    campaign = await asking(cast, channel, person)
    await asked_without_ack(fake)
    await leave_alone(cast.alfa, cast.ana, person.id)
    await acknowledged(cast, fake)
    ended = (CampaignState.FINISHED, DeliveryState.CANCELLED, "suppressed")
    assert await standing(cast, campaign) == ended
    request = await Confirmation.of(cast.alfa).get()
    assert request.answer is Answer.CLOSED
    assert (await Campaign.one(cast.alfa, campaign.id)).closed_count == 1
    fake.says(channel, person.phone, "sim")
    await receive()
    await drain(fake)
    assert [one["text"] for one in fake.writes] == [QUESTION]


async def test_a_request_that_arrives_after_a_cancel_waits_for_nobody(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    campaign = await asking(cast, channel, person)
    await asked_without_ack(fake)
    await cancel(cast.alfa, cast.ana, campaign.id)
    await acknowledged(cast, fake)
    ended = (CampaignState.CANCELLED, DeliveryState.CANCELLED, "")
    assert await standing(cast, campaign) == ended
    assert (await Confirmation.of(cast.alfa).get()).answer is Answer.CLOSED


async def test_a_request_that_arrives_while_paused_is_waited_for_and_a_yes_goes_on_after_it(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    campaign = await asking(cast, channel, person)
    await asked_without_ack(fake)
    await pause(cast.alfa, cast.ana, campaign.id)
    await acknowledged(cast, fake)
    assert await standing(cast, campaign) == (CampaignState.PAUSED, DeliveryState.ASKED, "")
    fake.says(channel, person.phone, "sim")
    await receive()
    await drain(fake)
    assert [one["text"] for one in fake.writes] == [QUESTION]
    await resume(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    assert [one["text"] for one in fake.writes] == [QUESTION, MAIN]


async def test_a_request_on_its_way_at_an_opt_out_is_cancelled_only_where_nothing_was_written(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    campaign = await asking(cast, channel, person)
    fake.is_deaf = True  # the command was lost
    await one_turn(fake)
    await leave_alone(cast.alfa, cast.ana, person.id)
    sending = await Message.of(cast.alfa).get()
    assert (sending.state, sending.is_being_cancelled) == (MessageState.SENDING, True)
    assert (await standing(cast, campaign))[1] is DeliveryState.QUEUED
    fake.is_deaf = False
    await ask_unsettled()
    await drain(fake)
    assert fake.writes == []
    ended = (CampaignState.FINISHED, DeliveryState.CANCELLED, "suppressed")
    assert await standing(cast, campaign) == ended


async def test_an_opt_out_ends_what_waits_on_every_channel_and_in_every_state(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    other = await make_channel(cast.alfa, name="Outra")
    asked = await asking(cast, channel, person, name="Perguntada")
    await drain(fake)
    queued = await asking(cast, other, person, name="Na fila")
    chosen = await asking(cast, other, person, name="Escolhida")
    await verify()
    for one in (queued, chosen):
        await process(cast.alfa.id, one.id)
    await prepare(cast.alfa.id, queued.id)
    confirmed = await asking(cast, channel, person, name="Confirmada")
    rows = Delivery.of(cast.alfa)
    before = {one.campaign_id: one.state for one in await rows.all()}
    assert before == {
        asked.id: DeliveryState.ASKED,
        queued.id: DeliveryState.QUEUED,
        chosen.id: DeliveryState.CHOSEN,
    }
    await drain(fake)
    await pause(cast.alfa, cast.ana, confirmed.id)
    fake.says(channel, person.phone, "sim")
    await receive()
    yes = await rows.get(campaign_id=confirmed.id)
    assert yes.state is DeliveryState.CONFIRMED
    fake.says(channel, person.phone, "sair")
    await receive()
    for one in (asked, queued, chosen, confirmed):
        assert (await standing(cast, one))[1:] in (
            (DeliveryState.CANCELLED, "suppressed"),
            (DeliveryState.SKIPPED, "suppressed"),
        )
    written = len(fake.writes)
    await resume(cast.alfa, cast.ana, confirmed.id)
    await drain(fake)
    assert [one["text"] for one in fake.writes[written:]] == [answers.ACKNOWLEDGED]
    for one in (asked, queued, chosen, confirmed):
        assert (await standing(cast, one))[0] is CampaignState.FINISHED


async def test_who_is_chosen_is_left_out_at_once_and_not_when_their_turn_comes(
    cast: Cast, channel: Channel, person: Contact
) -> None:
    campaign = await asking(cast, channel, person)
    await verify()
    await process(cast.alfa.id, campaign.id)
    await pause(cast.alfa, cast.ana, campaign.id)
    await leave_alone(cast.alfa, cast.ana, person.id)
    ended = (CampaignState.PAUSED, DeliveryState.SKIPPED, "suppressed")
    assert await standing(cast, campaign) == ended


@pytest.mark.parametrize("is_lost", [False, True])
async def test_a_re_ask_does_not_leave_after_an_opt_out(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge, *, is_lost: bool
) -> None:
    await asking(cast, channel, person)
    await drain(fake)
    fake.says(channel, person.phone, "quanto custa?")
    await receive()
    if is_lost:  # claimed, and the command never came to the bridge
        fake.is_deaf = True
        await one_turn(fake)
        fake.is_deaf = False
    fake.says(channel, person.phone, "sair")
    await receive()
    await ask_unsettled()
    await drain(fake)
    assert [one["text"] for one in fake.writes] == [QUESTION, answers.ACKNOWLEDGED]


async def test_a_paused_campaign_asks_nothing_again_until_it_goes_on(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    campaign = await asking(cast, channel, person)
    await drain(fake)
    fake.says(channel, person.phone, "quanto custa?")
    await receive()
    await pause(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    assert [one["text"] for one in fake.writes] == [QUESTION]
    await resume(cast.alfa, cast.ana, campaign.id)
    fake.says(channel, person.phone, "e a entrega?")
    await receive()
    await drain(fake)
    assert [one["text"] for one in fake.writes] == [QUESTION, "Responda SIM ou NÃO."]


async def test_sair_said_twice_at_once_is_acknowledged_once(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    for text in ("sair", "SAIR!", "me tira da lista"):
        fake.says(channel, person.phone, text)
        await receive()
    await drain(fake)
    assert [one["text"] for one in fake.writes] == [answers.ACKNOWLEDGED]
    texts = Message.of(cast.alfa).filter(direction="out", campaign_id=None)
    assert await texts.count() == 1


async def test_a_welcome_back_that_waits_is_not_sent_after_another_sair(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    for text in ("sair", "voltar", "sair"):
        fake.says(channel, person.phone, text)
        await receive()
    await drain(fake)
    assert [one["text"] for one in fake.writes] == [answers.ACKNOWLEDGED]


async def test_a_late_acknowledgement_of_what_was_taken_for_unwritten_waits_for_nobody(
    cast: Cast, channel: Channel, person: Contact, fake: FakeBridge
) -> None:
    campaign = await asking(cast, channel, person)
    await asked_without_ack(fake)
    await leave_alone(cast.alfa, cast.ana, person.id)
    rows = Message.of(cast.alfa).filter(step=Step.ASK)
    await ask_unsettled()
    await drain(fake)
    await acknowledged(cast, fake)
    assert (await rows.get()).state is MessageState.READ
    assert (await standing(cast, campaign))[1:] == (DeliveryState.CANCELLED, "suppressed")
