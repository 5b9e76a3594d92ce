"""What people answer: kept once, understood in order, and with effect before the next write."""

from __future__ import annotations

from datetime import timedelta

import pytest

from esquadrao.campaigns import answers, line
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.leave_alone import end, leave_alone
from esquadrao.campaigns.lifecycle import CampaignState, PauseReason
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.pause import resume
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process
from esquadrao.campaigns.progress import snapshot
from esquadrao.campaigns.verify import verify
from esquadrao.channels.models import Channel
from esquadrao.contacts.add import add
from esquadrao.contacts.models import Contact, SuppressedBy, Suppression
from esquadrao.contacts.suppress import Why, suppress
from esquadrao.database import db_now
from esquadrao.errors import Invalid
from esquadrao.messages import inbound
from esquadrao.messages.models import Direction, InboundEvent, Message, MessageState
from esquadrao.unit_of_work import unit_of_work
from tests.conftest import Cast
from tests.drain import drain, one_turn, receive
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

PEOPLE = 6
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
async def channel(cast: Cast) -> Channel:
    return await make_channel(cast.alfa)


@pytest.fixture
async def people(cast: Cast) -> list[Contact]:
    return await make_contacts(cast.alfa, PEOPLE)


async def running(cast: Cast, channel: Channel, people: list[Contact], name: str) -> Campaign:
    everybody = await make_list(cast.alfa, people, name=name)
    campaign = await make_campaign(cast.ana, channel, everybody, name=name, body=name)
    await launch(cast.alfa, cast.ana, campaign.id)
    await verify()
    await process(cast.alfa.id, campaign.id)
    return campaign


async def stored(cast: Cast) -> list[str]:
    rows = Message.of(cast.alfa).filter(direction=Direction.IN).order_by("id")
    return [one.body for one in await rows]


async def test_d27_two_quick_messages_are_both_kept_and_each_once(
    cast: Cast, channel: Channel, people: list[Contact], fake: FakeBridge
) -> None:
    first = fake.says(channel, people[0].phone, "Oi")
    second = fake.says(channel, people[0].phone, "Tudo bem?")
    fake.emit([second, first])
    await receive()
    fake.emit([first])
    await receive()
    assert await stored(cast) == ["Oi", "Tudo bem?"]
    assert await InboundEvent.of(cast.alfa).filter(applied_at=None).count() == 0


