"""Add one Contact."""

from __future__ import annotations

from collections.abc import Mapping

from tortoise.exceptions import IntegrityError

from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.contacts import card as cards
from esquadrao.contacts.fields import checked
from esquadrao.contacts.models import Contact
from esquadrao.contacts.phone import Phone, parse_phone
from esquadrao.contacts.suppress import mark
from esquadrao.errors import Invalid, Issue
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_


async def add(
    company: Company,
    user: User,
    *,
    phone: str,
    name: str = "",
    email: str = "",
    custom: Mapping[str, str] | None = None,
) -> Contact:
    """Raises Invalid with every issue at once; a phone that exists gives `phone_taken` and the `contact_id` it has."""
    require(user, Permission.CONTACTS_WRITE)
    number, columns = await written(
        company, phone=phone, name=name, email=email, custom=custom or {}
    )
    await refuse_taken(company, number)
    contact = Contact(company_id=company.id, **columns)
    try:
        async with unit_of_work():
            await mark(company.id, [contact])
            await contact.save(force_create=True)
    except IntegrityError:  # somebody added the same phone in between
        await refuse_taken(company, number)
        raise
    return contact


async def written(
    company: Company, *, phone: str, name: str, email: str, custom: Mapping[str, str]
) -> tuple[Phone, dict[str, object]]:
    """The columns of a Contact from what a person typed. Raises Invalid with every issue at once."""
    card = cards.card_of(name, email)
    values, issues = await checked(company, custom)
    issues = [*cards.problems(card), *issues]
    number = None
    try:
        number = parse_phone(phone, default_ddd=company.default_ddd)
    except Invalid as error:
        issues = [*error.issues, *issues]
    if number is None or issues:
        raise Invalid(issues=tuple(issues))
    return number, {
        "name": card.name,
        "email": card.email,
        "phone": number.e164,
        "phone_key": number.key,
        "custom": values,
        "search_text": cards.search_text(card, number),
    }


async def refuse_taken(company: Company, number: Phone, *, but: Contact | None = None) -> None:
    """Raises Invalid when another Contact of the Company is this person already."""
    found = await Contact.of(company).get_or_none(phone_key=number.key)
    if found is None or (but is not None and found.id == but.id):
        return
    sentence = N_("Já existe um contato com este telefone: {name}.")
    values = {"name": found.name or number.e164, "contact_id": str(found.id)}
    raise Invalid(
        sentence,
        code="phone_taken",
        issues=(Issue("phone", "phone_taken", sentence, tuple(values.items())),),
        **values,
    )
