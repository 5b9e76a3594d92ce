"""The list of who is left alone, and of who no longer is: a page by key, with names while there are any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.contacts.models import Contact, Suppression
from esquadrao.contacts.phone import parse_phone
from esquadrao.contacts.search import matching
from esquadrao.contacts.suppress import SHOWN_DIGITS, hash_of, is_of
from esquadrao.errors import Invalid

PAGE = 50  # rows
MOST_COUNTED = 5_000
MOST_NAMED = 500  # people a search by name may find


@dataclass(frozen=True, slots=True)
class Row:
    held: Suppression
    contact: Contact | None  # who has this phone, while somebody does
    by: str  # the name of whoever did it, where a person did
    lifted_by: str


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Row]
    next: UUID | None  # give it as `after` for the page that follows


async def page_of(
    company: Company,
    user: User,
    *,
    text: str = "",
    is_lifted: bool = False,
    after: UUID | None = None,
    limit: int = PAGE,
) -> Page:
    """The newest first. Raises Forbidden."""
    found = await matching_phones(company, user, text=text, is_lifted=is_lifted)
    if after is not None:
        found = found.filter(id__lt=after)
    held = await found.order_by("-id").limit(limit + 1)
    more, held = len(held) > limit, held[:limit]
    return Page(await _rows(company, held), held[-1].id if more else None)


async def counted(company: Company, user: User, *, text: str = "", is_lifted: bool = False) -> int:
    """How many there are, MOST_COUNTED + 1 where there are more."""
    found = await matching_phones(company, user, text=text, is_lifted=is_lifted)
    return len(await found.limit(MOST_COUNTED + 1).values_list("id", flat=True))


async def one_row(company: Company, user: User, suppression_id: UUID) -> Row:
    """Raises Forbidden, NotFound."""
    require(user, Permission.CONTACTS_READ)
    return (await _rows(company, [await Suppression.one(company, suppression_id)]))[0]


async def matching_phones(
    company: Company, user: User, *, text: str = "", is_lifted: bool = False
) -> QuerySet[Suppression]:
    """By a whole phone, by its last digits, or by what is known of its Contact; all of them for an empty text."""
    require(user, Permission.CONTACTS_READ)
    rows = Suppression.of(company).filter(lifted_at__isnull=not is_lifted)
    text = text.strip()
    if not text:
        return rows
    named = matching(company, text)
    if not is_lifted:
        named = named.filter(suppressed_at__isnull=False)
    people = await named.limit(MOST_NAMED).only("id")
    found = Q(contact_id__in=[one.id for one in people])
    if len(text) == SHOWN_DIGITS:
        found |= Q(phone_end=text)
    with suppress(Invalid):
        key = parse_phone(text, default_ddd=company.default_ddd).key
        found |= Q(phone_hash=hash_of(company.id, key))
    return rows.filter(found)


async def _rows(company: Company, held: Sequence[Suppression]) -> list[Row]:
    ids = [one.contact_id for one in held if one.contact_id]
    people: dict[UUID | None, Contact] = {}
    if ids:
        people = {one.id: one for one in await Contact.of(company).filter(id__in=ids)}
    users = {one for row in held for one in (row.user_id, row.lifted_by) if one}
    names: dict[UUID | None, str] = {}
    if users:
        names = {one.id: one.name for one in await User.of(company).filter(id__in=list(users))}
    return [
        Row(one, _whose(one, people), names.get(one.user_id, ""), names.get(one.lifted_by, ""))
        for one in held
    ]


def _whose(held: Suppression, people: Mapping[UUID | None, Contact]) -> Contact | None:
    contact = people.get(held.contact_id)
    return contact if contact is not None and is_of(held, contact) else None
