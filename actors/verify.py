from __future__ import annotations

from actors.handles import handles
from esquadrao.campaigns.verify import verify
from esquadrao.jobs import VerifyCampaigns


@handles(VerifyCampaigns)
async def verify_stage(_job: VerifyCampaigns) -> None:
    await verify()
