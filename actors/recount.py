from __future__ import annotations

from actors.handles import handles
from esquadrao.campaigns.line import recount_moving
from esquadrao.jobs import RecountCampaigns


@handles(RecountCampaigns)
async def recount_campaigns(_job: RecountCampaigns) -> None:
    await recount_moving()