async def test_a_stranger_becomes_a_contact_with_their_own_name(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    fake.says(channel, "+5511987650001", "Oi")
    await receive()
    contact = await Contact.of(cast.alfa).get()
    assert (contact.name, contact.phone) == ("Maria", "+5511987650001")
    assert contact.last_wrote_at is not None
    assert await Contact.of(cast.beta).count() == 0


async def test_the_ninth_digit_makes_nobody_a_second_contact(
    cast: Cast, channel: Channel, people: list[Contact], fake: FakeBridge
) -> None:
    phone = people[0].phone
    for said in (phone, phone[1:], f"{phone[1:5]}{phone[6:]}"):
        fake.says(channel, said, "Oi")
    await receive()
    assert await Contact.of(cast.alfa).count() == PEOPLE
    assert await stored(cast) == ["Oi"] * 3


async def test_an_opt_out_takes_back_what_waits_in_every_campaign_and_is_acknowledged_once(
    cast: Cast, channel: Channel, people: list[Contact], fake: FakeBridge
) -> None:
    campaigns = [await running(cast, channel, people, name) for name in ("Um", "Dois")]
    for one in campaigns:
        await prepare(cast.alfa.id, one.id)
    gone = people[-1]
    fake.says(channel, gone.phone, "Não quero mais receber")
    await receive()
    fake.says(channel, gone.phone, "SAIR")
    await receive()
    await drain(fake)
    texts = [one["text"] for one in fake.writes if one["to"] == gone.phone]
    assert texts == [answers.ACKNOWLEDGED]
    for one in campaigns:
        progress = await snapshot(cast.alfa, one.id)
        assert (progress.sent, progress.cancelled) == (PEOPLE - 1, 1)
        assert progress.adds_up
        assert await line.recount(cast.alfa.id, one.id) == {}
        theirs = await Delivery.of(cast.alfa).get(campaign_id=one.id, contact_id=gone.id)
        assert theirs.reason == "suppressed"
    held = await Suppression.of(cast.alfa).get()
    assert (held.reason, held.lifted_at) == (SuppressedBy.OPT_OUT, None)
    proof = await Message.of(cast.alfa).get(id=held.message_id)
    assert proof.body == "Não quero mais receber"
    assert gone.phone not in held.phone_hash


async def test_the_claim_looks_once_more_before_the_write(
    cast: Cast, channel: Channel, people: list[Contact], fake: FakeBridge
) -> None:
    """Prepare read the Contact a moment before they asked, and wrote its Message a moment after."""
    campaign = await running(cast, channel, people, "Um")
    await prepare(cast.alfa.id, campaign.id)
    async with unit_of_work():
        await suppress(people[0], Why(SuppressedBy.OPT_OUT), at=await db_now())
    await drain(fake)
    assert people[0].phone not in {one["to"] for one in fake.writes}
    progress = await snapshot(cast.alfa, campaign.id)
    assert (progress.sent, progress.cancelled) == (PEOPLE - 1, 1)
    assert progress.campaign.state is CampaignState.FINISHED
    assert await line.recount(cast.alfa.id, campaign.id) == {}


async def test_what_is_in_flight_when_they_opt_out_ends_and_holds_up_nobody(
    cast: Cast, channel: Channel, people: list[Contact], fake: FakeBridge
) -> None:
    campaign = await running(cast, channel, people, "Um")
    fake.is_deaf = True
    await one_turn(fake)
    flying = await Message.of(cast.alfa).get(state=MessageState.SENDING)
    fake.says(channel, flying.to_phone, "parar")
    await receive()
    flying = await Message.of(cast.alfa).get(id=flying.id)
    assert flying.is_being_cancelled
    assert flying.settle_by is not None
    assert flying.settle_by <= await db_now()
    assert campaign.id == flying.campaign_id


async def test_who_was_left_alone_is_left_alone_again_when_they_come_back_by_another_way(
    cast: Cast, people: list[Contact]
) -> None:
    await leave_alone(cast.alfa, cast.ana, people[0].id)
    phone = people[0].phone
    await Contact.of(cast.alfa).filter(id=people[0].id).delete()
    again = await add(cast.alfa, cast.ana, phone=phone, name="De volta")
    assert again.suppressed_at is not None
    other = await add(cast.beta, cast.carla, phone=phone, name="Cliente da Beta")
    assert other.suppressed_at is None


async def test_voltar_undoes_their_own_word_and_not_that_of_somebody_of_the_company(
    cast: Cast, channel: Channel, people: list[Contact], fake: FakeBridge
) -> None:
    fake.says(channel, people[0].phone, "sair")
    await leave_alone(cast.alfa, cast.ana, people[1].id)
    await receive()
    for one in people[:2]:
        fake.says(channel, one.phone, "Voltar")
    await receive()
    first, second = [await Contact.one(cast.alfa, one.id) for one in people[:2]]
    assert first.suppressed_at is None
    assert second.suppressed_at is not None
    held = await Suppression.of(cast.alfa).get(lifted_at=None)
    with pytest.raises(Invalid):
        await end(cast.alfa, cast.ana, held.id, note=" ")
    await end(cast.alfa, cast.ana, held.id, note="Pediu na loja em 3/5")
    assert (await Contact.one(cast.alfa, second.id)).suppressed_at is None
    lifted = {one.contact_id: one for one in await Suppression.of(cast.alfa).all()}
    said, decided = lifted[first.id], lifted[second.id]
    assert (said.lifted_by, decided.lifted_by) == (None, cast.ana.id)
    assert (await Message.of(cast.alfa).get(id=said.lifted_with)).body == "Voltar"
    assert (decided.lifted_with, decided.lift_note) == (None, "Pediu na loja em 3/5")


async def test_who_writes_waits_for_no_budget_of_people_who_never_wrote(
    cast: Cast, channel: Channel, people: list[Contact], fake: FakeBridge
) -> None:
    campaign = await running(cast, channel, people, "Um")
    await prepare(cast.alfa.id, campaign.id)
    await Message.of(cast.alfa).all().update(is_cold=True)
    fake.says(channel, people[2].phone, "Oi")
    await receive()
    cold = await Message.of(cast.alfa).filter(direction=Direction.OUT, is_cold=False)
    assert [one.contact_id for one in cold] == [people[2].id]


@pytest.mark.parametrize(("days", "is_out"), [(6, True), (8, False)])
async def test_cancelar_alone_counts_within_seven_days_of_a_campaign(
    cast: Cast,
    channel: Channel,
    people: list[Contact],
    fake: FakeBridge,
    days: int,
    *,
    is_out: bool,
) -> None:
    await running(cast, channel, people[:1], "Um")
    await drain(fake)
    sent = Message.of(cast.alfa).filter(direction=Direction.OUT)
    await sent.update(server_ack_at=await db_now() - timedelta(days=days))
    for one in people[:2]:  # the second never got a campaign
        fake.says(channel, one.phone, "Cancelar")
    await receive()
    first, second = [await Contact.one(cast.alfa, one.id) for one in people[:2]]
    assert (first.suppressed_at is not None) is is_out
    assert second.suppressed_at is None


async def test_many_who_leave_pause_the_campaign_until_somebody_looked(
    cast: Cast, channel: Channel, people: list[Contact], fake: FakeBridge
) -> None:
    campaign = await running(cast, channel, people, "Um")
    for _ in range(3):
        await one_turn(fake)
    reached = sorted({one["to"] for one in fake.writes})[:2]
    for phone in reached:
        fake.says(channel, phone, "sair")
        await receive()
    stopped = await Campaign.one(cast.alfa, campaign.id)
    assert (stopped.state, stopped.reason) == (
        CampaignState.PAUSED,
        PauseReason.BREAKER_OPT_OUTS,
    )
    assert stopped.opted_out_count == len(reached)
    await resume(cast.alfa, cast.ana, campaign.id)
    await drain(fake)
    assert (await Campaign.one(cast.alfa, campaign.id)).state is CampaignState.FINISHED


async def test_what_a_defect_left_unread_is_read_by_the_sweeper(
    cast: Cast,
    channel: Channel,
    people: list[Contact],
    fake: FakeBridge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_text: str, **_of: object) -> None:
        raise ValueError("a defect of ours")

    with monkeypatch.context() as patched:
        patched.setattr(answers, "asks", broken)
        fake.says(channel, people[0].phone, "sair")
        await receive()
    assert await stored(cast) == []
    await (
        InboundEvent.of(cast.alfa)
        .all()
        .update(received_at=await db_now() - inbound.LEFT_AFTER - A_MINUTE)
    )
    assert await answers.act_on_left() == 1
    assert await stored(cast) == ["sair"]
    assert (await Contact.one(cast.alfa, people[0].id)).suppressed_at is not None


async def test_a_channel_nobody_knows_keeps_nothing(
    cast: Cast, channel: Channel, people: list[Contact], fake: FakeBridge
) -> None:
    """The pair decides: a Channel of another Company is nobody's here."""
    channel.company_id = cast.beta.id
    fake.says(channel, people[0].phone, "sair")
    await receive()
    assert await InboundEvent.across_companies().count() == 0
    assert await Suppression.across_companies().count() == 0
