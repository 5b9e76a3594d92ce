"""What is written in the chats of a Channel: kept as it came, then read once each, however often it is told.

Beside what people write that is what was typed on the Channel's own phone (`message.echo`) and what became of earlier
Messages (`later.py`).

`keep` commits the event before anybody reads it; `read` takes what was kept and not yet read, in the transaction that
acts on it. What a defect of ours leaves unread is found by the sweeper (`left`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import structlog

from esquadrao import sql
from esquadrao.channels.models import Channel
from esquadrao.channels.wake import wake
from esquadrao.contacts import numbers, phonebook
from esquadrao.contacts.card import LONGEST_NAME, card_of, search_text
from esquadrao.contacts.models import Contact
from esquadrao.contacts.numbers import Evidence
from esquadrao.contacts.phone import Phone
from esquadrao.contacts.suppress import mark
from esquadrao.database import db_now
from esquadrao.messages import later, unnamed
from esquadrao.messages.models import Direction, InboundEvent, Message, MessageState
from esquadrao.messages.told import ECHO, IN, id_of, key_of, message_of
from esquadrao.sql import uuid

log = structlog.get_logger()
LEFT_AFTER = timedelta(seconds=30)  # after its receipt, an event still unread is read again
MOST = 500  # events a transaction
# An edit or a reaction that came first; or somebody of whom only the LID is known, whom `unnamed.py` finds later too.
WAITS_FOR_ITS_MESSAGE = timedelta(minutes=2)
TAKEN = (IN, ECHO, *later.TYPES)
Key = tuple[UUID, UUID, str]  # company, channel, wa_id
KEPT: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "channel_id": "uuid",
    "wa_id": "text",
    "said": "text",
    "received_at": "timestamptz",
}
KEY: dict[str, sql.Kind] = {"company_id": "uuid", "channel_id": "uuid", "wa_id": "text"}
UNREAD = """
SELECT e.id, e.company_id, e.channel_id, e.said, e.received_at FROM :keys AS v JOIN inbound_event e
  ON e.company_id = v.company_id AND e.channel_id = v.channel_id AND e.wa_id = v.wa_id
WHERE e.applied_at IS NULL ORDER BY e.id"""
WROTE: dict[str, sql.Kind] = {"company_id": "uuid", "id": "uuid", "at": "timestamptz"}


@dataclass(frozen=True, slots=True)
class Arrived:
    """One text of a person, stored as the Message `message_id`."""

    contact: Contact
    channel_id: UUID
    message_id: int
    text: str
    at: datetime


@dataclass(slots=True)
class Read:
    """`arrived` may mean something; `touched` are the Contacts, by Company, whose pages show something new."""

    arrived: list[Arrived] = field(default_factory=list)
    touched: set[tuple[UUID, UUID]] = field(default_factory=set)


async def keep(events: Sequence[dict[str, Any]]) -> list[Key]:
    """Store events as they came; of a Channel nobody knows (any more) nothing is kept."""
    keys: dict[Key, bytes] = {}
    for event in events:
        key = (UUID(event["company"]), UUID(event["channel"]), key_of(event))
        keys[key] = orjson.dumps(event)
    known = set()
    for company_id in {key[0] for key in keys}:
        ids = {key[1] for key in keys if key[0] == company_id}
        known |= {one.id for one in await Channel.of(company_id).filter(id__in=ids).only("id")}
    moment = await db_now()
    rows = [(*key, said.decode(), moment) for key, said in keys.items() if key[1] in known]
    if len(rows) < len(keys):
        log.warning("inbound_without_channel", events=len(keys) - len(rows))
    if rows:
        await sql.insert_each("inbound_event", sql.Given(KEPT, rows), sets={}, once=True)
    return [(row[0], row[1], row[2]) for row in rows]


async def set_aside(events: Sequence[dict[str, Any]]) -> None:
    """What a newer bridge tells: kept raw for a release that can read it, and passed over."""
    for event in events:
        key = (UUID(event["company"]), UUID(event["channel"]))
        if await Channel.of(key[0]).filter(id=key[1]).exists():
            moment = await db_now()
            row = (
                *key,
                id_of(f"event:{event['id']}"),
                orjson.dumps(event).decode(),
                moment,
                moment,
            )
            kept = sql.Given({**KEPT, "applied_at": "timestamptz"}, [row])
            await sql.insert_each("inbound_event", kept, sets={}, once=True)


async def left() -> list[Key]:
    """What was kept and not read, of every Company."""
    since = await db_now() - LEFT_AFTER
    rows = InboundEvent.across_companies().filter(applied_at=None, received_at__lt=since)
    found = await rows.order_by("id").limit(MOST).only("company_id", "channel_id", "wa_id")
    return [(one.company_id, one.channel_id, one.wa_id) for one in found]


async def read(keys: Sequence[Key]) -> Read:
    """Messages of what was not read yet, in the order it came, inside the caller's transaction."""
    # Channels first: the order every stage locks in.
    channels: dict[UUID, set[UUID]] = defaultdict(set)
    for company_id, channel_id, _ in keys:
        channels[company_id].add(channel_id)
    for company_id, ids in sorted(channels.items()):
        await wake(company_id, *sorted(ids))
    found = await sql.rows(UNREAD + sql.row_lock("e"), keys=sql.Given(KEY, list(keys)))
    moment, done = await db_now(), Read()
    for company_id in sorted({uuid(row["company_id"]) for row in found}):
        rows = [row for row in found if uuid(row["company_id"]) == company_id]
        told = [(row, orjson.loads(row["said"])) for row in rows]
        named, nameless = await unnamed.phones_of(company_id, told)
        known = [
            (row, event)
            for row, event in told
            if event["type"] in (IN, ECHO) and row["id"] not in nameless
        ]
        done.arrived += await _of_company(company_id, known, named, done.touched)
        changes = [
            later.Change.of(row["id"], uuid(row["channel_id"]), event, named[row["id"]])
            for row, event in told
            if event["type"] in later.TYPES
        ]
        contact_ids, early = await later.apply(company_id, changes)
        done.touched |= {(company_id, one) for one in contact_ids}
        waits = {
            row["id"]
            for row in rows
            if row["id"] in (early | nameless.keys())
            and _received(row) > moment - WAITS_FOR_ITS_MESSAGE
        }
        over = [row["id"] for row in rows if row["id"] not in waits]
        await InboundEvent.of(company_id).filter(id__in=over).update(applied_at=moment)
        await unnamed.remember(company_id, nameless)
    return done


