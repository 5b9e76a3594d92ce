"""Ask WhatsApp whether numbers exist, and apply what it answers: set-based, once a question, in any order.

Who was asked has `asked_at`, committed before the question leaves; a lost question or answer is asked again after
`settle_after`. An answer counts once, for a question that stands open: twice, late, or of nobody's asking it changes
nothing. Nobody is absent before every spelling of the number was answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from esquadrao import sql
from esquadrao.channels.models import Channel
from esquadrao.contacts.models import Contact, OnWhatsApp
from esquadrao.contacts.numbers import JID, KNOWN_FOR, unknown
from esquadrao.contacts.phone import phone_of_whatsapp, spellings
from esquadrao.database import again_on_deadlock, db_now
from esquadrao.errors import Invalid
from esquadrao.gateways import bridge
from esquadrao.gateways.bridge import Command
from esquadrao.settings import settings
from esquadrao.unit_of_work import unit_of_work

log = structlog.get_logger()
MOST_PHONES = 50  # of one question; more at once looks like a search of the whole network
LONGEST_LID = 60  # characters
# A question that is open longer than this, or from before the clock went back, is asked again.
UNASKED = "({0}.asked_at IS NULL OR {0}.asked_at <= :asked_since OR {0}.asked_at > :moment)"
ASKABLE = f"""
SELECT p.id, p.phone FROM contact p WHERE p.company_id = :company AND p.id IN :ids
  AND {unknown("p")} AND {UNASKED.format("p")}
ORDER BY p.id"""
TOLD: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "id": "uuid",
    "phone": "text",
    "on_whatsapp": "text",
    "jid": "text",
    "lid": "text",
}
Asked = tuple[UUID, UUID]  # company, contact


def asked_again_after() -> timedelta:
    """As long as the bridge has to settle a Message."""
    return timedelta(seconds=settings().settle_after)


@again_on_deadlock
async def ask(company_id: UUID, channel_id: UUID, contact_ids: Sequence[UUID]) -> int:
    """Ask over a Channel about those who are not known and have no question open; returns how many."""
    async with unit_of_work("check") as work:
        moment = await db_now()
        people = await sql.rows(
            ASKABLE + sql.row_lock("p", skip_locked=True),
            company=company_id,
            ids=list(contact_ids),
            moment=moment,
            known_since=moment - KNOWN_FOR,
            asked_since=moment - asked_again_after(),
        )
        if not people:
            return 0
        asked = Contact.of(company_id).filter(id__in=[row["id"] for row in people])
        await asked.update(asked_at=moment)
        questions = [
            Command("numbers.check", company_id, channel_id, {"phones": phones})
            for phones in _batches(row["phone"] for row in people)
        ]

        async def send() -> None:
            await bridge.send(questions)

        work.after_commit(send)
    return len(people)


def _batches(phones: Iterable[str]) -> Iterable[list[str]]:
    """All spellings of a person in one question, so that one answer settles them."""
    batch: list[str] = []
    for phone in phones:
        own = spellings(phone)
        if len(batch) + len(own) > MOST_PHONES:
            yield batch
            batch = []
        batch += own
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class Told:
    """What WhatsApp said of one spelling."""

    phone: str
    exists: bool
    jid: str
    lid: str


async def apply(events: Sequence[dict[str, Any]]) -> list[Asked]:
    """Apply `numbers.checked` events inside the caller's transaction; returns whom they spoke of."""
    by_company: dict[UUID, dict[UUID, list[Told]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        channels = by_company[UUID(event["company"])]
        told = map(_read, event["data"]["numbers"])
        channels[UUID(event["channel"])] += [one for one in told if one is not None]
    spoken: list[Asked] = []
    for company_id, channels in sorted(by_company.items()):
        # The Channel's own Company decides: of a Channel that is not the Company's nothing is believed.
        own = {one.id for one in await Channel.of(company_id).filter(id__in=list(channels))}
        believed = [
            one for channel_id in channels if channel_id in own for one in channels[channel_id]
        ]
        if len(own) < len(channels):
            log.warning("numbers_without_channel", channels=len(channels) - len(own))
        spoken += await _settle(company_id, believed)
    return spoken


def _read(one: dict[str, Any]) -> Told | None:
    """None for what is neither yes nor no: a check that could not run."""
    jid, exists = str(one["jid"] or ""), one["exists"]
    if exists is False or (exists is True and JID.fullmatch(jid)):
        return Told(str(one["phone"]), exists, jid, str(one["lid"] or "")[:LONGEST_LID])
    log.warning("number_not_understood", exists=str(exists)[:10])
    return None


async def _settle(company_id: UUID, told: Sequence[Told]) -> list[Asked]:
    by_key: dict[str, dict[str, Told]] = defaultdict(dict)
    for one in told:
        try:
            by_key[phone_of_whatsapp(one.phone).key][one.phone] = one
        except Invalid:
            log.warning("number_is_no_phone")
    if not by_key:
        return []
    found = Contact.of(company_id).filter(phone_key__in=list(by_key)).order_by("id")
    rows: list[tuple[object, ...]] = []
    for contact in await found.only("id", "phone", "phone_key"):
        answer = _verdict(contact.phone, by_key[contact.phone_key])
        if answer is not None:
            state = OnWhatsApp.EXISTS if answer.exists else OnWhatsApp.ABSENT
            key = (company_id, contact.id, contact.phone)
            rows.append((*key, state, answer.jid if answer.exists else "", answer.lid))
    if not rows:
        return []
    sets = {name: f"v.{name}" for name in ("on_whatsapp", "jid", "lid")}
    await sql.update_each(
        "contact",
        sql.Given(TOLD, rows),
        # With the phone: whoever was given another one meanwhile was not asked about it.
        on=("company_id", "id", "phone"),
        sets={**sets, "checked_at": ":moment"},
        where="t.asked_at IS NOT NULL AND (t.checked_at IS NULL OR t.checked_at < t.asked_at)",
        moment=await db_now(),
    )
    return [(company_id, contact_id) for _, contact_id, *_ in rows if isinstance(contact_id, UUID)]


def _verdict(phone: str, told: dict[str, Told]) -> Told | None:
    """The spelling that exists, the Contact's own first; a no only when there is one for every spelling."""
    in_order = [phone, *told]
    there = (told[one] for one in in_order if one in told and told[one].exists)
    found = next(there, None)
    if found is not None:
        return found
    return told[phone] if all(one in told for one in spellings(phone)) else None
