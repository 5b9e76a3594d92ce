"""Stage 4, dispatch: the first due Message of every due Channel leaves for the bridge.

The claim is committed as `sending` before anything is written to a stream; what is lost between the commit and the
stream is asked about after `settle_after` and comes back as void. One Message in flight a Channel, many a tick.
"""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from esquadrao.campaigns import line
from esquadrao.campaigns.restored import look
from esquadrao.campaigns.window import unprepared
from esquadrao.database import again_on_deadlock, db_now
from esquadrao.gateways import bridge
from esquadrao.jobs import PrepareCampaign
from esquadrao.messages import campaign_pace, outbox
from esquadrao.messages.change import Change
from esquadrao.unit_of_work import unit_of_work

LONGEST_RUN = 10.0  # s an actor goes on; then the clock rings the next one
# s between two looks at a Campaign's window: half of it lasts longer at any pace a Channel reaches, and what this
# leaves unrung the sweeper rings.
LOOK_EVERY = 1.0
MOST_LOOKS = (
    10_000  # campaigns remembered; beyond it all are forgotten, which costs an early look each
)
# A tick costs a dozen statements, however few it claims. Where so many Channels came free at once others are about to:
# the next tick lets them gather, for a moment that no pace of a real Channel notices.
MANY, GATHER = 25, 0.03  # Messages of a tick, s
_looked_at: dict[UUID, float] = {}
_has_looked = False


class _Runs:
    """One run at a time a process: whoever rings meanwhile makes it look once more, instead of sharing its ticks."""

    is_on = False
    is_rung = False


async def dispatch() -> int:
    """Claim and hand over until nothing is due. Returns how many Messages left."""
    await _look_once()
    if _Runs.is_on:
        _Runs.is_rung = True
        return 0
    _Runs.is_on = True
    try:
        return await _run()
    finally:
        _Runs.is_on = False


async def _run() -> int:
    ends, total = time.monotonic() + LONGEST_RUN, 0
    while time.monotonic() < ends:
        _Runs.is_rung = False
        left = await dispatch_once()
        total += left
        if MANY <= left < outbox.MOST_CHANNELS:
            await asyncio.sleep(GATHER)
        if left < outbox.MOST_CHANNELS and not _Runs.is_rung:
            break  # a tick that was not full took everything that was due
    return total


async def _look_once() -> None:
    """Before the first claim of a process: an installation restored while it was off must not send first."""
    global _has_looked  # noqa: PLW0603  # one look a process, the rest are the sweeper's
    if not _has_looked:
        await look()
        _has_looked = True


@again_on_deadlock
async def dispatch_once() -> int:
    """One tick over every due Channel."""
    async with unit_of_work("dispatch") as work:
        claim = await outbox.claim(await db_now())
        if not claim.changes:
            return 0
        await line.follow(work, claim.changes)
        await campaign_pace.hold(claim.slowed)
        for campaign_id, company_id in await unprepared(_worth_a_look(claim.changes)):
            work.enqueue(PrepareCampaign(company_id, campaign_id))

        async def hand_over() -> None:
            await bridge.send(claim.commands)

        work.after_commit(hand_over)
    return len(claim.commands)


def _worth_a_look(changes: list[Change]) -> list[UUID]:
    """Campaigns whose window shrinks, unless it was looked at a moment ago: a quick Channel must not pay for each."""
    now = time.monotonic()
    if len(_looked_at) > MOST_LOOKS:
        _looked_at.clear()
    found = {one.campaign_id for one in changes if one.campaign_id is not None}
    due = [one for one in found if now - _looked_at.get(one, -LOOK_EVERY) >= LOOK_EVERY]
    _looked_at.update(dict.fromkeys(due, now))
    return due
