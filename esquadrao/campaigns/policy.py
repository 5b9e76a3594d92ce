"""What becomes of the unknown when nobody presses a button: the Campaign's policy, else the Company's; hold by default.

A receipt is given its time first. `again` is done once a Message: what stays unknown after that waits for a person.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import Q

from esquadrao.apart import apart
from esquadrao.campaigns.decide import Decision, settle_batch
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign, UnknownPolicy
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.database import db_now

GRACE = timedelta(minutes=10)  # an unknown Message waits so long for a late receipt
RECENT = timedelta(days=2)  # a Campaign that ended longer ago is left as people know it
MOST = 200  # Campaigns a sweep settles, a batch each; the rest has its turn seconds later
DECISIONS = {
    UnknownPolicy.SENT: Decision.SENT,
    UnknownPolicy.AGAIN: Decision.AGAIN,
    UnknownPolicy.GIVE_UP: Decision.GIVE_UP,
}


async def choose(
    company: Company, user: User, campaign_id: UUID, policy: UnknownPolicy | None
) -> Campaign:
    """None is the Company's own. Holds from the next sweep on, for what is unknown already too."""
    require(user, Permission.CAMPAIGNS_PAUSE)
    await Campaign.one(company, campaign_id)
    await Campaign.of(company).filter(id=campaign_id).update(unknown_policy=policy)
    return await Campaign.one(company, campaign_id)


async def apply_policies() -> int:
    """Settle what is due of every Company, a batch a Campaign; returns how many Messages moved. Safe to run twice."""
    moment = await db_now()
    of_company = {
        one.id: UnknownPolicy(one.unknown_policy)
        for one in await Company.across_companies()
        .exclude(unknown_policy=UnknownPolicy.HOLD)
        .only("id", "unknown_policy")
    }
    moved = 0

    async def settle(campaign: Campaign) -> None:
        nonlocal moved
        policy = campaign.unknown_policy or of_company[campaign.company_id]
        decision = DECISIONS[UnknownPolicy(policy)]
        moved += await settle_batch(
            campaign.company_id, campaign.id, decision, _due(decision, moment)
        )

    await apart("policy", await _undecided(list(of_company), moment), settle)
    return moved


async def _undecided(with_policy: list[UUID], moment: datetime) -> list[Campaign]:
    own = Q(unknown_policy__in=list(DECISIONS))
    companys = Q(unknown_policy__isnull=True, company_id__in=with_policy)
    chosen = own | companys if with_policy else own
    going = Q(state__in=(CampaignState.RUNNING, CampaignState.PAUSED))
    ended = Q(state=CampaignState.FINISHED, finished_at__gt=moment - RECENT)
    rows = Campaign.across_companies().filter(going | ended, chosen, unknown__gt=0)
    return await rows.order_by("id").limit(MOST).only("id", "company_id", "unknown_policy")


def _due(decision: Decision, moment: datetime) -> Q:
    rested = Q(asked_at__isnull=True) | Q(asked_at__lte=moment - GRACE)
    return rested & Q(doubt=False) if decision is Decision.AGAIN else rested
