"""Drafts: create, edit, copy. Only a draft may be edited; once launched, its text and audience stand."""

from __future__ import annotations

from dataclasses import replace
from typing import NotRequired, TypedDict, Unpack
from uuid import UUID

from esquadrao.campaigns.body import checked_body
from esquadrao.campaigns.lifecycle import EDITABLE
from esquadrao.campaigns.models import Campaign, MissingVariable, Variant
from esquadrao.campaigns.slow import chosen_by, issues_of
from esquadrao.channels.models import Channel
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.contacts.models import ContactList, ListMember
from esquadrao.database import db_now
from esquadrao.errors import Conflict, Invalid, Issue, NotFound
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

LONGEST_NAME = 120
FEWEST_HOURS, ANSWER_HOURS, MOST_HOURS = 24, 48, 72  # to answer a confirmation request
FIRST = 0  # position of the one Variant a Campaign has today; up to ten find their place beside it

NAME_MISSING = N_("Dê um nome à campanha.")
NAME_LONG = N_("Use até {most} caracteres.")
HOURS_WRONG = N_("Use de {fewest} a {most} horas.")
STALE = N_("Alguém mudou esta campanha enquanto você escrevia. Veja como ficou e salve de novo.")
NOT_DRAFT = N_("Só um rascunho pode ser editado. Duplique a campanha para mudar o texto.")


class Whole(TypedDict):
    """All a form says of a draft."""

    name: str
    channel_id: UUID | None
    contact_list_id: UUID | None
    body: str
    missing_variable: MissingVariable
    question: str
    answer_hours: int
    own_gap: int | None


class Changes(TypedDict):
    name: NotRequired[str]
    channel_id: NotRequired[UUID | None]
    contact_list_id: NotRequired[UUID | None]
    body: NotRequired[str]
    missing_variable: NotRequired[MissingVariable]
    question: NotRequired[str]
    answer_hours: NotRequired[int]
    own_gap: NotRequired[int | None]


async def create(
    company: Company,
    user: User,
    *,
    name: str,
    channel_id: UUID | None = None,
    contact_list_id: UUID | None = None,
    body: str = "",
    missing_variable: MissingVariable = MissingVariable.FALLBACK,
    question: str = "",
    answer_hours: int = ANSWER_HOURS,
    own_gap: int | None = None,
) -> Campaign:
    """Raises Invalid with every issue, NotFound for another Company's Channel or ContactList."""
    require(user, Permission.CAMPAIGNS_WRITE)
    fresh: Changes = {
        "name": name,
        "channel_id": channel_id,
        "contact_list_id": contact_list_id,
        "body": body,
        "missing_variable": missing_variable,
        "question": question,
        "answer_hours": answer_hours,
        "own_gap": own_gap,
    }
    columns, text = await _checked(company, fresh)
    if own_gap is not None:
        columns |= chosen_by(user, await db_now())
    campaign = Campaign(company_id=company.id, created_by=user.id, **columns)
    async with unit_of_work():
        await campaign.save(force_create=True)
        await _write(campaign, text or "")
    return campaign


async def edit(
    company: Company, user: User, campaign_id: UUID, *, version: int, **changes: Unpack[Changes]
) -> Campaign:
    """Change what is given. Raises Conflict when it is no draft any more or somebody saved after `version`."""
    require(user, Permission.CAMPAIGNS_WRITE)
    before = await Campaign.one(company, campaign_id)
    if before.state not in EDITABLE:
        raise Conflict(NOT_DRAFT, code="not_draft", state=before.state.value)
    columns, text = await _checked(company, changes)
    if changes.get("own_gap", before.own_gap) != before.own_gap:
        columns |= chosen_by(user, await db_now())
    async with unit_of_work():
        hit = (
            await Campaign.of(company)
            .filter(id=campaign_id, state__in=EDITABLE, version=version)
            .update(version=version + 1, **columns)
        )
        if not hit:
            raise Conflict(STALE, code="stale", version=before.version)
        if text is not None:
            await _write(before, text)
    return await Campaign.one(company, campaign_id)


