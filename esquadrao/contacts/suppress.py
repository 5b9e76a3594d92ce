"""Who is left alone: written once, seen by every rule, and kept when the Contact's data goes.

Each of these runs inside the caller's transaction; what waits to be sent is withdrawn by `campaigns/withdraw.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from esquadrao.companies.keys import lookup_hash
from esquadrao.contacts.models import Contact, SuppressedBy, Suppression
from esquadrao.database import locked


def hash_of(company_id: UUID, phone_key: str) -> str:
    """The Company is part of it: the same phone in two Companies gives two hashes that nobody can join."""
    return lookup_hash("suppression", f"{company_id}\0{phone_key}")


async def suppress(
    contact: Contact,
    *,
    reason: SuppressedBy,
    at: datetime,
    message_id: int | None = None,
    campaign_id: UUID | None = None,
    user_id: UUID | None = None,
) -> bool:
    """Whether this Contact was not left alone before."""
    phone_hash = hash_of(contact.company_id, contact.phone_key)
    rows = Suppression.of(contact.company_id).filter(phone_hash=phone_hash)
    why: dict[str, object] = {"reason": reason, "message_id": message_id}
    why |= {"campaign_id": campaign_id, "user_id": user_id, "created_at": at}
    known = await locked(rows).get_or_none()
    if known is None:
        await Suppression(company_id=contact.company_id, phone_hash=phone_hash, **why).save()
    elif known.lifted_at is not None:
        await rows.update(**why, lifted_at=None, lifted_by=None)
    await Contact.of(contact.company_id).filter(id=contact.id).update(suppressed_at=at)
    return known is None or known.lifted_at is not None


async def lift(contact: Contact, *, at: datetime, user_id: UUID | None = None) -> bool:
    """Whether this Contact was left alone until now."""
    rows = Suppression.of(contact.company_id).filter(
        phone_hash=hash_of(contact.company_id, contact.phone_key), lifted_at=None
    )
    hit = await rows.update(lifted_at=at, lifted_by=user_id)
    await Contact.of(contact.company_id).filter(id=contact.id).update(suppressed_at=None)
    return bool(hit)


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
