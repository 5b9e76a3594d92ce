"""Ask first: only a yes to a request that arrived brings the Message, and every request has an end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from esquadrao.campaigns import answers, confirm, line
from esquadrao.campaigns.decide import Decision, decide
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryState
from esquadrao.campaigns.models import Answer, Campaign, Confirmation, Delivery
from esquadrao.campaigns.pause import cancel, pause, resume
from esquadrao.campaigns.progress import ANSWERS, Progress, snapshot
from esquadrao.campaigns.sweep import sweep
from esquadrao.channels.models import Channel
from esquadrao.contacts.models import Contact
from esquadrao.database import db_now
from esquadrao.messages.models import Message, MessageState, Step
from tests.conftest import Cast
from tests.drain import drain, one_turn, receive, settle_now
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

pytestmark = pytest.mark.usefixtures("watched")

PEOPLE = 4
QUESTION, MAIN = "Posso enviar a oferta? Responda SIM ou NÃO.", "A oferta"
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
async def channel(cast: Cast) -> Channel:
    return await make_channel(cast.alfa)


@pytest.fixture
async def people(cast: Cast) -> list[Contact]:
    return await make_contacts(cast.alfa, PEOPLE)


@pytest.fixture
async def campaign(cast: Cast, channel: Channel, people: list[Contact]) -> Campaign:
    return await asking(cast, channel, people, "Oferta")


async def asking(cast: Cast, channel: Channel, people: list[Contact], name: str) -> Campaign:
    everybody = await make_list(cast.alfa, people, name=name)
    campaign = await make_campaign(
        cast.ana, channel, everybody, name=name, body=MAIN, question=QUESTION
    )
    await launch(cast.alfa, cast.ana, campaign.id)
    return campaign


async def standing(cast: Cast, campaign: Campaign) -> Progress:
    """The Campaign as its page shows it; the line must add up whenever somebody looks."""
    progress = await snapshot(cast.alfa, campaign.id)
    assert progress.adds_up
    assert await line.recount(cast.alfa.id, campaign.id) == {}
    return progress


def written(fake: FakeBridge, contact: Contact) -> list[str]:
    return [one["text"] for one in fake.writes if one["to"] == contact.phone]


async def close_the_window(campaign: Campaign) -> None:
    rows = Confirmation.of(campaign.company_id).filter(campaign_id=campaign.id)
    await rows.update(answer_by=await db_now() - A_MINUTE)


async def test_d20_a_campaign_that_asks_ends_when_everybody_has_an_end_and_not_before(
    cast: Cast, channel: Channel, people: list[Contact], campaign: Campaign, fake: FakeBridge
) -> None:
    await drain(fake)
    assert [one["text"] for one in fake.writes] == [QUESTION] * PEOPLE
    asked = await standing(cast, campaign)
    assert (asked.campaign.state, asked.asked) == (CampaignState.RUNNING, PEOPLE)
    assert asked.wait is not None
    assert (asked.wait.sentence, asked.expected_end) == (ANSWERS, None)
    assert (asked.waiting, asked.sent, asked.delivered) == (PEOPLE, 0, 0)
    for who, text in zip(people, ("Sim!", "não", "sair"), strict=False):
        fake.says(channel, who.phone, text)
    await receive()
    await drain(fake)
    assert written(fake, people[0]) == [QUESTION, MAIN]
    assert written(fake, people[1]) == [QUESTION]
    assert written(fake, people[2]) == [QUESTION, answers.ACKNOWLEDGED]
    waiting = await standing(cast, campaign)
    assert (waiting.yes, waiting.no, waiting.sent, waiting.waiting) == (1, 1, 1, 1)
    assert (waiting.skipped, waiting.cancelled) == (1, 1)
    assert waiting.campaign.state is CampaignState.RUNNING
    await close_the_window(campaign)
    await sweep()
    ended = await standing(cast, campaign)
    assert (ended.campaign.state, ended.silent, ended.waiting) == (CampaignState.FINISHED, 1, 0)
    states = [one.state for one in await Delivery.of(cast.alfa).all().order_by("contact_id")]
    assert states == ["done", "declined", "cancelled", "unanswered"]


async def test_d19_a_yes_before_the_request_is_none(
    cast: Cast, channel: Channel, people: list[Contact], campaign: Campaign, fake: FakeBridge
) -> None:
    fake.says(channel, people[0].phone, "sim")
    await receive()
    fake.receipts = ()  # written, and WhatsApp says nothing of it yet
    await drain(fake)
    first = await Message.of(cast.alfa).get(step=Step.ASK, state=MessageState.ACCEPTED)
    fake.says(channel, first.to_phone, "sim")
    await receive()
    assert await Delivery.of(cast.alfa).filter(state=DeliveryState.CONFIRMED).count() == 0
    assert await Confirmation.of(cast.alfa).all().count() == 0


async def test_d19_a_yes_over_another_channel_or_of_another_company_is_none(
    cast: Cast, people: list[Contact], campaign: Campaign, fake: FakeBridge
) -> None:
    await drain(fake)
    other = await make_channel(cast.alfa, name="Outra")
    foreign = await make_channel(cast.beta, name="De outra empresa")
    for channel in (other, foreign):
        fake.says(channel, people[0].phone, "sim")
    await receive()
    assert await Confirmation.of(cast.alfa).filter(answer=Answer.WAITING).count() == PEOPLE


async def test_d19_a_yes_is_to_the_newest_request_alone(
    cast: Cast, channel: Channel, people: list[Contact], campaign: Campaign, fake: FakeBridge
) -> None:
    await drain(fake)
    later = await asking(cast, channel, people[:1], "Mais nova")
    await drain(fake)
    fake.says(channel, people[0].phone, "sim")
    await receive()
    assert ((await standing(cast, later)).yes, (await standing(cast, campaign)).yes) == (1, 0)


async def test_any_other_text_is_asked_about_once_and_then_kept_on_the_timeline(
    cast: Cast, channel: Channel, people: list[Contact], campaign: Campaign, fake: FakeBridge
) -> None:
    await drain(fake)
    for text in ("quanto custa?", "e a entrega?", "me deixa em paz"):
        fake.says(channel, people[0].phone, text)
        await receive()
    await drain(fake)
    assert written(fake, people[0]) == [QUESTION, confirm.ASK_AGAIN]
    fake.says(channel, people[0].phone, "👍")
    await receive()
    await drain(fake)
    assert written(fake, people[0]) == [QUESTION, confirm.ASK_AGAIN, MAIN]


async def test_a_second_ask_that_waits_is_not_sent_after_the_answer(
    cast: Cast, channel: Channel, people: list[Contact], campaign: Campaign, fake: FakeBridge
) -> None:
    await drain(fake)
    for text in ("hã?", "não"):
        fake.says(channel, people[0].phone, text)
        await receive()
    await drain(fake)
    assert written(fake, people[0]) == [QUESTION]


async def test_the_same_yes_told_twice_and_a_no_after_it_change_nothing(
    cast: Cast, channel: Channel, people: list[Contact], campaign: Campaign, fake: FakeBridge
) -> None:
    await drain(fake)
    said = fake.says(channel, people[0].phone, "sim")
    fake.emit([said])
    fake.says(channel, people[0].phone, "não")
    await receive()
    await drain(fake)
    assert written(fake, people[0]) == [QUESTION, MAIN]
    progress = await standing(cast, campaign)
    assert (progress.yes, progress.no) == (1, 0)
    proof = await Confirmation.of(cast.alfa).get(answer=Answer.YES)
    assert (await Message.of(cast.alfa).get(id=proof.answered_with)).body == "sim"


async def test_a_yes_while_paused_waits_and_after_a_cancel_is_none(
    cast: Cast, channel: Channel, people: list[Contact], campaign: Campaign, fake: FakeBridge
) -> None:
    await drain(fake)
    await pause(cast.alfa, cast.ana, campaign.id)
    fake.says(channel, people[0].phone, "sim")
    fake.says(channel, people[1].phone, "o quê?")
    await receive()
    await drain(fake)
    assert written(fake, people[0]) == written(fake, people[1]) == [QUESTION]
    await resume(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    assert written(fake, people[0]) == [QUESTION, MAIN]
    await cancel(cast.alfa, cast.ana, campaign.id)
    fake.says(channel, people[2].phone, "sim")
    await receive()
    await sweep()
    ended = await standing(cast, campaign)
    assert (ended.yes, ended.sent, ended.cancelled, ended.waiting) == (1, 1, PEOPLE - 1, 0)
    assert await Confirmation.of(cast.alfa).filter(answer=Answer.WAITING).count() == 0


async def test_a_yes_after_the_window_is_none(
    cast: Cast, channel: Channel, people: list[Contact], campaign: Campaign, fake: FakeBridge
) -> None:
    await drain(fake)
    await close_the_window(campaign)
    fake.says(channel, people[0].phone, "sim")
    await receive()
    await sweep()
    progress = await standing(cast, campaign)
    assert (progress.yes, progress.silent) == (0, PEOPLE)
    assert progress.campaign.state is CampaignState.FINISHED


async def test_d05_the_request_and_the_message_are_two_rows_and_neither_repeats_the_other(
    cast: Cast, channel: Channel, people: list[Contact], campaign: Campaign, fake: FakeBridge
) -> None:
    await drain(fake)
    fake.says(channel, people[0].phone, "sim")
    await receive()
    fake.nack_code, fake.nack_is_retryable = "not_connected", True
    fake.most_nacks = 2
    await drain(fake)
    rows = await Message.of(cast.alfa).filter(contact_id=people[0].id, delivery_id__isnull=False)
    assert {one.step for one in rows} == {Step.ASK, Step.MAIN}
    assert len({one.wa_id for one in rows}) == len(rows)
    asked = [one for one in fake.writes if one["text"] == QUESTION]
    assert len(asked) == PEOPLE
    assert (await standing(cast, campaign)).sent == 1


async def test_a_request_nobody_knows_of_is_decided_like_any_message(
    cast: Cast, channel: Channel, people: list[Contact], campaign: Campaign, fake: FakeBridge
) -> None:
    """Treated as sent it may be answered; given up it is a failure."""
    fake.receipts = ()
    for _ in range(2):
        await one_turn(fake)
    await settle_now(campaign.id)
    await sweep()
    fake.turn()
    await receive()
    lost = await Message.of(cast.alfa).get(state=MessageState.UNKNOWN)
    assert (await standing(cast, campaign)).unknown == 1
    await decide(cast.alfa, cast.ana, campaign.id, Decision.SENT, delivery_id=lost.delivery_id)
    assert (await standing(cast, campaign)).asked == 1
    fake.says(channel, lost.to_phone, "sim")
    await receive()
    assert (await standing(cast, campaign)).yes == 1
