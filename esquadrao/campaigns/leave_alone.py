"""Who is left alone by the word of somebody of the Company, a program or a file; who is written to again, and why.

It holds on every Channel before the next write, whatever stage a Message stands in.
"""

from __future__ import annotations

from uuid import UUID

from tortoise.exceptions import IntegrityError

from esquadrao.campaigns.withdraw import withdraw_many
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.contacts import importing
from esquadrao.contacts.card import tidy
from esquadrao.contacts.models import Contact, SuppressedBy, Suppression
from esquadrao.contacts.phone import parse_phone
from esquadrao.contacts.suppress import Why, hash_of, lift, suppress_phones
from esquadrao.database import again_on_deadlock, db_now
from esquadrao.errors import Conflict, Invalid
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

LONGEST_NOTE = 200
NOTE_MISSING = N_("Diga por que esta pessoa volta a receber: quando e como ela pediu.")
NOTE_LONG = N_("Use até {most} caracteres.")
LIFTED = N_("Este número já voltou a receber.")


async def leave_alone(company: Company, user: User, contact_id: UUID) -> Contact:
    """Raises NotFound."""
    require(user, Permission.CONTACTS_WRITE)
    contact = await Contact.one(company, contact_id)
    await _leave(company.id, contact.phone_key, Why(SuppressedBy.PERSON, user_id=user.id))
    return await Contact.one(company, contact_id)


async def leave_phone_alone(
    company: Company,
    user: User,
    *,
    phone: str,
    note: str = "",
    reason: SuppressedBy = SuppressedBy.PERSON,
) -> Suppression:
    """Also a phone that no Contact has. Who was left alone before stays so, for the reason it has. Raises Invalid."""
    require(user, Permission.CONTACTS_WRITE)
    number = parse_phone(phone, default_ddd=company.default_ddd)
    why = Why(reason, user_id=user.id, note=_note(note))
    await _leave(company.id, number.key, why)
    return await Suppression.of(company).get(phone_hash=hash_of(company.id, number.key))


async def end(company: Company, user: User, suppression_id: UUID, *, note: str) -> Suppression:
    """Raises NotFound, Invalid without a reason, Conflict when it was lifted already."""
    require(user, Permission.CONTACTS_WRITE)
    held = await Suppression.one(company, suppression_id)
    note = _note(note)
    if not note:
        raise Invalid.field("note", "required", NOTE_MISSING)
    async with unit_of_work():
        if not await lift(held, at=await db_now(), user_id=user.id, note=note):
            raise Conflict(LIFTED, code="already_lifted")
    return await Suppression.one(company, suppression_id)


async def import_contacts(company_id: UUID, import_id: UUID) -> None:
    """A file of Contacts, or of phones to leave alone; of these what waits is withdrawn with each batch of rows."""
    await importing.import_contacts(company_id, import_id, withdraw=withdraw_many)


async def _leave(company_id: UUID, phone_key: str, why: Why) -> None:
    try:
        await _left(company_id, phone_key, why)
    except IntegrityError:
        # Somebody else wrote this phone for the first time meanwhile: it is there now.
        await _left(company_id, phone_key, why)


@again_on_deadlock
async def _left(company_id: UUID, phone_key: str, why: Why) -> None:
    async with unit_of_work() as work:
        fresh = await suppress_phones(company_id, [phone_key], why, at=await db_now())
        await withdraw_many(work, company_id, [one.id for one in fresh.values() if one])


def _note(text: str) -> str:
    note = tidy(text)
    if len(note) > LONGEST_NOTE:
        raise Invalid.field("note", "too_long", NOTE_LONG, most=LONGEST_NOTE)
    return note
