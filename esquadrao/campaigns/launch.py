"""Launch: a draft becomes scheduled, now or at a moment. Two clicks, two tabs or two programs launch once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from esquadrao.campaigns.lifecycle import CampaignState, PauseReason
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.preflight import blockers
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.database import db_now
from esquadrao.errors import Conflict, Invalid, Issue
from esquadrao.jobs import VerifyCampaigns
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

# Where on the form each refusal belongs, and its sentence.
REFUSALS = {
    PauseReason.NO_CONTACTS: (
        "contact_list_id",
        N_("A lista não tem contatos. Escolha uma lista com alguém nela."),
    ),
    PauseReason.NO_CHANNEL: ("channel_id", N_("Escolha por qual conexão enviar.")),
    PauseReason.CHANNEL_NOT_CONNECTED: (
        "channel_id",
        N_("A conexão não está conectada. Conecte o número e tente de novo."),
    ),
    PauseReason.NO_TEXT: ("body", N_("Escreva a mensagem.")),
    PauseReason.TEXT_INVALID: ("body", N_("A mensagem tem um erro. Abra a edição para ver onde.")),
}


async def launch(
    company: Company, user: User, campaign_id: UUID, *, at: datetime | None = None
) -> Campaign:
    """Start now (`at` None) or at a moment to come. Raises Invalid with every issue, Conflict when it is no draft."""
    require(user, Permission.CAMPAIGNS_LAUNCH)
    campaign = await Campaign.one(company, campaign_id)
    if campaign.state != CampaignState.DRAFT:
        raise _too_late(campaign)
    moment = await db_now()
    issues = [_issue(reason) for reason in await blockers(campaign) if _counts(reason, at)]
    if at is not None and at <= moment:
        issues.append(
            Issue("at", "past_date", N_("Este horário já passou. Escolha um horário à frente."))
        )
    if issues:
        raise Invalid(code=issues[0].code, issues=tuple(issues))
    async with unit_of_work() as work:
        hit = (
            await Campaign.of(company)
            .filter(id=campaign_id, state=CampaignState.DRAFT, version=campaign.version)
            .update(state=CampaignState.SCHEDULED, scheduled_at=at or moment, reason="")
        )
        if not hit:
            raise _too_late(await Campaign.one(company, campaign_id))
        work.enqueue(VerifyCampaigns())
        work.signal(Signal(company.id, Subject.CAMPAIGN, campaign_id))
    return await Campaign.one(company, campaign_id)


def _counts(reason: PauseReason, at: datetime | None) -> bool:
    """A start to come may wait for its Channel: verify looks again when it falls due."""
    return at is None or reason is not PauseReason.CHANNEL_NOT_CONNECTED


def _issue(reason: PauseReason) -> Issue:
    path, sentence = REFUSALS[reason]
    return Issue(path, reason.value, sentence)


def _too_late(campaign: Campaign) -> Conflict:
    if campaign.state == CampaignState.DRAFT:
        return Conflict(code="changed_meanwhile")
    return Conflict(
        N_("Esta campanha já foi iniciada."), code="already_launched", state=campaign.state.value
    )
