"""A question has texts of its own, and the first thing a person gets says how to leave."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest

from esquadrao.campaigns.draft import create, edit
from esquadrao.campaigns.footer import FOOTER, signed
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState, PauseReason
from esquadrao.campaigns.models import Campaign, Delivery, Variant
from esquadrao.campaigns.preflight import blockers
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.preview import preview
from esquadrao.campaigns.process import process
from esquadrao.campaigns.rewrite import rewrite
from esquadrao.campaigns.texts import MOST, texts_of
from esquadrao.campaigns.verify import verify
from esquadrao.channels.models import Channel
from esquadrao.errors import Conflict, Invalid
from esquadrao.messages.models import Message, MessageState, Step
from tests.conftest import Cast
from tests.drain import drain, receive
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

pytestmark = pytest.mark.usefixtures("watched")
QUESTIONS = ("Posso?", "Pode ser?", "Quer ver?")


async def asking(
    cast: Cast, channel: Channel, people: int, *, has_footer: bool = False
) -> Campaign:
    everybody = await make_list(cast.alfa, await make_contacts(cast.alfa, people))
    campaign = await make_campaign(
        cast.ana, channel, everybody, body="Oferta", questions=QUESTIONS, has_footer=has_footer
    )
    await launch(cast.alfa, cast.ana, campaign.id)
    return campaign


async def test_questions_are_shared_out_evenly_and_kept_on_the_delivery(
    cast: Cast, fake: FakeBridge
) -> None:
    campaign = await asking(cast, await make_channel(cast.alfa), 60)
    await drain(fake)
    said = Counter(one["text"] for one in fake.writes)
    assert set(said) == set(QUESTIONS)
    assert min(said.values()) >= 12
    bodies = {
        one.id: one.body for one in await Variant.of(cast.alfa).filter(campaign_id=campaign.id)
    }
    kept = {one.phone: one for one in await Delivery.of(cast.alfa).all()}
    for one in fake.writes:
        delivery = kept[one["to"]]
        assert delivery.asked_variant_id is not None
        assert bodies[delivery.asked_variant_id] == one["text"]
        assert delivery.variant_id is None


async def test_the_message_after_a_yes_keeps_the_question_that_was_asked(
    cast: Cast, fake: FakeBridge
) -> None:
    channel = await make_channel(cast.alfa)
    await asking(cast, channel, 1)
    await drain(fake)
    before = await Delivery.of(cast.alfa).get()
    fake.says(channel, before.phone, "sim")
    await receive()
    await drain(fake)
    after = await Delivery.of(cast.alfa).get()
    assert after.asked_variant_id == before.asked_variant_id
    main = await Variant.of(cast.alfa).get(id=after.variant_id)
    assert (main.step, main.body) == (Step.MAIN, "Oferta")


async def test_a_mended_question_is_asked_of_who_was_not_asked_yet(
    cast: Cast, fake: FakeBridge
) -> None:
    campaign = await asking(cast, await make_channel(cast.alfa, gap=20), 40)
    await verify()
    await process(cast.alfa.id, campaign.id)
    await prepare(cast.alfa.id, campaign.id)
    early = {one.id for one in await Message.of(cast.alfa).all()}
    assert 0 < len(early) < 40
    mended = [f"{one} Responda SIM." for one in QUESTIONS]
    version = (await Campaign.one(cast.alfa, campaign.id)).version
    await rewrite(cast.alfa, cast.ana, campaign.id, version=version, body="Mais", questions=mended)
    await Message.of(cast.alfa).all().update(state=MessageState.CANCELLED)
    await prepare(cast.alfa.id, campaign.id)
    said = {one.body for one in await Message.of(cast.alfa).filter(id__in=early)}
    assert said <= set(QUESTIONS)
    later = {one.body for one in await Message.of(cast.alfa).exclude(id__in=early)}
    assert later
    assert later <= set(mended)
    assert await texts_of(cast.alfa, campaign.id, Step.MAIN) == ["Mais"]
    with pytest.raises(Conflict):
        await rewrite(cast.alfa, cast.ana, campaign.id, version=version, body="Mais")


@pytest.mark.parametrize("given", [("Posso?", "", "Quer?"), ("Posso?",)])
async def test_what_was_launched_keeps_as_many_questions(
    cast: Cast, given: tuple[str, ...]
) -> None:
    campaign = await asking(cast, await make_channel(cast.alfa), 1)
    with pytest.raises(Invalid) as wrong:
        await rewrite(cast.alfa, cast.ana, campaign.id, version=1, body="Oferta", questions=given)
    assert wrong.value.issues[0].path == "questions.1"
    assert await texts_of(cast.alfa, campaign.id, Step.ASK) == list(QUESTIONS)


async def test_a_campaign_with_one_wrong_question_does_not_start(cast: Cast) -> None:
    channel = await make_channel(cast.alfa)
    chosen = await make_list(cast.alfa, await make_contacts(cast.alfa, 1))
    campaign = await make_campaign(cast.ana, channel, chosen, questions=("Posso?", "Oi {{ nome"))
    assert await blockers(campaign) == [PauseReason.TEXT_INVALID]
    only_asks = await make_campaign(cast.ana, channel, chosen, body="", questions=("Posso?",))
    assert await blockers(only_asks) == [PauseReason.NO_TEXT]


async def test_ten_questions_are_kept_and_eleven_refused(cast: Cast) -> None:
    ten = [f"Posso {at}?" for at in range(MOST)]
    made = await create(cast.alfa, cast.ana, name="Dez", questions=[*ten, " ", ""])
    assert await texts_of(cast.alfa, made.id, Step.ASK) == ten
    with pytest.raises(Invalid) as wrong:
        await create(cast.alfa, cast.ana, name="Onze", questions=[*ten, "Mais uma?"])
    assert wrong.value.issues[0].code == "too_many"


async def test_the_footer_stands_under_the_first_message_alone(
    cast: Cast, fake: FakeBridge
) -> None:
    channel = await make_channel(cast.alfa)
    campaign = await asking(cast, channel, 1, has_footer=True)
    await drain(fake)
    fake.says(channel, fake.writes[0]["to"], "sim")
    await receive()
    await drain(fake)
    asked, main = (one["text"] for one in fake.writes)
    assert asked.removesuffix(f"\n\n{FOOTER}") in QUESTIONS
    assert main == "Oferta"
    stored = await Message.of(cast.alfa).get(step=Step.ASK)
    assert stored.body == asked
    assert (await Campaign.one(cast.alfa, campaign.id)).state is CampaignState.FINISHED


async def _draft(cast: Cast, name: str, channel_id: UUID, list_id: UUID) -> Campaign:
    return await create(
        cast.alfa,
        cast.ana,
        name=name,
        body="Olá",
        channel_id=channel_id,
        contact_list_id=list_id,
    )


async def test_a_draft_has_the_footer_until_somebody_takes_it_away(
    cast: Cast, fake: FakeBridge
) -> None:
    channel = await make_channel(cast.alfa)
    chosen = await make_list(cast.alfa, await make_contacts(cast.alfa, 1))
    of = (channel.id, chosen.id)
    signed_one = await _draft(cast, "Com", *of)
    bare = await _draft(cast, "Sem", *of)
    await edit(cast.alfa, cast.ana, bare.id, version=1, has_footer=False)
    for one in (signed_one, bare):
        await launch(cast.alfa, cast.ana, one.id)
        await drain(fake)
    assert [one["text"] for one in fake.writes] == [f"Olá\n\n{FOOTER}", "Olá"]


@pytest.mark.parametrize(
    "text", ["Para sair, mande SAIR", "oi. Responda sair para não receber", "*SAIR* e pronto"]
)
def test_a_text_that_says_it_itself_gets_no_footer(text: str) -> None:
    assert signed(text) == text


@pytest.mark.parametrize("text", ["Você vai sair bem na foto", "Vamos sair?", "SAIRAM as fotos"])
def test_a_text_that_only_has_the_word_gets_one(text: str) -> None:
    assert signed(text) == f"{text}\n\n{FOOTER}"


async def test_the_preview_shows_what_leaves(cast: Cast) -> None:
    seen = await preview(cast.alfa, body="Oferta", has_footer=True)
    assert str(seen.html) == f"Oferta<br><br>{FOOTER}"
    asks = await preview(cast.alfa, body="Oferta", questions=["Posso?", ""], has_footer=True)
    assert str(asks.html) == "Oferta"
    assert [str(one.html) for one in asks.questions] == [f"Posso?<br><br>{FOOTER}"]
    long = await preview(cast.alfa, body="a" * 4090, has_footer=True)
    assert [one.code for one in long.issues] == ["template_limit"]


async def test_what_gets_too_long_with_the_footer_is_skipped_with_its_reason(
    cast: Cast, fake: FakeBridge
) -> None:
    channel = await make_channel(cast.alfa)
    chosen = await make_list(cast.alfa, await make_contacts(cast.alfa, 1))
    campaign = await make_campaign(cast.ana, channel, chosen, body="a" * 4090, has_footer=True)
    await launch(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    assert fake.writes == []
    delivery = await Delivery.of(cast.alfa).get()
    assert (delivery.state, delivery.reason) == ("skipped", "text_failed")
