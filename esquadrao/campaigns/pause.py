"""Pause, resume, cancel: each one conditional UPDATE; it holds from the next claim on.

At most the one Message already in flight per Channel still leaves. Cancelling is final: what waits is cancelled here
and by the sweeper, what is on its way is asked about and confirmed only by the ledger (handover.md R7).
"""

from __future__ import annotations

from uuid import UUID

from esquadrao.campaigns import asked, line
from esquadrao.campaigns.clear import clear_cancelled
from esquadrao.campaigns.lifecycle import BREAKERS, CampaignState, PauseReason, came_from
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.watch import reset
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.database import db_now
from esquadrao.errors import Conflict
from esquadrao.jobs import DispatchMessages, Job, PrepareCampaign, ProcessCampaign, VerifyCampaigns
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import Work, unit_of_work
from esquadrao.words import N_

S = CampaignState


async def pause(company: Company, user: User, campaign_id: UUID) -> Campaign:
    """Nothing more leaves until somebody resumes. Raises Conflict when there is nothing to pause."""
    require(user, Permission.CAMPAIGNS_PAUSE)
    async with unit_of_work() as work:
        reason = {"reason": PauseReason.BY_PERSON, "reason_values": None}
        changes: dict[str, object] = {"state": S.PAUSED, **reason}
        await asked.hold(company.id, campaign_id)  # Messages before the Campaign: one order
        await _move(work, company, campaign_id, came_from(S.PAUSED), changes)
    return await Campaign.one(company, campaign_id)


async def resume(company: Company, user: User, campaign_id: UUID) -> Campaign:
    """Go on where the work was. A start that was refused is verified again, and a late one is now confirmed.

    After a breaker it is also the word of somebody who looked; raises Conflict while its cause still stands.
    """
    require(user, Permission.CAMPAIGNS_PAUSE)
    before = await Campaign.one(company, campaign_id)
    target: CampaignState
    job: Job
    if before.started_at is None:
        target, job = S.SCHEDULED, VerifyCampaigns()
    elif before.is_audience_whole:
        target, job = S.RUNNING, PrepareCampaign(company.id, campaign_id)
    else:
        target, job = S.PROCESSING, ProcessCampaign(company.id, campaign_id)
    async with unit_of_work() as work:
        if before.reason in BREAKERS and before.channel_id is not None:
            await reset(company.id, before.channel_id)  # the Channel before the Campaign: one order
        cleared = {"reason": "", "reason_values": None, "late_start_confirmed": True}
        changes: dict[str, object] = {"state": target, **cleared}
        if before.reason == PauseReason.BREAKER_OPT_OUTS:
            changes["watched_from"] = await db_now()  # what came before is not counted again
        await _move(work, company, campaign_id, [S.PAUSED], changes)
        work.enqueue(job)
        work.enqueue(DispatchMessages())
        # Its last Message may have ended while it was paused.
        await line.finish(work, {campaign_id: company.id})
    return await Campaign.one(company, campaign_id)


async def cancel(company: Company, user: User, campaign_id: UUID) -> Campaign:
    """Final. Raises Conflict when it has ended already."""
    require(user, Permission.CAMPAIGNS_PAUSE)
    changes = {"state": S.CANCELLED, "reason": "", "finished_at": await db_now()}
    async with unit_of_work() as work:
        await _move(work, company, campaign_id, came_from(S.CANCELLED), changes)
    await clear_cancelled(company.id, campaign_id)
    return await Campaign.one(company, campaign_id)


async def _move(
    work: Work,
    company: Company,
    campaign_id: UUID,
    expected: list[CampaignState],
    changes: dict[str, object],
) -> None:
    if not await Campaign.of(company).filter(id=campaign_id, state__in=expected).update(**changes):
        campaign = await Campaign.one(company, campaign_id)
        raise Conflict(
            N_("A campanha já mudou de situação. Veja como ficou."),
            code="state",
            state=campaign.state.value,
        )
    work.signal(Signal(company.id, Subject.CAMPAIGN, campaign_id))
