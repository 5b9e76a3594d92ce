"""Take a batch of rows: one transaction with the cursor, so that a kill anywhere goes on with no gap and no double.

Rows count in their order, as if each came alone: the first of a phone creates the Contact, a later one updates it or
finds nothing new. A blank cell never wipes what is known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from esquadrao.contacts import card as cards
from esquadrao.contacts.card import Card
from esquadrao.contacts.entries import LONGEST_CELL, Entry, Refused
from esquadrao.contacts.lists import put_members
from esquadrao.contacts.models import (
    Contact,
    ContactImport,
    ImportRefusal,
    ImportState,
    SuppressedBy,
)
from esquadrao.contacts.phone import Phone
from esquadrao.contacts.suppress import Why, mark, suppress_phones
from esquadrao.database import again_on_deadlock, db_now, locked
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import Work, unit_of_work

Withdraw = Callable[[Work, UUID, Sequence[UUID]], Awaitable[None]]
TRIES = 5  # of a batch that met somebody adding one of its phones at the same moment
UPDATES = 100  # rows a CASE … END statement carries; its cost grows with their square
LONGEST_KEPT = 300  # characters kept of a refused cell that is too long
CHANGING = ["name", "email", "custom", "search_text", "version", "updated_at"]


@dataclass(slots=True)
class Batch:
    """What rows do to the Contacts they name."""

    company_id: UUID
    import_id: UUID
    people: dict[str, Contact]  # by phone key: those in the database, then also the new ones
    new: list[Contact] = field(default_factory=list)
    changed: dict[UUID, Contact] = field(default_factory=dict)
    updated: int = 0
    unchanged: int = 0

    def take(self, entry: Entry) -> None:
        known = self.people.get(entry.phone.key)
        if known is None:
            self._create(entry)
        elif self._merge(known, entry):
            self.updated += 1
        else:
            self.unchanged += 1

    def _create(self, entry: Entry) -> None:
        made = Contact(
            company_id=self.company_id,
            import_id=self.import_id,
            name=entry.card.name,
            email=entry.card.email,
            phone=entry.phone.e164,
            phone_key=entry.phone.key,
            custom=entry.custom,
            search_text=cards.search_text(entry.card, entry.phone),
        )
        self.people[entry.phone.key] = made
        self.new.append(made)

    def _merge(self, known: Contact, entry: Entry) -> bool:
        name, email = entry.card.name or known.name, entry.card.email or known.email
        custom = {**known.custom, **entry.custom}
        if (name, email, custom) == (known.name, known.email, known.custom):
            return False
        known.name, known.email, known.custom = name, email, custom
        known.search_text = cards.search_text(
            Card(name, email), Phone(known.phone, known.phone_key)
        )
        if known.id not in self.changed and known._saved_in_db:  # noqa: SLF001  # Tortoise's own mark of a stored row
            known.version += 1
            self.changed[known.id] = known
        return True


async def take(
    one: ContactImport,
    taken: Sequence[Entry | Refused],
    *,
    at: int,
    is_told: bool,
    withdraw: Withdraw | None = None,
) -> bool:
    """Take the rows that follow the first `at`. False when somebody else took them or the import has ended."""
    for attempt in range(1, TRIES + 1):
        try:
            return await _take(one, taken, at=at, is_told=is_told, withdraw=withdraw)
        except IntegrityError:  # a phone was added in between: read again and find it
            if attempt == TRIES:
                raise
    raise AssertionError("unreachable")


@again_on_deadlock
async def _take(
    one: ContactImport,
    taken: Sequence[Entry | Refused],
    *,
    at: int,
    is_told: bool,
    withdraw: Withdraw | None,
) -> bool:
    async with unit_of_work() as work:
        mine = ContactImport.of(one.company_id).filter(
            id=one.id, state=ImportState.RUNNING, row_cursor=at
        )
        if await locked(mine).get_or_none() is None:
            return False
        entries = [row for row in taken if isinstance(row, Entry)]
        refused = [row for row in taken if isinstance(row, Refused)]
        if one.leaves_alone:
            counted = await _leave_alone(work, one, entries, withdraw)
        else:
            counted = await _bring_in(one, entries)
        await ImportRefusal.insert_many([_kept(one, row) for row in refused])
        await mine.update(
            row_cursor=at + len(taken),
            **{name: F(name) + many for name, many in counted.items()},
            refused=F("refused") + len(refused),
            touched_at=await db_now(),
        )
        if is_told:
            work.signal(Signal(one.company_id, Subject.IMPORT, one.id))
    return True


async def _bring_in(one: ContactImport, entries: Sequence[Entry]) -> dict[str, int]:
    batch = Batch(one.company_id, one.id, await _people(one.company_id, entries))
    for entry in entries:
        batch.take(entry)
    await _store(batch)
    if one.contact_list_id is not None:
        ids = sorted({batch.people[entry.phone.key].id for entry in entries})
        await put_members(one.company_id, one.contact_list_id, ids)
    return {"created": len(batch.new), "updated": batch.updated, "unchanged": batch.unchanged}


async def _leave_alone(
    work: Work, one: ContactImport, entries: Sequence[Entry], withdraw: Withdraw | None
) -> dict[str, int]:
    """Who was left alone before stays so, for the reason it has."""
    why = Why(SuppressedBy.FILE, user_id=one.created_by, import_id=one.id)
    keys = [entry.phone.key for entry in entries]
    fresh = await suppress_phones(one.company_id, keys, why, at=await db_now())
    if withdraw is not None:
        people = [contact.id for contact in fresh.values() if contact]
        await withdraw(work, one.company_id, people)
    return {"created": len(fresh), "unchanged": len(entries) - len(fresh)}


async def _people(company_id: UUID, entries: Sequence[Entry]) -> dict[str, Contact]:
    keys = sorted({entry.phone.key for entry in entries})
    if not keys:
        return {}
    # Locked, in one order for all: an edit of a person at this moment is neither lost nor a deadlock.
    found = await locked(Contact.of(company_id).filter(phone_key__in=keys).order_by("id"))
    return {contact.phone_key: contact for contact in found}


async def _store(batch: Batch) -> None:
    await mark(batch.company_id, batch.new)
    await Contact.insert_many(batch.new)
    if batch.changed:
        moment = await db_now()
        for contact in batch.changed.values():
            contact.updated_at = moment
        rows = Contact.of(batch.company_id)
        await rows.bulk_update(list(batch.changed.values()), CHANGING, batch_size=UPDATES)


def _kept(one: ContactImport, row: Refused) -> ImportRefusal:
    cells = [
        cell if len(cell) <= LONGEST_CELL else f"{cell[:LONGEST_KEPT]}…" for cell in row.row.cells
    ]
    return ImportRefusal(
        company_id=one.company_id,
        import_id=one.id,
        row_number=row.row.number,
        cells=cells,
        reason=row.reason,
    )
