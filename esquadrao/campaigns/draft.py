"""Drafts: create, edit, copy. Only a draft may be edited; once launched, its text and audience stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NotRequired, TypedDict, Unpack
from uuid import UUID

from esquadrao.campaigns import texts
from esquadrao.campaigns.body import checked_body
from esquadrao.campaigns.lifecycle import EDITABLE
from esquadrao.campaigns.models import Campaign, MissingVariable
from esquadrao.campaigns.slow import chosen_by, issues_of
from esquadrao.channels.models import Channel
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.contacts.models import ContactList, ListMember
from esquadrao.database import db_now
from esquadrao.errors import Conflict, Invalid, Issue, NotFound
from esquadrao.messages.models import Step
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

LONGEST_NAME = 120
FEWEST_HOURS, ANSWER_HOURS, MOST_HOURS = 24, 48, 72  # to answer a confirmation request

NAME_MISSING = N_("Dê um nome à campanha.")
NAME_LONG = N_("Use até {most} caracteres.")
TOO_MANY_TEXTS = N_("Use até {most} perguntas.")
HOURS_WRONG = N_("Use de {fewest} a {most} horas.")
STALE = N_("Alguém mudou esta campanha enquanto você escrevia. Veja como ficou e salve de novo.")
NOT_DRAFT = N_("Só um rascunho pode ser editado. Duplique a campanha para mudar o texto.")


Texts = dict[Step, list[str]]
TEXTS = ("body", "questions")  # what is no column of the Campaign


class Whole(TypedDict):
    """All a form says of a draft."""

    name: str
    channel_id: UUID | None
    contact_list_id: UUID | None
    body: str
    missing_variable: MissingVariable
    questions: Sequence[str]  # asked first; one of them to each
    answer_hours: int
    own_gap: int | None
    has_footer: bool


class Changes(TypedDict):
    name: NotRequired[str]
    channel_id: NotRequired[UUID | None]
    contact_list_id: NotRequired[UUID | None]
    body: NotRequired[str]
    missing_variable: NotRequired[MissingVariable]
    questions: NotRequired[Sequence[str]]
    answer_hours: NotRequired[int]
    own_gap: NotRequired[int | None]
    has_footer: NotRequired[bool]


async def create(
    company: Company,
    user: User,
    *,
    name: str,
    channel_id: UUID | None = None,
    contact_list_id: UUID | None = None,
    body: str = "",
    missing_variable: MissingVariable = MissingVariable.FALLBACK,
    questions: Sequence[str] = (),
    answer_hours: int = ANSWER_HOURS,
    own_gap: int | None = None,
    has_footer: bool = True,
) -> Campaign:
    """Raises Invalid with every issue, NotFound for another Company's Channel or ContactList."""
    require(user, Permission.CAMPAIGNS_WRITE)
    fresh: Changes = {
        "name": name,
        "channel_id": channel_id,
        "contact_list_id": contact_list_id,
        "body": body,
        "missing_variable": missing_variable,
        "questions": questions,
        "answer_hours": answer_hours,
        "own_gap": own_gap,
        "has_footer": has_footer,
    }
    columns, written = await _checked(company, fresh)
    if own_gap is not None:
        columns |= chosen_by(user, await db_now())
    campaign = Campaign(company_id=company.id, created_by=user.id, **columns)
    async with unit_of_work():
        await campaign.save(force_create=True)
        await _write(campaign, written)
    return campaign


async def edit(
    company: Company, user: User, campaign_id: UUID, *, version: int, **changes: Unpack[Changes]
) -> Campaign:
    """Change what is given. Raises Conflict when it is no draft any more or somebody saved after `version`."""
    require(user, Permission.CAMPAIGNS_WRITE)
    before = await Campaign.one(company, campaign_id)
    if before.state not in EDITABLE:
        raise Conflict(NOT_DRAFT, code="not_draft", state=before.state.value)
    columns, written = await _checked(company, changes)
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
        await _write(before, written)
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
        answer_hours=source.answer_hours,
        own_gap=source.own_gap,
        pace_set_by=source.pace_set_by,
        pace_set_at=source.pace_set_at,
        has_footer=source.has_footer,
    )
    said = {step: await texts.texts_of(company, campaign_id, step) for step in Step}
    async with unit_of_work():
        await copy.save(force_create=True)
        await _write(copy, said)
    return copy


async def body_of(company: Company | UUID, campaign_id: UUID) -> str:
    bodies = await texts.texts_of(company, campaign_id, Step.MAIN)
    return bodies[0] if bodies else ""


async def audience_size(company: Company | UUID, list_id: UUID | None) -> int:
    """People on the list; who is left out for a reason is known when the audience is processed."""
    if list_id is None:
        return 0
    return await ListMember.of(company).filter(contact_list_id=list_id).count()


async def _checked(company: Company, changes: Changes) -> tuple[dict[str, object], Texts]:
    """The columns to write, and the texts that were given. Every issue is told at once."""
    columns: dict[str, object] = {k: v for k, v in changes.items() if k not in TEXTS}
    issues: list[Issue] = []
    if "name" in changes:
        columns["name"] = name = " ".join(changes["name"].split())
        issues += _issues_of_name(name)
    await _refuse_foreign(company, changes)
    written: Texts = {}
    if "body" in changes:
        text, found = await checked_text(company, changes["body"], "body")
        written[Step.MAIN] = [text]
        issues += found
    if "questions" in changes:
        written[Step.ASK], found = await checked_questions(company, changes["questions"])
        issues += found
    if not FEWEST_HOURS <= changes.get("answer_hours", ANSWER_HOURS) <= MOST_HOURS:
        within = (("fewest", FEWEST_HOURS), ("most", MOST_HOURS))
        issues.append(Issue("answer_hours", "number", HOURS_WRONG, within))
    issues += issues_of(changes.get("own_gap"))
    if issues:
        first = issues[0]
        raise Invalid(first.sentence, code=first.code, issues=tuple(issues), **dict(first.values))
    return columns, written


async def checked_questions(
    company: Company, questions: Sequence[str]
) -> tuple[list[str], list[Issue]]:
    """Blank ones are none; issues stand at `questions.0` and so on."""
    checked, issues = [], []
    for at, question in enumerate(questions):
        text, found = await checked_text(company, question, f"questions.{at}")
        checked.append(text)
        issues += found
    kept = [one for one in checked if one]
    if len(kept) > texts.MOST:
        issues.append(Issue("questions.0", "too_many", TOO_MANY_TEXTS, (("most", texts.MOST),)))
    return kept, issues


async def checked_text(company: Company, body: str, path: str) -> tuple[str, list[Issue]]:
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


async def _write(campaign: Campaign, written: Texts) -> None:
    for step, bodies in written.items():
        await texts.write(campaign, step, bodies)


def _copy_name(name: str) -> str:
    stem = name[: LONGEST_NAME - 8].rstrip()
    return f"{stem} (cópia)"
