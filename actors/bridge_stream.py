"""The applier: reads the bridge's events and applies them, one holder at a time (handover.md R9, R10).

What frees a Channel rings dispatch on the same event loop: a way through the queue would cost most of the time between
two Messages of a quick Channel. A lost ring costs the clock's half second.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from dramatiq.middleware import Middleware
from redis.exceptions import RedisError
from tortoise.exceptions import DBConnectionError

from actors.open_database import run
from esquadrao import failpoints, lease, tasks
from esquadrao.campaigns.dispatch import dispatch
from esquadrao.campaigns.receive import apply
from esquadrao.gateways import bridge
from esquadrao.seldom import Seldom
from esquadrao.settings import settings

log = structlog.get_logger()
LEASE = "applier:0"
RENEWALS = 3  # within one lease: a slow turn or a lost statement does not give it away
ENTRIES = 20  # of ≤ 50 events each: a transaction of ≤ 1,000 rows
WAIT_FOR_EVENTS = 2.0  # s one read blocks; SIGTERM waits for it at most
PAUSE = 1.0  # s between two tries while something is away, or somebody else holds the lease; less for a short lease


class Applier:
    def __init__(self, *, pause: float = PAUSE, seldom: Seldom | None = None) -> None:
        self.holder = uuid.uuid4().hex
        self._pause = pause
        # Of each kind apart: what fails every second would hide whatever else fails, and fill Sentry.
        self._seldom = seldom or Seldom()
        self._renew_at = 0.0
        self._freed = asyncio.Event()

    async def go_on(self) -> None:
        """Read and apply until cancelled; no fault ends it."""
        while True:
            try:
                if await self._holds():
                    await self.turn()
                else:
                    await asyncio.sleep(min(self._pause, settings().applier_lease / RENEWALS))
            except (RedisError, DBConnectionError, OSError) as error:
                if times := self._seldom.times(error):
                    log.warning("applier_waits", error=repr(error), times=times)
                await asyncio.sleep(self._pause)
            except Exception as error:
                if times := self._seldom.times(error):
                    log.exception("applier_failed", times=times)
                await asyncio.sleep(self._pause)

    async def go_on_dispatching(self) -> None:
        """Hand over the next Messages whenever Channels became free, until cancelled."""
        while True:
            await self._freed.wait()
            self._freed.clear()
            try:
                await dispatch()
            except Exception as error:  # noqa: BLE001  # the clock rings again, whatever it was
                if times := self._seldom.times(error):
                    log.warning("dispatch_failed", error=repr(error), times=times)
                await asyncio.sleep(self._pause)

    async def turn(self) -> None:
        batches, refused = await bridge.read_events(count=ENTRIES, wait=WAIT_FOR_EVENTS)
        if refused:
            log.error("entries_refused", count=len(refused), stream=bridge.EVENTS)
        if batches:
            failpoints.reach("receive", "read")
        try:
            if await apply(batches):
                self._freed.set()
        except (KeyError, ValueError, TypeError):
            # One of them is not what its contract says: apply what can be applied and set the rest aside.
            batches = await self._one_by_one(batches)
        if batches or refused:
            failpoints.reach("receive", "applied")
            await bridge.confirm(batches, refused)
            failpoints.reach("receive", "confirmed")

    async def _one_by_one(self, batches: list[bridge.Batch]) -> list[bridge.Batch]:
        """Each event by itself: the fifty of a batch are of many Companies (D24)."""
        for batch in batches:
            for event in batch.events:
                try:
                    if await apply([replace(batch, events=[event])]):
                        self._freed.set()
                except (KeyError, ValueError, TypeError):
                    log.exception("event_refused", batch=batch.batch, id=event.get("id"))
        return batches

    async def _holds(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now < self._renew_at:
            return True
        lasts = settings().applier_lease
        if await lease.take(LEASE, self.holder, lasts=timedelta(seconds=lasts)):
            self._renew_at = now + lasts / RENEWALS
            return True
        return False


class BridgeStream(Middleware):
    """Runs the applier on the worker's event loop, beside the actors."""

    def __init__(self) -> None:
        self._applier = Applier()
        self._tasks: list[asyncio.Task[None]] = []

    def after_worker_boot(self, _broker: Any, _worker: Any) -> None:
        run(self._start())

    def before_worker_shutdown(self, _broker: Any, _worker: Any) -> None:
        run(self._stop())

    async def _start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._applier.go_on(), name="applier"),
            asyncio.create_task(self._applier.go_on_dispatching(), name="dispatcher"),
        ]

    async def _stop(self) -> None:
        await tasks.end(self._tasks)
        with contextlib.suppress(Exception):
            await lease.give_back(LEASE, self._applier.holder)