def _received(row: dict[str, Any]) -> datetime:
    at = sql.moment(row["received_at"])
    assert at is not None  # noqa: S101  # the column holds no NULL
    return at


async def _of_company(
    company_id: UUID,
    told: list[tuple[dict[str, Any], dict[str, Any]]],
    phones: dict[int, Phone | None],
    touched: set[tuple[UUID, UUID]],
) -> list[Arrived]:
    ours = await _ours(company_id, told, phones)
    told = [(row, event) for row, event in told if row["id"] not in ours]
    phones = {row["id"]: phones[row["id"]] for row, _ in told}
    people = await _people(company_id, [(phones[row["id"]], event) for row, event in told])
    stored: list[tuple[Contact, Message]] = []
    for row, event in told:
        phone = phones[row["id"]]
        if phone is None:
            continue
        contact = people[phone.key]
        message = message_of(company_id, uuid(row["channel_id"]), contact, event)
        await message.save()
        stored.append((contact, message))
        touched.add((company_id, contact.id))
    theirs = [(contact, one) for contact, one in stored if one.direction is Direction.IN]
    await _wrote(company_id, theirs)
    # The spelling they write from is the one WhatsApp knows.
    wrote = {people[phone.key].id: phone for phone in phones.values() if phone is not None}
    now = [(contact, one) for contact, one in theirs if not one.is_history]
    await numbers.seen(
        Evidence(company_id, contact.id, contact.phone, wrote[contact.id].e164, exists=True)
        for contact, _ in now
    )
    pairs = {
        str(event["data"]["lid"]): phone
        for row, event in told
        if (phone := phones[row["id"]]) and event["data"].get("lid")
    }
    await phonebook.map_lids(company_id, {phone.key: lid for lid, phone in pairs.items()})
    # What they wrote before somebody knew who they are; the sweeper reads it.
    await unnamed.name(company_id, pairs)
    return [
        Arrived(contact, one.channel_id, one.id, one.body, one.created_at) for contact, one in now
    ]


async def _ours(
    company_id: UUID,
    told: list[tuple[dict[str, Any], dict[str, Any]]],
    phones: dict[int, Phone | None],
) -> set[int]:
    """Echoes of what left the Channel itself, by id or from its own number: nobody wrote, nothing is answered (D26)."""
    channel_ids = list({uuid(row["channel_id"]) for row, _ in told})
    wa_ids = [id_of(event["data"]["wa_id"]) for _, event in told]
    sent = Message.of(company_id).filter(
        channel_id__in=channel_ids, direction=Direction.OUT, wa_id__in=wa_ids
    )
    known = {(one.channel_id, one.wa_id) for one in await sent.only("id", "channel_id", "wa_id")}
    channels = Channel.of(company_id).filter(id__in=channel_ids)
    own = {one.id: one.phone for one in await channels.only("id", "phone")}
    return {
        row["id"]
        for row, event in told
        if (uuid(row["channel_id"]), id_of(event["data"]["wa_id"])) in known
        or ((phone := phones[row["id"]]) and phone.e164 == own.get(uuid(row["channel_id"])))
    }


async def _people(
    company_id: UUID, told: list[tuple[Phone | None, dict[str, Any]]]
) -> dict[str, Contact]:
    """The Contact of each phone; who is new becomes one, with the name they gave themselves."""
    names = {
        phone: card_of(str(event["data"].get("name") or "")[:LONGEST_NAME], "")
        for phone, event in told
        if phone is not None
    }
    keys = [phone.key for phone in names]
    found = await Contact.of(company_id).filter(phone_key__in=keys) if keys else []
    people = {one.phone_key: one for one in found}
    new = {
        phone.key: Contact(
            company_id=company_id,
            name=card.name,
            phone=phone.e164,
            phone_key=phone.key,
            search_text=search_text(card, phone),
        )
        for phone, card in names.items()
        if phone.key not in people
    }
    await mark(company_id, new.values())
    await Contact.insert_many(new.values())
    return people | new


async def _wrote(company_id: UUID, stored: list[tuple[Contact, Message]]) -> None:
    """They wrote: no budget for people who never did holds back what waits for them."""
    latest: dict[UUID, datetime] = {}
    for contact, message in stored:
        latest[contact.id] = max(latest.get(contact.id, message.created_at), message.created_at)
    if not latest:
        return
    rows = [(company_id, contact_id, at) for contact_id, at in sorted(latest.items())]
    later = "t.last_wrote_at IS NULL OR t.last_wrote_at < v.at"
    await sql.update_each(
        "contact",
        sql.Given(WROTE, rows),
        on=("company_id", "id"),
        sets={"last_wrote_at": f"CASE WHEN {later} THEN v.at ELSE t.last_wrote_at END"},
    )
    waiting = Message.of(company_id).filter(contact_id__in=list(latest), is_cold=True)
    await waiting.filter(state=MessageState.PENDING).update(is_cold=False)
