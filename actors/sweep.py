from __future__ import annotations

from actors.handles import handles
from esquadrao.campaigns.sweep import sweep
from esquadrao.jobs import Sweep


@handles(Sweep)
async def sweep_rows(_job: Sweep) -> None:
    await sweep()
