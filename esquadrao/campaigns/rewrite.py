"""Mend the texts of a Campaign that was launched: each holds for everybody to whom it is not prepared yet.

What is prepared keeps its text for ever (the ledger compares it): at most the short window ahead of the pace.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from esquadrao.campaigns import texts
from esquadrao.campaigns.draft import checked_text
from esquadrao.campaigns.lifecycle import IN_MOTION
from esquadrao.campaigns.models import Campaign
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.errors import Conflict, Invalid, Issue
from esquadrao.messages.models import Step
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

ENDED = N_("A campanha já terminou: ninguém mais espera este texto.")
STALE = N_("Alguém mudou esta campanha enquanto você escrevia. Veja como ficou e salve de novo.")
EMPTY = {Step.MAIN: N_("Escreva a mensagem."), Step.ASK: N_("Escreva a pergunta.")}


async def rewrite(
    company: Company,
    user: User,
    campaign_id: UUID,
    *,
    version: int,
    body: str,
    questions: Sequence[str] = (),
) -> Campaign:
    """Questions: as many as there are, or none to leave them as they stand.

    Raises Invalid for a text that cannot be sent, Conflict when it ended or somebody saved after `version`.

    Who changes what thousands receive needs the permission to launch, not only to write.
    """
    require(user, Permission.CAMPAIGNS_LAUNCH)
    before = await Campaign.one(company, campaign_id)
    written = await _checked(company, campaign_id, body, questions)
    async with unit_of_work() as work:
        hit = (
            await Campaign.of(company)
            .filter(id=campaign_id, state__in=IN_MOTION, version=version)
            .update(version=version + 1)
        )
        if not hit:
            if before.state in IN_MOTION:
                raise Conflict(STALE, code="stale", version=before.version)
            raise Conflict(ENDED, code="state", state=before.state.value)
        for step, bodies in written.items():
            await texts.write(before, step, bodies)
        work.signal(Signal(company.id, Subject.CAMPAIGN, campaign_id))
    return await Campaign.one(company, campaign_id)


async def _checked(
    company: Company, campaign_id: UUID, body: str, questions: Sequence[str]
) -> dict[Step, list[str]]:
    """What is asked of a person is one of those that were launched: none more, none less."""
    written: dict[Step, list[str]] = {}
    issues: list[Issue] = []
    said = [("body", Step.MAIN, body)]
    standing = len(await texts.texts_of(company, campaign_id, Step.ASK)) if questions else 0
    padded = [*questions, *[""] * standing][:standing]
    said += [(f"questions.{at}", Step.ASK, one) for at, one in enumerate(padded)]
    for path, step, given in said:
        text, found = await checked_text(company, given, path)
        if not text and not found:
            found = [Issue(path, "no_text", EMPTY[step])]
        written.setdefault(step, []).append(text)
        issues += found
    if issues:
        first = issues[0]
        raise Invalid(first.sentence, code=first.code, issues=tuple(issues), **dict(first.values))
    return written
