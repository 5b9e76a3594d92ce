"""Bring a spreadsheet of Contacts in, as a job: begin, take batch after batch, end.

The row of the import is the truth: its state moves by conditional UPDATEs and its cursor moves with the rows it counts,
so the job may be killed, rung again or run twice at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from itertools import islice
from time import monotonic
from uuid import UUID

from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.contacts import lists
from esquadrao.contacts.card import tidy
from esquadrao.contacts.columns import Columns, columns_of
from esquadrao.contacts.entries import Entry, Refused, entry_of
from esquadrao.contacts.fields import ensure
from esquadrao.contacts.models import ContactImport, ContactList, ImportState
from esquadrao.contacts.phone import is_ddd
from esquadrao.contacts.reader import REFUSALS, Row, examine, rows
from esquadrao.contacts.taking import Withdraw, take
from esquadrao.contacts.upload import opened
from esquadrao.database import db_now
from esquadrao.errors import Invalid, Issue, NotFound
from esquadrao.gateways import media
from esquadrao.jobs import ImportContacts
from esquadrao.signals import Signal, Subject
from esquadrao.tenancy import new_id
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

MOST_BYTES = 20 * 1024 * 1024  # ux.md, Import
BATCH = (
    500  # rows a transaction takes: on SQLite it must not hold the one writer longer than 200 ms
)
FEW = 100  # of people to leave alone: something may wait for each of them
TELL_EVERY = 0.25  # s between two signals: more would only make pages fetch what nobody can read
STALE = timedelta(seconds=30)  # an import nobody touched for so long has lost its worker
MOST_STALE = 100  # imports one sweep rings
LONGEST_FILENAME = 200


@dataclass(frozen=True, slots=True)
class Measure:
    """What a first reading of the file finds: rows, and the custom columns that have a value somewhere."""

    total: int
    labels: dict[str, str]


async def begin(
    company: Company,
    user: User,
    *,
    filename: str,
    content: bytes,
    default_ddd: str = "",
    contact_list_id: UUID | None = None,
    new_list: str = "",
    leaves_alone: bool = False,
    is_phonebook: bool = False,
) -> ContactImport:
    """Keep the file and queue its import. Raises Invalid, and keeps nothing, for a file nobody could read."""
    require(user, Permission.CONTACTS_IMPORT)
    default_ddd = default_ddd.strip() or company.default_ddd
    await _refuse(content, default_ddd)
    if contact_list_id is not None:
        await ContactList.one(company, contact_list_id)
    if leaves_alone:  # nobody becomes a Contact
        contact_list_id, new_list = None, ""
    list_name = await _list_name(company, new_list)
    import_id = new_id()
    key = media.key_for(company.id, "imports", import_id)
    await media.put(key, content)
    async with unit_of_work() as work:
        if list_name:
            contact_list_id = (await lists.create(company, user, name=list_name)).id
        one = ContactImport(
            id=import_id,
            company_id=company.id,
            filename=tidy(filename.replace("\\", "/").rpartition("/")[2])[-LONGEST_FILENAME:]
            or "planilha.csv",
            file_key=key,
            contact_list_id=contact_list_id,
            default_ddd=default_ddd,
            leaves_alone=leaves_alone,
            is_phonebook=is_phonebook,
            created_by=user.id,
            touched_at=await db_now(),
        )
        await one.save(force_create=True)
        work.enqueue(ImportContacts(company.id, one.id))
    return one


async def import_contacts(
    company_id: UUID, import_id: UUID, *, withdraw: Withdraw | None = None
) -> None:
    """Take every row not taken yet. Running twice, or two at once, changes nothing.

    `withdraw` takes back what waits for people whom the file leaves alone, in the transaction that says so.
    """
    one = await _claim(company_id, import_id)
    if one is None:
        return
    try:
        async with opened(company_id, one.file_key) as file:
            sheet = await asyncio.to_thread(examine, file)
            columns = columns_of(sheet.header)
            if one.leaves_alone:
                columns = replace(columns, name=(), email=None, custom={})
            if not one.total:
                await _measured(one, await asyncio.to_thread(_measure, rows(file, sheet), columns))
            with closing(rows(file, sheet)) as stream:
                if not await _take_all(one, stream, columns, withdraw):
                    return
    except Invalid as error:
        await _end(one, ImportState.FAILED, error=error.code, error_values=error.values)
    except NotFound:
        await _end(one, ImportState.FAILED, error="file_gone")
    else:
        await _end(one, ImportState.DONE)


async def unfinished(now: datetime) -> list[tuple[UUID, UUID]]:
    """(Company, import) of every Company whose import lost its worker or its hint."""
    found = (
        await ContactImport.across_companies()
        .filter(state__in=(ImportState.QUEUED, ImportState.RUNNING), touched_at__lt=now - STALE)
        .order_by("touched_at")
        .limit(MOST_STALE)
    )
    return [(one.company_id, one.id) for one in found]


async def imports_of(company: Company | UUID, *, limit: int = 50) -> list[ContactImport]:
    """The newest first."""
    return await ContactImport.of(company).order_by("-id").limit(limit)


async def _refuse(content: bytes, default_ddd: str) -> None:
    issues: list[Issue] = []
    if len(content) > MOST_BYTES:
        issues.append(
            Issue("file", "file_too_big", N_("O arquivo passa de 20 MB. Divida em partes menores."))
        )
    else:
        try:
            await asyncio.to_thread(examine, BytesIO(content))
        except Invalid as error:
            issues.extend(error.issues)
    if not is_ddd(default_ddd):
        issues.append(Issue("default_ddd", "phone_unknown_ddd", N_("Este DDD não existe.")))
    if issues:
        raise Invalid(issues[0].sentence, code=issues[0].code, issues=tuple(issues))


async def _list_name(company: Company, new_list: str) -> str:
    if not new_list.strip():
        return ""
    try:
        return await lists.free_name(company, new_list)
    except Invalid as error:
        moved = tuple(Issue("new_list", one.code, one.sentence, one.values) for one in error.issues)
        raise Invalid(error.sentence, code=error.code, issues=moved, **error.values) from error


async def _claim(company_id: UUID, import_id: UUID) -> ContactImport | None:
    mine = ContactImport.of(company_id).filter(id=import_id)
    await mine.filter(state=ImportState.QUEUED).update(
        state=ImportState.RUNNING, touched_at=await db_now()
    )
    return await mine.get_or_none(state=ImportState.RUNNING)


def _measure(found: Iterator[Row], columns: Columns) -> Measure:
    total, valued = 0, set()
    for row in found:
        total += 1
        valued |= {
            key
            for key, (at, _) in columns.custom.items()
            if "".join(row.cells[at : at + 1]).strip()
        }
    return Measure(
        total, {key: label for key, (_, label) in columns.custom.items() if key in valued}
    )


async def _measured(one: ContactImport, measure: Measure) -> None:
    if not measure.total:
        raise Invalid.field("file", "file_no_rows", REFUSALS["file_no_rows"])
    async with unit_of_work() as work:
        await ensure(one.company_id, measure.labels)
        await (
            ContactImport.of(one.company_id)
            .filter(id=one.id, state=ImportState.RUNNING)
            .update(total=measure.total)
        )
        work.signal(Signal(one.company_id, Subject.IMPORT, one.id))
    one.total = measure.total


async def _take_all(
    one: ContactImport, stream: Iterator[Row], columns: Columns, withdraw: Withdraw | None
) -> bool:
    """False when another worker moved the cursor: it goes on."""

    def following(skip: int) -> list[Entry | Refused]:
        most = FEW if one.leaves_alone else BATCH
        batch = islice(stream, skip, skip + most)
        ddd = None if one.is_phonebook else one.default_ddd
        return [entry_of(row, columns, default_ddd=ddd) for row in batch]

    at, told = one.row_cursor, 0.0
    skip = at
    while batch := await asyncio.to_thread(following, skip):
        is_told = monotonic() - told >= TELL_EVERY
        if not await take(one, batch, at=at, is_told=is_told, withdraw=withdraw):
            return False
        told = monotonic() if is_told else told
        at, skip = at + len(batch), 0
    return True


async def _end(
    one: ContactImport,
    state: ImportState,
    *,
    error: str = "",
    error_values: dict[str, object] | None = None,
) -> None:
    moment = await db_now()
    async with unit_of_work() as work:
        await (
            ContactImport.of(one.company_id)
            .filter(id=one.id, state=ImportState.RUNNING)
            .update(
                state=state,
                error=error,
                error_values=error_values or {},
                touched_at=moment,
                finished_at=moment,
            )
        )
        work.signal(Signal(one.company_id, Subject.IMPORT, one.id))
