"""Stage 1, verify: Campaigns that fell due start, or say in words why not.

`scheduled_at <= now` has no lower bound: what fell due while everything was off is found too (D1), and waits for a
person when it is more than an hour late, rather than firing by surprise.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from functools import partial

from esquadrao.apart import apart
from esquadrao.campaigns.lifecycle import CampaignState, PauseReason
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.preflight import blockers
from esquadrao.channels.wake import wake_all
from esquadrao.clock_guard import ClockGuard
from esquadrao.database import db_now
from esquadrao.jobs import ProcessCampaign
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import unit_of_work

LATE = timedelta(hours=1)  # product.md, row 21
MOST = 200  # campaigns held in memory at once
guard = ClockGuard()


async def verify() -> None:
    """Every due Campaign of every Company, each by one conditional UPDATE: ten rings at once give one start."""
    while await _turn() == MOST:
        pass  # each one left `scheduled`, whoever moved it: there is an end


async def _turn() -> int:
    moment = await db_now()
    has_jumped = guard.look(moment, time.monotonic())
    if guard.went_back:
        await wake_all(moment)
        slowed = Campaign.across_companies().filter(own_gap_until__gt=moment)
        await slowed.update(own_gap_until=moment)
    due = Campaign.across_companies().filter(
        state=CampaignState.SCHEDULED, scheduled_at__lte=moment
    )
    campaigns = await due.order_by("scheduled_at").limit(MOST)
    start = partial(_start, moment=moment, has_jumped=has_jumped)
    await apart("verify", campaigns, start)
    left = due.filter(id__in=[one.id for one in campaigns])
    return len(campaigns) - await left.count()  # whoever cannot start is not turned over for ever


async def _start(campaign: Campaign, moment: datetime, *, has_jumped: bool) -> None:
    reason = await _refusal(campaign, moment, has_jumped=has_jumped)
    async with unit_of_work("verify") as work:
        waiting = Campaign.of(campaign.company_id).filter(
            id=campaign.id, state=CampaignState.SCHEDULED
        )
        if reason is not None:
            hit = await waiting.update(state=CampaignState.PAUSED, reason=reason)
        else:
            hit = await waiting.update(state=CampaignState.PROCESSING, reason="", started_at=moment)
            if hit:
                work.enqueue(ProcessCampaign(campaign.company_id, campaign.id))
        if hit:
            work.signal(Signal(campaign.company_id, Subject.CAMPAIGN, campaign.id))


async def _refusal(campaign: Campaign, moment: datetime, *, has_jumped: bool) -> PauseReason | None:
    found = await blockers(campaign)
    if found:
        return found[0]
    if has_jumped and not campaign.late_start_confirmed:
        return PauseReason.CLOCK_JUMPED
    is_late = campaign.scheduled_at is not None and moment - campaign.scheduled_at > LATE
    return PauseReason.LATE_START if is_late and not campaign.late_start_confirmed else None
