"""The address book of a paired phone: offered as a source of Contacts, with counts, taken only where somebody chose.

Rows live apart from Contacts, by Company and Channel, at most `MOST` each. LIDs, by which WhatsApp names people whose
number it hides, are written to the Contacts that are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from esquadrao import sql
from esquadrao.channels.models import Channel
from esquadrao.channels.pair import living
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.contacts import importing
from esquadrao.contacts.card import LONGEST_NAME, tidy
from esquadrao.contacts.models import Contact, ContactImport, PhonebookEntry
from esquadrao.contacts.phone import Phone, phone_of_whatsapp, pretty
from esquadrao.contacts.sheet import sheet_of
from esquadrao.database import db_now
from esquadrao.errors import Conflict, Invalid
from esquadrao.gateways import bridge
from esquadrao.gateways.bridge import Command
from esquadrao.words import N_

MOST = 20_000  # entries a Channel keeps; WhatsApp's own phones hold fewer
PAGE = 100  # people a page shows
LONGEST_LID = 60  # characters
ENTRY: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "channel_id": "uuid",
    "phone": "text",
    "phone_key": "text",
    "name": "text",
    "lid": "text",
    "seen_at": "timestamptz",
}
LID: dict[str, sql.Kind] = {"company_id": "uuid", "phone_key": "text", "lid": "text"}
HEADER = ("Nome", "Telefone")


@dataclass(frozen=True, slots=True)
class Offered:
    """What a phone's address book holds: `known` are Contacts already, and of all `suppressed` are left alone."""

    total: int
    known: int
    suppressed: int
    rows: list[tuple[PhonebookEntry, bool]]  # with whether it is a Contact already
    next: int | None

    @property
    def new(self) -> int:
        return self.total - self.known


async def upsert(events: Iterable[dict[str, Any]]) -> None:
    """`contacts.upserted`, inside the caller's transaction: the newest name counts; a full book takes nobody new."""
    moment = await db_now()
    for event in events:
        company_id, channel_id = UUID(event["company"]), UUID(event["channel"])
        if not await Channel.of(company_id).filter(id=channel_id, removed_at=None).exists():
            continue
        people = _people(event["data"]["contacts"])
        await _put(company_id, channel_id, people, moment)
        await map_lids(company_id, {key: lid for key, (_, _, lid) in people.items() if lid})


async def map_pairs(events: Iterable[dict[str, Any]]) -> None:
    """`lid.mapped`, inside the caller's transaction."""
    for event in events:
        for company_id, phones in phones_of_lids([event]).items():
            await map_lids(company_id, {phone.key: lid for lid, phone in phones.items()})


def phones_of_lids(events: Iterable[dict[str, Any]]) -> dict[UUID, dict[str, Phone]]:
    """By Company, LID → phone: of `lid.mapped`, `contacts.upserted` and `numbers.checked` alike."""
    found: dict[UUID, dict[str, Phone]] = {}
    for event in events:
        data = event["data"]
        for one in data.get("pairs") or data.get("contacts") or data.get("numbers") or ():
            phone = _phone(str(one["phone"])) if one.get("lid") else None
            if phone is not None:
                found.setdefault(UUID(event["company"]), {})[str(one["lid"])] = phone
    return found


async def map_lids(company_id: UUID, lids: Mapping[str, str]) -> None:
    """Phone key → LID, written to the Contacts there are, each row only where it changes."""
    rows = [(company_id, key, lid) for key, lid in sorted(lids.items()) if len(lid) <= LONGEST_LID]
    if rows:
        given = sql.Given(LID, rows)
        on = ("company_id", "phone_key")
        await sql.update_each(
            "contact", given, on=on, sets={"lid": "v.lid"}, where="t.lid <> v.lid"
        )


async def ask(company: Company, user: User, channel_id: UUID) -> Channel:
    """Have the phone tell its address book again. Raises Forbidden, NotFound, Conflict while it is not connected."""
    require(user, Permission.CONTACTS_IMPORT)
    channel = await living(company, channel_id)
    if not channel.is_connected:
        raise Conflict(
            N_("A conexão não está conectada. Conecte e tente de novo."), code="not_connected"
        )
    await bridge.send([Command("contacts.sync", company.id, channel.id)])
    return channel


