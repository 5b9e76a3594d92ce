"""What the bridge tells of chats beside answers: each stands on the timeline, and nothing of it acts by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from esquadrao.campaigns import answers
from esquadrao.campaigns.timeline import Said, timeline
from esquadrao.channels.models import Channel
from esquadrao.contacts import phonebook
from esquadrao.contacts.importing import import_contacts
from esquadrao.contacts.models import Contact, PhonebookEntry, Suppression
from esquadrao.database import db_now
from esquadrao.errors import Invalid
from esquadrao.messages import inbound
from esquadrao.messages.models import Direction, InboundEvent, Message, MessageKind, MessageState
from tests.conftest import Cast
from tests.drain import receive
from tests.factories import make_channel
from tests.fake_bridge import FakeBridge

MARIA = "+5511987654321"
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
async def channel(cast: Cast) -> Channel:
    return await make_channel(cast.alfa)


class Chat:
    """Maria's chat with a Channel, told by the bridge."""

    def __init__(self, fake: FakeBridge, channel: Channel) -> None:
        self.fake, self.channel = fake, channel
        self.of = {"company": str(channel.company_id), "channel": str(channel.id)}

    def event(self, type_: str, /, **data: Any) -> dict[str, Any]:
        at = data.pop("at", AT).isoformat()
        return self.fake.event(self.of, type_, at=at, **data)

    def writes(self, wa_id: str, text: str, **more: Any) -> dict[str, Any]:
        said = {"wa_id": wa_id, "from": MARIA, "name": "Maria", "text": text}
        return self.event("message.in", **(said | more))

    def later(self, kind: str, wa_id: str, **more: Any) -> dict[str, Any]:
        said = {"wa_id": wa_id, "phone": MARIA, "from_me": False}
        return self.event(f"message.{kind}", **(said | more))

    async def tell(self, *events: dict[str, Any]) -> None:
        self.fake.emit(list(events))
        await receive()

    async def shown(self, cast: Cast) -> list[Said]:
        contact = await Contact.of(cast.alfa).get(phone=MARIA)
        return (await timeline(cast.alfa, contact.id)).rows


@pytest.fixture
def chat(fake: FakeBridge, channel: Channel) -> Chat:
    return Chat(fake, channel)


async def test_what_is_typed_on_the_phone_stands_on_the_timeline_and_is_no_answer(
    cast: Cast, chat: Chat
) -> None:
    echo = chat.event("message.echo", wa_id="ECHO0001", to=MARIA, text="SAIR")
    await chat.tell(echo, echo)
    await chat.tell(echo)
    (said,) = await chat.shown(cast)
    assert (said.text, said.is_theirs, said.is_echo) == ("SAIR", False, True)
    assert not await Suppression.of(cast.alfa).exists()
    assert (await Contact.of(cast.alfa).get()).last_wrote_at is None


async def test_the_echo_of_a_message_of_ours_adds_nothing(cast: Cast, chat: Chat) -> None:
    await chat.tell(chat.writes("THEIRS01", "Oi"))
    contact = await Contact.of(cast.alfa).get()
    ours = Message(
        company_id=cast.alfa.id,
        channel_id=chat.channel.id,
        contact_id=contact.id,
        wa_id="3EB0OURS",
        to_phone=MARIA,
        body="Olá",
        body_sha256="0" * 64,
        state=MessageState.DELIVERED,
        created_at=AT,
    )
    await ours.save()
    await chat.tell(chat.event("message.echo", wa_id="3EB0OURS", to=MARIA, text="Olá"))
    assert await Message.of(cast.alfa).filter(direction=Direction.OUT).count() == 1


async def test_history_is_kept_and_counts_as_nothing(cast: Cast, chat: Chat) -> None:
    await chat.tell(chat.writes("HIST0001", "SAIR", is_history=True))
    (said,) = await chat.shown(cast)
    assert (said.text, said.is_history) == ("SAIR", True)
    assert not await Suppression.of(cast.alfa).exists()
    assert not await Message.of(cast.alfa).filter(direction=Direction.OUT).exists()
    await chat.tell(chat.writes("NOW00001", "SAIR", at=AT + timedelta(hours=1)))
    assert await Suppression.of(cast.alfa).exists()


async def test_what_the_phone_had_before_stands_below_what_came_later(
    cast: Cast, chat: Chat
) -> None:
    await chat.tell(chat.writes("NOW00001", "depois"))
    past = chat.writes("HIST0001", "antes", is_history=True, at=AT - timedelta(days=5))
    await chat.tell(past)
    assert [one.text for one in await chat.shown(cast)] == ["depois", "antes"]


