"""The bubble before the send: the engine's own rendering, for a real Contact of the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup
from tortoise.queryset import QuerySet

from esquadrao.campaigns.body import variables
from esquadrao.campaigns.bubble import whatsapp_html
from esquadrao.campaigns.compose import (
    LONGEST_TEXT,
    TOO_LONG,
    Text,
    clean,
    convert_pasted,
    parse,
    refuse_unknown,
    variables_of,
)
from esquadrao.campaigns.footer import signed
from esquadrao.companies.models import Company
from esquadrao.contacts.models import Contact, ListMember
from esquadrao.errors import Invalid, Issue
from esquadrao.words import N_

LOOKED_AT = (
    2_000  # Contacts rendered to count the blanks: a page may not hold the loop longer than that
)
BATCH = 250
EXAMPLE = Contact(name=N_("Maria Exemplo"), phone="+5511987654321", email="maria@exemplo.com.br")


@dataclass(frozen=True, slots=True)
class Bubble:
    html: Markup
    length: int
    missing: tuple[str, ...]  # printed blank for this Contact
    issues: tuple[Issue, ...]  # why there is no bubble


@dataclass(frozen=True, slots=True)
class Preview(Bubble):
    """The Message's own bubble, and those of the questions asked before it."""

    questions: tuple[Bubble, ...]
    contact: Contact | None  # None: an example, there is nobody to show
    previous: UUID | None
    next: UUID | None


@dataclass(frozen=True, slots=True)
class Blanks:
    """How many Contacts lack a variable the text prints."""

    people: int
    names: tuple[str, ...]
    looked_at: int
    is_whole: bool


async def preview(
    company: Company,
    *,
    body: str,
    questions: Sequence[str] = (),
    has_footer: bool = False,
    contact_list_id: UUID | None = None,
    contact_id: UUID | None = None,
) -> Preview:
    """The bubbles for `contact_id`, else for the first of the list. Another Company's ids find nobody."""
    contact = await _chosen(company, contact_list_id, contact_id)
    before = after = None
    if contact is not None:
        before = await _neighbour(company, contact_list_id, contact.id, forward=False)
        after = await _neighbour(company, contact_list_id, contact.id, forward=True)
    known = [one.key for one in await variables(company)]
    asked = [one for one in questions if one.strip()]
    said = [_bubble(one, contact or EXAMPLE, known, has_footer=has_footer) for one in asked]
    own = _bubble(body, contact or EXAMPLE, known, has_footer=has_footer and not asked)
    return Preview(
        own.html, own.length, own.missing, own.issues, tuple(said), contact, before, after
    )


def _bubble(body: str, contact: Contact, known: list[str], *, has_footer: bool) -> Bubble:
    try:
        parsed = parse(convert_pasted(clean(body).strip())[0])
        refuse_unknown(parsed, known)
        rendered = parsed.render(variables_of(contact))
        text = signed(rendered.text) if has_footer else rendered.text
        if len(text) > LONGEST_TEXT:
            raise Invalid.field("body", "template_limit", TOO_LONG, limit=LONGEST_TEXT)
    except Invalid as wrong:
        return Bubble(Markup(), 0, (), wrong.issues)
    return Bubble(whatsapp_html(text), len(text), rendered.missing, ())


async def blanks(company: Company, *, text: Text, contact_list_id: UUID) -> Blanks:
    """Look at the first people of the list in the order they are sent to."""
    people = looked = 0
    names: dict[str, None] = {}
    after: UUID | None = None
    while looked < LOOKED_AT:
        members = ListMember.of(company).filter(contact_list_id=contact_list_id)
        if after is not None:
            members = members.filter(contact_id__gt=after)
        ids = await members.order_by("contact_id").limit(BATCH).values_list("contact_id", flat=True)
        for contact in await Contact.of(company).filter(id__in=ids):
            missing = _missing(text, contact)
            people += bool(missing)
            names.update(dict.fromkeys(missing))
        looked += len(ids)
        if len(ids) < BATCH:
            return Blanks(people, tuple(names), looked, is_whole=True)
        after = UUID(str(ids[-1]))
    return Blanks(people, tuple(names), looked, is_whole=False)


def _missing(text: Text, contact: Contact) -> tuple[str, ...]:
    try:
        return text.render(variables_of(contact)).missing
    except Invalid:
        return ()


async def _chosen(
    company: Company, contact_list_id: UUID | None, contact_id: UUID | None
) -> Contact | None:
    if contact_id is not None:
        found = await Contact.of(company).get_or_none(id=contact_id)
        in_list = _members(company, contact_list_id).filter(contact_id=contact_id)
        if found and (contact_list_id is None or await in_list.exists()):
            return found
    if contact_list_id is None:
        return await Contact.of(company).order_by("id").first()
    member = await _members(company, contact_list_id).order_by("contact_id").first()
    return await Contact.of(company).get_or_none(id=member.contact_id) if member else None


async def _neighbour(
    company: Company, contact_list_id: UUID | None, contact_id: UUID, *, forward: bool
) -> UUID | None:
    side, order = ("gt", "") if forward else ("lt", "-")
    if contact_list_id is None:
        found = Contact.of(company).filter(**{f"id__{side}": contact_id})
        contact = await found.order_by(f"{order}id").first()
        return contact.id if contact else None
    members = _members(company, contact_list_id).filter(**{f"contact_id__{side}": contact_id})
    member = await members.order_by(f"{order}contact_id").first()
    return member.contact_id if member else None


def _members(company: Company, contact_list_id: UUID | None) -> QuerySet[ListMember]:
    return ListMember.of(company).filter(contact_list_id=contact_list_id)


__all__ = ["LONGEST_TEXT", "Blanks", "Bubble", "Preview", "blanks", "preview"]