async def offered(company: Company, user: User, channel_id: UUID, *, after: int = 0) -> Offered:
    """A page of it, with the counts of all. Raises Forbidden, NotFound."""
    require(user, Permission.CONTACTS_IMPORT)
    channel = await living(company, channel_id)
    keys = [one.phone_key for one in await _of(company, channel).only("id", "phone_key")]
    known: dict[str, bool] = {}
    for start in range(0, len(keys), importing.BATCH):
        some = keys[start : start + importing.BATCH]
        people = Contact.of(company).filter(phone_key__in=some)
        known |= {
            one.phone_key: one.suppressed_at is not None
            for one in await people.only("id", "phone_key", "suppressed_at")
        }
    page = await _of(company, channel).filter(id__gt=after).order_by("id").limit(PAGE + 1)
    rows = [(one, one.phone_key in known) for one in page[:PAGE]]
    following = page[PAGE - 1].id if len(page) > PAGE else None
    return Offered(len(keys), len(known), sum(known.values()), rows, following)


async def take(
    company: Company,
    user: User,
    channel_id: UUID,
    *,
    chosen: Iterable[int] | None,
    new_list: str = "",
    contact_list_id: UUID | None = None,
) -> ContactImport:
    """Import those chosen, or with None everybody who is no Contact yet; nothing is recorded of their consent.

    An import like any other: a job with its counts. Raises Forbidden, NotFound, Invalid where nobody is chosen.
    """
    require(user, Permission.CONTACTS_IMPORT)
    channel = await living(company, channel_id)
    rows = _of(company, channel)
    if chosen is not None:
        rows = rows.filter(id__in=list(chosen)[:MOST])
    people = await rows.order_by("id").limit(MOST)
    if chosen is None:
        people = await _new_among(company, people)
    if not people:
        raise Invalid.field("entry", "nobody_chosen", N_("Escolha ao menos uma pessoa."))
    return await importing.begin(
        company,
        user,
        filename=f"Agenda de {channel.name}.csv",
        content=sheet_of(HEADER, ((one.name, one.phone) for one in people)),
        new_list=new_list,
        contact_list_id=contact_list_id,
        is_phonebook=True,
    )


def _of(company: Company, channel: Channel) -> Any:
    return PhonebookEntry.of(company).filter(channel_id=channel.id)


async def _new_among(company: Company, people: list[PhonebookEntry]) -> list[PhonebookEntry]:
    found: list[PhonebookEntry] = []
    for start in range(0, len(people), importing.BATCH):
        some = people[start : start + importing.BATCH]
        rows = Contact.of(company).filter(phone_key__in=[one.phone_key for one in some])
        known = {one.phone_key for one in await rows.only("id", "phone_key")}
        found += [one for one in some if one.phone_key not in known]
    return found


def _people(told: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, str, str]]:
    """By phone key: phone, name, LID. One without a name is shown by its number."""
    found = {}
    for one in told:
        phone = _phone(str(one["phone"]))
        if phone is None:
            continue
        name = tidy(str(one.get("name") or ""))[:LONGEST_NAME]
        lid = str(one.get("lid") or "")
        found[phone.key] = (phone.e164, name, lid if len(lid) <= LONGEST_LID else "")
    return found


async def _put(
    company_id: UUID,
    channel_id: UUID,
    people: Mapping[str, tuple[str, str, str]],
    moment: datetime,
) -> None:
    rows = PhonebookEntry.of(company_id).filter(channel_id=channel_id)
    known = {one.phone_key: one for one in await rows.filter(phone_key__in=list(people))}
    room = MOST - await rows.count()
    fresh = [key for key in sorted(people) if key not in known][: max(0, room)]
    values = [
        (company_id, channel_id, people[key][0], key, *people[key][1:], moment) for key in fresh
    ]
    if values:
        await sql.insert_each("phonebook_entry", sql.Given(ENTRY, values), sets={}, once=True)
    for key, one in known.items():
        _, name, lid = people[key]
        if (name and name != one.name) or (lid and lid != one.lid):
            own = rows.filter(id=one.id)
            await own.update(name=name or one.name, lid=lid or one.lid, seen_at=moment)


def _phone(said: str) -> Phone | None:
    try:
        return phone_of_whatsapp(said)
    except Invalid:
        return None


def shown(entry: PhonebookEntry) -> str:
    return entry.name or pretty(entry.phone)