async def test_media_keeps_its_kind_and_says_why_a_file_is_missing(cast: Cast, chat: Chat) -> None:
    own = f"{cast.alfa.id}/incoming/1"
    image = {"key": own, "type": "image/jpeg", "size": 9}
    foreign = {"key": f"{cast.beta.id}/incoming/1", "type": "image/jpeg", "size": 9}
    large = {"refused": "too_large", "type": "video/mp4", "size": 90_000_000}
    await chat.tell(
        chat.writes("MEDIA001", "Olha", kind="image", media=image),
        chat.writes("MEDIA002", "", kind="hologram", media=foreign),
        chat.writes("MEDIA003", "", kind="video", media=large, lid="182736450912837"),
    )
    rows = await Message.of(cast.alfa).filter(direction=Direction.IN).order_by("id")
    kinds = [one.kind for one in rows]
    assert kinds == [MessageKind.IMAGE, MessageKind.OTHER, MessageKind.VIDEO]
    assert [(one.media or {}).get("key") for one in rows] == [own, None, None]
    refused = [(one.media or {}).get("refused") for one in rows]
    assert refused == [None, "unavailable", "too_large"]
    assert (await Contact.of(cast.alfa).get()).lid == "182736450912837"


async def test_edits_reactions_and_taking_back_change_the_message_however_often_told(
    cast: Cast, chat: Chat
) -> None:
    soon, later = AT + timedelta(minutes=1), AT + timedelta(minutes=2)
    events = [
        chat.writes("THEIRS01", "Quanto custa?"),
        chat.later("edited", "THEIRS01", text="Quanto custa o azul?", at=later),
        chat.later("edited", "THEIRS01", text="Quanto custa o verde?", at=soon),
        chat.later("reaction", "THEIRS01", emoji="👍", from_me=True, at=soon),
    ]
    await chat.tell(*events)
    await chat.tell(*reversed(events))
    (said,) = await chat.shown(cast)
    assert (said.text, said.is_edited, said.reactions) == ("Quanto custa o azul?", True, "👍")
    await chat.tell(chat.later("reaction", "THEIRS01", emoji="", from_me=True, at=later))
    await chat.tell(chat.later("revoked", "THEIRS01", at=later))
    (said,) = await chat.shown(cast)
    assert (said.text, said.is_revoked, said.reactions) == ("", True, "")


async def test_a_change_that_comes_before_its_message_waits_for_it(cast: Cast, chat: Chat) -> None:
    await chat.tell(
        chat.later("edited", "THEIRS01", text="corrigido", at=AT + timedelta(minutes=1))
    )
    waiting = InboundEvent.of(cast.alfa).filter(applied_at=None)
    (early,) = await waiting
    await chat.tell(chat.writes("THEIRS01", "errado"))
    await chat.tell(orjson.loads(early.said))
    assert [one.text for one in await chat.shown(cast)] == ["corrigido"]
    assert not await waiting.exists()


async def test_a_lid_is_never_taken_for_a_phone(cast: Cast, chat: Chat) -> None:
    """Its digits look like one, and an answer would go to a stranger."""
    lid = "182736450912837"
    unnamed = chat.writes("LID00001", "Oi", **{"from": lid, "lid": lid})
    await chat.tell(unnamed)
    assert not await Contact.of(cast.alfa).exists()
    assert await InboundEvent.of(cast.alfa).filter(applied_at=None).count() == 1
    await chat.tell(chat.writes("NAMED001", "Sou eu", lid=lid))
    await chat.tell(unnamed)
    assert {one.text for one in await chat.shown(cast)} == {"Sou eu", "Oi"}
    assert await Contact.of(cast.alfa).count() == 1


LID = "182736450912837"


def told_of(chat: Chat, how: str) -> dict[str, Any]:
    """Who the LID is, in each way the bridge may say it."""
    one = {"phone": MARIA, "lid": LID}
    if how == "lid.mapped":
        return chat.event(how, pairs=[one])
    if how == "contacts.upserted":
        return chat.event(how, contacts=[one | {"name": "Maria"}])
    if how == "numbers.checked":
        return chat.event(
            how, numbers=[one | {"exists": True, "jid": f"{MARIA[1:]}@s.whatsapp.net"}]
        )
    return chat.writes("NAMED001", "Sou eu", lid=LID)


