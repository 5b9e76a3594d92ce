"""Stage 4, dispatch: the first due Message of every due Channel leaves for the bridge.

The claim is committed as `sending` before anything is written to a stream; what is lost between the commit and the
stream is asked about after `settle_after` and comes back as void. One Message in flight a Channel, many a tick.
"""

from __future__ import annotations

import time

from esquadrao.campaigns import line
from esquadrao.database import again_on_deadlock, db_now
from esquadrao.gateways import bridge
from esquadrao.jobs import PrepareCampaign
from esquadrao.messages import outbox
from esquadrao.unit_of_work import unit_of_work

LONGEST_RUN = 10.0  # s an actor goes on; then the clock rings the next one


async def dispatch() -> int:
    """Claim and hand over until nothing is due. Returns how many Messages left."""
    ends, total = time.monotonic() + LONGEST_RUN, 0
    while time.monotonic() < ends:
        left = await dispatch_once()
        total += left
        if not left:
            break
    return total


@again_on_deadlock
async def dispatch_once() -> int:
    """One tick over every due Channel."""
    async with unit_of_work() as work:
        claim = await outbox.claim(await db_now())
        if not claim.commands:
            return 0
        await line.follow(work, claim.changes)
        # A Campaign whose window shrinks is topped up; `prepare` looks whether it is worth it.
        for change in claim.changes:
            if change.campaign_id is not None:
                work.enqueue(PrepareCampaign(change.company_id, change.campaign_id))

        async def hand_over() -> None:
            await bridge.send(claim.commands)

        work.after_commit(hand_over)
    return len(claim.commands)
