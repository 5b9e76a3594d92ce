"""Change one Contact; whoever saves second, from an older version, is told so."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from tortoise.exceptions import IntegrityError

from esquadrao.clock import now
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.contacts.add import refuse_taken, written
from esquadrao.contacts.models import Contact
from esquadrao.contacts.numbers import NOTHING_KNOWN
from esquadrao.contacts.suppress import mark
from esquadrao.errors import Conflict
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_


async def edit(
    company: Company,
    user: User,
    contact_id: UUID,
    *,
    version: int,
    phone: str,
    name: str = "",
    email: str = "",
    custom: Mapping[str, str] | None = None,
) -> Contact:
    """Raises Conflict when somebody changed it since `version`, Invalid like `add`."""
    require(user, Permission.CONTACTS_WRITE)
    contact = await Contact.one(company, contact_id)
    number, columns = await written(
        company, phone=phone, name=name, email=email, custom=custom or {}
    )
    await refuse_taken(company, number, but=contact)
    as_now = Contact(id=contact_id, company_id=company.id, phone_key=number.key)
    try:
        async with unit_of_work():
            await mark(company.id, [as_now])
            columns |= {"suppressed_at": as_now.suppressed_at}
            if number.e164 != contact.phone:
                columns |= NOTHING_KNOWN
            hit = (
                await Contact.of(company)
                .filter(id=contact_id, version=version)
                .update(**columns, version=version + 1, updated_at=now())
            )
    except IntegrityError:
        await refuse_taken(company, number, but=contact)
        raise
    if not hit:
        raise Conflict(
            N_("Alguém mudou este contato antes de você. Veja como ficou e salve de novo."),
            code="version",
        )
    return await Contact.one(company, contact_id)