@pytest.mark.parametrize(
    "how", ["lid.mapped", "contacts.upserted", "numbers.checked", "message.in"]
)
async def test_what_somebody_unknown_wrote_is_theirs_whenever_their_phone_is_told(
    cast: Cast, chat: Chat, how: str
) -> None:
    await chat.tell(
        chat.writes("LID00001", "Quero sair", **{"from": LID, "lid": LID}),
        chat.later("edited", "LID00001", phone=LID, text="Quero saber"),
    )
    await long_ago(cast)
    await answers.act_on_left()
    kept = InboundEvent.of(cast.alfa)
    assert await kept.filter(applied_at=None).count() == 0, "nobody reads them again and again"
    assert not await Contact.of(cast.alfa).exists()
    await chat.tell(told_of(chat, how))
    await long_ago(cast)
    await answers.act_on_left()
    assert "Quero saber" in [one.text for one in await chat.shown(cast)]
    assert await kept.filter(applied_at=None).count() == await kept.exclude(lid="").count() == 0


async def test_who_wrote_may_be_told_in_the_same_batch(cast: Cast, chat: Chat) -> None:
    unnamed = chat.writes("LID00001", "Oi", **{"from": LID, "lid": LID})
    await chat.tell(unnamed, told_of(chat, "lid.mapped"))
    assert [one.text for one in await chat.shown(cast)] == ["Oi"]


async def test_of_another_lid_nothing_is_said(cast: Cast, chat: Chat) -> None:
    await chat.tell(chat.writes("LID00001", "Oi", **{"from": "1" + LID, "lid": "1" + LID}))
    await chat.tell(told_of(chat, "lid.mapped"))
    assert await InboundEvent.of(cast.alfa).filter(lid="1" + LID).count() == 1
    assert not await Contact.of(cast.alfa).exists()


async def long_ago(cast: Cast) -> None:
    """Later than anything waits."""
    moment = await db_now() - 2 * inbound.WAITS_FOR_ITS_MESSAGE
    await InboundEvent.of(cast.alfa).all().update(received_at=moment)


async def test_nobody_changes_what_another_person_wrote(cast: Cast, chat: Chat) -> None:
    await chat.tell(chat.writes("THEIRS01", "Oi"))
    stranger = {"phone": "+5521999990000", "text": "mudado"}
    await chat.tell(chat.later("edited", "THEIRS01", **stranger))
    await chat.tell(chat.later("edited", "THEIRS01", from_me=True, text="mudado"))
    assert [one.text for one in await chat.shown(cast)] == ["Oi"]


async def test_a_type_of_a_newer_bridge_is_kept_raw_and_passed_over(cast: Cast, chat: Chat) -> None:
    await chat.tell(chat.event("poll.voted", wa_id="POLL0001"), chat.writes("THEIRS01", "Oi"))
    (kept,) = [one for one in await InboundEvent.of(cast.alfa) if "poll.voted" in one.said]
    assert kept.applied_at is not None
    assert len(await chat.shown(cast)) == 1


async def test_lids_are_written_to_the_contacts_there_are(cast: Cast, chat: Chat) -> None:
    await chat.tell(chat.writes("THEIRS01", "Oi"))
    pairs = [{"lid": "1@lid", "phone": MARIA}, {"lid": "2@lid", "phone": "+5521999990000"}]
    await chat.tell(chat.event("lid.mapped", pairs=pairs))
    assert [one.lid for one in await Contact.of(cast.alfa)] == ["1@lid"]


async def test_the_address_book_is_offered_with_counts_and_taken_where_chosen(
    cast: Cast, chat: Chat
) -> None:
    await chat.tell(chat.writes("THEIRS01", "Oi"))
    people = [
        {"phone": MARIA, "lid": None, "name": "Maria da loja"},
        {"phone": "+552187650000", "lid": None, "name": "João"},  # as WhatsApp spells old numbers
        {"phone": "+5531987650001", "lid": None, "name": "Rita"},
    ]
    event = chat.event("contacts.upserted", contacts=people)
    await chat.tell(event, event)
    book = await phonebook.offered(cast.alfa, cast.ana, chat.channel.id)
    assert (book.total, book.known, book.new) == (3, 1, 2)
    assert await Contact.of(cast.alfa).count() == 1
    of = (cast.alfa, cast.ana, chat.channel.id)
    joao = await PhonebookEntry.of(cast.alfa).get(name="João")
    one = await phonebook.take(*of, chosen=[joao.id])
    await import_contacts(cast.alfa.id, one.id)
    assert {row.name for row in await Contact.of(cast.alfa)} == {"Maria", "João"}
    one = await phonebook.take(*of, chosen=None)
    await import_contacts(cast.alfa.id, one.id)
    assert {row.name for row in await Contact.of(cast.alfa)} == {"Maria", "João", "Rita"}
    with pytest.raises(Invalid):
        await phonebook.take(*of, chosen=None)
    assert not await PhonebookEntry.of(cast.beta).exists()
