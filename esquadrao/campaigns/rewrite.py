"""Mend the text of a Campaign that was launched: it holds for everybody whose Message is not prepared yet.

What is prepared keeps its text for ever (the ledger compares it): at most the short window ahead of the pace.
"""

from __future__ import annotations

from uuid import UUID

from esquadrao.campaigns.body import checked_body
from esquadrao.campaigns.draft import FIRST
from esquadrao.campaigns.lifecycle import IN_MOTION
from esquadrao.campaigns.models import Campaign, Variant
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.errors import Conflict, Invalid
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

ENDED = N_("A campanha já terminou: ninguém mais espera este texto.")
STALE = N_("Alguém mudou esta campanha enquanto você escrevia. Veja como ficou e salve de novo.")
EMPTY = N_("Escreva a mensagem.")


async def rewrite(
    company: Company, user: User, campaign_id: UUID, *, version: int, body: str
) -> Campaign:
    """Raises Invalid for a text that cannot be sent, Conflict when it ended or somebody saved after `version`.

    Who changes what thousands receive needs the permission to launch, not only to write.
    """
    require(user, Permission.CAMPAIGNS_LAUNCH)
    before = await Campaign.one(company, campaign_id)
    text = await checked_body(company, body)
    if not text:
        raise Invalid.field("body", "no_text", EMPTY)
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
        own = Variant.of(company).filter(campaign_id=campaign_id, position=FIRST)
        await own.update(body=text)
        work.signal(Signal(company.id, Subject.CAMPAIGN, campaign_id))
    return await Campaign.one(company, campaign_id)
