from __future__ import annotations

from actors.handles import handles
from esquadrao.campaigns.prepare import prepare
from esquadrao.jobs import PrepareCampaign


@handles(PrepareCampaign)
async def prepare_stage(job: PrepareCampaign) -> None:
    await prepare(job.company_id, job.campaign_id)
