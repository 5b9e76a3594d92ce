"""What WhatsApp may answer, and where it leaves Channel, Campaign and Message: each is told to Ana in words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from esquadrao.campaigns.answers import ACKNOWLEDGED
from esquadrao.campaigns.lifecycle import CampaignState, PauseReason
from esquadrao.campaigns.models import Campaign
from esquadrao.channels.models import Channel, ChannelState, Notice, NoticeKind
from esquadrao.channels.pace import Preset
from esquadrao.contacts.models import Contact
from esquadrao.messages.models import MessageState
from tests.whatsapp.alfa import Alfa, Line, alfa_over, digits
from tests.whatsapp.phones import Phones

REPLACED_TIMES = 4  # three tries, each 30 s after the last: then it is a conflict


@pytest.fixture(scope="module")
async def alfa(phones: Phones) -> AsyncIterator[Alfa]:
    async with alfa_over(phones) as made:
        yield made


@pytest.fixture(scope="module", autouse=True)
async def fight(alfa: Alfa) -> AsyncIterator[asyncio.Task[Line]]:
    """Another client takes a session again and again. It takes a minute and a half: the other tests run meanwhile."""

    async def replaced() -> Line:
        line = await alfa.line()
        for _ in range(REPLACED_TIMES):
            await alfa.state(line.channel, ChannelState.CONNECTED)
            alfa.phones.do("stream-error", account=line.account, code=440)
            await alfa.until("the session gone", lambda: is_away(alfa, line))
        return line

    task = asyncio.create_task(replaced())
    yield task
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def is_away(alfa: Alfa, line: Line) -> bool:
    return (await alfa.reread(line.channel)).state != ChannelState.CONNECTED


async def ended(alfa: Alfa, campaign: Campaign, state: CampaignState) -> Campaign:
    async def good() -> bool:
        return (await Campaign.one(alfa.company, campaign.id)).state == state

    await alfa.until(f"the campaign {state}", good)
    return await Campaign.one(alfa.company, campaign.id)


async def noticed(alfa: Alfa, line: Line, kind: NoticeKind) -> None:
    async def good() -> bool:
        return await Notice.of(alfa.company).filter(channel_id=line.channel.id, kind=kind).exists()

    await alfa.until(f"a notice of {kind}", good)


async def fate(alfa: Alfa, line: Line, contact: Contact) -> tuple[MessageState, str]:
    message = await alfa.message(line, contact)
    return message.state, message.code


async def on_its_way(alfa: Alfa, line: Line) -> Campaign:
    """A Campaign of three whose first Message WhatsApp holds back: the others wait for it."""
    people = await alfa.people(line, 3)
    alfa.phones.refuse_messages({"account": line.account, "then": "no_ack"})
    campaign = await alfa.launch(line, people)

    async def one_left() -> bool:
        return len(alfa.phones.writes_of(line.account)) == 1

    await alfa.until("a message on its way", one_left)
    return campaign


async def test_463_fails_the_person_stops_new_chats_and_lets_answers_leave(alfa: Alfa) -> None:
    line = await alfa.line()
    people = await alfa.people(line, 3)
    alfa.phones.refuse_messages(
        {"account": line.account, "then": "error", "error": "463", "next": 1}
    )
    campaign = await alfa.launch(line, people)

    paused = await ended(alfa, campaign, CampaignState.PAUSED)
    assert paused.reason == PauseReason.BREAKER_RESTRICTED
    assert (paused.failed, paused.sent, paused.waiting) == (1, 0, 2)
    assert [one["outcome"] for one in alfa.phones.writes_of(line.account)] == ["refused"]
    channel = await alfa.reread(line.channel)
    assert (channel.state, channel.restriction) == (ChannelState.CONNECTED, "reach_out")
    await noticed(alfa, line, NoticeKind.RESTRICTED)
    await alfa.reads("/", "O WhatsApp restringiu conversas novas neste número.")
    sentence = "O WhatsApp só aceita mensagem depois que este contato escrever primeiro."
    await alfa.reads(f"/campaigns/{campaign.id}", sentence, "Não tente de novo")

    alfa.phones.write("SAIR", to=line.account, sender=digits(people[2]))

    async def answered() -> bool:
        sent = alfa.phones.sent_by(line.account)
        return [one["text"] for one in sent] == [ACKNOWLEDGED]

    await alfa.until("the answer", answered)


async def test_a_quota_of_new_chats_nearly_used_is_told_with_its_end(alfa: Alfa) -> None:
    line = await alfa.line()
    # The simulator's pace knows no quota; the gate's own tests hold what it does to a real one.
    await Channel.of(alfa.company).filter(id=line.channel.id).update(preset=Preset.SAFE)
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5)
    told = {"used_quota": 90, "total_quota": 100, "cycle_end_timestamp": int(ends.timestamp())}
    alfa.phones.do("restrict", account=line.account, capping=told)

    await noticed(alfa, line, NoticeKind.QUOTA)
    channel = await alfa.reread(line.channel)
    assert (channel.state, channel.quota_until) == (ChannelState.CONNECTED, ends)
    await alfa.reads(f"/channels/{channel.id}", "perto do limite do WhatsApp, até")
    await alfa.reads("/", "O número chegou perto do limite de conversas novas do WhatsApp.")


async def test_a_ban_stops_the_channel_and_its_campaigns_until_a_person_acts(alfa: Alfa) -> None:
    line = await alfa.line()
    campaign = await on_its_way(alfa, line)
    alfa.phones.refuse_logins({"code": 403, "account": line.account})
    alfa.phones.drop(line.account)

    await alfa.state(line.channel, ChannelState.BANNED)
    paused = await ended(alfa, campaign, CampaignState.PAUSED)
    assert paused.reason == PauseReason.BREAKER_STOPPED
    await unknown_is_one_and_the_others_wait(alfa, campaign)
    await noticed(alfa, line, NoticeKind.BANNED)
    await alfa.reads("/", "O WhatsApp bloqueou este número.")
    await alfa.reads(f"/channels/{line.channel.id}", "Banida", "peça a revisão")
    await alfa.reads(f"/campaigns/{campaign.id}", "o WhatsApp desconectou ou bloqueou este número")
    assert len(alfa.phones.writes_of(line.account)) == 1


async def test_an_unlinked_device_stops_its_campaigns_and_asks_for_a_new_code(alfa: Alfa) -> None:
    line = await alfa.line()
    campaign = await on_its_way(alfa, line)
    alfa.phones.unlink(line.account)

    channel = await alfa.state(line.channel, ChannelState.LOGGED_OUT)
    assert (channel.phone, channel.reason) == (None, "logged_out")
    paused = await ended(alfa, campaign, CampaignState.PAUSED)
    assert paused.reason == PauseReason.BREAKER_STOPPED
    await unknown_is_one_and_the_others_wait(alfa, campaign)
    await noticed(alfa, line, NoticeKind.LOGGED_OUT)
    await alfa.reads(f"/channels/{line.channel.id}", "Desconectada", "Leia um novo código")


async def test_a_client_too_old_is_outdated_after_its_tries_and_the_campaign_waits(
    alfa: Alfa,
) -> None:
    line = await alfa.line()
    campaign = await on_its_way(alfa, line)
    alfa.phones.refuse_logins({"code": 405, "account": line.account})
    alfa.phones.drop(line.account)

    await alfa.state(line.channel, ChannelState.OUTDATED)
    await noticed(alfa, line, NoticeKind.OUTDATED)
    await unknown_is_one_and_the_others_wait(alfa, campaign)
    await alfa.reads(f"/channels/{line.channel.id}", "O WhatsApp não aceita mais esta versão.")
    await alfa.reads("/", "O WhatsApp não aceita mais esta versão do Esquadrão.")
    await alfa.reads(f"/campaigns/{campaign.id}", "A conexão não está conectada.")
    assert (await Campaign.one(alfa.company, campaign.id)).state == CampaignState.RUNNING


async def test_a_message_refused_with_403_stops_the_channels_campaigns(alfa: Alfa) -> None:
    line = await alfa.line()
    people = await alfa.people(line, 3)
    alfa.phones.refuse_messages({"account": line.account, "then": "error", "error": "403"})
    campaign = await alfa.launch(line, people)

    paused = await ended(alfa, campaign, CampaignState.PAUSED)
    assert (paused.reason, paused.failed) == (PauseReason.BREAKER_STOPPED, 1)
    assert len(alfa.phones.writes_of(line.account)) == 1
    await alfa.reads(f"/campaigns/{campaign.id}", "O WhatsApp bloqueou o número da conexão.")


@pytest.mark.parametrize(
    ("times", "state", "code"),
    [(1, MessageState.DELIVERED, ""), (2, MessageState.FAILED, "stale_devices")],
)
async def test_479_is_tried_once_more_under_the_same_id(
    alfa: Alfa, times: int, state: MessageState, code: str
) -> None:
    line = await alfa.line()
    people = await alfa.people(line, 1)
    rule = {"account": line.account, "then": "error", "error": "479", "next": times}
    alfa.phones.refuse_messages(rule)
    campaign = await alfa.launch(line, people)

    await ended(alfa, campaign, CampaignState.FINISHED)
    await alfa.until("its fate", lambda: is_fate(alfa, line, people[0], (state, code)))
    writes = alfa.phones.writes_of(line.account)
    assert len(writes) == 2
    assert len({one["id"] for one in writes}) == 1
    if code:
        sentence = "O contato trocou de aparelho no meio do envio."
        await alfa.reads(f"/campaigns/{campaign.id}", sentence)


async def test_who_is_not_on_whatsapp_is_left_out_and_nothing_is_written(alfa: Alfa) -> None:
    line = await alfa.line()
    people = await alfa.people(line, 2)
    gone = digits(people[0])
    alfa.phones.do("numbers", not_on_whatsapp=[gone, without_ninth(gone)])
    campaign = await alfa.launch(line, people)

    done = await ended(alfa, campaign, CampaignState.FINISHED)
    assert (done.skipped, done.sent) == (1, 1)
    assert [one["with"] for one in alfa.phones.sent_by(line.account)] == [digits(people[1])]
    await alfa.reads(f"/campaigns/{campaign.id}", "Este número não está no WhatsApp.")


async def test_what_whatsapp_never_acknowledged_is_unknown_and_a_person_may_decide(
    alfa: Alfa,
) -> None:
    line = await alfa.line()
    people = await alfa.people(line, 2)
    alfa.phones.refuse_messages({"account": line.account, "then": "no_ack", "next": 1})
    campaign = await alfa.launch(line, people)

    done = await ended(alfa, campaign, CampaignState.FINISHED)
    assert (done.unknown, done.sent) == (1, 1)
    fates = {await fate(alfa, line, one) for one in people}
    assert (MessageState.UNKNOWN, "no_ack") in fates
    await alfa.reads(
        f"/campaigns/{campaign.id}", "1 mensagem incerta", "O WhatsApp não confirmou a tempo."
    )
    assert len(alfa.phones.writes_of(line.account)) == 2


async def test_a_number_that_exists_only_without_its_ninth_digit_is_written_to_that_way(
    alfa: Alfa,
) -> None:
    line = await alfa.line()
    people = await alfa.people(line, 2)
    alone, resolved = map(digits, people)
    alfa.phones.do("numbers", without_ninth=[alone], resolved_without_ninth=[resolved])
    campaign = await alfa.launch(line, people)

    await ended(alfa, campaign, CampaignState.FINISHED)
    written = {one["with"] for one in alfa.phones.sent_by(line.account)}
    assert written == set(map(without_ninth, (alone, resolved)))


async def test_a_session_taken_again_and_again_is_a_conflict_and_rests(
    alfa: Alfa, fight: asyncio.Task[Line]
) -> None:
    line = await fight
    channel = await alfa.state(line.channel, ChannelState.CONFLICT)
    assert channel.reason == "replaced"
    await noticed(alfa, line, NoticeKind.CONFLICT)
    await alfa.reads("/", "Outro programa usa a sessão deste número.")
    await alfa.reads(f"/channels/{line.channel.id}", "Aberta em outro lugar", "reconecte")


def without_ninth(number: str) -> str:
    return number[:4] + number[5:]


async def is_fate(
    alfa: Alfa, line: Line, contact: Contact, wanted: tuple[MessageState, str]
) -> bool:
    return await fate(alfa, line, contact) == wanted


async def unknown_is_one_and_the_others_wait(alfa: Alfa, campaign: Campaign) -> None:
    async def good() -> bool:
        now = await Campaign.one(alfa.company, campaign.id)
        return (now.unknown, now.waiting, now.sent) == (1, 2, 0)

    await alfa.until("one unknown, two waiting", good)
