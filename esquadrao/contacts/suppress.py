"""Who is left alone: written once, seen by every rule, and kept when the Contact's data goes.

Each of these runs inside the caller's transaction; what waits to be sent is withdrawn by `campaigns/withdraw.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from esquadrao.companies.keys import lookup_hash
from esquadrao.contacts.models import Contact, SuppressedBy, Suppression
from esquadrao.database import locked

SHOWN_DIGITS = 4  # of a phone whose Contact is gone: enough to tell two rows apart
NOT_LIFTED = {"lifted_at": None, "lifted_by": None, "lifted_with": None, "lift_note": ""}


@dataclass(frozen=True, slots=True)
class Why:
    """Who asked for it, and the proof."""

    reason: SuppressedBy
    message_id: int | None = None
    campaign_id: UUID | None = None
    user_id: UUID | None = None
    import_id: UUID | None = None
    note: str = ""


def hash_of(company_id: UUID, phone_key: str) -> str:
    """The Company is part of it: the same phone in two Companies gives two hashes that nobody can join."""
    return lookup_hash("suppression", f"{company_id}\0{phone_key}")


async def suppress(contact: Contact, why: Why, *, at: datetime) -> bool:
    """Whether this Contact was not left alone before."""
    return bool(await suppress_phones(contact.company_id, [contact.phone_key], why, at=at))


async def suppress_phones(
    company_id: UUID, phone_keys: Iterable[str], why: Why, *, at: datetime
) -> dict[str, Contact | None]:
    """Those that were not left alone before, each with its Contact where there is one.

    Raises IntegrityError when somebody else writes one of them for the first time at this moment.
    """
    keys = {hash_of(company_id, key): key for key in sorted(set(phone_keys))}
    rows = Suppression.of(company_id).filter(phone_hash__in=list(keys))
    known = {one.phone_hash: one for one in await locked(rows.order_by("id"))}
    new = [one for one in keys if one not in known]
    again = [one for one, row in known.items() if row.lifted_at is not None]
    people = await _people(company_id, [keys[one] for one in (*new, *again)])
    # All of them: who was added at the moment of an earlier one is left alone now.
    unmarked = Contact.of(company_id).filter(phone_key__in=list(keys.values()), suppressed_at=None)
    await unmarked.update(suppressed_at=at)
    said = asdict(why) | {"created_at": at}
    await Suppression.insert_many(
        Suppression(company_id=company_id, phone_hash=one, **_of(keys[one], people), **said)
        for one in new
    )
    if again:
        held = Suppression.of(company_id).filter(phone_hash__in=again)
        await held.update(**said, **NOT_LIFTED)
    return {keys[one]: people.get(keys[one]) for one in (*new, *again)}


async def lift(
    held: Suppression,
    *,
    at: datetime,
    user_id: UUID | None = None,
    message_id: int | None = None,
    note: str = "",
) -> bool:
    """Whether it stood until now. With the proof: a person's name and note, or the Message that asked for it."""
    company_id = held.company_id
    rows = Suppression.of(company_id).filter(id=held.id, lifted_at=None)
    proof = {"lifted_by": user_id, "lifted_with": message_id, "lift_note": note}
    if not await rows.update(lifted_at=at, **proof):
        return False
    contact = await Contact.of(company_id).get_or_none(id=held.contact_id)
    if contact is not None and is_of(held, contact):
        await Contact.of(company_id).filter(id=contact.id).update(suppressed_at=None)
    return True


def is_of(held: Suppression, contact: Contact) -> bool:
    """Whether it is this Contact's phone still: people get another one."""
    return held.phone_hash == hash_of(contact.company_id, contact.phone_key)


async def standing(contact: Contact) -> Suppression | None:
    """What holds for this Contact now."""
    phone_hash = hash_of(contact.company_id, contact.phone_key)
    rows = Suppression.of(contact.company_id).filter(phone_hash=phone_hash, lifted_at=None)
    return await rows.get_or_none()


async def mark(company_id: UUID, contacts: Iterable[Contact]) -> None:
    """New Contacts, or such with a new phone, before they are stored: who asked for it once is left alone again."""
    people = {hash_of(company_id, one.phone_key): one for one in contacts}
    if not people:
        return
    found = Suppression.of(company_id).filter(phone_hash__in=list(people), lifted_at=None)
    since = {one.phone_hash: one.created_at for one in await found}
    for phone_hash, contact in people.items():
        contact.suppressed_at = since.get(phone_hash)
        if contact.suppressed_at is not None:
            rows = Suppression.of(company_id).filter(phone_hash=phone_hash)
            await rows.update(contact_id=contact.id)


async def _people(company_id: UUID, phone_keys: list[str]) -> Mapping[str, Contact]:
    if not phone_keys:
        return {}
    found = Contact.of(company_id).filter(phone_key__in=phone_keys)
    return {one.phone_key: one for one in await locked(found.order_by("id"))}


def _of(phone_key: str, people: Mapping[str, Contact]) -> dict[str, object]:
    contact = people.get(phone_key)
    return {
        "phone_end": phone_key[-SHOWN_DIGITS:],
        "contact_id": contact.id if contact else None,
    }
