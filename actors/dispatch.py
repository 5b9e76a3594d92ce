from __future__ import annotations

from actors.handles import handles
from esquadrao.campaigns.dispatch import dispatch
from esquadrao.jobs import DispatchMessages


@handles(DispatchMessages)
async def dispatch_stage(_job: DispatchMessages) -> None:
    await dispatch()
