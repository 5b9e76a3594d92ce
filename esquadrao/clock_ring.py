"""The clock: rings the periodic jobs. Two at once do no harm, none for a while costs only time.

It decides nothing: what is due stands in the rows, with no lower bound, so a clock that was off finds it all.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import structlog

from esquadrao import failpoints, planner
from esquadrao.database import database
from esquadrao.gateways import queue
from esquadrao.jobs import DispatchMessages, Job, RecountCampaigns, Sweep, VerifyCampaigns
from esquadrao.messages.due import is_anything_due
from esquadrao.settings import settings

log = structlog.get_logger()
TICK = 0.5  # s; handover.md, Who rings: dispatch twice a second while some Channel is due
RECOUNT_EVERY = 60.0  # s
LONGEST_PAUSE = 5.0  # s between two tries while the database or Redis is away


@dataclass(slots=True)
class Bell:
    """One periodic job and when it rings next, by the monotonic clock: a jump of the wall clock bursts nothing."""

    job: Job
    every: float
    next_at: float = 0.0

    def is_due(self, now: float) -> bool:
        if now < self.next_at:
            return False
        self.next_at = now + self.every
        return True


async def run() -> None:
    """Ring until cancelled."""
    bells = [
        Bell(Sweep(), settings().sweep_every),
        Bell(VerifyCampaigns(), settings().sweep_every),
        Bell(RecountCampaigns(), RECOUNT_EVERY),
    ]
    async with database():
        pause = TICK
        while True:
            try:
                await ring(bells)
                pause = TICK
            except Exception as error:  # noqa: BLE001  # the database or Redis is away: the clock outlives both
                log.warning("clock_ring_lost", error=repr(error))
                pause = min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)


async def ring(bells: list[Bell]) -> None:
    now = time.monotonic()
    due = [bell.job for bell in bells if bell.is_due(now)]
    if await is_anything_due():
        due.append(DispatchMessages())
    failpoints.reach("clock", "due")
    await queue.enqueue_many(due)
    failpoints.reach("clock", "rung")
    await planner.look_again()  # here, where nobody waits for it
