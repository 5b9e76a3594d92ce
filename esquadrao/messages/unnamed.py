"""Of whom only a LID is known: what they write waits, however long, until somebody tells the phone; then it is read.

Digits of a LID are never taken for a phone: an answer would go to a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
import structlog

from esquadrao.contacts.models import Contact
from esquadrao.contacts.phone import Phone, phone_of_whatsapp
from esquadrao.database import locked
from esquadrao.errors import Invalid
from esquadrao.messages.models import InboundEvent
from esquadrao.messages.told import lid_of, person_of, place_of_person

log = structlog.get_logger()
MOST = 500  # events of one Company at once; the rest when the pair is told again, as it is with each message
Row = dict[str, Any]


async def phones_of(
    company_id: UUID, told: list[tuple[Row, dict[str, Any]]]
) -> tuple[dict[int, Phone | None], dict[int, str]]:
    """The phone of each event's person, and the LID of each whose phone nobody knows."""
    lids = {row["id"]: lid for row, event in told if (lid := lid_of(event))}
    found = Contact.of(company_id).filter(lid__in=list(set(lids.values()))) if lids else None
    known = {one.lid: one.phone for one in await found} if found is not None else {}
    phones: dict[int, Phone | None] = {}
    for row, event in told:
        said = known.get(lids[row["id"]], "") if row["id"] in lids else person_of(event)
        phones[row["id"]] = _phone(said) if said else None
    unnamed = {at: lid for at, lid in lids.items() if lid not in known}
    if unnamed:
        log.info("inbound_of_unknown_lid", events=len(unnamed))
    return phones, unnamed


async def remember(company_id: UUID, unnamed: Mapping[int, str]) -> None:
    """By which LID an event is found once its phone is told: inside the caller's transaction."""
    for at, lid in sorted(unnamed.items()):
        await InboundEvent.of(company_id).filter(id=at).update(lid=lid)


async def name(company_id: UUID, phones: Mapping[str, Phone]) -> list[tuple[UUID, UUID, str]]:
    """LID → phone: what waited for it says the phone from now on. Returns what is to be read again, by its keys."""
    if not phones:
        return []
    waiting = InboundEvent.of(company_id).filter(lid__in=sorted(phones)).order_by("id").limit(MOST)
    keys = []
    for row in await locked(waiting):
        event = orjson.loads(row.said)
        event["data"][place_of_person(event)] = phones[row.lid].e164
        said = orjson.dumps(event).decode()
        await (
            InboundEvent.of(company_id).filter(id=row.id).update(said=said, lid="", applied_at=None)
        )
        keys.append((row.company_id, row.channel_id, row.wa_id))
    return keys


def _phone(said: str) -> Phone | None:
    """None for what is no phone of a person: it stays among the kept events."""
    try:
        return phone_of_whatsapp(said)
    except Invalid as error:
        log.warning("inbound_without_phone", code=error.code)
        return None
