"""ContactLists: create, rename, fill, count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.functions import Count

from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.contacts.card import tidy
from esquadrao.contacts.models import Contact, ContactList, ListMember
from esquadrao.errors import Invalid
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

LONGEST_NAME = 80
PAGE = 50
BATCH = 500  # members a statement takes


@dataclass(frozen=True, slots=True)
class ListRow:
    id: UUID
    name: str
    size: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Members:
    rows: list[Contact]
    next: UUID | None  # give it as `after` for the page that follows


async def create(company: Company, user: User, *, name: str) -> ContactList:
    """Raises Invalid for an empty, long or taken name."""
    require(user, Permission.CONTACTS_WRITE)
    made = ContactList(company_id=company.id, name=await free_name(company, name))
    try:
        async with unit_of_work():
            await made.save(force_create=True)
    except IntegrityError:
        raise _taken() from None
    return made


async def rename(company: Company, user: User, list_id: UUID, *, name: str) -> ContactList:
    require(user, Permission.CONTACTS_WRITE)
    found = await ContactList.one(company, list_id)
    name = await free_name(company, name, but=list_id)
    try:
        async with unit_of_work():
            await ContactList.of(company).filter(id=list_id).update(name=name)
    except IntegrityError:
        raise _taken() from None
    found.name = name
    return found


async def add_members(
    company: Company, user: User, list_id: UUID, contact_ids: Iterable[UUID]
) -> None:
    """Who is in the list already stays once; ids that are no Contact of the Company are left out."""
    require(user, Permission.CONTACTS_WRITE)
    await ContactList.one(company, list_id)
    wanted = list(dict.fromkeys(contact_ids))
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        async with unit_of_work():
            own = (
                await Contact.of(company)
                .filter(id__in=batch)
                .order_by("id")
                .values_list("id", flat=True)
            )
            await put_members(company.id, list_id, [UUID(str(one)) for one in own])


async def remove_members(
    company: Company, user: User, list_id: UUID, contact_ids: Iterable[UUID]
) -> int:
    require(user, Permission.CONTACTS_WRITE)
    await ContactList.one(company, list_id)
    async with unit_of_work():
        return (
            await ListMember.of(company)
            .filter(contact_list_id=list_id, contact_id__in=list(contact_ids)[:BATCH])
            .delete()
        )


async def put_members(company_id: UUID, list_id: UUID, contact_ids: list[UUID]) -> None:
    """Within the caller's transaction."""
    rows = [
        ListMember(company_id=company_id, contact_list_id=list_id, contact_id=one)
        for one in contact_ids
    ]
    if rows:
        await ListMember.of(company_id).bulk_create(rows, ignore_conflicts=True)


async def lists_of(company: Company | UUID) -> list[ListRow]:
    """By name, each with how many Contacts it has."""
    counted = (
        await ListMember.of(company)
        .annotate(size=Count("id"))
        .group_by("contact_list_id")
        .values_list("contact_list_id", "size")
    )
    sizes = {UUID(str(list_id)): int(size) for list_id, size in counted}
    found = await ContactList.of(company).order_by("name")
    return [ListRow(one.id, one.name, sizes.get(one.id, 0), one.created_at) for one in found]


async def of_contact(company: Company | UUID, contact_id: UUID) -> list[ContactList]:
    """The lists a Contact is in, by name."""
    ids = (
        await ListMember.of(company)
        .filter(contact_id=contact_id)
        .values_list("contact_list_id", flat=True)
    )
    return await ContactList.of(company).filter(id__in=list(ids)).order_by("name") if ids else []


async def size(company: Company | UUID, list_id: UUID) -> int:
    return await ListMember.of(company).filter(contact_list_id=list_id).count()


async def members(
    company: Company | UUID, list_id: UUID, *, after: UUID | None = None, limit: int = PAGE
) -> Members:
    """The newest Contacts first."""
    found = ListMember.of(company).filter(contact_list_id=list_id)
    if after is not None:
        found = found.filter(contact_id__lt=after)
    ids = [
        UUID(str(one))
        for one in await found.order_by("-contact_id")
        .limit(limit + 1)
        .values_list("contact_id", flat=True)
    ]
    more = len(ids) > limit
    ids = ids[:limit]
    rows = await Contact.of(company).filter(id__in=ids).order_by("-id") if ids else []
    return Members(rows, ids[-1] if more else None)


async def free_name(company: Company, name: str, *, but: UUID | None = None) -> str:
    """The name as it is kept. Raises Invalid."""
    name = tidy(name)
    if not name:
        raise Invalid.field("name", "required", N_("Dê um nome à lista."))
    if len(name) > LONGEST_NAME:
        raise Invalid.field("name", "too_long", N_("Use até {most} caracteres."), most=LONGEST_NAME)
    same = await ContactList.of(company).get_or_none(name=name)
    if same is not None and same.id != but:
        raise _taken()
    return name


def _taken() -> Invalid:
    return Invalid.field("name", "name_taken", N_("Já existe uma lista com este nome."))
