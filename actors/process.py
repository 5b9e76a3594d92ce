from __future__ import annotations

from actors.handles import handles
from esquadrao.campaigns.process import process
from esquadrao.jobs import ProcessCampaign


@handles(ProcessCampaign)
async def process_stage(job: ProcessCampaign) -> None:
    await process(job.company_id, job.campaign_id)