async def duplicate(company: Company, user: User, campaign_id: UUID) -> Campaign:
    """A draft with the same text, Channel and ContactList; no Deliveries, no schedule."""
    require(user, Permission.CAMPAIGNS_WRITE)
    source = await Campaign.one(company, campaign_id)
    copy = Campaign(
        company_id=company.id,
        created_by=user.id,
        name=_copy_name(source.name),
        channel_id=source.channel_id,
        contact_list_id=source.contact_list_id,
        missing_variable=source.missing_variable,
        question=source.question,
        answer_hours=source.answer_hours,
        own_gap=source.own_gap,
        pace_set_by=source.pace_set_by,
        pace_set_at=source.pace_set_at,
    )
    async with unit_of_work():
        await copy.save(force_create=True)
        await _write(copy, await body_of(company, campaign_id))
    return copy


async def body_of(company: Company | UUID, campaign_id: UUID) -> str:
    variant = await Variant.of(company).get_or_none(campaign_id=campaign_id, position=FIRST)
    return variant.body if variant else ""


async def audience_size(company: Company | UUID, list_id: UUID | None) -> int:
    """People on the list; who is left out for a reason is known when the audience is processed."""
    if list_id is None:
        return 0
    return await ListMember.of(company).filter(contact_list_id=list_id).count()


async def _checked(company: Company, changes: Changes) -> tuple[dict[str, object], str | None]:
    """The columns to write, and the text when there is one. Every issue is told at once."""
    columns: dict[str, object] = {k: v for k, v in changes.items() if k != "body"}
    issues: list[Issue] = []
    if "name" in changes:
        columns["name"] = name = " ".join(changes["name"].split())
        issues += _issues_of_name(name)
    await _refuse_foreign(company, changes)
    text: str | None = None
    if "body" in changes:
        text, found = await _text(company, changes["body"], "body")
        issues += found
    if "question" in changes:
        columns["question"], found = await _text(company, changes["question"], "question")
        issues += found
    if not FEWEST_HOURS <= changes.get("answer_hours", ANSWER_HOURS) <= MOST_HOURS:
        within = (("fewest", FEWEST_HOURS), ("most", MOST_HOURS))
        issues.append(Issue("answer_hours", "number", HOURS_WRONG, within))
    issues += issues_of(changes.get("own_gap"))
    if issues:
        first = issues[0]
        raise Invalid(first.sentence, code=first.code, issues=tuple(issues), **dict(first.values))
    return columns, text


async def _text(company: Company, body: str, path: str) -> tuple[str, list[Issue]]:
    try:
        return await checked_body(company, body), []
    except Invalid as wrong:
        return "", [replace(one, path=path) for one in wrong.issues]


def _issues_of_name(name: str) -> list[Issue]:
    if not name:
        return [Issue("name", "required", NAME_MISSING)]
    if len(name) > LONGEST_NAME:
        return [Issue("name", "too_long", NAME_LONG, (("most", LONGEST_NAME),))]
    return []


async def _refuse_foreign(company: Company, changes: Changes) -> None:
    """Raises NotFound for a Channel or ContactList that is not the Company's."""
    channel_id, list_id = changes.get("channel_id"), changes.get("contact_list_id")
    if channel_id is not None:
        own = Channel.of(company).filter(id=channel_id, removed_at=None)
        if not await own.exists():
            raise NotFound
    if list_id is not None:
        await ContactList.one(company, list_id)


async def _write(campaign: Campaign, body: str) -> None:
    """The one Variant; an empty body is none, so that "no text" has one meaning."""
    own = Variant.of(campaign.company_id).filter(campaign_id=campaign.id, position=FIRST)
    if not body:
        await own.delete()
    elif not await own.update(body=body):
        await Variant(
            company_id=campaign.company_id, campaign_id=campaign.id, position=FIRST, body=body
        ).save(force_create=True)


def _copy_name(name: str) -> str:
    stem = name[: LONGEST_NAME - 8].rstrip()
    return f"{stem} (cópia)"
